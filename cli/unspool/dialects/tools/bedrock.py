"""Blocks of Bedrock's Converse stream with a type: calls that its server runs, and their results."""

from typing import Any

from unspool.core.events import Event
from unspool.dialects.members import dict_of, word_of
from unspool.dialects.tools.calls import Call, Reader, ServerCalls


def use(calls: ServerCalls, record: dict[str, Any], kind: str) -> list[Event]:
    """A block that begins a call, or a fragment of its input."""
    fragment = dict_of(dict_of(record, "delta"), "toolUse").get("input")
    if isinstance(fragment, str):
        calls.add(fragment)
        return []
    held = dict_of(dict_of(record, "start"), "toolUse")
    if held:
        calls.stream(Call(word_of(held, "toolUseId"), word_of(held, "name"), []), kind)
    return []


def result(calls: ServerCalls, record: dict[str, Any], _: str) -> list[Event]:
    """The beginning of a result."""
    held = dict_of(dict_of(record, "start"), "toolResult")
    return calls.returned(word_of(held, "toolUseId"), "", held.get("status") == "error") if held else []


READERS: dict[str, Reader] = {"toolUse": use, "toolResult": result}
