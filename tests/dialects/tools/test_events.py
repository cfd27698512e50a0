"""Tools that the provider's server runs, and results of tools: visible in every report, and never calls of a client."""

import json
from typing import Any, NamedTuple

import pytest
from tests.support import jsonl, run_here, sse

Record = dict[str, Any]


class Case(NamedTuple):
    """A stream, and its calls: the tool, what it is called with, its result, and whether that is a failure."""

    records: list[Record]
    calls: list[tuple[str, str, str, bool]]


def response(kind: str, **members: Any) -> Record:
    return {"type": f"response.{kind}", **members}


SEARCH = {"id": "ws", "type": "web_search_call", "status": "in_progress"}
SOURCES = [{"type": "url", "url": "https://f.example"}]
SEARCHED = {**SEARCH, "status": "completed", "action": {"type": "search", "query": "ferry", "sources": SOURCES}}
LOOK = {
    "id": "mcp",
    "type": "mcp_call",
    "name": "look",
    "server_label": "port",
    "arguments": "",
    "status": "in_progress",
}
FAILED = {**LOOK, "arguments": '{"pier": 4}', "error": {"type": "http_error", "message": "no port"}, "status": "failed"}
LOGS = [{"type": "logs", "logs": "1\n"}]
CODE = {"id": "ci", "type": "code_interpreter_call", "code": "print(1)", "outputs": LOGS, "status": "completed"}
IMAGE = {
    "id": "ig",
    "type": "image_generation_call",
    "revised_prompt": "a pier",
    "result": "iVBORw",
    "status": "completed",
}
FILES = {"id": "fs", "type": "file_search_call", "queries": ["hours"], "results": None, "status": "completed"}
SAID = {"id": "m", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "At nine."}]}
WHOLE = {"id": "r", "object": "response", "model": "m", "status": "completed"}
OF_RESPONSES = [
    ("web_search", '{"type": "search", "query": "ferry"}', "https://f.example", False),
    ("mcp__port__look", '{"pier": 4}', "no port", True),
    ("code_interpreter", '{"code": "print(1)"}', "1\n", False),
    ("image_generation", '{"revised_prompt": "a pier"}', "", False),
    ("file_search", '{"queries": ["hours"]}', "", False),
]
RESPONSES: list[Record] = [
    response("created", response={**WHOLE, "status": "in_progress", "output": []}),
    response("output_item.added", output_index=0, item=SEARCH),
    response("web_search_call.searching", output_index=0, item_id="ws"),
    response("output_item.done", output_index=0, item=SEARCHED),
    response("output_item.added", output_index=1, item=LOOK),
    response("mcp_call_arguments.delta", output_index=1, item_id="mcp", delta='{"pier": 4}'),
    response("output_item.done", output_index=1, item=FAILED),
    response("output_item.done", output_index=2, item=CODE),
    response("output_item.done", output_index=3, item=IMAGE),
    response("output_item.done", output_index=4, item=FILES),
    response("output_text.delta", output_index=5, item_id="m", content_index=0, delta="At nine."),
    response("completed", response={**WHOLE, "output": [SEARCHED, FAILED, CODE, IMAGE, FILES, SAID]}),
]


def block(index: int, start: Any, *fragments: str) -> list[Record]:
    """The events of a block of Anthropic."""
    delta, member = ("text_delta", "text") if start["type"] == "text" else ("input_json_delta", "partial_json")
    pieces = [{"type": delta, member: one} for one in fragments]
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": one} for one in pieces),
        {"type": "content_block_stop", "index": index},
    ]


