"""What was probably meant by a name that is none of those known: for messages about a mistake."""

import os
from collections.abc import Iterable
from contextlib import suppress

_MOST_WORK = 2_000_000  # characters, squared for each name: what a missing file's name is compared with in a folder
_LONG = 12  # names; more are not listed where one of them was probably meant


def near(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that is most like ``name``; None where none is, by a ratio of at least ``cutoff`` (0 to 1).

    A word with the same letters in another order goes before a longer one; of numbers that says nothing.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - start-up: for a mistake alone

    name = name.strip().lower()
    by_lower = {each.lower(): each for each in known}
    same_letters = [each for each in by_lower if name.isalpha() and sorted(each) == sorted(name)]
    found = get_close_matches(name, same_letters, n=1) or get_close_matches(name, by_lower, n=1, cutoff=cutoff)
    return by_lower[found[0]] if found else None


def similar_path(path: str) -> str | None:
    """The path that was probably meant by one where nothing is: a similar name in the same folder."""
    if os.path.lexists(path):
        return None
    folder, name = os.path.split(path)
    stem = os.path.splitext(name)[0]
    # An ending that both have makes short names look similar: what is before it counts.
    similar = near(name, [each for each in _names_in(folder) if near(stem, [os.path.splitext(each)[0]])])
    return None if similar is None else os.path.join(folder, similar)


def ending_for(path: str) -> str:
    """How a message about ``path`` ends: with the path that was probably meant, if nothing is there."""
    similar = similar_path(path)
    return "" if similar is None else f"; did you mean {similar}?"


def _names_in(folder: str) -> list[str]:
    """Names in a folder; of one with very many, or very long ones, some of them."""
    names: list[str] = []
    work = 0  # comparing two names takes time for each pair of their characters
    with suppress(OSError, ValueError), os.scandir(folder or ".") as entries:
        for entry in entries:
            names.append(entry.name)
            work += len(entry.name) ** 2
            if work > _MOST_WORK:
                break
    return names


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """The reason why ``name`` is refused: there is no such ``kind`` of thing, and which one was probably meant."""
    names = list(known)
    meant = near(name, names)
    listed = ", ".join(names)
    if meant is None:
        return f"there is no {kind} {name}; there are {listed}"
    return f"there is no {kind} {name}; did you mean {meant}?" + ("" if len(names) > _LONG else f" There are {listed}")
