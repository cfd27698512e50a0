"""The elements of an array in any pieces to records, however it is written."""

import json
import sys
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.fastpath.differential import observe
from tests.strategies import places
from tests.support import ROOT, run_here

from unspool.formats.detect import Format, detect
from unspool.formats.framer import Framer
from unspool.formats.json_array import JsonArray
from unspool.formats.message_lists import LONGEST
from unspool.formats.record import Record, RecordKind

VALUE, BAD, DONE = RecordKind.VALUE, RecordKind.MALFORMED, RecordKind.DONE
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.text()
    | st.sampled_from(["}", '"', "\\", "[{", "\n}\n,\n{", "DONE"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.lists(st.dictionaries(st.text(), JSON, max_size=4), min_size=1, max_size=5)
GEMINI = b'[{\n  "a": 1\n}\n,\n{\n  "b": {\n    "c": "}"\n  }\n}\n]\n'


def read(blocks: list[bytes]) -> list[Record]:
    framing = JsonArray()
    records = [record for block in blocks for record in framing.feed(block)] + framing.close()
    for record in records:
        if record.kind is VALUE:
            record.parse()
    return records


def seen(data: bytes, *cuts: int) -> list[tuple[Any, ...]]:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    records = read([data[start:end] for start, end in pairwise(edges)])
    return [(r.number, r.offset, r.kind, r.data) for r in records]


def kinds(data: bytes) -> list[tuple[RecordKind, bytes]]:
    whole = seen(data)
    assert seen(data, *range(len(data))) == whole
    for _, offset, _, body in whole:
        assert data[offset : offset + len(body)] == body
    return [(kind, body) for _, _, kind, body in whole]


def written(values: list[Any], style: str) -> bytes:
    """An array as one of several writers has it."""
    match style:
        case "gemini":
            return b"[%b\n]" % b"\n,\n".join(json.dumps(value, indent=2).encode() for value in values)
        case "lines":
            return b"[%b]" % b",\n".join(json.dumps(value).encode() for value in values)
        case "tabs":
            return json.dumps(values, indent="\t").encode()
        case _:
            return json.dumps(values, indent=int(style) if style else None, ensure_ascii=False).encode()


STYLES = st.sampled_from(["gemini", "lines", "tabs", "", "0", "1", "4"])


@given(OBJECTS, STYLES, places())
@example([{"a": "}"}, {"b": {}}], "0", [1])
def test_each_element_is_a_record_whatever_the_style_and_the_cuts(values: list[Any], style: str, at: list[int]) -> None:
    data = written(values, style)
    records = read([data])
    assert [record.value for record in records] == values
    assert seen(data, *at) == seen(data)
    for record in records:
        assert data[record.offset : record.offset + len(record.data)] == record.data


@given(OBJECTS, STYLES, st.data())
def test_corrupted_bytes_are_reported_and_the_cuts_still_do_not_matter(
    values: list[Any], style: str, data: st.DataObject
) -> None:
    """R10, R11: bytes lost, added or cut off."""
    corrupted = bytearray(written(values, style))
    for _ in range(data.draw(st.integers(1, 3))):
        at, size = data.draw(st.integers(0, len(corrupted))), data.draw(st.integers(0, 4))
        corrupted[at : at + size] = data.draw(
            st.sampled_from([b"", b'"', b"{", b"}", b"\n", b"[", b"]", b"\\", b"\xff"])
        )
    whole = seen(bytes(corrupted))
    assert seen(bytes(corrupted), *data.draw(places())) == whole
    assert [one[0] for one in whole] == list(range(1, len(whole) + 1))
    for _, offset, kind, body in whole:
        assert bytes(corrupted)[offset : offset + len(body)] == body or kind is DONE


def test_an_element_is_heard_when_its_last_bracket_has_come() -> None:
    end = GEMINI.index(b"\n}\n,") + 2
    for cut in range(1, end):
        framing = JsonArray()
        assert framing.feed(GEMINI[:cut]) == []
        assert [record.value for record in framing.feed(GEMINI[cut:end])] == [{"a": 1}]
    framing = JsonArray()
    assert [record.data for record in framing.feed(b'[{"a":{}}')] == [b'{"a":{}}']


def test_the_answer_is_out_before_more_is_read() -> None:
    parts = [b'[{"candidates":[{"content":{"parts":[{"text":"Hi"}]}}]}', b'\n,{"candidates":[{"finishReason":1}]}]']
    for fast in (True, False):
        run = observe(parts, ["text"], fast=fast)
        assert run.timeline[:3] == [("reads", 0), ("text", b"Hi"), ("reads", 1)]
        assert run.code == 0


def test_what_is_broken_takes_nothing_else_with_it() -> None:
    """R10: an indented element that was cut ends where another begins."""
    cut = b'[{\n  "a": 1,\n  "b": {\n    "c": "x\n,\n{\n  "d": 2\n}\n,\n{\n  "e": "\n}\n,\n{\n  "f": 3\n}\n]'
    assert kinds(cut) == [
        (BAD, b'{\n  "a": 1,\n  "b": {\n    "c": "x\n,'),
        (VALUE, b'{\n  "d": 2\n}'),
        (BAD, b'{\n  "e": "\n}'),
        (VALUE, b'{\n  "f": 3\n}'),
    ]


def test_two_that_were_cut_one_behind_the_other() -> None:
    assert kinds(b'[{\n "a": 1,\n{\n "b": 2,\n{\n "c": 3\n}]') == [
        (BAD, b'{\n "a": 1,'),
        (BAD, b'{\n "b": 2,'),
        (VALUE, b'{\n "c": 3\n}'),
    ]


def test_the_end_of_the_source_may_cut_an_element() -> None:
    """R11, also where it only looks indented."""
    for data in (GEMINI[:-8], b'[{"a":1},{"b":', b'[{\n"a":1,\n"b":', b'[{"a":1},{', b'[{"a":1},{"b":"\\'):
        assert kinds(data)[-1][0] is BAD
        assert [kind for kind, _ in kinds(data)].count(BAD) == 1


def test_what_looks_indented_need_not_be() -> None:
    assert kinds(b'[{\n  "a": 1 },\n{\n "b": 3\n}]') == [(VALUE, b'{\n  "a": 1 }'), (VALUE, b'{\n "b": 3\n}')]
    assert kinds(b'[{\n"a": [\n{\n"b": 1\n}\n]\n}\n,\n{\n"c": 2\n}\n]') == [
        (VALUE, b'{\n"a": [\n{\n"b": 1\n}\n]\n}'),
        (VALUE, b'{\n"c": 2\n}'),
    ]


def test_several_arrays_objects_and_an_end_may_follow() -> None:
    assert kinds(b'[{"a":1}]\n[{"b":2}]{"c":3}\n[DONE]\n[{"d":4}]') == [
        (VALUE, b'{"a":1}'),
        (VALUE, b'{"b":2}'),
        (VALUE, b'{"c":3}'),
        (DONE, b"[DONE]"),
        (VALUE, b'{"d":4}'),
    ]


def test_what_is_no_object_is_a_record_too() -> None:
    assert kinds(b'[1, "x" , junk\n{"a":1}, DONE, [Dog], [DONE') == [
        (VALUE, b"1"),
        (VALUE, b'"x"'),
        (BAD, b"junk"),
        (VALUE, b'{"a":1}'),
        (BAD, b"DONE"),
        (BAD, b"[Dog]"),
        (BAD, b"[DONE"),
    ]


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"[{", None),
        (b'[{"a":1}', Format.ARRAY),
        (b" \n[\n  {", None),
        (b" \n[\n  {}", Format.ARRAY),
        (b"[", None),
        (b"[1]\n", Format.JSONL),
        (b"[DONE]\n", Format.JSONL),
        (b"[[{", None),
    ],
)
def test_an_object_in_an_array_shows_the_format(head: bytes, found: Format | None) -> None:
    assert detect(head) is found


