"""Keep-alive objects, which are no part of a response (B13)."""

from typing import Any


def is_ping(value: Any) -> bool:
    """Return whether ``value`` is a keep-alive object."""
    return (
        isinstance(value, dict)
        and "choices" not in value
        and (value.get("message_type") == "ping" or value.get("type") == "ping")
    )