USED = {"type": "server_tool_use", "id": "st", "name": "web_search", "input": {}}
FOUND = {"type": "web_search_result", "title": "Ferries", "url": "https://f.example", "encrypted_content": "x"}
GAVE = {"type": "web_search_tool_result", "tool_use_id": "st", "content": [FOUND]}
ASKED = {"type": "mcp_tool_use", "id": "mt", "name": "look", "server_name": "port", "input": {}}
TOLD = {
    "type": "mcp_tool_result",
    "tool_use_id": "mt",
    "is_error": True,
    "content": [{"type": "text", "text": "no port"}],
}
RUN = {"type": "server_tool_use", "id": "ce", "name": "bash_code_execution", "input": {}}
OUTPUT = {"type": "bash_code_execution_result", "stdout": "1", "stderr": "", "return_code": 0}
RAN = {"type": "bash_code_execution_tool_result", "tool_use_id": "ce", "content": OUTPUT}
DENIED = {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}
OF_ANTHROPIC = [
    ("web_search", '{"query": "ferry"}', "Ferries https://f.example", False),
    ("mcp__port__look", '{"pier": 4}', "no port", True),
    ("bash_code_execution", '{"command": "ls"}', "1", False),
    ("web_search", '{"query": "bus"}', "max_uses_exceeded", True),
]
MESSAGE = {"id": "a", "type": "message", "role": "assistant", "model": "m"}
BLOCKS: list[tuple[Record, list[str]]] = [
    *((USED, ["", '{"query": "fe', 'rry"}']), (GAVE, []), (ASKED, ['{"pier": 4}']), (TOLD, [])),
    *((RUN, ['{"command": "ls"}']), (RAN, []), ({**USED, "id": "s2"}, ['{"query": "bus"}'])),
    ({**GAVE, "tool_use_id": "s2", "content": DENIED}, []),
    ({"type": "text", "text": ""}, ["At nine."]),
]
ANTHROPIC: list[Record] = [
    {"type": "message_start", "message": {**MESSAGE, "content": [], "usage": {"input_tokens": 1}}},
    *(event for index, (start, fragments) in enumerate(BLOCKS) for event in block(index, start, *fragments)),
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
    {"type": "message_stop"},
]


def as_whole(start: Any, fragments: list[str]) -> Record:
    if start["type"] == "text":
        return {"type": "text", "text": "".join(fragments)}
    return {**start, "input": json.loads("".join(fragments))} if fragments else start


def gemini(*parts: Record, **members: Any) -> Record:
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, "index": 0, **members}]}


CODE_PART = {"executableCode": {"language": "PYTHON", "code": "1/0"}}
CODE_RESULT = {"codeExecutionResult": {"outcome": "OUTCOME_FAILED", "output": "ZeroDivisionError"}}
GROUNDS = {
    "webSearchQueries": ["ferry"],
    "groundingChunks": [{"web": {"uri": "https://f.example", "title": "Ferries"}}],
}
TOOL_CALL = {"toolCall": {"toolType": "GOOGLE_SEARCH_WEB", "id": "g", "args": {"queries": ["ferry"]}}}
TOOL_RESPONSE = {"toolResponse": {"toolType": "GOOGLE_SEARCH_WEB", "id": "g", "response": {"hits": 2}}}


def step(kind: str, **members: Any) -> Record:
    return {"event_type": kind, **members}


