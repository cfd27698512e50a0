"""The fast lane of other dialects: takes runs of events that differ in nothing but one text.

Why it is here. Most events of a response continue a text, and to make a chunk of
each, to read that and to write it is most of the work. So an event that has gone
the long way, through ``StreamRewriter.feed``, is learnt where its only chunk did
nothing but continue a text. Events that follow are parsed, each on its own; as
many as the dialect calls ``alike`` are taken together: the rewriter takes their
texts in at once (``continuations``), and the chunks that leave are joined out of
the same few bytes. Whatever differs in any other way goes the long way, and
nobody can tell by the output. That events are parsed is what tells this lane from
the other (``fastlane``): sequence numbers, padding and names of events differ.

    lane.feed(block)             -> Run | Single, or [Record, …]: these go the long way
    lane.learn(value, chunks)    after the long way: are its likes to come here?
    lane.close()                 -> [Record, …]    what a last line without an end leaves
"""

import re
from collections.abc import Generator, Iterator
from typing import Any, NamedTuple

from unspool.core.rewriter.bulk import CallContinuation, Continuation, Heard
from unspool.core.rewriter.step import Outcome
from unspool.core.rewriter.stream_rewriter import StreamRewriter
from unspool.core.rewriter.wire import Chunk
from unspool.dialects import Repetitive
from unspool.dialects.chunk_builder import is_bare
from unspool.dialects.translator import Translator
from unspool.fastpath.batch import Part, Run, Single
from unspool.fastpath.translated import Datas, Known, TranslatedRun
from unspool.formats.framer import Framer, LineFraming
from unspool.formats.json_codec import decode_leading
from unspool.formats.record import Record, Stretch

_HEAD = re.compile(rb"(?:event:[^\r\n]*\r?\n)?data: (?=\{)")
_LONGEST = 16_384
"""Bytes of a line, from which on the lane has no use for it."""
_MOST, _LEAST = 65_536, 4_096
"""Bytes looked at together: at most, and where the last look went further than what could be taken."""
_MANY, _FEW = 512, 16
"""Texts that are read together inside of a string, and elsewhere."""
_SAMPLE = 16
"""Bytes of an event's JSON that are looked at to see whether another may be like it."""
_NEAR = 512  # bytes in which to look no further for the last of them
_MOST_KNOWN = 8  # events that are remembered: parallel calls, text and thoughts

Taken = Run | Single | list[Record]


class Shape(NamedTuple):
    """What stands before and behind the JSON of each record, and how far before it the record itself begins."""

    before: bytes
    behind: bytes
    lead: int

    @property
    def around(self) -> int:
        """Bytes."""
        return len(self.before) + len(self.behind)


class DialectLane:
    """In front of one source's framer, translator and rewriter."""

    def __init__(self, framer: Framer, translator: Translator, rewriter: StreamRewriter) -> None:
        self._framer = framer
        self._translator = translator
        self._rewriter = rewriter
        self._rest = b""  # a record that is begun
        self._returns = False  # whether lines may end in another way than with a line feed
        self._window = _MOST
        self._known: list[Known] = []

    def feed(self, block: bytes) -> Iterator[Taken]:
        """What came of the records that ``block`` completes, or records that must go the long way, in order."""
        block = self._rest + block
        self._returns = block.find(b"\r") >= 0
        stop = block.rfind(b"\n") + 1
        self._rest = block[stop:]
        at = 0
        while at < stop:
            before = at
            if self._known:
                at = yield from self._take(block, at, stop)
            if at == before:
                at = _next(block, at)
                yield self._framer.feed(block[before:at])
        if len(self._rest) > _LONGEST or b"\r" in self._rest:  # nothing for the lane, or more than one line
            rest, self._rest = self._rest, b""
            yield self._framer.feed(rest)

    def learn(self, value: Any, chunks: list[Chunk]) -> None:
        """Remember an event, the last one fed, if its one chunk did nothing but continue a text; else forget all.

        What came before may mean something else now.
        """
        reader = self._translator.repetitive
        if reader is None or len(chunks) != 1 or not is_bare(chunks[0]) or not reader.alike(value, [value]):
            self._known = []
            return
        continuation = self._rewriter.continuation()
        if continuation is None:
            self._known = []
            return
        others = [one for one in self._known if not reader.alike(one.value, [value])]
        self._known = [*others[1 - _MOST_KNOWN :], Known(value, continuation)]

    def close(self) -> list[Record]:
        """The last records of the source."""
        rest, self._rest = self._rest, b""
        return self._framer.feed(rest) + self._framer.close()

    def _take(self, block: bytes, at: int, stop: int) -> Generator[Taken, None, int]:
        """Take records from ``at`` on, as far as they go; returns where the next one is."""
        framing, reader = self._framer.by_lines, self._translator.repetitive
        if framing is None or not framing.between or reader is None:
            return at
        shape = _shape(block, at, sse=bool(framing.layout.before))
        if shape is None or (self._returns and shape.behind[:1] != b"\r"):
            return at
        known = self._alike(reader, block[at + len(shape.before) : block.find(shape.behind, at)])
        if known is None:
            return at
        datas = _cut(block, at, min(stop, at + self._window), shape)
        texts = reader.alike(known.value, decode_leading(datas))
        self._window = min(self._window * 2, _MOST) if len(texts) == len(datas) else _LEAST
        offset = framing.offset
        yield from self._follow(framing, shape, known, texts, datas)
        return at + framing.offset - offset

    def _alike(self, reader: Repetitive, data: bytes) -> Known | None:
        """The known event that this one is like."""
        for value in decode_leading([data]):
            for known in self._known:
                if reader.alike(known.value, [value]) and known.continuation.ready():
                    return known
        return None

    def _follow(
        self, framing: LineFraming, shape: Shape, known: Known, texts: list[str], datas: list[bytes]
    ) -> Iterator[Taken]:
        """Take events alike, one after the other, as far as they can be read."""
        at, dialect = 0, self._translator.dialect
        while at < len(texts):
            parts, heard = listen(known.continuation, texts[at:])
            end = at + (parts[-1].end if parts else 0)
            if parts:
                some = datas[at:end]
                stretch = _skip(framing, shape, some)
                yield TranslatedRun(known, parts, Datas(some, framing.layout, shape.around, dialect), stretch)
            if heard is not None:
                yield self._single(framing, shape, known, texts[end], datas[end], heard)
                end += 1
            if heard is None or not known.continuation.ready():
                return
            at = end

    def _single(self, framing: LineFraming, shape: Shape, known: Known, text: str, data: bytes, heard: Heard) -> Single:
        """One event that brought about more than text does that runs on."""
        continuation = known.continuation
        assert isinstance(continuation, CallContinuation)  # others hear nothing
        stretch = _skip(framing, shape, [data])
        record = framing.layout.record(stretch.number, stretch.offset, data, stretch.quirks)
        record.dialect = self._translator.dialect
        return Single(record, Outcome(continuation.leave(known.chunk(text), heard), heard.events))


