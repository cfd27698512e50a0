"""What a stream means: what it says and does, whatever its ids, its times and its cuts.

It is gathered from the events of a run and kept as facts, by choice and aspect,
that can be compared one by one.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from unspool.core.events import (
    ArgumentsDelta,
    ArgumentsFailed,
    ChoiceFinished,
    Event,
    RefusalDelta,
    ResponseFailed,
    StepStarted,
    StreamIncomplete,
    TextDelta,
    ThoughtsDelta,
    ToolCallStarted,
    UsageReported,
)
from unspool.core.options import Options
from unspool.core.rewriter.step import Outcome
from unspool.diagnostics import what_happened
from unspool.diff.canonical_json import beside_message, canonical, members, whole
from unspool.fastpath.batch import Run
from unspool.fastpath.braids import Braid
from unspool.formats.record import Record
from unspool.sinks.base import SourceInfo


class Aspect(StrEnum):
    """A side of a stream that can be compared; ids and cuts count only where somebody asks."""

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
    """One thing to compare: a text, and the name it goes by beside others of its kind (a tool, a member of usage)."""

    name: str
    text: str


class Place(NamedTuple):
    """Where facts belong: to a choice, or, with None, to the step as a whole."""

    choice: int | None
    aspect: Aspect


Facts = dict[Place, list[Fact]]
_Text = TextDelta | ThoughtsDelta | RefusalDelta | ArgumentsDelta


class Step(NamedTuple):
    """One model response; number 0 is what a stream says before the first."""

    number: int
    facts: Facts


@dataclass
class _Gathered:
    """What the events of a step said."""

    number: int
    ids: list[Fact] = field(default_factory=list)
    texts: dict[tuple[int, int | None, Aspect], list[str]] = field(default_factory=dict)
    calls: dict[tuple[int, int], ToolCallStarted] = field(default_factory=dict)
    arguments: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    reasons: list[ChoiceFinished] = field(default_factory=list)
    usage: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def facts(self, options: Options) -> Facts:
        """All that can be compared: texts in the order in which they begin, calls in that of their numbers."""
        facts = _FactCollector()
        for (choice, _, aspect), pieces in self.texts.items():
            facts.add_text(choice, aspect, "", "".join(pieces), pieces)
        for (choice, number), call in sorted(self.calls.items()):
            pieces = self.arguments.get((choice, number), [])
            shown = self._shown(call, whole("".join(pieces)), options)
            if shown is not None:
                facts.add_text(choice, Aspect.CALLS, call.tool, shown, pieces)
            if call.id:
                facts.add(choice, Aspect.IDS, f"id of call {number + 1}", call.id)
        for finished in self.reasons:
            facts.add(finished.choice, Aspect.FINISH, "", self._reason(finished))
        for name, value in sorted(members(self.usage)):
            facts.add(None, Aspect.USAGE, name, value)
        for error in self.errors:
            facts.add(None, Aspect.ERRORS, "", error)
        for fact in self.ids:
            facts.add(None, Aspect.IDS, *fact)
        return facts.facts

    def _reason(self, finished: ChoiceFinished) -> str:
        """The finish reason; as rewritten where message calls are the only ones, for those are content (R5)."""
        messages = [call.message for call in self.calls.values() if call.choice == finished.choice]
        called = finished.reason in ("tool_calls", "function_call")
        return "stop" if called and messages and all(messages) else finished.reason

    def _shown(self, call: ToolCallStarted, arguments: str, options: Options) -> str | None:
        """The arguments of a call; of a message call what it does not say, and None if it says all."""
        if not call.message:
            return canonical(arguments)
        return beside_message(arguments, options.tools[call.tool], options.thoughts_arguments)


class _FactCollector:
    """Facts as they are added."""

    def __init__(self) -> None:
        self.facts: Facts = {}

    def add(self, choice: int | None, aspect: Aspect, name: str, text: str) -> None:
        self.facts.setdefault(Place(choice, aspect), []).append(Fact(whole(name), whole(text)))

    def add_text(self, choice: int, aspect: Aspect, name: str, text: str, pieces: list[str]) -> None:
        """Add something that came in pieces, and its pieces."""
        self.add(choice, aspect, name, text)
        label = f"{_SINGULAR[aspect]} {len(self.facts[Place(choice, aspect)])}"
        self.add(choice, Aspect.CUTS, label, json.dumps(pieces, ensure_ascii=False))


class Stream(NamedTuple):
    """A source by its name, and its steps."""

    name: str
    steps: list[Step]


class MeaningSink:
    """Gathers ``steps``, which are there once it is closed.

    ``options`` are those of the transformer, which must tell the arguments of
    message calls. ``progress`` is told now and then how many records have been
    read.
    """

    def __init__(self, options: Options, progress: Callable[[int], None]) -> None:
        self.steps: list[Step] = []
        self._options = options
        self._gathered = [_Gathered(0)]
        self._progress = progress
        self._records = 0

    def begin(self, source: SourceInfo) -> None:
        """Know nothing new."""

    def accept(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Take in what the events say."""
        self._records = max(self._records, record.number)
        for event in outcome.events:
            if isinstance(event, _Text):
                self._add(event, self._gathered[-1])
            elif isinstance(event, StepStarted):
                self._gathered.append(_Gathered(event.step, _ids(event, record)))
            else:
                self._take(event, self._gathered[-1])

    def _add(self, event: _Text, step: _Gathered) -> None:
        if isinstance(event, ArgumentsDelta):
            step.arguments.setdefault((event.choice, event.call), []).append(event.arguments)
        else:
            call = None if isinstance(event, RefusalDelta) else event.call
            step.texts.setdefault((event.choice, call, _ASPECTS[type(event)]), []).append(event.text)

    def _take(self, event: Event, step: _Gathered) -> None:
        match event:
            case ToolCallStarted():
                step.calls[event.choice, event.call] = event
            case ChoiceFinished():
                step.reasons.append(event)
            case UsageReported():
                step.usage = event.usage
            case ArgumentsFailed():
                step.errors.append(f"choice {event.choice}: {what_happened(event)}")
            case StreamIncomplete() | ResponseFailed():
                step.errors.append(what_happened(event))

    def accept_run(self, run: Run | Braid) -> None:
        """Take each record apart."""
        for record, outcome in run.records():
            self.accept(record, outcome, False)

    def pass_on(self, record: Record) -> None:
        """Take a record that cannot be read as an error of the step it stands in, with its bytes."""
        if record.fault is not None:
            shown = record.data.decode(errors="backslashreplace")
            self._gathered[-1].errors.append(f"a record cannot be read ({record.fault.reason}): {shown}")

    def end(self, complete: bool) -> None:
        """Know nothing new: an early end is an event."""

    def flush(self) -> None:
        """Say how far it is."""
        self._progress(self._records)

    def close(self) -> None:
        """Turn what was gathered into steps; before the first there is one only if something was said there."""
        self.steps = [Step(step.number, step.facts(self._options)) for step in self._gathered]
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
