"""Colours, as something that is handed in: who writes a report need not know where it goes."""

from typing import Protocol


class Paint(Protocol):
    """Gives a text the colour of a name such as ``red``, or leaves it as it is; with ``reverse`` it stands out."""

    def __call__(self, text: str, colour: str, /, *, reverse: bool = False) -> str:
        """The text, painted."""


def plain(text: str, colour: str, /, *, reverse: bool = False) -> str:
    """No colours."""
    return text
