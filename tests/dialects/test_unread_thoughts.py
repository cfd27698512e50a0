"""Thoughts in a shape from which no text is read are named in every dialect (Q40); other shapes are read (Q25)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.support import jsonl, run_here

Records = list[Any]


def ollama(thoughts: Any, name: str = "thinking") -> Records:
    messages = [{"role": "assistant", "content": "", name: thoughts}, {"role": "assistant", "content": "Hi."}]
    lines = [{"model": "m", "message": message, "done": False} for message in messages]
    return [*lines, {"model": "m", "message": {"content": ""}, "done": True, "done_reason": "stop"}]


def anthropic(delta: dict[str, Any]) -> Records:
    return [
        {"type": "message_start", "message": {"id": "m", "model": "m", "content": []}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": "Hi."}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ]


def bedrock(thoughts: Any) -> Records:
    return [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"reasoningContent": thoughts}}},
        {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"text": "Hi."}}},
        {"messageStop": {"stopReason": "end_turn"}},
    ]


def gemini(part: dict[str, Any]) -> Records:
    parts = [part, {"text": "Hi."}]
    return [{"candidates": [{"content": {"parts": parts, "role": "model"}, "finishReason": "STOP"}]}]


def responses(thoughts: Any) -> Records:
    response = {"id": "r", "object": "response", "status": "completed", "output": []}
    return [
        {"type": "response.created", "response": {"id": "r", "object": "response", "output": []}},
        {"type": "response.reasoning_text.delta", "item_id": "i", "output_index": 0, "delta": thoughts},
        {"type": "response.output_text.delta", "item_id": "j", "output_index": 1, "delta": "Hi."},
        {"type": "response.completed", "response": response},
    ]


def cohere(thoughts: Any) -> Records:
    return [
        {"type": "message-start", "id": "x", "delta": {"message": {"role": "assistant"}}},
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"thinking": thoughts}}}},
        {"type": "content-delta", "index": 1, "delta": {"message": {"content": {"text": "Hi."}}}},
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}},
    ]


def ag_ui(thoughts: Any) -> Records:
    return [
        {"type": "RUN_STARTED", "threadId": "t", "runId": "r"},
        {"type": "THINKING_TEXT_MESSAGE_START"},
        {"type": "THINKING_TEXT_MESSAGE_CONTENT", "delta": thoughts},
        {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "Hi."},
        {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"},
    ]


PLACES: dict[str, Callable[[Any], Records]] = {
    "ollama": ollama,
    "ollama, reasoning": lambda thoughts: ollama(thoughts, "reasoning"),
    "anthropic": lambda thoughts: anthropic({"type": "thinking_delta", "thinking": thoughts}),
    "anthropic, text": lambda thoughts: anthropic({"type": "thinking_delta", "text": thoughts}),
    "anthropic, another type": lambda thoughts: anthropic({"type": "reasoning_delta", "reasoning": thoughts}),
    "bedrock": bedrock,
    "bedrock, whole": lambda thoughts: bedrock({"reasoningText": thoughts}),
    "bedrock, another member": lambda thoughts: bedrock({"thinking": thoughts}),
    "gemini": lambda thoughts: gemini({"thought": True, "text": thoughts}),
    "gemini, in the mark": lambda thoughts: gemini({"thought": thoughts}),
    "responses": responses,
    "cohere": cohere,
    "ag-ui": ag_ui,
}


@pytest.mark.parametrize("thoughts", [{"note": "Hm."}, [{"step": 1, "note": "Hm."}]], ids=["object", "array"])
@pytest.mark.parametrize("place", PLACES)
def test_thoughts_without_a_text_are_named(place: str, thoughts: Any) -> None:
    report = json.loads(run_here(["lint", "--json"], jsonl(PLACES[place](thoughts))).stdout)
    assert "Q40" in {row["quirk"] for row in report["quirks"]}


@pytest.mark.parametrize("thoughts", ["Hm.", {"text": "Hm."}, ["Hm."]], ids=["text", "object", "array"])
@pytest.mark.parametrize("place", PLACES)
def test_other_shapes_are_read_or_named(place: str, thoughts: Any) -> None:
    stream = jsonl(PLACES[place](thoughts))
    text = run_here(["text", "--thoughts", "reasoning"], stream).stdout
    report = json.loads(run_here(["lint", "--json"], stream).stdout)
    named = "Q40" in {row["quirk"] for row in report["quirks"]}
    assert (text, named) in ((b"Hm.\nHi.\n", False), (b"Hi.\n", True))


@pytest.mark.parametrize("name", ["tools", "request", "messages"])
def test_schemas_and_histories_have_no_thoughts(name: str) -> None:
    records = bedrock({"text": "Hm."})
    records[0][name] = [{"properties": {"inner_thoughts": {"type": "string", "description": "Private."}}}]
    report = json.loads(run_here(["lint", "--json"], jsonl(records[:1] + records[2:])).stdout)
    assert "Q40" not in {row["quirk"] for row in report["quirks"]}
