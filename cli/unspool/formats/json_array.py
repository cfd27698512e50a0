"""Framing of the elements of a JSON array: Gemini sends one without ``alt=sse``, and ``jq -s`` prints one.

An element becomes a record (B11) as soon as its last bracket arrives. There are
three modes to find its end:

    indented    the element spans lines, each indented deeper than its first. It
                ends at a closing brace with the indentation of the first line. An
                opening brace there starts another element, even if this one is
                broken (R10)
    scanned     any other object, or an array, bracket by bracket
    loose       any other value, up to the next comma or line

Gemini's elements are indented, and this mode is much faster than scanning. If
it finds a wrong end, the bytes are not valid JSON and are scanned. Elements
that are complete in a block and laid out as Gemini does are split all at once.
"""

import re
from typing import Protocol

from unspool.formats.bounded_lines import LARGEST_RECORD, SHOWN, too_large
from unspool.formats.json_codec import decode_leading
from unspool.formats.record import DONE, Record, RecordKind

_BETWEEN = re.compile(rb"[\s,\[\]]*")
_COMMA = b"\n,\n"
_USUAL = _COMMA + b"{"
"""The bytes that Gemini writes between two elements, and the first byte of the second."""
_FIRST_LINE, _LAST_LINE = _USUAL + b"\n", b"\n}"
_SEAM = _LAST_LINE + _FIRST_LINE
_MARGIN = re.compile(rb"\n([ \t]*)[^\n]*\Z")
_LONGEST_GAP = 64  # bytes before an element in which its indentation is searched
_NO_BRACKETS = rb'[^{}\[\]"\n]*+(?:"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"[^{}\[\]"\n]*+)*+'
_DEEPEST = 9  # brackets inside of each other that one pattern matches: of a chunk in an object around it


def _in_line(depth: int) -> bytes:
    """A pattern for what is between two brackets in one line."""
    if not depth:
        return _NO_BRACKETS
    return rb"%b(?:[{\[]%b[}\]]%b)*+" % (_NO_BRACKETS, _in_line(depth - 1), _NO_BRACKETS)


_IN_LINE = re.compile(rb"([\s,\[\]]*+)(\{%b\})" % _in_line(_DEEPEST - 1))
"""An object in one line, and the bytes before it. The kinds of its brackets need not agree, as where it is scanned."""
_TOKEN = re.compile(rb'"[^"\\\n]*"|["{}\[\]]')
_STRING_END = re.compile(rb'[\\"\n]')
_LOOSE_END = re.compile(rb"(?=[,\n{\[\]])")
_INNER = re.compile(rb"\[\s*\Z")
_DONE_END = re.compile(rb"\]|(?=[,\n{\[])")


class _ScanMode(Protocol):
    """A search for the end of an element."""

    def feed(self, block: bytes, at: int) -> int | None:
        """Read from the position ``at``; returns the position after the element, None if ``block`` ends before."""


class _Indented:
    """Search for a closing brace with the indentation of the element's first line."""

    def __init__(self, margin: bytes) -> None:
        self.indented = (b"{\n%b " % margin, b"{\n%b\t" % margin)
        self.opening = b"\n%b{" % margin
        self._closing = b"\n%b}" % margin
        self._longest = len(margin) + 1  # bytes at the end of a block that may be the first of the closing line
        self._tail = b""

    def feed(self, block: bytes, at: int) -> int | None:
        if self._tail:
            seam = (self._tail + block[at : at + self._longest]).find(self._closing)
            if seam >= 0:
                return at + seam + len(self._closing) - len(self._tail)
        end = block.find(self._closing, at)
        if end >= 0:
            return end + len(self._closing)
        self._tail = (self._tail + block[max(at, len(block) - self._longest) :])[-self._longest :]
        return None


