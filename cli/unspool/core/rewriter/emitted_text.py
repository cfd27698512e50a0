"""What a choice has said so far, known by its length and its end: enough to know it again in a whole message."""

_TAIL = 48
"""Characters of the end that are kept: nothing may grow with the stream."""


class EmittedText:
    """The text of one kind that deltas have said; ``size`` is in characters."""

    __slots__ = ("_tail", "size")

    def __init__(self) -> None:
        self.size = 0
        self._tail = ""

    def add(self, text: str) -> None:
        """Take in text that was said."""
        self.size += len(text)
        self._tail = text[-_TAIL:] if len(text) >= _TAIL else (self._tail + text)[-_TAIL:]

    def remainder(self, whole: str) -> str | None:
        """What ``whole`` holds beyond the text said; None where that is not its beginning (R15)."""
        return whole[self.size :] if whole.endswith(self._tail, 0, self.size) and len(whole) >= self.size else None
