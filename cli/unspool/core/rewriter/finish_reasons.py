"""The meaning of finish reasons, by the words of which they consist (R5, R17).

    means_failure("MALFORMED_FUNCTION_CALL")    -> True
    means_refusal("content-filter")             -> True

The words are those that the finish reasons of all providers have in common
(``dialects.finish_words`` lists the documented ones, with their sources), so that
a reason that no table has is read, too. They are compared in lower case,
since relays pass on the upper-case reasons of other providers.
"""

TOOL_REASONS = ("tool_calls", "function_call")

_REFUSED = (
    *("filter", "refus", "safety", "sensitive", "guardrail", "block", "prohibited", "moderat", "recitation"),
    *("toxic", "flagged", "jailbreak", "armor", "spii", "escalation", "pup_limited", "language"),
)
"""Parts of the reasons for an answer that the provider refused or filtered."""

_FAILED = (
    *("error", "fail", "abort", "cancelled", "canceled", "user_cancel", "malformed", "timeout", "time_limit"),
    *("deadline", "insufficient", "overload", "unavailable", "exception", "unexpected_tool", "too_many_tool"),
    *("missing_thought", "no_image", "image_other"),
)
"""Parts of the reasons for an answer that failed."""

_COMPLETE = frozenset({"stop", "length", *TOOL_REASONS, "error_limit"})
"""The reasons of almost all responses, and Cohere's word for the end of the context: their parts mean nothing."""


def means_refusal(reason: str) -> bool:
    """Return whether a finish reason says that the answer was refused or filtered."""
    words = reason.lower()
    return words not in _COMPLETE and any(word in words for word in _REFUSED)


def means_failure(reason: str) -> bool:
    """Return whether a finish reason says that the answer failed."""
    words = reason.lower()
    return words not in _COMPLETE and any(word in words for word in _FAILED) and not means_refusal(reason)
