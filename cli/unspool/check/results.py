"""The results of a run's cases, as values."""

from collections import Counter
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple


class Status(Enum):
    """The status of a case; the value is its name in reports for machines."""

    OK = "ok"
    WROTE = "wrote"  # its expectations were brought up to date
    FAILED = "failed"  # it gives something else than expected
    BROKEN = "broken"  # it could not be checked
    NEW = "new"  # nothing is expected of it yet
    STALE = "stale"  # an expectation without a capture

    @property
    def passed(self) -> bool:
        """Return whether a run with this alone is a success."""
        return self in (Status.OK, Status.WROTE)


class Mismatch(NamedTuple):
    """An output that is not as expected: which file expects it, and a unified diff, line by line."""

    expectation: str
    diff: list[str]


class Result(NamedTuple):
    """The result of one case.

    ``reasons`` are the faults, in one line each; ``wrote`` are the files
    that were written or removed; ``seconds`` is the time it took.
    """

    name: str
    status: Status
    reasons: list[str] = []  # noqa: RUF012 - never changed
    differences: list[Mismatch] = []  # noqa: RUF012 - never changed
    wrote: list[str] = []  # noqa: RUF012 - never changed
    seconds: float = 0.0


class Tally:
    """The number of cases for each status."""

    def __init__(self, results: Iterable[Result] = ()) -> None:
        self.seconds = 0.0
        self._counts: Counter[Status] = Counter()
        for result in results:
            self.add(result)

    def add(self, result: Result) -> None:
        """Count one result."""
        self._counts[result.status] += 1
        self.seconds += result.seconds

    def __getitem__(self, status: Status) -> int:
        return self._counts[status]

    @property
    def total(self) -> int:
        """All of them."""
        return self._counts.total()

    @property
    def passed(self) -> bool:
        """Return whether nothing failed."""
        return all(status.passed for status in self._counts)
