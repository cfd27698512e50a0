"""The counts of tokens in a usage, by the names that providers and their clients give them."""

from typing import Any, Final

_PROMPT: Final = ("prompt_tokens", "input_tokens", "promptTokens", "inputTokens")
_COMPLETION: Final = ("completion_tokens", "output_tokens", "completionTokens", "outputTokens")
"""Members by the names of Chat Completions and of Responses, and as clients for TypeScript rename them (T40)."""
_TOTAL: Final = ("total_tokens", "totalTokens")
_LARGEST: Final = 1 << 62
"""A count is less, so that it fits every format."""


def tokens_of(usage: dict[str, Any]) -> tuple[int | None, int | None, int | None]:
    """Return the tokens of a prompt, of its completion and of both; None for what is not there."""
    prompt, completion, total = count_of(usage, *_PROMPT), count_of(usage, *_COMPLETION), count_of(usage, *_TOTAL)
    if total is None and prompt is not None and completion is not None:
        total = prompt + completion
    return prompt, completion, total


def count_of(value: dict[str, Any], *names: str) -> int | None:
    """Return the first of these members that is a number, as an integer; None where none is."""
    for name in names:
        count: Any = value.get(name)
        if type(count) in (int, float) and 0 <= count < _LARGEST:
            return int(count)
    return None
