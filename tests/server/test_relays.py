"""Several relays in one event loop: what they share, what they use, and what a cancelled one leaves behind."""

import asyncio
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.server.test_queue_interface import Interface, drain, said, speech
from tests.serving import KEY, Answer, StalledModel, provider
from tests.support import chunk, jsonl, message_call, sse

from unspool import Endpoint, LiveSource, ModelClient, SourceFailed, StreamIncompleteError, relay
from unspool.intake.source import Source
from unspool.sources.file import FileSource
from unspool.sources.request_body import request

HI = message_call(['{"message":"Hi', " there", '"}'])
BODY = request([{"role": "user", "content": "Hi"}], "m")


async def answered(source: Source, **options: Any) -> list[str]:
    """The content that a client gets of one source."""
    interface = Interface(multi_step=False, **options)
    reader = asyncio.create_task(drain(interface.get_generator()))
    await relay(source, interface)
    return said(await reader)


async def gather(sources: Iterable[Source]) -> list[list[str]]:
    return await asyncio.gather(*map(answered, sources))


def test_relays_share_a_client_its_headers_and_its_connections() -> None:
    async def serve(url: str) -> list[list[str]]:
        async with ModelClient(Endpoint(url, KEY, headers={"X-Tenant": "a"})) as client:
            sources = [LiveSource(client.endpoint, BODY, client) for _ in range(4)]
            return [*await gather(sources[:2]), *await gather(sources[2:])]

    with provider(Answer([sse(HI)])) as server:
        assert asyncio.run(serve(server.url)) == [["Hi", " there"]] * 4
        sent = [{name.lower(): value for name, value in asked.headers.items()} for asked in server.asked]
        assert [(one["x-tenant"], one["authorization"]) for one in sent] == [("a", f"Bearer {KEY}")] * 4
        assert len({asked.address for asked in server.asked}) == 2


def test_a_failed_request_leaves_the_shared_client_to_the_others() -> None:
    async def serve(url: str) -> tuple[int | None, list[str]]:
        async with ModelClient(Endpoint(url, KEY)) as client:
            with pytest.raises(SourceFailed) as failed:
                await relay(LiveSource(client.endpoint, BODY, client), Interface())
            return failed.value.status, await answered(LiveSource(client.endpoint, BODY, client))

    with provider(Answer([b"no"], status=500), Answer([sse(HI)])) as server:
        assert asyncio.run(serve(server.url)) == (500, ["Hi", " there"])


@pytest.mark.parametrize("live", [True, False])
def test_no_relay_needs_the_threads_of_the_default_executor(live: bool, tmp_path: Path) -> None:
    """They are few, name resolution needs them, and here something else has taken them all.

    The first request of a client is an exception: the openai package asks in such a thread which system it runs on.
    """
    capture = tmp_path / "capture.jsonl"
    capture.write_bytes(jsonl(HI))
    release = threading.Event()

    async def serve(url: str) -> list[list[str]]:
        async with ModelClient(Endpoint(url, KEY)) as client:
            await answered(LiveSource(client.endpoint, BODY, client))
            with ThreadPoolExecutor(1) as executor:
                loop = asyncio.get_running_loop()
                loop.set_default_executor(executor)
                loop.run_in_executor(None, release.wait, 20)
                try:
                    return await gather(
                        LiveSource(client.endpoint, BODY, client) if live else FileSource(str(capture), None)
                        for _ in range(10)
                    )
                finally:
                    assert not release.is_set()
                    release.set()

    pieces: list[bytes | float] = [sse(HI[:2], done=False), 0.2, sse(HI[2:])]
    with provider(Answer(pieces)) as server:
        assert asyncio.run(serve(server.url)) == [["Hi", " there"]] * 10


def test_a_relay_reads_no_further_than_the_queue_has_room() -> None:
    """The client reads one chunk and then no more until the test says so."""
    words = [f"{n} " for n in range(2000)]
    stream = message_call(['{"message":"', *words, '"}'])

    async def serve(url: str) -> tuple[int, list[str]]:
        interface = Interface(multi_step=False, maxsize=10)
        generator = interface.get_generator()
        running = asyncio.create_task(relay(LiveSource(Endpoint(url, KEY), BODY), interface))
        await anext(generator)
        await asyncio.sleep(0.3)
        held = len(interface._queue)
        assert not running.done()
        found = said(await drain(generator))
        await running
        return held, found

    with provider(Answer([sse(stream)])) as server:
        held, found = asyncio.run(serve(server.url))
    assert held == 10
    assert found == words


def test_done_makes_up_for_a_missing_finish_f5() -> None:
    unfinished = HI[:-1]
    with provider(Answer([sse(unfinished)])) as server:
        assert asyncio.run(answered(LiveSource(Endpoint(server.url, KEY), BODY))) == ["Hi", " there"]
    with provider(Answer([sse(unfinished, done=False)])) as server:
        source = LiveSource(Endpoint(server.url, KEY), BODY)
        interface = Interface(multi_step=False)
        asyncio.run(relay(source, interface))
        assert said(asyncio.run(drain(interface.get_generator(), StreamIncompleteError))) == ["Hi", " there"]


def test_a_cancelled_relay_closes_its_connection_and_writes_nothing_more() -> None:
    """The first stream's text stays apart from the next one's, though both use the same ids."""

    async def serve(model: StalledModel) -> list[str]:
        interface = Interface()
        generator = interface.get_generator()
        running = asyncio.create_task(relay(LiveSource(Endpoint(model.url, KEY), BODY), interface))
        first = [await anext(generator), await anext(generator)]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert await asyncio.to_thread(model.left.wait, 1)
        push_again = asyncio.create_task(relay(LiveSource(Endpoint(second.url, KEY), BODY), interface))
        await push_again
        interface.step_yield()
        return [*said(first), *said(await drain(generator))]

    with provider(Answer([sse(speech("again"))])) as second:
        assert asyncio.run(serve(StalledModel(sse(HI[:2], done=False)))) == ["Hi", "again"]


def test_a_relay_that_waits_for_room_can_be_cancelled() -> None:
    async def serve(model: StalledModel) -> int:
        interface = Interface(maxsize=1)
        running = asyncio.create_task(relay(LiveSource(Endpoint(model.url, KEY), BODY), interface))
        while not interface._queue.full:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert await asyncio.to_thread(model.left.wait, 1)
        return len(interface._queue)

    beginning = sse([chunk({"content": str(n)}) for n in range(9)], done=False)
    assert asyncio.run(serve(StalledModel(beginning))) == 1
