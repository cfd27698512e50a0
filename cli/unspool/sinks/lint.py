"""The sink of `unspool lint`: counts the quirks of all sources, and writes the report at the end."""

from collections.abc import Callable, Iterable

from unspool.core.errors import MalformedRecord
from unspool.core.events import FAULTS, Event, StepStarted, TextDelta
from unspool.core.outcome import Outcome
from unspool.core.rewriter.wire import EXTENSION, Chunk
from unspool.dialects.chunk_builder import DIALECT, beyond_of
from unspool.dialects.registry import DIALECTS
from unspool.fastpath.batch import RecordBatch
from unspool.formats.json_codec import HUGE, encode
from unspool.formats.record import Record, RecordKind
from unspool.formats.source_text import keeps_text
from unspool.quirks.inspector import Inspector, has_separator, number_of
from unspool.quirks.lost_values import loses_values
from unspool.quirks.thought_names import names_thoughts_of
from unspool.sinks.base import BaseSink, SourceInfo
from unspool.sinks.lint_report import DetectedDialect, LintReport
from unspool.sinks.output import Output

_CONTRACT = frozenset({"B4", "B7", "B11"})
"""Quirks of the framing that are normal in other dialects: named events, arrays, no [DONE]."""


class LintSink(BaseSink):
    """Gathers quirks from framing, shapes and events; a record shows each at most once.

    ``as_json`` writes the report as an object, not as lines. ``whole`` means that sources
    are read to their end, so that a missing [DONE] can be known.
    ``dialect`` is the one that the caller named. ``progress`` is called at intervals with the number of records.
    """

    def __init__(
        self,
        output: Output,
        as_json: bool = False,
        whole: bool = True,
        progress: Callable[[int], None] | None = None,
        dialect: str | None = None,
    ) -> None:
        self._output = output
        self._progress = progress
        self._as_json = as_json
        self._whole = whole
        self._named_dialect = dialect
        self._report = LintReport()
        self._source: SourceInfo | None = None
        self._start()

    def _start(self) -> None:
        self._inspector = Inspector()
        self._record: Record | None = None
        self._number = 0
        self._shown: set[str] = set()
        self._event_stream = False
        self._done = False

    def begin(self, source: SourceInfo) -> None:
        """Start another source."""
        self._take_notices()
        self._source = source
        self._report.sources.append(source.name)
        self._report.records += self._number
        self._start()

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Look at a record, unless it is the last one again, and at what came of it."""
        started = sum(type(event) is StepStarted for event in outcome.events)
        self._report.steps += started
        if started and record.dialect is None:
            self._inspector = Inspector()
        if record is not self._record:
            self._take_record(record)
        if self._report.dialects:
            for chunk in outcome.chunks:
                self._count_beyond(chunk)
        for event in outcome.events:
            self._see(event, record.dialect)
        if record.dialect is not None:
            self._note_unread(record)

    def _see(self, event: Event, dialect: str | None) -> None:
        """Look at an event: of chunks the message of a call, since their shape shows the rest."""
        number = number_of(event)
        if number is not None:
            self._note([number])
        if dialect is not None:
            # A record of an agent can end one step and start the next: each event counts for its own step.
            if type(event) is StepStarted:
                self._inspector = Inspector()
            self._note(self._inspector.feed_event(event))
        elif type(event) is TextDelta and event.call is not None:
            self._note(self._inspector.feed_text(event))
        self._report.faults += type(event) in FAULTS

    def write_batch(self, batch: RecordBatch) -> None:
        """Look at each record; those of a dialect have nothing that a chunk has no place for."""
        if batch.records[0].dialect is None:
            if self._report.dialects or batch.quirks:
                super().write_batch(batch)
            elif type(batch.event) is TextDelta and batch.event.call is not None:
                for record, text in zip(batch.records, batch.events(), strict=True):
                    self._take_record(record)
                    self._note(self._inspector.feed_event(text))  # the message of a call
            else:
                for record in batch.records:
                    self._take_record(record)
            return
        for record, event in zip(batch.records, batch.events(), strict=True):
            self._take_record(record)
            self._note(self._inspector.feed_event(event))

    def _note_unread(self, record: Record) -> None:
        """Note thoughts of a dialect that gave none (Q40); those of Dify are its text."""
        if self._inspector.has_thoughts or record.dialect == "dify":
            return
        data = record.data.lower()  # the words may have any case, which a pattern takes ten times longer to find
        named = b"thinking" in data or b"thought" in data or b"reasoning" in data
        if named and names_thoughts_of(record.value):
            self._note(["Q40"])

    def _take_record(self, record: Record) -> None:
        """Look at what was received."""
        self._enter(record)
        if record.kind is RecordKind.DONE:
            self._done = True
        elif record.dialect is not None:
            self._translated(record.dialect)
            self._note_losses(record)
        elif record.kind is RecordKind.VALUE:
            self._inspect(record)
            self._note_losses(record)

    def _take_notices(self) -> None:
        """Keep which layers were around the last source: only at its end are all of them known.

        The streams of a container share the notices of its layers.
        """
        for notice in getattr(self._source, "notices", ()):
            name = self._report.sources[-1].partition("#")[0]
            if (name, notice.text) not in self._report.layers:
                self._report.layers[name, notice.text] = None
                if notice.quirk is not None:  # it is one of the whole source
                    self._report.add(notice.quirk, 1)

    def _inspect(self, record: Record) -> None:
        if self._done:
            self._note(["B4"])
            self._done = False
        self._event_stream = record.line is None and "B11" not in record.quirks
        if has_separator(record.data):
            self._note(["B10"])
        self._note(self._inspector.feed(record.parse()))

    def _note_losses(self, record: Record) -> None:
        """Name what a reader does not keep (Q60); a huge record is not read once more for it."""
        if len(record.data) > HUGE:
            return
        value, data = record.value, record.data
        if record.coded:
            value, data = value["value"], data.partition(b":")[2]
        if not keeps_text(value, data) and loses_values(data):
            self._note(["Q60"])

    def _translated(self, dialect: str) -> None:
        """Know a record of another dialect: the shape of its chunks is our own."""
        self._note(["B12"])
        if dialect not in self._report.dialects:
            why = "--from names it" if dialect == self._named_dialect else DIALECTS[dialect].reason
            self._report.dialects[dialect] = DetectedDialect(self._report.sources[-1], self._place(), why)

    def _count_beyond(self, chunk: Chunk) -> None:
        """Count what a chunk has no place for, if it was translated; it may be one that left at the end."""
        for kind in beyond_of(chunk):
            dialect = chunk[EXTENSION].get(DIALECT)
            found = self._report.dialects.get(dialect) if isinstance(dialect, str) else None
            if found is not None:
                found.beyond[kind] = found.beyond.get(kind, 0) + 1

    def pass_through(self, records: list[Record]) -> None:
        """Look at records that are no chunks."""
        looks = 0
        last: Record | None = None
        for record in records:
            fault = record.fault
            # The third of equal records, which share their fault, shows what the second did: only what the first
            # brought could be new.
            looks = looks + 1 if last is not None and fault is last.fault and record.quirks == last.quirks else 0
            if fault is None:
                self._enter(record)
            elif looks > 1:
                self._enter_again(record)
            else:
                self._inspect_fault(record, fault)
            self._report.faults += fault is not None
            last = record

    def _inspect_fault(self, record: Record, fault: MalformedRecord) -> None:
        self._enter(record)
        if record.value is not None:
            self._note(self._inspector.feed(record.value))
        if fault.reason == "not UTF-8":
            self._note(["B9"])
        elif fault.reason.startswith("not JSON") and record.data.lstrip().startswith(b"{"):
            self._note(["B6"])

    def end(self, complete: bool) -> None:
        """End a stream; a complete event stream should end with [DONE] (B4)."""
        if complete and self._event_stream and self._whole and not self._done:
            self._note(["B4"])

    def flush(self) -> None:
        """Write nothing yet; report the progress."""
        if self._progress is not None:
            self._progress(self._report.records + self._number)

    def close(self) -> None:
        """Write the report."""
        self._take_notices()
        self._report.records += self._number
        self._number = 0
        if self._as_json:
            self._output.write(encode(self._report.as_object()) + b"\n")
        else:
            self._output.write("".join(f"{line}\n" for line in self._report.lines()).encode())
        self._output.flush()

    def _enter(self, record: Record) -> None:
        self._record = record
        self._number = max(self._number, record.number)
        self._shown.clear()
        if record.quirks:
            self._note(record.quirks if record.dialect is None else set(record.quirks) - _CONTRACT)

    def _enter_again(self, record: Record) -> None:
        """Count a record that shows the quirks of the one before."""
        self._record = record
        self._number = max(self._number, record.number)
        for number in self._shown:
            self._report.add(number, record.number)

    def _place(self) -> int:
        return 0 if self._record is None else self._record.number

    def _note(self, numbers: Iterable[str]) -> None:
        for number in numbers:
            if number in self._shown:
                continue
            self._shown.add(number)
            self._report.add(number, self._place())
