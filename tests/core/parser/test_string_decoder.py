"""StringDecoder and SurrogateJoiner: JSON string bodies in any pieces (R3)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unspool.core.parser.string_decoder import REPLACEMENT, StringDecoder, SurrogateJoiner, is_whole, join_surrogates


def decode(*fragments: str, quote: str = '"') -> tuple[list[str], bool]:
    decoder = StringDecoder(quote)
    return [decoder.feed(fragment)[0] for fragment in fragments], decoder.closed


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('plain"', "plain"),
        ('"', ""),
        (r'\" \\ \/ \b \f \n \r \t"', '" \\ / \b \f \n \r \t'),
        (r'\q \" \\ \/ \b \f \n \r \t"', '\\q " \\ / \b \f \n \r \t'),  # next to one that is none (R9)
        (r'caf\u00e9 CAF\u00C9"', "caf\u00e9 CAF\u00c9"),
        (r'\ud83d\ude00"', "\U0001f600"),
        (r'\uD83D\uDE00!"', "\U0001f600!"),
        ('raw \U0001f600"', "raw \U0001f600"),
        ('\ud83d\ude00"', "\U0001f600"),
        ('\ud83d\\ude00"', "\U0001f600"),
        ('\\ud83d\ude00"', "\U0001f600"),
        (r'\ud83d"', REPLACEMENT),
        (r'\ude00"', REPLACEMENT),
        (r'\ude00\ud83d"', REPLACEMENT * 2),
        (r'\ud83d\ud83d\ude00"', REPLACEMENT + "\U0001f600"),
        (r'\ud83dx\ude00"', REPLACEMENT + "x" + REPLACEMENT),
        (r'\u0000\u001b"', "\0\x1b"),
    ],
)
def test_r3_every_escape(source: str, text: str) -> None:
    """R3, whole and one character at a time."""
    assert decode(source) == ([text], True)
    pieces, closed = decode(*source)
    assert ("".join(pieces), closed) == (text, True)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('tab\there\nand\x00there"', "tab\there\nand\x00there"),
        (r'C:\dir\e"', r"C:\dir\e"),
        (r'C:\dir\u00e9"', "C:\\dir\u00e9"),
        (r'\u12xy"', r"\u12xy"),
        (r'\u"', r"\u"),
        (r'\u12\n"', "\\u12\n"),
        ("it\\'s\"", r"it\'s"),
        ('\\\U0001f600"', "\\\U0001f600"),
        ('\\\ud83d\ude00"', "\\\U0001f600"),
    ],
)
def test_r9_one_reading_is_tolerated(source: str, text: str) -> None:
    """R9, A8: raw controls are text; unknown and broken escapes stay as written."""
    assert decode(source) == ([text], True)
    pieces, closed = decode(*source)
    assert ("".join(pieces), closed) == (text, True)


@pytest.mark.parametrize(
    ("fragments", "texts"),
    [
        (["a\\", 'n"'], ["a", "\n"]),
        (["\\u00", "e9", '"'], ["", "\u00e9", ""]),
        (["\\ud83d", "\\ude00", '"'], ["", "\U0001f600", ""]),
        (["\\ud83d\\ude0", "0b", '"'], ["", "\U0001f600b", ""]),
        (["\\ud83d", 'x"'], ["", REPLACEMENT + "x"]),
        (["\ud83d", "\ude00", '"'], ["", "\U0001f600", ""]),
        (["\\ud83d", "", '"'], ["", "", REPLACEMENT]),
    ],
)
def test_r2_only_what_is_unfinished_waits(fragments: list[str], texts: list[str]) -> None:
    """R2, A16: all before an unfinished escape or pair leaves at once."""
    assert decode(*fragments) == (texts, True)


def test_a16_waiting_tells_of_a_cut_escape() -> None:
    decoder = StringDecoder()
    waited = []
    for fragment in ("a", "\\", "u", "00e", "9", "\\ud83d", "\\ude00", '"'):
        decoder.feed(fragment)
        waited.append(decoder.waiting)
    assert waited == [False, True, True, True, False, True, False, False]


@pytest.mark.parametrize("kept", ["", "\\", "\\u", "\\u00e"])
def test_an_unfinished_escape_is_kept_as_written(kept: str) -> None:
    decoder = StringDecoder()
    assert decoder.feed("a" + kept) == ("a", 1 + len(kept))
    assert decoder.close() == kept


def test_half_of_a_pair_is_replaced_at_the_end() -> None:
    decoder = StringDecoder()
    decoder.feed(r"\ud83d\ude")
    assert decoder.close() == REPLACEMENT + r"\ude"


def test_what_follows_the_quote_is_not_read() -> None:
    decoder = StringDecoder()
    assert decoder.feed('say "hi" there', 5) == ("hi", 8)
    assert decoder.closed


def test_a_closed_decoder_reads_nothing() -> None:
    """Whatever is fed after the quote, the text is over."""
    decoder = StringDecoder()
    decoder.feed('hi"')
    assert decoder.feed("more") == ("", 0)
    assert decoder.feed('mo\\re"') == ("", 0)


def test_a13_a_single_quoted_string_ends_at_its_own_quote() -> None:
    assert decode("say \"hi\", it\\'s me'", quote="'") == (['say "hi", it\'s me'], True)


def test_a_joiner_keeps_a_high_half_and_no_more() -> None:
    joiner = SurrogateJoiner()
    assert joiner.feed("a\ud83d") == "a"
    assert joiner.feed("\ud83d") == REPLACEMENT
    assert joiner.feed("\ude00b") == "\U0001f600b"
    assert joiner.feed("\ude00") == REPLACEMENT
    assert joiner.feed("plain \u00e9") == "plain \u00e9"
    assert joiner.close() == ""


def test_a_joiner_replaces_the_half_that_stayed_alone() -> None:
    joiner = SurrogateJoiner()
    joiner.feed("\ud83d")
    assert joiner.close() == REPLACEMENT
    assert joiner.close() == ""


def test_a_joiner_fed_nothing_keeps_waiting() -> None:
    joiner = SurrogateJoiner()
    assert [joiner.feed(piece) for piece in ("\ud83d", "", "\ude00")] == ["", "", "\U0001f600"]


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("\u00e9", "\u00e9"),
        ("a\ud83d\ude00b", "a\U0001f600b"),
        ("\ude00\ud83d", REPLACEMENT * 2),
        ("\ufeff\ud83d", "\ufeff" + REPLACEMENT),
    ],
)
def test_halves_are_joined_in_a_whole_text(text: str, joined: str) -> None:
    assert join_surrogates(text) == joined


def test_a_decoder_is_plain_between_whole_characters() -> None:
    decoder = StringDecoder()
    plain = []
    for fragment in ("", "a", "\\", "n", "\\u00", "e9", "\\ud83d", "\\ude00", "\ud83d", "x", '"'):
        decoder.feed(fragment)
        plain.append(decoder.plain)
    assert plain == [True, True, False, True, False, True, False, True, False, True, False]
    assert not StringDecoder("'").plain


SOURCES = st.lists(
    st.sampled_from(
        [
            "a",
            "é",
            "\\n",
            '\\"',
            "\\\\",
            "\\/",
            "\\u00e9",
            "\\u00",
            "\\ud83d",
            "\\ude00",
            "\\x",
            "\\",
            '"',
            "\t",
            "\ud800",
        ]
    )
).map("".join)


@given(SOURCES)
def test_a_whole_source_is_what_json_reads_alone_r3(source: str) -> None:
    decoder = StringDecoder()
    text, end = decoder.feed(source)
    if '"' not in source and "\\" not in source:
        assert is_whole(source)
        return
    try:
        read = json.loads(f'"{source}"')
        read.encode()
    except ValueError:  # a raw control character, another escape, or half of a pair
        read = None
    assert is_whole(source) == (read is not None and max(read) <= "\uffff")  # a pair of escapes may be cut
    if is_whole(source):
        assert (text, end, decoder.plain) == (read, len(source), True)


@pytest.mark.parametrize(
    ("end", "text", "closed"),
    [
        ('\\n"', "\n", True),
        ("\\n", "\n", False),
        ('\\n\\"', '\n"', False),
        (r'\q\n"', "\\q\n", True),
        (r'\ud83d\ude00\ud83d"', "\U0001f600" + REPLACEMENT, True),
    ],
)
def test_r3_a_long_body_is_decoded_as_a_short_one(end: str, text: str, closed: bool) -> None:
    start = "word " * 1000
    assert decode(start + end) == ([start + text], closed)
