"""unspool stats"""

import json as json_module
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from unspool.called_tools import NoMessage
from unspool.check.limits import FIGURES, Condition, figure_of
from unspool.commands import _values
from unspool.commands._options import own_option, takes_options
from unspool.commands._plot import plot
from unspool.commands._run import filter_sources
from unspool.commands._source_options import SourceOptions
from unspool.commands._stderr import say
from unspool.core.events import ResponseRefused
from unspool.diagnostics import Problem, in_words
from unspool.dialects.chunk_builder import tokens
from unspool.exits import ExitCode
from unspool.files import read_file
from unspool.formats.printable import one_line
from unspool.settings import Settings
from unspool.sinks.output import Output
from unspool.sinks.stats import SourceStats, StatsSink, StepStats, figures, total
from unspool.sources.recording import AT_ONCE
from unspool.variants.usage import tokens_of

_MOST_NAMES = 10  # tools whose calls are listed
_UNTIMED = "times: not known; recordings (--record), live calls, HAR files and logs of JSON have them"


Fail = Annotated[
    list[str] | None,
    own_option(
        "--fail",
        metavar="CONDITION",
        help="Exit with 1 if this holds for a response, as first_text>800ms or first_text>+20%. Repeatable.",
        autocompletion=_values.figures,
    ),
]
BaselineFile = Annotated[
    str | None,
    own_option("--baseline", metavar="FILE", help="Compare with an earlier report of --json."),
]


class _ReportingSink(StatsSink):
    """Writes what was counted, at the end."""

    def __init__(self, output: Output, choice: int, json: bool, baseline: dict[str, Any] | None) -> None:
        super().__init__(choice)
        self._output = output
        self._json = json
        self._baseline = baseline

    def close(self) -> None:
        """Write the report."""
        text = (
            json_module.dumps(as_json(self.sources, self._baseline), ensure_ascii=False)
            if self._json
            else "\n".join(as_text(self.sources, self._baseline))
        )
        if text:  # there is none where no source has a stream
            self._output.write(f"{text}\n".encode(errors="backslashreplace"))  # of half a pair, a JSON escape
            self._output.flush()


@takes_options(SourceOptions, hidden=frozenset({"separator", "other_tools", "thoughts"}))
def stats(
    context: typer.Context,
    filters: SourceOptions,
    json: Annotated[bool, own_option("--json", help="Write one JSON object.")] = False,
    fail: Fail = None,
    baseline: BaselineFile = None,
) -> ExitCode:
    """Measure how much arrived and how fast, per step: chunks, text, time to the first of each, gaps, speed, usage.

    Times are known for recordings, live calls, HAR files and logs of JSON.

    Example: unspool sample recorded | unspool stats
    """
    conditions = [_condition(text) for text in fail or ()]
    before = None if baseline is None else _baseline(baseline)
    if before is None and any(one.relative for one in conditions):
        raise typer.BadParameter("a change in percent needs --baseline", param_hint="'--fail'")
    sinks: list[StatsSink] = []

    def make_sink(output: Output, settings: Settings) -> StatsSink:
        sinks.append(_ReportingSink(output, settings.choice, json, before))
        return sinks[0]

    def see(problem: Problem) -> None:
        fault = problem.fault
        if not isinstance(fault, (ResponseRefused, NoMessage)):
            source = sinks[0].sources[-1]
            source.first_error = source.first_error or in_words(fault)
            source.errors += problem.times

    try:
        code = filter_sources(context, filters, make_sink, pace=AT_ONCE, see=see)
    except typer.Exit as left:
        code = ExitCode(left.exit_code)
    missed = list(_missed(sinks[0].sources, conditions, before)) if sinks else []
    for line in missed if not filters.quiet else ():
        say(context.obj.stderr, line)
    return code or (ExitCode.NO if missed else ExitCode.OK)


def _condition(text: str) -> Condition:
    try:
        return Condition.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--fail'") from None


def _baseline(path: str) -> dict[str, Any]:
    """The totals of an earlier report. Raises BadParameter for what is none."""
    try:
        total: dict[str, Any] = json_module.loads(read_file(path))["total"]
        total.keys()
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}", param_hint="'--baseline'") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        reason = f"{path} is no report of unspool stats --json"
        raise typer.BadParameter(reason, param_hint="'--baseline'") from None
    return total


def _missed(sources: list[SourceStats], conditions: list[Condition], baseline: dict[str, Any] | None) -> Iterator[str]:
    """A line for each condition that holds of a response, or of which that is not known."""
    for one in sources:
        for step in one.steps:
            known = figures([step])
            for condition in conditions:
                if condition.holds(known, baseline) is not False:
                    what = condition.describe(known, baseline)
                    yield f"{one.source.name}: step {step.number}: {what} (--fail '{condition.text}')"


def as_json(sources: list[SourceStats], baseline: dict[str, Any] | None = None) -> dict[str, Any]:
    """The report for programs; docs/REPORTS.md of the project has its fields."""
    return {
        "sources": [
            {
                "name": one.source.name,
                "timed": one.timed,
                "ended": one.ended,
                "error": one.error,
                "cost_usd": one.costs.total,
                "steps": [
                    {
                        "step": step.number,
                        "model": step.model,
                        **figures([step]),
                        "finish_reason": step.finish,
                        "complete": step.complete,
                        "usage": step.usage,
                        "attributes": attributes(step),
                    }
                    for step in one.steps
                ],
            }
            for one in sources
        ],
        "total": total(sources),
        **({} if baseline is None else {"change": changes(total(sources), baseline)}),
    }


