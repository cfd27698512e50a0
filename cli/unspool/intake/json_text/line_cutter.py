"""Cutter for the records in lines of a log that differ only in the values around them.

    pattern = learn(line, path)             a line, and where its record is
    pattern.split(lines) -> rests, Cut      what does not match, and the records between

    cutter = LineCutter(learn)              learns patterns from lines
    cutter.feed(lines) -> bytes or Cut      lines that are to be parsed, and the records of others

The bytes around the record of one line become a pattern: the names of the
members as they are, and any string or number for a value. A line that fits has
its record at the same place, so that it is cut and never parsed. All others are
left in the rests.
"""

import re
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

from unspool.formats.json_codec import decode_strings
from unspool.intake.json_text.object_ends import ObjectEnds, is_whole
from unspool.intake.json_text.paths import Path
from unspool.intake.json_text.spans import find

_STRING = rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
_TOKEN = re.compile(_STRING + rb"(?P<name>\s*:)?|(?P<value>-?\d[\w.+-]*)")
_LONGEST = 4096  # bytes around a record; a pattern of more takes longer than it saves


_FEW = 4
"""Lines before a pattern is learnt; the next one is learnt later each time, for that takes a millisecond."""


class Cut(NamedTuple):
    """Records that were cut out of their lines: objects, or the texts of strings; one of the lists is empty."""

    objects: list[bytes]
    texts: list[str]

    def part(self, start: int, end: int) -> "Cut":
        """Some of the records."""
        return Cut(self.objects[start:end], self.texts[start:end])


class LinePattern:
    """See the module's head; ``quoted`` if the records are in strings, which are cut without their quotes.

    A string that is none is found when it is decoded.
    """

    def __init__(self, around: tuple[bytes, bytes], quoted: bool) -> None:
        self._quoted = quoted
        self._ends = ObjectEnds()
        inside = rb'"([^\n]*)"' if quoted else rb"(\{[^\n]*\})"
        self._pattern = re.compile(rb"^" + inside.join(around) + rb"\r?\n", re.MULTILINE)

    def split(self, lines: bytes) -> tuple[list[bytes], Cut]:
        """Return the records, and the lines before, between and behind them that do not match."""
        pieces = self._pattern.split(lines)
        records = pieces[1::2]
        if not records:
            return pieces, Cut([], [])
        if self._quoted:
            texts = decode_strings(records)
            if texts is not None:
                return pieces[::2], Cut([], texts)
            pieces = self._split_each(lines, lambda record: decode_strings([record]) is not None)
            return pieces[::2], Cut([], decode_strings(pieces[1::2]) or [])
        if not self._ends.are_objects(records, lines):
            pieces = self._split_each(lines, self._ends.is_object)
        return pieces[::2], Cut(pieces[1::2], [])

    def _split_each(self, lines: bytes, fits: Callable[[bytes], bool]) -> list[bytes]:
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


Learn = Callable[[bytes], LinePattern | None]


class LineCutter:
    """See the module's head.

    All that is learnt follows from the lines in their order, not from the blocks
    that they come in: a damaged line is cut, or not, whatever the blocks are.
    """

    def __init__(self, learn: Learn, first: int = _FEW) -> None:
        self._learn = learn
        self._pattern: LinePattern | None = None
        self._patience = self._due = first  # lines to be parsed before a pattern is learnt
        self._last = b""  # of them, blank ones aside

    def feed(self, lines: bytes) -> Iterator[bytes | Cut]:
        """Yield whole lines that are to be parsed, and the records of the others, in order."""
        while lines:
            pattern = self._pattern
            lines = yield from self._learn_from(lines) if pattern is None else self._cut(lines, pattern)

    def _learn_from(self, lines: bytes) -> Generator[bytes, None, bytes]:
        """Yield the lines that are due before a pattern is learnt from the last one with text; returns the others."""
        end = _line_end(lines, self._due)
        if end:
            yield lines[:end]
        self._due -= lines.count(b"\n", 0, end)
        self._last = lines[:end].rstrip(b"\r\n").rpartition(b"\n")[2] or self._last
        if self._due <= 0:
            self._pattern = self._learn(self._last) or self._pattern
            self._patience *= 2
            self._due = self._patience
        return lines[end:]

    def _cut(self, lines: bytes, pattern: LinePattern) -> Generator[bytes | Cut, None, bytes]:
        """Yield what the pattern cuts; returns the lines behind one from which something was learnt."""
        rests, cut = pattern.split(lines)
        at = passed = 0
        for number, rest in enumerate(rests) if any(rests[:-1]) else ((len(rests) - 1, rests[-1]),):
            if not rest and number < len(rests) - 1:
                continue
            if number > at:
                yield cut.part(at, number)
            at = number
            passed += rest.count(b"\n")
            before = self._patience
            others = yield from self._learn_from(rest)
            if others or before != self._patience:
                return others + lines[_line_end(lines, number + passed) :]
        return b""


def _line_end(lines: bytes, number: int) -> int:
    """The offset behind the first ``number`` lines, or all of them."""
    end = 0
    for _ in range(number):
        end = lines.find(b"\n", end) + 1
        if not end:
            return len(lines)
    return end


def learn(line: bytes, path: Path) -> LinePattern | None:
    """The pattern of lines like this one; None where it holds several records, or one that no pattern cuts."""
    try:
        spans = find(line.decode("ascii", "replace"), path)  # a character for each byte
    except (ValueError, RecursionError):
        return None
    if len(spans) != 1 or spans[0].inner or spans[0].listed or not is_whole(line):  # B30: another may be behind it
        return None
    start, end = spans[0].start, spans[0].end
    return learn_around(line[:start], line[start:end], line[end:])


def learn_around(before: bytes, record: bytes, behind: bytes) -> LinePattern | None:
    """The pattern of lines like one that was cut already, also in another notation: ``time=… msg="…"``."""
    if len(before) + len(behind) > _LONGEST or not record.startswith((b'"', b"{")):
        return None
    return LinePattern((_any_values(before), _any_values(behind)), record.startswith(b'"'))


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
