"""Objects that are no part of a response are recognised, and nothing else."""

from typing import Any

import pytest

from unspool.variants.other_objects import is_end_mark, is_of_gateway, is_ping


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


@pytest.mark.parametrize(
    ("value", "mark"),
    [
        ({"done": True}, True),
        ({"done": True, "conversation_id": "a", "title": "Ferries", "content": ""}, True),
        ({"is_end": True, "text": None}, True),
        ({"type": "done"}, True),
        ({"type": "[DONE]"}, True),
        ({"event": "message_end", "id": "x"}, True),
        ({"status": "stream.completed"}, True),
        ({"data": "[DONE]"}, True),
        ({}, True),
        ("[DONE]", True),
        (None, False),
        ({"done": False}, False),
        ({"done": 1}, False),
        ({"done": True, "answer": "At nine."}, False),
        ({"done": True, "message": {"content": "At nine."}}, False),
        ({"message": "the end"}, False),
        ({"content": "done"}, False),
        ({"type": "weekend"}, False),
        ({"type": "a" * 99}, False),
        ({"done": True, "error": "overloaded"}, False),
        ({"latency": 12}, False),
        ({"done": True, "error": None, "usage": {"total": 3}, "took": 1.5, "success": True}, True),
        ({"type": "close", "code": 1000}, True),
        ({"type": "close", "code": 1011, "reason": "internal error"}, False),
        ({"type": "close", "code": 1011}, False),
        ({"done": True, "success": False}, False),
        ({"done": True, "failed": True}, False),
        ({"done": True, "exception": "ValueError"}, False),
        ({"done": True, "summary": "At nine."}, False),
        ({"final": "At nine.", "done": True}, False),
        ({"done": True, "value": ["At nine."]}, False),
        ({"done": True, "messages": [{"role": "assistant", "content": "At nine."}]}, False),
        ([], False),
        ("done", False),
    ],
)
def test_q71_objects_that_say_that_a_stream_has_ended(value: Any, mark: bool) -> None:
    assert is_end_mark(value) is mark
