"""The calls of the tools that a provider's server runs, as far as they have come, and what is reported of them.

    calls = ServerCalls()
    calls.called(Call(id, tool, [arguments]))  -> [ServerToolCalled], or [] where its id was reported
    calls.returned(id, value, failed)          -> [ToolReturned], or [] likewise

A call whose arguments come in fragments is kept until it is whole: as the one
that is ``streaming``, where its fragments follow each other without an id, or
in ``open`` by its id.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from unspool.core.events import Event, ServerToolCalled, ToolReturned
from unspool.core.rewriter.wire import arguments_text
from unspool.dialects.agents.tool_results import result_text
from unspool.dialects.members import word_of


class Call(NamedTuple):
    """A call; ``arguments`` are fragments of JSON text."""

    ident: str
    tool: str
    arguments: list[str]


class ServerCalls:
    """The calls of one source; ids hold within a step."""

    def __init__(self) -> None:
        self.step = 0
        self.choice = 0
        self.open: dict[str, Call] = {}
        self.streaming: Call | None = None
        self.kind = ""  # under which the extension has the fragments of that call
        self._called: set[str] = set()  # ids of the calls that were reported
        self._returned: set[str] = set()  # and of the results

    def begin_step(self, step: int) -> None:
        """Let ``step`` be that of the calls that follow."""
        self.step = step
        self._called.clear()
        self._returned.clear()

    @property
    def any_called(self) -> bool:
        """Return whether a call of this step was reported."""
        return bool(self._called)

    def stream(self, call: Call, kind: str) -> None:
        """Keep a call whose fragments follow, in records of this kind."""
        self.kind, self.streaming = kind, call

    def add(self, fragment: str) -> None:
        """Add a fragment of JSON text to the call that is streaming."""
        if self.streaming is not None:
            self.streaming.arguments.append(fragment)

    def settle(self) -> list[Event]:
        """Report the call that is streaming: its last fragment has come."""
        call, self.streaming = self.streaming, None
        return [] if call is None else self.called(call)

    def close(self) -> list[Event]:
        """Report the calls that are not whole: the stream was cut."""
        found = self.settle()
        for call in list(self.open.values()):
            found += self.called(call)
        return found

    def called(self, call: Call) -> list[Event]:
        """A call that is whole; once for each id."""
        self.open.pop(call.ident, None)
        if call.ident and call.ident in self._called:
            return []
        self._called.add(call.ident)
        return [ServerToolCalled(self.step, self.choice, call.ident, call.tool, "".join(call.arguments))]

    def returned(self, ident: str, value: Any, failed: bool) -> list[Event]:
        """The result of a call; once for each id."""
        if ident and ident in self._returned:
            return []
        self._returned.add(ident)
        return [ToolReturned(self.step, ident, _text(value), failed)]


Reader = Callable[[ServerCalls, dict[str, Any], str], list[Event]]
"""A reader of a record; the last argument is the name under which the extension has it."""


def arguments_of(value: Any) -> str:
    """What a tool is called with, as JSON text; "" for nothing, and for an empty value."""
    return arguments_text(value) if value else ""


def _text(value: Any) -> str:
    """A result as text; of sources their titles and addresses, of a program what it printed."""
    parts = value if isinstance(value, list) else []
    lines = [_line(part) for part in parts if isinstance(part, dict)]
    return "\n".join(lines) if lines and all(lines) else result_text(value)


def _line(part: dict[str, Any]) -> str:
    address = word_of(part, "url") or word_of(part, "uri")
    return f"{word_of(part, 'title')} {address}".strip() if address else word_of(part, "logs")
