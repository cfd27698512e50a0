"""Text for a terminal: what it would obey or hide is shown."""

import pytest

from unspool.formats.printable import one_line, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain \u00e9 \U0001f600\n\tnext", "plain \u00e9 \U0001f600\n\tnext"),
        ("\x1b[31mred\x1b[0m", "\\u001b[31mred\\u001b[0m"),
        ("\x00\x07\x08\r\x7f", "\\u0000\\u0007\\u0008\\u000d\\u007f"),
        ("\x80\x9b\x9f", "\\u0080\\u009b\\u009f"),
        ("a\u202eb\u2066c\u200f", "a\\u202eb\\u2066c\\u200f"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\U000e0041", "\\udb40\\udc41"),
        ("\U0001f469\u200d\U0001f52c", "\U0001f469\u200d\U0001f52c"),
    ],
)
def test_a_terminal_obeys_nothing(text: str, shown: str) -> None:
    """Section 3: control characters other than newline and tab are shown, as JSON would write them."""
    assert printable(text) == shown


INVISIBLE = (
    *("\u200b", "\u200c", "\u200d", "\u2060", "\u2063", "\u00ad", "\u034f", "\u180e"),
    *("\u3164", "\u115f", "\u1160", "\uffa0", "\ufe00", "\ufe0f", "\ufff9", "\ufffb"),
)


@pytest.mark.parametrize("invisible", INVISIBLE)
def test_what_a_terminal_would_hide_is_shown(invisible: str) -> None:
    assert printable(f"a{invisible}b") == f"a\\u{ord(invisible):04x}b"


@pytest.mark.parametrize(("invisible", "shown"), [("\U000e0100", "\\udb40\\udd00"), ("\U000e01ef", "\\udb40\\uddef")])
def test_selectors_of_ideographs_are_shown(invisible: str, shown: str) -> None:
    assert printable(f"\u8fbb{invisible}") == f"\u8fbb{shown}"


EMOJI = [
    "\U0001f469\U0001f3fd\u200d\U0001f4bb",  # a person with a skin tone at a computer
    "\U0001f441\ufe0f\u200d\U0001f5e8\ufe0f",  # an eye in a bubble
    "\u2764\ufe0f\u200d\U0001f525",
    "1\ufe0f\u20e3#\ufe0f\u20e3",  # keycaps
    "\u26a0\ufe0e",
    "\U0001f3f3\ufe0f\u200d\U0001f308",
]


@pytest.mark.parametrize("emoji", EMOJI)
def test_joiners_inside_of_emoji_stay_wherever_the_text_is_cut(emoji: str) -> None:
    text = f"a{emoji}b"
    for cut in range(len(text) + 1):
        head, tail = text[:cut], text[cut:]
        assert printable(head) + printable(tail, head[-2:]) == text


def test_a_joiner_behind_an_emoji_joins_it_to_no_letter() -> None:
    assert printable("\U0001f469\u200da1\ufe0f2") == "\U0001f469\\u200da1\\ufe0f2"


def test_a_message_stays_on_its_line() -> None:
    assert one_line("a\nb\tc\r\x1b") == "a\\nb\\tc\\u000d\\u001b"
