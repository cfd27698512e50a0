"""Texts that parts begin with and that left at once, so that deltas which say them again add nothing (R15).

begun.begin(0, "The ferry")      the part with this key began with this text, which has left
begun.rest(0, "The")             -> ""          the first delta says it again …
begun.rest(0, " ferry leaves")   -> " leaves"   … and the second goes beyond it

A reader has one for each response.
"""

from collections.abc import Hashable
from typing import Any

from unspool.dialects.items import spellings_of


class BegunTexts:
    """The texts of one response that may be said again; ``waiting`` has the keys of their parts."""

    def __init__(self) -> None:
        self.waiting: dict[Hashable, list[str]] = {}  # a value that is no text in each way to write it
        self._sizes: dict[Hashable, int] = {}  # of what was said again, in characters

    def begin(self, key: Hashable, whole: Any) -> None:
        """Record what a part began with: a text, or a value whose JSON text its deltas are fragments of."""
        wholes = list(spellings_of(whole)) if whole else []
        if wholes:
            self.waiting[key], self._sizes[key] = wholes, 0

    def rest(self, key: Hashable, delta: str) -> str:
        """Return what a delta has beyond the text that its part began with.

        Where it turns out to be another text, that is all that was taken for a repetition, too.
        """
        wholes = self.waiting.get(key)
        if wholes is None or not delta:
            return delta
        size = self._sizes[key]
        again = [whole for whole in wholes if whole.startswith(delta, size)]
        if again and len(again[0]) > size + len(delta):
            self.waiting[key], self._sizes[key] = again, size + len(delta)
            return ""
        del self.waiting[key], self._sizes[key]
        if again:
            return ""
        ends = [whole[size:] for whole in wholes if delta.startswith(whole[size:])]
        return delta[len(ends[0]) :] if ends else wholes[0][:size] + delta
