"""Markdown as rich draws it, with no text lost, hidden or obeyed."""

import io
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.markdown import Markdown
from rich.segment import Segment
from tests.commands.test_terminal import OBEYED
from tests.view.documents import ANSWER, cut, documents

from unspool.view import markdown, painting
from unspool.view.blocks import Piece
from unspool.view.markdown import Page
from unspool.view.painting import text_of
from unspool.view.parts import TextPart


def drawn(text: str, width: int = 80) -> list[str]:
    """The rows of a whole document."""
    return [text_of(row) for row in Page().draw(Piece(text), width)]


def grown(pieces: list[str], width: int = 80, rows: int = 23) -> list[str]:
    """The rows of a document that came in pieces."""
    part = TextPart()
    found = []
    for piece in pieces:
        part.feed(piece)
        found += part.finished(width, rows)
        assert len(part.tail(width, rows)) <= rows
    part.close()
    return [text_of(row) for row in [*found, *part.finished(width, rows)]]


@given(documents, st.sampled_from([1, 3, 4, 17, 1000]), st.sampled_from([12, 20, 80]), st.sampled_from([3, 23]))
def test_any_cut_gives_the_same_rows(document: str, size: int, width: int, rows: int) -> None:
    assert grown(cut(document, size), width, rows) == grown([document], width, rows)


def test_rows_of_code_end_with_their_text_wherever_the_fence_was_cut() -> None:
    """The space at the end of a row, where words were folded, differed with the pieces that came."""
    document = "\n".join(["```python", "", "", "word " * 25, "plain text", "", ""])
    rows = grown(cut(document, 1), 12, 3)
    assert rows == grown([document], 12, 3)
    assert rows == [row.rstrip() for row in rows]


@given(documents)
def test_what_has_come_and_what_grows_are_the_document_so_far(document: str) -> None:
    """At every moment, not only at the end."""
    part = TextPart()
    found: list[str] = []
    for at, delta in enumerate(cut(document, 5), start=1):
        part.feed(delta)
        found += [text_of(row) for row in part.finished(40, 1000)]
        tail = [text_of(row) for row in part.tail(40, 1000)]
        assert found + tail == grown([document[: 5 * at]], 40, 1000)


PLAIN_LINES = (
    "word and *more* **words**",
    "`code`",
    "",
    "",
    "- item",
    "  - deeper",
    "1. first",
    "> quoted",
    "漢字",
    "___",
)


@given(st.lists(st.sampled_from(PLAIN_LINES), max_size=12).map("\n".join))
def test_it_is_what_rich_itself_draws(document: str) -> None:
    """But for line breaks, which stay, and the number of empty rows between two blocks."""
    document = re.sub(r"(?<=[^\n])\n(?=[^\n])", "  \n", document)
    console = Console(file=io.StringIO(), width=60)
    console.print(Markdown(document, hyperlinks=False))
    theirs = [row.rstrip() for row in console.file.getvalue().split("\n")]  # type: ignore[attr-defined]
    assert [row for row in drawn(document, 60) if row] == [row for row in theirs if row]


def test_one_empty_row_stands_between_two_blocks() -> None:
    rows = drawn(ANSWER + "\n***\n# Next\n> quote\n\n- list\n\n| t |\n|---|\n| x |\n\n```\ncode\n```\n")
    assert rows[0]
    assert rows[-1]
    assert ("", "") not in set(pairwise(rows))
    assert rows.count("") == 14


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("one\ntwo", ["one", "two"]),
        ("a <b>bold</b> word", ["a <b>bold</b> word"]),
        ("<div>\n# not lost\n</div>", ["<div>", "", "not lost", "", "</div>"]),
        ("<think>\nhm\n</think>", ["<think>", "hm", "</think>"]),
        ("<!-- a note -->", ["<!-- a note -->"]),
        ("one<br>two<BR/>three", ["one", "two", "three"]),
        ("[a](http://b.c)", ["a (http://b.c)"]),
        ("[**a** b](http://b.c 'title')", ["a b (http://b.c)"]),
        ("<http://b.c>", ["http://b.c"]),
        ("<a@b.c>", ["a@b.c"]),
        ("![cat](http://b.c/d.png)", ["cat (http://b.c/d.png)"]),
        ("![](d.png)", ["image (d.png)"]),
        ("[![cat](d.png)](http://b.c)", ["cat (d.png) (http://b.c)"]),
        ("[x](javascript:alert(1))", ["[x](javascript:alert(1))"]),
        ("&lt;b&gt; &amp; &copy;", ["<b> & ©"]),
        ("[bold]no markup[/bold] :smile:", ["[bold]no markup[/bold] :smile:"]),
        ("~~gone~~", ["gone"]),
        ("#", [""]),
        ("", []),
        (">", []),
        ("```\n```", [""]),
        ("```nosuchlanguage\na\n\n\n```", ["  a"]),
        ("```\n\ta\n```", ["      a"]),
        ("    indented\n\n    code", ["  indented", "", "  code"]),
        ("| |\n|-|", ["", "─"]),
    ],
)
def test_nothing_is_lost(text: str, rows: list[str]) -> None:
    assert drawn(text) == rows


