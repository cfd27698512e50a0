"""The text that a choice has emitted, as its length and its end: enough to recognise it in a whole message (R15)."""

_TAIL = 48
"""Characters of the end that are kept. Memory must not grow with the stream."""


class EmittedText:
    """The text of one kind that deltas have emitted; ``size`` is in characters."""

    __slots__ = ("_tail", "size")

    def __init__(self) -> None:
        self.size = 0
        self._tail = ""

    def add(self, text: str) -> None:
        """Append text that was emitted."""
        self.size += len(text)
        self._tail = text[-_TAIL:] if len(text) >= _TAIL else (self._tail + text)[-_TAIL:]

    def remainder(self, whole: str) -> str | None:
        """Return what ``whole`` has beyond the emitted text; None if it does not start with that text (R15)."""
        return whole[self.size :] if whole.endswith(self._tail, 0, self.size) and len(whole) >= self.size else None
