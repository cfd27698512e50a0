"""The places of a delta, its calls, an index and a usage: legacy, whole and misplaced ones too."""

from typing import Any, Final

from unspool.variants.values import index_of

Members = dict[str, Any]

_ARGUMENTS: Final = ("args", "parameters", "input")
CAMEL_CASE: Final[dict[str, str]] = {
    "toolCalls": "tool_calls",
    "functionCall": "function_call",
    "reasoningContent": "reasoning_content",
}
"""Members of a delta by the names that clients in other languages print (T40), and their own names."""
_IN_CAMEL_CASE: Final = frozenset(CAMEL_CASE)
PADDING: Final = frozenset({"obfuscation", "p"})
"""Members of a chunk with random characters, so that all chunks have one length (Q10)."""
OF_FUNCTIONS: Final = frozenset({"name", "arguments", *_ARGUMENTS})
"""Members of the function of a call; some servers have them in the call itself."""


def choice_index(choice: Members) -> int:
    """Return the index that identifies a choice (R14); 0 if it is missing."""
    return index_of(choice.get("index")) or 0


def delta_of(choice: Members) -> Any:
    """Return the delta, of any type; empty for null (Q3, Q4)."""
    delta: Any = choice["message"] if is_whole(choice) else choice.get("delta")
    if delta is None:
        delta = choice.get("message")
    if delta is None and isinstance(choice.get("text"), str):  # Q22: legacy completions
        return {"content": choice["text"]}
    if delta is None:
        return {}
    if isinstance(delta, str) and delta is choice.get("delta"):  # Q72: its text
        return {"content": delta}
    return delta_in_snake_case(delta) if isinstance(delta, dict) else delta


def is_whole(choice: Members) -> bool:
    """Return whether a whole message counts: without a delta (B11), or where an empty one finishes the choice (Q12)."""
    if not isinstance(choice.get("message"), dict):
        return False
    delta: Any = choice.get("delta")
    return delta is None or bool(choice.get("finish_reason") and _is_empty(delta))


def _is_empty(delta: Any) -> bool:
    return isinstance(delta, dict) and not any(value for name, value in delta.items() if name != "role")


def delta_in_snake_case(delta: Members) -> Members:
    """Return a delta with the names of its members that the contract has; itself where it has no other ones (T40)."""
    if _IN_CAMEL_CASE.isdisjoint(delta):
        return delta
    known = {name: value for name, value in delta.items() if name not in CAMEL_CASE}
    for name in _IN_CAMEL_CASE.intersection(delta):
        known[CAMEL_CASE[name]] = known.get(CAMEL_CASE[name]) or delta[name]
    return known


def entries_of(delta: Members) -> list[Any]:
    """Return the entries of a delta's calls, of any type; a legacy function_call is a call at index 0 (T20).

    An object in place of the array is its only entry (T36).

    In a delta that also has tool_calls it repeats them and does not count (T23).
    """
    calls = delta.get("tool_calls")
    if calls:
        entries: list[Any] = [calls] if isinstance(calls, dict) else calls
        # T18: null entries; the received list is not changed (R1)
        return entries if None not in entries else [entry for entry in entries if entry is not None]
    legacy = delta.get("function_call")
    return [{"index": 0, "type": "function", "function": legacy}] if legacy else []


def function_of(entry: Members) -> Any:
    """Return the function of a call, of any type; the call itself where that has its members (T39)."""
    function = entry.get("function")
    if isinstance(function, dict) or OF_FUNCTIONS.isdisjoint(entry):
        return function
    if function is None:  # as in a call of Responses
        return entry
    # Inspect has the name alone there.
    return {**entry, "name": function} if isinstance(function, str) else function


def arguments_of(function: Members) -> Any:
    """Return the arguments of a function, of any type and by any name (T39); None if it has none."""
    given = function.get("arguments")
    if given is None:
        return next((function[name] for name in _ARGUMENTS if function.get(name) is not None), None)
    return given


def usage_of_chunk(chunk: Members) -> dict[str, Any] | None:
    """Return the usage of a chunk, from its top level or ``x_groq`` (Q24)."""
    usage = chunk.get("usage")
    if isinstance(usage, dict):
        return usage
    groq = chunk.get("x_groq")
    usage = groq.get("usage") if isinstance(groq, dict) else None
    return usage if isinstance(usage, dict) else None
