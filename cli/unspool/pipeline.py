"""The only loop: blocks to records, records to outcomes, outcomes to a sink.

    bytes ─▶ Framer ─▶ record ─▶ Translator ─▶ StreamRewriter.feed ─▶ outcome ─▶ sink ─▶ bytes
      └─▶ FastLane ─▶ run, of many records alike ────────────────────────────────┘

Commands differ in their sink alone.
"""

from typing import TYPE_CHECKING, Any, cast

from unspool.core.errors import MalformedRecord, SourceFailed, UnspoolError
from unspool.core.events import FAULTS, ArgumentsFailed, Fault, ResponseRefused, StreamIncomplete, TextDelta
from unspool.core.rewriter.step import Outcome
from unspool.core.rewriter.stream_rewriter import StreamRewriter
from unspool.core.rewriter.wire import Chunk, is_ping
from unspool.diagnostics import Problem, Report
from unspool.dialects.channels import Content
from unspool.dialects.translator import Translator
from unspool.fastpath.batch import Run, Single
from unspool.fastpath.braids import Braid
from unspool.fastpath.lane import FastLane
from unspool.formats.detect import WHOLE
from unspool.formats.framer import Framer
from unspool.formats.record import Record, RecordKind
from unspool.settings import Settings, Summary
from unspool.sinks.base import Sink
from unspool.sources.base import Source

if TYPE_CHECKING:
    from unspool.fastpath.translated_lane import DialectLane


_PIECE = 1 << 16
"""Bytes that are framed at once: the records of a piece are in memory together, and each takes a few hundred bytes."""


class _StepOver(Exception):
    """The one step that was asked for is over."""


class _Refused(Exception):
    """A fault that ``strict`` does not let pass."""


def run(source: Source, settings: Settings, sink: Sink, report: Report, summary: Summary) -> None:
    """Read one source to its end, and say in ``summary`` what it came to.

    Faults are reported and the run goes on; only what the sink raises (a
    closed output) comes out of here.
    """
    reading = _Reading(source.name, settings, sink, report, summary)
    sink.begin(source)
    try:
        for block in source.blocks():
            for start in range(0, len(block), _PIECE):
                reading.take(block[start : start + _PIECE])
            sink.flush()
            del block  # before the next is read
        reading.take_rest()
        reading.close()
    except SourceFailed as fault:
        reading.abandon()
        reading.report(None, fault)
    except _StepOver:
        reading.close()
    except _Refused:
        reading.abandon()
        summary.stopped = True
    sink.flush()