class _Scanned:
    """Search for the bracket that closes the first one, which has been read.

    A line feed ends a string, since a string cannot contain one (RFC 8259, section 7).
    """

    def __init__(self) -> None:
        self._depth = 1
        self._in_string = False
        self._skip = 0  # bytes of the next block that belong to an escape

    def feed(self, block: bytes, at: int) -> int | None:
        at += self._skip
        self._skip = 0
        while True:
            if self._in_string:
                at = self._string(block, at)
            token = None if self._in_string else _TOKEN.search(block, at)
            if token is None:
                return None
            text, at = token.group(), token.end()
            if text == b'"':
                self._in_string = True
            elif text in b"{[":
                self._depth += 1
            elif text in b"}]":
                self._depth -= 1
                if not self._depth:
                    return at

    def _string(self, block: bytes, at: int) -> int:
        """Read a string; returns the position after it, or the end of the block."""
        while mark := _STRING_END.search(block, at):
            at = mark.end()
            if mark.group() != b"\\":
                self._in_string = False
                return at
            at += 1
        self._skip = max(0, at - len(block))
        return at


class _Loose:
    """Search for a character that may follow a number or a word."""

    def __init__(self, end: re.Pattern[bytes]) -> None:
        self._end = end

    def feed(self, block: bytes, at: int) -> int | None:
        end = self._end.search(block, at)
        return end.end() if end else None


