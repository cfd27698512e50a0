"""Zero bytes before a stream: of a log that was emptied while its writer kept its place, or of lost content."""

from collections.abc import Iterator

from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Broken, Found, Item

_FEWEST = 64
"""Zero bytes that no message of AWS and no encoding begins with."""


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A beginning of zero bytes alone."""
    if head.startswith(b"\0" * _FEWEST):
        return Zeros()
    return None if head and not ended and not head.strip(b"\0") else False


class Zeros:
    """The stream after the zero bytes."""

    def __init__(self) -> None:
        self._size = 0
        self._passed = False

    def feed(self, block: bytes) -> Iterator[Item]:
        """Yield ``block``, without the zero bytes before anything else."""
        if not self._passed:
            rest = block.lstrip(b"\0")
            self._size += len(block) - len(rest)
            if not rest:
                return
            self._passed = True
            yield Notice(f"zero bytes before the stream: {self._size:,}")
            block = rest
        yield block

    def close(self) -> Iterator[Item]:
        """Report a source without anything else."""
        if not self._passed:
            yield Broken("this file holds zero bytes alone", "its content was lost; record it again")
