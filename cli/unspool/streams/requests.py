"""What a model is asked: bodies of requests.

Where the model is to speak through a tool, the request carries that tool, with
the thoughts argument first, so that it thinks before it speaks.
"""

from typing import Any

from unspool.core.options import Options

Body = dict[str, Any]
Message = dict[str, Any]

_SPEAKS = "Sends a message to the user. This is the only way to speak to them."
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
    messages = value.get("messages", [])
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise ValueError("its messages are no array of objects")
    return value


def with_message_tools(body: Body, options: Options) -> Body:
    """``body`` with the message tools and a choice that makes the model speak through them; its own tools stay."""
    if "tools" in body:
        return body
    tools = [message_tool(name, path, options.thoughts_arguments[:1]) for name, path in options.tools.items()]
    choice: Any = "required"
    if len(tools) == 1:
        choice = {"type": "function", "function": {"name": tools[0]["function"]["name"]}}
    return {**body, "tools": tools, "tool_choice": choice}


def message_tool(name: str, path: str, thoughts: tuple[str, ...] = ()) -> dict[str, Any]:
    """A tool whose argument at ``path``, dotted where it lies deeper, holds the message."""
    first = {thought: {"type": "string", "description": _THINKS} for thought in thoughts}
    return {
        "type": "function",
        "function": {"name": name, "description": _SPEAKS, "parameters": _schema(path.split("."), first)},
    }


def _schema(path: list[str], first: dict[str, Any]) -> dict[str, Any]:
    here, *deeper = path
    value = _schema(deeper, {}) if deeper else {"type": "string", "description": "What the user reads."}
    properties = {**first, here: value}
    return {"type": "object", "properties": properties, "required": list(properties)}