QUERY = {"queries": ["ferry"]}
INTERACTIONS = [
    step("interaction.created", interaction={"id": "i", "model": "m"}),
    step("step.start", index=0, step={"type": "google_search_call", "id": "gs"}),
    step("step.delta", index=0, delta={"type": "google_search_call", "arguments": QUERY}),
    step("step.start", index=1, step={"type": "google_search_result", "call_id": "gs"}),
    step("step.delta", index=1, delta={"type": "google_search_result", "call_id": "gs", "result": [FOUND]}),
    step("step.start", index=2, step={"type": "model_output"}),
    step("step.delta", index=2, delta={"type": "text", "text": "At nine."}),
    step("interaction.completed", interaction={"id": "i", "status": "completed"}),
]
EXECUTION = {"id": "t", "name": "web_search"}
MISTRAL: list[Record] = [
    {"type": "conversation.response.started", "conversation_id": "c"},
    {"type": "tool.execution.started", **EXECUTION, "arguments": ""},
    {"type": "tool.execution.delta", **EXECUTION, "arguments": '{"query":"ferry"}'},
    {"type": "tool.execution.done", **EXECUTION, "info": {}},
    {"type": "message.output.delta", "id": "m", "content": "At nine."},
    {"type": "conversation.response.done"},
]
NOVA = {"toolUseId": "t", "name": "nova_grounding", "type": "server_tool_use"}
BEDROCK: list[Record] = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockStart": {"contentBlockIndex": 0, "start": {"toolUse": NOVA}}},
    {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"toolUse": {"input": '{"query":"ferry"}'}}}},
    {"contentBlockStop": {"contentBlockIndex": 0}},
    {"contentBlockStart": {"contentBlockIndex": 1, "start": {"toolResult": {"toolUseId": "t", "status": "success"}}}},
    {"contentBlockDelta": {"contentBlockIndex": 2, "delta": {"text": "At nine."}}},
    {"messageStop": {"stopReason": "end_turn"}},
]


def thread(kind: str, ident: str = "s", **members: Any) -> Record:
    return {"object": f"thread.{kind}", "id": ident, **members}


def steps(*calls: Record) -> Record:
    return {"step_details": {"type": "tool_calls", "tool_calls": list(calls)}}


INPUT = {"id": "ci", "type": "code_interpreter", "code_interpreter": {"input": "print(1)"}}
PRINTED = {**INPUT, "code_interpreter": {"input": "print(1)", "outputs": LOGS}}
VALUE = {"index": 0, "type": "text", "text": {"value": "At nine."}}
ASSISTANTS = [
    thread("run", status="queued"),
    thread("run.step.delta", delta=steps({"index": 0, **INPUT})),
    thread("run.step", status="completed", **steps(PRINTED)),
    thread("message.delta", "m", delta={"content": [VALUE]}),
    thread("run", status="completed"),
]
SERVED: Record = {"toolCallId": "w", "providerExecuted": True}
SEARCH = {**SERVED, "toolName": "web_search"}
AI_SDK: list[Record] = [
    *({"type": "start"}, {"type": "start-step"}, {"type": "tool-input-start", **SEARCH}),
    *({"type": "tool-input-delta", "toolCallId": "w", "inputTextDelta": one} for one in ('{"query":', '"ferry"}')),
    {"type": "tool-input-available", **SEARCH, "input": {"query": "ferry"}},
    {"type": "tool-output-available", **SERVED, "output": "at nine"},
    *({"type": "text-start", "id": "t"}, {"type": "text-delta", "id": "t", "delta": "At nine."}),
    *({"type": "text-end", "id": "t"}, {"type": "finish-step"}, {"type": "finish", "finishReason": "stop"}),
]
WHOLE_PART = {"type": "tool-web_search", **SERVED, "input": {"query": "ferry"}, "state": "input-available"}
ANSWERED_PART = {**WHOLE_PART, "output": "at nine", "state": "output-available"}


def kept(*parts: Record) -> Record:
    """A message of useChat."""
    return {"id": "k", "role": "assistant", "parts": [{"type": "step-start"}, *parts]}


OF_AI_SDK = [("web_search", '{"query": "ferry"}', "at nine", False)]
FOUND_PAGES = {"results": [{"title": "Ferries", "url": "https://f.example", "score": 0.9}]}
EXECUTED: Record = {"index": 0, "type": "search", "arguments": '{"query": "ferry"}'}


def groq(delta: Record, finish: str | None = None) -> Record:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "groq/compound"}
    return {**chunk, "choices": [choice]}


