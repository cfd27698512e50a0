"""unspool check"""

import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from fnmatch import fnmatchcase
from typing import Annotated

import typer

from unspool.check.cases import CAPTURES, CASE_FILES, OPTIONS, Case, Discovery, Missing, Orphan, find
from unspool.check.reports import Report, ReportFormat, make_report, summary
from unspool.check.results import Result, Status, Tally
from unspool.check.runner import Job, Update, WorkerLost
from unspool.check.scheduler import check_all
from unspool.commands._case_options import CaseOptions
from unspool.commands._colours import paint_for
from unspool.commands._jobs import jobs_option, number_of_processes
from unspool.commands._options import FilterOptions, once_option, own_option, takes_options
from unspool.commands._outputs import refuse_output_as_input, refuse_unwritable
from unspool.commands._progress import Progress
from unspool.commands._run import guarded_output
from unspool.commands._signals import ending_in_order
from unspool.commands._stderr import say
from unspool.environment import Environment, variable
from unspool.exits import ExitCode
from unspool.files import open_output
from unspool.sinks.output import Output
from unspool.textdiff.colour import plain

UPDATE_IN_CI = (
    "--update is refused where CI is set: expectations are written where somebody looks at the change. "
    "Run it at your desk, and commit what it wrote"
)

_NAMED = 3
"""Files that are named in a message."""

Paths = Annotated[list[str], typer.Argument(metavar="PATH...", help="Captures, and folders of them.")]
Format = Annotated[ReportFormat, own_option("--format", help="How the results are written.")]
File = Annotated[
    str | None,
    once_option("--output", "-o", metavar="FILE", help="Write the results to this file."),
]
Updates = Annotated[bool, once_option("--update", help="Accept the output of new and changed cases as expected.")]
Force = Annotated[
    bool, once_option("--force", help="With --update: also accept new cases without text or with a fault.")
]
Quiet = Annotated[bool, own_option("--quiet", "-q", help="Show failures only.")]
Patterns = Annotated[
    list[str] | None,
    own_option(
        "--select",
        "-k",
        metavar="PATTERN",
        help="Only cases whose path contains this (* and ? are wildcards). Repeatable.",
    ),
]
FailFast = Annotated[bool, own_option("--fail-fast", "-x", help="Stop at the first failure.")]
Jobs = Annotated[str, jobs_option()]


@takes_options(FilterOptions, hidden=frozenset({"timeout"}))
def check(  # noqa: PLR0917 - typer reads the signature
    context: typer.Context,
    filters: FilterOptions,
    paths: Paths,
    report_format: Format = ReportFormat.HUMAN,
    output: File = None,
    update: Updates = False,
    force: Force = False,
    quiet: Quiet = False,
    select: Patterns = None,
    fail_fast: FailFast = False,
    jobs: Jobs = "1",
) -> None:
    """Compare captures with their expected output.

    The expectations of a capture NAME.jsonl or NAME.sse are files next to it; those that exist are checked:

    - NAME.expected.txt: what unspool text prints
    - NAME.expected.jsonl, NAME.expected.sse: what unspool rewrite writes
    - NAME.expected.events.jsonl: what unspool events writes
    - NAME.expected.exit: the exit code, if not 0
    - NAME.expected.limits: conditions on what unspool stats counts
    - NAME.args: the options of the case; those given here are the default

    Example: unspool sample plain > a.jsonl; unspool check --update a.jsonl
    """
    environment: Environment = context.obj
    writes = _to_write(environment, update, force)
    workers = 1 if update and fail_fast else number_of_processes(jobs)  # with -x none is written behind a failure
    options, path = CaseOptions(filters), None if output == "-" else output
    found = _selected(_found(paths, environment, quiet), select or [])
    _refuse_as_output(path, found.items, environment)
    tally, work = Tally(), _work(environment, found, options, report_format)
    if work:
        results = check_all(work, writes, workers)
        with ending_in_order(), _report(environment, report_format, path, quiet) as report, closing(results):
            _show(_until_failure(results) if fail_fast else results, len(work), report, tally, environment)
        if path is not None:
            say(environment.stderr, f"{summary(tally, len(work))}; the results are in {path}")
    raise typer.Exit(_code(found, tally))


def _work(
    environment: Environment, found: Discovery, options: CaseOptions, report_format: ReportFormat
) -> list[Job | Result]:
    """The cases with their options; what led to none is named, and is in reports for programs, too."""
    for missing in found.missing:
        say(environment.stderr, f"{missing.name}: {missing.reason}")
    in_report = [] if report_format is ReportFormat.HUMAN else found.missing  # a program reads nothing else
    return [_prepared(item, options) for item in [*found.items, *in_report]]


