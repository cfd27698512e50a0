"""The wire format: what counts as a chunk, how odd members are read, how a rewritten chunk is built (R4, R10)."""

from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from tests.support import calls, chunk, entry, message_call, transform

from unspool.core.chunks import (
    check,
    delta_of,
    entries_of,
    error_of,
    extras_of,
    finish_reason,
    given,
    index_of,
    is_ping,
    sole_choice,
    sole_text,
    text_of,
    thoughts_of,
    usage_of,
    with_choices,
    with_delta,
)
from unspool.core.errors import MalformedRecord, NotAChunk, PartialJSONError, SourceFailed, UnspoolError
from unspool.core.transformer import Transformer

GOOD: list[Any] = [
    chunk({"content": "Hi"}),
    {"choices": []},
    {"choices": [{}]},
    {"choices": [{"index": 0, "finish_reason": None, "content_filter_offsets": {}}]},  # Q2
    {"choices": [{"delta": None, "finish_reason": "stop"}]},  # Q3
    {"choices": [{"delta": {"tool_calls": None}}]},  # Q19
    {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": None}]}}]},  # T18
    {"choices": [{"message": {"content": "whole"}}]},  # B11
    {"usage": {"total_tokens": 1}},  # Q5
    {"error": {"message": "no"}},  # Q20
    {"choices": None, "error": {"message": "no"}},
]

BAD: list[tuple[Any, str]] = [
    (None, "null"),
    (True, "a boolean"),
    (1, "a number"),
    (1.5, "a number"),
    ("x", "a string"),
    ([], "an array"),
    ({}, "without choices"),
    ({"choices": None}, "without choices"),
    ({"usage": None, "error": None}, "without choices"),
    ({"choices": {}}, "choices is an object"),
    ({"choices": "x"}, "choices is a string"),
    ({"choices": [1]}, "a choice is a number"),
    ({"choices": [None]}, "a choice is null"),
    ({"choices": [{"delta": "x"}]}, "a delta is a string"),
    ({"choices": [{"message": ["x"]}]}, "a delta is an array"),
    ({"choices": [{"delta": {"tool_calls": {}}}]}, "tool_calls is an object"),
    ({"choices": [{"delta": {"tool_calls": [1]}}]}, "a tool call is a number"),
    ({"choices": [{"delta": {"tool_calls": [{"function": "x"}]}}]}, "a function is a string"),
    ({"choices": [{"delta": {"function_call": []}}]}, "a function is an array"),
    ({"choices": [{}, {"delta": False}]}, "a delta is a boolean"),
]


@pytest.mark.parametrize("value", GOOD)
def test_r10_a_chunk_may_be_odd(value: Any) -> None:
    assert check(value) is value


@pytest.mark.parametrize(("value", "reason"), BAD)
def test_r10_what_is_no_chunk_is_refused_with_a_reason(value: Any, reason: str) -> None:
    with pytest.raises(NotAChunk, match=reason):
        check(value)


@pytest.mark.parametrize(("value", "reason"), BAD)
def test_r10_refusing_changes_nothing(value: Any, reason: str) -> None:
    """A chunk that is refused in the middle of a message leaves no trace in it."""
    transformer = Transformer()
    source = message_call(['{"message":"a', 'b"}'])
    outcomes = [transformer.feed(one) for one in source[:2]]
    with pytest.raises(NotAChunk, match=reason):
        transformer.feed(value)
    outcomes += [transformer.feed(one) for one in source[2:]]
    expected = transform(source)
    assert [one for outcome in outcomes for one in outcome.chunks] == expected.chunks
    assert [event for outcome in [*outcomes, transformer.close()] for event in outcome.events] == expected.events


def test_the_tree_of_errors() -> None:
    fault = NotAChunk("no", 3)
    assert (fault.reason, fault.position, str(fault)) == ("no", 3, "no")
    assert MalformedRecord("x").position is None
    assert issubclass(NotAChunk, MalformedRecord)
    assert issubclass(MalformedRecord, UnspoolError)
    assert issubclass(PartialJSONError, ValueError)
    failed = SourceFailed("a file", "gone")
    assert (failed.source, failed.reason, isinstance(failed, UnspoolError)) == ("a file", "gone", True)


@pytest.mark.parametrize(
    ("value", "ping"),
    [
        ({"message_type": "ping"}, True),
        ({"type": "ping"}, True),
        ({"type": "ping", "choices": []}, False),
        ({"type": "pong"}, False),
        ("ping", False),
    ],
)
def test_b13_pings(value: Any, ping: bool) -> None:
    assert is_ping(value) is ping


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("call_1", "call_1"),
        (7, "7"),
        (1.5, "1.5"),
        ("", None),
        ("  ", None),
        ("null", None),
        (None, None),
        (True, None),
        ([], None),
        ({}, None),
    ],
)
def test_t8_t9_t10_t14_t18_names_and_ids(value: Any, text: str | None) -> None:
    assert given(value) == text


