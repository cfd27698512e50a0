"""Where a run was cut (R11), by the table in docs/DIALECTS.md: each stream cut behind each record, against its rule.

a program that ends a run with a record of its own     complete with that record alone
any other                                              complete with a response that ended, unless a tool's
                                                       result is behind it
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.support import CAPTURES, ROOT, run_here

from unspool.dialects.registry import dialect_of
from unspool.formats.framer import Framer
from unspool.formats.record import Record, RecordKind

Value = dict[str, Any]


def kind_is(*kinds: str) -> Callable[[Value], bool]:
    """Whether a record has one of these kinds."""
    return lambda value: any(value.get(member) in kinds for member in ("type", "method", "event"))


def inner_is(member: str, *kinds: str) -> Callable[[Value], bool]:
    """Whether the object under a member has one of these kinds."""
    return lambda value: isinstance(value.get(member), dict) and value[member].get("type") in kinds


# --- programs that end a run with a record of their own ----------------------------------------

ENDS: dict[str, tuple[str, Callable[[Value], bool]]] = {
    "claude-code": ("result", kind_is("result")),
    "codex": ("turn.completed", kind_is("turn.completed")),
    "codex-server": ("turn/completed", kind_is("turn/completed")),
    "codex-session": ("task_complete", inner_is("payload", "task_complete")),
    "gemini-cli": ("result", kind_is("result")),
    "copilot": ("result", kind_is("result")),
    "pi": ("agent_end", kind_is("agent_end")),
    "acp": ("the answer to session/prompt", lambda value: "stopReason" in value.get("result", {})),
    "assistants": (
        "thread.run.completed",
        lambda value: value["object"] == "thread.run" and value["status"] in ("completed", "requires_action"),
    ),
    "dify": ("message_end or workflow_finished", kind_is("message_end", "workflow_finished")),
    "letta": ("stop_reason", lambda value: value.get("message_type") == "stop_reason"),
    "letta-code": ("result", kind_is("result")),
    "ai-sdk": ("finish", kind_is("finish")),
    "ai-sdk-data": ("d:", lambda value: value["code"] == "d"),
    "ag-ui": ("RUN_FINISHED", kind_is("RUN_FINISHED")),
    "gemini-interactions": ("interaction.completed", lambda value: value["event_type"] == "interaction.completed"),
    "langserve": ("end", lambda value: False),  # which is [DONE] here
}
"""The record that ends a run, as reports name it, and whether a record is one."""
USAGE = "usage_statistics"
"""The type of a record of Letta that follows the end of a run."""

# --- others ------------------------------------------------------------------------------------


def opencode(value: Value) -> bool | None:
    """A tool_use has the result of its tool."""
    return bool(value["type"] == "step_finish" and value["part"]["reason"] != "tool-calls")


def adk(value: Value) -> bool | None:
    return not value.get("partial") and bool(value["content"]["role"] == "model")


def openai_agents(value: Value) -> bool | None:
    if value["type"] == "run_item_stream_event":
        return False if value["item"]["type"] == "tool_call_output_item" else None
    if value["type"] != "raw_response_event":
        return None
    return bool(value["data"]["type"] == "response.completed")


def strands(value: Value) -> bool | None:
    if isinstance(value.get("event"), dict):
        return None if "metadata" in value["event"] else "messageStop" in value["event"]
    if value.get("message", {}).get("role") == "user" or "init_event_loop" in value:
        return False
    return None


def langchain(value: Any) -> bool | None:
    """The last message in a record decides, as far as it is one of a model or a tool."""
    if isinstance(value, list):
        return next((found for found in map(langchain, reversed(value)) if found is not None), None)
    if not isinstance(value, dict):
        return None
    if value.get("type") in ("ai", "AIMessageChunk", "tool") and "content" in value:
        about = value.get("response_metadata") or {}
        told = bool(about.get("finish_reason") or about.get("stop_reason") or value.get("chunk_position"))
        return False if value["type"] == "tool" else told or None if "usage_metadata" not in value else told
    return next((found for found in map(langchain, reversed(value.values())) if found is not None), None)


LAST: dict[str, Callable[[Any], bool | None]] = {
    "opencode": opencode,
    "adk": adk,
    "openai-agents": openai_agents,
    "strands": strands,
    "langchain": langchain,
    "llm": lambda value: True,
    "responses": kind_is("response.completed"),
    "anthropic": kind_is("message_delta", "message_stop"),
    "gemini": lambda value: bool(value["candidates"][0].get("finishReason")),
    "ollama": lambda value: value["done"],
    "cohere": kind_is("message-end"),
    "mistral-conversations": kind_is("conversation.response.done"),
    "bedrock": lambda value: None if "metadata" in value else "messageStop" in value,
    "llama-cpp": lambda value: value["stop"],
    "tgi": lambda value: value["generated_text"] is not None,
    "ernie": lambda value: value["is_end"],
}
"""Whether a record ends a response, or opens one; None if it does neither."""

# --- the streams -------------------------------------------------------------------------------


def streams() -> list[Path]:
    samples = [path for path in (ROOT / "samples").iterdir() if ".expected" not in path.name]
    found = sorted(samples) + sorted((CAPTURES / "agents").glob("*/*"))
    return [path for path in found if path.suffix in (".jsonl", ".sse", ".txt") and rule(path) is not None]


@cache
def records(path: Path) -> list[Record]:
    framer = Framer()
    return [record for record in framer.feed(path.read_bytes()) + framer.close() if record.data]


@cache
def rule(path: Path) -> str | None:
    values = [record.parse() for record in records(path) if record.kind is RecordKind.VALUE]
    name = next((name for name in map(dialect_of, values) if name is not None), None)
    if name == "letta" and any("session_id" in value for value in values):
        return "letta-code"
    if name == "langchain" and any(record.name == b"data" for record in records(path)):
        return "langserve"
    return name if name in ENDS or name in LAST else None


def complete(path: Path) -> list[bool]:
    """Whether the stream is complete behind each of its records."""
    name, found, state = str(rule(path)), list[bool](), False
    for record in records(path):
        if record.kind is RecordKind.DONE:
            found[-1] = state = state or name == "langserve"
            continue
        if name in ENDS:
            value = record.parse()
            state = ENDS[name][1](value) or (state and name == "letta" and value.get("message_type") == USAGE)
        else:
            told = LAST[name](record.parse())
            state = state if told is None else told
        found.append(state)
    return found


@pytest.mark.parametrize("path", streams(), ids=lambda path: "/".join(path.parts[-2:]))
def test_a_run_is_complete_where_the_table_says_so(path: Path) -> None:
    data, name = path.read_bytes(), str(rule(path))
    failed = run_here(["text"], data).code != 0
    starts = [record.offset for record in records(path) if record.kind is RecordKind.VALUE]
    array = data.lstrip().startswith(b"[")  # which is cut before its last bracket, whatever is in it
    for end, known in zip([*starts[1:], len(data)], complete(path), strict=True):
        whole = known and (not array or end == len(data))
        ran = run_here(["text"], data[:end])
        if failed:
            assert ran.code in (4, 5) or whole
            continue
        assert (ran.code == 0) is whole, (ran.stderr, data[:end][-300:])
        if not known and "ended before" in ran.stderr and "any choice" not in ran.stderr:
            missing = f"{ENDS[name][0]}, the end of the run" if name in ENDS else "choice 0 had a finish_reason"
            assert f"ended before {missing}" in ran.stderr


def test_each_end_is_in_the_table_of_the_documentation() -> None:
    table = (ROOT / "docs" / "DIALECTS.md").read_text().split("| the end of a run |")[1].split("\n\n")[0]
    for name, (end, _) in ENDS.items():
        named = {"langserve": "LangServe", "letta-code": "Letta Code"}.get(name, f"`{name}`")
        row = next(row for row in table.splitlines() if named in row)
        assert all(one in row for one in end.split(" or ")), row
