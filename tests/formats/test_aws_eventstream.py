"""Binary messages in any pieces to records; what is corrupted is reported, and damages nothing else."""

import json
import struct
import zlib
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.amazon import chunk, event, exception, header, message
from tests.fastpath.differential import observe
from tests.strategies import places
from tests.support import ROOT, run_here

from unspool.formats.aws_eventstream import AmazonMessages
from unspool.formats.detect import Format, detect
from unspool.formats.record import Record, RecordKind

SAMPLE = [json.loads(line) for line in (ROOT / "samples" / "bedrock.jsonl").read_bytes().splitlines()]
STREAM = b"".join(event(*item) for value in SAMPLE for item in value.items())
HI, END = event("contentBlockDelta", {"delta": {"text": "Hi"}}), event("messageStop", {"stopReason": "end_turn"})


def read(blocks: list[bytes]) -> list[Record]:
    framing = AmazonMessages()
    records = [record for block in blocks for record in framing.feed(block)] + framing.close()
    for record in records:
        if record.kind is RecordKind.VALUE:
            record.parse()
    return records


def seen(data: bytes, *cuts: int) -> list[tuple[Any, ...]]:
    """All that records tell, the data in these pieces."""
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    records = read([data[start:end] for start, end in pairwise(edges)])
    return [(r.number, r.offset, r.kind, r.data, r.fault and r.fault.reason) for r in records]


def values(data: bytes) -> list[Any]:
    return [record.value for record in read([data])]


def faults(data: bytes) -> list[tuple[int, str]]:
    """Offset and reason of each."""
    return [(record.offset, record.fault.reason) for record in read([data]) if record.fault is not None]


def test_a_binary_stream_says_what_its_events_say_as_json() -> None:
    assert values(STREAM) == SAMPLE
    for command, expected in (("text", "txt"), ("rewrite", "jsonl")):
        wanted = (ROOT / "samples" / f"bedrock.expected.{expected}").read_bytes()
        assert run_here([command], STREAM) == (0, wanted, "")


def test_the_body_of_a_chunk_is_the_record() -> None:
    assert values(chunk({"type": "ping"}) + chunk({"outputText": "Hi"})) == [{"type": "ping"}, {"outputText": "Hi"}]


@given(places())
def test_no_cut_changes_anything(at: list[int]) -> None:
    assert seen(STREAM, *at) == seen(STREAM)


def test_single_bytes_give_the_same() -> None:
    assert seen(STREAM, *range(len(STREAM))) == seen(STREAM)


@given(st.data())
def test_corrupted_bytes_are_reported_and_the_cuts_still_do_not_matter(data: st.DataObject) -> None:
    """R10: bytes replaced, lost or added; no message that is whole is lost, and none is invented."""
    corrupted = bytearray(STREAM)
    for _ in range(data.draw(st.integers(1, 3))):
        at, size = data.draw(st.integers(0, len(corrupted) - 1)), data.draw(st.integers(0, 30))
        corrupted[at : at + size] = data.draw(st.binary(max_size=30))
    whole = seen(bytes(corrupted))
    assert seen(bytes(corrupted), *data.draw(places())) == whole
    assert [one[0] for one in whole] == list(range(1, len(whole) + 1))
    for _, offset, kind, body, _ in whole:
        assert 0 <= offset <= len(corrupted)
        assert kind is not RecordKind.VALUE or json.loads(body) in SAMPLE


def test_a_wrong_checksum_spoils_one_message() -> None:
    corrupted = bytearray(HI + HI + END)
    corrupted[len(HI) + 60] ^= 1
    assert [record.kind.name for record in read([bytes(corrupted)])] == ["VALUE", "MALFORMED", "VALUE"]
    ((offset, reason),) = faults(bytes(corrupted))
    assert offset == len(HI)
    assert reason.startswith("a message whose CRC is wrong (")
    ran = run_here(["text"], bytes(corrupted))
    assert (ran.code, ran.stdout) == (3, b"Hi\n")
    assert f"record 2 (byte {len(HI)}): a message whose CRC is wrong" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_after_a_corrupted_prelude_the_next_message_is_found() -> None:
    corrupted = bytearray(HI + HI + END)
    corrupted[len(HI) + 2] ^= 1
    assert values(bytes(corrupted)) == [*values(HI), None, *values(END)]
    assert faults(bytes(corrupted)) == [
        (len(HI), f"{len(HI)} bytes that are no message of an event stream (the prelude's CRC is wrong)")
    ]


