"""Lines with a code before their JSON, ``0:"Hi"``: the data stream of the AI SDK up to version 4.

A record's value is the code and the value of the JSON: ``{"code": "0", "value": "Hi"}``.
"""

import re

from unspool.core.errors import MalformedRecord
from unspool.formats.json_codec import decode
from unspool.formats.line_splitter import Lines
from unspool.formats.record import Record, blank

CODED = re.compile(rb'([0-9a-k]):(?=["\[{])')
"""How such a line begins."""


class DataStream:
    """One value a line, behind its code."""

    def __init__(self, offset: int = 0) -> None:
        self._lines = Lines()
        self.number = 0
        self.offset = offset

    def feed(self, block: bytes) -> list[Record]:
        """The records that ``block`` completes."""
        return [self._record(line, b"\n") for line in self._lines.feed(block)]

    def close(self) -> list[Record]:
        """The last line, if it had no end."""
        rest = self._lines.close()
        return [self._record(rest, b"")] if rest else []

    def _record(self, line: bytes, end: bytes) -> Record:
        offset = self.offset
        self.offset += len(line) + len(end)
        data = line.removesuffix(b"\r")
        if not data or data.isspace():
            return blank(self.number, offset, line, end=end)
        self.number += 1
        record = Record(self.number, offset, data, line, (), end)
        code = CODED.match(data)
        if code is None:
            record.parse()  # no line of such a stream: it says what it is by itself
            return record
        try:
            record.set_value({"code": code.group(1).decode(), "value": decode(data[code.end() :])})
        except MalformedRecord as fault:
            record.mark_malformed(fault)
        return record
