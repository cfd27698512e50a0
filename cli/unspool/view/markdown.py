"""A piece of Markdown as rich draws it, and what is done so that no text is lost, hidden or obeyed.

HTML is text here, but ``<br>``, which models put into tables. A line break stays one: where a model
writes one, it means it. Links show their target, and so do images. Characters that came in as
entities (``&#x202e;``) are cleaned as all others were before.
"""

import re
from collections.abc import Iterable, Iterator
from copy import copy
from functools import lru_cache
from typing import Any, ClassVar

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, TableElement
from rich.measure import Measurement
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from unspool.formats.printable import printable
from unspool.view.blocks import Piece
from unspool.view.painting import Row, folded, paint

_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).disable("html_block")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_THEME = "ansi_dark"  # the terminal's own colours, so that it fits a light one too
_INDENT = 2
_TAB = 4


class Page:
    """A document drawn piece by piece, as if it were drawn at once.

    What it cannot know is a link's target that is defined further down than the
    piece that uses it: there the text is shown as written.
    """

    def __init__(self) -> None:
        self._references: dict[str, Any] = {}
        self._begun = False  # there is a block from which the next is set off

    def draw(self, piece: Piece, width: int) -> list[Row]:
        """The rows of a finished piece; the next one follows it."""
        environment = {"references": self._references}
        rows = self._rows(_PARSER.parse(piece.source, environment), piece, width)
        self._references = environment["references"]
        self._begun = self._begun or bool(rows)
        return rows

    def sketch(self, piece: Piece, width: int) -> list[Row]:
        """The rows of an unfinished piece, of which nothing is remembered."""
        return self._rows(_PARSER.parse(piece.source, {"references": dict(self._references)}), piece, width)

    def _rows(self, tokens: list[Token], piece: Piece, width: int) -> list[Row]:
        """One block after the other, an empty row between two; rich by itself sets them off now more, now less."""
        found: list[Row] = []
        gap = self._begun and not piece.inside
        for at, block in enumerate(_blocks(tokens)):
            if block[0].type == "fence" and not at:
                block[0].meta = {"inside": piece.inside, "context": piece.context}
            rows = folded(paint(_document(block), max(width, _least_width(block))), width)
            if block[0].type in _SET_OFF and rows and not rows[0]:
                rows = rows[1:]
            elif block[0].type == "hr":
                rows = rows[:1]
            if rows and gap:
                found.append([])
            found += rows
            gap = gap or bool(rows) or piece.inside
        return found


_SET_OFF = {"bullet_list_open", "ordered_list_open", "blockquote_open", "table_open"}
"""The blocks that rich sets off even at the beginning."""


_TAKEN = {"bullet_list": 3, "ordered_list": 6, "blockquote": 4}
"""Columns that one level of nesting takes, at most."""
_COLUMN = 8  # columns of the screen that one of a table takes where its words are broken, at least
_ANY_WIDTH = 100_000
_NARROW = 10  # columns that are left for the text; rich leaves out what has no column at all


def _least_width(block: list[Token]) -> int:
    """The columns that the deepest part of a block needs; where there are fewer, its rows are folded."""
    taken = most = 0
    for token in block:
        taken += token.nesting * _TAKEN.get(token.type.removesuffix("_open").removesuffix("_close"), 0)
        most = max(most, taken)
    return most + _NARROW if most else _INDENT + 2  # code is indented; a character may take two columns


def _blocks(tokens: list[Token]) -> Iterator[list[Token]]:
    """The tokens of each top-level block."""
    block: list[Token] = []
    for token in tokens:
        block.append(token)
        if token.level == 0 and token.nesting < 1:
            yield block
            block = []


def _inline(tokens: Iterable[Token]) -> Iterator[Token]:
    """Inline tokens of which rich loses, joins and hides nothing."""
    link: list[Token] = []  # its own token, and those of its text
    for token in map(_shown, tokens):
        if token.type == "link_open":
            link = [token]
        elif token.type == "link_close":
            target = str(link[0].attrs["href"])
            text = "".join(one.content for one in link[1:])
            yield from link[1:] if text in (target, target.removeprefix("mailto:")) else [*link, token]
            link = []
        elif link:
            link.append(token)
        else:
            yield token


