"""Frames: what may stand around the text, and how far the bytes that follow have the same."""

import json
from typing import Any

import pytest
from tests.support import chunk, message_call

from unspool.core.events import TextDelta
from unspool.core.options import Options
from unspool.core.rewriter.stream_rewriter import StreamRewriter
from unspool.fastpath.template import Frame, frame_of
from unspool.formats.jsonl import JsonLines
from unspool.formats.record import Layout

LINE = b'{"id":"a","choices":[{"index":0,"delta":{"content":"Hi"}}]}'
PADDED = LINE[:-1] + b',"obfuscation":"abc"}'
HEAD, TAIL = LINE.split(b"Hi")


def learnt(data: bytes, layout: Layout = JsonLines.layout) -> Frame | None:
    """The frame of a chunk that begins a response."""
    rewriter = StreamRewriter(Options())
    value = json.loads(data)
    rewriter.feed(value)
    continuation = rewriter.continuation()
    return None if continuation is None else frame_of(data, continuation, layout)


def frame(data: bytes = LINE, layout: Layout = JsonLines.layout) -> Frame:
    found = learnt(data, layout)
    assert found is not None
    return found


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


def test_the_frame_of_what_leaves_has_the_text_as_content() -> None:
    """R4: all members stay; the padding too, in its place."""
    rewriter = StreamRewriter(Options())
    value: Any = None
    for value in message_call(['{"message":"', "a"])[:3]:
        rewriter.feed(value | {"obfuscation": "abc"})
    value |= {"obfuscation": "abc"}
    continuation = rewriter.continuation()
    assert continuation is not None
    made = frame_of(json.dumps(value).encode(), continuation, JsonLines.layout)
    assert made is not None
    head, middle, tail = made.rewritten(TextDelta)
    assert json.loads(head + b"said" + middle + b"pad" + tail) == chunk({"content": "said"}, obfuscation="pad")
    made.pad(b"xyz")
    assert continuation.chunk["obfuscation"] == "xyz"
    assert made.rewritten(TextDelta) is made.rewritten(TextDelta)
