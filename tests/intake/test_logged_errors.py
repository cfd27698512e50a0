"""Errors in logs: none is taken for a line of the program's own (R12), whatever is before it, or on how many lines."""

import csv
import io
import json
from typing import Any

import pytest
from tests.intake.test_layers import CHAT
from tests.intake.wrappers import Content, Wrapped, wrapped
from tests.support import jsonl, message_call, run_here, sse

BODY = {"code": 503, "message": "it failed", "details": ["a", 1, []]}
ERROR = {"error": BODY}
LINE, INDENTED = json.dumps(ERROR).encode() + b"\n", json.dumps(ERROR, indent=2).encode() + b"\n"
EVENTS = sse(CHAT, False)
STREAMS = {
    "a line behind events": EVENTS + LINE,
    "lines behind events": EVENTS + INDENTED,
    "lines behind records": jsonl(CHAT) + INDENTED,
    "a field behind events": EVENTS + b"error: " + json.dumps(BODY).encode() + b"\n\n",
    "a field before events": b"error: " + json.dumps(BODY).encode() + b"\n\n" + EVENTS,
    "FastAPI's": EVENTS + b'{"detail": "it failed"}\n',
    "an event before events": b"event: error\ndata: it failed\n\n" + EVENTS,
}
LAYERS: list[tuple[str, ...]] = [
    (name,) for name in ("python", "compose", "kubectl", "cri", "journal", "docker", "string")
]
LAYERS += [("string", "compose"), ("journal", "docker"), ("curl's meter", "python"), ("UTF-8 mark", "python")]


@pytest.mark.parametrize("stream", STREAMS)
def test_errors_in_logs_are_reported(stream: str) -> None:
    for layers in LAYERS:
        found = wrapped(Wrapped(STREAMS[stream], Content.EVENTS), *layers)
        if found is None or ("before" in stream and "curl's meter" in layers):  # the meter's own line
            continue
        for command in ("text", "rewrite"):
            ran = run_here([command], found.data)
            assert (ran.code, ran.stderr.count("it failed")) == (5, 1), (layers, command, ran.stderr)


def test_words_in_the_field_of_an_error_are_reported_before_events_and_not_behind_a_prefix() -> None:
    for data in (b"error: it failed\n" + EVENTS, b"INFO start\n" + EVENTS + b"error: it failed\n"):
        ran = run_here(["text"], data)
        assert (ran.code, ran.stderr.count("it failed")) == (5, 1)
    data = b"".join(b"web-1  | " + line + b"\n" for line in (EVENTS + b"error: it failed\n").splitlines())
    assert run_here(["text"], data).code == 0


@pytest.mark.parametrize("command", ["text", "rewrite"])
def test_objects_of_the_program_between_events_are_no_errors(command: str) -> None:
    own = {"level": "error", "error": "it failed", "status": 500}
    text = EVENTS + json.dumps(own).encode() + b"\n" + json.dumps(own, indent=2).encode() + b"\n"
    data = b"".join(b"web-1  | " + line + b"\n" for line in text.splitlines())
    ran = run_here([command], data)
    assert ran.code == 0
    assert command == "text" or json.dumps(own, indent=2).splitlines()[1].encode() in ran.stdout


@pytest.mark.parametrize("value", [b"it failed", b"503", b"null", b'"it failed"', b"<html>"])
def test_data_that_are_no_object_are_reported_behind_a_prefix_as_without_one(value: bytes) -> None:
    stream = Wrapped(EVENTS + b"data: " + value + b"\n\n", Content.EVENTS)
    for layer in ("compose", "python"):
        found = wrapped(stream, layer)
        assert found is not None
        for command in ("text", "rewrite"):
            bare, ran = run_here([command], stream.data), run_here([command], found.data)
            assert (ran.code, ran.stderr.count("\n")) == (bare.code, bare.stderr.count("\n")) == (3, 1)


