"""The life cycle of a real agent server: every sample and every capture, pushed as servers push them.

What a reader gets is what one transformer of each stream says, to the character,
whoever reads first and whichever thread pushes; and no private thought is in it.
"""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support import CAPTURES, ROOT, chunk, message_call

from unspool import ChatCompletionsStreamingInterface, NotAChunk, Options, OtherTools, StreamError, Transformer
from unspool.formats.framer import Framer
from unspool.formats.record import RecordKind
from unspool.server.queue_interface import Streamed, StreamFault, StreamStatus

Interface = ChatCompletionsStreamingInterface
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
    for one in chunks:
        try:
            interface.process_chunk(one, "m", None, expect_reasoning_content=True, name="agent", message_index=1)
        except NotAChunk:
            continue
    interface.stream_end()
    interface.stream_end()


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


def content(streamed: list[Any]) -> str:
    """The joined content of all choices, parts of text included."""
    found = ""
    for one in streamed:
        for choice in () if isinstance(one, StreamStatus | StreamFault) else one.choices:
            value = choice.delta.content or ""
            found += value if isinstance(value, str) else "".join(part.get("text") or "" for part in value)
    return found


def expected_content(chunks: list[Any]) -> str:
    """What a transformer of its own leaves in the content of one stream."""
    transformer, found = Transformer(Options(other_tools=OtherTools.DROP)), []
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


@pytest.mark.parametrize("way", [pushed_first, read_first, in_a_thread])
@pytest.mark.parametrize("name", STREAMS)
def test_all_text_of_all_steps_arrives_and_no_thought_does(name: str, way: Callable[..., Any]) -> None:
    interface = Interface()
    found = asyncio.run(way(interface, [STREAMS[name], GOOD]))
    assert content(found) == expected_content(STREAMS[name]) + "The end."
    assert "a secret thought" not in repr(found)
    assert len(interface._queue) == 0
    assert interface.steps[-1].text == "The end."
    finishes = [choice.finish_reason for one in found for choice in one.choices if choice.finish_reason]
    assert finishes[-1] == "stop"


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
