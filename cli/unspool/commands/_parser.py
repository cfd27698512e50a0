"""The parser of the command line: the Typer app, and its commands by name."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from unspool import __version__
from unspool.commands._help import HelpCommand, first_sentence
from unspool.commands._options import DEBUG, EPILOG, with_options

COMMANDS = ("text", "rewrite", "events", "lint", "view", "chat", "stats", "check", "diff", "table", "serve")
HELPERS = ("sample", "help")
"""Commands about unspool itself: they read no stream and have no options."""
_HELP_OPTIONS = ("-h", "--help")
_HELP = {"help_option_names": _HELP_OPTIONS}
_COMPLETION_OPTIONS = ("--install-completion", "--show-completion")


@cache
def _built(name: str) -> Any:
    """The command of that name, with all its options: built once, since a process may run it many times."""
    alone = typer.Typer(add_completion=False, context_settings=_HELP, rich_markup_mode=None)
    epilog = EPILOG if name in COMMANDS else None
    module = import_module(f"unspool.commands.{name}")
    kind = getattr(module, "COMMAND_CLASS", HelpCommand)
    alone.command(name, cls=kind, epilog=epilog)(with_options(getattr(module, name)))
    return typer.main.get_command(alone)


class Commands(Mapping[str, Any]):
    """The commands by name, each imported and built when it is asked for: start-up is part of the product."""

    def __getitem__(self, name: str) -> Any:
        if name not in (*COMMANDS, *HELPERS):
            raise KeyError(name)
        return _built(name)

    def __iter__(self) -> Iterator[str]:
        return iter((*COMMANDS, *HELPERS))

    def __len__(self) -> int:
        return len(COMMANDS) + len(HELPERS)


class _Group(typer.core.TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = Commands()  # type: ignore[assignment]  # typer only reads it

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the options in front of a command; --help, also of the command, wins over those of completion."""
        asked = args[: args.index("--")] if "--" in args else args
        if any(option in asked for option in _HELP_OPTIONS):
            args = [argument for argument in args if argument not in _COMPLETION_OPTIONS]
        return super().parse_args(ctx, args)

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


@cache
def program() -> Any:
    """The command with its commands, as a function of the arguments."""
    return typer.main.get_command(app)


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


# Those of completion are not eager: they are run after --help and --version, in any order on the command line.
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
            _COMPLETION_OPTIONS[0],
            callback=_install_completion,
            help="Install completion for bash, zsh or fish.",
        ),
    ] = False,
    show_completion: Annotated[
        bool,
        typer.Option(_COMPLETION_OPTIONS[1], callback=_show_completion, help="Print the completion script."),
    ] = False,
) -> None:
    """Turn a stream of tool-call fragments into text while it arrives.

    With input piped in, unspool alone is unspool text.

    Example: unspool sample message | unspool
    """
