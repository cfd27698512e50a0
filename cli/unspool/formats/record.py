"""Records: what one source is made of, as received."""

from enum import Enum
from typing import Any, NamedTuple

from unspool.core.errors import MalformedRecord
from unspool.formats.json_codec import decode

DONE = b"[DONE]"


class RecordKind(Enum):
    """What a record is to the loop."""

    VALUE = "a JSON value"
    DONE = "[DONE]"
    MALFORMED = "nothing that can be read"
    BLANK = "an empty line, or quirks that no record carries"


class Record:
    """One unit as received.

    ``line`` is the line without its line feed (JSONL), or None where the framing
    has its own (SSE), and ``end`` what follows it; ``data`` the JSON text;
    ``offset`` its place in the source, in bytes; ``number`` counts from 1.
    ``quirks`` are those of the framing. A line is seldom longer than a page,
    but where it is, it is not copied for its end.
    """

    kind = RecordKind.VALUE
    value: Any = None
    fault: MalformedRecord | None = None
    dialect: str | None = None  # the name of the one it was translated from
    plain = False  # made from a text that is no JSON
    _read = False

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

    def parse(self) -> Any:
        """The value of ``data``, read once; where it cannot be read the kind changes and the fault is kept."""
        if not self._read:
            self._read = True
            try:
                self.value = decode(self.data)
            except MalformedRecord as fault:
                self.mark_malformed(fault)
        return self.value

    def set_value(self, value: Any) -> None:
        """Know the value of ``data``, which was read elsewhere."""
        self.value = value
        self._read = True

    def mark_malformed(self, fault: MalformedRecord) -> None:
        """Mark the record as one that cannot be read (R10)."""
        self.kind = RecordKind.MALFORMED
        self.fault = fault.with_traceback(None)  # whose frames hold copies of the record


class RecordDelimiters(NamedTuple):
    """What stands before and behind the JSON of an ordinary record."""

    before: bytes
    behind: bytes


def ends_with_done(data: bytes) -> bool:
    """Whether [DONE] stands at the end, alone or glued to a value (B11); space behind it carries nothing."""
    return data.endswith(DONE) or (data[-1:].isspace() and data.rstrip().endswith(DONE))


def blank(number: int, offset: int, line: bytes | None, quirks: tuple[str, ...] = (), end: bytes = b"") -> Record:
    """A record without content: an empty line, or quirks that no other carries."""
    record = Record(number, offset, b"", line, quirks, end)
    record.kind = RecordKind.BLANK
    return record


def done_record(number: int, offset: int) -> Record:
    """The end of a stream that no [DONE] of its own marks."""
    record = Record(number, offset, DONE, None)
    record.kind = RecordKind.DONE
    return record


def split_done(
    number: int, offset: int, data: bytes, line: bytes | None, records: list[Record], end: bytes = b""
) -> int:
    """Append the value before a glued [DONE], if any, and the end itself; returns the last number used."""
    at = data.rindex(DONE)
    value = data[:at].rstrip().removesuffix(b"data:").rstrip()  # B31: only a field name of its own
    glued = bool(value)
    if glued:
        records.append(Record(number, offset, value, None, ("B11",)))
        number += 1
    alone = line is not None and not glued  # its line, which may begin with space
    done = Record(number, offset if alone else offset + at, DONE, line if alone else None, (), end)
    done.kind = RecordKind.DONE
    records.append(done)
    return number
