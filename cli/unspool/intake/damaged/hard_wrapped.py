"""Lines that were cut at the width of a terminal (B35): all of a record but the last have the same number of columns.

What tmux and others copy has lost the spaces at the ends of lines; they are put back.
"""

import re
from collections.abc import Iterator
from unicodedata import east_asian_width

from unspool.core.parser.argument_parser import ArgumentParser
from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Broken, Found, Item, LineLayer, NoStream, whole_lines
from unspool.intake.json_text.literals import json_in

_NARROWEST, _WIDEST = 40, 1000  # columns
_LOST_SPACES = 4  # at the end of a line, at most
_ENOUGH = 2  # cut lines that show the width
_MOST_LINES = 10_000  # of one record
_COMPARED = 8  # characters
_DIGIT = re.compile(r"\d")
_QUOTED_PRINTABLE = re.compile(rb"(?=[^\n]{70,76}\n)(?:[\w ]+:(?:=20| )?)?(?:\{|=7B)\"[^\n]*=\r?\n")
"""A record whose line ends in a soft line break (RFC 2045, 6.7)."""


class _Records:
    """Lines in, the parts of whole lines out: an object that is open at the end of a full line goes on in the next."""

    def __init__(self) -> None:
        self.cut = 0  # lines
        self.open = False
        self._width = 0
        self._parts: list[str] = []
        self._object = ArgumentParser()
        self._before = ""  # the shape of the beginning of what precedes the object

    def feed(self, line: str) -> Iterator[list[str]]:
        """Yield the parts of a line that ``line`` completes."""
        start = 0
        if self.open and (not line.strip() or (self._before and _shape(line[: len(self._before)]) == self._before)):
            yield self.take()  # the end of an event whose record is cut, or another line of the log
        if self.open:
            missing = self._width - columns(self._parts[-1])
            if missing > 1 or (missing and columns(line[:1]) == 1):  # a wide character does not fit into one column
                self._add(" " * missing)
        else:
            self._object = ArgumentParser()
            start = line.find('{"')
            self._before = _shape(line[: max(min(start, _COMPARED), 0)])
        self._add(line, start)
        self.open = self._object.open and self._is_full(line) and len(self._parts) < _MOST_LINES
        if self.open:
            self.cut += 1
        else:
            yield self.take()

    def _add(self, text: str, start: int = 0) -> None:
        self._parts.append(text)
        if start >= 0 and len(text) <= _WIDEST:  # a longer line is not full, whatever is open
            self._object.feed(text[start:])

    def take(self) -> list[str]:
        """The parts so far, which are given up."""
        parts, self._parts, self.open = self._parts, [], False
        return parts

    def _is_full(self, line: str) -> bool:
        width = columns(line)
        if not _NARROWEST <= width <= _WIDEST or (self._width and abs(width - self._width) > _LOST_SPACES):
            return False
        self._width = max(self._width, width)
        return True


def _shape(text: str) -> str:
    return _DIGIT.sub("0", text)


def columns(text: str) -> int:
    """The width of a text on a terminal."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(one) in "WF" else 1 for one in text)


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """Objects that are whole only with the lines below, and would not be with line ends in them."""
    if _QUOTED_PRINTABLE.match(head):
        what = "this is quoted-printable text, as of a mail"
        return NoStream(Broken(what, "run: python3 -m quopri -d FILE | unspool text"))
    if b'{"' not in head:
        return False
    lines = whole_lines(head, ended).decode("utf-8", "replace").split("\n")
    records = _Records()
    inside = False  # a string or a name was cut
    for line in lines[: len(lines) if ended else -1]:
        for parts in records.feed(line.removesuffix("\r")):
            start = parts[0].find('{"')
            if start < 0:
                continue
            if len(parts) == 1 or json_in("".join(parts)[start:]) is None:
                return False
            inside = inside or json_in("\n".join(parts)[start:]) is None
            if inside and records.cut >= _ENOUGH:
                return HardWrapped()
    return None if records.cut and not ended else False


class HardWrapped(LineLayer):
    """The lines of each record as one."""

    def __init__(self) -> None:
        super().__init__(Notice("lines that were cut at the width of a terminal are joined", quirk="B35"))
        self._records = _Records()

    def close(self) -> Iterator[Item]:
        """Yield the last record."""
        yield from super().close()
        if self._records.open:
            yield _line(self._records.take())

    def _line(self, line: bytes) -> Iterator[Item]:
        text = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
        yield from map(_line, self._records.feed(text))


def _line(parts: list[str]) -> bytes:
    return "".join(parts).encode("utf-8", "surrogateescape") + b"\n"
