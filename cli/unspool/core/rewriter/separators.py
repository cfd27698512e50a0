"""Separators between the messages of one choice and step (R16).

The number of its call identifies a message; CONTENT identifies ordinary content.
"""

from unspool.core.options import Options, Thoughts
from unspool.core.parser.targets import ValueKind
from unspool.core.rewriter.tool_call import CallState, ToolCall

CONTENT = -1
"""The number of ordinary content, since calls are numbered from 0."""


class Separators:
    """The separators of one choice.

    ``last_message`` is the number of the message whose text was emitted last,
    None before the first. ``_last_thoughts`` is the same for the thoughts of
    calls, which are emitted only on request (R7).
    """

    def __init__(self, options: Options) -> None:
        self.last_message: int | None = None
        self._last_thoughts: int | None = None
        self._separator = options.separator
        self._emits_thoughts = options.thoughts is Thoughts.REASONING

    @property
    def follows_call(self) -> bool:
        """Whether the last emitted text was that of a message call."""
        return self.last_message is not None and self.last_message != CONTENT

    def before(self, call: ToolCall, kind: ValueKind) -> str:
        """Return the separator before the next text of a call, "" for none, and note that text as emitted."""
        due = self._is_due(call, kind)  # before the note, which changes it
        self._note(call, kind)
        return self._separator if due else ""

    def is_due(self, call: ToolCall) -> bool:
        """Whether a separator is due before the next text of a call's current value."""
        wanted = call.parser.wanted
        return wanted is not None and call.state is CallState.MESSAGE and self._is_due(call, wanted)

    def note(self, call: ToolCall) -> None:
        """Note that text of a call's current value was emitted."""
        wanted = call.parser.wanted
        if wanted is not None and call.state is CallState.MESSAGE:
            self._note(call, wanted)

    def _is_due(self, call: ToolCall, kind: ValueKind) -> bool:
        last = self.last_message if kind is ValueKind.MESSAGE else self._last_thoughts
        return last is not None and last != call.number and bool(self._separator)

    def _note(self, call: ToolCall, kind: ValueKind) -> None:
        if kind is ValueKind.MESSAGE:
            self.last_message = call.number
        elif self._emits_thoughts:
            self._last_thoughts = call.number
