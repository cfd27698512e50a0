"""A request before an array of answers: no element of the array is lost, however both are written."""

import json

import pytest
from tests.support import run_here

from unspool.intake.asked import Asked, Notice
from unspool.intake.stage import Stage

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
GEMINI = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
ANSWERS = [
    {
        "id": f"chatcmpl-{text}",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
    }
    for text in ("One", "Two", "Three")
]
PARTS = [
    {"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}], "modelVersion": "gemini-3"}
    for text in ("One ", "two ", "three")
]
PARTS[-1]["candidates"][0]["finishReason"] = "STOP"  # type: ignore[index]
REQUESTS = {
    "indented": lambda request: json.dumps(request, indent=2) + "\n",
    "indented, and a blank line": lambda request: json.dumps(request, indent=2) + "\n\n",
    "one line": lambda request: json.dumps(request) + "\n",
    "on the line of the array": lambda request: json.dumps(request) + " ",
}
ARRAYS = {
    "a line each": lambda values: "[" + ",\n".join(json.dumps(one) for one in values) + "]\n",
    "brackets alone": lambda values: "[\n" + ",\n".join(json.dumps(one) for one in values) + "\n]\n",
    "one line": lambda values: json.dumps(values) + "\n",
    "indented": lambda values: json.dumps(values, indent=2) + "\n",
    "a stream": lambda values: "[" + "\n,\n".join(json.dumps(one, indent=2) for one in values) + "\n]\n",
}


@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("request_form", REQUESTS)
@pytest.mark.parametrize(
    ("request_body", "values", "text"), [(CHAT, ANSWERS, "One\nTwo\nThree\n"), (GEMINI, PARTS, "One two three\n")]
)
def test_all_elements_are_read(
    request_body: object, values: list[object], text: str, request_form: str, array: str
) -> None:
    request, answers = REQUESTS[request_form](request_body), ARRAYS[array](values)
    ran = run_here(["text"], (request + answers).encode())
    assert (ran.code, ran.stdout.decode(), ran.stderr) == (0, text, "")
    alone, behind = (run_here(["rewrite"], data.encode()) for data in (answers, request + answers))
    assert (behind.code, behind.stdout) == (alone.code, alone.stdout)
    data = (request + answers).encode()
    for size in (1, 7, 100):
        assert _inside(data, size) == _inside(data, len(data))


def _inside(data: bytes, size: int) -> bytes:
    """The bytes behind the request, read in blocks of a size."""
    stage = Stage(Asked())
    items = [item for at in range(0, len(data), size) for item in stage.feed(data[at : at + size])]
    items += stage.close()
    assert Notice("a request before the answer: it is left out") in items
    return b"".join(item for item in items if isinstance(item, bytes))


def test_an_array_that_has_only_begun() -> None:
    ran = run_here(["text"], (json.dumps(CHAT, indent=2) + "\n[").encode())
    assert ran.code != 0
    assert ran.stdout == b""
