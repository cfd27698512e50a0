"""The meaning of finish reasons, by the words of which they consist (R5, R17).

    means_failure("MALFORMED_FUNCTION_CALL")    -> True
    means_refusal("content-filter")             -> True
    means_limit("MAX_TOKENS")                   -> True
    how_refused("content-filter", "")           -> "filtered (content-filter)"

The words are those that the finish reasons of all providers have in common
(``dialects.finish_words`` lists the documented ones, with their sources), so that
a reason that no table has is read, too. They are compared in lower case,
since relays pass on the upper-case reasons of other providers.
"""

from typing import Any, Final

from unspool.variants.values import is_number, non_blank

NO_FINISH: Final = frozenset(
    {"", "null", "none", "nil", "undefined", "not_finished", "in_progress", "unspecified", "finish_reason_unspecified"}
)
"""Finish reasons, in lower case, of a choice that goes on (F2, F3)."""
TOOL_REASONS: Final = ("tool_calls", "function_call")
REASONS: Final = frozenset({"stop", "length", *TOOL_REASONS, "content_filter"})
"""The finish reasons of Chat Completions: a strict client takes no other."""

_WORDS = ("finish_reason", "finishReason", "unified", "reason", "value", "name", "raw", "type")
"""Members that hold the word where the finish reason is an object (F11), the one that says most before the others."""

_OTHER_NAMES = ("stop_reason", "finishReason")
"""Members that hold it in a choice without a finish_reason (F11); finish_details counts next to a null one, too."""

_PROVIDER_REASONS = ("finishReason", "blockReason", "stop_reason", "stopReason", "finish_reason", "done_reason")
"""Members of the extension that hold the provider's own finish reason."""

_REFUSED = (
    *("filter", "refus", "safety", "sensitive", "guardrail", "block", "prohibited", "moderat", "recitation"),
    *("toxic", "flagged", "jailbreak", "armor", "spii", "escalation", "pup_limited", "language"),
)
"""Parts of the reasons for an answer that the provider refused or filtered."""

_FAILED = (
    *("error", "fail", "abort", "cancelled", "canceled", "user_cancel", "malformed", "timeout", "time_limit"),
    *("deadline", "insufficient", "overload", "unavailable", "exception", "unexpected_tool", "too_many_tool"),
    *("missing_thought", "no_image", "image_other", "userstopped", "modelunloaded"),
)
"""Parts of the reasons for an answer that failed."""

_LIMITED = ("context_window", "max_token", "max_output", "token_limit")
"""Parts of the reasons for an answer that a limit ended."""

_COMPLETE = frozenset({"stop", "length", *TOOL_REASONS, "error_limit"})
"""The reasons of almost all responses, and Cohere's word for the end of the context: their parts mean nothing."""


def finish_reason(choice: dict[str, Any]) -> str | None:
    """Return the finish reason; None if there is none yet (F2-F4, F11)."""
    given = choice.get("finish_reason") or choice.get("finish_details")
    if given is None and "finish_reason" not in choice:
        given = next((choice[name] for name in _OTHER_NAMES if name in choice), None)
    return reason_in(given)


def reason_in(reason: Any) -> str | None:
    """Return the word of a finish reason, which arrays and objects may hold; a number or ``true`` as text (F11).

    A word counts before a number. None where it says that there is none yet.
    """
    other = None
    values = [reason]
    while values:
        value = values.pop()
        if isinstance(value, list):
            values += reversed(value)
        elif isinstance(value, dict):
            values += [value.get(name) for name in reversed(_WORDS)]
        elif isinstance(value, str) and value.lower() not in NO_FINISH:
            return value
        elif other is None and value is True:
            other = "true"
        elif other is None and value and is_number(value):  # that of an enumeration, where 0 is none
            other = non_blank(value)
    return other


def provider_reason(choice: dict[str, Any], extension: Any) -> str | None:
    """Return the provider's own finish reason, if a relay such as OpenRouter, or a dialect's extension, kept it."""
    native = choice.get("native_finish_reason")
    if isinstance(native, str):
        return native
    if isinstance(extension, dict):
        for name in _PROVIDER_REASONS:
            if isinstance(extension.get(name), str):
                return str(extension[name])
    return None


def means_refusal(reason: str) -> bool:
    """Return whether a finish reason says that the answer was refused or filtered."""
    words = reason.lower()
    return words not in _COMPLETE and any(word in words for word in _REFUSED)


def means_limit(reason: str) -> bool:
    """Return whether a finish reason says that the answer reached a limit of the model or of the request."""
    words = reason.lower()
    return any(word in words for word in _LIMITED)


def how_refused(reason: str, refusal: str) -> str:
    """Say how an answer was refused or filtered, by its finish reason and the refusal that was sent ("" for none).

    A model that refuses may end as it always does: then the reason says nothing.
    """
    if refusal and not means_refusal(reason):
        return "refused"
    return f"{'refused' if 'refus' in reason.lower() else 'filtered'} ({reason})"


def means_failure(reason: str) -> bool:
    """Return whether a finish reason says that the answer failed."""
    words = reason.lower()
    return words not in _COMPLETE and any(word in words for word in _FAILED) and not means_refusal(reason)
