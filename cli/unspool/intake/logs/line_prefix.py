"""The same words before each line of a program's output, where its records have several lines.

``docker compose logs`` and ``kubectl logs --prefix`` write the name of a service before each line, ``docker logs -t`` a
time. Where each line has a whole record, ``prefix`` finds it; an indented object, or an event of several data lines, is
only found when what precedes its lines is removed. The first two lines of an object show what that is.
"""

import re
from collections.abc import Iterator
from typing import Final

from unspool.formats.detect import FIELD
from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Found, Item, LineLayer, whole_lines

_OPENS: Final = (b"{", b"[{")
_MEMBER = re.compile(rb'((?:[ \t]*+[^"{} \t])*?)[ \t]*+(?:(data:)[ \t]*+)?(?:"(?:[^"\\]|\\.)*+"[ \t]*:|[{}])')
"""A line inside of an indented object: its first member, or a bracket, and what is before it."""
_NUMBER = re.compile(rb"(?<!\\ )(?:\\ )*+\d+")
"""A number in a pattern, with the spaces before it, which fill its column."""
_SPACES = re.compile(rb"[ \t]*")


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A line with an open object, and the next one with the same words before a member.

    Without words it may be an event of several data lines, with lines of a log before or between.
    """
    if head.startswith((b"{", b"[{")):
        return False
    whole = whole_lines(head, ended)
    before = b""
    other = False  # a line that belongs to no event
    for line in whole.splitlines():
        found = _MEMBER.match(line) if before else None
        words = b"" if found is None else found[1].rstrip()
        if found is not None and (words or (found[2] and other)):
            pattern = _NUMBER.sub(rb" *+\\d+", re.escape(words))  # those of times differ, and of lines (cat -n)
            begun = re.match(pattern, before)
            if begun is not None:
                spaces = _SPACES.match(before, begun.end())
                size = len(spaces[0]) if spaces else 0
                return LinePrefix(re.compile(pattern + rb"[ \t]{0,%d}" % size), found[2] is not None)
        before = line if line.rstrip().endswith(_OPENS) else b""
        other = other or (bool(line.strip()) and not FIELD.match(line))
    return None if before and not ended else False


class LinePrefix(LineLayer):
    """Lines without what is before each of them; of an event stream its fields alone."""

    def __init__(self, pattern: re.Pattern[bytes], events: bool) -> None:
        super().__init__(Notice("the same words before each line: they are removed"))
        self._pattern = pattern
        self._events = events

    def _line(self, line: bytes) -> Iterator[Item]:
        found = self._pattern.match(line)
        rest = line if found is None else line[found.end() :]
        if not self._events or FIELD.match(rest) or not rest.strip():
            yield rest
