"""The queue interface: what is pushed before the end comes out rewritten, in order, to the last chunk."""

import asyncio
import copy
import inspect
import logging
import threading
import time
from collections.abc import AsyncGenerator, Iterable
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from pydantic import BaseModel
from tests.support import Chunk, calls, chunk, entry, message_call

from unspool.core.errors import NotAChunk
from unspool.server.queue_interface import (
    ChatCompletionsStreamingInterface,
    Streamed,
    StreamingInterface,
    StreamStatus,
)
from unspool.sources.openai_client import as_openai_chunk

Interface = ChatCompletionsStreamingInterface
NOW = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
MANY = 5_000


def push(interface: Interface, chunks: Iterable[Any], **options: Any) -> None:
    for one in chunks:
        interface.process_chunk(one, "message-1", NOW, **options)


async def drain(generator: AsyncGenerator[Streamed, None]) -> list[Streamed]:
    """All the generator gives; a test that hangs fails instead."""
    async with asyncio.timeout(20):
        return [one async for one in generator]


def pushed_through(interface: Interface, *steps: Iterable[Any], **options: Any) -> list[Streamed]:
    """What comes out of whole steps that were pushed before anybody listened."""
    interface.stream_start()
    generator = interface.get_generator()
    for step in steps:
        push(interface, step, **options)
        interface.step_complete()
    interface.stream_end()
    return asyncio.run(drain(generator))


def said(streamed: Iterable[Streamed]) -> list[str]:
    """The content of each chunk that has some."""
    found = []
    for one in streamed:
        if isinstance(one, ChatCompletionChunk):
            found += [choice.delta.content for choice in one.choices if choice.delta.content]
    return found


def reasoned(streamed: Iterable[Streamed]) -> str:
    """The joined reasoning_content, which openai's type keeps as an extra member."""
    deltas = [choice.delta for one in streamed if isinstance(one, ChatCompletionChunk) for choice in one.choices]
    return "".join((delta.model_extra or {}).get("reasoning_content") or "" for delta in deltas)


def plain(text: str = "x", **members: Any) -> Chunk:
    return chunk({"content": text}, **members)


def speech(*words: str) -> list[Chunk]:
    return message_call(['{"message":"', *words, '"}'])


# --- delivery -------------------------------------------------------------------------------


def test_a_message_call_comes_out_as_content_and_stop() -> None:
    out = pushed_through(Interface(), speech("Hi ", "there"))
    assert said(out) == ["Hi ", "there"]
    assert all(type(one) is ChatCompletionChunk for one in out)
    chunks = [one for one in out if isinstance(one, ChatCompletionChunk)]
    assert [one.choices[0].finish_reason for one in chunks] == [None, None, None, "stop"]
    assert [one.choices[0].delta.role for one in chunks] == ["assistant", None, None, None]
    assert all(one.choices[0].delta.tool_calls is None for one in chunks)
    for one in chunks:  # R4: a strict client accepts it
        ChatCompletionChunk.model_validate(one.model_dump(exclude_unset=True))


def test_chunks_keep_their_own_id_and_date_r4() -> None:
    [out] = pushed_through(Interface(), [plain(id="mine", created=77)])
    assert isinstance(out, ChatCompletionChunk)
    assert (out.id, out.created, out.model) == ("mine", 77, "m")


def test_everything_queued_before_the_end_is_delivered() -> None:
    out = pushed_through(Interface(), [plain(f"{n} ") for n in range(MANY)])
    assert said(out) == [f"{n} " for n in range(MANY)]


def test_a_stream_that_ends_with_nothing_queued_gives_nothing() -> None:
    assert pushed_through(Interface()) == []


def test_a_stream_that_ends_while_the_generator_waits_gives_nothing_more() -> None:
    async def main() -> list[Streamed]:
        interface = Interface()
        interface.stream_start()
        waiting = asyncio.create_task(drain(interface.get_generator()))
        await asyncio.sleep(0.01)
        interface.stream_end()
        return await waiting

    assert asyncio.run(main()) == []


def test_text_held_back_leaves_when_the_step_completes_r11() -> None:
    """T17: a second message waits for the first; R11: what is certain leaves when the step ends early."""
    first = entry('{"message":"one', id="call_1", name="send_message")
    second = entry('{"message":"two', index=1, id="call_2", name="send_message")
    interface = Interface(status_markers=True)
    out = pushed_through(interface, [chunk(calls(first, role="assistant")), chunk(calls(second))])
    assert said(out) == ["one", "\n\ntwo"]  # R16
    assert out[-2:] == [StreamStatus.DONE_STEP, StreamStatus.DONE]


