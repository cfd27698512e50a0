"""Recognition of each agent's dialect by its first records; each sign holds for one dialect alone.

Each function takes an object that is no chunk, and looks at the members of that record alone.
"""

from typing import Any

from unspool.dialects.members import dict_of, dicts_of, word_of

Value = dict[str, Any]

_CONTROL, _TRANSCRIPT = frozenset({"request_id", "response"}), frozenset({"leafUuid", "messageId", "sessionId"})
_AROUND = {
    **dict.fromkeys(("control_request", "control_response", "control_cancel_request"), _CONTROL),
    **dict.fromkeys(
        ("summary", "file-history-snapshot", "progress", "mode", "tag", "attachment", "relocated"), _TRANSCRIPT
    ),
    "rate_limit_event": frozenset({"rate_limit_info"}),
}
"""Members of Claude Code's records that may come before its messages, by their type."""
_TYPED = {
    **dict.fromkeys(("system", "result"), frozenset({"subtype", "session_id"})),
    "message": frozenset({"role", "text", "session_id"}),
    "completion": frozenset({"finalText", "session_id"}),
    **dict.fromkeys(("tool_call", "tool_result", "thinking"), frozenset({"session_id"})),
}
"""All members by which other records are known, by their type; the last ones are those of droid and Cursor."""
_IDENTIFIED = frozenset({"type", "session_id", "uuid"})
"""Members of each of Claude Code's records: types that come with later versions are its own, too."""
_AI_SDK = frozenset(
    {"start", "start-step", "finish-step", "finish", "abort", "text-start", "text-delta", "text-end", "reasoning-start"}
    | {"reasoning-delta", "reasoning-end", "tool-input-start", "tool-input-delta", "tool-input-available", "tool-call"}
    | {"tool-input-error", "tool-output-available", "tool-output-error", "tool-output-denied", "tool-error"}
    | {"tool-approval-request", "source-url", "message-metadata"}
    | {"stream-start", "response-metadata", "step-start", "step-finish", "tool-call-streaming-start"}
)
_LIKE_AI_SDK = frozenset({"payload", "textResponse", "sessionID", "path"})
"""Members of Mastra's, AnythingLLM's, opencode's and assistant-ui's records, which have the same types."""
_ASSISTANT_UI = frozenset(
    {"part-finish", "text-delta", "result", "step-start", "step-finish", "message-finish", "tool-call-args-text-finish"}
)
_STEPS = {"step-start": "messageId", "step-finish": "finishReason"}
_OF_AI_SDK = frozenset({"request", "response", "warnings", "logprobs", "providerMetadata"})
"""Members that the AI SDK has in addition, where a step of its older versions begins or ends."""
_ROLLOUT = frozenset({"session_meta", "response_item", "event_msg", "turn_context", "compacted"})
_HEADERS = (
    frozenset({"id", "timestamp", "instructions"}),
    frozenset({"record_type"}),
    frozenset({"workdir", "model", "provider"}),
)
"""Members of lines without a type: the first of Codex's older session files and runs, and a mark in the former."""
_ANSWER = frozenset({"jsonrpc", "id", "result"})
_ACP = ("session/", "fs/read_text_file", "fs/write_text_file", "terminal/")
_ACP_ANSWER = frozenset({"sessionId", "stopReason", "agentCapabilities", "outcome", "terminalId"})
_MCP = ("notifications/", "tools/", "resources/", "prompts/", "sampling/", "roots/")
_LETTA = frozenset(
    {"auto_approval", "approval_requested", "approval_received", "tool_execution_started", "tool_execution_finished"}
    | {"queue_item_enqueued", "queue_batch_dequeued", "queue_blocked", "queue_cleared", "queue_item_dropped"}
    | {"retry", "recovery", "cancel_ack"}
)
"""Types of Letta Code's records without a message."""
UNTYPED = ("internal_monologue", "assistant_message", "function_call", "function_return")
"""Members of Letta's records before version 0.5, which have no type."""
_CHAINED = frozenset({"AIMessageChunk", "ai", "human", "tool", "HumanMessageChunk", "ToolMessageChunk", "system"})
_AG_UI = (
    *(
        "RUN_STARTED",
        "RUN_FINISHED",
        "RUN_ERROR",
        "STEP_",
        "TEXT_MESSAGE_",
        "THINKING_",
        "REASONING_",
        "TOOL_CALL_",
        "STATE_",
        "MESSAGES_",
        "ACTIVITY_",
    ),
    *("SUBAGENT_", "RAW_", "META_"),
)
_HAPPENS = tuple(
    f"on_{of}_" for of in ("chat_model", "llm", "chain", "tool", "retriever", "prompt", "parser", "custom")
)
"""Beginnings of the names of its events; LibreChat has others."""
_MODES = frozenset(
    {"messages", "messages/partial", "messages/complete", "messages/metadata", "values", "updates", "custom"}
    | {"debug", "tasks", "checkpoints", "events"}
)
_STATES = frozenset({"custom", "updates", "values", "debug", "tasks", "checkpoints"})
"""Modes whose data need not hold a message."""
_TASK = frozenset({"id", "name", "error", "result", "interrupts"})
"""Members of the end of a task, which a graph has for each node."""
_KEPT, _ATTEMPT = frozenset({"type", "data"}), frozenset({"run_id", "attempt"})
"""Members of a message in a kept history, and of the record that begins a run."""
PART, NAMED = frozenset({"type", "ns", "data"}), frozenset({"event", "data", "id"})
"""Members of a part of a stream in LangGraph's second version, and of an event with its name."""
_ANSWERS = frozenset({"answer", "output"})
_BEDROCK = frozenset({"messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop"})
"""Names of Bedrock's events."""
_BLOCKS = frozenset({"text", "toolUse", "toolResult", "reasoningContent"})
"""Names of Bedrock's blocks."""
_DELTAS = frozenset({"text", "toolUse", "reasoningContent"})
"""Members of a delta of Bedrock's."""
_STRANDS = frozenset({"init_event_loop", "start_event_loop", "current_tool_use", "reasoningText", "force_stop"})