@pytest.mark.parametrize("text", ["&#27;[31m", "&#x202e;&rlm;", "&#13;", "&#x9b;", "&#xe0041;", "`a` &#x200f;"])
@pytest.mark.parametrize("around", ["{}", "[a]({})", "![{}](x)", "# {}", "| {} |\n|--|", "> - {}", "[{}](<b{}>)"])
def test_an_entity_makes_no_control_character(text: str, around: str) -> None:
    for row in drawn(around.replace("{}", text)):
        assert not OBEYED.search(row)


def test_a_link_keeps_its_target_over_pieces() -> None:
    document = "[a]: http://b.c\n\n# One\n\nsee [it][a]\n\n# Two\n\nand [a]\n"
    assert grown(cut(document, 3)) == drawn(document)
    assert "see it (http://b.c)" in drawn(document)


def test_a_target_that_comes_too_late_leaves_the_text_as_written() -> None:
    assert grown(cut("see [it][a]\n\n# One\n\n[a]: http://b.c\n", 3)) == ["see [it][a]", "", "One"]


def test_tabs_in_pieces_of_code_are_as_wide_as_in_the_whole() -> None:
    code = "```\n" + "x\n\ty\n" * 20 + "```\n"
    assert grown(cut(code, 3), 12, 3) == drawn(code, 12)


def test_code_in_pieces_keeps_its_colours() -> None:
    """A piece is highlighted with some lines before it, so that it may begin inside a string."""
    lines = [*["x = 1"] * 12, '"""', *(f"for {n}" for n in range(6)), '"""', *["y = 2"] * 12]
    part = TextPart()
    rows = []
    for line in ["```python", *lines, "```"]:
        part.feed(f"{line}\n")
        rows += part.finished(80, 20)
    assert 13 < len(rows) < 20  # the first piece ends inside the string
    part.close()
    rows += part.finished(80, 20)
    assert [text_of(row).strip() for row in rows] == lines
    inside = rows[12:20]
    assert (
        len({segment.style.color for row in inside for segment in row if segment.text.strip() and segment.style}) == 1
    )


@given(documents, st.sampled_from([2, 12, 20, 40, 80]))
def test_no_row_is_wider_than_the_screen(document: str, width: int) -> None:
    """A terminal that wraps a row itself has more rows than were counted, and keeps remains of earlier frames."""
    assert max((Segment.get_line_length(row) for row in Page().draw(Piece(document), width)), default=0) <= width


WIDE = "|City|Weather|Wind|Note|\n|--|--|--|--|\n|Oslo|rain|3|bring a coat|\n|漢字|sun|4||\n"


def test_a_table_without_room_for_its_columns_is_a_list_of_cells_behind_their_headings() -> None:
    assert drawn(WIDE, 20) == [
        *("City: Oslo", "Weather: rain", "Wind: 3", "Note: bring a coat"),
        *("", "City: 漢字", "Weather: sun", "Wind: 4", "Note:"),
    ]
    assert drawn(WIDE, 34)[0].split() == ["City", "Weather", "Wind", "Note"]
    assert drawn("|a head|another\n|--|--|\n", 5) == ["a", "head", "anoth", "er"]


@pytest.mark.parametrize("width", [100, 200])
def test_a_table_loses_nothing(width: int) -> None:
    words = [f"word{n}" * 5 for n in range(12)]
    rows = drawn(f"|{'|'.join(words)}|\n{'|--' * 12}|\n|{'|'.join(reversed(words))}|\n", width)
    shown = "".join(rows)
    assert "…" not in shown
    assert sorted(re.sub(r"[ ─]", "", shown)) == sorted("".join(words * 2))


@pytest.mark.parametrize("width", [5, 20, 40])
def test_a_table_as_lists_loses_nothing(width: int) -> None:
    words = [f"word{n}" * 5 for n in range(12)]
    shown = "".join(drawn(f"|{'|'.join(words)}|\n{'|--' * 12}|\n|{'|'.join(reversed(words))}|\n", width))
    assert shown.replace(":", "").replace(" ", "") == "".join(map("".join, zip(words, reversed(words), strict=True)))


@pytest.mark.parametrize("width", [1, 2, 5, 9])
def test_a_terminal_may_be_too_narrow(width: int) -> None:
    """A word may be broken, but all of it is there."""
    deep = "\n".join(f"{'  ' * depth}- item{depth}" for depth in range(9)) + "\n\n" + "> " * 15 + "quoted\n\n"
    text = "".join(drawn(deep + ANSWER, width)).replace(" ", "")
    for word in ("item0", "item8", "quoted", "wind", "minutes", "Enjoy"):
        assert word in text, word


def test_a_line_end_of_two_characters_is_one() -> None:
    assert grown(["a\r", "\nb\r\n", "\r", "\n", "c\rd", "\r"]) == ["a", "b", "", r"c\u000dd\u000d"]


def test_rich_gives_each_line_alone() -> None:
    """Rich splits a segment of many lines in quadratic time, also those of what is inside a list or a quotation."""
    source = "\n".join(["a line"] * 50)
    for text in (source, f"- {source}", "> " + source.replace("\n", "\n> "), f"```\n{source}\n```"):
        segments = list(painting._CONSOLE.render(markdown._document(markdown._PARSER.parse(text))))
        assert sum(one.text.count("a line") for one in segments) == 50
        assert all("\n" not in one.text[:-1] for one in segments)
