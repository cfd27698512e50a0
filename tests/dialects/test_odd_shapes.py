"""Texts and arguments in shapes that relays give them: none is lost without a word (Q25, A3)."""

import base64
from typing import Any

import pytest
from tests.support import ROOT, jsonl, run_here

from unspool.commands._stderr import OWN_FAULT

CALL = {"message": "Gate four."}
START = {"type": "message_start", "message": {"id": "m", "role": "assistant", "content": []}}
STOP = {"type": "message_stop"}
TOOL = {"type": "tool_use", "id": "t", "name": "send_message"}
OPEN = {"messageStart": {"role": "assistant"}}
USE = {"toolUseId": "t", "name": "send_message"}
END = {"messageStop": {"stopReason": "end_turn"}}
COHERE = {"type": "message-start", "id": "m", "delta": {"message": {"role": "assistant"}}}


def block(delta: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": delta}


def begins(**members: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": 0, "content_block": {**TOOL, **members}}


def tool_call(kind: str, arguments: Any) -> dict[str, Any]:
    function = {"name": "send_message", "arguments": arguments}
    return {
        "type": f"tool-call-{kind}",
        "index": 0,
        "delta": {"message": {"tool_calls": {"id": "t", "function": function}}},
    }


def response(arguments: Any) -> dict[str, Any]:
    call = {"type": "function_call", "call_id": "c", "name": "send_message", "arguments": arguments}
    return {"id": "r", "object": "response", "status": "completed", "output": [call]}


SHAPES: dict[str, list[Any]] = {
    "anthropic, delta without a type": [START, block({"text": "Gate four."}), STOP],
    "anthropic, delta with the type of its block": [START, block({"type": "text", "text": "Gate four."}), STOP],
    "anthropic, content as text": [{**START, "message": {"id": "m", "content": "Gate four."}}, STOP],
    "anthropic, fragment as object": [
        START,
        begins(input={}),
        block({"type": "input_json_delta", "partial_json": CALL}),
        STOP,
    ],
    "anthropic, input as text": [START, begins(input='{"message":"Gate four."}'), STOP],
    "bedrock, text in the start": [OPEN, {"contentBlockStart": {"start": {"text": "Gate four."}}}, END],
    "bedrock, input in the start": [OPEN, {"contentBlockStart": {"start": {"toolUse": {**USE, "input": CALL}}}}, END],
    "bedrock, fragment as object": [
        OPEN,
        {"contentBlockStart": {"start": {"toolUse": USE}}},
        {"contentBlockDelta": {"delta": {"toolUse": {"input": CALL}}}},
        END,
    ],
    "cohere, arguments as object": [COHERE, tool_call("start", CALL), {"type": "message-end", "delta": {}}],
    "ollama, content as parts": [
        {"model": "m", "message": {"content": [{"type": "text", "text": "Gate four."}]}, "done": True}
    ],
    "responses, arguments as object": [{"type": "response.completed", "response": response(CALL)}],
}


NUMBERS: dict[str, list[Any]] = {
    "anthropic": [
        START,
        block({"type": "text_delta", "text": "Gate "}),
        block({"type": "text_delta", "text": 4}),
        STOP,
    ],
    "anthropic, fragment": [
        START,
        begins(input={}),
        *(block({"type": "input_json_delta", "partial_json": part}) for part in ('{"message": "Gate ', 4, '"}')),
        STOP,
    ],
    "bedrock": [OPEN, *({"contentBlockDelta": {"delta": {"text": part}}} for part in ("Gate ", 4)), END],
    "bedrock, thoughts": [
        OPEN,
        *({"contentBlockDelta": {"delta": {"reasoningContent": {"text": part}}}} for part in ("Gate ", 4)),
        END,
    ],
    "cloudflare": [{"response": "Gate "}, {"response": 4}, {"response": "", "usage": {}}],
    "cohere": [
        COHERE,
        *(
            {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": part}}}}
            for part in ("Gate ", 4)
        ),
        {"type": "message-end", "delta": {}},
    ],
    "cohere-v1": [
        {"event_type": "stream-start", "is_finished": False, "generation_id": "g"},
        *({"event_type": "text-generation", "text": part} for part in ("Gate ", 4)),
        {"event_type": "stream-end", "response": {"text": "Gate 4"}},
    ],
    "gemini": [
        {"candidates": [{"content": {"parts": [{"text": "Gate "}]}}]},
        {"candidates": [{"content": {"parts": [{"text": 4}]}, "finishReason": "STOP"}]},
    ],
    "llama-cpp": [
        {"content": "Gate ", "stop": False, "tokens": []},
        {"content": 4, "stop": False, "tokens": []},
        {"content": "", "stop": True, "tokens": []},
    ],
    "mistral-conversations": [
        {"type": "conversation.response.started", "conversation_id": "c"},
        *({"type": "message.output.delta", "content": part} for part in ("Gate ", 4)),
        {"type": "conversation.response.done", "usage": {}},
    ],
    "ollama": [
        {"model": "m", "message": {"content": "Gate "}, "done": False},
        {"model": "m", "message": {"content": 4}, "done": False},
        {"model": "m", "message": {}, "done": True},
    ],
    "responses": [
        {"type": "response.created", "response": {"id": "r"}},
        *({"type": "response.output_text.delta", "delta": part} for part in ("Gate ", 4)),
        {"type": "response.completed", "response": {"id": "r", "output": []}},
    ],
    "tgi": [
        {"token": {"text": "Gate "}, "generated_text": None},
        {"token": {"text": 4}, "generated_text": "Gate 4", "details": None},
    ],
}
"""Text with a digit that a server sent as a number (Q28)."""


@pytest.mark.parametrize("dialect", NUMBERS)
def test_a_number_is_text(dialect: str) -> None:
    ran = run_here(["text", "--thoughts=reasoning"], jsonl(NUMBERS[dialect]))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate 4\n", "", 0)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_text_in_another_shape_is_shown(shape: str) -> None:
    ran = run_here(["text"], jsonl(SHAPES[shape]))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)


def test_a_whole_reasoning_text_of_bedrock_is_thoughts() -> None:
    whole = {"reasoningContent": {"reasoningText": {"text": "Hm."}}}
    ran = run_here(["text", "--thoughts=reasoning"], jsonl([OPEN, {"contentBlockDelta": {"delta": whole}}, END]))
    assert ran.stdout == b"Hm.\n"


def test_arguments_that_are_nested_too_deep_are_no_traceback() -> None:
    deep: Any = {}
    for _ in range(900):
        deep = {"a": deep}
    for stream in (response(deep), {"type": "response.completed", "response": response(deep)}):
        ran = run_here(["text"], jsonl([stream]))
        assert "fault in unspool" not in ran.stderr


DEEP = '{"a":' + "[" * 3000 + "]" * 3000 + "}"
NAMED = {"id": "c", "name": "send_message"}
PARTIAL = {**NAMED, "partialArgs": [{"jsonPath": "$" + ".a" * 3000, "stringValue": "x"}], "willContinue": True}


def invocation(call: Any, partial: bool) -> dict[str, Any]:
    content = {"role": "model", "parts": [{"functionCall": call}]}
    return {"author": "x", "invocationId": "i", "id": "e", "partial": partial, "content": content}


IN_STRINGS: dict[str, list[Any]] = {
    "bedrock": [{"chunk": {"bytes": base64.b64encode(DEEP.encode()).decode()}}],
    "letta": [{"message_type": "error_message", "run_id": "r", "message": DEEP, "detail": DEEP}],
    "adk": [invocation(PARTIAL, True), invocation({**NAMED, "args": {"a": 1}}, False)],
    "langchain": [[{"type": "ai", "content": "", "number": "NUMBER"}, {}]],
}


@pytest.mark.parametrize("dialect", IN_STRINGS)
def test_what_no_decoder_takes_is_no_fault_of_our_own(dialect: str) -> None:
    """JSON inside of a string that is nested too deep, and a number with more digits than int takes."""
    data = jsonl(IN_STRINGS[dialect]).replace(b'"NUMBER"', b"9" * 5000)
    for options in ([], ["--from", dialect]):
        assert OWN_FAULT not in run_here(["events", *options], data).stderr


AGENTS: dict[str, list[Any]] = {
    "ag-ui": [
        {"type": "RUN_STARTED", "runId": "r"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": {"text": "Gate "}},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": {"content": "four."}},
        {"type": "RUN_FINISHED", "runId": "r"},
    ],
    "ai-sdk": [
        {"type": "start-step"},
        {"type": "text-delta", "id": "t", "delta": {"text": "Gate "}},
        {"type": "text-delta", "id": "t", "delta": {"type": "text", "text": "four."}},
        {"type": "finish", "finishReason": "stop"},
    ],
}


@pytest.mark.parametrize("name", AGENTS)
def test_a_delta_of_an_agent_may_be_an_object_around_its_text_q25(name: str) -> None:
    assert run_here(["text"], jsonl(AGENTS[name])) == (0, b"Gate four.\n", "")


def test_an_error_of_an_agent_may_say_what_is_wrong_with_each_field_r12() -> None:
    error = b'event: error\ndata: {"detail":[{"msg":"The gate is closed.","loc":["body"]}]}\n\n'
    said = b'data: {"message_type":"assistant_message","id":"m","content":"Gate four."}\n\n'
    ran = run_here(["text"], said + error)
    assert (ran.stdout, ran.code, "The gate is closed." in ran.stderr) == (b"Gate four.\n", 5, True)


def test_a_part_of_langchain_may_be_no_object() -> None:
    sample = (ROOT / "samples" / "langchain.sse").read_bytes()
    part = b'{"type":"text","text":"look.","index":1}'
    assert part in sample
    assert run_here(["text"], sample.replace(part, b"null,7,[]," + part)) == run_here(["text"], sample)


@pytest.mark.parametrize("command", ["text", "stats", "events"])
def test_what_precedes_a_record_with_choices_that_are_none_is_kept(command: str) -> None:
    """The first chunk of such a record begins the response."""
    records = [
        {"type": "init", "timestamp": "2031-05-04T09:00:00.000Z", "session_id": "g", "model": "m"},
        {"type": "message", "content": "?", "choices": "?"},
        {"type": "message", "role": "assistant", "content": "Hi", "delta": True},
    ]
    ran = run_here([command], jsonl(records))
    assert "choices is a string, not an array" in ran.stderr
    assert "fault in unspool" not in ran.stderr
    assert (b'"event":"step"' in ran.stdout) == (command == "events")
