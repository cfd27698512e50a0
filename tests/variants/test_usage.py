"""Tokens in a usage, by any of the names that providers and clients give them."""

from typing import Any

import pytest

from unspool.variants.usage import tokens_of


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
        {"input_tokens": 3, "output_tokens": 4},
        {"promptTokens": 3, "completionTokens": 4, "totalTokens": 7},
        {"inputTokens": 3.0, "outputTokens": 4, "promptTokens": None},
    ],
    ids=["Chat Completions", "Responses", "camel case (T40)", "no total, a float, null"],
)
def test_tokens_by_every_name(usage: dict[str, Any]) -> None:
    assert tokens_of(usage) == (3, 4, 7)


@pytest.mark.parametrize("count", [-1, True, "3", None, 1 << 62, float("nan")])
def test_what_is_no_count(count: Any) -> None:
    assert tokens_of({"prompt_tokens": count, "completion_tokens": 4}) == (None, 4, None)
