"""The queue interface: what is pushed before the end comes out rewritten, in order, to the last chunk."""

import asyncio
import copy
import inspect
import logging
import re
import threading
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from pydantic import BaseModel
from tests.support import Chunk, calls, chunk, entry, message_call

from unspool.core.errors import NotAChunk
from unspool.core.options import Options, OtherTools, Thoughts
from unspool.errors import (
    ArgumentsFailedError,
    ResponseFailedError,
    SourceFailed,
    StreamError,
    StreamIncompleteError,
    StreamTimeout,
)
from unspool.server.queue_interface import (
    ChatCompletionsStreamingInterface,
    Streamed,
    StreamFault,
    StreamingInterface,
    StreamStatus,
)
from unspool.sources.openai_client import as_openai_chunk

Interface = ChatCompletionsStreamingInterface
NOW = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
MANY = 5_000
MARKERS = (StreamStatus, StreamFault)


def push(interface: Interface, chunks: Iterable[Any], **options: Any) -> None:
    for one in chunks:
        interface.process_chunk(one, "message-1", NOW, **options)


async def drain(generator: AsyncGenerator[Streamed, None], raises: type[Exception] | None = None) -> list[Streamed]:
    """All the generator gives before it ends, or raises what it should; a test that hangs fails instead."""
    found: list[Streamed] = []

    async def read() -> None:
        async for one in generator:
            found.append(one)  # noqa: PERF401 - what came before an error counts

    async with asyncio.timeout(20):
        if raises is None:
            await read()
        else:
            with pytest.raises(raises):
                await read()
    return found


def pushed_through(
    interface: Interface, *steps: Iterable[Any], raises: type[Exception] | None = None, **options: Any
) -> list[Streamed]:
    """What comes out of whole steps that were pushed before anybody read, with the life cycle of a server."""
    interface.stream_start()
    generator = interface.get_generator()
    for step in steps:
        interface.stream_start()
        push(interface, step, **options)
        interface.stream_end()
        interface.step_complete()
    interface.step_yield()
    return asyncio.run(drain(generator, raises))


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
    """A whole response in one chunk."""
    return chunk({"content": text}, "stop", **members)


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
    interface = Interface()
    generator = interface.get_generator()
    interface.step_yield()
    assert asyncio.run(drain(generator)) == []


def test_a_stream_that_ends_while_the_generator_waits_gives_nothing_more() -> None:
    async def main() -> list[Streamed]:
        interface = Interface()
        waiting = asyncio.create_task(drain(interface.get_generator()))
        await asyncio.sleep(0.01)
        interface.step_yield()
        return await waiting

    assert asyncio.run(main()) == []


def test_text_held_back_leaves_when_the_step_completes_r11() -> None:
    """T17: a second message waits for the first; R11: what is certain leaves when the step ends early."""
    first = entry('{"message":"one', id="call_1", name="send_message")
    second = entry('{"message":"two', index=1, id="call_2", name="send_message")
    interface = Interface(status_markers=True)
    out = pushed_through(interface, [chunk(calls(first, role="assistant")), chunk(calls(second))])
    assert said(out) == ["one", "\n\ntwo"]  # R16
    assert out[-2] is StreamStatus.DONE_STEP
    assert isinstance(out[-1], StreamFault)
    assert isinstance(out[-1].error, StreamIncompleteError)


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
            interface.step_yield()

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
                interface.step_yield()
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
    interface.step_yield()


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
        waiting = asyncio.create_task(drain(interface.get_generator()))
        await asyncio.sleep(0.01)
        thread = threading.Thread(target=interface.step_yield)
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
    interface.step_yield()
    assert said(asyncio.run(drain(generator))) == ["b"]


# --- the idle timeout -----------------------------------------------------------------------