def _found(paths: list[str], environment: Environment, quiet: bool) -> Discovery:
    """The cases under the paths; the first files with other endings than captures have in a folder are named."""
    found = find(paths)
    files = found.left_out
    if files and not quiet:
        named = ", ".join(files[:_NAMED]) + (f" and {len(files) - _NAMED:,} more" if len(files) > _NAMED else "")
        why = f"left out, since captures in folders end in {', '.join(CAPTURES)}"
        say(environment.stderr, f"{why}: {named}; name them to check them")
    return found


def _code(found: Discovery, tally: Tally) -> ExitCode:
    if found.missing:
        return ExitCode.USAGE
    return ExitCode.OK if tally.passed else ExitCode.NO


def _to_write(environment: Environment, update: bool, force: bool) -> Update:
    """Return the expectations that may be written. Raises BadParameter, and Exit if CI is set."""
    if force and not update:
        raise typer.BadParameter("it goes with --update, which is not given", param_hint="'--force'")
    if update and variable("CI"):
        say(environment.stderr, UPDATE_IN_CI)
        raise typer.Exit(ExitCode.USAGE)
    if not update:
        return Update.NONE
    return Update.ALL if force else Update.SOUND


def _refuse_as_output(path: str | None, items: list[Case | Orphan], environment: Environment) -> None:
    """A report must not be written over or behind what is checked, nor where --update writes."""
    refuse_output_as_input([item.name for item in items], environment)
    if path is None:
        return
    refuse_unwritable("--output", path)
    files = [item.name for item in items]
    files += [item.path(ending) for item in items if isinstance(item, Case) for ending in CASE_FILES]
    folders = {folder: os.path.realpath(folder) for folder in {os.path.dirname(file) for file in files}}
    real = {os.path.join(folders[os.path.dirname(file)], os.path.basename(file)) for file in files}
    if os.path.realpath(path) in real:
        raise typer.BadParameter(f"{path} belongs to a case, and would be written over", param_hint="'--output'")


def _selected(found: Discovery, patterns: list[str]) -> Discovery:
    """Return the cases that match the patterns; a pattern without a match is reported like a path without cases."""
    if not patterns:
        return found
    globs = {pattern: f"*{pattern.replace('[', '[[]')}*" for pattern in patterns}  # brackets are literal
    matches = [{glob for glob in globs.values() if fnmatchcase(item.name, glob)} for item in found.items]
    items = [item for item, matching in zip(found.items, matches, strict=True) if matching]
    unused = set(globs.values()).difference(*matches)
    reason = f"no case has it in its path; cases: {len(found.items):,}"
    missing = [Missing(f"-k {pattern}", reason) for pattern in patterns if globs[pattern] in unused]
    return Discovery(items, [*found.missing, *missing], [])


def _prepared(item: Case | Orphan | Missing, options: CaseOptions) -> Job | Result:
    """A case with its options, or the result where there is nothing to run."""
    if isinstance(item, Missing):
        return Result(item.name, Status.BROKEN, [item.reason])
    if isinstance(item, Orphan):
        return Result(item.name, Status.STALE if item.stale else Status.BROKEN, [item.reason])
    if OPTIONS not in item.endings:
        return Job(item, options.default)
    path = item.path(OPTIONS)
    try:
        return Job(item, options.read(path))
    except OSError as error:
        return Result(item.name, Status.BROKEN, [f"{path}: {error.strerror}"])
    except ValueError as error:
        return Result(item.name, Status.BROKEN, [f"{path}: {error}"])


@contextmanager
def _report(environment: Environment, report_format: ReportFormat, path: str | None, quiet: bool) -> Iterator[Report]:
    """The report, on standard output or in a file; what can happen to either ends the command with its code."""
    try:
        if path is None:
            coloured = environment.colours and report_format is ReportFormat.HUMAN
            with guarded_output(environment, safe=not coloured) as output:
                yield make_report(report_format, output, paint_for(environment), quiet)
        else:
            with _file(environment, path) as output:
                yield make_report(report_format, output, plain, quiet)
    except WorkerLost as lost:
        say(environment.stderr, f"{lost}; run again, with -j 1 if memory is short")
        raise typer.Exit(ExitCode.FAILED) from None


@contextmanager
def _file(environment: Environment, path: str) -> Iterator[Output]:
    try:
        with open_output(path) as file:
            yield Output(file)
    except OSError as error:
        say(environment.stderr, f"{path}: {error.strerror}; the results were not written")
        raise typer.Exit(ExitCode.FAILED) from None


def _show(results: Iterable[Result], total: int, report: Report, tally: Tally, environment: Environment) -> None:
    progress = Progress(environment, "cases")
    report.begin(total)
    for result in results:
        progress.clear()
        report.add(result)
        tally.add(result)
        progress.show(tally.total)
    progress.clear()
    report.end(tally)


def _until_failure(results: Iterable[Result]) -> Iterator[Result]:
    """The results up to the first that fails, and that one (-x)."""
    for result in results:
        yield result
        if not result.status.passed:
            return
