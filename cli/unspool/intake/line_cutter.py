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

from unspool.core.errors import MalformedRecord
from unspool.formats.json_codec import decode
from unspool.intake.paths import Path
from unspool.intake.spans import find

_STRING = rb'"(?:[^"\\\n]++|\\.)*+"'
_TOKEN = re.compile(_STRING + rb"(?P<name>\s*:)?|(?P<value>-?\d[\w.+-]*)")
_MOST_ENDS = 64
_MOST_TAILS = 8
_BEGINNING = 12  # bytes by which an object is known, its first name and more
_SEAM = re.compile(rb"\} ?\{")
"""The bytes between two objects in one line (B30); text may have them, too."""
_LONGEST = 4096  # bytes around a record; a pattern of more takes longer than it saves


class LineCutter:
    """See the module's head; ``quoted`` if the records are in strings, which are cut without their quotes.

    An object that ends in a new way is decoded once, so that no other member of the
    line is taken for a part of it. A string that is none is found when it is decoded.
    """

    def __init__(self, around: tuple[bytes, bytes], quoted: bool) -> None:
        self.quoted = quoted
        self.around = around
        self._ends: set[tuple[bytes, bytes]] = set()  # of objects that were decoded
        self._tails: tuple[bytes, ...] = ()  # the last members of some of them: most objects have one of few
        inside = rb'"([^\n]*)"' if quoted else rb"(\{[^\n]*\})"
        self._pattern = re.compile(rb"^" + inside.join(around) + rb"\r?\n", re.MULTILINE)

    def split(self, lines: bytes) -> list[bytes]:
        """Return text that does not match and records in turn; the first and the last element are such text."""
        pieces = self._pattern.split(lines)
        records = pieces[1::2]
        if self.quoted or self._are_alike(records, lines) or all(self._is_object(record) for record in records):
            return pieces
        return self.split_each(lines, self._is_object)

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

    def _are_alike(self, records: list[bytes], lines: bytes) -> bool:
        """Return whether all are objects for sure: they have a known end, and nothing else begins as they do."""
        if not records:
            return True
        if _SEAM.search(lines):
            return False
        beginning, tails = records[0][:_BEGINNING], self._tails
        matching = [record for record in records if record.endswith(tails) and record.startswith(beginning)]
        return len(matching) == len(records) == lines.count(beginning)

    def _is_object(self, record: bytes) -> bool:
        """Return whether a record is one object, and not two members of the line.

        A copy of the record may end as it does; it begins as it does, too.
        """
        if _SEAM.search(record) and not _is_whole(record):
            return False
        return self._ends_well(record) and record.count(record[:_BEGINNING]) == 1

    def _ends_well(self, record: bytes) -> bool:
        if record.endswith(self._tails):
            return True
        name, brackets, tail = _end_of(record)
        if (name, brackets) not in self._ends:
            if not _is_whole(record):
                return False
            if len(self._ends) < _MOST_ENDS and name:
                self._ends.add((name, brackets))
        if name and len(self._tails) < _MOST_TAILS:
            self._tails = (*self._tails, tail)
        return True


def _end_of(record: bytes) -> tuple[bytes, bytes, bytes]:
    """The last name in an object, the brackets behind its value, and all from the name on.

    The name is empty where another object may begin behind it.
    """
    at = record.rfind(b'":')
    value = record[at + 2 :]
    if at < 0 or b"{" in value:
        return b"", b"", b""
    start = record.rfind(b'"', 0, at)
    return record[start:at], value[len(value.rstrip(b"}] ")) :], record[start:]


def _is_whole(record: bytes) -> bool:
    try:
        return isinstance(decode(record), dict)
    except MalformedRecord:
        return False


def learn(line: bytes, path: Path) -> LineCutter | None:
    """The cutter for lines like this one; None where it holds several records, or one that no pattern cuts."""
    try:
        spans = find(line.decode("ascii", "replace"), path)  # a character for each byte
    except (ValueError, RecursionError):
        return None
    if len(spans) != 1 or spans[0].inner or spans[0].listed or not _is_whole(line):  # B30: another may be behind it
        return None
    start, end = spans[0].start, spans[0].end
    before, record, behind = line[:start], line[start:end], line[end:]
    if len(before) + len(behind) > _LONGEST:
        return None
    around = (_any_values(before), _any_values(behind))
    return LineCutter(around, record.startswith(b'"')) if record.startswith((b'"', b"{")) else None


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
