"""The fast lane: takes runs of chunks that differ in nothing but one text.

Why it is here. Most chunks of a response are the same bytes but for one JSON
string, and to read and to write the rest of them again and again is most of
the work. So a chunk that has gone the long way, through ``StreamRewriter.feed``,
is learnt where it did nothing but continue a text (``frames``). Lines that
follow and have its frame are taken together: their texts are read in one call,
the rewriter takes them in at once (``continuations``), and the chunks that
leave are joined out of the same few bytes (``runs``). Whatever differs in any
other way goes the long way, and nobody can tell by the output.

    lane.feed(block)             -> Run | Braid | Single, or [Record, …]: these go the long way
    lane.learn(record)           after the long way: are its likes to come here?
    lane.close()                 -> [Record, …]    what a last line without an end leaves
"""

from bisect import bisect_left
from collections.abc import Generator, Iterator

from unspool.core.rewriter.bulk import CallContinuation, Continuation, Heard
from unspool.core.rewriter.step import Outcome
from unspool.core.rewriter.stream_rewriter import StreamRewriter
from unspool.fastpath.batch import Part, Run, Single
from unspool.fastpath.braids import Braid, Braiding, braiding_of
from unspool.fastpath.finding import Inside
from unspool.fastpath.template import Frame, frame_of
from unspool.formats.detect import WHOLE
from unspool.formats.framer import Framer, LineFraming
from unspool.formats.json_codec import decode_strings, plain_text
from unspool.formats.record import Record

_LONGEST = 16_384
"""Bytes of a line, from which on the lane has no use for it."""
_TELLING = 64  # bytes that tell most formats
_MOST, _LEAST = 262_144, 8_192
"""Bytes looked at together: at most, and where the last look went further than what could be taken."""
_PATIENCE = 16
"""Frames that may be learnt in vain; from then on it is tried once in so many records."""
_FEW = 16
"""Texts that are read together where little is known of what they hold."""
_NEAR = 8
"""Texts between two escaped ones, up to which all of them are decoded together."""

Taken = Run | Braid | Single | list[Record]


