"""Framing of consecutive JSON values that span lines (B11)."""

from typing import ClassVar

from unspool.formats.detect import nesting
from unspool.formats.line_splitter import Lines, Rest
from unspool.formats.record import Record, ends_with_done, split_done

_BEFORE_ELEMENT = (b",", b"[")


class JsonValues:
    """Framing of values that span lines: a pretty-printed completion, or chunks as jq prints them (B11)."""

    keeps_lines: ClassVar = False

    def __init__(self, offset: int = 0) -> None:
        self._lines = Lines()
        self.number = 0
        self._offset = offset
        self._begun_at = 0
        self._depth = 0
        self._in_list = False  # the value is a list
        self._goes_on = False  # the line before it ends as one before an element or a member does
        self._pending = Rest()  # of the value that is not complete, without the end of its last line

    def feed(self, block: bytes) -> list[Record]:
        """Return the records that ``block`` completes."""
        records: list[Record] = []
        lines = self._lines.feed(block)
        lines.reverse()
        while lines:  # each is given up: a long one must not be in memory next to the value
            self._line(lines.pop(), 1, records)
        return records

    @property
    def held(self) -> int:
        """The bytes of the value that is not complete."""
        return self._pending.size + self._lines.held

    def give_up(self) -> tuple[int, list[bytes]]:
        """Forget the value that is not complete; see LineFraming."""
        offset = self._begun_at if self._pending.size else self._offset
        before = [self._pending.take(), b"\n"] if self._pending.size else []
        self._depth = 0
        return offset, [*before, self._lines.close()]

    def resumes(self, line: bytes, first: bytes) -> bool:
        """Return whether a value ended with the line before, or one begins: nested lines are indented."""
        return first == b"{" or line[:1] in (b"}", b"]")

    def resume(self, offset: int) -> None:
        """Read on at ``offset``."""
        self._offset = offset

    def close(self) -> list[Record]:
        """Return the last value, finished or not."""
        records: list[Record] = []
        rest = self._lines.close()
        if rest:
            self._line(rest, 0, records)
        self._end(records)
        return records

    def _line(self, line: bytes, end: int, records: list[Record]) -> None:
        """Read a line, behind which so many bytes end it."""
        if self._depth > 0 and line.startswith(b"{") and not (self._in_list and self._goes_on):
            self._end(records)  # nested lines are indented, so this one starts a new value
        if not self._depth:
            self._begun_at = self._offset
        self._offset += len(line) + end
        if not self._depth and (not line or line.isspace()):
            return
        if self._pending.size:
            self._pending.add(b"\n")
        self._pending.add(line)
        self._in_list = self._in_list if self._depth else line.startswith(b"[")
        self._goes_on = line.rstrip().endswith(_BEFORE_ELEMENT)
        self._depth += nesting(line)  # a string cannot span lines, so each line can be counted alone
        if self._depth <= 0:
            line = b""
            self._end(records)

    def _end(self, records: list[Record]) -> None:
        data = self._pending.take().strip()
        self._depth = 0
        if self._in_list and data.endswith(b"],"):  # one of several that were copied out of a list
            data = data[:-1]
        if not data:
            return
        self.number += 1
        if data.endswith(b"]") and ends_with_done(data):  # two calls for each value are too many
            self.number = split_done(self.number, self._begun_at, data, None, records)
        else:
            records.append(Record(self.number, self._begun_at, data, None, ("B11",)))
