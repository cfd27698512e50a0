"""Registry of the dialects: their modules, and how they are detected.

A new dialect is one file and one line here. ``matches`` gets the first object of
a source that is not a chunk, and returns whether it is a record of the dialect;
``reason`` describes that for reports. ``matches`` must be cheap, and true for no
other dialect.
"""

import re
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, NamedTuple, cast

from unspool.dialects import piece_signs
from unspool.dialects.agents import signs
from unspool.dialects.base import Dialect
from unspool.dialects.gemini_live import is_live
from unspool.dialects.members import dict_of, word_of
from unspool.dialects.responses_items import is_whole_response

CHAT: Final = "chat"
"""The name of the format that needs no translation."""


class DialectEntry(NamedTuple):
    """One dialect: its module and class, and how it is detected."""

    module: str
    name: str
    matches: Callable[[dict[str, Any]], bool]
    reason: str


_ANTHROPIC: Final = frozenset(
    {"message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta"}
    | {"message_stop", "message"}
)
_OTHER_MESSAGES: Final = frozenset({"message_type", "status"})
"""Members of messages of Letta and of AgentScope."""
_COHERE: Final = frozenset(
    {"message-start", "content-start", "content-delta", "content-end", "tool-plan-delta", "tool-call-start"}
    | {"tool-call-delta", "tool-call-end", "message-end"}
)
_RESPONSES = (
    "response.",
    "session.created",
    "session.update",
    "transcription_session.",
    "conversation.item",
    "conversation.created",
    "input_audio_buffer.",
    "output_audio_buffer.",
    "rate_limits.",
    "codex.",
    "transcript.text.",
)
"""Beginnings of the types of events, also those that the Realtime API, its client and Codex's backend send before a
response, and of transcriptions of speech, which have none."""
_OTHERS: Final = frozenset({"data", "properties", "bot_id", "processed_at"})
"""Members of events with such types that are not OpenAI's: Copilot's, opencode's, Coze's, those of managed agents."""
_GIGACHAT: Final = "response.message."
"""How the names of the events of GigaChat's second interface begin."""
_GEMINI: Final = frozenset({"candidates", "promptFeedback", "usageMetadata"})
_PAYLOAD: Final = frozenset({"bytes", "p"})
_BEDROCK: Final = frozenset(
    {"messageStart", "contentBlockStart", "contentBlockDelta", "messageStop", "outputText", "returnControl"}
    | {"flowOutputEvent", "flowTraceEvent", "assistantResponseEvent", "messageMetadataEvent"}
    | {"toolUseEvent"}
)

_CLOUDFLARE: Final = frozenset({"response", "p", "usage", "tool_calls"})
_LLAMA: Final = frozenset({"index", "tokens", "id_slot", "slot_id", "multimodal", "tokens_predicted"})


def _is_anthropic(value: dict[str, Any]) -> bool:
    kind = word_of(value, "type")
    if kind == "completion" or "type" not in value:  # Bedrock leaves the type of completions out
        return isinstance(value.get("completion"), str) and "stop_reason" in value
    if kind != "message":
        return kind in _ANTHROPIC and not (kind.startswith("message_") and _is_of_others(kind, value))
    # A whole message has blocks; other programs call their records messages, too.
    whole = isinstance(value.get("content"), list) and _OTHER_MESSAGES.isdisjoint(value)
    return whole and not signs.is_codex_session(value)


def _is_of_others(kind: str, value: dict[str, Any]) -> bool:
    """Return whether an event of a message is pi's, or Onyx's, whose content is a text."""
    return (kind == "message_start" and signs.is_pi(value)) or isinstance(value.get("content"), str)


def _is_cohere(value: dict[str, Any]) -> bool:
    if word_of(value, "type") in _COHERE:
        return not signs.is_mastra(value)  # which has one of the types
    reason = value.get("finish_reason", value.get("finishReason"))
    whole = isinstance(value.get("message"), dict) and not piece_signs.is_oci(value)
    return whole and isinstance(reason, str) and reason.isupper()


def _is_cohere_v1(value: dict[str, Any]) -> bool:
    if "isFinished" in value:  # of its client for TypeScript
        return isinstance(value.get("eventType"), str)
    if "is_finished" in value:
        return isinstance(value.get("event_type"), str) or isinstance(value.get("text"), str)
    if "generation_id" in value or "generationId" in value:  # a whole answer
        return isinstance(value.get("text"), str) and "event_type" not in value
    generations = value.get("generations")
    if not (isinstance(generations, list) and generations and "id" in value):
        return False
    return all(isinstance(one, dict) and isinstance(one.get("text"), str) for one in generations)


