"""Readings of ambiguous arguments, taken only on request and latched per call (R9)."""

from enum import StrEnum


class Repair(StrEnum):
    """Readings of ambiguous input, taken only on request (R9)."""

    CUMULATIVE = "cumulative"
    DOUBLE_ENCODED = "double-encoded"
    SINGLE_QUOTES = "single-quotes"


class ResendFilter:
    """Takes a cumulative resend apart: each fragment repeats all before it (A5, Q13).

    Latched at the second fragment: a strict extension of the first makes it
    cumulative, anything else makes it plain for good, so that ordinary
    repetitions (``ll``, ``xx``) are never touched. Keeps the last fragment.
    """

    __slots__ = ("_cumulative", "_last")

    def __init__(self) -> None:
        self._last = ""
        self._cumulative: bool | None = None

    @property
    def latched(self) -> bool:
        """Whether this is known to be a cumulative resend."""
        return bool(self._cumulative)

    def feed(self, fragment: str) -> str:
        """What ``fragment`` adds to what came before."""
        if self._cumulative is False or not fragment:
            return fragment
        last, self._last = self._last, fragment
        if not last.strip():  # white space alone shows nothing yet
            return fragment.removeprefix(last)
        if fragment.startswith(last):
            self._cumulative = self._cumulative or len(fragment) > len(last) or None
            resent = self._cumulative or fragment.lstrip()[0] == "{"
            return fragment[len(last) :] if resent else fragment
        if self._cumulative:
            self._last = last if last.startswith(fragment) else last + fragment
            return "" if last.startswith(fragment) else fragment
        self._cumulative, self._last = False, ""
        return fragment
