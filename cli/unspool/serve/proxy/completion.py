"""Chunks joined to the whole completion that they are the parts of."""

from typing import Any

from unspool.sinks.joined import joined, whole

Json = dict[str, Any]


def completion_of(chunks: list[Json]) -> Json:
    """One ``chat.completion`` with the content of all chunks.

    Members of the chunks and of their choices are kept, of several the last that is not null; the deltas of a choice
    are joined to its message.
    """
    result: Json = {}
    choices: dict[int, Json] = {}
    for chunk in chunks:
        _replace(result, chunk, "choices")
        for part in chunk.get("choices") or []:
            choice = choices.setdefault(part.get("index") or 0, {"message": {"role": "assistant", "content": None}})
            _replace(choice, part, "delta")
            joined(choice["message"], part.get("delta") or {})
    result["object"] = "chat.completion"
    result["choices"] = [_finished(index, choice) for index, choice in sorted(choices.items())]
    return result


def _replace(members: Json, others: Json, joined_one: str) -> None:
    """Replace members by those of a further chunk that are not null; the one that is joined is left out."""
    members |= {
        name: value
        for name, value in others.items()
        if name != joined_one and (value is not None or name not in members)
    }


def _finished(index: int, choice: Json) -> Json:
    """The choice with its message, whose calls have no index there."""
    message = whole(choice["message"])
    calls = message.pop("tool_calls", None)
    if calls:
        message["tool_calls"] = [{name: value for name, value in call.items() if name != "index"} for call in calls]
    return {"index": index, **choice, "message": message}
