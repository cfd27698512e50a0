"""The text of an item is known again with other white space, and as a part of another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unspool.dialects.item_text import ItemText


def emitted(*pieces: str) -> ItemText:
    text = ItemText()
    for piece in pieces:
        text.add(piece)
    return text


@given(st.lists(st.text(max_size=60), max_size=3), st.lists(st.text(max_size=60), max_size=3), st.text(max_size=5))
def test_two_texts_are_one_after_they_were_joined(one: list[str], other: list[str], end: str) -> None:
    text = emitted(*one)
    text.extend(emitted(*other))
    assert text.remainder("".join([*one, *other, end])) == end


@pytest.mark.parametrize("whole", ["Gate", "Gate five.", "", "gate four."])
def test_another_text_has_no_remainder(whole: str) -> None:
    assert emitted("Gate ", "four.").remainder(whole) is None
    assert not emitted("Gate ", "four.").is_begun_by(whole)


@pytest.mark.parametrize(
    "pieces", [["Gate ", "four."], ["\n", "\n Gate four."], ["  ", "Gate four.", " \n"], ["Gate", " four.", "\n" * 30]]
)
def test_white_space_around_a_text_does_not_tell_it_from_another(pieces: list[str]) -> None:
    assert emitted(*pieces).is_begun_by("Gate four.")
    assert emitted(*pieces).is_begun_by(" Gate four.\n")


@given(st.lists(st.text(max_size=60), max_size=4))
def test_a_stripped_text_is_the_same(pieces: list[str]) -> None:
    assert emitted(*pieces).is_begun_by("".join(pieces).strip())


@pytest.mark.parametrize("start", ["", "\n ", " " * 5000])
def test_a_long_text_is_known_again_whatever_its_pieces(start: str) -> None:
    """Its end is taken again and again, after some thousand characters each time."""
    words = [start, *(f"word{number} " for number in range(3000)), "end"]
    text = "".join(words)
    assert emitted(*words).remainder(text + " more") == " more"
    assert emitted(*words).is_begun_by(text.strip())
    assert not emitted(*words).is_begun_by("x" + text.strip()[1:-1] + "x")


@pytest.mark.parametrize(
    ("text", "other", "may"),
    [("", "", True), ("Ga", "Gate", True), ("Gate", "Ga", False), ("Go", "Gate", False), ("a" * 60, "a" * 70, True)],
)
def test_a_text_may_begin_another_while_no_first_character_differs(text: str, other: str, may: bool) -> None:
    one, two = ItemText(), ItemText()
    for character in text:
        one.add(character)
        one.tail()
    two.add(other)
    assert one.may_begin(two) is may
