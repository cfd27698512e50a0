"""Emitted text of an item, which is also recognised with other white space, or as a part of another text (R15)."""

from unspool.core.rewriter.emitted_text import TAIL, EmittedText


class ItemText(EmittedText):
    """The text of one member of an item; its beginning is known as well as its end."""

    __slots__ = ("_blanks", "head")

    def __init__(self) -> None:
        super().__init__()
        self._blanks = 0  # white space at its beginning, in characters
        self.head = ""

    def _settle(self, text: str) -> None:
        if self._blanks == self._settled:
            self._blanks += len(text) - len(text.lstrip())
        self.head += text[: TAIL - len(self.head)]
        super()._settle(text)

    def may_begin(self, other: "ItemText") -> bool:
        """Return whether this may be the beginning of another text: it is no longer, and no first character differs."""
        self.tail()
        other.tail()
        return self.size <= other.size and other.head.startswith(self.head)

    def extend(self, other: "ItemText") -> None:
        """Append another text that was emitted."""
        tail = self.tail() + other.tail()
        self.size = self._settled = self.size + other.size
        self._tail = tail[-TAIL:]

    def is_begun_by(self, whole: str) -> bool:
        """Return whether ``whole`` starts with the emitted text, or is the same with other white space around it."""
        if self.remainder(whole) is not None:
            return True
        tail = self.tail()
        trailing = len(tail) - len(tail.rstrip())
        stripped = whole.strip()
        size = max(self.size - self._blanks - trailing, 0)
        return len(stripped) == size and stripped.endswith(tail.strip()[-size:] if size else "")
