"""One case on its way: its capture is run once for all that is expected of it, and what comes out is compared.

check(job, update) -> Result    with an Update, the expectations that may be written
"""

import codecs
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum
from io import BytesIO
from typing import NamedTuple

from unspool.auto_tool import resolve
from unspool.check.cases import EXIT, LIMITS, Case, Expectation
from unspool.check.limits import Condition
from unspool.check.results import Mismatch, Result, Status
from unspool.check.unified_diff import unified
from unspool.core.errors import UnspoolError
from unspool.diagnostics import FaultLog, Problem
from unspool.errors import LayerFailed, SourceCut, SourceFailed
from unspool.exits import exit_code
from unspool.files import open_folder, open_regular, read_file, replace_file
from unspool.intake.opening import parts
from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sinks.base import Sink, SinkGroup
from unspool.sinks.chunks import ChunkFormat, ChunkSink
from unspool.sinks.events import EventSink
from unspool.sinks.output import Output
from unspool.sinks.stats import StatsSink, figures
from unspool.sinks.text import TextSink
from unspool.sources.file import FileSource
from unspool.sources.recording import Replayed


class Update(Enum):
    """The expectations that a run writes."""

    NONE = "none: cases are compared"
    SOUND = "what changed, and new cases that have text and no fault"
    ALL = "what changed, and all new cases"


class Job(NamedTuple):
    """A case, and the options it asks for."""

    case: Case
    settings: Settings


SINKS: dict[Expectation, Callable[[Output, Settings], Sink]] = {
    Expectation.TEXT: lambda output, asked: TextSink(output, asked.choice, asked.options.thoughts),
    Expectation.CHUNKS: lambda output, _: ChunkSink(output),
    Expectation.EVENT_STREAM: lambda output, _: ChunkSink(output, ChunkFormat.SSE),
    Expectation.EVENTS: lambda output, _: EventSink(output),
}
"""The sink for each output, as in the command of that name."""

COMMANDS = {
    Expectation.TEXT: "unspool text",
    Expectation.CHUNKS: "unspool rewrite",
    Expectation.EVENT_STREAM: "unspool rewrite --to sse",
    Expectation.EVENTS: "unspool events",
}


_CONVERTED = (
    "only the ends of its lines differ (CRLF); `*.expected.* -text` in .gitattributes keeps git from converting them"
)


class WorkerLost(UnspoolError):
    """A process that shares the work was ended by somebody else."""


class _Unusable(Exception):
    """A capture, or a file that belongs to it, cannot be used; the message names it and the reason."""


class _Run(NamedTuple):
    """The present outputs of a capture."""

    outputs: dict[Expectation, bytes]
    code: int
    problems: list[str]
    text: bool  # the chosen choice had some
    missed: list[str]  # limits that do not hold
    counts: list[str]  # of further problems (R10)

    def shortcoming(self, capture: str) -> str:
        """The reason to review these outputs before they become expectations: a fault, or no text; "" for neither."""
        problem = self.problems[-1].removeprefix(f"{capture}: ") if self.problems else ""
        if self.code:
            what = problem.partition("; ")[0]  # without the advice
            return f"exit {self.code}: {what}" if what else f"exit {self.code}"
        if self.text:
            return ""
        return problem if problem.startswith("no message") else "no text"


def check(job: Job, update: Update = Update.NONE) -> Result:
    """Run one case and compare its output, or write it as far as ``update`` allows."""
    began = time.perf_counter()
    try:
        ran = _run(job)
        result = _compare(job.case, ran) if update is Update.NONE else _updated(job.case, ran, update)
    except _Unusable as error:
        result = Result(job.case.name, Status.BROKEN, [str(error)])
    except OSError as error:
        result = Result(job.case.name, Status.BROKEN, [f"{error.filename}: {error.strerror}"])
    return result._replace(seconds=time.perf_counter() - began)


def _run(job: Job) -> _Run:
    case, settings = job
    streams = {expectation: BytesIO() for expectation in case.expectations}
    if case.new:
        streams = {Expectation.TEXT: BytesIO()}  # what a user would see is what a new case is checked for
    stats, limits = StatsSink(settings.choice), _limits(case)
    written = [SINKS[expectation](Output(stream), settings) for expectation, stream in streams.items()]
    sinks = SinkGroup([*written, stats] if limits else written)
    faults = FaultLog(settings.strict, dialect=settings.dialect, framing=settings.framing)
    lines: list[str] = []
    counts: list[str] = []
    summary = Summary()

    def report(problem: Problem) -> None:
        if isinstance(problem.fault, SourceFailed) and not isinstance(problem.fault, (SourceCut, LayerFailed)):
            raise _Unusable(f"{case.capture}: {problem.fault.reason}")
        lines.extend(faults.add(problem))

    path = case.capture if case.capture != "-" else "./-"  # a file of that name, and not standard input
    source = FileSource(path, None, opener=lambda name: open_regular(name, case.folder))
    keeps_log = Expectation.CHUNKS in streams and not settings.auto_tool  # as `unspool rewrite` does
    asked = settings.intake._replace(keeps_log=keeps_log)
    notes: list[str] = []

    def note(name: str) -> Callable[[str], None]:
        return lambda line: notes.extend(faults.note(name, line))

    faults.begin(source.name)
    for stream in parts(source, asked._replace(timed=bool(limits)), note(source.name)):
        resolved, with_tool = resolve(Replayed(stream) if limits else stream, settings, note(stream.name))
        run(resolved, with_tool, sinks, report, summary)
        counts += faults.close(stream.name, summary)
        if summary.stopped:
            break
    sinks.close()
    code = exit_code(summary.faults, no=settings.needs_text and not summary.text)
    outputs = {expectation: stream.getvalue() for expectation, stream in streams.items()}
    counts += faults.finish()
    return _Run(outputs, code, notes + lines, summary.text, list(_missed(stats, limits)), counts)


