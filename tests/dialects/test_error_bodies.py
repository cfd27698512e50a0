"""Bodies of errors without a member ``error`` are reported with their message wherever they come (R12)."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from tests.support import chunk, jsonl, run_here, sse

from unspool.dialects.error_bodies import error_body
from unspool.formats.detect import Format, detect

BODIES: list[Any] = [
    {"detail": "No more today."},
    {"detail": {"error": {"message": "No more today."}}},
    {"detail": [{"loc": ["body"], "msg": "No more today.", "type": "missing"}]},
    {"message": "No more today."},
    {"Message": "No more today."},
    {"code": 429, "message": "No more today."},
    {"code": "429", "msg": "No more today."},
    {"code": "InvalidParameter", "message": "No more today.", "request_id": "r"},
    {"status": 500, "message": "No more today.", "path": "/v1"},
    {"success": False, "message": "No more today."},
    {"result": None, "success": False, "errors": [{"code": 5007, "message": "No more today."}], "messages": []},
    {"error_code": 110, "error_msg": "No more today."},
    {"errorType": "Runtime.ExitError", "errorMessage": "No more today."},
    {"base_resp": {"status_code": 1004, "status_msg": "No more today."}},
    {"choices": None, "base_resp": {"status_code": 1004, "status_msg": "No more today."}},
    {"choices": [], "base_resp": {"status_code": 1004, "status_msg": "No more today."}},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "error": {"message": "No more today."}}]},
    {"Response": {"Error": {"Code": "AuthFailure", "Message": "No more today."}, "RequestId": "r"}},
    {"ErrorMsg": {"Msg": "No more today.", "Code": 4001}},
    {"fault": {"faultstring": "No more today.", "detail": {"errorcode": "policies.x"}}},
    {"id": "8f1c", "message": "No more today."},
    {"code": "InternalError", "message": "No more today.", "request_id": "r"},
    {"__type": "ThrottlingException", "message": "No more today."},
    {"error": True, "message": "No more today."},
    [{"error": {"code": 429, "message": "No more today."}}],
    {"choices": [{"index": 0, "delta": []}], "error": "No more today."},
    {"event": "error", "message": "No more today."},
    {"event": "error", "data": {"message": "No more today."}},
    {"event": "error", "data": '{"detail": "No more today."}'},
    {"kind": "error", "payload": {"message": "No more today."}},
    {"state": "error", "message": "No more today."},
    {"status": "failed", "reason": "No more today."},
]
TEXTS = ["[ERROR] No more today.", "[ERROR: No more today.]", "[error] No more today.", "ERROR No more today."]
EACH = pytest.mark.parametrize("body", BODIES, ids=[str(number) for number in range(len(BODIES))])
CHAT = [chunk({"role": "assistant", "content": "At"})]
MESSAGES = [
    {"type": "message_start", "message": {"id": "m", "content": [], "model": "c"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "At"}},
]


@EACH
@pytest.mark.parametrize("before", [CHAT, MESSAGES], ids=["chat", "anthropic"])
def test_an_error_in_a_stream(body: Any, before: list[Any]) -> None:
    for data in (jsonl([*before, body]), sse([*before, body], done=False)):
        ran = run_here(["text"], data)
        assert (ran.code, ran.stdout) == (5, b"At\n")
        assert "sent an error: No more today." in ran.stderr


@pytest.mark.parametrize("name", ["error", "response.error"])
def test_an_error_among_events_of_responses(name: str) -> None:
    """Relays have a second name for it."""
    events = [
        {
            "type": "response.created",
            "response": {"id": "r", "object": "response", "status": "in_progress", "output": []},
        },
        {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": "At"},
        {"type": name, "error": {"message": "No more today."}},
    ]
    ran = run_here(["text"], jsonl(events))
    assert (ran.code, ran.stdout) == (5, b"At\n")
    assert "sent an error: No more today." in ran.stderr


@pytest.mark.parametrize("name", ["tool_error", "tool.failed", "progress"])
def test_an_event_of_an_application_whose_tool_failed_is_no_error(name: str) -> None:
    ran = run_here(["text"], sse([*CHAT, {"event": name, "message": "No file."}, chunk({}, "stop")]))
    assert (ran.code, ran.stdout) == (3, b"At\n")


def test_the_numbers_of_a_vocabulary_are_no_error() -> None:
    """A tokenizer's file has the word error for a key."""
    tokens = {"!": 0, "message": 3, "detail": 812, "error": 7561, "errors": 9, "code": 2438}
    assert error_body(tokens) is None
    ran = run_here(["text"], json.dumps(tokens).encode())
    assert (ran.code, ran.stdout) == (3, b"")
    assert "error" not in ran.stderr.split("{")[0]