def _shown(token: Token) -> Token:
    """The token, or one that rich shows in its place."""
    token.content = printable(token.content)
    if token.type == "softbreak" or (token.type == "html_inline" and _BREAK.fullmatch(token.content)):
        return Token("hardbreak", "br", 0)
    if token.type == "html_inline":
        return Token("text", "", 0, content=token.content)
    if token.type == "image":
        return Token("text", "", 0, content=f"{token.content or 'image'} ({_target(token, 'src')})")
    if token.type == "link_open":
        token.attrs["href"] = _target(token, "href")
    return token


def _target(token: Token, attribute: str) -> str:
    return printable(str(token.attrs.get(attribute, "")))


class _Heading(Heading):
    """A heading at the left, where the text is."""

    LEVEL_ALIGN = {}  # noqa: RUF012 - as in rich


class _Table(TableElement):
    """A table without the empty rows above and below that rich gives it, and without its cuts of long words.

    Where its columns would be too narrow to read, each row is a list of cells behind their headings.
    """

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Rich's own table, changed."""
        for table in super().__rich_console__(console, options):
            if isinstance(table, Table):
                table.show_edge = False
                for column in table.columns:
                    column.overflow = "fold"
                needed = Measurement.get(console, options.update(width=_ANY_WIDTH), table).minimum
                if needed > options.max_width < _COLUMN * len(table.columns):
                    yield from self._as_lists(table)
                    return
            yield table

    def _as_lists(self, table: Table) -> Iterator[Text]:
        headings = [column.header for column in table.columns if isinstance(column.header, Text)]
        rows = [[element.content for element in row.cells] for row in self.body.rows] if self.body else []
        for place, cells in enumerate(rows):
            if place:
                yield Text()
            for heading, cell in zip(headings, cells, strict=False):
                yield Text.assemble(heading, ": ", cell) if heading else cell
        if not rows:
            yield from headings


class _Code(CodeBlock):
    """Code, indented and without a background, so that it can be copied and fits any terminal."""

    @classmethod
    def create(cls, markdown: Markdown, token: Token) -> "_Code":
        """As rich makes it; a piece of a fence knows what was drawn before."""
        code = cls(token.info.partition(" ")[0], markdown.code_theme)
        code.inside = token.meta.get("inside", False)
        code.context = token.meta.get("context", 0)
        return code

    inside = False
    context = 0

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines that were not drawn before; blank ones at the end are none."""
        code = str(self.text).rstrip().expandtabs(_TAB)
        lines = code.split("\n")
        if self.inside and len(lines) <= self.context:
            return
        text = _highlighted(code, _lexer(self.lexer_name))
        if self.context:
            text = Text("\n").join(text.split("\n")[self.context :])
        yield Padding(text, (0, 0, 0, _INDENT))


def _highlighted(code: str, lexer: Any) -> Text:
    if lexer is None:
        return Text(code)
    text = Syntax("", lexer, theme=_THEME, background_color="default").highlight(code)
    text.rstrip()
    text.no_wrap = False
    return text


@lru_cache(64)
def _lexer(name: str) -> Any:
    """Return the lexer of pygments with this name, or None; the search for an unknown language takes long."""
    return Syntax("", name).lexer


class _Document(Markdown):
    """Rich's Markdown with the elements above."""

    elements: ClassVar = {
        **Markdown.elements,
        "heading_open": _Heading,
        "table_open": _Table,
        "fence": _Code,
        "code_block": _Code,
    }


_EMPTY = _Document("", code_theme=_THEME, hyperlinks=False)
"""To make one takes longer than to draw a short paragraph, as each makes a parser."""


def _document(tokens: list[Token]) -> _Document:
    """Return the renderable of rich for tokens."""
    for token in tokens:
        if token.type == "inline":
            token.children = list(_inline(token.children or ()))
    document = copy(_EMPTY)
    # Of an inline token without children rich makes an empty row.
    document.parsed = [token for token in tokens if token.type != "inline" or token.children]
    return document
