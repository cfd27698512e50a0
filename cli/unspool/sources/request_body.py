"""Bodies of requests, in the format of Chat Completions until they are sent.

A request for a message through a tool contains that tool, with the thoughts
argument first, so that the model writes its thoughts before the message.
"""

import json
from enum import StrEnum
from typing import Any

from unspool.core.options import Options
from unspool.variants.tool_names import is_pattern


class Api(StrEnum):
    """The interface of OpenAI that a request uses."""

    CHAT = "chat"
    RESPONSES = "responses"


Body = dict[str, Any]
Message = dict[str, Any]

_ASKING = ("messages", "input", "prompt")
"""Members that ask something, one of which every request has."""
_DESCRIPTION = "Sends a message to the user. This is the only way to reach them."
_THINKS = "Your private thoughts. The user never sees them."


def request(messages: list[Message], model: str) -> Body:
    """The body of a request without tools; the usage comes with the last chunk (Q5)."""
    return {
        "model": model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def checked(value: Any) -> Body:
    """``value`` as the body of a request. Raises ValueError where it has not the shape of one."""
    if not isinstance(value, dict):
        raise ValueError("JSON, but no object")
    for name in ("messages", "tools"):
        entries = value.get(name, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ValueError(f"its {name} are no array of objects")
    if not any(name in value for name in _ASKING):
        raise ValueError(f"no request: it has none of {', '.join(_ASKING)}")
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair in a string, which no request can carry") from None
    return value


def with_message_tools(body: Body, options: Options) -> Body:
    """Return ``body`` with the message tools and a tool choice that requires them; its own tools are kept."""
    if "tools" in body:
        return body
    offered = {name: path for name, path in options.tools.items() if not is_pattern(name)}
    if not offered:
        return body  # a pattern names no tool that could be offered
    tools = [message_tool(name, path, options.thoughts_arguments[:1]) for name, path in offered.items()]
    choice: Any = "required"
    if len(tools) == 1:
        choice = {"type": "function", "function": {"name": tools[0]["function"]["name"]}}
    return {**body, "tools": tools, "tool_choice": choice}


def with_system(body: Body, text: str) -> Body:
    """Return ``body`` with another system text, in the format of its interface."""
    if "input" in body:
        return {**body, "instructions": text}
    others = [message for message in body.get("messages", []) if message.get("role") != "system"]
    return {**body, "messages": [{"role": "system", "content": text}, *others]}


def for_responses(body: Body) -> Body:
    """A request of Chat Completions as one of the Responses interface; what is of that already stays."""
    others = {name: value for name, value in body.items() if name not in ("messages", "stream_options")}
    if "messages" in body:
        others["input"] = [item for message in body["messages"] for item in _items(message)]
    if "tools" in body:
        others["tools"] = [_flat(tool) for tool in body["tools"]]
    if "tool_choice" in body:
        others["tool_choice"] = _flat(body["tool_choice"])
    return others


def _items(message: Message) -> list[dict[str, Any]]:
    """Return a message as input items: calls and their results are separate items."""
    content = message.get("content")
    if message.get("role") == "tool":
        return [{"type": "function_call_output", "call_id": message.get("tool_call_id"), "output": content}]
    calls = [
        {"type": "function_call", "call_id": call.get("id"), **call.get("function", {})}
        for call in message.get("tool_calls") or []
    ]
    return [*([{"role": message.get("role"), "content": _parts(content)}] if content else []), *calls]


def _parts(content: Any) -> Any:
    """The parts of a message's content under the names that the Responses interface has for them."""
    if not isinstance(content, list):
        return content
    return [_part(part) if isinstance(part, dict) else part for part in content]


def _part(part: dict[str, Any]) -> dict[str, Any]:
    if part.get("type") == "text":
        return {**part, "type": "input_text"}
    image = part.get("image_url")
    if part.get("type") == "image_url" and isinstance(image, dict):
        return {"type": "input_image", "image_url": image.get("url"), "detail": image.get("detail", "auto")}
    return part


def _flat(tool: Any) -> Any:
    """A tool, or the choice of one, without the object around the function."""
    function = tool.get("function") if isinstance(tool, dict) else None
    return {"type": "function", **function} if isinstance(function, dict) else tool


def message_tool(name: str, path: str, thoughts: tuple[str, ...] = ()) -> dict[str, Any]:
    """A tool whose argument at ``path``, dotted where it is nested, holds the message."""
    first = {thought: {"type": "string", "description": _THINKS} for thought in thoughts}
    return {
        "type": "function",
        "function": {"name": name, "description": _DESCRIPTION, "parameters": _schema(path.split("."), first)},
    }


def _schema(path: list[str], first: dict[str, Any]) -> dict[str, Any]:
    here, *deeper = path
    value = _schema(deeper, {}) if deeper else {"type": "string", "description": "What the user reads."}
    properties = {**first, here: value}
    return {"type": "object", "properties": properties, "required": list(properties)}
