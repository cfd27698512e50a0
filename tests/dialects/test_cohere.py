"""Cohere v2 chat as chunks."""

from typing import Any

import pytest
from tests.dialects.said import Said, Value, beyond, chat, chunks_of
from tests.support import jsonl, run_here

from unspool.core.errors import NotAChunk
from unspool.dialects.cohere import Cohere
from unspool.dialects.registry import dialect_of

START = {"id": "r1", "type": "message-start", "delta": {"message": {"role": "assistant", "content": []}}}
TOKENS = {"tokens": {"input_tokens": 9, "output_tokens": 4}, "billed_units": {"input_tokens": 2, "output_tokens": 3}}


def event(kind: str, index: int | None = None, **message: Any) -> Value:
    return {"type": kind, **({} if index is None else {"index": index}), "delta": {"message": message}}


def text(piece: str, kind: str = "text") -> Value:
    return event("content-delta", 0, content={kind: piece})


def starts(index: int, name: str) -> Value:
    call = {"id": f"{name}_{index}", "type": "function", "function": {"name": name, "arguments": ""}}
    return event("tool-call-start", index, tool_calls=call)


def more(index: int, fragment: str) -> Value:
    return event("tool-call-delta", index, tool_calls={"function": {"arguments": fragment}})


def ends(reason: Any = "COMPLETE", **delta: Any) -> Value:
    return {"type": "message-end", "delta": {"finish_reason": reason, "usage": TOKENS, **delta}}


def said(*events: Value) -> Said:
    return chat(chunks_of(Cohere(), events))


def test_text() -> None:
    chunks = chunks_of(
        Cohere(),
        [START, event("content-start", 0, content={"type": "text", "text": ""}), text("Hel"), text("lo"), ends()],
    )
    assert chat(chunks) == Said(text="Hello", finishes=["stop"], usages=[(9, 4)])
    assert [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]] == [
        {"role": "assistant", "content": ""},
        {"content": "Hel"},
        {"content": "lo"},
        {},
    ]
    assert {(chunk["id"], chunk["model"], chunk["created"]) for chunk in chunks} == {("r1", "", 0)}
    assert beyond(chunks) == {"usage": [{"billed_units": TOKENS["billed_units"]}]}


def test_thinking_and_the_tool_plan_are_reasoning() -> None:
    events = [START, text("Hm", "thinking"), event("tool-plan-delta", tool_plan=", so"), ends()]
    assert said(*events) == Said(thoughts="Hm, so", finishes=["stop"], usages=[(9, 4)])


def test_parallel_calls_may_alternate() -> None:
    """T17, also where the first index is not 0."""
    events = [starts(1, "f"), starts(2, "g"), more(1, '{"a":'), more(2, "{}"), more(1, "1}")]
    done = {"type": "tool-call-end", "index": 1}
    assert said(START, *events, done, ends("TOOL_CALL")) == Said(
        calls=[("f_1", "f", {"a": 1}), ("g_2", "g", {})], finishes=["tool_calls"], usages=[(9, 4)]
    )


def test_a_call_may_stand_in_an_array_of_one() -> None:
    start = event("tool-call-start", 0, tool_calls=[{"id": "i", "function": {"name": "f", "arguments": "{}"}}])
    assert said(START, start, ends("TOOL_CALL")).calls == [("i", "f", {})]


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("STOP_SEQUENCE", "stop"),
        ("MAX_TOKENS", "length"),
        ("TOOL_CALL", "tool_calls"),
        ("ERROR_TOXIC", "content_filter"),
        ("ERROR_LIMIT", "length"),
        ("SOMETHING_NEW", "stop"),
        (None, "stop"),
    ],
)
def test_why_it_ended(reason: Any, finish: str) -> None:
    chunks = chunks_of(Cohere(), [START, text("Hi"), ends(reason)])
    assert chat(chunks).finishes == [finish]
    assert beyond(chunks).get("finish_reason", []) == ([reason] if reason in ("SOMETHING_NEW", "ERROR_TOXIC") else [])


