"""What unspool raises.

    UnspoolError
    ├── MalformedRecord        the sender's fault: a record nobody can read (R10)
    │   └── NotAChunk          ... JSON, but no chunk; raised by Transformer.feed
    ├── SourceFailed           a source that cannot be opened or read
    │   └── SourceCut          ... one that ended before its own format says so
    └── PartialJSONError       parse_partial(strict=True) refused its text

What a stream does wrong while its records are readable (arguments nobody can
parse, an early end, an error object) is not raised: it is an event, because
the stream goes on (events.py). Wrong calls are RuntimeError or ValueError, as
everywhere in Python.
"""


class UnspoolError(Exception):
    """The root: catch this to catch everything that is not a wrong call."""


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
    """A source that cannot be opened or read; ``source`` is its name, ``advice`` what a person may do."""

    def __init__(self, source: str, reason: str, advice: str = "check the source and run again") -> None:
        super().__init__(reason)
        self.source = source
        self.reason = reason
        self.advice = advice


class SourceCut(SourceFailed):
    """A source that ended before its own format says so: a compressed file or a container without its end (R11)."""


class PartialJSONError(UnspoolError, ValueError):
    """Text that ``parse_partial(text, strict=True)`` refuses."""
