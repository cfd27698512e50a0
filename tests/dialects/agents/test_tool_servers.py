"""The message tool of a tool server, as each program names it: by its own name, by its documented one, by a pattern."""

import json
from typing import Any

import pytest
from tests.support import run_here

Record = dict[str, Any]
SAID = {"message": "Ten."}
OWN, WHOLE, PATTERN = "send_message", "mcp__post__send_message", "*send_message"
ITEM = {"id": "i", "arguments": SAID, "tool": "send_message", "server": "post"}
BLOCK = {"type": "tool_use", "id": "t", "name": WHOLE, "input": SAID}
CALL = {"type": "function_call", "call_id": "c", "name": "send_message", "arguments": json.dumps(SAID)}
CURSOR = {"name": "post-send_message", "toolName": "send_message", "providerIdentifier": "post", "args": SAID}
RESPONSE = {"object": "response", "id": "r", "model": "m", "created_at": 1, "status": "completed"}


def turn(*records: Record) -> list[Record]:
    return [{"type": "turn.started"}, *records, {"type": "turn.completed"}]


def session(*payloads: Record) -> list[Record]:
    return [{"type": "response_item", "payload": payload} for payload in payloads]


STREAMS: dict[str, tuple[list[Record], set[str]]] = {
    "Claude Code": (
        [
            {"type": "assistant", "message": {"id": "m", "role": "assistant", "content": [BLOCK]}},
            {"type": "result", "subtype": "success", "session_id": "s", "is_error": False, "stop_reason": "end_turn"},
        ],
        {OWN, WHOLE, PATTERN},
    ),
    "Cursor": (
        [
            {"type": "system", "subtype": "init", "session_id": "s"},
            *(
                {"type": "tool_call", "call_id": "c", "subtype": one, "tool_call": {"mcpToolCall": {"args": CURSOR}}}
                for one in ("started", "completed")
            ),
            {"type": "result", "subtype": "success", "session_id": "s", "is_error": False, "result": ""},
        ],
        {OWN, WHOLE, PATTERN},
    ),
    "Codex": (turn({"type": "item.completed", "item": {**ITEM, "type": "mcp_tool_call"}}), {OWN, WHOLE, PATTERN}),
    "Codex's server": (
        [
            {"method": "turn/started", "params": {}},
            {"method": "item/completed", "params": {"item": {**ITEM, "type": "mcpToolCall"}}},
            {"method": "turn/completed", "params": {"turn": {"status": "completed"}}},
        ],
        {OWN, WHOLE, PATTERN},
    ),
    "a session of Codex": (
        session({**CALL, "namespace": "mcp__post"}, {"type": "function_call_output", "call_id": "c", "output": "sent"}),
        {OWN, WHOLE, PATTERN},
    ),
    "Codex before it had items": (
        [
            {"id": "0", "msg": {"type": "mcp_tool_call_begin", "call_id": "c", "invocation": ITEM}},
            {"id": "0", "msg": {"type": "task_complete"}},
        ],
        {OWN, WHOLE, PATTERN},
    ),
    "Responses": ([{**RESPONSE, "output": [{**CALL, "namespace": "mcp__post"}]}], {OWN, WHOLE, PATTERN}),
    "a namespace without a server": ([{**RESPONSE, "output": [{**CALL, "namespace": "crm"}]}], {OWN, PATTERN}),
    "no server": ([{**RESPONSE, "output": [CALL]}], {OWN, PATTERN}),
    "Gemini CLI": (
        [
            {"type": "init", "session_id": "s", "timestamp": "t"},
            *(
                {"type": "tool_use", "tool_id": "1", "timestamp": "t", "parameters": SAID, "tool_name": name}
                for name in ("mcp_post_send_message",)
            ),
            {"type": "result", "status": "success", "timestamp": "t"},
        ],
        {PATTERN},
    ),
}


@pytest.mark.parametrize("tool", [OWN, WHOLE, PATTERN, "mcp__pier__send_message", "send"])
@pytest.mark.parametrize("name", STREAMS)
def test_a_tool_of_a_server_speaks_under_its_names(name: str, tool: str) -> None:
    records, names = STREAMS[name]
    data = b"".join(json.dumps(record).encode() + b"\n" for record in records)
    ran = run_here(["text", "--tool", tool], data)
    assert (ran.stdout == b"Ten.\n") == (tool in names), (ran.stdout, ran.stderr)
    started = [json.loads(line) for line in run_here(["events", "--tool", tool], data).stdout.splitlines()]
    assert [one["message"] for one in started if one["event"] == "call"] == [tool in names]


def test_a_namespace_stays_on_the_call_of_another_tool() -> None:
    data = b"".join(json.dumps(record).encode() + b"\n" for record in STREAMS["Codex"][0])
    assert b'"namespace":"mcp__post"' in run_here(["rewrite", "--tool", "x"], data).stdout
