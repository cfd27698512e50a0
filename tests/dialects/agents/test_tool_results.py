"""Results of tools in agents' streams: each belongs to a call of the stream."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.dialects.agents.test_streams import RECORDED, SAMPLES
from tests.support import run_here

from unspool.dialects.agents.tool_results import ToolResult, tool_results


def chunks_of(path: Path) -> list[Any]:
    return [json.loads(line) for line in run_here(["rewrite", "--tool=none"], path.read_bytes()).stdout.splitlines()]


def results_of(path: Path) -> list[ToolResult]:
    return [result for chunk in chunks_of(path) for result in tool_results(chunk)]


def sample(name: str) -> Path:
    return next(path for path in SAMPLES if path.stem == name)


@pytest.mark.parametrize("path", SAMPLES + RECORDED, ids=lambda path: "/".join(path.parts[-2:]))
def test_each_result_belongs_to_a_call_before_it(path: Path) -> None:
    called: set[str] = set()
    for chunk in chunks_of(path):
        for choice in chunk["choices"]:
            called |= {str(entry.get("id")) for entry in choice["delta"].get("tool_calls", ())}
        assert {result.call for result in tool_results(chunk)} <= called


@pytest.mark.parametrize(
    "name",
    [
        *("ag-ui", "ai-sdk", "ai-sdk-data", "claude-code", "codex", "gemini-cli", "langchain", "openai-agents"),
        *("opencode", "strands", "copilot", "pi", "adk", "dify", "acp", "managed-agents", "assistant-ui", "agents-api"),
        "mastra",
    ],
)
def test_the_result_of_the_message_tool_is_found_in_each_dialect(name: str) -> None:
    last = results_of(sample(name))[-1]
    assert (last.text, last.failed) == ("sent", False)


def cursor(kind: str, result: Any) -> dict[str, Any]:
    return {"subtype": "completed", "call_id": "c", "tool_call": {kind: {"args": {}, "result": result}}}


@pytest.mark.parametrize(
    ("kind", "record", "result"),
    [
        (
            "user",
            {"message": {"content": [{"type": "tool_result", "tool_use_id": "c", "content": "no", "is_error": True}]}},
            ToolResult("c", "no", True),
        ),
        (
            "user",
            {
                "message": {
                    "content": [{"type": "tool_result", "tool_use_id": "c", "content": [{"type": "text", "text": "a"}]}]
                }
            },
            ToolResult("c", "a", False),
        ),
        (
            "item",
            {
                "params": {
                    "item": {"id": "c", "status": "completed", "contentItems": [{"type": "inputText", "text": "nine"}]}
                }
            },
            ToolResult("c", "nine", False),
        ),
        (
            "tool_return_message",
            {"tool_call_id": "c", "tool_return": "older", "status": "success"},
            ToolResult("c", "older", False),
        ),
        (
            "item",
            {"item": {"id": "c", "aggregated_output": "x", "exit_code": 2, "status": "failed"}},
            ToolResult("c", "x", True),
        ),
        ("tool_call", cursor("shellToolCall", {"success": {"stdout": "", "exitCode": 0}}), ToolResult("c", "", False)),
        ("tool_call", cursor("readToolCall", {"error": {"a": 1}}), ToolResult("c", '{"a": 1}', True)),
        (
            "tool_call",
            cursor("mcpToolCall", {"success": {"content": [{"text": {"text": "sent"}}], "isError": False}}),
            ToolResult("c", "sent", False),
        ),
        ("item", {"item": {"id": "c", "status": "failed", "error": {"message": "no"}}}, ToolResult("c", "no", True)),
        (
            "item",
            {"params": {"item": {"id": "c", "aggregatedOutput": "x", "exitCode": 0, "status": "completed"}}},
            ToolResult("c", "x", False),
        ),
        ("tool_result", {"tool_id": "c", "status": "error", "error": {"message": "no"}}, ToolResult("c", "no", True)),
        (
            "tool_use",
            {"part": {"callID": "c", "state": {"status": "error", "error": "no"}}},
            ToolResult("c", "no", True),
        ),
        ("tool-output-error", {"toolCallId": "c", "errorText": "no"}, ToolResult("c", "no", True)),
        ("tool-output-available", {"toolCallId": "c", "output": {"a": 1}}, ToolResult("c", '{"a": 1}', False)),
        ("tool", {"tool_call_id": "c", "content": "no", "status": "error"}, ToolResult("c", "no", True)),
        (
            "tool_return_message",
            {"tool_call_id": "c", "tool_return": "x", "status": "success"},
            ToolResult("c", "x", False),
        ),
        (
            "message",
            {
                "message": {
                    "content": [{"toolResult": {"toolUseId": "c", "status": "error", "content": [{"text": "no"}]}}]
                }
            },
            ToolResult("c", "no", True),
        ),
    ],
)
def test_results_by_their_records(kind: str, record: dict[str, Any], result: ToolResult) -> None:
    assert tool_results({"choices": [], "unspool": {"dialect": "x", kind: record}}) == [result]


@pytest.mark.parametrize(
    "extension",
    [
        None,
        [],
        "x",
        {},
        {"user": 5},
        {"item": {}},
        {"item": {"item": {"id": 5, "status": "completed"}}},
        {"message": {"message": []}},
    ],
)
def test_records_of_another_shape_hold_no_result(extension: Any) -> None:
    assert tool_results({"unspool": extension}) == []


def test_the_results_of_several_calls_in_one_record_of_lettas() -> None:
    results = [
        {"tool_call_id": "c", "tool_return": "one", "status": "success"},
        {"tool_call_id": "d", "tool_return": "two", "status": "error"},
    ]
    record = {**results[0], "tool_returns": results}
    found = tool_results({"unspool": {"tool_return_message": record}})
    assert found == [ToolResult("c", "one", False), ToolResult("d", "two", True)]
