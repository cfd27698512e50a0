"""The ids of server-sent events, by which those that come again are known (R15).

    ids.repeats(b"4", b'{"a":1}')   -> whether an event with this id and these data has come before
    ids.restart()                   another stream begins

A client that connects again names the last event that it has (Last-Event-ID).
Servers send events after it, and some send earlier ones again.

An id may also be one of many events, the name of their type say, and two events may be equal. So an event counts as
received before only where its id cannot be that of another one: a counter that has grown with each event, or an id that
is unique by its making.
Source: https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

import re
from typing import Final

_MOST: Final = 1024
"""Events that are remembered."""
_FEW: Final = 3
"""Different ids that show that each event has its own."""
_LONGEST: Final = 64
"""Bytes of an id that is read as a counter."""
_NUMBER = re.compile(rb"\d+")
_UNIQUE = re.compile(rb"\d{13}-\d+|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
"""An entry of a stream of Redis (milliseconds and a counter), or a UUID (RFC 9562)."""


class EventIds:
    """Remembers the last events by their ids, while each has its own."""

    def __init__(self) -> None:
        self._hashes: dict[bytes, int] = {}  # of the data, in order
        self._first = self._last = b""
        self._unique = True
        self._grows = True  # each id is a counter that is larger than the one before
        self._counts = True  # by one
        self._again = False  # the last event was one of those received before

    def repeats(self, ident: bytes, data: bytes) -> bool:
        """Return whether the same event was received before. The first one, received again, begins another stream."""
        if not self._unique:
            return False
        if ident == self._first:
            self.restart()
        known = self._hashes.get(ident)
        if known is not None:
            self._unique = len(self._hashes) >= _FEW and known == hash(data) and self._is_sure(ident)
            self._again = self._unique
            return self._unique
        if self._hashes:
            self._compare(ident)
        else:
            self._first = ident
        self._last, self._again = ident, False
        self._hashes[ident] = hash(data)
        if len(self._hashes) > _MOST:
            del self._hashes[next(iter(self._hashes))]
        return False

    def _is_sure(self, ident: bytes) -> bool:
        """Return whether another event cannot have the same id.

        The last event, received again, needs more than a growing counter: that may be the time in seconds.
        """
        if self._grows and (self._counts or self._again or ident != self._last):
            return True
        return _UNIQUE.fullmatch(ident) is not None

    def _compare(self, ident: bytes) -> None:
        """Compare a new id with the last one."""
        if not self._grows:
            return
        before, now = _counter(self._last), _counter(ident)
        self._grows = bool(now[1]) and now[0] == before[0] and now[1] > before[1]
        self._counts = self._counts and sum(now[1]) == sum(before[1]) + 1

    def restart(self) -> None:
        """Forget all events: what follows is another stream."""
        self._hashes.clear()
        self._first = self._last = b""
        self._unique = self._grows = self._counts = True
        self._again = False


def _counter(ident: bytes) -> tuple[bytes, list[int]]:
    """Return an id without its numbers, and these; none of one that is too long."""
    if len(ident) > _LONGEST:
        return ident, []
    return _NUMBER.sub(b"0", ident), [int(number) for number in _NUMBER.findall(ident)]
