"""The ids of server-sent events, by which those that come again are known (R15).

    ids.repeats(b"4", b'{"a":1}')   -> whether an event with this id and these data has come before
    ids.restart()                   another stream begins

A client that connects again names the last event that it has (Last-Event-ID).
Servers send events after it, and some send earlier ones again.
Source: https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from typing import Final

_MOST: Final = 1024
"""Events that are remembered."""
_FEW: Final = 3
"""Different ids that show that each event has its own."""


class EventIds:
    """Remembers the last events by their ids, while each has its own."""

    def __init__(self) -> None:
        self._hashes: dict[bytes, int] = {}  # of the data, in order
        self._first = b""
        self._unique = True

    def repeats(self, ident: bytes, data: bytes) -> bool:
        """Return whether the same event was received before. The first one, received again, begins another stream."""
        if not self._unique:
            return False
        if ident == self._first:
            self.restart()
        known = self._hashes.get(ident)
        if known is not None:
            self._unique = len(self._hashes) >= _FEW and known == hash(data)
            return self._unique
        if not self._hashes:
            self._first = ident
        self._hashes[ident] = hash(data)
        if len(self._hashes) > _MOST:
            del self._hashes[next(iter(self._hashes))]
        return False

    def restart(self) -> None:
        """Forget all events: what follows is another stream."""
        self._hashes.clear()
        self._first, self._unique = b"", True
