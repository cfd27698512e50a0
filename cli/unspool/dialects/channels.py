"""Names for what is extracted from ordinary content on request; ``content`` does it."""

from enum import StrEnum
from typing import Protocol

from unspool.core.rewriter.wire import Chunk

FIELD = "content field"
"""The name of the message tool that a field of content becomes; no provider's tool has a blank in its name."""


class Channel(StrEnum):
    """The markup to look for."""

    THINK = "think"
    THINK_OPEN = "think-open"
    HARMONY = "harmony"
    KIMI = "kimi"
    DSML = "dsml"


TEXT, THOUGHTS, CALL, NAME = "text", "thoughts", "call", "name"
"""The kinds of pieces; a call is its NAME, then pieces of its arguments."""


class Splitter(Protocol):
    """Divides the content of one choice of one response."""

    pieces: list[tuple[str, str]]  # kind and text, in order
    calls: int  # that were counted so far, by whoever numbers them

    def feed(self, text: str) -> None:
        """Process a piece of content."""

    def close(self) -> None:
        """The choice has finished: what was held back is no marker."""


class Content(Protocol):
    """Extracts something from content; see ``content``."""

    def feed(self, chunk: Chunk) -> list[Chunk]:
        """The chunk with what was found in its proper place; several where text follows a call, to keep their order."""

    def close(self) -> list[Chunk]:
        """No chunk will follow: what was held back."""