def _is_mistral(value: dict[str, Any]) -> bool:
    if value.get("object") == "conversation.response":
        return True
    return word_of(value, "type").startswith(("conversation.response.", "message.output.", "function.call."))


def _is_cloudflare(value: dict[str, Any]) -> bool:
    # Without p as well: the older records have the text alone, and [DONE] as their end.
    text = value.get("response", "")
    calls = text is None and isinstance(value.get("tool_calls"), list)
    return (calls or ("response" in value and isinstance(text, str))) and value.keys() <= _CLOUDFLARE


def _is_gemini(value: dict[str, Any]) -> bool:
    if signs.is_adk(value):  # whose events have some of the members
        return False
    if is_live(value):
        return True
    wrapped = value.get("response")
    return not _GEMINI.isdisjoint(value) or (isinstance(wrapped, dict) and not _GEMINI.isdisjoint(wrapped))


def _is_bedrock(value: dict[str, Any]) -> bool:
    return (
        not _BEDROCK.isdisjoint(value)
        or ("generation_token_count" in value and isinstance(value.get("generation"), str))
        or is_converse(value)
        or (isinstance(value.get("chunk"), dict) and "bytes" in value["chunk"])
        or (isinstance(value.get("trace"), dict) and "sessionId" in value["trace"])
        or (len(value) == 1 and isinstance(value.get("output"), dict) and value["output"].keys() == {"text"})
        or is_bedrock_payload(value)
        or (len(value) == 1 and next(iter(value)).endswith("Exception"))
    )


def is_converse(value: dict[str, Any]) -> bool:
    """Return whether an object is the whole answer of Bedrock's Converse."""
    output = value.get("output")
    return "stopReason" in value and isinstance(output, dict) and isinstance(output.get("message"), dict)


def is_bedrock_payload(value: dict[str, Any]) -> bool:
    """Return whether an object is the payload of one of Bedrock's chunks: an object in base64, and padding."""
    data = value.get("bytes")
    return isinstance(data, str) and data.startswith("ey") and value.keys() <= _PAYLOAD


def _is_dashscope(value: dict[str, Any]) -> bool:
    output = value.get("output")
    return "request_id" in value and isinstance(output, dict) and "finish_reason" in output and "text" in output


def _responds(value: dict[str, Any]) -> bool:
    kind = word_of(value, "type")
    return (
        (kind.startswith(_RESPONSES) and not kind.startswith(_GIGACHAT) and _OTHERS.isdisjoint(value))
        or is_whole_response(value)
        or (kind == "error" and "sequence_number" in value)
    )