def test_what_is_pushed_is_not_changed() -> None:
    chunks = message_call(['{"inner_thoughts":"a","message":"b"}'])
    before = copy.deepcopy(chunks)
    pushed_through(Interface(), chunks, expect_reasoning_content=True)
    assert chunks == before


@pytest.mark.parametrize("pause", [0, 0.001], ids=["fast", "slow"])
def test_a_consumer_of_any_speed_loses_nothing(pause: float) -> None:
    async def main() -> list[str]:
        interface, found = Interface(), []
        interface.stream_start()

        async def produce() -> None:
            for n in range(100):
                push(interface, [plain(f"{n} ")])
                await asyncio.sleep(0 if pause else 0.0005)
            interface.stream_end()

        producing = asyncio.create_task(produce())
        async for one in interface.get_generator():
            await asyncio.sleep(pause)
            found += said([one])
        await producing
        return found

    assert asyncio.run(main()) == [f"{n} " for n in range(100)]


def test_what_is_queued_does_not_idle_while_the_consumer_does(caplog: pytest.LogCaptureFixture) -> None:
    """The timeout is for waiting on the producer alone."""

    async def main() -> list[str]:
        interface, found = Interface(timeout=0.01), []
        interface.stream_start()
        push(interface, speech("a", "b", "c"))
        async for one in interface.get_generator():
            found += said([one])
            await asyncio.sleep(0.03)
            if found[-1:] == ["c"]:
                interface.stream_end()
        return found

    assert asyncio.run(main()) == ["a", "b", "c"]
    assert caplog.records == []


# --- threads --------------------------------------------------------------------------------


def produce(interface: Interface, begun: threading.Event | None = None) -> None:
    """A whole response, thousands of chunks long, as a thread pushes it."""
    stream = speech(*[f"{n} " for n in range(MANY)])
    push(interface, stream[:10])
    if begun is not None:
        begun.set()
    push(interface, stream[10:])
    interface.step_complete()
    interface.stream_end()


def test_a_thread_loses_nothing_and_changes_no_order() -> None:
    async def main() -> list[str]:
        interface = Interface(timeout=10)
        interface.stream_start()
        generator = interface.get_generator()
        waiting = asyncio.create_task(drain(generator))
        await asyncio.sleep(0)  # the generator waits before anything is pushed
        thread = threading.Thread(target=produce, args=(interface,))
        thread.start()
        found = said(await waiting)
        thread.join()
        return found

    assert asyncio.run(main()) == [f"{n} " for n in range(MANY)]


def test_a_thread_may_push_before_the_generator_is_first_awaited() -> None:
    interface, begun = Interface(timeout=10), threading.Event()
    interface.stream_start()
    generator = interface.get_generator()
    thread = threading.Thread(target=produce, args=(interface, begun))
    thread.start()
    assert begun.wait(10)
    assert said(asyncio.run(drain(generator))) == [f"{n} " for n in range(MANY)]
    thread.join()


def test_a_thread_that_ends_the_stream_wakes_the_generator() -> None:
    async def main() -> list[Streamed]:
        interface = Interface(timeout=15)
        interface.stream_start()
        waiting = asyncio.create_task(drain(interface.get_generator()))
        await asyncio.sleep(0.01)
        thread = threading.Thread(target=interface.stream_end)
        thread.start()
        async with asyncio.timeout(10):  # sooner than the interface would give up
            out = await waiting
        thread.join()
        return out

    assert asyncio.run(main()) == []


def test_pushing_goes_on_when_the_loop_that_read_is_gone() -> None:
    interface = Interface()
    interface.stream_start()

    async def first() -> Streamed:
        generator = interface.get_generator()
        push(interface, [plain("a")])
        one = await anext(generator)
        await generator.aclose()
        return one

    assert said([asyncio.run(first())]) == ["a"]
    push(interface, [plain("b")])
    generator = interface.get_generator()
    interface.stream_end()
    assert said(asyncio.run(drain(generator))) == ["b"]


# --- the idle timeout -----------------------------------------------------------------------


