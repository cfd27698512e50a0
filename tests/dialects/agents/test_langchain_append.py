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


def parts(text: str, **members: Any) -> Value:
    return {**chunk(), "content": [{"type": "text", "text": text, "index": 0, **members}]}


PARTS = [parts("At "), parts("six"), parts(" or"), parts(" at seven.", annotations=[]), END]


def of_anthropic(one: Value) -> Value:
    """A fragment of a call as models of Anthropic's have it: it is in the content, too."""
    pieces = one.get("tool_call_chunks", ())
    content = [{"type": "input_json_delta", "partial_json": piece["args"], "index": 1} for piece in pieces]
    return {**one, "content": content or one["content"]}


def alone(one: Value) -> Any:
    return one


def with_metadata(one: Value) -> Any:
    return [one, ABOUT]


def of_model(one: Value) -> Any:
    return {"event": "on_chat_model_stream", "run_id": "r", "name": "C", "metadata": {}, "data": {"chunk": one}}


OF_ANTHROPIC = [*PARTS[:3], *map(of_anthropic, [*CALL[:-1], *TWO])]
SHAPES = pytest.mark.parametrize("shape", [alone, with_metadata, of_model])


@SHAPES
@pytest.mark.parametrize("chunks", [TEXTS, CALL, TWO, PARTS, [*TEXTS[:3], *CALL], [*PARTS[:3], *CALL], OF_ANTHROPIC])
def test_the_fast_path_shows_the_same(chunks: list[Value], shape: Any) -> None:
    data = jsonl(list(map(shape, chunks)))
    assert observe([data], SINKS, fast=True) == observe([data], SINKS, fast=False)


def test_bare_texts_are_taken_by_the_fast_path() -> None:
    said = ["At ", "six", " or at seven.", "At six or at seven.", "!"]
    data = b'event: metadata\ndata: {"run_id": "r"}\n\n'
    data += b"".join(b'event: data\ndata: "%s"\n\n' % one.encode() for one in said) + b"event: end\n\n"
    assert observe([data], SINKS, fast=True) == observe([data], SINKS, fast=False)
    dialect = LangChain()
    dialect.feed({"run_id": "r"})
    dialect.feed("At ")
    assert [dialect.append(one, False) for one in ("six or at seven.", "At six or at seven.", "")] == [
        said[1] + said[2],
        None,
        None,
    ]
    dialect.feed(chunk("x"))
    assert dialect.append("y", False) is None


@SHAPES
@pytest.mark.parametrize(
    ("before", "value", "text"),
    [
        (chunk("At "), chunk("six"), "six"),
        (send()[0], fragment("six"), "six"),
        (send()[0], of_anthropic(fragment("six")), "six"),
        (send()[0], {**fragment("six"), "content": [{"type": "thinking", "thinking": "x"}]}, None),
        (send()[0], {**fragment("six"), "content": [{"type": "input_json_delta"}] * 2}, None),
        (send()[0], {**fragment("six"), "content": ["six"]}, None),
        (parts("At "), parts("six"), "six"),
        (parts("At "), chunk("six"), "six"),
        (parts("At "), parts("six", annotations=[]), None),
        (parts("At "), {**parts("six"), "content": [{"type": "thinking", "thinking": "six"}]}, None),
        (parts("At "), {**parts("six"), "content": ["six"]}, None),
        (parts("At "), {**parts("six"), "content": []}, None),
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
def test_what_continues_a_chunk(before: Value, value: Value, text: str | None, shape: Any) -> None:
    dialect = LangChain()
    for one in (before,) if before["content"] else (send()[0], fragment("x")):
        dialect.feed(shape(one))
    assert dialect.append(shape(value), False) == text
    assert dialect.append(shape({**value, "type": "ai"}), False) is None


def test_a_call_behind_a_text_is_appended() -> None:
    """What divides texts does not divide the arguments of the call that does so."""
    dialect = LangChain()
    for one in [*PARTS[:2], *map(of_anthropic, send("At "))]:
        dialect.feed(with_metadata(one))
    assert dialect.append(with_metadata(of_anthropic(fragment("six"))), False) == "six"
