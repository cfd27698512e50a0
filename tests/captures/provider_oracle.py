"""A second opinion on captures of Gemini, Ollama, Cohere and Bedrock; see ``dialect_oracle``, whose Said this gives.

    path ─▶ values() ─▶ gemini() / ollama() / cohere() / bedrock() ─▶ Said

A call without an id of its own has "" for one. Of calls in partial arguments the value is made by assignment, path
by path, not as text.
"""

import base64
import json
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.captures import dialect_oracle, oracle
from tests.dialects.said import Said, Value, parsed


def values(path: Path) -> list[Any]:
    """The JSON values of a capture, framed as its name says."""
    data = path.read_bytes()
    if path.suffix == ".json":
        return list(json.loads(data))
    if path.suffix == ".eventstream":
        return [value for headers, payload in messages(data) for value in [_event(headers, payload)]]
    # an error that was written between the events, over several lines
    stray = re.search(rb"^\{.*?^\}", data, re.MULTILINE | re.DOTALL) if path.suffix == ".sse" else None
    records = [record.value for record in oracle.frame(data, path.name) if record.kind == "value"]
    return [*records, json.loads(stray.group())] if stray else records


def messages(data: bytes) -> Iterator[tuple[Value, bytes]]:
    """Headers and payload of each binary message; the captures have headers of text alone."""
    while data:
        total, size, _ = struct.unpack(">III", data[:12])
        assert zlib.crc32(data[: total - 4]) == struct.unpack(">I", data[total - 4 : total])[0]
        headers, rest = {}, data[12 : 12 + size]
        while rest:
            name_end = 1 + rest[0]
            assert rest[name_end] == 7
            value_end = name_end + 3 + struct.unpack(">H", rest[name_end + 1 : name_end + 3])[0]
            headers[rest[1:name_end].decode()] = rest[name_end + 3 : value_end].decode()
            rest = rest[value_end:]
        yield headers, data[12 + size : total - 4]
        data = data[total:]


def _event(headers: Value, payload: bytes) -> Value:
    value = json.loads(payload)
    return json.loads(base64.b64decode(value["bytes"])) if "bytes" in value else {headers[":event-type"]: value}


# --- Gemini ------------------------------------------------------------------------------------

GEMINI_REASONS = {"STOP": "stop", "1": "stop", "MAX_TOKENS": "length", "RECITATION": "content_filter"}


def gemini(values: Iterable[Value]) -> Said:
    """Of responses of streamGenerateContent, with one candidate."""
    said, reason = Said(), None
    usage: Value = {}
    for value in values:
        said.errors += "error" in value
        usage.update(value.get("usageMetadata") or {})
        if (value.get("promptFeedback") or {}).get("blockReason"):
            reason = "RECITATION"
        for candidate in value.get("candidates") or []:
            reason = str(candidate.get("finishReason") or "") or reason
            for part in candidate.get("content", {}).get("parts") or []:
                if "functionCall" in part:
                    _gemini_call(part["functionCall"], said)
                elif part.get("thought"):
                    said.thoughts += part["text"]
                else:
                    said.text += part.get("text", "")
    said.calls = [(call["id"], call["name"], call["args"]) for call in said.calls]  # type: ignore[call-overload]
    if reason and not said.errors:
        finish = GEMINI_REASONS.get(reason, "stop")
        said.finishes = ["tool_calls" if finish == "stop" and said.calls else finish]
    counts = [usage.get(f"{kind}TokenCount", 0) for kind in ("prompt", "toolUsePrompt", "candidates", "thoughts")]
    if usage and not said.errors:
        said.usages = [(counts[0] + counts[1], counts[2] + counts[3])]
    return said


def _gemini_call(call: Value, said: Said) -> None:
    if "name" in call:
        said.calls.append({"id": call.get("id", ""), "name": call["name"], "args": call.get("args", {})})  # type: ignore[arg-type]
    for partial in call.get("partialArgs") or []:
        kind = next(name for name in partial if name.endswith("Value"))
        steps = [int(step) if step.isdigit() else step for step in re.findall(r"\w+", partial["jsonPath"])]
        _assign(said.calls[-1]["args"], steps, partial[kind])  # type: ignore[call-overload]