class JsonArray:
    """Framing of the elements of one array, or of consecutive arrays.

    Of an element of more than ``largest`` bytes only the beginning is kept, while its end is searched.
    """

    def __init__(self, offset: int = 0, largest: int = LARGEST_RECORD) -> None:
        self.number = 0
        self._largest = largest
        self._size = 0  # bytes of the current element
        self._cut = False  # more of it came than is kept
        self._offset = offset
        self._begun_at = 0
        self._parts: list[bytes] = []  # of the current element
        self._mode: _ScanMode | None = None
        self._gap = b""  # the last bytes before the current element
        self._margin = b""
        self._trusts = True  # whether an element that looks indented is read as such
        self._open = 0  # arrays that have begun and not ended

    @property
    def unclosed(self) -> bool:
        """Return whether an array has begun and not ended."""
        return self._open > 0

    def feed(self, block: bytes) -> list[Record]:
        """Return the records that ``block`` completes."""
        records: list[Record] = []
        first, last = (seam + len(_LAST_LINE) for seam in (block.find(_SEAM), block.rfind(_SEAM)))
        for piece in (block[:first], block[first:last], block[last:]) if first < last else (block,):
            if not self._split_at_once(piece, records):
                self._read(piece, self._offset, records)
            self._offset += len(piece)
        return records

    def close(self) -> list[Record]:
        """Return the last element, if it was cut (R11)."""
        records: list[Record] = []
        if self._parts:
            self._end(b"", records)
        if self._parts:
            self._append(b"".join(self._parts), records)
        return records

    def _split_at_once(self, piece: bytes, records: list[Record]) -> bool:
        """Append a record for each element if ``piece`` has Gemini's layout and all are valid; else append none."""
        *parts, behind = piece.split(_LAST_LINE)
        if not parts or behind or self._parts or self._gap or not all(part.startswith(_FIRST_LINE) for part in parts):
            return False
        datas = [part[len(_COMMA) :] + _LAST_LINE for part in parts]
        values = list(decode_leading(datas))
        if len(values) != len(datas):
            return False
        self._margin = b""
        offset = self._offset + len(_COMMA)
        for data, value in zip(datas, values, strict=True):
            self.number += 1
            record = Record(self.number, offset, data, None, ("B11",))
            record.set_value(value)
            records.append(record)
            offset += len(data) + len(_COMMA)
        return True

    def _read(self, block: bytes, offset: int, records: list[Record]) -> None:
        at = 0
        while at < len(block):
            if not self._parts:
                at = self._take_in_line(block, at, offset, records)
                at = self._begin(block, at, offset)
                continue
            if self._mode is None:
                self._mode = _Indented(self._margin) if self._trusts and block.startswith(b"\n", at) else _Scanned()
            end = self._mode.feed(block, at)
            if end is None:
                self._keep(block[at:])
                return
            self._end(block[at:end], records)
            at = end

    def _keep(self, piece: bytes) -> None:
        """Add a piece to the current element."""
        if self._cut:
            return
        if len(self._parts) == 1:
            self._size = len(self._parts[0])
        self._size += len(piece)
        self._parts.append(piece)
        if self._size > self._largest:
            self._parts, self._cut = [b"".join(self._parts[:SHOWN])[:SHOWN]], True

    def _take_in_line(self, block: bytes, at: int, offset: int, records: list[Record]) -> int:
        """Append a record for each element in one line, as scanning does; returns the position after them."""
        while not self._gap and (element := _IN_LINE.match(block, at)):
            gap = element[1]
            if gap != b",":
                opened = self._opened(gap)
                if opened > 1:  # the element is an array
                    return at
                self._open = opened
                margin = _MARGIN.search(gap[-_LONGEST_GAP:])
                if margin:
                    self._margin = margin.group(1)
            self.number += 1
            records.append(Record(self.number, offset + element.start(2), element[2], None, ("B11",)))
            at = element.end()
        return at

    def _begin(self, block: bytes, at: int, offset: int) -> int:
        """Skip the bytes between two elements and start the next one; returns the position after its first byte."""
        if not self._gap and block.startswith(_USUAL, at):
            self._margin, self._parts, self._mode = b"", [b"{"], None
            self._begun_at = offset + at + len(_USUAL) - 1
            return at + len(_USUAL)
        between = _BETWEEN.match(block, at)
        start = between.end() if between else at
        self._open = self._opened(block[at:start])
        self._gap = (self._gap + block[at:start])[-_LONGEST_GAP:]
        if start == len(block):
            return start
        margin = _MARGIN.search(self._gap)
        if margin:  # else it follows a bracket or a comma in the same line, and the indentation before it still counts
            self._margin = margin.group(1)
        first = block[start : start + 1]
        if first == b"D" and self._gap.endswith(b"["):  # [DONE] is no array
            first, self._mode = b"[D", _Loose(_DONE_END)
            self._open -= 1
        elif self._open > 1 and (inner := _INNER.search(self._gap)):  # an element that is an array
            self._parts, self._gap, self._mode = [inner.group()], b"", _Scanned()
            self._open -= 1
            self._begun_at = offset + start - len(inner.group())
            return start
        else:
            self._mode = None if first == b"{" else _Loose(_LOOSE_END)
        self._parts, self._gap = [first], b""
        self._begun_at = offset + start + 1 - len(first)
        return start + 1

    def _opened(self, gap: bytes) -> int:
        """Return the arrays that are open behind the bytes between two elements."""
        return self._open + gap.count(b"[") - gap.count(b"]")

    def _end(self, piece: bytes, records: list[Record]) -> None:
        self._keep(piece)
        if self._cut:
            self._cut = False
            self._append(self._parts[0], records)
            records[-1].mark_malformed(too_large(self._largest))
            records[-1].cut = True
            return
        data = b"".join(self._parts)
        if not isinstance(self._mode, _Indented):
            self._append(data, records)
            return
        record = Record(self.number + 1, self._begun_at, data, None, ("B11",))
        record.parse()
        if record.kind is RecordKind.MALFORMED:
            self._part(data, self._mode, records)
        else:
            self._parts, self.number = [], record.number
            records.append(record)

    def _part(self, data: bytes, mode: _Indented, records: list[Record]) -> None:
        """Scan bytes that have the indentation of an element but are not valid JSON.

        If the lines are indented, an element without an end is broken, and ends where the next one starts.
        """
        indented = data.startswith(mode.indented)
        begun_at = self._begun_at
        for piece in data.split(mode.opening) if indented else [data]:
            element = piece if piece.startswith(b"{") else b"{" + piece
            self._begun_at = begun_at
            self._parts, self._mode, self._trusts = [b"{"], _Scanned(), False
            self._read(element[1:], begun_at + 1, records)
            if indented and self._parts:
                self._append(b"".join(self._parts), records)
                self._trusts = True
            begun_at += len(element) + len(mode.opening) - 1

    def _append(self, data: bytes, records: list[Record]) -> None:
        self._parts = []
        self.number += 1
        record = Record(self.number, self._begun_at, data.rstrip(), None, ("B11",))
        if record.data == DONE:
            record.kind = RecordKind.DONE
        records.append(record)