_MASTRA = frozenset({"AGENT", "USER", "SYSTEM", "WORKFLOW", "NETWORK"})
"""Whom a chunk of Mastra's is from."""
_CHATKIT = {
    **dict.fromkeys(("thread.created", "thread.updated"), "thread"),
    **dict.fromkeys(("thread.item.added", "thread.item.done", "thread.item.replaced"), "item"),
    **dict.fromkeys(("thread.item.updated", "thread.item.removed"), "item_id"),
    "stream_options": "stream_options",
    "progress_update": "text",
    "error": "allow_retry",
}
"""A member of ChatKit's events, by their type."""
_AGENTS = frozenset(
    {"raw_response_event", "raw_model_stream_event", "run_item_stream_event", "agent_updated_stream_event"}
)
_COPILOT = ("assistant.", "session.", "user.message", "tool.execution_", "hook.", "system.message", "model.")
_PI = {
    "session": frozenset({"cwd"}),
    "session_start": frozenset({"title", "sessionTitle", "session"}),
    "response": frozenset({"command"}),
    "message_update": frozenset({"assistantMessageEvent"}),
    "turn_end": frozenset({"toolResults"}),
    "agent_end": frozenset({"messages"}),
    "model_change": frozenset({"modelId"}),
    "thinking_level_change": frozenset({"thinkingLevel"}),
}
"""Members of pi's records, by their type; the session of droid's begins with a session_start."""
_PI_LINE = frozenset({"type", "id", "parentId", "timestamp"})
"""Members of each line of pi's sessions but the first, whatever its type is."""
_INVOKED = frozenset({"invocationId", "invocation_id"})
_HAPPENED = frozenset({"content", "actions", "partial", "errorCode", "error_code"})
_RUN = frozenset({"task_id", "workflow_run_id", "conversation_id"})
_DIFY = (
    "agent_thought",
    "agent_log",
    "message_end",
    "message_replace",
    "message_file",
    "workflow_",
    "node_",
    "text_chunk",
    "tts_message",
    "error",
    "iteration_",
)


