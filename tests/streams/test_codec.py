"""JSON text to values and back, where orjson is too strict (R1, R10)."""

import json
from typing import Any

import pytest

from unspool.core.errors import MalformedRecord
from unspool.streams.codec import decode, decode_string, encode


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
    ("data", "text"),
    [
        (b'"Hi"', "Hi"),
        (b'""', ""),
        (rb'"\n"', "\n"),
        (b"1", None),
        (b'"a","b"', None),
        (b"", None),
        (rb'"\ud83d"', None),
    ],
)
def test_one_string_and_nothing_else(data: bytes, text: str | None) -> None:
    assert decode_string(data) == text


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
