"""R16: what stands between two messages of one choice; R17 and R12: ends that are no answer."""

from typing import Any

import pytest
from tests.support import Chunk, calls, chunk, content_of, entry, message_call, transform

from unspool.core.events import MessageBoundary, ResponseFailed, ResponseRefused, TextDelta, ThoughtsDelta
from unspool.core.options import Options, Thoughts
from unspool.core.rewriter.wire import BOUNDARY


def marked(member: str, text: str) -> Chunk:
    """A chunk in which a dialect's reader has marked that another message begins."""
    choice = {"index": 0, "delta": {member: text}, "finish_reason": None, BOUNDARY: member}
    return chunk(choices=[choice])


@pytest.mark.parametrize(("separator", "joined"), [("\n\n", "one\n\ntwo"), ("", "onetwo"), (" / ", "one / two")])
def test_a_marked_message_is_separated(separator: str, joined: str) -> None:
    result = transform([chunk({"content": "one"}), marked("content", "two")], Options(separator=separator))
    assert content_of(result.chunks) == joined
    assert result.of(MessageBoundary) == [MessageBoundary(1, 0, False)]
    assert BOUNDARY not in str(result.chunks)


def test_the_first_message_has_nothing_before_it() -> None:
    result = transform([marked("content", "one"), marked("reasoning_content", "hm")])
    assert content_of(result.chunks) == "one"
    assert result.of(MessageBoundary) == []


def test_summaries_of_reasoning_are_separated() -> None:
    result = transform([chunk({"reasoning_content": "one"}), marked("reasoning_content", "two")])
    reasoning = [choice["delta"].get("reasoning_content", "") for one in result.chunks for choice in one["choices"]]
    assert "".join(reasoning) == "one\n\ntwo"
    assert result.of(MessageBoundary) == [MessageBoundary(1, 0, True)]


CALL = message_call(['{"message":"one"}'], finish=None)


@pytest.mark.parametrize("content", ["two", [{"type": "text", "text": "two"}]], ids=["text", "parts"])
def test_content_after_a_message_call_is_separated(content: Any) -> None:
    result = transform([*CALL, chunk({"content": content}), chunk({"content": "!"})])
    assert "\n\n" in str([one["choices"][0]["delta"] for one in result.chunks]).replace("\\n", "\n")
    assert [event.text for event in result.of(TextDelta)] == ["one", "two", "!"]


def test_a_second_message_call_is_separated_once() -> None:
    second = [
        chunk(calls(entry('{"message":"', index=1, id="call_2", name="send_message"))),
        *(chunk(calls(entry(text, index=1))) for text in ("tw", "o", '"}')),
    ]
    assert content_of(transform([*CALL, *second]).chunks) == "one\n\ntwo"


def test_thoughts_of_two_calls_are_separated_where_they_leave() -> None:
    fragments = ['{"inner_thoughts":"', "hm", '"}']
    first = message_call(fragments, finish=None)
    second = [chunk(calls(entry("", index=1, id="call_2", name="send_message")))]
    second += [chunk(calls(entry(text, index=1))) for text in fragments]
    result = transform([*first, *second], Options(thoughts=Thoughts.REASONING))
    assert "".join(event.text for event in result.of(ThoughtsDelta)) == "hmhm"


@pytest.mark.parametrize("reason", ["error", "network_error"])
def test_a_finish_that_says_failure_is_an_error_r17(reason: str) -> None:
    (failed,) = transform([chunk({"content": "one"}), chunk({}, reason)]).of(ResponseFailed)
    assert reason in failed.message


def test_an_error_of_a_choice_is_reported_once_q20() -> None:
    choice = {"index": 0, "delta": {}, "finish_reason": "error", "error": {"message": "Overloaded"}}
    assert [event.message for event in transform([chunk(choices=[choice])]).of(ResponseFailed)] == ["Overloaded"]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ({"message": '{"error":{"message":"inner"}}'}, "inner"),
        ({"message": "{not JSON"}, "{not JSON"),
        ({"message": '{"a":1}'}, '{"a":1}'),
        ({"message": "null", "detail": "why"}, "why"),
    ],
)
def test_a_nested_message_is_found_q27(error: Any, message: str) -> None:
    assert [event.message for event in transform([{"error": error}]).of(ResponseFailed)] == [message]