def is_claude_code(value: Value) -> bool:
    """A record of a run, a line of a session file, or one of Cursor's transcripts."""
    if "message_type" in value or "agent_id" in value:
        return False
    kind = word_of(value, "type")
    return _is_of_run(kind, value) or _is_of_session(kind, value) if kind else is_cursor(value)


def _is_of_run(kind: str, value: Value) -> bool:
    """A system, stream_event, assistant, user or result record, or one of those around them."""
    if kind in ("assistant", "user"):
        return isinstance(value.get("message"), dict)
    if kind == "stream_event":
        event = value.get("event")
        return isinstance(event, dict) and "message_type" not in event
    if kind in _TYPED:
        return value.keys() >= _TYPED[kind]
    if kind in _AROUND:
        return not _AROUND[kind].isdisjoint(value)
    return kind == "keep_alive" or (value.keys() >= _IDENTIFIED and kind != "error" and kind not in _LETTA)


def _is_of_session(kind: str, value: Value) -> bool:
    """A line that is one of a chain, or whose type has a hyphen: each version has other kinds, also as the first."""
    return "sessionId" in value and ("parentUuid" in value or ("-" in kind and not _is_ai_sdk_type(kind)))


def is_cursor(value: Value) -> bool:
    """A line of Cursor's transcripts: a role in place of the type, and a message."""
    content = dict_of(value, "message").get("content")
    return value.get("role") in ("assistant", "user") and isinstance(content, (list, str))


_CODEX = ("thread.started", "turn.started", "turn.completed", "turn.failed", "item.")


def is_codex(value: Value) -> bool:
    """thread.started, types that begin with item., and those of turns: ChatKit and Kimi Code have others."""
    return word_of(value, "type").startswith(_CODEX) and "object" not in value


def is_codex_session(value: Value) -> bool:
    """A typed line with a payload, an event under msg, or an item of Responses that is alone."""
    kind = word_of(value, "type")
    if isinstance(value.get("payload"), dict):
        return kind in _ROLLOUT
    message = value.get("msg") if "method" not in value else dict_of(value, "params").get("msg")
    if isinstance(message, dict):
        return isinstance(message.get("type"), str) and ("id" in value or "method" in value)
    if kind == "message":
        parts = value.get("content")
        first = parts[0] if isinstance(parts, list) and parts else None
        return isinstance(first, dict) and first.get("type") in ("input_text", "output_text")
    if kind in ("function_call", "function_call_output"):
        return "call_id" in value
    return any(members <= value.keys() for members in _HEADERS)


_A2A = frozenset({"kind", "task", "statusUpdate", "artifactUpdate"})
"""Members of the results of A2A, which has JSON-RPC too and is not read: up to version 0.3, and of version 1."""


def is_codex_server(value: Value) -> bool:
    """JSON-RPC: a method with its params, or the answer to a request; of no other protocol."""
    if is_acp(value) or is_mcp(value) or is_protocol(value):
        return False
    if isinstance(value.get("method"), str):
        # Kimi Code has one method for all events.
        return value["method"] != "event" and not is_codex_session(value) and isinstance(value.get("params"), dict)
    result = value.get("result")
    return "id" in value and isinstance(result, dict) and _A2A.isdisjoint(result) and value.keys() <= _ANSWER


def is_acp(value: Value) -> bool:
    """JSON-RPC: a session's method, or the answer to one; the version of the protocol is a number."""
    if value.get("jsonrpc") != "2.0":
        return False
    method = value.get("method")
    if isinstance(method, str):
        return method.startswith(_ACP) or (method == "initialize" and _numbers_its_version(value.get("params")))
    result = dict_of(value, "result")
    answers = "id" in value and value.keys() <= _ANSWER
    known = not _ACP_ANSWER.isdisjoint(result) or _numbers_its_version(result)
    return answers and known and "content" not in result  # that of a model, for a server of tools


def _numbers_its_version(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("protocolVersion"), int)


