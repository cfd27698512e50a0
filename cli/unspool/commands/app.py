"""The command: declares the Typer app, and turns everything that can happen into an exit code."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from unspool import __version__
from unspool.commands._options import EPILOG
from unspool.commands._run import abandon_output
from unspool.commands._stderr import say
from unspool.environment import Environment
from unspool.exits import ExitCode

DEBUG = "--debug"
COMMANDS = ("text", "rewrite", "events", "lint", "view", "chat", "stats", "check", "diff", "table", "serve")
_HELP = {"help_option_names": ["-h", "--help"]}


class _Commands(Mapping[str, Any]):
    """The commands by name, each imported and built when it is asked for: start-up is part of the product."""

    def __init__(self) -> None:
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in COMMANDS:
            raise KeyError(name)
        if name not in self._built:
            alone = typer.Typer(add_completion=False, context_settings=_HELP)
            alone.command(name, epilog=EPILOG)(getattr(import_module(f"unspool.commands.{name}"), name))
            self._built[name] = typer.main.get_command(alone)
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Group(typer.core.TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands()  # type: ignore[assignment]  # typer only reads it


app = typer.Typer(
    cls=_Group,
    name="unspool",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings=_HELP,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"unspool {__version__}")
        raise typer.Exit


@app.callback()
def unspool(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
    debug: Annotated[
        bool, typer.Option(DEBUG, help="Show the traceback where unspool itself is at fault; with any command.")
    ] = False,
) -> None:
    """Turn a stream of tool-call fragments into text while it arrives.

    With input piped in, unspool alone is unspool text.

    Example: unspool < samples/plain.jsonl
    """


OUT_OF_MEMORY = "out of memory; give it less at a time, or a machine with more"


def main(arguments: Sequence[str] | None = None, environment: Environment | None = None) -> int:
    """Run the command with ``arguments`` (default: the process's) and return its exit code."""
    environment = environment or Environment.of_process()
    arguments, debug = _without_debug(list(sys.argv[1:] if arguments is None else arguments))
    arguments = arguments or ["text"]
    try:
        code = app(arguments, prog_name="unspool", standalone_mode=False, obj=environment)
    except typer.TyperException as error:
        mistaken = os.path.exists(arguments[0])
        hint = f"To read a file: unspool text {arguments[0]}" if mistaken else "See `unspool --help`."
        if not mistaken and " " in arguments[0].strip():
            hint = "To ask a model: unspool text --prompt TEXT"
        say(environment.stderr, f"{error.format_message().rstrip('.?')}. {hint}")
        return ExitCode.USAGE
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except SystemExit:  # how typer leaves when a page of help meets a closed output
        return ExitCode.OUTPUT_CLOSED
    except Exception as error:
        return _report_error(environment, error, debug)
    return code if isinstance(code, int) else ExitCode.OK


def _report_error(environment: Environment, error: Exception, debug: bool) -> ExitCode:
    """Say in one line what became of the command, and return the code for that."""
    if isinstance(error, MemoryError):
        error.__traceback__ = error.__context__ = None  # their frames hold what took the memory
        say(environment.stderr, OUT_OF_MEMORY)
        return ExitCode.FAILED
    if isinstance(error, OSError) and error.filename is None:
        return abandon_output(environment, error)
    from unspool.commands._last_resort import report_internal_error  # noqa: PLC0415 - start-up

    return report_internal_error(environment, error, debug)


def _without_debug(arguments: list[str]) -> tuple[list[str], bool]:
    """Remove --debug, before or after the name of a command; returns the arguments, and whether it was there."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [argument for argument in arguments[:end] if argument != DEBUG]
    return [*kept, *arguments[end:]], len(kept) < end
