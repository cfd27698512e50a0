"""A complete stream behind a complete one of another provider's format, in the same source: both are read (R13)."""

from typing import Any

import pytest
from tests.support import chunk, jsonl, run_here

Value = dict[str, Any]
COUNTS = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def snowflake(text: str, **end: Any) -> Value:
    delta = {"type": "text", "content": text, "content_list": [{"type": "text", "text": text}], "text": text}
    return {"id": "s", "model": "m", "choices": [{"delta": delta}], "usage": {}, **end}


def ollama(text: str, **end: Any) -> Value:
    return {"model": "m", "created_at": "2031-05-04T03:02:01Z", "response": text, "done": False, **end}


def oracle(**members: Any) -> Value:
    return {"message": {"role": "ASSISTANT", "content": [{"type": "TEXT", **members}]}}


STREAMS: dict[str, list[Value]] = {
    "chat": [chunk({"role": "assistant", "content": "At "}), chunk({"content": "six."}), chunk({}, "stop")],
    "chat, usage apart": [chunk({"role": "assistant", "content": "At six."}), chunk({}, "stop"), {"usage": COUNTS}],
    "snowflake": [snowflake("At "), snowflake("six."), snowflake("", usage=COUNTS)],
    "snowflake, usage apart": [snowflake("At "), snowflake("six."), {"id": "s", "model": "m", "usage": COUNTS}],
    "tgi": [
        {"index": 1, "token": {"id": 1, "text": "At ", "special": False}, "generated_text": None, "details": None},
        {
            "index": 2,
            "token": {"id": 2, "text": "six.", "special": False},
            "generated_text": "At six.",
            "details": {"finish_reason": "eos_token"},
        },
    ],
    "llama-cpp": [
        {"index": 0, "content": "At ", "stop": False, "tokens_predicted": 1, "tokens_evaluated": 3},
        {"index": 0, "content": "six.", "stop": True, "tokens_predicted": 2, "tokens_evaluated": 3},
    ],
    "cloudflare": [{"response": "At ", "p": "ab"}, {"response": "six.", "p": "a"}, {"response": "", "usage": COUNTS}],
    "ollama": [ollama("At "), ollama("six."), ollama("", done=True, done_reason="stop")],
    "oci": [oracle(text="At "), oracle(text="six."), {"finishReason": "stop", "pad": "aa"}],
    "cohere": [
        {"type": "message-start", "id": "c", "delta": {"message": {"role": "assistant"}}},
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "At six."}}}},
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}},
    ],
    "bedrock": [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "At six."}}},
        {"messageStop": {"stopReason": "end_turn"}},
        {"metadata": {"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}}},
    ],
    "gemini": [
        {"candidates": [{"content": {"role": "model", "parts": [{"text": "At six."}]}, "finishReason": "STOP"}]},
        {"usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 2, "totalTokenCount": 3}},
    ],
}


LANGGRAPH = [
    {"run_id": "r", "attempt": 1},
    [{"type": "AIMessageChunk", "id": "run-1", "content": "At "}, {"langgraph_node": "model"}],
    [
        {"type": "AIMessageChunk", "id": "run-1", "content": "six.", "chunk_position": "last"},
        {"langgraph_node": "model"},
    ],
]


@pytest.mark.parametrize("second", STREAMS)
def test_a_stream_is_read_behind_a_run_of_langgraph(second: str) -> None:
    """The states of a graph have any members, so some records may be either."""
    records = [*LANGGRAPH, *STREAMS[second]]
    assert run_here(["text"], jsonl(records)) == (0, b"At six.\nAt six.\n", "")


@pytest.mark.parametrize("state", [{"response": "At ten."}, {"generated_text": "At ten."}, {"token": {"text": "a"}}])
def test_a_state_that_may_be_of_any_program_ends_no_run_of_langgraph(state: Value) -> None:
    records = [*LANGGRAPH[:2], state, LANGGRAPH[2]]
    assert run_here(["text"], jsonl(records)) == (0, b"At six.\n", "")


def test_a_run_of_assistant_ui_begins_behind_one_of_the_ai_sdk_with_the_same_word() -> None:
    ai_sdk = [
        {"type": "start", "messageId": "m1"},
        {"type": "text-start", "id": "0"},
        {"type": "text-delta", "id": "0", "delta": "At six."},
        {"type": "text-end", "id": "0"},
        {"type": "finish", "finishReason": "stop"},
    ]
    assistant_ui = [
        {"type": "step-start", "messageId": "m2"},
        {"type": "part-start", "part": {"type": "text"}, "path": []},
        {"type": "text-delta", "textDelta": "At six.", "path": [0]},
        {"type": "part-finish", "path": [0]},
        {"type": "step-finish", "finishReason": "stop", "path": []},
        {"type": "message-finish", "finishReason": "stop", "path": []},
    ]
    assert run_here(["text"], jsonl(assistant_ui)) == (0, b"At six.\n", "")
    assert run_here(["text"], jsonl(ai_sdk + assistant_ui)) == (0, b"At six.\nAt six.\n", "")


PAIRS = [
    (first, second)
    for first in STREAMS
    for second in STREAMS
    if first.partition(",")[0] != second.partition(",")[0]  # of the same format, it may be the same response again
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_both_are_read(first: str, second: str) -> None:
    records = STREAMS[first] + STREAMS[second]
    assert run_here(["text"], jsonl(records)) == (0, b"At six.\nAt six.\n", "")


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_the_text_of_one_that_was_cut_is_apart(first: str, second: str) -> None:
    cut = next(place for place, value in enumerate(STREAMS[first], 1) if "At " in str(value))
    ran = run_here(["text"], jsonl(STREAMS[first][:cut] + STREAMS[second]))
    said = run_here(["text"], jsonl(STREAMS[first][:cut])).stdout
    assert ran.stdout == said + b"At six.\n"