def is_mcp(value: Value) -> bool:
    """A message of the Model Context Protocol; an answer of a model for its servers (sampling) has a role."""
    if word_of(value, "method").startswith(_MCP):
        return True
    result = value.get("result")
    if not isinstance(result, dict):
        return False
    sampled = isinstance(result.get("content"), dict) and "role" in result
    return sampled or isinstance(result.get("content"), list) or "serverInfo" in result


_GEMINI_LINE = frozenset({"id", "timestamp", "content"})


def is_gemini_cli(value: Value) -> bool:
    """A record with a type and a time, the one answer with its stats, or a line of a session file."""
    kind = word_of(value, "type")
    if kind in ("gemini", "user"):
        parts = dicts_of(value, "content")
        has_parts = bool(parts) and all("type" not in part for part in parts)
        return value.keys() >= _GEMINI_LINE and (kind == "gemini" or has_parts)
    if kind in ("init", "message", "tool_use", "tool_result", "result", "error"):
        named = {"init": "session_id", "message": "role", "tool_use": "tool_name", "tool_result": "tool_id"}
        if "text" in value:  # Factory's droid, with the same types
            return False
        return "timestamp" in value and named.get(kind, "status" if kind == "result" else "severity") in value
    failed = "session_id" in value and isinstance(value.get("error"), dict) and not kind
    begins = "projectHash" in value and "sessionId" in value
    begins = begins or value.keys() in ({"$set"}, {"$rewindTo"})
    return failed or begins or ("response" in value and isinstance(value.get("stats"), dict))


def is_opencode(value: Value) -> bool:
    """A record with a sessionID and a part or error."""
    return bool(word_of(value, "type")) and "sessionID" in value and ("part" in value or "error" in value)


def is_copilot(value: Value) -> bool:
    """A type with a point, and data that are no event; or the last record."""
    kind, data = word_of(value, "type"), value.get("data")
    if kind == "result":
        return "exitCode" in value and "sessionId" in value
    return kind.startswith(_COPILOT) and isinstance(data, dict) and "type" not in data


def is_agents_api(value: Value) -> bool:
    """An event of a session of OpenAI's Agents API."""
    return word_of(value, "type").startswith(("agent.session.", "agent.output.")) and "processed_at" not in value


def is_managed_agents(value: Value) -> bool:
    """An event with the time when it was processed, or a piece of the preview of one."""
    kind = word_of(value, "type")
    if kind in ("event_start", "event_delta"):
        return word_of(dict_of(value, "event"), "type").startswith("agent.") or "event_id" in value
    return "processed_at" in value and kind.startswith(("agent.", "session.", "span.", "user.", "system."))


def is_pi(value: Value) -> bool:
    """The first line of a session, an event of its run, or a line with a message."""
    kind = word_of(value, "type")
    if kind in ("agent_start", "turn_start"):
        return len(value) == 1
    if kind == "message":
        message = dict_of(value, "message")
        return "timestamp" in value and "role" in message and "type" not in message
    if kind in ("message_start", "message_end"):
        return "timestamp" in dict_of(value, "message")
    if kind.startswith("tool_execution_"):
        return "toolCallId" in value
    if value.keys() >= _PI_LINE and "data" not in value:  # else one of Copilot's, or of the user's own
        return True
    return bool(kind) and not _PI.get(kind, frozenset({""})).isdisjoint(value)


def is_assistants(value: Value) -> bool:
    """An object of a thread, or its event as OpenAI's clients have it."""
    if word_of(value, "event").startswith("thread."):
        value = dict_of(value, "data")
    return word_of(value, "object").startswith("thread")


def is_adk(value: Value) -> bool:
    """An author, the id of an invocation, and what happened."""
    return "author" in value and not (_INVOKED.isdisjoint(value) or _HAPPENED.isdisjoint(value))


def is_dify(value: Value) -> bool:
    """The name of an event, and what it belongs to."""
    kind = value.get("event")
    if not isinstance(kind, str) or _RUN.isdisjoint(value) or "type" in value:
        return False
    if kind in ("message", "agent_message"):
        return "answer" in value or ("message_id" in value and "content" in dict_of(value, "data"))
    return kind.startswith(_DIFY)