def _next(block: bytes, at: int) -> int:
    """Where the next record begins: behind the line with the data of this one, and what follows and is none."""
    head = _HEAD.match(block, at)
    end = block.find(b"\n", at if head is None else head.end()) + 1
    end = end or block.find(b"\n", at) + 1  # the line with the data is begun
    while block.startswith((b"\n", b"\r\n"), end):
        end = block.find(b"\n", end) + 1
    return end


def _shape(block: bytes, at: int, sse: bool) -> Shape | None:
    """What stands around the record at a place; None where it is none of those that can be taken here."""
    if not sse:
        return Shape(b"", b"\n", 0) if block.startswith(b"{", at) else None
    head = _HEAD.match(block, at)
    if head is None:
        return None
    before = head.group()
    behind = b"\r\n\r\n" if block.startswith(b"\r\n\r\n", block.find(b"\n", head.end()) - 1) else b"\n\n"
    return Shape(before, behind, before.rfind(b"\n") + 1)


def _cut(block: bytes, at: int, stop: int, shape: Shape) -> list[bytes]:
    """The JSON of the records from a place on, as many as have this shape and can be seen before a second place."""
    before, behind, _ = shape
    end = _reach(block, at, stop, shape)
    if end < 0 or (behind[:1] == b"\r" and block.find(b"\n\n", at, end) >= 0):
        return []
    datas = block[at + len(before) : end].split(behind + before)
    ends = behind.count(b"\n") + before.count(b"\n")
    if block.count(b"\n", at, end) != ends * (len(datas) - 1) + before.count(b"\n"):
        return _whole(datas, behind)
    return datas


def _reach(block: bytes, at: int, stop: int, shape: Shape) -> int:
    """Where the JSON of the last record ends that begins like this one, if all between do; found by halves."""
    before, behind, _ = shape
    start = block[at : at + len(before) + _SAMPLE]
    low, high = at, stop
    while high - low > _NEAR:
        middle = (low + high) // 2
        next_one = block.find(behind, middle, high) + len(behind)
        if next_one >= middle and block.startswith(start, next_one):
            low = next_one
        else:
            high = middle
    return block.find(behind, low)


def _whole(datas: list[bytes], behind: bytes) -> list[bytes]:
    """As many as are one line, from the first on, and the first line of the next, if that ends as the others do."""
    for place, data in enumerate(datas):
        end = data.find(b"\n")
        if end >= 0:
            end -= behind.startswith(b"\r")
            return [*datas[:place], data[:end]] if data.startswith(behind, end) else datas[:place]
    return datas


def _skip(framing: LineFraming, shape: Shape, datas: list[bytes]) -> Stretch:
    """Count records that are read here; each begins at its line of data."""
    size = shape.around * len(datas) + sum(map(len, datas))
    first, offset, last, last_offset, quirks = framing.skip(len(datas), size, shape.around + len(datas[-1]))
    return Stretch(first, offset + shape.lead, last, last_offset + shape.lead, quirks)


def listen(continuation: Continuation, texts: list[str]) -> tuple[list[Part], Heard | None]:
    """Let a continuation take texts, one after the other, as far as they can be read.

    Gives what ran on, and what ended it, if that brought about more than text
    does that runs on.
    """
    parts: list[Part] = []
    at = 0
    while at < len(texts):
        running = continuation.running()
        said = continuation.run_on(texts[at : at + _MANY]) if running is not None else []
        if running is not None and said:
            parts.append(Part(running, at, at + len(said), said))
            at += len(said)
            continue
        taken, heard = continuation.hear(texts[at : at + _FEW])
        quiet = taken - 1 if heard is not None else taken
        if quiet:
            assert isinstance(continuation, CallContinuation)  # others take nothing
            parts.append(Part(continuation.quiet(), at, at + quiet, texts[at : at + quiet]))
            at += quiet
        if heard is None and not quiet:
            break
        if heard is not None and heard.running is None:
            return parts, heard
        if heard is not None and heard.running is not None:
            parts.append(Part(heard.running, at, at + 1, [heard.text]))
            at += 1
    return parts, None
