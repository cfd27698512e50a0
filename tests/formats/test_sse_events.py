"""What the name of a server-sent event says: errors, types, and events that are no part of the stream."""

import pytest
from tests.quirks.case import plain
from tests.support import run_here, sse

START = sse(plain("The ferry", finish=None))
REST = sse(plain(" leaves."))


@pytest.mark.parametrize(
    "error",
    [
        b"event: error\ndata: the upstream went away\n\n",
        b'event: error\ndata: {"message":"the upstream went away","code":"x"}\n\n',
        b'event: error\ndata: {"error":{"message":"the upstream went away"}}\n\n',
        b'error: {"code":500,"message":"the upstream went away"}\n\n',
        b"data: [ERROR] the upstream went away\n\n",
        b"data: error: the upstream went away\n\n",
    ],
)
def test_r12_an_error_that_the_frame_gives_is_reported(error: bytes) -> None:
    ran = run_here(["text"], START + error + b"data: [DONE]\n\n")
    assert (ran.code, ran.stdout) == (5, b"The ferry\n")
    assert "the upstream went away" in ran.stderr


def test_an_event_of_another_name_is_left_alone() -> None:
    other = b'event: tool.progress\ndata: {"tool":"terminal","status":"running"}\n\n'
    ran = run_here(["text"], other + START + other + REST)
    assert (ran.code, ran.stderr) == (0, "")


def test_the_type_may_be_in_the_name_of_the_event_alone() -> None:
    stream = (
        b'event: response.created\ndata: {"response":{"id":"r","status":"in_progress","output":[]}}\n\n'
        b'event: response.output_text.delta\ndata: {"output_index":0,"content_index":0,"delta":"Hi"}\n\n'
        b'event: response.completed\ndata: {"response":{"id":"r","status":"completed","output":[]}}\n\n'
    )
    ran = run_here(["text"], stream)
    assert (ran.code, ran.stdout) == (0, b"Hi\n")


def test_an_error_of_several_lines_is_one_error_r12() -> None:
    ran = run_here(["text"], b"event: error\ndata: Too many\ndata: requests\n\n")
    assert ran.stderr.count("the provider sent an error") == 1
    assert ("Too many\\nrequests" in ran.stderr, ran.code) == (True, 5)


def test_an_error_event_inside_another_dialect_ends_the_response_r12() -> None:
    start = (
        b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","role":"assistant","content":[]}}\n\n'
    )
    ran = run_here(["text"], start + b'event: error\ndata: {"type":"overloaded_error","message":"Overloaded"}\n\n')
    assert ("Overloaded" in ran.stderr, ran.code) == (True, 5)


def test_text_under_another_event_name_is_left_alone() -> None:
    whole = b'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n'
    ran = run_here(["text"], b"event: ping\ndata: hello\n\n" + whole + b"event: progress\ndata: 42\n\n")
    assert (ran.stdout, ran.stderr, ran.code) == (b"Hi\n", "", 0)
