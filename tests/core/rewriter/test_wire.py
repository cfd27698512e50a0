"""The wire format: how odd members are read, how a rewritten chunk is built (R4)."""

from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from tests.support import calls, chunk, entry, transform

from unspool.core.errors import MalformedRecord, NotAChunk, UnspoolError
from unspool.core.rewriter.rewrite import rewritten_delta, with_choices, with_delta
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


def test_extras_are_what_rewriting_leaves_alone() -> None:
    delta: Any = {"role": "a", "content": "b", "tool_calls": [], "function_call": {}, "refusal": None, "x": 1}
    assert rewritten_delta(delta, [], [], shows_thoughts=False) == {"content": "b", "refusal": None, "x": 1}


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
