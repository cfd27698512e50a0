"""Shapes of the streams of Letta's server and Letta Code that no recording has."""

from typing import Any

import pytest
from tests.dialects.agents.cases import Case, Record, check
from tests.support import jsonl, run_here


def of_letta(kind: str, otid: str, **members: Any) -> Record:
    return {"message_type": kind, "id": "message-1", "otid": otid, "step_id": "s", **members}


OF_LETTA_CODE = {"type": "message", "agent_id": "a", "run_id": "r"}
LETTA = [
    Case(
        "two texts of one response",
        [
            of_letta("assistant_message", "0", content="At "),
            of_letta("assistant_message", "0", content="nine."),
            of_letta("reasoning_message", "1", reasoning="Hm."),
            of_letta("assistant_message", "2", content="From pier 4."),
            {"message_type": "stop_reason", "stop_reason": "end_turn"},
        ],
        "At nine.\nFrom pier 4.\n",
    ),
    Case(
        "a request for an approval",
        [
            {"type": "system", "subtype": "init", "session_id": "s", "agent_id": "a"},
            {**OF_LETTA_CODE, **of_letta("assistant_message", "0", content="I look.")},
            {"type": "control_request", "request_id": "1", "request": {"subtype": "can_use_tool"}},
            {**OF_LETTA_CODE, **of_letta("assistant_message", "1", content="Done.")},
            {"type": "result", "subtype": "success", "agent_id": "a", "result": "Done."},
        ],
        "I look.\nDone.\n",
    ),
    Case(
        "a run that was interrupted",
        [
            {**OF_LETTA_CODE, **of_letta("assistant_message", "0", content="At ni")},
            {"type": "result", "subtype": "interrupted", "agent_id": "a", "result": "At ni"},
        ],
        *("At ni\n", 5, "sent an error: the run ended with interrupted"),
    ),
    Case(
        "control records of Letta Code, which are those of Claude Code",
        [
            {"type": "control_response", "response": {"subtype": "success", "request_id": "1", "response": {}}},
            {"type": "system", "subtype": "init", "session_id": "s", "agent_id": "a"},
            {"type": "message", "message_type": "assistant_message", "id": "1", "content": "I look.", "agent_id": "a"},
            {"type": "message", "message_type": "assistant_message", "id": "2", "content": "Done.", "agent_id": "a"},
            {
                "type": "result",
                "subtype": "success",
                "is_error": False,
                "result": "Done.",
                "agent_id": "a",
                "usage": {},
            },
        ],
        "I look.\nDone.\n",
    ),
    Case(
        "a result that names its failure",
        [
            {"type": "system", "subtype": "init", "session_id": "s", "agent_id": "a"},
            {
                "type": "result",
                "subtype": "error",
                "is_error": True,
                "agent_id": "a",
                "failure": {"message": "no quota"},
            },
        ],
        "",
        5,
        "no quota",
    ),
    Case(
        "an error and then why the run ended",
        [
            {"message_type": "error_message", "message": "Rate limited", "detail": "slow", "run_id": "r"},
            {"message_type": "stop_reason", "stop_reason": "llm_api_error"},
        ],
        "",
        5,
        "Rate limited slow",
    ),
    Case(
        "an answer that was not streamed",
        [
            {
                "messages": [
                    {"message_type": "reasoning_message", "id": "1", "reasoning": "Hm"},
                    {"message_type": "assistant_message", "id": "1", "content": "Hi"},
                ],
                "stop_reason": {"message_type": "stop_reason", "stop_reason": "end_turn"},
                "usage": {"message_type": "usage_statistics", "prompt_tokens": 1, "completion_tokens": 2},
            }
        ],
        "Hi\n",
    ),
    Case(
        "an error without a type behind the reason",
        [
            {"message_type": "assistant_message", "id": "1", "content": "At"},
            {"message_type": "stop_reason", "stop_reason": "error"},
            {"error": {"type": "internal_error", "message": "No more today."}},
        ],
        "At\n",
        5,
        "sent an error: No more today.",
    ),
    Case(
        "a run of too many steps",
        [
            {"message_type": "assistant_message", "id": "1", "content": "One."},
            {"message_type": "stop_reason", "stop_reason": "max_steps"},
        ],
        "One.\n",
        5,
        "max_steps",
    ),
]


def letta_code(kind: str, **members: Any) -> Record:
    return {"type": "message", "message_type": kind, "run_id": "r", **members}


@pytest.mark.parametrize(
    ("records", "result", "text"),
    [
        ([letta_code("reasoning_message", reasoning="Hm.", otid="o")], "Hm.", ""),
        ([letta_code("stop_reason", stop_reason="end_turn")], "No assistant response found", ""),
        ([], "No assistant response found", ""),
        ([], "At nine.", "At nine.\n"),
    ],
)
def test_the_result_of_letta_code_is_no_answer_where_there_was_none(
    records: list[Record], result: str, text: str
) -> None:
    """R7: without an answer the program prints its thoughts, or a tool's result, as the result."""
    usage = {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 17, "cached_input_tokens": 4}
    end = {"type": "result", "subtype": "success", "agent_id": "a", "conversation_id": "c", "result": result}
    stream = jsonl([*records, {**end, "usage": usage}])
    ran = run_here(["text"], stream)
    assert (ran.stdout.decode(), ran.code) == (text, 0)
    assert b'"prompt_tokens":14' in run_here(["rewrite"], stream).stdout


CASES = [*LETTA]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_text_makes_of_a_stream(case: Case) -> None:
    check(case)
