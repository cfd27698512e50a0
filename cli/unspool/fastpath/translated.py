"""Runs of events in another dialect, as the lane for them hands them to a sink (``dialectlane``)."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from unspool.core.events import TextDelta, ThoughtsDelta
from unspool.core.parser.targets import ValueKind
from unspool.core.rewriter.bulk import TOLD, CallContinuation, Continuation, Leaving, Running
from unspool.core.rewriter.step import Outcome
from unspool.core.rewriter.wire import Chunk
from unspool.fastpath.batch import Kinds, Part, Run, Single, Spoken
from unspool.formats.json_codec import encode, encode_each
from unspool.formats.record import Layout, Record, Stretch

_MARK = "\0text\0"
_ENCODED_MARK = encode(_MARK)[1:-1]
_KINDS: dict[type[Any] | None, ValueKind] = {TextDelta: ValueKind.MESSAGE, ThoughtsDelta: ValueKind.THOUGHTS}


class Known:
    """An event that was learnt, what its chunk continues, and what stands around the text of such chunks."""

    def __init__(self, value: Any, continuation: Continuation) -> None:
        self.value = value
        self.continuation = continuation
        self._around: dict[tuple[type[Any] | None, Leaving], tuple[bytes, bytes]] = {}

    def chunk(self, text: str) -> Chunk:
        """The chunk that says this text."""
        chunk = self.continuation.chunk
        (choice,) = chunk["choices"]
        if isinstance(self.continuation, CallContinuation):
            (entry,) = choice["delta"]["tool_calls"]
            delta: dict[str, Any] = {"tool_calls": [{**entry, "function": {**entry["function"], "arguments": text}}]}
        else:
            delta = {self.continuation.member: text}
        return {**chunk, "choices": [{**choice, "delta": delta}]}

    def around(self, running: Running) -> tuple[bytes, bytes]:
        """What stands before and behind the text in the chunks that leave."""
        found = self._around.get((running.event, running.leaves))
        if found is None:
            chunk = self.chunk(_MARK)
            if running.leaves is Leaving.REWRITTEN:
                assert isinstance(self.continuation, CallContinuation)
                (chunk,) = self.continuation.rewrite(chunk, [(_KINDS[running.event], _MARK)])
            before, _, behind = encode(chunk).partition(_ENCODED_MARK)
            found = self._around[running.event, running.leaves] = before, behind
        return found


class Datas(NamedTuple):
    """The JSON of events that lie one behind the other, how records of it are laid out, and the bytes around each."""

    each: list[bytes]
    layout: Layout
    around: int
    dialect: str | None


class TranslatedRun(Run):
    """Events alike, one after the other."""

    def __init__(self, known: Known, parts: list[Part], datas: Datas, stretch: Stretch) -> None:
        self.stretch = stretch
        self._known = known
        self._parts = parts
        self._datas = datas

    def spoken(self, choice: int, kinds: Kinds = TOLD) -> Iterator[Spoken]:
        """What was said in this choice."""
        for running, _, _, said, _ in self._parts:
            if running.event is not None and running.event in kinds and running.choice == choice:
                yield Spoken(running.event, running.step, running.call, "".join(said or ()))

    def chunks(self, layout: Layout) -> bytes:
        """The chunks that leave, laid out so; one without text says nothing (R2)."""
        return b"".join([self._chunks_of(part, layout) for part in self._parts])

    def _chunks_of(self, part: Part, layout: Layout) -> bytes:
        texts = [text for text in part.said or () if text]
        if part.running.leaves is Leaving.NOT_AT_ALL or not texts:
            return b""
        before, behind = self._known.around(part.running)
        first, last = layout.before + before, behind + layout.behind
        return first + (last + first).join(encode_each(texts)) + last

    def records(self) -> Iterator[Single]:
        """Each record, with its events and without chunks."""
        number, offset, _, _, quirks = self.stretch
        datas, layout, around, dialect = self._datas
        for running, start, end, said, _ in self._parts:
            for data, text in zip(datas[start:end], said or (), strict=True):
                record = layout.record(number, offset, data, quirks)
                record.dialect = dialect
                yield Single(record, Outcome([], running.told(text)))
                number, offset, quirks = number + 1, offset + around + len(data), ()


class RecordsRun(TranslatedRun):
    """Events alike, one after the other, whose records are at hand."""

    def __init__(self, known: Known, parts: list[Part], records: list[Record], dialect: str | None) -> None:
        first, last = records[0], records[-1]
        self.stretch = Stretch(first.number, first.offset, last.number, last.offset, ())
        self._known = known
        self._parts = parts
        self._records = records
        self._dialect = dialect

    def records(self) -> Iterator[Single]:
        """Each record, with its events and without chunks."""
        for running, start, end, said, _ in self._parts:
            for record, text in zip(self._records[start:end], said or (), strict=True):
                record.dialect = self._dialect
                yield Single(record, Outcome([], running.told(text)))
