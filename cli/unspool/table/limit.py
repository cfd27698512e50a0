"""A limit on the time that one source takes (--time-limit); without one, None, nothing is limited.

    for rows in within(limit, read_rows(limited(source, limit), …)): ...

The source fails at the first block after the limit, so that what was read before is kept. What never gets to its next
block is interrupted, where that is possible: in the main thread of a process, which a worker of Dask does not use.
"""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from unspool.errors import SourceFailed
from unspool.intake.source import Source

Rows = TypeVar("Rows")

_GRACE = 2.0  # seconds that a source at its limit gets to end by itself


class TooLong(BaseException):
    """A source hangs; no handler of ordinary exceptions may take it for one."""


def too_long(limit: float | None) -> str:
    """The reason why a source was given up."""
    return f"it took longer than {limit:g} s (--time-limit)"


def limited(source: Source, limit: float | None) -> Source:
    """The source, which fails where it is not at its end after ``limit`` seconds."""
    return source if limit is None else _Limited(source, limit)


class _Limited:
    """See ``limited``."""

    def __init__(self, source: Source, limit: float) -> None:
        self.name = source.name
        self._source = source
        self._limit = limit

    @property
    def elapsed(self) -> float | None:
        """The time at which the last block arrived, in seconds."""
        return self._source.elapsed

    def blocks(self) -> Iterator[bytes]:
        """The blocks. Raises SourceFailed after the limit."""
        end = time.monotonic() + self._limit
        for block in self._source.blocks():
            if time.monotonic() > end:
                raise SourceFailed(self.name, too_long(self._limit))
            yield block


def within(limit: float | None, rows: Iterator[Rows]) -> Iterator[Rows]:
    """The rows of a source. Raises TooLong where the next ones take much longer than the limit."""
    while True:
        with _alarm(limit):
            found = next(rows, _END)
        if found is _END:
            return
        yield found


_END: Any = object()


@contextmanager
def _alarm(limit: float | None) -> Iterator[None]:
    if limit is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: Any) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, limit + _GRACE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
