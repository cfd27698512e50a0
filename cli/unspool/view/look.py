"""What a person may ask the view to show, in the words of the command line."""

from enum import StrEnum


class Only(StrEnum):
    """The kinds of parts that can be asked for."""

    MESSAGES = "messages"
    TOOLS = "tools"
    THOUGHTS = "thoughts"


class Calls(StrEnum):
    """How calls to other tools are shown."""

    FULL = "full"
    LINE = "line"
    HIDE = "hide"