def _limits(case: Case) -> list[Condition]:
    """The conditions of a case; blank lines and comments (#) are skipped."""
    if LIMITS not in case.endings:
        return []
    path = case.path(LIMITS)
    lines = read_file(path, case.folder).removeprefix(codecs.BOM_UTF8).decode(errors="replace").splitlines()
    conditions = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                conditions.append(Condition.parse(line))
            except ValueError as error:
                raise _Unusable(f"{path}: line {number}: {error}") from None
            if conditions[-1].relative:
                raise _Unusable(f"{path}: line {number}: a change in percent needs a baseline; see unspool stats")
    return conditions


def _missed(stats: StatsSink, limits: list[Condition]) -> Iterator[str]:
    """A line for each limit that does not hold of a response, or of which that is not known."""
    for source in stats.sources:
        for step in source.steps:
            known = figures([step])
            for limit in limits:
                if not limit.holds(known):
                    yield f"step {step.number}: {limit.describe(known)}, and {limit.text} was expected"


def _compare(case: Case, ran: _Run) -> Result:
    if case.new:
        return _doubtful(case, ran) or Result(case.name, Status.NEW, ["it has no expectation yet; --update writes one"])
    differences = []
    reasons = []
    for expectation, actual in ran.outputs.items():
        path = case.path(expectation)
        expected = read_file(path, case.folder)
        if expected != actual:
            _must_be_utf8(path, expected)
            name = f"what {COMMANDS[expectation]} gives now"
            differences.append(Mismatch(path, unified(expected, actual, path, name)))
            if expected.replace(b"\r\n", b"\n") == actual:
                reasons.append(f"{path}: {_CONVERTED}")
    expected_code = _expected_code(case)
    if ran.code != expected_code:
        reasons += [f"the exit code is {ran.code}, and {expected_code} was expected", *ran.problems, *ran.counts]
    reasons += ran.missed
    failed = differences or reasons
    return Result(case.name, Status.FAILED if failed else Status.OK, reasons, differences)


def _must_be_utf8(path: str, data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise _Unusable(
            f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8, or write it with --update"
        ) from None


def _expected_code(case: Case) -> int:
    if EXIT not in case.endings:
        return 0
    path = case.path(EXIT)
    text = read_file(path, case.folder).removeprefix(codecs.BOM_UTF8).strip()
    if not text.isdigit() or len(text) > 3:
        raise _Unusable(f"{path}: line 1: an exit code is a number, not {text.decode(errors='backslashreplace')!r}")
    return int(text)


def _doubtful(case: Case, ran: _Run) -> Result | None:
    """The result of a new case that --update alone does not accept, with the reason; None of any other."""
    shortcoming = ran.shortcoming(case.capture) if case.new else ""
    if not shortcoming:
        return None
    return Result(case.name, Status.NEW, [f"{shortcoming}; --update --force accepts it anyway"])


def _updated(case: Case, ran: _Run, update: Update) -> Result:
    """Write what the case gives, with a word on what a person should know of it; a new case may need --force."""
    refused = None if update is Update.ALL else _doubtful(case, ran)
    if refused is not None:
        return refused
    shortcoming = ran.shortcoming(case.capture)
    result = _write(case, ran)
    return result._replace(reasons=[shortcoming]) if shortcoming and result.status is Status.WROTE else result


def _write(case: Case, ran: _Run) -> Result:
    """Bring the expectations up to date; what already is as it should be is left alone."""
    wanted: dict[str, bytes | None] = {case.path(expectation): data for expectation, data in ran.outputs.items()}
    if not _expects_code(case, ran.code):
        needed = ran.code or not ran.outputs  # without it, and without outputs, nothing would be expected any more
        wanted[case.path(EXIT)] = f"{ran.code}\n".encode() if needed else None
    wrote, reasons = [], []
    for path, data in wanted.items():
        try:
            wrote += _put(path, data, case)
        except OSError as error:
            reasons.append(f"{path}: {error.strerror}; it is as it was")
    status = Status.BROKEN if reasons else Status.WROTE if wrote else Status.OK
    return Result(case.name, status, reasons, wrote=wrote)


def _expects_code(case: Case, code: int) -> bool:
    try:
        return _expected_code(case) == code
    except _Unusable:
        return False


def _put(path: str, data: bytes | None, case: Case) -> list[str]:
    """Let a file hold ``data``, or not be there for None: its path and what was done, or nothing."""
    before: bytes | None = None
    with suppress(FileNotFoundError):
        before = read_file(path, case.folder)
    if before == data:
        return []
    # By descriptor: a link may have taken the place of a folder since the cases were found.
    folder = open_folder(case.folder, case.folder if case.top is None else case.top)
    try:
        if data is None:
            os.remove(os.path.basename(path), dir_fd=folder)
            return [f"{path} (removed)"]
        replace_file(os.path.basename(path), data, folder)
    finally:
        os.close(folder)
    return [f"{path} ({'new' if before is None else 'changed'})"]
