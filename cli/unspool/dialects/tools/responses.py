"""Items of the Responses API that are calls of OpenAI's own tools or of a tool server, with their results."""

from typing import Any

from unspool.core.events import Event
from unspool.dialects.agents.run import message_of
from unspool.dialects.members import dict_of, word_of
from unspool.dialects.tools import interactions
from unspool.dialects.tools.calls import Call, Reader, ServerCalls, arguments_of

_ARGUMENTS = ("action", "queries", "code", "revised_prompt", "arguments")
"""The members of an item that are what its tool is called with."""
_OUTPUTS = ("output", "outputs", "results")
"""The members that are its result; that of an image is an image."""


def item(calls: ServerCalls, record: dict[str, Any], kind: str) -> list[Event]:
    """An item: whole in its last event, or in the response. The Interactions API has steps of the same names."""
    if interactions.MARK in record:
        return interactions.step(calls, record, kind)
    held = dict_of(record, "item") or record
    if held.get("type") != kind:
        return []
    call = Call(word_of(held, "id"), _tool(held, kind), [arguments_of(_arguments(held, kind))])
    if record.get("type") == "response.output_item.added":
        calls.open[call.ident] = call
        return []
    failed = bool(held.get("error")) or held.get("status") in ("failed", "incomplete")
    text = message_of(held.get("error"), "") or next((held[one] for one in _OUTPUTS if held.get(one)), None)
    return calls.called(call) + calls.returned(call.ident, text or dict_of(held, "action").get("sources"), failed)


def _tool(held: dict[str, Any], kind: str) -> str:
    if kind == "mcp_call":
        return f"mcp__{word_of(held, 'server_label')}__{word_of(held, 'name')}"
    return kind.removesuffix("_call")


def _arguments(held: dict[str, Any], kind: str) -> Any:
    if kind == "mcp_call":
        return held.get("arguments")
    action = {name: value for name, value in dict_of(held, "action").items() if name != "sources"}
    return action or {name: held[name] for name in _ARGUMENTS if held.get(name)}


READERS: dict[str, Reader] = dict.fromkeys(
    ("web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call", "mcp_call"), item
)
