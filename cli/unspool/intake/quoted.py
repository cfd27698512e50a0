"""Lines that hold the record in a quoted string: logfmt, ``%q`` and ``repr`` of JSON text, CSV.

The string that holds a record in one line shows which it is in the others: the
one behind the same name, or in the same column of a table.
"""

import ast
import re
from collections.abc import Iterator
from itertools import islice

from unspool.formats.json_codec import decode_strings, encode
from unspool.intake.asked import Asked, Notice
from unspool.intake.envelope import is_cut
from unspool.intake.items import Found, Item, LineLayer
from unspool.intake.paths import holds_record, json_in
from unspool.intake.prefix import begins_record

_QUOTED = re.compile(rb'((?<![\w.\-@])[\w.\-@]{0,64}+[=:]\s*|(?<![^\s,;|(]))"((?:[^"\\]|\\.)*)"')
_PYTHON = re.compile(rb"((?<![\w.\-@])[\w.\-@]{0,64}+[=:]\s*|(?<![^\s,;|(\[]))(b?'(?:[^'\\]|\\.)*')")
_CELL = re.compile(rb'(?:\A|(?<=[,;\t]))(?:"([^"]*+(?:""[^"]*+)*+)(?:"|\Z)|([^",;\t]*))(?=[,;\t]|\Z)')
_DOCUMENT = re.compile(rb'\s*(?:\{|\[\s*[\[{"])')
_BARE = rb"([^\s\"]+)"
_NAMED = re.compile(rb"\s+[\w.\-@]+=")
"""The next member of a line, behind one whose value is empty."""
_ESCAPE = re.compile(rb"\\\\|((?:\\x[0-9a-fA-F]{2})+)|\\[av0']")
"""Escapes that JSON lacks: bytes in hexadecimal (nginx, Go) and single characters (Go)."""
_NUMBER = re.compile(rb"\d+")
_LONGEST_ROW = 1 << 26  # bytes; a quote that nothing closes opens no longer cell
_HTTP_CLIENT = re.compile(rb"\b(?:send|reply): b?'")
"""What Python's http.client prints of a request, and of the status of its response."""
_MOST = 32  # strings of a line that are looked at


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A line that is no JSON object, with a record in one of its strings."""
    if _DOCUMENT.match(head):
        return False
    whole = head if ended else head[: head.rfind(b"\n") + 1]
    column = _column(whole) if b'{""' in whole else None
    if column is not None:
        return Column(column)
    for line in whole.splitlines():
        for found in _PYTHON.finditer(line) if _may_be_python(line) else ():
            if holds_record(_text(_evaluated(found[2]))):
                return Quoted(found, True)
        if (b'{\\"' not in line and b'{""' not in line and b"{\\x22" not in line) or begins_record(line):
            continue
        for number, found in enumerate(_QUOTED.finditer(line)):
            if number < _MOST and holds_record(_unquoted(found[2])):
                return Quoted(found)
    return False


def _may_be_python(line: bytes) -> bool:
    return b"'" in line and b'{"' in line and not _HTTP_CLIENT.search(line)


def _column(head: bytes) -> int | None:
    """The column of the first cell that holds a record, with doubled quotes in it."""
    for row in _Rows().feed(head.splitlines(True), True):
        for column, cell in enumerate(_CELL.finditer(row.rstrip(b"\r\n"))):
            if cell[1] is not None and holds_record(_text(_undoubled(cell))):
                return column
    return None


class Quoted(LineLayer):
    """The strings behind one name, each as a line; or Python's literals, joined where they hold line ends."""

    def __init__(self, example: re.Match[bytes], python: bool = False) -> None:
        self._name = example[1].strip()
        behind = f" behind {self._name.decode('utf-8', 'replace')}" if self._name else ""
        super().__init__(Notice(f"lines with records in quoted strings{behind}: the strings are read"))
        self._python = python
        self._joined: bool | None = None  # the literals are pieces of a text, and not its lines
        name = _NUMBER.sub(rb"\\d+", re.escape(self._name))  # of the chunk, say
        before = (rb"(?<![\w.\-@])" + name if name else rb"(?<![^\s,;|(\[])") + rb"\s*"
        string = rb"(b?'(?:[^'\\]|\\.)*')" if python else rb'"((?:[^"\\]|\\.)*)"'
        self._pattern = re.compile(before + rb"(?:" + string + (rb"|" + _BARE if self._name else b"|(?!)()") + rb")")
        self._others = len(self._pattern.findall(example.string, 0, example.start()))  # strings that come before it

    def _line(self, line: bytes) -> Iterator[Item]:
        found = next(islice(self._pattern.finditer(line), self._others, None), None)
        if found is None or (self._python and _HTTP_CLIENT.search(line)):
            return
        if found[1] is None:
            if _NAMED.match(line, found.start() + len(self._name)):
                return
            yield found[2].rstrip(b"\r\n") + b"\n"
            return
        text = _evaluated(found[1]) if self._python else _unquoted(found[1]).encode("utf-8", "surrogatepass")
        if self._joined is None:
            self._joined = self._python and (b"\n" in text or is_cut(_text(text)))
        yield text if self._joined else text.rstrip(b"\r\n") + b"\n"


