"""Shapes of the streams of LangChain, LangGraph and LangServe that no recording has."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.dialects.agents.cases import CUT_ARGUMENTS, Case, Record, check, words
from tests.fastpath.differential import observe
from tests.support import jsonl, message_call, run_here, sse

HUMAN = {"type": "human", "id": "h", "content": "Hi"}
CALLS = {
    "type": "ai",
    "id": "1",
    "content": "I send.",
    "tool_calls": [{"id": "c", "name": "send_message", "args": {"message": "At nine."}}],
}
SENT = {"type": "tool", "id": "2", "content": "sent", "tool_call_id": "c"}
ANSWER = {"type": "ai", "id": "3", "content": "Done.", "tool_calls": []}
STATES = [[HUMAN], [HUMAN, CALLS], [HUMAN, CALLS, SENT], [HUMAN, CALLS, SENT, ANSWER]]
ALL_OF_IT = "I send.\nAt nine.\nDone.\n"


def debug(kind: str, **payload: Any) -> Record:
    return {"step": 1, "timestamp": "x", "type": kind, "payload": payload}


def streamed(text: str, **members: Any) -> Record:
    about = {"model_provider": "openai"}
    return {"type": "AIMessageChunk", "id": "m", "content": text, "response_metadata": about, **members}


def called_piece(ident: str, name: str, arguments: str) -> Record:
    piece = {"name": name, "args": arguments, "id": f"call_{ident}", "index": 0, "type": "tool_call_chunk"}
    return streamed("", id=ident, tool_call_chunks=[piece])


SPOKEN = [
    {
        "id": f"m{n}",
        "type": "ai",
        "content": "",
        "tool_calls": [{"id": "call_0", "name": "send_message", "args": {"message": text}}],
    }
    for n, text in enumerate(("At nine.", "From pier 4."))
]
LANGGRAPH = [
    Case(
        "a model that numbers the calls of each response",
        [{"run_id": "r"}, *({"messages": [HUMAN, SPOKEN[0], SENT, SPOKEN[1]][:n]} for n in (1, 2, 3, 4))],
        "At nine.\nFrom pier 4.\n",
    ),
    Case("values", [{"run_id": "r"}, *({"messages": state} for state in STATES)], ALL_OF_IT),
    Case(
        "checkpoints", [{"run_id": "r"}, *({"values": {"messages": state}, "next": []} for state in STATES)], ALL_OF_IT
    ),
    Case(
        "debug",
        [
            {"run_id": "r"},
            debug("checkpoint", values={"messages": [HUMAN]}),
            debug("task", id="1", name="model", input={"messages": [HUMAN]}),
            debug("task_result", id="1", name="model", result={"messages": [CALLS]}),
            debug("checkpoint", values={"messages": STATES[1]}),
            debug("task_result", id="2", name="tools", result=[["messages", [SENT]], ["other", 1]]),
            debug("task_result", id="3", name="model", result={"messages": [ANSWER]}),
            debug("checkpoint", values={"messages": STATES[3]}),
        ],
        ALL_OF_IT,
    ),
    Case(
        "a model whose connection was lost",
        [{"run_id": "r", "attempt": 1}, [streamed("Hel"), {}], [streamed("", chunk_position="last"), {}]],
        *("Hel\n", 4),
    ),
    Case(
        "a node that tries again after a part of its call",
        [
            {"run_id": "r", "attempt": 1},
            [called_piece("lc_run--1", "send_message", '{"message": "At'), {}],
            [called_piece("lc_run--2", "send_message", '{"message": "At nine."}'), {}],
            [streamed("", id="lc_run--2", response_metadata={"finish_reason": "tool_calls"}), {}],
            [{**SENT, "type": "tool"}, {}],
            [streamed("Done.", id="lc_run--3", response_metadata={"finish_reason": "stop"}), {}],
        ],
        *("At\nAt nine.\nDone.\n", 4, "open"),
    ),
    Case(
        "a failed task and the error of its run",
        [
            {"run_id": "r", "attempt": 1},
            {"id": "t", "name": "model", "error": {"message": "no pier"}, "result": [], "interrupts": []},
            {"error": "APIError", "message": "no pier"},
        ],
        *("", 5, "APIError"),
    ),
    Case(
        "an error at once",
        [{"run_id": "r", "attempt": 1}, {"error": "ValueError", "message": "no key"}],
        "",
        5,
        "no key",
    ),
    Case(
        "an interrupt after a call",
        [
            {"run_id": "r", "attempt": 1},
            {
                "model": {
                    "messages": [
                        {
                            "type": "ai",
                            "id": "1",
                            "content": "May I?",
                            "tool_calls": [{"id": "c", "name": "rm", "args": {}}],
                        }
                    ]
                }
            },
            {"__interrupt__": [{"value": "approve?", "id": "i"}]},
        ],
        "May I?\n",
    ),
]


def chained(text: str, **members: Any) -> Record:
    return {"type": "AIMessageChunk", "id": "run-1", "content": text, **members}


WITH_REASON = {"response_metadata": {"finish_reason": "stop", "model_provider": "openai"}}
CHAIN = {"event": "on_chain_start", "run_id": "a", "name": "x", "data": {"input": "?"}}
CHAIN_EVENTS = [
    *(CHAIN, {"event": "on_chat_model_start", "run_id": "b", "data": {}}),
    {"event": "on_chat_model_stream", "run_id": "b", "data": {"chunk": called_piece("run-b", "look", "{}")}},
    {"event": "on_chat_model_end", "run_id": "b", "data": {"output": {**CALLS, "tool_calls": [], **WITH_REASON}}},
    {"event": "on_tool_start", "run_id": "c", "name": "look", "data": {}},
    {"event": "on_tool_end", "run_id": "c", "name": "look", "data": {"output": SENT}},
    {"event": "on_chat_model_stream", "run_id": "d", "data": {"chunk": streamed("Done.", id="run-d")}},
    {"event": "on_chat_model_end", "run_id": "d", "data": {"output": {**ANSWER, **WITH_REASON}}},
]
TEXTS = [
    {"type": "text", "text": "At nine.", "index": 0},
    {"type": "thinking", "thinking": "From where?", "index": 1},
    {"type": "text", "text": "From pier 4.", "index": 2},
]
LANGCHAIN = [
    Case(
        "two texts with thoughts between them, in pieces and whole",
        [
            *([chained("", content=[part]), {"langgraph_node": "m"}] for part in TEXTS),
            [chained("", chunk_position="last"), {"langgraph_node": "m"}],
            {"m": {"messages": [{"type": "ai", "id": "run-1", "content": TEXTS}]}},
            {"m": {"messages": [{"type": "ai", "id": "run-2", "content": TEXTS}]}},
        ],
        "At nine.\nFrom pier 4.\n" * 2,
    ),
    Case("the events of a chain", [*CHAIN_EVENTS, {**CHAIN, "event": "on_chain_end"}], "I send.\nDone.\n"),
    Case("the same, cut behind the answer", CHAIN_EVENTS, "I send.\nDone.\n", 4, "on_chain_end"),
    Case("the same, cut while a tool runs", CHAIN_EVENTS[:-3], "I send.\n", 4, "on_chain_end"),
    Case(
        "another attempt of the run",
        [
            {"run_id": "r", "attempt": 1},
            *(
                chained("On"),
                {"run_id": "r", "attempt": 2},
                {**chained("One."), "id": "run-2", "chunk_position": "last"},
            ),
        ],
        "On\nOne.\n",
    ),
    Case(
        "a refusal",
        [chained("", additional_kwargs={"refusal": "I may not."}), chained("", chunk_position="last")],
        "",
        0,
        "I may not.",
    ),
    Case(
        "parts of the second version",
        [{"type": "messages", "ns": [], "data": [chained("Hi", chunk_position="last"), {}]}],
        "Hi\n",
    ),
]
LANGSERVE = [
    Case(
        "an error after a chunk",
        [{"run_id": "r"}, chained("Hel"), {"error": {"status_code": 500, "message": "no"}}],
        "Hel\n",
        5,
        "no (code 500)",
    ),
    Case("an answer with events", [{"output": "Hi", "callback_events": [], "metadata": {"run_id": "r"}}], "Hi\n"),
    Case("a message that was not streamed", [{"run_id": "r"}, {"type": "ai", "id": "1", "content": "Hi"}], "Hi\n"),
    Case(
        "two messages that were not streamed",
        [{"type": "ai", "id": "1", "content": "A"}, {"type": "ai", "id": "2", "content": "B"}],
        "A\nB\n",
    ),
    Case(
        "an answer in pieces",
        [
            {"run_id": "r"},
            {"input": "x"},
            {"context": []},
            {"answer": "Hel"},
            {"answer": "lo"},
            {"type": "AIMessageChunk", "id": "2", "content": "", "chunk_position": "last"},
        ],
        "Hello\n",
    ),
]


def constructor(name: str, **members: Any) -> Record:
    return {"lc": 1, "type": "constructor", "id": ["langchain_core", "messages", name], "kwargs": members}


def blocks(*content: Any, kind: str = "AIMessageChunk", **members: Any) -> Record:
    return {"type": kind, "id": "r", "content": list(content), **members}


def of_model(kind: str, **data: Any) -> Record:
    return {"event": f"on_chat_model_{kind}", "run_id": "r", "name": "C", "data": data}


A, B, SEARCH = words("A"), words("B"), {"type": "server_tool_use", "id": "s", "name": "web", "input": {}}
SERIALIZED = [
    Case(
        "an end of a model that names no reason",
        [
            of_model("start", input={}),
            *(of_model("stream", chunk=blocks(one)) for one in (A, B)),
            of_model("end", output=blocks(A, B)),
        ],
        "AB\n",
    ),
    Case(
        "an end of a model that names no reason, and a start without its message",
        [
            of_model("start", input={}),
            of_model("stream", chunk=blocks(A)),
            of_model("end", output=blocks(A)),
            {**of_model("start", input={}), "run_id": "s"},
        ],
        "A\n",
        4,
    ),
    Case("two texts with a tool between", [blocks(A), blocks(SEARCH), blocks(B, chunk_position="last")], "A\nB\n"),
    Case("the same in one message", [blocks(A, SEARCH, B, kind="ai")], "A\nB\n"),
    Case("the same in a history", [{"messages": [blocks(A, SEARCH, B, kind="ai")]}], "A\nB\n"),
    Case(
        "the same in chunks and a history",
        [blocks(A), blocks(SEARCH), blocks(B, chunk_position="last"), {"messages": [blocks(A, SEARCH, B, kind="ai")]}],
        "A\nB\n",
    ),
    Case(
        "parts that are strings",
        [blocks("A", words("B"), kind="ai"), {"messages": [blocks("A", "B", kind="ai")]}],
        "AB\n",
    ),
    Case(
        "two texts with thoughts between", [blocks(A, {"type": "thinking", "thinking": "Hm"}, B, kind="ai")], "A\nB\n"
    ),
    Case("a part whose type is a list", [blocks(A, {"type": ["x"]}, B, kind="ai")], "A\nB\n"),
    Case(
        "messages of LangChain.js",
        [
            constructor("AIMessageChunk", id="r", content="At ", tool_call_chunks=[]),
            constructor("AIMessageChunk", id="r", content="nine.", response_metadata={"finish_reason": "stop"}),
        ],
        "At nine.\n",
    ),
    Case(
        "a state of LangGraph.js",
        [
            {
                "messages": [
                    constructor("HumanMessage", content="When?", id="h"),
                    constructor("AIMessage", content="At nine.", id="a"),
                ]
            }
        ],
        "At nine.\n",
    ),
    Case(
        "a kept history",
        [{"messages": [{"type": "human", "data": {"content": "?"}}, {"type": "ai", "data": {"content": "At nine."}}]}],
        "At nine.\n",
    ),
]


def at_node(name: str, ident: str, text: str, **members: Any) -> list[Record]:
    return [chained(text, **{"id": ident, **members}), {"langgraph_node": name}]


INVOKED = {"run_id": "r", "feedback_tokens": []}
TWO_NODES = [
    Case(
        "two nodes at once, whose metadata have their names alone",
        [
            *(at_node("a", "run-1", "At "), at_node("b", "run-2", "From "), at_node("a", "run-1", "nine.")),
            *(at_node("a", "run-1", "", chunk_position="last"), at_node("b", "run-2", "pier 4.")),
            at_node("b", "run-2", "", chunk_position="last"),
        ],
        "At nine.\nFrom pier 4.\n",
    ),
]
INVOKE = [
    Case("the answer of LangServe, a text", [{"output": "At nine.", "metadata": INVOKED}], "At nine.\n"),
    Case(
        "the answer of LangServe, an agent's",
        [{"output": {"input": "?", "output": "At nine."}, "metadata": INVOKED}],
        "At nine.\n",
    ),
]


def named(event: str, data: Any) -> Record:
    """An event of a LangGraph server as its clients print it."""
    return {"id": "1", "event": event, "data": data}


BEGUN_HERE = named("metadata", {"run_id": "r", "attempt": 1})
NAMED_EVENTS = [
    Case(
        "LangGraph's events with their names, two models at once",
        [
            BEGUN_HERE,
            *(named("messages|a:1", at_node("a", "x", "At ")), named("messages|b:1", at_node("b", "y", "Pier "))),
            named("messages", at_node("a", "x", "nine.", chunk_position="last")),
            named("messages", at_node("b", "y", "4.", chunk_position="last")),
            named("end", None),
        ],
        "At nine.\nPier 4.\n",
    ),
    Case(
        "LangGraph's messages so far, with their names",
        [
            *(
                BEGUN_HERE,
                named("messages/partial", [chained("At ")]),
                named("messages/partial", [chained("At nine.")]),
            ),
            named("messages/complete", [chained("At nine.", response_metadata={"finish_reason": "stop"})]),
        ],
        "At nine.\n",
    ),
    Case("LangGraph's error with its name", [BEGUN_HERE, named("error", {"error": "E", "message": "no"})], "", 5, "no"),
]


def test_tuples_with_a_namespace_a_mode_or_both() -> None:
    chunk = {"type": "AIMessageChunk", "id": "r", "content": "At nine.", "chunk_position": "last"}
    place: list[Any] = [chunk, {"langgraph_node": "a"}]
    update = {"a": {"messages": [{**chunk, "type": "ai"}]}}
    for records in (
        [["messages", place], ["updates", update]],
        [[["a:1"], "messages", place], [["a:1"], "updates", update]],
        [[["a:1"], place]],
        [[[], update]],
    ):
        data = b"".join(json.dumps(record).encode() + b"\n" for record in records)
        assert run_here(["text"], data) == (0, b"At nine.\n", "")


def ai(text: str, **members: Any) -> Record:
    return {"type": "ai", "id": "x", "content": text, **members}


ENDED: Record = {"response_metadata": {"finish_reason": "stop"}, "usage_metadata": {"input_tokens": 3}}
BY_LINE = {
    "a message so far": ([[ai("")], [ai("At ")], [ai("At nine.", **ENDED)]], "At nine.\n", 0),
    "the same, cut": ([[ai("")], [ai("At ")], [ai("At nine.")]], "At nine.\n", 4),
    "two messages": ([[ai("At ")], [ai("At nine.", **ENDED)], [ai("Done.", **ENDED, id="y")]], "At nine.\nDone.\n", 0),
    "the whole message alone": ([[ai("At nine.", **ENDED)]], "At nine.\n", 0),
    "two models at once": (
        [
            [streamed("At ", id="a"), {"langgraph_node": "a"}],
            [streamed("Pier ", id="b"), {"langgraph_node": "b"}],
            [streamed("nine.", id="a", **ENDED), {"langgraph_node": "a"}],
            [streamed("4.", id="b", **ENDED), {"langgraph_node": "b"}],
        ],
        "At nine.\nPier 4.\n",
        0,
    ),
    "a sub-agent's first": (
        [
            [streamed("No.", id="a"), {"langgraph_checkpoint_ns": "tools:1|model:2"}],
            [streamed("At nine.", id="b", **ENDED), {"langgraph_checkpoint_ns": "model:1"}],
        ],
        "At nine.\n",
        0,
    ),
}


@pytest.mark.parametrize(("records", "text", "code"), BY_LINE.values(), ids=BY_LINE)
@pytest.mark.parametrize(
    "layout",
    ["lines", "indented", "with commas", "in an array", "in an array of lines", "glued", "with a mode", "glued modes"],
)
def test_lists_without_the_record_of_their_run(records: list[Any], text: str, code: int, layout: str) -> None:
    lines = [json.dumps(one) for one in records]
    modes = [json.dumps(["messages" if len(one) == 2 else "messages/partial", one]) for one in records]
    data = {
        "glued": "".join(lines),
        "with a mode": "\n".join(modes),
        "glued modes": "".join(modes),
        "lines": "\n".join(lines),
        "indented": "\n".join(json.dumps(one, indent=2) for one in records),
        "with commas": ",\n".join(lines),
        "in an array": json.dumps(records),
        "in an array of lines": "[\n" + ",\n".join(lines) + "\n]\n",
    }[layout].encode()
    for blocks in ([data], [data[at : at + 1] for at in range(len(data))], [data[:9], data[9:]]):
        ran = observe(blocks, ["text"], fast=True)
        assert (ran.written("text").decode(), ran.code) == (text, code)


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("between", ["", "\n", ",\n"])
def test_no_text_of_two_models_is_lost_where_lists_are_read_as_arrays(between: str, long: bool) -> None:
    """So are lists in one line, and those behind one that is too long to be looked at."""
    lists: list[list[Any]] = []
    for number in range(3):
        for ident in ("run-a", "run-b"):
            end = {"finish_reason": "stop"} if number == 2 else {}
            message: dict[str, Any] = {"type": "AIMessageChunk", "id": ident, "content": f"{ident[-1]}{number} "}
            message["response_metadata"] = end
            lists.append([message, {"langgraph_node": ident, "langgraph_step": 1}])
    if long:
        lists[0][0]["additional_kwargs"] = {"x": "y" * 20_000}
    ran = observe([between.join(map(json.dumps, lists)).encode()], ["text"], fast=True)
    assert (ran.written("text"), ran.code) == (b"a0 a1 a2 \nb0 b1 b2 \n", 0)


@pytest.mark.parametrize("cut", [0, 1, 30])
@pytest.mark.parametrize("count", [3, 400])
def test_lists_with_a_mode_that_are_glued_in_a_long_or_cut_line(count: int, cut: int) -> None:
    """The bytes by which a format is detected do not show the end of the line, or it has none."""
    messages: list[dict[str, Any]] = [
        {"type": "AIMessageChunk", "id": "run-a", "content": f"{number} ", "additional_kwargs": {"x": "y" * 100}}
        for number in range(count)
    ]
    messages[-1]["response_metadata"] = {"finish_reason": "stop"}
    data = "".join(json.dumps(["messages", [one, PLACE]]) for one in messages).encode()
    text = "".join(f"{number} " for number in range(count - bool(cut))) + "\n"
    ran = run_here(["text"], data[: len(data) - cut])
    assert (ran.stdout.decode(), ran.code) == (text, 4 if cut else 0)


STATE_FIRST: list[list[Any]] = [
    ["custom", {"status": "looking"}],
    ["updates", {"route": {"topic": "gates"}}],
    ["values", {"topic": "gates"}],
    [[], "custom", {"status": "looking"}],
    [["inner:1"], "updates", {"route": None}],
    [["inner:1"], {"route": None}],
]


@pytest.mark.parametrize("first", STATE_FIRST, ids=json.dumps)
@pytest.mark.parametrize("between", ["", "\n", "in an array"])
def test_lists_with_a_mode_of_which_the_first_has_no_message(first: list[Any], between: str) -> None:
    """It was malformed. Lists that nothing separates, behind a namespace, were taken for words before a record."""
    chunks = [{**one, "type": "AIMessageChunk"} for one in (ai("At "), ai("nine.", **ENDED))]
    mark: list[Any] = [one for one in first[:-1] if isinstance(one, list)]
    mark += ["messages"] if len(first) == len(mark) + 2 else []
    records = [first, *([*mark, [one, PLACE]] for one in chunks)]
    lines = [json.dumps(one) for one in records]
    data = ("[" + ",\n".join(lines) + "]" if between == "in an array" else between.join(lines)).encode()
    for blocks in ([data], [data[at : at + 1] for at in range(len(data))]):
        ran = observe(blocks, ["text"], fast=True)
        assert (ran.written("text"), ran.code) == (b"At nine.\n", 0)


def test_a_chunk_in_a_list_with_a_word_is_no_state() -> None:
    records = [["values", one] for one in message_call(['{"message":"At nine."}'])]
    ran = run_here(["text"], jsonl(records))
    assert (ran.stdout, ran.code) == (b"At nine.\n", 0)


@pytest.mark.parametrize(
    "records",
    [
        [["custom", {"text": "At nine."}]],
        [{"type": "custom", "ns": [], "data": {"text": "At nine."}}],
        [{"event": "custom", "data": "At nine."}],
    ],
    ids=["lists", "parts", "events"],
)
def test_a_run_with_events_of_its_application_alone(records: list[Any]) -> None:
    ran = run_here(["text"], jsonl([{"run_id": "r", "attempt": 1}, *records]))
    assert (ran.stdout, ran.code) == (b"", 4)
    assert "events of its application alone (custom)" in ran.stderr


@pytest.mark.parametrize("mode", [False, True])
def test_a_run_in_one_array_that_ends_in_an_error(mode: bool) -> None:
    """R12: what the program caught is behind the lists that had come."""
    lists, failure = (
        [[streamed("At ", id="x"), PLACE], [streamed("ni", id="x"), PLACE]],
        {"error": "E", "message": "no pier"},
    )
    ran = run_here(["text"], json.dumps([*(["messages", one] if mode else one for one in lists), failure]).encode())
    assert ran[:2] == (5, b"At ni\n")
    assert "no pier" in ran.stderr


@pytest.mark.parametrize("prefix", ["lc_run--", "m-"])
def test_chunks_of_two_models_without_metadata(prefix: str) -> None:
    """A program printed the chunks alone: each id is a message, and the second waits (R16)."""
    pieces = [("a", "At "), ("b", "Pier "), ("a", "nine."), ("b", "4.")]
    chunks = [streamed(text, id=f"{prefix}{ident}") for ident, text in pieces]
    ends = [streamed("", id=f"{prefix}{ident}", **ENDED) for ident in "ab"]
    assert run_here(["text"], jsonl([*chunks, *ends])) == (0, b"At nine.\nPier 4.\n", "")


GROWING = {
    "it grows": ([ai("At "), ai("At nine"), ai("At nine.")], "At nine.\n"),
    "it grows until its end": ([ai("At "), ai("At nine."), ai("At nine.", **ENDED)], "At nine.\n"),
    "it grows behind its end": ([ai("At nine.", **ENDED), ai("At nine. Or ten.", **ENDED)], "At nine.\n Or ten.\n"),
    "it is another": ([ai("At nine."), ai("Not before ten.")], "At nine.\nNot before ten.\n"),
    "it is another behind its end": (
        [ai("At nine.", **ENDED), ai("Not before", **ENDED), ai("Not before ten.", **ENDED), ai("Never.", **ENDED)],
        "At nine.\nNot before ten.\nNever.\n",
    ),
    "it is as before": ([ai("At nine."), ai("At nine."), ai("At nine.", **ENDED)], "At nine.\n"),
}


@pytest.mark.parametrize(("messages", "text"), GROWING.values(), ids=GROWING)
@pytest.mark.parametrize("begun", [True, False])
def test_states_whose_message_grows_or_is_replaced(messages: list[Any], text: str, begun: bool) -> None:
    """What is new of it is shown (R15), and its usage counts once."""
    states = [{"messages": [HUMAN]}, *({"messages": [HUMAN, one]} for one in messages)]
    data = jsonl([*([{"run_id": "r"}] if begun else []), *states])
    ran = run_here(["text"], data)
    assert (ran.stdout.decode(), ran.code) == (text, 0), ran.stderr
    assert run_here(["rewrite"], data).stdout.count(b'"usage"') == (ENDED.items() <= messages[-1].items())


def test_deltas_count_where_a_state_has_another_text() -> None:
    chunks = [[streamed("At ", id="x"), PLACE], [streamed("nine.", id="x", chunk_position="last"), PLACE]]
    data = jsonl([{"run_id": "r"}, *chunks, {"messages": [HUMAN, ai("Not before ten.")]}])
    assert run_here(["text"], data).stdout == b"At nine.\n"


def test_the_result_of_a_tool_behind_a_state_without_a_reason() -> None:
    """R11: the run was killed before the next message."""
    called = ai("I look.", tool_calls=[{"id": "c", "name": "look", "args": {}}])
    data = jsonl([{"messages": [HUMAN, called]}, {"messages": [HUMAN, called, {**SENT, "name": "look"}]}])
    assert run_here(["text"], data)[:2] == (4, b"I look.\n")


PLACE = {"langgraph_checkpoint_ns": "a:1"}
TUPLES = [
    Case(
        "what a node returns, behind its chunks under another id",
        [
            *([blocks(words("At ")), PLACE], [blocks(words("nine.")), PLACE]),
            [{"type": "ai", "id": "x", "content": "At nine."}, PLACE],
        ],
        "At nine.\n",
    ),
    Case(
        "the same behind their end, as a chunk",
        [
            *([blocks(words("At nine, ")), PLACE], [blocks(words("from pier 4."), chunk_position="last"), PLACE]),
            [{"type": "AIMessageChunk", "id": "x", "content": "At nine, from pier 4."}, PLACE],
        ],
        "At nine, from pier 4.\n",
    ),
    Case(
        "what two nodes return, without chunks",
        [
            [{"type": "ai", "id": "x", "content": "Done."}, PLACE],
            [{"type": "ai", "id": "y", "content": "Done."}, {"langgraph_checkpoint_ns": "b:1"}],
        ],
        "Done.\nDone.\n",
    ),
    Case(
        "chunks with the type of a whole message, cut",
        [[{"type": "ai", "id": "x", "content": one}, PLACE] for one in ("ha", "ha")],
        "haha\n",
        4,
    ),
]


@pytest.mark.parametrize("case", TUPLES, ids=lambda case: case.name)
def test_what_nodes_return_behind_their_chunks_or_without_any(case: Case) -> None:
    """R15: LangGraph sends chunks as they come, and all messages that a node returns and that had none."""
    data = "".join(f"event: messages\ndata: {json.dumps(record)}\n\n" for record in case.records)
    ran = run_here(["text"], data.encode())
    assert (ran.stdout.decode(), ran.code) == (case.text, case.code), ran.stderr


SERVED = 'event: metadata\r\ndata: {"run_id": "r"}\r\n\r\n'
LOST = chained("On", response_metadata={"model_provider": "openai"})


@pytest.mark.parametrize(
    ("data", "end", "code"),
    [
        (["At ", "nine.", ""], "stop", 0),
        ([{"docs": ["x"]}, {"answer": "At "}, {"answer": "nine."}], "stop", 0),
        (["", ""], "stop", 0),
        ([{"answer": ""}], "stop", 0),
        ([LOST, chained("", chunk_position="last")], "error", 5),
        ([{"event": "on_chat_model_stream", "run_id": "m", "data": {"chunk": LOST}}], "error", 5),
        ([LOST, chained("", response_metadata={"finish_reason": "stop"})], "stop", 0),
    ],
)
def test_the_end_of_langserve_is_the_end_of_a_text(data: list[Any], end: str, code: int) -> None:
    """R5, R17: of texts it is the only end; a message whose provider gives a reason was lost without one."""
    stream = SERVED + "".join(f"event: data\r\ndata: {json.dumps(one)}\r\n\r\n" for one in data)
    for whole, ends in ((stream + "event: end\r\n\r\n", [end]), (stream, [end] if "reason" in stream else [])):
        ran = run_here(["rewrite"], whole.encode())
        chunks = [json.loads(line) for line in ran.stdout.splitlines()]
        finished = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]]
        assert [*filter(None, finished), *("error" for chunk in chunks if "error" in chunk)] == ends
        assert ran.code == (code if whole is not stream else 4)


@pytest.mark.parametrize(
    ("objects", "text", "code"),
    [
        ([{}, {"a": "船"}, {"a": "船 1", "b": [1]}, {"a": "船 1", "b": [12, {}]}], '{"a": "船 1", "b": [12, {}]}\n', 0),
        ([{"docs": ["x"]}, {"joke": "A"}, {"joke": "B"}], "", 4),
        ([{"a": ["x", "y"]}, {"a": ["x"]}], "", 4),
        ([{"a": "x"}, {"a": "y"}], "", 4),
        ([{"a": "x"}, {"error": "lost"}], '{"a": "x"}\n', 5),
        ([{"docs": ["x"]}, {"answer": "Nine."}], "Nine.\n", 0),
        ([{"docs": ["x"]}, chained("Nine.", response_metadata={"finish_reason": "stop"})], "Nine.\n", 0),
        ([{}], "", 4),
    ],
)
def test_an_object_that_grows_is_the_answer_of_langserve(objects: list[Any], text: str, code: int) -> None:
    """A chain that ends with a parser of JSON sends what it has parsed so far, and never the text."""
    stream = SERVED + "".join(f"event: data\r\ndata: {json.dumps(one)}\r\n\r\n" for one in objects)
    ran = run_here(["text"], (stream + "event: end\r\n\r\n").encode())
    assert (ran.stdout.decode(), ran.code) == (text, code), ran.stderr
    cut = run_here(["text"], stream.encode())
    assert (cut.stdout.decode(), cut.code) == (text, max(code, 4))


@pytest.mark.parametrize("again", [0, 1])
def test_the_usage_of_a_snapshot_behind_the_finish_reason(again: int) -> None:
    """The mode ``messages`` of LangGraph repeats the whole message when the usage has come; a state may follow."""
    whole = {"type": "ai", "id": "1", "content": "Hi", "response_metadata": {"finish_reason": "stop"}}
    counted = {**whole, "usage_metadata": {"input_tokens": 3, "output_tokens": 1}}
    ran = run_here(["rewrite"], jsonl([[whole], [counted], *([{"messages": [counted]}] * again)]))
    assert ran.stdout.count(b'"total_tokens":4') == ran.stdout.count(b'"usage"') == 1
    assert run_here(["text"], jsonl([[whole], [counted]])).stdout == b"Hi\n"


@pytest.mark.parametrize(
    "data",
    [
        "Looking it up",
        ["a", "b"],
        {"status": "failed", "message": "trying again"},
        {"error": "no page 2"},
        {"type": "text-delta", "id": "0", "delta": "x"},
        {"type": "RUN_STARTED"},
        {"choices": [{"index": 0, "delta": {"content": "x"}}]},
        {"messages": [chained("x", id="run-2")]},
    ],
)
def test_what_an_application_of_langgraph_sends_is_no_part_of_its_run(data: Any) -> None:
    about = {"langgraph_node": "m"}
    said = [[chained("At "), about], [chained("nine.", chunk_position="last"), about]]
    begun = {"run_id": "r", "attempt": 1}
    named = [("metadata", begun), ("messages", said[0]), ("custom|tools:1", data), ("messages", said[1])]
    served = "".join(f"event: {name}\ndata: {json.dumps(one)}\n\n" for name, one in named).encode()
    printed = [begun, said[0], {"event": "custom", "data": data}, said[1]]
    tuples = [begun, ["messages", said[0]], ["custom", data], ["messages", said[1]]]
    parts = [begun, said[0], {"type": "custom", "ns": [], "data": data}, said[1]]
    for stream in (served, jsonl(printed), jsonl(tuples), jsonl(parts)):
        ran = run_here(["text"], stream)
        assert (ran.stdout, ran.code) == (b"At nine.\n", 0), ran.stderr


@pytest.mark.parametrize(("ident", "text"), [("a", "I ask."), ("b", "I ask."), ("a", "I wait.")])
@pytest.mark.parametrize("mode", ["values", "debug", "checkpoints"])
@pytest.mark.parametrize("joined", [True, False], ids=["joined", "alone"])
def test_a_run_of_langgraph_that_goes_on_behind_an_interrupt(ident: str, text: str, mode: str, joined: bool) -> None:
    """The first state of a run has the messages of the runs before, as they are now."""

    def run(ident: str, *states: list[Record]) -> list[Record]:
        shapes: dict[str, Callable[[Record], Record]] = {
            "values": lambda state: state,
            "debug": lambda state: {
                "type": "checkpoint",
                "timestamp": "t",
                "step": 1,
                "payload": {"values": state, "next": ["tools"]},
            },
            "checkpoints": lambda state: {"config": {}, "metadata": {}, "values": state, "next": ["tools"]},
        }
        events = [{"event": "metadata", "data": {"run_id": ident, "attempt": 1}}]
        return events + [{"event": mode, "data": shapes[mode]({"messages": messages})} for messages in states]

    human = {"type": "human", "id": "h", "content": "When?"}
    call = {"id": "c", "name": "ring_bell", "args": {"times": 2}}
    asked = {"type": "ai", "id": "a", "content": "I ask.", "tool_calls": [call]}
    edited = {**asked, "id": ident, "content": text}
    rung = {"type": "tool", "id": "t", "content": "rung", "tool_call_id": "c"}
    done = {"type": "ai", "id": "z", "content": "Done."}
    first = run("run-1", [human], [human, asked])
    second = run("run-2", [human, edited], [human, edited, rung], [human, edited, rung, done])
    ran = run_here(["text"], jsonl(first + second if joined else second))
    assert (ran.stdout.decode(), ran.code, ran.stderr) == ("I ask.\nDone.\n" if joined else "Done.\n", 0, "")


@pytest.mark.parametrize("mode", ["updates", "values", "messages/complete", "alone"])
@pytest.mark.parametrize("before", [[], [{"id": "b", "name": "send_message", "args": {"message": "One."}}]])
def test_a_call_of_langchain_whose_arguments_could_not_be_read(mode: str, before: list[Record]) -> None:
    """It is apart, with its arguments as text: langchain-ai/langchain#39275."""
    invalid = {"id": "c", "name": "send_message", "args": CUT_ARGUMENTS, "error": None, "type": "invalid_tool_call"}
    message: Record = {"type": "ai", "id": "a", "content": "", "tool_calls": before, "invalid_tool_calls": [invalid]}
    message["response_metadata"] = {"finish_reason": "length"}
    shapes = {"updates": {"model": {"messages": [message]}}, "values": {"messages": [message]}}
    data = message if mode == "alone" else shapes.get(mode, [message])
    ran = run_here(["text"], jsonl([data if mode == "alone" else {"event": mode, "data": data}]))
    assert (ran.stdout.decode(), ran.code) == ("One.\nAt ni\n" if before else "At ni\n", 4)
    assert "inside the arguments" in ran.stderr or "while the arguments of send_message were open" in ran.stderr


