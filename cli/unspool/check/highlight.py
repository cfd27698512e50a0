"""A unified diff in its usual colours, in which a reader finds what differs inside of lines."""

from collections.abc import Iterator

from unspool.textdiff.colour import Paint
from unspool.textdiff.word_diff import mark_differences, runs

_COLOURS = {"-": "red", "+": "green", "@": "cyan"}
_LONG = 100  # characters of a line in which a difference is hard to find


def highlighted(diff: list[str], paint: Paint) -> list[str]:
    """The lines in colour: where as many lines replace each other, the differences are marked.

    After a long line follows one that begins with ``?`` and shows the
    difference alone.
    """
    at = 2  # behind the names
    lines = [_whole(line, paint) for line in diff[:at]]
    while at < len(diff):
        removed, at_added = _run(diff, at, "-")
        added, end = _run(diff, at_added, "+")
        end = max(end, at + 1)
        if removed and len(removed) == len(added):
            lines += _replaced(removed, added, diff[at:end], paint)
        else:
            lines += [_whole(line, paint) for line in diff[at:end]]
        at = end
    return lines


def _run(diff: list[str], start: int, sign: str) -> tuple[list[str], int]:
    """The lines of this sign from ``start`` on, and where they end, a remark on the last one's newline included."""
    end = start
    while end < len(diff) and diff[end].startswith(sign):
        end += 1
    lines = diff[start:end]
    return lines, end + (end > start and end < len(diff) and diff[end].startswith("\\"))


def _whole(line: str, paint: Paint) -> str:
    colour = _COLOURS.get(line[:1])
    return paint(line, colour) if colour else line


def _replaced(removed: list[str], added: list[str], lines: list[str], paint: Paint) -> Iterator[str]:
    """All ``lines`` of a place where added lines replace removed ones."""
    pairs = [(old, new, runs(old[1:], new[1:])) for old, new in zip(removed, added, strict=True)]
    painted = [_parts(old, [(run.same, run.removed) for run in found], paint) for old, _, found in pairs]
    for old, new, found in pairs:
        shown = mark_differences(old[1:], new[1:], paint) if len(new) > _LONG else None
        below = "" if shown is None else f"\n? {shown}"
        painted.append(_parts(new, [(run.same, run.added) for run in found], paint) + below)
    remaining = iter(painted)
    return (line if line.startswith("\\") else next(remaining) for line in lines)


def _parts(line: str, parts: list[tuple[str, str]], paint: Paint) -> str:
    if not any(same for same, _ in parts):  # all of it differs
        return _whole(line, paint)
    sign, colour = line[0], _COLOURS[line[0]]
    shown = []
    for same, other in parts:
        shown += [paint(sign + same, colour)] if sign + same else []
        shown += [paint(other, colour, reverse=True)] if other else []
        sign = ""
    return "".join(shown)
