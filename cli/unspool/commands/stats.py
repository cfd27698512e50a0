"""unspool stats"""

import json as json_module
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from unspool.commands._options import own_option, takes_options
from unspool.commands._plot import plot
from unspool.commands._run import filter_sources
from unspool.commands._source_options import SourceOptions
from unspool.formats.printable import one_line
from unspool.settings import Settings
from unspool.sinks.output import Output
from unspool.sinks.stats import SourceStats, StatsSink, StepStats, figures, total
from unspool.sources.recording import AT_ONCE

_MOST_NAMES = 10  # tools whose calls are listed
_UNTIMED = "times: not known; a stream has them where it was recorded with --record, or is a live call"


class _ReportingSink(StatsSink):
    """Writes what was counted, at the end."""

    def __init__(self, output: Output, choice: int, json: bool) -> None:
        super().__init__(choice)
        self._output = output
        self._json = json

    def close(self) -> None:
        """Write the report."""
        text = (
            json_module.dumps(as_json(self.sources), ensure_ascii=False)
            if self._json
            else "\n".join(as_text(self.sources))
        )
        self._output.write(f"{text}\n".encode(errors="backslashreplace"))  # of half a pair, a JSON escape
        self._output.flush()


@takes_options(SourceOptions, hidden=frozenset({"separator", "other_tools", "thoughts"}))
def stats(
    context: typer.Context,
    filters: SourceOptions,
    json: Annotated[bool, own_option("--json", help="Write one JSON object.")] = False,
) -> None:
    """Say how much came and how fast: chunks, text, times to the first of each, gaps, speed and usage of each step.

    Times are those of a recording, or of a live call; of other streams they are not known.

    Example: unspool sample steps | unspool stats
    """

    def make_sink(output: Output, settings: Settings) -> StatsSink:
        return _ReportingSink(output, settings.choice, json)

    filter_sources(context, filters, make_sink, pace=AT_ONCE)


def as_json(sources: list[SourceStats]) -> dict[str, Any]:
    """The report for programs; docs/REPORTS.md of the project has its fields."""
    return {
        "sources": [
            {
                "name": one.source.name,
                "timed": one.timed,
                "ended": one.ended,
                "steps": [
                    {
                        "step": step.number,
                        "model": step.model,
                        **figures([step]),
                        "finish_reason": step.finish,
                        "complete": step.complete,
                        "usage": step.usage,
                    }
                    for step in one.steps
                ],
            }
            for one in sources
        ],
        "total": total(sources),
    }


def as_text(sources: list[SourceStats]) -> Iterator[str]:
    """The report for people, line by line."""
    for one in sources:
        ended = f" (recording: {one_line(one.ended)})" if one.ended else ""
        yield f"{one_line(one.source.name)}{ended}"
        if not one.timed:
            yield _UNTIMED
        for step in one.steps:
            yield from _step(step)
    steps = sum(len(one.steps) for one in sources)
    if steps > 1:
        yield f"total: {steps} steps"
        yield from _figures(total(sources))


def _step(step: StepStats) -> Iterator[str]:
    model = f", {one_line(step.model)}" if step.model else ""
    end = one_line(step.finish) if step.finish else "no finish"
    yield f"step {step.number}{model}: {end}{'' if step.complete else ', not complete'}"
    yield from _figures(figures([step]))
    if step.usage:
        counts = {name: value for name, value in step.usage.items() if isinstance(value, int)}
        yield _row("usage", ", ".join(f"{one_line(name)} {value}" for name, value in counts.items()))
    if step.texts and step.chunks[-1] > 0:
        yield _row("arrival", "characters over time")
        yield from (f"    {line}" for line in plot(zip(step.texts, step.lengths, strict=True), step.chunks[-1]))


def _figures(known: dict[str, Any]) -> Iterator[str]:
    yield _row("chunks", known["chunks"])
    yield _row("text", f"{known['characters']} characters")
    if known["thoughts_characters"]:
        yield _row("thoughts", f"{known['thoughts_characters']} characters")
    if known["calls"]:
        yield _row("calls", _calls(known["calls"]))
    for name in ("first_chunk", "first_text", "last_chunk"):
        if known[name] is not None:
            yield _row(name.replace("_", " "), f"after {known[name]:.3f} s")
    if known["gaps"] is not None:
        yield _row("gaps", ", ".join(f"{name} {value * 1000:.1f} ms" for name, value in known["gaps"].items()))
    if known["characters_per_second"] is not None:
        yield _row("speed", f"{known['characters_per_second']:.0f} characters/s")


def _calls(calls: dict[str, int]) -> str:
    """The calls by name, the most frequent first; names come from strangers, so that not all may be shown."""
    ranked = sorted(calls.items(), key=lambda item: -item[1])
    shown = [f"{one_line(name) or '(no name)'} {count}" for name, count in ranked[:_MOST_NAMES]]
    more = len(ranked) - len(shown)
    return ", ".join([*shown, *([f"{more} more"] if more else [])])


def _row(name: str, value: Any) -> str:
    return f"  {name:<12} {value}"
