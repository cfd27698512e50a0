"""The fuzz target itself: its invariant holds for samples, and it keeps the first input of each kind that breaks it."""

import json
from pathlib import Path
from random import Random

import pytest
from tests.fuzz.__main__ import Findings
from tests.fuzz.invariant import check, check_code
from tests.fuzz.mutations import in_a_log, mutated, with_other_members
from tests.support import ROOT, BrokenInput


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


def test_members_and_values_are_changed_where_they_are() -> None:
    seed = b'event: x\ndata: {"a": {"b": "text"}, "c": [1]}\n\nno JSON {\n'
    found = {with_other_members(seed, Random(number)) for number in range(200)}
    assert len(found) > 50
    for data in found:
        first, second, *rest = data.split(b"\n")
        assert (first, rest) == (b"event: x", [b"", b"no JSON {", b""])
        assert isinstance(json.loads(second.removeprefix(b"data: ")), dict)
    assert with_other_members(b"no JSON", Random(1)) == b"no JSON"


def test_a_log_has_all_lines() -> None:
    seed = b'event: x\ndata: {"a": 1}\n{"b": 2}'
    logs = {in_a_log(seed, Random(number)) for number in range(200)}
    assert len(logs) > 10
    assert b'{"ts":1,"event":{"b": 2}}' in b"".join(logs)
    for line in seed.split(b"\n"):
        assert all(line in log for log in logs)


def test_a_fault_of_our_own_is_a_finding() -> None:
    """The target looked for other words than those of the report."""
    with pytest.raises(AssertionError, match="ZeroDivisionError: none of the input's"):
        check_code(("text",), BrokenInput(ZeroDivisionError("none of the input's")))
