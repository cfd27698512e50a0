"""Canonical JSON: equal values give equal text."""

import ast
import json
from collections.abc import Collection
from typing import Any

from unspool.errors import PartialJSONError
from unspool.formats.partial_json import parse_partial

_EXACT = 2**53  # above this, neighbouring integers share a double


def canonical(arguments: str) -> str:
    """Arguments as canonical JSON: members sorted, ``1.0`` as 1, empty text as ``{}``.

    Numbers with a fraction or exponent compare as doubles. The last of duplicate
    members counts. Raw control characters are accepted (R9). Text that is not
    JSON is returned unchanged.
    """
    try:
        return _encode(_decode(arguments))
    except (ValueError, RecursionError):
        return arguments


def without_message(arguments: str, message: str, thoughts: Collection[str]) -> str | None:
    """Canonical arguments without the message argument (a dotted path) and the thoughts arguments.

    None if nothing else is left. Imperfect or unfinished JSON is read as far as
    possible (R9); text that cannot be read is returned unchanged.
    """
    try:
        value = _decode_imperfect(arguments)
        if isinstance(value, str):  # A11: encoded twice, decoded on request
            value = _decode_imperfect(value)
        if not isinstance(value, dict):
            return arguments
        has_message = _remove(value, message.split("."))
        rest = {name: member for name, member in value.items() if name not in thoughts}
        return None if has_message and not rest else _encode(rest)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):  # literal_eval raises all of these
        return arguments


def _remove(value: dict[str, Any], path: list[str]) -> bool:
    """Remove a member, and each enclosing object that becomes empty. Return whether the member existed."""
    first, *rest = path
    inner = value.get(first)
    found = (isinstance(inner, dict) and _remove(inner, rest)) if rest else first in value
    if found and (not rest or not inner):
        del value[first]
    return found


def _decode(arguments: str) -> Any:
    return json.loads(arguments.strip() or "{}", parse_float=_number, parse_constant=_refuse, strict=False)


def _decode_imperfect(arguments: str) -> Any:
    """Decode JSON, imperfect JSON (R9) or a Python literal (A13)."""
    try:
        return _decode(arguments)
    except ValueError:
        pass
    try:
        return parse_partial(arguments)
    except PartialJSONError:
        return ast.literal_eval(arguments.strip())


def _encode(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _number(text: str) -> float:
    number = float(text)
    if abs(number) == float("inf"):
        raise ValueError(text)
    return int(number) if number.is_integer() and abs(number) <= _EXACT else number


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def flatten(usage: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """The members of a usage object as (dotted path, JSON text); null and empty objects are left out."""
    found = []
    for name, value in usage.items():
        if isinstance(value, dict):
            found += flatten(value, f"{prefix}{name}.")
        elif value is not None:
            found.append((f"{prefix}{name}", canonical(json.dumps(value))))
    return found
