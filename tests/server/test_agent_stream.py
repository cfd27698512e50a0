"""An agent whose stream is read: whatever ends one of them ends the other, and the reader learns of it."""

import asyncio
import gc
import logging
import warnings
from typing import Any

import pytest
from tests.server.test_queue_interface import Interface, drain, plain, push, said, speech
from tests.serving import KEY, Answer, provider

from unspool import Endpoint, LiveSource, SourceFailed, StreamFault, StreamIncompleteError, relay, stream_agent
from unspool.sources.request_body import request


async def answer_twice(interface: Interface, *words: str) -> None:
    for word in words:
        push(interface, speech(word))
        interface.step_complete()
        await asyncio.sleep(0)


def streamed(agent: Any, *arguments: Any, raises: type[Exception] | None = None) -> list[str]:
    return said(asyncio.run(drain(stream_agent(agent, Interface(timeout=20), *arguments), raises)))


def test_the_stream_ends_when_the_agent_returns() -> None:
    assert streamed(answer_twice, "one", "two") == ["one", "two"]


def test_what_the_agent_raises_is_raised_after_its_text() -> None:
    async def failing(interface: Interface) -> None:
        push(interface, speech("text"))
        raise ZeroDivisionError

    assert streamed(failing, raises=ZeroDivisionError) == ["text"]


def test_a_cut_last_step_is_raised() -> None:
    async def cut(interface: Interface) -> None:
        push(interface, speech("text")[:3])

    assert streamed(cut, raises=StreamIncompleteError) == ["text"]


def test_a_failed_request_is_raised_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async def ask(interface: Interface, url: str) -> None:
        await relay(LiveSource(Endpoint(url, KEY), request([], "m")), interface)

    with provider(Answer([b"{}"], status=503)) as server, caplog.at_level(logging.WARNING, "unspool"):
        assert streamed(ask, server.url, raises=SourceFailed) == []
    assert len(caplog.messages) == 1


def test_an_agent_that_ends_the_stream_itself_is_read_to_its_end() -> None:
    async def yielding(interface: Interface) -> None:
        push(interface, speech("text"))
        interface.step_yield()
        await asyncio.sleep(0.01)

    assert streamed(yielding) == ["text"]


@pytest.mark.parametrize("multi_step", [True, False])
@pytest.mark.parametrize("status_markers", [True, False])
def test_what_an_agent_raises_after_the_end_is_raised(multi_step: bool, status_markers: bool) -> None:
    """With ``multi_step=False`` the second step cannot be pushed: the text must not look whole."""

    async def agent(interface: Interface) -> None:
        await answer_twice(interface, "one", "two")

    async def ended(interface: Interface) -> None:
        push(interface, speech("one"))
        interface.step_yield()
        raise RuntimeError("after the end")

    interface = Interface(multi_step=multi_step, status_markers=status_markers, timeout=20)
    generator = stream_agent(ended if multi_step else agent, interface)
    assert said(asyncio.run(drain(generator, RuntimeError))) == ["one"]


def test_an_error_after_another_failure_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The reader gets the failure that ended the stream; the cause of a request without any chunk came later."""

    async def agent(interface: Interface) -> None:
        interface.stream_start()
        try:
            raise ZeroDivisionError("the cause")
        finally:
            interface.step_complete()

    assert asyncio.run(drain(stream_agent(agent, Interface(multi_step=False)), StreamIncompleteError)) == []
    assert "after the end of the stream: the cause" in caplog.messages


def test_a_failure_with_a_marker_is_not_raised_and_leaves_no_task_behind(caplog: pytest.LogCaptureFixture) -> None:
    async def failing(interface: Interface) -> None:
        raise ZeroDivisionError

    markers = asyncio.run(drain(stream_agent(failing, Interface(status_markers=True))))
    assert [type(one.error) for one in markers if isinstance(one, StreamFault)] == [ZeroDivisionError]
    with pytest.raises(ZeroDivisionError):
        streamed(failing)
    gc.collect()
    assert "never retrieved" not in caplog.text


def test_an_agent_that_is_cancelled_does_not_look_finished() -> None:
    async def cancelled(interface: Interface) -> None:
        push(interface, [plain("text")])
        interface.step_complete()
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        streamed(cancelled)


def test_a_reader_that_leaves_cancels_the_agent_and_waits_for_it() -> None:
    cleaned: list[str] = []

    async def endless(interface: Interface) -> None:
        try:
            while True:
                push(interface, speech("text"))
                await asyncio.sleep(0.001)
        finally:
            await asyncio.sleep(0.01)
            cleaned.append("agent")

    async def main() -> None:
        generator = stream_agent(endless, Interface())
        await anext(generator)
        await generator.aclose()
        cleaned.append("reader")

    asyncio.run(main())
    assert cleaned == ["agent", "reader"]


def test_an_agent_that_nobody_reads_is_not_called() -> None:
    async def main() -> None:
        stream_agent(answer_twice, Interface(), "text")
        gc.collect()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(main())
