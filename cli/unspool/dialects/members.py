"""Members of values that come from outside, each as the type that it should have.

A member that is missing, or has another type, gives the empty value of its type.
"""

import re
from typing import Any, Final

_CAPITAL = re.compile(r"(?<=[a-z])[A-Z]")
_OF_TOOL: Final = ("arguments", "parameters")


def has_only(value: dict[str, Any], names: tuple[str, ...]) -> bool:
    """Return whether an object has no members but some of these: in half of the time of ``issuperset``."""
    return len(value) == sum(name in value for name in names)


def word_of(value: Any, name: str) -> str:
    """A member that should be a word; "" where it is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def dict_of(value: Any, name: str) -> dict[str, Any]:
    """A member that should be an object; an empty one where it is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def list_of(value: Any, name: str) -> list[Any]:
    """A member that should be an array; an empty one where it is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def dicts_of(value: Any, name: str) -> list[dict[str, Any]]:
    """The objects in a member that should be an array of objects."""
    return [one for one in list_of(value, name) if isinstance(one, dict)]


def texts_of(content: Any, kind: str = "text", member: str = "text") -> str:
    """The text of a message's content: a string, or the parts of one kind in a list, where a string is text."""
    if isinstance(content, str):
        return content if kind == "text" else ""
    parts = content if isinstance(content, list) else ()
    typed = [{"type": "text", "text": part} if isinstance(part, str) else part for part in parts]
    found = [part[member] for part in typed if isinstance(part, dict) and part.get("type") == kind and member in part]
    return "".join(one for one in found if isinstance(one, str))


def in_snake_case(value: Any) -> Any:
    """A value with the names of its members as on the wire, where a client gives them in camel case (T40).

    The arguments of a call stay as they are: their names are the tool's.
    """
    if isinstance(value, list):
        return [in_snake_case(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        _CAPITAL.sub(lambda capital: f"_{capital[0].lower()}", name): one if name in _OF_TOOL else in_snake_case(one)
        for name, one in value.items()
    }
