"""One choice: what is left alone and what is rewritten (R1, R4, R5, R7), seen through the transformer."""

from typing import Any

import pytest
from tests.support import Chunk, calls, chunk, entry, message_call, transform

from unspool.core.events import ChoiceFinished, QuirkSeen, RefusalDelta, StreamIncomplete, TextDelta, ThoughtsDelta
from unspool.core.options import Options, OtherTools, Thoughts
from unspool.core.repairs import Repair
from unspool.core.transformer import Transformer

SAY = "send_message"


def say(arguments: str = '{"message":"Hi"}', **members: Any) -> Chunk:
    return entry(arguments, id="a", type="function", name=SAY, **members)


def out(*source: Chunk, options: Options | None = None) -> list[Chunk]:
    """The choices that left."""
    return [choice for one in transform(source, options).chunks for choice in one["choices"]]


def out_deltas(*source: Chunk, options: Options | None = None) -> list[Chunk]:
    return [choice["delta"] for choice in out(*source, options=options)]


def assert_verbatim(source: list[Chunk], options: Options | None = None) -> None:
    """What leaves are the very objects that came."""
    left = transform(source, options).chunks
    assert len(left) == len(source)
    assert all(one is came for one, came in zip(left, source, strict=True))


# --- R1: verbatim ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        [chunk({"role": "assistant", "content": ""}), chunk({"content": "Hi"}), chunk({}, "stop")],
        [
            chunk({"role": "assistant", "content": "x"}),
            chunk({"role": "assistant", "content": "y"}),
            chunk({}, "stop"),
        ],  # Q15
        [chunk({"content": "x"}), chunk({}, "stop"), chunk({}, "stop")],  # F6
        [chunk({"content": "x", "tool_calls": []}, ""), chunk({"tool_calls": None}, "null"), chunk({}, "weird")],
        [chunk({"content": "x"}), chunk({"tool_call_generating": {"name": "x"}}), chunk({}, "stop")],  # T22
        [chunk({"content": "<tool_call>{}"}), chunk({}, "stop")],  # T21
        [chunk(calls(entry("{}", index=3, id="a", name="look_up"))), chunk({}, "stop")],  # F1
        [chunk(calls(entry("{}", id="a")), "tool_calls")],  # its name never comes, which only the end shows
        [{"choices": [{"message": {"role": "assistant", "content": "whole"}, "finish_reason": "stop"}]}],  # B11
        [chunk({"content": [{"type": "text", "text": "Hi"}]}), chunk({}, "stop")],  # Q16
        [{"id": "", "choices": [], "prompt_filter_results": []}, chunk({"content": "x"}, "stop")],  # Q1
    ],
)
def test_r1_where_no_message_tool_speaks_nothing_changes(source: list[Chunk]) -> None:
    assert_verbatim(source)


def test_r1_unknown_members_survive_rewriting() -> None:
    """Q10, R4: of the chunk, the choice and the delta."""
    came = chunk(calls(say(), role="assistant", x_delta=1), service_tier="default", obfuscation="abc")
    came["choices"][0]["x_choice"] = [2]
    left = transform([came]).chunks[0]
    assert left == {
        **came,
        "choices": [
            {
                "index": 0,
                "delta": {"role": "assistant", "content": "Hi", "x_delta": 1},
                "finish_reason": None,
                "x_choice": [2],
            }
        ],
    }


def test_r1_the_chunk_that_came_is_not_changed() -> None:
    came = chunk(calls(say(), entry("{}", index=1, id="b", name="look_up"), role="assistant"), "tool_calls")
    before = repr(came)
    transform([came])
    assert repr(came) == before


# --- R4: role and content ----------------------------------------------------------------------


def test_r4_the_role_leaves_at_once_and_once() -> None:
    """As in a plain stream, with empty content; Q15: later roles are not repeated."""
    source = [
        chunk(calls(entry("", id="a", name=SAY), role="assistant", content=None)),
        chunk(calls(entry('{"message":"H'), role="assistant")),
        chunk(calls(entry('i"}'), role="assistant")),
        chunk({"role": "assistant"}, "tool_calls"),
    ]
    assert out_deltas(*source) == [{"role": "assistant", "content": ""}, {"content": "H"}, {"content": "i"}, {}]


@pytest.mark.parametrize("role", [{}, {"role": None}, {"role": ""}])
def test_r4_a_role_that_never_came_is_given(role: Chunk) -> None:
    assert out_deltas(chunk(calls(say(), **role))) == [{"role": "assistant", "content": "Hi"}]


