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
_TYPES_OF_END: Final = (
    *("type", "event", "event_type", "status", "state", "object", "finish_reason", "message", "data"),
)
"""Members that may name the end."""
_ABOUT: Final = frozenset({"title", "model", "object", "created", "created_at", "timestamp", "time", "usage"})
"""Members about an answer, as its ids are: they hold none of its text."""
_SUCCESS: Final = frozenset({"success", "ok"})
_CODES: Final = {"code": (0, 1000), "status_code": (0, 200), "status": (0, 200)}
"""Members whose numbers are codes, and those that are no failures."""


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
    if not isinstance(value, dict):
        return bool(value == "[DONE]")
    marks = [name for name, one in value.items() if (name in _ENDS and one is True) or _names_end(name, one)]
    if value and not marks:  # an empty object behind the end says nothing
        return False
    return all(name in marks or _says_nothing(name, one) for name, one in value.items())


def _names_end(name: str, value: Any) -> bool:
    return name in _TYPES_OF_END and _is_end(value)


def _says_nothing(name: str, value: Any) -> bool:
    """Return whether a member next to a mark of the end holds neither text nor a failure."""
    if name in _SUCCESS:
        return value is None or value is True
    if not value:
        return True
    if type(value) in (int, float):  # a duration, a count, a time
        return value in _CODES.get(name, (value,))
    return name in _ABOUT or name.lower().endswith("id")


def _is_end(value: Any) -> bool:
    """Return whether a text is a name for an end: done, [DONE], message_end, stream.completed."""
    name = _NAME.fullmatch(value) if isinstance(value, str) and len(value) <= _LONGEST_NAME else None
    return name is not None and name[1].lower() in _ENDS
