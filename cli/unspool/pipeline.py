"""The only loop: blocks to records, records to outcomes, outcomes to a sink.

    bytes ─▶ Framer ─▶ record ─▶ ValueReader.read ─▶ outcome ─────────────────────────▶ sink ─▶ bytes
                          └────▶ ValueReader.match ─▶ a batch of records that differ in one string ──┘

Commands differ only in their sink. Faults, and whatever else is said of a source, go to a SourceReport.
"""

import re
from collections.abc import Iterator

from unspool.core.errors import MalformedRecord, NotAChunk
from unspool.core.events import StreamIncomplete
from unspool.core.outcome import Outcome
from unspool.diagnostics import Report
from unspool.dialects.registry import is_event
from unspool.errors import SourceFailed
from unspool.fastpath.batch import RecordBatch
from unspool.formats.detect import Format
from unspool.formats.framer import Framer
from unspool.formats.record import Record, RecordKind, blank
from unspool.intake.source import Source
from unspool.redaction import redact
from unspool.settings import Settings, Summary
from unspool.sinks.base import Sink
from unspool.source_report import FirstFault, SourceReport
from unspool.stop_rule import Stop
from unspool.value_reader import ValueReader, joined

_PIECE = 1 << 16
"""Bytes that are framed at once: the records of a piece are in memory together, and each takes a few hundred bytes."""
_NAMES, _NAME = 5, 40
"""Names of events in a message, and characters of one."""
_LONGEST_NAME = 1024
"""Bytes of a name that are kept until then."""
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
        self._values = ValueReader(settings, end, self._report.called)
        self._framer = Framer(settings.format)
        self._number = self._offset = 0  # of the last record
        self._received = False  # anything but white space
        self._at_end = False  # nothing follows the records that are read now
        self._open_record: Record | None = None  # the last one, where the source ends inside of it
        self._cut = ""  # where the source ends, if that is in the middle of its JSON
        self._names: dict[bytes, None] = {}  # of events that belong to no stream, the first few
        self.stopped_at: int | None = None

    @property
    def records(self) -> int:
        """The number of records read so far."""
        return self._number

    @property
    def steps(self) -> int:
        """The number of steps that have started."""
        return self._values.transformer.steps

    def read(self, source: Source) -> Iterator[None]:
        """Read the source, and yield after each block, when the sink has been flushed."""
        self._report.layers = self._values.layers = getattr(source, "notices", ())
        self._sink.begin(source)
        try:
            yield from self._take_blocks(source)
            self.take_rest()
            self.close()
            self._report.explain_silence()
        except SourceFailed as fault:
            self.abandon()
            self._report.add(None, fault)
        except Stop as stop:
            if stop.partial is not None:
                self._settle(*stop.partial)
            if stop.before is not None:
                self._number, self.stopped_at = stop.before.number - 1, stop.before.offset
            self.close()
            self._report.explain_silence()
        except FirstFault:
            self.abandon()
            self._summary.stopped = True
        self._sink.flush()

    def _take_blocks(self, source: Source) -> Iterator[None]:
        """Take each block of the source. Raises what ``take`` and the source raise."""
        try:
            for block in source.blocks():
                for start in range(0, len(block), _PIECE):
                    self.take(block[start : start + _PIECE])
                self._sink.flush()
                del block  # before the next is read
                yield
        except SourceFailed:
            self._take_whole_rest()
            raise

    def take(self, block: bytes) -> None:
        """Send what ``block`` completes on its way. Raises Stop or FirstFault where reading ends."""
        self._received = self._received or not block.isspace()
        self._read_all(self._framer.feed(block))

    def take_rest(self) -> None:
        """Send on its way what no line feed ended, and note whether that is all (R11)."""
        self._at_end = True
        self._read_all(self._framer.close())
        if self._framer.unclosed:
            self._cut = "the stream ended before the end of its JSON array"
        record, self._open_record = self._open_record, None
        if record is not None and self._report.pass_on(record, self._values.translator.ended):
            self._cut = self._cut or "the stream ended inside of a record"

    def _take_whole_rest(self) -> None:
        """Send on its way what a source that failed has behind its last line feed, if that is a whole record."""
        for record in self._framer.close():
            if record.kind is RecordKind.VALUE:
                record.parse()
            if record.kind is RecordKind.VALUE:
                self._read_all([record])

    def _read_all(self, records: list[Record]) -> None:
        records.reverse()
        while records:  # each is given up before the next is parsed: the values of a block would fill the caches
            if self._open_record is not None and records[-1].kind is not RecordKind.BLANK:
                self._end_open_record()
            batch = None if self._values.matcher is None else self._values.match(records)
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
            if record.number > self._number:  # a blank line has the number of the record before it
                self._number, self._offset = record.number, record.offset

    def _read(self, record: Record) -> None:
        self._values.matcher = None
        if record.name:
            self._pass_over(record.name)
        if record.kind is not RecordKind.DONE:
            self._take_unreadable(record)
            return
        self._report.end_repeated()
        self._process_all(self._values.due_at_done())
        self._report.ended = True
        self._settle(record, self._values.done(record))
        self._end()
        self._values.at_done()

    def close(self) -> None:
        """The source is at its end; one without a response ended early (R11)."""
        self._process_all(self._values.due_at_end())
        if self._values.run_cut and not self._cut:
            self._cut = "the stream ended inside of a run that was received before"
        ends = [] if self._framer.format is Format.SSE else [self._values.end_of_lines()]
        outcome = joined([*ends, self._values.close()])
        if not self._number:
            received = self._received or len(self._report.layers) > 0  # a log, say, of whose lines none is left
            reason = "the input holds no record of a stream" if received else "the input is empty"
            outcome.events.append(StreamIncomplete(0, reason))
        elif self._cut:
            if not any(type(event) is StreamIncomplete for event in outcome.events):
                outcome.events.append(StreamIncomplete(self.steps, self._cut))
        elif not (self.steps or self._report.has_reported or outcome.events):
            outcome.events.append(StreamIncomplete(0, f"the input holds no response{self._of_no_stream()}"))
        self._finish(outcome)

    def _of_no_stream(self) -> str:
        """The names of the events of a source without a response."""
        whole = (redact(name.decode("utf-8", "replace")) for name in self._names)  # while a secret in it is whole
        names = ", ".join(name[:_NAME] for name in whole)
        return f": its events ({names}) are of no known format" if names else ""

    def _pass_over(self, event: bytes) -> None:
        """Note the name of an event that need not belong to the stream."""
        if len(self._names) < _NAMES:
            self._names[event[:_LONGEST_NAME]] = None

    def abandon(self) -> None:
        """The source is read no further: what is certain leaves, and no early end is claimed."""
        outcome = self._values.close()
        events = [event for event in outcome.events if type(event) is not StreamIncomplete]
        self._report.sound = False
        self._finish(Outcome(outcome.chunks, events))

    def _finish(self, outcome: Outcome) -> None:
        self._report.end_repeated()
        self._report.strict = False
        end = Record(self._number, self._offset, b"", None)  # no [DONE] a second time
        end.kind = RecordKind.BLANK
        self._settle(end, outcome)
        if self._values.pending:
            self._end()

    def _value(self, record: Record) -> None:
        if self._repeated.known and self._repeated.recognise(record):
            self._report.unreadable(record, self._values.translator.ended)
            return
        record.parse()
        if record.kind is RecordKind.MALFORMED:
            self._damaged(record)
        elif self._values.runs is not None and self._values.expects(record):
            due = self._values.due(record)
            self._process_all(due)
            if not due or due[-1] is not record:
                self._values.matcher = None
                self._settle(blank(record.number, record.offset, None), Outcome([], []))
        else:
            self._process(record)

    def _process_all(self, records: list[Record]) -> None:
        for record in records:
            self._process(record)

    def _process(self, record: Record) -> None:
        """Read the value of a record, and hand on what comes of it."""
        try:
            outcome = self._values.read(record)
        except MalformedRecord as fault:
            partial, self._values.partial = self._values.partial, Outcome([], [])
            if partial.events or partial.chunks:
                self._settle(record, partial)
            self._not_a_chunk(record, fault)
            return
        self._summary.read = True
        self._report.end_repeated()
        self._settle(record, outcome)

    def _damaged(self, record: Record) -> None:
        """Process a record that is no JSON, piece by piece where its damage is small."""
        translator = self._values.translator
        pieces = _salvaged(record, translator.dialect is not None)
        if pieces is None:
            self._take_unreadable(record)
            return
        for piece in pieces:
            self._end_open_record()
            self._value(piece)
        if len(pieces) == 1:
            self._repeated.remember_damaged(record.data, pieces[0])

    def _take_unreadable(self, record: Record) -> None:
        if self._at_end and record.ends_early:
            self._open_record = record
        else:
            self._report.unreadable(record, self._values.translator.ended)

    def _end_open_record(self) -> None:
        """Report a record that was not the last one: it is cut, and the source is not."""
        record, self._open_record = self._open_record, None
        if record is not None:
            self._report.unreadable(record, self._values.translator.ended)

    def _not_a_chunk(self, record: Record, fault: MalformedRecord) -> None:
        """Report a record that is JSON and no chunk, unless it need not be one.

        An event with an unknown name may be a progress report.
        """
        if record.optional and isinstance(fault, NotAChunk) and not is_event(record.value):
            self._pass_over(record.name)
            self._sink.pass_through([blank(record.number, record.offset, record.line, record.quirks)])
            return
        elements = _elements(record) if isinstance(record.value, list) else None
        if elements is not None:
            for element in elements:
                self._value(element)
            return
        translator = self._values.translator
        failed = translator.failure(record.value)
        if failed is not None:  # R12
            self._summary.read = True
            self._settle(record, self._values.feed_all(record, failed))
            return
        record.mark_malformed(fault)
        if not self._report.unreadable(record, translator.ended):  # a request, say: what follows answers it
            self._values.transformer.interrupt()

    def _settle_batch(self, batch: RecordBatch) -> None:
        self._report.end_repeated()
        last = batch.records[-1]
        self._number, self._offset = last.number, last.offset
        self._sink.write_batch(batch)
        self._report.see_batch(batch)

    def _settle(self, record: Record, outcome: Outcome) -> None:
        """Hand an outcome to the sink, and its events to the report."""
        try:
            self._sink.write(record, outcome, self._values.transformer.holding)
        except MalformedRecord as fault:
            self._report.add(record, fault)
        self._report.see(record, outcome.events)

    def _end(self) -> None:
        self._sink.end(self._report.sound and self._values.pending and self.steps > 0)
        self._values.begin_stream()
        self._report.sound = True


def _elements(record: Record) -> list[Record] | None:
    """The records in an array that follows records; None where it holds anything else."""
    from unspool.intake.damaged.damage import elements  # noqa: PLC0415 - as below

    return elements(record)


def _salvaged(record: Record, in_dialect: bool) -> list[Record] | None:
    """The records in one with small damage; None where it cannot be read."""
    if not _SALVAGEABLE.search(record.data):
        return None
    from unspool.intake.damaged.damage import salvage  # noqa: PLC0415 - damage is rare

    return salvage(record, in_dialect)
