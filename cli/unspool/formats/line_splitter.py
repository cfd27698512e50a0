"""Splitting of blocks of bytes into lines."""

import re
from collections.abc import Iterator

LINE_ENDS = re.compile(rb"\r\n|\n|\r")


class Lines:
    r"""Splits blocks at b"\n" and keeps the rest of the last line.

    A line that spans many blocks is joined once, in linear time.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def feed(self, block: bytes) -> list[bytes]:
        r"""Return the lines that ``block`` completes, without b"\n"."""
        lines = block.split(b"\n")
        rest = lines.pop()
        if lines and self._parts:
            self._parts.append(lines[0])
            lines[0] = b"".join(self._parts)
            self._parts = []
        if rest:
            self._parts.append(rest)
        return lines

    def close(self) -> bytes:
        """Return the last line, if it has no end."""
        rest, self._parts = b"".join(self._parts), []
        return rest


class EventLines:
    """Splits blocks into lines that end with LF, CRLF or CR; a block may end inside a CRLF (B3).

    ``returns`` is true once a line ended with CR or CRLF.
    """

    def __init__(self, offset: int) -> None:
        self.returns = False
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
                return
            if self._parts:
                self._parts.append(line)
                line, self._parts = b"".join(self._parts), []  # noqa: PLW2901 - the whole line
            self.returns = self.returns or end != b"\n"
            yield line
            self.offset += len(line) + len(end)

    @property
    def at_line_start(self) -> bool:
        """Return whether the next byte starts a line: no line is unfinished, and no CRLF."""
        return not self._parts and not self._after_return

    def close(self) -> bytes:
        """Return the last line, if it has no end."""
        rest, self._parts = b"".join(self._parts), []
        return rest


def _lines_of(block: bytes, start: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield each line from ``start`` on, and its end; that of the last is empty, if anything follows the last end."""
    for whole in (block[start:] if start else block).splitlines(keepends=True):  # of bytes: LF, CRLF and CR alone
        line = whole.rstrip(b"\r\n")
        yield line, whole[len(line) :]
