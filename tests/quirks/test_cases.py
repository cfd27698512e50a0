"""Every row of the table of quirks, on a small stream: what text, rewrite, events and lint make of it."""

import json
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from tests.quirks.case import SAME, Case, chunks_of, rewritten_of
from tests.quirks.table import CASES
from tests.support import content_of, run_here

from unspool.quirks.catalog import QUIRKS

each_case = pytest.mark.parametrize("case", CASES, ids=[f"{case.number}: {case.name}" for case in CASES])


def finishes_of(chunks: list[Any]) -> tuple[str, ...]:
    """The finish reasons that choice 0 leaves with."""
    choices = [choice for one in chunks for choice in one.get("choices") or [] if choice.get("index", 0) == 0]
    return tuple(choice["finish_reason"] for choice in choices if choice.get("finish_reason") not in (None, "", "null"))


@each_case
def test_text(case: Case) -> None:
    """R3: the text is the decoded message, and the exit code says what went wrong."""
    ran = run_here(["text", *case.options], case.stream)
    assert ran.stdout.decode() == case.text
    assert ran.code == case.code
    faults = [line for line in ran.stderr.splitlines() if ": no message; " not in line]  # a hint
    assert bool(faults) == bool(case.code)


@each_case
def test_rewrite(case: Case) -> None:
    """R1, R4, R5: the same bytes, or chunks that a strict client accepts."""
    ran = run_here(["rewrite", *case.options], case.stream)
    assert ran.code == case.code
    if case.rewritten is not None:
        assert ran.stdout == (case.stream if case.rewritten is SAME else case.rewritten)
        return
    chunks = chunks_of(ran.stdout)
    assert content_of(chunks) == case.expected_content
    assert finishes_of(chunks) == case.finishes
    if case.strict:
        for one in rewritten_of(case, ran.stdout):
            ChatCompletionChunk.model_validate(one)


@each_case
def test_rewritten_role_stands_once(case: Case) -> None:
    """R4, Q15: in a choice that was rewritten one delta carries the role, the first."""
    if case.rewritten is not None or case.steps > 1:
        return
    rewritten = rewritten_of(case, run_here(["rewrite", *case.options], case.stream).stdout)
    for index in {choice["index"] for one in rewritten for choice in one["choices"]}:
        deltas = [c["delta"] for one in rewritten for c in one["choices"] if c["index"] == index]
        assert [position for position, delta in enumerate(deltas) if "role" in delta] in ([0], [])


@each_case
def test_events(case: Case) -> None:
    """The events hold the same text, the same number of responses and the same exit code (R13)."""
    ran = run_here(["events", *case.options], case.stream)
    assert ran.code == case.code
    seen = [json.loads(line) for line in ran.stdout.splitlines()]
    text = "".join(event["text"] for event in seen if event["event"] == "text" and event["choice"] == 0)
    assert text == case.expected_events
    assert sum(event["event"] == "step" for event in seen) == case.steps


@each_case
def test_lint_names_it(case: Case) -> None:
    """Lint names the quirk with a record number, and leaves the exit code to the faults."""
    ran = run_here(["lint", "--json", *case.options], case.stream)
    assert ran.code == case.code
    found = {row["quirk"]: row for row in json.loads(ran.stdout)["quirks"]}
    assert set(case.expected_names) <= set(found)
    assert not set(case.unnamed) & set(found)
    assert all(row["count"] >= 1 and row["sentence"] == QUIRKS[number].sentence for number, row in found.items())


@pytest.mark.parametrize("number", QUIRKS)
def test_every_row_has_a_case(number: str) -> None:
    """A row without a case is a claim that nothing holds."""
    assert any(case.number == number for case in CASES)


def test_every_case_has_a_row() -> None:
    """A case names a number of the table, and no two cases have one name."""
    assert {case.number for case in CASES} <= set(QUIRKS)
    assert len({(case.number, case.name) for case in CASES}) == len(CASES)
