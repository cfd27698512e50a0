"""docs/REPORTS.md is true: it names the fields that programs are given, and no others."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.support import ROOT, run_here

from unspool.check.results import Status
from unspool.diff.facts import Aspect

PAGE = (ROOT / "docs" / "REPORTS.md").read_text()


def fields(head: str) -> set[str]:
    """The names in the first column of the table that begins with ``head``."""
    (table,) = re.findall(rf"^\| {re.escape(head)} \|.*\n\|[ -|]*\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split(" | ")[0])}


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The report of a case that differs."""
    monkeypatch.chdir(tmp_path)
    Path("a.jsonl").write_bytes((ROOT / "samples" / "plain.jsonl").read_bytes())
    Path("a.expected.txt").write_text("else\n")
    return json.loads(run_here(["check", "--format", "json", "."]).stdout)


def test_the_fields_of_a_check(report: Any) -> None:
    assert set(report) == {"summary", "cases"}
    assert fields("field of `summary`") == set(report["summary"])
    (case,) = report["cases"]
    assert fields("field of a case") == set(case)
    assert set(case["differences"][0]) == {"expectation", "diff"}
    assert fields("status") == {status.value for status in Status}


def test_the_fields_of_a_diff() -> None:
    samples = [str(ROOT / "samples" / name) for name in ("plain.jsonl", "cut-stream.jsonl")]
    report = json.loads(run_here(["diff", "--json", *samples]).stdout)
    assert fields("field") == set(report)
    assert fields("field of a difference") == set(report["differences"][0])
    (aspects,) = re.findall(r"^\| `aspect` \| (.*) \|$", PAGE, re.MULTILINE)
    assert re.findall(r"`(\w+)`", aspects) == [aspect.value for aspect in Aspect]
