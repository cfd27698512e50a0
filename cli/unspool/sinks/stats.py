"""Statistics of a stream for each step: amounts, and speeds where times are known."""

from array import array
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from unspool.core.events import (
    ChoiceFinished,
    Event,
    ServerToolCalled,
    StepFinished,
    StepStarted,
    TextDelta,
    ThoughtsDelta,
    ToolCallStarted,
    UsageReported,
)
from unspool.core.outcome import Outcome
from unspool.dialects.agents.costs import Costs
from unspool.formats.record import Record, RecordKind
from unspool.sinks.base import BaseSink, SourceInfo

Percentiles = dict[str, float]

_OF_A_RESPONSE = ("first_chunk", "first_text", "last_chunk", "characters_per_second")
_SHARES = {"median": 0.5, "p90": 0.9, "p99": 0.99}


@dataclass
class StepStats:
    """The statistics of one step; times are in seconds since the request.

    ``calls`` counts the calls by the name of their tool, ``server_calls`` those that the provider's
    server runs.
    ``chunks`` has the time of each chunk and ``texts`` that of each piece of
    text, with ``lengths`` for its characters. Where times are not known,
    both are empty; eight bytes a chunk is what the stream costs.
    """

    number: int
    model: str = ""
    count: int = 0
    characters: int = 0
    thoughts: int = 0
    finish: str | None = None
    usage: dict[str, Any] | None = None
    complete: bool = False
    calls: dict[str, int] = field(default_factory=dict)
    server_calls: dict[str, int] = field(default_factory=dict)
    chunks: "array[float]" = field(default_factory=lambda: array("d"))
    texts: "array[float]" = field(default_factory=lambda: array("d"))
    lengths: "array[int]" = field(default_factory=lambda: array("Q"))

    def gaps(self) -> list[float]:
        """The gaps between consecutive chunks, in seconds."""
        return [later - earlier for earlier, later in pairwise(self.chunks)]

    @property
    def text_seconds(self) -> float:
        """From the first piece of text to the last, in seconds."""
        return self.texts[-1] - self.texts[0] if self.texts else 0.0


@dataclass
class SourceStats:
    """One source in numbers, and what is known of its times; ``costs`` are those that an agent reports.

    ``error`` is its first fault in words, and how many came after it.
    """

    source: SourceInfo
    steps: list[StepStats] = field(default_factory=list)
    costs: Costs = field(default_factory=Costs)
    first_error: str = ""
    errors: int = 0

    @property
    def error(self) -> str | None:
        """What went wrong, in words; None where nothing did."""
        more = f"; {self.errors - 1:,} more" if self.errors > 1 else ""
        return f"{self.first_error}{more}" if self.errors else None

    @property
    def timed(self) -> bool:
        """Return whether its times are known."""
        return any(step.chunks for step in self.steps)

    @property
    def ended(self) -> str | None:
        """The end that a recording notes; None if it notes none, or the source is not a recording."""
        return getattr(self.source, "ended", None)  # only a recording has one


def figures(steps: list[StepStats]) -> dict[str, Any]:
    """Return the totals of these steps; times in seconds, None if they are not known."""
    seconds = sum(step.text_seconds for step in steps)
    characters = sum(sum(step.lengths) for step in steps)
    chunks = [step.chunks for step in steps if step.chunks]
    texts = [step.texts for step in steps if step.texts]
    return {
        "chunks": sum(step.count for step in steps),
        "characters": sum(step.characters for step in steps),
        "thoughts_characters": sum(step.thoughts for step in steps),
        "calls": _summed([step.calls for step in steps]),
        "server_calls": _summed([step.server_calls for step in steps]),
        "first_chunk": chunks[0][0] if chunks else None,
        "first_text": texts[0][0] if texts else None,
        "last_chunk": chunks[-1][-1] if chunks else None,
        "gaps": percentiles([gap for step in steps for gap in step.gaps()]) or None,
        "characters_per_second": round(characters / seconds, 1) if seconds else None,
    }


def _summed(counts: list[dict[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in counts:
        for name, count in one.items():
            found[name] = found.get(name, 0) + count
    return found


def total(sources: list[SourceStats]) -> dict[str, Any]:
    """Return the figures of all sources; a time of several responses is given by its percentiles.

    With several sources there is no first or last time, since their clocks began at different times.
    """
    apart = dict.fromkeys(("first_chunk", "first_text", "last_chunk")) if len(sources) > 1 else {}
    steps = [step for one in sources for step in one.steps]
    return figures(steps) | apart | {"responses": len(steps), "percentiles": _over_responses(steps)}


def _over_responses(steps: list[StepStats]) -> dict[str, Percentiles]:
    """The percentiles of what is known of each response, where there are several."""
    each = [figures([step]) for step in steps]
    if len(each) < 2:
        return {}
    values = {name: [one[name] for one in each if one[name] is not None] for name in _OF_A_RESPONSE}
    return {name: percentiles(known) for name, known in values.items() if known}


def percentiles(values: list[float]) -> Percentiles:
    """The median, and what nine in ten and ninety-nine in a hundred do not exceed; nothing of no values."""
    ranked = sorted(values)
    places = {name: min(len(ranked) - 1, int(share * len(ranked))) for name, share in _SHARES.items()}
    return {name: round(ranked[place], 6) for name, place in places.items() if ranked}


class StatsSink(BaseSink):
    """Counts what a run sees of one choice; nothing is written."""

    def __init__(self, choice: int = 0) -> None:
        self.sources: list[SourceStats] = []
        self._choice = choice

    def begin(self, source: SourceInfo) -> None:
        """Count for this source."""
        self.sources.append(SourceStats(source))

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Count the chunk, and what came of it."""
        now = self.sources[-1].source.elapsed
        for event in outcome.events:
            self._see(event, now)
        for chunk in outcome.chunks:
            self.sources[-1].costs.see(chunk)
        if record.kind is RecordKind.VALUE and self.sources[-1].steps:
            step = self.sources[-1].steps[-1]
            step.count += 1
            if now is not None:
                step.chunks.append(now)

    def _see(self, event: Event, now: float | None) -> None:
        steps = self.sources[-1].steps
        match event:
            case StepStarted():
                steps.append(StepStats(event.step, event.model))
            case TextDelta(choice=self._choice) if event.text:
                steps[-1].characters += len(event.text)
                if now is not None:
                    steps[-1].texts.append(now)
                    steps[-1].lengths.append(len(event.text))
            case ThoughtsDelta(choice=self._choice):
                steps[-1].thoughts += len(event.text)
            case ToolCallStarted(choice=self._choice):
                calls = steps[-1].calls
                calls[event.tool] = calls.get(event.tool, 0) + 1
            case ServerToolCalled(choice=self._choice) if steps:
                calls = steps[-1].server_calls
                calls[event.tool] = calls.get(event.tool, 0) + 1
            case ChoiceFinished(choice=self._choice):
                steps[-1].finish = event.reason
            case UsageReported() if steps:
                steps[-1].usage = event.usage
            case StepFinished():
                steps[-1].complete = event.complete
