"""The event sink: one JSON object per event."""

from typing import Any, Final

from unspool.core import events
from unspool.core.errors import MalformedRecord
from unspool.core.outcome import Outcome
from unspool.fastpath.batch import RecordBatch
from unspool.formats.json_codec import encode
from unspool.formats.record import Record, RecordKind
from unspool.sinks.base import BaseSink, SourceInfo
from unspool.sinks.output import Output
from unspool.sinks.subagents import subagent_of

EVENT_NAMES: Final[dict[type, str]] = {
    events.StepStarted: "step",
    events.TextDelta: "text",
    events.ThoughtsDelta: "thoughts",
    events.RefusalDelta: "refusal",
    events.MessageBoundary: "boundary",
    events.ResponseRefused: "refused",
    events.TextContradicted: "contradicted",
    events.ToolCallStarted: "call",
    events.ArgumentsDelta: "arguments",
    events.MessageMissing: "message_missing",
    events.ToolCallFinished: "call_end",
    events.ServerToolCalled: "server_call",
    events.ToolReturned: "tool_result",
    events.ChoiceFinished: "finish",
    events.UsageReported: "usage",
    events.StepFinished: "step_end",
    events.QuirkSeen: "quirk",
    events.ArgumentsFailed: "arguments_failed",
    events.StreamIncomplete: "incomplete",
    events.ResponseFailed: "error",
}
"""The name of each event type in JSON output; names never change."""
_HUGE: Final = 1 << 20  # characters
_MALFORMED: Final = b'{"event":"malformed","record":%d,"offset":%d,"reason":%b}\n'
"""What ``encode`` makes of such an event: junk has one in every few bytes."""


class EventSink(BaseSink):
    """One JSON object an event, with the number of the record that caused it.

    With ``name_sources`` each source begins with a source event.
    """

    def __init__(self, output: Output, name_sources: bool = False) -> None:
        self._output = output
        self._name_sources = name_sources

    def begin(self, source: SourceInfo) -> None:
        """Name the source, where there are several."""
        if self._name_sources:
            self._write("source", 0, {"name": source.name})

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Write the events; [DONE] is one too."""
        if record.kind is RecordKind.DONE:
            self._write("done", record.number, {})
        for event in outcome.events:
            fields = event._asdict()
            if type(event) is events.StepStarted:
                subagent = subagent_of(event, outcome.chunks)
                fields.update({} if subagent is None else {"subagent": subagent})
            self._write(EVENT_NAMES[type(event)], record.number, fields)

    def write_batch(self, batch: RecordBatch) -> None:
        """Write the event of each record."""
        if batch.quirks:
            super().write_batch(batch)
            return
        name = EVENT_NAMES[type(batch.event)]
        for record, event in zip(batch.records, batch.events(), strict=True):
            self._write(name, record.number, event._asdict())

    def pass_through(self, records: list[Record]) -> None:
        """Write a malformed record as an event."""
        fault: MalformedRecord | None = None
        reason = b""
        lines: list[bytes] = []
        for record in records:
            if record.fault is None:
                continue
            if record.fault is not fault:  # equal records in a row share their fault
                fault = record.fault
                reason = encode(fault.reason)
            lines.append(_MALFORMED % (record.number, record.offset, reason))
        self._output.write(b"".join(lines))

    def flush(self) -> None:
        """Make visible what there is."""
        self._output.flush()

    def close(self) -> None:
        """Make visible what there is: nothing waits for the end."""
        self._output.flush()

    def _write(self, name: str, record: int, fields: dict[str, Any]) -> None:
        members = {"event": name, "record": record, **fields}
        for value in fields.values():
            if type(value) is str and len(value) > _HUGE:
                self._write_huge(members)
                return
        self._output.write(encode(members), b"\n")

    def _write_huge(self, members: dict[str, Any]) -> None:
        """Write an object with a huge text in pieces: encoded whole, it would be in memory three times."""
        opening = b"{"
        for name, value in members.items():
            self._output.write(opening, encode(name), b":")
            opening = b","
            if type(value) is str:
                self._output.write(b'"')
                for start in range(0, len(value), _HUGE):
                    self._output.write(encode(value[start : start + _HUGE])[1:-1])
                self._output.write(b'"')
            else:
                self._output.write(encode(value))
        self._output.write(b"}\n")