def test_a_refusal_without_text_is_reported_with_the_word_of_the_provider_r17() -> None:
    refused = transform([chunk({"refusal": "No."}), chunk({}, "stop")]).of(ResponseRefused)
    assert refused == [ResponseRefused(1, 0, "stop", "No.")]


@pytest.mark.parametrize(
    ("extension", "reason"), [({"finishReason": "SAFETY"}, "SAFETY"), ({}, "content_filter"), ([], "content_filter")]
)
def test_a_filtered_answer_is_named_as_the_provider_names_it_r17(extension: Any, reason: str) -> None:
    (blocked,) = transform([chunk({}, "content_filter", unspool=extension)]).of(ResponseRefused)
    assert blocked.reason == reason


def test_a_role_that_comes_late_is_the_role() -> None:
    result = transform([chunk({"content": "a"}), chunk({"role": "assistant", "content": "b"}), *CALL])
    assert [one["choices"][0]["delta"].get("role") for one in result.chunks[:2]] == [None, "assistant"]
    assert "role" not in str(result.chunks[2:])


def test_half_of_a_pair_in_a_later_chunk_of_reasoning_waits_for_the_other() -> None:
    halves = [chunk({"reasoning_content": half}) for half in ("a", "\ud83d", "\ude00")]
    assert [event.text for event in transform(halves).of(ThoughtsDelta)] == ["a", "\U0001f600"]


@pytest.mark.parametrize("index", [None, 0])
def test_an_object_that_follows_is_a_call_with_or_without_an_index_t3_t5(index: int | None) -> None:
    first = chunk(calls(entry('{"message":"one"}{"message":"tw', index=index, id="call_1", name="send_message")))
    rest = chunk(calls(entry('o"}', index=index)))
    said = transform([first, rest, chunk({}, "stop")]).of(TextDelta)
    assert ["".join(event.text for event in said if event.call == call) for call in (0, 1)] == ["one", "two"]


def test_a_following_object_is_settled_after_another_call_has_begun_t5_t17() -> None:
    chunks = [
        chunk(calls(entry('{"message":"one"}', id="call_1", name="send_message"))),
        chunk(
            calls(entry('{"message":"o')),
        ),
        chunk(calls(entry('{"message":"three"}', index=1, id="call_2", name="send_message"))),
        chunk({}, "stop"),
    ]
    result = transform(chunks)
    assert result.text.startswith("one")
    assert "three" in result.text


@pytest.mark.parametrize(
    ("delta", "thoughts"),
    [
        ({"reasoning": "hm", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]}, "hm"),
        ({"reasoning_details": [{"type": "reasoning.text", "text": "hm"}]}, "hm"),
        ({"reasoning_content": "hm", "reasoning": "other"}, "hm"),
        ({"content": "", "tool_calls": []}, ""),
        ({"content": "", "tool_calls": None}, ""),
    ],
)
def test_reasoning_of_a_later_chunk_is_read_as_of_a_first_one_q17(delta: Chunk, thoughts: str) -> None:
    first = transform([chunk(delta)])
    later = transform([chunk({"role": "assistant", "content": ""}), chunk(delta)])
    for result in (first, later):
        assert "".join(event.text for event in result.of(ThoughtsDelta)) == thoughts


def test_r16_a_boundary_beside_a_fragment_of_a_call_is_reported() -> None:
    chunks = [chunk({"role": "assistant", "content": "One"}), *message_call(['{"q":', "1}"], tool="look", finish=None)]
    chunks[-1]["choices"][0][BOUNDARY] = "content"
    assert transform(chunks).of(MessageBoundary) == [MessageBoundary(1, 0, False)]
