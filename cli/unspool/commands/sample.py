"""unspool sample"""

from importlib.resources import files
from typing import Annotated

import typer

from unspool.commands._run import guarded_output
from unspool.environment import Environment
from unspool.suggestions import unknown

SAMPLES = {
    "message": "a message through a tool call, cut inside escapes and a surrogate pair",
    "plain": "ordinary content, which needs no tool",
    "tool": "a message through a tool of another name",
    "messages": "two messages in one response, through two calls",
    "quirks": "a call whose name and id are repeated with every fragment",
    "recorded": "a recording with the time of each record, as --record writes it",
    "cut": "a stream that ends in the middle of its message",
    "steps": "two responses after each other, as server-sent events",
}
"""The streams in the package, by name."""


def complete(incomplete: str) -> list[tuple[str, str]]:
    """The samples whose name begins so."""
    return [(name, what) for name, what in SAMPLES.items() if name.startswith(incomplete)]


def sample(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="The sample to print. Default: list them.",
            autocompletion=complete,
        ),
    ] = None,
) -> None:
    """Print a small stream to try the other commands with.

    Example: unspool sample message | unspool text
    """
    environment: Environment = context.obj
    if name is not None and name not in SAMPLES:
        raise typer.BadParameter(unknown("sample", name, SAMPLES), param_hint="'NAME'")
    with guarded_output(environment) as output:
        if name is None:
            output.write("".join(f"{one:<10}{what}\n" for one, what in SAMPLES.items()).encode())
        else:
            output.write(files("unspool").joinpath("examples", name).read_bytes())
        output.flush()