KNOWN = {
    "openai": {"error": {"message": "it failed", "type": "server_error", "param": None, "code": None}},
    "anthropic": {"type": "error", "error": {"type": "overloaded_error", "message": "it failed"}, "request_id": "r"},
    "gemini": [{"error": {"code": 429, "message": "it failed", "status": "RESOURCE_EXHAUSTED"}}],
}
ONLY_ERRORS = {
    **{name: json.dumps(error) for name, error in KNOWN.items()},
    "an event": f"event: error\ndata: {json.dumps(BODY)}\n",
    "an event with words": "event: error\ndata: it failed\n",
    "a field": f"data: {json.dumps(ERROR)}\n",
    "lines": json.dumps(KNOWN["openai"], indent=2),
}


@pytest.mark.parametrize("command", ["text", "rewrite"])
@pytest.mark.parametrize("name", ONLY_ERRORS)
def test_a_log_that_holds_nothing_but_an_error_reports_it(name: str, command: str) -> None:
    text = ONLY_ERRORS[name]
    for before in ("2026-01-01 INFO app ", "api-1  | "):
        for log in (f"starting\n{text}", text):
            data = "".join(f"{before}{line}\n" for line in log.splitlines()).encode()
            ran = run_here([command], data)
            assert (ran.code, ran.stderr.count("it failed")) == (5, 1), (data, ran)


UNNAMED: list[Any] = [
    {"message": "it failed", "type": "rate_limit", "code": 429},
    {"code": 429, "message": "it failed", "status": "RESOURCE_EXHAUSTED"},
    {"detail": "it failed"},
]


@pytest.mark.parametrize(
    "before", ["Error calling API: ", "starting\n2026-01-01 ERROR app answer ", "429 from a.example: "]
)
@pytest.mark.parametrize("body", UNNAMED, ids=["code", "status", "detail"])
def test_an_error_in_words_is_reported_where_nothing_else_is_there(body: Any, before: str) -> None:
    data = f"{before}{json.dumps(body)}\n".encode()
    ran = run_here(["text"], data)
    assert (ran.code, ran.stderr.count("it failed")) == (5, 1), ran.stderr
    for others in (jsonl(CHAT) + data, data + EVENTS):
        assert run_here(["text"], others).stdout != b""


@pytest.mark.parametrize("before", ["", ": ping\n\n", "retry: 300\n\n"])
def test_an_event_stream_that_holds_nothing_but_a_named_error_is_no_log(before: str) -> None:
    ran = run_here(["text"], f"{before}event: error\ndata: {json.dumps(KNOWN['anthropic'])}\n\n".encode())
    assert (ran.code, ran.stderr.count("it failed")) == (5, 1)


def test_an_indented_error_behind_a_line_of_a_log_is_reported_where_it_is_alone() -> None:
    ran = run_here(["text"], b"2026-01-01 INFO app answer " + json.dumps(KNOWN["openai"], indent=2).encode())
    assert (ran.code, ran.stderr.count("it failed")) == (5, 1)


@pytest.mark.parametrize(
    "own",
    [
        {"error": "it failed"},
        {"error": "it failed", "status": 500},
        {"error": {"message": "it failed"}},
        {"error": {"message": "it failed", "code": "ECONNRESET", "syscall": "read", "stack": "Error: …"}},
        {"level": "error", "error": {"message": "it failed", "type": "server_error"}},
    ],
)
def test_a_log_of_the_programs_own_lines_holds_nothing_to_read(own: object) -> None:
    ran = run_here(["text"], b"2026-01-01 INFO app job " + json.dumps(own).encode() + b"\n")
    assert ran.code == 3
    assert "nothing could be read" in ran.stderr


@pytest.mark.parametrize("command", ["text", "rewrite"])
@pytest.mark.parametrize("name", ["openai", "anthropic"])
def test_a_log_of_json_that_holds_nothing_but_an_error_reports_it(name: str, command: str) -> None:
    start, error = {"t": 1, "message": "start"}, {"t": 2, "response": {"status": 429, "body": KNOWN[name]}}
    text = {"t": 2, "response": {"status": 429, "body": json.dumps(KNOWN[name])}}
    for records in ([error], [start, error], [error, start], [text], [start, text]):
        data = "".join(json.dumps(one) + "\n" for one in records).encode()
        ran = run_here([command], data)
        assert (ran.code, ran.stderr.count("it failed")) == (5, 1), (data, ran)


