"""Shapes of the streams of the AI SDK: streams, whole messages and data streams that no recording has."""

import json
from typing import Any

import pytest
from tests.dialects.agents.cases import Case, Record, check
from tests.support import jsonl, run_here

WHOLE_START = {"type": "start"}
WHOLE_STREAM = [
    *({"type": "start-step"}, {"type": "text-start", "id": "1"}),
    *({"type": "text-delta", "id": "1", "delta": "Gate "}, {"type": "text-delta", "id": "1", "delta": "four."}),
    *({"type": "text-end", "id": "1"}, {"type": "finish-step"}, {"type": "finish"}),
]
WHOLE = {"id": "m", "role": "assistant", "parts": [{"type": "step-start"}, {"type": "text", "text": "Gate four."}]}
AI_SDK = [
    Case("an error at once", [{"type": "start"}, {"type": "error", "errorText": "no key"}], "", 5, "no key"),
    Case(
        "a refused approval",
        [
            *({"type": "start"}, {"type": "start-step"}),
            {"type": "tool-input-available", "toolCallId": "c", "toolName": "rm", "input": {}},
            {"type": "tool-approval-request", "approvalId": "a", "toolCallId": "c"},
            *({"type": "tool-output-denied", "toolCallId": "c"}, {"type": "finish-step"}, {"type": "start-step"}),
            {"type": "text-start", "id": "1"},
            {"type": "text-delta", "id": "1", "delta": "I may not."},
            *({"type": "text-end", "id": "1"}, {"type": "finish-step"}, {"type": "finish"}),
        ],
        "I may not.\n",
    ),
    Case(
        "an id for each piece of a text that has no beginning",
        [
            {"type": "start", "messageId": "m"},
            *({"type": "text-delta", "id": f"p{number}", "delta": text} for number, text in enumerate(("Ga", "te "))),
            {"type": "text-delta", "id": "p2", "delta": "four."},
            {"type": "tool-input-available", "toolCallId": "c", "toolName": "look", "input": {}},
            {"type": "text-delta", "id": "p3", "delta": "At "},
            {"type": "text-delta", "id": "p4", "delta": "nine."},
            {"type": "text-end", "id": "p4"},
            {"type": "text-delta", "id": "p5", "delta": "Done."},
            {"type": "finish"},
        ],
        "Gate four.\nAt nine.\nDone.\n",
    ),
    Case(
        "the start of a step before that of the run",
        [WHOLE_STREAM[0], {"type": "start", "messageId": "m"}, *WHOLE_STREAM[1:]],
        "Gate four.\n",
    ),
    *(
        Case(f"a whole message {place} with the id {ident!r}", records, text)
        for ident, place, records, text in (
            ("m", "behind its stream", [{**WHOLE_START, "messageId": "m"}, *WHOLE_STREAM, WHOLE], "Gate four.\n"),
            ("n", "behind a stream", [{**WHOLE_START, "messageId": "n"}, *WHOLE_STREAM, WHOLE], "Gate four.\n" * 2),
            ("", "behind a stream", [WHOLE_START, *WHOLE_STREAM, WHOLE], "Gate four.\n" * 2),
            ("m", "before a stream", [WHOLE, {**WHOLE_START, "messageId": "m"}, *WHOLE_STREAM], "Gate four.\n" * 2),
        )
    ),
]


def whole(*parts: Record, ident: str = "m", role: str = "assistant") -> Record:
    """A whole message of the AI SDK, with its parts so far."""
    return {"id": ident, "role": role, "parts": [{"type": "step-start"}, *parts]}


def so_far(text: str, state: str = "streaming") -> Record:
    return {"type": "text", "text": text, "state": state}


def weather(state: str, given: Any, ident: str = "c") -> Record:
    return {"type": "tool-weather", "toolCallId": ident, "state": state, "input": given}


STEP = [so_far("Let me look.", "done"), weather("output-available", {"city": "Alb"})]
GROWING = [
    *(whole(so_far("")), whole(so_far("Let me ")), whole(so_far("Let me look."))),
    whole(STEP[0], weather("input-streaming", {"city": "A"})),
    *(whole(STEP[0], weather("input-available", {"city": "Alb"})), whole(*STEP)),
    *(whole(*STEP, {"type": "step-start"}), whole(*STEP, {"type": "step-start"}, so_far("Sun"))),
    whole(*STEP, {"type": "step-start"}, so_far("Sunny.", "done")),
]
INVOCATION = {"toolCallId": "c", "toolName": "send_message", "args": {"message": "At nine."}, "state": "result"}
GROWN = "Let me look.\nSunny.\n"
UI_MESSAGES = [
    Case("a message of the AI SDK that grows", GROWING, GROWN),
    Case("the same, cut in a text", GROWING[:2], "Let me \n", 4, "before choice 0"),
    Case("the same, cut behind the result of a tool", GROWING[:6], "Let me look.\n", 4),
    Case("the last state alone", GROWING[-1:], GROWN),
    Case(
        "kept messages of the AI SDK, in two versions",
        [
            whole({"type": "text", "text": "?"}, ident="u", role="user"),
            whole({"type": "reasoning", "text": "Hm"}, {"type": "source-url", "url": "u"}, so_far("One.", "done")),
            whole({"type": "text", "text": "?"}, ident="v", role="user"),
            whole({"type": "tool-invocation", "toolInvocation": INVOCATION}, so_far("Two.", "done"), ident="n"),
        ],
        "One.\nAt nine.\nTwo.\n",
    ),
]
BEGINS_EMPTY = [
    Case(
        "a message of the AI SDK that begins empty",
        [{"id": "m", "role": "assistant", "parts": []}, *GROWING[-1:]],
        GROWN,
    ),
]


