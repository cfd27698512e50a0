"""Text that was emitted, as its length and its end: enough to recognise it in a whole text (R15)."""

_TAIL = 48
"""Characters of the end that are kept: nothing may grow with the stream."""


class EmittedText:
    """The text of one kind that deltas have emitted; ``size`` is in characters, ``tail`` is its end."""

    __slots__ = ("_blanks", "size", "tail")

    def __init__(self) -> None:
        self.size = 0
        self._blanks = 0  # white space at its beginning
        self.tail = ""

    def add(self, text: str) -> None:
        """Append text that was emitted."""
        if self._blanks == self.size:
            self._blanks += len(text) - len(text.lstrip())
        self.size += len(text)
        self.tail = text[-_TAIL:] if len(text) >= _TAIL else (self.tail + text)[-_TAIL:]

    def extend(self, other: "EmittedText") -> None:
        """Append another text that was emitted."""
        self.size += other.size
        self.tail = (self.tail + other.tail)[-_TAIL:]

    def remainder(self, whole: str) -> str | None:
        """Return what ``whole`` has beyond the emitted text; None if it does not start with that text (R15)."""
        return whole[self.size :] if whole.endswith(self.tail, 0, self.size) and len(whole) >= self.size else None

    def is_begun_by(self, whole: str) -> bool:
        """Return whether ``whole`` starts with the emitted text, or is the same with other white space around it."""
        if self.remainder(whole) is not None:
            return True
        trailing = len(self.tail) - len(self.tail.rstrip())
        stripped = whole.strip()
        size = max(self.size - self._blanks - trailing, 0)
        return len(stripped) == size and stripped.endswith(self.tail.strip()[-size:] if size else "")
