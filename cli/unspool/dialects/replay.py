"""A response that is received again whole, under the id of the one that has just ended: it does not leave twice (R15).

    replay.begin(before, ident)       a response begins; it is held back if ``before`` has its id
    replay.feed(chunks, items, ended) -> [Chunk, …]   what leaves; ``items`` are those of the response so far
    replay.close(chunks, items)       -> [Chunk, …]   the same at the end of the input, where a response was cut

Proxies send the events that they kept once more when a client connects again.
Others give each response the same id, so the id alone proves nothing: a replay
has the same items, the same texts and the same usage, too.
"""

from unspool.core.rewriter.wire import Chunk
from unspool.dialects.items import Items


class Replay:
    """Holds one response back until it shows whether it is the one before it."""

    def __init__(self) -> None:
        self._before: Items | None = None
        self._held: list[Chunk] = []

    def begin(self, before: Items, ident: object) -> None:
        """A response begins after the one with the items ``before``."""
        if before and before.ident is not None and before.ident == ident:
            self._before = before

    def feed(self, chunks: list[Chunk], items: Items, ended: bool) -> list[Chunk]:
        """Return the chunks that leave: those of a response that may be a replay wait until it ends or differs."""
        before = self._before
        if before is None:
            return chunks
        self._held += chunks
        failed = any("error" in chunk for chunk in chunks)
        if not ended and not failed and items.may_begin(before):
            return []
        again = ended and not failed and items.usage == before.usage
        return self.close([], items if again else None)

    def close(self, chunks: list[Chunk], items: Items | None) -> list[Chunk]:
        """Return what is held back and the last chunks, unless ``items`` are those of the response before it."""
        before, held = self._before, self._held
        self._before, self._held = None, []
        return [] if before is not None and items is not None and items.same_texts(before) else held + chunks
