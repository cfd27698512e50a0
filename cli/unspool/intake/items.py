"""The interface of layers, and the items that they produce.

    layer.feed(block) -> items    the items that the block completes, lazily
    layer.close()     -> items    the source ended

An item is one of: bytes (the stream with this layer removed), Part (a new
stream begins here), Broken (this stream ends here, and why), Notice, and where a
log is kept Place (the bytes that follow are there) and Entry (it holds none). A layer's
``detect(head, ended, asked)`` gives the layer, False (not mine) or None (more
bytes are needed); ``ended`` is true after the last one.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from unspool.formats.bounded_lines import LARGEST_RECORD
from unspool.formats.line_splitter import Rest
from unspool.intake.asked import LARGEST_BYTES, Asked, Notice
from unspool.intake.kept_log import Entry, Place


class Part(NamedTuple):
    """A new stream begins.

    ``label`` describes it for people, without a secret; ``request`` is the body of the request that it answers, where
    its container has it.
    """

    label: str
    request: bytes = b""


class Broken(NamedTuple):
    """The stream ends here because its container failed; ``cut`` if it only ended early.

    ``of_source`` says that it is the source itself that cannot be read.
    """

    reason: str
    advice: str
    cut: bool = False
    of_source: bool = False


Item = bytes | Part | Broken | Notice | Entry | Place


class Layer(Protocol):
    """One layer around a stream; see the module's head."""

    def feed(self, block: bytes) -> Iterator[Item]:
        """Yield the items that ``block`` completes."""

    def close(self) -> Iterator[Item]:
        """Yield the remaining items at the end of the source."""


class NoStream:
    """A source of which nothing is read; one item gives the reason."""

    def __init__(self, reason: Broken | Notice) -> None:
        self._reason: Broken | Notice | None = reason

    def feed(self, block: bytes) -> Iterator[Item]:
        """The reason, once."""
        if self._reason is not None:
            yield self._reason
            self._reason = None

    def close(self) -> Iterator[Item]:
        """Nothing."""
        yield from ()


class Plain:
    """The layer that changes nothing."""

    def feed(self, block: bytes) -> Iterator[Item]:
        """Yield the block itself."""
        yield block

    def close(self) -> Iterator[Item]:
        """Yield nothing."""
        yield from ()


_BLOCK_BYTES = 1 << 17
Found = Layer | bool | None
Detect = Callable[[bytes, bool, Asked], Found]


def joined(items: Iterator[Item]) -> Iterator[Item]:
    """Neighbouring bytes as one item, up to the size of a block: each costs the next layer, or a sink, time."""
    pieces: list[bytes] = []
    size = 0
    for item in items:
        if isinstance(item, bytes):
            pieces.append(item)
            size += len(item)
        if pieces and (not isinstance(item, bytes) or size >= _BLOCK_BYTES):
            yield b"".join(pieces)
            pieces, size = [], 0
        if not isinstance(item, bytes):
            yield item
    if pieces:
        yield b"".join(pieces)


def whole_lines(head: bytes, ended: bool) -> bytes:
    """The lines of the beginning of a source that are complete: all of it, where that is the source."""
    return head if ended else head[: head.rfind(b"\n") + 1]


class Lines:
    """Complete lines of blocks, each with its end; the rest is kept, up to ``largest`` bytes of a line."""

    def __init__(self, largest: int = LARGEST_RECORD) -> None:
        self._largest = largest
        self._size = 0  # bytes of the rest, with those that are not kept
        self._rest = Rest()

    def feed(self, block: bytes) -> list[bytes]:
        r"""The lines that ``block`` completes, with their b"\n"."""
        end = block.rfind(b"\n") + 1
        if not end:
            if self._size <= self._largest:
                self._rest.add(block)
            self._size += len(block)
            return []
        if self._size > self._largest:
            (line,) = self.close()
            return [line + b"\n", *self.feed(block[block.find(b"\n") + 1 :])]
        first = block.find(b"\n") + 1
        self._rest.add(block[:first])
        line = self._rest.take()
        if end < len(block):
            self._rest.add(block[end:])
        self._size = len(block) - end
        others = block[first : end - 1].split(b"\n") if end > first else []
        return [line, *[other + b"\n" for other in others]]

    def close(self) -> list[bytes]:
        """The last line, if it has no end."""
        rest = self._rest.take()[: self._largest]
        self._size = 0
        return [rest] if rest else []


class NoticedLayer:
    """Base of the layers whose notice says once, before anything else, what they found."""

    def __init__(self, notice: Notice) -> None:
        self._notice: Notice | None = notice

    def _announce(self) -> Iterator[Item]:
        """Yield the notice, once."""
        if self._notice is not None:
            yield self._notice
            self._notice = None

    def close(self) -> Iterator[Item]:
        """Yield nothing: nothing is kept."""
        yield from ()


class LineLayer(NoticedLayer):
    """Base of the layers that read line by line."""

    def __init__(self, notice: Notice) -> None:
        super().__init__(notice)
        self._lines = Lines()

    def feed(self, block: bytes) -> Iterator[Item]:
        """Yield the items in the lines that ``block`` completes."""
        yield from self._announce()
        for line in self._lines.feed(block):
            yield from self._line(line)

    def close(self) -> Iterator[Item]:
        """Yield the items in the last line."""
        for line in self._lines.close():
            yield from self._line(line)

    def _line(self, line: bytes) -> Iterator[Item]:
        """Yield the items in one line, which has its end, unless it is the last."""
        raise NotImplementedError


class WholeLayer:
    """Base of the layers that keep a source until it is whole, because its end must be known first.

    ``what`` names the source and ``advice`` says what to do, where it is too large for that.
    """

    def __init__(self, what: str, advice: str) -> None:
        self._what = what
        self._advice = advice
        self._data = Rest()
        self._too_large = False

    def feed(self, block: bytes) -> Iterator[Item]:
        """Keep ``block``."""
        if self._too_large:
            return
        self._data.add(block)
        if self._data.size > LARGEST_BYTES:
            self._too_large = True
            self._data.take()
            yield Broken(f"{self._what} is larger than {LARGEST_BYTES >> 30} GB", self._advice)

    def close(self) -> Iterator[Item]:
        """Yield the items of the whole source."""
        if not self._too_large:
            yield from self._whole()

    def _whole(self) -> Iterator[Item]:
        """Yield the items of the source, whose bytes ``_take`` gives."""
        raise NotImplementedError

    def _take(self) -> bytes:
        """The bytes of the source, which are given up: they can take much memory."""
        return self._data.take()
