"""Text that was emitted, as marks of it: enough to recognise it in a whole text (R15).

White space does not distinguish two texts: providers trim a whole text, and some
write other line ends. So the mark is that of the text without white space.
"""

from typing import Final

from unspool.core.parser.mark import EMPTY, extended
from unspool.core.parser.string_decoder import join_surrogates

KEPT: Final = 256
"""Characters of the beginning and of the end that are kept: nothing may grow with the stream."""
_PENDING: Final = 32_768
"""Characters that are kept as they came before marks are taken of them, which most texts never need."""
_PIECE: Final = 1 << 16
"""Characters of which the mark is taken at once."""
_COMPARED: Final = 64
"""Characters of a whole text that are compared before all of it: most other texts begin in another way."""
_SURE: Final = 16
"""Characters that two texts do not share by chance."""
_SHOWN: Final = 300
"""Characters of a whole text that are kept for the report that it is another than its deltas."""
_SPACES: Final = b"\t\n\v\f\r\x1c\x1d\x1e\x1f "
"""The white space of ASCII, as str.split has it."""


class EmittedText:
    """The text of one kind that deltas have emitted.

    ``size`` is in characters; halves of a surrogate pair that came apart count
    twice until the marks are taken.
    """

    __slots__ = ("_contradicted", "_head", "_mark", "_pending", "_settled", "_tail", "size")

    def __init__(self) -> None:
        self.size = 0
        self._head = ""  # the beginning, without white space
        self._tail = ""
        self._mark = EMPTY  # of all text without white space
        self._pending: list[str] = []  # what came after the marks were taken
        self._settled = 0  # the size then
        self._contradicted = False

    def add(self, text: str) -> None:
        """Append text that was emitted."""
        self._pending.append(text)
        self.size += len(text)
        if self.size - self._settled > _PENDING:
            self.tail()

    def tail(self) -> str:
        """Return the last characters of the text."""
        if self._pending:
            long = self.size - self._settled > _PIECE
            texts = self._pending if long else ["".join(self._pending)]
            self._pending = []
            for text in texts:
                for start in range(0, len(text), _PIECE):  # each step copies what it gets, and a text may have 500 MB
                    self._settle(text[start : start + _PIECE])
            self.size = self._settled + len(self._pending)
        return self._tail

    def _settle(self, text: str) -> None:
        """Take the marks of text that follows; half of a surrogate pair at its end is left for the other half."""
        if self._pending:
            text = self._pending.pop() + text
        if _ends_with_half(text):
            self._pending.append(text[-1])
            text = text[:-1]
        text = join_surrogates(text)
        self._settled += len(text)
        self._tail = (self._tail + text[-KEPT:])[-KEPT:]
        solid = _solid(text)
        self._head += solid[: KEPT - len(self._head)]
        self._mark = extended(self._mark, solid)

    def remainder(self, whole: str) -> str | None:
        """Return what ``whole`` has beyond the emitted text; None if it does not start with that text (R15)."""
        if not self._settled:  # all of it is at hand
            text = "".join(self._pending)
            self._pending = [text]
            if whole.startswith(text) and not _ends_with_half(text):
                return join_surrogates(whole[len(text) :])
        tail, whole = self.tail(), join_surrogates(whole)
        ends = len(whole) >= self.size and whole.endswith(tail, 0, self.size)
        if ends and (self.size <= KEPT or extended(EMPTY, _solid(whole[: self.size])) == self._mark):
            return whole[self.size :]
        first = _solid(whole.lstrip()[:_COMPARED])
        if not (first.startswith(self._head) or self._head.startswith(first)):
            return None
        return self._rest_of_spaced(whole, tail)

    def _rest_of_spaced(self, whole: str, tail: str) -> str | None:
        """Return the remainder of a whole text with other white space."""
        size, solid = self._mark[0], _solid(whole)
        if extended(EMPTY, solid, 0, size) != self._mark:
            return None
        if len(solid) == size:
            return ""
        rest = whole[_index_after(whole, size) :]
        return rest[min(len(tail) - len(tail.rstrip()), len(rest) - len(rest.lstrip())) :]  # the blanks that are known

    def is_other(self, whole: str) -> bool:
        """Return whether a whole text without a ``remainder`` is another text, and no part of the emitted one.

        Of a text of more than some hundred characters only the beginning and the end
        are known, so a shorter one that may be a part of it counts as one.
        """
        solid, size = _solid(join_surrogates(whole)), self._mark[0]
        if len(solid) >= size:
            return True
        if size <= KEPT:
            return solid not in self._head
        tail = _solid(self._tail)
        shared = max(len(solid) - (size - len(tail)), 0)  # its characters in the place of the end
        begins = self._head.startswith(solid[:KEPT]) and solid.endswith(tail[:shared])
        ends = solid.endswith(tail) or tail.endswith(solid)
        return not (begins or (ends and not solid.startswith(self._head[:_SURE])))

    def contradiction(self, whole: str) -> str:
        """Return the beginning of a whole text that is another, for a report; "" after the first."""
        if self._contradicted:  # the same whole text may come again
            return ""
        self._contradicted = bool(whole)
        return whole[:_SHOWN]


def _ends_with_half(text: str) -> bool:
    """Return whether the last character is the first half of a surrogate pair."""
    return bool(text) and 0xD800 <= ord(text[-1]) <= 0xDBFF


def _solid(text: str) -> str:
    """The text without white space."""
    if text.isascii():
        return text.encode().translate(None, _SPACES).decode()  # a tenth of the time of split
    return "".join(text.replace(" ", "").split())  # half of the time: split makes a string of each word


def _index_after(text: str, size: int) -> int:
    """The index behind so many characters that are no white space."""
    return [0, *(index + 1 for index, character in enumerate(text) if not character.isspace())][size]
