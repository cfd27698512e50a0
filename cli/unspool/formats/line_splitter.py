"""Splitting of blocks of bytes into lines."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import ClassVar

LINE_ENDS = re.compile(rb"\r\n|\n|\r")


class Rest:
    """The bytes so far of a line that is not complete.

    A buffer, and no list of pieces: to join them takes the memory of a long line twice, and that of many pieces is not
    given back to the system.
    """

    def __init__(self) -> None:
        self.size = 0
        self._buffer = BytesIO()

    def add(self, piece: bytes) -> None:
        """Keep a piece, which is copied."""
        self.size += self._buffer.write(piece)

    def head(self, size: int) -> bytes:
        """Return the first bytes, at most ``size``."""
        return bytes(self._buffer.getbuffer()[:size])

    def take(self) -> bytes:
        """Return the bytes, which are given up: nothing is copied."""
        buffer, self._buffer, self.size = self._buffer, BytesIO(), 0
        return buffer.getvalue()


class Lines:
    r"""Splits blocks at b"\n" and keeps the rest of the last line. ``held`` is the size of that rest in bytes."""

    def __init__(self) -> None:
        self._rest = Rest()

    @property
    def held(self) -> int:
        """The size of the rest in bytes."""
        return self._rest.size

    def feed(self, block: bytes) -> list[bytes]:
        r"""Return the lines that ``block`` completes, without b"\n"."""
        lines = block.split(b"\n")
        last = lines.pop()
        if lines and self._rest.size:
            self._rest.add(lines[0])
            lines[0] = self._rest.take()
        if last:
            self._rest.add(last)
        return lines

    def close(self) -> bytes:
        """Return the last line, if it has no end; it is given up."""
        return self._rest.take()


class LineRecords:
    """Base of the formats with one record for each line: what is the same of each LineFraming."""

    keeps_lines: ClassVar = True

    def __init__(self, offset: int = 0) -> None:
        self._lines = Lines()
        self.number = 0
        self.offset = offset

    @property
    def held(self) -> int:
        """The bytes of the line that is not complete."""
        return self._lines.held

    def give_up(self) -> tuple[int, list[bytes]]:
        """Forget the line that is not complete; see LineFraming."""
        return self.offset, [self._lines.close()]

    def resumes(self, line: bytes, first: bytes) -> bool:
        """Return True: each line is a record."""
        return True

    def resume(self, offset: int) -> None:
        """Read on at ``offset``."""
        self.offset = offset


class EventLines:
    """Splits blocks into lines that end with LF, CRLF or CR; a block may end inside a CRLF (B3).

    ``returns`` is true once a line ended with CR or CRLF.
    """

    def __init__(self, offset: int) -> None:
        self.returns = False
        self.offset = offset  # of the current line, in bytes from the start of the source
        self._rest = Rest()
        self._after_return = False

    @property
    def held(self) -> int:
        """The size of an unfinished line in bytes."""
        return self._rest.size

    def feed(self, block: bytes) -> Iterator[bytes]:
        """Yield the lines that ``block`` completes, without their ends; ``offset`` is that of the yielded line."""
        if not block:
            return
        start = 0
        if self._after_return and block.startswith(b"\n"):  # the second half of a CRLF, whose line is already out
            start = 1
            self.offset += 1
        self._after_return = block.endswith(b"\r")
        for line, end in _lines_of(block, start):
            if not end:
                self._rest.add(line)
                return
            if self._rest.size:
                self._rest.add(line)
                line = self._rest.take()  # noqa: PLW2901 - the whole line
            self.returns = self.returns or end != b"\n"
            yield line
            self.offset += len(line) + len(end)

    @property
    def at_line_start(self) -> bool:
        """Return whether the next byte starts a line: no line is unfinished, and no CRLF."""
        return not self._rest.size and not self._after_return

    def close(self) -> bytes:
        """Return the last line, if it has no end; it is given up."""
        self._after_return = False
        return self._rest.take()


def _lines_of(block: bytes, start: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield each line from ``start`` on, and its end; that of the last is empty, if anything follows the last end."""
    if start:
        block = block[start:]
    # splitlines looks at each byte, for LF, CRLF and CR (of bytes no others end a line); readlines skips to the next LF
    for whole in BytesIO(block).readlines() if block.find(b"\r") < 0 else block.splitlines(keepends=True):
        line = whole.rstrip(b"\r\n")
        yield line, whole[len(line) :]
