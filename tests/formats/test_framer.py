"""Bytes in any pieces to records (R11, B1-B11)."""

import json
import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.sizes import held_size
from tests.support import chunk, raw_of

from unspool.formats.detect import Format, detect, nesting
from unspool.formats.framer import FRAMINGS, Framer
from unspool.formats.line_splitter import EventLines, Lines
from unspool.formats.record import Record, RecordKind

VALUE, DONE, BAD, BLANK = RecordKind.VALUE, RecordKind.DONE, RecordKind.MALFORMED, RecordKind.BLANK
ONE, TWO = b'{"choices":[]}', b'{"choices":[],"id":"2"}'


def frame(data: bytes, asked: Format = Format.AUTO, size: int = 0) -> list[Record]:
    """The records of ``data``, in blocks of ``size`` bytes (0: all at once)."""
    framer = Framer(asked)
    blocks = [data[at : at + size] for at in range(0, len(data), size)] if size else [data]
    records = [record for block in blocks for record in framer.feed(block)] + framer.close()
    for record in records:
        if record.kind is VALUE:
            record.parse()
    return records


def seen(data: bytes, asked: Format = Format.AUTO) -> list[tuple[RecordKind, bytes]]:
    """Kind and text of each record that is not blank; the same for blocks of one byte."""
    both = [[(r.kind, r.data) for r in frame(data, asked, size) if r.kind is not BLANK] for size in (0, 1)]
    assert both[0] == both[1]
    return both[0]


def quirks(data: bytes, asked: Format = Format.AUTO) -> set[str]:
    return {quirk for record in frame(data, asked) for quirk in record.quirks}


def test_every_framing_has_its_class() -> None:
    assert set(FRAMINGS) == set(Format) - {Format.AUTO, Format.ANY}


# --- lines -------------------------------------------------------------------------------------


def test_lines_are_cut_on_line_feeds_alone() -> None:
    """B10: U+2028, U+0085 and a lone CR are ordinary characters."""
    lines = Lines()
    assert lines.feed("a\u2028b\u0085c\rd\ne".encode()) == ["a\u2028b\u0085c\rd".encode()]
    assert lines.feed(b"") == []
    assert lines.feed(b"f") == []
    assert lines.feed(b"g\n\nh\n") == [b"efg", b"", b"h"]
    assert lines.close() == b""
    lines.feed(b"rest")
    assert (lines.close(), lines.close()) == (b"rest", b"")


@pytest.mark.parametrize(
    "blocks", [[b"a\r\nb\rc\n\r\nd"], [b"a\r", b"\nb\r", b"c\n\r", b"\nd"], [b"a\r", b"", b"\nb\r", b"c\n\r\nd"]]
)
def test_b3_event_lines_end_with_any_of_three(blocks: list[bytes]) -> None:
    lines = EventLines(0)
    assert [line for block in blocks for line in lines.feed(block)] == [b"a", b"b", b"c", b""]
    assert (lines.close(), lines.returns) == (b"d", True)


def test_event_lines_know_their_place() -> None:
    lines = EventLines(0)
    assert [(lines.offset, line) for line in lines.feed(b"ab\r\ncd\n\re")] == [(0, b"ab"), (4, b"cd"), (7, b"")]
    assert lines.offset == 8


# --- what a source is --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"data: x", Format.SSE),
        (b": comment", Format.SSE),
        (b"\n\nevent:", Format.SSE),
        (b"id:", Format.SSE),
        (b"retry: 1", Format.SSE),
        (b"dat", None),
        (b"", None),
        (b"{", None),
        (b'{"a":1}\n', Format.JSONL),
        (b"{\n", Format.JSON),
        (b"  [ \r\n", None),
        (b"  [ \r\n1", Format.JSON),
        (b'{"a": {\n', Format.JSON),
        (b'{"a":"{\n', Format.JSONL),  # cut inside a string: a broken line
        (b'{"a":"x\\\n', Format.JSONL),
        (b'{"a":{}\n', Format.JSONL),  # ends like a whole value
        (b"hello\n", Format.JSONL),
        (b"[DONE]\n", Format.JSONL),
    ],
)
def test_the_first_line_shows_the_format(head: bytes, found: Format | None) -> None:
    assert detect(head) is found


@pytest.mark.parametrize(
    ("line", "depth"), [(b'{"a":[', 2), (b'"{["', 0), (b"]}", -2), (b'{"a":"\\"{"', 1), (b'"{', 0)]
)
def test_brackets_in_strings_do_not_nest(line: bytes, depth: int) -> None:
    assert nesting(line) == depth


def test_what_was_asked_for_is_not_guessed() -> None:
    assert seen(b"data: {}\n", Format.JSONL) == [(BAD, b"data: {}")]
    assert seen(b"{}\n", Format.SSE) == [(VALUE, b"{}")]


