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
