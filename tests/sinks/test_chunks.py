"""The chunk sink at the end of a stream."""

from typing import Any

import pytest
from tests.support import calls, chunk, entry, jsonl, message_call, run_here, sse


@pytest.mark.parametrize("options", [[], ["--to", "jsonl"], ["--to", "sse"], ["--unwrapped"]])
@pytest.mark.parametrize("stream", [message_call(['{"message":"Hi"}'], finish=None), [chunk({"content": "Hi"})]])
def test_a_stream_that_done_alone_ends_is_whole_where_done_is_kept(stream: list[Any], options: list[str]) -> None:
    """F5: without [DONE] it is cut, before and after. Lines have it only as they came: else each is a chunk (R4)."""
    to_events, verbatim = options == ["--to", "sse"], not options
    for data, code, code_again in (
        (sse(stream), 0, 0 if to_events else 4),
        (jsonl(stream) + b"[DONE]\n", 0, 0 if to_events or verbatim else 4),
        (sse(stream, False), 4, 4),
        (jsonl(stream), 4, 4),
    ):
        ran = run_here(["rewrite", *options], data)
        again = run_here(["text"], ran.stdout)
        assert (ran.code, again.code, again.stdout) == (code, code_again, b"Hi\n"), data


def test_done_comes_behind_what_it_releases() -> None:
    """A fragment of a name, which may become a message tool's, leaves at the end."""
    held = [chunk(calls(entry("{}", id="c", type="function", name="send_"), role="assistant"))]
    lines = run_here(["rewrite"], jsonl(held) + b"[DONE]\n").stdout.splitlines()
    assert (lines[-1], len(lines)) == (b"[DONE]", 3)
