"""Shapes of the streams of Strands that no recording has."""

import pytest
from tests.dialects.agents.cases import Case, check

USED = {"toolUseId": "c", "name": "look"}
STRANDS = [
    Case(
        "an answer that a tool of the program takes",
        [
            {"init_event_loop": True},
            {"message": {"role": "assistant", "content": [{"text": "I look."}, {"toolUse": {**USED, "input": {}}}]}},
            {"message": {"role": "user", "content": [{"toolResult": {"toolUseId": "c", "content": []}}]}},
            {"structured_output": {"opens": 9}},
        ],
        "I look.\n",
    ),
    Case(
        "its pieces alone",
        [
            *({"init_event_loop": True}, {"start_event_loop": True}, {"data": "I "}, {"data": "look."}),
            *({"current_tool_use": {**USED, "input": "{}"}}, {"start_event_loop": True}, {"data": "At ten."}),
            {"result": "At ten."},
        ],
        "I look.\nAt ten.\n",
    ),
    Case(
        "the same, cut before the second answer",
        [
            *({"init_event_loop": True}, {"start_event_loop": True}, {"data": "I "}, {"data": "look."}),
            *({"current_tool_use": {**USED, "input": "{}"}}, {"start_event_loop": True}),
        ],
        *("I look.\n", 4),
    ),
    Case(
        "its messages alone",
        [
            {"message": {"role": "assistant", "content": [{"text": "I look."}, {"toolUse": {**USED, "input": {}}}]}},
            {
                "message": {
                    "role": "user",
                    "content": [{"toolResult": {"toolUseId": "c", "content": [{"text": "ten"}]}}],
                }
            },
            {"message": {"role": "assistant", "content": [{"text": "At ten."}]}},
        ],
        "I look.\nAt ten.\n",
    ),
    Case(
        "events that end with a call",
        [
            {"init_event_loop": True},
            {"event": {"messageStart": {"role": "assistant"}}},
            {"event": {"contentBlockStart": {"start": {"toolUse": {"toolUseId": "c", "name": "send_message"}}}}},
            {"event": {"contentBlockDelta": {"delta": {"toolUse": {"input": '{"message":"At nine."}'}}}}},
            {"event": {"messageStop": {"stopReason": "tool_use"}}},
        ],
        "At nine.\n",
    ),
    Case(
        "a connection to a model of OpenAI's that was lost",
        [
            {"init_event_loop": True},
            {"event": {"messageStart": {"role": "assistant"}}},
            {"event": {"contentBlockStart": {"start": {}}}},
            {"event": {"contentBlockDelta": {"delta": {"text": "The last"}}}},
            {"data": "The last", "delta": {"text": "The last"}},
            {"event": {"messageStop": {"stopReason": "end_turn"}}},
            {"message": {"role": "assistant", "content": []}},
        ],
        "The last\n",
        4,
    ),
    Case(
        "a lost connection as callbacks have it",
        [
            {"init_event_loop": True},
            {"data": "The last", "delta": {"text": "The last"}},
            {"message": {"role": "assistant", "content": []}},
        ],
        "The last\n",
        4,
    ),
    Case(
        "an interrupt after a call",
        [
            {"init_event_loop": True},
            {"event": {"messageStart": {"role": "assistant"}}},
            {"event": {"contentBlockDelta": {"delta": {"text": "I ask."}}}},
            {"event": {"contentBlockStart": {"start": {"toolUse": {"toolUseId": "c", "name": "rm"}}}}},
            {"event": {"messageStop": {"stopReason": "tool_use"}}},
            {"result": {"stop_reason": "interrupt"}},
        ],
        "I ask.\n",
    ),
]
PRINTED_OBJECTS = [
    Case(
        "Strands behind a server that prints what is no JSON",
        [
            *({"init_event_loop": True}, "{'agent': <strands.Agent object>}", {"event": {"messageStart": {}}}),
            *({"event": {"contentBlockDelta": {"delta": {"text": "At nine."}}}}, {"event": {"contentBlockStop": {}}}),
            *({"event": {"messageStop": {"stopReason": "end_turn"}}}, "AgentResult(stop_reason='end_turn')"),
        ],
        "At nine.\n",
    ),
]


CASES = [*STRANDS, *PRINTED_OBJECTS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_text_makes_of_a_stream(case: Case) -> None:
    check(case)
