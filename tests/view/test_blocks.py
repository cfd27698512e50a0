"""A growing document is cut where nothing can change any more, at a cost that stays in proportion to its length."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.view.documents import ANSWER, cut, documents

from unspool.view.blocks import Blocks, Piece

ROWS, WIDTH = 20, 80
SIZE = 16_384
LONG = {
    "an answer": ANSWER * 20,
    "a paragraph": "The quick brown fox jumps over the lazy dog. " * 500,
    "a paragraph of lines": "The quick brown fox jumps over the lazy dog.\n" * 500,
    "one word": "x" * SIZE,
    "a list": "- an item that says something\n" * 750,
    "a loose list": "- an item\n\n  and a paragraph in it\n\n" * 750,
    "a nested list": "- an item\n  - in it\n    1. and deeper\n" * 750,
    "a quote": "> what somebody said\n" * 1000,
    "a table": "| a | b |\n|---|---|\n" + "| one | two |\n" * 1250,
    "code": "```python\n" + "def f(x):\n    return x\n\n" * 1000,
    "code in one line": "```json\n" + '{"a": 1}, ' * 2000,
    "blank lines in code": "```\n" + "\n" * SIZE,
    "indented code": "    x = 1\n" * 2000,
    "definitions": "[a]: /url\n" * 2000,
    "html": "<div>\n" * 3000,
    "open brackets": "[" * SIZE,
    "stars": "**a " * 5000,
}


def parsed(call: Callable[[], Any]) -> int:
    """How many characters were given to a parser of Markdown meanwhile."""
    count, parse = 0, MarkdownIt.parse

    def counting(parser: MarkdownIt, source: str, *more: Any) -> Any:
        nonlocal count
        count += len(source)
        return parse(parser, source, *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MarkdownIt, "parse", counting)
        call()
    return count


@pytest.mark.parametrize("document", LONG.values(), ids=LONG)
def test_all_looks_together_read_the_document_a_few_times(document: str) -> None:
    """A look after each delta of 32 characters, 512 of them: no text is read again and again."""
    blocks = Blocks()
    pieces: list[Piece] = []

    def read() -> None:
        for delta in cut(document, 32):
            blocks.feed(delta)
            pieces.extend(blocks.take(ROWS))
        pieces.extend(blocks.close())

    assert 0 < parsed(read) < 40 * len(document)
    assert sum(len(piece.source) for piece in pieces) < 4 * len(document)


@pytest.mark.parametrize("document", LONG.values(), ids=LONG)
def test_what_is_drawn_again_and_again_stays_small(document: str) -> None:
    """However long the unfinished block is: about two screens of text."""
    blocks = Blocks()
    for delta in cut(document, 512):
        blocks.feed(delta)
        blocks.take(ROWS)
        assert len(blocks.rest(ROWS, WIDTH).source) <= 4 * ROWS * WIDTH + 8192


@given(documents, st.integers(1, 30))
def test_pieces_lose_no_line(document: str, size: int) -> None:
    """Without long fences each line is in one piece, and in their order they are the document."""
    blocks = Blocks()
    pieces = []
    for delta in cut(document, size):
        blocks.feed(delta)
        pieces += blocks.take(1000)
    pieces += blocks.close()
    assert not any(piece.inside for piece in pieces)
    assert "\n".join(piece.source for piece in pieces).rstrip("\n") == document.rstrip("\n")


def test_a_block_is_given_away_when_the_next_has_begun() -> None:
    blocks = Blocks()
    given = []
    for line in ("# Title\n", "\n", "One\n", "two\n", "\n", "- a\n", "\n", "- b\n", "\n", "End"):
        blocks.feed(line)
        given.append([piece.source for piece in blocks.take(ROWS)])
    assert given == [[], [], ["# Title"], [], [], ["\nOne\ntwo"], [], [], [], []]
    assert [piece.source for piece in blocks.close()] == ["\n- a\n\n- b\n", "End"]


def test_half_a_line_decides_nothing() -> None:
    """ "#" may become a heading, or "#5 is late", which goes on with the paragraph."""
    blocks = Blocks()
    blocks.feed("Order\n#")
    assert blocks.take(ROWS) == []
    blocks.feed("5 is late\n")
    assert blocks.take(ROWS) == []
    assert [piece.source for piece in blocks.close()] == ["Order\n#5 is late\n"]


def test_the_first_lines_of_a_long_fence_are_given_away() -> None:
    blocks = Blocks()
    blocks.feed("```python\n" + "".join(f"line {n}\n" for n in range(100)))
    (first,) = blocks.take(ROWS)
    assert (first.inside, first.context) == (False, 0)
    assert first.source.startswith("```python\nline 0\n")
    blocks.feed("".join(f"line {n}\n" for n in range(100, 130)) + "```\nbehind\n\nit\n")
    second, _ = blocks.take(ROWS)
    lines = second.source.split("\n")
    assert second.inside
    assert lines[0] == "```python"
    assert lines[1 : 1 + second.context] == first.source.split("\n")[-second.context :]
    assert first.source.split("\n")[1:] + lines[1 + second.context : -1] == [f"line {n}" for n in range(130)]


def test_nothing_comes_of_nothing() -> None:
    blocks = Blocks()
    assert blocks.take(ROWS) == []
    assert blocks.close() == []