class _Rows:
    """Lines in, the rows of a table out: a cell in quotes may hold line ends (RFC 4180)."""

    def __init__(self) -> None:
        self._row: list[bytes] = []
        self._open = False  # inside of a cell in quotes
        self._bytes = 0

    def feed(self, lines: list[bytes], ended: bool = False) -> Iterator[bytes]:
        for line in lines:
            self._row.append(line)
            self._bytes += len(line)
            self._open ^= bool(line.count(b'"') % 2)
            if not self._open or self._bytes > _LONGEST_ROW:
                yield self._take()
        if ended and self._row:
            yield self._take()

    def _take(self) -> bytes:
        row = b"".join(self._row)
        self._row, self._open, self._bytes = [], False, 0
        return row


class Column(LineLayer):
    """The cells of one column of a table (RFC 4180), each as a line."""

    def __init__(self, column: int) -> None:
        super().__init__(Notice(f"a table with records in column {column + 1}: its cells are read"))
        self._column = column
        self._rows = _Rows()

    def close(self) -> Iterator[Item]:
        """Yield the cell of the last row, which may be cut."""
        yield from super().close()
        for row in self._rows.feed([], True):
            yield from self._row(row)

    def _line(self, line: bytes) -> Iterator[Item]:
        for row in self._rows.feed([line]):
            yield from self._row(row)

    def _row(self, row: bytes) -> Iterator[Item]:
        for column, cell in enumerate(_CELL.finditer(row.rstrip(b"\r\n"))):
            if column == self._column:
                text = _undoubled(cell) if cell[1] is not None else cell[2]
                if b"{" in text or text.startswith((b"data:", b"event:", b"[")):  # not the heading
                    yield text + b"\n"


def _undoubled(cell: re.Match[bytes]) -> bytes:
    return cell[1].replace(b'""', b'"')


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _evaluated(literal: bytes) -> bytes:
    """Return the content of a literal between apostrophes, decoded as repr() wrote it.

    Unchanged where it is JSON as it is and no more JSON when decoded: then a program put
    the apostrophes around it. The other order would keep the backslashes that repr() doubled.
    """
    body = literal[literal.index(b"'") + 1 : -1]
    try:
        value = ast.literal_eval(_text(literal))
    except (ValueError, SyntaxError):
        return body
    decoded = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else bytes(value)
    return decoded if _is_json(decoded) or not _is_json(body) else body


def _is_json(data: bytes) -> bool:
    return json_in(_text(data).removeprefix("data:")) is not None


def _in_json(escape: re.Match[bytes]) -> bytes:
    if escape[1]:
        data = bytes.fromhex(escape[1].replace(b"\\x", b"").decode())
        return encode(data.decode("utf-8", "replace"))[1:-1]
    return escape[0] if escape[0] == b"\\\\" else b"'" if escape[0] == b"\\'" else b""


def _unquoted(body: bytes) -> str:
    """The text of a string in quotes, as JSON or Go writes it; as it is where it is neither."""
    body = _ESCAPE.sub(_in_json, body)
    texts = decode_strings([body])
    return _text(body) if texts is None else texts[0]
