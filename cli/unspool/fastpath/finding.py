"""Finding: what stands inside of records that differ in one text, as bytes.

    finder = Finder(start, middle, end)
    finder.reach(block, at, stop)    -> how far records go that begin alike
    finder.take(block, at, stop)     -> Inside: what stands between start and end, record by record
    finder.first(block, at, stop)    the same of one record

What may stand inside is found by patterns that count the bytes around it; that
it does is proved by putting the bytes around each again and comparing all at
once. A look at each line costs three times as much. Whether each text is a
whole string shows where it is read (codec).
"""

import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple


class Inside(NamedTuple):
    """What stands between the same bytes, record by record.

    ``bodies`` are all of it, in so many bytes, ``raws`` the texts as JSON has
    them inside of quotes; ``paddings`` are empty where there are none.
    """

    bodies: list[bytes]
    raws: list[bytes]
    paddings: list[bytes]
    size: int

    def part(self, start: int, end: int) -> "Inside":
        """What stands in some of the records."""
        if end - start == len(self.bodies):
            return self
        part = slice(start, end)
        bodies = self.bodies[part]
        return Inside(bodies, self.raws[part], self.paddings[part], len(b"".join(bodies)))


NOTHING = Inside([], [], [], 0)

UNQUOTED = rb'([^"]*+)'
"""Finds the body of a JSON string without a quote, which is most of them; and a third faster than ``ANY``."""
ANY = rb'([^"\\]*+(?:\\.[^"\\]*+)*+)'
"""Finds the body of any JSON string."""
_COMMENT = re.compile(rb"\n:")  # which a pattern finds in half the time of ``bytes.find``
_MANY, _SOME = 16, 4
"""Records in one match, where there are so many: each match costs a piece of memory, asked for and given back."""
_SPELT = 6
"""Bytes that are spelt out then, so that a rest of fewer records is not searched byte by byte."""
_AHEAD = 12
"""Records at the beginning of a call that may have quotes: the names of its arguments."""
_ALL = 1 << 20


class Quotes(Enum):
    """Where texts have had a quote, which ends what ``UNQUOTED`` finds."""

    NOWHERE = "as in ordinary content"
    AT_THE_ENDS = "as in the arguments of a call with one long string"
    ANYWHERE = "as in code"


class Stage(NamedTuple):
    """A pattern, how many records one match of it is, and in how many it is looked for."""

    pattern: re.Pattern[bytes]
    records: int
    most: int


