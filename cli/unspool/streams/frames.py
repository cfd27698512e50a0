"""Frames: what chunks have in common that differ in one text, as bytes.

    frame_of(data, continuation, layout) -> Frame, or None    learnt from one chunk
    frame.take(block, at, stop)          -> Inside: what stands in the frame, record by record
    frame.rewritten(event)               -> the same for the chunk that leaves

A JSON string in the place of another changes nothing else of what a record
means. So two lines are alike where the bytes around the string are the same and
what stands between them is one whole string.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import chain, takewhile
from typing import Any, NamedTuple

from unspool.core.continuations import NAMES, CallContinuation, Continuation
from unspool.core.events import TextDelta, ThoughtsDelta
from unspool.core.values import ValueKind
from unspool.streams.codec import decode_strings, encode
from unspool.streams.records import Layout

_STRING = re.compile(rb'[ \t]*:[ \t]*"([^"\\]*(?:\\.[^"\\]*)*)"')
_DEEP = 200  # brackets; what is nested more deeply is written in another way (codec)
_PADDING = "obfuscation"
_NAMES = {name: re.compile(rb'"%b"[ \t]*:[ \t]*' % name.encode()) for name in NAMES}
_BETWEEN = b"\n"  # in no frame
_KINDS: dict[type[Any] | None, ValueKind] = {TextDelta: ValueKind.MESSAGE, ThoughtsDelta: ValueKind.THOUGHTS}
_COMMENT = re.compile(rb"\n:")  # which a pattern finds in half the time of ``bytes.find``
_MARKS = ("\0text\0", "\0padding\0")
_ENCODED_MARKS = [encode(mark)[1:-1] for mark in _MARKS]


class Around(NamedTuple):
    """The bytes before the text of a chunk, between it and the padding (b"" where there is none), and behind."""

    head: bytes
    middle: bytes
    tail: bytes


class Inside(NamedTuple):
    """What stands inside a frame, line by line.

    ``bodies`` are all of it, in so many bytes, ``raws`` the texts as JSON has
    them inside of quotes; ``paddings`` are empty where there are none.
    """

    bodies: list[bytes]
    raws: list[bytes]
    paddings: list[bytes]
    size: int

    def part(self, start: int, end: int) -> "Inside":
        """What stands in some of the lines."""
        if end - start == len(self.bodies):
            return self
        part = slice(start, end)
        bodies = self.bodies[part]
        return Inside(bodies, self.raws[part], self.paddings[part], len(b"".join(bodies)))


NOTHING = Inside([], [], [], 0)
UNQUOTED = rb'([^"]*+)'
"""Finds the body of a JSON string without a quote, which is most of them; and a quarter faster than ``ANY``."""
ANY = rb'([^"\\]*+(?:\\.[^"\\]*+)*+)'
"""Finds the body of any JSON string."""
_GROUP = 8
"""Records in one match, where there are so many: each match costs a piece of memory, asked for and given back."""
_SPELT = 6
"""Bytes of the first that are spelt out then, so that a rest of fewer is not searched byte by byte."""


@lru_cache(maxsize=64)
def group_pattern_of(body: bytes, beginning: bytes, before: int, behind: int) -> re.Pattern[bytes]:
    """What finds the bodies of so many records in a row, without padding; ``beginning`` is of the bytes ``before``."""
    first = rb"(?s)%b.{%d}" % (re.escape(beginning), before - len(beginning))
    between = body + rb".{%d}" % (behind + before)
    return re.compile(first + between * (_GROUP - 1) + body + rb".{%d}" % behind)


@lru_cache(maxsize=64)
def pattern_of(body: bytes, before: int, middle: int, behind: int, mark: int = 0, after: int = 0) -> re.Pattern[bytes]:
    """What finds the body of a JSON string between so many bytes, and padding (Q10) if there is a middle.

    And, before all, a mark of so many bytes with so many others behind it. That
    it counts what stands around and does not spell it out makes one pattern do
    for all responses of a server: to compile one takes 0.1 ms.
    """
    text = rb"(?s).{%d}" % before
    if mark:
        text += rb"(.{%d}).{%d}" % (mark, after)
    text += body
    if middle:
        text += rb"(?:.{%d})([0-9A-Za-z]*+)" % middle
    return re.compile(text + rb".{%d}" % behind)


def reach(block: bytes, at: int, stop: int, start: bytes, layout: Layout) -> int:
    """Where the last record ends that begins with ``start``, if all before it do: found by halves.

    A comment between two records ends it in any case.
    """
    comment = _COMMENT.search(block, at, stop) if layout.before else None
    stop = stop if comment is None else comment.end() - 1
    behind, low, high = layout.behind, at, stop
    while high - low > len(start):
        middle = (low + high) // 2
        following = block.find(behind, middle - len(behind), high) + len(behind)
        if len(behind) <= following < high and block.startswith(start, following):
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


class _Form:
    """What the bytes around a text have in common with those of another response: all but its names."""

    def __init__(self, pieces: list[bytes], names: list[str]) -> None:
        self._pieces = pieces
        self._names = names  # what stands between them

    def around(self, names: dict[str, bytes]) -> Around:
        """The bytes under these names."""
        parts = [self._pieces[0]]
        for name, piece in zip(self._names, self._pieces[1:], strict=True):
            parts += names[name], piece
        return Around(*b"".join(parts).split(_BETWEEN))


class Frame:
    """What stands around the text in the chunks of one continuation, the padding (Q10) aside."""

    def __init__(
        self, around: Around, continuation: Continuation, layout: Layout, names: dict[str, bytes] | None = None
    ) -> None:
        self.around = around
        self.continuation = continuation
        self.layout = layout
        self.padded = bool(around.middle)
        head, _, tail = around
        self.start = layout.before + head
        self.end = tail + layout.behind
        self._glue = self.end + self.start
        self.size = len(self._glue)
        self._body = UNQUOTED
        self._rewritten: dict[type[Any] | None, Around] = {}
        self._names = names or {}
        self._forms: dict[type[Any] | None, _Form | None] = {}  # of the chunk as it came (None), and as it leaves

    def reach(self, block: bytes, at: int, stop: int) -> int:
        """Where the last record ends that has this frame, as far as its beginning shows."""
        return reach(block, at, stop, self.start, self.layout)

    def first(self, block: bytes, at: int, stop: int) -> Inside:
        """What stands inside of the record at a place, if it has this frame: of one or of none."""
        if not block.startswith(self.start, at):
            return NOTHING
        end = block.find(b"\n", at, stop) - len(self.around.tail)
        start = at + len(self.start)
        if end < start or not block.startswith(self.end, end):
            return NOTHING
        return self._apart([block[start:end]])

    def _apart(self, bodies: list[bytes]) -> Inside:
        """Bodies taken apart: as many, from the first on, as have a padding where there is one."""
        middle = self.around.middle
        if not middle:
            return Inside(bodies, bodies, [], len(b"".join(bodies)))
        parts = list(takewhile(lambda part: part[1] and part[2].isalnum(), (body.partition(middle) for body in bodies)))
        bodies = bodies[: len(parts)]
        return Inside(bodies, [part[0] for part in parts], [part[2] for part in parts], len(b"".join(bodies)))

    def take(self, block: bytes, at: int, stop: int) -> Inside:
        """What stands inside of as many records as have this frame, of those that lie between two places.

        What may stand inside is found by counting bytes; that it does is proved
        by putting the frame around each again and comparing all at once. A look
        at each line costs three times as much. From the first text with a quote
        on, which ends the search, quotes are looked for. Whether each is a whole
        string shows where it is read (codec).
        """
        found = self._found(block, at, stop)
        if not found:
            return NOTHING
        bodies, raws, paddings = found, found, []
        if self.padded:
            bodies, raws, paddings = list(map(self.around.middle.join, found)), *map(list, zip(*found, strict=True))
        size = self._standing(block, at, bodies)
        if size is not None:
            return Inside(bodies, raws, paddings, size)
        if self._body is UNQUOTED:
            self._body = ANY
            return self.take(block, at, stop)
        count = agreeing(lambda count: self._standing(block, at, bodies[:count]) is not None, len(bodies) - 1)
        return Inside(bodies, raws, paddings, 0).part(0, count)

    def _found(self, block: bytes, at: int, stop: int) -> list[Any]:
        """What may stand inside: in groups as far as that goes, the rest one by one; pairs if padded."""
        before, behind = len(self.start), len(self.end)
        grouped: list[Any] = []
        if not self.padded and stop - at > self.size * _GROUP:
            pattern = group_pattern_of(self._body, self.start[:_SPELT], before, behind)
            grouped = list(chain.from_iterable(pattern.findall(block, at, stop)))
            at += len(b"".join(grouped)) + self.size * len(grouped)
        return grouped + pattern_of(self._body, before, len(self.around.middle), behind).findall(block, at, stop)

    def _standing(self, block: bytes, at: int, bodies: list[bytes]) -> int | None:
        """The bytes of what stands in the records from a place on, if it is this."""
        begin = at + len(self.start)  # what stands before it is what led here
        joined = self._glue.join(bodies)
        if block.startswith(joined, begin) and block.startswith(self.end, begin + len(joined)):
            return len(joined) - (len(bodies) - 1) * self.size
        return None

    def renamed(self, continuation: Continuation) -> "Frame | None":
        """The frame of the same chunk under other names; None where their bytes do not show at a glance."""
        self._names = self._names or _names_of(self.continuation)
        for event, around in [(None, self.around), *self._rewritten.items()]:
            if event not in self._forms:
                self._forms[event] = _form_of(around, self._names)
        form, names = self._forms[None], _names_of(continuation)
        if form is None or b"".join(names.values()).find(b"\\") >= 0:
            return None
        frame = Frame(form.around(names), continuation, self.layout, names)
        frame._body, frame._forms = self._body, self._forms
        return frame

    def pad(self, padding: bytes) -> None:
        """Know the padding of the last chunk that had this frame."""
        self.continuation.chunk[_PADDING] = padding.decode()

    def rewritten(self, event: type[Any] | None) -> Around:
        """What stands around the text in the chunks that leave, where it is such an event."""
        around = self._rewritten.get(event)
        if around is None:
            form = self._forms.get(event)
            around = self._rewrite(event) if form is None else form.around(self._names)
            self._rewritten[event] = around
        return around

    def _rewrite(self, event: type[Any] | None) -> Around:
        continuation = self.continuation
        assert isinstance(continuation, CallContinuation)
        text, padding = _MARKS
        chunk = {**continuation.chunk, _PADDING: padding} if self.padded else continuation.chunk
        (rewritten,) = continuation.rewrite(chunk, [(_KINDS[event], text)])
        head, _, rest = encode(rewritten).partition(_ENCODED_MARKS[0])
        middle, _, tail = rest.partition(_ENCODED_MARKS[1]) if self.padded else (b"", b"", rest)
        return Around(head, middle, tail)


def frame_of(data: bytes, continuation: Continuation, layout: Layout) -> Frame | None:
    """The frame of a chunk, read from ``data``, and of its likes.

    None where the bytes do not show at a glance which string is the text: where
    its name stands in them twice, or anything but the text is written with escapes.
    """
    found = _find(data, continuation.member)
    if found is None or data.count(b"[") + data.count(b"{") > _DEEP or data.find(b"\n") >= 0 or data.find(b"\r") >= 0:
        return None
    if decode_strings([found[1]]) is None:  # the chunk was read in another way, which reads numbers differently too
        return None
    head, tail = data[: found.start(1)], data[found.end(1) :]
    if head.find(b"\\") >= 0 or tail.find(b"\\") >= 0:
        return None
    middle = b""
    if isinstance(continuation.chunk.get(_PADDING), str):
        padding = _find(tail, _PADDING)
        if padding is None or _PADDING.encode() in head or not padding[1].isalnum():
            return None
        middle, tail = tail[: padding.start(1)], tail[padding.end(1) :]
        continuation.chunk = {**continuation.chunk}
    return Frame(Around(head, middle, tail), continuation, layout)


def _names_of(continuation: Continuation) -> dict[str, bytes]:
    """Those members of the chunk that are other in another response, as JSON."""
    return {name: encode(continuation.chunk[name]) for name in NAMES if name in continuation.chunk}


def _form_of(around: Around, names: dict[str, bytes]) -> _Form | None:
    """What is left of these bytes without the names; None where one does not show at a glance."""
    whole = _BETWEEN.join(around)
    places: list[tuple[int, int, str]] = []
    for name, value in names.items():
        start = _place(whole, name, value)
        if start is None:
            return None
        places.append((start, start + len(value), name))
    places.sort()
    starts, ends = [place[0] for place in places], [place[1] for place in places]
    pieces = [whole[start:end] for start, end in zip([0, *ends], [*starts, len(whole)], strict=True)]
    return _Form(pieces, [place[2] for place in places])


def _place(whole: bytes, name: str, value: bytes) -> int | None:
    """Where the value of the only member of this name stands, if it is this one."""
    match = _NAMES[name].search(whole)
    if match is None or whole.count(b'"%b"' % name.encode()) > 1:
        return None
    start, stop = match.end(), match.end() + len(value)
    ends = whole.startswith((b",", b"}"), stop) or value.endswith(b'"')
    return start if ends and whole.startswith(value, start) else None


def _find(data: bytes, member: str) -> re.Match[bytes] | None:
    """The string that is the value of the only member of this name."""
    name = b'"%b"' % member.encode()
    at = data.find(name)
    if at < 0 or data.find(name, at + 1) >= 0:
        return None
    return _STRING.match(data, at + len(name))
