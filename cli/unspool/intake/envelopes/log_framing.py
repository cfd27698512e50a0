"""Blocks of a log to its records, or to whole lines where each line is one."""

from collections.abc import Iterator

from unspool.formats.detect import Format
from unspool.formats.framer import Framer
from unspool.formats.record import Record, RecordKind

_LONGEST = 1 << 20
"""Bytes of a line that is given as one; the framer holds longer ones, with fewer copies."""


class LogFraming:
    """See the module's head; the elements of an array are as lines.

    With ``by_line`` lines are given from the second on, so that they can be cut without parsing them.
    """

    def __init__(self, by_line: bool) -> None:
        self._by_line = by_line
        self._framer = Framer()  # of lines, or events
        self._array: Framer | None = None  # of an array
        self._at_line = False  # lines are known, and the framer is between two of them
        self._partial = bytearray()  # the beginning of a line, from then on

    @property
    def in_events(self) -> bool:
        """Return whether the records of the log are events."""
        return self._framer.format is Format.SSE

    @property
    def unclosed(self) -> bool:
        """Return whether what was read ends inside of an array."""
        return self._array is not None and self._array.unclosed

    def feed(self, block: bytes) -> Iterator[bytes | list[Record]]:
        """Yield the lines and records that ``block`` completes."""
        while block and not self._at_line and self._array is None and self._lines_so_far():
            end = block.find(b"\n") + 1 or len(block)
            yield self.parse(block[:end])
            self._at_line = self._framer.format is Format.JSONL and block[end - 1 : end] == b"\n"
            block = block[end:]
        if self._framer.format is Format.ARRAY:
            self._array, self._framer = self._framer, Framer(Format.JSONL)
        if self._array is not None:
            yield from self._elements(self._array.feed(block))
        elif self._at_line and self._by_line:
            yield from self._whole_lines(block)
        else:
            yield self.parse(block)

    def parse(self, lines: bytes) -> list[Record]:
        """The records in lines that were given as such."""
        return self._framer.feed(lines) if lines else []

    def close(self) -> Iterator[bytes | list[Record]]:
        """Yield what is left when the input ends."""
        yield self.parse(self._taken(b""))
        if self._array is not None:
            yield from self._elements(self._array.close())
        yield self._framer.close()

    def _lines_so_far(self) -> bool:
        return self._framer.format in (Format.AUTO, Format.JSONL)

    def _whole_lines(self, block: bytes) -> Iterator[bytes | list[Record]]:
        first = block.find(b"\n") + 1 or len(block)
        if len(self._partial) + first > _LONGEST:
            self._at_line = block[first - 1 : first] == b"\n"
            yield self.parse(self._taken(block[:first]))
            yield from self.feed(block[first:])
            return
        lines = block.rfind(b"\n") + 1
        if lines:
            yield self._taken(memoryview(block)[:lines])
        self._partial += memoryview(block)[lines:]

    def _taken(self, block: bytes | memoryview) -> bytes:
        """The beginning of a line, and what follows it, in one copy."""
        taken = b"".join((self._partial, block))
        self._partial.clear()
        return taken

    def _elements(self, records: list[Record]) -> Iterator[bytes | list[Record]]:
        """Yield the elements of an array: short objects as lines."""
        lines: list[bytes] = []
        records.reverse()
        while records:
            record = records.pop()
            if self._by_line and _is_short_object(record):
                lines.append(record.data.replace(b"\n", b" ") + b"\n")
                continue
            yield b"".join(lines)
            lines = []
            others = [record]
            del record  # a long one takes much memory
            yield others
        yield b"".join(lines)


def _is_short_object(record: Record) -> bool:
    return record.kind is RecordKind.VALUE and record.data.startswith(b"{") and len(record.data) < _LONGEST
