"""Records: read once, and split where [DONE] is glued on (R10, B11)."""

import pytest
from tests.support import raw_of

from unspool.core.errors import MalformedRecord
from unspool.formats.record import DONE, Record, RecordKind, blank, ends_with_done, split_done


def test_a_record_is_read_once() -> None:
    record = Record(1, 0, b'{"a":1}', None)
    value = record.parse()
    assert value == {"a": 1}
    assert record.parse() is value is record.value
    assert record.kind is RecordKind.VALUE


def test_r10_a_fault_is_kept() -> None:
    record = Record(3, 10, b"{", b"{\n")
    assert record.parse() is None
    assert record.kind is RecordKind.MALFORMED
    assert isinstance(record.fault, MalformedRecord)
    assert (raw_of(record), record.number, record.offset) == (b"{\n", 3, 10)


def test_r10_a_value_that_is_no_chunk_is_spoiled_later() -> None:
    record = Record(1, 0, b"[]", None)
    record.parse()
    fault = MalformedRecord("no chunk")
    record.mark_malformed(fault)
    assert (record.kind, record.fault) == (RecordKind.MALFORMED, fault)


def test_a_blank_record_has_no_content() -> None:
    record = blank(2, 7, b"\n", ("B3",))
    assert (record.kind, record.data, raw_of(record), record.quirks) == (RecordKind.BLANK, b"", b"\n", ("B3",))


@pytest.mark.parametrize(
    ("data", "ends"),
    [(b"[DONE]", True), (b"{}[DONE]", True), (b"[DONE]  ", True), (b"{}", False), (b"", False), (b" ", False)],
)
def test_b11_done_at_the_end(data: bytes, ends: bool) -> None:
    assert ends_with_done(data) is ends


@pytest.mark.parametrize("data", [b"{}[DONE]", b"{} [DONE] ", b"{}data: [DONE]", b"{} data:[DONE]"])
def test_b11_a_glued_done_is_split_off(data: bytes) -> None:
    records: list[Record] = []
    assert split_done(4, 9, data, b"raw\n", records) == 5
    assert [(r.number, r.offset, r.data, raw_of(r), r.kind, r.quirks) for r in records] == [
        (4, 9, b"{}", None, RecordKind.VALUE, ("B11",)),
        (5, 9 + data.index(DONE), DONE, None, RecordKind.DONE, ()),
    ]


def test_done_alone_keeps_its_bytes() -> None:
    records: list[Record] = []
    assert split_done(4, 9, b"[DONE]", b"[DONE]\r\n", records) == 4
    assert [(r.number, raw_of(r), r.kind) for r in records] == [(4, b"[DONE]\r\n", RecordKind.DONE)]
