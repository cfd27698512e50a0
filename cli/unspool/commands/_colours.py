"""Colours for commands that have some: typer's, which cost no further import."""

import typer

from unspool.environment import Environment
from unspool.textdiff.colour import Paint, plain


def paint_for(environment: Environment) -> Paint:
    """Colours where standard output may have them."""
    return typer.style if environment.colours else plain
