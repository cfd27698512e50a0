"""The meaning of a stream as facts: texts, calls, finish reasons, usage and errors, whatever its ids and cuts.

Facts are collected from the events of a run and keyed by choice and aspect.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from unspool.core.events import (
    ArgumentsDelta,
    ArgumentsFailed,
    ChoiceFinished,
    Event,
    MessageBoundary,
    RefusalDelta,
    ResponseFailed,
    StepStarted,
    StreamIncomplete,
    TextContradicted,
    TextDelta,
    ThoughtsDelta,
    ToolCallStarted,
    UsageReported,
)
from unspool.core.options import Options
from unspool.core.outcome import Outcome
from unspool.core.parser.string_decoder import join_surrogates
from unspool.diagnostics import what_happened
from unspool.diff.canonical_json import canonical, flatten, without_message
from unspool.formats.record import Record
from unspool.sinks.base import BaseSink


class Aspect(StrEnum):
    """An aspect of a stream that can be compared; ids and cuts only on request."""

    STEPS = "steps"
    MESSAGES = "messages"
    THOUGHTS = "thoughts"
    REFUSALS = "refusals"
    CALLS = "calls"
    FINISH = "finish"
    USAGE = "usage"
    ERRORS = "errors"
    IDS = "ids"
    CUTS = "cuts"


class Fact(NamedTuple):
    """One text to compare, and the name that identifies it among its kind (a tool, a usage member)."""

    name: str
    text: str


class FactKey(NamedTuple):
    """The choice (None: the whole step) and the aspect of a list of facts."""

    choice: int | None
    aspect: Aspect


Facts = dict[FactKey, list[Fact]]
_Text = TextDelta | ThoughtsDelta | RefusalDelta | ArgumentsDelta


class Step(NamedTuple):
    """The facts of one step; number 0 holds those before the first step."""

    number: int
    facts: Facts


@dataclass
class _StepEvents:
    """The events of one step, collected."""

    number: int
    ids: list[Fact] = field(default_factory=list)
    texts: dict[tuple[int, int | None, Aspect, int], list[str]] = field(default_factory=dict)
    boundaries: Counter[tuple[int, Aspect]] = field(default_factory=Counter)
    calls: dict[tuple[int, int], ToolCallStarted] = field(default_factory=dict)
    arguments: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    reasons: list[ChoiceFinished] = field(default_factory=list)
    usage: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def facts(self, options: Options, cuts: bool) -> Facts:
        """All facts of the step: texts in the order in which they begin, calls by number."""
        facts = _FactsBuilder(cuts)
        for (choice, _, aspect, _), pieces in self.texts.items():
            facts.add_text(choice, aspect, "", "".join(pieces), pieces)
        for (choice, number), call in sorted(self.calls.items()):
            pieces = self.arguments.get((choice, number), [])
            shown = self._arguments_to_compare(call, join_surrogates("".join(pieces)), options)
            if shown is not None:
                facts.add_text(choice, Aspect.CALLS, call.tool, shown, pieces)
            if call.id:
                facts.add(choice, Aspect.IDS, f"id of call {number + 1}", call.id)
        for finished in self.reasons:
            facts.add(finished.choice, Aspect.FINISH, "", self._reason(finished))
        for name, value in sorted(flatten(self.usage)):
            facts.add(None, Aspect.USAGE, name, value)
        for error in self.errors:
            facts.add(None, Aspect.ERRORS, "", error)
        for fact in self.ids:
            facts.add(None, Aspect.IDS, *fact)
        return facts.facts

    def _reason(self, finished: ChoiceFinished) -> str:
        """The finish reason after rewriting: ``stop`` where all calls are message calls (R5)."""
        messages = [call.message for call in self.calls.values() if call.choice == finished.choice]
        called = finished.reason in ("tool_calls", "function_call")
        return "stop" if called and messages and all(messages) else finished.reason

    def _arguments_to_compare(self, call: ToolCallStarted, arguments: str, options: Options) -> str | None:
        """Canonical arguments; for a message call those other than the message, or None."""
        if not call.message:
            return canonical(arguments)
        return without_message(arguments, options.paths.get(call.tool) or "", options.thoughts_arguments)


class _FactsBuilder:
    """Builder of ``Facts``."""

    def __init__(self, cuts: bool) -> None:
        self.facts: Facts = {}
        self._cuts = cuts

    def add(self, choice: int | None, aspect: Aspect, name: str, text: str) -> None:
        self.facts.setdefault(FactKey(choice, aspect), []).append(Fact(join_surrogates(name), join_surrogates(text)))

    def add_text(self, choice: int, aspect: Aspect, name: str, text: str, pieces: list[str]) -> None:
        """Add a text and, as a separate fact, the pieces in which it arrived."""
        self.add(choice, aspect, name, text)
        if self._cuts:
            label = f"{_SINGULAR[aspect]} {len(self.facts[FactKey(choice, aspect)])}"
            self.add(choice, Aspect.CUTS, label, json.dumps(pieces, ensure_ascii=False))


class Stream(NamedTuple):
    """The name of a source and its steps."""

    name: str
    steps: list[Step]


class FactsSink(BaseSink):
    """Sink that collects ``steps``, complete after ``close``.

    ``options`` are those of the transformer; ``message_arguments`` must be on.
    ``progress`` is called with the number of records read whenever input would
    block. Without ``cuts`` the pieces of the texts are no facts: they take the memory of the texts once more.
    """

    def __init__(self, options: Options, progress: Callable[[int], None], cuts: bool = True) -> None:
        self._cuts = cuts
        self.steps: list[Step] = []
        self.options = options
        self._collected = [_StepEvents(0)]
        self._progress = progress
        self._records = 0

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Collect the events."""
        self._records = max(self._records, record.number)
        for event in outcome.events:
            if isinstance(event, _Text):
                self._add(event, self._collected[-1])
            elif isinstance(event, StepStarted):
                self._collected.append(_StepEvents(event.step, _ids(event, record)))
            else:
                self._take(event, self._collected[-1])

    def _add(self, event: _Text, step: _StepEvents) -> None:
        if isinstance(event, ArgumentsDelta):
            step.arguments.setdefault((event.choice, event.call), []).append(event.arguments)
        else:
            call = None if isinstance(event, RefusalDelta) else event.call
            aspect = _ASPECTS[type(event)]
            key = (event.choice, call, aspect, step.boundaries[event.choice, aspect])
            step.texts.setdefault(key, []).append(event.text)

    def _take(self, event: Event, step: _StepEvents) -> None:
        match event:
            case MessageBoundary():  # R16: what follows is another message
                step.boundaries[event.choice, Aspect.THOUGHTS if event.thoughts else Aspect.MESSAGES] += 1
            case ToolCallStarted():
                step.calls[event.choice, event.call] = event
            case ChoiceFinished():
                step.reasons.append(event)
            case UsageReported():
                step.usage = event.usage
            case ArgumentsFailed():
                step.errors.append(f"choice {event.choice}: {what_happened(event)}")
            case TextContradicted():
                step.errors.append(f"choice {event.choice}: {what_happened(event)}; it is: {event.text}")
            case StreamIncomplete() | ResponseFailed():
                step.errors.append(what_happened(event))

    def pass_through(self, records: list[Record]) -> None:
        """Count a malformed record as an error of its step, with its bytes."""
        for record in records:
            if record.fault is not None:
                shown = record.data.decode(errors="backslashreplace")
                self._collected[-1].errors.append(f"a record cannot be read ({record.fault.reason}): {shown}")

    def flush(self) -> None:
        """Report progress."""
        self._progress(self._records)

    def close(self) -> None:
        """Turn the collected events into steps; step 0 is kept only if it has facts."""
        self.steps = [Step(step.number, step.facts(self.options, self._cuts)) for step in self._collected]
        if not self.steps[0].facts:
            del self.steps[0]


_SINGULAR = {
    Aspect.MESSAGES: "message",
    Aspect.THOUGHTS: "thoughts",
    Aspect.REFUSALS: "refusal",
    Aspect.CALLS: "call",
}
_ASPECTS: dict[type, Aspect] = {
    TextDelta: Aspect.MESSAGES,
    ThoughtsDelta: Aspect.THOUGHTS,
    RefusalDelta: Aspect.REFUSALS,
}


def _ids(event: StepStarted, record: Record) -> list[Fact]:
    created = record.value.get("created") if isinstance(record.value, dict) else None
    return [Fact("id", event.id), Fact("created", "" if created is None else str(created))]
