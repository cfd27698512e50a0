"""Emitted text of an item, which is also recognised as the beginning of another text (R15)."""

from unspool.core.rewriter.emitted_text import EmittedText


class ItemText(EmittedText):
    """The text of one member of an item."""

    __slots__ = ()

    def may_begin(self, other: "ItemText") -> bool:
        """Return whether this may be the beginning of another text: it is no longer, and no first character differs."""
        self.tail()
        other.tail()
        return self.size <= other.size and other._head.startswith(self._head)

    def same(self, other: "ItemText") -> bool:
        """Return whether this is the same text."""
        tail = self.tail()
        return tail == other.tail() and (self.size, self._mark) == (other.size, other._mark)