class FastLane:
    """In front of one source's framer and rewriter; one learnt frame for each choice."""

    def __init__(self, framer: Framer, rewriter: StreamRewriter) -> None:
        self._framer = framer
        self._rewriter = rewriter
        self._rest = b""  # a line that is begun
        self._leaving = False
        self._frames: list[Frame] = []
        self._braiding: Braiding | None = None
        self._window = _MOST
        self._unused = 0  # frames learnt since one was of use

    def feed(self, block: bytes) -> Iterator[Taken]:
        """What came of the lines that ``block`` completes, or records that must go the long way, in order."""
        at, stop = block.find(b"\n") + 1, block.rfind(b"\n") + 1
        if self._rest and stop:  # a short piece of its own: to join the whole block would copy it
            yield from self._through(self._rest + block[:at])
            self._rest = b""
        else:
            at = 0
        at = yield from self._through(block, at, stop)
        self._rest += block[at:]
        if self._leaving:
            return
        if len(self._rest) > _LONGEST or self._rest.find(b"\r") >= 0 or self._framer.by_lines is None:
            # nothing for the lane, or more than one line, or lines may mean nothing
            yield self._framer.feed(self._rest[:_TELLING])
            self._rest = self._rest[_TELLING:]
            self._leaving = self._framer.format in WHOLE
            if not self._leaving:
                yield self._framer.feed(self._rest)
                self._rest = b""

    def _through(self, block: bytes, at: int = 0, stop: int | None = None) -> Generator[Taken, None, int]:
        """The same for whole lines between two places; returns where it left."""
        stop = len(block) if stop is None else stop
        while at < stop and not self._leaving:
            before = at
            if self._frames:
                at = yield from self._take(block, at, stop)
            if at == before:
                at = block.find(b"\n", at) + 1
                while block.startswith((b"\n", b":"), at, stop):  # what follows a record and is none
                    at = block.find(b"\n", at) + 1
                yield self._framer.feed(block[before:at])
                self._leaving = self._leaving or self._framer.format in WHOLE
        return at

    def close(self) -> list[Record]:
        """The last records of the source."""
        return self._framer.feed(self._rest) + self._framer.close()

    def leave(self) -> None:
        """Read no further: what follows is nothing for this lane."""
        self._leaving = True

    @property
    def unread(self) -> bytes | None:
        """What is left for another reader after ``leave``."""
        return self._rest if self._leaving else None

    def learn(self, record: Record) -> None:
        """Remember the last record that was fed, if its chunk did nothing but continue a text."""
        if len(record.data) > _LONGEST or (self._unused > _PATIENCE and record.number % _PATIENCE):
            return
        continuation = self._rewriter.continuation()
        framing = self._framer.by_lines
        if continuation is None:
            self._foresee()
            return
        frame = None if framing is None else frame_of(record.data, continuation, framing.layout)
        if frame is not None:
            others = [one for one in self._frames if one.continuation.goes_with(continuation)]
            self._know([*others, frame])
            self._unused += 1

    def _foresee(self) -> None:
        """Know the frame of a response that has just begun, where it is that of the one before under other names."""
        if len(self._frames) != 1:
            return
        (frame,) = self._frames
        continuation = self._rewriter.continued(frame.continuation)
        renamed = None if continuation is None else frame.renamed(continuation)
        if renamed is not None:
            self._know([renamed])

    def _know(self, frames: list[Frame]) -> None:
        self._frames = frames
        self._braiding = braiding_of(frames) if len(frames) > 1 else None

    # --- from bytes to runs ----------------------------------------------------------------

    def _take(self, block: bytes, at: int, stop: int) -> Generator[Taken, None, int]:
        """Take records from ``at`` on, as far as they go; returns where the next one is."""
        framing = self._framer.by_lines
        if framing is None or not framing.between:
            return at
        for frame in self._frames:
            if block.startswith(frame.finder.start, at):
                break
        else:
            return at
        if not frame.continuation.ready():
            return at
        offset = framing.offset
        if frame.continuation.alone:
            yield from self._follow(framing, frame, frame.finder.first(block, at, stop), block, at)
            return at + framing.offset - offset
        stop = min(stop, at + self._window)
        if len(self._frames) == 1:
            stop = frame.finder.reach(block, at, stop)
            yield from self._follow(framing, frame, frame.finder.take(block, at, stop), block, at)
        else:
            braiding = self._braiding_now() if frame.continuation.running() else None
            braid = None
            if braiding is not None:
                stop = braiding.reach(block, at, stop)
                braid = braiding.take(framing, block, at, stop)
            if braid is not None:
                yield braid
            else:
                yield from self._follow(framing, frame, frame.finder.first(block, at, stop), block, at)
        taken = framing.offset - offset
        if taken:
            self._unused = 0
        self._window = min(self._window * 2, _MOST) if at + taken == stop else _LEAST
        return at + taken

    def _braiding_now(self) -> Braiding | None:
        """What takes records of the choices that are not over together, if anything does."""
        if any(frame.continuation.over for frame in self._frames):
            self._know([frame for frame in self._frames if not frame.continuation.over])
        return self._braiding

    def _follow(self, framing: LineFraming, frame: Frame, inside: Inside, block: bytes, at: int) -> Iterator[Taken]:
        """Take what stands inside one frame from a place on, one after the other, as far as it can be read."""
        while inside.raws:
            listening = _Listening(frame.continuation, inside.raws)
            parts, heard = listening.parts, listening.heard
            count = parts[-1].end if parts else 0
            if parts:
                run = inside.part(0, count)
                size = frame.size * count + run.size
                stretch = framing.skip(count, size, frame.size + len(run.bodies[-1]))
                yield Run(frame, run, parts, stretch, memoryview(block)[at : at + size])
                at += size
            if heard is not None:
                size = frame.size + len(inside.bodies[count])
                yield _single(framing, frame, inside.bodies[count], heard)
                at += size
                count += 1
            if frame.padded and count:
                frame.pad(inside.paddings[count - 1])
            if heard is None or not frame.continuation.ready():
                return
            inside = inside.part(count, len(inside.raws))


