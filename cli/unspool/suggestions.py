"""What was probably meant by a name that is none of those known: for messages about a mistake."""

from collections.abc import Iterable

_LONG = 12  # names; more are not listed where one of them was probably meant


def near(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like ``name``; None where none is."""
    from difflib import get_close_matches  # noqa: PLC0415 - start-up: for a mistake alone

    by_lower = {each.lower(): each for each in known}
    found = get_close_matches(name.strip().lower(), by_lower, n=1)
    return by_lower[found[0]] if found else None


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """The reason why ``name`` is refused: there is no such ``kind`` of thing, and which one was probably meant."""
    names = list(known)
    meant = near(name, names)
    listed = ", ".join(names)
    if meant is None:
        return f"there is no {kind} {name}; there are {listed}"
    return f"there is no {kind} {name}; did you mean {meant}?" + ("" if len(names) > _LONG else f" There are {listed}")
