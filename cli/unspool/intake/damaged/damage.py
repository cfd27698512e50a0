"""Small damage that is undone where a record cannot be read, and indented events.

salvage(record) -> the records in it; None where there is no such damage
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from itertools import islice
from typing import Any

from unspool.core.errors import MalformedRecord
from unspool.formats.detect import nesting
from unspool.formats.json_array import JsonArray
from unspool.formats.json_codec import decode, without_long_strings
from unspool.formats.record import Record
from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Found, Item, LineLayer
from unspool.intake.json_text.literals import value_at, value_of
from unspool.intake.json_text.paths import is_known

_DOUBLE = re.compile(rb"(?:\s*+data:)++\s*+(?=[{\[])")
_BEFORE = re.compile(rb"[^{}\"]{1,200}?data: ?(?=\{)")
_WORD = re.compile(rb"\w")
_INDENTED = re.compile(rb"((?:(?::|event:|id:|retry:)[^\n]*\n|[^\S\n]*\n)*+)(data: ?[{\[][ \t]*\r?\n)?")
_NAMED = re.compile(rb"(\s*event: ?[\w.:/-]++)(?:[ \t]|\\[nr])++(?=data: ?[{\[])")
_LONGEST_NAME = 200  # bytes
_FIELD = b"data:"
_DONE = b"[DONE]"  # it begins as a list does
_SEPARATOR = r"(?:[\s,\0]|\\[nr]|data:|event:[ \t]*+[\w.:/-]++(?=\s|\\[nr])|\[DONE\])*+"
"""What is between values in one line: nothing, white space, NUL, or the fields whose line ends were lost."""
_BETWEEN = re.compile(_SEPARATOR)
_NEXT = re.compile((r"[}\]]" + _SEPARATOR + r"[{\[]|data: ?\{\"").encode())
_NEXT_LIST = re.compile(rb"\][^\S\n]*+\n\s*+\[")
_RESUMES = re.compile(r"(?:event:[ \t]*+[\w.:/-]++(?:\s|\\[nr])++)?data: ?(?=\{\")")
"""The field of the next event behind a part that cannot be read: in a string, the quote would be escaped."""
_MOST = 10_000  # values glued together in one record
_MOST_BROKEN = 100  # parts of one record that cannot be read: an error of the decoder takes the time of all before it


def salvage(record: Record, in_dialect: bool = False) -> list[Record] | None:
    """The records in one whose data are not JSON, with the quirk of its damage.

    ``in_dialect`` if the dialect of the stream is known: then its objects need not show it.
    """
    found = _salvaged(record.data, record.line is None, in_dialect)
    return None if found is None else _pieces(record, *found)


def glued_objects(record: Record) -> list[Record] | None:
    """The records in one with values one behind the other, of any format; None where there is one, or one is cut.

    The line of each begins with what was before the first.
    """
    found = list(islice(_values(record.data), _MOST + 1))
    if not 1 < len(found) <= _MOST:
        return None
    texts = [one[1] for one in found if isinstance(one, tuple)]
    if len(texts) < len(found):
        return None
    before = b"" if record.line is None else record.line.partition(record.data)[0]
    return _pieces(record, texts, "B30", before)


def elements(record: Record) -> list[Record] | None:
    """The records in one whose value is a list; None where an element is of no known format."""
    if not record.value or not all(isinstance(one, dict) and is_known(one) for one in record.value):
        return None
    framing = JsonArray()
    texts = [one.data for one in (*framing.feed(record.data), *framing.close())]
    return _pieces(record, texts, "B11") if len(texts) == len(record.value) else None


def _pieces(record: Record, pieces: list[bytes], quirk: str, before: bytes = b"") -> list[Record]:
    """The parts of a record as records of the same line."""
    quirks = record.quirks if quirk in record.quirks else (*record.quirks, quirk)
    ends = [b"\n"] * (len(pieces) - 1) + [record.end]
    lines = [None if record.line is None else before + piece for piece in pieces]
    return [
        Record(record.number, record.offset, piece, line, quirks, end)
        for piece, line, end in zip(pieces, lines, ends, strict=True)
    ]


def _salvaged(data: bytes, in_event: bool, in_dialect: bool) -> tuple[list[bytes], str] | None:
    """The texts of the records in ``data``, and the quirk; ``in_event`` if it is the data of an event already."""
    marked = data.startswith(BOM_UTF8)
    rest = data.removeprefix(BOM_UTF8)
    doubled = _DOUBLE.match(rest) if in_event else None
    if doubled:
        rest = rest[doubled.end() :]
    if (marked or doubled) and _is_json(rest):
        return [rest], "B31" if doubled else "B32"
    listed = rest.rstrip()
    if listed.endswith(b"},") and _is_json(listed[:-1]):
        return [listed[:-1]], "Q66"
    values = _glued(rest, in_dialect)
    if values is not None:
        return values, "B30"
    record = _with_text(rest)
    return None if record is None else ([record], "B40")


def _is_json(data: bytes) -> bool:
    """Return whether bytes are JSON, as it seems: long strings are left to whoever reads the record."""
    try:
        decode(without_long_strings(data))
    except MalformedRecord:
        return False
    return True


def _with_text(data: bytes) -> bytes | None:
    """The record of a line with text before its field name, or behind its object."""
    before = _BEFORE.match(data)
    if before:
        record = data[before.end() :]
        return record if _is_json(record) else None
    end = data.rfind(b"}") + 1
    if data.find(b"{", end) >= 0 or not data.startswith(b"{") or not _WORD.search(data, end):  # no stray quote or comma
        return None
    record = data[:end]
    return record if _is_record(value_of(without_long_strings(record))) else None


def _glued(data: bytes, in_dialect: bool) -> list[bytes] | None:
    """Objects or lists one behind the other without a line end; None where none is of a known format.

    What is of no known format passes as one record, with its bytes as they are (R1). A part that cannot
    be read is one of the records, to be reported; then all others must be of a known format.
    """
    found = list(islice(_values(data), _MOST + 1))
    if not 1 < len(found) <= _MOST or sum(isinstance(one, bytes) for one in found) > _MOST_BROKEN:
        return None
    known = [_is_record(one[0]) for one in found if isinstance(one, tuple)]
    sure = in_dialect or (all(known) if len(known) < len(found) else any(known))
    return [one[1] if isinstance(one, tuple) else one for one in found] if known and sure else None


def _is_record(value: Any) -> bool:
    return is_known(value) or (isinstance(value, dict) and "error" in value)


def values_in(data: bytes) -> tuple[list[Any], bytes] | None:
    """Objects one behind the other, as an array and its JSON; None where there is one alone, or one is broken."""
    found = list(_values(data)) if data.startswith(b"{") else []
    values = [one for one in found if isinstance(one, tuple)]
    if len(found) < 2 or len(values) < len(found):
        return None
    return [value for value, _ in values], b"[%b]" % b",".join(text for _, text in values)


def lists_in(data: bytes) -> tuple[list[Any], bytes] | None:
    """The elements of lists one behind the other, as one without its JSON; None where there are none, or one is cut."""
    if not _NEXT_LIST.search(data):
        return None
    text, at, elements = data.decode("utf-8", "replace"), 0, []
    while at < len(text):
        found = value_at(text, at)
        if found is None or not isinstance(found[0], list):
            return None
        elements += found[0]
        at = found[1]
        at = len(text) - len(text[at:].lstrip())
    return elements, b""


def _values(data: bytes) -> Iterator[tuple[Any, bytes] | bytes]:
    """Yield each object or list with its bytes, and the bytes alone of a broken part, up to the next event."""
    if not data.startswith((b"{", b"[")) or data.startswith(_DONE) or not _NEXT.search(data):
        return
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    at = broken = 0
    while at < len(text):
        found = value_at(text, at)
        if found is None:
            broken += 1
            following = _RESUMES.search(text, at + 1) if broken <= _MOST_BROKEN else None
            yield text[at : following.start() if following else len(text)].rstrip().encode()
            at = following.end() if following else len(text)
            continue
        value, end = found
        yield value, text[at:end].encode()
        at = end + len(_BETWEEN.match(text, end)[0])  # type: ignore[index] # it matches nothing as well


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """Events that a tool indented, or whose line ends were lost.

    Of the former a data line has nothing but a bracket, and no data line is behind it.
    """
    first = head.lstrip()[:_LONGEST_NAME]
    if first.startswith(b"event:") and b"\n" not in first:
        if _NAMED.match(head):
            return NamedInLine()
        return None if len(first) < _LONGEST_NAME and not ended else False
    found = _INDENTED.match(head)
    assert found is not None  # it matches nothing, too
    if found[2]:
        behind = head[found.end() : found.end() + len(_FIELD)]
        if len(behind) < len(_FIELD) and _FIELD.startswith(behind) and not ended:
            return None
        return False if behind == _FIELD else IndentedEvents()  # B8: the server itself wrote the event in lines
    return None if found[1] and found.end() == len(head) and not ended else False  # the data line is to come


class NamedInLine(LineLayer):
    """Events with their name and their data in one line, as a shell prints a stream whose line ends it lost."""

    def __init__(self) -> None:
        super().__init__(Notice("events whose line ends were lost: each is read", quirk="B30"))

    def _line(self, line: bytes) -> Iterator[Item]:
        found = _NAMED.match(line)
        yield b"%b\n%b\n" % (found[1], line[found.end() :]) if found else line


class IndentedEvents(LineLayer):
    """Events whose JSON a tool broke into lines, each joined again."""

    def __init__(self) -> None:
        super().__init__(Notice("events that a tool indented: their lines are joined", quirk="B33"))
        self._open: list[bytes] = []
        self._depth = 0

    def close(self) -> Iterator[Item]:
        """Yield the last event, complete or not."""
        yield from super().close()
        if self._open:
            yield b"".join(self._open) + b"\n\n"

    def _line(self, line: bytes) -> Iterator[Item]:
        if not self._open and not line.startswith(b"data:"):
            yield line
            return
        self._open.append(line.strip(b"\r\n"))
        self._depth += nesting(line)
        if self._depth <= 0:
            yield b"".join(self._open) + b"\n"
            self._open, self._depth = [], 0