def test_an_idle_reader_gives_up_and_the_stream_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    interface = Interface(timeout=0.05)
    push(interface, [plain("a")])
    with caplog.at_level(logging.WARNING):
        assert said(asyncio.run(drain(interface.get_generator(), StreamTimeout))) == ["a"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "0.05 s" in caplog.text
    push(interface, [plain("b")])
    generator = interface.get_generator()
    interface.step_yield()
    assert said(asyncio.run(drain(generator))) == ["b"]


def test_an_idle_timeout_is_a_timeout_error() -> None:
    with pytest.raises(TimeoutError, match="nothing arrived"):
        asyncio.run(anext(Interface(timeout=0.02).get_generator()))


def test_an_idle_timeout_is_a_marker_where_markers_are_asked_for() -> None:
    [marker] = asyncio.run(drain(Interface(timeout=0.02, status_markers=True).get_generator()))
    assert isinstance(marker, StreamFault)
    assert isinstance(marker.error, StreamTimeout)
    assert marker.error.seconds == 0.02


def test_the_timeout_can_be_set_while_the_stream_runs() -> None:
    interface = Interface()
    interface.timeout = 0.02
    assert asyncio.run(drain(interface.get_generator(), StreamTimeout)) == []


def test_a_marker_keeps_the_connection_alive_until_the_timeout() -> None:
    interface = Interface(timeout=0.2, keep_alive=0.05)
    push(interface, [plain("a")])
    assert kinds(asyncio.run(drain(interface.get_generator(), StreamTimeout)))[:4] == ["chunk"] + ["KEEP_ALIVE"] * 3


def test_a_chunk_taken_in_when_the_time_is_just_over_is_delivered(caplog: pytest.LogCaptureFixture) -> None:
    """What a push accepted is queued before the end, however close: a busy loop sees timeout and push at once."""

    async def main() -> tuple[bool, list[str]]:
        interface, accepted = Interface(timeout=0.02), []
        interface.stream_start()

        def push_late() -> None:
            push(interface, [plain("late")])
            accepted.append(True)

        waiting = asyncio.create_task(drain(interface.get_generator(), StreamTimeout))
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
    """A thread pushes at about the pace at which readers give up, one after the other."""

    def pushes(interface: Interface, random: Random) -> None:
        for n in range(300):
            push(interface, [plain(f"{n} ")])
            time.sleep(random.uniform(0, 0.004))
        interface.step_yield()

    async def read(interface: Interface) -> list[str]:
        found: list[str] = []
        while True:
            try:
                async for one in interface.get_generator():
                    found += said([one])
            except StreamTimeout:
                continue
            return found

    for seed in range(3):
        interface = Interface(timeout=0.003)
        thread = threading.Thread(target=pushes, args=(interface, Random(seed)))
        thread.start()
        delivered = asyncio.run(read(interface))
        thread.join()
        assert delivered == [f"{n} " for n in range(300)]


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
    interface.step_yield()  # a server that ends every stream does no harm


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


@pytest.mark.parametrize("end", [Interface.step_complete, Interface.stream_end, Interface.stream_start])
def test_the_end_of_a_step_resets_the_parser(end: Any) -> None:
    """A call that was cut does not leak: the same call anew in the next step is read from its first character."""
    interface = Interface()
    push(interface, message_call(['{"message":"cut'], finish=None))
    end(interface)
    push(interface, message_call(['{"message":"whole"}']))
    generator = interface.get_generator()
    interface.step_yield()
    assert said(asyncio.run(drain(generator))) == ["cut", "whole"]


def test_a_step_that_was_cut_ends_a_single_step_with_its_failure() -> None:
    interface = Interface(multi_step=False)
    generator = interface.get_generator()
    push(interface, message_call(['{"message":"cut'], finish=None))
    interface.step_complete()
    assert said(asyncio.run(drain(generator, StreamIncompleteError))) == ["cut"]


def test_an_escape_cut_by_the_end_of_a_step_does_not_reach_the_next() -> None:
    out = pushed_through(Interface(), message_call(['{"message":"a\\ud83d'], finish=None), speech("b"))
    assert "".join(said(out)).replace("�", "") == "ab"


def test_without_step_complete_a_new_response_is_a_new_step_r13() -> None:
    interface = Interface()
    interface.stream_start()
    generator = interface.get_generator()
    push(interface, [*speech("one"), *[{**one, "id": "chatcmpl-2"} for one in speech("two")]])
    interface.step_yield()
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
    nothing = Interface(status_markers=True)
    nothing.step_yield()
    assert kinds(asyncio.run(drain(nothing.get_generator()))) == ["DONE"]
    assert kinds(pushed_through(Interface(), step, step)) == ["chunk", "chunk"]


def test_a_yield_is_marked_as_the_end_of_the_stream_once() -> None:
    interface = Interface(status_markers=True)
    interface.stream_start()
    generator = interface.get_generator()
    push(interface, [plain("a")])
    interface.step_yield()
    interface.step_yield()
    assert kinds(asyncio.run(drain(generator))) == ["chunk", "DONE"]


def test_markers_are_told_from_chunks_by_their_type() -> None:
    assert [str(status) for status in StreamStatus] == ["[DONE_STEP]", "[DONE]", "[KEEP_ALIVE]"]
    assert not issubclass(StreamStatus, ChatCompletionChunk)


# --- where a stream begins and ends ---------------------------------------------------------


def test_a_stream_is_active_from_construction() -> None:
    interface = Interface()
    push(interface, [plain("a")])
    interface.step_yield()
    assert said(asyncio.run(drain(interface.get_generator()))) == ["a"]


def test_the_end_of_a_request_does_not_end_the_stream() -> None:
    """A server calls stream_start and stream_end around each request, and stream_end twice on an error."""
    interface = Interface()
    generator = interface.get_generator()
    for word in ("one", "two"):
        interface.stream_start()
        push(interface, speech(word))
        interface.stream_end()
        interface.stream_end()
    interface.step_complete()
    interface.step_yield()
    assert said(asyncio.run(drain(generator))) == ["one", "two"]


def test_a_stream_that_has_ended_takes_nothing_and_gives_nothing() -> None:
    interface = Interface()
    interface.step_yield()
    with pytest.raises(RuntimeError, match="stream_start"):
        push(interface, [plain()])
    assert asyncio.run(drain(interface.get_generator())) == []  # whoever comes late learns that it has ended
    with pytest.raises(RuntimeError, match="stream_start"):
        interface.get_generator()  # at the call, not when it is first awaited


def test_ending_twice_is_harmless() -> None:
    interface = Interface(status_markers=True)
    interface.stream_end()
    generator = interface.get_generator()
    interface.step_yield()
    interface.step_yield()
    interface.step_complete()
    interface.stream_end()
    assert asyncio.run(drain(generator)) == [StreamStatus.DONE]


def test_a_stream_that_ended_is_followed_by_another() -> None:
    """Nothing queued is lost, and a reader that came for the first stream ends with it."""
    interface = Interface()
    first = interface.get_generator()
    push(interface, speech("one"))
    interface.step_yield()
    interface.stream_start()
    push(interface, speech("two"))
    assert said(asyncio.run(drain(first))) == ["one"]
    second = interface.get_generator()
    interface.step_yield()
    assert said(asyncio.run(drain(second))) == ["two"]


def test_what_nobody_read_of_a_stream_waits_for_the_next_reader() -> None:
    interface = Interface()
    push(interface, message_call(['{"message":"never read'], finish=None))
    interface.step_yield()
    assert said(pushed_through(interface, speech("two"))) == ["never read", "two"]


def test_two_streams_in_one_loop() -> None:
    async def main() -> list[list[str]]:
        interface, found = Interface(), []
        for word in ("one", "two"):
            interface.stream_start()
            waiting = asyncio.create_task(drain(interface.get_generator()))
            await asyncio.sleep(0)
            push(interface, speech(word))
            interface.step_yield()
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
        interface.step_yield()
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
        interface.step_yield()
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


PASSING = Options(other_tools=OtherTools.PASS)


def passed(one: Any) -> list[Streamed]:
    """What comes out of one chunk, which may be no whole response, where other tools are passed on."""
    interface = Interface(options=PASSING)
    push(interface, [one])
    left = interface.get_generator()
    interface.step_yield()

    async def read() -> list[Streamed]:
        found = []
        with suppress(StreamError):
            async for one in left:
                found.append(one)  # noqa: PERF401 - what came before the error counts
        return found

    return asyncio.run(read())


@pytest.mark.parametrize("one", UNCHANGED)
def test_an_unchanged_chunk_comes_out_equal_r1(one: Chunk) -> None:
    for model in (ChatCompletionChunk.model_validate(one), ChatCompletionChunk.construct(**one)):
        [out] = passed(model)
        assert out == model
        assert isinstance(out, ChatCompletionChunk)
        assert out.model_dump(exclude_unset=True) == one


def test_a_chunk_that_was_held_back_comes_out_equal_r2() -> None:
    """R2: "send" may become send_message, so its chunks wait; R1: they leave as they came."""
    opening = chunk(calls(entry("", id="call_1", type="function", name="send")))
    rest = [chunk(calls(entry('{"to":1}'))), chunk({}, "tool_calls")]
    models = [ChatCompletionChunk.model_validate(one) for one in (opening, *rest)]
    assert pushed_through(Interface(options=PASSING), models) == models


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
    for one in [*speech("a")[:2], plain("b")]:
        [out] = passed(DefaultsChunk(id="x", created=NOW, model="m", choices=one["choices"]))[:1]
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
    [out] = passed(ChatCompletionChunk.construct(**one))
    assert out == ChatCompletionChunk.construct(**{"choices": [], **one})


@pytest.mark.parametrize(
    "one",
    [
        {"usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}},  # Q5
        {"choices": [{"index": 0, "delta": {"content": "a"}}]},
    ],
)
def test_openai_s_own_chunk_may_lack_members(one: Chunk) -> None:
    [out] = passed(ChatCompletionChunk.construct(**one))
    assert out == ChatCompletionChunk.construct(**{"choices": [], **one})
    assert passed(one) == [as_openai_chunk(one)]


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
    interface.step_yield()
    assert said(asyncio.run(drain(generator))) == ["a", "b"]


@pytest.mark.parametrize(
    ("last", "raises", "message"),
    [
        (message_call(['{"message":"said" oops']), ArgumentsFailedError, "arguments of send_message"),
        (message_call(['{"message":"said"'], finish=None), StreamIncompleteError, "ended before"),
        ([*speech("said")[:3], {"error": {"message": "no", "code": 500}}], ResponseFailedError, r"no \(500\)"),
        ([{"error": "no"}], ResponseFailedError, "^no$"),
        ([chunk({"content": "said"}, error={"message": "no"})], ResponseFailedError, "^no$"),
    ],
)
def test_the_fault_of_the_last_step_is_raised_after_all_text(
    last: list[Chunk], raises: type[Exception], message: str, caplog: pytest.LogCaptureFixture
) -> None:
    out = pushed_through(Interface(), speech("first"), last, raises=raises)
    assert said(out) == (["first", "said"] if len(last) > 1 or "choices" in last[0] else ["first"])
    assert all("error" not in (one.model_extra or {}) for one in out if isinstance(one, ChatCompletionChunk))
    assert re.search(message, caplog.messages[-1].partition(": ")[2])
    marked = pushed_through(Interface(status_markers=True), last)
    assert isinstance(marked[-1], StreamFault)
    assert isinstance(marked[-1].error, raises)
    assert StreamStatus.DONE not in marked


def test_the_fault_of_an_earlier_step_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A server tries again."""
    out = pushed_through(Interface(), speech("one")[:3], speech("two"))
    assert said(out) == ["one", "two"]
    assert "response chatcmpl-1: the stream ended before" in caplog.text


def test_a_failure_before_the_first_chunk_is_raised_to_a_reader_that_comes_later() -> None:
    interface = Interface(multi_step=False)
    interface.stream_start()
    interface.step_failed(SourceFailed("model", "no connection"))
    interface.stream_end()
    interface.step_complete()
    with pytest.raises(SourceFailed, match="no connection"):
        asyncio.run(anext(interface.get_generator()))


def test_a_request_without_a_response_does_not_look_finished(caplog: pytest.LogCaptureFixture) -> None:
    """A server whose request is refused calls nothing but the end of the request, twice, and the end of the stream."""
    interface = Interface()
    interface.stream_start()  # the route
    interface.stream_start()  # the client of the model
    interface.stream_end()
    interface.stream_end()
    interface.step_yield()
    assert asyncio.run(drain(interface.get_generator(), StreamIncompleteError)) == []
    assert [message for message in caplog.messages if "before any chunk" in message] != []


@pytest.mark.parametrize("multi_step", [True, False])
@pytest.mark.parametrize("earlier", [[], ["an earlier one"]])
def test_a_request_that_nobody_ended_does_not_look_finished(multi_step: bool, earlier: list[str]) -> None:
    """An agent that fails before its first chunk reaches nothing but the end of the step, or that of the stream."""
    interface = Interface(multi_step=multi_step)
    for text in earlier:
        push(interface, speech(text))
    interface.stream_start()
    (interface.step_yield if multi_step else interface.step_complete)()
    assert said(asyncio.run(drain(interface.get_generator(), StreamIncompleteError))) == earlier


def test_a_failure_is_an_exception() -> None:
    """A text would only fail where the stream is read."""
    with pytest.raises(TypeError, match="not str"):
        Interface().step_failed("no connection")  # type: ignore[arg-type]


def test_an_error_may_be_the_failure_of_several_requests() -> None:
    """An exception that is a constant is raised for a second request, too."""
    refused = SourceFailed("model", "refused")
    interface = Interface()
    interface.step_failed(refused)
    push(interface, speech("Hi"))
    interface.step_failed(refused)
    interface.step_failed(refused)
    interface.step_yield()
    assert said(asyncio.run(drain(interface.get_generator(), SourceFailed))) == ["Hi"]


def test_only_a_request_that_brought_nothing_is_incomplete() -> None:
    interface = Interface()
    interface.stream_start()
    with pytest.raises(NotAChunk):
        interface.process_chunk({"odd": 1})
    interface.stream_end()
    out = pushed_through(interface, speech("the next one"))
    assert said(out) == ["the next one"]
    push(interface := Interface(), speech("without a start"))
    interface.stream_end()
    interface.step_yield()
    assert said(asyncio.run(drain(interface.get_generator()))) == ["without a start"]


def test_a_failed_request_that_is_followed_by_another_is_forgotten() -> None:
    interface = Interface()
    push(interface, speech("a", "b")[:3])
    interface.step_failed(SourceFailed("model", "the connection broke"))
    push(interface, speech("c"))
    generator = interface.get_generator()
    interface.step_yield()
    assert said(asyncio.run(drain(generator))) == ["a", "c"]


@pytest.mark.parametrize("done", [True, False])
def test_done_makes_up_for_a_missing_finish_f5(done: bool) -> None:
    """All of the arguments came, so that only the finish is missing."""
    interface = Interface()
    push(interface, speech("Hi")[:-1])
    if done:
        interface.step_done()
    interface.step_yield()
    assert said(asyncio.run(drain(interface.get_generator(), None if done else StreamIncompleteError))) == ["Hi"]
    [step] = interface.steps
    assert (step.complete, step.text) == (done, "Hi")


def test_done_does_not_make_up_for_missing_text_r11() -> None:
    interface = Interface()
    interface.step_done()  # before the first chunk: nothing
    push(interface, speech("Hi", " there")[:3])
    interface.step_done()
    interface.step_yield()
    interface.step_done()  # after the end: nothing
    assert said(asyncio.run(drain(interface.get_generator(), StreamIncompleteError))) == ["Hi"]


# --- options --------------------------------------------------------------------------------

BOTH = ['{"inner_thoughts":"secret"', ',"plan":"other secret"', ',"message":"Hi"}']


@pytest.mark.parametrize("expected", [True, False])
@pytest.mark.parametrize(
    "attributes",
    [{}, {"inner_thoughts_kwarg": "plan"}, {"inner_thoughts_in_kwargs": False}],
)
def test_thoughts_stay_private_whatever_is_expected_r7(attributes: dict[str, Any], expected: bool) -> None:
    out = pushed_through(Interface(**attributes), message_call(BOTH), expect_reasoning_content=expected)
    assert (reasoned(out), said(out)) == ("", ["Hi"])
    assert "secret" not in repr(out)


def test_native_reasoning_passes_r7() -> None:
    stream = [chunk({"role": "assistant", "reasoning_content": "hm"}), *speech("Hi")]
    assert reasoned(pushed_through(Interface(), stream)) == "hm"


def test_thoughts_are_shown_where_the_options_say_so() -> None:
    out = pushed_through(Interface(options=Options(thoughts=Thoughts.REASONING)), message_call(BOTH))
    assert (reasoned(out), said(out)) == ("secret", ["Hi"])


def test_another_tool_and_argument_may_be_the_message() -> None:
    interface = Interface(assistant_message_tool_name="say", assistant_message_tool_kwarg="words")
    out = pushed_through(interface, message_call(['{"message":"no","words":"yes"}'], tool="say"))
    assert said(out) == ["yes"]
    assert pushed_through(interface, speech("no")) == []
    passing = Interface(assistant_message_tool_name="say", options=Options(tools={}, other_tools=OtherTools.PASS))
    models = [ChatCompletionChunk.model_validate(one) for one in speech("no")]
    assert pushed_through(passing, models) == models


def test_attributes_count_from_the_next_step_on() -> None:
    interface = Interface()
    push(interface, speech("one")[:1])
    interface.assistant_message_tool_name = "say"
    interface.assistant_message_tool_kwarg = "words"
    push(interface, speech("one")[1:])
    interface.stream_end()
    push(interface, message_call(['{"message":"no","words":"yes"}'], tool="say"))
    interface.multi_step = False
    interface.step_complete()
    assert said(asyncio.run(drain(interface.get_generator()))) == ["one", "yes"]


def test_an_attribute_adds_its_tool_to_the_options() -> None:
    interface = Interface(options=Options(tools={"say": "words", "ask": "question"}))
    interface.assistant_message_tool_name = "tell"
    steps = [
        message_call([f'{{"{path}":"{tool}"}}'], tool=tool)
        for tool, path in (("say", "words"), ("ask", "question"), ("tell", "message"))
    ]
    assert said(pushed_through(interface, *steps)) == ["say", "ask", "tell"]


def test_the_constructor_is_the_one_of_the_design() -> None:
    parameters = inspect.signature(Interface).parameters
    assert {name: parameter.default for name, parameter in parameters.items()} == {
        "multi_step": True,
        "timeout": 180,
        "assistant_message_tool_name": "send_message",
        "assistant_message_tool_kwarg": "message",
        "inner_thoughts_in_kwargs": True,
        "inner_thoughts_kwarg": "inner_thoughts",
        "options": None,
        "status_markers": False,
        "maxsize": 0,
        "keep_alive": None,
        "on_event": None,
    }
    assert [name for name, one in parameters.items() if one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD] == [
        *("multi_step", "timeout", "assistant_message_tool_name", "assistant_message_tool_kwarg"),
        *("inner_thoughts_in_kwargs", "inner_thoughts_kwarg"),
    ]
    pushing = list(inspect.signature(Interface.process_chunk).parameters)
    assert pushing == ["self", "chunk", "message_id", "message_date", "expect_reasoning_content", "unknown"]


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
    interface.step_yield()
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
    interface.step_yield()

    async def read() -> list[Any]:
        return [one async for one in interface.get_generator()]

    left = asyncio.run(read())
    assert "".join(one.choices[0].delta.content or "" for one in left) == "Hi"
    with pytest.raises(RuntimeError):
        interface.get_generator()


def test_missing_choices_and_deltas_are_empty_for_those_who_loop_q2_q4_q5_q20() -> None:
    interface = ChatCompletionsStreamingInterface(options=PASSING)
    assert isinstance(interface, StreamingInterface)
    interface.stream_start()
    for one in ({"usage": {"total_tokens": 1}}, {"choices": [{"index": 0}]}):
        interface.process_chunk(one)
    interface.step_yield()

    async def read() -> list[Any]:
        chunks = [one for one in await drain(interface.get_generator(), StreamError) if not isinstance(one, MARKERS)]
        return [choice.delta.content for one in chunks for choice in one.choices]

    assert asyncio.run(read()) == [None]
