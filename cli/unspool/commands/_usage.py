"""The line about a mistake on the command line: what is wrong, and what was probably meant."""

import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from typer._click.exceptions import NoSuchOption

_LONGEST_LINE = 100  # characters of a command line that is shown again


def usage_error(error: typer.TyperException, arguments: Sequence[str], commands: Mapping[str, Any]) -> str:
    """The line for ``error``; ``arguments`` are those of the process, ``commands`` all commands by name."""
    context = getattr(error, "ctx", None)
    named = arguments[0] in commands  # a command that ran without the parser
    path = context.command_path if context is not None else f"unspool {arguments[0]}" if named else "unspool"
    see = f"See `{path} --help`."
    if isinstance(error, NoSuchOption):
        return _unknown_option(error, see, arguments, commands)
    message = error.format_message().rstrip(".").replace("a valid float range", "a number")
    message = message.replace("a valid int range", "a whole number")
    message = message if message.endswith("?") else f"{message}."
    if not message.startswith("No such command"):
        return f"{message} {see}"
    meant = arguments[0]
    if os.path.exists(meant):
        return f"No such command '{meant}'. To read a file: unspool text {shlex.quote(meant)}"
    return f"{message} To ask a model: unspool text --prompt TEXT. {see}"


def _unknown_option(error: NoSuchOption, see: str, arguments: Sequence[str], commands: Mapping[str, Any]) -> str:
    """The commands that have the option, if another one has it; else options with a similar name."""
    having = [name for name, command in commands.items() if _has_option(command, error.option_name)]
    if not having:
        return f"{error.format_message()}. {see}"
    line = shlex.join(["unspool", having[0], *arguments])
    if arguments[0] not in commands and len(line) <= _LONGEST_LINE:
        return f"{error.message} before a command. Name a command first: {line}"
    return f"{error.message}. It is an option of {', '.join(having)}. {see}"


def _has_option(command: Any, name: str) -> bool:
    return any(name in parameter.opts and not getattr(parameter, "hidden", False) for parameter in command.params)
