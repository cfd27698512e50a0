"""The events of LangGraph's third protocol, with a method and a namespace, as chunks of LangChain's.

    {"type": "event", "method": "messages", "params": {"namespace": ["model:…"], "data": {"event": …, "run_id"}}}

    message-start            a message begins: id; role, if it is not the model's
    content-block-start      the beginning of a text, thoughts or a call
    content-block-delta      text-delta, reasoning-delta; block-delta has the arguments of a call so far
    content-block-finish     repeats a block; usage, the usage so far
    message-finish           its end: reason, usage

The data of ``values`` and ``updates`` are those of the older streams. Source: the streams that the tests of
https://github.com/langchain-ai/langgraphjs (libs/sdk) record.
"""

from collections.abc import Hashable
from typing import Any

from unspool.dialects.begun_texts import BegunTexts
from unspool.dialects.chunk_builder import key_of
from unspool.dialects.members import dict_of, list_of, word_of

_CALLS = frozenset({"tool_call_chunk", "tool_call", "tool_use"})


class MessageEvents:
    """Translates the events of messages, each with the place of its message."""

    def __init__(self) -> None:
        self._started: dict[Hashable, dict[str, Any]] = {}  # the id and the type of each message that is open
        self._arguments: dict[Hashable, dict[Hashable, str]] = {}  # of their calls, so far, by index
        self._begun_texts: dict[Hashable, BegunTexts] = {}  # of their blocks, by index

    def chunk(self, params: dict[str, Any]) -> tuple[dict[str, Any] | None, Hashable]:
        """The chunk of an event, None where it has none, and its place."""
        event = dict_of(params, "data")
        kind, run = word_of(event, "event"), word_of(event, "run_id")
        place = "|".join([*map(str, list_of(params, "namespace")), run])
        if kind == "message-start":
            role = word_of(event, "role")
            own = role in ("", "ai", "assistant")
            self._started[place] = {"id": event.get("id"), "type": "AIMessageChunk" if own else role, "content": ""}
        message = self._started.get(place) or {"id": run or None, "type": "AIMessageChunk", "content": ""}
        if kind == "message-start":
            return message, place
        if message["type"] != "AIMessageChunk":
            return None, place
        if kind == "message-finish":
            return self._end(message, event, place), place
        if kind not in ("content-block-start", "content-block-delta"):
            return None, place
        block = dict_of(event, "content") or _block_of(dict_of(event, "delta"))
        if word_of(block, "type") in _CALLS:
            return {**message, "tool_call_chunks": [self._call(block, key_of(event.get("index")), place)]}, place
        known = word_of(block, "type") in ("text", "reasoning")
        return ({**message, "content": [self._new(block, event, place)]} if known else None), place

    def _new(self, block: dict[str, Any], event: dict[str, Any], place: Hashable) -> dict[str, Any]:
        """A piece of text or of thoughts, without what the block began with already (R15)."""
        member, key, begun = word_of(block, "type"), key_of(event.get("index")), self._begun_texts.get(place)
        text = word_of(block, member)
        if event.get("event") == "content-block-start" and text:
            self._begun_texts.setdefault(place, BegunTexts()).begin(key, text)
        elif begun is not None:
            return {**block, member: begun.rest(key, text)}
        return block

    def _call(self, block: dict[str, Any], index: Hashable, place: Hashable) -> dict[str, Any]:
        calls = self._arguments.setdefault(place, {})
        first, before, whole = index not in calls, calls.get(index, ""), word_of(block, "args")
        calls[index] = whole or before
        named = {"id": block.get("id"), "name": block.get("name")} if first else {}
        return {"index": index, "args": whole.removeprefix(before), **named}

    def _end(self, message: dict[str, Any], event: dict[str, Any], place: Hashable) -> dict[str, Any]:
        self._started.pop(place, None)
        self._begun_texts.pop(place, None)
        self._arguments.pop(place, None)
        reason = word_of(event, "reason")
        about = {"finish_reason": reason} if reason not in ("", "stop") else {}  # it is stop for calls, too
        end = {"usage_metadata": event.get("usage"), "response_metadata": about, "chunk_position": "last"}
        return {**message, **end}


def _block_of(delta: dict[str, Any]) -> dict[str, Any]:
    """The block that a delta adds to."""
    kind = word_of(delta, "type")
    if kind == "block-delta":
        return dict_of(delta, "fields")
    return {**delta, "type": kind.removesuffix("-delta")}
