"""The exceptions that the core raises; ``unspool.errors`` has the others and the whole tree."""


class UnspoolError(Exception):
    """The base class: catch it to catch everything except wrong calls. Instances can be copied and pickled."""

    def __reduce__(self) -> tuple[object, ...]:
        """Restore by attributes: the default calls the constructor with the message alone."""
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[UnspoolError], args: tuple[object, ...], attributes: dict[str, object]) -> UnspoolError:
    error = kind.__new__(kind)  # the constructors of subclasses take other arguments
    error.args = args
    error.__dict__.update(attributes)
    return error


class MalformedRecord(UnspoolError):
    """A record that is not UTF-8, not JSON or not a chunk (R10).

    ``reason`` is a short description; ``position`` is the offset in
    bytes inside the record, or None where there is no single place.
    """

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position


class NotAChunk(MalformedRecord):
    """A JSON value that does not have the shape of a chat completion chunk (R10)."""


class OfInterruptedResponse(NotAChunk):
    """A record of a response in which another one began (R13): the same bytes may belong to a later one."""
