"""parse_partial: any start of a JSON text has a value, and it grows into the value of the whole."""

import json
import sys
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import Arguments, arguments, broken_arguments

from unspool.core.errors import UnspoolError
from unspool.core.parser.argument_parser import ArgumentParser
from unspool.core.parser.targets import value_tree
from unspool.errors import PartialJSONError
from unspool.formats.partial_json import HANDLERS, parse_partial

ODD_TEXTS = st.sampled_from(['"', "\\", "\\n", "{", "}}", "a,}", "\U0001f600é", "\u2028", "\x00\n\t\x1f", "True", " "])
TEXTS = st.lists(st.one_of(st.text(max_size=6), ODD_TEXTS), max_size=4).map("".join)
NUMBERS = st.one_of(st.integers(-(10**30), 10**30), st.floats(allow_nan=False, allow_infinity=False))
COUNTS = st.integers(0, 10**6)


def json_values(numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.one_of(st.none(), st.booleans(), numbers, TEXTS),
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
        max_leaves=6,
    )


def json_objects(numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(TEXTS, json_values(numbers), max_size=4)


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same types: 1 is neither 1.0 nor True, and the order of keys counts."""
    return repr(one) == repr(other)


def grows(part: Any, whole: Any) -> bool:
    """Whether ``part`` can become ``whole`` by reading on: all but the last of everything is what it will be."""
    if isinstance(part, dict) and isinstance(whole, dict):
        keys = list(part)
        return keys == list(whole)[: len(keys)] and grows(list(part.values()), list(whole.values())[: len(keys)])
    if isinstance(part, list) and isinstance(whole, list):
        if not part:
            return True
        last = len(part) - 1
        return last < len(whole) and same(part[:-1], whole[:last]) and grows(part[-1], whole[last])
    if isinstance(part, str) and isinstance(whole, str):
        return whole.startswith(part)
    if type(part) in (int, float) and type(whole) in (int, float):  # 1 of 12, or of 1e5
        return bool((part >= 0) == (whole >= 0) or part == 0)
    return same(part, whole)


def test_growing_is_told_from_changing() -> None:
    """The measure itself: what it must refuse."""
    assert grows({"a": "x", "b": [1, {"c": ""}]}, {"a": "x", "b": [1, {"c": "y", "d": 1}], "e": None})
    wrong = [({"a": "x"}, {"a": "y"}), ({"b": 1}, {"a": 1, "b": 1}), ({"a": "x", "b": 1}, {"a": "xy", "b": 1})]
    for part, whole in [*wrong, ([1, 2], [1]), ([1], {"a": 1}), (None, "x"), (True, 1), ("xy", "x"), (-1, 1)]:
        assert not grows(part, whole)


# --- values ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", {}),
        (" \n\t", {}),
        ("{", {}),
        ('{"', {}),
        ('{"mess', {}),
        ('{"message"', {}),
        ('{"message":', {}),
        ('{"message": "', {"message": ""}),
        ('{"message": "Hi th', {"message": "Hi th"}),
        ('{"message": "Hi", ', {"message": "Hi"}),
        ('{"message": "Hi", "to', {"message": "Hi"}),
        ('{"message": "line\\', {"message": "line"}),
        ('{"message": "line\\n', {"message": "line\n"}),
        ('{"message": "\\u00', {"message": ""}),
        ('{"message": "\\u00e9', {"message": "é"}),
        ('{"message": "\\ud83d', {"message": ""}),
        ('{"message": "\\ud83d\\ude', {"message": ""}),
        ('{"message": "\\ud83d\\ude00', {"message": "\U0001f600"}),
        ('{"a": [1, 2', {"a": [1, 2]}),
        ('{"a": [1, "x', {"a": [1, "x"]}),
        ('{"a": [1, {"b": "c', {"a": [1, {"b": "c"}]}),
        ('{"a": tr', {}),
        ('{"a": nul', {}),
        ('{"a": -', {}),
        ("[", []),
        ('["a', ["a"]),
        ('"a b', "a b"),
        ('"', ""),
        ("12", 12),
        *((text, {}) for text in ("-", "1e", "1E+", "1.5e-", "10.", "-0.", ".5", "t", "tru", "fals", "n", " nul\n")),
        *((text, {}) for text in ("T", "Tru", "Fals", "No")),  # A13
    ],
)
def test_the_value_of_what_has_arrived(text: str, value: Any) -> None:
    assert same(parse_partial(text), value)


@given(json_objects(NUMBERS), st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_every_start_of_an_object_has_a_value_that_grows_into_the_whole(
    value: dict[str, Any], ascii_only: bool, indent: Any
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    for end in range(len(text) + 1):
        assert grows(parse_partial(text[:end]), value), text[:end]


@given(json_objects(COUNTS), st.booleans())
def test_what_was_known_stays_known(value: dict[str, Any], ascii_only: bool) -> None:
    """From one character to the next nothing is taken back (signs and fractions aside: "1." is no number yet)."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    known: Any = {}
    for end in range(len(text) + 1):
        now = parse_partial(text[:end])
        assert grows(known, now), text[:end]
        known = now
    assert same(known, value)


@given(json_values(NUMBERS), st.booleans(), st.sampled_from([None, 0, "\t"]), st.booleans())
def test_whole_json_is_what_the_standard_library_reads(value: Any, ascii_only: bool, indent: Any, strict: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert same(parse_partial(text, strict=strict), json.loads(text))
    assert same(parse_partial(f" {text}\n", strict=strict), json.loads(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"key":}', {}),
        ('{"key": \n}', {}),
        ('{"a":,"b":1}', {"b": 1}),
        ('{"a" : , "b" : 1}', {"b": 1}),
        ('{"a":1,"b":}', {"a": 1}),
        ('{"a":1 , "b":,}', {"a": 1}),
        ('{"a":1,"b":,"c":,"d":2}', {"a": 1, "d": 2}),
        ('{"a":1,"b":,"c":}', {"a": 1}),
        ('{"a":,"b":}', {}),
        ('{"a":{"b":},"c":[{"d":}]}', {"a": {}, "c": [{}]}),
        ('{"a":"x,","b":}', {"a": "x,"}),
        ('{"a":,', {}),
        ('{"a":,"b":"x', {"b": "x"}),
        ('{"a":\\n,"b":\\t1}', {"b": 1}),  # A9
        ('{"a":\\n}', {}),
    ],
)
def test_a_member_without_a_value_is_left_out_and_what_follows_counts(text: str, value: Any) -> None:
    assert same(parse_partial(text), value)


@pytest.mark.parametrize("text", ['{"a":"x":}', '{"a":"x":,"b":1}', '["a":,1]', '[1,"a":,2]', "{:}", "{:,}", "{1:}"])
def test_what_has_no_key_in_front_of_the_colon_is_no_such_member(text: str) -> None:
    with pytest.raises(PartialJSONError):
        parse_partial(text)


# --- the tolerance of R9 --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": "one\ntwo\tthree\x00"}', {"a": "one\ntwo\tthree\x00"}),  # A8
        ('{"a\n": 1}', {"a\n": 1}),
        ('{"a": "\\q \\x41 \\u12g"}', {"a": "\\q \\x41 \\u12g"}),
        ('{"a": 1,}', {"a": 1}),  # A14
        ('{"a": [1, 2, ], }', {"a": [1, 2]}),
        ('{"a": [1, 2, ] , \n }', {"a": [1, 2]}),
        ('Sure, here it is: {"a": 1}', {"a": 1}),  # A15
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('{"a": 1} trailing', {"a": 1}),
        ('{"a": 1}</tool_call>', {"a": 1}),  # A21
        ('{"a": 1}}', {"a": 1}),
        ('{"a": 1}{"b": 2}', {"a": 1}),  # A6
        ('{}{"a": 1}', {"a": 1}),  # A4
        ('{ } \n {"a": "x', {"a": "x"}),
        ("{}{ } {}" + '{"a": 1}', {"a": 1}),
        ("{} trailing", {}),
        ('see [1]: {"a": 1}', [1]),  # the first bracket counts, whichever it is
        ('```json\n[{"a": 1}]\n```', [{"a": 1}]),
        ('The list: [{"a": 1}, {"a": 2', [{"a": 1}, {"a": 2}]),
        ('3 items: {"a": [1]}', {"a": [1]}),
        ('true to form: [{"a": {}', [{"a": {}}]),
        ('"Sure": {"a": 1}', {"a": 1}),
        ("these: [1, 2", [1, 2]),
        ('{"a": {}, "b": {}}', {"a": {}, "b": {}}),
        ('{"a": True, "b": False, "c": [None]}', {"a": True, "b": False, "c": [None]}),  # A13
        ('{"a": Tr', {}),
        ('{"a": "True", "None": "False"}', {"a": "True", "None": "False"}),
        ('{"a": \\n[1],\\r\\t "b": 2\\n}', {"a": [1], "b": 2}),  # A9
        ('{\\n"a"\\n:\\n"x\\n"', {"a": "x\n"}),
        ('{"a": 1,\\n}', {"a": 1}),  # A9 with A14
        ('{"a": [1,\\n\\t]}', {"a": [1]}),
        ('{"a": \\', {}),  # the first half of A9
        ('{"a": "b"\\', {"a": "b"}),
    ],
)
def test_what_is_imperfect_has_one_reading_r9(text: str, value: Any) -> None:
    assert same(parse_partial(text), value)