@pytest.mark.parametrize(
    ("value", "reason"),
    [("stop", "stop"), ("cancel", "cancel"), ("", None), ("null", None), (None, None), (1, None)],
)
def test_f2_f3_f9_finish_reasons(value: Any, reason: str | None) -> None:
    assert finish_reason({"finish_reason": value}) == reason
    assert finish_reason({}) is None  # F4


@pytest.mark.parametrize(("value", "index"), [(0, 0), (3, 3), (None, None), ("1", None), (True, None), (1.0, None)])
def test_t3_indices(value: Any, index: int | None) -> None:
    assert index_of(value) == index


def test_q3_q4_q12_b11_where_a_delta_stands() -> None:
    delta: Any = {"content": "d"}
    message: Any = {"content": "m"}
    assert delta_of({"delta": delta, "message": message}) is delta
    assert delta_of({"message": message}) is message
    assert delta_of({"delta": None, "message": message}) is message
    assert delta_of({"delta": None}) == delta_of({}) == {}


@pytest.mark.parametrize(
    ("delta", "text", "thoughts"),
    [
        ({}, "", ""),
        ({"content": None}, "", ""),
        ({"content": "Hi"}, "Hi", ""),
        ({"content": 5}, "", ""),
        ({"content": [{"type": "text", "text": "H"}, {"type": "text", "text": "i"}]}, "Hi", ""),
        ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]}, "", "hm"),
        ({"content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}]}, "a", "hm"),
        ({"content": ["x", {"type": "image"}, {"type": "text"}, {"type": "text", "text": 1}]}, "", ""),
        ({"reasoning_content": "hm"}, "", "hm"),
        ({"reasoning": "hm"}, "", "hm"),
        ({"thinking": "hm"}, "", "hm"),
        ({"reasoning_content": None, "reasoning": "hm"}, "", "hm"),
        ({"reasoning_content": "one", "reasoning": "one"}, "", "one"),
        ({"reasoning": 5}, "", ""),
        ({"reasoning_details": [{"type": "reasoning.text", "text": "hm"}, {"type": "x", "text": "no"}]}, "", "hm"),
        ({"reasoning": "hm", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]}, "", "hm"),
        ({"reasoning_details": "x"}, "", ""),
    ],
)
def test_q16_q17_text_and_native_thoughts(delta: Any, text: str, thoughts: str) -> None:
    assert (text_of(delta), thoughts_of(delta)) == (text, thoughts)


def test_t20_t23_entries() -> None:
    function = {"name": "f", "arguments": "{"}
    call = entry("{", id="a", name="f")
    assert entries_of({}) == entries_of({"tool_calls": []}) == entries_of({"tool_calls": None}) == []
    assert entries_of({"tool_calls": [call]}) == [call]
    assert entries_of({"function_call": function}) == [{"index": 0, "type": "function", "function": function}]
    assert entries_of({"tool_calls": [call], "function_call": function}) == [call]
    assert entries_of({"function_call": None}) == []


