"""Emitted text is known again by its length and its end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unspool.core.rewriter.emitted_text import EmittedText


def emitted(*pieces: str) -> EmittedText:
    text = EmittedText()
    for piece in pieces:
        text.add(piece)
    return text


@given(st.lists(st.text(max_size=60), max_size=6), st.text(max_size=5))
def test_what_a_whole_text_has_beyond_the_pieces_is_its_end(pieces: list[str], end: str) -> None:
    assert emitted(*pieces).remainder("".join(pieces) + end) == end


@pytest.mark.parametrize("whole", ["Gate", "Gate five.", "", "gate four."])
def test_another_text_has_no_remainder(whole: str) -> None:
    assert emitted("Gate ", "four.").remainder(whole) is None


def test_a_long_text_is_known_again_whatever_its_pieces() -> None:
    """Its end is taken again and again, after some thousand characters each time."""
    words = [*(f"word{number} " for number in range(3000)), "end"]
    assert emitted(*words).remainder("".join(words) + " more") == " more"
