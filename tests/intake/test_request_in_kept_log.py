"""A request in a log before the records of its answer: ``rewrite`` keeps it, and reads the answer as without it."""

import json

import pytest
from tests.support import jsonl, message_call, run_here, sse

REQUESTS = {
    "messages": {"model": "m", "messages": [{"role": "user", "content": "hi"}]},
    "contents": {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]},
}
RECORDS = message_call(['{"message": "Gr', 'üße 🚢"}'])
ANSWERS = {"events": sse(RECORDS), "lines": jsonl(RECORDS)}


def _log(text: str) -> bytes:
    """The lines of a text in a log of docker."""
    return b"".join(
        json.dumps({"log": line, "stream": "stdout", "time": "2031-05-04T03:02:01.000000000Z"}).encode() + b"\n"
        for line in text.splitlines(keepends=True)
    )


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("blank", ["", "\n"])
@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("request_form", REQUESTS)
def test_the_answer_is_rewritten_and_the_request_kept(request_form: str, answer: str, blank: str, count: int) -> None:
    request = _log((json.dumps(REQUESTS[request_form]) + "\n" + blank) * count)
    log = _log(ANSWERS[answer].decode())
    alone, behind = (run_here(["rewrite"], data) for data in (log, request + log))
    assert (alone.code, behind.code) == (0, 0)
    assert behind.stdout == request + alone.stdout
    for data in (request + log, behind.stdout):
        assert run_here(["text"], data).stdout.decode() == "Grüße 🚢\n"
