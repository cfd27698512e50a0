"""Cutter for the records in lines of a log that differ only in the values around them.

    cutter = learn(line, path)       a line, and where its record is
    cutter.split(lines) -> [rest, record, rest, record, …, rest]

The bytes around the record of one line become a pattern: the names of the
members as they are, and any string or number for a value. A line that fits has
its record at the same place, so that it is cut and never parsed. All others are
left in the rests.
"""

import re
from collections.abc import Callable

from unspool.intake.object_ends import ObjectEnds, is_whole
from unspool.intake.paths import Path
from unspool.intake.spans import find

_STRING = rb'"(?:[^"\\\n]++|\\.)*+"'
_TOKEN = re.compile(_STRING + rb"(?P<name>\s*:)?|(?P<value>-?\d[\w.+-]*)")
_LONGEST = 4096  # bytes around a record; a pattern of more takes longer than it saves


class LineCutter:
    """See the module's head; ``quoted`` if the records are in strings, which are cut without their quotes.

    A string that is none is found when it is decoded.
    """

    def __init__(self, around: tuple[bytes, bytes], quoted: bool) -> None:
        self.quoted = quoted
        self.around = around
        self._ends = ObjectEnds()
        inside = rb'"([^\n]*)"' if quoted else rb"(\{[^\n]*\})"
        self._pattern = re.compile(rb"^" + inside.join(around) + rb"\r?\n", re.MULTILINE)

    def split(self, lines: bytes) -> list[bytes]:
        """Return text that does not match and records in turn; the first and the last element are such text."""
        pieces = self._pattern.split(lines)
        records = pieces[1::2]
        if self.quoted or not records or self._ends.are_objects(records, lines):
            return pieces
        return self.split_each(lines, self._ends.is_object)

    def split_each(self, lines: bytes, fits: Callable[[bytes], bool]) -> list[bytes]:
        """Split line by line: each line decides for itself whether its record ``fits``, whatever block it is in."""
        pieces: list[bytes] = []
        others: list[bytes] = []
        for line in lines.split(b"\n")[:-1]:
            cut = self._pattern.split(line + b"\n")
            if len(cut) > 1 and fits(cut[1]):
                pieces += [b"".join(others), cut[1]]
                others = []
            else:
                others.append(line + b"\n")
        return [*pieces, b"".join(others)]


def learn(line: bytes, path: Path) -> LineCutter | None:
    """The cutter for lines like this one; None where it holds several records, or one that no pattern cuts."""
    try:
        spans = find(line.decode("ascii", "replace"), path)  # a character for each byte
    except (ValueError, RecursionError):
        return None
    if len(spans) != 1 or spans[0].inner or spans[0].listed or not is_whole(line):  # B30: another may be behind it
        return None
    start, end = spans[0].start, spans[0].end
    return learn_around(line[:start], line[start:end], line[end:])


def learn_around(before: bytes, record: bytes, behind: bytes) -> LineCutter | None:
    """The cutter for lines like one that was cut already, also in another notation: ``time=… msg="…"``."""
    if len(before) + len(behind) > _LONGEST or not record.startswith((b'"', b"{")):
        return None
    return LineCutter((_any_values(before), _any_values(behind)), record.startswith(b'"'))


def _any_values(text: bytes) -> bytes:
    """A pattern for JSON text with any strings and numbers in it, but with the same names."""
    pieces: list[bytes] = []
    at = 0
    for token in _TOKEN.finditer(text):
        pieces.append(re.escape(text[at : token.start()]))
        if token["value"]:
            pieces.append(rb"-?\d[\w.+-]*+")
        else:
            pieces.append(re.escape(token[0]) if token["name"] else _STRING)
        at = token.end()
    return b"".join([*pieces, re.escape(text[at:])])
