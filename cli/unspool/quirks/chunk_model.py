"""Models of chunks: a chunk that differs from the one before only in its text shows the same quirks of shape."""

from collections.abc import Container
from typing import Any, Final

from unspool.quirks.chunk_shape import ChoiceSeen
from unspool.variants.members import PADDING
from unspool.variants.texts import DETAILS, MARKED, REASONING
from unspool.variants.values import non_blank

_TEXTS: Final = frozenset({"content", *REASONING})
_IN_CHUNK: Final = PADDING | {"choices", "created"}
_IN_CHOICE: Final = frozenset({"delta", "logprobs"})
_IN_DELTA: Final = _TEXTS | {*DETAILS, "tool_calls"}
"""The members of a chunk, a choice and a delta whose values may differ from the model's."""


class ChunkModel:
    """A chunk with one choice, for which ``is_model`` is true, and the quirks that all chunks like it show."""

    __slots__ = ("_choice", "_chunk", "_delta", "quirks")

    def __init__(self, chunk: dict[str, Any], quirks: list[str]) -> None:
        self._chunk = chunk
        self._choice: dict[str, Any] = chunk["choices"][0]
        self._delta: dict[str, Any] = self._choice["delta"]
        self.quirks = quirks

    def delta_of_next(self, chunk: dict[str, Any]) -> dict[str, Any] | None:
        """Return the delta of a chunk that differs from the model only in text; None for any other."""
        if not _has_same_form(chunk, self._chunk, _IN_CHUNK) or len(chunk["choices"]) != 1:
            return None
        choice = chunk["choices"][0]
        if type(choice) is not dict or not _has_same_form(choice, self._choice, _IN_CHOICE):
            return None
        delta: dict[str, Any] = choice["delta"]
        return delta if _has_same_form(delta, self._delta, _IN_DELTA) else None


def _has_same_form(new: dict[str, Any], known: dict[str, Any], free: Container[str]) -> bool:
    """Return whether all members are equal; those in ``free`` need only agree in type and in being empty."""
    if len(new) != len(known):
        return False
    for name, value in new.items():
        if name not in known:
            return False
        other = known[name]
        if value is other:
            continue
        if type(value) is not type(other) or (bool(value) != bool(other) if name in free else value != other):
            return False
    return True


def is_model(chunk: dict[str, Any], seen: ChoiceSeen) -> bool:
    """Return whether the quirks of a chunk's shape do not depend on its text, nor on what came before it.

    ``seen`` is its only choice, and not kept yet.
    """
    delta = seen.choice.get("delta")
    if type(delta) is not dict or seen.finish is not None or "error" in chunk or "x_groq" in chunk:
        return False
    if "audio" in delta or delta.get("function_call") or not all(_is_text(delta.get(name)) for name in _TEXTS):
        return False
    if MARKED in delta:
        return False
    detailed = any(delta.get(name) for name in DETAILS)
    if detailed and not any(delta.get(name) for name in REASONING):  # Q40: they may hold no thoughts
        return False
    if len(seen.entries) > 1 or (seen.entries and seen.text):  # T21: they may be the same
        return False
    return seen.known.role or non_blank(delta.get("role")) is None  # Q15: only the first role is due


def _is_text(value: Any) -> bool:
    return value is None or type(value) is str
