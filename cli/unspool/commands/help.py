"""unspool help"""

from typing import Annotated, Any

import typer


def help(  # noqa: A001 - the name of the command
    context: typer.Context,
    command: Annotated[str | None, typer.Argument(metavar="[COMMAND]", help="The command to explain.")] = None,
) -> None:
    """Show the help of a command, or of unspool.

    Example: unspool help text
    """
    group: Any = context.find_root().command
    asked = group if command is None else group.commands.get(command)
    if asked is None:
        known = ", ".join(group.commands)
        raise typer.BadParameter(f"there is no command {command}; there are {known}", param_hint="'COMMAND'")
    root = context.find_root()
    page = root if command is None else type(root)(asked, info_name=command, parent=root)
    typer.echo(asked.get_help(page))
