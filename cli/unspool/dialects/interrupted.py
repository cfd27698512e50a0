"""Responses of several requests whose records alternate in one stream (R13, R16)."""

from typing import Any

from unspool.core.errors import OfInterruptedResponse

_MOST = 64
"""Interrupted responses that are remembered."""
_REASON = "it belongs to a response that another one interrupted"


class InterruptedResponses:
    """The ids of responses in which another one has begun before they finished.

    ``member`` has the id in each record; None where not all records have one.
    """

    def __init__(self, member: str | None) -> None:
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
        """Raise an error for a record of an interrupted response: its text would end in the middle of another's."""
        if ident in self._ids and self._member is None:
            raise _mixed()
        if ident in self._ids:
            raise OfInterruptedResponse(f"{_REASON}; --split-by {self._member} separates them")

    def begins_another(self, ident: Any, current: str) -> bool:
        """Return whether a record with the id ``ident`` begins a response before ``current`` has ended, and note that.

        A record without an id belongs to ``current``. Raises for a record of an interrupted response, as ``check``.
        """
        if not isinstance(ident, str) or "" in (ident, current) or ident == current:
            return False
        self.check(ident)
        self.add(current)
        return True

    @property
    def any(self) -> bool:
        """Return whether a response was interrupted."""
        return bool(self._ids)

    def clear(self) -> None:
        """Forget all: what follows is another stream."""
        self._ids.clear()


class Interruptions:
    """Responses whose records have no id: that they alternate is shown by an end, or by the start of a block.

    A response in which another begins was cut, or goes on among the records of the other. It went on where one more
    end comes, or where a block begins that is open: from there on no record can be said to be of one of them.
    """

    def __init__(self) -> None:
        self._open = 0  # responses that were interrupted
        self._mixed = 0  # responses of which no record can be read, until each has ended

    @property
    def any(self) -> bool:
        """Return whether a response was interrupted."""
        return self._open > 0

    def begin(self, inside: bool) -> None:
        """A response begins; ``inside`` is true if the one before it has not ended."""
        self._open = self._open + 1 if inside else 0

    def goes_on(self) -> None:
        """Raise an error for a part while no response is open, if one was interrupted."""
        if self._open:
            raise _mixed()

    def end_again(self) -> None:
        """Raise an error for an end while no response is open, if one was interrupted."""
        if self._open:
            self._open -= 1
            raise _mixed()

    def block_again(self) -> None:
        """Raise an error for the start of a block that is open, which one that was interrupted may have begun."""
        if self._open:
            self._mixed, self._open = self._open + 1, 0
            raise _mixed()

    @property
    def mixed(self) -> bool:
        """Return whether no record can be said to be of one response."""
        return self._mixed > 0

    def check(self, begins: bool, ends: bool, in_block: bool) -> None:
        """Raise an error for each record until the mixed responses have ended, or one begins outside of any block."""
        if not self._mixed:
            return
        if begins and not in_block:  # in doubt, what follows is read
            self._mixed = 0
            return
        self._mixed += begins - ends
        raise _mixed()


def _mixed() -> OfInterruptedResponse:
    return OfInterruptedResponse(f"{_REASON}, and nothing in it shows which; record each response by itself")
