"""Keep-alive objects, which are no part of a response (B13)."""

from typing import Any, Final

_TYPES: Final = frozenset({"ping", "keepalive", "keep-alive", "heartbeat"})


def is_ping(value: Any) -> bool:
    """Return whether ``value`` is a keep-alive object."""
    if not isinstance(value, dict) or "choices" in value:
        return False
    kind = value.get("type")
    return (
        (len(value) == 1 and next(iter(value)) in _TYPES)
        or value.get("message_type") == "ping"
        or (type(kind) is str and kind in _TYPES)
    )
