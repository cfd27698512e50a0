"""Shapes of the streams of llm's logs that no recording has."""

import json

from tests.support import run_here


def test_an_answer_in_the_logs_of_llm_that_was_cut() -> None:
    """The sum of chunks of Chat Completions has their reason for the end."""
    logged = {"id": "1", "conversation_id": "c", "prompt": "When?"}
    cut, whole = {"object": "chat.completion.chunk"}, {"object": "chat.completion.chunk", "finish_reason": "stop"}
    log = [
        {**logged, "response": "At", "response_json": cut},
        {**logged, "response": "At nine.", "response_json": whole},
    ]
    ran = run_here(["text"], json.dumps(log).encode())
    assert (ran.stdout, ran.code, ran.stderr.count("\n")) == (b"At\nAt nine.\n", 4, 1)
