"""Framing of consecutive JSON values that span lines (B11)."""

from typing import ClassVar

from unspool.formats.detect import nesting
from unspool.formats.line_splitter import Lines
from unspool.formats.record import Record, ends_with_done, split_done


class JsonValues:
    """Framing of values that span lines: a pretty-printed completion, or chunks as jq prints them (B11)."""

    keeps_lines: ClassVar = False

    def __init__(self, offset: int = 0) -> None:
        self._lines = Lines()
        self.number = 0
        self._offset = offset
        self._begun_at = 0
        self._depth = 0
        self._pending: list[bytes] = []
        self._pending_size = 0

    def feed(self, block: bytes) -> list[Record]:
        """Return the records that ``block`` completes."""
        records: list[Record] = []
        before = self._pending
        kept = len(before)
        for line in self._lines.feed(block):
            self._line(line + b"\n", records)
        if self._pending is not before:
            kept = 0
        if len(self._pending) > kept + 1:  # joined, since each object of a short line takes many times its bytes
            self._pending[kept:] = [b"".join(self._pending[kept:])]
        return records

    @property
    def held(self) -> int:
        """The bytes of the value that is not complete."""
        return self._pending_size + self._lines.held

    def give_up(self) -> tuple[int, list[bytes]]:
        """Forget the value that is not complete; see LineFraming."""
        parts = self._pending + self._lines.take_parts()
        offset = self._begun_at if self._pending else self._offset
        self._pending, self._pending_size, self._depth = [], 0, 0
        return offset, parts

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
            self._line(rest, records)
        self._end(records)
        return records

    def _line(self, line: bytes, records: list[Record]) -> None:
        if self._depth > 0 and line.startswith(b"{"):  # nested lines are indented, so this one starts a new value
            self._end(records)
        if not self._depth:
            self._begun_at = self._offset
        self._offset += len(line)
        if not self._depth and line.isspace():
            return
        self._pending.append(line)
        self._pending_size += len(line)
        self._depth += nesting(line)  # a string cannot span lines, so each line can be counted alone
        if self._depth <= 0:
            self._end(records)

    def _end(self, records: list[Record]) -> None:
        data = b"".join(self._pending).strip()
        self._pending, self._pending_size, self._depth = [], 0, 0
        if not data:
            return
        self.number += 1
        if data.endswith(b"]") and ends_with_done(data):  # two calls for each value are too many
            self.number = split_done(self.number, self._begun_at, data, None, records)
        else:
            records.append(Record(self.number, self._begun_at, data, None, ("B11",)))
