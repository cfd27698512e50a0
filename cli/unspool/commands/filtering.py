"""What all filters share: sources in, one sink out, an exit code."""

import os
from collections.abc import Callable

import typer

from unspool.commands.options import FilterOptions
from unspool.commands.reporter import describe, say
from unspool.environment import Environment
from unspool.exits import ExitCode, exit_code
from unspool.pipeline import Problem, Settings, Summary, run
from unspool.streams.output import Output
from unspool.streams.sinks import Sink
from unspool.streams.sources import Source

NO_INPUT = "no input: name a file, or pipe a stream in (unspool {command} capture.jsonl; see unspool {command} --help)"


def filter_sources(
    context: typer.Context, filters: FilterOptions, make_sink: Callable[[Output, Settings], Sink]
) -> None:
    """Run every source through one sink; leaves through typer.Exit with the code of DESIGN's table."""
    environment: Environment = context.obj
    settings = filters.settings()
    paths = filters.sources or ["-"]
    if not filters.sources and environment.stdin_is_terminal:
        say(environment.stderr, NO_INPUT.format(command=context.info_name))
        raise typer.Exit(ExitCode.USAGE)
    if environment.stdout is None:
        say(environment.stderr, "standard output is closed; there is nowhere to write to")
        raise typer.Exit(ExitCode.FAILED)
    output = Output(environment.stdout, environment.stdout_is_terminal)
    summary = Summary()

    def report(problem: Problem) -> None:
        say(environment.stderr, describe(problem))

    sink = make_sink(output, settings)
    try:
        for path in paths:
            run(Source(path, environment.stdin, filters.timeout), settings, sink, report, summary)
            if summary.stopped:
                break
        sink.close()
    except BrokenPipeError:
        _abandon_output(environment)
        raise typer.Exit(ExitCode.OUTPUT_CLOSED) from None
    except OSError as error:
        say(environment.stderr, f"standard output: {error.strerror}; what was written before is there")
        _abandon_output(environment)
        raise typer.Exit(ExitCode.FAILED) from None
    except KeyboardInterrupt:
        _abandon_output(environment)
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    code = exit_code(summary.faults)
    if code is ExitCode.OK and filters.exit_status and not summary.text:
        code = ExitCode.NO
    raise typer.Exit(code)


def _abandon_output(environment: Environment) -> None:
    """Let the interpreter's own flush at exit write nowhere: the other end is gone."""
    try:
        if environment.stdout is not None:
            descriptor = os.open(os.devnull, os.O_WRONLY)
            os.dup2(descriptor, environment.stdout.fileno())
            os.close(descriptor)
    except (OSError, ValueError):
        pass