def test_the_end_of_the_source_may_cut_a_message() -> None:
    """R11: behind its prelude, or inside of it."""
    assert faults(HI + END[:40]) == [(len(HI), f"a message cut after 40 of {len(END)} bytes")]
    assert faults(HI + END[:5]) == [(len(HI), "a message cut after 5 bytes")]
    for cut in (HI[:40], HI + END[:40], HI + END[:5]):
        ran = run_here(["text"], cut)
        assert (ran.code, ran.stderr.count("\n")) == (4, 1)
    assert faults(HI + END + b"\n") == []  # as an editor or echo adds it
    assert faults(b"junk" * 4) == [(0, "16 bytes that are no message of an event stream (the prelude's CRC is wrong)")]


def test_a_length_that_cannot_be_is_no_message() -> None:
    """None is longer than 16 MiB, and headers are no longer than their message; a checksum proves nothing then."""
    for lengths in (struct.pack(">II", 1 << 25, 0), struct.pack(">II", 16, 1)):
        prelude = lengths + struct.pack(">I", zlib.crc32(lengths))
        assert faults(prelude + HI)[0][0] == 0
        assert values(prelude + HI)[1:] == values(HI)


def test_exceptions_and_errors_are_errors_to_every_dialect() -> None:
    error = message(message_type="error", error_code="internal", error_message="Try again.")
    assert values(exception("throttlingException", "Too many.") + error) == [
        {"type": "error", "error": {"message": "Too many.", "type": "throttlingException"}},
        {"type": "error", "error": {"message": "Try again.", "type": "internal"}},
    ]
    for stream in (HI, chunk({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hi"}})):
        ran = run_here(["text"], stream + exception("modelStreamErrorException", "It broke."))
        assert (ran.code, ran.stdout) == (5, b"Hi\n")
        assert "the provider sent an error: It broke. (code modelStreamErrorException)" in ran.stderr


@pytest.mark.parametrize(
    ("corrupted", "reason"),
    [
        (message(b"{}", event_type="chunk", message_type="event"), "a chunk event without bytes in base64"),
        (message(b'{"bytes":"&"}', event_type="chunk", message_type="event"), "a chunk event without bytes in base64"),
        (message(b"[]", event_type="chunk", message_type="event"), "a chunk event without bytes in base64"),
        (message(b"{}", raw_headers=b"\5:a"), "a message whose headers cannot be read"),
        (message(b"{}", raw_headers=b"\1a\7\0\5ab"), "a message whose headers cannot be read"),
        (message(b"{}", raw_headers=b"\1a\77"), "a message whose headers cannot be read"),
        (message(b"{}", raw_headers=b"\1a\7\0\1\xff"), "a message whose headers cannot be read"),
        (message(b"{}", message_type="event"), "a message without :event-type"),
        (message(b"{", event_type="chunk", message_type="event"), "not JSON: unexpected end of data"),
    ],
)
def test_what_cannot_be_read_is_reported(corrupted: bytes, reason: str) -> None:
    assert faults(corrupted + HI) == [(0, reason)]
    assert values(corrupted + HI)[1:] == values(HI)


def test_headers_of_every_type_are_passed_over() -> None:
    others = b"\1a\0\1b\1\1c\2c\1d\3dd\1e\4eeee\1f\5ffffffff\1g\6\0\2gg\1h\10hhhhhhhh\1i\11iiiiiiiiiiiiiiii"
    long = header("long", "l" * 300)  # its length needs both bytes
    assert values(message(b"", raw_headers=others + long + header(":event-type", "x"))) == [{"x": {}}]


def test_a_payload_that_is_no_json_is_a_malformed_record() -> None:
    (record,) = read([message(b"\xff", event_type="x", message_type="event")])
    assert record.kind is RecordKind.MALFORMED


@pytest.mark.parametrize(
    ("head", "found"),
    [(HI, Format.AMAZON), (HI[:12], Format.AMAZON), (HI[:11], None), (b"\0", None), (b"\0" * 12, None)],
)
def test_the_prelude_shows_the_format(head: bytes, found: Format | None) -> None:
    assert detect(head) is found


def test_a_message_is_heard_when_its_last_byte_has_come() -> None:
    """Nothing waits for a line feed, with the fast path on or off."""
    for fast in (True, False):
        run = observe([HI[:50], HI[50:], END], ["text"], fast=fast)
        assert run.timeline[:4] == [("reads", 0), ("reads", 1), ("text", b"Hi"), ("reads", 2)]


def test_a_huge_message_is_not_looked_at_again_and_again() -> None:
    """It is joined once, however small its pieces are."""
    huge = event("contentBlockDelta", {"delta": {"text": "x" * 200_000}})
    framing = AmazonMessages()
    records = [record for at in range(0, len(huge), 10) for record in framing.feed(huge[at : at + 10])]
    assert len(records) == 1
