"""Chunks of LangChain that only continue the last one: the fast path takes them, with the same result."""

from typing import Any

import pytest
from tests.fastpath.differential import SINKS, observe
from tests.support import jsonl

from unspool.dialects.agents.langchain import LangChain

Value = dict[str, Any]
ABOUT = {"langgraph_node": "model", "langgraph_checkpoint_ns": "model:1"}


def chunk(content: str = "", **members: Any) -> Value:
    return {"content": content, "type": "AIMessageChunk", "id": "run-1", "additional_kwargs": {}, **members}


def fragment(args: str, index: int = 0, **named: Any) -> Value:
    piece = {"name": None, "args": args, "id": None, "index": index, **named}
    return chunk(tool_call_chunks=[piece], tool_calls=[{"name": "", "args": {}, "id": None}])


def send(*args: str) -> list[Value]:
    """A call of the message tool, behind its name."""
    return [fragment('{"message": "', name="send_message", id="c"), *map(fragment, args)]


END = chunk(chunk_position="last")
TEXTS = [chunk("At "), chunk("six"), chunk(" or"), chunk(" at "), chunk("seven."), END]
CALL = [*send("At ", "six", " \\u00e9", "."), fragment('"}'), END]
TWO = [
    *send("At "),
    fragment("{", index=1, name="weather", id="d"),
    fragment('"a": 1', index=1),
    fragment('six."}'),
    END,
]


@pytest.mark.parametrize("chunks", [TEXTS, CALL, TWO, [*TEXTS[:3], *CALL]])
@pytest.mark.parametrize("with_metadata", [False, True])
def test_the_fast_path_shows_the_same(chunks: list[Value], with_metadata: bool) -> None:
    data = jsonl([[one, ABOUT] if with_metadata else one for one in chunks])
    assert observe([data], SINKS, fast=True) == observe([data], SINKS, fast=False)


@pytest.mark.parametrize("with_metadata", [False, True])
@pytest.mark.parametrize(
    ("before", "value", "text"),
    [
        (chunk("At "), chunk("six"), "six"),
        (send()[0], fragment("six"), "six"),
        (chunk("At "), chunk("six", id="run-2"), None),
        (chunk("At "), fragment("six"), None),
        (chunk("At "), chunk("six", chunk_position="last"), None),
        (chunk("At "), chunk("six", response_metadata={"finish_reason": "stop"}), None),
        (fragment("At "), fragment("six", index=1), None),
        (fragment("At "), fragment("six", name="weather"), None),
        (fragment("At "), chunk("six"), None),
        (fragment("At "), {**fragment("six"), "content": "x"}, None),
        (fragment("At "), chunk(tool_call_chunks=[{"index": 0}]), None),
    ],
)
def test_what_continues_a_chunk(before: Value, value: Value, text: str | None, with_metadata: bool) -> None:
    def of(one: Value) -> Any:
        return [one, ABOUT] if with_metadata else one

    dialect = LangChain()
    for one in (before,) if before["content"] else (send()[0], fragment("x")):
        dialect.feed(of(one))
    assert dialect.append(of(value), False) == text
    assert dialect.append(of({**value, "type": "ai"}), False) is None
