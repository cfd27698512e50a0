"""What is before the records of one log, and how they begin."""

import re
from codecs import BOM_UTF8
from typing import Final

FIELD: Final = b"data:"
"""The field of an event's data."""
_DIGITS = re.compile(rb"(?<![0-9a-fA-F])[a-fA-F]*+\d[0-9a-fA-F]*+")
_OPENING = 16  # bytes of a record that are compared with those of the last ones
_MOST_OPENINGS = 16
_NO_BOUNDARY = b"'\"_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MOST_SHAPES = 8


class LogShape:
    """The shapes of what is before the records: of the first record, and of a few that differ.

    From the second record on the beginnings of the last ones are known, too, so
    that lines which differ in nothing but their values need no pattern and no decoding.
    """

    def __init__(self, before: bytes) -> None:
        self._shapes = {_shape(before)}
        self._learnt = False  # one record was seen
        self._openings: tuple[bytes, ...] = ()  # of the last records, with the name of their field
        self._mark = b""  # how those begin: where it is first found in a line, a record must begin

    def learn(self, before: bytes, record: bytes) -> None:
        """Know what is before a record, and how it begins; an empty one shows nothing for the next line."""
        if len(self._shapes) < _MOST_SHAPES:
            self._shapes.add(_shape(before))
        mark = FIELD if record.startswith(FIELD) else b'{"'
        known = self._openings if record and mark == self._mark else ()
        self._openings = (record[:_OPENING], *known[: _MOST_OPENINGS - 1]) if record and self._learnt else ()
        self._learnt, self._mark = True, mark

    def forget(self) -> None:
        """Expect no record that begins as one did before."""
        self._openings = ()

    def find(self, line: bytes) -> int:
        """The place in a line where a record begins as one of the last did; -1 for none."""
        at = line.find(self._mark) if self._openings else -1
        if at < 0 or not line.startswith(self._openings, at) or (at and line[at - 1] in _NO_BOUNDARY):
            return -1
        return at

    def fits(self, before: bytes) -> bool:
        """Return whether some text is what is before a record."""
        return _shape(before) in self._shapes

    def is_all_of(self, line: bytes) -> bool:
        """Return whether nothing follows what is before the records, as in the blank line behind an event."""
        nothing = _shape(line).rstrip()
        return not nothing or any(nothing == shape.rstrip() for shape in self._shapes)


def _shape(before: bytes) -> bytes:
    """What is before a record, without digits, which differ from line to line, and the mark of a logged file."""
    return _DIGITS.sub(b"0", before.removesuffix(BOM_UTF8))