def test_q5_q7_q9_usage_wherever_it_stands() -> None:
    usage = {"total_tokens": 3}
    assert usage_of({"usage": usage}) is usage
    assert usage_of({"choices": [{}, {"usage": usage}]}) is usage
    assert usage_of({"usage": None, "choices": None}) is None
    assert usage_of({"usage": 5, "choices": [{"usage": "x"}]}) is None


@pytest.mark.parametrize(
    ("delta", "member"),
    [
        ({"content": "x"}, "content"),
        ({"reasoning_content": "x"}, "reasoning_content"),
        ({"reasoning": "x"}, "reasoning"),
        ({"thinking": "x"}, "thinking"),
        ({"role": "assistant", "content": "x"}, "content"),
        ({"content": "x", "refusal": None, "tool_calls": [], "reasoning": ""}, "content"),
        ({"content": "", "reasoning": "x"}, "reasoning"),
    ],
)
def test_a_chunk_that_holds_one_text_and_nothing_else(delta: Any, member: str) -> None:
    """Q15, Q19: with a role, or with members that are empty."""
    one = chunk(delta, usage=None, error=None)
    choice = sole_choice(one)
    assert choice is one["choices"][0]
    assert sole_text(choice) == member


@pytest.mark.parametrize(
    "delta",
    [
        {"role": "assistant"},
        {"content": ""},
        {"content": [{"type": "text", "text": "x"}]},
        {"content": "x", "reasoning": "y"},
        {"reasoning": "x", "reasoning_details": [{"type": "reasoning.text", "text": "x"}]},
        {"refusal": "x"},
        {"content": "x", **calls(entry("{"))},
        calls(entry("{")),
    ],
)
def test_a_delta_that_holds_more_or_less_than_one_text(delta: Any) -> None:
    assert sole_text({"index": 0, "delta": delta}) is None


@pytest.mark.parametrize(
    "one",
    [
        chunk({}),
        chunk({"content": "x"}, "stop"),
        chunk({"content": "x"}, usage={}),
        chunk({"content": "x"}, usage={"total_tokens": 1}),
        chunk({"content": "x"}, usage="unknown"),
        chunk({"content": "x"}, error={"message": "no"}),
        chunk({}, choices=[{"index": 0, "delta": {"content": "x"}, "usage": {}}]),
        chunk({}, choices=[{"index": 0, "delta": {"content": "x"}, "usage": {"total_tokens": 1}}]),
        chunk({}, choices=[{"index": 0, "delta": {"content": "x"}}, {"index": 1, "delta": {}}]),
        chunk({}, choices=[{"index": 0, "message": {"content": "x"}}]),
        chunk({}, choices=[{"index": 0, "delta": None}]),
        chunk({}, choices=[]),
        chunk({}, choices=None, usage={"total_tokens": 1}),
        {"error": {"message": "no"}},
    ],
)
def test_a_chunk_that_holds_more_or_less_than_one_choice_that_goes_on(one: Any) -> None:
    assert sole_choice(one) is None


def test_extras_are_what_rewriting_leaves_alone() -> None:
    delta: Any = {"role": "a", "content": "b", "tool_calls": [], "function_call": {}, "refusal": None, "x": 1}
    assert extras_of(delta) == {"refusal": None, "x": 1}


def test_b11_a_whole_message_becomes_a_delta() -> None:
    choice = {"index": 5, "message": {"content": "x"}, "finish_reason": None, "logprobs": None}
    assert with_delta(choice, 5, {"content": "y"}, "stop") == {
        "index": 5,
        "delta": {"content": "y"},
        "finish_reason": "stop",
        "logprobs": None,
    }
    assert choice["message"] == {"content": "x"}


def test_r4_every_other_member_is_kept() -> None:
    came = chunk({}, id="c", created=5, model="m", service_tier="default", obfuscation="xyz", usage=None)
    left = with_choices(came, [])
    assert left == {**came, "choices": []}
    assert list(left) == list(came)