DIALECTS: Final[dict[str, DialectEntry]] = {
    "responses": DialectEntry(
        "responses",
        "Responses",
        _responds,
        "type begins with response., or is that of a session, or object is response",
    ),
    "anthropic": DialectEntry("anthropic", "Anthropic", _is_anthropic, "type is that of a Messages event"),
    "gemini": DialectEntry(
        "gemini", "Gemini", _is_gemini, "it has candidates, promptFeedback, usageMetadata or serverContent"
    ),
    "ollama": DialectEntry(
        "ollama",
        "Ollama",
        lambda value: (
            ("done" in value and ("message" in value or not isinstance(value.get("response", {}), dict)))
            or (
                "created_at" in value and "model" in value and isinstance(value.get("response"), str)
            )  # where done is left out
        ),
        "it has done and a message or a response that is no object",
    ),
    "cohere": DialectEntry(
        "cohere", "Cohere", _is_cohere, "type is that of a Cohere v2 event, or it is a whole answer"
    ),
    "cohere-v1": DialectEntry(
        "cohere_v1",
        "CohereV1",
        _is_cohere_v1,
        "it has is_finished with an event_type or a text, or is a whole answer",
    ),
    "mistral-conversations": DialectEntry(
        "mistral_conversations", "MistralConversations", _is_mistral, "type is that of an event of a conversation"
    ),
    "bedrock": DialectEntry("bedrock", "Bedrock", _is_bedrock, "its one member is named like an event of Bedrock's"),
    "llama-cpp": DialectEntry(
        "generation",
        "LlamaCpp",
        lambda value: (
            isinstance(value.get("content"), str)
            and isinstance(value.get("stop"), bool)
            and not _LLAMA.isdisjoint(value)
        ),
        "it has content, and stop is true or false",
    ),
    "tgi": DialectEntry(
        "generation",
        "TextGeneration",
        lambda value: (
            isinstance(value.get("generated_text"), str)
            or (isinstance(value.get("token"), dict) and "text" in value["token"])
        ),
        "it has a token or a generated_text",
    ),
    "cloudflare": DialectEntry("generation", "Cloudflare", _is_cloudflare, "it has a response without done"),
    "dashscope": DialectEntry("dashscope", "DashScope", _is_dashscope, "its output has a text and a finish_reason"),
    **{
        name: DialectEntry("pieces", kind, matches, reason)
        for name, kind, matches, reason in (
            ("ernie", "Ernie", piece_signs.is_ernie, "it has a result, and is_end or need_clear_history"),
            ("hunyuan", "Hunyuan", piece_signs.is_hunyuan, "it has Choices with a Delta or a Message"),
            ("spark", "Spark", piece_signs.is_spark, "its header has a code and a sid"),
            ("snowflake", "Snowflake", piece_signs.is_snowflake, "its delta has a content_list"),
            ("minimax", "MiniMax", piece_signs.is_minimax, "it has a reply, and its choice has messages or a text"),
            (
                "aleph-alpha",
                "AlephAlpha",
                piece_signs.is_aleph_alpha,
                "it has a completion or a summary of a stream",
            ),
            ("mistral-text", "MistralText", piece_signs.is_mistral_text, "its output has a text and a stop_reason"),
            ("sglang", "SgLang", piece_signs.is_sglang, "it has a text, and a meta_info"),
            ("oci", "Oci", piece_signs.is_oci, "it has an apiFormat, or the message of an ASSISTANT"),
            (
                "gigachat",
                "GigaChat",
                piece_signs.is_gigachat,
                "it has created_at, and messages whose parts have no type",
            ),
            ("koboldcpp", "KoboldCpp", piece_signs.is_koboldcpp, "it has a token or results, and a finish_reason"),
        )
    },
    **{
        name: DialectEntry(f"agents.{module}", kind, matches, reason)
        for name, module, kind, matches, reason in (
            ("claude-code", "claude_code", "ClaudeCode", signs.is_claude_code, "it is a record of a session"),
            ("codex", "codex", "Codex", signs.is_codex, "type is thread.started, or begins with turn. or item."),
            (
                "codex-session",
                "codex_session",
                "CodexSession",
                signs.is_codex_session,
                "it is a line of a session file",
            ),
            ("codex-server", "codex", "CodexServer", signs.is_codex_server, "it is a line of JSON-RPC"),
            ("acp", "acp", "Acp", signs.is_acp, "it is a line of JSON-RPC, of the Agent Client Protocol"),
            ("gemini-cli", "gemini_cli", "GeminiCli", signs.is_gemini_cli, "it has a type and a timestamp"),
            ("opencode", "opencode", "OpenCode", signs.is_opencode, "it has a sessionID"),
            ("agents-api", "agents_api", "AgentsApi", signs.is_agents_api, "type begins with agent.session."),
            (
                "managed-agents",
                "managed_agents",
                "ManagedAgents",
                signs.is_managed_agents,
                "type is that of an event of a session, which was processed",
            ),
            ("copilot", "copilot", "Copilot", signs.is_copilot, "type has a point, and there are data"),
            ("pi", "pi", "Pi", signs.is_pi, "it is a line of a session, or an event of its run"),
            ("assistants", "assistants", "Assistants", signs.is_assistants, "object begins with thread."),
            ("adk", "adk", "Adk", signs.is_adk, "it has an author and an invocation"),
            ("dify", "dify", "Dify", signs.is_dify, "it names its event and its task"),
            (
                "letta",
                "letta",
                "Letta",
                signs.is_letta,
                "it has a message_type or an agent_id, or a member of older servers",
            ),
            ("llm", "llm_logs", "LlmLogs", signs.is_llm, "it has a prompt and a response"),
            ("ai-sdk", "ai_sdk", "AiSdk", signs.is_ai_sdk, "type is that of an AI SDK UI message stream"),
            ("ai-sdk-data", "ai_sdk", "AiSdkData", signs.is_ai_sdk_data, "a line has a code before its JSON"),
            ("assistant-ui", "assistant_ui", "AssistantUi", signs.is_assistant_ui, "it has the path of its part"),
            ("ag-ui", "ag_ui", "AgUi", signs.is_ag_ui, "type is in capitals, as AG-UI's events have it"),
            ("langchain", "langchain", "LangChain", signs.is_langchain, "it is a message or an event of LangChain"),
            ("strands", "strands", "Strands", signs.is_strands, "Bedrock's event is under event"),
            ("openai-agents", "openai_agents", "OpenAiAgents", signs.is_openai_agents, "it is an event of a run"),
            ("mastra", "mastra", "Mastra", signs.is_mastra, "it has a runId, and whom it is from"),
            ("chatkit", "chatkit", "ChatKit", signs.is_chatkit, "it is an event of a thread with its item"),
            (
                "gemini-interactions",
                "gemini_interactions",
                "GeminiInteractions",
                signs.is_gemini_interactions,
                "event_type is that of an interaction",
            ),
        )
    },
}


