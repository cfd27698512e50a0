"""The order of the messages of one choice and step: they never mix (T17), and separators divide them (R16).

    order.enter(call)                  a message call begins
    order.emit(call, parts, events)    its next parts: emitted at once, or after the messages before it
    order.flush(events)                no more parts follow
    order.pop_emitted()                the parts emitted since the last pop_emitted, with separators

The number of its call identifies a message; CONTENT identifies ordinary content.
"""

from collections import deque

from unspool.core.events import Event, MessageBoundary, TextDelta, ThoughtsDelta
from unspool.core.options import Options
from unspool.core.parser.targets import ValueKind, ValuePart
from unspool.core.rewriter.rewrite import with_separator
from unspool.core.rewriter.tool_call import ToolCall
from unspool.core.rewriter.wire import RESPONSE, ReceivedChoice

CONTENT = -1
"""The number of ordinary content, since calls are numbered from 0."""


class MessageOrder:
    """The messages of one choice, in the order of their first fragments.

    ``last_message`` is the number of the message whose text was emitted last, None before the first.
    """

    def __init__(self, step: int, choice: int, options: Options) -> None:
        self.last_message: int | None = None
        self._step = step
        self._choice = choice
        self._separator = options.separator
        self._last_thoughts: int | None = None  # as last_message: the call whose thoughts were emitted last
        self._queue: deque[ToolCall] = deque()  # the first call is emitted at once, the parts of the others wait
        self._emitted: list[ValuePart] = []

    @property
    def follows_call(self) -> bool:
        """Return whether the last emitted text was that of a message call."""
        return self.last_message is not None and self.last_message != CONTENT

    def enter(self, call: ToolCall) -> None:
        """Put a message call at the end of the queue."""
        self._queue.append(call)
        call.queued = True

    def emit(self, call: ToolCall, parts: list[ValuePart], events: list[Event]) -> None:
        """Emit parts of a message call; those of a call that is not the first in the queue wait."""
        for kind, text in parts:
            if kind is ValueKind.MESSAGE:
                call.text.add(text)
        if call.queued and self._queue[0] is not call:
            call.waiting.extend(parts)
            return
        self._emit(call, parts, events)
        if call.queued and call.parser.settled:
            self.flush(events, everything=False)

    def flush(self, events: list[Event], everything: bool = True) -> None:
        """Emit the parts that wait: all of them at the end, else those up to the next open message."""
        while self._queue and (everything or self._queue[0].parser.settled):
            self._queue.popleft().queued = False
            if self._queue:
                call = self._queue[0]
                waiting, call.waiting = call.waiting, []
                self._emit(call, waiting, events)

    def separate(self, received: ReceivedChoice, has_thoughts: bool, events: list[Event]) -> None:
        """Report that native text starts another message, and put a separator before it (R16).

        ``has_thoughts`` is true once native reasoning was emitted.
        """
        member = ""
        if received.boundary is not None and received.boundary != RESPONSE:
            thoughts = received.boundary != "content"
            if has_thoughts if thoughts else self.last_message is not None:
                events.append(MessageBoundary(self._step, self._choice, thoughts))
                member = str(received.boundary)
        if not member and received.text and self.follows_call:
            member = "content"
        if member and self._separator:
            received.delta = with_separator(received.delta, member, self._separator)

    def pop_emitted(self) -> list[ValuePart]:
        """Return and clear the parts that were emitted, in order."""
        emitted, self._emitted = self._emitted, []
        return emitted

    def _emit(self, call: ToolCall, parts: list[ValuePart], events: list[Event]) -> None:
        number = call.number
        for kind, text in parts:
            # tuple.__new__ skips the slower __new__ of the named tuple.
            if kind is ValueKind.MESSAGE:
                last, self.last_message = self.last_message, number
                events.append(tuple.__new__(TextDelta, (self._step, self._choice, number, text)))
            else:
                last, self._last_thoughts = self._last_thoughts, number
                events.append(tuple.__new__(ThoughtsDelta, (self._step, self._choice, number, text)))
            if last is not None and last != number and self._separator:
                self._emitted.append((kind, self._separator))
            self._emitted.append((kind, text))
