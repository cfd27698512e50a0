"""Finish reasons: those that are none, and the provider's own."""

from typing import Any

import pytest

from unspool.core.rewriter.wire import ReceivedChoice
from unspool.variants.finish_reasons import finish_reason, how_refused, means_limit, provider_reason


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("stop", "stop"),
        ("cancel", "cancel"),
        ("", None),
        ("null", None),
        (None, None),
        (1, "1"),
        (0, None),
        (True, "true"),
        (False, None),
        (["length"], "length"),
        ([], None),
        ([["stop"]], "stop"),
        ([[]], None),
        ({"type": "length"}, "length"),
        ({"type": "finish", "reason": "content_filter"}, "content_filter"),
        ({"value": 3, "name": "SAFETY"}, "SAFETY"),
        ({"value": 3, "name": ""}, "3"),
        ({"unified": "length", "raw": "max"}, "length"),
        ({"unified": None, "raw": "max"}, "max"),
        ({"reason": {"value": "error"}, "type": "finish"}, "error"),
        (["none", "stop"], "stop"),
        ([1, 2, True], "1"),
        ([True, 2], "true"),
        ({"other": "stop"}, None),
    ],
)
def test_f2_f3_f9_finish_reasons(value: Any, reason: str | None) -> None:
    assert finish_reason({"finish_reason": value}) == reason
    assert finish_reason({}) is None  # F4


@pytest.mark.parametrize(
    ("choice", "reason"),
    [
        ({"finish_details": {"type": "stop"}}, "stop"),
        ({"finish_reason": None, "finish_details": {"type": "stop"}}, "stop"),
        ({"stop_reason": "length"}, "length"),
        ({"finishReason": "stop"}, "stop"),
        ({"finish_reason": None, "stop_reason": "</s>"}, None),  # vLLM's, next to its own reason
    ],
)
def test_f11_a_finish_by_another_name(choice: dict[str, Any], reason: str | None) -> None:
    assert finish_reason(choice) == reason
    assert ReceivedChoice(choice).finish == reason


@pytest.mark.parametrize(
    ("choice", "chunk", "reason"),
    [
        ({"finish_reason": "stop", "native_finish_reason": "SAFETY"}, {}, "SAFETY"),
        ({"finish_reason": "stop"}, {"unspool": {"dialect": "gemini", "finishReason": "OTHER"}}, "OTHER"),
        ({"finish_reason": "stop"}, {"unspool": {"dialect": "gemini"}}, None),
        ({"finish_reason": "stop", "native_finish_reason": None}, {}, None),
    ],
)
def test_the_reason_of_the_provider_is_found_where_a_relay_or_a_dialect_keeps_it_r17(
    choice: Any, chunk: Any, reason: str | None
) -> None:
    assert provider_reason(choice, chunk.get("unspool")) == reason


@pytest.mark.parametrize(
    ("reason", "refusal", "how"),
    [
        ("stop", "No.", "refused"),
        ("refusal", "", "refused (refusal)"),
        ("Refused", "No.", "refused (Refused)"),
        ("content_filter", "", "filtered (content_filter)"),
        ("content_filter", "No.", "filtered (content_filter)"),
        ("OTHER", "", "filtered (OTHER)"),
    ],
)
def test_how_an_answer_was_refused(reason: str, refusal: str, how: str) -> None:
    assert how_refused(reason, refusal) == how


@pytest.mark.parametrize("word", ["MAX_TOKENS", "model_context_window_exceeded", "max_output_tokens"])
def test_a_word_for_a_limit_is_known_by_its_parts(word: str) -> None:
    assert means_limit(word)
    assert not means_limit("end_turn")
