"""The report on one source: its faults, what explains a source without text, and whether its last response has ended.

    report.see(record, events)        the events of a record that was written
    report.see_batch(batch)
    report.unreadable(record)         a record that is no chunk
    report.take_repeated(records)     those of a reversed list that have the bytes of unreadable ones
    report.add(record, fault)         any other fault
    report.explain_silence()          after the last record

A line is written once all text before it is visible.
"""

from collections.abc import Sequence
from typing import Final, cast

from unspool.called_tools import SEEN, CalledTools, NoMessage, Seen
from unspool.core.errors import MalformedRecord, NotAChunk, UnspoolError
from unspool.core.events import (
    FAULTS,
    ArgumentsDelta,
    ArgumentsFailed,
    ChoiceFinished,
    Event,
    Fault,
    ResponseFailed,
    ResponseRefused,
    StepStarted,
    StreamIncomplete,
    TextContradicted,
    TextDelta,
)
from unspool.core.options import Thoughts
from unspool.diagnostics import SHOWN, Problem, Report
from unspool.dialects.registry import dialect_of
from unspool.fastpath.batch import RecordBatch
from unspool.formats.record import Record, blank
from unspool.formats.repeated import RepeatedFaults
from unspool.settings import Settings, Summary
from unspool.sinks.base import Sink
from unspool.variants.other_objects import is_end_mark

_REPORTED: Final = frozenset({*FAULTS, TextContradicted, ResponseRefused})


class FirstFault(Exception):
    """The first fault, with ``strict``: the source is read no further."""


