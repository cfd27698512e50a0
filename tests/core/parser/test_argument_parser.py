"""ArgumentParser: the wanted values out of JSON that arrives in fragments (R3, R9)."""

import json
from collections.abc import Iterable
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any
from zlib import crc32

import pytest
from tests.sizes import held_size

from unspool.core.parser.argument_parser import HANDLERS, ArgumentParser, ArgumentState
from unspool.core.parser.targets import ValueKind, value_tree
from unspool.core.repairs import Repair

MESSAGE, THOUGHTS = ValueKind.MESSAGE, ValueKind.THOUGHTS


def parser_for(path: str = "message", *repairs: Repair) -> ArgumentParser:
    return ArgumentParser(value_tree(path, ("inner_thoughts", "thinking")), frozenset(repairs))


def read(fragments: str | Iterable[str], path: str = "message", *repairs: Repair) -> tuple[str, ArgumentParser]:
    """The message in these fragments, and the closed parser."""
    parser = parser_for(path, *repairs)
    pieces = [
        piece
        for fragment in ([fragments] if isinstance(fragments, str) else fragments)
        for piece in parser.feed(fragment)
    ]
    parser.close()
    return "".join(text for kind, text in pieces if kind is MESSAGE), parser


def say(text: str, path: str = "message", *repairs: Repair) -> str:
    """The message of arguments that can be read: the same whole and one character at a time."""
    whole, parser = read(text, path, *repairs)
    assert parser.failure is None
    assert read(list(text), path, *repairs)[0] == whole
    return whole


def quirks(*fragments: str, path: str = "message", repairs: tuple[Repair, ...] = ()) -> list[str]:
    parser = read(fragments, path, *repairs)[1]
    assert parser.failure is None
    return parser.quirks


def failure(text: str, *repairs: Repair) -> tuple[int, str]:
    """Where and why arguments fail; the place is the same at every cut."""
    found = read(text, "message", *repairs)[1].failure
    single = read(list(text), "message", *repairs)[1].failure
    assert found is not None
    assert single is not None
    assert found[0] == single[0]
    return found


TERMINAL = {ArgumentState.ENDED, ArgumentState.FAILED}


def test_every_state_has_a_handler_but_the_terminal_one() -> None:
    assert set(HANDLERS) == set(ArgumentState) - TERMINAL


# --- R3: what comes out ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"message":"Hi"}', "Hi"),
        (' \r\n\t{ "message" : "Hi" } \n', "Hi"),
        ('{"a":1,"b":[{"c":null}],"message":"Hi","d":{}}', "Hi"),
        (r'{"mess\u0061ge":"Hi"}', "Hi"),
        (r'{"\u006d\u0065\u0073\u0073\u0061\u0067\u0065":"Hi"}', "Hi"),
        ('{"a":{"message":"no"},"b":["message","no"],"message":"yes"}', "yes"),
        ('{"a":"\\"message\\":\\"no\\"","message":"yes"}', "yes"),
        ('{"messages":"no","messag":"no","Message":"no","message ":"no"}', ""),
        ('{"m":"message"}', ""),
        ("{}", ""),
        ('{"message":""}', ""),
        ('{"message":"a","other":"b","message":"c"}', "a"),
    ],
)
def test_r3_the_message_argument(text: str, message: str) -> None:
    """R3: key order is free, keys are compared decoded, nested and quoted look-alikes are none."""
    assert say(text) == message


@pytest.mark.parametrize(
    "source",
    [
        "12",
        "-1.5e+3",
        "2E5",
        "0",
        "true",
        "false",
        "[]",
        "{}",
        '[1, {"message": "x"}, "]"]',
        '{"message": {"a" : "}"}}',
        r'["\u0041"]',
    ],
)
def test_r3_a_value_that_is_no_string_comes_out_as_its_source(source: str) -> None:
    assert say(f'{{"message": {source} , "a": 1}}') == source
    assert say(f'{{"message":{source}}}') == source


@pytest.mark.parametrize("source", ["null", "None"])
def test_r3_null_comes_out_as_nothing(source: str) -> None:
    assert say(f'{{"message":{source}}}') == ""


