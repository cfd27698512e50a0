"""Streams of agents as chunks: against a reading of the whole, for every cut, and where a run was cut."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from tests.dialects.agents.oracle import READERS, Heard
from tests.fastpath.differential import observe
from tests.support import CAPTURES, ROOT, jsonl, run_here

from unspool.dialects.registry import DIALECTS, dialect_of
from unspool.formats.framer import Framer

NAMES = [name for name in READERS if name != "responses"]
SAMPLES = [
    path
    for path in sorted((ROOT / "samples").iterdir())
    if ".expected" not in path.name and path.suffix in (".jsonl", ".sse") and path.stem.startswith(tuple(NAMES))
]
FOLDER = CAPTURES / "agents"
RECORDED = [path for path in sorted(FOLDER.glob("*/*")) if path.suffix in (".jsonl", ".sse", ".txt")]
EACH = pytest.mark.parametrize("path", SAMPLES + RECORDED, ids=lambda path: "/".join(path.parts[-2:]))
EACH_SAMPLE = pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
EARLY = frozenset({4, 5})


@cache
def values(path: Path) -> list[Any]:
    framer = Framer()
    records = framer.feed(path.read_bytes()) + framer.close()
    return [record.parse() for record in records if record.data and record.data != b"[DONE]"]


@cache
def dialect(path: Path) -> str:
    return next(name for name in map(dialect_of, values(path)) if name is not None)


def heard(data: bytes) -> tuple[Heard, list[dict[str, Any]]]:
    """What the chunks of a stream hold: texts by step, calls as they leave with no message tool."""
    ran = run_here(["rewrite", "--tool=no such tool"], data)
    chunks = [json.loads(line) for line in ran.stdout.splitlines()]
    said, steps = Heard(), list[dict[Any, list[str]]]()
    for chunk in chunks:
        for choice in chunk["choices"]:
            delta = choice["delta"]
            if "role" in delta:
                steps.append({"text": [""]})
            steps[-1]["text"][0] += delta.get("content") or ""
            said.thoughts += (delta.get("reasoning_content") or "").replace("\n\n", "")
            for entry in delta.get("tool_calls", []):
                call = steps[-1].setdefault(entry["index"], ["", ""])
                call[0] += entry["function"].get("name") or ""
                call[1] += entry["function"]["arguments"]
    for step in steps:
        said.texts += [step["text"][0]] if step["text"][0] else []
        calls = [call for key, call in step.items() if key != "text"]
        said.calls += [
            (name, json.loads(arguments) if arguments else {}) for name, arguments in calls if complete(arguments)
        ]
    return said, chunks


def complete(arguments: str) -> bool:
    try:
        json.loads(arguments or "{}")
    except ValueError:
        return False
    return True


@EACH
def test_the_first_record_that_shows_a_dialect_shows_this_one_alone(path: Path) -> None:
    for value in values(path):
        found = [name for name, entry in DIALECTS.items() if isinstance(value, dict) and entry.matches(value)]
        assert set(found) <= {dialect(path)}, value


@EACH
def test_the_chunks_hold_what_a_reading_of_the_whole_finds(path: Path) -> None:
    said, chunks = heard(path.read_bytes())
    expected = READERS[dialect(path)](values(path))
    assert said.texts == expected.texts
    assert said.calls == expected.calls
    assert said.thoughts == expected.thoughts.replace("\n\n", "")
    for chunk in chunks:
        ChatCompletionChunk.model_validate(chunk)


@EACH_SAMPLE
@pytest.mark.parametrize("size", [1, 7, 64])
def test_every_cut_of_the_bytes_gives_the_same(path: Path, size: int) -> None:
    data = path.read_bytes()
    blocks = [data[start : start + size] for start in range(0, len(data), size)]
    whole, cut = observe([data], ["events", "jsonl"], fast=True), observe(blocks, ["events", "jsonl"], fast=True)
    for sink in ("events", "jsonl"):
        assert cut.written(sink) == whole.written(sink)
    assert (cut.summary, cut.code) == (whole.summary, whole.code)


@EACH
def test_a_stream_that_was_cut_never_shows_more_and_never_passes_for_an_error_free_longer_one(path: Path) -> None:
    """Cut behind each record: the text is the beginning of the whole, and nothing but the codes of a cut comes out."""
    data = path.read_bytes()
    framer = Framer()
    ends = [record.offset for record in framer.feed(data) + framer.close() if record.data][1:]
    whole = run_here(["text"], data)
    for end in ends:
        ran = run_here(["text"], data[:end])
        assert ran.code in {0, *EARLY}
        assert "Traceback" not in ran.stderr
        if "interleaved" not in path.name and "thinking_v0" not in path.name and path.stem != "ag-ui":
            assert whole.stdout.startswith(ran.stdout.removesuffix(b"\n"))


def test_samples_are_there_for_each_dialect() -> None:
    assert {dialect(path) for path in SAMPLES} == set(NAMES)


def test_a_message_with_another_id_in_two_snapshots_is_emitted_once() -> None:
    """R15: the second snapshot of AG-UI has the same ids as the first, not those of the deltas."""
    history = [{"id": "u", "role": "user", "content": "?"}, {"id": "x", "role": "assistant", "content": "At nine."}]
    snapshot = {"type": "MESSAGES_SNAPSHOT", "messages": history}
    events: list[Any] = [
        {"type": "RUN_STARTED", "runId": "r"},
        {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "At nine."},
        {"type": "TEXT_MESSAGE_END", "messageId": "m"},
        {"type": "REASONING_MESSAGE_CONTENT", "messageId": "t", "delta": "Hm."},
        {"type": "TOOL_CALL_START", "toolCallName": "send_message", "toolCallId": "c"},
        {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": '{"message": "Or ten."}'},
        {"type": "TOOL_CALL_END", "toolCallId": "c"},
    ]
    ran = run_here(["text"], jsonl([*events, snapshot, snapshot, {"type": "RUN_FINISHED", "runId": "r"}]))
    assert (ran.stdout, ran.code) == (b"At nine.\nOr ten.\n", 0)