def test_an_idle_stream_is_given_up_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    interface = Interface(timeout=0.05)
    interface.stream_start()
    push(interface, [plain("a")])
    with caplog.at_level(logging.WARNING):
        assert said(asyncio.run(drain(interface.get_generator()))) == ["a"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "0.05" in caplog.text
    with pytest.raises(RuntimeError):
        push(interface, [plain("b")])
    with pytest.raises(RuntimeError):
        interface.get_generator()


def test_a_stream_can_be_started_after_an_idle_one() -> None:
    interface = Interface(timeout=0.02)
    interface.stream_start()
    assert asyncio.run(drain(interface.get_generator())) == []
    assert said(pushed_through(interface, [plain("b")])) == ["b"]


def test_a_chunk_taken_in_when_the_time_is_just_over_is_delivered(caplog: pytest.LogCaptureFixture) -> None:
    """What a push accepted is queued before the end, however close: a busy loop sees timeout and push at once."""

    async def main() -> tuple[bool, list[str]]:
        interface, accepted = Interface(timeout=0.02), []
        interface.stream_start()

        def push_late() -> None:
            push(interface, [plain("late")])
            accepted.append(True)

        waiting = asyncio.create_task(drain(interface.get_generator()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.03, push_late)
        time.sleep(0.06)  # both are due when the loop looks again
        out = said(await waiting)
        return bool(accepted), out

    accepted, out = asyncio.run(main())
    assert accepted
    assert out == ["late"]


def test_nothing_that_was_accepted_is_lost_in_a_race_with_the_timeout() -> None:
    """A thread pushes at about the pace at which the reader gives up, until it is refused."""

    def pushes(interface: Interface, accepted: list[str], random: Random) -> None:
        try:
            for n in range(300):
                push(interface, [plain(f"{n} ")])
                accepted.append(f"{n} ")
                time.sleep(random.uniform(0, 0.004))
        except RuntimeError:
            return
        interface.stream_end()

    for seed in range(20):
        interface, accepted = Interface(timeout=0.003), list[str]()
        interface.stream_start()
        generator = interface.get_generator()
        thread = threading.Thread(target=pushes, args=(interface, accepted, Random(seed)))
        thread.start()
        delivered = said(asyncio.run(drain(generator)))
        thread.join()
        assert delivered == accepted


def test_ending_a_stream_that_its_reader_just_gave_up_is_harmless() -> None:
    """The reader gives up while the end of the stream is being logged: only pushing is refused."""
    interface = Interface(timeout=0.05, status_markers=True)
    interface.stream_start()
    generator = interface.get_generator()
    push(interface, message_call(['{"message":"a'], finish=None))
    out: list[Streamed] = []
    reader = threading.Thread(target=lambda: out.extend(asyncio.run(drain(generator))))

    def until_the_reader_is_gone(record: logging.LogRecord) -> bool:
        if "StreamIncomplete" in record.getMessage():
            reader.join(10)
        return True

    logger = logging.getLogger("unspool")
    logger.addFilter(until_the_reader_is_gone)
    try:
        reader.start()
        interface.stream_end()
    finally:
        logger.removeFilter(until_the_reader_is_gone)
        reader.join()
    assert said(out) == ["a"]


# --- steps ----------------------------------------------------------------------------------


def test_several_steps_make_one_stream() -> None:
    out = pushed_through(Interface(multi_step=True), speech("one"), speech("two"))
    assert said(out) == ["one", "two"]
    roles = [one.choices[0].delta.role for one in out if isinstance(one, ChatCompletionChunk)]
    assert roles.count("assistant") == 2


def test_a_single_step_ends_the_stream() -> None:
    interface = Interface(multi_step=False)
    interface.stream_start()
    generator = interface.get_generator()
    push(interface, speech("one"))
    interface.step_complete()
    with pytest.raises(RuntimeError):
        push(interface, speech("two"))
    assert said(asyncio.run(drain(generator))) == ["one"]
    interface.stream_end()  # a server that ends every stream does no harm


def test_a_yield_ends_the_stream_whatever_multi_step_says() -> None:
    for multi_step in (True, False):
        interface = Interface(multi_step=multi_step)
        interface.stream_start()
        generator = interface.get_generator()
        push(interface, speech("one"))
        interface.step_yield()
        with pytest.raises(RuntimeError):
            push(interface, speech("two"))
        assert said(asyncio.run(drain(generator))) == ["one"]


def test_a_complete_step_resets_the_parser() -> None:
    """A call that was cut does not leak: the same call anew in the next step is read from its first character."""
    cut = message_call(['{"message":"cut'], finish=None)
    for multi_step in (True, False):
        interface = Interface(multi_step=multi_step)
        for _ in range(2):
            interface.stream_start()
            generator = interface.get_generator()
            push(interface, cut)
            interface.step_complete()
            if multi_step:
                push(interface, message_call(['{"message":"whole"}']))
            interface.stream_end()
            expected = ["cut", "whole"] if multi_step else ["cut"]
            assert said(asyncio.run(drain(generator))) == expected


def test_an_escape_cut_by_the_end_of_a_step_does_not_reach_the_next() -> None:
    out = pushed_through(Interface(), message_call(['{"message":"a\\ud83d'], finish=None), speech("b"))
    assert "".join(said(out)).replace("�", "") == "ab"


def test_without_step_complete_a_new_response_is_a_new_step_r13() -> None:
    interface = Interface()
    interface.stream_start()
    generator = interface.get_generator()
    push(interface, [*speech("one"), *[{**one, "id": "chatcmpl-2"} for one in speech("two")]])
    interface.stream_end()
    assert said(asyncio.run(drain(generator))) == ["one", "two"]


def kinds(streamed: Iterable[Streamed]) -> list[str]:
    return [one.name if isinstance(one, StreamStatus) else "chunk" for one in streamed]


def test_markers_stand_where_a_step_and_the_stream_end() -> None:
    step = [plain("a")]
    assert kinds(pushed_through(Interface(status_markers=True), step, step)) == [
        *("chunk", "DONE_STEP"),
        *("chunk", "DONE_STEP"),
        "DONE",
    ]
    assert kinds(pushed_through(Interface(False, status_markers=True), step)) == ["chunk", "DONE_STEP", "DONE"]
    assert kinds(pushed_through(Interface(status_markers=True))) == ["DONE"]
    assert kinds(pushed_through(Interface(), step, step)) == ["chunk", "chunk"]


def test_a_yield_is_marked_as_the_end_of_the_stream_once() -> None:
    interface = Interface(status_markers=True)
    interface.stream_start()
    generator = interface.get_generator()
    push(interface, [plain("a")])
    interface.step_yield()
    interface.stream_end()
    assert kinds(asyncio.run(drain(generator))) == ["chunk", "DONE"]


def test_markers_are_told_from_chunks_by_their_type() -> None:
    assert [str(status) for status in StreamStatus] == ["[DONE_STEP]", "[DONE]"]
    assert {StreamStatus.DONE_STEP, StreamStatus.DONE} == set(StreamStatus)


# --- inactive streams -----------------------------------------------------------------------


def test_a_stream_that_was_not_started_takes_nothing_and_gives_nothing() -> None:
    interface = Interface()
    with pytest.raises(RuntimeError, match="stream_start"):
        push(interface, [plain()])
    with pytest.raises(RuntimeError, match="stream_start"):
        interface.get_generator()  # at the call, not when it is first awaited


def test_a_stream_that_has_ended_takes_nothing_and_gives_nothing() -> None:
    interface = Interface()
    interface.stream_start()
    interface.stream_end()
    with pytest.raises(RuntimeError):
        push(interface, [plain()])
    with pytest.raises(RuntimeError):
        interface.get_generator()


def test_ending_twice_or_before_the_start_is_harmless() -> None:
    interface = Interface(status_markers=True)
    interface.stream_end()
    interface.stream_start()
    generator = interface.get_generator()
    interface.stream_end()
    interface.stream_end()
    assert asyncio.run(drain(generator)) == [StreamStatus.DONE]


def test_completing_a_step_of_a_stream_that_has_ended_is_harmless() -> None:
    """An agent may say that its step is over after it yielded, or after the reader gave up."""
    interface = Interface(multi_step=False, status_markers=True)
    interface.step_complete()
    interface.stream_start()
    generator = interface.get_generator()
    interface.step_yield()
    interface.step_complete()
    assert asyncio.run(drain(generator)) == [StreamStatus.DONE]


def test_two_streams_one_after_another_have_nothing_in_common() -> None:
    interface = Interface()
    assert said(pushed_through(interface, speech("one"))) == ["one"]
    interface.stream_start()
    push(interface, message_call(['{"message":"never read'], finish=None))
    interface.stream_end()
    assert said(pushed_through(interface, speech("two"))) == ["two"]


def test_two_streams_in_one_loop() -> None:
    async def main() -> list[list[str]]:
        interface, found = Interface(), []
        for word in ("one", "two"):
            interface.stream_start()
            waiting = asyncio.create_task(drain(interface.get_generator()))
            await asyncio.sleep(0)
            push(interface, speech(word))
            interface.stream_end()
            found.append(said(await waiting))
        return found

    assert asyncio.run(main()) == [["one"], ["two"]]


def test_a_generator_closed_early_leaves_the_rest_to_the_next() -> None:
    async def main() -> list[list[str]]:
        interface = Interface()
        interface.stream_start()
        push(interface, [plain("a"), plain("b")])
        first = interface.get_generator()
        one = said([await anext(first)])
        await first.aclose()
        push(interface, [plain("c")])
        second = interface.get_generator()
        interface.stream_end()
        return [one, said(await drain(second))]

    assert asyncio.run(main()) == [["a"], ["b", "c"]]


def test_a_reader_that_is_cancelled_does_not_end_the_stream() -> None:
    async def main() -> list[str]:
        interface = Interface()
        interface.stream_start()
        waiting = asyncio.create_task(drain(interface.get_generator()))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        push(interface, [plain("a")])
        generator = interface.get_generator()
        interface.stream_end()
        return said(await drain(generator))

    assert asyncio.run(main()) == ["a"]


# --- what may be pushed ---------------------------------------------------------------------

OTHER_TOOL = calls(entry('{"q":1}', id="call_1", type="function", name="search"), role="assistant")
UNCHANGED = [
    plain("a"),
    plain("a", obfuscation="ZZ", service_tier="default"),  # Q10
    chunk(OTHER_TOOL),
    chunk({}, "stop"),
    chunk({}, "content_filter", usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}),
    chunk(choices=[], usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}),  # Q5
    chunk({"content": "", "reasoning_content": "hm"}),  # Q17
]