def test_r4_another_role_is_kept() -> None:
    assert out_deltas(chunk(calls(say(), role="tool"))) == [{"role": "tool", "content": "Hi"}]


def test_r4_after_a_verbatim_role_no_second_one_leaves() -> None:
    assert out_deltas(chunk({"role": "assistant", "content": ""}), chunk(calls(say()))) == [
        {"role": "assistant", "content": ""},
        {"content": "Hi"},
    ]


def test_r4_an_empty_first_delta_begins_nothing() -> None:
    """A verbatim chunk without a role, and then the first rewritten one."""
    left = out_deltas(chunk({"role": None, "content": ""}), chunk(calls(say())))
    assert left == [{"role": None, "content": ""}, {"role": "assistant", "content": "Hi"}]


def test_r4_a_finish_alone_still_has_a_role() -> None:
    """The first delta of a choice, be it the last: a dropped call in a chunk that ends."""
    options = Options(other_tools=OtherTools.DROP)
    left = out(chunk({"tool_calls": [entry("{}", id="a", name="x")]}, "tool_calls"), options=options)
    assert [(one["delta"], one["finish_reason"]) for one in left] == [({"role": "assistant", "content": ""}, "stop")]


def test_q18_text_beside_a_call_comes_first() -> None:
    assert out_deltas(chunk(calls(say(), role="assistant", content="Well: "))) == [
        {"role": "assistant", "content": "Well: \n\nHi"}
    ]


def test_q16_text_beside_content_parts_is_a_part() -> None:
    part = {"type": "text", "text": "Well: "}
    left = out_deltas(chunk({"role": "assistant"}), chunk(calls(say(), content=[part])))
    assert left[1] == {"content": [part, {"type": "text", "text": "\n\nHi"}]}


def test_q16_parts_without_a_message_stay_parts() -> None:
    part = {"type": "text", "text": "Well: "}
    left = out_deltas(chunk({"role": "assistant"}), chunk(calls(say("{"), content=[part])))
    assert left[1] == {"content": [part]}


def test_r2_a_chunk_with_nothing_to_say_does_not_leave() -> None:
    assert len(out(*message_call(["{", '"message"', ":", '"Hi"', "}"]))) == 3


@pytest.mark.parametrize(
    "extra", [{"usage": {"total_tokens": 3}}, {"choices_usage": True}, {"error": {"message": "no"}}]
)
def test_r2_a_chunk_that_carries_something_else_leaves(extra: Chunk) -> None:
    """Q6, Q7, R12: a usage, in the chunk or the choice, or an error is never swallowed."""
    came = chunk(calls(entry("}")))
    if extra.pop("choices_usage", None):
        came["choices"][0]["usage"] = {"total_tokens": 3}
    came.update(extra)
    left = transform([*message_call(['{"message":"Hi"'], finish=None), came]).chunks
    assert len(left) == 3
    assert left[2] == {**came, "choices": [{**came["choices"][0], "delta": {}}]}


def test_b11_a_whole_completion_with_a_message_call_becomes_a_chunk() -> None:
    whole = {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "tool_calls": [say()]}, "finish_reason": "tool_calls"}
        ],
    }
    assert transform([whole]).chunks == [chunk({"role": "assistant", "content": "Hi"}, "stop", id="c")]


def test_q12_a_message_beside_a_delta_is_not_read() -> None:
    came = {"choices": [{"index": 0, "delta": {"content": "new"}, "message": {"content": "all so far, new"}}]}
    assert transform([came]).text == "new"


# --- R5: the finish ----------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["tool_calls", "function_call"])
def test_r5_the_finish_of_a_message_call_is_stop(reason: str) -> None:
    result = transform([chunk(calls(say())), chunk({}, reason)])
    assert result.chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert result.of(ChoiceFinished) == [ChoiceFinished(1, 0, reason)]


def test_r5_not_if_another_call_was_passed_on() -> None:
    source = [chunk(calls(say(), entry("{}", index=1, id="b", name="look_up"))), chunk({}, "tool_calls")]
    assert out(*source)[-1]["finish_reason"] == "tool_calls"


def test_r5_a_call_that_passes_only_at_the_finish_counts_as_passed() -> None:
    """R2: its name was never complete."""
    source = [chunk(calls(say())), chunk(calls(entry("", index=1, name="send_"))), chunk({}, "tool_calls")]
    assert out(*source)[-1]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize("reason", ["length", "content_filter", "stop", "cancel", "UNKNOWN"])
