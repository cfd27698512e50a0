"""The wire format: what a chunk holds, and how a rewritten one is built.

Chunks are plain dicts as JSON gives them. Members that are merely odd (a blank
id, a null delta, a number for an id) are read as absent or as text by the
helpers here; ``received`` reads a chunk with them, once for all.
"""

from collections.abc import Iterator
from json import dumps, loads
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
BOUNDARY = "unspool_boundary"
"""Member of a choice in which a dialect's reader marks a message boundary (R16); it never leaves.

Its value is the member of the delta whose text begins another message.
"""
EXTENSION = "unspool"
"""Member of a translated chunk for what Chat Completions cannot express."""
_PROVIDER_REASONS = ("finishReason", "blockReason", "stop_reason", "stopReason", "finish_reason", "done_reason")
"""Members of the extension that hold the provider's own finish reason."""
_TEXT_MEMBERS = ("text", "content", "thinking", "reasoning", "reasoning_content", "summary", "reasoningText")
"""Members of an object that stands where a string is expected, in the order in which they are tried (Q25)."""
_TEXT_PARTS = frozenset({"text", "output_text", "input_text"})
_THOUGHTS_PARTS = frozenset({"thinking", "reasoning", "reasoning_content"})
_DETAILS = {"reasoning.text": "text", "reasoning.summary": "summary"}
_MESSAGES = ("message", "msg", "detail", "error", "error_message", "errors", "description", "reason", "title")
"""Members of an error that may hold its message, or another error (R12)."""
_DEEPEST = 5  # levels of nested objects that are searched
_LONGEST_ERROR = 300  # characters of an error that has no message


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
    if error is not None:
        return error if error or isinstance(error, dict) else None
    if chunk.get("object") == "error" or (chunk.get("type") == "error" and "choices" not in chunk):
        return {name: value for name, value in chunk.items() if name not in ("object", "type") or value != "error"}
    for choice in chunk.get("choices") or ():
        if choice.get("finish_reason") == "error" and choice.get("error"):
            return choice["error"]
    groq = chunk.get("x_groq")
    return groq.get("error") or None if isinstance(groq, dict) else None


def error_details(error: Any) -> tuple[str, str]:
    """The message and the code of an error, which may be nested (Q27); the code is "" where there is none."""
    found = _nested_message(error, _DEEPEST)
    if found is not None:
        return found
    shown = arguments_text(error) if error else ""
    return shown[:_LONGEST_ERROR] or "an error without a message", ""


def _nested_message(error: Any, depth: int) -> tuple[str, str] | None:
    """The first message in an error; its code is the nearest one around it."""
    if isinstance(error, str):
        return _message_in_text(error, depth)
    if isinstance(error, list):
        error = error[0] if error else None
    if not isinstance(error, dict) or not depth:
        return None
    own = given(error.get("code")) or given(error.get("type")) or given(error.get("status")) or ""
    for name in _MESSAGES:
        value = error.get(name)
        found = _nested_message(value, depth - 1) if isinstance(value, str | dict | list) else None
        if found is not None:
            return found[0], found[1] or own
    return None


def _message_in_text(text: str, depth: int) -> tuple[str, str] | None:
    """A message as text; relays also send the whole error of the provider as JSON in it."""
    if given(text) is None:
        return None
    if depth and text.lstrip().startswith("{"):
        try:
            found = _nested_message(loads(text), depth - 1)
        except (RecursionError, ValueError):
            found = None
        if found is not None:
            return found
    return text, ""


def provider_reason(chunk: Chunk) -> str | None:
    """The finish reason in the provider's own word, where a dialect's reader kept it."""
    extension = chunk.get(EXTENSION)
    if isinstance(extension, dict):
        for name in _PROVIDER_REASONS:
            if isinstance(extension.get(name), str):
                return str(extension[name])
    return None


def usage_of_chunk(chunk: Chunk) -> dict[str, Any] | None:
    """The usage of a chunk, at its top or under ``x_groq`` (Q24)."""
    usage = chunk.get("usage")
    if isinstance(usage, dict):
        return usage
    groq = chunk.get("x_groq")
    usage = groq.get("usage") if isinstance(groq, dict) else None
    return usage if isinstance(usage, dict) else None


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
    if delta is None and isinstance(choice.get("text"), str):  # Q22: legacy completions
        return {"content": choice["text"]}
    return delta if delta is not None else {}


def text_of(delta: Delta) -> str:
    """The ordinary text of a delta; of an array the text parts (Q16), of a spoken answer its transcript (Q23)."""
    content = delta.get("content")
    if content and isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_parts(content, _TEXT_PARTS))
    if isinstance(content, dict):
        return "" if content.get("type") in _THOUGHTS_PARTS else text_in(content)
    audio = delta.get("audio")
    transcript = audio.get("transcript") if isinstance(audio, dict) else None
    return transcript if isinstance(transcript, str) else ""


def thoughts_of(delta: Delta) -> str:
    """The native reasoning of a delta, under any of its names and in any shape (Q16, Q17, Q25)."""
    for name in _REASONING:
        value = delta.get(name)
        if value:
            text = value if isinstance(value, str) else text_in(value)
            if text:
                return text
    content = delta.get("content")
    if isinstance(content, dict):
        content = [content]
    if isinstance(content, list):
        return "".join(_parts(content, _THOUGHTS_PARTS))
    details = delta.get("reasoning_details")
    if not isinstance(details, list):
        return ""
    return "".join([text_in(part.get(_DETAILS.get(str(part.get("type")), ""))) for part in details if _is_object(part)])


def text_in(value: Any, depth: int = _DEEPEST) -> str:
    """The text of a value that may be a string, an object around one, or an array of such (Q25)."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and depth:
        return "".join([text_in(one, depth - 1) for one in value])
    if not isinstance(value, dict) or not depth:
        return ""
    for name in _TEXT_MEMBERS:
        text = text_in(value.get(name), depth - 1)
        if text:
            return text
    return ""


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _parts(parts: list[Any], kinds: frozenset[str]) -> Iterator[str]:
    """The text of the parts of these types."""
    for part in parts:
        kind = part.get("type") if isinstance(part, dict) else None
        if isinstance(kind, str) and kind in kinds:
            yield text_in(part)


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
