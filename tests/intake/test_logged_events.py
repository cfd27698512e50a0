"""Event streams in lines of a log, with events that have a name and no data, and with records that are lists."""

import pytest
from tests.support import ROOT, run_here

LANGGRAPH = (ROOT / "samples" / "langchain.sse").read_text()
"""Its records are pairs of a chunk and its metadata, and its last event has no data."""
ITS_TEXT = "Let me look.\nThe library opens at ten.\nBring your card.\nI have told them.\n"
SECOND = {
    "named events": (
        'event: message_start\ndata: {"type":"message_start",'
        '"message":{"id":"msg_1","role":"assistant","content":[]}}\n\n'
        'event: content_block_start\ndata: {"type":"content_block_start","index":0,'
        '"content_block":{"type":"text","text":""}}\n\n'
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
        '"delta":{"type":"text_delta","text":"Come in."}}\n\n'
        'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
        'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\n'
        'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    ),
    "events without a name": (
        'data: {"id":"c-1","choices":[{"index":0,"delta":{"role":"assistant","content":"Come in."},'
        '"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    ),
    "nothing": "",
}
BEFORE = {
    "a time": "2031-05-04T03:02:01.{:09d}Z ",
    "a service": "api-1  | ",
    "a level": "2031-05-04 03:02:01,{:03d} DEBUG client: ",
}


def logged(stream: str, before: str) -> bytes:
    return "".join(before.format(number) + line + "\n" for number, line in enumerate(stream.splitlines())).encode()


@pytest.mark.parametrize("second", SECOND)
@pytest.mark.parametrize("before", BEFORE)
def test_an_event_without_data_ends_before_the_next_one(before: str, second: str) -> None:
    data = logged(LANGGRAPH + SECOND[second], BEFORE[before])
    expected = ITS_TEXT + ("Come in.\n" if SECOND[second] else "")
    ran = run_here(["text"], data)
    assert (ran.code, ran.stdout.decode()) == (0, expected)
    kept = run_here(["rewrite"], data)
    rewritten = run_here(["rewrite"], (LANGGRAPH + SECOND[second]).encode()).stdout
    assert (kept.code, run_here(["text"], kept.stdout).stdout) == (0, run_here(["text"], rewritten).stdout)


@pytest.mark.parametrize("before", BEFORE)
def test_the_name_of_an_event_without_data_is_kept_once(before: str) -> None:
    data = logged(LANGGRAPH, BEFORE[before])
    assert run_here(["rewrite"], data).stdout.count(b"event: end") == LANGGRAPH.count("event: end") == 1


WITHOUT_END = LANGGRAPH.removesuffix("\n").rpartition("event: end")[0]
FOLLOWING = [
    "plain.jsonl",
    "anthropic.sse",
    "responses.jsonl",
    "gemini.sse",
    "ollama.jsonl",
    "cohere.sse",
    "ai-sdk.sse",
]


@pytest.mark.parametrize("name", FOLLOWING)
def test_a_stream_behind_a_run_of_langgraph_is_read_where_the_run_has_no_end(name: str) -> None:
    data = (ROOT / "samples" / name).read_bytes()
    alone = run_here(["text"], data).stdout.decode()
    stream = data.decode()
    if name.endswith(".jsonl"):
        stream = "".join(f"data: {line}\n\n" for line in stream.splitlines())
    ran = run_here(["text"], (WITHOUT_END + stream).encode())
    assert (ran.code, ran.stdout.decode()) == (0, ITS_TEXT + alone)
    ran = run_here(["text"], logged(WITHOUT_END + stream, "api-1  | "))
    assert (ran.code, ran.stdout.decode()) == (0, ITS_TEXT + alone)


def test_a_state_with_names_of_another_format_belongs_to_the_run() -> None:
    states = ['{"choices":["a","b"],"response":"r"}', '{"response":"r"}', '{"type":"plan","text":"t"}']
    stream = WITHOUT_END + "".join(f"event: values\ndata: {state}\n\n" for state in states)
    ran = run_here(["text"], stream.encode())
    assert (ran.code, ran.stdout.decode()) == (0, ITS_TEXT)
