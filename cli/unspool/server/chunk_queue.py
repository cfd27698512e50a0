"""A queue between producers in any thread and one reader at a time in an event loop.

    queue.put(*items)                     from any thread; never waits, never refuses
    queue.block_until_space(seconds)          from a thread: blocks while the queue is full
    await queue.wait_for_space(seconds)   the same in an event loop
    reader = queue.take_over()            from now on this reader alone is served
    item = await queue.get(reader, seconds)

A producer waits for space before it makes an item, not when it puts it:  what a chunk
was rewritten to is accepted whole, so that nothing is lost halfway.
"""

import asyncio
from collections import deque
from contextlib import suppress
from threading import Condition
from time import monotonic
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Reader:
    """The right to take items from a queue, until another reader takes over."""


class ChunkQueue(Generic[Item]):
    """First in, first out; ``maxsize`` items fill it, 0 sets no bound; ``resize`` changes it."""

    def __init__(self, maxsize: int) -> None:
        self.maxsize = maxsize
        self._items: deque[Item] = deque()
        self._changed = Condition()  # guards all that follows; producers in threads wait for it
        self._reader = Reader()
        self._reading: _Waiter | None = None
        self._producing: list[_Waiter] = []

    def __len__(self) -> int:
        return len(self._items)

    @property
    def full(self) -> bool:
        """Return whether producers should wait."""
        return 0 < self.maxsize <= len(self._items)

    def put(self, *items: Item) -> None:
        """Append items and wake the reader."""
        with self._changed:
            self._items.extend(items)
            if self._reading is not None and items:
                self._reading.wake()

    def block_until_space(self, seconds: float | None) -> bool:
        """Block this thread while the queue is full; returns whether it has space after at most ``seconds``."""
        with self._changed:
            return self._changed.wait_for(lambda: not self.full, seconds)

    async def wait_for_space(self, seconds: float | None) -> bool:
        """Wait in an event loop while the queue is full; returns whether it has space after at most ``seconds``."""
        deadline: float | None = None
        expired = False
        while True:
            with self._changed:
                if not self.full:
                    return True
                if expired:
                    return False
                waiter = _Waiter()
                self._producing.append(waiter)
            if seconds is not None and deadline is None:
                deadline = monotonic() + seconds
            try:
                expired = not await waiter.wait(None if deadline is None else max(deadline - monotonic(), 0.0))
            finally:
                with self._changed, suppress(ValueError):  # a reader has removed it, unless this was cancelled
                    self._producing.remove(waiter)

    def take_over(self) -> Reader:
        """A new reader; an earlier one that still waits ends with an error."""
        with self._changed:
            self._reader = Reader()
            if self._reading is not None:
                self._reading.wake()
            return self._reader

    async def get(self, reader: Reader, seconds: float | None) -> Item:
        """Take the next item.

        Raises TimeoutError where none came for ``seconds``, RuntimeError where
        another reader took over. An item is taken only when it is returned: a
        reader that is cancelled while it waits leaves all of them in the queue.
        """
        expired = False
        while True:
            with self._changed:
                if reader is not self._reader:
                    raise RuntimeError("another reader has taken over this stream")
                if self._items:
                    return self._take()
                if expired:
                    raise TimeoutError
                waiter = self._reading = _Waiter()
            expired = not await waiter.wait(seconds)

    def resize(self, maxsize: int) -> None:
        """Set another bound; producers that wait go on where it leaves space."""
        with self._changed:
            self.maxsize = maxsize
            self._wake_producers()

    def _take(self) -> Item:
        item = self._items.popleft()
        self._wake_producers()
        return item

    def _wake_producers(self) -> None:
        if not self.full:
            self._changed.notify_all()
            for waiter in self._producing:
                waiter.wake()
            self._producing.clear()


class _Waiter:
    """One wait in the running event loop, ended from any thread or by the clock."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._woken: asyncio.Future[bool] = self._loop.create_future()

    def wake(self) -> None:
        if running_loop() is self._loop:
            self._resolve(True)
            return
        with suppress(RuntimeError):  # the loop is closed: no task waits in it
            self._loop.call_soon_threadsafe(self._resolve, True)

    async def wait(self, seconds: float | None) -> bool:
        """Return whether it was woken before ``seconds`` had passed; None sets no limit."""
        # asyncio.wait_for would make a task of each wait and cost more than all the rest.
        timer = None if seconds is None else self._loop.call_later(seconds, self._resolve, False)
        try:
            return await self._woken
        finally:
            if timer is not None:
                timer.cancel()

    def _resolve(self, woken: bool) -> None:
        if not self._woken.done():
            self._woken.set_result(woken)


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop that runs in this thread, if any."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
