"""Records of several lines among the lines of a log, whose other records have one line each.

    records.feed(line)   -> [line, …]    the lines that can be read now: a record is one of them
    records.lines(queue) -> line, …      the same for several lines, which are taken from a queue; and for the last ones
    records.close()      -> [line, …]    those of an object that has no end

A line leaves at once, unless it begins an object, or is inside of one.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from unspool.formats.detect import nesting
from unspool.formats.json_codec import encode
from unspool.intake.json_text.literals import unfinished_value_of, value_of
from unspool.intake.json_text.paths import find_path, is_known, is_only_error, values_at
from unspool.intake.logs.log_line import BEGINS_RECORD

_FIRST = re.compile(rb"\s*+(?:\"|\Z)")
_INNER = re.compile(rb"\s*+(?:[\"{}\[\]\d\-]|[tfn][a-z]*,?\s*\Z|\Z)")
"""A line inside of an indented object, which may be cut; JSON has no line end in a string."""
_OPENS = (b"{\n", b"{\r\n")
_MOST_LINES = 10_000  # of one object; what is longer is none


class IndentedRecords:
    """See the module's head. The lines of a record stay apart inside of it, until ``one_line`` joins them."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []  # of the object that is open
        self._depth = 0

    @property
    def open(self) -> bool:
        """Return whether an object has begun and not ended."""
        return bool(self._lines)

    def feed(self, line: bytes) -> list[bytes]:
        """The lines that are known now to be no part of a record of several lines, and that record."""
        inner = line.rstrip()
        if not self._lines:
            if not inner.endswith(b"{"):
                return [line]
            self._lines, self._depth = [line], 1
            return []
        if not (_FIRST if len(self._lines) == 1 else _INNER).match(line):
            return [*self.close(), *self.feed(line)]
        self._lines.append(line)
        self._depth += nesting(inner)
        if self._depth > 0:
            return self.close() if len(self._lines) > _MOST_LINES else []
        lines = self.close()
        whole = b"".join(lines)
        return [whole] if _is_read(value_of(whole[len(lines[0].rstrip()) - 1 :])) else lines

    def lines(self, queue: deque[bytes], ended: bool = False) -> Iterator[bytes]:
        """As ``feed``, for the lines of a queue, and as ``close`` if they are the last; no long one is kept."""
        while queue:
            if self._lines or queue[0].endswith(_OPENS):
                yield from self.feed(queue.popleft())
            else:
                yield queue.popleft()
        if ended and self._lines:
            start = len(self._lines[0].rstrip()) - 1
            lines = self.close()
            cut = b"".join(lines)
            known = BEGINS_RECORD.match(one_line(cut), start) or is_known(unfinished_value_of(cut[start:]))
            yield from [cut] if known else lines

    def close(self) -> list[bytes]:
        """The lines of the object that is open."""
        lines, self._lines = self._lines, []
        return lines


def is_record_in_lines(texts: Iterable[str], ended: bool) -> bool:
    """Return whether texts of a log are the lines of an indented record or error, which is whole unless they ended."""
    pieces = (line for text in texts for line in text.removesuffix("\n").split("\n"))
    lines = deque(line.encode("utf-8", "surrogatepass") + b"\n" for line in pieces)
    return any(b"\n" in line[:-1] for line in IndentedRecords().lines(lines, ended))


def opens_object(text: str) -> bool:
    """Return whether a text may be the first line of an indented record, or of a list of them."""
    return text.strip() in ("{", "[{")


def _is_read(value: Any) -> bool:
    """Return whether a value is a record, holds one, or is an error in place of one."""
    return is_known(value) or find_path(value) is not None or is_only_error(value)


def records_in(lines: bytes) -> list[bytes]:
    """The records that an object of several lines holds, or the error that it is; none where it is a record itself."""
    value = value_of(lines[len(lines[: lines.find(b"\n")].rstrip()) - 1 :])
    if value is None or is_known(value):
        return []
    if is_only_error(value):
        return [encode(value)]
    path = find_path(value)
    inner = () if path is None else values_at(value, path)
    return [encode(one) for one in inner if isinstance(one, dict) and is_known(one)]


def one_line(line: bytes) -> bytes:
    """A line, or the record of several lines in one."""
    return b"".join(map(bytes.strip, line.splitlines())) if b"\n" in line[:-1] else line
