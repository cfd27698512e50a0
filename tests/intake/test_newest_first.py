"""Logs that are newest first, by the last record of each dialect's responses."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.support import run_here

Value = dict[str, Any]
WORDS = ["It leaves ", "at nine", "."]
SAID = b"It leaves at nine.\n"


def chat(delta: Value, finish: str | None = None) -> Value:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


CHAT = [chat({"role": "assistant", "content": ""}), *(chat({"content": one}) for one in WORDS), chat({}, "stop")]
USAGE = {"usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}
COUNTED = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
STREAMS: dict[str, list[Value]] = {
    "chat": CHAT,
    "chat with usage": [*CHAT, {**COUNTED, "choices": [], **USAGE}],
    "chat with usage, members in another order": [*CHAT, {**USAGE, **COUNTED, "choices": []}],
    "Cohere": [
        {"type": "message-start", "id": "m", "delta": {"message": {"role": "assistant"}}},
        *({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": one}}}} for one in WORDS),
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}},
    ],
    "Cohere, version 1": [
        {"event_type": "stream-start", "is_finished": False, "generation_id": "g"},
        *({"event_type": "text-generation", "is_finished": False, "text": one} for one in WORDS),
        {"event_type": "stream-end", "is_finished": True, "finish_reason": "COMPLETE", "response": {}},
    ],
    "Bedrock": [
        {"messageStart": {"role": "assistant"}},
        *({"contentBlockDelta": {"delta": {"text": one}, "contentBlockIndex": 0}} for one in WORDS),
        {"messageStop": {"stopReason": "end_turn"}},
        {"metadata": {"usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}, "metrics": {"latencyMs": 4}}},
    ],
    "Anthropic": [
        {"type": "message_start", "message": {"id": "m", "role": "assistant"}},
        *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": one}} for one in WORDS),
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ],
    "Ollama": [
        *({"model": "m", "message": {"role": "assistant", "content": one}, "done": False} for one in WORDS),
        {"model": "m", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"},
    ],
}
LOGS: dict[str, Callable[[str, str], str]] = {
    "text": lambda time, record: f"{time} DEBUG {record}\n",
    "events": lambda time, record: f"{time} DEBUG data: {record}\n",
    "strings": lambda time, record: json.dumps({"time": time, "message": record}) + "\n",
    "objects": lambda time, record: json.dumps({"time": time, "chunk": json.loads(record)}) + "\n",
    "a table": lambda time, record: f'{time},"{record.replace(chr(34), chr(34) * 2)}"\n',
}


@pytest.mark.parametrize("stream", STREAMS.values(), ids=[*STREAMS])
@pytest.mark.parametrize("log", LOGS.values(), ids=[*LOGS])
def test_a_log_that_is_newest_first_is_read_from_its_end(stream: list[Value], log: Callable[[str, str], str]) -> None:
    lines = [log(f"2031-05-04T09:00:{number:02}Z", json.dumps(one)) for number, one in enumerate(stream)]
    for data in (lines, lines[::-1]):
        ran = run_here(["text"], "".join(data).encode())
        assert (ran.code, ran.stdout) == (0, SAID), ran.stderr


SOURCES = [{"url": "https://f.example", "date": "2031-05-04"}, {"url": "https://g.example", "date": "2030-01-02"}]


@pytest.mark.parametrize("holder", ["the records", "their list", "a whole answer"])
def test_lists_inside_of_records_keep_their_order(holder: str) -> None:
    """The sources of a search, the best first, have dates that say nothing of the records."""
    stream = [{**one, "search_results": SOURCES} for one in CHAT]
    if holder == "a whole answer":
        message = {"role": "assistant", "content": "It leaves at nine."}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        stream = [{**COUNTED, "search_results": SOURCES, "choices": [choice], "object": "chat.completion"}]
    lists = holder == "their list"
    data = json.dumps(stream) if lists else "".join(json.dumps(one, indent=1) + "\n" for one in stream)
    ran = run_here(["text"], data.encode())
    assert (ran.code, ran.stdout, ran.stderr) == (0, SAID, "")
    rewritten = run_here(["rewrite"], data.encode()).stdout.decode()
    assert rewritten.index("f.example") < rewritten.index("g.example")
    assert rewritten.count("f.example") == len(stream)
