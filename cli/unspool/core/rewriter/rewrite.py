"""Construction of rewritten chunks: other choices and deltas, and every other member as received (R4)."""

from unspool.core.parser.targets import ValueKind, ValuePart
from unspool.core.rewriter.wire import BOUNDARY, CallEntry, Choice, Chunk, Delta
from unspool.variants.members import choice_index, delta_of, entries_of

_REPLACED = frozenset({"role", "content", "tool_calls", "function_call"})
SEND_ONCE = ("usage", "error")
"""Members of a chunk that must be emitted once, and only once."""
_OBJECT = "chat.completion.chunk"
_REQUIRED = (("id", ""), ("created", 0), ("model", ""))


def rewritten_delta(received: Delta, emitted: list[ValuePart], passed: list[CallEntry], shows_thoughts: bool) -> Delta:
    """Return a delta with the emitted text in place of the message calls, and the entries that pass (R4).

    ``shows_thoughts`` is true if thoughts are emitted as reasoning (R7).
    """
    delta: Delta = {}
    content = received.get("content")
    message, thoughts = _joined(emitted) if emitted else ("", "")
    if message and isinstance(content, list):
        content = [*content, {"type": "text", "text": message}]
    elif message:
        content = (content if isinstance(content, str) else "") + message
    if content:
        delta["content"] = content
    if passed and "tool_calls" in received:  # T23: the same call may be in both members
        delta["tool_calls"] = passed
    if passed and received.get("function_call"):
        delta["function_call"] = received["function_call"]
    delta.update({name: value for name, value in received.items() if name not in _REPLACED})
    if thoughts and shows_thoughts:
        native = delta.get("reasoning_content")
        delta["reasoning_content"] = (native if isinstance(native, str) else "") + thoughts
    return delta


def _joined(parts: list[ValuePart]) -> tuple[str, str]:
    """Join parts by kind: the message and the thoughts."""
    if len(parts) == 1:
        ((kind, text),) = parts
        return (text, "") if kind is ValueKind.MESSAGE else ("", text)
    message = [text for kind, text in parts if kind is ValueKind.MESSAGE]
    return "".join(message), "".join([text for kind, text in parts if kind is ValueKind.THOUGHTS])


def with_separator(delta: Delta, member: str, separator: str) -> Delta:
    """Copy ``delta`` with a separator before the text of one member (R16)."""
    value = delta.get(member)
    if isinstance(value, list):  # Q16: content in parts
        return {**delta, member: [{"type": "text", "text": separator}, *value]}
    return {**delta, member: separator + (value if isinstance(value, str) else "")}


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
    rewritten["object"] = _OBJECT  # a whole completion has another one
    for name, neutral in _REQUIRED:
        if rewritten.get(name) is None:
            rewritten[name] = neutral
    return rewritten
