"""Appending texts in bulk leaves a transformer as feeding each chunk does."""

import pytest
from tests.support import Chunk, calls, chunk, entry, message_call

from unspool.core.events import AppendedEvent, ArgumentsDelta, TextDelta, ThoughtsDelta
from unspool.core.options import Options
from unspool.core.repairs import Repair
from unspool.core.transformer import Transformer

TEXTS = ["one ", "two ", "three "]
CONTENT = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": text}) for text in TEXTS)]
REASONING = [chunk({"role": "assistant", "content": ""}), *(chunk({"reasoning_content": text}) for text in TEXTS)]
MESSAGE = message_call(['{"message":"', *TEXTS], finish=None)
THOUGHTS = message_call(['{"thinking":"', *TEXTS], finish=None)
OTHER = message_call(['{"q":"', *TEXTS], tool="look", finish=None)
REST: dict[str, list[Chunk]] = {
    "content": [chunk({"content": "end"}, "stop")],
    "reasoning": [chunk({"content": "end"}, "stop")],
    "message": [chunk(calls(entry('end"}'))), chunk({}, "tool_calls")],
    "thoughts": [chunk(calls(entry('end"}'))), chunk({}, "tool_calls")],
    "other": [chunk(calls(entry('end"}'))), chunk({}, "tool_calls")],
}
STREAMS = {"content": CONTENT, "reasoning": REASONING, "message": MESSAGE, "thoughts": THOUGHTS, "other": OTHER}


def last_event(transformer: Transformer, chunks: list[Chunk]) -> AppendedEvent:
    """Feed all chunks, and give the one event of the last."""
    (event,) = [transformer.feed(one) for one in chunks][-1].events
    assert isinstance(event, TextDelta | ThoughtsDelta | ArgumentsDelta)
    return event


@pytest.mark.parametrize("name", STREAMS)
def test_what_follows_is_the_same(name: str) -> None:
    fed, appended = Transformer(), Transformer()
    stream = STREAMS[name]
    event = last_event(appended, stream[:-2])
    appender = appended.appender(event)
    assert appender is not None
    appender("".join(TEXTS[1:]))
    for one in stream:
        fed.feed(one)
    for one in REST[name]:
        assert fed.feed(one) == appended.feed(one)
    assert fed.close() == appended.close()


def test_with_a_second_chunk_that_is_appended_ids_are_significant_q11() -> None:
    """Another id begins another response only once two chunks had the same one."""
    first = {**chunk({"role": "assistant", "content": "one "}), "id": "a"}
    fed, appended = Transformer(), Transformer()
    event = appended.feed(first).events[-1]
    assert isinstance(event, TextDelta)
    appender = appended.appender(event)
    assert appender is not None
    appender("two ")
    fed.feed(first)
    fed.feed({**chunk({"content": "two "}), "id": "a"})
    for delta in ({"content": "three "}, {"role": "assistant", "content": "end"}):
        other = {**chunk(delta), "id": "b"}
        assert fed.feed(other) == appended.feed(other)
    assert fed.steps == appended.steps
    assert fed.close() == appended.close()


def appender_after(chunks: list[Chunk], options: Options | None = None) -> object:
    transformer = Transformer(options)
    return transformer.appender(last_event(transformer, chunks))


def test_what_each_must_be_fed_has_no_appender() -> None:
    cumulative = Options(repairs=frozenset({Repair.CUMULATIVE}))
    assert appender_after(CONTENT, cumulative) is None
    assert appender_after(MESSAGE, cumulative) is None
    assert appender_after(MESSAGE, Options(message_arguments=True, tools={"look": "x"})) is not None
    marked = {"google": {"thought": True}}
    assert appender_after([*CONTENT, chunk({"content": "a</thought>", "extra_content": marked})]) is None
    assert appender_after([*CONTENT, chunk({"content": "half \ud83d"})]) is None
    assert appender_after([*REASONING, chunk({"reasoning_content": "half \ud83d"})]) is None
    assert appender_after(message_call(['{"q":"one"', ","], tool="look", finish=None)) is None
    assert Transformer().appender(TextDelta(1, 0, None, "a")) is None


def test_a_chunk_of_several_choices_has_no_appender() -> None:
    choices = [{"index": index, "delta": {"content": "a" * index}, "finish_reason": None} for index in range(2)]
    assert appender_after([*CONTENT, chunk(choices=choices)]) is None


def test_the_input_of_a_custom_tool_has_no_appender() -> None:
    """It is no JSON string, so that a quote in it means nothing."""
    opening = {"index": 0, "id": "call_1", "type": "custom", "custom": {"name": "send_message", "input": ""}}
    chunks = [chunk({"role": "assistant", "tool_calls": [opening]})]
    chunks += [chunk({"tool_calls": [{"index": 0, "custom": {"input": text}}]}) for text in TEXTS]
    assert appender_after(chunks) is None


def test_a_fragment_that_ends_in_another_string_has_no_appender() -> None:
    """Its event belongs to the string that it ended: what follows is of another kind, or not wanted."""
    for ended, begun in (("inner_thoughts", "message"), ("message", "inner_thoughts"), ("message", "mood")):
        assert appender_after(message_call([f'{{"{ended}":"a', f'b","{begun}":"'], finish=None)) is None
