"""Bulk appending for chunks that equal the last one except for one string.

    appender = transformer.appender(chunk, event)   after ``chunk``, whose only event is ``event``
    appender.append(text)                           the joined text of any number of such chunks

An appender is valid until the next call of ``feed``. It makes the same changes
of state as ``feed``. The caller creates the events, which equal ``event``
except for their text.
"""

from unspool.core.events import ArgumentsDelta, TextDelta, ThoughtsDelta
from unspool.core.rewriter.emitted_text import EmittedText
from unspool.core.rewriter.separators import Separators
from unspool.core.rewriter.tool_call import ToolCall

AppendedEvent = TextDelta | ThoughtsDelta | ArgumentsDelta
"""The events of text that can be appended in bulk."""


class TextAppender:
    """Appends ordinary content or native reasoning, which can be any text."""

    is_json_source = False

    def __init__(self, emitted: EmittedText) -> None:
        self._emitted = emitted

    def append(self, text: str) -> None:
        """Record ``text`` as emitted."""
        self._emitted.add(text)


class CallAppender:
    """Appends to the current JSON string in the arguments of a call.

    The text is JSON source. It must not contain a quote or a backslash, which
    would end the string or start an escape.
    """

    is_json_source = True

    def __init__(self, call: ToolCall, separators: Separators) -> None:
        self._call = call
        self._parser = call.parser
        self._separators = separators

    def append(self, text: str) -> None:
        """Advance the parser over ``text``."""
        # The separator before the first text was emitted when that was fed: only the last message is noted.
        self._parser.skip(text)
        self._separators.note(self._call)


Appender = TextAppender | CallAppender
