"""A line on a terminal's standard error: how many sources have been read, how fast, and how long the rest takes."""

import threading
import time
from collections.abc import Callable, Iterable

from unspool.commands._progress import ProgressLine
from unspool.environment import Environment
from unspool.table.listing import Item
from unspool.table.work import Tally

_UNITS = ("B", "kB", "MB", "GB", "TB")


class Meter(ProgressLine):
    """Shows the counts of a tally.

    ``list_all`` lists the sources once more, in a thread, so that the time left is known; None for a store.
    """

    def __init__(self, environment: Environment, list_all: Callable[[], Iterable[Item]] | None) -> None:
        super().__init__(environment)
        self._list_all = list_all
        self._start = time.monotonic()
        self._ended = False
        self._total: tuple[int, int] | None = None

    def show(self, tally: Tally) -> None:
        """Show the line, if it is time to."""
        if not self.is_due():
            return
        if self._list_all is not None:  # not before: a process forks more safely while it has no threads
            threading.Thread(target=self._count, args=(self._list_all,), daemon=True).start()
            self._list_all = None
        self.write(progress_line(tally, time.monotonic() - self._start, self._total))

    def _count(self, list_all: Callable[[], Iterable[Item]]) -> None:
        sources = size = 0
        for item in list_all():
            if self._ended:
                return
            sources += 1
            size += item.size
        self._total = sources, size

    def __enter__(self) -> "Meter":
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self.clear()


def progress_line(tally: Tally, seconds: float, total: tuple[int, int] | None) -> str:
    """Sources, bytes, rate and, where the ``total`` of sources and bytes is known, the time left."""
    rate = tally.bytes / seconds if seconds > 0 else 0.0
    sources = f"{tally.sources:,} sources" if total is None else f"{tally.sources:,} of {total[0]:,} sources"
    line = f"{sources}, {_amount(tally.bytes)}, {_amount(rate)}/s"
    if total is None or not tally.bytes:
        return line
    return f"{line}, {_duration(max(0, total[1] - tally.bytes) / rate)} left"


def _amount(size: float) -> str:
    for unit in _UNITS[:-1]:
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} {_UNITS[-1]}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
