"""Keep-alive objects are recognised, and nothing else."""

from typing import Any

import pytest

from unspool.quirks.pings import is_ping


@pytest.mark.parametrize(
    ("value", "ping"),
    [
        ({"message_type": "ping"}, True),
        ({"type": "ping"}, True),
        ({"type": "ping", "choices": []}, False),
        ({"type": "heartbeat", "ts": 1}, True),
        ({"type": ["ping"]}, False),
        ({"type": "pong"}, False),
        ({}, False),
        (None, False),
        ("ping", False),
    ],
)
def test_b13_pings(value: Any, ping: bool) -> None:
    assert is_ping(value) is ping
