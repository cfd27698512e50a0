"""Construction of rewritten chunks: other choices and deltas, and every other member as received (R4)."""

from unspool.core.rewriter.wire import BOUNDARY, Choice, Chunk, Delta
from unspool.variants.members import choice_index, delta_of, entries_of

_REPLACED = frozenset({"role", "content", "tool_calls", "function_call"})
SEND_ONCE = ("usage", "error")
"""Members of a chunk that must be emitted once, and only once."""
_OBJECT = "chat.completion.chunk"
_REQUIRED = (("id", ""), ("created", 0), ("model", ""))


def extras_of(delta: Delta) -> Delta:
    """The members of a delta that rewriting keeps."""
    return {name: value for name, value in delta.items() if name not in _REPLACED}


def without_once(chunk: Chunk) -> Chunk:
    """Copy ``chunk`` without the members that must be emitted only once."""
    return {name: value for name, value in chunk.items() if name not in SEND_ONCE}


def with_delta(choice: Choice, index: int, delta: Delta, finish: str | None) -> Choice:
    """Copy ``choice`` with another delta and finish reason; a whole message becomes a delta (B11)."""
    rewritten = {**choice, "index": index, "delta": delta, "finish_reason": finish}
    rewritten.pop("message", None)
    rewritten.pop(BOUNDARY, None)
    return rewritten


def _streamed(choice: Choice) -> Choice:
    """Convert a choice of a whole completion to one of a chunk: a delta, and calls with an index (B11)."""
    delta = dict(delta_of(choice))
    if delta.get("tool_calls"):  # the calls of a message have no index; those of a delta need one
        delta["tool_calls"] = [{"index": index, **entry} for index, entry in enumerate(entries_of(delta))]
    return with_delta(choice, choice_index(choice), delta, choice.get("finish_reason"))


def with_choices(chunk: Chunk, choices: list[Choice]) -> Chunk:
    """Copy ``chunk`` with other choices (R4).

    Members that a strict client requires and the provider left out get the
    neutral values that Azure sends (Q1).
    """
    rewritten = {**chunk, "choices": [_streamed(choice) if "message" in choice else choice for choice in choices]}
    if rewritten.get("object") != _OBJECT:  # a whole completion has another one
        rewritten["object"] = _OBJECT
    for name, neutral in _REQUIRED:
        if rewritten.get(name) is None:
            rewritten[name] = neutral
    return rewritten