@EACH
def test_an_error_alone(body: Any) -> None:
    for data in (json.dumps(body).encode(), json.dumps(body, indent=2).encode()):
        ran = run_here(["text"], data)
        assert (ran.code, ran.stdout) == (5, b"")
        assert "No more today." in ran.stderr


@pytest.mark.parametrize("text", TEXTS)
def test_an_error_in_text(text: str) -> None:
    ran = run_here(["text"], sse(CHAT, done=False) + f"data: {text}\n\n".encode())
    assert (ran.code, ran.stdout) == (5, b"At\n")
    assert "sent an error: No more today.;" in ran.stderr


def test_an_event_named_error_without_data() -> None:
    ran = run_here(["text"], sse(CHAT, done=False) + b"event: error\ndata:\n\n")
    assert (ran.code, ran.stdout) == (5, b"At\n")


def test_an_error_in_a_choice_that_has_no_finish_reason() -> None:
    """Q20: as OpenRouter has it."""
    failed = chunk({"content": ""})
    failed["choices"][0]["error"] = {"code": 502, "message": "No more today."}
    ran = run_here(["text"], jsonl([*CHAT, failed]))
    assert (ran.code, ran.stdout) == (5, b"At\n")
    assert "No more today. (code 502)" in ran.stderr
    fine = chunk({"content": " nine."}, "stop")
    fine["choices"][0]["error"] = None
    assert run_here(["text"], jsonl([*CHAT, fine])) == (0, b"At nine.\n", "")


@pytest.mark.parametrize(
    "value",
    [
        {"level": "info", "message": "started", "code": 0},
        {"message": "loading", "status": "loading"},
        {"code": 200, "message": "OK"},
        {"code": "Success", "message": "OK"},
        {"code": True, "message": "OK"},
        {"status_code": 200, "message": "OK"},
        {"base_resp": {"status_code": 0, "status_msg": ""}},
        {"success": True, "message": "OK", "errors": []},
        {"message": {"content": "Hi"}},
        {"code": 500},
        {"code": "²", "message": "OK"},  # digits that are no number
        {"code": "9" * 5000, "message": "OK"},
        {"detail": "x", "other": 1},
        {"error": None},
        [],
        [1, 2],
        "No more today.",
        None,
        7,
    ],
)
def test_what_is_no_error(value: Any) -> None:
    assert error_body(value) is None


def test_a_progress_report_is_no_error() -> None:
    report = b'event: progress\ndata: {"message": "loading", "status": "loading"}\n\n'
    end = sse([chunk({}, "stop")], done=False)
    assert run_here(["text"], sse(CHAT, done=False) + report + end) == (0, b"At\n", "")


HALF = {"role": "assistant", "content": "At"}
MIDDLES: dict[str, list[Any]] = {  # the error in the provider's own shape is the last record
    "chat, Groq": [*CHAT, {**chunk({}), "choices": [], "x_groq": {"id": "r", "error": "No more today."}}],
    "chat, MiniMax": [*CHAT, {"choices": None, "base_resp": {"status_code": 1027, "status_msg": "No more today."}}],
    "dashscope": [
        {"output": {"text": "At", "finish_reason": "null"}, "request_id": "r"},
        {"code": "DataInspectionFailed", "message": "No more today.", "request_id": "r"},
    ],
    "dashscope, choices": [
        {"output": {"choices": [{"message": HALF, "finish_reason": "null"}]}, "request_id": "r"},
        {"code": "DataInspectionFailed", "message": "No more today.", "request_id": "r"},
    ],
    "cloudflare, result": [
        {"result": chunk(HALF), "success": True, "errors": []},
        {"result": None, "success": False, "errors": [{"code": 7009, "message": "No more today."}]},
    ],
    "cloudflare": [
        {"response": "At", "p": "ab"},
        {"errors": [{"code": 7009, "message": "No more today."}], "success": False, "result": {}, "messages": []},
    ],
    "cohere-v1": [
        {"event_type": "text-generation", "text": "At", "is_finished": False},
        {"event_type": "stream-error", "message": "No more today.", "is_finished": True},
    ],
    "cohere": [
        {"type": "message-start", "id": "m"},
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "At"}}}},
        {"id": "m", "message": "No more today."},
    ],
    "ollama": [{"message": HALF, "done": False}, {"error": "No more today."}],
    "gemini": [
        {"candidates": [{"content": {"parts": [{"text": "At"}]}}]},
        {"error": {"code": 503, "message": "No more today.", "status": "UNAVAILABLE"}},
    ],
    "bedrock": [
        {"contentBlockDelta": {"delta": {"text": "At"}, "contentBlockIndex": 0}},
        {"modelStreamErrorException": {"message": "No more today.", "originalStatusCode": 500}},
    ],
    "mistral-conversations": [
        {"type": "conversation.response.started", "conversation_id": "c"},
        {"type": "message.output.delta", "id": "m", "content": "At"},
        {"type": "conversation.response.error", "message": "No more today.", "code": 500},
    ],
    "llama-cpp": [
        {"content": "At", "stop": False, "index": 0},
        {"error": {"code": 500, "message": "No more today.", "type": "server_error"}},
    ],
    "tgi": [
        {"token": {"id": 1, "text": "At", "special": False}},
        {"error": "No more today.", "error_type": "generation"},
    ],
    "responses": [
        {"type": "response.output_text.delta", "delta": "At"},
        {"type": "error", "code": "server_error", "message": "No more today.", "param": None, "sequence_number": 3},
    ],
}


