"""What may be asked for inside ordinary content; ``content`` takes it out."""

from enum import StrEnum
from typing import Protocol

from unspool.core.rewriter.wire import Chunk

FIELD = "content field"
"""The name of the message tool that a field of content becomes; no provider's tool has a blank in its name."""


class Channel(StrEnum):
    """The markup that is looked for."""

    THINK = "think"
    THINK_OPEN = "think-open"
    HARMONY = "harmony"
    KIMI = "kimi"


class Content(Protocol):
    """Takes something out of content; see ``content``."""

    def feed(self, chunk: Chunk) -> Chunk:
        """The chunk with what was found in its proper place."""

    def close(self) -> list[Chunk]:
        """No chunk will follow: what was held back."""
