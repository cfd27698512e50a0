"""Bulk feeding for chunks that equal the last one except for one string.

    appender = transformer.appender(chunk, event)   after ``chunk``, which gave this one event
    appender.append(text)                           the joined text of any number of such chunks

An appender is valid until the transformer is fed again. It updates the state
that ``feed`` would have updated; the caller makes the events, which differ from
``event`` in their text alone.
"""

from unspool.core.events import ArgumentsDelta, TextDelta, ThoughtsDelta
from unspool.core.rewriter.emitted_text import EmittedText
from unspool.core.rewriter.separators import Separators
from unspool.core.rewriter.tool_call import ToolCall

AppendedEvent = TextDelta | ThoughtsDelta | ArgumentsDelta
"""The events of text that can be appended in bulk."""


class TextAppender:
    """Appends ordinary content or native reasoning; any text can follow."""

    is_json_source = False

    def __init__(self, said: EmittedText) -> None:
        self._said = said

    def append(self, text: str) -> None:
        """Count ``text`` as said."""
        self._said.add(text)


class CallAppender:
    """Appends to the JSON string that the arguments of a call are in.

    The text is JSON source: it must not contain a quote or a backslash, which
    would end the string or begin an escape.
    """

    is_json_source = True

    def __init__(self, call: ToolCall, separators: Separators) -> None:
        self._call = call
        self._parser = call.parser
        self._separators = separators

    def append(self, text: str) -> None:
        """Move the parser beyond ``text``."""
        self._parser.skip(text)
        self._separators.note(self._call)


Appender = TextAppender | CallAppender