@pytest.mark.parametrize("finished", [True, False])
def test_a_call_of_langchain_is_known_by_its_id_behind_one_that_could_not_be_read(finished: bool) -> None:
    """The whole message has it in the first place, the deltas in the second."""

    def piece(index: int, arguments: str, ident: str | None = None) -> Record:
        name = "send_message" if ident else None
        return {"index": index, "id": ident, "name": name, "args": arguments, "type": "tool_call_chunk"}

    def delta(**members: Any) -> list[Record]:
        return [{"type": "AIMessageChunk", "id": "r", "content": "", **members}, {"langgraph_node": "model"}]

    pieces = [piece(0, "", "a"), piece(0, CUT_ARGUMENTS), piece(1, "", "b"), piece(1, '{"message": "Two."}')]
    deltas = [delta(tool_call_chunks=[one]) for one in pieces]
    end: Record = {"response_metadata": {"finish_reason": "length"}}
    whole: Record = {"type": "ai", "id": "r", "content": "", **end}
    whole["tool_calls"] = [{"id": "b", "name": "send_message", "args": {"message": "Two."}}]
    whole["invalid_tool_calls"] = [{"id": "a", "name": "send_message", "args": CUT_ARGUMENTS}]
    records = [*deltas, *([delta(**end)] if finished else []), {"model": {"messages": [whole]}}]
    ran = run_here(["text"], jsonl(records))
    assert (ran.stdout.decode(), ran.code) == ("At ni\nTwo.\n", 4)


