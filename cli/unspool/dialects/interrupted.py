"""Responses of several requests whose records alternate in one stream (R13, R16)."""

from collections.abc import Hashable
from typing import Any

from unspool.core.errors import OfInterruptedResponse

_MOST = 64
"""Interrupted responses that are remembered."""
_REASON = "it belongs to a response that another one interrupted"


class InterruptedResponses:
    """The ids of responses in which another one has begun before they finished.

    ``member`` has the id in each record; None where not all records have one.
    """

    def __init__(self, member: str | None = None) -> None:
        self._member = member
        self._ids: dict[str, None] = {}  # in order

    def __contains__(self, ident: str) -> bool:
        return ident in self._ids

    def add(self, ident: str) -> None:
        """Note a response in which another one begins."""
        self._ids.pop(ident, None)  # the order is that of the last time
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
    """Responses whose records have no id: that they alternate is shown by an end, a usage, or the start of a block.

    A response in which another begins was cut, or goes on among the records of the other. It went on where one more
    end comes, or where a block begins that is open: from there on no record can be said to be of one of them.
    """

    def __init__(self) -> None:
        self._open = 0  # responses that were interrupted
        self._parts: set[Hashable] = set()  # of the response that began last, those that have ended
        self._again = False  # one of them ended twice
        self._usages: list[Any] = []  # the first two that differ
        self._twice = False  # its end came twice
        self._mixed = 0  # responses of which no record can be read, until each has ended

    @property
    def any(self) -> bool:
        """Return whether a response was interrupted."""
        return self._open > 0

    def begin(self, inside: bool) -> None:
        """A response begins; ``inside`` is true if the one before it has not ended."""
        self._open = self._open + 1 if inside else 0
        self._parts, self._again = set(), False
        self._usages, self._twice = [], False

    def part_ends(self, part: Hashable) -> None:
        """Note the end of a part, which a response has once."""
        self._again = self._again or part in self._parts
        self._parts.add(part)

    def goes_on(self) -> None:
        """Raise an error for an event while no response is open, if one was interrupted."""
        if self._open:
            raise _mixed()

    def begin_without_start(self) -> None:
        """A response begins with a part. Raises an error if one was interrupted, which may go on."""
        self.goes_on()
        self.begin(False)

    def end_again(self) -> None:
        """Raise an error for an end while no response is open, if one was interrupted.

        Where parts have ends, that of an interrupted response has one before it; else this one was received twice.
        """
        if self._open and (self._again or not self._parts):
            self._open -= 1
            raise _mixed()
        self._twice = True
        self._compare_usages()

    def count(self, usage: Any) -> None:
        """Note the usage of a response. Raises an error where it is that of another, whose end came before or behind.

        An event that is received twice says the same, and relays count on in a response that has one end.
        """
        if usage and usage not in self._usages and len(self._usages) < 2:
            self._usages.append(usage)
            self._compare_usages()

    def _compare_usages(self) -> None:
        if self._twice and len(self._usages) > 1:
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
        """Raise an error for each record until the mixed responses have ended, or one begins outside of any block.

        Only while they are ``mixed``.
        """
        if begins and not in_block:  # in doubt, what follows is read
            self._mixed = 0
            return
        self._mixed += begins - ends
        raise _mixed()


def _mixed() -> OfInterruptedResponse:
    return OfInterruptedResponse(f"{_REASON}, and nothing in it shows which; record each response by itself")
