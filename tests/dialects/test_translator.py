"""Whatever a source speaks, the chunks say the same; what it speaks is told by its first record that can tell."""

import json

from tests.support import chunk, jsonl, run_here, sse

START = {"type": "message_start", "message": {"id": "msg_1", "model": "c", "usage": {"input_tokens": 1}}}
HI = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}
END = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}}
STOP = {"type": "message_stop"}
MESSAGE = [START, HI, END, STOP]


def test_a_message_is_told_and_read() -> None:
    ran = run_here(["text"], jsonl([{"type": "ping"}, *MESSAGE]))
    assert ran == (0, b"Hi\n", "")


def test_a_source_may_change_its_dialect() -> None:
    chat = [chunk({"role": "assistant", "content": "Ho"}), chunk({}, "stop")]
    for stream in ([*chat, *MESSAGE, *chat], [*MESSAGE, *chat, *MESSAGE]):
        ran = run_here(["text"], jsonl(stream))
        assert (ran.code, ran.stderr) == (0, "")
        assert ran.stdout.split() == [b"Ho" if one is chat[0] else b"Hi" for one in stream if one in (chat[0], HI)]


def test_an_event_stream_ends_with_done() -> None:
    ran = run_here(["rewrite", "--to=sse"], sse(MESSAGE, done=False))
    assert ran.code == 0
    last, end = ran.stdout.split(b"\n\n")[-3:-1]
    assert json.loads(last.removeprefix(b"data: "))["usage"]["total_tokens"] == 2
    assert end == b"data: [DONE]"
