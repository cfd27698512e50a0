"""Texts and arguments in shapes that relays give them: none is lost without a word (Q25, A3)."""

from typing import Any

import pytest
from tests.support import jsonl, run_here

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
