"""Each provider's words for why a response ended, as finish reasons of Chat Completions or as FAILED (R17).

    ANTHROPIC["refusal"]     -> "content_filter"
    TABLES                   all tables, with where the words are documented; docs/DIALECTS.md shows them

A word that is not in a table is read by its parts (``finish_reasons``), since relays pass on those of other providers;
else it ends the response with ``stop``. It is kept in the extension. The words are those of the providers' client
libraries of November 2026, and of captures and public reports.
"""

from typing import NamedTuple

from unspool.variants.finish_reasons import means_failure, means_limit, means_refusal

_GITHUB = "https://github.com/"
_OPENAI = "https://platform.openai.com/docs/api-reference/"
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
GEMINI_BLOCKED = _words(
    refused="SAFETY OTHER BLOCKLIST PROHIBITED_CONTENT IMAGE_SAFETY MODEL_ARMOR JAILBREAK BLOCKED_REASON_UNSPECIFIED"
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
RESPONSES_ERRORS = _words(
    failed="server_error rate_limit_exceeded invalid_prompt data_residency_mismatch bio_policy"
    " misalignment_policy_violation vector_store_timeout invalid_image invalid_image_format invalid_base64_image"
    " invalid_image_url image_too_large image_too_small image_parse_error image_content_policy_violation"
    " invalid_image_mode image_file_too_large unsupported_image_media_type empty_image_file"
    " failed_to_download_image image_file_not_found"
)
AI_SDK = _words(
    stop="stop other", length="length", calls="tool-calls", refused="content-filter", failed="error unknown"
)
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
    "llama-cpp": _words(stop="eos word none", length="limit"),
    "tgi": _words(stop="eos_token stop_sequence", length="length"),
}
"""Of the formats whose records are pieces of text, by dialect."""
PI = _words(stop="stop", length="length", calls="toolUse", failed="error aborted")
ACP = _words(stop="end_turn", length="max_tokens", refused="refusal", failed="max_turn_requests cancelled")
CHAT_SERVERS = {
    "OpenAI, Azure": (
        _words(stop="stop", length="length", calls="tool_calls function_call", refused="content_filter"),
        f"{_OPENAI}chat/streaming",
    ),
    "OpenRouter": (_words(failed="error"), "https://openrouter.ai/docs/api-reference/overview"),
    "DeepSeek": (
        _words(failed="insufficient_system_resource aborted"),
        "https://api-docs.deepseek.com/api/create-chat-completion",
    ),
    "Mistral": (_words(length="model_length", failed="error"), "https://docs.mistral.ai/api/endpoint/chat"),
    "xAI": (
        _words(
            stop="end_turn REASON_STOP",
            length="REASON_MAX_LEN REASON_MAX_CONTEXT",
            calls="REASON_TOOL_CALLS",
            failed="REASON_TIME_LIMIT",
        ),
        f"{_GITHUB}xai-org/xai-sdk-python",
    ),
    "Fireworks": (
        _words(failed="error"),
        f"{_GITHUB}fw-ai-external/python-sdk/blob/main/src/fireworks/types/shared/choice.py",
    ),
    "LM Studio": (
        _words(
            stop="eosFound stopStringFound",
            length="maxPredictedTokensReached contextLengthReached",
            calls="toolCalls",
            failed="userStopped modelUnloaded failed",
        ),
        f"{_GITHUB}lmstudio-ai/lmstudio-python/blob/main/src/lmstudio/_sdk_models/__init__.py",
    ),
    "Together, SiliconFlow": (
        _words(stop="eos"),
        "https://github.com/togethercomputer/together-python/blob/main/src/together/types/common.py",
    ),
    "Zhipu": (
        _words(length="model_context_window_exceeded", refused="sensitive", failed="network_error"),
        "https://docs.bigmodel.cn/api-reference",
    ),
    "MiniMax": (_words(length="max_output"), "https://platform.minimaxi.com/document/ChatCompletion%20v2"),
    "Tencent": (_words(refused="sensitive"), "https://cloud.tencent.com/document/api/1729/105701"),
    "Baidu": (_words(stop="normal"), "https://cloud.baidu.com/doc/WENXINWORKSHOP/s/jlil56u11"),
    "watsonx": (
        _words(stop="eos_token stop_sequence", length="max_tokens token_limit", failed="time_limit cancelled error"),
        "https://cloud.ibm.com/apidocs/watsonx-ai#text-chat-stream",
    ),
    "Text Generation Inference": (
        _words(stop="eos_token stop_sequence"),
        f"{_GITHUB}huggingface/text-generation-inference/blob/main/clients/python/text_generation/types.py",
    ),
    "vLLM": (
        _words(stop="repetition", failed="abort error"),
        f"{_GITHUB}vllm-project/vllm/blob/main/vllm/v1/engine/__init__.py",
    ),
    "SGLang": (
        _words(failed="abort"),
        f"{_GITHUB}sgl-project/sglang/blob/main/python/sglang/srt/entrypoints/openai/protocol.py",
    ),
}
"""The words of OpenAI, those that other servers of Chat Completions have besides, and where they are documented."""
OPENAI_ALONE = {
    "Volcengine": (
        f"{_GITHUB}volcengine/volcengine-python-sdk/blob/master/volcenginesdkarkruntime/types/chat/chat_completion_chunk.py"
    ),
    "Cerebras": (
        f"{_GITHUB}Cerebras/cerebras-cloud-sdk-python/blob/main/src/cerebras/cloud/sdk/types/chat/chat_completion.py"
    ),
    "Groq": f"{_GITHUB}groq/groq-python/blob/main/src/groq/types/chat/chat_completion_chunk.py",
    "SambaNova": (
        f"{_GITHUB}sambanova/sambanova-python/blob/main/src/sambanova/types/chat/chat_completion_stream_response.py"
    ),
    "Moonshot": f"{_GITHUB}api-evangelist/kimi-moonshot/blob/main/openapi/kimi-moonshot-chat-api-openapi.yml",
    "Perplexity": f"{_GITHUB}api-evangelist/perplexity/blob/main/json-schema/perplexity-choice-schema.json",
}
"""Servers that document OpenAI's words and no others, and where. Groq's errors are in ``x_groq``."""
UNDOCUMENTED = {
    "AI21": f"{_GITHUB}AI21Labs/ai21-python/blob/main/ai21/models/chat/chat_completion_response.py",
    "Workers AI": f"{_GITHUB}cloudflare/cloudflare-python/blob/main/src/cloudflare/types/ai/ai_run_response.py",
}
"""Servers whose client libraries name no words, and where that was looked up."""
CHAT = {word: meaning for words, _ in CHAT_SERVERS.values() for word, meaning in words.items()}
LANGCHAIN = {**COHERE, **OLLAMA, **RESPONSES_STATUS, **RESPONSES, **GEMINI, **BEDROCK, **ANTHROPIC, **CHAT}
"""LangChain passes on the words of the provider behind it."""


