"""A type that only the name of a server-sent event has counts in every dialect; other names change nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support import jsonl, run_here, sse

SAMPLES = Path(__file__).parents[2] / "samples"
TYPED = {
    **dict.fromkeys(("ag-ui.sse", "ai-sdk.sse", "ai-sdk-aborted.sse", "anthropic.sse", "claude-code.jsonl"), "type"),
    **dict.fromkeys(("codex-session.jsonl", "cohere.sse", "copilot.jsonl", "gemini-cli.jsonl"), "type"),
    **dict.fromkeys(("mistral-conversations.sse", "openai-agents.jsonl", "opencode.jsonl", "pi.jsonl"), "type"),
    "responses.jsonl": "type",
    "cohere-v1.jsonl": "event_type",
    "gemini-interactions.sse": "event_type",
    "dify.sse": "event",
    "letta.sse": "message_type",
}
"""Samples whose records have types, and the member that has them."""


def records(name: str) -> list[dict[str, Any]]:
    lines = (line.removeprefix("data:").strip() for line in (SAMPLES / name).read_text(encoding="utf-8").splitlines())
    return [json.loads(line) for line in lines if line.startswith("{")]


@pytest.mark.parametrize("name", TYPED)
def test_the_name_of_an_event_is_its_type(name: str) -> None:
    values = records(name)
    frames = []
    for value in values:
        kind = value.pop(TYPED[name], None)
        frames.append((b"" if kind is None else f"event: {kind}\n".encode()) + sse([value], done=False))
    given, named = (run_here(["text"], one) for one in (jsonl(records(name)), b"".join(frames)))
    assert (named.stdout, named.code) == (given.stdout, given.code), named.stderr


def chunk(content: str, finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("data", [{}, {"id": 1}, {"data": "x"}, {"step": "x", "data": {"a": 1}}, {"text": "x"}])
@pytest.mark.parametrize(
    "name",
    [
        *("start", "finish", "keep_alive", "system", "on_start", "step-start", "tool-start", "message_id"),
        *("stop_reason", "content-type", "agent_start", "RUN_STARTED", "turn.started", "status_message", "progress"),
    ],
)
def test_named_events_between_chunks_are_left_alone(name: str, data: dict[str, Any], place: int) -> None:
    frames = [sse([chunk("Gate ")], done=False), sse([chunk("four.", "stop")], done=False), b"data: [DONE]\n\n"]
    frames.insert(place, f"event: {name}\n".encode() + sse([data], done=False))
    ran = run_here(["text"], b"".join(frames))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)


def test_a_broken_event_of_a_dialect_is_reported_r10() -> None:
    start = sse([{"type": "message_start", "message": {"id": "m", "model": "m", "content": []}}], done=False)
    ran = run_here(["text"], start + b"event: content_block_delta\n" + sse([{"index": 0, "delta": "x"}], done=False))
    assert "record 2" in ran.stderr
    assert ran.code != 0
