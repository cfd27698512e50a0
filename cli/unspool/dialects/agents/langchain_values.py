"""The values of LangChain's streams: what a value is, and what a message or a chunk of one holds.

plain(value)            a message as other streams have it, however it is serialized
is_message(value)       whether it is one, or a chunk of one
histories_of(value)     the messages in a state, an update or an event of a graph
place_of(metadata)      where a chunk comes from: chunks of one message come from the same place
thoughts_of, reason_of  the thoughts of a message, and why it ended
error_of(value)         the error of a run
"""

from collections.abc import Hashable
from typing import Any

from unspool.dialects.agents.run import message_of
from unspool.dialects.chunk_builder import key_of
from unspool.dialects.members import dict_of, dicts_of, texts_of, word_of
from unspool.formats.message_lists import TYPES

MODEL = frozenset({"AIMessageChunk", "ai", "assistant"})
PLACES = ("langgraph_checkpoint_ns", "checkpoint_ns", "langgraph_node")
"""The metadata that place a chunk: what has the same belongs to the same message."""
_OTHER_CONTENT = ("tool_call_chunks", "tool_calls", "usage_metadata", "chunk_position", "additional_kwargs", "lc")
_OF_MODELS = frozenset({"model_provider", "model_name"})
"""Members of ``response_metadata`` that give no reason for an end."""
_OTHER_THAN_CALLS = ("usage_metadata", "chunk_position", "additional_kwargs", "lc")
_PART = frozenset({"type", "text", "index"})
_RUN = ("lc_run-", "run-")
"""Beginnings of the ids that LangChain gives to the messages of one call of a model."""
_TYPES = {"AIMessage": "ai", "HumanMessage": "human", "ToolMessage": "tool", "SystemMessage": "system"}
"""Types of messages by the names of their classes, where these are not the same."""


def plain(value: Any) -> Any:
    """A serialized message as it is in other streams; any other value as it is."""
    if not isinstance(value, dict):
        return value
    if "lc" in value:
        members, name = value.get("kwargs"), value.get("id")
        if isinstance(members, dict) and isinstance(name, list) and name:
            return {"type": _TYPES.get(str(name[-1]), str(name[-1])), **members}
    elif len(value) == 2 and isinstance(value.get("data"), dict) and value.get("type") in TYPES:
        return {"type": value["type"], **value["data"]}
    return value


def is_message(value: Any) -> bool:
    """Return whether a plain value is a message, or a chunk of one."""
    return isinstance(value, dict) and word_of(value, "type") in TYPES and "content" in value


def histories_of(value: dict[str, Any], depth: int = 3) -> list[list[Any]]:
    """The messages of a state, a node's update, or the payload of a debug event, which holds one of them."""
    found = [value["messages"]] if isinstance(value.get("messages"), list) else []
    if depth:
        for name, member in value.items():
            if isinstance(member, dict) and name != "messages":
                found += histories_of(member, depth - 1)
            elif name == "result" and isinstance(member, list):  # of a task: the channels that it writes to
                found += [one[1] for one in member if _is_channel(one)]
    return found


