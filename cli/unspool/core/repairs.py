"""Repairs: readings of ambiguous arguments that are used only on request (R9)."""

from enum import StrEnum


class Repair(StrEnum):
    """A reading of ambiguous input that is used only on request (R9)."""

    CUMULATIVE = "cumulative"
    DOUBLE_ENCODED = "double-encoded"
    SINGLE_QUOTES = "single-quotes"


class ResendFilter:
    """Reduces cumulative fragments, each of which repeats all text before it, to what they add (A5, Q13).

    The second fragment decides: if it extends the first, the stream counts as
    cumulative, else as plain for good. So ordinary repetitions (``ll``, ``xx``)
    stay as they are. The filter keeps the last fragment. Once the stream is
    known to be cumulative, ``quirk`` is added to ``quirks``, for the caller to
    report and clear.
    """

    __slots__ = ("_cumulative", "_last", "_quirk", "quirks")

    def __init__(self, quirk: str) -> None:
        self.quirks: list[str] = []
        self._quirk = quirk
        self._last = ""
        self._cumulative: bool | None = None

    def feed(self, fragment: str, final: bool = False) -> str:
        """Return the part of ``fragment`` that is new; ``final`` for one that completes a text."""
        if self._cumulative is False or not fragment:
            return fragment
        last, self._last = self._last, fragment
        if not last.strip():  # white space at the start can be a prefix of plain fragments too
            return fragment.removeprefix(last)
        if fragment.startswith(last):
            if not self._cumulative and len(fragment) > len(last):
                self._cumulative = True
                self.quirks.append(self._quirk)
            # An equal fragment decides nothing, but an object that starts again can only be a resend, and so can the
            # last one of a whole message: of one that was sent in pieces, the last piece is empty.
            resent = self._cumulative or final or fragment.lstrip()[0] == "{"
            return fragment[len(last) :] if resent else fragment
        if self._cumulative:  # an older state sent again, or a plain fragment after resends
            self._last = last if last.startswith(fragment) else last + fragment
            return "" if last.startswith(fragment) else fragment
        self._cumulative, self._last = False, ""
        return fragment