def test_r3_halves_in_a_source_text_are_joined_like_those_of_a_string() -> None:
    r"""R3: raw halves of a pair in a value that is no string; its escapes stay source text."""
    assert say('{"message":["\ud83d\ude00"]}') == '["\U0001f600"]'
    assert say('{"message":["\ud83d"]}') == '["\ufffd"]'
    assert say(r'{"message":["\ud83d"]}') == r'["\ud83d"]'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"reply":{"text":"Hi"}}', "Hi"),
        ('{"text":"no","a":{"text":"no"},"reply":{"a":{"text":"no"},"text":"Hi"},"z":{"reply":{"text":"no"}}}', "Hi"),
        ('{"reply":"no"}', ""),
        ('{"reply":[{"text":"no"}]}', ""),
        ('{"reply":null,"text":"no"}', ""),
        ('{"reply":{}}', ""),
        ('{"reply":{"a":1},"reply":{"text":"Hi"}}', "Hi"),
        ('{"reply":{"text":"Hi"},"reply":{"text":"no"}}', "Hi"),
        ('{"reply.text":"no"}', ""),
    ],
)
def test_r3_a_dotted_path(text: str, message: str) -> None:
    assert say(text, "reply.text") == message


def test_r3_a_second_occurrence_is_reported_and_left_out() -> None:
    """A22."""
    assert quirks('{"message":"a","message":"b","message":"c"}') == ["A22"]


def test_r7_thoughts_come_out_of_the_same_pass() -> None:
    pieces = parser_for().feed('{"inner_thoughts":"hm","message":"Hi","thinking":["a"]}')
    joined = [(kind, "".join(text for _, text in group)) for kind, group in groupby(pieces, itemgetter(0))]
    assert joined == [(THOUGHTS, "hm"), (MESSAGE, "Hi"), (THOUGHTS, '["a"]')]


def test_r7_the_message_wins_over_a_thoughts_name() -> None:
    tree = value_tree("thinking", ("inner_thoughts", "thinking"))
    assert tree == {"inner_thoughts": THOUGHTS, "thinking": MESSAGE}
    assert value_tree("thinking.text", ("thinking",)) == {"thinking": {"text": MESSAGE}}


def test_r2_each_fragment_gives_what_it_makes_certain() -> None:
    parser = parser_for()
    given = ["".join(text for _, text in parser.feed(piece)) for piece in ['{"mess', 'age": "H', "i", "\\", 'n!"', "}"]]
    assert given == ["", "H", "i", "", "\n!", ""]


def test_r11_the_end_of_a_number_needs_no_more() -> None:
    """A number has no end of its own: what has come is out before the next fragment."""
    parser = parser_for()
    assert "".join(text for _, text in parser.feed('{"message":12')) == "12"
    assert "".join(text for _, text in parser.feed("34}")) == "34"


def test_complete_and_open_follow_the_object() -> None:
    parser = parser_for()
    seen = []
    for piece in ("  ", "{", '"a":{}', "}", " "):
        parser.feed(piece)
        seen.append((parser.open, parser.complete))
    assert seen == [(False, False), (True, False), (True, False), (False, True), (False, True)]


def test_settled_as_soon_as_the_message_is_over() -> None:
    """A later call may speak from then on (T17)."""
    parser, seen = parser_for(), []
    for piece in ('{"a":"x","message":{', '"b":"y"', "}", ',"c":1}'):
        parser.feed(piece)
        seen.append(parser.settled)
    assert seen == [False, False, True, True]


@pytest.mark.parametrize(("text", "settled"), [("{}", True), ("{} {", False), ('{"a":1', False), ('{"a":x', True)])
def test_settled_where_no_message_will_come(text: str, settled: bool) -> None:
    """The object is over, which an empty one may not be (A4), or it cannot be read."""
    parser = parser_for()
    parser.feed(text)
    assert parser.settled is settled