def is_letta(value: Value) -> bool:
    """A message_type, also within a stream_event or a whole answer, or a record with an agent_id."""
    event = value.get("event")
    if isinstance(event, dict) and isinstance(event.get("message_type"), str):
        return value.get("type") == "stream_event"  # any log may have an event
    if isinstance(value.get("message_type"), str):
        return "task_uuid" not in value  # as the lines of eliot, a logger, have
    messages = value.get("messages")
    if isinstance(messages, list) and messages and isinstance(messages[0], dict) and "message_type" in messages[0]:
        return True
    if "date" in value and str(value.get("id")).startswith("message-") and any(name in value for name in UNTYPED):
        return True
    kind = word_of(value, "type")
    return kind in _LETTA or (kind in ("system", "result") and "agent_id" in value)


def is_llm(value: Value) -> bool:
    """A response with its prompt."""
    return "response" in value and "prompt" in value and "conversation_id" in value


def is_ai_sdk(value: Value) -> bool:
    """Types with hyphens: start-step, text-delta, data-…; or a whole message."""
    kind = word_of(value, "type")
    if not _LIKE_AI_SDK.isdisjoint(value) or is_assistant_ui(value):
        return False
    if not kind:
        return _is_ui_message(value)
    return _is_ai_sdk_type(kind) or (kind == "error" and "errorText" in value)


def _is_ai_sdk_type(kind: str) -> bool:
    return kind in _AI_SDK or kind.startswith("data-")


def _is_ui_message(value: Value) -> bool:
    """A whole message: its parts have types, which Gemini's have not."""
    parts = value.get("parts")
    if "id" not in value or "role" not in value or not isinstance(parts, list):
        return False
    if not parts:  # one that has just begun
        return value["role"] == "assistant" and value.keys() <= {"id", "role", "parts", "metadata"}
    return all(isinstance(part, dict) and bool(word_of(part, "type")) for part in parts)


def is_assistant_ui(value: Value) -> bool:
    """A part that begins, a piece at the path of one, operations on a state, or the beginning or end of a step."""
    kind = word_of(value, "type")
    if kind == "part-start":
        return bool(word_of(dict_of(value, "part"), "type"))
    if kind == "update-state":
        return isinstance(value.get("operations"), list)
    if _STEPS.get(kind) in value and _OF_AI_SDK.isdisjoint(value):
        return True
    return kind in _ASSISTANT_UI and isinstance(value.get("path"), list)


def is_ai_sdk_data(value: Value) -> bool:
    """Return whether a record is the framing's form of a line with a code."""
    return value.keys() == {"code", "value"} and isinstance(value["code"], str)


def is_ag_ui(value: Value) -> bool:
    """Types in capitals that begin with what they are about."""
    return word_of(value, "type").startswith(_AG_UI)


def is_langchain(value: Value) -> bool:
    """A message with its type and content, one of its events, a task, a patch of its log, or a run's id alone."""
    event = value.get("event")
    happens = isinstance(event, str) and "data" in value and (event.startswith(_HAPPENS) or is_named(value))
    if happens or ("params" in value and is_protocol(value)):
        return True
    names = value.keys()
    kind = word_of(value, "type") if "subtype" not in value else ""  # Roo Code's records have one
    if kind in _CHAINED and ("content" in value or names == _KEPT):
        return kind != "system" or len(value) > 2  # Grok's sessions begin with one of a type and a content alone
    if value.get("lc") == 1 and isinstance(value.get("kwargs"), dict):
        return True
    if ("run_id" in value and names <= _ATTEMPT) or names == PART or names >= _TASK:
        return True
    operations = value.get("ops")
    if isinstance(operations, list) and operations and isinstance(operations[0], dict) and "op" in operations[0]:
        return True
    histories = [value, *(one for one in value.values() if isinstance(one, dict))]
    return is_invoked(value) or any(_is_history(one.get("messages")) for one in histories)


def is_protocol(value: Value) -> bool:
    """An event of LangGraph's third protocol, with a method and a namespace."""
    return value.get("type") == "event" and "method" in value and "namespace" in dict_of(value, "params")


