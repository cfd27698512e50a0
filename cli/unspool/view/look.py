"""The options of the view, as on the command line."""

import sys
from enum import StrEnum
from typing import Final

FOLDED: Final = 12
"""Rows of an argument, or of a result, that are shown on a screen."""
WHOLE: Final = sys.maxsize
"""The same for a page, which has place for all."""


class Only(StrEnum):
    """The kinds of parts that can be asked for."""

    MESSAGES = "messages"
    TOOLS = "tools"
    THOUGHTS = "thoughts"


class Calls(StrEnum):
    """The display of calls to other tools."""

    FULL = "full"
    LINE = "line"
    HIDE = "hide"