# --- R9: always tolerated ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message", "noted"),
    [
        ('{"message":"a\nb\tc\x00"}', "a\nb\tc\x00", []),  # A8
        ('{"message":"a",}', "a", ["A14"]),
        ('{"list":[1,2,],"message":"a"}', "a", ["A14"]),
        (r'{"message":"C:\dir"}', r"C:\dir", []),
        ('```json\n{"message":"a"}\n```', "a", ["A15"]),
        ('Sure: {"message":"a"}', "a", ["A15"]),
        ('{"message":"a"} and so on', "a", ["A15"]),
        ('{"message":"a"}</tool_call>', "a", ["A21"]),
        ('{"message":"a"}}', "a", ["A21"]),
        ('{"message":"a"}x{"message":"b"}', "a", ["A15"]),
        ('{"message":"a"}} {"message":"b"}', "a", ["A21"]),
        ('{"message":"a"}, {"message":"b"}', "a", ["A7"]),
        ('{"message":"a"},"b":1}', "a", ["A7"]),
        ('{}{"message":"a"}', "a", ["A4"]),
        ('{} \n {"message":"a"}', "a", ["A4"]),
        (r'{"list": \n[1],\t"message"\r:\n"a"\n}', "a", ["A9"]),
        ('{"flag":True,"none":None,"message":"a"}', "a", ["A13"]),
        ('{"message":False}', "False", ["A13"]),
    ],
)
def test_r9_imperfections_with_one_reading(text: str, message: str, noted: list[str]) -> None:
    """R9: read, and noted by the quirk's number; once, however often."""
    assert say(text) == message
    assert quirks(text) == noted


def test_a14_a_bracket_after_a_value_is_no_trailing_comma() -> None:
    """A14 is the comma before the bracket and nothing else: commas elsewhere leave no trace."""
    assert quirks('{"a":1,"b":{},"c":[1,[]],"message":"x"}') == []


def test_a16_is_noted_where_a_cut_falls_into_an_escape() -> None:
    assert quirks('{"message":"a\\', 'n"}') == ["A16"]
    assert quirks('{"message":"a', '\\n"}') == []


@pytest.mark.parametrize("fragments", [[], [""], ["", "  ", "\n"], ["null"], ["nu", "ll"], ["None"], ["{}"]])
def test_a1_a2_blank_and_null_are_nothing(fragments: list[str]) -> None:
    message, parser = read(fragments)
    assert (message, parser.failure) == ("", None)


def test_a4_an_empty_object_in_a_fragment_of_its_own() -> None:
    message, parser = read(["{}", '{"message"', ':"a"}'])
    assert (message, parser.failure) == ("a", None)


class CountedText(str):
    """Text that counts the characters that are copied out of it."""

    copied = 0

    def __getitem__(self, place: Any) -> str:
        part = CountedText(super().__getitem__(place))
        CountedText.copied += len(part)
        return part

    def lstrip(self, characters: str | None = None) -> str:
        part = super().lstrip(characters)
        CountedText.copied += len(part)
        return part


@pytest.mark.parametrize("empty", ["{}", "{} \n "])
def test_a4_many_empty_objects_in_one_fragment_take_linear_work(empty: str) -> None:
    """Twice as many copy twice as many characters, not four times as many."""
    copied = []
    for count in (200, 400):
        CountedText.copied = 0
        parser = parser_for()
        assert parser.feed(CountedText(empty * count + '{"message":"a"}'))
        copied.append(CountedText.copied)
    assert copied[1] < 2.1 * copied[0]


def test_a4_an_object_after_debris_is_not_begun_anew() -> None:
    """R9, A4: only the very next thing after {} can be the real object, wherever the cut falls."""
    assert say('{}x{"message":"a"}') == ""
    assert read(["{}x", '{"message":"a"}'])[0] == ""


def test_a7_the_end_of_the_object_is_not_the_end_of_the_call() -> None:
    parser = parser_for()
    parser.feed('{"message":"a"}')
    assert parser.complete
    assert parser.feed(' {"message":"b"}') == []
    assert parser.failure is None


def test_a10_double_escaped_text_is_never_fixed() -> None:
    assert say(r'{"message":"a\\nb"}') == r"a\nb"


@pytest.mark.parametrize("between", ["", " ", "\n\t"])
def test_t5_an_object_that_directly_follows_another_is_left_to_the_caller(between: str) -> None:
    """R8: at any cut the rest begins with the second brace, and is no part of these arguments."""
    text = f'{{"message":"a"}}{between}{{"message":"b"}} x'
    start = text.rindex("{")
    for cut in range(len(text)):
        parser = parser_for()
        rest = said = ""
        for fragment in (text[:cut], text[cut:]):
            said += "".join(piece for _, piece in parser.feed(fragment))
            rest += parser.rest
        assert (said, rest, parser.quirks) == ("a", text[start:], [])
        assert (parser.state, parser.complete, parser.open) == (ArgumentState.FOLLOWED, True, False)


