"""Colours, as something that is handed in: who writes a report need not know where it goes."""

from collections.abc import Callable

Paint = Callable[[str, str], str]
"""Gives a text the colour of a name such as ``red``, or leaves it as it is."""


def plain(text: str, _: str) -> str:
    """No colours."""
    return text
