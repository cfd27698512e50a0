"""Records: what one source is made of, as received."""

from enum import Enum
from typing import Any

from unspool.core.errors import MalformedRecord
from unspool.streams.codec import decode

DONE = b"[DONE]"


class RecordKind(Enum):
    """What a record is to the loop."""

    VALUE = "a JSON value"
    DONE = "[DONE]"
    MALFORMED = "nothing that can be read"
    BLANK = "an empty line, or quirks that no record carries"


class Record:
    """One unit as received.

    ``raw`` is the line with its end (JSONL), or None where the framing has its
    own (SSE); ``data`` the JSON text; ``offset`` its place in the source, in
    bytes; ``number`` counts from 1. ``quirks`` are those of the framing.
    """

    kind = RecordKind.VALUE
    value: Any = None
    fault: MalformedRecord | None = None
    _read = False

    def __init__(self, number: int, offset: int, data: bytes, raw: bytes | None, quirks: tuple[str, ...] = ()) -> None:
        self.number = number
        self.offset = offset
        self.data = data
        self.raw = raw
        self.quirks = quirks

    def parse(self) -> Any:
        """The value of ``data``, read once; where it cannot be read the kind changes and the fault is kept."""
        if not self._read:
            self._read = True
            try:
                self.value = decode(self.data)
            except MalformedRecord as fault:
                self.spoil(fault)
        return self.value

    def spoil(self, fault: MalformedRecord) -> None:
        """Mark the record as one that cannot be read (R10)."""
        self.kind = RecordKind.MALFORMED
        self.fault = fault


def ends_with_done(data: bytes) -> bool:
    """Whether [DONE] stands at the end, alone or glued to a value (B11); space behind it carries nothing."""
    return data.endswith(DONE) or (data[-1:].isspace() and data.rstrip().endswith(DONE))


def blank(number: int, offset: int, raw: bytes | None, quirks: tuple[str, ...] = ()) -> Record:
    """A record without content: an empty line, or quirks that no other carries."""
    record = Record(number, offset, b"", raw, quirks)
    record.kind = RecordKind.BLANK
    return record


def split_done(number: int, offset: int, data: bytes, raw: bytes | None, records: list[Record]) -> int:
    """Append the value before a glued [DONE], if any, and the end itself; returns the last number used."""
    at = data.rindex(DONE)
    value = data[:at].rstrip()
    glued = bool(value)
    if glued:
        value = value.removesuffix(b"data:").rstrip()
        records.append(Record(number, offset, value, None, ("B11",)))
        number += 1
    alone = raw is not None and not glued  # its line, which may begin with space
    done = Record(number, offset if alone else offset + at, DONE, raw if alone else None)
    done.kind = RecordKind.DONE
    records.append(done)
    return number
