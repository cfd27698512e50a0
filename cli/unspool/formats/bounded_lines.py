"""A limit of the size of one record in the formats of lines: one that never ends takes bounded memory.

    bounded.feed(block) -> [Record, …]    as the framing inside gives them
    bounded.close()     -> [Record, …]

A record beyond the limit is reported as soon as that is known (R10). What follows
of it is skipped without being kept; of a format whose lines leave as they came it
leaves in pieces, as blank records.
"""

from typing import Final, Protocol

from unspool.core.errors import MalformedRecord
from unspool.formats.record import Record, blank

LARGEST_RECORD: Final = 1 << 29
"""Bytes of one record: twice the largest that captures with pictures, recordings and whole batches have."""
SHOWN: Final = 1024  # bytes of a record that is too large, for the message about it
_LINE_HEAD: Final = 3  # bytes of a skipped line that show whether it is blank


class LineFraming(Protocol):
    """A framing that reads lines; see Framing.

    Attributes:
        number: the number of the last record.
        keeps_lines: whether a record is one line, which leaves as it came.
    """

    number: int

    @property
    def keeps_lines(self) -> bool:
        """Return whether a record is one line, which leaves as it came."""

    @property
    def held(self) -> int:
        """The bytes of the record that is not complete."""

    def feed(self, block: bytes) -> list[Record]:
        """Return the records that ``block`` completes."""

    def close(self) -> list[Record]:
        """Return the last records of the source."""

    def give_up(self) -> tuple[int, list[bytes]]:
        """Forget the record that is not complete; returns its offset and its bytes so far."""

    def resumes(self, line: bytes, first: bytes) -> bool:
        """Return whether a record may begin with ``first``, behind a line of the one given up (its first bytes)."""

    def resume(self, offset: int) -> None:
        """Read on at ``offset``, where a line begins."""


def too_large(limit: int) -> MalformedRecord:
    """The fault of a record beyond the limit, in bytes."""
    size = f"{limit >> 20} MB" if limit >> 20 else f"{limit} bytes"
    return MalformedRecord(f"larger than a record may be ({size})")


class BoundedLines:
    """A framing of lines, with a limit of the bytes of one record; see the module's head."""

    def __init__(self, framing: LineFraming, offset: int, largest: int) -> None:
        self._framing = framing
        self._largest = largest
        self._position = offset
        self._skips = False
        self._line = b""  # the first bytes of the last line that was skipped
        self._line_ended = False

    def feed(self, block: bytes) -> list[Record]:
        """Return the records that ``block`` completes."""
        if not self._skips and self._framing.held + len(block) <= self._largest:
            self._position += len(block)
            return self._framing.feed(block)
        # Line by line: a record is too large, or not, whatever blocks it comes in.
        records: list[Record] = []
        lines = block.split(b"\n")
        rest = lines.pop()
        for line in lines:
            self._piece(line + b"\n", records)
        if rest:
            self._piece(rest, records)
        return records

    def close(self) -> list[Record]:
        """Return the last records of the source."""
        return [] if self._skips else self._framing.close()

    def _piece(self, piece: bytes, records: list[Record]) -> None:
        """Read a line, or a piece of one."""
        framing = self._framing
        if self._skips and self._line_ended and framing.resumes(self._line, piece[:1]):
            self._skips = False
            framing.resume(self._position)
        if self._skips:
            self._skip(piece, records)
        elif framing.held + len(piece) > self._largest:
            self._give_up(piece, records)
        else:
            records += framing.feed(piece)
        self._position += len(piece)

    def _give_up(self, piece: bytes, records: list[Record]) -> None:
        """Report the record of which ``piece`` is a part."""
        framing = self._framing
        offset, parts = framing.give_up()
        parts.append(piece)
        framing.number += 1
        begin = b"".join(parts[:SHOWN])  # so many parts have so many bytes at least
        record = Record(framing.number, offset, begin[:SHOWN], begin if framing.keeps_lines else None)
        record.mark_malformed(too_large(self._largest))
        record.cut = True
        records.append(record)
        if framing.keeps_lines:
            records += [blank(framing.number, offset, part) for part in parts[SHOWN:]]
        self._skips, self._line, self._line_ended = True, piece[:_LINE_HEAD].strip() or b"?", piece.endswith(b"\n")

    def _skip(self, piece: bytes, records: list[Record]) -> None:
        if self._framing.keeps_lines:
            records.append(blank(self._framing.number, self._position, piece))
        self._line = piece[:_LINE_HEAD] if self._line_ended else (self._line + piece)[:_LINE_HEAD]
        self._line_ended = piece.endswith(b"\n")
