"""Lines of a log in descending order of their times, as tables and consoles of clouds export them.

Only where the first record ends a response are the times compared: other logs
are never kept waiting for a second line.
"""

import re
from collections.abc import Iterator

from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Found, Item, WholeLayer, whole_lines

_TIME = re.compile(
    rb"(?:(\d{4}-\d\d-\d\d)[T ])?(?<!\d)(\d{1,2}):(\d\d):(\d\d(?:[.,]\d{1,9})?)"
    rb"|(?<![\d.])(1[5-9]\d{11}|1[5-9]\d{8}\.\d+)(?!\d)"
)
_COLON = rb"\\*\"+\s*:\s*"
_END = re.compile(
    rb"finish_?[rR]eason" + _COLON + rb"\\*\"+\w|\[DONE\]|\b(?:message_?[sS]top|(?:message|stream)-end)\b"
    rb"|\bresponse\.(?:completed|failed|incomplete|done)\b|\bdone" + _COLON + rb"true"
    rb"|\bchoices" + _COLON + rb"\[\s*\][^\n]*\busage" + _COLON + rb"\{"
    rb"|\busage" + _COLON + rb"\{[^\n]*\bchoices" + _COLON + rb"\[\s*\]"
    rb"|\bmetadata" + _COLON + rb"\{\s*\\*\"+(?:usage|metrics)\b"
)
"""Members that only the last record of a response has, also where its quotes are escaped or doubled."""
_WHOLE = re.compile(rb"\bchat\.completion\b(?!\.)|\btext_completion\b")
"""A response in one record, which is its beginning as well."""


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A first record that ends a response, and a second time that is before the first."""
    first: _Time | None = None
    for line in whole_lines(head, ended).splitlines():
        time = _time_of(line)
        if first is not None and time is not None and time != first:
            return NewestFirst() if time < first else False
        if first is None and (b"{" in line or b"[DONE]" in line):
            if time is None or not _END.search(line) or _WHOLE.search(line):
                return False
            if line.startswith((b"{", b"[")) and not line.rstrip().endswith((b"}", b"]")):
                return False  # a JSON value on several lines
            first = time
    return None if first is not None and not ended else False


_Time = tuple[bytes, float]


def _time_of(line: bytes) -> _Time | None:
    """The first time in a line, to be compared with those of the same notation."""
    found = _TIME.search(line)
    if found is None:
        return None
    if found[5]:
        return b"", float(found[5])
    hours, minutes, seconds = (float(one.replace(b",", b".")) for one in found.group(2, 3, 4))
    return found[1] or b"", (hours * 60 + minutes) * 60 + seconds


class NewestFirst(WholeLayer):
    """The lines in ascending order; one without a time belongs to the line before it."""

    def __init__(self) -> None:
        super().__init__("this log is newest first, and", "export it in ascending order")

    def _whole(self) -> Iterator[Item]:
        """The lines, the last one first."""
        yield Notice("the lines are in descending order of their times: the last is read first")
        lines = self._take().split(b"\n")
        row: list[bytes] = []
        for line in reversed(lines):
            row.append(line + b"\n")
            if _time_of(line) is not None:
                yield b"".join(reversed(row))
                row.clear()
        yield b"".join(reversed(row))  # the heading of a table
