"""Texts of which each may be all of the text so far (Q13): those of SGLang and DashScope.

Used by the dialects of both:

growing.feed(text, end) -> text    what can leave of the next one
growing.rest() -> text             no more follows
"""

from typing import Final

_MOST_EQUAL: Final = 8
"""Equal texts after which a stream counts as plain: a character of several tokens makes up to three."""


class GrowingText:
    """Reduces texts of which each may be all so far to what they add (Q13): also one token may begin with the last.

    Two texts that grow decide, or one at the end. Until then what may be a repetition waits.
    """

    def __init__(self) -> None:
        self._first = ""
        self._last = ""
        self._waiting: list[str] = []
        self._longer = 0
        self._cumulative: bool | None = None

    def feed(self, text: str, end: str) -> str:
        """Return what can leave; ``end`` is the word for the end, "" where more follows."""
        if self._cumulative is False:
            return text
        last, self._last = self._last, text or self._last
        if self._cumulative:
            return self._added(text, last)
        if not last:
            self._first = text
            return text
        return self._undecided(text, last, end)

    def _undecided(self, text: str, last: str, end: str) -> str:
        if not text.startswith(last) and text:
            return self._decide(cumulative=False) + text
        if text:
            self._waiting.append(text)
            self._longer += len(text) > len(last)
        if end:  # an equal one at a limit is one more token
            return self.rest(repeats=bool(text) and end != "length")
        decided = self._longer > 1 or len(self._waiting) > _MOST_EQUAL
        return self._decide(cumulative=self._longer > 0) if decided else ""

    def rest(self, repeats: bool = False) -> str:
        """Return what waits: no more follows; ``repeats`` is true if one equal text at the end is a repetition."""
        if not self._waiting:
            return ""
        return self._decide(self._longer > 0 or (repeats and len(self._waiting) == 1))

    def _added(self, text: str, last: str) -> str:
        if text.startswith(last):
            return text[len(last) :]
        self._last = last if last.startswith(text) else last + text  # an older state, or a plain piece
        return "" if last.startswith(text) else text

    def _decide(self, cumulative: bool) -> str:
        waiting, self._waiting = self._waiting, []
        self._cumulative = cumulative
        return waiting[-1][len(self._first) :] if cumulative else "".join(waiting)
