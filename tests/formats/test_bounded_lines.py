"""A record beyond the limit is one fault, is not kept, and takes no other record with it, however the bytes are cut."""

from typing import Any

import pytest
from tests.sizes import held_size

from unspool.formats.detect import Format
from unspool.formats.framer import Framer
from unspool.formats.record import Record, RecordKind

LIMIT = 200
ONE, TWO = b'{"id":"1","choices":[]}', b'{"id":"2","choices":[]}'
LONG = b'{"id":"x","choices":[' + b" " * LIMIT + b"]}"
SOURCES = [
    (Format.JSONL, ONE + b"\n", LONG + b"\n"),
    (Format.JSONL, ONE + b"\r\n", LONG + b"\r\n"),
    (Format.SSE, b"data: " + ONE + b"\n\n", b"data: " + LONG + b"\n\n"),
    (Format.SSE, b"data: " + ONE + b"\r\n\r\n", b"event: a\r\ndata: " + LONG + b"\r\ndata: 1\r\n\r\n"),
    (Format.SSE, b"data: " + ONE + b"\n\n", b"data: [\n" + b"data: 1,\n" * LIMIT + b"\n"),
    (Format.JSON, b'{\n  "id": 1\n}\n', b'{\n  "id": [\n' + b"    1,\n" * LIMIT + b"  ]\n}\n"),
    (Format.JSON, b'{\n  "id": 1\n}\n', b'{\n  "id": "' + b"x" * LIMIT + b'"\n}\n'),
    (Format.DATA, b'0:"Hi"\n', b'0:"' + b"x" * LIMIT + b'"\n'),
    (Format.ARRAY, b'{"id":{}},', b'{"id":{"a":"' + b"x" * LIMIT + b'"}},'),
    (Format.ARRAY, b'{\n  "id": 1\n},\n', b'{\n  "id": [\n' + b"    1,\n" * LIMIT + b"  ]\n},\n"),
]


def framed(data: bytes, form: Format, size: int) -> list[Record]:
    framer = Framer(form, largest=LIMIT)
    blocks = [data[at : at + size] for at in range(0, len(data), size)]
    return [record for block in blocks for record in framer.feed(block)] + framer.close()


def read(data: bytes, form: Format, size: int) -> list[tuple[Any, ...]]:
    records = [one for one in framed(data, form, size) if one.kind is not RecordKind.BLANK]
    for one in records:
        if one.kind is RecordKind.VALUE:
            one.parse()
    return [(one.number, one.offset, one.kind, one.value, one.cut, one.fault and one.fault.reason) for one in records]


@pytest.mark.parametrize(("form", "good", "long"), SOURCES)
def test_one_record_is_too_large_and_the_others_are_read_in_every_cut(form: Format, good: bytes, long: bytes) -> None:
    data = (b"[" if form is Format.ARRAY else b"") + good + long + good + long + long + good
    expected = read(data, form, 100)
    assert [cut for *_, cut, _ in expected] == [False, True, False, True, True, False]
    assert {str(reason) for *_, cut, reason in expected if cut} == {"larger than a record may be (200 bytes)"}
    offsets = [offset for _, offset, *_ in expected]
    assert data[offsets[2] :].startswith(good.rstrip(b",\r\n"))
    for size in (*range(1, 40), LIMIT):
        assert read(data, form, size) == expected


@pytest.mark.parametrize("begin", [b"", b"data: ", b'{"a":"', b'0:"', b'[{"a":"', b'{\n "a":"', b"data: [\ndata: "])
def test_a_record_that_never_ends_takes_bounded_memory(begin: bytes) -> None:
    framer = Framer(largest=5_000)
    records = framer.feed(begin)
    for _ in range(1_000):
        records += [one for one in framer.feed(b"x" * 100) if one.kind is not RecordKind.BLANK]
    assert held_size(framer) < 20_000
    assert [one.cut for one in records + framer.close()] == [True]


def test_a_line_that_is_too_large_leaves_as_it_came() -> None:
    data = ONE + b"\n" + LONG * 5 + b"\n" + TWO + b"\n"
    for size in (1, 7, 50, LIMIT):
        records = framed(data, Format.JSONL, size)
        assert b"".join((one.line or b"") + one.end for one in records) == data


def test_a_record_of_just_the_limit_is_read() -> None:
    line = ONE[:-1] + b" " * (LIMIT - len(ONE) - 1) + b"}\n"
    assert len(line) == LIMIT
    for size in (1, LIMIT):
        assert [one.cut for one in framed(line * 2, Format.JSONL, size)] == [False, False]
        assert [one.cut for one in framed(b" " + line, Format.JSONL, size)] == [True]
