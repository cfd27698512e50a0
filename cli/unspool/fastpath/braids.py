"""Braids: records of several choices in turn, in each of which plain text runs on.

    braiding_of(frames)                      -> Braiding, or None: they are not alike enough
    braiding.take(framing, block, at, stop)  -> Braid, or None: not even two records go together

Frames of the choices of one response differ in the number of the choice, a few
bytes at one place: the mark. So one pattern that counts bytes finds mark and
text of each record, as ``Frame.take`` does for one choice, and the proof is the
same: put together again, the records are what stands there.
"""

from collections.abc import Iterator
from itertools import takewhile

from unspool.core.rewriter.bulk import TOLD, Leaving, Running
from unspool.fastpath.batch import Kinds, Single, Spoken, apart
from unspool.fastpath.finding import UNQUOTED, agreeing, pattern_of, reach
from unspool.fastpath.template import Frame
from unspool.formats.framer import LineFraming
from unspool.formats.json_codec import plain_text
from unspool.formats.record import Layout, Stretch

_FEWEST = 2  # records that make a braid


class Braid:
    """Records of several frames, one for each choice, in which plain text runs on."""

    def __init__(
        self, owners: list[Frame], runnings: dict[Frame, Running], raws: list[bytes], stretch: Stretch
    ) -> None:
        self.stretch = stretch
        self._owners = owners
        self._runnings = runnings
        self._raws = raws

    def spoken(self, choice: int, kinds: Kinds = TOLD) -> Iterator[Spoken]:
        """What was said in this choice, all of it."""
        for frame, running in self._runnings.items():
            if running.event is not None and running.event in kinds and running.choice == choice:
                text = b"".join(_own(frame, self._owners, self._raws)).decode()
                if text:
                    yield Spoken(running.event, running.step, running.call, text)

    def chunks(self, layout: Layout) -> bytes:
        """The chunks that leave, laid out so."""
        ends: dict[Frame, tuple[bytes, bytes]] = {}
        for frame, running in self._runnings.items():
            if running.leaves is not Leaving.NOT_AT_ALL:
                around = frame.rewritten(running.event) if running.leaves is Leaving.REWRITTEN else frame.around
                ends[frame] = layout.before + around.head, around.tail + layout.behind
        each = zip(self._owners, self._raws, strict=True)
        return b"".join([ends[frame][0] + raw + ends[frame][1] for frame, raw in each if frame in ends])

    def records(self) -> Iterator[Single]:
        """Each record, with its events and without chunks."""
        each = zip(self._owners, self._raws, strict=True)
        return apart(((frame, self._runnings[frame], raw, raw.decode()) for frame, raw in each), self.stretch)


def _own(frame: Frame, owners: list[Frame], raws: list[bytes]) -> list[bytes]:
    """The texts of one frame among those of all."""
    return [raw for owner, raw in zip(owners, raws, strict=True) if owner is frame]


class Braiding:
    """Frames that differ in their mark alone, and the pattern that finds mark and text."""

    def __init__(self, frames: list[Frame], before: int, behind: int) -> None:
        first = frames[0]
        mark = len(first.finder.start) - before - behind
        self._frames = {frame.finder.start[before : before + mark]: frame for frame in frames}
        self._start, self._end, self._layout = first.finder.start[:before], first.finder.end, first.layout
        self._pattern = pattern_of(UNQUOTED, before, 0, len(self._end), mark, behind)

    def reach(self, block: bytes, at: int, stop: int) -> int:
        """Where the last record ends that has one of the frames, as far as its beginning shows."""
        return reach(block, at, stop, self._start, self._layout.behind)

    def take(self, framing: LineFraming, block: bytes, at: int, stop: int) -> Braid | None:
        """Take the records that lie between two places, as far as plain text runs on in all of them."""
        found = self._pattern.findall(block, at, stop)
        runnings = self._runnings([mark for mark, _ in found[: len(self._frames)]])
        owners, raws = self._plain(found, runnings)
        count = self._agreeing(block, at, owners, raws)
        owners, raws = owners[:count], raws[:count]
        if count < _FEWEST or plain_text(raws) is None:
            return None
        last = owners[-1]
        for frame in sorted(runnings, key=lambda frame: frame is last):  # the last one counted is the last in its step
            text = b"".join(_own(frame, owners, raws)).decode()
            if text:
                frame.continuation.run_on_as_one(text)
        size = sum([frame.size for frame in owners]) + len(b"".join(raws))
        return Braid(owners, runnings, raws, framing.skip(count, size, last.size + len(raws[-1])))

    def _runnings(self, marks: list[bytes]) -> dict[Frame, Running]:
        """What text does in the frames of these marks, up to one in which it does not run on."""
        runnings: dict[Frame, Running] = {}
        for mark in marks:
            frame = self._frames.get(mark)
            running = frame.continuation.running() if frame is not None and frame.continuation.ready() else None
            if frame is None or running is None:
                break
            runnings[frame] = running
        return runnings

    def _plain(
        self, found: list[tuple[bytes, bytes]], runnings: dict[Frame, Running]
    ) -> tuple[list[Frame], list[bytes]]:
        """The frames of records, and their texts, up to one that is empty or has a backslash, or another frame."""
        frames = {mark: frame for mark, frame in self._frames.items() if frame in runnings}
        owners = list(takewhile(bool, [frames.get(mark) for mark, _ in found]))
        raws = [raw for _, raw in found[: len(owners)]]
        if b"" in raws:
            raws = raws[: raws.index(b"")]
        if b"".join(raws).find(b"\\") >= 0:
            raws = list(takewhile(lambda raw: raw.find(b"\\") < 0, raws))
        return [owner for owner in owners if owner][: len(raws)], raws

    def _agreeing(self, block: bytes, at: int, owners: list[Frame], raws: list[bytes]) -> int:
        """How many records, from the first on, stand in a block one behind the other."""
        starts = [frame.finder.start + raw for frame, raw in zip(owners, raws, strict=True)]

        def agree(count: int) -> bool:
            joined = self._end.join(starts[:count])
            return block.startswith(joined, at) and block.startswith(self._end, at + len(joined))

        return agreeing(agree, len(raws)) if raws else 0


def braiding_of(frames: list[Frame]) -> Braiding | None:
    """What takes records of these frames together; None where there is one, or they differ in more than a mark."""
    first = frames[0]
    alike = [
        frame
        for frame in frames
        if len(frame.finder.start) == len(first.finder.start) and frame.finder.end == first.finder.end
    ]
    if len(alike) < _FEWEST or any(frame.padded for frame in alike):
        return None
    size, differing, number = (
        len(first.finder.start),
        0,
        int.from_bytes(first.finder.start),
    )  # to compare numbers is fast
    for frame in alike:
        differing |= number ^ int.from_bytes(frame.finder.start)
    before = size - (differing.bit_length() + 7) // 8
    behind = ((differing & -differing).bit_length() - 1) // 8
    return Braiding(alike, before, behind) if before else None  # else nothing tells how far they reach
