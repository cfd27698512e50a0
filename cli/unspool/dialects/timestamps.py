"""Times as other dialects write them."""

import re
from calendar import timegm
from typing import Any

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):?(\d\d))?", re.ASCII)


def seconds(time: Any) -> int | None:
    """Return the Unix time in whole seconds of an RFC 3339 time; UTC if it has no offset, None if it is not a time."""
    found = _TIME.fullmatch(time) if isinstance(time, str) else None
    if found is None:
        return None
    year, month, day, hour, minute, second, sign, hours, minutes = found.groups(default="0")
    east = (int(hours) * 3600 + int(minutes) * 60) * (-1 if sign == "-" else 1)
    try:
        return timegm((int(year), int(month), int(day), int(hour), int(minute), int(second))) - east
    except ValueError:  # no such month, or year
        return None
