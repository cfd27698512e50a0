"""Chat completions at an upstream that has another interface: the request in its words.

The answer needs nothing here: its dialect is read like that of any stream.
"""

import json
from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

from unspool.dialects.members import dict_of, dicts_of
from unspool.serve.http.asgi import RawHeaders
from unspool.sources.request_body import checked, for_responses
from unspool.variants.values import is_number

Json = dict[str, Any]
_MAX_TOKENS = 8192
"""Anthropic insists on a limit: the least that its current models allow as their greatest."""


class Untranslatable(Exception):
    """A body that is no request of Chat Completions."""


class UpstreamApi(StrEnum):
    """The interface of the upstream."""

    CHAT = "chat"
    RESPONSES = "responses"
    ANTHROPIC = "anthropic"


class Translation(NamedTuple):
    """The translation of requests of Chat Completions to another interface, whose responses are read as ``dialect``."""

    dialect: str
    path: bytes
    body: Callable[[Json], Json]
    key_header: bytes = b"authorization"
    extra: tuple[tuple[bytes, bytes], ...] = ()

    def request(self, value: Json) -> bytes:
        """The body of the request. Raises Untranslatable where it has not the shape of one."""
        try:
            asked = checked(value)
        except ValueError as error:
            raise Untranslatable(f"the request cannot be translated: {error}") from None
        return json.dumps(self.body(asked), ensure_ascii=False).encode(errors="backslashreplace")

    def headers(self, headers: RawHeaders) -> RawHeaders:
        """The headers of the request; a bearer token moves to the header that this interface reads."""
        moved = [(self.key_header, value) for name, value in headers if name.lower() == b"authorization"]
        if self.key_header == b"authorization":
            return [*headers, *self.extra]
        kept = [(name, value) for name, value in headers if name.lower() != b"authorization"]
        return [*kept, *((name, value.removeprefix(b"Bearer ")) for name, value in moved), *self.extra]


def for_messages(body: Json) -> Json:
    """A request of Chat Completions as one of Anthropic's Messages.

    Members that have no place there are left out, and a temperature above 1 is 1, as Anthropic's own endpoint for
    Chat Completions has it.
    """
    messages = dicts_of(body, "messages")
    system = [_text(one.get("content")) for one in messages if one.get("role") in ("system", "developer")]
    result: Json = {
        "model": body.get("model"),
        "max_tokens": body.get("max_completion_tokens") or body.get("max_tokens") or _MAX_TOKENS,
        "messages": _turns([one for one in messages if one.get("role") not in ("system", "developer")]),
    }
    if system:
        result["system"] = "\n\n".join(system)
    for name in ("temperature", "top_p", "stream"):
        if body.get(name) is not None:
            result[name] = body[name]
    if is_number(result.get("temperature")):
        result["temperature"] = min(result["temperature"], 1)
    stop = body.get("stop")
    if stop:
        result["stop_sequences"] = [stop] if isinstance(stop, str) else stop
    if body.get("tools"):
        result["tools"] = [_tool(tool) for tool in dicts_of(body, "tools")]
        choice = _choice(body.get("tool_choice"), body.get("parallel_tool_calls") is not False)
        if choice is not None:
            result["tool_choice"] = choice
    return result


def _turns(messages: list[Json]) -> list[Json]:
    """The messages; neighbours of one role become one, since results of tools are the user's here."""
    turns: list[Json] = []
    for message in messages:
        role = "assistant" if message.get("role") == "assistant" else "user"
        blocks = _blocks(message)
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    return turns


def _blocks(message: Json) -> list[Json]:
    content = message.get("content")
    if message.get("role") == "tool":
        return [{"type": "tool_result", "tool_use_id": message.get("tool_call_id"), "content": _text(content)}]
    parts = dicts_of(message, "content") if isinstance(content, list) else [{"type": "text", "text": content}]
    blocks = [block for block in map(_part, parts) if block.get("text") != ""]  # Anthropic refuses an empty text
    for call in dicts_of(message, "tool_calls"):
        function = dict_of(call, "function")
        blocks.append(
            {
                "type": "tool_use",
                "id": call.get("id"),
                "name": function.get("name"),
                "input": _arguments(function.get("arguments")),
            }
        )
    return blocks


def _part(part: Json) -> Json:
    if part.get("type") != "image_url":
        return {"type": "text", "text": str(part.get("text") or "")}
    image = part.get("image_url")
    url = str(image.get("url") if isinstance(image, dict) else image)
    if url.startswith("data:"):
        kind, _, data = url.removeprefix("data:").partition(";base64,")
        return {"type": "image", "source": {"type": "base64", "media_type": kind, "data": data}}
    return {"type": "image", "source": {"type": "url", "url": url}}


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _arguments(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) and text else {}
    except (RecursionError, ValueError):
        return {"arguments": text}


def _tool(tool: Json) -> Json:
    function = tool.get("function")
    if not isinstance(function, dict):
        return tool
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    described = {"description": function["description"]} if function.get("description") else {}
    return {"name": function.get("name"), **described, "input_schema": schema}


def _choice(choice: Any, parallel: bool) -> Json | None:
    """The choice of a tool, which says too whether calls may be parallel; None where there is nothing to say."""
    if isinstance(choice, dict):
        chosen: Json = {"type": "tool", "name": dict_of(choice, "function").get("name")}
    elif choice in ("none", "auto", "required"):
        chosen = {"type": "any" if choice == "required" else choice}
    elif parallel:
        return None
    else:
        chosen = {"type": "auto"}
    single = not parallel and chosen["type"] != "none"
    return {**chosen, "disable_parallel_tool_use": True} if single else chosen


TRANSLATIONS: dict[UpstreamApi, Translation] = {
    UpstreamApi.RESPONSES: Translation("responses", b"/v1/responses", for_responses),
    UpstreamApi.ANTHROPIC: Translation(
        "anthropic",
        b"/v1/messages",
        for_messages,
        key_header=b"x-api-key",
        extra=((b"anthropic-version", b"2023-06-01"),),
    ),
}
"""The translations by the interface of the upstream; Chat Completions needs none."""
