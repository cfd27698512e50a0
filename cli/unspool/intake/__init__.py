"""Intake: one source of bytes becomes a sequence of sources that hold plain streams.

    parts(source, asked, note) -> sources, each with a name and blocks of bytes

A capture can be compressed, in another encoding, inside HTTP messages, log
lines, JSON around each record, or in a container such as a HAR file. Each of
these is a layer (``layers``), which removes itself from the bytes; a container
starts a new part for each response. A plain capture is recognised here by its
first record and passes through without a copy; nothing else is imported for it.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import NamedTuple, Protocol

from unspool.core.errors import MalformedRecord, SourceFailed
from unspool.dialects.registry import dialect_of
from unspool.formats.json_codec import decode

HEAD_BYTES = 1 << 16
"""No decision about a source needs more of its beginning."""
_SHOWN_BYTES = 4096


class ByteSource(Protocol):
    """What a source must have: see ``sources.base``."""

    name: str

    @property
    def elapsed(self) -> float | None:
        """When the last block arrived, in seconds."""

    def blocks(self) -> Iterator[bytes]:
        """What one read gives, again and again until the end."""


class Asked(NamedTuple):
    """What the command line says about the intake.

    ``unwrap`` and ``split_by`` are dotted paths of member names, ``only`` is a
    number or a pattern for the parts of a container, ``encoding`` the name of a
    text encoding. ``timed`` asks for the times that an envelope holds.
    """

    unwrap: str | None = None
    split_by: str | None = None
    only: str | None = None
    encoding: str | None = None
    timed: bool = False

    @property
    def anything(self) -> bool:
        """Whether an option was given, so that even a plain capture takes the general path."""
        return any((self.unwrap, self.split_by, self.only, self.encoding))


class Notice(NamedTuple):
    """One line about how a source is read; ``loud`` if a person should see it without asking."""

    text: str
    loud: bool = False


class PartSource:
    """One stream of a source: its name, its blocks, and what was noticed on the way (for lint)."""

    def __init__(self, name: str, source: ByteSource, blocks: Iterator[bytes]) -> None:
        self.name = name
        self.head = b""
        self.notices: list[Notice] = []
        self._source = source
        self._blocks = blocks

    @property
    def elapsed(self) -> float | None:
        """As the source of the bytes says."""
        return self._source.elapsed

    def blocks(self) -> Iterator[bytes]:
        """The blocks; raises SourceFailed where the source or a layer around the stream fails."""
        for block in self._blocks:
            if not self.head:
                self.head = block[:_SHOWN_BYTES]
            yield block
            del block  # before the next is read


def parts(source: ByteSource, asked: Asked, note: Callable[[str], None]) -> Iterator[PartSource]:
    """The streams in ``source``, in order; each must be read before the next is asked for.

    ``note`` takes the lines that a person should see, each once.
    """
    blocks = source.blocks()
    try:
        first = next(blocks, b"")
    except SourceFailed as fault:
        yield PartSource(source.name, source, _failing(fault))
        return
    if not first or (not asked.anything and begins_plainly(first)):
        yield PartSource(source.name, source, chain([first], blocks) if first else blocks)
        return
    from unspool.intake.splitting import split  # noqa: PLC0415 - a plain capture needs none of the layers

    yield from split(source, chain([first], blocks), asked, note)


def begins_plainly(head: bytes) -> bool:
    """Whether the first record is complete and of a known format."""
    start = head.find(b"data:", 0, 256) + 5 if head.startswith((b"data:", b"event:", b":", b"id:")) else 0
    if start == 0 and not head.startswith(b"{"):
        return False
    end = head.find(b"\n", start)
    if end < 0:
        return False
    try:
        return dialect_of(decode(head[start:end].strip())) is not None
    except MalformedRecord:
        return False


def _failing(fault: SourceFailed) -> Iterator[bytes]:
    yield from ()
    raise fault
