"""Real captures through the server's rewriting, and served back: what `rewrite` gives, and the bytes that came."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.captures.material import REASON
from tests.serve.test_rewriting import rewritten
from tests.support import CAPTURES

from unspool.core.options import Options
from unspool.formats.detect import Format
from unspool.intake.asked import Asked
from unspool.pipeline import run
from unspool.serve.replay.captures import load
from unspool.settings import Settings, Summary
from unspool.sinks.chunks import ChunkFormat, ChunkSink
from unspool.sinks.output import Output
from unspool.sources.file import FileSource

FOLDERS = ("chat-completions", "responses", "anthropic", "gemini", "other")
SETTINGS = Settings(Options(), format=Format.SSE)
LARGEST = 2_000_000  # bytes

pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason=REASON)


def captures(folder: str) -> Iterator[Path]:
    found = sorted((CAPTURES / folder).rglob("*.sse"))
    return (path for path in found if path.stat().st_size < LARGEST)


def values(stream: bytes) -> list[Any]:
    """The JSON of a stream's events, without an error that the server added."""
    found = []
    for event in stream.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n\n"):
        data = b"\n".join(line[5:].strip() for line in event.split(b"\n") if line.startswith(b"data:"))
        if data.startswith(b"{"):
            try:
                found.append(json.loads(data))
            except ValueError:
                found.append(data)
    added = found and isinstance(found[-1], dict) and '"unspool_error"' in json.dumps(found[-1])
    return found[:-1] if added else found


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_server_rewrites_as_the_command_does_for_every_cut(folder: str) -> None:
    random = Random(1)
    for path in list(captures(folder))[::2]:
        data = path.read_bytes()
        whole = rewritten(data)
        cuts = [random.randrange(len(data) + 1) for _ in range(20)]
        assert rewritten(data, *cuts) == whole, path
        output = io.BytesIO()
        sink = ChunkSink(Output(output), ChunkFormat.SSE)
        run(FileSource(str(path), None), SETTINGS, sink, lambda problem: None, Summary())
        assert values(whole) == values(output.getvalue()), path


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_event_stream_is_served_as_the_bytes_that_came(folder: str) -> None:
    for capture in load([str(CAPTURES / folder)], Asked(), Format.AUTO, [], lambda line: None):
        path = Path(capture.name)
        recorded = path.is_file() and path.read_bytes()
        if recorded and path.suffix == ".sse" and not recorded.startswith((b": t=", b"\x1f\x8b", b"{", b"HTTP/")):
            assert b"".join(piece.data for piece in capture.pieces) == recorded, path
