"""Runs: many records at once, as the fast lane hands them to a sink.

run.spoken(choice)   the text of one choice, as one event would have it
run.chunks(layout)   the chunks that leave, as bytes
run.records()        each record with what came of it, for those that need them apart
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from unspool.core.continuations import Leaving, Running
from unspool.core.events import Event
from unspool.core.steps import Outcome
from unspool.streams.codec import encode_each
from unspool.streams.frames import Frame, Inside
from unspool.streams.records import Layout, Record, Stretch


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


class Part(NamedTuple):
    """Records of a run in which the same ran on: from one place in the run to before another.

    ``said`` is what each says; None where that is what stands there, since no
    text has a backslash.
    """

    running: Running
    start: int
    end: int
    said: list[str] | None


class Run:
    """Records of one frame, one after the other."""

    def __init__(self, frame: Frame, inside: Inside, parts: list[Part], stretch: Stretch) -> None:
        self.stretch = stretch
        self._frame = frame
        self._inside = inside
        self._parts = parts

    def spoken(self, choice: int) -> Iterator[Spoken]:
        """What was said in this choice."""
        for part in self._parts:
            event, step, own, call, _ = part.running
            if event is not None and own == choice:
                if part.said is None:
                    text = b"".join(self._inside.raws[part.start : part.end]).decode()
                else:
                    text = "".join(part.said)
                yield Spoken(event, step, call, text)

    def chunks(self, layout: Layout) -> bytes:
        """The chunks that leave, laid out so."""
        return b"".join([self._chunks(part, layout) for part in self._parts])

    def _chunks(self, part: Part, layout: Layout) -> bytes:
        running, start, end, _ = part
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
        _, raws, paddings = self._inside.part(part.start, part.end)
        texts = raws if part.said is None else encode_each(part.said)
        if middle:
            return [text + middle + padding for text, padding in zip(texts, paddings, strict=True) if text]
        return texts if all(texts) else [text for text in texts if text]

    def records(self) -> Iterator[Single]:
        """Each record, with its events and without chunks."""
        return _apart(self._each(), self.stretch)

    def _each(self) -> Iterator[tuple[Frame, Running, bytes, str]]:
        for part in self._parts:
            bodies, raws, _ = self._inside.part(part.start, part.end)
            said = part.said or [raw.decode() for raw in raws]
            for body, text in zip(bodies, said, strict=True):
                yield self._frame, part.running, body, text


class Braid:
    """Records of several frames, one for each choice, in which plain text runs on."""

    def __init__(
        self, owners: list[Frame], runnings: dict[Frame, Running], raws: list[bytes], stretch: Stretch
    ) -> None:
        self.count = len(owners)
        self._owners = owners
        self._runnings = runnings
        self._raws = raws
        self.stretch = stretch

    def spoken(self, choice: int) -> Iterator[Spoken]:
        """What was said in this choice, all of it."""
        for frame, running in self._runnings.items():
            if running.choice == choice and running.event is not None:
                raws = [raw for owner, raw in zip(self._owners, self._raws, strict=True) if owner is frame]
                yield Spoken(running.event, running.step, running.call, b"".join(raws).decode())

    def chunks(self, layout: Layout) -> bytes:
        """The chunks that leave, laid out so."""
        ends: dict[Frame, tuple[bytes, bytes]] = {}
        for frame, running in self._runnings.items():
            if running.leaves is not Leaving.NOT_AT_ALL:
                around = frame.rewritten(running.event) if running.leaves is Leaving.REWRITTEN else frame.around
                ends[frame] = layout.before + around.head, around.tail + layout.behind
        parts: list[bytes] = []
        for frame, raw in zip(self._owners, self._raws, strict=True):
            if frame in ends:
                first, last = ends[frame]
                parts += first, raw, last
        return b"".join(parts)

    def records(self) -> Iterator[Single]:
        """Each record, with its events and without chunks."""
        each = zip(self._owners, self._raws, strict=True)
        return _apart(((frame, self._runnings[frame], raw, raw.decode()) for frame, raw in each), self.stretch)


def _apart(each: Iterable[tuple[Frame, Running, bytes, str]], stretch: Stretch) -> Iterator[Single]:
    (number, offset), _, quirks = stretch
    for frame, running, body, text in each:
        data = frame.around.head + body + frame.around.tail
        events: list[Event] = []
        if text and running.event is not None:
            events.append(running.event(running.step, running.choice, running.call, text))
        yield Single(frame.layout.record(number, offset, data, quirks), Outcome([], events))
        number, offset, quirks = number + 1, offset + frame.size + len(body), ()
