"""Colours, as something that is handed in: who writes a report need not know where it goes."""

from typing import Protocol

from unspool.checks.alike import common_head

_COLOURS = {"-": "red", "+": "green", "@": "cyan"}


class Paint(Protocol):
    """Gives a text the colour of a name such as ``red``, or leaves it as it is; with ``reverse`` it stands out."""

    def __call__(self, text: str, colour: str, /, *, reverse: bool = False) -> str:
        """The text, painted."""


def plain(text: str, colour: str, /, *, reverse: bool = False) -> str:
    """No colours."""
    return text


def paint_diff(diff: list[str], paint: Paint) -> list[str]:
    """The lines of a unified diff in its usual colours; in lines that replace each other, what differs stands out."""
    painted = [_whole(line, paint) for line in diff]
    at = 2  # behind the names
    while at < len(diff):
        removed = _run(diff, at, "-")
        added = _run(diff, at + removed, "+")
        if removed and removed == added:
            for line in range(at, at + removed):
                painted[line], painted[line + removed] = _pair(diff[line], diff[line + removed], paint)
        at += removed + added or 1
    return painted


def _run(diff: list[str], start: int, sign: str) -> int:
    """How many lines from ``start`` on have this sign."""
    end = start
    while end < len(diff) and diff[end].startswith(sign):
        end += 1
    return end - start


def _whole(line: str, paint: Paint) -> str:
    colour = _COLOURS.get(line[:1])
    return paint(line, colour) if colour else line


def _pair(removed: str, added: str, paint: Paint) -> tuple[str, str]:
    """Two lines, the second in place of the first; what differs stands out, unless all of it does."""
    head = 1 + common_head(removed[1:], added[1:])
    tail = common_head(removed[head:][::-1], added[head:][::-1])
    if head + tail == 1:
        return _whole(removed, paint), _whole(added, paint)
    return _parts(removed, head, tail, paint), _parts(added, head, tail, paint)


def _parts(line: str, head: int, tail: int, paint: Paint) -> str:
    colour = _COLOURS[line[0]]
    end = len(line) - tail
    parts = [paint(line[:head], colour)]
    parts += [paint(line[head:end], colour, reverse=True)] if head < end else []
    parts += [paint(line[end:], colour)] if tail else []
    return "".join(parts)
