"""A chunk as it was received: what counts as one (R10), and what is read of it."""

from typing import Any

import pytest
from tests.support import calls, chunk, entry, message_call, transform

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import ReceivedChoice, read_chunk
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
    {"object": "chat.completion.chunk"},  # Q29
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
    ({"choices": [{"delta": 7}]}, "a delta is a number"),
    ({"choices": [{"message": "x"}]}, "a delta is a string"),
    ({"choices": [{"message": ["x"]}]}, "a delta is an array"),
    ({"choices": [{"delta": {"tool_calls": "f"}}]}, "tool_calls is a string"),
    ({"choices": [{"delta": {"tool_calls": [1]}}]}, "a tool call is a number"),
    ({"choices": [{"delta": {"tool_calls": [{"function": "x"}]}}]}, "a function is a string"),
    ({"choices": [{"delta": {"function_call": []}}]}, "a function is an array"),
    ({"choices": [{}, {"delta": False}]}, "a delta is a boolean"),
]


@pytest.mark.parametrize("value", GOOD)
def test_r10_a_chunk_may_be_odd(value: Any) -> None:
    assert read_chunk(value).chunk is value


@pytest.mark.parametrize(("value", "reason"), BAD)
def test_r10_what_is_no_chunk_is_refused_with_a_reason(value: Any, reason: str) -> None:
    with pytest.raises(NotAChunk, match=reason):
        read_chunk(value)


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


def test_q5_q7_q9_usage_wherever_it_stands() -> None:
    usage = {"total_tokens": 3}
    assert read_chunk({"usage": usage}).usage is usage
    assert read_chunk({"choices": [{}, {"usage": usage}]}).usage is usage
    assert read_chunk({"usage": 5, "choices": [{"usage": "x"}]}).usage is None
    assert read_chunk({"usage": usage, "choices": [{"usage": {}}]}).usage is usage


def choice(delta: Any, **members: Any) -> ReceivedChoice:
    return read_chunk({"choices": [{"index": 0, "delta": delta, **members}]}).choices[0]


def entries(delta: Any) -> list[Any]:
    return [fragment.entry for fragment in choice(delta).fragments]


def test_t20_t23_t18_fragments() -> None:
    function = {"name": "f", "arguments": "{"}
    call = entry("{", id="a", name="f")
    assert entries({}) == entries({"tool_calls": []}) == entries({"tool_calls": None}) == []
    assert entries({"tool_calls": [call]}) == [call]
    assert entries({"function_call": function}) == [{"index": 0, "type": "function", "function": function}]
    assert entries({"tool_calls": [call], "function_call": function}) == [call]
    assert entries({"tool_calls": [], "function_call": function})[0]["function"] == function
    assert entries({"function_call": None}) == entries({"function_call": {}}) == []
    assert entries({"tool_calls": [None, call]}) == [call]
    assert entries({"tool_calls": [None], "function_call": function}) == []


def test_a_fragment_is_read_t8_t14_t18_a1_a3() -> None:
    (odd, whole) = choice(calls({"index": None, "id": 7, "function": None}, entry("{}", index=2, name=" "))).fragments
    assert (odd.index, odd.id, odd.name, odd.arguments) == (None, "7", None, "")
    assert (whole.index, whole.id, whole.name, whole.arguments) == (2, None, None, "{}")
    (fragment,) = choice(calls({"index": 0, "function": {"arguments": {"a": 1}}})).fragments
    assert fragment.arguments == '{"a": 1}'


@pytest.mark.parametrize(
    ("delta", "says"),
    [
        ({}, False),
        ({"content": ""}, False),
        ({"role": "assistant", "tool_calls": []}, False),
        ({"content": "x"}, True),
        ({"reasoning": "x"}, True),
        ({"refusal": "x"}, True),
        (calls(entry("")), True),
        ({"function_call": {"arguments": ""}}, True),
    ],
)
def test_what_brings_anything_of_a_message(delta: Any, says: bool) -> None:
    assert choice(delta).has_output is says


@pytest.mark.parametrize(
    ("delta", "opens"),
    [
        ({"role": "assistant"}, True),
        ({"role": "assistant", **calls(entry("", name="f"))}, True),
        ({"role": "assistant", **calls(entry('{"', name="f"))}, True),
        ({"role": "assistant", **calls(entry('a"', name="f"))}, False),
        ({"role": "assistant", **calls(entry(""))}, False),
        ({"role": "assistant", "content": "x"}, False),
        ({"role": "assistant", "reasoning": "x"}, False),
        ({"content": ""}, False),
    ],
)
def test_q11_q15_what_looks_like_the_first_of_a_response(delta: Any, opens: bool) -> None:
    assert choice(delta).looks_like_start is opens
    assert not choice(delta, finish_reason="stop").looks_like_start
