"""Events: immutable values for everything that the transformer reads in a stream.

Text output, reports, checks and views are built from events alone. Every event
has ``step`` (1, 2, …; 0 before the first chunk of a response). ``choice`` is
choice.index as on the wire. ``call`` is the number of a tool call in its
choice, counted from 0 in the order of arrival.

Two events are equal only if they are of the same type.
"""

from typing import Any, NamedTuple, get_args


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
    """A fragment of ``delta.refusal``."""

    step: int
    choice: int
    text: str


class MessageBoundary(NamedTuple):
    """The start of another message in ordinary content (R16).

    With ``thoughts``, the start of another summary in native reasoning. Calls
    have no boundaries: their events have the number of the call.
    """

    step: int
    choice: int
    thoughts: bool


class ResponseRefused(NamedTuple):
    """A choice ended refused or filtered, without any text (R17).

    ``reason`` is the provider's finish reason, ``text`` the beginning of its
    explanation, "" where there is none.
    """

    step: int
    choice: int
    reason: str
    text: str


class TextContradicted(NamedTuple):
    """A whole text, or the message in whole arguments, is another than its deltas, which were shown (R15, Q70).

    ``text`` is the beginning of the whole text; ``call`` is null for ordinary content.
    """

    step: int
    choice: int
    call: int | None
    text: str


class ToolCallStarted(NamedTuple):
    """The first fragment of a call; ``message`` is true for a message tool.

    ``tool`` is "" where no name arrived, ``id`` "" where none has arrived yet.
    """

    step: int
    choice: int
    call: int
    id: str
    tool: str
    message: bool


class ArgumentsDelta(NamedTuple):
    """A fragment of another tool's arguments, as JSON text; of a resend (A5) only the added part.

    With ``Options.message_arguments`` also those of message tools.
    """

    step: int
    choice: int
    call: int
    arguments: str


class ToolCallFinished(NamedTuple):
    """The end of a call, with its choice; ``complete`` is false where its arguments are cut or unreadable.

    In a response that ended, a call without arguments is complete: its tool may have no parameters. In a stream that
    was cut it is not.
    """

    step: int
    choice: int
    call: int
    complete: bool


class ServerToolCalled(NamedTuple):
    """A whole call of a tool that the provider's server runs: no client answers it, and no rewritten chunk has it.

    ``arguments`` is JSON text, "" for none; ``id`` is "" where the provider gives none.
    """

    step: int
    choice: int
    id: str
    tool: str
    arguments: str


class ToolReturned(NamedTuple):
    """The result of a call, in the stream of an agent or of a server that runs the tool; ``id`` is that of the call.

    ``text`` is the result as text, or as JSON text; ``failed`` is true where the tool reports a failure.
    """

    step: int
    id: str
    text: str
    failed: bool


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
    """The end of a choice; ``reason`` is the finish reason as received."""

    step: int
    choice: int
    reason: str


class UsageReported(NamedTuple):
    """A usage object, as received; the last of a step counts (Q6)."""

    step: int
    usage: dict[str, Any]


class StepFinished(NamedTuple):
    """The end of a model response; ``complete`` is false after a fault."""

    step: int
    complete: bool


class QuirkSeen(NamedTuple):
    """A departure from the Chat Completions contract; ``quirk`` is its number in docs/QUIRKS.md."""

    step: int
    quirk: str


class ArgumentsFailed(NamedTuple):
    """A message call whose arguments cannot be parsed from ``offset`` on, in characters (R9)."""

    step: int
    choice: int
    call: int
    tool: str
    offset: int
    reason: str


class StreamIncomplete(NamedTuple):
    """The stream, or a call in it, ended too early (R11); ``finish`` is the finish reason that came inside the call."""

    step: int
    reason: str
    finish: str | None = None


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
    | TextContradicted
    | ToolCallStarted
    | ArgumentsDelta
    | MessageMissing
    | ToolCallFinished
    | ServerToolCalled
    | ToolReturned
    | ChoiceFinished
    | UsageReported
    | StepFinished
    | QuirkSeen
    | ArgumentsFailed
    | StreamIncomplete
    | ResponseFailed
)
Fault = ArgumentsFailed | StreamIncomplete | ResponseFailed
AppendedEvent = TextDelta | ThoughtsDelta | ArgumentsDelta
"""The events whose text can be appended in bulk (Transformer.appender)."""


# Named tuples are the cheapest immutable values to create, but compare equal to any tuple with equal members.
def _equals(self: tuple[Any, ...], other: object) -> bool:
    return type(self) is type(other) and tuple.__eq__(self, other)


def _differs(self: tuple[Any, ...], other: object) -> bool:
    return not _equals(self, other)


def _hash(self: tuple[Any, ...]) -> int:
    return hash((type(self), *self))


for _kind in get_args(Event):
    _kind.__eq__ = _equals
    _kind.__ne__ = _differs
    _kind.__hash__ = _hash

FAULTS: frozenset[type] = frozenset(get_args(Fault))
"""The events that make a run fail."""
