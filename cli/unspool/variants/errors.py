"""The error of a chunk, from any place and in any shape that a provider or a relay sends it (R12, Q20, Q24, Q27)."""

from json import loads
from typing import Any

from unspool.variants.values import MAX_DEPTH, is_number, json_text, non_blank

_MESSAGES = (
    "message",
    "msg",
    "Message",
    "Msg",
    "faultstring",
    "detail",
    "error",
    "error_message",
    "errors",
    "description",
    "reason",
    "title",
    "status_msg",
    "innererror",
)
"""Members of an error that may contain its message, or another error (R12)."""
_PREFIXED = ("error_message", "error_type")
"""Members of DeepInfra's chunks without choices (hermes-agent#65643)."""
_CODES = ("code", "type", "status", "status_code")


def error_of(chunk: dict[str, Any]) -> Any:
    """Return the error of a chunk, from any place that providers use (R12, Q20); None if there is none."""
    error = chunk.get("error")
    if error is True:  # its message is next to it
        return {name: value for name, value in chunk.items() if name != "error"}
    if error is not None:
        return _with_message(error, chunk) if _is_error(error, chunk) else None
    if chunk.get("object") == "error" or (chunk.get("type") == "error" and "choices" not in chunk):
        return {name: value for name, value in chunk.items() if name not in ("object", "type") or value != "error"}
    for choice in chunk.get("choices") or ():
        error = choice.get("error")
        if error and _is_error(error, chunk):
            return error
    return _error_of_provider(chunk)


def _with_message(error: Any, chunk: dict[str, Any]) -> Any:
    """Return an error, with the message that NestJS and Spring send next to the name of its status.

    Bedrock AgentCore has the message there, next to the name of its class and a message that is always the same.
    """
    if not isinstance(error, str) or non_blank(chunk.get("message")) is None or "choices" in chunk:
        return error
    kind = non_blank(chunk.get("error_type"))
    return {"message": chunk["message"], "code": error} if kind is None else {"message": error, "code": kind}


def _error_of_provider(chunk: dict[str, Any]) -> Any:
    """Return the error in members that are those of one provider."""
    named = {name[6:]: value for name, value in chunk.items() if name in _PREFIXED and value}
    if named and not chunk.get("choices"):
        return named
    status = chunk.get("base_resp")  # MiniMax
    if isinstance(status, dict) and status.get("status_code") not in (None, 0, 200):
        return status
    groq = chunk.get("x_groq")  # Q24
    return groq.get("error") or None if isinstance(groq, dict) else None


def _is_error(error: Any, chunk: dict[str, Any]) -> bool:
    """Return whether a value is an error; relays in Go send an object with blank members where there is none."""
    if isinstance(error, dict):
        return any(error.values()) or not (chunk.get("choices") or chunk.get("usage"))
    return bool(error) and not is_mere_number(chunk)


def is_mere_number(value: dict[str, Any]) -> bool:
    """Return whether the member ``error`` is a number of something else: of a token in a vocabulary, say.

    The code of an error is alone, in a chunk, or next to a message.
    """
    if not is_number(value.get("error")) or len(value) == 1 or "choices" in value:
        return False
    return not any(isinstance(value.get(name), str) for name in _MESSAGES)


def error_details(error: Any) -> tuple[str, str]:
    """Return the message and the code of an error, which may be nested (Q27); the code is "" if there is none."""
    found = _nested_message(error, MAX_DEPTH)
    if found is not None:
        return found
    shown = json_text(error) if error else None
    return shown or "an error without a message", ""


def _nested_message(error: Any, depth: int) -> tuple[str, str] | None:
    """Return the first message in an error, and the innermost code around it."""
    if isinstance(error, str):
        return _message_in_text(error, depth)
    if isinstance(error, list):  # Google's endpoints put an error into an array
        error = error[0] if error else None
    if not isinstance(error, dict) or not depth:
        return None
    own = next((code for name in _CODES if (code := non_blank(error.get(name)))), "")
    for name in _MESSAGES:
        value = error.get(name)
        found = _nested_message(value, depth - 1) if isinstance(value, (str, dict, list)) else None
        if found is not None:
            return found[0], found[1] or own
    return None


def _message_in_text(text: str, depth: int) -> tuple[str, str] | None:
    """Return a message; for relays that put the provider's error into it as JSON, the message of that."""
    if non_blank(text) is None:
        return None
    if depth and text.lstrip().startswith("{"):
        try:
            found = _nested_message(loads(text), depth - 1)
        except (RecursionError, ValueError):
            found = None
        if found is not None:
            return found
    return text, ""
