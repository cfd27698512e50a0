"""Text that was emitted, as its length and its end: enough to recognise it in a whole text (R15)."""

from typing import Final

TAIL: Final = 48
"""Characters of the end that are kept: nothing may grow with the stream."""
_PENDING: Final = 4096
"""Characters that are kept as they came before the end is taken of them: that pays for each delta."""


class EmittedText:
    """The text of one kind that deltas have emitted; ``size`` is in characters."""

    __slots__ = ("_pending", "_settled", "_tail", "size")

    def __init__(self) -> None:
        self.size = 0
        self._tail = ""
        self._pending: list[str] = []  # what came after the tail was taken
        self._settled = 0  # the size then

    def add(self, text: str) -> None:
        """Append text that was emitted."""
        self._pending.append(text)
        self.size += len(text)
        if self.size - self._settled > _PENDING:
            self.tail()

    def tail(self) -> str:
        """Return the last characters of the text."""
        if self._pending:
            text = "".join(self._pending)
            self._pending.clear()
            self._settle(text)
        return self._tail

    def _settle(self, text: str) -> None:
        """Take what is to be kept of text that came after the tail was taken."""
        self._settled = self.size
        self._tail = (self._tail + text)[-TAIL:]

    def remainder(self, whole: str) -> str | None:
        """Return what ``whole`` has beyond the emitted text; None if it does not start with that text (R15)."""
        if len(whole) < self.size or not whole.endswith(self.tail(), 0, self.size):
            return None
        return whole[self.size :]