@pytest.mark.parametrize("one", UNCHANGED)
def test_an_unchanged_chunk_comes_out_equal_r1(one: Chunk) -> None:
    for model in (ChatCompletionChunk.model_validate(one), ChatCompletionChunk.construct(**one)):
        [out] = pushed_through(Interface(), [model])
        assert out == model
        assert isinstance(out, ChatCompletionChunk)
        assert out.model_dump(exclude_unset=True) == one


def test_a_chunk_that_was_held_back_comes_out_equal_r2() -> None:
    """R2: "send" may become send_message, so its chunks wait; R1: they leave as they came."""
    opening = chunk(calls(entry("", id="call_1", type="function", name="send")))
    rest = [chunk(calls(entry('{"to":1}'))), chunk({}, "tool_calls")]
    models = [ChatCompletionChunk.model_validate(one) for one in (opening, *rest)]
    assert pushed_through(Interface(), models) == models


@pytest.mark.parametrize("form", [ChatCompletionChunk.model_validate, lambda one: ChatCompletionChunk.construct(**one)])
def test_pydantic_chunks_are_rewritten_like_dicts(form: Any) -> None:
    stream = speech("a", "\\n", "é")
    assert pushed_through(Interface(), [form(one) for one in stream]) == pushed_through(Interface(), stream)
    assert said(pushed_through(Interface(), [form(one) for one in stream])) == ["a", "\n", "é"]


