"""Logs of single requests that CLIProxyAPI writes: each has the same answer in two formats."""

import json
from typing import Any

from tests.support import chunk, run_here, sse

CHUNKS = [chunk({"role": "assistant", "content": "At "}), chunk({"content": "nine."}), chunk({}, "stop")]
CLIENT = "=== RESPONSE ===\nStatus: {status}\nContent-Type: text/event-stream\n\n"
FAILED = json.dumps({"type": "error", "error": {"type": "overloaded_error", "message": "no boats"}})
BEFORE = """=== REQUEST INFO ===
Version: 6.1
URL: /v1/chat/completions
Method: POST
Timestamp: 2031-05-04T09:00:01Z

=== HEADERS ===
Content-Type: application/json

=== REQUEST BODY ===
{"model": "m", "stream": true, "messages": [{"role": "user", "content": "When?"}]}

=== API REQUEST 1 ===
Timestamp: 2031-05-04T09:00:01Z
Upstream URL: https://api.example/v1/messages

Body:
{"model": "m", "stream": true, "messages": [{"role": "user", "content": "When?"}]}

"""


def of_provider(*bodies: str) -> str:
    """A section for each response of the provider."""
    head = "Timestamp: 2031-05-04T09:00:02Z\n\nStatus: 200\nHeaders:\nServer: a\n\nBody:\n"
    return "".join(f"=== API RESPONSE {number} ===\n{head}{body}\n\n" for number, body in enumerate(bodies, 1))


def anthropic() -> str:
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "At nine."}}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "content": []}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(delta, {"type": "content_block_stop", "index": 0}),
        *({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"}),
    ]
    return "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in events)


def test_the_answer_to_the_client_is_read_once() -> None:
    """R15; behind a first try of the proxy that failed as well, and in each of two logs."""
    log = BEFORE + of_provider(FAILED, anthropic()) + CLIENT.format(status=200) + sse(CHUNKS).decode()
    assert run_here(["text"], log.encode())[:2] == (0, b"At nine.\n")
    assert run_here(["text"], (log + log).encode())[:2] == (0, b"At nine.\nAt nine.\n")


def test_what_the_provider_sent_is_read_where_the_client_got_nothing() -> None:
    log = BEFORE + of_provider(anthropic())
    assert run_here(["text"], log.encode())[:2] == (0, b"At nine.\n")
    assert run_here(["text"], (log + CLIENT.format(status=200)).encode())[:2] == (0, b"At nine.\n")


def test_an_error_for_the_client_is_reported() -> None:
    log = BEFORE + of_provider(FAILED) + CLIENT.format(status=529) + FAILED
    ran = run_here(["text"], log.encode())
    assert (ran.stdout, ran.code, "no boats" in ran.stderr) == (b"", 5, True)


def test_a_log_without_a_response_is_an_incomplete_one() -> None:
    assert run_here(["text"], BEFORE.encode()).code == 4
