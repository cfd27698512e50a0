"""The view of agents' streams on a terminal: results of tools, sub-agents, and what is no result."""

import json
from typing import Any

from tests.commands.test_view import view
from tests.dialects.agents.cases import INIT, RESULT, claude, said, words
from tests.support import ROOT, chunk, jsonl, run_here


def rows(source: str | bytes, *arguments: str) -> list[str]:
    """What is on the screen in the end, of a sample or of bytes."""
    data = source if isinstance(source, bytes) else (ROOT / "samples" / source).read_bytes()
    code, terminal = view(data, *arguments)
    assert code == 0
    return [row.strip() for row in terminal.rows() if row.strip()]


def test_results_are_below_their_calls() -> None:
    shown = rows("codex.jsonl")
    at = shown.index("→ command_execution")
    assert shown[at + 2] == "← command_execution  ten"


def test_one_line_for_a_call_and_its_result() -> None:
    shown = rows("claude-code.jsonl", "--calls", "line")
    assert [row for row in shown if row.startswith(("→", "←"))] == ["→ Agent  Hours?  ← ten"]


def test_steps_of_sub_agents_are_named() -> None:
    assert not any("sub-agent" in row for row in rows("claude-code.jsonl"))
    shown = rows("claude-code.jsonl", "--subagents")
    at = shown.index("SUB-AGENT: ten.")
    assert shown[at + 1].startswith("sub-agent claude-x · step 2")


def test_what_a_sub_agents_tool_returned_is_below_its_call() -> None:
    """The message of the sub-agent waits for that of the main agent, and the result comes with it."""
    returned = {"type": "tool_result", "tool_use_id": "t", "content": "eight"}
    call = said({"type": "tool_use", "id": "t", "name": "Bash", "input": {}}, ident="sub_1")
    result = claude("user", message={"role": "user", "content": [returned]})
    asked = said({"type": "tool_use", "id": "a", "name": "Agent", "input": {}})
    sub = [{**one, "parent_tool_use_id": "a"} for one in (call, result)]
    stream = jsonl([INIT, asked, *sub, said(words("It is eight."), ident="msg_2"), RESULT])
    steps = [json.loads(line) for line in run_here(["events", "--subagents"], stream).stdout.splitlines()]
    assert [one["id"] for one in steps if one["event"] == "step"] == ["msg_1", "sub_1", "msg_2"]
    shown = rows(stream, "--subagents")
    at = shown.index("← Bash  eight")
    assert shown[at - 1].startswith("→ Bash")
    assert "It is eight." in shown[at:]


def test_an_extension_that_is_none_of_ours_is_left_alone() -> None:
    values: list[Any] = [5, [], {"user": 5}, {"subagent": None}]
    chunks = [chunk({"content": "Hi"}, "stop", unspool=value) for value in values]
    code, terminal = view(jsonl(chunks))
    assert code == 0
    assert not any("Traceback" in row for row in terminal.rows())
