"""Markdown that still grows, cut where a top-level block ends.

    blocks.feed(text)          more of the document
    blocks.take(rows)          the pieces that nothing can change any more, one for each block
    blocks.take_now()          the same, however short the time since the last look, and fences whole
    blocks.rest(rows, width)   how the unfinished rest ends, as much as so many rows can show
    blocks.close()             the document is over: what is left

A piece ends where markdown-it-py ends a block, once another block has
begun behind it: until then a line may still make a heading of a paragraph, a
table of two lines, a loose list of a tight one. Only whole lines are parsed.
Of an open fence the first lines are given away where they are more than fit.

No document is parsed again and again: the parsed text is short, or has grown
by a share of its size since the last look.
"""

from itertools import pairwise
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

_SCANNER = MarkdownIt("commonmark").enable("table").disable("html_block")
_SCANNER.core.ruler.enableOnly(["normalize", "block"])

_SHORT = 2048  # characters that are parsed at every request
_SHARE = 8  # of more, an eighth must be new
_CONTEXT = 10  # lines of a fence that are highlighted again with those that follow, if they are not too long


class Piece(NamedTuple):
    """A part of the document that can be drawn by itself.

    With ``inside`` it begins in the middle of a block, whose first line (of a
    table two) is repeated; ``context`` is the number of lines of a fence
    behind it that were drawn before.
    """

    source: str
    inside: bool = False
    context: int = 0


class Blocks:
    """See the module's head."""

    def __init__(self) -> None:
        self._lines: list[str] = []  # whole ones, without their ends, that were not given away
        self._open: list[str] = []  # the line that has not ended
        self._size = self._looked = 0  # characters in lines, now and at the last look
        self._seen = 0  # lines at the last look
        self._inside = False  # the first line is repeated: what it opens was begun by a piece before
        self._context: list[str] = []
        self._forget()

    def _forget(self) -> None:
        """The result of parsing the last block: its kind, its start, and the starts of its parts."""
        self._kind = ""
        self._first = 0
        self._parts: list[int] = []
        self._from = 0  # where the excerpt begins

    def feed(self, text: str) -> None:
        """Append text to the document."""
        self._open.append(text)
        if "\n" in text:
            *whole, rest = "".join(self._open).split("\n")
            self._lines += whole
            self._open = [rest]
            self._size += sum(map(len, whole)) + len(whole)

    def take(self, rows: int) -> list[Piece]:
        """The pieces that are finished; of an open fence the lines for which ``rows`` have no place."""
        if len(self._lines) == self._seen or (self._size > _SHORT and self._size - self._looked < self._size // _SHARE):
            return []
        return self._look(rows)

    def take_now(self) -> list[Piece]:
        """The pieces that are finished, for once whatever it costs; a fence is left whole."""
        return self._look(None)

    def _look(self, rows: int | None) -> list[Piece]:
        tokens = [one for one in _SCANNER.parse("\n".join([*self._lines, ""])) if one.map]
        blocks = [one for one in tokens if one.level == 0]
        ends = [0, *(_end(block) for block in blocks[:-1])]
        pieces = [self._piece(start, end) for start, end in pairwise(ends)]
        end = ends[-1]
        if end:
            self._keep(self._lines[end:], inside=False)
        if blocks:
            self._kind, self._first = blocks[-1].type, _start(blocks[-1]) - end
            self._parts = [_start(one) - end for one in tokens if one.level == 1 and _start(one) > _start(blocks[-1])]
            if rows is not None and _is_open_fence(blocks[-1]):
                pieces += self._take_of_fence(rows)
        self._looked, self._seen = self._size, len(self._lines)
        return pieces

    def _take_of_fence(self, rows: int) -> list[Piece]:
        """The first lines of the last fence; the last of them is not blank, as it could be the fence's."""
        code = self._first + 1
        end = len(self._lines) - rows // 3
        while end > code and not self._lines[end - 1].strip():
            end -= 1
        if len(self._lines) - code <= rows or end <= code:
            return []
        piece = self._piece(0, end)
        context = _last(self._context + self._lines[code:end])
        self._keep([self._lines[self._first], *self._lines[end:]], inside=True)
        self._context, self._kind = context, "fence"
        return [piece]

    def _keep(self, lines: list[str], inside: bool) -> None:
        self._lines, self._inside = lines, inside
        self._size = sum(map(len, lines)) + len(lines)
        self._context = []
        self._forget()

    def _piece(self, start: int, end: int) -> Piece:
        """Lines of blocks that are finished."""
        if self._inside and not start:
            return self._of_fence(1, self._lines[1:end])
        return Piece("\n".join(self._lines[start:end]))

    def _of_fence(self, start: int, lines: list[str]) -> Piece:
        """The lines of the last fence from ``start`` on."""
        context = _last(self._context + self._lines[self._first + 1 : start])
        return Piece("\n".join([self._lines[self._first], *context, *lines]), inside=True, context=len(context))

    def _excerpt(self, start: int, last: str) -> Piece:
        """The end of the last block, as a block of its kind."""
        lines = [*self._lines[start:], last]
        if self._kind == "fence":
            start = max(start, self._first + 1)
            return self._of_fence(start, [*self._lines[start:], last])
        if self._kind == "table_open":
            lines = [*self._lines[self._first : self._first + 2], *lines]
        return Piece("\n".join(lines), inside=True)

    def rest(self, rows: int, width: int) -> Piece:
        """Return the rest: all of it, or an excerpt that fills at least ``rows`` rows of ``width`` cells."""
        last = "".join(self._open)
        self._open = [last]
        if len(last) > 2 * rows * width:
            return self._excerpt(len(self._lines), _tail(last, rows * width))
        start, needed = len(self._lines), len(last) // width
        while start > self._from and needed <= 2 * rows:
            start -= 1
            needed += 1 + len(self._lines[start]) // width
        if start > self._from:
            enough = max(len(self._lines) - rows, start)
            self._from = next((part for part in self._parts if part >= enough), enough)
        if self._from or self._inside:
            return self._excerpt(self._from, last)
        return Piece("\n".join([*self._lines, last]))

    def close(self) -> list[Piece]:
        """All that is left, if there is anything."""
        self.feed("\n")
        pieces = self._look(None)
        if any(self._lines):
            pieces.append(self._piece(0, len(self._lines)))
        self._keep([], inside=False)
        return pieces


def _last(lines: list[str]) -> list[str]:
    """The lines that give those behind them their colours."""
    lines = lines[-_CONTEXT:]
    while sum(map(len, lines)) > _SHORT:
        lines.pop(0)
    return lines


def _tail(line: str, area: int) -> str:
    """The end of a very long line, from a word on that stays the first while the line grows by ``area`` characters."""
    at = (len(line) // area - 1) * area
    return line[line.find(" ", at, at + area) + 1 or at :]


def _start(token: Token) -> int:
    return token.map[0] if token.map else 0


def _end(token: Token) -> int:
    return token.map[1] if token.map else 0


def _is_open_fence(token: Token) -> bool:
    """Return whether this is a fence that no line closed: its lines are then its content and the first."""
    return token.type == "fence" and _end(token) - _start(token) < token.content.count("\n") + 2
