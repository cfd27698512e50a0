"""unspool help"""

from typing import Annotated, Any

import typer

from unspool.suggestions import unknown


def complete(context: typer.Context, incomplete: str) -> list[str]:
    """The commands whose name begins so."""
    group: Any = context.find_root().command
    return [name for name in group.commands if name.startswith(incomplete)]


def help(  # noqa: A001 - the name of the command
    context: typer.Context,
    command: Annotated[
        str | None,
        typer.Argument(metavar="[COMMAND]", help="The command to explain.", autocompletion=complete),
    ] = None,
) -> None:
    """Show the help of a command, or of unspool.

    Example: unspool help text
    """
    group: Any = context.find_root().command
    asked = group if command is None else group.commands.get(command)
    if asked is None:
        raise typer.BadParameter(unknown("command", command or "", group.commands), param_hint="'COMMAND'")
    root = context.find_root()
    page = root if command is None else type(root)(asked, info_name=command, parent=root)
    typer.echo(asked.get_help(page))
