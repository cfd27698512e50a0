"""Framing of the data stream protocol of the AI SDK up to version 4: lines of a code and JSON, ``0:"Hi"``.

The value of a record has both: ``{"code": "0", "value": "Hi"}``.
"""

import re
from typing import ClassVar

from unspool.core.errors import MalformedRecord
from unspool.formats.json_codec import decode
from unspool.formats.line_splitter import Lines
from unspool.formats.record import Record, blank

CODED = re.compile(rb'([0-9a-k]):(?=["\[{])')
"""The beginning of such a line."""


class DataStream:
    """Framing of one code and value for each line."""

    keeps_lines: ClassVar = True

    def __init__(self, offset: int = 0) -> None:
        self._lines = Lines()
        self.number = 0
        self.offset = offset

    def feed(self, block: bytes) -> list[Record]:
        """Return the records that ``block`` completes."""
        return [self._record(line, b"\n") for line in self._lines.feed(block)]

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

    def close(self) -> list[Record]:
        """Return the last line, if it has no line feed."""
        rest = self._lines.close()
        return [self._record(rest, b"")] if rest else []

    def _record(self, line: bytes, end: bytes) -> Record:
        offset = self.offset
        self.offset += len(line) + len(end)
        data = line.removesuffix(b"\r")  # B3
        if not data or data.isspace():
            return blank(self.number, offset, line, end=end)
        self.number += 1
        record = Record(self.number, offset, data, line, (), end)
        code = CODED.match(data)
        if code is None:
            record.parse()  # not a line of this protocol: plain JSON is accepted, all else is malformed
            return record
        try:
            record.set_value({"code": code.group(1).decode(), "value": decode(data[code.end() :])})
        except MalformedRecord as fault:
            record.mark_malformed(fault)
        return record
