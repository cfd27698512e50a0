"""Responses of several requests whose records alternate in one stream (R13, R16)."""

from unspool.core.errors import NotAChunk

_MOST = 64
"""Interrupted responses that are remembered."""


class InterruptedResponses:
    """The ids of responses in which another one has begun before they finished; ``member`` has the id in a record."""

    def __init__(self, member: str) -> None:
        self._member = member
        self._ids: dict[str, None] = {}  # in order

    def add(self, ident: str) -> None:
        """Note a response in which another one begins."""
        self._ids[ident] = None
        if len(self._ids) > _MOST:
            del self._ids[next(iter(self._ids))]

    def reuse(self, ident: str) -> None:
        """Note an id that another response has now."""
        self._ids.pop(ident, None)

    def check(self, ident: str) -> None:
        """Raise NotAChunk for a record of an interrupted response: its text would end in the middle of another's."""
        if ident in self._ids:
            reason = "it belongs to a response that another one interrupted"
            raise NotAChunk(f"{reason}; --split-by {self._member} separates them")

    def clear(self) -> None:
        """Forget all: what follows is another stream."""
        self._ids.clear()