def is_named(value: Value) -> bool:
    """An event of LangGraph or LangServe, with its name, which may be followed by a namespace."""
    if "event" not in value or "data" not in value or not value.keys() <= NAMED:
        return False
    name, data = str(value["event"]).partition("|")[0], value["data"]
    if name == "metadata":
        return isinstance(data, dict) and "run_id" in data
    if name in ("end", "error"):
        return data is None or (isinstance(data, dict) and {"error", "message"} <= data.keys())
    if name == "data":
        return isinstance(data, dict) and is_langchain(data)
    if name not in _MODES or not isinstance(data, (dict, list)):
        return False
    kind = word_of(data, "type") if isinstance(data, dict) and not (name == "debug" and "payload" in data) else ""
    return not kind or kind in _CHAINED  # else an event of another program


def is_invoked(value: Value) -> bool:
    """The answer of LangServe to one request: the output of a chain, which is or holds a text, and its run's id."""
    if value.keys() - {"callback_events"} != {"output", "metadata"} or "run_id" not in dict_of(value, "metadata"):
        return False
    return isinstance(value["output"], str) or not _ANSWERS.isdisjoint(dict_of(value, "output"))


def _is_history(messages: Any) -> bool:
    first = messages[0] if isinstance(messages, list) and messages else None
    if not isinstance(first, dict):
        return False
    return first.get("lc") == 1 or (word_of(first, "type") in _CHAINED and ("content" in first or "data" in first))


def are_langchain(values: list[Any]) -> bool:
    """A tuple of a message and its metadata, or messages so far; a mode, a namespace or both may be before it.

    With a mode, or a namespace with the id of a task, what follows may be any state.
    """
    first = values[0] if values else None
    marked = len(values) in (2, 3) and isinstance(first, list) and not any(isinstance(one, dict) for one in first)
    if marked or isinstance(first, str):
        mode = values[-2] if len(values) > 1 else None
        first = values[-1]
        if isinstance(first, dict) and "choices" not in first and _is_mark_of_state(mode):
            return True
    if isinstance(first, list):
        return are_langchain(first)
    return isinstance(first, dict) and is_langchain(first)


def _is_mark_of_state(mark: Any) -> bool:
    """Return whether a mark is a mode whose data may be any, or a namespace: names of nodes with the ids of tasks."""
    if isinstance(mark, list):
        return bool(mark) and all(isinstance(one, str) and ":" in one for one in mark)
    return isinstance(mark, str) and mark in _STATES


def is_strands(value: Value) -> bool:
    """An event of Bedrock's under event, a member that only Strands has, or an event of several agents."""
    event = value.get("event")
    if isinstance(event, dict) and len(value) == 1:
        return not _BEDROCK.isdisjoint(event)
    if not _STRANDS.isdisjoint(value) or word_of(value, "type").startswith("multiagent_"):
        return True
    if "data" in value and "delta" in value:  # a piece as callbacks have it
        return not _DELTAS.isdisjoint(dict_of(value, "delta"))
    return len(value) == 1 and _is_of_bedrock(dict_of(value, "message"))


def _is_of_bedrock(message: Value) -> bool:
    """A message whose blocks are named by a member, not by a type."""
    blocks = dicts_of(message, "content")
    return "role" in message and any("type" not in block and not _BLOCKS.isdisjoint(block) for block in blocks)


def is_openai_agents(value: Value) -> bool:
    """The types of the SDK's three kinds of events, of which the JavaScript one names the first otherwise."""
    return word_of(value, "type") in _AGENTS


def is_mastra(value: Value) -> bool:
    """A chunk with its run, and whom it is from."""
    return word_of(value, "from") in _MASTRA and "runId" in value and bool(word_of(value, "type"))


def is_chatkit(value: Value) -> bool:
    """An event of a thread with what it is about."""
    return _CHATKIT.get(word_of(value, "type")) in value


def is_gemini_interactions(value: Value) -> bool:
    """An event_type of an interaction, or a whole one."""
    kind = value.get("event_type")
    if isinstance(kind, str):
        return kind.startswith(("interaction.", "step.", "content."))
    return value.get("object") == "interaction"
