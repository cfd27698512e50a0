"""What chunks say in all, read when there are no more to come: how dialects are compared."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from openai.types.chat import ChatCompletionChunk

from unspool.dialects.base import Dialect

Value = dict[str, Any]


@dataclass
class Said:
    """What a source says in all: calls as (id, name, arguments), usage as (prompt, completion) of each response."""

    text: str = ""
    thoughts: str = ""
    refusal: str = ""
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    finishes: list[str] = field(default_factory=list)
    usages: list[tuple[int, int]] = field(default_factory=list)
    errors: int = 0


def parsed(arguments: str) -> Any:
    """Arguments as a value, or as they are where they are cut."""
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def chat(chunks: Iterable[Value]) -> Said:
    """Of chunks, each of which a strict client accepts (R4)."""
    said = Said()
    calls: dict[tuple[str, int], list[str]] = {}
    custom: set[tuple[str, int]] = set()  # calls whose input is free text
    for chunk in chunks:
        ChatCompletionChunk.model_validate(chunk)
        for choice in chunk["choices"]:
            delta = choice["delta"]
            said.text += delta.get("content") or ""
            said.thoughts += delta.get("reasoning_content") or ""
            said.refusal += delta.get("refusal") or ""
            for entry in delta.get("tool_calls") or []:
                call = calls.setdefault((chunk["id"], entry["index"]), ["", "", ""])
                call[0] = entry.get("id") or call[0]
                held = entry.get("function") or entry["custom"]
                if "custom" in entry:
                    custom.add((chunk["id"], entry["index"]))
                call[1] = held.get("name") or call[1]
                call[2] += held["arguments"] if "function" in entry else held["input"]
            if choice["finish_reason"]:
                said.finishes.append(choice["finish_reason"])
        if chunk.get("usage"):
            said.usages.append((chunk["usage"]["prompt_tokens"], chunk["usage"]["completion_tokens"]))
        said.errors += "error" in chunk
    said.calls = [(ident, name, text if key in custom else parsed(text)) for key, (ident, name, text) in calls.items()]
    return said


def chunks_of(dialect: Dialect, events: Iterable[Value]) -> list[Value]:
    """What a dialect makes of a whole stream."""
    chunks = [chunk for event in events for chunk in dialect.feed(event)]
    return chunks + dialect.close()


def beyond(chunks: Iterable[Value]) -> dict[str, list[Any]]:
    """What rides in the extension member, by its kind."""
    found: dict[str, list[Any]] = {}
    for chunk in chunks:
        for kind, value in chunk.get("unspool", {}).items():
            found.setdefault(kind, []).append(value)
    found.pop("dialect", None)
    return found
