"""Records: the units of a source, as received."""

from enum import Enum
from typing import Any, NamedTuple

from unspool.core.errors import MalformedRecord
from unspool.formats.json_codec import decode_record

DONE = b"[DONE]"
_MARKS = (DONE, b"data:", b"event:", b"retry:", b"id:")
"""What a source of server-sent events may be cut in, besides JSON."""


class RecordKind(Enum):
    """The kind of a record."""

    VALUE = "a JSON value"
    DONE = "[DONE]"
    MALFORMED = "bytes that cannot be read"
    BLANK = "an empty line, or quirks that belong to no other record"


class Record:
    """One unit as received: a line of JSONL, or an SSE event.

    Attributes:
        number: counts from 1.
        offset: the position in the source, in bytes.
        data: the JSON text.
        line: the line without its line feed (JSONL); None where data is framed in another way (SSE).
        end: the bytes after the line. They are kept apart, since a huge line must not be copied.
        quirks: the quirks of the framing.
    """

    dialect: str | None = None  # the name of the dialect that it was translated from
    plain = False  # made from plain text
    coded = False  # a line of a data stream: a code, and the JSON of the member ``value``
    in_field = False  # from the data field of a server-sent event; not set where it begins and ends like an object
    name = b""  # of its event, where that may be the only sign of what it is
    optional = False  # its event has an unknown name, so it need not belong to the stream
    cut = False  # larger than the limit of a record: ``data`` is the beginning of it

    def __init__(
        self,
        number: int,
        offset: int,
        data: bytes,
        line: bytes | None,
        quirks: tuple[str, ...] = (),
        end: bytes = b"",
    ) -> None:
        self.number = number
        self.offset = offset
        self.data = data
        self.line = line
        self.quirks = quirks
        self.end = end
        # Set here, although most keep these: an attribute that comes later makes Python build a separate dict.
        self.kind = RecordKind.VALUE
        self.value: Any = None
        self.fault: MalformedRecord | None = None
        self._read = False

    def parse(self) -> Any:
        """Return the value of ``data``, decoded once; for data that cannot be decoded the record becomes MALFORMED."""
        if not self._read:
            self._read = True
            try:
                self.value = decode_record(self.data)
            except MalformedRecord as fault:
                self.mark_malformed(fault)
        return self.value

    def peek(self) -> Any:
        """Return the value as ``parse`` does, or None for data that cannot be decoded, which ``parse`` reports."""
        if not self._read:
            try:
                self.set_value(decode_record(self.data))
            except MalformedRecord:
                return None
        return self.value

    @property
    def ends_early(self) -> bool:
        """Return whether ``data`` is the beginning of a JSON text, a character in it, a field or [DONE]."""
        fault = self.fault
        if fault is None or fault.position is None:
            return False
        if fault.position >= len(self.data) or any(mark.startswith(self.data) for mark in _MARKS):
            return True
        try:
            self.data[fault.position :].decode()
        except UnicodeDecodeError as error:
            return error.reason == "unexpected end of data"
        return False

    def set_value(self, value: Any) -> None:
        """Set the value of ``data``, which was decoded elsewhere."""
        self.value = value
        self._read = True

    def mark_malformed(self, fault: MalformedRecord) -> None:
        """Make the record MALFORMED (R10)."""
        self.kind = RecordKind.MALFORMED
        self.fault = fault.with_traceback(None)  # the frames of a traceback keep copies of the record alive


class RecordDelimiters(NamedTuple):
    """The bytes before and after the JSON of an ordinary record."""

    before: bytes
    behind: bytes


def ends_with_done(data: bytes) -> bool:
    """Return whether ``data`` ends with [DONE], alone or glued to a value (B11), before optional white space."""
    return data.endswith(DONE) or (data[-1:].isspace() and data.rstrip().endswith(DONE))


def blank(number: int, offset: int, line: bytes | None, quirks: tuple[str, ...] = (), end: bytes = b"") -> Record:
    """Return a record without content: an empty line, or quirks that belong to no other record."""
    record = Record(number, offset, b"", line, quirks, end)
    record.kind = RecordKind.BLANK
    return record


def done_record(number: int, offset: int) -> Record:
    """Return a [DONE] record for a stream that ends with another marker."""
    record = Record(number, offset, DONE, None)
    record.kind = RecordKind.DONE
    return record


def split_done(
    number: int, offset: int, data: bytes, line: bytes | None, records: list[Record], end: bytes = b""
) -> int:
    """Append a record for the value before a glued [DONE], if any, and one for [DONE]; returns the last number used."""
    at = data.rindex(DONE)
    value = data[:at].rstrip().removesuffix(b"data:").rstrip()  # B31: the field name may be doubled
    glued = bool(value)
    if glued:
        records.append(Record(number, offset, value, None, ("B11",)))
        number += 1
    alone = line is not None and not glued  # then the record is the line, which may begin with white space
    done = Record(number, offset if alone else offset + at, DONE, line if alone else None, (), end)
    done.kind = RecordKind.DONE
    records.append(done)
    return number
