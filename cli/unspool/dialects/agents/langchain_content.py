"""What the content of LangChain's messages and chunks adds to a message: texts, and a server's own tools."""

from typing import Any

from unspool.dialects.agents.run import Message
from unspool.dialects.chunk_builder import Chunks
from unspool.dialects.items import SURE
from unspool.dialects.members import texts_of, word_of

_THOUGHTS = frozenset({"thinking", "redacted_thinking", "reasoning", "reasoning_content"})
"""Types of parts that are thoughts."""
_SERVER_ITEMS = frozenset({"web_search_call", "file_search_call", "code_interpreter_call", "mcp_call"})
_SERVER_CALLS = _SERVER_ITEMS | {"server_tool_use", "mcp_tool_use"}
"""Types of parts that are calls of a server's own tools."""


def is_again(message: Message, chunk: dict[str, Any]) -> bool:
    """Return whether a chunk is all of an ended message, under another id (R15): by a text that is long enough."""
    text = texts_of(chunk.get("content"))
    return len(text) >= SURE and message.item.deltas > 1 and message.item.is_repeated_by({"text": text})


def text_of(message: Message, content: Any, ends: bool = False) -> Chunks:
    """The text of a content, in whose parts others but citations divide it (R16).

    ``ends``: its chunk is the last, so that its text may be all of those before it again (R15).
    """
    ends = ends and message.item.deltas > 1
    if not isinstance(content, list):
        return message.new_text(content, ends)
    chunks: Chunks = []
    for part in content:
        kind = word_of(part, "type") if isinstance(part, dict) else None
        if kind == "text" or isinstance(part, str):
            text = part if isinstance(part, str) else part.get("text")
            chunks += message.new_text(text, ends or (text is not part and _is_whole(message, part)))
        elif isinstance(part, dict) and kind != "citation":
            message.divide()
            chunks += [] if kind in _THOUGHTS else _of_server(message, str(kind), part)
    return chunks


def _is_whole(message: Message, part: dict[str, Any]) -> bool:
    """Return whether a part is the first with annotations: ChatDatabricks sends whole texts so, behind their pieces."""
    return "annotations" in part and message.item.note("annotations")


def fragments_of(message: Message, content: Any) -> Chunks:
    """The fragments of the input of a server's own tool."""
    parts = content if isinstance(content, list) else ()
    found = [part for part in parts if isinstance(part, dict) and part.get("type") == "input_json_delta"]
    return [chunk for part in found for chunk in message.note({"server_tool_use": {"delta": part}})]


def _of_server(message: Message, kind: str, part: dict[str, Any]) -> Chunks:
    """A part that is a server's own tool or its result, once, as Anthropic's blocks or the items of Responses are."""
    ident = part.get("id") or part.get("tool_use_id")
    if not (kind in _SERVER_CALLS or kind.endswith("_tool_result")) or not isinstance(ident, str):
        return []
    if not message.item.note(f"{kind} {ident}"):
        return []
    return message.note({kind: part if kind in _SERVER_ITEMS else {"content_block": part}})