def test_an_empty_source_has_no_records() -> None:
    for asked in Format:
        assert frame(b"", asked) == []


def test_a_long_first_line_is_not_looked_at_again_and_again() -> None:
    """The format waits for a line end, at a cost that stays flat per block."""
    framer, calls = Framer(), 0

    def tally(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    for _ in range(2_000):
        framer.feed(b"x")
    sys.setprofile(tally)
    for _ in range(2_000):
        framer.feed(b"x")
    sys.setprofile(None)
    assert calls <= 3 * 2_000 + 10
    assert [len(record.data) for record in framer.feed(b'\n{"a":1}\n')] == [4_000, 7]


# --- JSONL -------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_jsonl_records_keep_their_bytes(end: bytes) -> None:
    data = ONE + end + end + b" " + end + TWO + end + b"[DONE]" + end
    records = frame(data)
    assert b"".join(raw_of(record) or b"" for record in records) == data
    assert [(r.number, r.kind) for r in records] == [(1, VALUE), (1, BLANK), (2, VALUE), (3, DONE)]
    assert [data[r.offset : r.offset + len(raw_of(r) or b"")] for r in records] == [raw_of(r) for r in records]


def test_r11_a_last_line_without_an_end() -> None:
    assert seen(ONE + b"\n" + TWO) == [(VALUE, ONE), (VALUE, TWO)]
    assert raw_of(frame(ONE)[0]) == ONE


def test_b10_separators_inside_a_string_are_one_record() -> None:
    line = json.dumps(chunk({"content": "a\u2028b\u0085c\u2029d"}), ensure_ascii=False).encode()
    assert seen(line + b"\n") == [(VALUE, line)]


def test_b11_a_done_glued_to_a_value() -> None:
    assert seen(ONE + b"[DONE]\n") == [(VALUE, ONE), (DONE, b"[DONE]")]
    assert [record.number for record in frame(ONE + b"[DONE]\n" + TWO)] == [1, 2, 3]
    assert quirks(ONE + b" data: [DONE]\n") == {"B11"}


def test_r10_a_bad_line_is_one_record() -> None:
    assert seen(ONE + b"\nnonsense}\n\xff\n" + TWO) == [(VALUE, ONE), (BAD, b"nonsense}"), (BAD, b"\xff"), (VALUE, TWO)]


# --- SSE ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("field", [b"data: ", b"data:"])
def test_b2_b3_sse_in_every_spelling(end: bytes, field: bytes) -> None:
    data = field + ONE + end + end + field + TWO + end + end + field + b"[DONE]" + end + end
    assert seen(data) == [(VALUE, ONE), (VALUE, TWO), (DONE, b"[DONE]")]
    expected = {"B2"} if field == b"data:" else set()
    assert quirks(data) == expected | ({"B3"} if end != b"\n" else set())


def test_b1_b7_what_carries_nothing_is_skipped() -> None:
    data = (
        b": hello\n\ndata: : wrapped\n\nevent: x\nid: 7\nretry: 3000\ndata:\n\ndata\n\nX-Other: y\n\ndata: "
        + ONE
        + b"\n\n"
    )
    assert seen(data) == [(VALUE, ONE)]
    assert quirks(data) == {"B1", "B2", "B7"}


def test_b5_the_last_event_needs_no_blank_line() -> None:
    for data in (b"data: " + ONE, b"data: " + ONE + b"\n", b"data: {\ndata: }"):
        assert len(seen(data)) == 1
        assert "B5" in quirks(data)
    assert quirks(b"data: " + ONE + b"\n\n") == set()


def test_b6_events_glued_without_a_blank_line_come_apart() -> None:
    data = b"data: " + ONE + b"\ndata: " + TWO + b"\n\n"
    assert seen(data) == [(VALUE, ONE), (VALUE, TWO)]
    assert quirks(data) == {"B6"}


def test_b6_a_name_is_of_the_data_behind_it_alone() -> None:
    """Without a blank line behind it, the name of one event was that of all data until the next name."""
    data = b"event: message_stop\ndata: " + ONE + b"\ndata: " + TWO + b"\n" + ONE + b"\n\n"
    framer = Framer(Format.SSE)
    records = [*framer.feed(data), *framer.close()]
    found = [(record.name, record.data) for record in records if record.kind is RecordKind.VALUE]
    assert found == [(b"message_stop", ONE), (b"", TWO), (b"", ONE)]


def test_b6_a_broken_event_takes_none_with_it() -> None:
    data = b'data: {"choices":[{"del\ndata: ' + TWO + b"\n\ndata: {broken\n\ndata: " + ONE + b"\n\n"
    assert seen(data) == [(BAD, b'{"choices":[{"del'), (VALUE, TWO), (BAD, b"{broken"), (VALUE, ONE)]
    assert seen(b'data: {"choi\ndata: {"error":{"message":"no"}}\n\n')[1] == (VALUE, b'{"error":{"message":"no"}}')


def test_b6_a_broken_line_is_read_a_few_times_only() -> None:
    """Work per block stays flat while a broken event waits for its blank line."""
    framer, calls = Framer(Format.SSE), 0

    def tally(frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code.co_name == "decode"

    framer.feed(b'data: {"broken\n')
    sys.setprofile(tally)
    for _ in range(1_000):
        framer.feed(b": x")
    sys.setprofile(None)
    assert calls < 10


def test_b8_lines_of_one_event_are_joined() -> None:
    data = b'data: {"choices":\ndata: []\ndata: }\n\n'
    assert seen(data) == [(VALUE, b'{"choices":\n[]\n}')]
    assert quirks(data) == {"B8"}


def test_b8_b6_done_ends_an_event_without_a_blank_line() -> None:
    assert seen(b"data: {\ndata: }\ndata: [DONE]\n\n") == [(VALUE, b"{\n}"), (DONE, b"[DONE]")]
    assert seen(b"data: " + ONE + b"[DONE]\n\n") == [(VALUE, ONE), (DONE, b"[DONE]")]


def test_b11_lines_that_are_no_fields_are_records() -> None:
    data = b": x\n" + ONE + b"\n{broken\n\n"
    assert seen(data) == [(VALUE, ONE), (BAD, b"{broken")]


def test_an_event_leaves_with_its_line() -> None:
    """R2: nothing waits for the blank line."""
    framer = Framer(Format.SSE)
    assert [record.data for record in framer.feed(b"data: " + ONE + b"\n")] == [ONE]


LINES = (
    *(b"data: {}", b'data: {"type":"response.x"}', b'data: {"a":1,"type": "response.x"}', b'data: {"type":"foo"}'),
    *(b"event: response.x", b"event: foo", b"event: error", b"event: ", b": c", b"id: 1", b"data: [DONE]"),
    *(b'data: {"a":', b"1}", b'data: {"a":"\r"}', b'data: {"type":""}', b"", b"", b""),
)
ENDS = (b"\n", b"\r\n", b"\r")


def told(data: bytes, size: int) -> list[tuple[Any, ...]]:
    records = frame(data, Format.SSE, size)
    return [(r.number, r.offset, r.kind, r.data, r.quirks, r.optional) for r in records]


@given(st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from(ENDS)), max_size=16))
@example([(b"event: foo", b"\r"), (b"data: {}", b"\n"), (b"data: {}", b"\n"), (b"", b"\n")])
def test_an_event_that_is_read_at_once_is_as_its_lines_have_it(lines: list[tuple[bytes, bytes]]) -> None:
    data = b"".join(line + end for line, end in lines)
    assert told(data, 0) == told(data, 1)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_b3_b7_named_events_have_any_line_ends_and_the_quirk_once(end: bytes) -> None:
    event = end.join([b"event: response.x", b'data: {"type":"response.x"}', b"", b""])
    records = frame(b"id: 1" + end + end + event * 2)
    assert [(record.data, record.quirks) for record in records if record.kind is VALUE] == [
        (b'{"type":"response.x"}', ("B7",))
    ] * 2
    assert ("B3" in {quirk for record in records for quirk in record.quirks}) is (end == b"\r\n")


