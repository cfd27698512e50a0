"""Responses of several requests whose chunks alternate in one stream, which no chunk after another can show (R13)."""

from typing import Any, Final

from unspool.core.errors import NotAChunk
from unspool.variants.values import non_blank

_MOST = 64
"""Interrupted responses that are remembered."""
REASON: Final = "it belongs to a response that another one interrupted; --split-by id separates them"


class Interleaving:
    """The ids of responses in which another one has begun before they finished.

    ``last`` is the id of the last chunk. A chunk with that id needs no check,
    which is left to the caller: nearly all have it.
    """

    def __init__(self) -> None:
        self.last: str | None = None
        self._interrupted: dict[str, None] = {}  # in order

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
            if ident in self._interrupted:
                raise NotAChunk(REASON)
        else:
            if unfinished and self.last is not None:
                self._interrupted[self.last] = None
            if len(self._interrupted) > _MOST:
                del self._interrupted[next(iter(self._interrupted))]
            self._interrupted.pop(ident, None)  # an id that is used again
        self.last = ident


def _opens(choices: Any) -> bool:
    """Return whether a choice has a role, with which a response begins."""
    if not isinstance(choices, list):
        return False
    deltas = [choice.get("delta") for choice in choices if isinstance(choice, dict)]
    return any(isinstance(delta, dict) and delta.get("role") is not None for delta in deltas)
