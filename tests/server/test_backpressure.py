"""The queue's bound, and readers that take over."""

import asyncio
import threading
import time

import pytest
from tests.server.test_queue_interface import Interface, drain, plain, push, said

from unspool.errors import StreamTimeout


def test_a_thread_waits_for_room_and_nothing_is_lost() -> None:
    interface = Interface(maxsize=3)
    sizes: list[int] = []

    def produce() -> None:
        for n in range(50):
            push(interface, [plain(f"{n} ")])
            sizes.append(len(interface._queue))
        interface.step_yield()

    thread = threading.Thread(target=produce)
    thread.start()
    time.sleep(0.05)
    assert said(asyncio.run(drain(interface.get_generator()))) == [f"{n} " for n in range(50)]
    thread.join()
    assert max(sizes) <= 3


def test_a_thread_that_nobody_reads_gives_up_and_may_push_again() -> None:
    interface = Interface(maxsize=1, timeout=0.02)
    push(interface, [plain("a")])
    with pytest.raises(StreamTimeout, match="was not read for"):
        push(interface, [plain("b")])
    interface.multi_step = False

    async def read() -> list[str]:
        generator = interface.get_generator()
        first = said([await anext(generator)])
        push(interface, [plain("b")])
        interface.step_complete()
        return first + said(await drain(generator))

    assert asyncio.run(read()) == ["a", "b"]


def test_a_task_that_waits_for_a_reader_gives_up() -> None:
    """Else an agent whose client has left keeps its connection to the model for ever."""

    async def main() -> None:
        interface = Interface(maxsize=1, timeout=0.01)
        push(interface, [plain("a")])
        async with asyncio.timeout(5):
            with pytest.raises(StreamTimeout, match="not read"):
                await interface.drain()
        interface.timeout = 20
        waiting = asyncio.create_task(interface.drain())
        await asyncio.sleep(0)
        interface.step_yield()
        assert said(await drain(interface.get_generator())) == ["a"]
        await asyncio.wait_for(waiting, 5)
        assert interface._queue._producing == []

    asyncio.run(main())


def test_the_bound_can_be_set_while_the_stream_runs() -> None:
    """A smaller one makes producers wait, a larger one wakes those that wait."""

    async def main() -> None:
        interface = Interface()
        push(interface, [plain("a"), plain("b")])
        interface.maxsize = 2
        with pytest.raises(asyncio.QueueFull):
            push(interface, [plain("c")])
        waiting = asyncio.create_task(interface.drain())
        await asyncio.sleep(0)
        interface.maxsize = 3
        await asyncio.wait_for(waiting, 5)
        push(interface, [plain("c")])
        interface.step_yield()
        assert (interface.maxsize, said(await drain(interface.get_generator()))) == (3, ["a", "b", "c"])

    asyncio.run(main())


def test_an_event_loop_is_not_blocked() -> None:
    async def main() -> list[str]:
        interface = Interface(maxsize=1)
        push(interface, [plain("a")])
        with pytest.raises(asyncio.QueueFull, match=r"drain\(\)"):
            push(interface, [plain("b")])
        reader = asyncio.create_task(drain(interface.get_generator()))
        await interface.drain()
        push(interface, [plain("b")])
        interface.step_yield()
        return said(await reader)

    assert asyncio.run(main()) == ["a", "b"]


def test_an_abandoned_reader_takes_nothing_from_its_successor() -> None:
    async def main() -> list[str]:
        interface = Interface()
        abandoned = asyncio.create_task(drain(interface.get_generator(), RuntimeError))
        await asyncio.sleep(0)
        successor = interface.get_generator()
        push(interface, [plain("a"), plain("b")])
        interface.step_yield()
        found = said(await drain(successor))
        assert await abandoned == []
        return found

    assert asyncio.run(main()) == ["a", "b"]