def test_a_text_that_goes_on_in_the_next_step_of_version_4() -> None:
    lines = (
        *('f:{"messageId":"m"}', '0:"One "', 'e:{"finishReason":"length","isContinued":true,"usage":{}}'),
        *(
            'f:{"messageId":"m"}',
            '0:"two."',
            'e:{"finishReason":"stop","isContinued":false}',
            'd:{"finishReason":"stop"}',
        ),
    )
    ran = run_here(["text"], "".join(f"{line}\n" for line in lines).encode())
    assert (ran.stdout, ran.code) == (b"One two.\n", 0)


@pytest.mark.parametrize(
    "parts",
    [
        [
            {"type": "step-start", "messageId": "m", "request": {}},
            {"type": "reasoning", "textDelta": "Hm"},
            {"type": "tool-call-streaming-start", "toolCallId": "c", "toolName": "send_message"},
            {"type": "tool-call-delta", "toolCallId": "c", "toolName": "send_message", "argsTextDelta": '{"message":'},
            {"type": "tool-call-delta", "toolCallId": "c", "toolName": "send_message", "argsTextDelta": '"A"}'},
            {"type": "tool-call", "toolCallId": "c", "toolName": "send_message", "args": {"message": "A"}},
            {"type": "step-finish", "finishReason": "tool-calls", "request": {}},
            {"type": "step-start", "messageId": "n", "request": {}},
            *({"type": "text-delta", "textDelta": "B"}, {"type": "step-finish", "request": {}}, {"type": "finish"}),
        ],
        [
            *({"type": "stream-start", "warnings": []}, {"type": "response-metadata", "id": "x"}),
            {"type": "tool-call", "toolCallId": "c", "toolName": "send_message", "input": '{"message":"A"}'},
            *({"type": "start-step"}, {"type": "text-delta", "id": "0", "text": "B"}, {"type": "finish"}),
        ],
    ],
    ids=["version 4", "version 5"],
)
def test_parts_of_full_stream_as_programs_log_them(parts: list[Record]) -> None:
    data = b"".join(json.dumps(part).encode() + b"\n" for part in parts)
    assert run_here(["text"], data) == (0, b"A\nB\n", "")


def test_the_deltas_of_assistant_ui_are_no_text_of_the_ai_sdk() -> None:
    """They have one kind for texts, thoughts and arguments."""
    parts = [{"type": "step-start", "messageId": "m"}, {"type": "text-delta", "textDelta": '{"city":', "path": [0]}]
    ran = run_here(["text"], jsonl(parts))
    assert (ran.stdout, int(ran.code)) == (b"", 4)


def a_call(text: str, tool: str = "send_message", pieces: bool = True) -> list[Record]:
    """A call whose id is the same as that of any other one."""
    given = {"message": text}
    parts: list[Record] = [
        {"type": "tool-input-start", "toolCallId": "c", "toolName": tool},
        {"type": "tool-input-delta", "toolCallId": "c", "inputTextDelta": json.dumps(given)},
        {"type": "tool-input-available", "toolCallId": "c", "toolName": tool, "input": given},
    ]
    return parts if pieces else parts[-1:]


DONE: Record = {"type": "tool-output-available", "toolCallId": "c", "output": "ok"}
SAME_ID = {
    "in pieces": ([*a_call("At nine."), DONE, *a_call("Pier 4."), DONE], "At nine.\nPier 4.\n"),
    "the same text": ([*a_call("At nine."), DONE, *a_call("At nine."), DONE], "At nine.\nAt nine.\n"),
    "whole": ([*a_call("At nine.", pieces=False), *a_call("Pier 4.", pieces=False)], "At nine.\nPier 4.\n"),
    "whole, again": ([*a_call("At nine."), *a_call("At nine.", pieces=False)], "At nine.\n"),
    "of another tool": ([*a_call("?", "look"), *a_call("At nine.")], "At nine.\n"),
    "whole, of another tool": ([*a_call("?", "look", False), *a_call("?", pieces=False)], "?\n"),
}


@pytest.mark.parametrize(("parts", "text"), SAME_ID.values(), ids=SAME_ID)
def test_calls_of_one_step_with_one_id(parts: list[Record], text: str) -> None:
    """Gateways make the id of a call of the name of its tool, or have none."""
    data = jsonl([{"type": "start"}, {"type": "start-step"}, *parts, {"type": "finish-step"}, {"type": "finish"}])
    assert run_here(["text"], data) == (0, text.encode(), "")
    without = data.replace(b'"toolCallId":"c",', b"").replace(b'"toolCallId": "c", ', b"")
    assert without != data
    assert run_here(["text"], without) == (0, text.encode(), "")


CASES = [*AI_SDK, *UI_MESSAGES, *BEGINS_EMPTY]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_text_makes_of_a_stream(case: Case) -> None:
    check(case)
