"""Deleting the removed marks of a word diff gives one text, deleting the added marks the other; it is one line."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unspool.formats.printable import one_line
from unspool.textdiff.colour import plain
from unspool.textdiff.word_diff import Run, mark_differences, runs, shorten

OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
REMOVED = re.compile(r"\[-(.*?)-\]")
ADDED = re.compile(r"\{\+(.*?)\+\}")

short = st.text("ab c,.é漢字_1\n\t\x1b\u202e\U0001f600", max_size=30)
hostile = st.lists(
    st.sampled_from(
        ["\x1b[31m", "\x9b", "\r", "\n", "\x00", "\u2028", "\u202e", "\ufeff", "\U000e0041", "a", " ", "b"]
    ),
    max_size=40,
).map("".join)


def sides(line: str) -> tuple[str, str]:
    """The two texts that a line without left-out stretches was made of."""
    return REMOVED.sub(r"\1", ADDED.sub("", line)), ADDED.sub(r"\1", REMOVED.sub("", line))


@given(short, short)
@example("a", "")
@example("", "a b")
@example("a b", "b a")
@example("a b c", "a x c")
def test_the_marks_part_the_two_texts(a: str, b: str) -> None:
    if a != b:
        line = mark_differences(a, b, plain) or ""
        assert sides(line) == (one_line(a), one_line(b))
        assert "[-" in line or "{+" in line


@given(hostile, hostile)
def test_no_control_character_is_left(a: str, b: str) -> None:
    assert OBEYED.search(mark_differences(a, b, plain) or "") is None
    assert OBEYED.search(shorten(a)) is None


def coloured(text: str, colour: str, /, *, reverse: bool = False) -> str:
    return f"<{colour}>{text}</>" if text else ""


BY_HAND = {
    "a word": ("at seven tonight", "at eight tonight", "at [-seven-]{+eight+} tonight"),
    "a word more": ("at seven", "at about seven", "at{+ about+} seven"),
    "a word less": ("at about seven", "at seven", "at[- about-] seven"),
    "all of it": ("yes", "no", "[-yes-]{+no+}"),
    "nothing before": ("", "Hi there", "{+Hi there+}"),
    "nothing behind": ("Hi there", "", "[-Hi there-]"),
    "words beside each other are one change": ("one two", "three four", "[-one two-]{+three four+}"),
    "and so across a comma": ("a, b.", "c, d.", "[-a, b-]{+c, d+}."),
    "words with a word between are two": ("a x b", "c x d", "[-a-]{+c+} x [-b-]{+d+}"),
    "spaces": ("a b", "a  b", "a [-b-]{+ b+}"),
    "a newline": ("a b", "a\nb", "a[- b-]{+\\nb+}"),
    "a space at the end": ("a ", "a", "a[- -]"),
    "punctuation": ("Done.", "Done!", "Done[-.-]{+!+}"),
    "a part of a word": ("booked", "booking", "[-booked-]{+booking+}"),
    "case": ("Hi", "hi", "[-Hi-]{+hi+}"),
    "numbers": ('{"n": 12}', '{"n": 13}', '{"n": [-12-]{+13+}}'),
    "Chinese by character": ("私は猫が好き", "私は犬が好き", "私は[-猫-]{+犬+}が好き"),
    "Korean by character": ("안녕하세요", "안녕하셨어요", "안녕하[-세-]{+셨어+}요"),
    "an emoji": ("ok 👍", "ok 👎", "ok [-👍-]{+👎+}"),
    "letters with accents": ("le café", "le cafè", "le [-café-]{+cafè+}"),
    "Cyrillic": ("да нет", "да да", "да [-нет-]{+да+}"),
    "escape sequences": ("\x1b[31mred", "\x1b[32mred", None),
}


@pytest.mark.parametrize(("a", "b", "line"), BY_HAND.values(), ids=BY_HAND)
def test_what_it_looks_like(a: str, b: str, line: str | None) -> None:
    assert sides(mark_differences(a, b, plain) or "") == (one_line(a), one_line(b))
    if line is not None:
        assert mark_differences(a, b, plain) == line


def test_a_word_whose_letters_have_marks_of_their_own_is_not_torn() -> None:
    """A vowel sign alone behind a bracket is drawn on the bracket."""
    assert mark_differences("मैं हिन्दी", "मैं हिन्दू", plain) == "मैं हिन्[-दी-]{+दू+}"
    assert mark_differences("cafe\u0301 bar", "cafe\u0300 bar", plain) == "[-cafe\u0301-]{+cafe\u0300+} bar"


def test_only_marks_are_painted_red_and_green() -> None:
    assert mark_differences("a x b", "c x b d", coloured) == "<red>[-a-]</><green>{+c+}</> x b<green>{+ d+}</>"


# --- what is left out ------------------------------------------------------------------------

WORDS = " ".join(f"w{number:03}" for number in range(100))  # five characters each, with the space


def test_of_a_long_beginning_the_end_is_shown() -> None:
    assert mark_differences(f"{WORDS} yes", f"{WORDS} no", plain) == f"…{WORDS[-29:]} [-yes-]{{+no+}}"


def test_of_a_long_end_the_beginning_is_shown() -> None:
    assert mark_differences(f"yes {WORDS}", f"no {WORDS}", plain) == f"[-yes-]{{+no+}} {WORDS[:29]}…"


def test_of_a_long_stretch_between_both_ends_are_shown() -> None:
    line = mark_differences(f"a {WORDS} b", f"c {WORDS} d", plain)
    assert line == f"[-a-]{{+c+}} {WORDS[:29]}…{WORDS[-29:]} [-b-]{{+d+}}"


def test_little_is_not_worth_leaving_out() -> None:
    assert mark_differences(f"{WORDS[:39]} yes", f"{WORDS[:39]} no", plain) == f"{WORDS[:39]} [-yes-]{{+no+}}"


def test_what_is_left_out_never_differs() -> None:
    """A difference in the middle of two long texts is seen."""
    long = "word " * 500
    assert "[-this-]{+that+}" in (mark_differences(f"{long}this {long}", f"{long}that {long}", plain) or "")


def test_a_long_text_is_shown_from_its_beginning_with_its_length() -> None:
    assert shorten("a" * 300) == "a" * 300
    assert shorten("a" * 301) == "a" * 300 + "… (301 characters)"
    assert shorten("a" * 1_234_567).endswith("a… (1,234,567 characters)")
    assert shorten("\n" * 301) == "\\n" * 300 + "… (301 characters)"


def test_a_long_difference_is_shown_so_too() -> None:
    same = " ".join(["same"] * 400)
    line = mark_differences(f"{same} {'a' * 700}", f"{same} {'b' * 800}", plain)
    assert line is not None
    assert line.endswith(f"[-{'a' * 300}… (700 characters)-]{{+{'b' * 300}… (800 characters)+}}")


def test_long_texts_with_less_than_half_in_common_are_not_put_into_one_line() -> None:
    """Marks at every other word are harder to read than one text below the other."""
    assert mark_differences("one two three " * 10, "four five three " * 10, plain) is None
    assert mark_differences("one two three " * 10, "one two four " * 10, plain) is not None


LOOK_ALIKE = {
    "a space that does not break": ("a\u00a0b", "a b", r"a[-\u00a0b-]{+ b+}"),
    "a space without width": ("ab", "a\u200bb", r"[-ab-]{+a\u200bb+}"),
    "an escape and its letters": ("\x1b", r"\u001b", r"[-\u001b-]{+\\u001b+}"),
    "a newline and its letters": ("\n", r"\n", r"[-\n-]{+\\n+}"),
}


@pytest.mark.parametrize(("a", "b", "line"), LOOK_ALIKE.values(), ids=LOOK_ALIKE)
def test_what_would_look_the_same_is_spelled_out(a: str, b: str, line: str) -> None:
    assert mark_differences(a, b, plain) == line


def test_two_words_changed_in_a_long_text_are_both_seen() -> None:
    words = [f"w{number % 70}" for number in range(2_000)]
    changed = [*words]
    changed[100], changed[1_900] = "first", "second"
    line = mark_differences(" ".join(words), " ".join(changed), plain) or ""
    assert ("{+first+}" in line, "{+second+}" in line, line.count("[-")) == (True, True, 2)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (" ".join(f"a{n}" for n in range(100_000)), " ".join(f"b{n}" for n in range(100_000))),
        ("a b " * 50_000, "b a " * 50_000),
        ("漢" * 100_000, "字漢" * 50_000),
        ("x" + " y" * 100_000, "z" + " y" * 100_000),
        (" " * 100_000 + "a", "\n" * 100_000 + "b"),
        ("a " * 1_000, "b a " * 500),
    ],
    ids=["no word in common", "all in common", "characters", "the first", "spaces", "short enough to be compared"],
)
def test_long_texts_come_to_an_end(a: str, b: str) -> None:
    """Comparing each word with each would take minutes."""
    line = mark_differences(a, b, plain)
    assert line is None or ("[-" in line and "{+" in line)
    assert len(line or "") < 100_000


def test_of_very_long_texts_the_beginning_and_the_end_are_compared() -> None:
    """Their words would take many times their memory, and what is between is shown shortened anyway."""
    same, end = "same words " * 200_000, " the end" * 10
    found = runs(f"{same}one{end}", f"{same}three{end}")
    assert "".join(run.same + run.removed for run in found) == f"{same}one{end}"
    assert "".join(run.same + run.added for run in found) == f"{same}three{end}"
    assert found[0].same == same
    old, new = "a " * 600_000, "b " * 600_000
    assert runs(old, new) == [Run("", old[:-1], new[:-1]), Run(" ", "", "")]
