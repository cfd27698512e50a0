"""Finds an indented record whose lines are strings in the records of a log, one each: a program printed it so."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from unspool.intake.json_text.paths import Path, bytes_text, values_at
from unspool.intake.logs.indented import is_record_in_lines, opens_object

_ELEMENTS = 256  # of a list in which the first line is looked for
_PATHS = 8  # at each of which all records are looked at
_DEEPEST = 7  # names in a path


def find_indented(values: list[Any], ended: bool) -> Path | None:
    """The path to the strings with the lines of an indented record or error; None for none.

    Where the source has not ended, the record must be whole.
    """
    for path in islice(dict.fromkeys(_openings(values, ())), _PATHS):
        if is_record_in_lines((text for value in values for text in _texts_at(value, path)), ended):
            return path
    return None


def _texts_at(value: Any, path: Path) -> list[str]:
    """The texts in a record of a log, or the one that it has as byte values; no times next to them."""
    found = list(values_at(value, path))
    if found and all(type(one) is int for one in found):
        found = [bytes_text(found)]
    return [one for one in found if isinstance(one, str) and not one.isdecimal()]


def _openings(value: Any, path: Path) -> Iterator[Path]:
    """Yield the paths to strings that may be the first line of an indented object."""
    if isinstance(value, str):
        if path and opens_object(value):
            yield path
    elif isinstance(value, list):
        for element in islice(value, _ELEMENTS):
            yield from _openings(element, path)
    elif isinstance(value, dict) and len(path) < _DEEPEST:
        for name, member in value.items():
            yield from _openings(member, (*path, name))
