"""Completion in a shell: the script, its installation, and the answers that it asks for."""

from collections.abc import Callable
from typing import Any

import typer
from typer.completion import (  # type: ignore[attr-defined] # it has them for its own option
    _get_shell_name,
    completion_init,
    get_completion_script,
)
from typer.completion import install as install_script  # type: ignore[attr-defined]

from unspool.commands._stderr import say
from unspool.environment import Environment, variable
from unspool.exits import ExitCode

VARIABLE = "_UNSPOOL_COMPLETE"
"""The variable with which the script of a shell requests completions."""
SHELLS = ("bash", "zsh", "fish")
_REGISTER = "\ncompdef _unspool_completion unspool"
_REGISTER_OR_RUN = """
if [[ $funcstack[1] == _unspool ]]; then
  _unspool_completion "$@"
else
  compdef _unspool_completion unspool
fi"""
"""zsh runs a file in its ``fpath`` as the function at the first Tab: registering alone would offer nothing then."""


def answer(app: Callable[..., Any], environment: Environment) -> int:
    """Write the completions of the line that the shell gives; nothing of it can be an error to a person at a prompt."""
    completion_init()
    try:
        app([], prog_name="unspool", standalone_mode=False, obj=environment)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else ExitCode.OK
    return ExitCode.OK


def script(shell: str) -> str:
    """The script for one of SHELLS."""
    text: str = get_completion_script(prog_name="unspool", complete_var=VARIABLE, shell=shell)
    return f"{text.replace(_REGISTER, _REGISTER_OR_RUN)}\n"


def show(environment: Environment) -> None:
    """Write the script for the shell that runs this command. Raises Exit."""
    typer.echo(script(_shell(environment)), nl=False)
    raise typer.Exit


def install(environment: Environment) -> None:
    """Install the script in the user's home. Raises Exit."""
    shell = _shell(environment)
    try:
        _, path = install_script(shell=shell, prog_name="unspool", complete_var=VARIABLE)
        path.write_text(script(shell), encoding="utf-8")
    except (OSError, RuntimeError) as error:  # a home that is read-only, or none
        what = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
        say(environment.stderr, f"{what}; --show-completion prints the script for another place")
        raise typer.Exit(ExitCode.FAILED) from None
    say(environment.stderr, f"completion for {shell} is in {path}; open a new shell to use it")
    raise typer.Exit


def _shell(environment: Environment) -> str:
    """The shell that runs this command, or else $SHELL. Raises Exit for one that has no completion here."""
    name = _get_shell_name() or variable("SHELL").rpartition("/")[2]
    if name in SHELLS:
        return name
    say(environment.stderr, f"there is no completion for {name or 'this shell'}; there is for {', '.join(SHELLS)}")
    raise typer.Exit(ExitCode.USAGE)


def quirk_numbers(incomplete: str) -> list[tuple[str, str]]:
    """The quirks whose number begins so, each with its sentence."""
    from unspool.quirks.catalog import QUIRKS  # noqa: PLC0415 - for a Tab alone

    return [(number, quirk.sentence) for number, quirk in QUIRKS.items() if number.startswith(incomplete)]
