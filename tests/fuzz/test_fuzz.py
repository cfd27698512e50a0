"""The fuzz target itself: its invariant holds for samples, and it keeps the first input of each kind that breaks it."""

from pathlib import Path
from random import Random

import pytest
from tests.fuzz.__main__ import Findings, mutated
from tests.fuzz.invariant import check
from tests.support import ROOT


@pytest.mark.parametrize(
    "name", ["thoughts-first.jsonl", "sse-comments.sse", "malformed-record.jsonl", "anthropic.sse"]
)
def test_samples_hold_the_invariant(name: str) -> None:
    check((ROOT / "samples" / name).read_bytes())


def test_one_input_of_each_kind_is_kept(tmp_path: Path) -> None:
    def fails(data: bytes) -> None:
        assert data != b"bad", f"wrong {len(data)}"
        data.decode()

    findings = Findings(fails, tmp_path)
    for data in (b"good", b"bad", b"bad", b"\xff"):
        findings.run(data)
    assert findings.inputs == 4
    assert sorted(findings.kinds.values()) == [1, 2]
    assert sorted(path.read_bytes() for path in tmp_path.iterdir() if not path.suffix) == [b"bad", b"\xff"]


def test_mutations_of_an_empty_seed_are_inputs_too() -> None:
    random = Random(1)
    assert len({mutated(b"", b"second", random) for _ in range(50)}) > 5
