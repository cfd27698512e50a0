"""Framing of the data stream protocol of the AI SDK up to version 4: lines of a code and JSON, ``0:"Hi"``.

The value of a record has both: ``{"code": "0", "value": "Hi"}``.
"""

import re
from typing import Final

from unspool.core.errors import MalformedRecord
from unspool.formats.json_codec import decode_record
from unspool.formats.line_splitter import LineRecords
from unspool.formats.record import Record, blank

_CODES: Final = {bytes((code,)): chr(code) for code in b"0123456789abcdefghijk"}
_VALUES: Final = frozenset({b'"', b"[", b"{"})
"""The beginnings of the values behind a code."""
_CUT: Final = re.compile(rb"[0-9a-k]:?")
"""A last line that is cut before its value."""


class DataStream(LineRecords):
    """Framing of one code and value for each line."""

    def feed(self, block: bytes) -> list[Record]:
        """Return the records that ``block`` completes."""
        return [self._record(line, b"\n") for line in self._lines.feed(block)]

    def close(self) -> list[Record]:
        """Return the last line, if it has no line feed."""
        rest = self._lines.close()
        if not rest:
            return []
        record = self._record(rest, b"")
        if _CUT.fullmatch(record.data):
            record.mark_malformed(MalformedRecord("not JSON: unexpected end of data", len(record.data)))
        return [record]

    def _record(self, line: bytes, end: bytes) -> Record:
        offset = self.offset
        self.offset += len(line) + len(end)
        data = line.removesuffix(b"\r")  # B3
        if not data or data.isspace():
            return blank(self.number, offset, line, end=end)
        self.number += 1
        record = Record(self.number, offset, data, line, (), end)
        begin, _, text = data.partition(b":")
        code = _CODES.get(begin)
        if code is None or text[:1] not in _VALUES:
            record.parse()  # not a line of this protocol: plain JSON is accepted, all else is malformed
            return record
        try:
            record.set_value({"code": code, "value": decode_record(text)})
            record.coded = True
        except MalformedRecord as fault:
            place = None if fault.position is None else fault.position + len(begin) + 1
            record.mark_malformed(MalformedRecord(fault.reason, place))
        return record
