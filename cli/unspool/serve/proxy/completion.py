"""Chunks joined to the whole completion that they are the parts of."""

from typing import Any

Json = dict[str, Any]


def completion_of(chunks: list[Json]) -> Json:
    """One ``chat.completion`` with the content of all chunks.

    Members of the chunks are kept, of several the last that is not null; the
    texts of a choice are joined, its tool calls collected in their order.
    """
    result: Json = {}
    choices: dict[int, Json] = {}
    for chunk in chunks:
        for name, value in chunk.items():
            if name != "choices" and (value is not None or name not in result):
                result[name] = value
        for choice in chunk.get("choices") or []:
            _add(choices.setdefault(choice.get("index") or 0, {}), choice)
    result["object"] = "chat.completion"
    result["choices"] = [_finished(index, choice) for index, choice in sorted(choices.items())]
    return result


def _add(choice: Json, part: Json) -> None:
    message = choice.setdefault("message", {"role": "assistant", "content": None})
    for name, value in part.items():
        if name != "delta" and (value is not None or name not in choice):
            choice[name] = value
    for name, value in (part.get("delta") or {}).items():
        if name == "tool_calls":
            _add_calls(message.setdefault("tool_calls", []), value or [])
        elif isinstance(value, str) and name != "role":
            message[name] = (message.get(name) or "") + value
        elif isinstance(value, list) and isinstance(message.get(name), list):
            message[name] = [*message[name], *value]
        elif value is not None or name not in message:
            message[name] = value


def _add_calls(calls: list[Json], fragments: list[Json]) -> None:
    """Append fragments to their calls, which are known by their index; a whole message has none of those."""
    for fragment in fragments:
        index = fragment.get("index")
        known = next((call for call in calls if index is not None and call.get("index") == index), None)
        if known is None:
            calls.append({**fragment, "function": dict(fragment.get("function") or {})})
            continue
        function = fragment.get("function") or {}
        known["function"]["arguments"] = (known["function"].get("arguments") or "") + (function.get("arguments") or "")


def _finished(index: int, choice: Json) -> Json:
    message = choice["message"]
    calls = [{name: value for name, value in call.items() if name != "index"} for call in message.pop("tool_calls", [])]
    if calls:
        message["tool_calls"] = calls
    return {"index": index, **choice}
