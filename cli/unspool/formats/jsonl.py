"""Framing of JSON Lines (NDJSON): one record for each line.

Bytes are split at LF only: U+2028 and U+0085 are ordinary characters of a JSON
string (B10), and a block may end inside any character (B9).
"""

from typing import ClassVar

from unspool.formats.line_splitter import LineRecords
from unspool.formats.record import Record, RecordDelimiters, blank, ends_with_done, split_done

_OTHER_ENDS = b"] \t\n\r\v\f"
"""Last bytes of lines that may be blank or [DONE], or end with CRLF."""


class JsonLines(LineRecords):
    """Framing of one JSON value for each line; [DONE] may have its own line or be glued to a value (B11)."""

    layout: ClassVar = RecordDelimiters(b"", b"\n")

    def feed(self, block: bytes) -> list[Record]:
        """Return the records that ``block`` completes."""
        records: list[Record] = []
        run: Record | None = None  # for the last blank lines
        blanks: list[bytes] = []
        for line in self._lines.feed(block):
            if line and line[-1] not in _OTHER_ENDS:  # almost all lines
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
        return records

    def close(self) -> list[Record]:
        """Return the last line, if it has no line feed."""
        records: list[Record] = []
        rest = self._lines.close()
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
        self.number += 1
        if ends_with_done(data):  # B11: glued to a value, or alone
            self.number = split_done(self.number, offset, data, line, records, end)
        else:
            records.append(Record(self.number, offset, data, line, (), end))


def _join(run: Record | None, lines: list[bytes]) -> None:
    """Give the record of a run of blank lines its bytes."""
    if run is not None and len(lines) > 1:
        run.line = b"\n".join(lines)
