"""Calls of server tools and of tool servers in Anthropic's blocks, and their results."""

from typing import Any

from unspool.core.events import Event
from unspool.dialects.members import dict_of, word_of
from unspool.dialects.tools.calls import Call, Reader, ServerCalls, arguments_of

RESULT = "_tool_result"
"""The end of the type of a block that has a result."""


def use(calls: ServerCalls, record: dict[str, Any], kind: str) -> list[Event]:
    """A block that begins a call, or a fragment of its input."""
    fragment = dict_of(record, "delta").get("partial_json")
    if isinstance(fragment, str):
        calls.add(fragment)
        return []
    block = dict_of(record, "content_block")
    server, name, given = word_of(block, "server_name"), word_of(block, "name"), block.get("input")
    call = Call(word_of(block, "id"), f"mcp__{server}__{name}" if server else name, [arguments_of(given)])
    found = calls.settle()
    if given:
        return found + calls.called(call)
    calls.stream(call, kind)
    return found


def result(calls: ServerCalls, record: dict[str, Any], _: str) -> list[Event]:
    """A block with a result: of a program what it printed."""
    block = dict_of(record, "content_block")
    content = block.get("content")
    held = content if isinstance(content, dict) else {}
    failed = block.get("is_error") is True or "error_code" in held or held.get("return_code") not in (0, None)
    shown = [str(held[one]) for one in ("error_code", "stdout", "stderr") if held.get(one)]
    text = "\n".join(shown) if shown or "stdout" in held else content
    return calls.returned(word_of(block, "tool_use_id"), text, failed)


READERS: dict[str, Reader] = {"server_tool_use": use, "mcp_tool_use": use}
