"""Comments keep a connection open (B1), for ten minutes at most."""

import asyncio
import os
from collections.abc import AsyncIterator
from itertools import accumulate, cycle
from types import SimpleNamespace

import pytest
from tests.commands.test_hostile_servers import raw_server
from tests.serving import KEY

from unspool import Endpoint, LiveSource, SourceFailed
from unspool.sources import comments
from unspool.sources.comments import CommentLimit
from unspool.sources.file import FileSource

DRIP = [b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {}\n\n", b": wait\n\n"]


@pytest.mark.parametrize("asynchronous", [False, True])
def test_comments_alone_end_a_call(asynchronous: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comments, "_COMMENTS", 0.1)

    async def taken(blocks: AsyncIterator[bytes]) -> list[bytes]:
        return [block async for block in blocks]

    with raw_server(DRIP, 0.02) as url:
        source = LiveSource(Endpoint(url, KEY), {})
        with pytest.raises(SourceFailed, match=r"nothing but comments or blank lines arrived for 0\.1 s"):
            asyncio.run(taken(source.async_blocks())) if asynchronous else list(source.blocks())


@pytest.mark.parametrize(("timeout", "ends"), [(None, False), (5.0, True)])
def test_comments_alone_end_a_pipe_that_has_a_timeout(
    timeout: float | None, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comments, "_COMMENTS", -1.0)
    monkeypatch.setattr(comments, "time", clock(10))
    reader, writer = os.pipe()
    with open(writer, "wb", buffering=0) as theirs, open(reader, "rb", buffering=0) as ours:
        theirs.write(b": wait\n\n")
        blocks = FileSource("-", ours, timeout).blocks()
        if ends:
            with pytest.raises(SourceFailed, match="nothing but comments"):
                next(blocks)
        else:
            assert next(blocks) == b": wait\n\n"


@pytest.mark.parametrize(
    ("blocks", "ends"),
    [
        ([b"data: {}\n\n", b": a\n\n", b"\r\n"], True),
        ([b": a", b" comment\n", b"\n"], True),
        ([b"data: {}\n\n", b": a\n\n", b"d", b":\n\n"], False),
        ([b"data", b":", b"\n"], False),
        ([b": a\r", b": b\rdata: {}\r", b": c\r"], False),
        ([b" ", b"\t\n", b"{"], False),
    ],
)
def test_a_record_ends_the_wait(blocks: list[bytes], ends: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block comes after 250 s; its text is taken 1,000 s later, which does not count."""
    monkeypatch.setattr(comments, "time", clock(250, 1000))
    limit = CommentLimit("here", 7.0)
    failed = False
    for block in [*blocks, b":\n"]:
        try:
            limit.received(block)
        except SourceFailed as failure:
            failed = failure.reason.endswith("for 600 s")
        limit.awaits()
    assert failed == ends


def clock(*steps: int) -> SimpleNamespace:
    """A clock that goes on by these seconds in turn, each time that it is read."""
    times = accumulate(cycle(steps), initial=0)
    return SimpleNamespace(monotonic=lambda: float(next(times)))
