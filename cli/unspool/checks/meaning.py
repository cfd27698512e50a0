"""What a stream means: what it says and does, whatever its ids, its times and its cuts.

MeaningSink     gathers each step from the events of a run
Step.facts()    the step as facts, by choice and aspect, that can be compared one by one
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
from unspool.core.transformer import Outcome
from unspool.streams.fastlane import Encoded
from unspool.streams.records import Record

_EXACT = 2**53  # up to here a float that is whole is that number


class Aspect(StrEnum):
    """A side of a stream that can be compared; ids and cuts count only where somebody asks."""

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


@dataclass
class Step:
    """One model response as gathered; number 0 is what a stream says before the first."""

    number: int
    ids: list[Fact] = field(default_factory=list)
    texts: dict[tuple[int, Aspect, int | None], list[str]] = field(default_factory=dict)
    calls: dict[tuple[int, int], ToolCallStarted] = field(default_factory=dict)
    reasons: list[ChoiceFinished] = field(default_factory=list)
    usage: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def facts(self) -> Facts:
        """All that can be compared, in the order in which it was seen."""
        facts: Facts = {}

        def add(choice: int | None, aspect: Aspect, name: str, text: str) -> None:
            facts.setdefault(Place(choice, aspect), []).append(Fact(name, text))

        for (choice, aspect, call), pieces in self.texts.items():
            if aspect is Aspect.CALLS:
                add(choice, aspect, self._tool(choice, call), canonical("".join(pieces)))
            else:
                add(choice, aspect, "", "".join(pieces))
            count = len(facts[Place(choice, aspect)])
            add(choice, Aspect.CUTS, f"{_SINGULAR[aspect]} {count}", json.dumps(pieces, ensure_ascii=False))
        for choice, call in self.calls:
            add(choice, Aspect.IDS, f"id of call {call + 1}", self.calls[choice, call].id)
        for reason in self.reasons:
            add(reason.choice, Aspect.FINISH, "", reason.reason)
        for name, number in sorted(_members(self.usage)):
            add(None, Aspect.USAGE, name, number)
        for error in self.errors:
            add(None, Aspect.ERRORS, "", error)
        for fact in self.ids:
            add(None, Aspect.IDS, *fact)
        return facts

    def _tool(self, choice: int, call: int | None) -> str:
        started = None if call is None else self.calls.get((choice, call))
        return "" if started is None else started.tool


class Stream(NamedTuple):
    """A source by its name, and its steps."""

    name: str
    steps: list[Step]


class MeaningSink:
    """Gathers ``steps`` from a run; ``progress`` is told now and then how many records have been read."""

    def __init__(self, progress: Callable[[int], None]) -> None:
        self.steps = [Step(0)]
        self._progress = progress
        self._records = 0

    def begin(self, source: str) -> None:
        """Know nothing new."""

    def accept(self, record: Record, outcome: Outcome | Encoded, holding: bool) -> None:
        """Take in what the events say."""
        self._records = max(self._records, record.number)
        for event in outcome.events:
            if isinstance(event, _Text):
                self._add(event)
            elif isinstance(event, StepStarted):
                self.steps.append(Step(event.step, _ids(event, record)))
            else:
                self._take(event, self.steps[-1])

    def _add(self, event: _Text) -> None:
        call = None if isinstance(event, RefusalDelta) else event.call
        text = event.arguments if isinstance(event, ArgumentsDelta) else event.text
        self.steps[-1].texts.setdefault((event.choice, _ASPECTS[type(event)], call), []).append(text)

    def _take(self, event: Event, step: Step) -> None:
        match event:
            case ToolCallStarted():
                step.calls[event.choice, event.call] = event
                if not event.message:  # a call counts even if it has no arguments
                    step.texts.setdefault((event.choice, Aspect.CALLS, event.call), [])
            case ChoiceFinished():
                step.reasons.append(event)
            case UsageReported():
                step.usage = event.usage
            case ArgumentsFailed():
                place = f"choice {event.choice}: the arguments of {event.tool}"
                step.errors.append(f"{place} cannot be read at character {event.offset}: {event.reason}")
            case StreamIncomplete():
                step.errors.append(event.reason)
            case ResponseFailed():
                code = f" (code {event.code})" if event.code else ""
                step.errors.append(f"the provider sent an error: {event.message}{code}")

    def pass_on(self, record: Record) -> None:
        """Take a record that cannot be read as an error of the step it stands in, with its bytes."""
        if record.fault is not None:
            shown = record.data.decode(errors="backslashreplace")
            self.steps[-1].errors.append(f"a record cannot be read ({record.fault.reason}): {shown}")

    def end(self, complete: bool) -> None:
        """Know nothing new: an early end is an event."""

    def flush(self) -> None:
        """Say how far it is."""
        self._progress(self._records)

    def close(self) -> None:
        """Leave out the place before the first step if nothing was said there."""
        if not self.steps[0].errors:
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
    ArgumentsDelta: Aspect.CALLS,
}


def _ids(event: StepStarted, record: Record) -> list[Fact]:
    created = record.value.get("created") if isinstance(record.value, dict) else None
    return [Fact("id", event.id), Fact("created", "" if created is None else str(created))]


def canonical(arguments: str) -> str:
    """Arguments as JSON that is the same for the same value: members sorted, ``1.0`` as 1, nothing as ``{}``.

    What cannot be read stays as it is.
    """
    try:
        value = json.loads(arguments.strip() or "{}", parse_float=_number, parse_constant=_refuse)
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError):
        return arguments


def _number(text: str) -> float:
    number = float(text)
    if abs(number) == float("inf"):
        raise ValueError(text)
    return int(number) if number.is_integer() and abs(number) <= _EXACT else number


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _members(usage: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    """The members of a usage object by their paths, as JSON text; what is null or empty says nothing."""
    members = []
    for name, value in usage.items():
        if isinstance(value, dict):
            members += _members(value, f"{before}{name}.")
        elif value is not None:
            members.append((f"{before}{name}", json.dumps(value, ensure_ascii=False)))
    return members
