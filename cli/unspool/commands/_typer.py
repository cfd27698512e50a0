"""The names of typer, which is imported when one of them is first used.

A call without options uses none, and importing typer is the largest part of the start.
"""

from typing import TYPE_CHECKING, Any

__all__ = ["Abort", "Argument", "BadParameter", "Context", "Exit", "Option", "TyperException"]

if TYPE_CHECKING:
    from typer import Abort, Argument, BadParameter, Context, Exit, Option, TyperException
else:

    def __getattr__(name: str) -> Any:
        import typer  # noqa: PLC0415 - start-up

        return getattr(typer, name)