def test_r5_f1_f9_other_reasons_stay(reason: str) -> None:
    assert out(chunk(calls(say())), chunk({}, reason))[-1]["finish_reason"] == reason


def test_r5_f7_the_finish_with_the_last_fragment_leaves_with_the_last_text() -> None:
    left = out(*message_call(['{"message":"H'], finish=None), chunk(calls(entry('i"}')), "tool_calls"))
    assert [(one["delta"].get("content"), one["finish_reason"]) for one in left] == [
        ("", None),
        ("H", None),
        ("i", "stop"),
    ]


def test_r5_f10_a_finish_in_a_chunk_of_its_own_is_the_only_one() -> None:
    left = out(chunk(calls(say(), role="assistant")), chunk(None, "stop"))
    assert [one["finish_reason"] for one in left] == [None, "stop"]


def test_r5_f6_a_second_finish_is_not_repeated() -> None:
    result = transform([chunk(calls(say())), chunk({}, "tool_calls"), chunk({}, "stop")])
    assert [one["choices"][0]["finish_reason"] for one in result.chunks] == [None, "stop"]
    assert QuirkSeen(1, "F6") in result.events
    assert len(result.of(ChoiceFinished)) == 1


def test_r5_f6_a_second_finish_with_a_usage_leaves_without_its_reason() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    left = transform([chunk(calls(say())), chunk({}, "tool_calls"), chunk({}, "tool_calls", usage=usage)]).chunks
    assert left[2] == chunk({}, None, usage=usage)


@pytest.mark.parametrize(("reason", "quirk"), [("tool_calls", "F8"), ("length", "A18")])
def test_r5_f8_a18_a_finish_inside_the_arguments_is_incomplete(reason: str, quirk: str) -> None:
    """R11: what had come is out, the reason is kept, or is stop where R5 says so."""
    result = transform(message_call(['{"message":"Hi'], finish=reason))
    assert result.content == "Hi"
    assert QuirkSeen(1, quirk) in result.events
    assert result.of(StreamIncomplete) == [
        StreamIncomplete(1, f"finish_reason {reason} came while the arguments of send_message were open", reason)
    ]
    assert result.chunks[-1]["choices"][0]["finish_reason"] == ("stop" if reason == "tool_calls" else reason)


def test_a18_other_tools_that_are_cut_are_incomplete_too() -> None:
    result = transform([chunk(calls(entry('{"q":', name="look_up"))), chunk({}, "length")])
    assert "look_up" in result.of(StreamIncomplete)[0].reason


# --- R7: thoughts ------------------------------------------------------------------------------

THINKING = '{"inner_thoughts":"hm","message":"Hi","thinking":"so"}'


def test_r7_thoughts_are_dropped() -> None:
    result = transform([chunk(calls(say(THINKING)))])
    assert result.chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": "Hi"}
    assert [event.text for event in result.of(ThoughtsDelta)] == ["hm", "so"]


def test_r7_thoughts_as_reasoning() -> None:
    options = Options(thoughts=Thoughts.REASONING)
    assert out_deltas(chunk(calls(say(THINKING))), options=options) == [
        {"role": "assistant", "content": "Hi", "reasoning_content": "hmso"}
    ]


@pytest.mark.parametrize(("native", "joined"), [("native ", "native hmso"), (None, "hmso"), ({}, "hmso")])
def test_r7_thoughts_follow_native_reasoning_of_the_same_chunk(native: Any, joined: str) -> None:
    options = Options(thoughts=Thoughts.REASONING)
    left = out_deltas(chunk(calls(say(THINKING), reasoning_content=native)), options=options)
    assert left[0]["reasoning_content"] == joined


@pytest.mark.parametrize("thoughts", Thoughts)
def test_r7_native_reasoning_passes_in_rewritten_chunks(thoughts: Thoughts) -> None:
    left = out_deltas(chunk(calls(say(), reasoning="hm")), options=Options(thoughts=thoughts))
    assert left == [{"role": "assistant", "content": "Hi", "reasoning": "hm"}]


def test_r7_thoughts_alone_leave_no_chunk_where_they_are_dropped() -> None:
    source = message_call(['{"inner_thoughts":"hm', 'hm",', '"message":"Hi"}'])
    assert len(transform(source).chunks) == 3
    assert len(transform(source, Options(thoughts=Thoughts.REASONING)).chunks) == 5


def test_r7_message_and_thoughts_of_one_name() -> None:
    """The message wins."""
    options = Options(tools={SAY: "thinking"})
    assert transform([chunk(calls(say(THINKING)))], options).text == "so"


