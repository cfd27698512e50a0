"""Framing of JSON Lines (NDJSON): one record for each line.

Bytes are split at LF only: U+2028 and U+0085 are ordinary characters of a JSON
string (B10), and a block may end inside any character (B9).
"""

from typing import ClassVar, Final

from unspool.formats.detect import nesting
from unspool.formats.line_splitter import LineRecords
from unspool.formats.record import Record, RecordDelimiters, blank, ends_with_done, split_done

_INSIDE = b" \t}]"
"""First bytes of the lines of an indented object, behind the first."""
_OTHER_ENDS = b"] \t\n\r\v\f"
"""Last bytes of lines that may be blank or [DONE], or end with CRLF."""

_FIELD: Final = b"data:"
_JSON: Final = (b"{", b"[")


class JsonLines(LineRecords):
    """Framing of one JSON value for each line; [DONE] may have its own line or be glued to a value (B11)."""

    layout: ClassVar = RecordDelimiters(b"", b"\n")

    def __init__(self, offset: int = 0) -> None:
        super().__init__(offset)
        self._object: list[bytes] = []  # the lines of one that is indented, such as a request that a program logged
        self._object_size = self._depth = self._begun_at = 0
        self._in_fields = False  # it is an event stream from its first line on; else only the first event was cut

    @property
    def held(self) -> int:
        """The bytes of the line, or of the indented object, that is not complete."""
        return self._lines.held + self._object_size

    def give_up(self) -> tuple[int, list[bytes]]:
        """Forget what is not complete; see LineFraming."""
        begun_at = self._begun_at if self._object else self.offset
        lines = [line + b"\n" for line in self._object]
        self._object, self._object_size = [], 0
        return begun_at, [*lines, self._lines.close()]

    def feed(self, block: bytes) -> list[Record]:
        """Return the records that ``block`` completes."""
        lines = self._lines.feed(block)
        records: list[Record] = []
        if self._object or b"{" in lines or b"{\r" in lines:
            lines = self._without_objects(lines, records)
        self._each(lines, records)
        return records

    def _without_objects(self, lines: list[bytes], records: list[Record]) -> list[bytes]:
        """Read lines up to the last that belongs to an indented object; returns those behind it."""
        others: list[bytes] = []
        for line in lines:
            if self._object and line[:1] in _INSIDE and line:
                self._add(line)
                if self._depth <= 0:
                    self._end_object(records)
                continue
            self._end_object(records)
            if line.rstrip(b"\r") == b"{":
                self._each(others, records)
                others, self._begun_at = [], self.offset
                self._add(line)
            else:
                others.append(line)
        return others

    def _add(self, line: bytes) -> None:
        """Add a line to an indented object."""
        self._object.append(line)
        self._object_size += len(line) + 1
        self._depth += nesting(line)
        self.offset += len(line) + 1

    def _end_object(self, records: list[Record]) -> None:
        """Append the record of an indented object, whole or not, if one has begun."""
        lines, self._object, self._object_size, self._depth = self._object, [], 0, 0
        if not lines:
            return
        self.number += 1
        data = b"\n".join(lines)
        if len(lines) > 1:
            records.append(Record(self.number, self._begun_at, data.rstrip(), None, ("B11",)))
        else:
            records.append(Record(self.number, self._begun_at, data.rstrip(), data, (), b"\n"))

    def _each(self, lines: list[bytes], records: list[Record]) -> None:
        """Append a record for each line."""
        run: Record | None = None  # for the last blank lines
        blanks: list[bytes] = []
        for line in lines:
            if line and line[-1] not in _OTHER_ENDS and line[0] != _FIELD[0]:  # almost all lines
                self.number += 1
                records.append(Record(self.number, self.offset, line, line, (), b"\n"))
                self.offset += len(line) + 1
            elif line and not line.isspace():
                self._line(line, b"\n", records)
            else:  # blank lines in a row are one record: there may be a million of them in a MB
                if run is None or records[-1] is not run:
                    _join(run, blanks)
                    run, blanks = blank(self.number, self.offset, line, end=b"\n"), []
                    records.append(run)
                blanks.append(line)
                self.offset += len(line) + 1
        _join(run, blanks)

    def close(self) -> list[Record]:
        """Return the last line, if it has no line feed, and an object that has not ended."""
        records: list[Record] = []
        rest = self._lines.close()
        if rest and self._object:
            self.offset -= 1  # it has no line feed
            rest = b"".join(self._without_objects([rest], records))
        self._end_object(records)
        if rest:
            self._line(rest, b"", records)
        return records

    def _line(self, line: bytes, end: bytes, records: list[Record]) -> None:
        offset = self.offset
        self.offset += len(line) + len(end)
        data = line[:-1] if line.endswith(b"\r") else line
        if not data or data.isspace():
            records.append(blank(self.number, offset, line, end=end))
            return
        if data.startswith(_FIELD):
            self._in_fields = self._in_fields or self.number == 0
            if not self._in_fields and data[len(_FIELD) :].lstrip()[:1] in _JSON:
                data = data[len(_FIELD) :].strip()
        self.number += 1
        if ends_with_done(data):  # B11: glued to a value, or alone
            self.number = split_done(self.number, offset, data, line, records, end)
        else:
            records.append(Record(self.number, offset, data, line, (), end))


def _join(run: Record | None, lines: list[bytes]) -> None:
    """Give the record of a run of blank lines its bytes."""
    if run is not None and len(lines) > 1:
        run.line = b"\n".join(lines)
