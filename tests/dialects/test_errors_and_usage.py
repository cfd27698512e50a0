"""Errors that the frame gives, and counts of tokens written as 42.0, in every dialect (R12, Q26)."""

import json
from typing import Any

import pytest
from tests.dialects.test_pieces import FORMS, records, sglang
from tests.support import chunk, jsonl, run_here, sse

from unspool.dialects.registry import DIALECTS

Value = dict[str, Any]

STARTS: dict[str, list[Any]] = {
    "chat": [chunk({"role": "assistant", "content": "Gate "})],
    "anthropic": [
        {
            "type": "message_start",
            "message": {"id": "m", "role": "assistant", "content": [], "usage": {"input_tokens": 1}},
        },
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Gate "}},
    ],
    "responses": [
        {"type": "response.created", "response": {"id": "r", "object": "response", "output": []}},
        {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Gate "},
    ],
    "gemini": [{"candidates": [{"content": {"role": "model", "parts": [{"text": "Gate "}]}}], "responseId": "g"}],
    "bedrock": [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Gate "}}},
    ],
    "cohere": [
        {"type": "message-start", "id": "m", "delta": {"message": {"role": "assistant"}}},
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "Gate "}}}},
    ],
    "ollama": [{"model": "m", "message": {"role": "assistant", "content": "Gate "}, "done": False}],
    "gemini-interactions": [
        {"event_type": "interaction.created", "interaction": {"id": "i"}},
        {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": "Gate "}},
    ],
    "ai-sdk": [{"type": "start-step"}, {"type": "text-delta", "id": "t", "delta": "Gate "}],
    "ag-ui": [
        {"type": "RUN_STARTED", "runId": "r"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "Gate "},
    ],
    "langchain": [[{"type": "AIMessageChunk", "id": "m", "content": "Gate "}, {"langgraph_checkpoint_ns": "a"}]],
    **{name: records(name, ["Gate "], "") for name in FORMS},
    "sglang": sglang(["Gate "]),
    "llama-cpp": [{"index": 0, "content": "Gate ", "stop": False}],
    "tgi": [{"index": 1, "token": {"id": 1, "text": "Gate ", "special": False}, "generated_text": None}],
    "cloudflare": [{"response": "Gate ", "p": "ab"}],
    "dashscope": [{"output": {"text": "Gate ", "finish_reason": "null"}, "request_id": "r"}],
    "cohere-v1": [
        {"is_finished": False, "event_type": "stream-start", "generation_id": "g"},
        {"is_finished": False, "event_type": "text-generation", "text": "Gate "},
    ],
    "mistral-conversations": [
        {"type": "conversation.response.started", "conversation_id": "c"},
        {"type": "message.output.delta", "id": "m", "output_index": 0, "content": "Gate "},
    ],
    "claude-code": [
        {"type": "system", "subtype": "init", "session_id": "s"},
        {
            "type": "assistant",
            "session_id": "s",
            "message": {
                "id": "m",
                "type": "message",
                "role": "assistant",
                "content": [{"type": "text", "text": "Gate "}],
            },
        },
    ],
    "codex": [
        {"type": "thread.started", "thread_id": "t"},
        {"type": "turn.started"},
        {"type": "item.completed", "item": {"id": "i", "type": "agent_message", "text": "Gate "}},
    ],
    "opencode": [{"type": "text", "sessionID": "s", "part": {"type": "text", "text": "Gate ", "messageID": "m"}}],
    "agents-api": [
        {"type": "agent.session.turn.created", "event_id": "e", "turn": {"id": "t"}, "turn_id": "t"},
        {"type": "agent.session.turn.output_text.delta", "event_id": "f", "item_id": "m", "delta": "Gate "},
    ],
    "assistant-ui": [
        {"type": "part-start", "part": {"type": "text"}, "path": []},
        {"type": "text-delta", "textDelta": "Gate ", "path": [0]},
    ],
    "managed-agents": [
        {"type": "session.status_running", "id": "r", "processed_at": "2031-01-01T00:00:00Z"},
        {"type": "event_delta", "event_id": "m", "delta": {"content": {"type": "text", "text": "Gate "}}},
    ],
    "assistants": [
        {"object": "thread.run", "id": "r", "status": "queued"},
        {
            "object": "thread.message.delta",
            "id": "m",
            "delta": {"content": [{"index": 0, "type": "text", "text": {"value": "Gate "}}]},
        },
    ],
    "adk": [
        {
            "author": "a",
            "invocationId": "e-1",
            "id": "1",
            "partial": True,
            "content": {"role": "model", "parts": [{"text": "Gate "}]},
        }
    ],
    "dify": [{"event": "message", "task_id": "t", "id": "i", "answer": "Gate ", "conversation_id": "c"}],
    "letta": [{"message_type": "assistant_message", "id": "m", "content": "Gate "}],
    "openai-agents": [
        {"type": "raw_response_event", "data": {"type": "response.created", "response": {"id": "r", "output": []}}},
        {
            "type": "raw_response_event",
            "data": {"type": "response.output_text.delta", "item_id": "m", "delta": "Gate "},
        },
    ],
    "mastra": [
        {"type": "step-start", "runId": "r", "from": "AGENT", "payload": {"request": {}}},
        {"type": "text-delta", "runId": "r", "from": "AGENT", "payload": {"id": "t", "text": "Gate "}},
    ],
    "chatkit": [
        {"type": "stream_options", "stream_options": {"allow_cancel": True}},
        {
            "type": "thread.item.updated",
            "item_id": "m",
            "update": {"type": "assistant_message.content_part.text_delta", "content_index": 0, "delta": "Gate "},
        },
    ],
    "strands": [
        {"event": {"messageStart": {"role": "assistant"}}},
        {"event": {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Gate "}}}},
    ],
    "ai-sdk-data": [{"code": "f", "value": {"messageId": "m"}}, {"code": "0", "value": "Gate "}],
    "gemini-cli": [
        {"type": "init", "timestamp": "2026-01-01T00:00:00Z", "session_id": "s", "model": "m"},
        {
            "type": "message",
            "timestamp": "2026-01-01T00:00:01Z",
            "role": "assistant",
            "content": "Gate ",
            "delta": True,
        },
    ],
    "copilot": [
        {"type": "assistant.turn_start", "data": {"turnId": "0"}, "id": "1", "timestamp": "2026-01-01T00:00:00Z"},
        {
            "type": "assistant.message_delta",
            "data": {"messageId": "m", "deltaContent": "Gate "},
            "id": "2",
            "timestamp": "2026-01-01T00:00:01Z",
        },
    ],
}
"""The beginning of a response in each dialect."""

ERRORS = {
    "event and text": b"event: error\ndata: The store closed.\n\n",
    "event and object": b'event: error\ndata: {"code":502,"detail":"The store closed."}\n\n',
    "field": b'error: {"code":500,"message":"The store closed."}\n\n',
    "data and word": b"data: error: The store closed.\n\n",
    "data and mark": b"data: [ERROR] The store closed.\n\n",
    "nested": b'data: {"error":{"error":{"message":"The store closed.","type":"x"}}}\n\n',
}


@pytest.mark.parametrize("form", ERRORS)
@pytest.mark.parametrize("dialect", STARTS)
def test_an_error_of_the_frame_is_reported_once_in_every_dialect_r12(dialect: str, form: str) -> None:
    ran = run_here(["text"], sse(STARTS[dialect], done=False) + ERRORS[form])
    assert (ran.stdout, ran.code) == (b"Gate \n", 5)
    assert ran.stderr.count("\n") == ran.stderr.count("The store closed.") == 1


def test_every_dialect_that_events_carry_is_in_the_matrix() -> None:
    files = {"codex-session", "codex-server", "acp", "pi", "llm"}  # session files, and JSON-RPC over pipes
    assert STARTS.keys() - {"chat"} == DIALECTS.keys() - files


COUNTS: dict[str, list[Any]] = {
    "anthropic": [{"type": "message_delta", "delta": {}, "usage": {"input_tokens": 42.0, "output_tokens": 4.0}}],
    "responses": [
        {"type": "response.completed", "response": {"id": "r", "usage": {"input_tokens": 42.0, "output_tokens": 4.0}}}
    ],
    "gemini": [
        {"usageMetadata": {"promptTokenCount": 40.0, "toolUsePromptTokenCount": 2.0, "candidatesTokenCount": 4.0}}
    ],
    "bedrock": [
        {"messageStop": {"stopReason": "end_turn"}},
        {"metadata": {"usage": {"inputTokens": 40.0, "cacheReadInputTokens": 2.0, "outputTokens": 4.0}}},
    ],
    "cohere": [
        {"type": "message-end", "delta": {"usage": {"tokens": {"input_tokens": 42.0, "output_tokens": 4.0}}}},
    ],
    "ollama": [{"model": "m", "message": {}, "done": True, "prompt_eval_count": 42.0, "eval_count": 4.0}],
    "gemini-interactions": [
        {
            "event_type": "interaction.completed",
            "interaction": {"id": "i", "usage": {"total_input_tokens": 42.0, "total_output_tokens": 4.0}},
        }
    ],
    "mastra": [
        {
            "type": "finish",
            "runId": "r",
            "from": "AGENT",
            "payload": {"stepResult": {}, "output": {"usage": {"inputTokens": 42.0, "outputTokens": 4.0}}},
        }
    ],
    "ai-sdk": [{"type": "finish", "usage": {"inputTokens": 42.0, "outputTokens": 4.0}}],
    "ag-ui": [{"type": "RUN_FINISHED", "runId": "r", "usage": [{"inputTokens": 42.0, "outputTokens": 4.0}]}],
    "langchain": [
        [
            {
                "type": "AIMessageChunk",
                "id": "m",
                "content": "",
                "chunk_position": "last",
                "usage_metadata": {"input_tokens": 42.0, "output_tokens": 4.0},
            },
            {"langgraph_checkpoint_ns": "a"},
        ]
    ],
}
"""The end of a response in each dialect, with its usage."""


@pytest.mark.parametrize("dialect", COUNTS)
def test_counts_of_tokens_may_be_written_with_a_point_q26(dialect: str) -> None:
    ran = run_here(["events"], jsonl([*STARTS[dialect], *COUNTS[dialect]]))
    usages = [event["usage"] for line in ran.stdout.splitlines() if (event := json.loads(line))["event"] == "usage"]
    assert [(usage["prompt_tokens"], usage["completion_tokens"]) for usage in usages] == [(42, 4)]
