"""The command: runs one call, and turns everything that can happen into an exit code."""

import sys
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stdout
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from unspool.commands import _typer as typer
from unspool.commands._options import DEBUG
from unspool.commands._run import LIMITS, abandon_output
from unspool.commands._source_options import SourceOptions
from unspool.commands._stderr import say
from unspool.environment import ClosedOutput, Environment, variable, variables
from unspool.exits import ExitCode

FILTERS = frozenset({"text", "rewrite", "events", "lint"})
"""The commands that run without any option."""
OF_LIVE_CALLS = frozenset({"UNSPOOL_MODEL", "UNSPOOL_BASE_URL", "UNSPOOL_SYSTEM"})
"""Variables that a filter does not read unless an option asks for a live call; people have them in their profiles."""
OUT_OF_MEMORY = "out of memory; give it less at a time, or a machine with more"


_NO_MEMORY = ("failed to map", "cannot allocate", "Cannot allocate", "can't start new thread")


def load() -> None:
    """Import what the call of this process needs, in addition to this module."""
    arguments, _ = _without_debug(sys.argv[1:])
    if not _has_no_options(arguments or ["text"]):
        import_module("unspool.commands._parser")


def main(arguments: Sequence[str] | None = None, environment: Environment | None = None) -> int:
    """Run the command with ``arguments`` (default: the process's) and return its exit code."""
    environment = environment or Environment.of_process()
    if variable("_UNSPOOL_COMPLETE"):
        from unspool.commands._completion import answer  # noqa: PLC0415 - start-up
        from unspool.commands._parser import program  # noqa: PLC0415 - start-up

        return answer(program(), environment)
    arguments, debug = _without_debug(list(sys.argv[1:] if arguments is None else arguments))
    arguments = arguments or ["text"]
    try:
        code = (_run if _has_no_options(arguments) else _parse)(arguments, environment)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except SystemExit:  # how typer leaves when a page of help meets a closed output
        return ExitCode.OUTPUT_CLOSED
    except Exception as error:
        return _report_error(environment, error, arguments, debug)
    return code if isinstance(code, int) else ExitCode.OK


def _has_no_options(arguments: Sequence[str]) -> bool:
    """Return whether a call names a filter and its sources alone: importing a parser would be half of the start."""
    command, *sources = arguments
    plain = command in FILTERS and not any(source.startswith("-") and source != "-" for source in sources)
    return plain and OF_LIVE_CALLS.issuperset(variables("UNSPOOL_"))


def _run(arguments: Sequence[str], environment: Environment) -> Any:
    """Run a filter whose options are all as they are by default."""
    command, *sources = arguments
    run = getattr(import_module(f"unspool.commands.{command}"), command)
    return run(SimpleNamespace(obj=environment, info_name=command), SourceOptions(sources=sources))


def _parse(arguments: Sequence[str], environment: Environment) -> Any:
    """Run any command with its options."""
    from unspool.commands._parser import program  # noqa: PLC0415 - start-up

    if given := variables("UNSPOOL_"):
        from unspool.commands._variables import without_effect  # noqa: PLC0415 - start-up

        for line in without_effect(given):
            say(environment.stderr, line)
    with redirect_stdout(ClosedOutput()) if environment.stdout is None else nullcontext():
        return program()(arguments, prog_name="unspool", standalone_mode=False, obj=environment)


def _report_error(environment: Environment, error: Exception, arguments: Sequence[str], debug: bool) -> int:
    """Say in one line what became of the command, and return the code for that."""
    if _is_out_of_memory(error):
        error.__traceback__ = error.__context__ = None  # their frames hold what took the memory
        say(environment.stderr, OUT_OF_MEMORY)
        return ExitCode.FAILED
    if isinstance(error, OSError) and (error.filename is None or error.errno in LIMITS):
        return abandon_output(environment, error)
    if isinstance(error, typer.Exit):
        return error.exit_code
    if isinstance(error, typer.Abort):
        return ExitCode.INTERRUPTED
    if isinstance(error, typer.TyperException):
        from unspool.commands._parser import Commands  # noqa: PLC0415 - start-up
        from unspool.commands._usage import usage_error  # noqa: PLC0415 - start-up

        say(environment.stderr, usage_error(error, arguments, Commands()))
        return ExitCode.USAGE
    from unspool.commands._last_resort import report_internal_error  # noqa: PLC0415 - start-up

    return report_internal_error(environment, error, debug)


def _is_out_of_memory(error: Exception) -> bool:
    """Return whether memory, or a limit of processes, is what an error is about, whatever its type."""
    if isinstance(error, (MemoryError, SystemError)):  # the latter is what C code raises where it had none for an error
        return True
    words = str(error) if isinstance(error, (ImportError, RuntimeError)) else ""
    return any(sign in words for sign in _NO_MEMORY)


def _without_debug(arguments: list[str]) -> tuple[list[str], bool]:
    """Remove --debug, before or after the name of a command; returns the arguments, and whether it was there."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [argument for argument in arguments[:end] if argument != DEBUG]
    return [*kept, *arguments[end:]], len(kept) < end
