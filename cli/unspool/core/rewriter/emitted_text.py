"""Text that was emitted, as its length, its beginning and its end: enough to recognise it in a whole text (R15)."""

from typing import Final

_TAIL: Final = 48
"""Characters of the beginning and of the end that are kept: nothing may grow with the stream."""
_PENDING: Final = 4096
"""Characters that are kept as they came before the end is taken of them: that pays for each delta."""


class EmittedText:
    """The text of one kind that deltas have emitted; ``size`` is in characters."""

    __slots__ = ("_blanks", "_pending", "_settled", "_tail", "head", "size")

    def __init__(self) -> None:
        self.size = 0
        self._blanks = 0  # white space at its beginning
        self.head = ""
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
            if self._blanks == self._settled:
                self._blanks += len(text) - len(text.lstrip())
            self._settled = self.size
            self.head += text[: _TAIL - len(self.head)]
            self._tail = (self._tail + text)[-_TAIL:]
        return self._tail

    def may_begin(self, other: "EmittedText") -> bool:
        """Return whether this may be the beginning of another text: it is no longer, and no first character differs."""
        self.tail()
        other.tail()
        return self.size <= other.size and other.head.startswith(self.head)

    def extend(self, other: "EmittedText") -> None:
        """Append another text that was emitted."""
        tail = self.tail() + other.tail()
        self.size = self._settled = self.size + other.size
        self._tail = tail[-_TAIL:]

    def remainder(self, whole: str) -> str | None:
        """Return what ``whole`` has beyond the emitted text; None if it does not start with that text (R15)."""
        if len(whole) < self.size or not whole.endswith(self.tail(), 0, self.size):
            return None
        return whole[self.size :]

    def is_begun_by(self, whole: str) -> bool:
        """Return whether ``whole`` starts with the emitted text, or is the same with other white space around it."""
        if self.remainder(whole) is not None:
            return True
        tail = self.tail()
        trailing = len(tail) - len(tail.rstrip())
        stripped = whole.strip()
        size = max(self.size - self._blanks - trailing, 0)
        return len(stripped) == size and stripped.endswith(tail.strip()[-size:] if size else "")
