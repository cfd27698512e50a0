"""Times in the log records around a stream."""

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
        value = value.get("timestamp")  # loguru
    if isinstance(value, str) and not value.isdecimal():
        return _from_iso(value)
    number = number_of(value)
    return None if number is None else _from_number(number)


def number_of(value: Any) -> float | None:
    """A number, also as a string of digits, as a float; None for anything else and for integers without one."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except (OverflowError, ValueError):
        return None


def _from_iso(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text.replace(",", ".")).timestamp()
    except (ValueError, OverflowError):
        return None


def _from_number(value: float) -> float | None:
    for unit in (1e9, 1e6, 1e3):  # a time in ns, µs or ms of this century is that much larger than in seconds
        if value >= unit * 1e8:
            return value / unit
    return value if value >= 0 else None
