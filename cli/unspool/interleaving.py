"""Chunks of several responses that alternate in one stream, which no chunk after another can show (R13)."""

from typing import Any

from unspool.dialects.interrupted import InterruptedResponses
from unspool.variants.values import non_blank


class Interleaving:
    """The responses of one stream of chunks.

    ``last`` is the id of the last chunk. A chunk with that id needs no check,
    which is left to the caller: nearly all have it.
    """

    def __init__(self) -> None:
        self.last: str | None = None
        self._interrupted = InterruptedResponses("id")

    def check(self, chunk: Any, unfinished: bool) -> None:
        """Note a chunk with another id than the last; ``unfinished`` is whether a response is open before it.

        Raises NotAChunk for one that continues an interrupted response: its
        text would end in the middle of another (R16). Ids that only change
        with every chunk never come again (Q11).
        """
        ident = non_blank(chunk.get("id"))
        if ident is None or not chunk["choices"]:
            return
        if not _opens(chunk["choices"]):
            self._interrupted.check(ident)
        else:
            if unfinished and self.last is not None:
                self._interrupted.add(self.last)
            self._interrupted.reuse(ident)
        self.last = ident


def _opens(choices: Any) -> bool:
    """Return whether a choice has a role, with which a response begins."""
    if not isinstance(choices, list):
        return False
    deltas = [choice.get("delta") for choice in choices if isinstance(choice, dict)]
    return any(isinstance(delta, dict) and delta.get("role") is not None for delta in deltas)