def _assign(holder: Any, steps: list[str | int], value: Any) -> None:
    step, *more = steps
    if isinstance(holder, list) and len(holder) == step:
        holder.append({} if more else "")
    elif isinstance(holder, dict) and step not in holder:
        holder[step] = ([] if isinstance(more[0], int) else {}) if more else ("" if isinstance(value, str) else value)
        if not isinstance(value, str) and not more:
            return
    if more:
        _assign(holder[step], more, value)
    else:
        holder[step] += value


# --- Ollama ------------------------------------------------------------------------------------


def ollama(values: Iterable[Value]) -> Said:
    """Of lines of either endpoint."""
    said = Said()
    for value in values:
        message = value.get("message", {"content": value.get("response", "")})
        said.text += message.get("content") or ""
        said.thoughts += message.get("thinking") or value.get("thinking") or ""
        for call in message.get("tool_calls") or []:
            said.calls.append((call.get("id", ""), call["function"]["name"], call["function"]["arguments"]))
        if value["done"]:
            reason = value["done_reason"]
            said.finishes.append("tool_calls" if said.calls and reason == "stop" else reason)
            said.usages.append((value["prompt_eval_count"], value["eval_count"]))
    return said


# --- Cohere ------------------------------------------------------------------------------------

COHERE_REASONS = {"COMPLETE": "stop", "MAX_TOKENS": "length", "TOOL_CALL": "tool_calls"}


def cohere(values: Iterable[Value]) -> Said:
    """Of v2 chat events."""
    said = Said()
    calls: list[list[str]] = []
    for value in values:
        delta = value.get("delta", {})
        message = delta.get("message", {})
        content = message.get("content") or {}
        said.thoughts += message.get("tool_plan") or (content.get("thinking") or "" if content else "")
        said.text += content.get("text") or "" if content else ""
        call = message.get("tool_calls") or {}
        if value["type"] == "tool-call-start":
            calls.append([call["id"], call["function"]["name"], call["function"]["arguments"]])
        elif value["type"] == "tool-call-delta":
            calls[-1][2] += call["function"]["arguments"]
        elif value["type"] == "message-end":
            said.finishes.append(COHERE_REASONS[delta["finish_reason"]])
            tokens = delta["usage"]["tokens"]
            said.usages.append((tokens["input_tokens"], tokens["output_tokens"]))
    said.calls = [(ident, name, parsed(arguments)) for ident, name, arguments in calls]
    return said


# --- Bedrock -----------------------------------------------------------------------------------

BEDROCK_REASONS = {
    "end_turn": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "guardrail_intervened": "content_filter",
}


def bedrock(values: Iterable[Value]) -> Said:
    """Of Converse events, of Anthropic's in chunks, or of Titan's."""
    values = list(values)
    if "type" in values[0]:
        return dialect_oracle.anthropic(values)
    said = Said()
    blocks: dict[int, Value] = {}
    for value in values:
        for name, event in value.items():
            _bedrock_event(name, event, blocks, said)
    said.calls = [(use["toolUseId"], use["name"], parsed(use["input"])) for use in blocks.values()]
    return said


def _bedrock_event(name: str, event: Any, blocks: dict[int, Value], said: Said) -> None:
    if name == "contentBlockStart":
        blocks[event["contentBlockIndex"]] = {**event["start"]["toolUse"], "input": ""}
    elif name == "contentBlockDelta":
        delta = event["delta"]
        said.text += delta.get("text", "")
        said.thoughts += delta.get("reasoningContent", {}).get("text", "")
        if "toolUse" in delta:
            blocks[event["contentBlockIndex"]]["input"] += delta["toolUse"]["input"]
    elif name == "messageStop":
        said.finishes.append(BEDROCK_REASONS[event["stopReason"]])
    elif name == "metadata":
        usage = event["usage"]
        said.usages.append((usage["inputTokens"], usage["outputTokens"]))
    elif name == "outputText":  # Titan's, stopped by a guardrail
        said.text += event
        said.finishes.append("content_filter")
        said.usages.append((6, 3))