@pytest.mark.parametrize("name", MIDDLES)
def test_an_error_of_the_providers_own_shape_ends_its_stream(name: str) -> None:
    ran = run_here(["text"], jsonl(MIDDLES[name]))
    assert (ran.code, ran.stdout) == (5, b"At\n")
    assert ran.stderr.count("sent an error: No more today.") == 1


def test_a_line_of_a_log_beside_records_is_no_error() -> None:
    lines = [{"request_id": "r", "level": "info", "status": 404, "message": "GET /icon"}, {"message": "started"}]
    records = [{"request_id": "r", "chunk": chunk(HALF)}, *lines, {"request_id": "r", "chunk": chunk({}, "stop")}]
    ran = run_here(["text"], jsonl(records))
    assert (ran.code, ran.stdout) == (0, b"At\n")


RUNS: dict[str, list[Any]] = {
    "ag-ui": [
        {"type": "RUN_STARTED", "threadId": "t", "runId": "r"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "Gate "},
    ],
    "claude-code": [
        {"type": "system", "subtype": "init", "session_id": "s"},
        {
            "type": "assistant",
            "message": {"id": "m", "content": [{"type": "text", "text": "Gate "}]},
            "session_id": "s",
        },
    ],
    "copilot": [
        {"type": "assistant.turn_start", "data": {"turnId": "0"}},
        {"type": "assistant.message_delta", "data": {"messageId": "m", "deltaContent": "Gate "}},
    ],
    "openai-agents": [
        {"type": "raw_response_event", "data": {"type": "response.output_text.delta", "item_id": "m", "delta": "Gate "}}
    ],
    "langchain": [["messages", [{"type": "AIMessageChunk", "content": "Gate ", "id": "a"}, {}]]],
    "strands": [
        {"event": {"messageStart": {"role": "assistant"}}},
        {"event": {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Gate "}}}},
    ],
    "anthropic": [
        {"type": "message_start", "message": {"id": "m", "content": []}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Gate "}},
    ],
}
"""The beginnings of runs of which any record may be kept, and of a response."""


@pytest.mark.parametrize("dialect", RUNS)
@pytest.mark.parametrize(
    "body",
    [
        {"type": "error", "error": {"type": "overloaded_error", "message": "Boom"}},
        {"type": "error", "message": "Boom"},
        {"status": "error", "message": "Boom"},
        {"success": False, "errors": [{"message": "Boom"}]},
        {"detail": "Boom"},
        {"code": 429, "message": "Boom"},
    ],
    ids="-".join,
)
@pytest.mark.parametrize("framing", [jsonl, partial(sse, done=False)], ids=["jsonl", "sse"])
def test_an_error_of_a_gateway_in_the_middle_of_a_run_ends_it_r12(
    framing: Callable[[list[Any]], bytes], body: dict[str, Any], dialect: str
) -> None:
    ran = run_here(["text"], framing([*RUNS[dialect], body]))
    assert (ran.stdout, ran.code) == (b"Gate \n", 5)
    assert "the provider sent an error: Boom" in ran.stderr


@pytest.mark.parametrize("rest", [b"", b"data: [DONE]\n\n", sse([chunk({"content": "Hi."}), chunk({}, "stop")])])
@pytest.mark.parametrize("space", [b"", b" "])
def test_an_error_field_may_be_the_first_of_a_stream_r12(space: bytes, rest: bytes) -> None:
    stream = b"error:" + space + b'{"code":500,"message":"Boom"}\n\n' + rest
    for cut in range(40):
        assert detect(stream[:cut]) in (None, Format.SSE), cut
    ran = run_here(["text"], stream)
    assert (ran.stdout, ran.code) == (b"Hi.\n" if b"Hi." in rest else b"", 5)
    assert "the provider sent an error: Boom (code 500)" in ran.stderr