def dialect_of(value: Any) -> str | None:
    """The name of the dialect that a record shows; CHAT for a chunk, None for what could be of any."""
    if isinstance(value, list):
        return "langchain" if signs.are_langchain(value) else None
    if not isinstance(value, dict) or not value:
        return None
    if "choices" in value:
        return like_chat(value) or (None if piece_signs.is_runpod(value) else CHAT)
    for name, row in DIALECTS.items():
        if row.matches(value):
            # A record of a log may have members that happen to look like those of a dialect.
            return None if any(_holds_chunk(member) for member in value.values()) else name
    return None


_TYPES: Final[tuple[str, ...]] = ("event_type", "event", "type", "message_type")
"""The members that have the type of an event in some dialect."""
_LETTA_TYPE: Final = re.compile(r"\w+_message|stop_reason|usage_statistics")
"""The names that are types of Letta's messages: with any other its records are recognised, too."""
COMMON: Final = frozenset(
    {"start", "finish", "abort", "keep_alive", "agent_start", "turn_start", "stream-start", "system", "human", "tool"}
    | {"stop_reason", "usage_statistics"}
)
"""Names of any program's events: with them alone no dialect is recognised."""
_LANGCHAIN: Final = re.compile(r"on_(?:chat_model|llm|chain|tool|retriever|prompt|parser)_\w+")
"""The names of LangChain's events; its records may have any members."""


def with_name(value: Any, event: bytes, dialect: str | None) -> Any:
    """Return a record with the name of its server-sent event as its type, where only that shows what it is (R12).

    ``dialect`` is that of the stream; None if it is not known yet. The framing gives the commonest as ``type``.
    """
    if event.startswith((b"data", b"custom")) and _names_langchain(event, value, dialect):
        return {"event": event.partition(b"|")[0].decode(), "data": value}
    if dialect == "langchain" and b"|tools:" in event:  # of a sub-agent
        return {"event": event.decode(errors="replace"), "data": value}
    if type(value) is not dict or "choices" in value or event == b"data" or _is_of(value, dialect):
        return value
    name = event.decode(errors="replace")
    if dialect is None and (name in COMMON or (name.startswith("on_") and not _LANGCHAIN.fullmatch(name))):
        return value
    rest = {member: one for member, one in value.items() if member != "type" or one != name}
    for member in _TYPES:
        named = rest if member in rest else {member: name, **rest}
        if named is not rest and _is_of(named, dialect) and (member != _TYPES[-1] or _LETTA_TYPE.fullmatch(name)):
            return named
    return value


def _names_langchain(event: bytes, value: Any, dialect: str | None) -> bool:
    """Return whether the name shows what a record is: what an application of LangGraph sends, or one of LangServe."""
    if event != b"data":
        return dialect == "langchain" and event.partition(b"|")[0] == b"custom"
    if type(value) is not dict or not ("event" in value or "ops" in value):
        return False
    return dialect == "langchain" or signs.is_langchain(value)


def is_event(value: Any) -> bool:
    """Return whether a record has a type, and with it is one of some dialect."""
    return isinstance(value, dict) and "type" in value and dialect_of(value) is not None


def _is_of(value: dict[str, Any], dialect: str | None) -> bool:
    return dialect_of(value) is not None if dialect is None else DIALECTS[dialect].matches(value)


def like_chat(value: dict[str, Any]) -> str | None:
    """The name of the dialect of a record with choices, if it is no chunk."""
    if piece_signs.is_snowflake(value):
        return "snowflake"
    if piece_signs.counts_tokens(value):
        return "tgi"
    if piece_signs.is_oci(value):
        return "oci"
    return "minimax" if piece_signs.is_minimax(value) else None


