"""Shapes of the streams of Gemini CLI that no recording has."""

import json

import pytest
from tests.dialects.agents.cases import Case, Record, check, gemini
from tests.support import run_here

GEMINI = [
    Case(
        "too many turns",
        [
            gemini("init", session_id="s", model="m"),
            gemini("message", role="assistant", content="One", delta=True),
            gemini("tool_use", tool_name="ls", tool_id="1", parameters={}),
            gemini("tool_result", tool_id="1", status="error", error={"type": "TOOL_ERROR", "message": "denied"}),
            gemini("error", severity="error", message="Maximum session turns exceeded"),
            gemini("result", status="success", stats={}),
        ],
        "One\n",
        5,
        "Maximum session turns",
    ),
    Case(
        "a warning",
        [
            gemini("init", session_id="s", model="m"),
            gemini("message", role="assistant", content="One", delta=True),
            gemini("error", severity="warning", message="Loop detected"),
            gemini("result", status="success", stats={}),
        ],
        "One\n",
    ),
    Case(
        "cancelled",
        [
            gemini("init", session_id="s", model="m"),
            gemini(
                "result", status="error", error={"type": "FatalCancellationError", "message": "cancelled"}, stats={}
            ),
        ],
        "",
        5,
        "cancelled",
    ),
    Case(
        "one object with an error",
        [{"session_id": "s", "error": {"type": "ApiError", "message": "no key", "code": 41}}],
        "",
        5,
        "no key",
    ),
]


def session_of_gemini_cli(ident: str, text: str, asked: str = "?") -> Record:
    """A session of an earlier version, which is one object."""
    messages = [
        {"id": f"{ident}-1", "timestamp": "t", "type": "user", "content": asked},
        {"id": f"{ident}-2", "timestamp": "t", "type": "gemini", "content": text, "model": "m"},
    ]
    return {"sessionId": ident, "projectHash": "p", "startTime": "t", "lastUpdated": "t", "messages": messages}


@pytest.mark.parametrize("between", ["", "\n", " "])
@pytest.mark.parametrize("size", [1, 300_000], ids=["small", "large"])
def test_sessions_that_are_one_behind_the_other_are_no_request(between: str, size: int) -> None:
    """The program writes no line end behind the last bracket."""
    sessions = [("a", "Ahoy."), ("b", "Nine."), ("c", "Ten.")]
    written = (json.dumps(session_of_gemini_cli(*one, "?" * size), indent=2) for one in sessions)
    ran = run_here(["text"], between.join(written).encode())
    assert (ran.stdout, int(ran.code)) == (b"Ahoy.\nNine.\nTen.\n", 0), ran.stderr


CASES = [*GEMINI]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_text_makes_of_a_stream(case: Case) -> None:
    check(case)
