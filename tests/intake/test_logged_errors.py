"""Errors in logs: none is taken for a line of the program's own (R12), whatever is before it, or on how many lines."""

import json

import pytest
from tests.intake.test_layers import CHAT
from tests.intake.wrappers import Content, Wrapped, wrapped
from tests.support import jsonl, run_here, sse

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
