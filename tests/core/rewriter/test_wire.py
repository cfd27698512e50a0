"""The wire format: how odd members are read, how a rewritten chunk is built (R4)."""

from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from tests.support import calls, chunk, entry, transform

from unspool.core.errors import MalformedRecord, NotAChunk, UnspoolError
from unspool.core.rewriter.rewrite import extras_of, with_choices, with_delta
from unspool.core.rewriter.wire import (
    delta_of,
    entries_of,
    error_of,
    finish_reason,
    index_of,
    non_blank,
    provider_reason,
    text_of,
    thoughts_of,
)
from unspool.errors import PartialJSONError, SourceFailed


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
    assert non_blank(value) == text


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
        ({"content": [{"type": "image"}, {"type": "text"}, {"type": "text", "text": 1}, 5]}, "", ""),
        ({"content": ["a", {"text": "b"}]}, "ab", ""),
        ({"reasoning_content": "hm"}, "", "hm"),
        ({"reasoning": "hm"}, "", "hm"),
        ({"thinking": "hm"}, "", "hm"),
        ({"reasoning_content": None, "reasoning": "hm"}, "", "hm"),
        ({"reasoning_content": "one", "reasoning": "one"}, "", "one"),
        ({"reasoning": 5}, "", ""),
        ({"reasoning_details": [{"type": "reasoning.text", "text": "hm"}, {"type": "x", "text": "no"}]}, "", "hm"),
        ({"reasoning": "hm", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]}, "", "hm"),
        ({"reasoning_details": "x"}, "", ""),
        ({"content": "<thought>hm", "extra_content": {"google": {"thought": True}}}, "", "hm"),
        ({"content": "<thought>hm</thought>Hi", "extra_content": {"google": {"thought": True}}}, "Hi", "hm"),
        ({"content": "Hi", "extra_content": {"google": {"thought_signature": "s"}}}, "Hi", ""),
        ({"content": "Hi", "extra_content": None}, "Hi", ""),
        ({"thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "s"}]}, "", "hm"),
    ],
)
def test_q16_q17_text_and_native_thoughts(delta: Any, text: str, thoughts: str) -> None:
    assert (text_of(delta), thoughts_of(delta)) == (text, thoughts)


@pytest.mark.parametrize(
    ("between", "text"),
    [
        ([{"type": "tool_use", "id": "t", "name": "a", "input": {}}], "X\nY"),
        ([{"type": "thinking", "thinking": "Hm"}], "X\nY"),
        ([{"type": "reference", "reference_ids": [1]}], "XY"),
        ([{"type": "text", "text": ""}], "XY"),
        ([None], "X\nY"),
        (["Z"], "XZY"),
        ([{"text": "Z"}], "XZY"),
        ([], "XY"),
    ],
)
def test_r16_text_parts_that_another_divides_are_apart(between: Any, text: str) -> None:
    parts = [{"type": "text", "text": "X"}, *between, {"type": "text", "text": "Y"}]
    assert text_of({"content": parts}) == text


def test_t20_t23_entries() -> None:
    function = {"name": "f", "arguments": "{"}
    call = entry("{", id="a", name="f")
    assert entries_of({}) == entries_of({"tool_calls": []}) == entries_of({"tool_calls": None}) == []
    assert entries_of({"tool_calls": [call]}) == [call]
    assert entries_of({"function_call": function}) == [{"index": 0, "type": "function", "function": function}]
    assert entries_of({"tool_calls": [call], "function_call": function}) == [call]
    assert entries_of({"function_call": None}) == []


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
        ({"choices": [{"error": {"message": "no"}}]}, {"message": "no"}),
        ({"choices": [{"finish_reason": "error"}]}, None),
        ({"error": True, "message": "no"}, {"message": "no"}),
        ({"choices": [{"finish_reason": "stop", "error": {"message": "no"}}]}, {"message": "no"}),
        (
            {"choices": [], "base_resp": {"status_code": 1004, "status_msg": "no"}},
            {"status_code": 1004, "status_msg": "no"},
        ),
        ({"choices": [], "base_resp": {"status_code": 0}}, None),
        ({"choices": None, "usage": {"a": 1}}, None),
    ],
)
def test_an_error_is_found_wherever_it_stands_r12_q20(record: Any, error: Any) -> None:
    assert error_of(record) == error


@pytest.mark.parametrize(
    ("choice", "chunk", "reason"),
    [
        ({"finish_reason": "stop", "native_finish_reason": "SAFETY"}, {}, "SAFETY"),
        ({"finish_reason": "stop"}, {"unspool": {"dialect": "gemini", "finishReason": "OTHER"}}, "OTHER"),
        ({"finish_reason": "stop"}, {"unspool": {"dialect": "gemini"}}, None),
        ({"finish_reason": "stop", "native_finish_reason": None}, {}, None),
    ],
)
def test_the_reason_of_the_provider_is_found_where_a_relay_or_a_dialect_keeps_it_r17(
    choice: Any, chunk: Any, reason: str | None
) -> None:
    assert provider_reason(choice, chunk) == reason


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
