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
from itertools import takewhile
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

    ``bodies`` are all of it, ``raws`` the texts as JSON has them inside of
    quotes; ``paddings`` are empty where there are none.
    """

    bodies: list[bytes]
    raws: list[bytes]
    paddings: list[bytes]

    def part(self, start: int, end: int) -> "Inside":
        """What stands in some of the lines."""
        if end - start == len(self.bodies):
            return self
        part = slice(start, end)
        return Inside(self.bodies[part], self.raws[part], self.paddings[part])


NOTHING = Inside([], [], [])


@lru_cache(maxsize=64)
def pattern_of(before: int, middle: int, behind: int, mark: int = 0, after: int = 0) -> re.Pattern[bytes]:
    """What finds the body of a JSON string between so many bytes, and padding (Q10) if there is a middle.

    And, before all, a mark of so many bytes with so many others behind it. That
    it counts what stands around and does not spell it out makes one pattern do
    for all responses of a server: to compile one takes 0.1 ms.
    """
    text = rb"(?s).{%d}" % before
    if mark:
        text += rb"(.{%d}).{%d}" % (mark, after)
    text += rb'([^"\\]*+(?:\\.[^"\\]*+)*+)'
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


class Frame:
    """What stands around the text in the chunks of one continuation, the padding (Q10) aside."""

    def __init__(self, around: Around, continuation: Continuation, layout: Layout) -> None:
        self.around = around
        self.continuation = continuation
        self.layout = layout
        self.padded = bool(around.middle)
        head, middle, tail = around
        self.start = layout.before + head
        self.end = tail + layout.behind
        self._glue = self.end + self.start
        self.size = len(self._glue)
        self._pattern = pattern_of(len(self.start), len(middle), len(self.end))
        self._rewritten: dict[type[Any] | None, Around] = {}

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
            return Inside(bodies, bodies, [])
        parts = list(takewhile(lambda part: part[1] and part[2].isalnum(), (body.partition(middle) for body in bodies)))
        return Inside(bodies[: len(parts)], [part[0] for part in parts], [part[2] for part in parts])

    def take(self, block: bytes, at: int, stop: int) -> Inside:
        """What stands inside of as many records as have this frame, of those that lie between two places.

        What may stand inside is found by counting bytes; that it does is proved
        by putting the frame around each again and comparing all at once. A look
        at each line costs three times as much.
        """
        found = self._pattern.findall(block, at, stop)
        if not found:
            return NOTHING
        inside = Inside(found, found, [])
        if self.padded:
            raws, paddings = zip(*found, strict=True)
            inside = Inside(list(map(self.around.middle.join, found)), list(raws), list(paddings))
        bodies, begin = inside.bodies, at + len(self.start)  # what stands before it is what led here

        def agree(count: int) -> bool:
            joined = self._glue.join(bodies[:count])
            return block.startswith(joined, begin) and block.startswith(self.end, begin + len(joined))

        count = agreeing(agree, len(bodies))
        return inside if count == len(bodies) else inside.part(0, count)

    def renamed(self, continuation: Continuation) -> "Frame | None":
        """The frame of the same chunk under other names; None where their bytes do not show at a glance."""
        around = self._renamed(self.around, continuation)
        if around is None:
            return None
        frame = Frame(around, continuation, self.layout)
        for event, rewritten in self._rewritten.items():
            again = self._renamed(rewritten, continuation)
            if again is not None:
                frame._rewritten[event] = again
        return frame

    def _renamed(self, around: Around, continuation: Continuation) -> Around | None:
        whole = _BETWEEN.join(around)
        for name in NAMES:
            before, now = self.continuation.chunk.get(name), continuation.chunk.get(name)
            if before != now:
                place, written = _place(whole, name, encode(before)), encode(now)
                if place is None or b"\\" in written:
                    return None
                whole = whole[: place.start] + written + whole[place.stop :]
        return Around(*whole.split(_BETWEEN))

    def pad(self, padding: bytes) -> None:
        """Know the padding of the last chunk that had this frame."""
        self.continuation.chunk[_PADDING] = padding.decode()

    def rewritten(self, event: type[Any] | None) -> Around:
        """What stands around the text in the chunks that leave, where it is such an event."""
        around = self._rewritten.get(event)
        if around is None:
            around = self._rewritten[event] = self._rewrite(event)
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


def _place(whole: bytes, name: str, value: bytes) -> slice | None:
    """Where the value of the only member of this name stands, if it is this one."""
    match = _NAMES[name].search(whole)
    if match is None or whole.count(b'"%b"' % name.encode()) > 1:
        return None
    start, stop = match.end(), match.end() + len(value)
    ends = whole.startswith((b",", b"}"), stop) or value.endswith(b'"')
    return slice(start, stop) if ends and whole.startswith(value, start) else None


def _find(data: bytes, member: str) -> re.Match[bytes] | None:
    """The string that is the value of the only member of this name."""
    name = b'"%b"' % member.encode()
    at = data.find(name)
    if at < 0 or data.find(name, at + 1) >= 0:
        return None
    return _STRING.match(data, at + len(name))
