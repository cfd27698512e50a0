"""Runs: many records at once, as the fast lane hands them to a sink.

run.spoken(choice)   the text of one choice, as one event would have it; of all kinds, or of some
run.chunks(layout)   the chunks that leave, as bytes
run.records()        each record with what came of it, for those that need them apart
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from unspool.core.rewriter.bulk import TOLD, Leaving, Running
from unspool.core.rewriter.step import Outcome
from unspool.fastpath.finding import Inside
from unspool.fastpath.template import Frame
from unspool.formats.json_codec import encode_each
from unspool.formats.record import Layout, Record, Stretch


class Single(NamedTuple):
    """One record, and what came of it without the long way."""

    record: Record
    outcome: Outcome


class Spoken(NamedTuple):
    """Text or thoughts that ran on; the fields are those of the event."""

    event: type[Any]
    step: int
    call: int | None
    text: str


Kinds = tuple[type[Any], ...]
"""Events that are asked for."""


class Part(NamedTuple):
    """Records of a run in which the same ran on: from one place in the run to before another.

    ``said`` is what each says; None where that is what stands there, since no
    text has a backslash: then ``plain`` is all of it.
    """

    running: Running
    start: int
    end: int
    said: list[str] | None
    plain: str = ""


class Run:
    """Records of one frame, one after the other; ``data`` is all of them as they came."""

    def __init__(self, frame: Frame, inside: Inside, parts: list[Part], stretch: Stretch, data: memoryview) -> None:
        self.stretch = stretch
        self._data = data
        self._frame = frame
        self._inside = inside
        self._parts = parts

    def spoken(self, choice: int, kinds: Kinds = TOLD) -> Iterator[Spoken]:
        """What was said in this choice."""
        for part in self._parts:
            event, step, own, call, _ = part.running
            if event is not None and event in kinds and own == choice:
                yield Spoken(event, step, call, part.plain if part.said is None else "".join(part.said))

    def chunks(self, layout: Layout) -> bytes | memoryview:
        """The chunks that leave, laid out so."""
        if layout is self._frame.layout and {part.running.leaves for part in self._parts} == {Leaving.AS_THEY_CAME}:
            return self._data
        return b"".join([self._chunks(part, layout) for part in self._parts])

    def _chunks(self, part: Part, layout: Layout) -> bytes:
        running, start, end, _, _ = part
        if running.leaves is Leaving.NOT_AT_ALL:
            return b""
        if running.leaves is Leaving.AS_THEY_CAME:
            around, bodies = self._frame.around, self._inside.bodies[start:end]
        else:
            around = self._frame.rewritten(running.event)
            bodies = self._rewritten(part, around.middle)
        if not bodies:
            return b""
        first, last = layout.before + around.head, around.tail + layout.behind
        return first + (last + first).join(bodies) + last

    def _rewritten(self, part: Part, middle: bytes) -> list[bytes]:
        """What stands inside the rewritten frame; a chunk without text says nothing (R2)."""
        _, raws, paddings, _ = self._inside.part(part.start, part.end)
        texts = raws if part.said is None else encode_each(part.said)
        if middle:
            return [text + middle + padding for text, padding in zip(texts, paddings, strict=True) if text]
        return texts if all(texts) else [text for text in texts if text]

    def records(self) -> Iterator[Single]:
        """Each record, with its events and without chunks."""
        return apart(self._each(), self.stretch)

    def _each(self) -> Iterator[tuple[Frame, Running, bytes, str]]:
        for part in self._parts:
            bodies, raws, _, _ = self._inside.part(part.start, part.end)
            said = part.said or [raw.decode() for raw in raws]
            for body, text in zip(bodies, said, strict=True):
                yield self._frame, part.running, body, text


def apart(each: Iterable[tuple[Frame, Running, bytes, str]], stretch: Stretch) -> Iterator[Single]:
    """Records and what each says, from the beginning of a stretch on: each with its events and without chunks."""
    number, offset, _, _, quirks = stretch
    for frame, running, body, text in each:
        data = frame.around.head + body + frame.around.tail
        yield Single(frame.layout.record(number, offset, data, quirks), Outcome([], running.told(text)))
        number, offset, quirks = number + 1, offset + frame.size + len(body), ()
