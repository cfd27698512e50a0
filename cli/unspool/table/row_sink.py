"""The sink of a table: collects one row for each choice of each step from its events.

    sink.take() -> [Row, …]    the rows that are complete; each is given once

A row leaves when nothing more can belong to it: when the next step begins, at [DONE], or at the end of its source.
Memory holds the step that is read, never more than its text.
"""

from collections.abc import Callable
from typing import Any, cast

from unspool.core.errors import MalformedRecord, UnspoolError
from unspool.core.events import (
    ArgumentsDelta,
    ArgumentsFailed,
    ChoiceFinished,
    Event,
    Fault,
    MessageBoundary,
    QuirkSeen,
    RefusalDelta,
    ResponseFailed,
    ResponseRefused,
    ServerToolCalled,
    StepFinished,
    StepStarted,
    StreamIncomplete,
    TextContradicted,
    TextDelta,
    ThoughtsDelta,
    ToolCallFinished,
    ToolCallStarted,
    UsageReported,
)
from unspool.core.options import Thoughts
from unspool.core.outcome import Outcome
from unspool.core.parser.string_decoder import join_surrogates
from unspool.diagnostics import Problem, in_words
from unspool.dialects.registry import CHAT
from unspool.errors import SourceFailed
from unspool.exits import exit_code
from unspool.fastpath.batch import RecordBatch
from unspool.formats.json_members import may_name, public_json
from unspool.formats.record import Record, RecordKind
from unspool.settings import Settings
from unspool.sinks.base import BaseSink, SourceInfo
from unspool.sinks.message_texts import MessageTexts
from unspool.sinks.subagents import subagent_of
from unspool.table.schema import Call, Row
from unspool.variants.usage import count_of, tokens_of

_SHOWN = 3  # different faults in the words of one row


class _Faults:
    """The faults of a row: their kinds, and the first few in words."""

    __slots__ = ("kinds", "more", "texts")

    def __init__(self) -> None:
        self.kinds: set[type] = set()
        self.texts: list[str] = []
        self.more = 0

    def add(self, fault: UnspoolError | Fault | TextContradicted, times: int = 1) -> None:
        """Note a fault; a text that is known, or one too many, is counted."""
        self.kinds.add(MalformedRecord if isinstance(fault, MalformedRecord) else type(fault))
        text = in_words(fault)
        if text in self.texts or len(self.texts) >= _SHOWN:
            self.more += times
        else:
            self.texts.append(text)
            self.more += times - 1

    def join(self, other: "_Faults") -> None:
        """Note the faults of ``other``, too."""
        self.kinds |= other.kinds
        self.texts += [text for text in other.texts if text not in self.texts]
        self.more += other.more

    def columns(self) -> dict[str, Any]:
        """The columns ``error`` and ``exit``."""
        more = f"; {self.more:,} more" if self.more else ""
        error = join_surrogates("; ".join(self.texts)) + more if self.texts else None
        return {"error": error, "exit": int(exit_code(self.kinds))}


class _Call:
    """A call that is read."""

    __slots__ = ("complete", "fragments", "id", "name", "server")

    def __init__(self, ident: str, name: str, server: bool = False) -> None:
        self.id = ident
        self.name = name
        self.server = server
        self.fragments: list[str] = []
        self.complete = False


class _Choice:
    """The collected data of one choice of the current step."""

    __slots__ = (
        *("calls", "faults", "finish", "first_text"),
        *("refusal", "texts", "thoughts", "thoughts_size"),
    )

    def __init__(self) -> None:
        self.texts = MessageTexts()
        self.thoughts = MessageTexts()  # where they are asked for
        self.thoughts_size = 0  # characters
        self.refusal = ""
        self.calls: dict[int, _Call] = {}
        self.finish: str | None = None
        self.first_text: float | None = None
        self.faults = _Faults()