MESSAGE, PLACE = b'{"type":"ai","content":"At \xe2\x98\x83"}', b'{"langgraph_node":"a"}'


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"[%b]\n[%b]\n" % (MESSAGE, MESSAGE), Format.JSONL),
        (b"[%b, %b]\r\n" % (MESSAGE, PLACE), Format.JSONL),
        (b'[{"lc":1,"kwargs":{}}]\n', Format.JSONL),
        (b"[%b,%b]\n" % (MESSAGE, MESSAGE), Format.ARRAY),  # messages one behind the other
        (b"[%b,%b,%b]\n" % (MESSAGE, PLACE, PLACE), Format.ARRAY),
        (b"[%b,\n%b]\n" % (MESSAGE, PLACE), Format.JSON),
        (b"[\n%b\n]\n[\n%b\n]\n" % (MESSAGE, MESSAGE), Format.JSON),
        (b"[%b, %b],\n" % (MESSAGE, PLACE), Format.JSON),
        (b"[%b] %b\n" % (MESSAGE, PLACE), Format.ARRAY),
        (b'[{"type":"ai"},%b]\n' % PLACE, Format.ARRAY),
        (b'[{"type":[],"content":""}]\n', Format.ARRAY),
        (b'[{"type":"ai","content":"%b"}]\n' % (b"x" * LONGEST), Format.ARRAY),
        (b"[{" + b'"a":[{' * 100_000, Format.ARRAY),
        (b"[%b, nonsense" % MESSAGE + b" " * LONGEST, Format.ARRAY),
        (b"[%b" % MESSAGE + b" " * LONGEST, Format.ARRAY),
    ],
)
def test_a_list_with_one_message_is_a_record(data: bytes, found: Format) -> None:
    """An element of any other array must not wait for what is behind it."""
    assert detect(data) is found
    size = 1 if len(data) < 1_000 else 999
    framer = Framer()
    for at in range(0, len(data), size):
        framer.feed(data[at : at + size])
    framer.close()
    assert framer.format is found


