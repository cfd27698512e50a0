"""The error of a chunk, in any place and shape."""

from typing import Any

import pytest

from unspool.core.events import ResponseFailed
from unspool.core.transformer import Transformer
from unspool.variants.errors import error_details, error_of

BLANK = {"message": "", "type": "", "param": "", "code": None}
"""What relays in Go write for no error."""


@pytest.mark.parametrize(
    ("record", "error"),
    [
        ({"error": {"message": "no"}}, {"message": "no"}),
        ({"error": {}}, {}),
        ({"error": "no"}, "no"),
        ({"error": None, "choices": []}, None),
        ({"error": "", "choices": []}, None),
        ({"object": "error", "message": "no", "code": 4}, {"message": "no", "code": 4}),
        ({"choices": [{"finish_reason": "error", "error": {"message": "no"}}]}, {"message": "no"}),
        ({"choices": [{"error": {"message": "no"}}]}, {"message": "no"}),
        ({"choices": [{"finish_reason": "error"}]}, None),
        ({"error": True, "message": "no"}, {"message": "no"}),
        (
            {"error": "no pier", "error_type": "ValueError", "message": "An error occurred during streaming"},
            {"message": "no pier", "code": "ValueError"},
        ),
        ({"error": "Bad Gateway", "message": "no", "statusCode": 502}, {"message": "no", "code": "Bad Gateway"}),
        ({"error": "no", "message": None}, "no"),
        (
            {"choices": None, "error_type": "BadRequestError", "error_message": "no"},
            {"type": "BadRequestError", "message": "no"},
        ),
        ({"choices": [{"finish_reason": "stop", "error": {"message": "no"}}]}, {"message": "no"}),
        (
            {"choices": [], "base_resp": {"status_code": 1004, "status_msg": "no"}},
            {"status_code": 1004, "status_msg": "no"},
        ),
        ({"choices": [], "base_resp": {"status_code": 0}}, None),
        ({"choices": None, "usage": {"a": 1}}, None),
        ({"error": 500}, 500),
        ({"error": 404, "message": "no"}, 404),
        ({"error": 500, "choices": []}, 500),
        ({"!": 0, "error": 7561, "message": 3}, None),  # a vocabulary
        ({"error": BLANK}, BLANK),
        ({"error": BLANK, "choices": []}, BLANK),
        ({"error": BLANK, "choices": [{"delta": {"content": "Hi"}}]}, None),
        ({"error": BLANK, "choices": [], "usage": {"total_tokens": 3}}, None),
        ({"choices": [{"delta": {"content": "Hi"}, "error": BLANK}]}, None),
    ],
)
def test_an_error_is_found_wherever_it_stands_r12_q20(record: Any, error: Any) -> None:
    assert error_of(record) == error


def test_an_error_that_cannot_be_written_is_one_without_a_message() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert error_details(deep) == ("an error without a message", "")
    (event,) = Transformer().feed({"error": deep}).events
    assert event == ResponseFailed(0, "an error without a message", "")
