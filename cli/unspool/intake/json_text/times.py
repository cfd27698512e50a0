"""Times in the log records around a stream."""

from datetime import datetime
from typing import Any

from unspool.intake.json_text.paths import is_known

_NAMES = ("ts", "time", "timestamp", "@timestamp", "date", "asctime", "__REALTIME_TIMESTAMP", "recorded_at")

_PAIR = 2  # elements: a time and a text
_COMPARED = 8  # elements of a list
_THIS_CENTURY = 9e8  # seconds since 1970
_DEEPEST = 5  # lists and objects around one


def stamp_of(value: Any) -> float | None:
    """The time of a record in seconds since 1970, None where it has none."""
    stamp = _own_stamp(value)
    if stamp is not None or not isinstance(value, dict):
        return stamp
    # one level down: the record of loguru, the source of Elasticsearch, the attributes of Datadog
    return next((stamp for one in value.values() if (stamp := _own_stamp(one)) is not None), None)


def _own_stamp(value: Any) -> float | None:
    if isinstance(value, dict):
        for name in _NAMES:
            stamp = seconds(value.get(name))
            if stamp is not None:
                return stamp
    return None


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


def _stamps(values: list[Any]) -> list[float]:
    """The times of the elements of a list: since 1970 where one is, so that none is compared with a duration."""
    stamps = [stamp for value in values if (stamp := _stamp_in(value)) is not None]
    return [stamp for stamp in stamps if stamp >= _THIS_CENTURY] or stamps


def _stamp_in(value: Any) -> float | None:
    """The time of an element: of a record, of a pair with a text (Loki), or of a row of fields (CloudWatch)."""
    if not isinstance(value, list) or not value:
        return stamp_of(value)
    if len(value) == _PAIR and isinstance(value[0], str):
        return seconds(value[0])
    return stamp_of(
        {field["field"]: field.get("value") for field in value if isinstance(field, dict) and "field" in field}
    )


class Clock:
    """The times of the records of a log, from the first on, as comments of an event stream."""

    def __init__(self) -> None:
        self._start: float | None = None

    def comment(self, value: Any) -> bytes:
        """The comment before a record; b"" for one without a time."""
        stamp = stamp_of(value)
        if stamp is None:
            return b""
        self._start = stamp if self._start is None else self._start
        return b": t=%.6f\n" % max(0.0, stamp - self._start)


def is_newest_first(value: Any, depth: int = 0) -> bool | None:
    """Return whether the first list of timed records in a value is in descending order; None while it has one.

    The lists inside of a record of a known format, such as the sources of a search, are its content.
    """
    if isinstance(value, list) and (stamps := _stamps(value[:_COMPARED])):
        return stamps[0] > stamps[-1] if len(stamps) > 1 else None
    if depth < _DEEPEST and isinstance(value, (dict, list)) and not is_known(value):
        for member in value.values() if isinstance(value, dict) else value[:1]:
            found = is_newest_first(member, depth + 1)
            if found is not False:
                return found
    return False


def oldest_first(value: Any, depth: int = 0) -> Any:
    """The value with each list of timed records that is newest first reversed."""
    if isinstance(value, list):
        stamps = _stamps(value)
        if stamps and depth < _DEEPEST:
            return value[::-1] if stamps[0] > stamps[-1] else value
        return [oldest_first(one, depth + 1) for one in value] if depth < _DEEPEST else value
    if isinstance(value, dict) and depth < _DEEPEST and not is_known(value):
        return {name: oldest_first(member, depth + 1) for name, member in value.items()}
    return value