# --- R3: halves of surrogate pairs in ordinary content -----------------------------------------


def test_r3_content_is_left_alone_but_read_joined() -> None:
    source = [chunk({"content": piece}) for piece in ("a\ud83d", "\ude00b", "\ud83d")]
    result = transform([*source, chunk({}, "stop")])
    assert [event.text for event in result.of(TextDelta)] == ["a", "\U0001f600b", "\ufffd"]
    assert [one["choices"][0]["delta"].get("content") for one in result.chunks] == [
        "a\ud83d",
        "\ude00b",
        "\ud83d",
        None,
    ]


def test_r3_thoughts_and_refusals_are_read_joined() -> None:
    source = [chunk({"reasoning": a, "refusal": b}) for a, b in (("\ud83d", "x\ud83d"), ("\ude00", "\ude00"))]
    result = transform(source)
    assert [event.text for event in result.of(ThoughtsDelta)] == ["\U0001f600"]
    assert [event.text for event in result.of(RefusalDelta)] == ["x", "\U0001f600"]


def test_r3_a_half_at_the_end_of_native_thoughts_is_replaced() -> None:
    result = transform([chunk({"reasoning": "\ud83d"}), chunk({}, "stop")])
    assert "".join(event.text for event in result.of(ThoughtsDelta)) == "\ufffd"


@pytest.mark.parametrize("refusal", [None, "", True, []])
def test_an_empty_refusal_is_none(refusal: Any) -> None:
    assert transform([chunk({"refusal": refusal, "content": "x"})]).of(RefusalDelta) == []


# --- Q13: cumulative content -------------------------------------------------------------------


def test_q13_cumulative_content_on_request() -> None:
    options = Options(repairs=frozenset({Repair.CUMULATIVE}))
    source = [chunk({"role": "assistant", "content": ""})]
    source += [chunk({"content": text}) for text in ("He", "Hello", "Hello", "Hello wor")]
    result = transform([*source, chunk({}, "stop")], options)
    assert result.text == result.content == "Hello wor"
    assert [event.quirk for event in result.of(QuirkSeen)] == ["Q13"]


def test_q13_white_space_first_is_counted_once() -> None:
    options = Options(repairs=frozenset({Repair.CUMULATIVE}))
    result = transform([*(chunk({"content": text}) for text in (" ", " He", " Hello")), chunk({}, "stop")], options)
    assert result.text == " Hello"


def test_q13_not_unless_asked_for() -> None:
    assert_verbatim([chunk({"content": text}) for text in ("He", "Hello", "Hello wor")])
    assert transform([chunk({"content": text}) for text in ("ha", "ha", "ha")]).text == "hahaha"


def test_q13_identical_deltas_are_legal() -> None:
    options = Options(repairs=frozenset({Repair.CUMULATIVE}))
    assert transform([chunk({"content": text}) for text in ("ha", "ha", "!")], options).text == "haha!"


# --- work --------------------------------------------------------------------------------------


def test_held_and_other_entries_of_one_chunk_part_ways() -> None:
    """R2, T17: a nameless fragment, a message and another tool's call in one delta."""
    source = [
        chunk(
            calls(
                entry("", index=0, id="a", name="send_"),
                entry('{"message":"Hi"}', index=1, id="b", name=SAY),
                entry("{}", index=2, id="c", name="look_up"),
            )
        ),
        chunk(calls(entry("{}", index=0, name="mail"))),
        chunk({}, "tool_calls"),
    ]
    transformer = Transformer()
    first, second, third = (transformer.feed(one).chunks for one in source)
    delta = first[0]["choices"][0]["delta"]
    assert (delta["role"], delta["content"]) == ("assistant", "Hi")
    assert [one["id"] for one in delta["tool_calls"]] == ["c"]
    left = [one for c in second for one in c["choices"][0]["delta"]["tool_calls"]]
    assert [one["function"].get("name") for one in left] == ["send_", "mail"]
    indices = {delta["tool_calls"][0]["index"], *(one["index"] for one in left)}
    assert indices == {0, 1}
    assert third[0]["choices"][0]["finish_reason"] == "tool_calls"


def test_r4_content_that_is_no_text_gives_way_to_the_message() -> None:
    odd = calls(entry('{"message": "Hi"}', id="a", name="send_message"), content={"odd": 1})
    result = transform([chunk(odd), chunk({}, "tool_calls")])
    assert [one["choices"][0]["delta"] for one in result.chunks] == [{"role": "assistant", "content": "Hi"}, {}]