@pytest.mark.parametrize("came", [{}, {"id": None, "created": None, "model": None, "object": None}, {"object": ""}])
def test_r4_neutral_values_for_what_a_strict_client_insists_on(came: Any) -> None:
    """Q1: the values Azure sends."""
    left = with_choices(came, [])
    assert left == {"id": "", "created": 0, "model": "", "object": "chat.completion.chunk", "choices": []}
    ChatCompletionChunk.model_validate(left, strict=True)


def test_r4_a_strict_client_accepts_every_rewritten_chunk() -> None:
    """Bare chunks, a null role, calls without index, type and id: all that leaves rewritten validates."""
    bare = [
        {
            "choices": [
                {"delta": {"role": None, "tool_calls": [{"function": {"name": "send_message", "arguments": "{"}}]}}
            ]
        },
        {"choices": [{"delta": {"tool_calls": [{"function": {"arguments": '"message":"Hi"'}}]}}]},
        {"choices": [{"delta": {"tool_calls": [{"id": "b", "function": {"name": "look_up", "arguments": "{}"}}]}}]},
        {"object": "chat.completion", "choices": [{"message": {"tool_calls": [entry("{}", index=0)]}}]},
        {"choices": [{"delta": None, "finish_reason": "tool_calls"}]},
    ]
    left = transform(bare).chunks
    rewritten = [one for one in left if not any(one is came for came in bare)]
    assert len(rewritten) >= 3
    for one in rewritten:
        ChatCompletionChunk.model_validate(one, strict=True)
    assert transform(bare).content == "Hi"


def test_r4_a_rewritten_first_chunk_looks_like_a_plain_stream() -> None:
    first = transform([chunk(calls(entry("", id="a", name="send_message"), role="assistant", content=None))]).chunks[0]
    assert first == chunk({"role": "assistant", "content": ""})


def test_null_entries_among_the_calls_are_absent_t18() -> None:
    one = {"index": 0, "function": {"arguments": "x"}}
    assert entries_of({"tool_calls": [None, one]}) == [one]
    assert entries_of({"tool_calls": [None]}) == []


@pytest.mark.parametrize(
    ("record", "error"),
    [
        ({"error": {"message": "no"}}, {"message": "no"}),
        ({"error": {}}, {}),
        ({"error": "no"}, "no"),
        ({"error": None, "choices": []}, None),
        ({"error": "", "choices": []}, None),
        ({"object": "error", "message": "no", "code": 4}, {"message": "no", "code": 4}),
        ({"choices": [{"finish_reason": "error", "error": {"message": "no"}}]}, {"message": "no"}),
        ({"choices": [{"finish_reason": "error"}]}, None),
        ({"choices": [{"finish_reason": "stop", "error": {"message": "no"}}]}, None),
        ({"choices": None, "usage": {"a": 1}}, None),
    ],
)
def test_an_error_is_found_wherever_it_stands_r12_q20(record: Any, error: Any) -> None:
    assert error_of(check(record)) == error


def test_all_choices_of_a_completion_become_deltas_when_one_does_b11() -> None:
    messages = [
        {"role": "assistant", "content": None, "tool_calls": [say("Hi")]},
        {"role": "assistant", "content": "pl", "tool_calls": [None, look_up()]},
        {"role": "assistant", "content": "plain"},
    ]
    choices = [{"index": at, "message": each, "finish_reason": "tool_calls"} for at, each in enumerate(messages)]
    (left,) = transform([{"object": "chat.completion", "choices": choices}]).chunks
    ChatCompletionChunk.model_validate(left)
    assert [choice["delta"]["content"] for choice in left["choices"]] == ["Hi", "pl", "plain"]
    assert left["choices"][1]["delta"]["tool_calls"] == [{"index": 0, **look_up()}]
    assert [choice["finish_reason"] for choice in left["choices"]] == ["stop", "tool_calls", "tool_calls"]


def say(text: str) -> Any:
    function = {"name": "send_message", "arguments": f'{{"message": "{text}"}}'}
    return {"id": "a", "type": "function", "function": function}


def look_up() -> Any:
    return {"id": "b", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