def test_offsets_of_events_are_those_of_their_first_line() -> None:
    data = b": x\r\n\r\ndata: {\r\ndata: }\r\n\r\ndata: " + ONE + b"\r\n\r\n"
    for size in (0, 1, 7):
        values = [record for record in frame(data, size=size) if record.kind is VALUE]
        assert [data[record.offset :].split(b"\r\n")[0] for record in values] == [b"data: {", b"data: " + ONE]


# --- JSON that spans lines ---------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_b11_pretty_printed_values(end: str) -> None:
    values = [chunk({"content": "{"}), chunk({}, "stop")]
    data = (end + end).join(json.dumps(value, indent=2).replace("\n", end) for value in values).encode()
    records = frame(data)
    assert [record.value for record in records] == values
    assert [record.number for record in records] == [1, 2]
    assert [data[record.offset :][:1] for record in records] == [b"{", b"{"]
    assert quirks(data) == {"B11"}


def test_b11_a_cut_value_does_not_swallow_the_next() -> None:
    data = b'{\n  "choices": [\n{\n  "choices": []\n}\n'
    assert [kind for kind, _ in seen(data)] == [BAD, VALUE]


def test_b11_done_after_pretty_values() -> None:
    assert [kind for kind, _ in seen(b'{\n"choices": []\n}\n[DONE]\n')] == [VALUE, DONE]
    assert [kind for kind, _ in seen(b'{\n"choices": []\n}[DONE]\n')] == [VALUE, DONE]


