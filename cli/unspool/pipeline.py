"""The only loop: blocks to records, records to outcomes, outcomes to a sink.

    bytes ─▶ Framer ─▶ record ─▶ Translator ─▶ Transformer.feed ─▶ outcome ─▶ sink ─▶ bytes
                          └────▶ Matcher: a batch of records that differ in one string ───────┘

Commands differ only in their sink. Faults, and whatever else is said of a source, go to a SourceReport.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from unspool.core.errors import MalformedRecord, NotAChunk
from unspool.core.events import Event, StreamIncomplete
from unspool.core.rewriter.step import Outcome
from unspool.core.rewriter.wire import EXTENSION, Chunk
from unspool.core.transformer import Transformer
from unspool.diagnostics import Report
from unspool.dialects.channels import Content
from unspool.dialects.registry import AGENTS, EXECUTED, is_event
from unspool.dialects.translator import Translator
from unspool.errors import SourceFailed
from unspool.fastpath.batch import RecordBatch
from unspool.fastpath.matcher import ContinuationMatcher, Matcher, TemplateMatcher
from unspool.formats.detect import Format
from unspool.formats.framer import Framer
from unspool.formats.record import Record, RecordKind, blank
from unspool.interleaving import Interleaving
from unspool.quirks.pings import is_ping
from unspool.settings import Settings, Summary
from unspool.sinks.base import Sink
from unspool.source_report import FirstFault, SourceReport
from unspool.sources.base import Source
from unspool.stop_rule import Stop, StopRule

if TYPE_CHECKING:
    from unspool.dialects.agents.repeated_runs import RepeatedRuns
    from unspool.dialects.tools.events import ToolEvents

_PIECE = 1 << 16
"""Bytes that are framed at once: the records of a piece are in memory together, and each takes a few hundred bytes."""
_SALVAGEABLE = re.compile(rb"[{\[].|\xef\xbb\xbf", re.DOTALL)
"""Bytes of a record that may have small damage only; junk of a few bytes is not examined further."""


def run(source: Source, settings: Settings, sink: Sink, report: Report, summary: Summary) -> None:
    """Read one source to its end, and record the result in ``summary``.

    Faults are reported and the run continues. Raises only what the sink raises
    (a closed output).
    """
    for _ in Reading(source.name, settings, sink, report, summary).read(source):
        pass


class Reading:
    """One source on its way through the transformer: ``run`` pulls its blocks, a server pushes them into ``take``.

    With ``end``, an offset in bytes, it stops before the first record at or behind it that begins a
    step: the rest of the source can be read apart from it.
    ``stopped_at`` is then the offset of that record, else None. ``records`` and
    ``steps`` count what was read.
    """

    def __init__(
        self,
        source: str,
        settings: Settings,
        sink: Sink,
        report: Report,
        summary: Summary,
        end: int | None = None,
    ) -> None:
        self._sink = sink
        self._summary = summary
        self._report = SourceReport(source, settings, sink, report, summary)
        self._repeated = self._report.repeated
        self._transformer = Transformer(settings.options)
        content = _content(settings)
        self._translator = Translator(settings.dialect, content, settings.subagents)
        self._tools: ToolEvents | None = None  # from the first extension on
        self._runs: RepeatedRuns | None = None  # of an agent, from its first record on
        self._extracts = bool(content)
        self._framer = Framer(settings.format)
        self._number = self._offset = 0  # of the last record
        self._pending = False  # a chunk since the stream began
        self._received = False  # anything but white space
        self._fast = settings.fast and not content
        self._templates = TemplateMatcher(self._transformer)
        self._continuations = ContinuationMatcher(self._transformer, self._translator)
        self._interleaving = Interleaving(self._transformer)
        self._matcher: Matcher | None = None  # the one that has learnt from the last record
        self._rule: StopRule | None = None
        if settings.single_step or end is not None:
            self._rule = StopRule(self._transformer, self._translator, settings.single_step, end)
        self._broken: Record | None = None  # the last record, where it cannot be read
        self._cut = ""  # where the source ends, if that is in the middle of its JSON
        self.stopped_at: int | None = None

    @property
    def records(self) -> int:
        """The number of records read so far."""
        return self._number

    @property
    def steps(self) -> int:
        """The number of steps that have started."""
        return self._transformer.steps

    def read(self, source: Source) -> Iterator[None]:
        """Read the source, and yield after each block, when the sink has been flushed."""
        self._report.layers = getattr(source, "notices", ())
        self._sink.begin(source)
        try:
            for block in source.blocks():
                for start in range(0, len(block), _PIECE):
                    self.take(block[start : start + _PIECE])
                self._sink.flush()
                del block  # before the next is read
                yield
            self.take_rest()
            self.close()
            self._report.explain_silence()
        except SourceFailed as fault:
            self.abandon()
            self._report.add(None, fault)
        except Stop as stop:
            if stop.before is not None:
                self._number, self.stopped_at = stop.before.number - 1, stop.before.offset
            self.close()
            self._report.explain_silence()
        except FirstFault:
            self.abandon()
            self._summary.stopped = True
        self._sink.flush()

    def take(self, block: bytes) -> None:
        """Send what ``block`` completes on its way. Raises Stop or FirstFault where reading ends."""
        self._received = self._received or not block.isspace()
        self._read_all(self._framer.feed(block))

    def take_rest(self) -> None:
        """Send on its way what no line feed ended, and note whether that is all (R11)."""
        self._broken = None
        self._read_all(self._framer.close())
        if self._framer.unclosed:
            self._cut = "the stream ended before the end of its JSON array"
        elif self._ends_early():
            self._cut = "the stream ended inside of a record"

    def _ends_early(self) -> bool:
        """Return whether the last record is cut; a method, since mypyc takes what was set to None for None."""
        return self._broken is not None and self._broken.ends_early

    def _read_all(self, records: list[Record]) -> None:
        records.reverse()
        while records:  # each is given up before the next is parsed: the values of a block would fill the caches
            batch = None if self._matcher is None else self._matcher.match(records)
            if batch is not None:
                self._settle_batch(batch)
                continue
            record = self._report.take_repeated(records) if self._repeated.known else None
            if record is None:
                record = records.pop()
                if record.kind is RecordKind.VALUE:
                    self._value(record)
                else:
                    self._read(record)
            if record.number:
                self._number, self._offset = record.number, record.offset

    def _read(self, record: Record) -> None:
        self._matcher = None
        if record.kind is RecordKind.DONE:
            self._report.end_repeated()
            if self._runs is not None:
                self._process_all(self._runs.end())
            self._report.ended = True
            rest = self._feed_all(record, self._translator.done())
            self._settle(record, _joined([rest, self._transformer.done()]))
            self._end()
            if self._rule is not None:
                self._rule.at_done()
        else:
            self._report.unreadable(record, self._translator.ended)

    def close(self) -> None:
        """The source is at its end; one without a response ended early (R11)."""
        self._end_runs()
        lines = self._framer.format is not Format.SSE
        ends = [self._transformer.feed(chunk) for chunk in self._translator.end_of_lines()] if lines else []
        outcome = _joined([*ends, self._close()])
        if not self._number:
            reason = "the input holds no record of a stream" if self._received else "the input is empty"
            outcome.events.append(StreamIncomplete(0, reason))
        elif not (self._transformer.steps or self._report.said or outcome.events):
            outcome.events.append(StreamIncomplete(0, "the input holds no response"))
        elif self._cut and not any(type(event) is StreamIncomplete for event in outcome.events):
            outcome.events.append(StreamIncomplete(self._transformer.steps, self._cut))
        self._finish(outcome)

    def _end_runs(self) -> None:
        """Process the records of which it is not certain that they were received before."""
        runs, self._runs = self._runs, None
        self._continuations.stops = None
        if runs is None:
            return
        if runs.cut and not self._cut:
            self._cut = "the stream ended inside of a run that was received before"
        self._process_all(runs.close())

    def abandon(self) -> None:
        """The source is read no further: what is certain leaves, and no early end is claimed."""
        outcome = self._close()
        events = [event for event in outcome.events if type(event) is not StreamIncomplete]
        self._report.sound = False
        self._finish(Outcome(outcome.chunks, events))

    def _close(self) -> Outcome:
        missing = self._translator.missing
        tools = Outcome([], [] if self._tools is None else self._tools.close())
        rest = [self._transformer.feed(chunk) for chunk in self._translator.close()]
        return _joined([tools, *rest, self._transformer.close(missing)])

    def _finish(self, outcome: Outcome) -> None:
        self._report.end_repeated()
        self._report.strict = False
        end = Record(self._number, self._offset, b"", None)  # no [DONE] a second time
        end.kind = RecordKind.BLANK
        self._settle(end, outcome)
        if self._pending:
            self._end()

    def _value(self, record: Record) -> None:
        if self._repeated.known and self._repeated.recognise(record):
            self._report.unreadable(record, self._translator.ended)
            return
        value = record.parse()
        if record.kind is RecordKind.MALFORMED:
            self._damaged(record)
            return
        if self._runs is None or not self._runs.expects(record) or is_ping(value):
            self._process(record, value)
            return
        now = self._runs.feed(record)
        self._process_all(now)
        if not now or now[-1] is not record:
            self._matcher = None
            self._settle(blank(record.number, record.offset, None), Outcome([], []))

    def _process_all(self, records: list[Record]) -> None:
        for record in records:
            self._process(record, record.value)

    def _process(self, record: Record, value: Any) -> None:
        """Feed a value, and hand on what comes of it."""
        try:
            if (
                type(value) is dict
                and "choices" in value
                and self._translator.dialect is None
                and not self._extracts
                and (self._pending or self._translator.is_chunk(value))  # the first of a stream shows it
            ):
                if self._rule is not None:
                    self._rule.before_chunk(record, value)
                if value.get("id") != self._interleaving.last:
                    self._interleaving.check(value)
                outcome = self._transformer.feed(value)
                # One that was rewritten; one with a server's tools, which most have in a chunk without anything else.
                if EXTENSION in value or (len(outcome.events) != 1 and EXECUTED in record.data):
                    outcome.events.extend(self._tool_events(value))
                self._pending = True
                self._matcher = self._templates if self._fast and self._templates.learn(record, outcome) else None
            else:
                self._matcher = None
                outcome = self._translate(record, value)
        except MalformedRecord as fault:
            self._not_a_chunk(record, fault)
            return
        self._summary.read = True
        self._broken = None
        self._report.end_repeated()
        self._settle(record, outcome)

    def _damaged(self, record: Record) -> None:
        """Process a record that is no JSON, piece by piece where its damage is small."""
        pieces = _salvaged(record, self._translator.dialect is not None)
        if pieces is None:
            self._broken = record
            self._report.unreadable(record, self._translator.ended)
            return
        for piece in pieces:
            self._value(piece)
        if len(pieces) == 1:
            self._repeated.remember_damaged(record.data, pieces[0])

    def _not_a_chunk(self, record: Record, fault: MalformedRecord) -> None:
        """Report a record that is JSON and no chunk, unless it need not be one.

        An event with an unknown name may be a progress report.
        """
        if record.optional and isinstance(fault, NotAChunk) and not is_event(record.value):
            self._sink.pass_through([blank(record.number, record.offset, record.line, record.quirks)])
            return
        failed = self._translator.failure(record.value)
        if failed is not None:  # R12
            self._summary.read = True
            self._settle(record, self._feed_all(record, failed))
            return
        record.mark_malformed(fault)
        self._report.unreadable(record, self._translator.ended)

    def _named(self, event: bytes, value: Any) -> Any:
        """Return a record with the name of its event as its type; between chunks names have none."""
        in_chunks = self._pending and self._translator.dialect is None
        return value if in_chunks else self._translator.named(value, event)

    def _translate(self, record: Record, value: Any) -> Outcome:
        """Process a value that may not be a chunk. Raises NotAChunk."""
        value = self._named(record.name, value) if record.name else value
        if is_ping(value):
            record.dialect = self._translator.dialect
            return Outcome([], [])
        if self._rule is not None:
            self._rule.before_record(record, value)
        translated = self._translator.feed(value)
        if translated is None:
            return self._feed(value)
        tools = self._tools
        settled = [] if tools is None or not tools.waits else tools.settle(translated)
        outcome = self._feed_all(record, translated)
        if settled:
            outcome.events[:0] = settled
        for chunk in translated:
            if EXTENSION in chunk:
                self._report.called.see_kinds(chunk[EXTENSION])
        dialect = record.dialect = self._translator.dialect
        if dialect in AGENTS:
            self._see(record, value)
        if self._fast and len(translated) == 1 and self._continuations.learn(record, translated[0], outcome):
            self._matcher = self._continuations
        return outcome

    def _see(self, record: Record, value: Any) -> None:
        """Note a record of an agent's run, which may be received again."""
        if self._runs is None:
            from unspool.dialects.agents.repeated_runs import RepeatedRuns  # noqa: PLC0415 - start-up

            self._runs = RepeatedRuns(len(self._report.layers) > 0)
            self._continuations.stops = self._runs.begins
        self._runs.see(record, value, self._translator.missing)

    def _feed(self, chunk: Any) -> Outcome:
        if self._rule is not None:
            self._rule.before_step(chunk)
        outcome = self._transformer.feed(chunk)
        self._pending = True
        if type(chunk) is dict and EXTENSION in chunk:
            outcome.events.extend(self._tool_events(chunk))
        return outcome

    def _tool_events(self, chunk: Chunk) -> list[Event]:
        """The events of tools in the extension of a chunk."""
        if self._tools is None:
            from unspool.dialects.tools.events import ToolEvents  # noqa: PLC0415 - start-up

            self._tools = ToolEvents()
        return self._tools.events(chunk, self._transformer.steps)

    def _feed_all(self, record: Record, chunks: list[Chunk]) -> Outcome:
        """Feed the chunks of a translated record; their outcomes belong to that record."""
        outcomes: list[Outcome] = []
        try:
            for chunk in chunks:
                outcomes.append(self._feed(chunk))  # noqa: PERF401 - those before one that ends the step are kept
        except Stop:
            self._settle(record, _joined(outcomes))
            raise
        return _joined(outcomes)

    def _settle_batch(self, batch: RecordBatch) -> None:
        self._report.end_repeated()
        last = batch.records[-1]
        if self._runs is not None and self._translator.dialect in AGENTS:
            self._runs.see_batch(batch.records)
        self._number, self._offset = last.number, last.offset
        self._sink.write_batch(batch)
        self._report.see_batch(batch)

    def _settle(self, record: Record, outcome: Outcome) -> None:
        """Hand an outcome to the sink, and its events to the report."""
        try:
            self._sink.write(record, outcome, self._transformer.holding)
        except MalformedRecord as fault:
            self._report.add(record, fault)
        self._report.see(record, outcome.events)

    def _end(self) -> None:
        self._sink.end(self._report.sound and self._pending and self._transformer.steps > 0)
        self._interleaving = Interleaving(self._transformer)
        self._report.sound, self._pending = True, False


def _content(settings: Settings) -> list[Content]:
    """Return the requested extractors for content."""
    if not settings.channels and not settings.field:
        return []
    from unspool.dialects.content import content_of  # noqa: PLC0415 - start-up

    return content_of(settings.channels, settings.field)


def _salvaged(record: Record, in_dialect: bool) -> list[Record] | None:
    """The records in one with small damage; None where it cannot be read."""
    if not _SALVAGEABLE.search(record.data):
        return None
    from unspool.intake.damage import salvage  # noqa: PLC0415 - damage is rare

    return salvage(record, in_dialect)


def _joined(outcomes: list[Outcome]) -> Outcome:
    """Outcomes of the same record as one."""
    if len(outcomes) == 1:
        return outcomes[0]
    joined: Outcome = tuple.__new__(Outcome, ([], []))  # of most records that leave nothing; see Transformer.feed
    for outcome in outcomes:
        joined.chunks.extend(outcome.chunks)
        joined.events.extend(outcome.events)
    return joined
