"""Lists that each hold one message, as LangGraph sends them: ``[message]`` and ``[chunk, metadata]``.

An array of records begins with the same bytes. Only its first objects, and what is behind them, show which it is.
"""

import re
from typing import Any, Final

from unspool.formats.json_codec import raw_decode

LONGEST: Final = 1 << 14
"""Bytes in which the first list must end: an array, whose objects may be of any size, is read as it arrives."""
TYPES: Final = frozenset(
    {"ai", "assistant", "human", "tool", "system"}
    | {"AIMessageChunk", "HumanMessageChunk", "ToolMessageChunk", "SystemMessageChunk"}
)
"""The possible types of a message."""
_BLANKS = re.compile(r"[ \t\r\n]*")
_UNFINISHED = ""
"""In place of a value that has not ended, or is none."""


def end_of_list(start: bytes) -> int | None:
    """Return the end of a list with one message at the start of a source; 0 for others, None while not certain.

    Whatever is no message shows it with the end of the first object, so that
    the elements of an array need not wait for what is behind them.
    """
    text = start[:LONGEST].decode("latin-1")  # each byte is a character, so that places are the same
    uncertain = None if len(start) < LONGEST else 0
    first, place = _value(text, 1)
    if first == _UNFINISHED:
        return uncertain
    if not _is_message(first):
        return 0
    if text.startswith(",", place):
        second, place = _value(text, place + 1)
        if second == _UNFINISHED:
            return uncertain
        if _is_message(second):
            return 0
    if place == len(text):
        return uncertain
    return place + 1 if text.startswith("]", place) else 0


def _value(text: str, place: int) -> tuple[Any, int]:
    """The value at a place, and the place of what is behind it."""
    try:
        value, end = raw_decode(text, _blanks(text, place))
    except (ValueError, RecursionError):
        return _UNFINISHED, place
    return value, _blanks(text, end)


def _blanks(text: str, place: int) -> int:
    found = _BLANKS.match(text, place)
    return place if found is None else found.end()


def _is_message(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    kind = value.get("type")
    return ("content" in value and isinstance(kind, str) and kind in TYPES) or value.keys() >= {"lc", "kwargs"}
