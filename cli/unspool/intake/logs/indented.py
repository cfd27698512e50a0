"""JSON values of several lines in a log, whose other records have one line each: a program printed them indented.

    values.feed(line)    -> [line or Indented, …]   what can be read now: a line leaves at once, unless a value is open
    values.lines(queue)  -> line or Indented, …     the same for several lines, which are taken from a queue

A value begins in a line that ends with a brace, or with the bracket of a list that is one record. Its other lines have
nothing before them, or all the same words: the name of a service, a time, ``data:``. Lines of other programs between
them leave before the value.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from unspool.formats.detect import nesting
from unspool.formats.json_codec import encode
from unspool.intake.json_text.literals import encoded, value_of
from unspool.intake.json_text.paths import find_path, is_known, values_at
from unspool.intake.logs.log_line import begins_known, data_in, is_error, may_be_reported, record_start

_OPENS = (b"{\n", b"{\r\n", b"[\n", b"[\r\n")
_STRING = rb'"(?:[^"\\]++|\\.)*+'
_FIRST = re.compile(rb"((?:[ \t]*+[^\"{} \t]++)*+)([ \t]*+)" + _STRING + rb"\"\s*+:")
"""The first member of an object, the words before it, and its indentation."""
_FIRST_ELEMENT = re.compile(rb"((?:[ \t]*+[^\"{} \t]++)*+)([ \t]*+)\{\s*+\Z")
"""The same of a list."""
_INNER = re.compile(
    rb"(\s*+)(?:" + _STRING + rb"(?:\\?\Z|\"\s*+(?::|,?\s*+\Z))|[{\[]|(?:-?\d[\d.eE+\-]*+|[tfn][a-z]*+|,),?\s*+\Z"
    rb"|()(?:[}\]]|\Z))"
)
"""A line inside of a value, which may be cut, and its indentation; a group for a bracket that closes, and a blank line.

