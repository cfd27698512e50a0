"""The reports of a run of checks, one class for each format.

A report receives each result once, in order:

    report.begin(total)       so many cases are to come
    report.add(result)        one of them
    report.end(tally)         no more will come; those that are missing were not run
"""

from enum import StrEnum
from typing import Protocol

from unspool.check.highlight import highlighted
from unspool.check.results import Result, Status, Tally
from unspool.formats.json_codec import encode
from unspool.formats.printable import one_line, printable
from unspool.sinks.output import Output
from unspool.textdiff.colour import Paint

_COLOURS = {
    Status.OK: "green",
    Status.WROTE: "cyan",
    Status.FAILED: "red",
    Status.BROKEN: "red",
    Status.NEW: "yellow",
    Status.STALE: "red",
}
_WORDS = {Status.FAILED: "FAIL", Status.BROKEN: "FAIL"}
_LONGEST_DIFF = 200  # lines


class Report(Protocol):
    """The receiving end of a run; see the module's head."""

    def begin(self, total: int) -> None:
        """Know how many cases there are."""

    def add(self, result: Result) -> None:
        """Add one result."""

    def end(self, tally: Tally) -> None:
        """Write what only the end settles."""


class HumanReport:
    """A line for each case, what is wrong with it below, and a summary; with ``quiet`` only what failed."""

    def __init__(self, output: Output, paint: Paint, quiet: bool) -> None:
        self._output = output
        self._paint = paint
        self._quiet = quiet
        self._total = 0
        self._differs = False  # an output is not as expected

    def begin(self, total: int) -> None:
        """Remember the total."""
        self._total = total

    def add(self, result: Result) -> None:
        """Write the line of a case, its reasons and its diffs."""
        if self._quiet and result.status.passed:
            return
        word = _WORDS.get(result.status, result.status.value)
        name, reasons = one_line(result.name), result.reasons
        if result.status is Status.WROTE and reasons:
            name, reasons = f"{name} ({one_line(reasons[0])})", reasons[1:]
        lines = [f"{self._paint(f'{word:<5}', _COLOURS[result.status])} {name}"]
        lines += [f"      {one_line(note)}" for note in [*reasons, *result.wrote]]
        self._differs = self._differs or bool(result.differences)
        for difference in result.differences:
            lines += highlighted(shortened_diff(difference.diff), self._paint)
        _write(self._output, lines)

    def end(self, tally: Tally) -> None:
        """Write the summary, and what can be done about what is not as expected."""
        if self._quiet and tally.passed:
            return
        lines = [self._paint(summary(tally, self._total), "green" if tally.passed else "red")]
        if self._differs:  # --update changes no limits; the line of a new case names it already
            lines.append("If the new output is right, --update accepts it.")
        _write(self._output, lines)


def _write(output: Output, lines: list[str]) -> None:
    output.write("".join(f"{line}\n" for line in lines).encode(errors="backslashreplace"))
    output.flush()


def shortened_diff(diff: list[str]) -> list[str]:
    """A diff that a person may still read."""
    if len(diff) <= _LONGEST_DIFF:
        return diff
    return [*diff[:_LONGEST_DIFF], f"… and {len(diff) - _LONGEST_DIFF} lines more"]


def summary(tally: Tally, total: int) -> str:
    """``3 cases: 1 ok, 1 failed, 1 new``, with what was not run."""
    failed = tally[Status.FAILED] + tally[Status.BROKEN]
    counts = [
        (tally[Status.OK], "ok"),
        (tally[Status.WROTE], "written"),
        (failed, "failed"),
        (tally[Status.NEW], "new"),
        (tally[Status.STALE], "stale"),
        (total - tally.total, "not run"),
    ]
    cases = "1 case" if total == 1 else f"{total:,} cases"
    return f"{cases}: {', '.join(f'{count:,} {word}' for count, word in counts if count)}"


class TapReport:
    """The Test Anything Protocol, version 14."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._number = self._total = 0

    def begin(self, total: int) -> None:
        """Write the version and the plan."""
        _write(self._output, ["TAP version 14", f"1..{total}"])
        self._total = total

    def add(self, result: Result) -> None:
        """Write a test line, and what is wrong as YAML, of which JSON strings are a part."""
        self._number += 1
        name = one_line(result.name).replace("\\", "\\\\").replace("#", "\\#")
        lines = [f"{'ok' if result.status.passed else 'not ok'} {self._number} - {name}"]
        if not result.status.passed:
            lines += ["  ---", f"  status: {result.status.value}"]
            lines += _yaml("reasons", result.reasons)
            lines += _yaml("diff", [line for difference in result.differences for line in difference.diff])
            lines += ["  ..."]
        lines += [f"# wrote {one_line(file)}" for file in result.wrote]
        _write(self._output, lines)

    def end(self, tally: Tally) -> None:
        """Say where a run was broken off."""
        if tally.total < self._total:
            _write(self._output, ["Bail out! stopped at the first failure"])


def _yaml(key: str, lines: list[str]) -> list[str]:
    return [f"  {key}:", *(f"    - {encode(printable(line)).decode()}" for line in lines)] if lines else []


class JsonReport:
    """One object, with all cases and their number by status."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._cases: list[dict[str, object]] = []
        self._total = 0

    def begin(self, total: int) -> None:
        """Remember the total."""
        self._total = total

    def add(self, result: Result) -> None:
        """Keep a result."""
        fields: dict[str, object] = {
            "name": _readable(result.name),
            "status": result.status.value,
            "reasons": list(map(_readable, result.reasons)),
            "differences": [
                {"expectation": _readable(one.expectation), "diff": _readable("\n".join(one.diff))}
                for one in result.differences
            ],
            "wrote": list(map(_readable, result.wrote)),
            "seconds": round(result.seconds, 6),
        }
        self._cases.append(fields)

    def end(self, tally: Tally) -> None:
        """Write the object."""
        counts = {status.value: tally[status] for status in Status}
        run = {"passed": tally.passed, "total": self._total, **counts, "not_run": self._total - tally.total}
        self._output.write(encode({"summary": run, "cases": self._cases}) + b"\n")
        self._output.flush()


def _readable(text: str) -> str:
    r"""``text`` with bytes of a path that are no UTF-8 as ``\xff``: not every reader of JSON takes halves."""
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")


class ReportFormat(StrEnum):
    """The reader that a report is written for."""

    HUMAN = "human"
    TAP = "tap"
    JUNIT = "junit"
    JSON = "json"


def make_report(report_format: ReportFormat, output: Output, paint: Paint, quiet: bool = False) -> Report:
    """The report of this format; ``quiet`` is for people alone."""
    if report_format is ReportFormat.JUNIT:
        from unspool.check.junit import JUnitReport  # noqa: PLC0415 - start-up

        return JUnitReport(output)
    if report_format is ReportFormat.HUMAN:
        return HumanReport(output, paint, quiet)
    return TapReport(output) if report_format is ReportFormat.TAP else JsonReport(output)
