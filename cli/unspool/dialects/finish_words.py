"""Each provider's words for why a response ended, as finish reasons of Chat Completions or as FAILED (R17).

    ANTHROPIC["refusal"]     -> "content_filter"
    CHAT["model_length"]     -> "length"

docs/DIALECTS.md shows all of them, with where they are documented.

A word that is not in a table is read by its parts (``finish_reasons``), since relays pass on those of other providers;
else it ends the response with ``stop``. It is kept in the extension. The words are those of the providers' client
libraries of November 2026, and of captures and public reports.
"""

from unspool.variants.finish_reasons import means_failure, means_limit, means_refusal

FAILED = "error"
"""The provider failed: the response ends with an error that names the word (R12)."""

_STOP, _LENGTH, _CALLS, _FILTER = "stop", "length", "tool_calls", "content_filter"


def _words(*, stop: str = "", length: str = "", calls: str = "", refused: str = "", failed: str = "") -> dict[str, str]:
    """A table from lists of words, divided by blanks, of each meaning."""
    meanings = ((stop, _STOP), (length, _LENGTH), (calls, _CALLS), (refused, _FILTER), (failed, FAILED))
    return {word: meaning for words, meaning in meanings for word in words.split()}


ANTHROPIC = _words(
    stop="end_turn stop_sequence pause_turn compaction",
    length="max_tokens model_context_window_exceeded",
    calls="tool_use",
    refused="refusal",
)
BEDROCK = _words(
    stop="end_turn stop_sequence",
    length="max_tokens model_context_window_exceeded",
    calls="tool_use",
    refused="content_filtered guardrail_intervened refusal",
    failed="malformed_model_output malformed_tool_use",
)
TITAN = _words(
    stop="FINISH FINISHED STOP_CRITERIA_MET",
    length="LENGTH",
    refused="CONTENT_FILTERED",
    failed="RAG_QUERY_WHEN_RAG_DISABLED",
)
COHERE = _words(
    stop="COMPLETE STOP_SEQUENCE",
    length="MAX_TOKENS ERROR_LIMIT",
    calls="TOOL_CALL",
    refused="ERROR_TOXIC",
    failed="ERROR TIMEOUT USER_CANCEL",
)
OLLAMA = _words(stop="stop load unload", length="length", failed="error")
GEMINI = _words(
    stop="STOP",
    length="MAX_TOKENS CONTINUATION",
    refused="SAFETY RECITATION LANGUAGE BLOCKLIST PROHIBITED_CONTENT SPII MODEL_ARMOR ESCALATION PUP_LIMITED_DISABLED"
    " IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT IMAGE_RECITATION",
    failed="MALFORMED_FUNCTION_CALL MALFORMED_RESPONSE UNEXPECTED_TOOL_CALL TOO_MANY_TOOL_CALLS"
    " MISSING_THOUGHT_SIGNATURE OTHER IMAGE_OTHER NO_IMAGE",
)
INTERACTIONS = _words(
    stop="completed",
    length="incomplete budget_exceeded requires_continuation",
    calls="requires_action",
    failed="failed cancelled",
)
ASSISTANTS = _words(stop="completed", length="incomplete", calls="requires_action", failed="failed cancelled expired")
RESPONSES = _words(stop="steered", length="max_output_tokens max_messages", refused="content_filter")
RESPONSES_STATUS = _words(stop="completed", length="incomplete", failed="failed cancelled")
AI_SDK = _words(
    stop="stop other", length="length", calls="tool-calls", refused="content-filter", failed="error unknown"
)
ASSISTANT_UI = {**AI_SDK, "unknown": _STOP}
LETTA = _words(
    stop="end_turn tool_rule requires_approval stop tool_calls",
    length="max_tokens_exceeded model_context_window_exceeded",
    refused="content_filter refusal",
    failed="error llm_api_error invalid_llm_response invalid_tool_call no_tool_call max_steps cancelled"
    " insufficient_credits context_window_overflow_in_system_prompt",
)
PIECES = {
    "ernie": _words(stop="normal stop end", length="length", calls="function_call", refused="content_filter"),
    "hunyuan": _words(stop="stop", calls="tool_calls", refused="sensitive"),
    "aleph-alpha": _words(stop="end_of_text stop_sequence_reached", length="maximum_tokens"),
    "mistral-text": _words(stop="stop", length="length", calls="tool_calls"),
    "sglang": _words(stop="stop", length="length", failed="abort"),
    "koboldcpp": _words(stop="stop", length="length"),
    "minimax": _words(stop="stop", length="length max_output"),
    "oci": COHERE | _words(stop="stop", length="length", calls="tool_calls"),
    "gigachat": _words(stop="stop", length="length", calls="function_call", refused="blacklist", failed="error"),
    "llama-cpp": _words(stop="eos word none", length="limit"),
    "tgi": _words(stop="eos_token stop_sequence", length="length"),
}
"""Of the formats whose records are pieces of text, by dialect."""
PI = _words(stop="stop", length="length", calls="toolUse", failed="error aborted")
MANAGED_AGENTS = _words(stop="end_turn", calls="requires_action", failed="retries_exhausted budget_reached")
ACP = _words(stop="end_turn", length="max_tokens", refused="refusal", failed="max_turn_requests cancelled")
CHAT_SERVERS = {
    "OpenAI, Azure": _words(stop="stop", length="length", calls="tool_calls function_call", refused="content_filter"),
    "OpenRouter": _words(failed="error"),
    "DeepSeek": _words(failed="insufficient_system_resource aborted"),
    "Mistral": _words(length="model_length", failed="error"),
    "xAI": _words(
        stop="end_turn REASON_STOP",
        length="REASON_MAX_LEN REASON_MAX_CONTEXT",
        calls="REASON_TOOL_CALLS",
        failed="REASON_TIME_LIMIT",
    ),
    "Fireworks": _words(failed="error"),
    "LM Studio": _words(
        stop="eosFound stopStringFound",
        length="maxPredictedTokensReached contextLengthReached",
        calls="toolCalls",
        failed="userStopped modelUnloaded failed",
    ),
    "Together, SiliconFlow": _words(stop="eos"),
    "Zhipu": _words(length="model_context_window_exceeded", refused="sensitive", failed="network_error"),
    "MiniMax": _words(length="max_output"),
    "Tencent": _words(refused="sensitive"),
    "Baidu": _words(stop="normal"),
    "watsonx": _words(
        stop="eos_token stop_sequence", length="max_tokens token_limit", failed="time_limit cancelled error"
    ),
    "Text Generation Inference": _words(stop="eos_token stop_sequence"),
    "vLLM": _words(stop="repetition", failed="abort error"),
    "SGLang": _words(failed="abort"),
}
"""The words of OpenAI, and those that other servers of Chat Completions have besides."""
CHAT = {word: meaning for words in CHAT_SERVERS.values() for word, meaning in words.items()}
LANGCHAIN = {**COHERE, **OLLAMA, **RESPONSES_STATUS, **RESPONSES, **GEMINI, **BEDROCK, **ANTHROPIC, **CHAT}
"""LangChain passes on the words of the provider behind it."""


def meaning_of(words: dict[str, str], word: str, otherwise: str = _STOP) -> str:
    """The meaning of a word by a table, or by its parts; ``otherwise`` where they mean nothing (R17)."""
    found = words.get(word)
    if found is not None:
        return found
    if means_limit(word):
        return _LENGTH
    if means_refusal(word):
        return _FILTER
    return FAILED if means_failure(word) else otherwise


def failure(word: str, explanation: object = None) -> dict[str, str]:
    """The error object for a response that ended with a word that means FAILED."""
    explained = f": {explanation}" if isinstance(explanation, str) and explanation else ""
    return {"message": f"the response ended with {word}{explained}", "code": word}