class _Listening:
    """Lets a continuation take texts, one after the other, as far as they can be read.

    ``parts`` are what ran on; ``heard`` is what ended it, if that brought about
    more than text does that runs on.
    """

    def __init__(self, continuation: Continuation, raws: list[bytes]) -> None:
        self.parts: list[Part] = []
        self.heard: Heard | None = None
        self._continuation = continuation
        self._inside_json = isinstance(continuation, CallContinuation)
        self._raws = raws
        self._at = 0
        self._sort_out()
        self._together = _FEW
        while self._at < len(raws) and (self._run_on() or self._spell()):
            pass

    def _sort_out(self) -> None:
        """Find the texts with a backslash: most often none, or some at the ends of a call's arguments."""
        raws = self._raws
        ahead, end = _escaped(raws[:_FEW]), len(raws)
        start = ahead[-1] + 1 if ahead else 0
        while end > start and raws[end - 1].find(b"\\") >= 0:
            end -= 1
        self._plain = start, end
        self._text = plain_text(raws if end - start == len(raws) else raws[start:end])
        self._escaped = _escaped(raws) if self._text is None else [*ahead, *range(end, len(raws))]

    def _run_on(self) -> bool:
        """Take what is plain from here on; whether anything was."""
        running = self._continuation.running()
        at, raws, escaped = self._at, self._raws, self._escaped
        if running is None or (self._inside_json and raws[at].startswith(b'\\"')):  # which most likely ends the string
            return False
        following = bisect_left(escaped, at)
        plain = escaped[following] if following < len(escaped) else len(raws)
        said: list[str] | None = None
        text = ""
        if plain > at:
            end, text = self._run_on_plainly(at, plain)
        else:
            wanted = self._last_near(following) + 1 - at
            texts = decode_strings(raws[at : at + wanted])
            said = self._continuation.run_on(texts) if texts is not None else []
            end = at + len(said)
            self._together = self._together * 2 if len(said) == wanted else _FEW
        if end > at:
            self.parts.append(Part(running, at, end, said, text))
            self._at = end
        return end > at

    def _run_on_plainly(self, start: int, end: int) -> tuple[int, str]:
        """Let texts without a backslash run on, and say how far, and what they are.

        One that is no text is found by halves.
        """
        while end > start:
            text = self._text if (start, end) == self._plain else plain_text(self._raws[start:end])
            if text is not None:
                self._continuation.run_on_as_one(text)
                return end, text
            end = (start + end) // 2
        return end, ""

    def _last_near(self, first: int) -> int:
        """The last of the escaped texts that follow each other closely, from the one of this number on.

        The further they have been taken together, the more of them are tried at once.
        """
        places = self._escaped
        last, most = first, min(first + self._together, len(places)) - 1
        while last < most and places[last + 1] - places[last] <= _NEAR:
            last += 1
        return places[last]

    def _spell(self) -> bool:
        """Take what is not plain, or not inside of a string, as far as it brings nothing about; whether to go on."""
        at, raws = self._at, self._raws
        texts = decode_strings(raws[at : at + _FEW]) or decode_strings(raws[at : at + 1])
        if not texts:
            return False
        continuation = self._continuation
        taken, heard = continuation.hear(texts)
        quiet = taken - 1 if heard is not None else taken
        if quiet:
            assert isinstance(continuation, CallContinuation)  # others take nothing
            self.parts.append(Part(continuation.quiet(), at, at + quiet, texts[:quiet]))
        self._at += quiet
        if heard is None:
            return quiet > 0
        if heard.running is None:
            self.heard = heard
            return False
        self.parts.append(Part(heard.running, self._at, self._at + 1, [heard.text]))
        self._at += 1
        return True


def _escaped(raws: list[bytes]) -> list[int]:
    """The places of texts with a backslash; few have one, so all are searched as one."""
    joined = b"\n".join(raws)
    places = []
    place = end = 0
    at = joined.find(b"\\")
    while at >= 0:
        place += joined.count(b"\n", end, at)
        places.append(place)
        end = joined.find(b"\n", at)
        at = joined.find(b"\\", end) if end >= 0 else end
    return places


def _single(framing: LineFraming, frame: Frame, body: bytes, heard: Heard) -> Single:
    """One record that brought about more than text does that runs on."""
    continuation = frame.continuation
    assert isinstance(continuation, CallContinuation)
    size = frame.size + len(body)
    stretch = framing.skip(1, size, size)
    data = frame.around.head + body + frame.around.tail
    record = framing.layout.record(stretch.number, stretch.offset, data, stretch.quirks)
    return Single(record, Outcome(continuation.leave(record.parse(), heard), heard.events))