class OwnChunk(BaseModel):
    """A chunk as a server may model it, with a date where the wire has seconds (Q21)."""

    id: str
    created: datetime
    model: str
    choices: list[dict[str, Any]]


def test_created_may_be_a_datetime_q21() -> None:
    choices = plain("a")["choices"]
    dated = {**plain("a"), "created": NOW}
    for one in (dated, OwnChunk(id="x", created=NOW, model="m", choices=choices)):
        [out] = pushed_through(Interface(), [one])
        assert isinstance(out, ChatCompletionChunk)
        assert out.created == int(NOW.timestamp())
        assert said([out]) == ["a"]
        ChatCompletionChunk.model_validate({**out.model_dump(exclude_unset=True), "object": "chat.completion.chunk"})
    assert dated["created"] == NOW


class DefaultsChunk(OwnChunk):
    """A chunk whose type fills in what never changes, as servers' types do."""

    object: str = "chat.completion.chunk"
    service_tier: str = "default"


def test_what_a_server_s_own_type_fills_in_is_kept_r4() -> None:
    for one in [*speech("a"), plain("b")]:
        [out] = pushed_through(Interface(), [DefaultsChunk(id="x", created=NOW, model="m", choices=one["choices"])])[:1]
        assert isinstance(out, ChatCompletionChunk)
        assert (out.object, out.service_tier, out.model) == ("chat.completion.chunk", "default", "m")


