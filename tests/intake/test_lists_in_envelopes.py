"""A list that is one record of LangGraph stays one inside a record of a log."""

import json
from typing import Any

import pytest
from tests.support import run_here

META = {"langgraph_node": "agent", "langgraph_step": 1}


def message(text: str, kind: str = "AIMessageChunk") -> dict[str, Any]:
    return {"content": text, "type": kind, "id": "run-1", "additional_kwargs": {}, "response_metadata": {}}


SO_FAR = [
    {"run_id": "r", "attempt": 1},
    *([message(text, "ai")] for text in ("Gate ", "Gate four ", "Gate four opens.")),
]
TUPLES = [[message(text), META] for text in ("Gate ", "four ", "opens.")]
MODES = [["messages", [message(text), META]] for text in ("Gate ", "four ", "opens.")]


@pytest.mark.parametrize("records", [SO_FAR, TUPLES, MODES], ids=["so far", "tuples", "modes"])
@pytest.mark.parametrize("in_string", [False, True])
def test_a_list_is_one_record(records: list[Any], in_string: bool) -> None:
    bare = b"".join(json.dumps(one).encode() + b"\n" for one in records)
    kept = [json.dumps(one) if in_string else one for one in records]
    log = b"".join(json.dumps({"ts": number, "payload": one}).encode() + b"\n" for number, one in enumerate(kept))
    said = run_here(["text"], bare)
    assert said.stdout == b"Gate four opens.\n"
    wrapped = run_here(["text"], log)
    assert (wrapped.stdout, wrapped.code) == (said.stdout, said.code)
    assert run_here(["text", "--unwrap", "payload"], log).stdout == said.stdout
