"""Runs as chunks: messages in their order, whole records beside deltas, notes, ends."""

import json
import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dialects.said import chat
from tests.support import jsonl, run_here

from unspool.dialects.agents.escapes import Escapes
from unspool.dialects.agents.langchain import LangChain
from unspool.dialects.agents.run import Run, message_of
from unspool.errors import PartialJSONError
from unspool.formats.partial_json import parse_partial

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=8,
)


def said(chunks: list[dict[str, Any]]) -> str:
    return "".join(choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"])


@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), st.data())
def test_snapshots_of_arguments_add_up_to_them(arguments: dict[str, Any], data: st.DataObject) -> None:
    """As a server sends them that reads what has come so far: the fragments are the arguments, none said twice."""
    text = json.dumps(arguments)
    cuts = sorted(data.draw(st.lists(st.integers(1, len(text)), max_size=6)))
    message, chunks = Run("x").message(), []
    for cut in cuts:
        try:
            snapshot = parse_partial(text[:cut])
        except PartialJSONError:
            continue
        if isinstance(snapshot, dict):
            chunks += message.arguments_whole("c", snapshot, complete=False)
    chunks += message.arguments_whole("c", arguments)
    ((_, _, read),) = chat(chunks).calls if chunks else [("", "", {})]
    assert read == arguments


@given(st.text(), st.data())
def test_escapes_cut_anywhere(text: str, data: st.DataObject) -> None:
    text = text.encode("utf-8", "replace").decode()
    source = json.dumps(text, ensure_ascii=data.draw(st.booleans()))[1:-1]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(source)), max_size=5)))
    decoder = Escapes()
    pieces = [source[start:end] for start, end in zip([0, *cuts], [*cuts, len(source)], strict=True)]
    assert "".join(decoder.feed(piece) for piece in pieces) + decoder.close() == text


def test_an_unfinished_escape_stays_as_it_was_written() -> None:
    for source, text in (("a\\", "a\\"), ("a\\u00", "a\\u00"), ("a\\ud83d", "a\ufffd"), ('a"b', 'a"b')):
        decoder = Escapes()
        assert decoder.feed(source) + decoder.close() == text


def test_of_two_messages_at_once_the_second_waits() -> None:
    run = Run("x")
    first, second = run.message("a"), run.message("b")
    assert said(first.text("One ")) == "One "
    assert second.text("Two") == []
    assert said(first.text("more")) == "more"
    assert said(first.finish()) == "Two"
    assert [chunk["choices"][0]["finish_reason"] for chunk in second.finish()] == ["stop"]


def test_a_message_that_said_nothing_leaves_nothing() -> None:
    run = Run("x")
    assert run.message("a").finish() == []
    assert said(run.message("b").text("Hi")) == "Hi"


def test_a_whole_text_adds_what_the_deltas_did_not_say_r15() -> None:
    message = Run("x").message()
    chunks = [
        *message.text("The ferry"),
        *message.text_whole("The ferry leaves."),
        *message.text_whole("The ferry leaves."),
    ]
    assert said(chunks) == "The ferry leaves."
    assert said(message.text_whole("Another text")) == ""


def test_a_live_run_without_its_end_is_left_open_r11() -> None:
    run = Run("x")
    run.live = True
    chunks = [*run.message("a").text("Hi"), *run.finish_messages()]
    left = run.close()
    assert left[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert left[0]["id"] != chunks[0]["id"]
    assert run.close() == []


STOPPED = [
    {"init_event_loop": True},
    {"event": {"messageStart": {"role": "assistant"}}},
    {"event": {"contentBlockDelta": {"delta": {"text": "Hi"}}}},
    {"event": {"messageStop": {"stopReason": "malformed_tool_use"}}},
    {"message": {"role": "assistant", "content": [{"text": "Hi"}]}},
]


@pytest.mark.parametrize("records", [STOPPED, [{"type": "turn.failed", "error": "no"}, {"type": "thread.stopped"}]])
def test_records_behind_a_failure_are_no_other_response(records: list[Any]) -> None:
    ran = run_here(["text"], jsonl(records))
    assert (ran.code, ran.stderr.count("\n")) == (5, 1), ran.stderr


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ({"name": "AI_StreamProviderError", "data": {"message": "broke down", "code": "x"}}, "broke down"),
        ({"name": "AbortError", "code": 20}, "AbortError"),
        ({"message": "", "detail": {"error": "no pier"}}, "no pier"),
        ([], "unknown"),
    ],
)
def test_the_message_of_an_error_that_was_serialised(error: Any, message: str) -> None:
    assert message_of(error, "unknown") == message


def update(number: int) -> dict[str, Any]:
    call = {"name": "look", "args": {}, "id": f"c{number}"}
    message = {"type": "ai", "id": f"m{number}", "content": "Look.", "tool_calls": [call]}
    return {"model": {"messages": [{**message, "response_metadata": {"finish_reason": "tool_calls"}}]}}


def calls_in(steps: int) -> int:
    """Python functions entered while a run of so many steps is read; none where they are compiled."""
    calls = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    reader = LangChain()
    sys.setprofile(count)
    try:
        for number in range(steps):
            reader.feed(update(number))
    finally:
        sys.setprofile(None)
    return calls


def test_a_long_run_takes_time_in_proportion_to_its_steps() -> None:
    """Each whole message was compared with all before it."""
    assert calls_in(200) <= 4.5 * calls_in(50)
