"""Files that are read and written at once: such a run would read what it writes, without an end (as cat notices)."""

import os
from collections.abc import Iterable

from unspool.commands import _typer as typer
from unspool.environment import Environment, descriptor_of
from unspool.files import FileSet


def outputs(environment: Environment) -> FileSet:
    """The files that standard output and standard error lead to."""
    return FileSet(map(descriptor_of, (environment.stdout, environment.stderr)))


def inputs(paths: Iterable[str], environment: Environment) -> list[str | int | None]:
    """The paths; for ``-`` the descriptor of standard input."""
    return [descriptor_of(environment.stdin) if path == "-" else path for path in paths]


def refuse_output_as_input(paths: Iterable[str], environment: Environment) -> None:
    """Raise BadParameter where one of these sources is also written."""
    sources = FileSet(inputs(paths, environment))
    for stream, name in ((environment.stdout, "standard output"), (environment.stderr, "standard error")):
        if descriptor_of(stream) in sources:
            raise typer.BadParameter(f"the file that is read is {name}, too; write to another file")


def refuse_standard_output(option: str, path: str) -> None:
    """Raise BadParameter for ``-``, which many programs take for standard output, where a file or folder is named."""
    if path == "-":
        reason = "- is not standard output here; name a file or folder (./- for one of that name)"
        raise typer.BadParameter(reason, param_hint=f"'{option}'")


def refuse_unwritable(option: str, path: str) -> None:
    """Raise BadParameter, before anything is read, for a file that cannot be written."""
    refuse_standard_output(option, path)
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise typer.BadParameter(f"there is no folder {folder}", param_hint=f"'{option}'")
    if os.path.isdir(path):
        raise typer.BadParameter(f"{path} is a folder", param_hint=f"'{option}'")