def test_an_object_that_follows_may_be_declared_other_text() -> None:
    parser = parser_for()
    parser.feed('{"message":"a"}{')
    parser.end()
    assert (parser.feed('{"message":"b"}'), parser.rest, parser.quirks) == ([], "", ["A15"])


@pytest.mark.parametrize("text", ['{"a":"\ud83d"}', '{"message":[1, "\u00e9"]}'])
@pytest.mark.parametrize(("before", "behind"), [("", ""), ("Sure: ", " ```"), ("null \n", "}"), ("{} ", " {x")])
def test_a6_an_object_is_known_by_its_own_text(text: str, before: str, behind: str) -> None:
    """The mark is that of the object alone, whatever text stands around it and wherever it is cut.

    The white space between its tokens is in the size only: a repeat may be written in another way.
    """
    solid = text.replace(", ", ",")
    for whole in ([before + text + behind], list(before + text + behind)):
        parser = read(whole)[1]
        assert parser.mark == (len(solid), crc32(solid.encode("utf-8", "surrogatepass")))
        assert parser.size == len(text)


# --- R9: failures ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at", "word"),
    [
        ("[1]", 0, "array"),
        ('  "hi"', 2, "double-encoded"),
        ("{1:2}", 1, "key"),
        ("{'a':1}", 1, "single-quotes"),
        ('{"a" 1}', 5, "colon"),
        ('{"a":}', 5, "value"),
        ('{"a":,}', 5, "value"),
        ('{"a":1 "b":2}', 7, "comma"),
        ('{"a":[1}', 7, "comma"),
        ('{"a":{"b":1]}', 11, "comma"),
        ('{"a":1,,}', 7, "key"),
        ('{"a":[,]}', 6, "value"),
        ('{"a":Dave}', 5, "bare word"),
        ('{"a":trux}', 8, "bare word"),
        ('{"a":nullify}', 9, "bare word"),
        ('{"a":tr}', 7, "word"),
        ('{"a":tru"e"}', 8, "word"),
        ('{"a":\u00e9}', 5, "bare word"),
        ('{"a":undefined', 5, "bare word"),
        ('{"a":\\"foo\\"}', 6, "backslash"),
        ('{"a"\\x:1}', 5, "backslash"),
        ('{"a":.5}', 5, "value"),
        ('{"a":+5}', 5, "value"),
        ('{"a":1.2.3}', 8, "comma"),
        ('{"a":01}', 6, "comma"),
        ('{"a":-01}', 7, "comma"),
        ('{"a":1-2}', 6, "comma"),
        ('{"a":1x}', 6, "comma"),
        ('{"a":1_000}', 6, "comma"),
        ('{"a":-}', 6, "number"),
        ('{"a":--1}', 6, "number"),
        ('{"a":-Infinity}', 6, "number"),
        ('{"a":1.}', 7, "number"),
        ('{"a":1.e5}', 7, "number"),
        ('{"a":1e}', 7, "number"),
        ('{"a":1e+ }', 8, "number"),
        ('{"a":[1,2., 3]}', 10, "number"),
        ('{"a":0x1F}', 6, "comma"),
        ('{"a":NaN}', 6, "bare word"),
        ('{"a":truefalse}', 9, "bare word"),
        ('{"a":true1}', 9, "comma"),
        ('{"a":tru1}', 8, "word"),
        ("{\"a\":'x'}", 5, "single-quotes"),
    ],
)
def test_r9_what_cannot_be_read_fails_at_its_place(text: str, at: int, word: str) -> None:
    """R9, A12, A13, A14, A19: the offset in characters, and a reason that names what was missing."""
    found, reason = failure(text)
    assert found == at
    assert word in reason


