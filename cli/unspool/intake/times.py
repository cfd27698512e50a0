"""Times that log records hold beside the stream."""

from datetime import datetime
from typing import Any

_NAMES = ("ts", "time", "timestamp", "@timestamp", "date", "asctime", "__REALTIME_TIMESTAMP", "recorded_at")


def stamp_of(value: Any) -> float | None:
    """The time of a record in seconds since 1970, None where it has none."""
    if not isinstance(value, dict):
        return None
    for name in _NAMES:
        stamp = seconds(value.get(name))
        if stamp is not None:
            return stamp
    inner = value.get("record")
    return stamp_of(inner) if isinstance(inner, dict) else None  # loguru


def seconds(value: Any) -> float | None:
    """A time as logs write it, in seconds: a number of seconds, ms, µs or ns since 1970, or ISO 8601."""
    if isinstance(value, dict):
        return seconds(value.get("timestamp"))  # loguru
    if isinstance(value, str):
        if value.isdecimal():
            return seconds(int(value))
        try:
            return datetime.fromisoformat(value.replace(",", ".")).timestamp()
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        return None
    for unit in (1e18, 1e15, 1e12):
        if value >= unit / 10:
            return float(value / (unit / 1e9))
    return float(value)
