"""Finish reasons of Chat Completions and of servers that use its format, by their meaning (R5, R17).

They are compared in lower case, since relays pass on the upper-case reasons of other providers.
Sources: the API reference of OpenAI (stop, length, tool_calls, function_call,
content_filter); OpenRouter (error); DeepSeek (insufficient_system_resource);
Zhipu GLM (sensitive, network_error, model_context_window_exceeded); Moonshot,
vLLM and SGLang (abort); Mistral (error, model_length); xAI and Google's endpoint
for Chat Completions, which pass on Gemini's words; Databricks and LiteLLM
(guardrail_intervened, refusal).
"""

TOOL_REASONS = ("tool_calls", "function_call")

REFUSED_REASONS = frozenset(
    {"content_filter", "content_filtered", "content-filter", "refusal", "refused", "safety", "sensitive"}
    | {"guardrail_intervened", "guardrails", "blocked", "blocklist", "prohibited_content", "spii", "recitation"}
    | {"language", "image_safety", "image_prohibited_content", "image_recitation", "model_armor", "eos_filtered"}
    | {"escalation", "pup_limited_disabled", "error_toxic", "flagged", "moderation", "jailbreak"}
)
"""Reasons for an answer that the provider refused or filtered."""

FAILED_REASONS = frozenset(
    {"error", "abort", "aborted", "network_error", "insufficient_system_resource", "server_error", "timeout"}
    | {"user_cancel"}
    | {"malformed_function_call", "malformed_response", "malformed_model_output", "malformed_tool_use"}
    | {"malformed_tool_call", "unexpected_tool_call", "too_many_tool_calls", "missing_thought_signature"}
    | {"no_image", "image_other", "failed", "internal_error"}
)
"""Reasons for an answer that failed."""