def _holds_chunk(member: Any) -> bool:
    return type(member) is dict and isinstance(member.get("choices"), list)


_CERTAIN: Final = frozenset(
    {"anthropic", "responses", "gemini", "cohere", "mistral-conversations", "bedrock", "ollama"}
    | {"ag-ui", "ai-sdk", "strands", "claude-code", "codex", "codex-session", "codex-server", "acp", "gemini-cli"}
    | {"opencode", "copilot", "pi", "assistants", "adk", "dify", "letta", "llm", "openai-agents"}
    | {"gemini-interactions", "managed-agents", "assistant-ui", "agents-api", "chatkit", "mastra"}
)
"""The dialects whose records have members, or words, that are in no other program's data."""


def is_certain(value: dict[str, Any]) -> bool:
    """Return whether an object is a record of a dialect, also among objects with any members."""
    choices = value.get("choices")
    if isinstance(choices, list):
        return any(isinstance(one, dict) and ("delta" in one or "message" in one) for one in choices)
    return dialect_of(value) in _CERTAIN


_OF_SEVERAL_MEMBERS: Final = frozenset(
    {"llama-cpp", "oci", "cohere-v1", "ernie", "dashscope", "aleph-alpha", "sglang", "mistral-text", "koboldcpp"}
)
"""The dialects whose records have several members that no state of a graph has together."""


def _may_be_state(value: dict[str, Any]) -> bool:
    """Return whether a record may be the state of a graph, which has any members."""
    name = dialect_of(value)
    if name is None:  # as of nearly all states
        return True
    if name == "tgi":  # the text of a whole answer may be its only member
        return "special" not in dict_of(value, "token")
    if name == "cloudflare":
        return "p" not in value
    return not (is_certain(value) or name in _OF_SEVERAL_MEMBERS)


_ALSO_OF: Final[dict[str, Callable[[dict[str, Any]], bool]]] = {
    # Its streams hold states with any members; but not every run has an end, and another stream may follow it.
    "langchain": _may_be_state,
    # For some versions it sent each event under two methods, the older one as session files have it: those repeat
    # what the newer ones show (R15).
    "codex-server": lambda value: "method" in value and not signs.is_acp(value),
    "codex": lambda value: value.get("type") == "error",
    # Those of Claude Code are the same.
    "letta": lambda value: value.get("type") == "error" or str(value.get("type")).startswith("control_"),
    # Answers may have any members.
    "acp": lambda value: "jsonrpc" in value,
    # Each piece comes again as its callbacks have it, and so does the beginning of a run: {"start": true}.
    "strands": lambda value: (
        ("delta" in value and value.keys().isdisjoint(_TYPES)) or (len(value) == 1 and value.get("start") is True)
    ),
}
"""The records that a dialect's stream may hold, beyond those by which the dialect is recognised."""


def other_dialect(value: dict[str, Any], name: str) -> str | None:
    """The dialect that a record shows by which dialect ``name`` is not recognised; None where it may be one of that."""
    may_hold = _ALSO_OF.get(name)
    return None if may_hold is not None and may_hold(value) else dialect_of(value)


AGENTS: Final[frozenset[str | None]] = frozenset(
    name for name, row in DIALECTS.items() if row.module.startswith("agents.")
)
"""The dialects of agents, whose streams are runs."""
ENDLESS: Final = frozenset({"langchain", "adk", "opencode", "llm", "strands", "openai-agents", "chatkit"})
"""The dialects of agents whose runs have no record that is always their last."""
EXECUTED: Final = b'"executed_tools"'
"""What is in each chunk of Chat Completions with tools that the server has run: those of Groq's compound systems."""
APART: Final = frozenset({"responses", "anthropic", "cohere", "bedrock"})
"""The dialects of providers whose responses are independent of each other; Gemini's and Ollama's calls without an id
are numbered through the source."""
RETRYING: Final = frozenset(
    {"codex", "codex-session", "codex-server", "acp", "letta", "gemini-cli", "opencode", "pi", "managed-agents"}
    | {"assistant-ui"}
)
"""The dialects that have records of errors after which the run goes on."""


def load(name: str) -> Dialect:
    """A reader of the dialect with this name. Raises KeyError where there is none."""
    row = DIALECTS[name]
    module = import_module(f"unspool.dialects.{row.module}")
    return cast(Dialect, getattr(module, row.name)())
