"""Emitted text of an item, which is also recognised as the beginning of another text (R15)."""

from typing import Final

from unspool.core.rewriter.emitted_text import EmittedText

_ENDS: Final = (".", "!", "?", "\u2026", "\u3002", "\uff01", "\uff1f")
"""Ends of sentences."""


class ItemText(EmittedText):
    """The text of one member of an item."""

    __slots__ = ()

    def may_begin(self, other: "ItemText") -> bool:
        """Return whether this may be the beginning of another text: it is no longer, and no first character differs."""
        self.tail()
        other.tail()
        return self.size <= other.size and other._head.startswith(self._head)

    @property
    def is_sentence(self) -> bool:
        """Return whether it ends like a sentence, and is no JSON: a fragment of arguments may end so in a string."""
        return self.tail().rstrip().endswith(_ENDS) and not self._head.startswith("{")

    def same(self, other: "ItemText") -> bool:
        """Return whether this is the same text."""
        tail = self.tail()
        return tail == other.tail() and (self.size, self._mark) == (other.size, other._mark)