@pytest.mark.parametrize("before", ["", "2026-01-01 INFO app "])
def test_an_indented_error_in_the_cells_of_a_table_is_reported(before: str) -> None:
    lines = (EVENTS + INDENTED).decode().splitlines()
    table = io.StringIO()
    csv.writer(table).writerows([["id", "line"], *([number, before + line] for number, line in enumerate(lines))])
    ran = run_here(["text"], table.getvalue().encode())
    assert (ran.code, ran.stderr.count("it failed")) == (5, 1)


def test_an_envelope_without_a_chunk_may_hold_an_error() -> None:
    first = {"code": 0, "data": {"choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}]}}
    for last, code in (({"code": 500, "message": "it failed"}, 5), ({"code": 0, "message": "it failed never"}, 0)):
        ran = run_here(["text"], sse([first, {**last, "data": None}], done=False))
        assert (ran.code, ran.stdout, ran.stderr.count("it failed")) == (code, b"Hi\n", code // 5)


PLACED = [
    {"error": "it failed", "status": 500},
    {"object": "error", "message": "it failed", "type": "BadRequestError", "code": 400},
    {"error": None, "message": "it failed", "code": 400},
]


@pytest.mark.parametrize("command", ["text", "rewrite"])
@pytest.mark.parametrize("error", PLACED)
def test_an_indented_error_at_the_place_of_a_record_is_reported_as_one_in_a_line(error: object, command: str) -> None:
    """It was passed over, and the stream counted as cut."""
    before = "2031-05-04 09:00:01 INFO chunk "
    log = "".join(f"{before}{json.dumps(one)}\n" for one in CHAT[:-1])
    for indent in (None, 2):
        ran = run_here([command], f"{log}{before}{json.dumps(error, indent=indent)}\n".encode())
        assert (ran.code, ran.stderr.count("it failed")) == (5, 1), (indent, ran.stderr)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "value",
    [
        {"jsonrpc": "2.0", "id": 1, "result": {"rows": 2}, "error": None},
        {"status": "ok", "error": False, "rows": [1, 2]},
        {"error": "", "warnings": 2},
        {"object": {"name": "x"}, "rows": 1},
    ],
)
def test_an_object_that_says_that_nothing_failed_is_passed_over_like_others(value: object, indent: int | None) -> None:
    before = "2031-05-04 09:00:01 INFO chunk "
    for place in (0, 1, len(CHAT)):
        records = [json.dumps(one) for one in CHAT]
        records.insert(place, json.dumps(value, indent=indent))
        log = "".join(f"{before}{one}\n" for one in records).encode()
        rewritten = run_here(["rewrite"], log).stdout
        assert f"{before}{records[place]}\n".encode() in rewritten
        for one in (log, rewritten):
            ran = run_here(["text"], one)
            assert (ran.code, ran.stdout, ran.stderr) == (0, run_here(["text"], jsonl(CHAT)).stdout, "")


@pytest.mark.parametrize("before", ["", "2031-05-04 09:00:01 INFO "])
def test_an_indented_error_behind_the_field_of_that_name_is_reported_with_its_message(before: str) -> None:
    lines = [*EVENTS.decode().splitlines(), f"error: {json.dumps(BODY, indent=2)}"]
    ran = run_here(["text"], ("INFO start\n" + "".join(f"{before}{line}\n" for line in lines)).encode())
    assert (ran.code, ran.stderr.count("sent an error: it failed")) == (5, 1), ran.stderr


RATE_LIMIT = '{"error": {"message": "Slow down.", "type": "rate_limit", "code": 429}}'
STAMP = "2031-05-04 09:00:01"


@pytest.mark.parametrize("field", [False, True])
@pytest.mark.parametrize("before", ["", f"{STAMP} INFO app: "])
@pytest.mark.parametrize("words", [f"{STAMP} ERROR resp ", "[req-1] failed: "])
def test_an_error_behind_other_words_than_the_records_is_reported(words: str, before: str, field: bool) -> None:
    """Also where it is the first line: what follows is read."""
    stream = (sse if field else jsonl)(message_call(['{"message":"At nine."}'])).decode()
    lines = "".join(f"{before}{line}\n" for line in stream.splitlines())
    for log in (
        f"{STAMP} INFO start\n{lines}{words}{RATE_LIMIT}\n",
        f"{STAMP} INFO start\n{words}{RATE_LIMIT}\n{lines}",
    ):
        ran = run_here(["text"], log.encode())
        assert (ran.code, ran.stdout) == (5, b"At nine.\n")
        assert "Slow down." in ran.stderr


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    "line",
    [
        'WARN retry {"attempt": 2}',
        'retry {"attempt": 2}',
        f'{STAMP} INFO options {{"temperature": {{"top": 1}}}}',
        'request ok {"tokens": [1, 2]}',
    ],
)
def test_a_line_with_an_object_of_the_programs_own_is_no_damaged_record(line: str, place: int) -> None:
    """Between bare records: it counted as the rest of a record, and as a first line nothing was read."""
    lines = jsonl(message_call(['{"message":"At nine."}'])).decode().splitlines()
    lines[place:place] = [line]
    log = f"{STAMP} INFO start\n" + "".join(f"{one}\n" for one in lines)
    ran = run_here(["text"], log.encode())
    assert (ran.code, ran.stdout, ran.stderr) == (0, b"At nine.\n", "")


@pytest.mark.parametrize("before", ["", f"{STAMP} INFO app: "])
def test_a_summary_in_one_line_of_a_log_is_named(before: str) -> None:
    """It may repeat the text of the records, so that it is not read."""
    lines = jsonl(message_call(['{"message":"At nine."}'])).decode().splitlines()
    answer = {"object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}}]}
    summary = json.dumps({"status": 200, "body": answer})
    log = f"{STAMP} INFO start\n" + "".join(f"{before}{one}\n" for one in [*lines, summary])
    ran = run_here(["text"], log.encode())
    assert (ran.code, ran.stdout) == (0, b"At nine.\n")
    assert "the member body of an object in other lines holds records, too" in ran.stderr


@pytest.mark.parametrize(
    "form", ["{number} | got: {line}", "[{number}] {line}", "{number}: {line}", "a{number:x} {line}"]
)
def test_an_indented_error_behind_numbers_that_grow_is_reported(form: str) -> None:
    stream = sse(message_call(['{"message":"At nine."}'])[:2], False).decode()
    lines = [line for line in (stream + json.dumps(json.loads(RATE_LIMIT), indent=2)).splitlines() if line]
    log = "".join(form.format(number=7 + at, line=line) + "\n" for at, line in enumerate(lines))
    ran = run_here(["text"], log.encode())
    assert (ran.code, ran.stdout) == (5, b"At nine.\n")
    assert "Slow down." in ran.stderr


def traced(events: list[Any], body: Any = None) -> dict[str, Any]:
    """A request and its response as claude-tap has them in a line."""
    named = [{"event": one["type"], "data": one} for one in events]
    request = {"method": "POST", "path": "/v1/messages", "body": {"model": "m", "messages": []}}
    about = {"timestamp": "2031-05-04T09:00:01Z", "request_id": "r", "turn": 1}
    return {**about, "request": request, "response": {"status": 200, "body": body, "sse_events": named}}


OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "no boats"}}
WHOLE_ANSWER = {"id": "m", "type": "message", "role": "assistant", "content": [{"type": "text", "text": "At nine."}]}
BEGINS = {"type": "message_start", "message": {**WHOLE_ANSWER, "content": []}}


@pytest.mark.parametrize(
    ("records", "text"),
    [
        ([traced([OVERLOADED])], b""),
        ([traced([OVERLOADED]), traced([BEGINS], {**WHOLE_ANSWER, "stop_reason": "end_turn"})], b"At nine.\n"),
    ],
    ids=["alone", "before an answer"],
)
def test_an_error_among_the_events_beside_a_missing_body(records: list[Any], text: bytes) -> None:
    """R17: it was passed over, or counted as a response that was not recorded."""
    ran = run_here(["text"], b"".join(json.dumps(one).encode() + b"\n" for one in records))
    assert (ran.stdout, ran.code, "no boats" in ran.stderr) == (text, 5, True)
    assert ran.stderr.count("no boats") == 1
