"""Names, ids, indexes and depths: single values of any JSON type."""

from json import JSONEncoder
from typing import Any, Final

_BLANK: Final[tuple[str, ...]] = ("", "null")  # T8-T10: blank and "null" are absent
_encode = JSONEncoder(ensure_ascii=False).encode  # json.dumps makes an encoder for each call with options
MAX_DEPTH: Final = 5
"""Levels of nesting that are searched: real errors have three, hostile ones any number."""


def non_blank(value: Any) -> str | None:
    """Return a name or an id as text; None if it is absent, blank or the string "null" (T8-T10, T14, T18)."""
    if isinstance(value, str):
        return None if value.strip() in _BLANK else value
    number: Any = value  # compiled code takes a value that is an int or a float for a float
    if is_number(value):  # T14; str fails beyond 4,300 digits
        return str(number) if abs(number) < 1e300 else None
    return None


def tool_name(value: Any) -> str | None:
    """Return the name of a tool without white space around it, or a special token of the model behind it (T37)."""
    name = non_blank(value)
    return None if name is None else non_blank(name.partition("<|")[0].strip())


def is_number(value: Any) -> bool:
    """Return whether a value is a JSON number; a boolean is none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def index_of(value: Any) -> int | None:
    """Return an index; None if it is missing or not an integer (T3)."""
    # A boolean is an integer in Python, and no index in JSON.
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def json_text(value: Any) -> str | None:
    """Return the JSON text of a value; None if it cannot be written, since it is nested too deeply or is no JSON."""
    try:
        return _encode(value)
    except (RecursionError, TypeError, ValueError):
        return None


_JSON_TYPES: Final = {
    type(None): "null",
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
}


def json_type(value: Any) -> str:
    """Return the JSON type of a value, with an article, for messages; of another value its type in Python."""
    kind = _JSON_TYPES.get(type(value))
    return f"a Python object of type {type(value).__name__}" if kind is None else kind