def test_openai_s_own_chunk_may_have_a_datetime_q21() -> None:
    """No warning either: odd values pass as they are."""
    dated = ChatCompletionChunk.construct(**{**plain("a"), "created": NOW})
    [out] = pushed_through(Interface(), [dated])
    assert isinstance(out, ChatCompletionChunk)
    assert out.created == int(NOW.timestamp())


@pytest.mark.parametrize(
    "one",
    [
        chunk({}, "cancel"),  # F9
        chunk({"content": "a"}, ""),  # F2
        chunk({"content": [{"type": "text", "text": "Hi"}]}),  # Q16
        plain("a", object="chat.completion"),  # Q12
        plain("a", created="2031"),
        plain("a", service_tier="turbo"),
    ],
)
def test_openai_s_own_chunk_may_hold_odd_values_r1(one: Chunk) -> None:
    """Openai's client builds chunks without validation, so what providers send stands in them; no warning is given."""
    model = ChatCompletionChunk.construct(**one)
    [out] = pushed_through(Interface(), [model])
    assert out == model


@pytest.mark.parametrize(
    "one",
    [
        {"error": {"message": "no", "code": 500}},  # Q20
        {"usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}},  # Q5
        {"choices": [{"index": 0, "delta": {"content": "a"}}]},
    ],
)
def test_openai_s_own_chunk_may_lack_members(one: Chunk) -> None:
    model = ChatCompletionChunk.construct(**one)
    [out] = pushed_through(Interface(), [model])
    assert out == model
    assert pushed_through(Interface(), [one]) == [as_openai_chunk(one)]


GARBAGE: list[Any] = [
    None,
    5,
    "x",
    b"x",
    [],
    {},
    {"choices": 5},
    {"choices": [1]},
    {"choices": [{"delta": []}]},
    pytest.param(object(), id="some object"),
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=repr)
def test_what_is_no_chunk_is_refused_and_the_stream_goes_on_r10(garbage: Any) -> None:
    interface = Interface()
    interface.stream_start()
    generator = interface.get_generator()
    stream = speech("a", "b")
    push(interface, stream[:2])
    with pytest.raises(NotAChunk):
        push(interface, [garbage])
    push(interface, stream[2:])
    interface.stream_end()
    assert said(asyncio.run(drain(generator))) == ["a", "b"]


def test_a_fault_in_the_stream_is_logged_and_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    """R9, R12: faults in what the model sent are data, not misuse."""
    broken = message_call(['{"message":"said" oops'])
    assert said(pushed_through(Interface(), broken)) == ["said"]
    assert "ArgumentsFailed" in caplog.text


# --- options --------------------------------------------------------------------------------

BOTH = ['{"inner_thoughts":"secret"', ',"plan":"other secret"', ',"message":"Hi"}']


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "secret"),
        ({"inner_thoughts_kwarg": "plan"}, "other secret"),
        ({"inner_thoughts_in_kwargs": False}, ""),
        ({"inner_thoughts_in_kwargs": False, "inner_thoughts_kwarg": "plan"}, ""),
    ],
)
def test_thoughts_are_shown_as_reasoning_where_that_is_expected_r7(options: dict[str, Any], expected: str) -> None:
    out = pushed_through(Interface(**options), message_call(BOTH), expect_reasoning_content=True)
    assert (reasoned(out), said(out)) == (expected, ["Hi"])
    silent = pushed_through(Interface(**options), message_call(BOTH))
    assert (reasoned(silent), said(silent)) == ("", ["Hi"])
    assert "secret" not in repr(silent)


def test_reasoning_is_expected_step_by_step() -> None:
    interface = Interface()
    interface.stream_start()
    generator = interface.get_generator()
    push(interface, message_call(BOTH), expect_reasoning_content=True)
    interface.step_complete()
    push(interface, message_call(BOTH))
    interface.stream_end()
    assert reasoned(asyncio.run(drain(generator))) == "secret"


