"""Colours for commands that have some: typer's, which cost no further import."""

import typer

from unspool.checks.paint import Paint, plain
from unspool.environment import Environment


def paint_for(environment: Environment) -> Paint:
    """Colours where standard output may have them."""
    return typer.style if environment.colours else plain
