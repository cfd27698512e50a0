"""JSON that is the same text where it is the same value."""

import ast
import json
from collections.abc import Collection
from typing import Any

from unspool.core.errors import PartialJSONError
from unspool.formats.partial_json import parse_partial

_EXACT = 2**53  # up to here a float that is whole is that number


def whole(text: str) -> str:
    """``text`` with halves of a surrogate pair that came in two pieces as one character, and others as U+FFFD (R3)."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def canonical(arguments: str) -> str:
    """Arguments as JSON that is the same for the same value: members sorted, ``1.0`` as 1, nothing as ``{}``.

    Numbers are compared as doubles, unless they are written as integers; of a
    member that stands there twice the last counts. Raw control characters are
    read, as everywhere (R9). What cannot be read stays as it is.
    """
    try:
        return _encode(_decode(arguments))
    except (ValueError, RecursionError):
        return arguments


def beside_message(arguments: str, message: str, thoughts: Collection[str]) -> str | None:
    """The same without the message, at the path ``message``, and the members named in ``thoughts``.

    None where there is a message and nothing else. What is imperfect, or
    unfinished, is read as far as it can be (R9); else it stays as it is.
    """
    try:
        value = _decode_imperfect(arguments)
        if isinstance(value, str):  # A11: encoded twice, and read so on request
            value = _decode_imperfect(value)
        if not isinstance(value, dict):
            return arguments
        speaks = _remove(value, message.split("."))
        rest = {name: member for name, member in value.items() if name not in thoughts}
        return None if speaks and not rest else _encode(rest)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):  # what literal_eval raises, too
        return arguments


def _remove(value: dict[str, Any], path: list[str]) -> bool:
    """Take a member out, and the objects around it if they hold nothing else; whether it was there."""
    first, *rest = path
    inner = value.get(first)
    found = (isinstance(inner, dict) and _remove(inner, rest)) if rest else first in value
    if found and (not rest or not inner):
        del value[first]
    return found


def _decode(arguments: str) -> Any:
    return json.loads(arguments.strip() or "{}", parse_float=_number, parse_constant=_refuse, strict=False)


def _decode_imperfect(arguments: str) -> Any:
    """The value of JSON, of what is meant to be, or of a Python literal (A13)."""
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


def members(usage: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    """The members of a usage object by their paths, as JSON text; null, and an object without any, says nothing."""
    found = []
    for name, value in usage.items():
        if isinstance(value, dict):
            found += members(value, f"{before}{name}.")
        elif value is not None:
            found.append((f"{before}{name}", canonical(json.dumps(value))))
    return found
