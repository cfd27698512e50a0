"""Keep-alive objects, which are no part of a response (B13)."""

from typing import Any


def is_ping(value: Any) -> bool:
    """Return whether ``value`` is a keep-alive object."""
    if not isinstance(value, dict) or "choices" in value:
        return False
    return value.get("message_type") == "ping" or value.get("type") in ("ping", "keepalive", "keep-alive", "heartbeat")
