"""The wire format: what a chunk holds, and how a rewritten one is built.

Chunks are plain dicts as JSON gives them. Members that are merely odd (a blank
id, a null delta, a number for an id) are read as absent or as text by the
helpers here; ``received`` reads a chunk with them, once for all.
"""

from collections.abc import Iterator
from json import dumps
from typing import Any

from unspool.core.errors import NotAChunk

Chunk = dict[str, Any]
Choice = dict[str, Any]
Delta = dict[str, Any]
CallEntry = dict[str, Any]

_REASONING = ("reasoning_content", "reasoning", "thinking")  # Q17, the first that holds text counts
TEXTS = ("content", *_REASONING)
"""Members of a delta that may hold text or native reasoning as one string."""
_REPLACED = frozenset({"role", "content", "tool_calls", "function_call"})
ONCE = ("usage", "error")
"""Members of a chunk that must leave once, and only once."""
_OBJECT = "chat.completion.chunk"
_REQUIRED = (("id", ""), ("created", 0), ("model", ""))
_BLANK = ("", "null")  # F2, F3, T8-T10: blank and "null" are absent


def arguments_text(arguments: Any) -> str:
    """Arguments as JSON text: absent is "" (A1), an object is written (A3). Raises NotAChunk where it cannot be."""
    if arguments is None:
        return ""
    if isinstance(arguments, str):
        return arguments
    try:
        return dumps(arguments, ensure_ascii=False)
    except (RecursionError, TypeError, ValueError):
        raise NotAChunk("arguments that cannot be written as JSON") from None


def kind_of(value: Any) -> str:
    """What JSON calls a value, for a message."""
    if value is None:
        return "null"
    kinds = {dict: "an object", list: "an array", str: "a string", bool: "a boolean"}
    return kinds.get(type(value), "a number")


def error_of(chunk: Chunk) -> Any:
    """The error a chunk carries, wherever providers put it (R12, Q20); None where there is none."""
    error = chunk.get("error")
    if error is None and chunk.get("object") == "error":
        return {name: value for name, value in chunk.items() if name != "object"}
    if error is None:
        for choice in chunk.get("choices") or ():
            if choice.get("finish_reason") == "error" and choice.get("error"):
                return choice["error"]
        return None
    return error if error or isinstance(error, dict) else None


def is_ping(value: Any) -> bool:
    """Whether this is a keep-alive that some servers send between chunks (B13)."""
    return (
        isinstance(value, dict)
        and "choices" not in value
        and (value.get("message_type") == "ping" or value.get("type") == "ping")
    )


def given(value: Any) -> str | None:
    """A name or an id as text, None where it is absent, blank or the string "null" (T8-T10, T14, T18)."""
    if isinstance(value, str):
        return None if value.strip() in _BLANK else value
    if isinstance(value, int | float) and not isinstance(value, bool):  # str refuses integers of over 4,300 digits
        return str(value) if abs(value) < 1e300 else None
    return None


def finish_reason(choice: Choice) -> str | None:
    """The finish reason, None where there is none yet (F2-F4)."""
    reason = choice.get("finish_reason")
    return reason if isinstance(reason, str) and reason not in _BLANK else None


def index_of(value: Any) -> int | None:
    """An index, None where it is missing or no number (T3)."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def choice_index(choice: Choice) -> int:
    """The index a choice is known by (R14); 0 where it is missing."""
    return index_of(choice.get("index")) or 0


def delta_of(choice: Choice) -> Any:
    """The delta, whatever it is; a whole message only where there is no delta (B11, Q12); empty for null (Q3, Q4)."""
    delta: Any = choice.get("delta")
    if delta is None:
        delta = choice.get("message")
    return delta if delta is not None else {}


def text_of(delta: Delta) -> str:
    """The ordinary text of a delta; of an array the text parts (Q16)."""
    content = delta.get("content")
    if isinstance(content, str):
        return content
    return "".join(_parts(content, "text")) if isinstance(content, list) else ""


def thoughts_of(delta: Delta) -> str:
    """The native reasoning of a delta, under any of its names (Q16, Q17)."""
    for name in _REASONING:
        value = delta.get(name)
        if value and isinstance(value, str):
            return value
    content = delta.get("content")
    if isinstance(content, list):
        return "".join(_parts(content, "thinking"))
    details = delta.get("reasoning_details")
    return "".join(_parts(details, "reasoning.text")) if isinstance(details, list) else ""


def _parts(parts: Any, kind: str) -> Iterator[str]:
    for part in parts:
        if not isinstance(part, dict) or part.get("type") != kind:
            continue
        inner = part.get("thinking" if kind == "thinking" else "text")
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, list):
            yield from _parts(inner, "text")


def entries_of(delta: Delta) -> list[Any]:
    """The call fragments of a delta, which may be anything yet; a legacy function_call is a call at index 0 (T20).

    Beside tool_calls it is their echo and does not count (T23).
    """
    entries: list[Any] | None = delta.get("tool_calls")
    if entries:
        return entries if None not in entries else [entry for entry in entries if entry is not None]
    legacy = delta.get("function_call")
    return [{"index": 0, "type": "function", "function": legacy}] if legacy else []


def extras_of(delta: Delta) -> Delta:
    """The members of a delta that rewriting leaves alone."""
    return {name: value for name, value in delta.items() if name not in _REPLACED}


def bare(chunk: Chunk) -> Chunk:
    """``chunk`` as a model for another: without what must leave only once."""
    return {name: value for name, value in chunk.items() if name not in ONCE}


def with_delta(choice: Choice, index: int, delta: Delta, finish: str | None) -> Choice:
    """``choice`` with another delta and finish reason; a whole message becomes a delta (B11)."""
    rewritten = {**choice, "index": index, "delta": delta, "finish_reason": finish}
    rewritten.pop("message", None)
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
