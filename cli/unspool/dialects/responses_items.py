"""What identifies an item of Responses, and its texts as a whole; see ``responses``."""

from collections.abc import Hashable
from typing import Any, Final

from unspool.dialects.members import dicts_of

Addresses = tuple[Hashable, ...]
FAKE_ID: Final = "__fake_id__"
"""The id of every item that the OpenAI Agents SDK makes of Chat Completions (0.24.0): it identifies nothing."""
_WHOLE: Final = {
    "message": (
        ("text", "content", "text"),
        ("transcript", "content", "transcript"),
        ("refusal", "content", "refusal"),
    ),
    "reasoning": (("summary", "summary", "text"), ("reasoning", "content", "text")),
    "function_call": (("arguments", "arguments", "arguments"),),
    "custom_tool_call": (("input", "input", "input"),),
}
"""The whole texts of each item type: the name in deltas, the member, and that of its parts."""


_SAID: Final = frozenset({"output_text", "refusal"})
"""The types of the parts of a message."""


def is_whole_response(value: dict[str, Any]) -> bool:
    """Return whether an object is a whole response: by its object, or, where a program left that out, by its output.

    AgentScope has an object of this name with a number in its sequence.
    """
    if value.get("object") is not None:
        return value["object"] == "response" and "sequence_number" not in value
    output = dicts_of(value, "output") if "id" in value else []
    return any(_is_said(item) for item in output)


def _is_said(item: dict[str, Any]) -> bool:
    """Return whether an item is a message of the model, or a call of a function."""
    if type_of(item) == "function_call":
        return isinstance(item.get("call_id"), str)
    parts = dicts_of(item, "content") if type_of(item) == "message" else []
    return any(part.get("type") in _SAID for part in parts)


def parts_of(item: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the parts of an item in one of its members."""
    parts = item.get(name)  # some relays write a text in place of its parts
    return [{"text": parts}] if isinstance(parts, str) else dicts_of(item, name)


def type_of(item: dict[str, Any]) -> str:
    """Return the type of an item."""
    return str(item.get("type"))


def idents_of(item: dict[str, Any]) -> list[str]:
    """Return the ids of an item: its own, and that of its call."""
    idents = (item.get("id"), item.get("call_id"))
    return [ident for ident in idents if ident and isinstance(ident, str) and ident != FAKE_ID]


def addresses_of(event: dict[str, Any]) -> Addresses:
    """Return the keys of an event's item: its ids, then its output_index."""
    ident, index, item = event.get("item_id") or event.get("call_id"), event.get("output_index"), event.get("item")
    if item is not None:
        idents = idents_of(item) if isinstance(item, dict) else []
    else:
        idents = [ident] if ident and isinstance(ident, str) and ident != FAKE_ID else []
    return (*idents, index) if isinstance(index, int) else tuple(idents)


def texts_of(item: dict[str, Any]) -> dict[str, str]:
    """The texts of an item as a whole, by their names in deltas."""
    return {
        name: "".join(text for part in found if isinstance(text := part.get(member), str))
        for name, holder, member in _WHOLE.get(type_of(item), ())
        if (found := parts_of(item, holder) if member != holder else [item])
    }
