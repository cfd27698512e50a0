"""Completion in a shell: the script, its installation, and the answers that it asks for."""

from collections.abc import Callable
from typing import Any

import typer
from typer._click.shell_completion import CompletionItem, ShellComplete, add_completion_class, split_arg_string
from typer._completion_classes import BashComplete, FishComplete, ZshComplete
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
_LINE = "_TYPER_COMPLETE_ARGS"
"""The variable with the line up to the cursor."""
_BASH = """
_unspool_completion() {
    local IFS=$'\\n' line="${COMP_LINE:0:COMP_POINT}" word before
    COMPREPLY=( $( env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD _TYPER_COMPLETE_ARGS="$line" \\
                   _UNSPOOL_COMPLETE=complete_bash "$1" ) )
    # The answers are whole words, as --from=opencode. bash replaces only what is behind the last = : or @ of a word.
    word=${line##*[[:space:]]}
    before=${COMP_WORDS[COMP_CWORD]}
    case $before in [=:@]) before= ;; esac
    before=${word%"$before"}
    case $word in *[=:@]*) COMPREPLY=( "${COMPREPLY[@]#"$before"}" ) ;; esac
    case ${COMPREPLY[*]} in *[=:@]) compopt -o nospace 2> /dev/null ;; esac
    return 0
}

complete -o default -F _unspool_completion unspool
"""
_REGISTER = "\ncompdef _unspool_completion unspool"
_REGISTER_OR_RUN = """
if [[ $funcstack[1] == _unspool ]]; then
  _unspool_completion "$@"
else
  compdef _unspool_completion unspool
fi"""
"""zsh runs a file in its ``fpath`` as the function at the first Tab: registering alone would offer nothing then."""


class _OfTheLine(ShellComplete):
    """Takes the line up to the cursor, and answers with whole words, also where a value is behind a ``=``."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one that is typed, and that word."""
        line = variable(_LINE)
        if not line:  # a script that an earlier version installed, or a wrapper that gives words alone
            return super().get_completion_args()  # type: ignore[safe-super]  # of a class that is mixed in
        words = split_arg_string(line)[1:]
        return (words, "") if line[-1:].isspace() or not words else (words[:-1], words[-1])

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Return the words that are offered."""
        offered = super().get_completions(args, incomplete)
        option, equals, _ = incomplete.partition("=")
        if equals and option.startswith("--"):
            for item in offered:
                item.value = f"{option}={item.value}"
        return offered


class _Bash(_OfTheLine, BashComplete):
    pass


class _Zsh(_OfTheLine, ZshComplete):
    def complete(self) -> str:
        """Return the command of zsh that offers something; files also where the name is behind a ``=``."""
        offered = super().complete()
        _, incomplete = self.get_completion_args()
        behind = incomplete.startswith("--") and "=" in incomplete
        return "compset -P '*='; _files" if behind and offered == "_files" else offered


class _Fish(_OfTheLine, FishComplete):
    pass


def answer(app: Callable[..., Any], environment: Environment) -> int:
    """Write the completions of the line that the shell gives; nothing of it can be an error to a person at a prompt."""
    completion_init()
    for shell, kind in zip(SHELLS, (_Bash, _Zsh, _Fish), strict=True):
        add_completion_class(kind, shell)
    try:
        app([], prog_name="unspool", standalone_mode=False, obj=environment)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else ExitCode.OK
    return ExitCode.OK


def script(shell: str) -> str:
    """The script for one of SHELLS."""
    if shell == "bash":
        return _BASH.lstrip()
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