GROQ = [
    groq({"reasoning": "I search."}),
    groq({"executed_tools": [{**EXECUTED, "search_results": {"results": []}}]}),
    groq({"executed_tools": [{**EXECUTED, "output": "Title: Ferries", "search_results": FOUND_PAGES}]}),
    groq({"executed_tools": [{"index": 1, "type": "python", "arguments": "{}", "code_results": [{"text": "1"}]}]}),
    groq({"role": "assistant", "content": "At nine."}),
    groq({}, "stop"),
]
OF_GROQ = [("search", '{"query": "ferry"}', "Title: Ferries", False), ("python", "{}", "1", False)]
MESSAGE_OF_GROQ = {
    "role": "assistant",
    "content": "At nine.",
    "executed_tools": [{**EXECUTED, "search_results": FOUND_PAGES}],
}
ADK_EVENT = {"author": "a", "invocationId": "e", "id": "v", "finishReason": "STOP"}
TEXT = {"text": "At nine."}
TEXT_PART = {"type": "text", "text": "At nine."}
CASES = {
    "responses": Case(RESPONSES, OF_RESPONSES),
    "a whole response": Case([RESPONSES[-1]["response"]], OF_RESPONSES),
    "anthropic": Case(ANTHROPIC, OF_ANTHROPIC),
    "a whole message": Case(
        [{**MESSAGE, "content": [as_whole(*one) for one in BLOCKS], "stop_reason": "end_turn"}], OF_ANTHROPIC
    ),
    "gemini, code": Case(
        [gemini(CODE_PART), gemini(CODE_RESULT), gemini(TEXT, finishReason="STOP")],
        [("code_execution", '{"language": "PYTHON", "code": "1/0"}', "ZeroDivisionError", True)],
    ),
    "gemini, sources": Case(
        [gemini(TEXT), gemini(groundingMetadata=GROUNDS, finishReason="STOP"), gemini(groundingMetadata=GROUNDS)],
        [("google_search", '{"queries": ["ferry"]}', "Ferries https://f.example", False)],
    ),
    "gemini, a call and its sources": Case(
        [gemini(TOOL_CALL), gemini(TOOL_RESPONSE), gemini(TEXT, finishReason="STOP", groundingMetadata=GROUNDS)],
        [("google_search_web", '{"queries": ["ferry"]}', '{"hits": 2}', False)],
    ),
    "interactions": Case(
        INTERACTIONS, [("google_search", '{"queries": ["ferry"]}', "Ferries https://f.example", False)]
    ),
    "mistral": Case(MISTRAL, [("web_search", '{"query":"ferry"}', "", False)]),
    "bedrock": Case(BEDROCK, [("nova_grounding", '{"query":"ferry"}', "", False)]),
    "ai-sdk": Case(AI_SDK, OF_AI_SDK),
    "ai-sdk, the call whole": Case([*AI_SDK[:2], *AI_SDK[5:]], OF_AI_SDK),
    "ai-sdk, a kept message": Case([kept(ANSWERED_PART, TEXT_PART)], OF_AI_SDK),
    "ai-sdk, a growing message": Case(
        [
            *(kept({**WHOLE_PART, "input": {"query": "f"}, "state": "input-streaming"}), kept(WHOLE_PART)),
            *(kept(ANSWERED_PART), kept(ANSWERED_PART, TEXT_PART)),
        ],
        OF_AI_SDK,
    ),
    "groq": Case(GROQ, OF_GROQ),
    "groq, whole": Case(
        [
            {
                **GROQ[0],
                "object": "chat.completion",
                "choices": [{"index": 0, "message": MESSAGE_OF_GROQ, "finish_reason": "stop"}],
            }
        ],
        [(*OF_GROQ[0][:2], "Ferries https://f.example", False)],
    ),
    "adk": Case(
        [{**ADK_EVENT, "content": {"role": "model", "parts": [CODE_PART, CODE_RESULT, TEXT]}}],
        [("code_execution", '{"language": "PYTHON", "code": "1/0"}', "ZeroDivisionError", True)],
    ),
    "assistants": Case(ASSISTANTS, [("code_interpreter", '{"input": "print(1)"}', "1\n", False)]),
}
EACH = pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])


def lines(arguments: list[str], records: list[Record]) -> list[Record]:
    return [json.loads(line) for line in run_here(arguments, jsonl(records)).stdout.splitlines()]


