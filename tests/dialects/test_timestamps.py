"""Times as seconds."""

from typing import Any

import pytest

from unspool.dialects.timestamps import seconds


@pytest.mark.parametrize(
    ("time", "wanted"),
    [
        ("2025-08-20T13:47:55.580951Z", 1755697675),
        ("2025-08-20T13:47:55Z", 1755697675),
        ("2025-08-20t13:47:55", 1755697675),
        ("2025-08-20T15:47:55.5+02:00", 1755697675),
        ("2025-08-20T06:17:55-0730", 1755697675),
        ("1970-01-01T00:00:00Z", 0),
        ("2016-12-31T23:59:60Z", 1483228800),  # the last leap second
        ("0001-01-01T00:00:00Z", -62135596800),  # what Go writes for no time
        ("2025-13-20T13:47:55Z", None),
        ("0000-01-01T00:00:00Z", None),
        ("soon", None),
        ("2025-08-20", None),
        (7, None),
        (None, None),
    ],
)
def test_a_time_in_seconds(time: Any, wanted: int | None) -> None:
    assert seconds(time) == wanted
