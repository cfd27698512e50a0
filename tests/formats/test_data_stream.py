"""Lines with a code before their JSON."""

import pytest
from tests.support import run_here

from unspool.formats.data_stream import DataStream
from unspool.formats.detect import Format, detect
from unspool.formats.framer import Framer
from unspool.formats.record import RecordKind

LINES = b'f:{"messageId":"m"}\r\n\n0:"Hi\\n"\n9:[1]\n'


@pytest.mark.parametrize("size", [1, 3, 100])
def test_records_for_every_cut(size: int) -> None:
    framer = Framer()
    blocks = [LINES[start : start + size] for start in range(0, len(LINES), size)]
    records = [record for block in blocks for record in framer.feed(block)] + framer.close()
    assert [(record.number, record.offset) for record in records] == [(1, 0), (1, 21), (2, 22), (3, 31)]
    values = [record.parse() for record in records if record.kind is RecordKind.VALUE]
    assert values == [
        {"code": "f", "value": {"messageId": "m"}},
        {"code": "0", "value": "Hi\n"},
        {"code": "9", "value": [1]},
    ]
    assert b"".join((record.line or b"") + record.end for record in records) == LINES


@pytest.mark.parametrize("head", [b'0:"a"\n', b'f:{"a":1}\n', b"2:[1]\n"])
def test_it_is_told_by_its_first_line(head: bytes) -> None:
    assert detect(head) is Format.DATA


@pytest.mark.parametrize("head", [b"0: a\n", b"z:{}\n", b'00:"a"\n', b"a:b\n"])
def test_other_lines_are_none(head: bytes) -> None:
    assert detect(head) is not Format.DATA


def test_a_broken_line_is_told_and_reading_goes_on() -> None:
    records = DataStream().feed(b'0:"a\n0:"b"\nnot json\n{"choices":[]}\n')
    assert [record.kind for record in records] == [
        RecordKind.MALFORMED,
        RecordKind.VALUE,
        RecordKind.MALFORMED,
        RecordKind.VALUE,
    ]
    ran = run_here(["text"], b'0:"The "\n0:"a\n0:"gate."\nd:{"finishReason":"stop"}\n')
    assert (ran.stdout, ran.code) == (b"The gate.\n", 3)


def test_every_cut_is_one_early_end() -> None:
    """Inside of the code, of a value or of an escape: the last line is cut, and no damage."""
    data = b'0:"The \\ud83d\\udea2 "\n0:"gate."\ne:{"finishReason":"stop"}\nd:{"finishReason":"stop"}\n'
    for end in range(3, len(data) - 1):
        ran = run_here(["text"], data[:end])
        assert (ran.code, ran.stderr.count("\n")) == (4, 1), (data[:end], ran)
