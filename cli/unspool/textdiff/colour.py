"""Colouring of report text. Reports take a function for it, so that they need not know where they are printed."""

from typing import Protocol


class Paint(Protocol):
    """A function that colours text by a colour name such as ``red``; ``reverse`` swaps foreground and background."""

    def __call__(self, text: str, colour: str, /, *, reverse: bool = False) -> str:
        """Return ``text`` with the escape sequences of ``colour``."""


def plain(text: str, colour: str, /, *, reverse: bool = False) -> str:
    """Return ``text`` unchanged."""
    return text
