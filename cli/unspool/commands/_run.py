"""The run of a filter: sources in, one sink out, an exit code."""

import errno
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from functools import partial

from unspool.auto_tool import resolve
from unspool.called_tools import NoMessage
from unspool.commands import _typer as typer
from unspool.commands._progress import Progress
from unspool.commands._source_options import SourceOptions
from unspool.commands._stderr import say
from unspool.diagnostics import FaultLog, Problem
from unspool.environment import Environment, silence
from unspool.exits import ExitCode, exit_code
from unspool.formats.detect import Format
from unspool.intake.source import Source
from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sinks.base import Sink
from unspool.sinks.output import Output

NO_INPUT = (
    "no input: name a file (unspool {command} capture.jsonl) or pipe a stream in "
    "(unspool sample message | unspool {command}); see unspool {command} --help"
)

CLOSED = "standard output is closed; there is nowhere to write to"
LIMITS = frozenset({errno.EMFILE, errno.ENFILE, errno.EAGAIN})
"""Errors of the system at a limit of open files or of processes, which do not depend on the file."""


def filter_sources(
    context: "typer.Context",
    filters: SourceOptions,
    make_sink: Callable[[Output, Settings], Sink],
    progress: Progress | None = None,
    *,
    pace: float | None = None,
    report_line: Callable[[str], None] | None = None,
    any_text: bool = False,
    shows_text: bool = True,
    keeps_log: bool = False,
    see: Callable[[Problem], None] | None = None,
) -> ExitCode:
    """Run every source through one sink; returns the exit code. Raises Exit where it cannot go on.

    ``pace`` is that of recordings where the options name none; None: their times do not matter.
    ``report_line`` takes the lines about problems; without it they go to standard error.
    With ``shows_text`` a source without a message is explained; --exit-status asks for that, too.
    With ``any_text`` what looks like no records is read as plain text; with ``keeps_log``
    the sink gets the records of the log around a stream, too. ``see`` takes each problem, for a report.
    """
    environment: Environment = context.obj
    settings = _settings(filters, any_text)
    if not filters.named and environment.stdin_is_terminal:
        say(environment.stderr, NO_INPUT.format(command=context.info_name))
        raise typer.Exit(ExitCode.USAGE)
    filters.intake()  # a wrong encoding is known before anything is read
    sources = filters.open(environment, settings.options)
    summary = Summary()
    with guarded_output(environment) as output, noticing_signals(filters):
        show = _ignore if filters.quiet else _reporter(environment, output, progress, report_line)
        sink = make_sink(output, settings)
        keeps_log = keeps_log and not settings.auto_tool  # which reads ahead, past the places in the log
        streams = partial(filters.streams, pace=pace, any_text=settings.format is Format.ANY, keeps_log=keeps_log)
        with FaultReport(settings, show, shows_text, filters.calls, see) as faults:
            _run_all(sources, streams, settings, sink, faults, summary)
        if progress is not None:
            progress.clear()
        sink.close()
    return exit_code(summary.faults, no=settings.needs_text and not summary.text)


def noticing_signals(filters: SourceOptions) -> AbstractContextManager[None]:
    """Return a block in which an interrupt ends the wait for a model at once."""
    if not filters.calls:
        return nullcontext()
    from unspool.commands._signals import noticing_at_once  # noqa: PLC0415 - start-up

    return noticing_at_once()


def _ignore(line: str) -> None:
    """Show no message (--quiet)."""


def _reporter(
    environment: Environment, output: Output, progress: Progress | None, report_line: Callable[[str], None] | None
) -> Callable[[str], None]:
    """Return the function that shows a message; where standard output leads to the same place, it starts a new line."""
    is_mixed = environment.stderr_is_terminal or environment.outputs_are_one

    def note(line: str) -> None:
        if is_mixed:
            output.end_line()
        if progress is not None:
            progress.clear()
        if report_line is not None:
            report_line(line)
        else:
            say(environment.stderr, line)

    return note


