"""What the name of a server-sent event says: errors, types, and events that are no part of the stream."""

from typing import Any

import pytest
from tests.captures.oracle import frame
from tests.quirks.case import plain
from tests.support import ROOT, run_here, sse

from unspool.formats.detect import Format
from unspool.formats.framer import Framer

START = sse(plain("The ferry", finish=None))
REST = sse(plain(" leaves."))


@pytest.mark.parametrize(
    "error",
    [
        b"event: error\ndata: the upstream went away\n\n",
        b'event: stream_error\ndata: {"message":"the upstream went away","code":500}\n\n',
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


@pytest.mark.parametrize(
    "error", [b"event: error\n\n", b"event: error", b"event: error\ndata:\n\n", b"event: error\nid: 4\n\n"]
)
def test_r12_an_error_event_without_data_is_one_error(error: bytes) -> None:
    ran = run_here(["text"], START + error)
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (5, b"The ferry\n", 1)


def test_an_error_event_whose_first_line_is_empty_is_one_error_with_its_message() -> None:
    ran = run_here(["text"], START + b"event: error\ndata:\ndata: the upstream went away\n\n")
    assert (ran.code, ran.stderr.count("\n"), "went away" in ran.stderr) == (5, 1, True)


def test_an_event_of_another_name_is_left_alone() -> None:
    other = b'event: tool.progress\ndata: {"tool":"terminal","status":"running"}\n\n'
    ran = run_here(["text"], other + START + other + REST)
    assert (ran.code, ran.stderr) == (0, "")


@pytest.mark.parametrize("name", ["metrics", "cost", "tool.progress", "status"])
@pytest.mark.parametrize(
    "data", ['{"tokens":3}', '{"type":"cost","usd":1}', '{"message":"thinking"}', "[1]", "3", "hello"]
)
@pytest.mark.parametrize("sample", ["anthropic", "responses", "gemini", "cohere", "ai-sdk", "ag-ui", "thoughts-first"])
def test_an_event_with_a_name_of_its_own_is_left_alone_in_every_dialect(name: str, data: str, sample: str) -> None:
    events = values_of_sample(sample)
    other = f"event: {name}\ndata: {data}\n\n".encode()
    plain = run_here(["text"], sse(events, done=False))
    ran = run_here(["text"], other + sse(events[:3], done=False) + other + sse(events[3:], done=False) + other)
    assert ran == plain


def values_of_sample(name: str) -> list[Any]:
    """The records of a sample."""
    path = next(path for path in (ROOT / "samples").glob(f"{name}.*") if path.suffix in (".sse", ".jsonl"))
    records = frame(path.read_bytes(), path.name)
    return [record.value for record in records if isinstance(record.value, dict)]


def test_a_stream_of_nothing_else_is_no_silent_success() -> None:
    ran = run_here(["text"], b'event: metrics\ndata: {"tokens":3}\n\nevent: cost\ndata: {"usd":1}\n\n')
    assert ran.code == 4
    assert "no re" in ran.stderr


def test_the_name_of_an_event_is_the_same_in_every_cut() -> None:
    """Found by fuzzing: white space around a name was part of it where the event came whole."""
    data = b'event:  tool-plan-delta \ndata: {"delta":1}\n\n' * 2
    pieces = [data[at : at + 1] for at in range(len(data))]
    found = []
    for blocks in ([data], pieces):
        framer = Framer(Format.SSE)
        records = [record for block in blocks for record in framer.feed(block)]
        found.append([(record.name, record.optional, record.data) for record in records])
    assert found[0] == found[1]


def test_an_event_of_a_dialect_that_is_broken_is_reported_r10() -> None:
    start = b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","content":[]}}\n\n'
    ran = run_here(["text"], start + b'event: content_block_delta\ndata: {"type":"content_block_delta"}\n\n')
    assert "without its delta" in ran.stderr


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