@EACH
def test_events_have_each_call_of_a_server_once_with_its_result(case: Case) -> None:
    found = lines(["events"], case.records)
    calls = [event for event in found if event["event"] == "server_call"]
    results = [event for event in found if event["event"] == "tool_result"]
    assert [(one["tool"], one["arguments"]) for one in calls] == [(tool, given) for tool, given, _, _ in case.calls]
    assert [(one["text"], one["failed"]) for one in results] == [(text, failed) for _, _, text, failed in case.calls]
    assert [one["id"] for one in calls] == [one["id"] for one in results]
    assert all(one["step"] > 0 for one in found)


@EACH
def test_no_client_has_to_answer_them(case: Case) -> None:
    chunks = lines(["rewrite"], case.records)
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    assert not any("tool_calls" in choice.get("delta", choice) for choice in choices)
    assert {choice["finish_reason"] for choice in choices} - {None} == {"stop"}
    assert run_here(["text"], jsonl(case.records)).stdout == b"At nine.\n"


@EACH
def test_reports_count_them_apart(case: Case) -> None:
    stats = lines(["stats", "--json"], case.records)[0]
    counted = stats["sources"][0]["steps"][0]
    assert sum(counted["server_calls"].values()) == len(case.calls)
    assert counted["calls"] == {}
    rows = lines(["table", "--to", "jsonl"], case.records)
    calls = [call for row in rows for call in row["calls"]]
    assert [(one["name"], one["arguments"]) for one in calls] == [(tool, given) for tool, given, _, _ in case.calls]
    assert all(one["server"] and one["complete"] for one in calls)


@EACH
def test_a_stream_that_was_cut_has_the_calls_so_far(case: Case) -> None:
    tools = [tool for tool, *_ in case.calls]
    for size in range(1, len(case.records)):
        ran = run_here(["events"], jsonl(case.records[:size]))
        found = [event["tool"] for event in map(json.loads, ran.stdout.splitlines()) if event["event"] == "server_call"]
        assert found == tools[: len(found)]
        assert "Traceback" not in ran.stderr


def test_a_call_that_was_cut_shows_as_far_as_it_came() -> None:
    for records, tool in ((RESPONSES[:2], "web_search"), (ANTHROPIC[:3], "web_search"), (MISTRAL[:2], "web_search")):
        assert [event["tool"] for event in lines(["events"], records) if event["event"] == "server_call"] == [tool]


def test_a_dynamic_call_of_the_ai_sdk_may_be_a_message() -> None:
    """Providers that run another agent behind the SDK mark its calls as executed by the provider, too."""
    named = {"toolCallId": "m", "toolName": "send_message", "providerExecuted": True, "dynamic": True}
    records = [
        *({"type": "start"}, {"type": "start-step"}, {"type": "tool-input-start", **named}),
        {"type": "tool-input-delta", "toolCallId": "m", "inputTextDelta": '{"message":"Hi"}'},
        {"type": "tool-input-available", **named, "input": {"message": "Hi"}},
        *({"type": "finish-step"}, {"type": "finish", "finishReason": "stop"}),
    ]
    assert run_here(["text"], jsonl(records)).stdout == b"Hi\n"


def test_texts_of_adk_are_apart_where_code_divides_them() -> None:
    parts = [{"text": "I count."}, CODE_PART, CODE_RESULT, TEXT]
    event = {**ADK_EVENT, "content": {"role": "model", "parts": parts}}
    assert run_here(["text"], jsonl([event])).stdout == b"I count.\nAt nine.\n"