class FaultReport:
    """Sends ``show`` the lines for the faults of a run, and for sources without a message where that matters.

    At the end of the block, and where a signal ends the process in it, the faults without a line are counted (R10).
    """

    def __init__(
        self,
        settings: Settings,
        show: Callable[[str], None],
        shows_text: bool,
        live: bool,
        see: Callable[[Problem], None] | None = None,
    ) -> None:
        self._see = see
        self._log = FaultLog(settings.strict, live, settings.dialect, settings.framing)
        self._show = show
        self._explains = shows_text or settings.needs_text
        self._signals = ExitStack()
        self._guarded = False  # once there is a count that a signal would end

    def __enter__(self) -> "FaultReport":
        return self

    def __exit__(self, *raised: object) -> None:
        with self._signals, suppress(OSError):  # of a closed output
            self._finish()

    def _finish(self) -> None:
        self._send(self._log.finish())

    def begin(self, source: str) -> None:
        """Know the name of a source before its streams."""
        self._log.begin(source)

    def add(self, problem: Problem) -> None:
        """Report a problem. A stream that has only no text is passed on as it should be by rewrite and events."""
        fault = problem.fault
        if self._see is not None:
            self._see(problem)
        silent = isinstance(fault, NoMessage) and not (fault.missing is not None or fault.other_text or fault.unread)
        if self._explains or not silent:
            self._send(self._log.add(problem))

    def note(self, name: str) -> Callable[[str], None]:
        """Return the function that takes the lines about how a source or stream with this name is read."""
        return lambda line: self._send(self._log.note(name, line))

    def close(self, stream: str, summary: Summary) -> None:
        """Report the last lines about a stream."""
        self._send(self._log.close(stream, summary))

    def end(self) -> None:
        """Report the last lines about a source."""
        self._send(self._log.end())

    def _send(self, lines: list[str]) -> None:
        for line in lines:
            self._show(line)
        if self._log.counts and not self._guarded:
            from unspool.commands._signals import before_ending  # noqa: PLC0415 - start-up

            self._guarded = True
            self._signals.enter_context(before_ending(self._finish))


def _run_all(
    sources: Iterable[Source],
    streams: Callable[[Source, Callable[[str], None]], Iterable[Source]],
    settings: Settings,
    sink: Sink,
    faults: FaultReport,
    summary: Summary,
) -> None:
    """Run each of the ``streams`` in the sources into the sink, and report its faults."""
    for source in sources:
        faults.begin(source.name)
        for stream in streams(source, faults.note(source.name)):
            resolved, with_tool = resolve(stream, settings, faults.note(stream.name))
            run(resolved, with_tool, sink, faults.add, summary)
            faults.close(stream.name, summary)
            if summary.stopped:
                return
        faults.end()


def _settings(filters: SourceOptions, any_text: bool) -> Settings:
    settings = filters.settings()
    named = settings.format is not Format.AUTO or settings.dialect is not None or filters.calls
    return settings._replace(format=Format.ANY) if any_text and not named else settings


@contextmanager
def guarded_output(environment: Environment, safe: bool = True) -> Iterator[Output]:
    """Standard output; what can happen to it ends the command with the code for that, and without a traceback.

    Unless ``safe`` is false, for what is coloured, a terminal obeys nothing of it.
    """
    if environment.stdout is None:
        say(environment.stderr, CLOSED)
        raise typer.Exit(ExitCode.FAILED)
    output = Output(environment.stdout, safe and environment.stdout_is_terminal, environment.outputs_are_one)
    try:
        yield output
    except OSError as error:
        raise typer.Exit(abandon_output(environment, error)) from None
    except KeyboardInterrupt:
        with suppress(OSError):
            output.end_line()  # the shell's prompt comes next
        raise typer.Exit(ExitCode.INTERRUPTED) from None


def abandon_output(environment: Environment, error: OSError) -> ExitCode:
    """Report why nothing more can be written, unless the reader closed the pipe; returns the exit code."""
    closed = isinstance(error, BrokenPipeError)
    if error.errno in LIMITS:
        say(environment.stderr, f"{error.strerror}; raise the limit (ulimit -n, ulimit -u), or ask for fewer --jobs")
    elif environment.stdout is None:
        say(environment.stderr, CLOSED)
    elif not closed:
        say(environment.stderr, f"standard output: {error.strerror}; what was written before is there")
    silence(environment.stdout)
    return ExitCode.OUTPUT_CLOSED if closed else ExitCode.FAILED
