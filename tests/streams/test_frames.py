"""Frames: what may stand around the text, and how far the bytes that follow have the same."""

import json
from typing import Any

import pytest
from tests.support import chunk, message_call

from unspool.core.events import TextDelta
from unspool.core.transformer import Transformer
from unspool.streams.finding import NOTHING, Inside, agreeing
from unspool.streams.frames import Frame, frame_of
from unspool.streams.framing import JsonLines, ServerSentEvents
from unspool.streams.records import Layout

LINE = b'{"id":"a","choices":[{"index":0,"delta":{"content":"Hi"}}]}'
PADDED = LINE[:-1] + b',"obfuscation":"abc"}'
HEAD, TAIL = LINE.split(b"Hi")


def learnt(data: bytes, layout: Layout = JsonLines.layout) -> Frame | None:
    """The frame of a chunk that begins a response."""
    transformer = Transformer()
    value = json.loads(data)
    transformer.feed(value)
    continuation = transformer.continuation()
    return None if continuation is None else frame_of(data, continuation, layout)


def frame(data: bytes = LINE, layout: Layout = JsonLines.layout) -> Frame:
    found = learnt(data, layout)
    assert found is not None
    return found


def lines(*bodies: bytes, layout: Layout = JsonLines.layout) -> bytes:
    return b"".join(layout.before + HEAD + body + TAIL + layout.behind for body in bodies)


def test_the_text_and_the_padding_are_left_out() -> None:
    assert frame().around == (HEAD, b"", TAIL)
    assert frame(PADDED).around == (HEAD, TAIL[:-1] + b',"obfuscation":"', b'"}')
    assert not frame().padded
    assert frame(PADDED).padded


@pytest.mark.parametrize(
    "data",
    [
        LINE.replace(b'"content":', b'"content" \t: '),
        LINE.replace(b"Hi", rb"\n\"\u0041"),
        LINE.replace(b"Hi", b"content obfuscation"),
        LINE.replace(b'"content"', b'"reasoning"'),
        LINE[:-1] + b',"obfuscation":null}',
        LINE[:-1] + b',"z":' + b"[" * 100 + b"]" * 100 + b"}",
    ],
)
def test_a_chunk_has_a_frame(data: bytes) -> None:
    assert learnt(data) is not None


@pytest.mark.parametrize(
    "data",
    [
        LINE.replace(b'"content"', b'"c\\u006fntent"'),
        LINE.replace(b'"content":', b'"content":"x","content":'),
        LINE.replace(b'"id":"a"', b'"id":"\\u0061"'),
        LINE.replace(b'"id":"a"', b'"id":"content"'),
        LINE[:-1] + b',"z":"\\n"}',
        LINE[:-1] + b',"z":' + b"[" * 300 + b"]" * 300 + b"}",
        LINE.replace(b',"choices"', b',\n"choices"'),
        LINE[:-1] + b"\r}",
        PADDED.replace(b"abc", b""),
        PADDED.replace(b"abc", b"a-b"),
        PADDED.replace(b"abc", "\u00e9".encode()),
        PADDED[:-1] + b',"obfuscation":"abc"}',
        b'{"obfuscation":"abc",' + LINE[1:],
        LINE.replace(b'"delta"', b'"finish_reason":"stop","delta"'),
        LINE.replace(b'"Hi"', b'["Hi"]'),
    ],
)
def test_a_chunk_that_does_not_show_where_its_text_is_has_none(data: bytes) -> None:
    assert learnt(data) is None


def all_taken(one: Frame, block: bytes) -> list[bytes]:
    """What is taken bit by bit: a short rest may be left for the next time."""
    bodies: list[bytes] = []
    at = 0
    while one.finder.first(block, at, len(block)).bodies and (more := one.finder.take(block, at, len(block)).bodies):
        bodies += more
        at += sum(map(len, more)) + len(more) * one.size
    return bodies


@pytest.mark.parametrize("layout", [JsonLines.layout, ServerSentEvents.layout], ids=["jsonl", "sse"])
@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 100])
def test_all_that_have_the_frame_are_taken(layout: Layout, count: int) -> None:
    bodies = [b"a", b"", rb"\"", b"word "] * 25
    block = lines(*bodies[:count], layout=layout)
    behind = LINE.replace(b"index", b"other") + b"\n\n"
    for data in (block, block + behind, block + layout.before + HEAD + b"cut"):
        assert all_taken(frame(layout=layout), data) == bodies[:count]


@pytest.mark.parametrize("text", [rb"\"", rb"say \"no\"", rb"\\", rb"\\\"", rb"\n"])
def test_no_escape_ends_what_is_taken_at_once(text: bytes) -> None:
    """Where quotes stand in the texts another pattern looks for them, in this response and the next."""
    bodies = [b"word "] * 20 + [text] + [b"word ", text] * 20
    for line in (LINE, PADDED):
        one = frame(line)
        block = b"".join(line.replace(b"Hi", body) + b"\n" for body in bodies)
        for _ in range(2):
            assert one.finder.take(block, 0, len(block)).raws == bodies


