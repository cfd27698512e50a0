"""An indented answer whose lines a program printed, each a string in what collects the lines."""

import json
from typing import Any

import pytest
from tests.intake.wrappers import WRAPPERS, Content, Wrapped, wrapped
from tests.support import jsonl, message_call, run_here

ANSWER = {"role": "assistant", "content": 'At "nine".'}
COMPLETION = {
    "id": "c",
    "object": "chat.completion",
    "model": "m",
    "choices": [{"index": 0, "message": ANSWER, "finish_reason": "stop"}],
    "tags": ["a", 1, True, None],
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