def _is_channel(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and value[0] == "messages" and isinstance(value[1], list)


def is_before(value: dict[str, Any], begins: bool) -> bool:
    """Return whether the messages of an event are older: a task starts with them, or a run (``begins``)."""
    payload = dict_of(value, "payload") or value
    if payload.keys() >= {"id", "name", "input"}:
        return True
    return begins and ("messages" in payload or "messages" in dict_of(payload, "values"))


def is_mark(value: Any) -> bool:
    """Return whether the first item of a list is a mode, or a namespace: an array of names."""
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def place_of(about: dict[str, Any]) -> Hashable:
    """The place that the metadata of a chunk name."""
    return key_of(next(filter(None, map(about.get, PLACES)), None))


def is_other_call(first: Any, ident: Hashable) -> bool:
    """Return whether the ids of two chunks are those of two calls of a model; other ids may be of one message."""
    if not isinstance(first, str) or not isinstance(ident, str):
        return False
    return first.startswith(_RUN) and ident.startswith(_RUN) and not first.startswith(ident)


def text_alone(chunk: dict[str, Any]) -> str | None:
    """The text of a chunk, where nothing else is read of it but the metadata of its response; else None."""
    content = chunk.get("content")
    if any(map(chunk.get, _OTHER_CONTENT)):
        return None
    if isinstance(content, list) and len(content) == 1:  # one part of a text, as models of Anthropic's have them
        part = content[0]
        if type(part) is not dict or part.get("type") != "text" or not part.keys() <= _PART:
            return None
        content = part.get("text")
    return content if isinstance(content, str) else None


def fragment_of(chunk: dict[str, Any]) -> dict[str, Any] | None:
    """The one fragment of a call that a chunk goes on with, where it has nothing else that is read; else None."""
    pieces = chunk.get("tool_call_chunks")
    if type(pieces) is not list or len(pieces) != 1 or any(map(chunk.get, _OTHER_THAN_CALLS)):
        return None
    content = chunk.get("content")
    if content and not _has_only_fragment(content):
        return None
    piece = pieces[0]
    goes_on = type(piece) is dict and piece.get("index") is not None and not (piece.get("id") or piece.get("name"))
    return piece if goes_on and "args" in piece else None


def _has_only_fragment(content: Any) -> bool:
    """Return whether a content is the fragment again, as models of Anthropic's have it."""
    if type(content) is not list or len(content) != 1 or type(content[0]) is not dict:
        return False
    return content[0].get("type") == "input_json_delta"


def grows(before: Any, now: Any) -> bool:
    """Return whether a value is one that came before with more at its end, as a parser of unfinished JSON gives it."""
    if isinstance(before, dict) and isinstance(now, dict):
        return all(name in now and grows(value, now[name]) for name, value in before.items())
    if isinstance(before, list) and isinstance(now, list):
        return len(before) <= len(now) and all(map(grows, before, now))
    if isinstance(before, str) and isinstance(now, str):
        return now.startswith(before)
    return True  # a number that was cut, null before a value


def thoughts_of(message: dict[str, Any]) -> str:
    """The thoughts in the parts of a message, or next to its content."""
    content = message.get("content")
    found = texts_of(content, "thinking", "thinking")
    for part in content if isinstance(content, list) else ():
        if isinstance(part, dict) and part.get("type") == "reasoning":
            own = part.get("reasoning")
            found += own if isinstance(own, str) else texts_of(part.get("summary"), "summary_text")
    extra = dict_of(message, "additional_kwargs").get("reasoning_content")
    return found or (extra if isinstance(extra, str) else "")


def reason_of(message: dict[str, Any]) -> str | None:
    """Why a message ended, in its provider's word; None where nothing says so."""
    about = dict_of(message, "response_metadata")
    if about.keys() <= _OF_MODELS:  # as of nearly all chunks
        return None
    for name in ("finish_reason", "stop_reason", "stopReason", "done_reason"):
        if isinstance(about.get(name), str):
            return str(about[name])
    details = word_of(dict_of(about, "incomplete_details"), "reason")
    if details:
        return details
    status = word_of(about, "status")
    return status if status in ("completed", "incomplete", "failed") else None


def calls_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The calls of a whole message; those whose arguments are no JSON, or were cut, are apart, with them as text."""
    return dicts_of(message, "tool_calls") + dicts_of(message, "invalid_tool_calls")


def error_of(value: dict[str, Any]) -> dict[str, Any] | None:
    """The error of a run, by LangGraph's server or by LangServe; None for any other event."""
    if "interrupts" in value:
        return None  # a task of a graph: the error of its run follows
    error = value.get("error")
    if isinstance(error, dict):
        code = error.get("code", error.get("status_code"))
        return {"message": message_of(error), "code": "" if code is None else str(code)}
    if isinstance(error, str) and isinstance(value.get("error_type"), str):  # of Bedrock AgentCore
        return {"message": error, "code": value["error_type"]}
    if isinstance(value.get("message"), str) and ("error" in value or "status_code" in value):
        return {"message": value["message"], "code": str(error or value.get("status_code"))}
    return {"message": error} if isinstance(error, str) and len(value) == 1 else None
