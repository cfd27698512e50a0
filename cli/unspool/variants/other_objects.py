"""Objects between the chunks of a stream that are no part of a response: keep-alives, and those of gateways."""

from typing import Any, Final

_TYPES: Final = frozenset({"ping", "keepalive", "keep-alive", "heartbeat"})
_OF_GATEWAYS: Final = frozenset({"sources", "selected_model_id", "event"})
"""Members of the objects that Open WebUI sends; its event is an object, too."""


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