def test_results_of_an_agents_tools_are_events_too() -> None:
    call = {
        "id": "i",
        "type": "mcp_tool_call",
        "server": "desk",
        "tool": "send_message",
        "arguments": {"message": "Hi"},
    }
    failed = {**call, "status": "failed", "error": {"message": "user cancelled"}}
    records: list[Record] = [
        {"type": "turn.started"},
        {"type": "item.started", "item": {**call, "status": "in_progress"}},
        {"type": "item.completed", "item": failed},
        {"type": "turn.completed", "usage": {}},
    ]
    found = [event for event in lines(["events"], records) if event["event"] == "tool_result"]
    assert found == [
        {"event": "tool_result", "record": 3, "step": 1, "id": "i", "text": "user cancelled", "failed": True}
    ]


def todo(*done: bool) -> Record:
    entries = zip(("Look", "Tell"), done, strict=True)
    return {"id": "t", "type": "todo_list", "items": [{"text": text, "completed": one} for text, one in entries]}


def chained(*parts: Record, **members: Any) -> list[Record]:
    """A chunk of LangGraph, and its metadata."""
    chunk = {"type": "AIMessageChunk", "id": "m", "content": list(parts), "tool_call_chunks": [], **members}
    return [chunk, {"langgraph_node": "model"}]


def test_the_parts_of_langgraph_have_a_servers_tools() -> None:
    end = {"response_metadata": {"stop_reason": "end_turn", "model_provider": "anthropic"}, "chunk_position": "last"}
    said = {"type": "text", "text": "At nine.", "index": 2}
    fragments = [{"type": "input_json_delta", "partial_json": one, "index": 0} for one in ('{"query": "fe', 'rry"}')]
    streams: list[list[Any]] = [
        [chained({**USED, "index": 0}), *map(chained, fragments), chained(GAVE), chained(said), chained(**end)],
        [
            {
                "model": {
                    "messages": [{"type": "ai", "id": "m", "content": [as_whole(USED, BLOCKS[0][1]), GAVE, TEXT_PART]}]
                }
            }
        ],
    ]
    for records in streams:
        data = sse(records, done=False)
        events = map(json.loads, run_here(["events"], data).stdout.splitlines())
        found = [event for event in events if event["event"] in ("server_call", "tool_result")]
        assert [one.get("arguments", one.get("text")) for one in found] == ['{"query": "ferry"}', OF_ANTHROPIC[0][2]]
        assert run_here(["text"], data).stdout == b"At nine.\n"


def test_a_list_of_todos_shows_each_of_its_states() -> None:
    records: list[Record] = [
        {"type": "turn.started"},
        {"type": "item.started", "item": todo(False, False)},
        {"type": "item.updated", "item": todo(True, False)},
        {"type": "item.completed", "item": todo(True, True)},
        {"type": "turn.completed", "usage": {}},
    ]
    found = [event["text"] for event in lines(["events"], records) if event["event"] == "tool_result"]
    assert found == ["1 of 2 done\n[x] Look\n[ ] Tell", "2 of 2 done\n[x] Look\n[x] Tell"]


def test_a_search_of_codex_has_the_query_that_comes_with_its_end() -> None:
    search = {"id": "w", "type": "web_search", "query": ""}
    records: list[Record] = [
        {"type": "turn.started"},
        {"type": "item.started", "item": search},
        {"type": "item.completed", "item": {**search, "query": "ferry"}},
        {"type": "turn.completed", "usage": {}},
    ]
    chunks = lines(["rewrite"], records)
    calls = [call for chunk in chunks for one in chunk["choices"] for call in one["delta"].get("tool_calls", [])]
    assert "".join(call["function"].get("arguments") or "" for call in calls) == '{"query": "ferry"}'


def test_an_extension_of_another_sender_is_no_fault() -> None:
    odd: list[Any] = ["x", [], {"web_search_call": "x", "user": None, "toolUse": {}, "mcp_tool_use": {"delta": 1}}]
    for extension in odd:
        chunk = {"id": "c", "object": "chat.completion.chunk", "model": "m", "unspool": extension}
        choice = {"index": 0, "delta": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
        ran = run_here(["text"], jsonl([{**chunk, "choices": [choice]}]))
        assert (ran.stdout, ran.code) == (b"Hi\n", 0)
