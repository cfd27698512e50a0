"""Values of a JSON text that readers do not keep (Q60): digits beyond those of a double, members with the same name."""

from json import JSONDecoder
from typing import Any

_DIGITS = 17
"""Significant digits that identify any double (IEEE 754, binary64)."""


_EXACT = 16
"""Digits from which on not every integer is a double (2**53 + 1)."""


class _Lost(Exception):
    """Something is lost."""


def loses_values(text: bytes) -> bool:
    """Return whether a reader with doubles and dictionaries changes or drops a value of a valid JSON text."""
    try:
        _decode(text.decode())
    except _Lost:
        return True
    except (ValueError, RecursionError):  # what this reader cannot read, another one has
        return False
    return False


def _members(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise _Lost


def _integer(text: str) -> None:
    # int() refuses long texts, and int(float()) the infinity of others.
    if len(text) >= _EXACT and (len(text) > 300 or int(float(text)) != int(text)):
        raise _Lost


def _fraction(text: str) -> None:
    digits = text.lower().partition("e")[0].replace(".", "").lstrip("-0").rstrip("0")
    if len(digits) > _DIGITS or float(text) in (float("inf"), float("-inf")):
        raise _Lost


_decode = JSONDecoder(object_pairs_hook=_members, parse_int=_integer, parse_float=_fraction).decode
"""The decoder is kept: to make one takes longer than to read a short record."""
