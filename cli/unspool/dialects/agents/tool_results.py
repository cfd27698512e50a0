"""Results of tools in agents' streams, read from the extension of chunks, where each dialect keeps its record.

    tool_results(chunk) -> [ToolResult, …]

Chat Completions has no place for them in a stream, so they are no part of the
rewritten chunk; ``dialects.tools`` makes events of them.
"""

from collections.abc import Callable, Iterator
from json import dumps
from typing import Any, Final, NamedTuple

from unspool.core.rewriter.wire import EXTENSION
from unspool.dialects.agents.run import message_of
from unspool.dialects.members import dict_of, dicts_of, list_of


class ToolResult(NamedTuple):
    """The result of one call, as text; ``call`` is the id of the call, ``failed`` is true if the tool reports that."""

    call: str
    text: str
    failed: bool


def tool_results(chunk: dict[str, Any]) -> list[ToolResult]:
    """The results in the extension of a chunk; none where a record has another shape."""
    extension = chunk.get(EXTENSION)
    if not isinstance(extension, dict):
        return []
    return [
        result
        for kind, record in extension.items()
        if kind in _READERS and isinstance(record, dict)
        for result in _READERS[kind](record)
        if result.call
    ]


def _result(call: Any, value: Any, failed: bool) -> ToolResult:
    return ToolResult(call if isinstance(call, str) else "", result_text(value), failed)


def result_text(value: Any) -> str:
    """A result as text: a string, the texts of its parts, or JSON."""
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        texts = [part["text"] for part in value if isinstance(part.get("text"), str)]
        texts = texts or [f"({part['type']})" for part in value if part.get("type") in _NO_TEXT]
        if texts:
            return "\n".join(texts)
    if value is None:
        return ""
    return value if isinstance(value, str) else dumps(value, ensure_ascii=False)


_NO_TEXT = ("image", "audio", "video", "document", "input_image")
"""Types of parts that cannot be shown as text."""


def _claude_code(record: dict[str, Any]) -> Iterator[ToolResult]:
    for block in list_of(dict_of(record, "message"), "content"):
        if isinstance(block, dict) and block.get("type") == "tool_result":
            yield _result(block.get("tool_use_id"), block.get("content"), block.get("is_error") is True)


def _cursor(record: dict[str, Any]) -> Iterator[ToolResult]:
    """A call that is completed: under the name of its kind, with a result that is named for how it ended."""
    held = next((one for one in dict_of(record, "tool_call").values() if isinstance(one, dict)), {})
    result = dict_of(held, "result")
    success = result.get("success", next(iter(result.values()), None))
    text = success
    if isinstance(success, dict):
        text = next((success[name] for name in ("interleavedOutput", "stdout", "content") if name in success), success)
    if isinstance(text, list):  # of a tool server: its parts have their text twice deep
        text = [dict_of(part, "text") or part for part in text]
    failed = "success" not in result or dict_of(result, "success").get("isError") is True
    yield _result(record.get("call_id"), text, failed)


def _codex(record: dict[str, Any]) -> Iterator[ToolResult]:
    """An item that ended: in ``exec`` the record's, in the server's lines that of their params."""
    item = dict_of(record, "item") or dict_of(dict_of(record, "params"), "item")
    status = item.get("status")
    if item.get("type") == "todo_list" and record.get("type") != "item.started":  # its state now
        entries = dicts_of(item, "items")
        lines = [f"[{'x' if one.get('completed') is True else ' '}] {one.get('text')}" for one in entries]
        done = sum(one.get("completed") is True for one in entries)
        yield _result(item.get("id"), "\n".join([f"{done} of {len(lines)} done", *lines]), False)
    if status not in ("completed", "failed", "declined"):
        return
    code = item.get("exit_code", item.get("exitCode"))
    output = item.get("aggregated_output", item.get("aggregatedOutput"))
    if output is None:
        result = item.get("result")
        output = result["content"] if isinstance(result, dict) and "content" in result else result
        output = item.get("contentItems") if output is None else output  # of a tool that the client runs
    error = item.get("error")
    text = message_of(error, "") if error else output
    yield _result(item.get("id"), text, bool(error) or status != "completed" or code not in (0, None))


def _called_output(record: dict[str, Any]) -> Iterator[ToolResult]:
    """A result of a session of Codex's, or of the Agents API."""
    error = record.get("error")
    if error is None:
        yield from _codex_session(record)
    else:
        yield _result(record.get("call_id"), error, True)


def _codex_session(record: dict[str, Any]) -> Iterator[ToolResult]:
    output = record.get("output", record.get("aggregated_output") or record.get("stdout"))
    yield _result(record.get("call_id"), output, record.get("exit_code", 0) != 0)


def _gemini_cli(record: dict[str, Any]) -> Iterator[ToolResult]:
    failed = record.get("status") == "error"
    yield _result(record.get("tool_id"), record.get("output") or message_of(record.get("error"), ""), failed)