@pytest.mark.parametrize("place", [0, 1, 15, 16, 17, 40])
@pytest.mark.parametrize(
    "odd",
    [
        LINE.replace(b"}}]}", b'},"z":1}]}'),
        LINE.replace(b'"a"', b'"b"'),
        LINE.replace(b"Hi", b'H"i'),
        LINE + b" ",
        LINE + b"\r",
        LINE[:-1],
        b"",
        HEAD,
        HEAD + TAIL[1:],
    ],
)
def test_nothing_behind_another_line_is_taken(place: int, odd: bytes) -> None:
    """The proof: bodies that were found by counting bytes stand in the frame, one behind the other."""
    block = lines(*[b"word "] * place) + odd + b"\n" + lines(*[b"word "] * 30)
    assert all_taken(frame(), block) == [b"word "] * place


def test_what_lies_behind_the_end_is_not_taken() -> None:
    block = lines(b"a", b"b", b"c")
    one = len(block) // 3
    assert frame().finder.take(block, one, 2 * one).bodies == [b"b"]
    assert frame().finder.take(block, one, 2 * one - 1) == NOTHING
    assert frame().finder.first(block, one, 2 * one).bodies == [b"b"]
    assert frame().finder.first(block, one, 2 * one - 1) == NOTHING
    assert frame().finder.first(block, one + 1, 3 * one) == NOTHING


def test_padding_is_told_from_the_text() -> None:
    padded = frame(PADDED)
    bodies = [(b"a", b"x"), (b"", b"yy"), (b"obfuscation", b"Z9")]
    block = b"".join(PADDED.replace(b"Hi", text).replace(b"abc", padding) + b"\n" for text, padding in bodies)
    inside = padded.finder.take(block, 0, len(block))
    assert list(zip(inside.raws, inside.paddings, strict=True)) == bodies
    assert inside.part(1, 2) == Inside(inside.bodies[1:2], [b""], [b"yy"], len(inside.bodies[1]))
    assert padded.finder.first(block, 0, len(block)) == inside.part(0, 1)
    for odd in (b"", b"-", b"a b"):
        assert padded.finder.first(PADDED.replace(b"abc", odd) + b"\n", 0, len(PADDED) + 9) == NOTHING


@pytest.mark.parametrize("layout", [JsonLines.layout, ServerSentEvents.layout], ids=["jsonl", "sse"])
def test_the_first_of_some_records(layout: Layout) -> None:
    one = frame(layout=layout)
    whole = lines(b"Hi", layout=layout)
    for behind in (b"", b"x", whole):
        assert one.finder.first(whole + behind, 0, len(whole + behind)).bodies == [b"Hi"]
    for other in (b"", HEAD, TAIL, HEAD + TAIL[1:], LINE[1:], LINE + b" "):
        data = layout.before + other + layout.behind
        assert one.finder.first(data, 0, len(data)) == NOTHING
    assert one.finder.first(whole[:-1], 0, len(whole)) == NOTHING


@pytest.mark.parametrize("count", [1, 2, 3, 50])
@pytest.mark.parametrize("behind", [b": a comment\n\n" + LINE, b"data: {}\n\n", b"", b"data: {"])
def test_how_far_records_reach_that_begin_alike(count: int, behind: bytes) -> None:
    """A short rest may be left for the next time."""
    block = lines(*[b"a", b"word "] * count, layout=ServerSentEvents.layout)
    reached = frame(layout=ServerSentEvents.layout).finder.reach(block + behind, 0, len(block + behind))
    assert len(block) - 2 * len(LINE) < reached <= len(block)
    assert block[:reached].endswith(b"\n\n")


@pytest.mark.parametrize("count", [1, 2, 3, 9, 16])
def test_how_many_agree_is_found_by_halves(count: int) -> None:
    for most in range(count + 1):
        asked: list[int] = []

        def agree(many: int, most: int = most, asked: list[int] = asked) -> bool:
            asked.append(many)
            return many <= most

        assert agreeing(agree, count) == most
        assert len(asked) <= 1 + count.bit_length()


def test_the_frame_of_what_leaves_has_the_text_as_content() -> None:
    """R4: all members stay; the padding too, in its place."""
    transformer = Transformer()
    value: Any = None
    for value in message_call(['{"message":"', "a"])[:3]:
        transformer.feed(value | {"obfuscation": "abc"})
    value |= {"obfuscation": "abc"}
    continuation = transformer.continuation()
    assert continuation is not None
    made = frame_of(json.dumps(value).encode(), continuation, JsonLines.layout)
    assert made is not None
    head, middle, tail = made.rewritten(TextDelta)
    assert json.loads(head + b"said" + middle + b"pad" + tail) == chunk({"content": "said"}, obfuscation="pad")
    made.pad(b"xyz")
    assert continuation.chunk["obfuscation"] == "xyz"
    assert made.rewritten(TextDelta) is made.rewritten(TextDelta)
