"""Each provider's words for why a response ended, as finish reasons of Chat Completions or as FAILED (R17).

Sources: the providers' API references, each under the name given here, and words
seen in captures. A word that is not in a table is no error: the response ends
with ``stop``, and the word is kept in the extension.
"""

FAILED = "error"
"""The provider failed: the response ends with an error that names the word (R12)."""

ANTHROPIC = {  # Messages API, stop_reason
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
BEDROCK = {  # ConverseStream, messageStop.stopReason
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
    "refusal": "content_filter",
    "malformed_model_output": FAILED,
    "malformed_tool_use": FAILED,
}
TITAN = {  # InvokeModel of Amazon Titan, completionReason
    "FINISH": "stop",
    "FINISHED": "stop",
    "STOP_CRITERIA_MET": "stop",
    "LENGTH": "length",
    "CONTENT_FILTERED": "content_filter",
    "RAG_QUERY_WHEN_RAG_DISABLED": FAILED,
}
COHERE = {  # Chat v2, finish_reason
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
    "ERROR_TOXIC": "content_filter",
    "ERROR_LIMIT": "length",
    "ERROR": FAILED,
    "TIMEOUT": FAILED,
}
OLLAMA = {"stop": "stop", "length": "length", "load": "stop", "unload": "stop", "error": FAILED}  # done_reason
GEMINI = {  # GenerateContentResponse, FinishReason, of the Gemini API and of Vertex AI
    "STOP": "stop",
    "MAX_TOKENS": "length",
    **dict.fromkeys(
        (
            *("SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR"),
            *("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"),
        ),
        "content_filter",
    ),
    **dict.fromkeys(
        (
            *("MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"),
            *("MISSING_THOUGHT_SIGNATURE", "OTHER", "IMAGE_OTHER", "NO_IMAGE"),
        ),
        FAILED,
    ),
}
RESPONSES = {"max_output_tokens": "length", "content_filter": "content_filter"}  # incomplete_details.reason


def failure(word: str, explanation: object = None) -> dict[str, str]:
    """The error object for a response that ended with a word that means FAILED."""
    explained = f": {explanation}" if isinstance(explanation, str) and explanation else ""
    return {"message": f"the response ended with {word}{explained}", "code": word}
