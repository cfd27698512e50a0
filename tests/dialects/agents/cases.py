"""What the tests of agents' streams share: a case, its check, and records of several programs."""

import json
from typing import Any, NamedTuple

from tests.support import run_here

Record = dict[str, Any]


class Case(NamedTuple):
    """A stream, and what ``text`` makes of it."""

    name: str
    records: list[Any]
    text: str
    code: int = 0
    stderr: str = ""


def claude(kind: str, **members: Any) -> Record:
    return {"type": kind, "session_id": "s", "uuid": "u", "parent_tool_use_id": None, **members}


def said(*blocks: Record, ident: str = "msg_1", **members: Any) -> Record:
    message = {"id": ident, "type": "message", "role": "assistant", "model": "m", "content": list(blocks)}
    return claude("assistant", message={**message, "stop_reason": None, **members})


def words(text: str) -> Record:
    return {"type": "text", "text": text}


INIT = claude("system", subtype="init", tools=["Bash"], model="m")
RESULT = claude("result", subtype="success", is_error=False, result="Done.", stop_reason="end_turn", usage={})


def kept_file(*records: Record) -> list[Record]:
    """The lines of a session file."""
    return [{"type": one["type"], "sessionId": "s", "message": one["message"]} for one in records]


def gemini(kind: str, **members: Any) -> Record:
    return {"type": kind, "timestamp": "2031-01-01T00:00:00.000Z", **members}


RUN = {"type": "RUN_STARTED", "threadId": "t", "runId": "r"}
FINISHED = {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"}
OF_THE_API = claude("stream_event", event={"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}})
STARTED = claude("stream_event", event={"type": "message_start", "message": {"id": "msg_1", "content": []}})
CUT_ARGUMENTS = '{"inner_thoughts": "x", "message": "At ni'


def check(case: Case) -> None:
    """Assert what ``text`` makes of a stream: its output, its exit code, and two lines about it at most."""
    data = b"".join(json.dumps(record).encode() + b"\n" for record in case.records)
    ran = run_here(["text"], data)
    assert (ran.stdout.decode(), ran.code) == (case.text, case.code), ran.stderr
    assert case.stderr in ran.stderr
    assert ran.stderr.count("\n") <= 2