class _Step:
    """The collected data of the current step."""

    __slots__ = (
        *("choices", "chunks", "created", "dialect", "faults", "id", "last", "model"),
        *("number", "quirks", "record", "start", "subagent", "timed_chunks", "usage"),
    )

    def __init__(self, event: StepStarted, record: Record, start: float) -> None:
        self.number = event.step
        self.id = event.id
        self.model = event.model
        self.record = record.number
        self.dialect = record.dialect or CHAT
        self.created: int | None = None
        self.subagent: str | None = None
        self.choices: dict[int, _Choice] = {}
        self.chunks = self.timed_chunks = 0  # all, and those whose time is in ``last``
        self.usage: dict[str, Any] = {}
        self.quirks: dict[str, None] = {}
        self.faults = _Faults()
        self.start = start  # when it was asked for: seconds on the clock of its source
        self.last: float | None = None

    def choice(self, index: int) -> _Choice:
        """Return the data of a choice, which may be new."""
        known = self.choices.get(index)
        if known is None:
            known = self.choices[index] = _Choice()
        return known

    @property
    def finished(self) -> bool:
        """Return whether each choice that was seen has finished."""
        return bool(self.choices) and all(choice.finish is not None for choice in self.choices.values())


class RowSink(BaseSink):
    """Collects rows; see the module's head.

    ``inspect`` gives the quirks of a record's shape, for --lint.
    """

    def __init__(self, settings: Settings, inspect: Callable[[Record, bool], list[str]] | None = None) -> None:
        self._separator = settings.options.separator
        self._shows_thoughts = settings.options.thoughts is Thoughts.REASONING
        self._private = () if self._shows_thoughts else settings.options.thoughts_arguments
        self._inspect = inspect
        self._rows: list[Row] = []
        self._start_source("", None)

    def _start_source(self, name: str, source: SourceInfo | None) -> None:
        self._name = join_surrogates(name)
        self._source = source
        self._step: _Step | None = None
        self._held: list[Row] = []  # of the last step: the failure of the source may still belong to them
        self._outside: tuple[int, _Faults] | None = None  # faults that belong to no step, from this record on
        self._ended = 0.0  # when the last step ended: seconds on the clock of the source

    def take(self) -> list[Row]:
        """The rows that are complete."""
        rows, self._rows = self._rows, []
        return rows

    def begin(self, source: SourceInfo) -> None:
        """Begin another source."""
        self.close()
        self._start_source(source.name, source)

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Process the events of a record."""
        for event in outcome.events:
            kind = type(event)
            if kind is TextDelta:
                self._add_text(cast(TextDelta, event))
            elif kind is StepStarted:
                self._begin_step(cast(StepStarted, event), record, outcome)
            elif kind is StepFinished:
                self._end_step()
            elif kind is StreamIncomplete or kind is ResponseFailed:
                self._add_fault(cast(Fault, event), record)
            elif self._step is not None and kind in _HANDLERS:
                _HANDLERS[kind](self, self._step, event)
        if self._step is not None:
            self._count(self._step, record, outcome)
        elif record.quirks and self._held:
            self._held = [_with_quirks(row, record.quirks) for row in self._held]
        if record.kind is RecordKind.DONE:
            self._release()

    def _count(self, step: _Step, record: Record, outcome: Outcome) -> None:
        """Count a record to its step, with the quirks of its framing and, for --lint, of its shape."""
        if record.kind is RecordKind.VALUE:
            step.chunks += 1
        if record.quirks:
            step.quirks.update(dict.fromkeys(record.quirks))
        if self._inspect is not None:
            started = any(type(event) is StepStarted for event in outcome.events)
            step.quirks.update(dict.fromkeys(self._inspect(record, started)))

    def write_batch(self, batch: RecordBatch) -> None:
        """Process records of one template at once."""
        step = self._step
        if self._inspect is not None or step is None:
            for record, outcome in batch.outcomes():
                self.write(record, outcome, False)
            return
        event = batch.event
        joined = type(event)(*event[:3], "".join(batch.texts))  # type: ignore[arg-type]  # as the event has it
        if type(joined) is TextDelta:
            self._add_text(joined)
        elif type(joined) is ThoughtsDelta:
            self._add_thoughts(step, joined)
        else:
            self._add_arguments(step, joined)  # type: ignore[arg-type]
        step.chunks += len(batch.records)
        for quirk in batch.quirks:
            self._add_quirk(step, quirk)  # type: ignore[arg-type]  # as a batch has them
        for record in batch.records:
            if record.quirks:
                step.quirks.update(dict.fromkeys(record.quirks))

    def _begin_step(self, event: StepStarted, record: Record, outcome: Outcome) -> None:
        self._release()
        step = self._step = _Step(event, record, self._ended)
        first: Any = outcome.chunks[0] if record.dialect and outcome.chunks else record.value
        step.subagent = subagent_of(event, outcome.chunks)
        step.created = (count_of(first, "created") if type(first) is dict else None) or None

    def _add_text(self, event: TextDelta) -> None:
        step = self._step
        if step is None or not event.text:
            return
        choice = step.choices.get(event.choice) or step.choice(event.choice)
        if not choice.texts and self._source is not None and self._source.elapsed is not None:
            choice.first_text = self._source.elapsed
        choice.texts.add(event.call, event.text)

    def _add_thoughts(self, step: _Step, event: ThoughtsDelta) -> None:
        choice = step.choice(event.choice)
        choice.thoughts_size += len(event.text)
        if self._shows_thoughts:
            choice.thoughts.add(event.call, event.text)

    def _add_boundary(self, step: _Step, event: MessageBoundary) -> None:
        choice = step.choice(event.choice)
        (choice.thoughts if event.thoughts else choice.texts).divide()

    def _add_refusal(self, step: _Step, event: RefusalDelta) -> None:
        step.choice(event.choice).refusal += event.text

    def _add_refused(self, step: _Step, event: ResponseRefused) -> None:
        choice = step.choice(event.choice)
        choice.refusal = choice.refusal or event.text or event.reason

    def _add_call(self, step: _Step, event: ToolCallStarted) -> None:
        choice = step.choice(event.choice)
        if not event.message:
            choice.calls[event.call] = _Call(event.id, event.tool)

    def _add_server_call(self, step: _Step, event: ServerToolCalled) -> None:
        calls = step.choice(event.choice).calls
        call = calls[-1 - len(calls)] = _Call(event.id, event.tool, server=True)  # those of clients count from 0
        call.fragments.append(event.arguments)
        call.complete = True

    def _add_arguments(self, step: _Step, event: ArgumentsDelta) -> None:
        call = step.choice(event.choice).calls.get(event.call)
        if call is not None:
            call.fragments.append(event.arguments)

    def _end_call(self, step: _Step, event: ToolCallFinished) -> None:
        call = step.choice(event.choice).calls.get(event.call)
        if call is not None:
            call.complete = event.complete

    def _end_choice(self, step: _Step, event: ChoiceFinished) -> None:
        choice = step.choice(event.choice)
        if choice.finish is None:
            choice.finish = event.reason

    def _add_usage(self, step: _Step, event: UsageReported) -> None:
        step.usage = event.usage

    def _add_quirk(self, step: _Step, event: QuirkSeen) -> None:
        step.quirks[event.quirk] = None

    def _add_contradicted(self, step: _Step, event: TextContradicted) -> None:
        step.quirks["Q70"] = None
        step.choice(event.choice).faults.add(event)

    def _add_failed_arguments(self, step: _Step, event: ArgumentsFailed) -> None:
        step.choice(event.choice).faults.add(event)

    def _add_fault(self, fault: UnspoolError | Fault, record: Record | None, times: int = 1) -> None:
        """Count a fault to the step that is read; outside of any step it gets a separate row."""
        if self._step is not None and not (isinstance(fault, UnspoolError) and self._step.finished):
            self._step.faults.add(fault, times)
            return
        if self._outside is None:
            self._outside = (0 if record is None else record.number, _Faults())
        self._outside[1].add(fault, times)

    def report(self, problem: Problem) -> None:
        """Process a fault that is not an event: of a record, or of the source itself."""
        fault = problem.fault
        if isinstance(fault, MalformedRecord):
            self._add_fault(fault, problem.record, problem.times)
        elif isinstance(fault, SourceFailed):
            if self._step is None and self._held and any(row.finish is None for row in self._held):
                faults = _Faults()
                faults.add(fault)
                self._held = [_with_faults(row, faults) for row in self._held]
            else:
                self._add_fault(fault, None)

    def _end_step(self) -> None:
        step, self._step = self._step, None
        if step is None:
            return
        self._note_time(step)
        choices = sorted((step.choices or {0: _Choice()}).items())
        usage = step.usage
        for index, choice in choices:
            self._held.append(self._row(step, index, choice, usage))
            usage = {}
        self._ended = step.last or self._ended

    def _row(self, step: _Step, index: int, choice: _Choice, usage: dict[str, Any]) -> Row:
        faults = choice.faults
        faults.join(step.faults)
        prompt, completion, total = tokens_of(usage)
        return Row(
            self._name,
            step.record,
            step.number,
            index,
            step.dialect,
            join_surrogates(step.id) or None,
            join_surrogates(step.model) or None,
            step.created,
            choice.texts.joined(self._separator),
            choice.thoughts_size,
            choice.thoughts.joined(self._separator) if self._shows_thoughts else None,
            join_surrogates(choice.refusal) or None,
            tuple(self._call(call) for call in choice.calls.values()),
            None if choice.finish is None else join_surrogates(choice.finish),
            prompt,
            completion,
            total,
            step.chunks,
            _seconds(choice.first_text, step.start),
            _seconds(step.last, step.start),
            tuple(step.quirks),
            **faults.columns(),
            subagent=step.subagent,
        )

    def _call(self, call: _Call) -> Call:
        arguments = "".join(call.fragments)
        if self._private and may_name(arguments, self._private):
            arguments = public_json(arguments, self._private)
        return Call(
            join_surrogates(call.id), join_surrogates(call.name), join_surrogates(arguments), call.complete, call.server
        )

    def _release(self) -> None:
        """Let the rows of the last step go, and what came between it and the next."""
        self._rows += self._held
        self._held = []
        if self._outside is not None:
            record, faults = self._outside
            self._outside = None
            self._rows.append(Row(self._name, record, **faults.columns()))

    def _note_time(self, step: _Step) -> None:
        """Keep when the last chunk of the step came: the clock of a source moves between two blocks alone."""
        if step.chunks > step.timed_chunks and self._source is not None:
            step.timed_chunks = step.chunks
            step.last = self._source.elapsed

    def flush(self) -> None:
        """Note the time of the block that was read."""
        if self._step is not None:
            self._note_time(self._step)

    def close(self) -> None:
        """Let all rows go: the source is at its end."""
        self._release()


_Handler = Callable[[RowSink, _Step, Any], None]
_HANDLERS: dict[type[Event], _Handler] = {
    ThoughtsDelta: RowSink._add_thoughts,
    RefusalDelta: RowSink._add_refusal,
    MessageBoundary: RowSink._add_boundary,
    ResponseRefused: RowSink._add_refused,
    ToolCallStarted: RowSink._add_call,
    ServerToolCalled: RowSink._add_server_call,
    ArgumentsDelta: RowSink._add_arguments,
    ToolCallFinished: RowSink._end_call,
    ChoiceFinished: RowSink._end_choice,
    UsageReported: RowSink._add_usage,
    QuirkSeen: RowSink._add_quirk,
    TextContradicted: RowSink._add_contradicted,
    ArgumentsFailed: RowSink._add_failed_arguments,
}
"""The handler of each event inside a step; TextDelta, and events that begin or end a step, are handled before."""


def _with_quirks(row: Row, quirks: tuple[str, ...]) -> Row:
    return row._replace(quirks=tuple(dict.fromkeys((*row.quirks, *quirks))))


def _with_faults(row: Row, faults: _Faults) -> Row:
    columns = faults.columns()
    error = f"{row.error}; {columns['error']}" if row.error else columns["error"]
    return row._replace(error=error, exit=max(row.exit, columns["exit"]))


def _seconds(time: float | None, start: float) -> float | None:
    return None if time is None else round(max(0.0, time - start), 6)
