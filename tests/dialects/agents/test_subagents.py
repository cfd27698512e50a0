"""Messages of sub-agents, shown on request between those of the main agent."""

import json
from typing import Any

import pytest
from tests.dialects.agents.cases import INIT, RESULT, claude, said, words
from tests.dialects.agents.test_streams import RECORDED, SAMPLES
from tests.support import run_here

Record = dict[str, Any]


def texts(records: list[Any], *options: str) -> tuple[str, int]:
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


def chained(text: str, ident: str, kind: str = "AIMessageChunk", **members: Any) -> Record:
    return {"type": kind, "content": text, "id": ident, **members}


LAST: dict[str, Any] = {"chunk_position": "last", "response_metadata": {"finish_reason": "stop"}}
ASKS = {"name": "task", "args": "{}", "id": "c", "index": 0}
MAIN, TOOL, PILOT = "model:1", "tools:2", "tools:2|model:3"
GIVEN = chained("At eight.", "t", "tool", tool_call_id="c")


def in_graph(chunk: Record, namespace: str) -> list[Record]:
    node = namespace.rpartition("|")[2].partition(":")[0]
    return [chunk, {"langgraph_node": node, "langgraph_checkpoint_ns": namespace, "checkpoint_ns": namespace}]


ITS = [
    in_graph(chained("At ", "s"), PILOT),
    in_graph(chained("eight.", "s", **LAST), PILOT),
]
"""The chunks of a sub-agent of LangGraph."""
STATE = {"model": {"messages": [chained("At eight.", "s", "ai", response_metadata={"finish_reason": "stop"})]}}
BEFORE = [
    in_graph(chained("I ask.", "m"), MAIN),
    in_graph(chained("", "m", tool_call_chunks=[ASKS]), MAIN),
    in_graph(chained("", "m", chunk_position="last", response_metadata={"finish_reason": "tool_calls"}), MAIN),
]
AFTER = [in_graph(GIVEN, TOOL), in_graph(chained("At nine.", "n", **LAST), "model:4")]


def named(mode: str, data: Any, inside: bool) -> Any:
    return {"event": f"{mode}|{TOOL}" if inside else mode, "data": data}


def second_version(mode: str, data: Any, inside: bool) -> Any:
    return {"type": mode, "ns": [TOOL] if inside else [], "data": data}


def tuples(mode: str, data: Any, inside: bool) -> Any:
    return [[TOOL] if inside else [], mode, data]


def alone(mode: str, data: Any, inside: bool) -> Any:
    return data


SHAPES = pytest.mark.parametrize("shape", [named, second_version, tuples, alone])


@SHAPES
@pytest.mark.parametrize("states", [False, True])
def test_a_sub_agent_of_langgraph_runs_inside_of_a_tool(shape: Any, states: bool) -> None:
    state = [shape("updates", STATE, True)] if states and shape is not alone else []
    records = [shape("messages", one, False) for one in BEFORE]
    records += [*(shape("messages", one, True) for one in ITS), *state]
    records += [shape("messages", one, False) for one in AFTER]
    assert texts(records) == ("I ask.\nAt nine.\n", 0)
    assert texts(records, "--subagents") == ("I ask.\nAt eight.\nAt nine.\n", 0)
    assert texts(records[:4]) == ("I ask.\n", 4)


def test_the_names_of_events_have_the_namespaces() -> None:
    events = [("metadata", {"run_id": "r", "attempt": 1}), *(("messages", one) for one in BEFORE)]
    events += [(f"messages|{TOOL}", one) for one in ITS] + [(f"updates|{TOOL}", STATE)]
    events += [(f"values|{TOOL}", STATE["model"]), *(("messages", one) for one in AFTER)]
    data = "".join(f"event: {name}\r\ndata: {json.dumps(one)}\r\n\r\n" for name, one in events).encode()
    assert run_here(["text"], data) == (0, b"I ask.\nAt nine.\n", "")
    assert run_here(["text", "--subagents"], data) == (0, b"I ask.\nAt eight.\nAt nine.\n", "")


def test_another_graph_inside_of_a_graph_is_a_part_of_the_main_agent() -> None:
    chunks = [in_graph(chained("At six.", "s", **LAST), "pilot:1|model:2"), *AFTER]
    assert texts([*chunks]) == ("At six.\nAt nine.\n", 0)


def test_models_of_sub_agents_in_events() -> None:
    def event(kind: str, namespace: str, run: str, **data: Any) -> Record:
        about = {"langgraph_checkpoint_ns": namespace}
        return {"event": f"on_chat_model_{kind}", "run_id": run, "data": data, "metadata": about}

    main = [event("stream", MAIN, "1", chunk=chained("I ask.", "m")), event("end", MAIN, "1", output=None)]
    its = [event("stream", PILOT, "2", chunk=chained("At eight.", "s")), event("end", PILOT, "2", output=None)]
    last = [event("stream", MAIN, "3", chunk=chained("At nine.", "n")), event("end", MAIN, "3", output=None)]
    assert texts([*main, *its, *last]) == ("I ask.\nAt nine.\n", 0)
    assert texts([*main, *its, *last], "--subagents") == ("I ask.\nAt eight.\nAt nine.\n", 0)


def test_sub_agents_in_the_third_protocol() -> None:
    def event(namespace: list[str], run: str, text: str, **members: Any) -> list[Record]:
        data = [
            {"event": "message-start", "id": f"m{run}", **members},
            {"event": "content-block-delta", "index": 0, "delta": {"type": "text-delta", "text": text}},
            {"event": "message-finish", "reason": "stop"},
        ]
        return [
            {"type": "event", "method": "messages", "params": {"namespace": namespace, "data": {"run_id": run, **one}}}
            for one in data
        ]

    records = [
        *event([MAIN], "1", "I ask."),
        *event([TOOL, "model:3"], "2", "At eight."),
        *event([TOOL], "3", "08:00", role="tool"),
        *event([MAIN], "4", "At nine."),
    ]
    assert texts(records) == ("I ask.\nAt nine.\n", 0)
    assert texts(records, "--subagents") == ("I ask.\nAt eight.\nAt nine.\n", 0)
