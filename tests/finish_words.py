"""Where each provider documents its words for the end of a response: for docs/DIALECTS.md, and for the tests."""

from typing import NamedTuple

from unspool.dialects.finish_words import (
    ACP,
    AI_SDK,
    ANTHROPIC,
    ASSISTANT_UI,
    ASSISTANTS,
    BEDROCK,
    CHAT_SERVERS,
    COHERE,
    FAILED,
    GEMINI,
    INTERACTIONS,
    LETTA,
    MANAGED_AGENTS,
    OLLAMA,
    PI,
    PIECES,
    RESPONSES,
    RESPONSES_STATUS,
    TITAN,
)

_GITHUB = "https://github.com/"
_OPENAI = "https://platform.openai.com/docs/api-reference/"
_GOOGLE = "https://ai.google.dev/"
GEMINI_BLOCKED = dict.fromkeys(
    [
        "SAFETY",
        "OTHER",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "IMAGE_SAFETY",
        "MODEL_ARMOR",
        "JAILBREAK",
        "BLOCKED_REASON_UNSPECIFIED",
    ],
    "content_filter",
)
"""Why a prompt got no answer: whatever the word is, it is a filter."""
RESPONSES_ERRORS = dict.fromkeys(
    [
        "server_error",
        "rate_limit_exceeded",
        "invalid_prompt",
        "data_residency_mismatch",
        "bio_policy",
        "misalignment_policy_violation",
        "vector_store_timeout",
        "invalid_image",
        "invalid_image_format",
        "invalid_base64_image",
        "invalid_image_url",
        "image_too_large",
        "image_too_small",
        "image_parse_error",
        "image_content_policy_violation",
        "invalid_image_mode",
        "image_file_too_large",
        "unsupported_image_media_type",
        "empty_image_file",
        "failed_to_download_image",
        "image_file_not_found",
    ],
    FAILED,
)
"""Codes of errors: whatever the code is, it is an error."""
_SERVERS = {
    "OpenAI, Azure": f"{_OPENAI}chat/streaming",
    "OpenRouter": "https://openrouter.ai/docs/api-reference/overview",
    "DeepSeek": "https://api-docs.deepseek.com/api/create-chat-completion",
    "Mistral": "https://docs.mistral.ai/api/endpoint/chat",
    "xAI": f"{_GITHUB}xai-org/xai-sdk-python",
    "Fireworks": f"{_GITHUB}fw-ai-external/python-sdk/blob/main/src/fireworks/types/shared/choice.py",
    "LM Studio": f"{_GITHUB}lmstudio-ai/lmstudio-python/blob/main/src/lmstudio/_sdk_models/__init__.py",
    "Together, SiliconFlow": "https://github.com/togethercomputer/together-python/blob/main/src/together/types/common.py",
    "Zhipu": "https://docs.bigmodel.cn/api-reference",
    "MiniMax": "https://platform.minimaxi.com/document/ChatCompletion%20v2",
    "Tencent": "https://cloud.tencent.com/document/api/1729/105701",
    "Baidu": "https://cloud.baidu.com/doc/WENXINWORKSHOP/s/jlil56u11",
    "watsonx": "https://cloud.ibm.com/apidocs/watsonx-ai#text-chat-stream",
    "Text Generation Inference": (
        f"{_GITHUB}huggingface/text-generation-inference/blob/main/clients/python/text_generation/types.py"
    ),
    "vLLM": f"{_GITHUB}vllm-project/vllm/blob/main/vllm/v1/engine/__init__.py",
    "SGLang": f"{_GITHUB}sgl-project/sglang/blob/main/python/sglang/srt/entrypoints/openai/protocol.py",
}
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


class Table(NamedTuple):
    """The words of one member of one dialect, and where the provider documents them."""

    dialect: str
    member: str
    words: dict[str, str]
    source: str
    server: str = ""


TABLES = (
    *(Table("chat", "finish_reason", words, _SERVERS[server], server) for server, words in CHAT_SERVERS.items()),
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
    Table("assistant-ui", "finishReason", ASSISTANT_UI, f"{_GITHUB}assistant-ui/assistant-ui"),
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
    Table("gigachat", "finish_reason", PIECES["gigachat"], f"{_GITHUB}ai-forever/gigachat"),
    Table("minimax", "finish_reason", PIECES["minimax"], "https://platform.minimaxi.com/document/ChatCompletion"),
    Table(
        "llama-cpp", "stop_type", PIECES["llama-cpp"], f"{_GITHUB}ggml-org/llama.cpp/blob/master/tools/server/README.md"
    ),
    Table("tgi", "details.finish_reason", PIECES["tgi"], "https://huggingface.github.io/text-generation-inference/"),
    Table("pi", "stopReason", PI, f"{_GITHUB}badlogic/pi-mono/blob/main/packages/ai/src/types.ts"),
    Table(
        "managed-agents",
        "stop_reason.type",
        MANAGED_AGENTS,
        "https://github.com/anthropics/anthropic-sdk-python/tree/main/src/anthropic/types/beta/sessions",
    ),
    Table("acp", "stopReason", ACP, "https://agentclientprotocol.com/protocol/prompt-turn"),
)
"""All words that are known. LangChain's are those of the providers."""
