"""A list that is one record of LangGraph stays one inside a record of a log."""

import json
from typing import Any

import pytest
from tests.support import ROOT, run_here

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


def _records(name: str) -> list[Any]:
    data = (ROOT / "samples" / name).read_bytes()
    if name.endswith(".sse"):
        data = b"\n".join(line.removeprefix(b"data: ") for line in data.splitlines() if line.startswith(b"data: {"))
    return [json.loads(line) for line in data.splitlines() if line]


def _document(value: Any) -> bytes:
    return json.dumps(value).encode()


LISTS = {
    "pairs with a number": lambda records: lines([[number, one] for number, one in enumerate(records)]),
    "pairs with a time": lambda records: lines([["2031-05-04T09:00:00Z", one] for one in records]),
    "pairs with a string": lambda records: lines([[number, json.dumps(one)] for number, one in enumerate(records)]),
    "pairs with an envelope": lambda records: lines([[number, {"chunk": one}] for number, one in enumerate(records)]),
    "an array of arrays": lambda records: _document([records[:2], records[2:]]),
    "an array of pairs": lambda records: _document([[number, one] for number, one in enumerate(records)]),
    "a member": lambda records: _document({"model": "m", "events": records}),
    "strings": lambda records: _document([json.dumps(one) for one in records]),
    "arrays one behind the other": lambda records: _document(records[:2]) + _document(records[2:]),
}
SAMPLES = ["plain.jsonl", "anthropic.sse", "gemini.sse", "ollama.jsonl", "claude-code.jsonl", "strands.sse", "pi.jsonl"]


def lines(values: list[Any]) -> bytes:
    return b"".join(_document(value) + b"\n" for value in values)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("kind", LISTS)
def test_the_elements_of_lists_are_records(kind: str, name: str) -> None:
    records = _records(name)
    log = LISTS[kind](records)
    said = run_here(["text"], lines(records))
    ran = run_here(["text"], log)
    assert (ran.code, ran.stdout) == (0, said.stdout)
    kept = run_here(["rewrite"], log)
    rewritten = run_here(["rewrite"], lines(records))
    assert (kept.code, run_here(["text"], kept.stdout).stdout) == (0, run_here(["text"], rewritten.stdout).stdout)
