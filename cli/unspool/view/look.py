"""The options of the view, as on the command line."""

from enum import StrEnum


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