JSON has no line end in a string.
"""
_NUMBER = re.compile(
    rb"(?:(?<! ) ++)?+(?<![0-9a-fA-F])(?:[a-fA-F]*+\d[0-9a-fA-F]*+|(?<![a-zA-Z])[a-fA-F]++(?![a-zA-Z]))"
)
"""A number with the spaces before it, which fill its column."""
_ANY_NUMBER = re.compile(rb" *+[0-9a-fA-F]++")
"""What is at its place in another line."""
_MOST_LINES = 10_000  # of one value, with those between them; what is longer is none
_MOST_OTHERS = 64  # lines of other programs in a row
_LONGEST_OTHER = 1 << 16  # bytes of one, which is kept until the value ends


class Indented(NamedTuple):
    """A value that is a record, holds some, or is an error in place of one.

    ``line`` has it in one line, behind what is before its first line; ``original`` are its lines, with those between
    them. ``inner`` are the records in its members, if it is none itself.
    """

    line: bytes
    original: bytes
    inner: list[bytes]


class Inside(bytes):
    """A line of another program inside of a value, which follows it."""


class IndentedValues:
    """See the module's head."""

    def __init__(self) -> None:
        self._lines: list[tuple[bytes, bytes | None]] = []  # since a value has begun, with what each has of it
        self._before: list[bytes] | None = None  # what is before each but the first, around the numbers in it
        self._indent = self._depth = 0
        self._end = 0  # the number of lines up to the last of the value
        self._in_list = False  # that may be one record: its first element shows that

    @property
    def open(self) -> bool:
        """Return whether a value has begun and not ended."""
        return bool(self._lines)

    def lines(self, queue: deque[bytes], ended: bool = False) -> Iterator[bytes | Indented]:
        """Yield what can be read of a queue of lines; all, if they are the last. No long one is kept."""
        while queue:
            if self._lines or queue[0].endswith(_OPENS):
                yield from self.feed(queue.popleft())
            else:
                yield queue.popleft()
        if ended and self._in_list and len(self._lines) > 1:
            yield self._leave_list()
        if ended and self._lines:
            yield from self._read([]) if begins_known(self._text()) else self._given_up()

    def feed(self, line: bytes) -> list[bytes | Indented]:
        """Return the lines that are known now to be no part of a value, and a value that ends with this one."""
        opening = line.rstrip()[-1:]
        opens = opening == b"{" or (opening == b"[" and (not self._lines or self._before is None))
        if not self._lines and not opens:
            return [line]
        text = self._inside(line) if self._lines else opening
        if text is None and (opens or self._is_over(line)):
            return [*self._given_up(), *self.feed(line)]
        if not self._lines:
            self._before, self._depth, self._in_list = None, 0, opening == b"["
        self._lines.append((line, text))
        if text is None:
            return []
        self._end = len(self._lines)
        self._depth += nesting(text)
        if self._depth > 1 or (self._depth == 1 and not self._in_list) or self._end == 1:
            return self._given_up() if self._end > _MOST_LINES else []
        return self._whole() if self._depth <= 0 else self._element()

    def _inside(self, line: bytes) -> bytes | None:
        """What a line has of the value; None for one of another program."""
        if self._before is None:
            return self._first(line)
        start = _behind(self._before, line)
        found = _INNER.match(line, start) if start >= 0 else None
        if found is None or (found[2] is None and len(found[1]) < self._indent):
            return None
        return line[start:].strip(b"\r\n").lstrip(b" \t")

    def _first(self, line: bytes) -> bytes | None:
        """The first member, which shows what is before each line."""
        member = (_FIRST_ELEMENT if self._in_list else _FIRST).match(line)
        before = [] if member is None else _NUMBER.split(member[1])
        if member is None or _behind(before, self._lines[0][0]) < 0:
            return None
        self._before, self._indent = before, len(member[2])
        return line[member.end(2) :].rstrip(b"\r\n")

    def _is_over(self, line: bytes) -> bool:
        """Return whether a line of another program shows that the value has no end."""
        too_many = len(self._lines) - self._end >= _MOST_OTHERS or len(line) > _LONGEST_OTHER
        return too_many or data_in(line) is not None or record_start(line) is not None

    def _element(self) -> list[bytes | Indented]:
        """The first element of a list, which may be long: it is read at once, unless the list itself is a record."""
        if not is_known(value_of(self._text().rstrip(b", \t") + b"]")):
            return [self._leave_list(), *self._whole()]
        self._in_list = False
        return []

    def _leave_list(self) -> bytes:
        """Take the first element of a list for a value by itself; returns the line before it."""
        before = self._lines.pop(0)[0]
        self._in_list = False
        self._depth, self._end = self._depth - 1, self._end - 1
        return before

    def _whole(self) -> list[bytes | Indented]:
        """The value, if it is to be read, else its lines."""
        value = value_of(self._text().rstrip(b", \t"))
        of_event = value is not None and self._lines[0][0].rstrip()[:-1].rstrip().endswith((b"data:", b"error:"))
        path = () if of_event or is_known(value) or is_error(value) else find_path(value)
        if path is None and not may_be_reported(value):
            return self._given_up()
        found = values_at(value, path) if path else ()
        return self._read([encode(one) for one in found if isinstance(one, dict) and is_known(one)])

    def _text(self) -> bytes:
        """What there is of the value, in one line."""
        return b"".join([text for _, text in self._lines if text is not None])

    def _read(self, inner: list[bytes]) -> list[bytes | Indented]:
        """The lines of others, and the value: they show what is around it."""
        own = [line for line, text in self._lines if text is not None]
        first, end = own[0].rstrip()[:-1], own[-1][len(own[-1].rstrip(b"\r\n")) :]
        whole = Indented(first + self._text() + end, b"".join([line for line, _ in self._lines]), inner)
        others = [Inside(line) for line, text in self._lines if text is None]
        self._lines = []
        return [*others, whole]

    def _given_up(self) -> list[bytes | Indented]:
        lines, self._lines, self._in_list = self._lines, [], False
        return [line for line, _ in lines]


def _behind(before: list[bytes], line: bytes) -> int:
    """The place in a line behind what is before a value, with any numbers between its pieces; -1 for none."""
    at = len(before[0])
    if not line.startswith(before[0]):
        return -1
    for piece in before[1:]:
        number = _ANY_NUMBER.match(line, at)
        if number is None or not line.startswith(piece, number.end()):
            return -1
        at = number.end() + len(piece)
    return at


def in_one_line(line: bytes | Indented) -> bytes:
    """A line, or a value in one."""
    return line.line if isinstance(line, Indented) else line


def is_record_in_lines(texts: Iterable[str], ended: bool) -> bool:
    """Return whether texts of a log are the lines of an indented record or error, which is whole unless they ended."""
    pieces = (line for text in texts for line in text.removesuffix("\n").split("\n"))
    lines = deque(encoded(line) + b"\n" for line in pieces)
    return any(isinstance(one, Indented) for one in IndentedValues().lines(lines, ended))


def opens_object(text: str) -> bool:
    """Return whether a text may be the first line of an indented record, or of a list of them."""
    return text.rstrip().endswith("{")
