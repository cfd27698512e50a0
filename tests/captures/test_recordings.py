"""A recording of any capture, in whatever format, says what the capture says."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.captures.material import REASON
from tests.support import CAPTURES

from unspool.diagnostics import Problem
from unspool.intake.source import Source
from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sinks.events import EventSink
from unspool.sinks.output import Output
from unspool.sources.file import FileSource
from unspool.sources.recording import Recorded, Recording

FOLDERS = ("chat-completions", "responses", "anthropic", "gemini", "ollama", "bedrock", "other")

pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason=REASON)


def captures(folder: str) -> Iterator[Path]:
    return (path for path in sorted((CAPTURES / folder).rglob("*")) if path.is_file())


def said(source: Source) -> tuple[bytes, list[type]]:
    """The events, and the kinds of faults; places differ in a recording."""
    output = io.BytesIO()
    problems: list[Problem] = []
    sink = EventSink(Output(output))
    run(source, Settings(), sink, problems.append, Summary())
    sink.close()
    lines = [line.partition(b'"record":')[2].partition(b",")[2] for line in output.getvalue().splitlines()]
    return b"\n".join(line for line in lines if b'"offset"' not in line), [type(one.fault) for one in problems]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_recording_says_what_was_recorded(folder: str, tmp_path: Path) -> None:
    recording = str(tmp_path / "recording.sse")
    for path in captures(folder):
        was = said(Recorded(FileSource(str(path), None), Recording(recording, overwrite=True)))
        assert said(FileSource(recording, None)) == was, path