@pytest.mark.parametrize(("source", "said"), [("1.2.3", "1.2"), ("-", "-"), ("1.", "1."), ("1e+x", "1e+"), ("01", "0")])
def test_r9_a_number_that_is_none_stands_as_far_as_it_could_be_one(source: str, said: str) -> None:
    """What was given out before the failure is the same at every cut."""
    text = f'{{"message":{source}}}'
    for cut in range(len(text)):
        message, parser = read([text[:cut], text[cut:]])
        assert (message, parser.failure is None) == (said, False)


def test_a19_text_without_an_object_fails_at_the_end() -> None:
    assert "object" in failure("hello")[1]
    assert "object" in failure("nullx")[1]
    assert "object" in failure("null          x")[1]


def test_r9_the_offset_counts_over_all_fragments() -> None:
    parser = parser_for()
    for fragment in ('{"message"', ':"a"', ' "b"}'):
        parser.feed(fragment)
    assert parser.failure is not None
    assert parser.failure[0] == len('{"message":"a" ')


def test_r9_text_already_said_stands_and_nothing_follows() -> None:
    parser = parser_for()
    assert parser.feed('{"message":"a" oops') == [(MESSAGE, "a")]
    assert parser.state is ArgumentState.FAILED
    assert parser.feed('{"message":"b"}') == []
    assert parser.state is ArgumentState.FAILED


def test_r9_a_failure_inside_a_source_text_keeps_what_was_read() -> None:
    """The same at every cut: what was certain before the failure is out."""
    assert read('{"message":[1, x')[0] == read(['{"message":[1, ', "x"])[0] == "[1, "


@pytest.mark.parametrize("cut", range(len('{"message":trueX')))
def test_r9_a_word_ends_where_its_letters_end(cut: int) -> None:
    text = '{"message":trueX'
    message, parser = read([text[:cut], text[cut:]])
    assert (message, parser.state) == ("", ArgumentState.FAILED)


# --- R9: the repairs ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (r'"{\"message\": \"Hi\"}"', "Hi"),
        (r'  "{\"message\": \"a\\n\\\"b\\\"\"}"', 'a\n"b"'),
        (r'"{\"message\": \"\\ud83d\\ude00 \u00e9\"}"', "\U0001f600 \u00e9"),
    ],
)
def test_a11_double_encoded_on_request(text: str, message: str) -> None:
    assert say(text, "message", Repair.DOUBLE_ENCODED) == message
    assert quirks(text, repairs=(Repair.DOUBLE_ENCODED,)) == ["A11"]


@pytest.mark.parametrize("repairs", [[], [Repair.SINGLE_QUOTES], [Repair.CUMULATIVE]])
def test_a11_is_not_repaired_on_another_request(repairs: list[Repair]) -> None:
    message, parser = read(r'"{\"message\": \"Hi\"}"', "message", *repairs)
    assert (message, parser.state) == ("", ArgumentState.FAILED)


def test_a11_three_times_is_too_often() -> None:
    text = json.dumps(json.dumps('{"message":"Hi"}'))
    message, parser = read(text, "message", Repair.DOUBLE_ENCODED)
    assert (message, parser.state) == ("", ArgumentState.FAILED)


def test_a11_nothing_after_the_outer_quote_is_read() -> None:
    text = r'"{\"message\":\"hi" xyz'
    assert say(text, "message", Repair.DOUBLE_ENCODED) == "hi"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{'message': 'Hi'}", "Hi"),
        ("{'message': 'it\\'s \"me\"', 'a': True}", 'it\'s "me"'),
        ("{'a': ['x', {'b': None}], 'message': \"it's\"}", "it's"),
    ],
)
def test_a13_single_quotes_on_request(text: str, message: str) -> None:
    assert say(text, "message", Repair.SINGLE_QUOTES) == message
    assert quirks(text, repairs=(Repair.SINGLE_QUOTES,)) == ["A13"]


# --- bounds ------------------------------------------------------------------------------------

