"""The view of agents' streams on a terminal: results of tools, sub-agents, and what is no result."""

from typing import Any

from tests.commands.test_view import view
from tests.support import ROOT, chunk, jsonl


def rows(name: str, *arguments: str) -> list[str]:
    code, terminal = view((ROOT / "samples" / name).read_bytes(), *arguments)
    assert code == 0
    return [row.strip() for row in terminal.rows() if row.strip()]


def test_results_are_below_their_calls() -> None:
    shown = rows("codex.jsonl")
    at = shown.index("→ command_execution")
    assert shown[at + 2] == "← command_execution  ten"


def test_one_line_for_a_call_and_one_for_its_result() -> None:
    shown = rows("claude-code.jsonl", "--calls", "line")
    assert [row for row in shown if row.startswith(("→", "←"))] == ["→ Agent  Hours?", "← Agent  ten"]


def test_steps_of_sub_agents_are_named() -> None:
    assert not any("sub-agent" in row for row in rows("claude-code.jsonl"))
    shown = rows("claude-code.jsonl", "--subagents")
    at = shown.index("SUB-AGENT: ten.")
    assert shown[at + 1].startswith("sub-agent claude-x · step 2")


def test_an_extension_that_is_none_of_ours_is_left_alone() -> None:
    values: list[Any] = [5, [], {"user": 5}, {"subagent": None}]
    chunks = [chunk({"content": "Hi"}, "stop", unspool=value) for value in values]
    code, terminal = view(jsonl(chunks))
    assert code == 0
    assert not any("Traceback" in row for row in terminal.rows())
