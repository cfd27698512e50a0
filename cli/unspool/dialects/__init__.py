"""Other wire formats for the same content, translated into chunks: one file, one class each.

    dialect.feed(value) -> [Chunk, …]   one record's parsed JSON; none, one or several chunks, at once (R2)
    dialect.close()     -> [Chunk, …]   no more will come; what is known and has not left yet, and a fresh start

``feed`` raises NotAChunk, before anything has changed, for what is no event of
the dialect (R10). An event of a kind that is not known yet is one: what Chat
Completions cannot say rides under the extension member (``building``). The first
chunk of a response carries the role, the one that ends it a finish reason: where
the dialect's own end is missing there is none, and the stream is incomplete (R11).

Where a dialect's events can be told alike (``Repetitive``), many of them are read at once:

    dialect.alike(known, values) -> [text, …]   of as many values, from the first on, as mean what ``known`` meant

``known`` is an event that was fed, and gave one chunk that continued a text:
these differ from it in that text alone, which is not empty. What feeding them
would change in the dialect, a usage that counts on, is changed; they may still be
fed. An iterable is read no further than needed.

``table`` names the dialects and tells them apart; ``translator`` picks the one
that a source speaks. A dialect's module is imported when it is met.
"""

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

from unspool.core.rewriter.wire import Chunk


class Dialect(Protocol):
    """Reads one source in another wire format; see the module's head."""

    def feed(self, value: Any) -> list[Chunk]:
        """The chunks that say what one record says. Raises NotAChunk."""

    def close(self) -> list[Chunk]:
        """What is left to say at the end of the stream."""


@runtime_checkable
class Repetitive(Dialect, Protocol):
    """A dialect whose events can be told alike; see the module's head."""

    def alike(self, known: Any, values: Iterable[Any]) -> list[str]:
        """The texts of events like ``known``."""
