"""Lines that Rich wrapped at the width of a console: a message goes on in the lines below it, indented as a cell.

Rich breaks a line at a space, which it drops, or inside of a word that is longer
than the cell. So a line that is full and has no space is joined to the next one
directly, any other by a space.
"""

import re
from collections.abc import Iterator

from unspool.intake.asked import Asked, Notice
from unspool.intake.damaged.hard_wrapped import columns
from unspool.intake.items import Found, Item, LineLayer, whole_lines
from unspool.intake.json_text.literals import value_at

_FIRST = re.compile(r"((?:\[[^\]\n]{1,40}\] | {4,42})?[A-Z]{4,8} +)(\S.*?)(?<! )( *)( [\w.\-<>]+:\d+)?\Z")
"""The first line of a message by ``RichHandler``: time and level, the message, the place in the program."""
_NARROWEST = 40  # columns of a console whose lines are known by their padding alone
_MOST_LINES = 10_000  # of one message


class _Messages:
    """Lines in, whole messages out, each as one line; other lines as they are."""

    def __init__(self) -> None:
        self.wrapped = False  # the last message had several lines, or is padded to the width of a cell
        self._place = ""  # in the program, with the space before it
        self._head = ""
        self._cells: list[str] = []
        self._width = 0  # of a cell, in columns of a terminal

    def feed(self, line: str) -> Iterator[str]:
        """The message before ``line``, if one ends there, and a line that belongs to none."""
        if 0 < len(self._cells) < _MOST_LINES and line.startswith(" " * len(self._head)):
            self._cells.append(line[len(self._head) :].rstrip())
            return
        yield from self.close()
        first = _FIRST.match(line)
        if first is None:
            yield line
            return
        self._head, message, padding, place = first.groups()
        self._cells, self._place = [message], place or ""
        self._width = columns(line[len(self._head) : len(line) - len(self._place)])
        self.wrapped = bool(padding and (place or len(line) >= _NARROWEST))
        if message.endswith("}") and _is_whole(message):  # a live log must not wait for its next message
            yield from self.close()

    def close(self) -> Iterator[str]:
        """The message that is open."""
        if not self._cells:
            return
        cells, self._cells = self._cells, []
        if len(cells) == 1:
            yield self._head + cells[0] + self._place
            return
        self.wrapped = True
        text = ""
        for cell in cells:
            folded = " " not in cell and columns(cell) >= self._width
            text += cell if folded else cell + " "
        yield self._head + text.rstrip()


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A message whose object is whole only with the lines below it."""
    lines = whole_lines(head, ended).decode("utf-8", "replace").splitlines()
    if not lines or lines[0][:1] in ("{", "d", "e", ":"):
        return False
    messages = _Messages()
    for line in lines:
        for message in messages.feed(line):
            if "{" in message:
                return Wrapped() if messages.wrapped and _is_whole(message) else False
    for message in messages.close():
        if messages.wrapped and _is_whole(message):
            return Wrapped()
        return None if not ended and not _is_whole(message) else False
    return False


def _is_whole(message: str) -> bool:
    """Return whether the object in a message is whole, so that no other line need be waited for."""
    start = message.find("{")
    return start >= 0 and value_at(message, start) is not None


class Wrapped(LineLayer):
    """The lines of each message as one."""

    def __init__(self) -> None:
        super().__init__(Notice("lines that Rich wrapped are joined: spaces where it broke them are assumed", True))
        self._messages = _Messages()

    def close(self) -> Iterator[Item]:
        """Yield the last message."""
        yield from super().close()
        yield from (_encoded(message) for message in self._messages.close())

    def _line(self, line: bytes) -> Iterator[Item]:
        text = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
        yield from (_encoded(message) for message in self._messages.feed(text))


def _encoded(message: str) -> bytes:
    return message.encode("utf-8", "surrogateescape") + b"\n"
