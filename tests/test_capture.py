"""events(): the events of any capture in Python are those that the command writes."""

import gzip
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support import ROOT, chunk, jsonl, message_call, run_here

from unspool import Event, Options, SourceFailed, StepStarted, StreamIncomplete, TextDelta, events
from unspool.sinks.events import EVENT_NAMES

SAMPLES = sorted(
    path
    for path in (ROOT / "samples").iterdir()
    if path.is_file() and ".expected" not in path.name and path.suffix not in {".md", ".args", ".yaml"}
)
OF_THE_COMMAND = {"source", "done", "malformed"}
"""Lines of the command that are no events of a response."""


def written(path: Path) -> list[dict[str, Any]]:
    """What ``unspool events`` writes, without the numbers of the records."""
    lines = map(json.loads, run_here(["events", str(path)]).stdout.splitlines())
    return [{k: v for k, v in line.items() if k != "record"} for line in lines if line["event"] not in OF_THE_COMMAND]


def as_written(event: Event) -> dict[str, Any]:
    fields = json.loads(json.dumps(event._asdict()))
    return {"event": EVENT_NAMES[type(event)], **fields}


def read(path: Path, options: Options | None = None) -> list[Event]:
    """All events, also those before a failure of the source."""
    found: list[Event] = []
    try:
        found.extend(events(path, options))
    except SourceFailed:
        assert run_here(["text", str(path)]).code == 5
    return found


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_they_are_those_of_the_command(path: Path) -> None:
    assert [as_written(event) for event in read(path)] == written(path)


def test_a_compressed_log_and_the_tools_that_are_asked_for(tmp_path: Path) -> None:
    log = tmp_path / "log.gz"
    call = message_call(['{"text": "At ', 'nine."}'], tool="reply")
    log.write_bytes(gzip.compress(jsonl({"ts": 1, "chunk": one} for one in call)))
    texts = [event.text for event in events(str(log), Options(tools={"reply": "text"})) if isinstance(event, TextDelta)]
    assert texts == ["At ", "nine."]


def test_each_stream_of_a_container_begins_with_step_1(tmp_path: Path) -> None:
    body = jsonl([chunk({"content": "Hi"}, "stop")]).decode()
    request = {"method": "POST", "url": "http://a.example/v1/chat/completions", "headers": []}
    entry = {"startedDateTime": "2031-05-04T03:02:01Z", "request": request}
    entry["response"] = {"status": 200, "headers": [], "content": {"text": body, "mimeType": "text/event-stream"}}
    har = tmp_path / "two.har"
    har.write_text(json.dumps({"log": {"version": "1.2", "creator": {"name": "x"}, "entries": [entry, entry]}}))
    assert [event.step for event in events(har) if isinstance(event, StepStarted)] == [1, 1]


def test_what_is_no_chunk_is_logged_three_times_and_then_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    capture = tmp_path / "capture.jsonl"
    whole = jsonl([chunk({"content": "Hi"}, "stop")])
    capture.write_bytes(whole + b"".join(b'{"a": %d\n' % at for at in range(9)) + whole)
    assert [event.text for event in events(capture) if isinstance(event, TextDelta)] == ["Hi", "Hi"]
    assert len(caplog.records) == 4
    assert "6 more records" in caplog.records[-1].getMessage()
    assert {one.levelno for one in caplog.records} == {logging.WARNING}


def test_a_stream_that_was_cut_says_so_in_its_events(caplog: pytest.LogCaptureFixture) -> None:
    assert any(isinstance(event, StreamIncomplete) for event in events(ROOT / "samples" / "cut-stream.jsonl"))
    assert caplog.records == []


def test_a_source_that_fails_is_raised_behind_its_events() -> None:
    class Failing:
        name, elapsed = "feed", None

        def blocks(self) -> Iterator[bytes]:
            yield jsonl([chunk({"content": "Hi"})])
            raise SourceFailed(self.name, "the connection was lost", "ask again")

    found: list[str] = []
    with pytest.raises(SourceFailed, match="the connection was lost"):
        found.extend(event.text for event in events(Failing()) if isinstance(event, TextDelta))
    assert found == ["Hi"]


def test_a_missing_file_and_what_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(SourceFailed, match=r"none\.jsonl: No such file or directory$"):
        list(events(tmp_path / "none.jsonl"))
    with pytest.raises(TypeError, match="must be a path or an object with the blocks of one, not list"):
        events([])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="must be an Options"):
        events("a.jsonl", {"reply": "text"})  # type: ignore[arg-type]


def test_a_source_without_a_stream_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    page = tmp_path / "request.json"
    page.write_text('{"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": true}')
    assert list(events(page)) == []
    assert "request" in caplog.text
