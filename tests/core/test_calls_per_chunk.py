"""How much Python a chunk costs on the general path: calls from record to text sink, counted and not timed."""

import io
import sys
from types import FrameType
from typing import Any, BinaryIO, cast

import pytest
from tests.support import Chunk, chunk, jsonl, message_call

from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sinks.output import Output
from unspool.sinks.text import TextSink
from unspool.sources.file import FileSource

COUNT = 500
CONTENT = [chunk({"content": f"word {number}"}) for number in range(COUNT)]
MESSAGE = message_call(['{"message":"', *(f"word {number}" for number in range(COUNT)), '"}'])


def calls_in(chunks: list[Chunk]) -> int:
    """Python functions entered while a stream is read, without the fast path."""
    calls = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call" and "unspool" in frame.f_code.co_filename

    source = FileSource("-", cast(BinaryIO, io.BytesIO(jsonl(chunks))))
    sink = TextSink(Output(cast(BinaryIO, io.BytesIO())))
    sys.setprofile(count)
    try:
        run(source, Settings(fast=False), sink, lambda problem: None, Summary())
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(("chunks", "most"), [(CONTENT, 30), (MESSAGE, 60)], ids=["content", "message"])
def test_a_chunk_costs_few_calls(chunks: list[Chunk], most: int) -> None:
    """The budget: 30 calls for a chunk of content, 60 for a fragment of a message."""
    half = len(chunks) // 2
    per_chunk = (calls_in(chunks) - calls_in(chunks[:half])) / (len(chunks) - half)
    assert 0 < per_chunk <= most
