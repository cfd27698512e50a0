"""Objects that are no part of a response are recognised, and nothing else."""

from typing import Any

import pytest

from unspool.variants.other_objects import is_of_gateway, is_ping


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


def test_q29_objects_of_gateways() -> None:
    assert is_of_gateway({"sources": [], "selected_model_id": "m"})
    assert is_of_gateway({"event": {"type": "status"}})
    assert not is_of_gateway({"event": "status"})
    assert not is_of_gateway({"sources": [], "id": "1"})
