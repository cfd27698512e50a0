"""Separators between the messages of one choice and step (R16).

Messages are known by the numbers of their calls, ordinary content by CONTENT.
"""

from unspool.core.options import Options, Thoughts
from unspool.core.parser.targets import ValueKind
from unspool.core.rewriter.tool_call import CallState, ToolCall

CONTENT = -1
"""Stands for ordinary content among the numbers of calls."""


class Separators:
    """What must come between two messages of one choice.

    ``last_message`` is the call, or CONTENT, whose text left last, None before
    the first; ``_last_thoughts`` is the same of calls' thoughts, which leave
    only on request (R7).
    """

    def __init__(self, options: Options) -> None:
        self.last_message: int | None = None
        self._last_thoughts: int | None = None
        self._separator = options.separator
        self._thoughts_leave = options.thoughts is Thoughts.REASONING

    @property
    def follows_call(self) -> bool:
        """Whether the text of a message call was the last to leave."""
        return self.last_message is not None and self.last_message != CONTENT

    def before(self, call: ToolCall, kind: ValueKind) -> str:
        """What leaves before the next text of a call, which counts as left from now on; "" for nothing."""
        due = self._is_due(call, kind)
        self._note(call, kind)
        return self._separator if due else ""

    def is_due(self, call: ToolCall) -> bool:
        """Whether anything leaves before the next text of the value that a call is in."""
        wanted = call.parser.wanted
        return wanted is not None and call.state is CallState.MESSAGE and self._is_due(call, wanted)

    def note(self, call: ToolCall) -> None:
        """Note that text of the value that a call is in has left."""
        wanted = call.parser.wanted
        if wanted is not None and call.state is CallState.MESSAGE:
            self._note(call, wanted)

    def _is_due(self, call: ToolCall, kind: ValueKind) -> bool:
        last = self.last_message if kind is ValueKind.MESSAGE else self._last_thoughts
        return last is not None and last != call.number and bool(self._separator)

    def _note(self, call: ToolCall, kind: ValueKind) -> None:
        if kind is ValueKind.MESSAGE:
            self.last_message = call.number
        elif self._thoughts_leave:
            self._last_thoughts = call.number