class _Reading:
    """One source on its way through the transformer."""

    def __init__(self, source: str, settings: Settings, sink: Sink, report: Report, summary: Summary) -> None:
        self._source = source
        self._settings = settings
        self._sink = sink
        self._report = report
        self._summary = summary
        self._rewriter = StreamRewriter(settings.options)
        self._translator = Translator(settings.dialect, _content(settings))
        self._framer = Framer(settings.format)
        self._lane = FastLane(self._framer, self._rewriter) if settings.fast else None
        self._dialect_lane: DialectLane | None = None
        self._number = self._offset = 0  # of the last record
        self._sound = True  # no fault since the stream began
        self._pending = False  # chunks since the last end of a stream
        self._strict = settings.strict
        self._last_malformed: Record | None = None

    def take(self, block: bytes) -> None:
        """Send what ``block`` completes on its way. Raises _StepOver or _Refused where the settings ask to stop."""
        lane = self._dialect_lane or self._lane
        if lane is None:
            self._long_way(self._framer.feed(block))
            return
        for taken in lane.feed(block):
            if isinstance(taken, list):
                self._long_way(taken)
            elif isinstance(taken, Single):
                self._settle(*taken)
                self._number, self._offset = taken.record.number, taken.record.offset
            else:
                self._settle_run(taken)
        if self._lane is not None and self._lane.unread is not None:
            rest, self._lane = self._lane.unread, None
            self._dialect_lane = self._lane_for_events()
            self.take(rest)

    def _lane_for_events(self) -> "DialectLane":
        from unspool.fastpath.record_lane import RecordLane  # noqa: PLC0415 - as above
        from unspool.fastpath.translated_lane import DialectLane  # noqa: PLC0415 - start-up

        kind = RecordLane if self._framer.format in WHOLE else DialectLane
        return kind(self._framer, self._translator, self._rewriter)

    def take_rest(self) -> None:
        """Send on its way what no line feed ended."""
        lane = self._dialect_lane or self._lane
        self._long_way(self._framer.close() if lane is None else lane.close())

    def _long_way(self, records: list[Record]) -> None:
        for record in records:
            self._read(record)
            if record.number:
                self._number, self._offset = record.number, record.offset

    def _read(self, record: Record) -> None:
        if record.kind is RecordKind.VALUE:
            self._value(record)
        elif record.kind is RecordKind.DONE:
            rest = self._feed_all(record, self._translator.close())
            self._settle(record, _joined([rest, self._rewriter.done()]))
            self._end()
            if self._settings.single_step and self._rewriter.steps:
                raise _StepOver
        else:
            self._malformed(record)

    def close(self) -> None:
        """The source is at its end; an empty one ended early (R11)."""
        outcome = self._close()
        if not self._number:
            outcome.events.append(StreamIncomplete(0, "the input is empty"))
        self._finish(outcome)

    def abandon(self) -> None:
        """The source is read no further: what is certain leaves, and no early end is claimed."""
        outcome = self._close()
        events = [event for event in outcome.events if type(event) is not StreamIncomplete]
        self._sound = False
        self._finish(Outcome(outcome.chunks, events))

    def _close(self) -> Outcome:
        rest = [self._rewriter.feed(chunk) for chunk in self._translator.close()]
        return _joined([*rest, self._rewriter.close()])

    def _finish(self, outcome: Outcome) -> None:
        self._strict = False
        end = Record(self._number, self._offset, b"", None)  # no [DONE] a second time
        end.kind = RecordKind.BLANK
        self._settle(end, outcome)
        if self._pending:
            self._end()

    def report(self, record: Record | None, fault: UnspoolError | Fault) -> None:
        """Make a fault known, and remember its kind."""
        kind = MalformedRecord if isinstance(fault, MalformedRecord) else type(fault)
        self._summary.faults.add(kind)
        self._sink.flush()  # what came before it is seen before it
        self._report(Problem(self._source, record, fault))
        if self._strict and kind in (MalformedRecord, ArgumentsFailed):
            raise _Refused

    def _value(self, record: Record) -> None:
        last = self._last_malformed
        if (
            last is not None
            and last.fault is not None
            and last.data == record.data
            and last.number == record.number - 1
        ):
            record.spoil(last.fault)  # nothing changed in between: junk repeats, and two bytes of it are a record
            self._malformed(record)
            return
        value = record.parse()
        if record.kind is RecordKind.MALFORMED:
            for piece in self._salvaged(record):
                self._value(piece)
            return
        if is_ping(value):
            record.dialect = self._translator.dialect
            self._settle(record, Outcome([], []))
            return
        try:
            translated = self._translator.feed(value)
            outcome = self._feed(value) if translated is None else self._feed_all(record, translated)
        except MalformedRecord as fault:
            record.spoil(fault)
            self._malformed(record)
            return
        self._summary.read = True
        self._learn(record, value, translated)
        self._settle(record, outcome)

    def _salvaged(self, record: Record) -> list[Record]:
        """The records in one with small damage; none where it cannot be read, which is reported."""
        from unspool.intake.damage import salvage  # noqa: PLC0415 - damage is rare

        found = salvage(record.data, record.line is None)
        if found is None:
            self._malformed(record)
            return []
        pieces, quirk = found
        quirks = (*record.quirks, quirk)
        ends = [b"\n"] * (len(pieces) - 1) + [record.end]
        lines = [None if record.line is None else piece for piece in pieces]
        return [
            Record(record.number, record.offset, piece, line, quirks, end)
            for piece, line, end in zip(pieces, lines, ends, strict=True)
        ]

    def _learn(self, record: Record, value: Any, translated: list[Chunk] | None) -> None:
        """Let a lane know what went the long way."""
        if translated is not None:
            record.dialect = self._translator.dialect
        if self._dialect_lane is not None:
            self._dialect_lane.learn(value, translated or [])
        elif self._lane is not None and translated is not None:
            self._lane.leave()
        elif self._lane is not None:
            self._lane.learn(record)

    def _feed(self, chunk: Any) -> Outcome:
        if self._settings.single_step and self._rewriter.begins_step(chunk):
            raise _StepOver
        outcome = self._rewriter.feed(chunk)
        self._pending = True
        return outcome

    def _feed_all(self, record: Record, chunks: list[Chunk]) -> Outcome:
        """Feed the chunks that another dialect's record gave; what they bring about belongs to that record."""
        outcomes: list[Outcome] = []
        try:
            for chunk in chunks:
                outcomes.append(self._feed(chunk))  # noqa: PERF401 - those before one that ends the step are kept
        except _StepOver:
            self._settle(record, _joined(outcomes))
            raise
        return _joined(outcomes)

    def _malformed(self, record: Record) -> None:
        self._sink.pass_on(record)
        if record.fault is not None:
            self._last_malformed = record
            self.report(record, record.fault)

    def _settle_run(self, run: Run | Braid) -> None:
        self._number, self._offset = run.stretch.last_number, run.stretch.last_offset
        self._sink.accept_run(run)
        if not self._summary.text:
            self._summary.text = any(piece.text for piece in run.spoken(self._settings.choice, (TextDelta,)))

    def _settle(self, record: Record, outcome: Outcome) -> None:
        """Hand an outcome to the sink, then report the faults among its events: text first (R11)."""
        try:
            self._sink.accept(record, outcome, self._rewriter.holding)
        except MalformedRecord as fault:
            self.report(record, fault)
        for event in outcome.events:
            if type(event) in FAULTS:
                self._fault(record, cast(Fault, event))
            elif type(event) is TextDelta and event.choice == self._settings.choice:
                self._summary.text = True
            elif type(event) is ResponseRefused and event.choice == self._settings.choice:
                self._sink.flush()
                self._report(Problem(self._source, record, event))  # no fault: the provider answered (R17)

    def _fault(self, record: Record, fault: Fault) -> None:
        self._sound = self._sound and isinstance(fault, ArgumentsFailed)
        self.report(record, fault)

    def _end(self) -> None:
        self._sink.end(self._sound and self._pending)
        self._sound, self._pending = True, False


def _content(settings: Settings) -> list[Content]:
    """What is taken out of content, on request."""
    if not settings.channels and not settings.field:
        return []
    from unspool.dialects.content import content_of  # noqa: PLC0415 - start-up

    return content_of(settings.channels, settings.field)


def _joined(outcomes: list[Outcome]) -> Outcome:
    """Outcomes of the same record as one."""
    if len(outcomes) == 1:
        return outcomes[0]
    return Outcome(
        [chunk for outcome in outcomes for chunk in outcome.chunks],
        [event for outcome in outcomes for event in outcome.events],
    )
