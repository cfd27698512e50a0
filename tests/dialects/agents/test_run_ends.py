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
from tests.support import CAPTURES, ROOT, jsonl, run_here

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
    "agents-api": ("agent.session.turn.completed", kind_is("agent.session.turn.completed", "agent.session.idle")),
    "assistant-ui": (
        "[DONE]",
        lambda value: value["type"] == "message-finish" or value.get("finishReason", "tool-calls") != "tool-calls",
    ),
    "managed-agents": ("session.status_idle", kind_is("session.status_idle")),
    "acp": ("the answer to session/prompt", lambda value: "stopReason" in value.get("result", {})),
    "assistants": (
        "thread.run.completed",
        lambda value: value["object"] == "thread.run" and value["status"] in ("completed", "requires_action"),
    ),
    "dify": ("message_end or workflow_finished", kind_is("message_end", "workflow_finished")),
    "letta": ("stop_reason", lambda value: value.get("message_type") == "stop_reason"),
    "letta-code": ("result", kind_is("result")),
    "ai-sdk": ("finish", kind_is("finish")),
    "mastra": ("finish", kind_is("finish")),
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


def chatkit(value: Value) -> bool | None:
    """An item of the model's that is done; options and titles say nothing."""
    if not value["type"].startswith("thread.item."):
        return None
    return value["type"] == "thread.item.done" and value["item"]["type"] in ("assistant_message", "client_tool_call")


