"""Emitted text is known again by marks of it, with other white space too; another text is told from it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unspool.core.rewriter.emitted_text import EmittedText


def emitted(*pieces: str) -> EmittedText:
    text = EmittedText()
    for piece in pieces:
        text.add(piece)
    return text


def contradicts(text: EmittedText, whole: str) -> bool:
    return text.remainder(whole) is None and text.is_other(whole)


@given(st.lists(st.text(max_size=60), max_size=6), st.text(max_size=5))
def test_what_a_whole_text_has_beyond_the_pieces_is_its_end(pieces: list[str], end: str) -> None:
    assert emitted(*pieces).remainder("".join(pieces) + end) == end
    assert not contradicts(emitted(*pieces), "".join(pieces) + end)


@pytest.mark.parametrize("whole", ["Gate", "Gate five.", "", "gate four."])
def test_another_text_has_no_remainder(whole: str) -> None:
    assert emitted("Gate ", "four.").remainder(whole) is None


WORDS = [*(f"word{number} " for number in range(9000)), "end"]


@pytest.mark.parametrize("start", ["", "\n ", " " * 5000])
def test_a_long_text_is_known_again_whatever_its_pieces(start: str) -> None:
    """Its marks are taken again and again, after some thousand characters each time."""
    text = emitted(start, *WORDS)
    assert text.remainder(start + "".join(WORDS) + " more") == " more"
    assert text.remainder("".join(WORDS)) == ""
    assert text.remainder("".join(WORDS).replace("word1999", "ward1999")) is None


@pytest.mark.parametrize(
    ("pieces", "whole", "rest"),
    [
        (["\n", "\n Gate four."], "Gate four.", ""),
        (["  ", "Gate four.", " \n"], "Gate four.", ""),
        (["Gate four."], " Gate four.\n", ""),
        (["Gate\n", "four."], "Gate\r\nfour.\r\n", ""),
        (["\n\nGate four "], "Gate four is open.", "is open."),
        (["\n\nGate four"], "Gate four is open.", " is open."),
        (["\n\nGate fo"], "Gate four is open.", "ur is open."),
        # JSON in another spelling: the blanks that follow may be of a string.
        (['{"query":"Gate  '], '{"query": "Gate    four"}', '  four"}'),
        (['{"a": '], '{"a":1}', "1}"),
        (["\n"], "Gate four.", "Gate four."),
        (["  \n"], " ", ""),
        ([], "Gate four.", "Gate four."),
        (["At 9 \ud83d", "\ude00"], "At 9 \U0001f600 sharp", " sharp"),
        (["At 9 \ud83d", "."], "At 9 \ufffd.", ""),
        (["At", "9" * 65_535 + "\ud83d\ude00", "."], "At" + "9" * 65_535 + "\U0001f600. More", " More"),
    ],
)
def test_white_space_and_halves_of_pairs_do_not_tell_a_text_from_another(
    pieces: list[str], whole: str, rest: str
) -> None:
    assert emitted(*pieces).remainder(whole) == rest
    assert not contradicts(emitted(*pieces), whole)


WHITE = [chr(code) for code in range(0x10000) if chr(code).isspace()]


@pytest.mark.parametrize("end", ["four.", "vier Türen."])
def test_each_kind_of_white_space_counts_as_none(end: str) -> None:
    for space in WHITE:
        assert emitted(f"{space}Gate{space}{space}{end}").remainder(f"Gate {end}") == "", ascii(space)


def test_the_halves_of_a_pair_may_come_before_and_after_the_marks_are_taken() -> None:
    long = "x" * 40_000
    text = emitted(long + "\ud83d", "\ude00.")
    assert text.remainder(long + "\U0001f600. More") == " More"
    assert text.remainder(" " + long + "\U0001f600. More") == " More"


@pytest.mark.parametrize("whole", ["At 9 \ud83d\ude00 sharp", "At 9 \U0001f600 sharp"])
@pytest.mark.parametrize("pieces", [["At 9 \ud83d"], ["At 9 \ud83d", "\ude00"], ["At 9 \ud83d\ude00"], ["At ", "9 "]])
def test_a_whole_text_may_have_a_pair_as_two_halves(pieces: list[str], whole: str) -> None:
    rest = emitted(*pieces).remainder(whole)
    assert rest == ("\U0001f600 sharp" if len("".join(pieces)) < 7 else " sharp")


@given(st.lists(st.text(max_size=60), max_size=4))
def test_a_stripped_text_is_the_same(pieces: list[str]) -> None:
    assert emitted(*pieces).remainder("".join(pieces).strip()) == ""


@given(st.text(max_size=400), st.integers(0, 400), st.integers(0, 400))
def test_a_part_of_the_text_is_no_other_text(text: str, start: int, size: int) -> None:
    """Of a long text only its beginning and its end are known."""
    part = text[start : start + size]
    if start == 0 or len(text) <= 256:
        assert not contradicts(emitted(text), part)


LONG = "".join(WORDS)


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ("The gate opens at nine.", "The gate opens at six."),
        ("The gate opens at nine.", "The gate opens at seven."),
        ("The gate opens at nine.", "Nine, it opens at nine."),
        ("At nine.", "The gate opens at nine."),
        (LONG, LONG.replace("word7 ", "word8 ")),
        (LONG, LONG.replace("word1999 ", "word2000 ")),
        (LONG, LONG.replace("word7 ", "word ")),
        (LONG, LONG.replace("word8990 ", "word ")),
        (LONG, "end of it"),
        (LONG, "word0 word1 end of it"),
    ],
)
def test_another_text_contradicts_the_deltas(said: str, whole: str) -> None:
    for pieces in ([said], list(said), re.findall(r"\S+|\s+", said)):
        assert contradicts(emitted(*pieces), whole)


@pytest.mark.parametrize("whole", ["", " ", "word0", LONG[:500], LONG[:-3], LONG[-500:], "end", LONG + " of it"])
def test_a_part_of_a_long_text_is_no_other(whole: str) -> None:
    assert not contradicts(emitted(LONG), whole)
