"""What unspool raises.

    UnspoolError
    ├── MalformedRecord        the sender's fault: a record nobody can read (R10)
    │   └── NotAChunk          ... JSON, but no chunk; raised by Transformer.feed
    ├── SourceFailed           a source that cannot be opened or read
    │   └── SourceCut          ... one that ended before its own format says so
    ├── StreamError            a response that did not end well; raised after all its text
    │   ├── StreamIncompleteError   ... that was cut: the event StreamIncomplete
    │   ├── ResponseFailedError     ... with an error in it: the event ResponseFailed
    │   ├── ArgumentsFailedError    ... whose arguments cannot be read: the event ArgumentsFailed
    │   └── StreamTimeout           ... of which nothing more arrived; also a TimeoutError
    └── PartialJSONError       parse_partial(strict=True) refused its text

What a stream does wrong while its records are readable (arguments nobody can
parse, an early end, an error object) is not raised: it is an event, because
the stream goes on (events.py). Where chunks are iterated over (``rewritten``,
``get_generator``) nobody looks at events, so the last fault is raised there:
the exception of an event has the event's name and Error. Wrong calls are RuntimeError or ValueError, as
everywhere in Python.
"""

from unspool.core.events import ArgumentsFailed, Fault, ResponseFailed, StreamIncomplete


class UnspoolError(Exception):
    """The root: catch this to catch everything that is not a wrong call. It can be copied and pickled."""

    def __reduce__(self) -> tuple[object, ...]:
        """Restore by members: the default calls the constructor with the message alone."""
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[UnspoolError], args: tuple[object, ...], members: dict[str, object]) -> UnspoolError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(members)
    return error


class MalformedRecord(UnspoolError):
    """A record that is not UTF-8, not JSON or not a chunk (R10).

    ``reason`` says what is wrong in a few words; ``position`` is the offset in
    bytes inside the record, or None where no single place is to blame.
    """

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position


class NotAChunk(MalformedRecord):
    """A JSON value that has not the shape of a chat completion chunk (R10)."""


class SourceFailed(UnspoolError):
    """A source that cannot be opened or read; ``source`` is its name, ``advice`` what a person may do.

    ``status`` is the HTTP status of a server that refused, ``retry_after`` the
    seconds that it asks to wait; None where it gave none.
    """

    def __init__(
        self,
        source: str,
        reason: str,
        advice: str = "check the source and run again",
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


class StreamError(UnspoolError):
    """A response that did not end well, raised after all text that had come."""


class StreamIncompleteError(StreamError):
    """The response ended before its end (R11); ``event`` says where."""

    def __init__(self, event: StreamIncomplete) -> None:
        super().__init__(event.reason)
        self.event = event


class ResponseFailedError(StreamError):
    """The provider reported an error inside the response (R12); ``event`` holds its message and code."""

    def __init__(self, event: ResponseFailed) -> None:
        super().__init__(f"{event.message} ({event.code})" if event.code else event.message)
        self.event = event


class ArgumentsFailedError(StreamError):
    """The arguments of a message call cannot be read to their end (R9); ``event`` says from where on."""

    def __init__(self, event: ArgumentsFailed) -> None:
        super().__init__(f"the arguments of {event.tool} cannot be read from character {event.offset}: {event.reason}")
        self.event = event


class StreamTimeout(StreamError, TimeoutError):
    """Nothing arrived for ``seconds``."""

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(f"{reason} for {seconds:g} s")
        self.seconds = seconds


def exception_of(fault: Fault) -> StreamError:
    """The exception of a fault that was seen as an event."""
    if isinstance(fault, ResponseFailed):
        return ResponseFailedError(fault)
    if isinstance(fault, ArgumentsFailed):
        return ArgumentsFailedError(fault)
    return StreamIncompleteError(fault)


class SourceCut(SourceFailed):
    """A source that ended before its own format says so: a compressed file or a container without its end (R11)."""


class PartialJSONError(UnspoolError, ValueError):
    """Text that ``parse_partial(text, strict=True)`` refuses."""
