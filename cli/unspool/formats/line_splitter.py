"""Splitting of blocks of bytes into lines."""

import re
from collections.abc import Iterator
from typing import ClassVar

LINE_ENDS = re.compile(rb"\r\n|\n|\r")


class Lines:
    r"""Splits blocks at b"\n" and keeps the rest of the last line.

    A line that spans many blocks is joined once, in linear time. ``held`` is the size of that rest in bytes.
    """

    def __init__(self) -> None:
        self.held = 0
        self._parts: list[bytes] = []

    def feed(self, block: bytes) -> list[bytes]:
        r"""Return the lines that ``block`` completes, without b"\n"."""
        lines = block.split(b"\n")
        rest = lines.pop()
        if lines and self._parts:
            self._parts.append(lines[0])
            lines[0] = b"".join(self._parts)
            self._parts = []
            self.held = 0
        if rest:
            self._parts.append(rest)
            self.held += len(rest)
        return lines

    def take_parts(self) -> list[bytes]:
        """Return the pieces of the rest, which is forgotten."""
        parts, self._parts, self.held = self._parts, [], 0
        return parts

    def close(self) -> bytes:
        """Return the last line, if it has no end."""
        return b"".join(self.take_parts())


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
        return self.offset, self._lines.take_parts()

    def resumes(self, line: bytes, first: bytes) -> bool:
        """Return True: each line is a record."""
        return True

    def resume(self, offset: int) -> None:
        """Read on at ``offset``."""
        self.offset = offset


class EventLines:
    """Splits blocks into lines that end with LF, CRLF or CR; a block may end inside a CRLF (B3).

    ``returns`` is true once a line ended with CR or CRLF; ``held`` is the size of an unfinished line in bytes.
    """

    def __init__(self, offset: int) -> None:
        self.returns = False
        self.held = 0
        self.offset = offset  # of the current line, in bytes from the start of the source
        self._parts: list[bytes] = []
        self._after_return = False

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
                self._parts.append(line)
                self.held += len(line)
                return
            if self._parts:
                self._parts.append(line)
                line, self._parts, self.held = b"".join(self._parts), [], 0  # noqa: PLW2901 - the whole line
            self.returns = self.returns or end != b"\n"
            yield line
            self.offset += len(line) + len(end)

    @property
    def at_line_start(self) -> bool:
        """Return whether the next byte starts a line: no line is unfinished, and no CRLF."""
        return not self._parts and not self._after_return

    def take_parts(self) -> list[bytes]:
        """Return the pieces of the unfinished line, which is forgotten."""
        parts, self._parts, self.held = self._parts, [], 0
        self._after_return = False
        return parts

    def close(self) -> bytes:
        """Return the last line, if it has no end."""
        return b"".join(self.take_parts())


def _lines_of(block: bytes, start: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield each line from ``start`` on, and its end; that of the last is empty, if anything follows the last end."""
    for whole in (block[start:] if start else block).splitlines(keepends=True):  # of bytes: LF, CRLF and CR alone
        line = whole.rstrip(b"\r\n")
        yield line, whole[len(line) :]
