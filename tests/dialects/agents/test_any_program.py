"""What holds for the streams of all agents' programs alike."""

from collections.abc import Callable

import pytest
from tests.dialects.agents.cases import (
    FINISHED,
    INIT,
    OF_THE_API,
    RESULT,
    RUN,
    STARTED,
    Record,
    claude,
    kept_file,
    said,
    words,
)
from tests.support import jsonl, run_here

BROKEN = {"name": "APIError", "data": {"message": "Busy"}}
NO_STEP = {"type": "step_finish", "sessionID": "s", "part": {"reason": "error"}}
OF_THE_PROGRAM = claude("assistant", message={"model": "<synthetic>", "content": [words("I may not.")]})
DECLINED = [
    claude("stream_event", event={"type": "message_delta", "delta": {"stop_reason": "refusal"}}),
    claude("stream_event", event={"type": "message_stop"}),
]
ILL_ENDED = {"type": "finish", "finishReason": "error"}
BAD_TASK = {"id": "1", "name": "model", "error": "APIError('Busy')", "result": {}, "interrupts": []}


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([INIT, STARTED, OF_THE_API, {**RESULT, "is_error": True, "result": "API Error: Busy"}], "API Error: Busy"),
        ([INIT, STARTED, OF_THE_API, {**RESULT, "subtype": "error_during_execution", "result": ""}], "Busy"),
        ([INIT, STARTED, OF_THE_API, RESULT], "Busy"),
        ([INIT, STARTED, OF_THE_API], "Busy"),
        ([{"type": "error", "sessionID": "s", "error": BROKEN}, NO_STEP], "Busy"),
        ([{"type": "error", "sessionID": "s", "error": BROKEN}] * 2, "Busy"),
        ([RUN, {"type": "RUN_ERROR", "message": "Busy"}, {"type": "RUN_ERROR", "message": "Error: Busy"}], "Busy"),
        ([{"type": "start"}, {"type": "error", "errorText": "Busy"}, {"type": "abort"}], "Busy"),
        ([RUN, {**FINISHED, "outcome": {"type": "cancelled"}}], "the run was cancelled"),
        (
            [INIT, STARTED, OF_THE_PROGRAM, *DECLINED, {**RESULT, "is_error": True, "result": "I may not."}],
            "I may not.",
        ),
        ([NO_STEP, {"type": "error", "sessionID": "s", "error": BROKEN}], "Busy"),
        ([NO_STEP], "the step ended with reason error"),
        ([{"type": "start"}, ILL_ENDED, {"type": "error", "errorText": "Busy"}], "Busy"),
        ([{"type": "start"}, ILL_ENDED], "the stream finished with reason error"),
        ([{"force_stop": True, "force_stop_reason": "Busy"}, {"error": "The stream failed"}], "Busy"),
        ([{"init_event_loop": True}, {"error": "Busy"}, {"force_stop": True, "force_stop_reason": "No"}], "Busy"),
        ([BAD_TASK, {"error": "APIError", "message": "Busy"}], "Busy"),
        ([BAD_TASK], "APIError('Busy')"),
    ],
)
def test_a_failure_that_is_reported_twice_is_said_once(records: list[Record], said: str) -> None:
    ran = run_here(["text"], jsonl(records))
    assert (ran.code, ran.stderr.count("\n")) == (5, 1)
    assert f"the provider sent an error: {said}" in ran.stderr


def ai_sdk_step(text: str) -> list[Record]:
    call = {"toolCallId": "call_0", "toolName": "send_message", "input": {"message": text}}
    failed = {"type": "tool-error", "toolCallId": "call_0", "error": "no post"}  # as fullStream has it
    return [{"type": "start-step"}, {"type": "tool-input-available", **call}, failed, {"type": "finish-step"}]


def langgraph_update(text: str) -> list[Record]:
    call = {"id": "call_0", "name": "send_message", "args": {"message": text}}
    return [{"model": {"messages": [{"type": "ai", "id": text, "content": "", "tool_calls": [call]}]}}]


@pytest.mark.parametrize(
    ("step", "end"), [(ai_sdk_step, [{"type": "finish"}]), (langgraph_update, [])], ids=["AI SDK", "LangGraph"]
)
def test_a_call_with_the_id_of_one_in_an_earlier_response(
    step: Callable[[str], list[Record]], end: list[Record]
) -> None:
    ran = run_here(["text"], jsonl([*step("At nine."), *step("Bring a coat."), *end]))
    assert (ran.stdout, ran.code, ran.stderr) == (b"At nine.\nBring a coat.\n", 0, "")


BEGINNINGS: list[list[Record]] = [
    [
        {"type": "compaction", "id": "b", "parentId": "a", "timestamp": "t", "summary": "Before."},
        {
            "type": "message",
            "id": "c",
            "parentId": "b",
            "timestamp": "t",
            "message": {"role": "assistant", "content": [words("nine.")]},
        },
    ],
    [
        {"type": "response", "command": "prompt", "success": True},
        {"type": "tool_execution_end", "toolCallId": "c", "toolName": "bash", "result": {}},
        {"type": "message_end", "message": {"role": "assistant", "content": [words("nine.")], "timestamp": 1}},
        {"type": "agent_end", "messages": []},
    ],
    [
        {"type": "tool_result", "id": "c", "session_id": "s", "value": "09:00"},
        {"type": "message", "role": "assistant", "text": "nine.", "session_id": "s"},
        {"type": "completion", "finalText": "nine.", "session_id": "s"},
    ],
    [{"$set": {"lastUpdated": "t"}}, {"type": "gemini", "id": "m", "timestamp": "t", "content": "nine."}],
]


@pytest.mark.parametrize("records", BEGINNINGS, ids=["session of pi", "run of pi", "droid", "Gemini CLI"])
def test_a_capture_may_begin_in_the_middle(records: list[Record]) -> None:
    ran = run_here(["text"], jsonl(records))
    assert (ran.stdout, int(ran.code), ran.stderr) == (b"nine.\n", 0, "")


def test_a_session_that_was_cut_is_reported_also_before_one_of_another_program() -> None:
    """The cut one has no output behind its last tool's result (R11, R13)."""
    lines = [
        {"type": "session", "id": "s", "cwd": "/w", "timestamp": "t"},
        *(
            {
                "type": "message",
                "id": str(number),
                "timestamp": "t",
                "message": {"role": role, "content": [words("I look.")]},
            }
            for number, role in enumerate(("assistant", "toolResult"))
        ),
        *(
            {"type": "user", "sessionId": "s", "message": {"role": "user", "content": "Hi"}},
            *kept_file(said(words("Ahoy."))),
        ),
    ]
    ran = run_here(["text"], jsonl(lines))
    assert (ran.stdout, int(ran.code)) == (b"I look.\nAhoy.\n", 4)