def test_b11_an_unfinished_last_value() -> None:
    assert [kind for kind, _ in seen(b'{\n"choices": [\n')] == [BAD]
    assert [kind for kind, _ in seen(b'{\n"choices": []\n}')] == [VALUE]


# --- byte order marks --------------------------------------------------------------------------

BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize("size", [0, 1, 2, 4])
@pytest.mark.parametrize(
    "body", [ONE + b"\n" + TWO + b"\n", b"data: " + ONE + b"\n\ndata: " + TWO + b"\n\n", b'{\n"choices": []\n}\n' * 2]
)
def test_b9_a_byte_order_mark_is_skipped_and_counted(body: bytes, size: int) -> None:
    """The first record tells of it; offsets are those in the source (R10)."""
    plain, marked = frame(body, size=size), frame(BOM + body, size=size)
    assert [record.data for record in marked] == [record.data for record in plain]
    assert [record.offset for record in marked] == [record.offset + 3 for record in plain]
    assert ["B9" in record.quirks for record in marked] == [True, *[False] * (len(plain) - 1)]


def test_b9_a_mark_alone_or_cut_is_no_crash() -> None:
    assert frame(BOM) == []
    assert [record.kind for record in frame(BOM[:2])] == [BAD]
    assert [record.kind for record in frame(ONE + b"\n" + BOM + TWO)] == [VALUE, BAD]


# --- records that are read elsewhere -------------------------------------------------------------


def test_an_event_named_end_without_data_ends_a_stream() -> None:
    """As LangServe sends it; with data that is no object or text it is left alone."""
    framer = Framer()
    data = b'event: data\r\ndata: "a"\r\n\r\nevent: end\r\n\r\nevent: end\ndata: null\n\nevent: ended\n\n'
    records = framer.feed(data) + framer.close()
    kinds = [record.kind for record in records if record.kind is not RecordKind.BLANK]
    assert kinds == [RecordKind.VALUE, RecordKind.DONE]


# --- memory ------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [b"\n", b"\r\n", b" \n", b"\t\r\n"])
@pytest.mark.parametrize("body", [ONE + b"\n", b"data: " + ONE + b"\n\n", b"[" + ONE + b"]", b'{\n"choices":[]}\n'])
def test_blank_lines_before_the_format_is_known_are_skipped_and_counted_in_offsets(line: bytes, body: bytes) -> None:
    blank = line * 3000
    framer = Framer()
    for at in range(0, len(blank), 1000):
        assert framer.feed(blank[at : at + 1000]) == []
    assert held_size(framer) < 5000
    (record,) = [one for one in framer.feed(body) + framer.close() if one.kind is VALUE]
    (plain,) = [one for one in frame(body) if one.kind is VALUE]
    assert (record.data, record.offset) == (plain.data, plain.offset + len(blank))


@pytest.mark.parametrize("line", [b"{", b'"a":[', b'data: "x"', b"["])
def test_many_short_lines_of_one_record_take_little_more_than_their_bytes(line: bytes) -> None:
    sse = line.startswith(b"data:")
    framer = Framer(Format.SSE if sse else Format.JSON)
    framer.feed(b"data: [\n" if sse else b"[\n")
    for _ in range(100):
        framer.feed((b" " * (not sse) + line + b"\n") * 100)
    assert held_size(framer) < 2 * 10_000 * (len(line) + 2)


@pytest.mark.parametrize("size", range(1, 80))
def test_the_name_of_an_event_holds_for_its_own_data_however_it_is_cut(size: int) -> None:
    """A block that ended behind a name made the name that of a later event, whose text then counted as foreign."""
    data = b'data: {"a":1}\n\nevent: ping\ndata: {"type":"ping"}\n\nno field\n\ndata: {"b":1}\n\n'
    found = [(r.number, r.offset, r.kind, r.data, r.quirks, r.optional) for r in frame(data, Format.SSE, size)]
    assert [one[-1] for one in found] == [False, True, False, False]
    assert found == [(r.number, r.offset, r.kind, r.data, r.quirks, r.optional) for r in frame(data, Format.SSE)]


@pytest.mark.parametrize("array", [b"[]", b"[]\n", b" [ \n]\r\n\n"])
def test_an_array_without_elements_has_no_records_unless_a_line_follows(array: bytes) -> None:
    """As ``llm logs --json`` prints it, where nothing is logged."""
    assert seen(array) == []
    if b"\n]" not in array:
        lines = array.rstrip() + b"\n" + ONE + b"\n"
        assert seen(lines) == [(VALUE, array.strip()), (VALUE, ONE)]
