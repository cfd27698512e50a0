"""One stream of a source, as the intake gives it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from unspool.errors import SourceFailed
from unspool.intake.asked import Notice
from unspool.intake.source import Source

if TYPE_CHECKING:
    from unspool.intake.kept_log import KeptLog

_SHOWN_BYTES = 4096


def failing(fault: SourceFailed) -> Iterator[bytes]:
    """Blocks of a source that has none: raises its fault where they are read."""
    yield from ()
    raise fault


class PartSource:
    """One stream of a source: its name, its blocks, and what was noticed on the way (for lint).

    ``request`` is the body of the request that it answers, b"" where that is not known.
    ``log`` takes the records of the log that contains it, where that is kept.
    """

    def __init__(self, name: str, source: Source, blocks: Iterator[bytes]) -> None:
        self.name = name
        self.head = b""
        self.request = b""
        self.notices: list[Notice] = []
        self.log: KeptLog | None = None
        self._source = source
        self._blocks = blocks

    @property
    def elapsed(self) -> float | None:
        """The clock of the source of the bytes."""
        return self._source.elapsed

    def blocks(self) -> Iterator[bytes]:
        """The blocks; raises SourceFailed where the source or a layer around the stream fails."""
        for block in self._blocks:
            if not self.head:
                self.head = block[:_SHOWN_BYTES]
            yield block
            del block  # before the next is read
