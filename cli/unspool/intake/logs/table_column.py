"""Tables as text (CSV, RFC 4180) with the records, or their lines, in the cells of one column."""

import re
from collections.abc import Iterator
from itertools import chain

from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Found, Item, LineLayer, Part, whole_lines
from unspool.intake.json_text.literals import begins_document, is_whole_line, text_of
from unspool.intake.json_text.paths import holds_record
from unspool.intake.json_text.stream_text import ELEMENT, OF_STREAM
from unspool.intake.logs.indented import is_record_in_lines
from unspool.intake.logs.mixed import MixedStreams

_CELL = rb'(?:\A|(?<=%b))(?:"([^"]*+(?:""[^"]*+)*+)(?:"|\Z)|([^"%b]*+))(?=%b|\Z)'
_CELLS = {one: re.compile(_CELL % (one, one, one)) for one in (b",", b";", b"\t")}
"""The cells of a row, by what is between them."""
_OPENS = re.compile(rb'(?:\A|(?<=[,;\t]))"(?=\[?\{|data:)')
"""The beginning of a cell with a record."""
_LONGEST_ROW = 1 << 26  # bytes; a quote that nothing closes opens no longer cell


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A column with a record in a cell, with doubled quotes in it, or with the lines of an indented one."""
    if begins_document(head) or b'""' not in head or b"{" not in head:
        return False
    rows = list(_Rows().feed(whole_lines(head, ended).splitlines(True), True))
    heading = b"".join(rows[:1])
    for delimiter in sorted(_CELLS, key=lambda one: one not in heading):
        column = _column(rows, ended, _CELLS[delimiter])
        if column is not None:
            return Column(column, _CELLS[delimiter])
    return False


def _column(rows: list[bytes], ended: bool, cells: re.Pattern[bytes]) -> int | None:
    texts: dict[int, list[str]] = {}
    for row in rows:
        for column, cell in enumerate(cells.finditer(row.rstrip(b"\r\n"))):
            text = text_of(_content(cell))
            if cell[1] is not None and holds_record(text):
                return column
            texts.setdefault(column, []).append(text)
    return next((column for column in texts if is_record_in_lines(texts[column], ended)), None)


class Column(LineLayer):
    """The cells of one column of a table (RFC 4180), each as a line."""

    def __init__(self, column: int, cells: re.Pattern[bytes]) -> None:
        super().__init__(Notice(f"a table with records in column {column + 1}: its cells are read"))
        self._column = column
        self._cells = cells
        self._responses = 0  # whole ones, each in its cell
        self._mixed = MixedStreams()
        self._rows = _Rows()

    def close(self) -> Iterator[Item]:
        """Yield the cell of the last row, which may be cut."""
        last = chain(super().close(), chain.from_iterable(map(self._row, self._rows.feed([], True))))
        for item in last:
            cut = isinstance(item, bytes) and not is_whole_line(item)
            yield item.rstrip(b"\n") if cut and isinstance(item, bytes) else item  # one that is cut has no end, either
        yield from self._mixed.close()

    def _line(self, line: bytes) -> Iterator[Item]:
        for row in self._rows.feed([line]):
            yield from self._row(row)

    def _row(self, row: bytes) -> Iterator[Item]:
        for column, cell in enumerate(self._cells.finditer(row.rstrip(b"\r\n"))):
            if column == self._column:
                text = _content(cell)
                if OF_STREAM.search(text_of(text)) or ELEMENT.fullmatch(text_of(text)):  # no heading, nor words
                    if text.count(b"\ndata:") > 1:
                        self._responses += 1
                        if self._responses > 1:
                            yield Part("")
                    yield from self._mixed.feed(text + b"\n")
                elif not text:  # the line behind an event
                    yield from self._mixed.feed(b"\n")


class _Rows:
    """Lines in, the rows of a table out: a cell in quotes may hold line ends (RFC 4180).

    A row that was cut in such a cell ends where a cell with a record begins: inside of a cell all quotes are doubled.
    """

    def __init__(self) -> None:
        self._row: list[bytes] = []
        self._open = False  # inside of a cell in quotes
        self._bytes = 0

    def feed(self, lines: list[bytes], ended: bool = False) -> Iterator[bytes]:
        for line in lines:
            if self._open and _begins_row(line):
                yield self._take()
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


def _begins_row(line: bytes) -> bool:
    """Return whether a line in an open cell begins another row: one quote opens a cell, and none closed one before."""
    opens = _OPENS.search(line)
    return opens is not None and line.count(b'"', 0, opens.start()) % 2 == 0


def _content(cell: re.Match[bytes]) -> bytes:
    return bytes(cell[2] if cell[1] is None else cell[1].replace(b'""', b'"'))
