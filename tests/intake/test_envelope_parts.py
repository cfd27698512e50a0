"""The parts of the reader of envelopes, each alone."""

from functools import partial
from typing import Any

import pytest

from unspool.formats.record import Record
from unspool.intake.envelopes.log_framing import LogFraming
from unspool.intake.envelopes.responses import Responses
from unspool.intake.json_text.line_cutter import Cut, LineCutter, learn
from unspool.intake.json_text.object_ends import lines_in
from unspool.intake.json_text.stream_text import StreamText
from unspool.intake.json_text.times import Clock

LINE = b'{"ts":1,"chunk":{"id":"a"}}\n'


def data_of(framing: LogFraming, blocks: list[bytes]) -> list[Any]:
    """Lines as they are, and of records their data."""
    found: list[bytes | list[Record]] = [one for block in blocks for one in framing.feed(block)]
    found += framing.close()
    return [one if isinstance(one, bytes) else [record.data for record in one] for one in found if one]


def test_framing_gives_lines_from_the_second_on() -> None:
    record = LINE.rstrip()
    assert data_of(LogFraming(True), [LINE * 3, LINE[:5], LINE[5:], LINE[:5]]) == [[record], LINE * 2, LINE, [LINE[:5]]]
    assert data_of(LogFraming(False), [LINE * 2]) == [[record], [record]]
    assert data_of(LogFraming(True), [b"[" + record + b",", record + b"]"]) == [[record], record + b"\n"]


def test_a_cutter_parses_four_lines_and_cuts_the_others() -> None:
    other = b'{"ts":1}\n'
    cutter = LineCutter(partial(learn, path=("chunk",)))
    assert [*cutter.feed(LINE * 3)] == [LINE * 3]
    assert [*cutter.feed(LINE * 2 + other + LINE)] == [
        LINE,
        Cut([b'{"id":"a"}'], []),
        other,
        Cut([b'{"id":"a"}'], []),
    ]


@pytest.mark.parametrize(
    ("texts", "lines", "is_open"),
    [
        (['{"a":1}'], [b'{"a":1}\n'], False),
        (["data: {\n", '"a":1}\n'], [b"data: {\n", b'"a":1}\n'], False),
        (['data: {"a":\n', '"x"'], [b'data: {"a":\n', b'"x"'], True),
        (["starting", '{"a":1}'], [b'{"a":1}\n'], False),
    ],
)  # fmt: skip
def test_texts_become_lines(texts: list[str], lines: list[bytes], is_open: bool) -> None:
    text = StreamText()
    assert [line for one in texts for line in text.lines_of([one])] == lines
    assert text.open == is_open
    assert text.remarks == texts.count("starting")


@pytest.mark.parametrize(
    ("texts", "ends", "lines"),
    [
        (["{}", "é\ud800"], False, [b"{}", b"\xc3\xa9\xed\xa0\x80"]),
        (["{}\n", "\n"], True, [b"{}", b""]),
        (["{}\n", ""], True, None),  # which has no line end
        (["{}\n", "{}"], True, None),
        (["{}\n{}\n"], True, None),
        (["{\n}"], False, None),
    ],
)
def test_texts_that_are_a_line_each(texts: list[str], ends: bool, lines: list[bytes] | None) -> None:
    assert lines_in(texts, ends) == lines


def test_keys_are_those_of_the_log_or_of_each_record() -> None:
    responses = Responses(("id",))
    assert responses.keys({"id": 7, "chunk": {}}, [{}, {}]) == ["7", "7"]
    assert responses.keys({}, [{"id": "a"}, 'data: {"id":"b"}', {}]) == ["a", "b", None]
    assert [responses.begins([{}]), responses.begins([{}, {}]), responses.begins([{}, {}])] == [False, False, True]


def test_a_clock_starts_with_the_first_time() -> None:
    clock = Clock()
    times = [clock.comment(value) for value in ({"ts": 1764320401.5}, {}, {"ts": 1764320402})]
    assert times == [b": t=0.000000\n", b"", b": t=0.500000\n"]
