"""Lines of lists that each hold one message, as LangGraph sends them: ``[message]`` and ``[chunk, metadata]``.

An array of records begins with the same bytes. Only its first object and the end of the first line show which it is.
"""

from json import JSONDecodeError, JSONDecoder
from typing import Any, Final

LONGEST: Final = 1 << 14
"""Bytes in which the first object must end: an array, whose objects may be of any size, is read as it arrives."""
TYPES: Final = frozenset(
    {"ai", "assistant", "human", "tool", "system"}
    | {"AIMessageChunk", "HumanMessageChunk", "ToolMessageChunk", "SystemMessageChunk"}
)
"""The possible types of a message."""


def are_message_lines(head: bytes) -> bool | None:
    """Return whether the first line of a source is such a list; None while that is not certain.

    ``head`` begins with a bracket. Whatever is no message shows it with the end of the first object, so that the
    elements of an array need not wait for the end of a line.
    """
    line, ended, _ = head.partition(b"\n")
    start = line[1:LONGEST].decode("utf-8", "replace").lstrip()
    try:
        first = JSONDecoder().raw_decode(start)[0]
    except (JSONDecodeError, RecursionError):
        return None if not ended and len(head) < LONGEST else False
    if not _is_message(first):
        return False
    if not ended:
        return None
    try:
        items = JSONDecoder().decode(line.decode())
    except (ValueError, RecursionError):
        return False
    return len(items) == 1 or (len(items) == 2 and not _is_message(items[1]))


def _is_message(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    kind = value.get("type")
    return ("content" in value and isinstance(kind, str) and kind in TYPES) or value.keys() >= {"lc", "kwargs"}