def test_another_tool_and_argument_may_be_the_message() -> None:
    interface = Interface(assistant_message_tool_name="say", assistant_message_tool_kwarg="words")
    out = pushed_through(interface, message_call(['{"message":"no","words":"yes"}'], tool="say"))
    assert said(out) == ["yes"]
    passed = [ChatCompletionChunk.model_validate(one) for one in speech("no")]
    assert pushed_through(interface, passed) == passed


def test_the_constructor_is_the_one_of_the_design() -> None:
    parameters = inspect.signature(Interface).parameters
    assert {name: parameter.default for name, parameter in parameters.items()} == {
        "multi_step": True,
        "timeout": 180,
        "assistant_message_tool_name": "send_message",
        "assistant_message_tool_kwarg": "message",
        "inner_thoughts_in_kwargs": True,
        "inner_thoughts_kwarg": "inner_thoughts",
        "status_markers": False,
    }
    pushing = list(inspect.signature(Interface.process_chunk).parameters)
    assert pushing == ["self", "chunk", "message_id", "message_date", "expect_reasoning_content"]


def test_what_does_nothing_does_nothing() -> None:
    interface = Interface(status_markers=True)
    doing_nothing = [
        interface.user_message,
        interface.internal_monologue,
        interface.assistant_message,
        interface.function_message,
    ]
    for do_nothing in doing_nothing:
        do_nothing("before the start")
    interface.clear()
    interface.stream_start()
    generator = interface.get_generator()
    push(interface, [plain("a")])
    for do_nothing in doing_nothing:
        do_nothing("text", object(), message_id="x")
    interface.clear()
    interface.stream_end()
    out = asyncio.run(drain(generator))
    assert (said(out), kinds(out)) == (["a"], ["chunk", "DONE"])


class OwnInterface:
    """A server's own interface beside ours, as the Protocol promises it may be."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def process_chunk(
        self, chunk: Any, message_id: str, message_date: datetime, expect_reasoning_content: bool = False
    ) -> None:
        self.seen.append(chunk)

    async def get_generator(self) -> AsyncGenerator[Any, None]:
        for one in self.seen:
            yield one

    def stream_start(self) -> None: ...

    def stream_end(self) -> None: ...

    def step_complete(self) -> None: ...

    def step_yield(self) -> None: ...

    def user_message(self, msg: str, *args: Any, **kwargs: Any) -> None: ...

    def internal_monologue(self, msg: str, *args: Any, **kwargs: Any) -> None: ...

    def assistant_message(self, msg: str, *args: Any, **kwargs: Any) -> None: ...

    def function_message(self, msg: str, *args: Any, **kwargs: Any) -> None: ...

    def clear(self) -> None: ...


def test_ours_and_another_s_fit_the_protocol() -> None:
    """The assignments are what counts: the type checker reads them."""
    ours: StreamingInterface = ChatCompletionsStreamingInterface()
    named = {name for name in vars(StreamingInterface) if not name.startswith("_")}
    assert all(callable(getattr(ours, name)) for name in named)
    assert named == {name for name in vars(OwnInterface) if not name.startswith("_")}


def as_own(interface: OwnInterface) -> StreamingInterface:
    return interface


def test_what_was_queued_before_the_end_is_still_to_be_had() -> None:
    """A fast producer may end the stream before anybody asks for the generator."""
    interface = ChatCompletionsStreamingInterface()
    interface.stream_start()
    for one in message_call(['{"message": "Hi"}']):
        interface.process_chunk(one)
    interface.stream_end()

    async def read() -> list[Any]:
        return [one async for one in interface.get_generator()]

    left = asyncio.run(read())
    assert "".join(one.choices[0].delta.content or "" for one in left) == "Hi"
    with pytest.raises(RuntimeError):
        interface.get_generator()


def test_missing_choices_and_deltas_are_empty_for_those_who_loop_q2_q4_q5_q20() -> None:
    interface = ChatCompletionsStreamingInterface()
    assert isinstance(interface, StreamingInterface)
    interface.stream_start()
    for one in ({"error": {"message": "no"}}, {"usage": {"total_tokens": 1}}, {"choices": [{"index": 0}]}):
        interface.process_chunk(one)
    interface.stream_end()

    async def read() -> list[Any]:
        chunks = [one async for one in interface.get_generator() if not isinstance(one, StreamStatus)]
        return [choice.delta.content for one in chunks for choice in one.choices]

    assert asyncio.run(read()) == [None]
