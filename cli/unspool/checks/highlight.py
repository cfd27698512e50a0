"""A unified diff in its usual colours, in which a reader finds what differs inside of lines."""

from collections.abc import Iterator

from unspool.checks.paint import Paint
from unspool.checks.words import marked, runs

_COLOURS = {"-": "red", "+": "green", "@": "cyan"}
_LONG = 100  # characters of a line in which a difference is hard to find


def highlighted(diff: list[str], paint: Paint) -> list[str]:
    """The lines, painted: where as many replace each other, what differs stands out.

    Below a long one stands a line that begins with ``?`` and shows the
    difference alone.
    """
    at = 2  # behind the names
    lines = [_whole(line, paint) for line in diff[:at]]
    while at < len(diff):
        removed = _run(diff, at, "-")
        added = _run(diff, at + removed, "+")
        end = at + (removed + added or 1)
        if removed and removed == added:
            pairs = zip(diff[at : at + removed], diff[at + removed : end], strict=True)
            lines += _replaced(list(pairs), paint)
        else:
            lines += [_whole(line, paint) for line in diff[at:end]]
        at = end
    return lines


def _run(diff: list[str], start: int, sign: str) -> int:
    """How many lines from ``start`` on have this sign."""
    end = start
    while end < len(diff) and diff[end].startswith(sign):
        end += 1
    return end - start


def _whole(line: str, paint: Paint) -> str:
    colour = _COLOURS.get(line[:1])
    return paint(line, colour) if colour else line


def _replaced(pairs: list[tuple[str, str]], paint: Paint) -> Iterator[str]:
    """Lines, the second of each pair in place of the first."""
    found = [runs(removed[1:], added[1:]) for removed, added in pairs]
    for (removed, _), each in zip(pairs, found, strict=True):
        yield _parts(removed, [(run.same, run.removed) for run in each], paint)
    for (removed, added), each in zip(pairs, found, strict=True):
        yield _parts(added, [(run.same, run.added) for run in each], paint)
        shown = marked(removed[1:], added[1:], paint) if len(added) > _LONG else None
        if shown is not None:
            yield f"? {shown}"


def _parts(line: str, parts: list[tuple[str, str]], paint: Paint) -> str:
    if not any(same for same, _ in parts):  # nothing would stand out
        return _whole(line, paint)
    sign, colour = line[0], _COLOURS[line[0]]
    shown = []
    for same, other in parts:
        shown += [paint(sign + same, colour)] if sign + same else []
        shown += [paint(other, colour, reverse=True)] if other else []
        sign = ""
    return "".join(shown)
