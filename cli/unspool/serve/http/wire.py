"""The interfaces that are served: their paths, and how each of them reports an error.

A client that reads a stream must find an error in the shape that its own
interface has for it; anything else it ignores, or takes for the end.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

CHAT = "chat"
_SEQUENCE = re.compile(rb'"sequence_number": ?(\d+)')


class Interface(NamedTuple):
    """One interface: the pattern of its paths, where a capture of it is served, and its errors."""

    path: re.Pattern[str]
    served_at: str
    error: Callable[[str, str], dict[str, Any]]
    """Encoder of an error: from a message and a type to JSON."""
    end: re.Pattern[bytes] = re.compile(rb"\[DONE\]")
    """What an event holds at the end of each stream, complete or failed."""
    lines: bool = False
    """True where streams are lines of JSON, not server-sent events."""


def _openai(message: str, kind: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}


def _anthropic(message: str, kind: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": "api_error", "message": message}}


def _responses(message: str, kind: str) -> dict[str, Any]:
    return {"type": "error", "code": kind, "message": message, "param": None}


def _google(message: str, kind: str) -> dict[str, Any]:
    return {"error": {"code": 500, "message": message, "status": "UNAVAILABLE"}}


def _plain(message: str, kind: str) -> dict[str, Any]:
    return {"error": message}


INTERFACES: dict[str, Interface] = {
    CHAT: Interface(re.compile(r"/(?:v\d+/)?chat/completions/?$"), "/v1/chat/completions", _openai),
    "responses": Interface(
        re.compile(r"/v\d+/responses/?$"),
        "/v1/responses",
        _responses,
        re.compile(
            rb'"type"\s*:\s*"(?:response\.(?:completed|incomplete|failed|cancelled|done)|error)"|^event: ?error', re.M
        ),
    ),
    "anthropic": Interface(
        re.compile(r"/v\d+/messages/?$"),
        "/v1/messages",
        _anthropic,
        re.compile(rb'^event: ?error|"type"\s*:\s*"(?:error|message_stop)"|"stop_reason"\s*:\s*"', re.M),
    ),
    "gemini": Interface(
        re.compile(r":(?:streamGenerateContent|generateContent)$"),
        "/v1beta/models/{model}:streamGenerateContent",
        _google,
        re.compile(rb'"(?:finishReason|blockReason)"\s*:\s*"|"error"\s*:\s*\{'),
    ),
    "ollama": Interface(re.compile(r"/api/(?:chat|generate)$"), "/api/chat", _plain, lines=True),
    "cohere": Interface(re.compile(r"/v2/chat$"), "/v2/chat", _plain, re.compile(rb'"(?:message-end|finish_reason)"')),
}
"""The interfaces by the names of their dialects."""

_OTHER = Interface(re.compile(r"(?!)"), "", _openai)


def interface_at(path: str) -> str | None:
    """The name of the interface that is served at ``path``, None where that is no model's interface."""
    return next((name for name, one in INTERFACES.items() if one.path.search(path)), None)


def error_body(interface: str | None, message: str, kind: str = "unspool_error") -> dict[str, Any]:
    """The JSON of an error as the body of an answer."""
    if interface == "responses":
        return _openai(message, kind)  # only its streams have events
    return INTERFACES.get(interface or "", _OTHER).error(message, kind)


def error_event(interface: str | None, message: str, sent: bytes = b"", kind: str = "unspool_error") -> bytes:
    """Return the error as the next event of a stream; ``sent`` is the end of the bytes sent so far."""
    one = INTERFACES.get(interface or "", _OTHER)
    value = one.error(message, kind)
    if interface == "responses":  # its events are numbered
        numbers = _SEQUENCE.findall(sent)
        value["sequence_number"] = int(numbers[-1]) + 1 if numbers else 0
    data = json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace")
    if one.lines:
        return data + b"\n"
    name = b"event: error\n" if interface in ("responses", "anthropic") else b""
    return name + b"data: " + data + b"\n\n"
