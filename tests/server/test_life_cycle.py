"""The life cycle of a real agent server: every sample and every capture, pushed as servers push them.

What a reader gets is what one transformer of each stream says, to the character,
whoever reads first and whichever thread pushes; and no private thought is in it.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.support import CAPTURES, ROOT, chunk, message_call

from unspool import (
    ChatCompletionsStreamingInterface,
    NotAChunk,
    Options,
    OtherTools,
    StreamError,
    StreamTimeout,
    Thoughts,
    Transformer,
)
from unspool.formats.framer import Framer
from unspool.formats.record import RecordKind
from unspool.server.queue_interface import Streamed, StreamFault, StreamStatus

Interface = ChatCompletionsStreamingInterface
DROPPING = Options(other_tools=OtherTools.DROP)
GOOD = message_call(['{"inner_thoughts":"a secret thought","message":"The end."}'])


def chunks_of(path: Path) -> list[Any]:
    """The chunks of a capture that are chunks of Chat Completions."""
    framer, found = Framer(), []
    for record in [*framer.feed(path.read_bytes()), *framer.close()]:
        if record.kind is RecordKind.VALUE:
            value = record.parse()
            if record.fault is None and isinstance(value, dict) and "choices" in value:
                found.append(value)
    return found


def captures() -> list[Path]:
    samples = sorted(path for path in (ROOT / "samples").iterdir() if path.suffix in (".jsonl", ".sse"))
    return samples + sorted((CAPTURES / "chat-completions").glob("*/*"))[::7]


STREAMS = {str(path.name): chunks for path in captures() if path.is_file() and (chunks := chunks_of(path))}


def push_request(interface: Interface, chunks: list[Any]) -> None:
    """One model request, as a server's client drives it; a second end comes after an error."""
    interface.stream_start()
    push_chunks(interface, chunks)
    interface.stream_end()
    interface.stream_end()


def push_chunks(interface: Interface, chunks: list[Any]) -> None:
    """With all that servers of several years pass."""
    later: dict[str, Any] = {"name": "agent", "message_index": 1, "prev_message_type": "reasoning_message"}
    for one in chunks:
        with suppress(NotAChunk):
            interface.process_chunk(one, "m", None, expect_reasoning_content=True, **later)


def run_agent(interface: Interface, steps: list[list[Any]]) -> None:
    for chunks in steps:
        push_request(interface, chunks)
        interface.step_complete()
    interface.step_yield()


async def read(interface: Interface) -> list[Streamed]:
    found: list[Streamed] = []
    generator = interface.get_generator()
    try:
        async with asyncio.timeout(20):
            async for one in generator:
                found.append(one)  # noqa: PERF401 - what came before an error counts
    except StreamError:
        pass
    return found


async def pushed_first(interface: Interface, steps: list[list[Any]]) -> list[Streamed]:
    run_agent(interface, steps)
    return await read(interface)


async def read_first(interface: Interface, steps: list[list[Any]]) -> list[Streamed]:
    reader = asyncio.create_task(read(interface))
    await asyncio.sleep(0)
    run_agent(interface, steps)
    return await reader


async def in_a_thread(interface: Interface, steps: list[list[Any]]) -> list[Streamed]:
    thread = threading.Thread(target=run_agent, args=(interface, steps))
    reader = asyncio.create_task(read(interface))
    thread.start()
    found = await reader
    thread.join()
    return found


async def beside_a_busy_loop(interface: Interface, steps: list[list[Any]]) -> list[Streamed]:
    """The loop has a task of its own that never waits long."""
    busy = True

    async def work() -> None:
        while busy:
            await asyncio.sleep(0)

    working = asyncio.create_task(work())
    try:
        return await in_a_thread(interface, steps)
    finally:
        busy = False
        await working


async def past_an_idle_timeout(interface: Interface, steps: list[list[Any]]) -> list[Streamed]:
    """A first reader waits in vain; the agent begins late, and a second reader goes on."""
    interface.timeout = 0.01
    reader = interface.get_generator()
    try:
        await anext(reader)
    except StreamTimeout:
        interface.timeout = 20
        return await in_a_thread(interface, steps)
    raise AssertionError("the first reader found something")


async def after_a_cancelled_reader(interface: Interface, steps: list[list[Any]]) -> list[Streamed]:
    """The task of a first reader is cancelled in the middle of the stream."""
    found: list[Streamed] = []

    async def read_some() -> None:
        async for one in interface.get_generator():
            found.append(one)
            await asyncio.sleep(0)  # cancelled here, or while it waits

    cancelled = asyncio.create_task(read_some())
    await asyncio.sleep(0)
    half = len(steps[0]) // 2
    interface.stream_start()
    push_chunks(interface, steps[0][:half])
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    push_chunks(interface, steps[0][half:])
    interface.stream_end()
    interface.step_complete()
    run_agent(interface, steps[1:])
    return found + await read(interface)


