"""Frames: what chunks have in common that differ in one text, as bytes.

    frame_of(data, continuation, layout) -> Frame, or None    learnt from one chunk
    frame.take(block, at, stop)          -> Inside: what stands in the frame, record by record
    frame.rewritten(event)               -> the same for the chunk that leaves

A JSON string in the place of another changes nothing else of what a record
means. So two lines are alike where the bytes around the string are the same and
what stands between them is one whole string.
"""

import re
from functools import lru_cache
from itertools import takewhile
from typing import Any, NamedTuple

from unspool.core.continuations import CallContinuation, Continuation
from unspool.core.events import TextDelta, ThoughtsDelta
from unspool.core.values import ValueKind
from unspool.streams.codec import decode_strings, encode
from unspool.streams.records import Layout

_STRING = re.compile(rb'[ \t]*:[ \t]*"([^"\\]*(?:\\.[^"\\]*)*)"')
_DEEP = 200  # brackets; what is nested more deeply is written in another way (codec)
_PADDING = "obfuscation"
_KINDS: dict[type[Any] | None, ValueKind] = {TextDelta: ValueKind.MESSAGE, ThoughtsDelta: ValueKind.THOUGHTS}
_GROUP = 16
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
        part = slice(start, end)
        return Inside(self.bodies[part], self.raws[part], self.paddings[part])


NOTHING = Inside([], [], [])


@lru_cache(maxsize=64)
def _pattern_of(before: int, middle: int, behind: int) -> re.Pattern[bytes]:
    """What finds the body of a JSON string between so many bytes, and padding (Q10) if there is a middle.

    That it counts what stands around and does not spell it out makes one
    pattern do for all responses of a server: to compile one takes 0.1 ms.
    """
    text = rb'(?s).{%d}([^"\\]*+(?:\\.[^"\\]*+)*+)' % before
    if middle:
        text += rb"(?:.{%d})([0-9A-Za-z]*+)" % middle
    return re.compile(text + rb".{%d}" % behind)


class Frame:
    """What stands around the text in the chunks of one continuation, the padding (Q10) aside."""

    def __init__(self, around: Around, continuation: Continuation, layout: Layout) -> None:
        self.around = around
        self.continuation = continuation
        self.layout = layout
        self.padded = bool(around.middle)
        head, middle, tail = around
        self.start = layout.before + head
        self._end = tail + layout.behind
        self._glue = self._end + self.start
        self.size = len(self._glue)
        self._pattern = _pattern_of(len(self.start), len(middle), len(self._end))
        self._rewritten: dict[type[Any] | None, Around] = {}

    def begins(self, block: bytes, at: int) -> bool:
        """Whether a record that begins like this stands at a place."""
        return block.startswith(self.start, at)

    def body(self, record: bytes) -> bytes | None:
        """What stands inside of a record, without what is laid out behind it; None where it has another frame."""
        start, tail = self.start, self.around.tail
        if not record.startswith(start) or not record.endswith(tail) or len(record) < len(start) + len(tail):
            return None
        return record[len(start) : len(record) - len(tail)]

    def fits(self, block: bytes, at: int, stop: int) -> bool:
        """Whether the record that stands at a place has this frame, padding and all."""
        if not self.begins(block, at):
            return False
        end = block.find(b"\n", at, stop)
        body = self.body(block[at:end]) if block.startswith(self.layout.behind, end) else None
        return body is not None and (not self.padded or bool(self.inside([body]).raws))

    def inside(self, bodies: list[bytes]) -> Inside:
        """Bodies taken apart: as many, from the first on, as have a padding where there is one."""
        middle = self.around.middle
        if not middle:
            return Inside(bodies, bodies, [])
        parts = list(takewhile(lambda part: part[1] and part[2].isalnum(), (body.partition(middle) for body in bodies)))
        return Inside(bodies[: len(parts)], [part[0] for part in parts], [part[2] for part in parts])

    def take(self, block: bytes, at: int, stop: int) -> Inside:
        """What stands inside of as many records as have this frame, of those that lie between two places.

        How far they may go is found by halves, and what may stand inside by
        counting bytes; that it does is proved by putting the frame around each
        again and comparing all at once. A look at each line costs three times
        as much.
        """
        end = self._reach(block, at, stop)
        found = self._pattern.findall(block, at, end)
        if not found:
            return NOTHING
        inside = Inside(found, found, [])
        if self.padded:
            raws, paddings = zip(*found, strict=True)
            inside = Inside(list(map(self.around.middle.join, found)), list(raws), list(paddings))
        joined = self._glue.join(inside.bodies)
        begin = at + len(self.start)  # what stands before it is what led here
        if block.startswith(joined, begin) and block.startswith(self._end, begin + len(joined)):
            return inside
        return inside.part(0, self._agreeing(block, at, inside.bodies))

    def _reach(self, block: bytes, at: int, stop: int) -> int:
        """Where the last record ends that begins like this, if all before it do."""
        behind = self.layout.behind
        comment = block.find(behind + b":", at, stop) if self.layout.before else -1
        low, high = at, stop if comment < 0 else comment + len(behind)
        stop = high
        while high - low > self.size:
            middle = (low + high) // 2
            next_one = block.find(behind, middle, high) + len(behind)
            if len(behind) <= next_one < high and self.begins(block, next_one):
                low = next_one
            else:
                high = middle
        end = block.find(behind, low, stop)
        return low if end < 0 else end + len(behind)

    def _agreeing(self, block: bytes, at: int, bodies: list[bytes]) -> int:
        """How many bodies, from the first on, stand in the frame one behind the other: in groups, then one by one."""
        start, end = self.start, self._end
        count, group = 0, _GROUP
        while count < len(bodies):
            some = start + self._glue.join(bodies[count : count + group]) + end
            if block.startswith(some, at):
                at += len(some)
                count += group
            elif group > 1:
                group = 1
            else:
                break
        return min(count, len(bodies))

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


def _find(data: bytes, member: str) -> re.Match[bytes] | None:
    """The string that is the value of the only member of this name."""
    name = b'"%b"' % member.encode()
    at = data.find(name)
    if at < 0 or data.find(name, at + 1) >= 0:
        return None
    return _STRING.match(data, at + len(name))