def _opencode(record: dict[str, Any]) -> Iterator[ToolResult]:
    part = dict_of(record, "part")
    state = dict_of(part, "state")
    failed = state.get("status") == "error"
    yield _result(part.get("callID"), state.get("error") if failed else state.get("output"), failed)


def _ai_sdk(record: dict[str, Any]) -> Iterator[ToolResult]:
    if record.get("preliminary") is True:  # what the tool has so far
        return
    denied = record.get("type") == "tool-output-denied" or record.get("state") == "output-denied"
    error, failed = record.get("errorText", record.get("error")), record.get("isError") is True
    value = "denied" if denied else record.get("output", record.get("result"))
    yield _result(
        record.get("toolCallId"), value if error is None else message_of(error), denied or error is not None or failed
    )


def _ag_ui(record: dict[str, Any]) -> Iterator[ToolResult]:
    yield _result(record.get("toolCallId"), record.get("content"), False)


def _langchain(record: dict[str, Any]) -> Iterator[ToolResult]:
    yield _result(record.get("tool_call_id"), record.get("content"), record.get("status") == "error")


def _letta(record: dict[str, Any]) -> Iterator[ToolResult]:
    for one in dicts_of(record, "tool_returns") or [record]:  # the first of which the record repeats
        ident = one.get("tool_call_id", one.get("function_call_id"))  # its name until version 0.6
        yield _result(ident, one.get("tool_return", one.get("function_return")), one.get("status") == "error")


def _openai_agents(record: dict[str, Any]) -> Iterator[ToolResult]:
    raw = dict_of(dict_of(record, "item"), "raw_item")
    if raw.get("type") == "function_call_output":
        yield _result(raw.get("call_id"), raw.get("output"), False)


def _copilot(record: dict[str, Any]) -> Iterator[ToolResult]:
    data = dict_of(record, "data")
    failed = data.get("success") is False
    text = message_of(data.get("error"), "") if failed else dict_of(data, "result").get("content")
    yield _result(data.get("toolCallId"), text, failed)


def _pi(record: dict[str, Any]) -> Iterator[ToolResult]:
    yield _result(record.get("toolCallId"), record.get("content"), record.get("isError") is True)


def _adk(record: dict[str, Any]) -> Iterator[ToolResult]:
    for part in list_of(dict_of(record, "content"), "parts"):
        answer = dict_of(part, "functionResponse") or dict_of(part, "function_response")
        known = dict_of(answer, "response")
        yield _result(answer.get("id"), known.get("result", answer.get("response")), "error" in known)


def _acp(record: dict[str, Any]) -> Iterator[ToolResult]:
    """The update that ends a call: its content, or what the tool returned as it is."""
    if record.get("status") in ("completed", "failed"):
        held = [dict_of(part, "content") for part in list_of(record, "content")]
        yield _result(record.get("toolCallId"), held or record.get("rawOutput"), record["status"] == "failed")


def _dify(record: dict[str, Any]) -> Iterator[ToolResult]:
    if record.get("observation"):
        yield _result(record.get("id"), record["observation"], False)


def _strands(record: dict[str, Any]) -> Iterator[ToolResult]:
    for part in list_of(dict_of(record, "message"), "content"):
        result = dict_of(part, "toolResult")
        if result:
            yield _result(result.get("toolUseId"), result.get("content"), result.get("status") == "error")


def _managed(record: dict[str, Any]) -> Iterator[ToolResult]:
    ident = next((record[name] for name in _MANAGED_CALLS if name in record), None)
    yield _result(ident, record.get("content"), record.get("is_error") is True)


_MANAGED_CALLS = ("tool_use_id", "mcp_tool_use_id", "custom_tool_use_id")
_READERS: Final[dict[str, Callable[[dict[str, Any]], Iterator[ToolResult]]]] = {
    "user": _claude_code,
    "tool_call": _cursor,
    "item": _codex,
    "function_call_output": _called_output,
    "custom_tool_call_output": _codex_session,
    "exec_command_end": _codex_session,
    "tool_result": _gemini_cli,
    "tool_use": _opencode,
    "tool-output-available": _ai_sdk,
    "tool-result": _ai_sdk,
    "tool-error": _ai_sdk,
    "tool-output-error": _ai_sdk,
    "tool-output-denied": _ai_sdk,
    "a": _ai_sdk,
    "TOOL_CALL_RESULT": _ag_ui,
    "tool": _langchain,
    "ToolMessageChunk": _langchain,
    "tool_return_message": _letta,
    "function_return": _letta,
    "run_item_stream_event": _openai_agents,
    "message": _strands,
    "tool.execution_complete": _copilot,
    "toolResult": _pi,
    "functionResponse": _adk,
    "agent_thought": _dify,
    "tool_call_update": _acp,
    **dict.fromkeys(("agent.tool_result", "agent.mcp_tool_result"), _managed),
    **dict.fromkeys(("user.tool_result", "user.custom_tool_result"), _managed),
}
"""Readers of a record, by the name under which the extension has it."""
