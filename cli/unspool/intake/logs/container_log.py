"""Lines of a container runtime (CRI): a time, the name of the output, and F, or P where the line goes on.

What the program wrote leaves, a split line whole, for whatever layer is in it.
"""

import re
from collections.abc import Iterator

from unspool.formats.bounded_lines import LARGEST_RECORD
from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Found, Item, LineLayer
from unspool.intake.logs.mixed import MixedStreams

_TIME = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
_LINE = re.compile(_TIME + rb" (stdout|stderr) ([PF])(?::\w+)* ?(.*)", re.DOTALL)
_CUT = re.compile(rb"[\d\-T:.Z+]{1,35}(?: [a-z]{0,6}(?: [PF]?)?)?")
"""The beginning of such a line, where the log is cut before the text."""
_LONGEST = 64  # bytes of what is before the text of a line
_PARTIAL = re.compile(rb"\S+ (?:stdout|stderr) ([PF]) (.*)", re.DOTALL)
"""A line of that form inside of another log, or with a time of another form."""


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A first line of that form; `rewrite`, which keeps the log, reads it as lines of any log."""
    if asked.keeps_log:
        return False
    if _LINE.match(head):
        return ContainerLog()
    waits = not ended and len(head) < _LONGEST and b"\n" not in head and head[:1].isdigit()
    return None if waits else False


class ContainerLog(LineLayer):
    """The lines of the program; those of another form stay as they are.

    A line that goes on for more than ``largest`` bytes leaves in parts, without a line end between them.
    """

    def __init__(self, largest: int = LARGEST_RECORD) -> None:
        super().__init__(
            Notice("log lines of a container runtime: what is before the text is removed, parts are joined")
        )
        self._parts: dict[bytes, bytearray] = {}  # by output: the beginning of its line
        self._largest = largest
        self._mixed = MixedStreams()

    def close(self) -> Iterator[Item]:
        """The last line, and the parts of lines that have no end."""
        rest = self._lines.close()
        if rest and not _CUT.fullmatch(rest[0]):
            yield from self._line(rest[0])
        yield from self._mixed.close()
        yield from (bytes(part) + b"\n" for part in self._parts.values())

    def _line(self, line: bytes) -> Iterator[Item]:
        found = _LINE.match(line)
        if found is None:
            yield line
        elif found[2] == b"P":
            part = self._parts.setdefault(found[1], bytearray())
            part += found[3].rstrip(b"\r\n")
            if len(part) > self._largest:
                yield bytes(self._parts.pop(found[1]))
        else:
            yield from self._mixed.feed(bytes(self._parts.pop(found[1], b"")) + found[3])


class PartialLines:
    """Lines of such a log that keep what is before the text; the parts of one are joined behind that of the last."""

    def __init__(self) -> None:
        self._parts = bytearray()

    @property
    def open(self) -> bool:
        """Return whether the next line holds more of one that was split."""
        return bool(self._parts)

    @staticmethod
    def is_one(line: bytes) -> bool:
        """Return whether a line has that form, so that it may be split."""
        return _PARTIAL.match(line) is not None

    def feed(self, line: bytes) -> bytes | None:
        """The line with the parts before it; None if more of them follow. One of another form is as it was."""
        part = _PARTIAL.match(line)
        if part is None:
            return line
        self._parts += part[2]
        if part[1] == b"P":
            return None
        line, self._parts = line[: part.start(2)] + self._parts, bytearray()
        return line