async def after_abandoned_readers(interface: Interface, steps: list[list[Any]]) -> list[Streamed]:
    """Two readers were asked for before; one never waited, the other still does."""
    unused = interface.get_generator()
    waiting = asyncio.create_task(anext(interface.get_generator()))
    await asyncio.sleep(0)
    found = await read_first(interface, steps)
    [error] = await asyncio.gather(waiting, return_exceptions=True)
    assert isinstance(error, RuntimeError)
    await unused.aclose()
    return found


def content(streamed: list[Any]) -> str:
    """The joined content of all choices, parts of text included."""
    found = ""
    for one in streamed:
        for choice in () if isinstance(one, StreamStatus | StreamFault) else one.choices:
            value = choice.delta.content or ""
            found += value if isinstance(value, str) else "".join(part.get("text") or "" for part in value)
    return found


def expected_content(chunks: list[Any], options: Options = DROPPING) -> str:
    """What a transformer of its own leaves in the content of one stream."""
    transformer, found = Transformer(options), []
    for one in chunks:
        try:
            found += transformer.feed(one).chunks
        except NotAChunk:
            continue
    found += transformer.close().chunks
    text = ""
    for one in found:
        for choice in one.get("choices") or ():
            value = (choice.get("delta") or {}).get("content") or ""
            text += value if isinstance(value, str) else "".join(part.get("text") or "" for part in value)
    return text


WAYS = [
    *(pushed_first, read_first, in_a_thread, beside_a_busy_loop),
    *(past_an_idle_timeout, after_a_cancelled_reader, after_abandoned_readers),
]


EACH_WAY = [(name, way) for place, name in enumerate(STREAMS) for way in (WAYS[0], WAYS[1 + place % (len(WAYS) - 1)])]
"""Each stream in the plain way, and in one of the others by turns: no way looks at what chunks say."""


@pytest.mark.parametrize(("name", "way"), EACH_WAY)
def test_all_text_of_all_steps_arrives_and_no_thought_does(name: str, way: Callable[..., Any]) -> None:
    interface = Interface()
    found = asyncio.run(way(interface, [STREAMS[name], GOOD]))
    assert content(found) == expected_content(STREAMS[name]) + "The end."
    assert "a secret thought" not in repr(found)
    assert len(interface._queue) == 0
    assert interface.steps[-1].text == "The end."
    finishes = [choice.finish_reason for one in found for choice in one.choices if choice.finish_reason]
    assert finishes[-1] == "stop"


@pytest.mark.parametrize("name", STREAMS)
def test_attributes_set_late_count_from_the_next_step_on(name: str) -> None:
    """Servers set them on an interface that somebody else made."""
    interface = Interface(multi_step=False)
    first, second = GOOD[:2], STREAMS[name]
    push_chunks(interface, first)
    interface.assistant_message_tool_name = "search"
    interface.assistant_message_tool_kwarg = "query"
    interface.inner_thoughts_kwarg = "plan"
    interface.multi_step = True
    push_chunks(interface, GOOD[2:])
    interface.step_complete()
    push_request(interface, second)
    interface.step_yield()
    options = Options(tools={"search": "query"}, thoughts_arguments=("plan", "thinking"), other_tools=OtherTools.DROP)
    assert content(asyncio.run(read(interface))) == "The end." + expected_content(second, options)


def test_thoughts_in_arguments_can_be_switched_off_late() -> None:
    interface = Interface(options=Options(thoughts=Thoughts.REASONING))
    push_request(interface, GOOD)
    interface.inner_thoughts_in_kwargs = False
    push_request(interface, GOOD)
    interface.step_yield()
    found = asyncio.run(read(interface))
    assert repr(found).count("a secret thought") == 1
    assert content(found) == "The end." * 2


def test_a_step_that_only_called_other_tools_leaves_nothing() -> None:
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "search", "arguments": "{}"}}
    for opening in ({"role": "assistant", "content": None}, {"role": "assistant", "content": ""}):
        search = [chunk(opening), chunk({"tool_calls": [call]}), chunk({}, "tool_calls")]
        assert asyncio.run(pushed_first(Interface(), [search])) == []


def test_a_server_s_own_base_class_fits() -> None:
    from abc import ABC, abstractmethod  # noqa: PLC0415 - what the server has

    class TheirBase(ABC):
        @abstractmethod
        def stream_start(self) -> None: ...

        @abstractmethod
        def step_yield(self) -> None: ...

    class Ours(ChatCompletionsStreamingInterface, TheirBase): ...

    ours = Ours(multi_step=True)
    assert ours.streaming_mode
    assert (ours.FINISH_REASON_STR, ours.ASSISTANT_STR) == ("stop", "assistant")
    assert content(asyncio.run(pushed_first(ours, [GOOD]))) == "The end."
