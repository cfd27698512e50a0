"""Shapes of the streams of Gemini's Interactions API that no recording has."""

from typing import Any

import pytest
from tests.dialects.agents.cases import Case, Record, check


def interaction(kind: str, **members: Any) -> Record:
    return {"event_type": f"interaction.{kind}", "interaction": {"id": "i", "object": "interaction", **members}}


def content(kind: str, **members: Any) -> Record:
    return {"event_type": f"content.{kind}", "index": 0, **members}


CALLED = {"type": "function_call", "id": "c", "name": "send_message", "arguments": {"message": "At nine."}}
INTERACTIONS = [
    Case(
        "a call whose start has no name",
        [
            interaction("created", status="in_progress"),
            *(content("start", content={"type": "function_call"}), content("delta", delta=CALLED), content("stop")),
            interaction("completed", status="requires_action"),
        ],
        "At nine.\n",
    ),
    Case(
        "an interaction that failed", [interaction("completed", status="failed", error={"message": "no"})], "", 5, "no"
    ),
    Case(
        "an interaction that was cut",
        [interaction("created"), content("delta", delta={"type": "text", "text": "On"})],
        "On\n",
        4,
    ),
]


CASES = [*INTERACTIONS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_text_makes_of_a_stream(case: Case) -> None:
    check(case)
