"""JSON text to values and back, where orjson is too strict (R1, R10)."""

import itertools
import json
import sys
from typing import Any

import pytest

from unspool.core.errors import MalformedRecord
from unspool.formats.json_codec import (
    DEEPEST,
    HUGE,
    MOST_CONTAINERS,
    decode,
    decode_leading_strings,
    decode_record,
    decode_strings,
    encode,
    encode_each,
)
from unspool.formats.record import Record


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a":[1,2.5,null,true]}', {"a": [1, 2.5, None, True]}),
        ('"\u00e9\u2028\U0001f600"'.encode(), "\u00e9\u2028\U0001f600"),
        (rb'"\ud83d\ude00"', "\U0001f600"),
        (rb'"\ud83d"', "\ud83d"),
        (rb'{"a":"x\ude00","b":1}', {"a": "x\ude00", "b": 1}),
        (rb'["\ud83d", 123456789012345678901234567890]', ["\ud83d", 123456789012345678901234567890]),
    ],
)
def test_half_a_surrogate_pair_can_be_read(data: bytes, value: Any) -> None:
    assert decode(data) == value


@pytest.mark.parametrize(
    ("data", "reason", "position"),
    [
        (b'{"a":}', "not JSON", 5),
        (b"", "not JSON", 0),
        ('{"\u00e9\u00e9":}'.encode(), "not JSON", 8),
        (b'"caf\xe9"', "not UTF-8", 4),
        (b'{"a":NaN}', "not JSON", 5),
        (rb'["\ud83d",NaN]', "not JSON", None),
        (rb'["\ud83d",', "not JSON", None),
    ],
)
def test_r10_what_cannot_be_read_says_where(data: bytes, reason: str, position: int | None) -> None:
    """R10: the place in bytes, not in characters."""
    with pytest.raises(MalformedRecord, match=reason) as raised:
        decode(data)
    if position is not None:
        assert raised.value.position == position


@pytest.mark.parametrize("prefix", [b"", rb'"\ud83d",'])
@pytest.mark.parametrize("inner", [b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000])
def test_r10_nesting_without_end_is_refused(prefix: bytes, inner: bytes) -> None:
    with pytest.raises(MalformedRecord, match="nested too deeply"):
        decode(b"[" + prefix + inner + b"]")


@pytest.mark.parametrize(
    ("bodies", "texts"),
    [
        ([b"Hi"], ["Hi"]),
        ([b""], [""]),
        ([b"", b""], ["", ""]),
        ([rb"\n", b"b", rb"\\"], ["\n", "b", "\\"]),
        (["\u00e9\u2028".encode(), rb"\u0000"], ["\u00e9\u2028", "\0"]),
        ([b" a ", b"\x7f"], [" a ", "\x7f"]),
    ],
)
def test_strings_are_read_together(bodies: list[bytes], texts: list[str]) -> None:
    assert decode_strings(bodies) == texts


@pytest.mark.parametrize(
    "bodies",
    [
        [b'a","b'],
        [b'a","b', b'c","d'],
        [b'a"', b'"b'],
        [b'a" , "b', b"c"],
        [b'"'],
        [b'a",1,"b'],
        [b'a",["x"],"b'],
        [b'a",{"x":"'],
        [b'a"],["b'],
        [b'a","b', b"c\\", b"d"],
        [b"\\", b"a"],
        [b"a\\", b",\n"],
        [b"\\", b'",\n"'],
        [rb"\ud83d"],
        [rb"\ud83d", rb"\ude00"],
        [rb"\u12", b"34"],
        [rb"\x"],
        [b"\xff"],
        [b"\xc3", b"\xa9"],
        [b"\xed\xa0\xbd"],
        [b"a\x00"],
        [b"a\tb"],
        [b"a\rb"],
        [],
    ],
)
def test_what_is_no_string_is_told_even_where_the_count_would_be_right(bodies: list[bytes]) -> None:
    """A body that is two strings, and one that swallows the next: both have no place among the others."""
    assert decode_strings(bodies) is None
    assert decode_strings([b"before", *bodies, b"behind"]) is None or not bodies


@pytest.mark.parametrize("pieces", list(itertools.product(['"', "\\", ",", "a", "1", ""], repeat=3)), ids=repr)
def test_no_bodies_cheat_the_count(pieces: tuple[str, ...]) -> None:
    """Two bodies made of what strings end with, against one by one."""
    for at in range(3):
        bodies = ["".join(pieces[:at]).encode(), "".join(pieces[at:]).encode(), b"behind"]
        one_by_one = [_string(body) for body in bodies]
        assert decode_strings(bodies) == (None if None in one_by_one else one_by_one)


