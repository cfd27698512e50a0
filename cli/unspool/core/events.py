"""What the transformer saw, as values: its second face.

Text output, reports, checks and views are drawn from these and from nothing
else. Every event has ``step`` (1, 2, …; 0 before the first chunk of a
response); where it has them, ``choice`` is the wire's choice.index and ``call``
counts the tool calls of that choice in the order they were seen, from 0.
``EVENT_NAMES`` has the stable name of each where it leaves as JSON.

Events are immutable. Two events are equal only if they are of the same kind.
"""

from typing import Any, NamedTuple


class StepStarted(NamedTuple):
    """A model response begins (R13); id and model as on its first chunk, "" where absent."""

    step: int
    id: str
    model: str


class TextDelta(NamedTuple):
    """Text for the user: of a message call, or, where ``call`` is null, ordinary content."""

    step: int
    choice: int
    call: int | None
    text: str


class ThoughtsDelta(NamedTuple):
    """Private thoughts: of a message call, or, where ``call`` is null, native reasoning (R7, Q17)."""

    step: int
    choice: int
    call: int | None
    text: str


class RefusalDelta(NamedTuple):
    """A piece of ``delta.refusal``."""

    step: int
    choice: int
    text: str


class MessageBoundary(NamedTuple):
    """The text that follows in ordinary content is another message than the text before it (R16).

    With ``thoughts`` the same of native reasoning: another summary follows.
    Calls have no boundaries: their events carry the number of the call.
    """

    step: int
    choice: int
    thoughts: bool


class ResponseRefused(NamedTuple):
    """A choice ended refused or filtered, and no text was shown (R17).

    ``reason`` is the provider's word for it, ``text`` the beginning of its
    explanation, "" where it gave none.
    """

    step: int
    choice: int
    reason: str
    text: str


class ToolCallStarted(NamedTuple):
    """A call begins to be read; ``message`` tells a message tool from the others.

    ``tool`` is "" where no name came, ``id`` "" where none has come yet.
    """

    step: int
    choice: int
    call: int
    id: str
    tool: str
    message: bool


class ArgumentsDelta(NamedTuple):
    """A fragment of another tool's arguments, as JSON text; of a resend (A5) only what it adds.

    Of a message tool's too, where the options ask for it.
    """

    step: int
    choice: int
    call: int
    arguments: str


class ToolCallFinished(NamedTuple):
    """The call's choice ended; ``complete`` is false where its arguments are cut or unreadable."""

    step: int
    choice: int
    call: int
    complete: bool


class MessageMissing(NamedTuple):
    """A message call is complete and lacks its message argument.

    ``argument`` is the path that was looked for, ``arguments`` the names of the first ones that the call has.
    """

    step: int
    choice: int
    call: int
    tool: str
    argument: str
    arguments: tuple[str, ...]


class ChoiceFinished(NamedTuple):
    """A choice ended with the finish reason as received."""

    step: int
    choice: int
    reason: str


class UsageReported(NamedTuple):
    """A usage object, as received; the last of a step counts (Q6)."""

    step: int
    usage: dict[str, Any]


class StepFinished(NamedTuple):
    """A model response is over; ``complete`` is false after a fault."""

    step: int
    complete: bool


class QuirkSeen(NamedTuple):
    """Something that departs from the contract; ``quirk`` is its number in the table of quirks."""

    step: int
    quirk: str


class ArgumentsFailed(NamedTuple):
    """A message call whose arguments cannot be read from ``offset`` (characters) on (R9)."""

    step: int
    choice: int
    call: int
    tool: str
    offset: int
    reason: str


class StreamIncomplete(NamedTuple):
    """The stream, or a call in it, ended before its end (R11)."""

    step: int
    reason: str


class ResponseFailed(NamedTuple):
    """An error object in the stream (R12); ``code`` as text, "" where absent."""

    step: int
    message: str
    code: str


Event = (
    StepStarted
    | TextDelta
    | ThoughtsDelta
    | RefusalDelta
    | MessageBoundary
    | ResponseRefused
    | ToolCallStarted
    | ArgumentsDelta
    | MessageMissing
    | ToolCallFinished
    | ChoiceFinished
    | UsageReported
    | StepFinished
    | QuirkSeen
    | ArgumentsFailed
    | StreamIncomplete
    | ResponseFailed
)
Fault = ArgumentsFailed | StreamIncomplete | ResponseFailed

EVENT_NAMES: dict[type, str] = {
    StepStarted: "step",
    TextDelta: "text",
    ThoughtsDelta: "thoughts",
    RefusalDelta: "refusal",
    MessageBoundary: "boundary",
    ResponseRefused: "refused",
    ToolCallStarted: "call",
    ArgumentsDelta: "arguments",
    MessageMissing: "message_missing",
    ToolCallFinished: "call_end",
    ChoiceFinished: "finish",
    UsageReported: "usage",
    StepFinished: "step_end",
    QuirkSeen: "quirk",
    ArgumentsFailed: "arguments_failed",
    StreamIncomplete: "incomplete",
    ResponseFailed: "error",
}
"""The stable name of each event where it leaves the program as JSON."""


def _equals(self: tuple[Any, ...], other: object) -> bool:
    return type(self) is type(other) and tuple.__eq__(self, other)


def _differs(self: tuple[Any, ...], other: object) -> bool:
    return not _equals(self, other)


def _hash(self: tuple[Any, ...]) -> int:
    return hash((type(self), *self))


for _kind in EVENT_NAMES:
    # Named tuples are the cheapest immutable values, but equal for equal members whatever their type.
    _kind.__eq__ = _equals  # type: ignore[assignment,method-assign]
    _kind.__ne__ = _differs  # type: ignore[assignment,method-assign]
    _kind.__hash__ = _hash  # type: ignore[assignment,method-assign]

FAULTS: frozenset[type] = frozenset({ArgumentsFailed, StreamIncomplete, ResponseFailed})
"""The events that make a run fail."""
