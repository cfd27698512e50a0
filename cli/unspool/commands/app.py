"""The command: declares the Typer app, and turns everything that can happen into an exit code."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from importlib import import_module
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from unspool import __version__
from unspool.commands._help import HelpCommand, first_sentence
from unspool.commands._options import EPILOG
from unspool.commands._run import LIMITS, abandon_output
from unspool.commands._stderr import say
from unspool.environment import ClosedOutput, Environment, variable
from unspool.exits import ExitCode

DEBUG = "--debug"
COMMANDS = ("text", "rewrite", "events", "lint", "view", "chat", "stats", "check", "diff", "table", "serve")
HELPERS = ("sample", "help")
"""Commands about unspool itself: they read no stream and have no options."""
_HELP = {"help_option_names": ["-h", "--help"]}


class _Commands(Mapping[str, Any]):
    """The commands by name, each imported and built when it is asked for: start-up is part of the product."""

    def __init__(self) -> None:
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in (*COMMANDS, *HELPERS):
            raise KeyError(name)
        if name not in self._built:
            alone = typer.Typer(add_completion=False, context_settings=_HELP, rich_markup_mode=None)
            epilog = EPILOG if name in COMMANDS else None
            module = import_module(f"unspool.commands.{name}")
            kind = getattr(module, "COMMAND_CLASS", HelpCommand)
            alone.command(name, cls=kind, epilog=epilog)(getattr(module, name))
            self._built[name] = typer.main.get_command(alone)
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*COMMANDS, *HELPERS))

    def __len__(self) -> int:
        return len(COMMANDS) + len(HELPERS)


class _Group(typer.core.TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands()  # type: ignore[assignment]  # typer only reads it

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Offer the commands by their names alone: importing all of them would take longer than a Tab may."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        from typer._click.shell_completion import CompletionItem  # noqa: PLC0415 - for a Tab alone

        return [CompletionItem(name) for name in self.commands if name.startswith(incomplete)]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write each command with the whole first sentence of its help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, first_sentence(command)) for name, command in self.commands.items()])


app = typer.Typer(
    cls=_Group,
    name="unspool",
    no_args_is_help=False,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=_HELP,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"unspool {__version__}")
        raise typer.Exit


def _install_completion(context: typer.Context, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from unspool.commands._completion import install  # noqa: PLC0415 - start-up

        install(context.obj)


def _show_completion(context: typer.Context, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from unspool.commands._completion import show  # noqa: PLC0415 - start-up

        show(context.obj)


@app.callback()
def unspool(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    debug: Annotated[
        bool, typer.Option(DEBUG, help="Show the traceback of an error in unspool itself; works with any command.")
    ] = False,
    install_completion: Annotated[
        bool,
        typer.Option(
            "--install-completion",
            callback=_install_completion,
            is_eager=True,
            help="Install completion for bash, zsh or fish.",
        ),
    ] = False,
    show_completion: Annotated[
        bool,
        typer.Option(
            "--show-completion", callback=_show_completion, is_eager=True, help="Print the completion script."
        ),
    ] = False,
) -> None:
    """Turn a stream of tool-call fragments into text while it arrives.

    With input piped in, unspool alone is unspool text.

    Example: unspool sample message | unspool
    """


OUT_OF_MEMORY = "out of memory; give it less at a time, or a machine with more"


def main(arguments: Sequence[str] | None = None, environment: Environment | None = None) -> int:
    """Run the command with ``arguments`` (default: the process's) and return its exit code."""
    environment = environment or Environment.of_process()
    if variable("_UNSPOOL_COMPLETE"):
        from unspool.commands._completion import answer  # noqa: PLC0415 - start-up

        return answer(app, environment)
    arguments, debug = _without_debug(list(sys.argv[1:] if arguments is None else arguments))
    arguments = arguments or ["text"]
    try:
        with redirect_stdout(ClosedOutput()) if environment.stdout is None else nullcontext():
            code = app(arguments, prog_name="unspool", standalone_mode=False, obj=environment)
    except typer.TyperException as error:
        from unspool.commands._usage import usage_error  # noqa: PLC0415 - start-up

        say(environment.stderr, usage_error(error, arguments, _Commands()))
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
    if isinstance(error, OSError) and (error.filename is None or error.errno in LIMITS):
        return abandon_output(environment, error)
    from unspool.commands._last_resort import report_internal_error  # noqa: PLC0415 - start-up

    return report_internal_error(environment, error, debug)


def _without_debug(arguments: list[str]) -> tuple[list[str], bool]:
    """Remove --debug, before or after the name of a command; returns the arguments, and whether it was there."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [argument for argument in arguments[:end] if argument != DEBUG]
    return [*kept, *arguments[end:]], len(kept) < end