def attributes(step: StepStats) -> dict[str, Any]:
    """The figures under the names of OpenTelemetry's conventions for generative AI."""
    prompt, completion, _ = tokens_of(step.usage or {})
    texts = step.texts[0] if step.texts else None
    known = {
        "gen_ai.response.model": step.model or None,
        "gen_ai.response.finish_reasons": None if step.finish is None else [step.finish],
        "gen_ai.usage.input_tokens": prompt,
        "gen_ai.usage.output_tokens": completion,
        "gen_ai.client.operation.duration": step.chunks[-1] if step.chunks else None,
        "gen_ai.client.operation.time_to_first_chunk": step.chunks[0] if step.chunks else None,
        "unspool.time_to_first_text": texts,
    }
    return {name: value for name, value in known.items() if value is not None}


def changes(known: dict[str, Any], baseline: dict[str, Any]) -> dict[str, float]:
    """The change of each figure from the baseline, in percent, where both are known."""
    both = {name: (figure_of(known, name), figure_of(baseline, name)) for name in FIGURES}
    return {name: round((now / then - 1) * 100, 1) for name, (now, then) in both.items() if now is not None and then}


def as_text(sources: list[SourceStats], baseline: dict[str, Any] | None = None) -> Iterator[str]:
    """The report for people, line by line."""
    for one in sources:
        ended = f" (recording: {one_line(one.ended)})" if one.ended else ""
        yield f"{one_line(one.source.name)}{ended}"
        if one.steps and not one.timed:
            yield _UNTIMED
        for step in one.steps:
            yield from _step(step)
        if one.costs.total is not None:
            yield f"cost: ${one.costs.total:.6f}, as the stream reports it"
    steps = sum(len(one.steps) for one in sources)
    if steps > 1:
        yield f"total: {steps} steps"
        yield from _figures(total(sources))
        yield from _percentiles(total(sources)["percentiles"])
    if baseline is not None:
        yield "change from the baseline"
        yield from (f"  {name:<22} {change:+.1f} %" for name, change in changes(total(sources), baseline).items())


def _percentiles(known: dict[str, dict[str, float]]) -> Iterator[str]:
    """A row for each figure of the responses."""
    for name, ranks in known.items():
        unit = "characters/s" if name == "characters_per_second" else "s"
        shown = ", ".join(
            f"{rank} {value:.3f} {unit}" if unit == "s" else f"{rank} {value:.0f} {unit}"
            for rank, value in ranks.items()
        )
        yield _row("speed" if unit != "s" else name.replace("_", " "), shown)


def _step(step: StepStats) -> Iterator[str]:
    model = f", {one_line(step.model)}" if step.model else ""
    end = one_line(step.finish) if step.finish else "no finish"
    yield f"step {step.number}{model}: {end}{'' if step.complete else ', not complete'}"
    yield from _figures(figures([step]))
    if step.usage:
        counts = {name: tokens(value) for name, value in step.usage.items()}
        known = [f"{one_line(name)} {count}" for name, count in counts.items() if count is not None]
        yield _row("usage", ", ".join(known))
    if step.texts and step.chunks[-1] > 0:
        yield _row("arrival", "characters over time")
        yield from (f"    {line}" for line in plot(zip(step.texts, step.lengths, strict=True), step.chunks[-1]))


def _figures(known: dict[str, Any]) -> Iterator[str]:
    yield _row("chunks", known["chunks"])
    yield _row("text", _characters(known["characters"]))
    if known["thoughts_characters"]:
        yield _row("thoughts", _characters(known["thoughts_characters"]))
    if known["calls"]:
        yield _row("calls", _calls(known["calls"]))
    if known["server_calls"]:
        yield _row("server calls", _calls(known["server_calls"]))
    for name in ("first_chunk", "first_text", "last_chunk"):
        if known[name] is not None:
            yield _row(name.replace("_", " "), f"after {known[name]:.3f} s")
    if known["gaps"] is not None:
        yield _row("gaps", ", ".join(f"{name} {value * 1000:.1f} ms" for name, value in known["gaps"].items()))
    if known["characters_per_second"] is not None:
        yield _row("speed", f"{known['characters_per_second']:.0f} characters/s")


def _characters(count: int) -> str:
    return f"{count} character{'' if count == 1 else 's'}"


def _calls(calls: dict[str, int]) -> str:
    """The calls by name, the most frequent first; names come from strangers, so that not all may be shown."""
    ranked = sorted(calls.items(), key=lambda item: -item[1])
    shown = [f"{one_line(name) or '(no name)'} {count}" for name, count in ranked[:_MOST_NAMES]]
    more = len(ranked) - len(shown)
    return ", ".join([*shown, *([f"{more} more"] if more else [])])


def _row(name: str, value: Any) -> str:
    return f"  {name:<12} {value}"
