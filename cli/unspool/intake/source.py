"""The interface of a source: a name, and blocks of bytes in the pieces they arrive in."""

from collections.abc import Iterator
from typing import Protocol


class Source(Protocol):
    """A name for messages, and blocks of bytes as they arrive; read once.

    ``blocks`` raises SourceFailed where it cannot be opened or read. ``elapsed``
    is the time of the last block, in seconds since the request; None if it
    is not known.
    """

    name: str

    @property
    def elapsed(self) -> float | None:
        """The time at which the last block arrived, in seconds."""

    def blocks(self) -> Iterator[bytes]:
        """Yield the result of each read, until the end."""