def test_lint_says_that_an_array_is_no_stream() -> None:
    """B11, and not that an event stream has no end (B4); Gemini's own is none of both."""
    chunks = [{"id": "c", "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}]}]
    found = json.loads(run_here(["lint", "--json"], json.dumps(chunks).encode()).stdout)["quirks"]
    assert {"B11"} == {row["quirk"] for row in found} & {"B11", "B4"}
    gemini = [{"candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}]}]
    found = json.loads(run_here(["lint", "--json"], json.dumps(gemini).encode()).stdout)["quirks"]
    assert [row["quirk"] for row in found] == ["B12"]


def test_the_gemini_sample_as_an_array_gives_the_same_chunks() -> None:
    lines = (ROOT / "samples" / "gemini.sse").read_bytes().splitlines()
    values = [json.loads(line.removeprefix(b"data: ")) for line in lines if line]
    for style in ("gemini", "lines", "", "0"):
        ran = run_here(["rewrite"], written(values, style))
        assert (ran.code, ran.stderr) == (0, "")
        assert ran.stdout == (ROOT / "samples" / "gemini.expected.jsonl").read_bytes()


@pytest.mark.parametrize("opening", [b'[{"a":"', b'[{\n  "a": "', b"[1"])
def test_a_long_element_is_not_looked_at_again_and_again(opening: bytes) -> None:
    """The cost of a block does not grow with what came before it."""
    framing, count = JsonArray(), 0
    framing.feed(opening)

    def tally(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(tally)
    for _ in range(2_000):
        framing.feed(b"xxxxxxxxxx")
    sys.setprofile(None)
    assert count < 25 * 2_000