@pytest.mark.parametrize("first", ["events", "messages"])
def test_chunks_that_langgraph_sends_in_events_and_as_tuples(first: str) -> None:
    """Clients ask for both modes at once (ag-ui#1106): each chunk is an event of its model, and a tuple (R15)."""
    node = {"langgraph_node": "model", "langgraph_checkpoint_ns": "model:1"}
    end = {"response_metadata": {"finish_reason": "tool_calls"}}
    call = {"index": 0, "id": "c", "name": "send_message", "args": '{"message": "At nine."}', "type": "tool_call_chunk"}
    chunks: list[Record] = [{"content": "I "}, {"content": "ask."}, {"tool_call_chunks": [call]}, end]
    records: list[Record] = [{"event": "metadata", "data": {"run_id": "run-1", "attempt": 1}}]
    for members in chunks:
        chunk: Record = {"type": "AIMessageChunk", "id": "lc_run--1", "content": "", **members}
        event: Record = {"event": "on_chat_model_stream", "run_id": "1", "name": "m", "data": {"chunk": chunk}}
        pair: list[Record] = [{"event": "events", "data": event}, {"event": "messages", "data": [chunk, node]}]
        records += pair if first == "events" else pair[::-1]
    sent = {"type": "tool", "id": "t", "content": "ok", "tool_call_id": "c"}
    done = {"type": "ai", "id": "z", "content": "Done.", "response_metadata": {"finish_reason": "stop"}}
    records += [{"event": "updates", "data": {"tools": {"messages": [sent]}}}]
    records += [{"event": "updates", "data": {"model": {"messages": [done]}}}]
    ran = run_here(["text"], sse([one["data"] for one in records], done=False))
    assert (ran.stdout.decode(), ran.code, ran.stderr) == ("I ask.\nAt nine.\nDone.\n", 0, "")


