"""Bodies of requests, in the format of Chat Completions until they are sent.

A request for a message through a tool contains that tool, with the thoughts
argument first, so that the model writes its thoughts before the message.
"""

import json
from enum import StrEnum
from typing import Any

from unspool.core.options import Options
from unspool.dialects.members import dict_of, dicts_of, texts_of, word_of
from unspool.variants.tool_names import is_pattern


class Api(StrEnum):
    """The interface of OpenAI that a request uses."""

    CHAT = "chat"
    RESPONSES = "responses"


Body = dict[str, Any]
Message = dict[str, Any]

_ASKING = ("messages", "input", "prompt")
"""Members that ask something, one of which every request has."""
_TRANSLATED = frozenset(
    {"messages", "stream_options", "tools", "tool_choice", "max_tokens", "max_completion_tokens"}
    | {"reasoning_effort", "response_format", "verbosity"}
)
"""Members of Chat Completions that the Responses interface has under other names, or does not need."""
_CHAT_ALONE: dict[str, Any] = {
    "n": 1,
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "logprobs": False,
    "logit_bias": {},
    "stop": [],
    "seed": None,
    "modalities": ["text"],
    "audio": None,
    "prediction": None,
    "function_call": None,
    "functions": [],
}
"""Members that it does not have, with their defaults."""
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
    """A request of Chat Completions as one of the Responses interface; what is of that already stays.

    Members without a counterpart there are left out where they are null or the default, which some clients always
    send. Others stay: the provider says that it does not know them, and nothing that was asked for is lost in silence.
    """
    others = {name: value for name, value in body.items() if name not in _TRANSLATED and not _is_default(name, value)}
    if "messages" in body:
        others["input"] = [item for message in body["messages"] for item in _items(message)]
    if "tools" in body:
        others["tools"] = [_tool(tool) for tool in body["tools"]]
    if body.get("tool_choice") is not None:
        others["tool_choice"] = _flat(body["tool_choice"])
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    if limit:
        others.setdefault("max_output_tokens", limit)
    if body.get("reasoning_effort"):
        others["reasoning"] = {"effort": body["reasoning_effort"], **dict_of(body, "reasoning")}
    text = {"format": _flat(body.get("response_format")), "verbosity": body.get("verbosity")}
    if any(text.values()):
        others["text"] = {name: value for name, value in text.items() if value} | dict_of(body, "text")
    return others


def _is_default(name: str, value: Any) -> bool:
    return name in _CHAT_ALONE and (value is None or value == _CHAT_ALONE[name])


def _items(message: Message) -> list[dict[str, Any]]:
    """Return a message as input items: calls and their results are separate items."""
    content, role = message.get("content"), message.get("role")
    if role == "assistant":  # parts of an answer need ids there, a string does not
        content = texts_of(content) or texts_of(content, "refusal", "refusal")
    elif isinstance(content, list):
        content = [_part(part) if isinstance(part, dict) else part for part in content]
    if role == "tool":
        return [{"type": "function_call_output", "call_id": message.get("tool_call_id"), "output": content}]
    calls = [
        {"type": "function_call", "call_id": call.get("id"), **dict_of(call, "function")}
        for call in dicts_of(message, "tool_calls")
    ]
    return [*([{"role": role, "content": content}] if content else []), *calls]


def _part(part: dict[str, Any]) -> dict[str, Any]:
    """A part of a message's content under the name that the Responses interface has for it."""
    image, file = part.get("image_url"), part.get("file")
    if part.get("type") == "text":
        return {**part, "type": "input_text"}
    if part.get("type") == "image_url" and isinstance(image, dict):
        return {"type": "input_image", "image_url": image.get("url"), "detail": image.get("detail", "auto")}
    if part.get("type") == "file" and isinstance(file, dict):
        return {"type": "input_file", **file}
    return part


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    """A tool; one that says nothing of it is not strict in Chat Completions, and would be in Responses."""
    flat: dict[str, Any] = _flat(tool)
    return {"strict": False, **flat} if "function" in tool else flat


def _flat(named: Any) -> Any:
    """A tool, the choice of one, or the format of an answer, without the object around what its type names."""
    inner = named.get(word_of(named, "type")) if isinstance(named, dict) else None
    return {"type": named["type"], **inner} if isinstance(inner, dict) else named


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
