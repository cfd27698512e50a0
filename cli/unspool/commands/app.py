"""The command: declares the Typer app, and turns everything that can happen into an exit code."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from unspool import __version__
from unspool.commands import events, lint, rewrite, text
from unspool.commands.filtering import abandon_output
from unspool.commands.options import EPILOG
from unspool.commands.reporter import say
from unspool.environment import Environment
from unspool.exits import ExitCode

app = typer.Typer(
    name="unspool",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (text.text, rewrite.rewrite, events.events, lint.lint):
    app.command(epilog=EPILOG)(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"unspool {__version__}")
        raise typer.Exit


@app.callback()
def unspool(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Turn a stream of tool-call fragments into text while it arrives.

    With input piped in, unspool alone is unspool text.

    Example: unspool < samples/plain.jsonl
    """


def main(arguments: Sequence[str] | None = None, environment: Environment | None = None) -> int:
    """Run the command with ``arguments`` (default: the process's) and return its exit code."""
    environment = environment or Environment.of_process()
    arguments = list(sys.argv[1:] if arguments is None else arguments) or ["text"]
    try:
        code = app(arguments, prog_name="unspool", standalone_mode=False, obj=environment)
    except typer.TyperException as error:
        mistaken = os.path.exists(arguments[0])
        hint = f"To read a file: unspool text {arguments[0]}" if mistaken else "See `unspool --help`."
        say(environment.stderr, f"{error.format_message().rstrip('.?')}. {hint}")
        return ExitCode.USAGE
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except SystemExit:  # how typer leaves when a page of help meets a closed output
        return ExitCode.OUTPUT_CLOSED
    except OSError as error:
        return abandon_output(environment, error)
    return code if isinstance(code, int) else ExitCode.OK
