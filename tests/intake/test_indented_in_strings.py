"""An indented answer whose lines a program printed, each a string in what collects the lines."""

import json
import sys
from typing import Any

import pytest
from tests.intake.wrappers import WRAPPERS, Content, Wrapped, wrapped
from tests.support import jsonl, message_call, run_here, sse

from unspool.intake.asked import Asked
from unspool.intake.logs.quoted import detect

ANSWER = {"role": "assistant", "content": 'At "nine".'}
COMPLETION = {
    "id": "c",
    "object": "chat.completion",
    "model": "m",
    "choices": [{"index": 0, "message": ANSWER, "finish_reason": "stop"}],
    "tags": ["a", 1, True, None],
    "schema": {"$schema": "draft-07", "x-order": 1, "a.b": None, "a/b": True},
}
GEMINI = {"candidates": [{"content": {"role": "model", "parts": [{"text": 'At "nine".'}]}, "finishReason": "STOP"}]}
FAILED = {"error": {"message": "Slow down.", "type": "rate_limit", "code": 429}}
LAYERS = ["docker", "string", "journald", "cloudwatch", "loki", "logfmt", "bytes"]


@pytest.mark.parametrize("layers", [*((name,) for name in LAYERS), ("docker", "gzip")])
@pytest.mark.parametrize("indent", [1, 2, 4])
@pytest.mark.parametrize("before", ["", "starting\n\n"])
def test_an_indented_answer_in_the_strings_of_a_log_is_read(before: str, indent: int, layers: tuple[str, ...]) -> None:
    values = [(COMPLETION, 1), (GEMINI, 1), ([GEMINI, GEMINI], 2)]
    for value, count in values[:2] if layers[0] in ("logfmt", "bytes") else values:
        text = before + json.dumps(value, indent=indent) + "\nstopping\n"
        found = wrapped(Wrapped(WRAPPERS[layers[0]].wrap(text.encode()), Content.EVENTS), *layers[1:])
        assert found is not None
        ran = run_here(["text"], found.data)
        assert (ran.code, ran.stdout.decode()) == (0, 'At "nine".' * count + "\n"), ran.stderr
        rewritten = run_here(["rewrite"], found.data)
        assert (rewritten.code, run_here(["text"], rewritten.stdout).stdout) == (0, ran.stdout)


@pytest.mark.parametrize("layer", LAYERS)
def test_an_indented_error_in_the_strings_of_a_log_is_reported(layer: str) -> None:
    data = WRAPPERS[layer].wrap((json.dumps(FAILED, indent=2) + "\n").encode())
    ran = run_here(["text"], data)
    assert (ran.code, ran.stderr.count("Slow down.")) == (5, 1), ran.stderr


@pytest.mark.parametrize("layer", LAYERS)
def test_an_indented_answer_that_is_cut_in_the_strings_of_a_log_is_incomplete(layer: str) -> None:
    lines = json.dumps(COMPLETION, indent=2).splitlines()
    ran = run_here(["text"], WRAPPERS[layer].wrap("".join(f"{line}\n" for line in lines[:11]).encode()))
    assert ran.code == 4, ran.stderr


@pytest.mark.parametrize("own", [{"options": {"top": 1}}, {"model": "m", "messages": [{"role": "user"}]}])
@pytest.mark.parametrize("layer", ["docker", "string", "journald"])
def test_an_indented_object_of_the_programs_own_does_not_decide(layer: str, own: Any) -> None:
    """The records of the log are in another member."""
    chunks = message_call(['{"message":"At nine."}'])
    first = WRAPPERS[layer].wrap((json.dumps(own, indent=2) + "\n").encode())
    ran = run_here(["text"], first + jsonl({"level": 20, "chunk": one} for one in chunks))
    assert (ran.code, ran.stdout) == (0, b"At nine.\n"), ran.stderr


@pytest.mark.parametrize("size", [40, 64, 777, 5000])
def test_the_pieces_of_a_body_as_python_prints_them_are_joined(size: int) -> None:
    """``for chunk in r.iter_content(): print(chunk)``; a piece with an apostrophe and no quote is in double quotes."""
    said = (
        "It's the captain's: he won't, she'd, they're 'off' and that's that, isn't it? Don't; can't; won't; ain't so."
    )
    events = sse(message_call([json.dumps({"message": said})])).decode()
    whole = {**COMPLETION, "choices": [{"index": 0, "message": {"role": "assistant", "content": said}}]}
    for body in (events, json.dumps(whole, indent=2)) if size > 64 else (events,):  # else its format is cut
        data = body.encode()
        printed = "".join(f"{data[at : at + size]!r}\n" for at in range(0, len(data), size))
        ran = run_here(["text"], printed.encode())
        assert (ran.code, ran.stdout.decode()) == (0, said + "\n"), ran.stderr


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("form", ["{0!r}\n", "09:00:01 DEBUG got {0!r}\n", "level=error body={1}\n"])
def test_an_error_in_a_string_alone_is_reported(form: str, indent: int | None) -> None:
    body = json.dumps(FAILED, indent=indent)
    ran = run_here(["text"], form.format(body.encode(), json.dumps(body)).encode())
    assert (ran.code, ran.stderr.count("Slow down.")) == (5, 1), ran.stderr


@pytest.mark.parametrize("line", ["'{'\n", "b'[{'\n", 'x="{"\n'])
def test_the_lines_behind_a_few_first_ones_alone_are_looked_at(line: str) -> None:
    """Each of many may begin a record; looking behind all of them took minutes for 64 KiB."""
    calls = 0

    def tally(frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code.co_name == "is_record_in_lines"

    sys.setprofile(tally)
    try:
        found = detect(line.encode() * 100, True, Asked())
    finally:
        sys.setprofile(None)
    assert (found, calls) == (False, 4)
