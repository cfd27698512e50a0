"""The outcome of one input of the transformer: chunks to send, and events."""

from typing import NamedTuple

from unspool.core.events import Event
from unspool.core.rewriter.wire import Chunk


class Outcome(NamedTuple):
    """The result of one input.

    ``chunks`` are to be sent, in order: at most one for the chunk fed, after
    those that were held back (R2).
    """

    chunks: list[Chunk]
    events: list[Event]