@pytest.mark.parametrize("bad", [b'"', b"\\", b'a","b', rb"\ud83d", b"\xff", b"a\n"])
@pytest.mark.parametrize("count", [1, 2, 5, 64])
def test_strings_before_one_that_is_none_are_decoded(bad: bytes, count: int) -> None:
    bodies = [b"a%d" % number for number in range(count)]
    texts = [body.decode() for body in bodies]
    assert decode_leading_strings(bodies) == texts
    for at in {0, 1, count // 2, count}:
        assert decode_leading_strings([*bodies[:at], bad, *bodies[at:]]) == texts[:at]
    assert decode_leading_strings([]) == []


def _string(body: bytes) -> str | None:
    try:
        value = json.loads(b'"%b"' % body)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


@pytest.mark.parametrize(
    "texts",
    [
        ["a"],
        ["", ""],
        ["a", "", "b"],
        ["\0"],
        ["\0", "\0"],
        ["a\0b", "c"],
        ["\\u0000"],
        ["\\", "u0000"],
        ["a\\", "\\u0000", "b"],
        ["\\\\u0000", ""],
        ["\0", "\\u0000", "\0\0"],
        ['"', "\\", "\n", "\x1f", "\u00e9", "\u2028"],
        ["u0000", "0", "\\u000", "0"],
    ],
)
def test_texts_are_written_together_as_they_are_one_by_one(texts: list[str]) -> None:
    """The mark between them is a NUL: one of their own, or a backslash with u0000 behind it, is not taken for it."""
    assert encode_each(texts) == [encode(text)[1:-1] for text in texts]


@pytest.mark.parametrize(
    "value",
    [
        {"a": ["\u00e9", "\u2028", "\x1b", 1.5, None]},
        {"half": "\ud83d", "n": 1},
        123456789012345678901234567890,
        {"created": 1, "x": {}},
    ],
)
def test_what_is_written_reads_back(value: Any) -> None:
    line = encode(value)
    assert b"\n" not in line
    assert json.loads(line) == value
    line.decode()


def test_written_json_is_compact_and_plain_utf8() -> None:
    assert encode({"a": "\u00e9", "b": [1]}) == '{"a":"\u00e9","b":[1]}'.encode()


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def test_a_value_nested_too_deeply_cannot_be_written() -> None:
    with pytest.raises(MalformedRecord, match="nested too deeply"):
        encode(nested(100_000))


def test_a_value_deeper_than_orjson_writes_is_written() -> None:
    """What can be read can be written again: its limit is lower for writing than for reading."""
    assert json.loads(encode(nested(400))) == nested(400)


@pytest.mark.parametrize(
    ("tail", "reason", "behind"),
    [(b'x"x}', "not JSON", 2), (b'\xff"}', "not UTF-8", 0), (b'\n"}', "not JSON", 0), (b"", "not JSON", 0)],
)
@pytest.mark.parametrize("filling", [b"x", "é".encode()])
def test_r10_what_is_wrong_with_a_huge_text_has_its_place_and_keeps_no_copy(
    tail: bytes, reason: str, behind: int, filling: bytes
) -> None:
    head = b'{"a":"' + filling * 600_000 * (3 - len(filling))
    with pytest.raises(MalformedRecord, match=reason) as raised:
        decode(head + tail)
    position = raised.value.position
    assert position is not None
    assert abs(position - len(head) - behind) <= 1
    assert raised.value.__context__ is None or reason == "not UTF-8"


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"9" * 400, b"-" + b"9" * 5000])
def test_numbers_beyond_a_double_are_the_largest(number: bytes) -> None:
    (value,) = decode(b"[%b]" % number)
    assert abs(value) == sys.float_info.max
    assert (value < 0) == number.startswith(b"-")


@pytest.mark.parametrize("size", [0, HUGE])
@pytest.mark.parametrize(("before", "behind"), [("[", "]"), ('{"a":', "}")])
def test_values_are_nested_as_deep_as_python_can_walk(before: str, behind: str, size: int) -> None:
    padding = b" " * size
    fits = (before * DEEPEST + "1" + behind * DEEPEST).encode()
    assert decode(fits + padding)
    with pytest.raises(MalformedRecord, match=f"nested too deeply .more than {DEEPEST} levels"):
        decode(b"[" + fits + b"]" + padding)


@pytest.mark.parametrize("levels", [DEEPEST - 10, DEEPEST])
def test_a_text_that_ends_behind_open_brackets_is_cut(levels: int) -> None:
    """orjson says that it could not allocate memory."""
    with pytest.raises(MalformedRecord, match="unexpected end of data"):
        decode(b"[" * levels)


def test_infinities_of_huge_texts_are_encoded_as_the_largest_double() -> None:
    value = decode(b"[1e400,-1e400,%b]" % (b" " * HUGE + b"9" * 30))
    assert json.loads(encode(value)) == [sys.float_info.max, -sys.float_info.max, int("9" * 30)]


def test_a_record_of_millions_of_small_values_is_refused() -> None:
    record = Record(1, 0, b"[" + b"{}," * MOST_CONTAINERS + b"{}]", None)
    assert record.parse() is None
    assert record.fault is not None
    assert record.fault.reason == "too many values (more than 2,097,152 arrays and objects)"


@pytest.mark.parametrize("before", ["", '"', "\\", '\\"'])
def test_brackets_inside_strings_are_no_arrays_and_objects(before: str) -> None:
    """A model may write millions of them, for example when it repeats itself."""
    value = {"text": before + "[{" * (MOST_CONTAINERS // 2), before: [{before: "["}]}
    assert decode_record(json.dumps(value).encode()) == value


@pytest.mark.parametrize("text", ["", '\\"', "[" * 9])
def test_the_arrays_between_strings_are_counted(text: str) -> None:
    some = b"[%b]," % json.dumps(text).encode()
    count = HUGE // 4
    assert decode(b"[" + some * count + b"[]]", count + 2)
    for behind in (b"[]]", b"[]]" + b" " * HUGE):
        with pytest.raises(MalformedRecord, match="too many values"):
            decode(b"[" + some * count + behind, count + 1)


@pytest.mark.parametrize("beside", ["\ud83d", 10**30])
def test_a_text_is_written_alike_whatever_is_next_to_it(beside: Any) -> None:
    """The fast path joins a text to the rest of its chunk, which orjson may not be able to encode."""
    text = 'é\x7f\u2028 \U0001f600 "\\/\n\x01'
    encoded = encode({"text": text, "beside": beside})
    assert encoded == b'{"text":%b,"beside":%b}' % (encode(text), json.dumps(beside).encode())
    assert json.loads(encoded) == {"text": text, "beside": beside}
