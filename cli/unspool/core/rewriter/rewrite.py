"""Rewritten chunks: the received ones with other choices and deltas, and every other member as it was (R4)."""

from unspool.core.rewriter.wire import BOUNDARY, Choice, Chunk, Delta, choice_index, delta_of, entries_of

_REPLACED = frozenset({"role", "content", "tool_calls", "function_call"})
SEND_ONCE = ("usage", "error")
"""Members of a chunk that must leave once, and only once."""
_OBJECT = "chat.completion.chunk"
_REQUIRED = (("id", ""), ("created", 0), ("model", ""))


def extras_of(delta: Delta) -> Delta:
    """The members of a delta that rewriting leaves alone."""
    return {name: value for name, value in delta.items() if name not in _REPLACED}


def without_once(chunk: Chunk) -> Chunk:
    """``chunk`` as a model for another: without what must leave only once."""
    return {name: value for name, value in chunk.items() if name not in SEND_ONCE}


def with_delta(choice: Choice, index: int, delta: Delta, finish: str | None) -> Choice:
    """``choice`` with another delta and finish reason; a whole message becomes a delta (B11)."""
    rewritten = {**choice, "index": index, "delta": delta, "finish_reason": finish}
    rewritten.pop("message", None)
    rewritten.pop(BOUNDARY, None)
    return rewritten


def _streamed(choice: Choice) -> Choice:
    """A choice of a whole completion as one of a chunk: its message as a delta, its calls with an index (B11)."""
    delta = dict(delta_of(choice))
    if delta.get("tool_calls"):
        delta["tool_calls"] = [{"index": index, **entry} for index, entry in enumerate(entries_of(delta))]
    return with_delta(choice, choice_index(choice), delta, choice.get("finish_reason"))


def with_choices(chunk: Chunk, choices: list[Choice]) -> Chunk:
    """``chunk`` with other choices, and everything else it had (R4).

    What a strict client insists on and the provider left out gets the neutral
    value that Azure sends (Q1).
    """
    rewritten = {**chunk, "choices": [_streamed(choice) if "message" in choice else choice for choice in choices]}
    if rewritten.get("object") != _OBJECT:
        rewritten["object"] = _OBJECT
    for name, neutral in _REQUIRED:
        if rewritten.get(name) is None:
            rewritten[name] = neutral
    return rewritten
