"""Objects between the chunks of a stream that are no part of a response: keep-alives, and those of gateways."""

import re
from typing import Any, Final

_TYPES: Final = frozenset({"ping", "keepalive", "keep-alive", "heartbeat"})
_OF_GATEWAYS: Final = frozenset({"sources", "selected_model_id", "event"})
"""Members of the objects that Open WebUI sends; its event is an object, too."""
_ENDS: Final = frozenset(
    {"done", "end", "ended", "finish", "finished", "complete", "completed", "stop", "stopped", "close", "closed"}
    | {"is_done", "is_end", "is_final", "is_finished", "isEnd", "isFinal", "isFinished", "final", "last", "eof"}
)
"""Members that are true, or the type of an object, where a server says that its stream ends."""
_LONGEST_NAME: Final = 40  # characters
_NAME: Final = re.compile(r"\[?(?:[a-z]+[_.:/-])*([a-z]+)\]?", re.IGNORECASE)
_CONTENT: Final = frozenset(
    {"answer", "chunk", "completion", "content", "delta", "full_response", "output", "reply", "response", "result"}
    | {"text", "token"}
)
"""Members that may hold the answer, so that one with any text is no mark."""
_WORDS: Final = ("message", "data")
"""Those that may also hold the name of an end."""
_TYPES_OF_END: Final = ("type", "event", "event_type", "status", "state", "object", "finish_reason", *_WORDS)


def is_ping(value: Any) -> bool:
    """Return whether ``value`` is a keep-alive object (B13)."""
    if not isinstance(value, dict) or "choices" in value:
        return False
    kind = value.get("type")
    return (
        (len(value) == 1 and next(iter(value)) in _TYPES)
        or value.get("message_type") == "ping"
        or (type(kind) is str and kind in _TYPES)
    )


def is_of_gateway(value: dict[str, Any]) -> bool:
    """Return whether ``value`` is an object of a gateway (Q29)."""
    return bool(value) and _OF_GATEWAYS.issuperset(value) and not isinstance(value.get("event"), str)


def is_end_mark(value: Any) -> bool:
    """Return whether ``value`` says that the stream has ended, and holds no text of an answer (Q71)."""
    if not isinstance(value, dict) or "error" in value:
        return bool(value == "[DONE]")
    said = [value[name] for name in _CONTENT.intersection(value)]
    said += [value.get(name) for name in _WORDS if not _is_end(value.get(name))]
    if any(one and one is not True for one in said):
        return False
    named = any(_is_end(value.get(name)) for name in _TYPES_OF_END)
    return not value or named or any(value[name] is True for name in _ENDS.intersection(value))


def _is_end(value: Any) -> bool:
    """Return whether a text is a name for an end: done, [DONE], message_end, stream.completed."""
    name = _NAME.fullmatch(value) if isinstance(value, str) and len(value) <= _LONGEST_NAME else None
    return name is not None and name[1].lower() in _ENDS
