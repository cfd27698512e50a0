"""Values of deltas joined into the value of a whole message.

    joined(joined(None, {"data": "AA"}), {"data": "BB"})    -> whole() of it is {"data": "AABB"}

Strings are appended, entries of lists too, or joined with the entry that has their ``index``; objects are joined member
by member, and other values are replaced.
Source: https://platform.openai.com/docs/api-reference/chat-streaming.
"""

from typing import Any

_NAMES = frozenset({"type", "id", "format", "name", "role", "status", "index", "mime_type", "mimeType"})
"""Members whose strings are names: each delta repeats them."""
_DEEPEST = 40  # levels of values that are joined; a deeper one is replaced


class _Pieces(list[str]):
    """A string in the making: appending to a list takes the same time however long it is."""


def joined(before: Any, value: Any, name: str = "", level: int = 0) -> Any:
    """The value of member ``name`` after one more delta; ``before`` changes, ``value`` does not. See ``whole``."""
    if isinstance(value, str) and name not in _NAMES:
        pieces = before if isinstance(before, _Pieces) else _Pieces()
        pieces.append(value)
        return pieces
    if level == _DEEPEST:
        return value
    if isinstance(value, dict):
        members = before if isinstance(before, dict) else {}
        for one, inner in value.items():
            if inner is not None or one not in members:
                members[one] = joined(members.get(one), inner, one, level + 1)
        return members
    if isinstance(value, list):
        entries = before if isinstance(before, list) and not isinstance(before, _Pieces) else []
        for entry in value:
            same = _same(entries, entry)
            after = joined(same, entry, "", level + 1)
            if same is None:
                entries.append(after)
        return entries
    return value


def _same(entries: list[Any], entry: Any) -> dict[str, Any] | None:
    """The entry that has the index of another one; None if there is none."""
    index = entry.get("index") if isinstance(entry, dict) else None
    if index is None:
        return None
    return next((one for one in reversed(entries) if isinstance(one, dict) and one.get("index") == index), None)


def whole(value: Any) -> Any:
    """The finished value of what ``joined`` returned."""
    if isinstance(value, _Pieces):
        return "".join(value)
    if isinstance(value, dict):
        return {name: whole(inner) for name, inner in value.items()}
    return [whole(entry) for entry in value] if isinstance(value, list) else value
