"""The chunk sink at the end of a stream."""

from typing import Any

import pytest
from tests.support import calls, chunk, entry, jsonl, message_call, run_here, sse


@pytest.mark.parametrize("options", [[], ["--to", "jsonl"], ["--to", "sse"], ["--unwrapped"]])
@pytest.mark.parametrize("stream", [message_call(['{"message":"Hi"}'], finish=None), [chunk({"content": "Hi"})]])
def test_a_stream_that_done_alone_ends_is_whole_when_it_is_rewritten(stream: list[Any], options: list[str]) -> None:
    """F5: without [DONE] it is cut, before and after."""
    for data, code in (
        (sse(stream), 0),
        (jsonl(stream) + b"[DONE]\n", 0),
        (sse(stream, False), 4),
        (jsonl(stream), 4),
    ):
        ran = run_here(["rewrite", *options], data)
        again = run_here(["text"], ran.stdout)
        assert (ran.code, again.code, again.stdout) == (code, code, b"Hi\n"), data


def test_done_comes_behind_what_it_releases() -> None:
    """A fragment of a name, which may become a message tool's, leaves at the end."""
    held = [chunk(calls(entry("{}", id="c", type="function", name="send_"), role="assistant"))]
    lines = run_here(["rewrite"], jsonl(held) + b"[DONE]\n").stdout.splitlines()
    assert (lines[-1], len(lines)) == (b"[DONE]", 3)
