"""The text of an item is known again as the beginning of another, and as the same."""

import pytest

from unspool.dialects.item_text import ItemText


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


@pytest.mark.parametrize(("one", "other"), [("Gate four.", "Gate five."), ("a" * 600, "b" + "a" * 599)])
def test_a_text_is_the_same_whatever_its_pieces(one: str, other: str) -> None:
    pieces, whole, another = ItemText(), ItemText(), ItemText()
    for character in one:
        pieces.add(character)
    whole.add(one)
    another.add(other)
    assert pieces.same(whole)
    assert not pieces.same(another)