CASES = [*LANGGRAPH, *LANGCHAIN, *LANGSERVE, *SERIALIZED, *TWO_NODES, *INVOKE, *NAMED_EVENTS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_text_makes_of_a_stream(case: Case) -> None:
    check(case)


def _of_model(kind: str, **data: Any) -> Record:
    return {"event": kind, "run_id": "r", "name": "model", "tags": [], "metadata": {}, "data": data}


EVENTS = {
    "a model of texts": (
        [
            _of_model("on_llm_start", input="?"),
            _of_model("on_llm_stream", chunk="At "),
            _of_model("on_llm_stream", chunk={"text": "nine."}),
            _of_model("on_llm_end", output={}),
        ],
        "At nine.\n",
        0,
    ),
    "the same, cut": ([_of_model("on_llm_start"), _of_model("on_llm_stream", chunk="At ")], "At \n", 4),
    "a whole message without chunks": (
        [
            _of_model("on_chat_model_start"),
            _of_model("on_chat_model_stream", chunk={"text": "of another class"}),
            _of_model("on_chat_model_end", output={"type": "ai", "id": "x", "content": "At nine."}),
        ],
        "At nine.\n",
        0,
    ),
    "an end without a message": ([_of_model("on_chat_model_start"), _of_model("on_chat_model_end", output="?")], "", 4),
}


@pytest.mark.parametrize(("records", "text", "code"), EVENTS.values(), ids=EVENTS)
def test_events_of_models(records: list[Any], text: str, code: int) -> None:
    ran = run_here(["text"], jsonl(records))
    assert (ran.stdout.decode(), ran.code) == (text, code), ran.stderr


def test_an_error_of_a_message_of_the_third_protocol() -> None:
    """R12."""
    begun = {"namespace": [], "data": {"event": "running"}}
    failed = {"namespace": ["model:1"], "data": {"event": "error", "message": "The desk is busy."}}
    events = [("lifecycle", begun), ("messages", failed)]
    ran = run_here(["text"], jsonl([{"type": "event", "method": name, "params": params} for name, params in events]))
    assert (ran.code, ran.stdout) == (5, b"")
    assert "The desk is busy." in ran.stderr
