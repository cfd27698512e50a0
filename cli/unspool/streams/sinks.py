"""What a run writes: text, chunks or events.

A sink is told of each record once, in order:

    sink.begin(source)               this source is read next
    sink.accept(record, outcome)     a chunk, [DONE] or the end of the input, and what came of it
    sink.accept_run(run)             the same of many alike, which the fast lane took
    sink.pass_on(record)             a record that is no chunk: malformed or blank (R10)
    sink.end(complete)               a stream ended: at [DONE], or with its source
    sink.flush()                     input would block: what there is must be visible
    sink.close()                     no further source will come
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Protocol

from unspool.core.errors import MalformedRecord
from unspool.core.events import (
    EVENT_NAMES,
    ArgumentsFailed,
    ChoiceFinished,
    StepFinished,
    TextDelta,
    ThoughtsDelta,
)
from unspool.core.options import Thoughts
from unspool.core.steps import Outcome
from unspool.streams.braids import Braid
from unspool.streams.codec import encode
from unspool.streams.framing import JsonLines, ServerSentEvents
from unspool.streams.lines import LINE_ENDS
from unspool.streams.output import Output
from unspool.streams.records import Record, RecordKind
from unspool.streams.runs import Run
from unspool.streams.sources import Source


class Sink(Protocol):
    """The receiving end of a run; see the module's head."""

    def begin(self, source: Source) -> None:
        """Know the source that is read next."""

    def accept(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Take in what came of one record; ``holding`` if its chunk may still leave later.

        May raise MalformedRecord where a rewritten chunk cannot be encoded.
        """

    def accept_run(self, run: Run | Braid) -> None:
        """Take in what came of many records."""

    def pass_on(self, record: Record) -> None:
        """Take in a record that is no chunk."""

    def end(self, complete: bool) -> None:
        """Know that a stream ended."""

    def flush(self) -> None:
        """Make visible what there is."""

    def close(self) -> None:
        """Write what only the end of all sources settles."""


_AT_ONCE = 1 << 20
"""Characters: more are encoded piece by piece, so that a huge text needs no second place in memory."""


class TextSink:
    """The text of one choice; each message ends with a newline, so that two never run together."""

    def __init__(self, output: Output, choice: int = 0, thoughts: Thoughts = Thoughts.DROP) -> None:
        self._output = output
        self._choice = choice
        self._shown = (TextDelta, ThoughtsDelta) if thoughts is Thoughts.REASONING else (TextDelta,)
        self._message: tuple[Any, ...] = ()
        self._open_line = False

    def begin(self, source: Source) -> None:
        """Write nothing: sources are not told apart."""

    def accept(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Write the text among the events."""
        for event in outcome.events:
            if isinstance(event, self._shown):
                if event.choice == self._choice:
                    self._write((event.step, event.call, type(event)), event.text)
            elif type(event) is StepFinished or (
                isinstance(event, ChoiceFinished | ArgumentsFailed) and event.choice == self._choice
            ):
                self._end_message()

    def _write(self, message: tuple[Any, ...], text: str) -> None:
        if message != self._message:
            self._end_message()
            self._message = message
        for start in range(0, len(text), _AT_ONCE):
            self._output.write(text[start : start + _AT_ONCE].encode())
        self._open_line = not text.endswith("\n")

    def _end_message(self) -> None:
        if self._open_line:
            self._output.write(b"\n")
            self._open_line = False

    def accept_run(self, run: Run | Braid) -> None:
        """Write the text of all of them."""
        for event, step, call, text in run.spoken(self._choice, self._shown):
            if text:
                self._write((step, call, event), text)

    def pass_on(self, record: Record) -> None:
        """Write nothing: it holds no text."""

    def end(self, complete: bool) -> None:
        """End the last message."""
        self._end_message()
        self._message = ()

    def flush(self) -> None:
        """Make visible what there is."""
        self._output.flush()

    def close(self) -> None:
        """Make visible what there is: nothing waits for the end."""
        self._output.flush()


class ChunkFormat(StrEnum):
    """How rewritten chunks are framed."""

    JSONL = "jsonl"
    SSE = "sse"


_LAYOUTS = {ChunkFormat.JSONL: JsonLines.layout, ChunkFormat.SSE: ServerSentEvents.layout}


class ChunkSink:
    """The chunks: those that did not change as the bytes they came in (R1), the others encoded anew."""

    def __init__(self, output: Output, to: ChunkFormat = ChunkFormat.JSONL) -> None:
        self._output = output
        self._layout = _LAYOUTS[to]
        self._sse = to is ChunkFormat.SSE
        self._held: dict[int, Record] = {}
        self._open_line = False

    def begin(self, source: Source) -> None:
        """Write nothing: sources are not told apart."""

    def accept(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Write the chunks; keep the record while its chunk is held back."""
        if record.kind is RecordKind.DONE and not self._sse and record.line is not None:
            self._write_line(record.line, record.end)
        for chunk in outcome.chunks:
            if chunk is record.value:
                self._write_record(record)
            elif id(chunk) in self._held:
                self._write_record(self._held[id(chunk)])
            else:
                self._write_encoded(record, encode(chunk))
        if not holding:
            self._held.clear()
        elif not outcome.chunks:
            self._held[id(record.value)] = record

    def accept_run(self, run: Run | Braid) -> None:
        """Write the chunks of all of them."""
        chunks = run.chunks(self._layout)
        if chunks:
            self._end_line()
            self._output.write(chunks)

    def pass_on(self, record: Record) -> None:
        """Write the bytes as they came (R10)."""
        if record.kind is RecordKind.MALFORMED or (record.line is not None and not self._sse):
            self._write_record(record)

    def end(self, complete: bool) -> None:
        """Close a complete event stream with [DONE]."""
        if self._sse and complete:
            self._output.write(b"data: [DONE]\n\n")

    def flush(self) -> None:
        """Make visible what there is."""
        self._output.flush()

    def close(self) -> None:
        """Make visible what there is: nothing waits for the end."""
        self._output.flush()

    def _write_encoded(self, record: Record, data: bytes) -> None:
        if self._sse:
            self._write_event(data)
        else:
            returns = record.line is not None and record.end and record.line.endswith(b"\r")
            self._write_line(data, b"\r\n" if returns else b"\n")

    def _write_record(self, record: Record) -> None:
        if self._sse:
            self._write_event(LINE_ENDS.sub(b"\ndata: ", record.data) if LINE_ENDS.search(record.data) else record.data)
        elif record.line is not None:
            self._write_line(record.line, record.end)
        else:  # between two tokens of JSON a line feed is as good as a space
            self._write_line(record.data.replace(b"\n", b" "), b"\n")

    def _write_event(self, data: bytes) -> None:
        self._output.write(self._layout.before, data, self._layout.behind)

    def _write_line(self, line: bytes, end: bytes) -> None:
        """Write a line."""
        self._end_line()
        self._open_line = not (end or line).endswith(b"\n")
        self._output.write(line, end)

    def _end_line(self) -> None:
        """Give a line an end that had none, now that another follows."""
        if self._open_line:
            self._output.write(b"\n")
            self._open_line = False


class EventSink:
    """One JSON object an event, with the number of the record that brought it about.

    With ``name_sources`` each source begins with an event of its own.
    """

    def __init__(self, output: Output, name_sources: bool = False) -> None:
        self._output = output
        self._name_sources = name_sources

    def begin(self, source: Source) -> None:
        """Name the source, where there are several."""
        if self._name_sources:
            self._write("source", 0, {"name": source.name})

    def accept(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Write the events; [DONE] is one too."""
        if record.kind is RecordKind.DONE:
            self._write("done", record.number, {})
        for event in outcome.events:
            self._write(EVENT_NAMES[type(event)], record.number, event._asdict())

    def accept_run(self, run: Run | Braid) -> None:
        """Take each record apart."""
        for record, outcome in run.records():
            self.accept(record, outcome, False)

    def pass_on(self, record: Record) -> None:
        """Write a malformed record as an event."""
        if record.fault is not None:
            self._write("malformed", record.number, {"offset": record.offset, "reason": record.fault.reason})

    def end(self, complete: bool) -> None:
        """Write nothing: steps have their own end."""

    def flush(self) -> None:
        """Make visible what there is."""
        self._output.flush()

    def close(self) -> None:
        """Make visible what there is: nothing waits for the end."""
        self._output.flush()

    def _write(self, name: str, record: int, fields: dict[str, Any]) -> None:
        self._output.write(encode({"event": name, "record": record, **fields}) + b"\n")


class SinkGroup:
    """Several sinks that are told the same, so that one run gives all their outputs."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = sinks

    def begin(self, source: Source) -> None:
        """Tell each sink."""
        for sink in self._sinks:
            sink.begin(source)

    def accept(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Tell each sink; what one raises comes out once all know."""
        fault: MalformedRecord | None = None
        for sink in self._sinks:
            try:
                sink.accept(record, outcome, holding)
            except MalformedRecord as one:
                fault = one
        if fault is not None:
            raise fault

    def accept_run(self, run: Run | Braid) -> None:
        """Tell each sink."""
        for sink in self._sinks:
            sink.accept_run(run)

    def pass_on(self, record: Record) -> None:
        """Tell each sink."""
        for sink in self._sinks:
            sink.pass_on(record)

    def end(self, complete: bool) -> None:
        """Tell each sink."""
        for sink in self._sinks:
            sink.end(complete)

    def flush(self) -> None:
        """Tell each sink."""
        for sink in self._sinks:
            sink.flush()

    def close(self) -> None:
        """Tell each sink."""
        for sink in self._sinks:
            sink.close()
