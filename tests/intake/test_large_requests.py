"""The records of a log are found behind a request that is larger than what is inspected for layers."""

import json

import pytest
from tests.support import chunk, run_here, sse

from unspool.intake.asked import HEAD_BYTES

REQUEST = {"model": "m", "messages": [{"role": "user", "content": "a 'quoted' word, " * (HEAD_BYTES // 10)}]}
REQUESTS = {
    "JSON": json.dumps(REQUEST),
    "a dict of Python": f"Request options: {REQUEST!r}",
    "JSON behind words": f"POST /v1/chat/completions {json.dumps(REQUEST)}",
}
PREFIXES = {
    "a time and a level": "2026-01-01 10:00:00 INFO ",
    "a service": "app-1  | ",
    "logging of Python": "DEBUG:openai._base_client:",
    "brackets": "[2026-01-01 10:00:00 - openai - DEBUG] ",
}
RECORDS = [chunk({"role": "assistant", "content": "Grüße "}), chunk({"content": "🚢"}), chunk({}, "stop")]


@pytest.mark.parametrize("request_form", REQUESTS)
@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(("short_lines", "field"), [(0, ""), (40, "data: ")])
def test_records_behind_a_large_request(prefix: str, request_form: str, short_lines: int, field: str) -> None:
    put = PREFIXES[prefix]
    lines = [put + "listening"] * short_lines + [put + REQUESTS[request_form]]
    lines += [put + field + json.dumps(record) for record in RECORDS]
    log = "".join(line + "\n" for line in lines).encode()
    assert run_here(["text"], log).stdout.decode() == "Grüße 🚢\n"


def test_a_log_with_a_large_request_is_kept() -> None:
    lines = [f"app-1  | {json.dumps(one)}\n".encode() for one in (REQUEST, *RECORDS)]
    assert run_here(["rewrite"], b"".join(lines)).stdout == b"".join(lines)


def test_a_first_record_of_any_size() -> None:
    text = "Grüße 🚢 " * HEAD_BYTES
    log = f"2026-01-01 10:00:00 INFO {json.dumps(chunk({'content': text}, 'stop'))}\n".encode()
    assert run_here(["text"], log).stdout.decode() == text + "\n"


def test_a_large_line_that_is_no_log_is_reported() -> None:
    ran = run_here(["text"], f"some words {json.dumps(REQUEST)}\n".encode())
    assert (ran.code, ran.stdout) == (3, b"")
    assert "nothing could be read" in ran.stderr


LONG = "a word, " * (HEAD_BYTES // 6)
TOOLS = [{"name": f"tool_{number}", "description": LONG[: HEAD_BYTES // 10]} for number in range(15)]
LATE_MESSAGES = {
    "a system prompt": {"model": "m", "system": LONG, "messages": [{"role": "user", "content": "?"}]},
    "tools": {"model": "m", "tools": TOOLS, "messages": [{"role": "user", "content": "?"}]},
    "Responses": {"model": "m", "instructions": LONG, "input": "?"},
    "Gemini": {"systemInstruction": {"parts": [{"text": LONG}]}, "contents": [{"parts": [{"text": "?"}]}]},
    "a line of a batch": {"custom_id": "a", "body": {"model": "m", "tools": TOOLS, "messages": [{"role": "user"}]}},
}


@pytest.mark.parametrize("body", LATE_MESSAGES.values(), ids=LATE_MESSAGES)
@pytest.mark.parametrize(("indent", "end"), [(None, "\n"), (None, ""), (2, "\n")])
@pytest.mark.parametrize("answer", [sse(RECORDS), json.dumps(RECORDS).encode() + b"\n"])
def test_messages_behind_a_long_beginning(body: dict[str, object], indent: int | None, end: str, answer: bytes) -> None:
    capture = json.dumps(body, indent=indent).encode() + end.encode() + answer
    assert run_here(["text"], capture) == (0, "Grüße 🚢\n".encode(), "")
    assert run_here(["rewrite"], capture).stdout == run_here(["rewrite"], answer).stdout
    assert b"a request before the answer: it is left out" in run_here(["lint"], capture).stdout