class Finder:
    """Finds what stands between ``start`` and ``end``, with padding (Q10) behind a ``middle`` if there is one."""

    def __init__(self, start: bytes, middle: bytes, end: bytes) -> None:
        self.start = start
        self.end = end
        self.size = len(start) + len(end)
        self._middle = middle
        self._glue = end + start
        self._line_feed = end.index(b"\n")
        self._quotes = Quotes.NOWHERE
        self._stages: list[Stage] = []

    def renamed(self, start: bytes, middle: bytes, end: bytes) -> "Finder":
        """The same for other bytes, which knows what is usual here."""
        finder = Finder(start, middle, end)
        finder._quotes = self._quotes
        if len(start) == len(self.start) and len(middle) == len(self._middle) and len(end) == len(self.end):
            finder._stages = self._stages
        return finder

    def _look(self) -> list[Stage]:
        """How to look, as long as quotes stand where they have."""
        before, behind, nowhere = len(self.start), len(self.end), self._quotes is Quotes.NOWHERE
        body = UNQUOTED if nowhere else ANY
        rest = Stage(pattern_of(body, before, len(self._middle), behind), 1, _ALL)
        if self._middle:
            return [rest]
        spelt = self.start[:_SPELT]
        if self._quotes is Quotes.ANYWHERE:
            return [Stage(group_pattern_of(ANY, _MANY, spelt, before, behind), _MANY, _ALL), rest]
        many = Stage(group_pattern_of(UNQUOTED, _MANY, spelt, before, behind), _MANY, _ALL)
        ahead = Stage(group_pattern_of(ANY, _SOME, spelt, before, behind), _SOME, _AHEAD)
        return [many, rest] if nowhere else [ahead, many, rest]

    def _look_again(self) -> bool:
        """Expect quotes in more places than so far; whether there are more."""
        if self._quotes is Quotes.ANYWHERE:
            return False
        nowhere = self._quotes is Quotes.NOWHERE and not self._middle
        self._quotes = Quotes.AT_THE_ENDS if nowhere else Quotes.ANYWHERE
        self._stages = []
        return True

    def reach(self, block: bytes, at: int, stop: int) -> int:
        """Where the last record ends that begins with ``start``, if all before it do."""
        return reach(block, at, stop, self.start, self.end[self._line_feed :])

    def first(self, block: bytes, at: int, stop: int) -> Inside:
        """What stands inside of the record at a place, if it is one of these: of one or of none."""
        if not block.startswith(self.start, at):
            return NOTHING
        start, end = at + len(self.start), block.find(b"\n", at, stop) - self._line_feed
        if end < start or not block.startswith(self.end, end):
            return NOTHING
        body = block[start:end]
        if not self._middle:
            return Inside([body], [body], [], len(body))
        raw, middle, padding = body.partition(self._middle)
        return Inside([body], [raw], [padding], len(body)) if middle and padding.isalnum() else NOTHING

    def take(self, block: bytes, at: int, stop: int) -> Inside:
        """What stands inside of as many records as there are from a place on, of those that end before another."""
        bodies: list[bytes] = []
        pairs: list[tuple[bytes, bytes]] = []
        place = at
        self._stages = self._stages or self._look()
        for pattern, records, most in self._stages:
            if stop - place < self.size * records:
                continue
            found: list[Any] = pattern.findall(block, place, min(stop, place + self.size * most))
            some = self._bodies(found, records)
            end = self._end_of(block, place, some)
            if end < 0 and records > 1:
                some = some[:-records]  # the last of a response may be another
                end = self._end_of(block, place, some)
            if end < 0:
                if block.find(b"\\", place, stop) >= 0 and self._look_again():
                    return self.take(block, at, stop)
                some = self._standing(block, place, some)
                end = stop = self._end_of(block, place, some)
            bodies += some
            if self._middle:
                pairs += found[: len(some)]
            place = end
        size = place - at - self.size * len(bodies)
        if not self._middle:
            return Inside(bodies, bodies, [], size) if bodies else NOTHING
        return Inside(bodies, [raw for raw, _ in pairs], [padding for _, padding in pairs], size)

    def _bodies(self, found: list[Any], records: int) -> list[bytes]:
        """What a search has found, record by record."""
        if self._middle:
            return list(map(self._middle.join, found))
        if records == 1:
            return found
        bodies: list[bytes] = []
        for group in found:  # half as fast with an iterator over all
            bodies += group
        return bodies

    def _standing(self, block: bytes, at: int, bodies: list[bytes]) -> list[bytes]:
        """As many bodies as stand in the records from a place on."""
        count = len(bodies) - 1  # not all, which has been tried
        return bodies[: agreeing(lambda count: self._end_of(block, at, bodies[:count]) >= 0, count)]

    def _end_of(self, block: bytes, at: int, bodies: list[bytes]) -> int:
        """Where the records end that stand from a place on and have these bodies; -1 where others do."""
        if not bodies:
            return at
        joined = self._glue.join(bodies)
        begin = at + len(self.start)
        end = begin + len(joined)
        stand = block.startswith(self.start, at) and block.startswith(joined, begin) and block.startswith(self.end, end)
        return end + len(self.end) if stand else -1


@lru_cache(maxsize=64)
def group_pattern_of(body: bytes, records: int, spelt: bytes, before: int, behind: int) -> re.Pattern[bytes]:
    """What finds the bodies of so many records in a row, without padding; ``spelt`` are the first of those before."""
    first = rb"(?s)%b.{%d}+" % (re.escape(spelt), before - len(spelt))
    between = body + rb".{%d}+" % (behind + before)
    return re.compile(first + between * (records - 1) + body + rb".{%d}+" % behind)


@lru_cache(maxsize=64)
def pattern_of(body: bytes, before: int, middle: int, behind: int, mark: int = 0, after: int = 0) -> re.Pattern[bytes]:
    """What finds the body of a JSON string between so many bytes, and padding (Q10) if there is a middle.

    And, before all, a mark of so many bytes with so many others behind it. That
    it counts what stands around and does not spell it out makes one pattern do
    for all responses of a server: to compile one takes 0.1 ms. A count that may
    not give back (``+``) costs no memory.
    """
    text = rb"(?s).{%d}+" % before
    if mark:
        text += rb"(.{%d}).{%d}+" % (mark, after)
    text += body
    if middle:
        text += rb"(?:.{%d})([0-9A-Za-z]*+)" % middle
    return re.compile(text + rb".{%d}+" % behind)


def reach(block: bytes, at: int, stop: int, start: bytes, behind: bytes) -> int:
    """Where the last record ends that begins with ``start`` and ends with ``behind``, if all before it do.

    It is found by halves. A comment between two records ends it in any case.
    """
    if len(behind) > 1:
        comment = _COMMENT.search(block, at, stop)
        stop = stop if comment is None else comment.end() - 1
    low, high, size = at, stop, len(start)
    while high - low > size:
        middle = (low + high) // 2
        following = block.find(behind, middle - len(behind), high) + len(behind)
        if len(behind) <= following < high and block[following : following + size] == start:
            low = following
        else:
            high = middle
    end = block.find(behind, low, stop)
    return low if end < 0 else end + len(behind)


def agreeing(agree: Callable[[int], bool], count: int) -> int:
    """How many of ``count`` things agree, from the first on, where that is known of so many at once."""
    if agree(count):
        return count
    low = 0
    while count - low > 1:
        middle = (low + count) // 2
        if agree(middle):
            low = middle
        else:
            count = middle
    return low
