"""A source behind the queue interface: a server gets the text and the faults that the command would report."""

import asyncio
import gc
import logging
import os
import stat
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from tests.server.test_queue_interface import drain, said
from tests.serving import KEY, Answer, End, provider
from tests.support import ROOT, chunk, jsonl, message_call, sse

from unspool import (
    ChatCompletionsStreamingInterface,
    Endpoint,
    LiveSource,
    SourceFailed,
    StreamIncompleteError,
    relay,
)
from unspool.intake.source import Source
from unspool.sources.file import FileSource
from unspool.sources.request_body import request

HI = message_call(['{"message":"Hi', " there", '"}'])


def relayed(sources: Iterable[Source], multi_step: bool = False) -> list[str]:
    """The content that a reader gets of these sources, one step each."""

    async def serve() -> list[str]:
        interface = ChatCompletionsStreamingInterface(multi_step=multi_step)
        interface.stream_start()
        reader = asyncio.create_task(drain(interface.get_generator()))
        try:
            for source in sources:
                await relay(source, interface)
        finally:
            interface.step_yield()
        return said(await reader)

    return asyncio.run(serve())


def file(path: Path, data: bytes) -> Source:
    path.write_bytes(data)
    return FileSource(str(path), None)


def call(url: str) -> Source:
    return LiveSource(Endpoint(url, KEY, timeout=20), request([{"role": "user", "content": "Hi"}], "m"))


def test_a_live_call_is_rewritten_on_its_way() -> None:
    with provider(Answer([sse([one], done=False) for one in HI] + [b"data: [DONE]\n\n"])) as server:
        assert relayed([call(server.url)]) == ["Hi", " there"]


def test_several_steps_follow_each_other(tmp_path: Path) -> None:
    sources = [file(tmp_path / "a", jsonl(HI)), file(tmp_path / "b", sse(HI))]
    assert relayed(sources, multi_step=True) == ["Hi", " there"] * 2


@pytest.mark.parametrize("name", ["anthropic.sse", "responses.jsonl", "ollama.jsonl"])
def test_other_wire_formats_come_through(name: str) -> None:
    path = ROOT / "samples" / name
    expected = path.with_suffix(".expected.txt").read_text()
    received = "".join(relayed([FileSource(str(path), None)]))
    assert received.replace("\n", "") == expected.replace("\n", "")  # text ends each message with one


def test_what_cannot_be_read_is_logged_and_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = jsonl(HI[:2]) + b"{broken\n" + b'{"odd": 1}\n' + jsonl(HI[2:])
    with caplog.at_level(logging.WARNING, "unspool"):
        assert relayed([file(tmp_path / "a", data)]) == ["Hi", " there"]
    first, second = caplog.messages
    assert f"a: record 3 (byte {len(jsonl(HI[:2]))}): not JSON" in first
    assert "record 4" in second


def test_a_source_that_fails_is_raised_after_what_had_come() -> None:
    received: list[str] = []

    async def serve(url: str) -> None:
        interface = ChatCompletionsStreamingInterface(multi_step=False)
        interface.stream_start()
        reader = asyncio.create_task(drain(interface.get_generator(), SourceFailed))
        try:
            await relay(call(url), interface)
        finally:
            received.extend(said(await reader))

    with (
        provider(Answer([sse([one], done=False) for one in HI[:2]], end=End.RESET)) as server,
        pytest.raises(SourceFailed, match="broke in the middle"),
    ):
        asyncio.run(serve(server.url))
    assert received == ["Hi"]


def test_a_stream_that_is_not_active_is_a_wrong_call(tmp_path: Path) -> None:
    interface = ChatCompletionsStreamingInterface()
    interface.step_yield()
    with pytest.raises(RuntimeError, match="has ended"):
        asyncio.run(relay(file(tmp_path / "a", jsonl(HI)), interface))


def test_a_task_that_is_cancelled_reads_no_further() -> None:
    async def serve(url: str) -> None:
        interface = ChatCompletionsStreamingInterface()
        interface.stream_start()
        task = asyncio.create_task(relay(call(url), interface))
        with pytest.raises(StreamIncompleteError):  # noqa: PT012 - the loop is what raises
            async for one in interface.get_generator():
                assert said([one]) in ([], ["a"])
                task.cancel()
                interface.step_yield()
        with pytest.raises(asyncio.CancelledError):
            await task

    first, last = sse([chunk({"content": "a"})], done=False), sse([chunk({"content": "b"}, "stop")])
    pieces: list[bytes | float] = [first, 0.3, last]
    with provider(Answer(pieces)) as server:
        asyncio.run(serve(server.url))


def test_no_connection_outlives_its_answer() -> None:
    """Without the collector, which would close it some time: servers make many calls."""
    with provider(Answer([sse(HI)])) as server:
        before = sockets()
        gc.disable()
        try:
            assert b"".join(call(server.url).blocks()).endswith(b"data: [DONE]\n\n")
            until = time.monotonic() + 10
            while sockets() > before and time.monotonic() < until:  # the server closes its end a little later
                time.sleep(0.01)
            assert sockets() == before
        finally:
            gc.enable()


def sockets() -> int:
    """How many this process has."""
    found = 0
    for descriptor in range(1024):
        with suppress(OSError):
            found += stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    return found