DEPTH = 20_000  # a parser that recurses fails at a thousand
DEEP = {
    "objects": '{"a":' * DEPTH + "1" + "}" * DEPTH,
    "arrays": "[" * DEPTH + "]" * DEPTH,
    "mixed": '[{"message":' * (DEPTH // 2) + '"no"' + "}]" * (DEPTH // 2),
}


@pytest.mark.parametrize("kind", DEEP)
def test_deep_nesting_in_a_value_that_is_skipped(kind: str) -> None:
    message, parser = read(f'{{"skipped":{DEEP[kind]},"message":"Hi"}}')
    assert (message, parser.failure, parser.complete) == ("Hi", None, True)


@pytest.mark.parametrize("kind", DEEP)
def test_deep_nesting_in_the_message_argument(kind: str) -> None:
    message, parser = read([f'{{"message":{DEEP[kind][:777]}', DEEP[kind][777:] + "}"])
    assert message == DEEP[kind]
    assert (parser.failure, parser.complete) == (None, True)


def test_deep_nesting_that_is_cut_fails_nothing() -> None:
    _, parser = read("{" + '"a":{' * DEPTH)
    assert (parser.open, parser.failure) == (True, None)


@pytest.mark.parametrize(
    ("opening", "filling"),
    [
        ('{"message":"', "abc "),
        ('{"message":"', "\\u00e9\\ud83d\\ude00"),
        ('{"message":[', "1,[2],"),
        ('{"message":1', "2345"),
        ('{"a":"', "skipped "),
        ('{"a', "a very long key "),
        ('{"a":1', ',"key":"value"'),
        ("", "a preamble "),
        ('{"a":1}', " debris "),
        ("{}", " {} {}"),
        ("{oops", " more "),
    ],
)
def test_what_is_held_does_not_grow(opening: str, filling: str) -> None:
    """Nothing grows with the stream: a thousand more fragments leave the parser as large as it was."""
    parser = parser_for()
    parser.feed(opening)
    sizes = []
    for _ in range(3):
        for _ in range(1000):
            parser.feed(filling)
        sizes.append(held_size(parser))
    assert all(later - earlier < 64 for earlier, later in pairwise(sizes)), sizes


# --- text that runs on -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fragments", "wanted"),
    [
        (['{"message":"'], MESSAGE),
        (['{"message":"H', "i", "\\n"], MESSAGE),
        (['{"message":"\\ud83d', "\\ude00"], MESSAGE),
        (['{"thinking":"H'], THOUGHTS),
        (['{"a":"H'], None),
        (['{"a":{"message":"H'], None),
        (['{"a":["x","H'], None),
        (['{"message":"H","message":"'], None),
        (['{"message":{"a":1},"a":"H'], None),
        (['{}{"message":"H'], MESSAGE),
    ],
)
def test_inside_a_string_value_text_runs_on(fragments: list[str], wanted: ValueKind | None) -> None:
    parser = parser_for()
    for fragment in fragments:
        parser.feed(fragment)
    assert parser.inside_string
    assert parser.wanted is wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"',
        '{"mess',
        '{"message"',
        '{"message":',
        '{"message":12',
        '{"message":tr',
        '{"message":"H"',
        '{"message":"H"}',
        '{"message":"H" oops',
        '{"message":"H\\',
        '{"message":"H\\u',
        '{"message":"H\\u00e',
        '{"message":"\\ud83d',
        '{"message":"\\ud83d\\ude',
        '{"message":"\ud83d',
        '{"message":{"a":"b',
        '{"message":["b',
        '{"thinking":["b',
        "{'message':'H",
        '{"message":\'H',
        '"{\\"message\\":\\"H',
        '"{\\"a\\":\\"H',
    ],
)
def test_everywhere_else_it_does_not(text: str) -> None:
    """Not in keys, not in what comes out as its source, not in the rest of an escape or character, not in what a
    repair reads in another way."""
    for repairs in ([], [Repair.SINGLE_QUOTES, Repair.DOUBLE_ENCODED]):
        for fragments in ([text], list(text)):
            parser = parser_for("message", *repairs)
            for fragment in fragments:
                parser.feed(fragment)
            assert not parser.inside_string


def test_plain_text_inside_a_string_counts_to_the_offset() -> None:
    parser = parser_for()
    for fragment in ('{"message":"', "Hi", " \\n\\u00e9"):
        parser.feed(fragment)
    assert parser.feed('!" oops') == [(MESSAGE, "!")]
    assert parser.failure is not None
    assert parser.failure[0] == len('{"message":"Hi \\n\\u00e9!" ')
