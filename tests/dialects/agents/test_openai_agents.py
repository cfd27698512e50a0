"""Shapes of the streams of the OpenAI Agents SDK that no recording has."""

from typing import Any

import pytest
from tests.dialects.agents.cases import Case, Record, check
from tests.support import jsonl, run_here


def model_event(**data: Any) -> Record:
    """An event of the Agents SDK for JavaScript."""
    return {"type": "raw_model_stream_event", "data": data}


def of_run(name: str, item: Record) -> Record:
    return {"type": "run_item_stream_event", "name": name, "item": {"type": "an_item", "rawItem": item}}


OUTPUT = {"type": "message", "id": "m", "role": "assistant", "content": [{"type": "output_text", "text": "At nine."}]}
CALLED = {"type": "function_call", "callId": "c", "name": "send_message", "arguments": '{"message":"Hi"}'}
RESPONSE = {"id": "r", "status": "completed", "output": [OUTPUT]}
DELTAS_OF_TEXT = [
    (model_event(type="output_text_delta", delta=piece), {"type": "response.output_text.delta", "delta": piece})
    for piece in ("At ", "nine.")
]
FOR_JAVASCRIPT = [
    Case(
        "the Agents SDK for JavaScript, events of Responses beside its own",
        [
            *(
                model_event(type="response_started"),
                model_event(type="model", event={"type": "response.created", "response": {"id": "r", "output": []}}),
            ),
            model_event(
                type="model",
                event={"type": "response.output_item.added", "output_index": 0, "item": {**OUTPUT, "content": []}},
            ),
            *(
                one
                for own, event in DELTAS_OF_TEXT
                for one in (own, model_event(type="model", event={**event, "item_id": "m"}))
            ),
            *(model_event(type="response_done", response={"output": [OUTPUT]}),),
            model_event(type="model", event={"type": "response.completed", "response": RESPONSE}),
            of_run("message_output_created", OUTPUT),
        ],
        "At nine.\n",
    ),
    Case(
        "the same, its own events alone",
        [
            *(model_event(type="response_started"), model_event(type="response_done", response={"output": [CALLED]})),
            *(of_run("tool_called", CALLED), of_run("tool_output", {"type": "function_call_result", "callId": "c"})),
            *(own for own, _ in DELTAS_OF_TEXT),
            *(model_event(type="response_done", response={"output": [OUTPUT]}), of_run("message", OUTPUT)),
        ],
        "Hi\nAt nine.\n",
    ),
    Case(
        "the same, cut in a text",
        [model_event(type="response_started"), DELTAS_OF_TEXT[0][0]],
        "At \n",
        4,
    ),
    Case(
        "the same, with the item of a call last",
        [model_event(type="response_done", response={"output": [CALLED]}), of_run("tool_called", CALLED)],
        "Hi\n",
    ),
]


@pytest.mark.parametrize("kind", [["message"], {}, 3, None])
def test_an_item_whose_type_is_no_word_is_no_fault_of_the_command(kind: Any) -> None:
    stream = [
        {"type": "run_item_stream_event", "name": "tool_called", "item": {"raw_item": {"type": kind}}},
        model_event(type="response_done", response={"output": [{"type": kind}, 3]}),
    ]
    assert "a fault in unspool" not in run_here(["text"], jsonl(stream)).stderr


def test_a_refusal_among_items_of_the_agents_sdk() -> None:
    message = {"type": "message", "content": [{"type": "refusal", "refusal": "I may not."}]}
    item = {"type": "run_item_stream_event", "item": {"type": "message_output_item", "raw_item": message}}
    assert "refused: I may not." in run_here(["text"], jsonl([item])).stderr


CASES = [*FOR_JAVASCRIPT]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_text_makes_of_a_stream(case: Case) -> None:
    check(case)
