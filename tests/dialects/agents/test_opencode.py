"""Shapes of the streams of opencode that no recording has."""

from typing import Any

import pytest
from tests.dialects.agents.cases import Case, Record, check


def part(kind: str, **members: Any) -> Record:
    return {"type": kind, "timestamp": 1, "sessionID": "ses_1", "part": {"messageID": "msg_1", "type": kind, **members}}


OPENCODE = [
    Case(
        "a permission was denied, and the run ended",
        [
            part("step_start"),
            part(
                "tool_use",
                callID="c",
                tool="bash",
                state={"status": "error", "input": {"command": "x"}, "error": "rejected"},
            ),
            part("step_finish", reason="tool-calls", tokens={}),
        ],
        "",
        4,
    ),
    Case(
        "no model",
        [
            {
                "type": "error",
                "timestamp": 1,
                "sessionID": "s",
                "error": {"name": "UnknownError", "data": {"message": "no model"}},
            }
        ],
        "",
        5,
        "no model",
    ),
]


CASES = [*OPENCODE]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_text_makes_of_a_stream(case: Case) -> None:
    check(case)