LAST: dict[str, Callable[[Any], bool | None]] = {
    "opencode": opencode,
    "adk": adk,
    "openai-agents": openai_agents,
    "chatkit": chatkit,
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


def claude(text: str, run: str) -> list[Value]:
    message = {"id": f"msg_{run}", "role": "assistant", "content": [{"type": "text", "text": text}]}
    said = {"type": "assistant", "message": message}
    result = {"type": "result", "subtype": "success", "is_error": False, "stop_reason": "end_turn"}
    return [{**one, "session_id": "s", "uuid": run} for one in ({"type": "system", "subtype": "init"}, said, result)]


def codex(text: str, run: str) -> list[Value]:
    item = {"id": "item_0", "type": "agent_message", "text": text}
    started = {"type": "thread.started", "thread_id": run}
    return [started, {"type": "turn.started"}, {"type": "item.completed", "item": item}, {"type": "turn.completed"}]


def codex_server(text: str, run: str) -> list[Value]:
    item = {"type": "agentMessage", "id": f"i{run}", "text": text}
    lines: dict[str, Value] = {
        "turn/started": {},
        "item/completed": {"item": item},
        "turn/completed": {"turn": {"status": "completed"}},
    }
    begun = {"id": 0, "result": {"userAgent": "rec"}}
    return [begun, *({"method": method, "params": {"threadId": run, **rest}} for method, rest in lines.items())]


def gemini_cli(text: str, run: str) -> list[Value]:
    said = {"type": "message", "role": "assistant", "content": text, "delta": True}
    records: list[Value] = [{"type": "init", "session_id": "s"}, said, {"type": "result", "status": "success"}]
    return [{**record, "timestamp": run} for record in records]


def letta_code(text: str, run: str) -> list[Value]:
    said = {"type": "message", "message_type": "assistant_message", "content": text, "otid": run, "run_id": run}
    ends = {"type": "result", "subtype": "success", "result": text}
    return [{**one, "agent_id": "a"} for one in ({"type": "system", "subtype": "init"}, said, ends)]


def letta(text: str, run: str) -> list[Value]:
    said = {"message_type": "assistant_message", "id": run, "content": text, "run_id": run, "step_id": run}
    return [said, {"message_type": "stop_reason", "stop_reason": "end_turn"}]


def opencode_run(text: str, run: str) -> list[Value]:
    parts: dict[str, Value] = {"step_start": {}, "text": {"text": text}, "step_finish": {"reason": "stop"}}
    return [{"type": kind, "sessionID": run, "part": {"messageID": run, **rest}} for kind, rest in parts.items()]


def ai_sdk(text: str, run: str) -> list[Value]:
    said = [{"type": "text-delta", "id": "0", "delta": text}, {"type": "finish-step"}, {"type": "finish"}]
    return [{"type": "start"}, {"type": "start-step"}, *said]


def ai_sdk_data(text: str, run: str) -> list[Value]:
    return [{"code": code, "value": value} for code, value in (("f", {"messageId": run}), ("0", text), ("d", {}))]


def ag_ui(text: str, run: str) -> list[Value]:
    said = {"type": "TEXT_MESSAGE_CHUNK", "messageId": run, "delta": text}
    return [{"type": "RUN_STARTED", "runId": run}, said, {"type": "RUN_FINISHED", "runId": run}]


def langgraph(text: str, run: str) -> list[Value]:
    said = {"type": "AIMessageChunk", "id": run, "content": text}
    ended = {**said, "content": "", "response_metadata": {"finish_reason": "stop"}}
    named = {"event": "metadata", "data": {"run_id": run, "attempt": 1}}
    return [named, *({"event": "messages", "data": [one, {"langgraph_node": "m"}]} for one in (said, ended))]


def pi(text: str, run: str) -> list[Value]:
    message = {"role": "assistant", "content": [{"type": "text", "text": text}], "stopReason": "stop", "timestamp": run}
    return [{"type": "agent_start"}, {"type": "message_end", "message": message}, {"type": "agent_end", "messages": []}]


@pytest.mark.parametrize(
    "program",
    [
        claude,
        codex,
        codex_server,
        gemini_cli,
        letta,
        letta_code,
        opencode_run,
        ai_sdk,
        ai_sdk_data,
        ag_ui,
        langgraph,
        pi,
    ],
    ids=lambda program: program.__name__,
)
def test_a_run_that_was_cut_before_another(program: Callable[[str, str], list[Value]]) -> None:
    """R11, R16: as in a log that a program appends to after it was killed."""
    killed, another = program("At ni", "1"), program("At nine.", "2")
    ran = run_here(["text"], jsonl([*killed[:-1], *another]))
    assert (ran.stdout, ran.code, ran.stderr.count("\n")) == (b"At ni\nAt nine.\n", 4, 1)
    again = run_here(["text"], jsonl([*another, *program("At ten.", "3")]))
    assert (again.stdout, again.code) == (b"At nine.\nAt ten.\n", 0)


@pytest.mark.parametrize("program", [claude, letta_code, codex, codex_server, ag_ui])
def test_a_first_record_that_comes_again_at_once(program: Callable[[str, str], list[Value]]) -> None:
    records = program("At nine.", "1")
    at = 1 if program in (codex, codex_server) else 0
    ran = run_here(["text"], jsonl([*records[:at], {**records[at], "uuid": "0"}, *records[at:]]))
    assert (ran.stdout, ran.code) == (b"At nine.\n", 0)


def test_a_turn_of_a_sub_agent_that_begins_behind_that_of_the_main_agent() -> None:
    """Sub-agents go on when the main agent's turn has ended; another thread of the same server is no sub-agent's."""
    spawned, later = codex_server("Sub.", "2")[1:], codex_server("I ask again.", "1")[1:]
    first = codex_server("I ask.", "1")
    records = [*first[:-1], spawned[0], spawned[-1], first[-1], *spawned[:2], *later, spawned[-1]]
    records += codex_server("Another.", "3")[1:]
    ran = run_here(["text"], jsonl(records))
    assert (ran.stdout, ran.code) == (b"I ask.\nI ask again.\nAnother.\n", 0)
    shown = run_here(["text", "--subagents"], jsonl(records))
    assert (shown.stdout, shown.code) == (b"I ask.\nSub.\nI ask again.\nAnother.\n", 0)