class Table(NamedTuple):
    """The words of one member of one dialect, and where the provider documents them."""

    dialect: str
    member: str
    words: dict[str, str]
    source: str
    server: str = ""


_GOOGLE = "https://ai.google.dev/"
TABLES = (
    *(Table("chat", "finish_reason", words, source, server) for server, (words, source) in CHAT_SERVERS.items()),
    Table("responses", "response.status", RESPONSES_STATUS, f"{_OPENAI}responses/object"),
    Table("responses", "incomplete_details.reason", RESPONSES, f"{_OPENAI}responses/object"),
    Table("responses", "error.code", RESPONSES_ERRORS, f"{_OPENAI}responses/object"),
    Table("anthropic", "stop_reason", ANTHROPIC, "https://docs.claude.com/en/api/handling-stop-reasons"),
    Table("gemini", "finishReason", GEMINI, f"{_GOOGLE}api/generate-content#FinishReason"),
    Table("gemini", "promptFeedback.blockReason", GEMINI_BLOCKED, f"{_GOOGLE}api/generate-content#BlockReason"),
    Table(
        "bedrock",
        "messageStop.stopReason",
        BEDROCK,
        "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_MessageStopEvent.html",
    ),
    Table(
        "bedrock",
        "completionReason",
        TITAN,
        "https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-text.html",
    ),
    Table("cohere", "finish_reason", COHERE, "https://docs.cohere.com/v2/reference/chat-stream"),
    Table("ollama", "done_reason", OLLAMA, "https://github.com/ollama/ollama/blob/main/docs/api.md"),
    Table("ai-sdk", "finishReason", AI_SDK, "https://ai-sdk.dev/docs/reference/ai-sdk-core/stream-text"),
    Table("opencode", "reason", AI_SDK, "https://ai-sdk.dev/docs/reference/ai-sdk-core/stream-text"),
    Table("gemini-interactions", "status", INTERACTIONS, f"{_GOOGLE}gemini-api/docs/interactions"),
    Table("assistants", "status", ASSISTANTS, f"{_OPENAI}runs/object"),
    Table("letta", "stop_reason", LETTA, "https://docs.letta.com/guides/agents/streaming"),
    Table("ernie", "finish_reason", PIECES["ernie"], "https://cloud.baidu.com/doc/WENXINWORKSHOP/s/jlil56u11"),
    Table("hunyuan", "FinishReason", PIECES["hunyuan"], "https://cloud.tencent.com/document/api/1729/105701"),
    Table("aleph-alpha", "finish_reason", PIECES["aleph-alpha"], "https://docs.aleph-alpha.com/api/complete/"),
    Table(
        "mistral-text",
        "stop_reason",
        PIECES["mistral-text"],
        "https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-mistral-text-completion.html",
    ),
    Table("sglang", "finish_reason.type", PIECES["sglang"], "https://docs.sglang.ai/basic_usage/native_api.html"),
    Table("koboldcpp", "finish_reason", PIECES["koboldcpp"], f"{_GITHUB}LostRuins/koboldcpp"),
    Table("oci", "finishReason", PIECES["oci"], f"{_GITHUB}oracle/oci-python-sdk"),
    Table("minimax", "finish_reason", PIECES["minimax"], "https://platform.minimaxi.com/document/ChatCompletion"),
    Table(
        "llama-cpp", "stop_type", PIECES["llama-cpp"], f"{_GITHUB}ggml-org/llama.cpp/blob/master/tools/server/README.md"
    ),
    Table("tgi", "details.finish_reason", PIECES["tgi"], "https://huggingface.github.io/text-generation-inference/"),
    Table("pi", "stopReason", PI, f"{_GITHUB}badlogic/pi-mono/blob/main/packages/ai/src/types.ts"),
    Table("acp", "stopReason", ACP, "https://agentclientprotocol.com/protocol/prompt-turn"),
)
"""All words that are known. LangChain's are those of the providers."""


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
