"""Members and records that hold thoughts, as their names and types show, in any wire format."""

import re
from functools import lru_cache
from typing import Any, Final

from unspool.variants.texts import THOUGHTS_MEMBERS

_THOUGHTS_NAME: Final = re.compile(
    r"^(?!.*(?:signature|opaque|encrypted|redacted|token|effort|level|mode|budget|config|enabled|(?:_|\b)(?:id|key)$))"
    r".*(?:reasoning|thinking|thought)"
)
_NO_THOUGHTS: Final = re.compile("signature|opaque|encrypted|redacted|^(?:type|index|id|format|data)$")
_SETTINGS: Final = frozenset({"effort", "enabled", "budget_tokens", "max_tokens", "thinkingBudget", "includeThoughts"})
_TEXTS_BY_TYPE: Final = frozenset({"delta", "text", "content", "summary"})
"""Members that hold the text of a record with a type."""
_OTHER_TEXTS: Final = frozenset(
    {"messages", "history", "arguments", "parameters", "args", "input", "tool_input", "tools", "properties", "required"}
)
"""Members with what was said before, with the arguments of calls, and with the schemas of tools."""
_BEGINNINGS = ("added", "start", "started", "begin")
"""Ends of the types of records that begin thoughts."""
_DEPTH: Final = 8
"""Levels of a record at which thoughts are looked for."""


@lru_cache(64)
def names_thoughts(name: str) -> bool:
    """Return whether a member with this name, or a record of this type, holds thoughts."""
    return name in THOUGHTS_MEMBERS or _THOUGHTS_NAME.search(name.lower()) is not None


def holds_thoughts(value: Any) -> bool:
    """Return whether there is more in ``value`` than signatures, encrypted parts and the like."""
    if isinstance(value, list):
        return any(map(holds_thoughts, value))
    if not isinstance(value, dict):
        return bool(value)
    if _NO_THOUGHTS.search(str(value.get("type"))):
        return False
    return any(holds_thoughts(member) for name, member in value.items() if not _NO_THOUGHTS.search(name))


def names_thoughts_of(value: Any, depth: int = _DEPTH) -> bool:
    """Return whether a record of any dialect has thoughts, by the name of a member or by its type."""
    if isinstance(value, list):
        return depth > 0 and any(names_thoughts_of(one, depth - 1) for one in value)
    if not isinstance(value, dict) or not depth:
        return False
    kind = str(value.get("type"))
    typed = names_thoughts(kind)
    if kind == "response.output_item.added" or (typed and kind.lower().endswith(_BEGINNINGS)):  # its text follows
        return False
    typed = typed or value.get("thought") is True  # Gemini
    for name, member in value.items():
        if isinstance(member, (bool, int, float)) or not member or name in _OTHER_TEXTS:
            continue
        thoughts = names_thoughts(name) or (typed and name in _TEXTS_BY_TYPE)
        if (thoughts and holds_thoughts(member) and not _is_setting(member)) or names_thoughts_of(member, depth - 1):
            return True
    return False


def _is_setting(member: Any) -> bool:
    """Return whether a member sets how a model thinks, as a request has it."""
    return isinstance(member, dict) and not _SETTINGS.isdisjoint(member)