class SourceReport:
    """Reports what is wrong in one source, and records it in the summary of the run.

    Attributes:
        called: the tools that the source calls.
        repeated: the unreadable records since the last that could be read.
        strict: whether a fault raises FirstFault.
        sound: whether the stream, one of those in the source, has no fault so far.
        ended: whether its last response is complete or failed.
        has_reported: whether a fault was reported: then something is known of the source.
        layers: the notices about the layers that were removed from the source so far.
    """

    def __init__(self, source: str, settings: Settings, sink: Sink, report: Report, summary: Summary) -> None:
        self.called = CalledTools(settings.choice, settings.options.thoughts_arguments)
        self.repeated = RepeatedFaults()
        self.strict = settings.strict
        self.sound = True
        self.ended = False
        self.has_reported = False
        self.layers: Sequence[object] = ()
        self._source = source
        self._field = settings.field
        self._choice = settings.choice
        self._dialect = settings.dialect
        self._looks_like: str | None = None  # the dialect that records without an event show
        self._shows_thoughts = settings.options.thoughts is not Thoughts.DROP
        self._sink = sink
        self._report = report
        self._summary = summary
        self._unreadable = 0  # records

    def see(self, record: Record, events: list[Event]) -> None:
        """Process the events of a record, which the sink has written: text comes first (R11)."""
        if not self.called.text and (not events or type(events[0]) is StepStarted):
            self.called.see_others(record.value)
            if self._dialect is not None and self._looks_like is None:
                self._looks_like = dialect_of(record.value)
        for event in events:
            kind = type(event)
            if kind is TextDelta:
                self._see_text(cast(TextDelta, event))
            elif kind in SEEN:
                self.called.see(cast(Seen, event))
                self.ended = self.ended or kind is ChoiceFinished
            elif kind is StepStarted:
                self.ended = False
            elif kind in _REPORTED:
                self._see_reported(record, event)

    def _see_reported(self, record: Record, event: Event) -> None:
        kind = type(event)
        if kind in FAULTS:
            self.ended = self.ended or kind is ResponseFailed
            self.sound = self.sound and kind is ArgumentsFailed
            self.add(record, cast(Fault, event))
        elif kind is TextContradicted:
            self._contradiction(record, cast(TextContradicted, event))
        elif cast(ResponseRefused, event).choice == self._choice:
            self.has_reported = True
            self._write(self._problem(record, cast(ResponseRefused, event)))  # R17: the provider answered

    def see_batch(self, batch: RecordBatch) -> None:
        """Process the events of a batch."""
        event = batch.event
        if type(event) is TextDelta:
            self._see_text(event)
        elif type(event) is ArgumentsDelta:
            self.called.see_fragments(event, batch.texts)
        else:
            self.called.see(cast(Seen, event))

    def _see_text(self, event: TextDelta) -> None:
        self.called.see_text(event.choice, event.call is not None)
        if event.choice == self._choice:
            self._summary.text = True

    def add(self, record: Record | None, fault: UnspoolError | Fault) -> None:
        """Make a fault known, and remember its kind. Raises FirstFault."""
        kind = type(fault)
        if isinstance(fault, MalformedRecord):
            kind = MalformedRecord
            self._unreadable += 1
        if kind is not MalformedRecord or self._unreadable <= SHOWN:  # no line is written for the others
            self.has_reported = True
            self._summary.faults.add(kind)
            self._sink.flush()
        self._report(self._problem(record, fault))
        if self.strict and (kind is MalformedRecord or kind is ArgumentsFailed):
            raise FirstFault

    def _contradiction(self, record: Record, event: TextContradicted) -> None:
        """Report that shown text is not what the provider says in the end (R15): the stream is malformed in part."""
        self._summary.faults.add(TextContradicted)
        self._write(self._problem(record, event))

    def _problem(
        self, record: Record | None, fault: UnspoolError | Fault | ResponseRefused | TextContradicted, times: int = 1
    ) -> Problem:
        nothing = isinstance(fault, StreamIncomplete) and not fault.step
        other = self._looks_like if nothing and self._looks_like != self._dialect else None
        return Problem(self._source, record, fault, self.called.anything, times, len(self.layers) > 0, other)

    def _write(self, problem: Problem) -> None:
        self._sink.flush()
        self._report(problem)

    # --- records that cannot be read -------------------------------------------------------

    def unreadable(self, record: Record, ended: bool) -> bool:
        """Pass a record on that is no chunk, and report its fault; returns whether it has one. Raises FirstFault."""
        if not self.pass_on(record, ended):
            return False
        assert record.fault is not None
        self.repeated.remember(record)
        self.add(record, record.fault)
        return True

    def pass_on(self, record: Record, ended: bool) -> bool:
        """Pass a record on that is no chunk; returns whether it is a fault: not one of the recording program (Q67).

        An object behind the end that says no more than that is none (Q71).

        ``ended`` if the response before it is complete, though its end is not known yet: its usage may still come.

        That is a request between answers, too: where it cuts one, the next begins before that has ended (R13).
        """
        quirk = "" if record.fault is None else self._quirk(record, ended)
        if quirk:
            record = blank(record.number, record.offset, None, (*record.quirks, quirk))
        self._sink.pass_through([record])
        return record.fault is not None

    def _quirk(self, record: Record, ended: bool) -> str:
        """The quirk of a record that is no chunk and no fault either; "" for a fault."""
        if self.ended or ended:
            if isinstance(record.fault, NotAChunk) and dialect_of(record.value) is None and is_end_mark(record.value):
                return "Q71"
            if _is_remark(record):
                return "Q67"
        return "Q67" if _is_log_line(record) or _is_request(record) else ""

    def take_repeated(self, records: list[Record]) -> Record | None:
        """Process the records at the end of a reversed list that have the bytes of unreadable ones.

        Junk has a record in every few bytes, so those after the first few are taken and reported together. Returns
        the last of them, None for none.
        """
        if self.ended or self._unreadable < SHOWN:
            return None
        taken = self.repeated.take(records)
        if not taken:
            return None
        self._sink.pass_through(taken)
        self._unreadable += len(taken)
        return taken[-1]

    def end_repeated(self) -> None:
        """Forget the unreadable records, and report those that came again: the next one can be read."""
        repeated = self.repeated
        if not repeated.known:
            return
        last, count = repeated.last, repeated.count
        repeated.clear()
        if last is not None:
            assert last.fault is not None
            self._report(self._problem(last, last.fault, count))

    # --- the end ---------------------------------------------------------------------------

    def explain_silence(self) -> None:
        """Report what a source without text has: the tools that it calls may be its message tools (R17)."""
        found = self.called.result()
        reported = self.has_reported and not self.called.in_custom
        if found is None and not (reported or (self.called.thoughts and self._shows_thoughts)):
            found = self.called.instead()
            if found is not None and self.called.unread:
                found = found._replace(unread=True)
                self._summary.faults.add(MalformedRecord)
        if found is None and self._field and self.called.anything and not self.called.field:
            words = "--field has no effect: the answer has no content"
            found = NoMessage((), instead=words, other_text=self.called.text)
        if found is not None:
            self._write(Problem(self._source, None, found))  # no fault: such a stream is a valid one


def _is_log_line(record: Record) -> bool:
    """Return whether a line between records is one of the program that printed them, and reports no failure."""
    if record.in_field or not record.data or record.data.startswith((b"{", b"[{", b'"')):
        return False
    from unspool.intake.logs.log_detection import is_log_line  # noqa: PLC0415 - start-up

    return is_log_line(record.data)


def _is_request(record: Record) -> bool:
    """Return whether a record is a request, which a program logs before each answer."""
    from unspool.intake.unread.requests import is_request_among_records  # noqa: PLC0415 - a fault is rare

    return is_request_among_records(record.value)


def _is_remark(record: Record) -> bool:
    """Return whether a record that cannot be read is words: what the recording program writes at the end.

    The data of an event is the server's; what begins like JSON, or like [DONE], is a record that was cut.
    """
    data, fault = record.data, record.fault
    if fault is None or fault.reason == "not UTF-8":
        return False
    if record.in_field or data.startswith((b"[", b'"')):
        return False
    if b"{" not in data and b"}" not in data:
        return True
    from unspool.intake.http.curl import has_times  # noqa: PLC0415 - start-up

    return has_times(data)
