"""Cutting records out of lines gives what parsing each line gives."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.test_layers import read
from tests.support import chunk

from unspool.errors import SourceCut
from unspool.intake.json_text.line_cutter import Cut, learn

TEXTS = st.sampled_from(["Hi", 'say "}]}" ', "}},{", "\\", "\n", "é🚢", '"finish_reason":null}]}', ""])
CHUNKS = st.builds(
    lambda text, more, finish: chunk({"content": text}, finish, **more),
    TEXTS,
    st.sampled_from([{}, {"usage": None}, {"obfuscation": "a\\b}"}, {"x": {"id": "chatcmpl-1"}}]),
    st.sampled_from([None, "stop"]),
)


def line(one: Any, kind: str, number: int, spaced: bool) -> str:
    value = json.dumps(one) if kind.startswith("string") else one
    members: dict[str, Any] = {"ts": number / 7, "level": "info\\" if number % 5 == 0 else "debug", "chunk": value}
    if kind.endswith("after"):
        members |= {"request": number, "more": {"a": [1, {"b": "}"}]}}
    elif kind.endswith("copy"):
        members |= {"copy": value}
    elif kind.endswith("before"):
        members = {"n": {"chunk": 1}, **members}
    elif kind.endswith("none"):
        members["chunk"] = None
    elif kind.endswith("missing"):
        del members["chunk"]
    return json.dumps(members, separators=None if spaced else (",", ":"))


ENDS = ["\n", "\r\n", ",\n"]
"""Of lines, and of the elements of an array."""


def joined(texts: list[str], end: str) -> bytes:
    return (f"[{end.join(texts)}]" if "," in end else "".join(text + end for text in texts)).encode()


KINDS = st.sampled_from(["object"] * 8 + ["object after", "object copy", "object before", "none", "missing", "string"])


@given(
    st.lists(st.tuples(CHUNKS, KINDS, st.booleans()), min_size=12, max_size=40),
    st.booleans(),
    st.sampled_from(ENDS),
)
def test_lines_give_what_parsing_gives(lines: list[tuple[Any, str, bool]], strings: bool, end: str) -> None:
    kinds = [("string" + kind.removeprefix("object") if strings else kind) for _, kind, _ in lines]
    first = line(chunk({"role": "assistant"}), "string" if strings else "object", 0, False)
    texts = [
        first,
        *(line(one, kind, at, spaced) for at, ((one, _, spaced), kind) in enumerate(zip(lines, kinds, strict=True))),
    ]
    data = joined(texts, end)
    expected = [json.loads(text).get("chunk") for text in texts]
    expected = [json.loads(one) if isinstance(one, str) else one for one in expected if one is not None]
    for size in (len(data), 100, 1000):
        streams, _ = read([data[at : at + size] for at in range(0, len(data), size)])
        assert [json.loads(one) for one in b"".join(stream for _, stream in streams).splitlines()] == expected


def read_or_fail(blocks: list[bytes]) -> object:
    try:
        return read(blocks)
    except SourceCut as fault:  # a quote can hide the last bracket of an array
        return fault.reason


LINES = st.lists(st.tuples(CHUNKS, KINDS, st.booleans()), min_size=8, max_size=24)


@given(
    LINES,
    st.booleans(),
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from([b"", b'"', b"}", b"\xff"])), max_size=4),
    st.sampled_from(ENDS),
)
def test_damaged_lines_give_the_same_however_they_are_cut(
    lines: list[tuple[Any, str, bool]], strings: bool, damages: list[tuple[float, bytes]], end: str
) -> None:
    first = line(chunk({"role": "assistant"}), "string" if strings else "object", 0, False)
    texts = [line(one, "string" if strings else kind, at, spaced) for at, (one, kind, spaced) in enumerate(lines)]
    data = joined([first, *texts], end)
    behind = len(first) + 1
    for where, replacement in damages:
        at = behind + int(where * (len(data) - behind - 2))
        if data[at : at + 1] != b"\n":
            data = data[:at] + replacement + data[at + 1 :]
    whole = read_or_fail([data])
    for size in (1, 18, 100, 1000):
        assert read_or_fail([data[at : at + size] for at in range(0, len(data), size)]) == whole


@pytest.mark.parametrize("blank", [b"\n", b"\r\n"])
@pytest.mark.parametrize("place", range(1, 6))
def test_a_pattern_is_learnt_whatever_line_is_blank_and_however_they_are_cut(place: int, blank: bytes) -> None:
    """A line that is cut keeps the white space in its record, one that is parsed does not."""
    lines = [b'{"ts":1,"chunk":%s}\n' % json.dumps(chunk({"content": str(number)})).encode() for number in range(9)]
    data = b"".join([*lines[:place], blank, *lines[place:]])
    whole = read([data])
    assert b'"content": "8"' in whole[0][0][1]
    for size in (1, 100, len(lines[0])):
        assert read([data[at : at + size] for at in range(0, len(data), size)]) == whole


def test_a_line_with_two_records_has_no_pattern() -> None:
    assert learn(b'{"chunk":[{"a":1},{"a":2}]}', ("chunk",)) is None
    assert learn(b'{"chunk":7}', ("chunk",)) is None
    assert learn(b'{"chunk":', ("chunk",)) is None


def test_names_must_be_the_same_and_values_need_not() -> None:
    pattern = learn(b'{"ts":1,"a":{"b":"c"},"chunk":{"x":1},"n":[1,true]}', ("chunk",))
    assert pattern is not None
    fitting = b'{"ts":-2.5e3,"a":{"b":"\\"d"},"chunk":{"y":"}","x":"2"},"n":[8,true]}\n'
    assert pattern.split(fitting) == ([b"", b""], Cut([b'{"y":"}","x":"2"}'], []))
    for other in (fitting.replace(b"ts", b"tz"), fitting.replace(b"true", b"false"), fitting.replace(b"[8,", b"[8,8,")):
        assert pattern.split(other) == ([other], Cut([], []))


def test_a_copy_of_the_record_is_no_part_of_it() -> None:
    pattern = learn(b'{"chunk":{"id":"a","x":1}}', ("chunk",))
    assert pattern is not None
    one, two = b'{"chunk":{"id":"b","x":2}}\n', b'{"chunk":{"id":"c","x":3},"copy":{"id":"c","x":3}}\n'
    assert pattern.split(one + two + one) == ([b"", two, b""], Cut([b'{"id":"b","x":2}'] * 2, []))


@given(st.lists(st.tuples(CHUNKS, st.integers(0, 7)), min_size=8, max_size=24))
def test_strings_in_lines_of_text_are_read_in_the_same_way_however_the_lines_are_cut(
    lines: list[tuple[Any, int]],
) -> None:
    def logged(number: int, text: str, form: int) -> str:
        level = "debug" if form == 1 else "info"
        text = text[: len(text) // 2] if form == 2 else text[:-1] + '\\x1b"' if form == 3 else text
        behind = f' note="{number} \\"x\\""' if form == 4 else "" if form == 5 else " ms=7"
        return f"time=2031-05-04T03:02:0{number % 10}Z level={level} msg={text}{behind}\n"

    first = json.dumps(json.dumps(chunk({"role": "assistant"})))
    texts = [first, *(json.dumps(json.dumps(one)) for one, _ in lines)]
    forms = [0, *(form for _, form in lines)]
    log = [logged(number, text, form) for number, (text, form) in enumerate(zip(texts, forms, strict=True))]
    data = "".join(log).encode()
    whole = read([data])
    for size in (1, 100, 1000):
        assert read([data[at : at + size] for at in range(0, len(data), size)]) == whole
    found = b"".join(stream for _, stream in whole[0]).splitlines()
    expected = [json.loads(text).encode() for text, form in zip(texts, forms, strict=True) if form not in (2, 3)]
    assert [one for one in found if one in expected] == expected
