"""Messages of sub-agents, shown on request between those of the main agent."""

import json
from typing import Any

import pytest
from tests.dialects.agents.cases import INIT, RESULT, claude, said, words
from tests.dialects.agents.test_streams import RECORDED, SAMPLES
from tests.support import run_here

Record = dict[str, Any]


def texts(records: list[Record], *options: str) -> tuple[str, int]:
    data = b"".join(json.dumps(record).encode() + b"\n" for record in records)
    ran = run_here(["text", *options], data)
    return ran.stdout.decode(), ran.code


def of(parent: str, record: Record) -> Record:
    return {**record, "parent_tool_use_id": parent}


def agent(ident: str) -> Record:
    return {"type": "tool_use", "id": ident, "name": "Agent", "input": {"prompt": "x"}}


def event(**members: Any) -> Record:
    return claude("stream_event", event=members)


CALLS = said(agent("a"), agent("b"), ident="msg_1")
SUBAGENTS = [
    of("a", said(words("A one."), ident="sub_a1")),
    of("b", said(words("B one."), ident="sub_b1")),
    of("a", said({"type": "tool_use", "id": "t", "name": "Bash", "input": {}}, ident="sub_a1")),
    of("a", said(words("A two."), ident="sub_a2")),
]
END = [said(words("Both are back."), ident="msg_2"), RESULT]


def test_sub_agents_in_parallel_stay_whole_and_come_before_the_answer_to_them() -> None:
    records = [INIT, said(words("I ask two.")), CALLS, *SUBAGENTS, *END]
    assert texts(records) == ("I ask two.\nBoth are back.\n", 0)
    assert texts(records, "--subagents") == ("I ask two.\nA one.\nA two.\nB one.\nBoth are back.\n", 0)


def test_a_message_of_the_main_agent_is_not_torn() -> None:
    """Sub-agents of the background write while the main agent does."""
    deltas = [
        event(type="content_block_delta", index=0, delta={"type": "text_delta", "text": one}) for one in ("On", "e.")
    ]
    start = [
        event(type="message_start", message={"id": "msg_9", "role": "assistant", "content": []}),
        event(type="content_block_start", index=0, content_block=words("")),
    ]
    end = [
        event(type="content_block_stop", index=0),
        event(type="message_delta", delta={"stop_reason": "end_turn"}),
        event(type="message_stop"),
    ]
    records = [INIT, *start, deltas[0], *SUBAGENTS, deltas[1], said(words("One."), ident="msg_9"), *end, RESULT]
    assert texts(records) == ("One.\n", 0)
    assert texts(records, "--subagents") == ("One.\nA one.\nA two.\nB one.\n", 0)


def test_a_run_that_was_cut_among_its_sub_agents_says_so_after_their_text() -> None:
    assert texts([INIT, said(words("I ask two.")), CALLS, *SUBAGENTS], "--subagents") == (
        "I ask two.\nA one.\nA two.\nB one.\n",
        4,
    )


def test_events_name_the_sub_agent_of_a_step() -> None:
    data = b"".join(json.dumps(record).encode() + b"\n" for record in [INIT, CALLS, *SUBAGENTS, *END])
    chunks = [json.loads(line) for line in run_here(["rewrite", "--subagents"], data).stdout.splitlines()]
    marks = [chunk["unspool"]["subagent"] for chunk in chunks if "subagent" in chunk.get("unspool", {})]
    assert marks == ["a", "a", "b"]
    events = [json.loads(line) for line in run_here(["events", "--subagents"], data).stdout.splitlines()]
    steps = [event for event in events if event["event"] == "step"]
    assert [step["subagent"] for step in steps if "subagent" in step] == ["a", "a", "b"]
    assert len(steps) > 3
    table = [json.loads(line) for line in run_here(["table", "--subagents"], data).stdout.splitlines()]
    assert [row["subagent"] for row in table] == [step.get("subagent") for step in steps]


def test_threads_of_codex_beside_the_first() -> None:
    def line(method: str, thread: str, **params: Any) -> Record:
        return {"method": method, "params": {"threadId": thread, **params}}

    def message(thread: str, text: str) -> Record:
        return line("item/completed", thread, item={"type": "agentMessage", "id": f"{thread} {text}", "text": text})

    records = [
        line("turn/started", "main"),
        message("main", "I ask."),
        line("turn/started", "sub"),
        message("sub", "Found."),
        line("turn/completed", "sub", turn={"status": "completed"}),
        message("main", "It is found."),
        line("turn/completed", "main", turn={"status": "completed"}),
    ]
    assert texts(records) == ("I ask.\nIt is found.\n", 0)
    shown, code = texts(records, "--subagents")
    assert (sorted(shown.splitlines()), code) == (["Found.", "I ask.", "It is found."], 0)


@pytest.mark.parametrize("path", SAMPLES + RECORDED, ids=lambda path: "/".join(path.parts[-2:]))
def test_a_stream_without_messages_of_sub_agents_stays_the_same(path: Any) -> None:
    plain, asked = (run_here(["rewrite", *options], path.read_bytes()) for options in ([], ["--subagents"]))
    if b'"subagent":' not in plain.stdout:
        assert asked == plain


OF_PILOT = [
    {"type": "TEXT_MESSAGE_CHUNK", "messageId": "s", "role": "assistant", "delta": "At eight.", "subagentRunId": "p"},
    {"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "toolCallName": "look", "delta": "{}", "subagentRunId": "p"},
]
HISTORY = [
    {"id": "u", "role": "user", "content": "When?"},
    {"id": "s", "role": "assistant", "content": "At eight."},
    {"id": "x", "role": "assistant", "toolCalls": [{"id": "c", "function": {"name": "look", "arguments": "{}"}}]},
    {"id": "y", "role": "assistant", "content": "Low tide.", "subagentRunId": "p"},
    {"id": "m", "role": "assistant", "content": "At nine."},
]


@pytest.mark.parametrize(("options", "text"), [([], "At nine.\n"), (["--subagents"], "At eight.\nAt nine.\n")])
def test_messages_of_sub_agents_in_a_history_of_ag_ui(options: list[str], text: str) -> None:
    snapshot = {"type": "MESSAGES_SNAPSHOT", "messages": HISTORY}
    end: Record = {"type": "RUN_FINISHED", "runId": "r"}
    assert texts([{"type": "RUN_STARTED", "runId": "r"}, *OF_PILOT, snapshot, end], *options) == (text, 0)