def test_half_a_surrogate_pair_is_replaced_r3() -> None:
    for half in ("\ud83d", "\ude00", "\\ud83d", "\\ude00"):
        assert parse_partial(f'{{"a": "x{half}y"}}') == {"a": "x\ufffdy"}
        assert parse_partial(f'{{"{half}": 1}}') == {"\ufffd": 1}
    assert parse_partial('{"a": "\ud83d\\ude00"}') == {"a": "\U0001f600"}


class Liberties:
    """Writes JSON with the liberties that R9 allows."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def _space(self) -> str:
        return self._random.choice(["", "", "", " ", "\n", "\\n", " \\t "])

    def _string(self, text: str) -> str:
        written = json.dumps(text, ensure_ascii=self._random.random() < 0.5)
        return written.replace("\\n", "\n").replace("\\t", "\t") if "\\\\" not in written else written

    def write(self, value: Any) -> str:
        return f"{self._space()}{self._written(value)}{self._space()}"

    def _written(self, value: Any) -> str:
        if isinstance(value, str):
            return self._string(value)
        if value is None or isinstance(value, bool):
            return self._random.choice([repr(value), json.dumps(value)])
        if isinstance(value, int | float):
            return json.dumps(value)
        if isinstance(value, dict):
            members = [f"{self._space()}{self._string(k)}{self._space()}:{self.write(v)}" for k, v in value.items()]
            return self._inside("{", members, "}")
        return self._inside("[", [self.write(inner) for inner in value], "]")

    def _inside(self, opening: str, members: list[str], closing: str) -> str:
        comma = self._random.choice(["", "", ",", ", "]) if members else ""
        return opening + self._space() + ",".join(members) + comma + self._space() + closing


@given(
    json_objects(COUNTS), st.randoms(use_true_random=False), st.sampled_from(["", "Sure: ", "```json\n", "{}", "{} "])
)
def test_every_start_of_an_imperfect_object_has_a_value_r9(value: dict[str, Any], random: Random, before: str) -> None:
    liberties = Liberties(random)
    written = liberties.write(value).strip().removeprefix("\\n").removeprefix("\\t").lstrip()
    if before.startswith("{") and not value:
        before = ""
    for end in range(1, len(written) + 1):
        assert grows(parse_partial(before + written[:end]), value), before + written[:end]
    after = random.choice(["", " trailing", "}", "</tool_call>", "\n```"])
    assert same(parse_partial(before + written + after), value)


def message_in(value: Any, path: str) -> str:
    """The text at a dotted path, "" where there is none yet."""
    for key in path.split("."):
        value = value.get(key, "") if isinstance(value, dict) else ""
    return value if isinstance(value, str) else ""


@given(arguments(only_text=True), st.lists(st.integers(0, 5000), max_size=8))
def test_a_snapshot_shows_the_text_that_the_transformer_has_said(given_arguments: Arguments, places: list[int]) -> None:
    """Two readers of the same arguments, one by one and at a glance: both know the same at every cut."""
    text, path, expected, _ = given_arguments
    assert message_in(parse_partial(text), path) == expected
    for end in {place % (len(text) + 1) for place in places}:
        parser = ArgumentParser(value_tree(path, ()))
        said = "".join(piece for _, piece in parser.feed(text[:end]))
        assert message_in(parse_partial(text[:end]), path) == said, text[:end]


# --- what is refused ------------------------------------------------------------------------

UNFINISHED = [
    "",
    " ",
    "{",
    '{"',
    '{"a"',
    '{"a":',
    '{"a": 1',
    '{"a": 1,',
    '{"a": "x',
    "[",
    "[1",
    "[1,",
    '"a',
    "tr",
    "1.",
]
TOLERATED = [
    *(
        '{"a": 1,}',
        "[1,]",
        '{"a": "one\ntwo"}',
        '{"a": "\x00"}',
        '{"a": "\\q"}',
        '{"a": "\\u12g4"}',
        "[True]",
        "[None]",
    ),
    *(
        'x {"a": 1}',
        '{"a": 1} x',
        '{"a": 1}}',
        '{}{"a": 1}',
        "```json\n{}\n```",
        '{"a":\\n1}',
        '["\ud83d"]',
        '["\\ud83d"]',
    ),
]
WRONG = [
    *("{'a': 1}", "{a: 1}", '{"a" 1}', '{"a": 1 "b": 2}', "[1 2]", "[1}", "[NaN]", "[Infinity]", "[-Infinity]", "[01]"),
    *(
        "[1.]",
        "[.5]",
        "[+1]",
        "[1e]",
        "[0x1]",
        "nul",
        "//",
        "{}//",
        "\ufeff{}",
        '["\\ude00\\ud83d"]',
        "}",
        "{,}",
        "[,]",
    ),
]


@pytest.mark.parametrize("text", [*UNFINISHED, *TOLERATED, *WRONG], ids=ascii)
def test_strict_refuses_what_is_unfinished_or_imperfect(text: str) -> None:
    with pytest.raises(PartialJSONError):
        parse_partial(text, strict=True)


PLAIN = [
    "{}",
    "[]",
    " { } ",
    '\r\n\t{"a" : [ 1 , 2.5e-3 , -0 ] }\n',
    '"\\ud83d\\ude00"',
    "null",
    "true",
    "-1.5",
    '"\x7f\u2028"',
]


@pytest.mark.parametrize("text", PLAIN, ids=ascii)
def test_strict_accepts_plain_json(text: str) -> None:
    assert same(parse_partial(text, strict=True), json.loads(text))


@given(json_objects(NUMBERS))
def test_strict_refuses_every_start_of_an_object_but_the_whole(value: dict[str, Any]) -> None:
    text = json.dumps(value)
    for end in range(len(text)):
        with pytest.raises(PartialJSONError):
            parse_partial(text[:end], strict=True)


UNREADABLE = [
    *("x", '{"a": x}', "{'a': 1}", '{"a" 1}', "{1: 2}", '{"a": 01}', "}", "[1 2]", "[1}", '{"a": 1 "b": 2}'),
    *('{"key": "v"alue"}', '["a" "b"', '["a" "b"]', "[,]", "{,}", "[1,,2]", '{"a":1,,"b":2}', '{"a"}', '{"a",'),
    *("1.2.3", "[1.2.3]", "[1.2.3", '{"a": 1.2.3, "b": 1}', "1 2", "--1", "+1", "01", "0x1", "[1.]", "[1e]", "[-]"),
    *("NaN", "[NaN]", "[NaN", '{"a": NaN}', "Infinity", "[-Infinity]", "[truth]", "[nul]", '{"a": tru, "b": 1}'),
    *('"a" "b"', '"a"b', '{"a": 1]', "[[1}", '{"a": [1}', "[tru e", "[1\\x, 2]", "['a'", "[\u00a01]"),
]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_has_no_reading_is_refused(text: str) -> None:
    with pytest.raises(PartialJSONError):
        parse_partial(text)


def test_the_error_is_a_value_error_and_one_of_ours() -> None:
    assert issubclass(PartialJSONError, ValueError)
    assert issubclass(PartialJSONError, UnspoolError)
    with pytest.raises(PartialJSONError) as caught:
        parse_partial("x")
    assert str(caught.value)
    assert caught.value.__cause__ is None


HALVES = st.text(st.characters(exclude_categories=()), max_size=20)


@given(
    st.one_of(HALVES, broken_arguments(), st.text('{}[]",:\\ntfueTFN0-.e \n\ud83d\ude00', max_size=20)), st.booleans()
)
def test_nothing_but_this_error_ever_comes_out(text: str, strict: bool) -> None:
    with suppress(PartialJSONError):
        parse_partial(text, strict=strict)


# --- size -----------------------------------------------------------------------------------

DEEP = 100_000


DEEP_TEXTS = {
    "arrays": "[" * DEEP,
    "objects": '{"a":' * DEEP,
    "both": '[{"a":' * DEEP,
    "closed arrays": "[" * DEEP + "]" * DEEP,
    "closed objects": '{"a":' * DEEP + "1" + "}" * DEEP,
}


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("text", DEEP_TEXTS.values(), ids=DEEP_TEXTS)
def test_deep_nesting_is_survived(text: str, strict: bool) -> None:
    """Too deep is an error like any other."""
    with pytest.raises(PartialJSONError):
        parse_partial(text, strict=strict)


def test_ordinary_depth_has_a_value() -> None:
    for text in ("[" * 100 + "]" * 100, '{"a":' * 100 + "1" + "}" * 100):
        assert parse_partial(text) == json.loads(text)
        assert parse_partial(text, strict=True) == json.loads(text)


def calls_made(text: str) -> int:
    """How many calls, of Python and of C, it takes to read ``text``."""
    count = 0

    def counting(*_: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(counting)
    try:
        parse_partial(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "piece",
    [
        '"k": "a\\nb\\"", ',
        '"k":, ',
        '"k": [True, 1, ], ',
        '"k": "\ud83dx", ',
        '"k":\\n "v",',
        '"k": {"l": {}},',
        "          ",
    ],
    ids=["escapes", "missing", "commas", "halves", "strays", "objects", "spaces"],
)
def test_the_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    small, large = calls_made("{" + piece * 50), calls_made("{" + piece * 500)
    assert large <= 10 * small


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("text", "kind"), [(None, "NoneType"), (b'{"a": 1', "bytes"), ({"a": 1}, "dict")])
def test_only_a_str_is_a_text(text: Any, kind: str, strict: bool) -> None:
    with pytest.raises(TypeError, match=f"text must be str, not {kind}"):
        parse_partial(text, strict=strict)


def test_every_state_but_the_last_has_its_handlers() -> None:
    assert set(HANDLERS) == {state for state in type(next(iter(HANDLERS))) if state.name != "END"}