def test_an_end_without_a_reason_follows_the_calls() -> None:
    assert said(START, starts(0, "f"), more(0, "{}"), ends(None)).finishes == ["tool_calls"]


@pytest.mark.parametrize(
    ("end", "message"),
    [
        (ends("ERROR"), "the response ended with ERROR"),
        (ends("TIMEOUT"), "the response ended with TIMEOUT"),
        (ends("ERROR", error="It broke."), "It broke."),
    ],
)
def test_an_error_ends_the_response(end: Value, message: str) -> None:
    ran = run_here(["text"], jsonl([START, text("Hi"), end]))
    assert (ran.code, ran.stdout) == (5, b"Hi\n")
    assert message in ran.stderr


def test_usage_in_detail() -> None:
    usage = {"tokens": {"input_tokens": 9, "output_tokens": 4, "reasoning_tokens": 3}, "cached_tokens": 8}
    end = {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": usage}}
    assert chunks_of(Cohere(), [START, end])[-1]["usage"] == {
        "prompt_tokens": 9,
        "completion_tokens": 4,
        "total_tokens": 13,
        "prompt_tokens_details": {"cached_tokens": 8},
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    billed = {"type": "message-end", "delta": {"usage": {"billed_units": {"input_tokens": 2, "output_tokens": 3}}}}
    assert said(START, billed).usages == [(2, 3)]


def test_what_a_chunk_has_no_place_for_rides_along() -> None:
    citation = event("citation-start", 0, citations={"start": 1})
    likely = {**text("Hi"), "logprobs": {"token_ids": [1]}}
    chunks = chunks_of(Cohere(), [START, citation, likely, {"type": "debug", "prompt": "p"}, ends()])
    assert chat(chunks).text == "Hi"
    assert beyond(chunks) | {"usage": None} == {
        "citation-start": [citation],
        "content-delta": [likely],
        "debug": [{"type": "debug", "prompt": "p"}],
        "usage": None,
    }


def test_a_message_call_streams() -> None:
    events = [START, starts(0, "send_message"), more(0, '{"mess'), more(0, 'age": "Hi'), more(0, ' all"}')]
    ran = run_here(["events"], jsonl([*events, ends("TOOL_CALL")]))
    assert next(line for line in ran.stdout.split(b"\n") if b'"text"' in line).count(b'"text":"Hi"') == 1
    assert run_here(["text"], jsonl([*events, ends("TOOL_CALL")])) == (0, b"Hi all\n", "")


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"type": 1},
        {"type": "not an event"},
        {"type": "content-delta"},
        {"type": "content-delta", "delta": {"message": {"content": "Hi"}}},
        {"type": "tool-call-start", "delta": {"message": {"tool_calls": []}}},
        {"type": "message-end"},
    ],
)
def test_what_is_no_event_is_refused(value: Any) -> None:
    with pytest.raises(NotAChunk):
        Cohere().feed(value)


def test_a_whole_answer_is_read_as_its_events_would_be() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "send_message", "arguments": '{"message": "Nine."}'}}
    content = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "At"}]
    message = {"role": "assistant", "content": content, "tool_calls": [call]}
    whole = {"id": "r1", "finish_reason": "TOOL_CALL", "message": message, "usage": TOKENS}
    ran = run_here(["text", "--thoughts", "reasoning"], jsonl([whole]))
    assert (ran.stdout.decode(), ran.code) == ("Hm.\nAt\nNine.\n", 0)
    assert said(whole).finishes == ["tool_calls"]
    assert said({**whole, "message": {"role": "assistant", "content": "At nine."}}).text == "At nine."


def test_a_choice_of_chat_completions_is_no_whole_answer() -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "Nine."}, "finish_reason": "stop"}
    assert dialect_of(choice) is None


def test_r12_an_error_of_a_relay_ends_the_response() -> None:
    ran = run_here(["text"], jsonl([START, text("Ni"), {"type": "error", "error": {"message": "Too many requests"}}]))
    assert (ran.stdout, ran.code) == (b"Ni\n", 5)
    assert "Too many requests" in ran.stderr
