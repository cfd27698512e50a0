"""JSON objects as text, without some of their members; the source text of the others is kept."""

import json
from collections.abc import Iterable
from typing import Any

from unspool.errors import PartialJSONError
from unspool.formats.partial_json import parse_partial


def public_json(text: str, private: Iterable[str]) -> str:
    """JSON of a call's arguments without its private members (R7); ``text`` may be cut. "" where it cannot be read."""
    names = tuple(private)
    try:
        return without_members(text, names)
    except (ValueError, IndexError, RecursionError):
        pass
    try:
        value = parse_partial(text)
    except PartialJSONError:
        return ""
    return json.dumps(value if not isinstance(value, dict) else _without_keys(value, names))


def may_name(text: str, names: Iterable[str]) -> bool:
    """Return whether a key of ``text``, which may be cut, may be one of ``names``, also if written with escapes."""
    return "\\u" in text or any(name in text for name in names)


def without_members(text: str, names: Iterable[str]) -> str:
    """``text``, a JSON object, without its members of these names; the others keep their source text.

    Raises ValueError or IndexError where it is no JSON object.
    """
    hidden = set(names)
    decode = json.JSONDecoder(strict=False).raw_decode
    position = _skip_space(text, 0)
    if text[position] != "{":
        raise ValueError("no object")
    kept: list[str] = []
    separator = ","
    position = _skip_space(text, position + 1)
    while text[position] != "}":
        if separator != ",":
            raise ValueError("no comma between two members")
        start = position
        key, position = decode(text, start)
        position = _skip_space(text, position)
        if not isinstance(key, str) or text[position] != ":":
            raise ValueError("no key")
        _, position = decode(text, _skip_space(text, position + 1))
        if key not in hidden:
            kept.append(text[start:position])
        position = _skip_space(text, position)
        separator = text[position]
        position = _skip_space(text, position + (separator == ","))
    return "{" + ", ".join(kept) + "}"


def _skip_space(text: str, position: int) -> int:
    while text[position : position + 1].isspace():
        position += 1
    return position


def _without_keys(value: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    hidden = set(names)
    return {key: member for key, member in value.items() if key not in hidden}
