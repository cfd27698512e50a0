"""The exceptions of unspool.

    UnspoolError
    ├── MalformedRecord        a record that cannot be read (R10); core/errors.py
    │   └── NotAChunk          ... valid JSON, but not a chunk; raised by Transformer.feed
    ├── SourceFailed           a source that cannot be opened or read
    │   ├── SourceCut          ... that ended before its own format ends
    │   └── LayerFailed        ... whose bytes can be read, but not what is around the stream in them
    ├── StreamError            a response that did not end well; raised after all its text
    │   ├── StreamIncompleteError   ... that was cut: the event StreamIncomplete
    │   ├── ResponseFailedError     ... with an error in it: the event ResponseFailed
    │   ├── ArgumentsFailedError    ... whose arguments cannot be read: the event ArgumentsFailed
    │   └── StreamTimeout           ... that stopped arriving; also a TimeoutError
    └── PartialJSONError       parse_partial(strict=True) refused its text

A fault inside readable records (arguments that cannot be parsed, an early end, an error object) is an event, because
the stream goes on (core/events.py). Code that iterates over chunks (``rewritten``, ``get_generator``) sees no events:
there the last fault is raised as the exception with the event's name and the suffix Error. Wrong calls raise
RuntimeError or ValueError, as everywhere in Python.
"""

from unspool.core.errors import UnspoolError
from unspool.core.events import ArgumentsFailed, Fault, ResponseFailed, StreamIncomplete

ADVICE = "check the source and run again"
"""Advice on a source that failed, if no better advice is known."""


class SourceFailed(UnspoolError):
    """A source that cannot be opened or read.

    As text it is its source and its reason.

    Attributes:
        source: the name of the source.
        reason: what failed.
        advice: what the user can do.
        status: the HTTP status of a server that refused; None where there is none.
        retry_after: the seconds that the server asks to wait; None where it does not.
    """

    def __init__(
        self,
        source: str,
        reason: str,
        advice: str = ADVICE,
        *,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.source = source
        self.reason = reason
        self.advice = advice
        self.status = status
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}" if self.source else self.reason


class SourceCut(SourceFailed):
    """A source that ended before its own format ends: a compressed file or a container without its end (R11)."""


class LayerFailed(SourceFailed):
    """A container around a stream that cannot be read, in a readable source: a damaged archive, a failed response."""


class StreamError(UnspoolError):
    """A response that did not end well; raised after all text that arrived."""


class StreamIncompleteError(StreamError):
    """The response ended too early (R11); ``event`` says where."""

    def __init__(self, event: StreamIncomplete) -> None:
        super().__init__(event.reason)
        self.event = event


class ResponseFailedError(StreamError):
    """The provider reported an error inside the response (R12); ``event`` has its message and code."""

    def __init__(self, event: ResponseFailed) -> None:
        super().__init__(f"{event.message} ({event.code})" if event.code else event.message)
        self.event = event


class ArgumentsFailedError(StreamError):
    """The arguments of a message call cannot be read to their end (R9); ``event`` has the offset."""

    def __init__(self, event: ArgumentsFailed) -> None:
        super().__init__(f"the arguments of {event.tool} cannot be read from character {event.offset}: {event.reason}")
        self.event = event


class StreamTimeout(StreamError, TimeoutError):
    """A stream from which nothing arrived for ``seconds``."""

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(f"{reason} for {seconds:g} s")
        self.seconds = seconds


class PartialJSONError(UnspoolError, ValueError):
    """Text that ``parse_partial(text, strict=True)`` refuses."""


def exception_of(fault: Fault) -> StreamError:
    """The exception for a fault event."""
    if isinstance(fault, ResponseFailed):
        return ResponseFailedError(fault)
    if isinstance(fault, ArgumentsFailed):
        return ArgumentsFailedError(fault)
    return StreamIncompleteError(fault)
