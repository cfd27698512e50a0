"""The same responses in other wire formats, as their providers send them: events with names, padding and numbers."""

import json
from collections.abc import Iterator
from typing import Any

from tests.amazon import message

Event = dict[str, Any]


def _stream(events: Iterator[Event]) -> Iterator[str]:
    for event in events:
        yield f"event: {event['type']}\ndata: {json.dumps(event, separators=(',', ':'))}\n\n"


def anthropic(number: int, fragments: list[str]) -> Iterator[str]:
    """A message of Anthropic's with one message call."""
    return _stream(_messages(f"msg_{number:024d}", fragments))


def _messages(ident: str, fragments: list[str]) -> Iterator[Event]:
    usage = {"input_tokens": 10, "output_tokens": 1}
    message = {"id": ident, "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": []}
    yield {"type": "message_start", "message": {**message, "usage": usage}}
    block = {"type": "tool_use", "id": f"toolu_{ident}", "name": "send_message", "input": {}}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    for fragment in ["", *fragments]:
        delta = {"type": "input_json_delta", "partial_json": fragment}
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    yield {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 200}}
    yield {"type": "message_stop"}


def anthropic_text(number: int, texts: list[str]) -> Iterator[str]:
    """A message of Anthropic's with one block of text."""
    opening, _, *_, closing, stop = _messages(f"msg_{number:024d}", [])
    end = {**closing, "delta": {"stop_reason": "end_turn", "stop_sequence": None}}
    blocks = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}} for text in texts
    ]
    start = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    return _stream(
        iter([opening, start, {"type": "ping"}, *blocks, {"type": "content_block_stop", "index": 0}, end, stop])
    )


def responses(number: int, fragments: list[str]) -> Iterator[str]:
    """A response of OpenAI's Responses with one message call, which is said four times."""
    events = _responses(f"{number:048d}", fragments)
    return _stream({**event, "sequence_number": place} for place, event in enumerate(events))


def _responses(ident: str, fragments: list[str]) -> Iterator[Event]:
    response = {"id": f"resp_{ident}", "object": "response", "created_at": 1795334534, "model": "gpt-5", "output": []}
    where = {"item_id": f"fc_{ident}", "output_index": 0}
    call = {"id": f"fc_{ident}", "type": "function_call", "call_id": f"call_{ident}", "name": "send_message"}
    whole = {**call, "arguments": "".join(fragments), "status": "completed"}
    yield {"type": "response.created", "response": {**response, "status": "in_progress"}}
    yield {"type": "response.output_item.added", **where, "item": {**call, "arguments": "", "status": "in_progress"}}
    for fragment in fragments:
        padding = "x" * (16 - len(fragment) % 16)
        yield {"type": "response.function_call_arguments.delta", **where, "delta": fragment, "obfuscation": padding}
    yield {"type": "response.function_call_arguments.done", **where, "arguments": whole["arguments"]}
    yield {"type": "response.output_item.done", **where, "item": whole}
    usage = {"input_tokens": 10, "output_tokens": 200, "total_tokens": 210}
    end = {**response, "status": "completed", "output": [whole], "usage": usage}
    yield {"type": "response.completed", "response": end}


def responses_text(number: int, texts: list[str]) -> Iterator[str]:
    """A response of OpenAI's Responses with one message, whose text comes in deltas and three times whole."""
    ident, whole = f"{number:048d}", "".join(texts)
    response = {"id": f"resp_{ident}", "object": "response", "created_at": 1795334534, "model": "gpt-5", "output": []}
    item = {"id": f"msg_{ident}", "type": "message", "status": "in_progress", "role": "assistant", "content": []}
    part = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
    where = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    done = {**item, "status": "completed", "content": [{**part, "text": whole}]}
    events: list[Event] = [
        {"type": "response.created", "response": {**response, "status": "in_progress"}},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.content_part.added", **where, "part": part},
        *({"type": "response.output_text.delta", **where, "delta": text, "logprobs": []} for text in texts),
        {"type": "response.output_text.done", **where, "text": whole, "logprobs": []},
        {"type": "response.content_part.done", **where, "part": {**part, "text": whole}},
        {"type": "response.output_item.done", "output_index": 0, "item": done},
        {"type": "response.completed", "response": {**response, "status": "completed", "output": [done]}},
    ]
    return _stream({**event, "sequence_number": place} for place, event in enumerate(events))


def gemini(number: int, fragments: list[str]) -> Iterator[str]:
    """The elements of an array, as streamGenerateContent sends them: some fragments in each, and a usage that grows."""
    texts = ["".join(fragments[at : at + TOGETHER]) for at in range(0, len(fragments), TOGETHER)]
    for place, element in enumerate(gemini_values(number, texts)):
        yield (",\r\n" if number or place else "[") + json.dumps(element, indent=2)


def gemini_values(number: int, texts: list[str]) -> Iterator[Event]:
    """The chunks of one response, each with a text."""
    for place, text in enumerate(texts):
        candidate: Event = {"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}
        if place == len(texts) - 1:
            candidate["finishReason"] = "STOP"
        tokens = TOGETHER * (place + 1)
        usage = {"promptTokenCount": 10, "candidatesTokenCount": tokens, "totalTokenCount": 10 + tokens}
        names = {"modelVersion": "gemini-2.5-flash", "responseId": f"{number:024d}"}
        yield {"candidates": [candidate], "usageMetadata": usage, **names}


TOGETHER = 8
"""Fragments in an element: Gemini sends fewer and longer ones."""


def converse(number: int, fragments: list[str]) -> Iterator[bytes]:
    """The binary messages of Bedrock's ConverseStream with one message call."""
    tool = {"toolUse": {"toolUseId": f"tooluse_{number:022d}", "name": "send_message"}}
    yield _message("messageStart", {"role": "assistant"})
    yield _message("contentBlockStart", {"contentBlockIndex": 0, "start": tool})
    for fragment in fragments:
        yield _message("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"toolUse": {"input": fragment}}})
    yield _message("contentBlockStop", {"contentBlockIndex": 0})
    yield _message("messageStop", {"stopReason": "tool_use"})
    yield _message("metadata", {"usage": {"inputTokens": 10, "outputTokens": 200, "totalTokens": 210}})


def _message(name: str, value: Event) -> bytes:
    padded = {**value, "p": "abcdefghijklmnopqrstuvwxyz"[: 1 + len(str(value)) % 26]}
    payload = json.dumps(padded, separators=(",", ":")).encode()
    return message(payload, event_type=name, content_type="application/json", message_type="event")
