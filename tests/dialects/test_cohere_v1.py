"""Cohere v1 chat as chunks."""

from typing import Any

import pytest
from tests.dialects.said import Said, Value, chat, chunks_of
from tests.support import jsonl, run_here

from unspool.core.errors import NotAChunk
from unspool.dialects.cohere_v1 import CohereV1
from unspool.dialects.registry import dialect_of

START = {"is_finished": False, "event_type": "stream-start", "generation_id": "g1"}
ARGUMENTS = {"message": "Nine."}


def text(piece: Any) -> Value:
    return {"is_finished": False, "event_type": "text-generation", "text": piece}


def ends(reason: str = "COMPLETE", **response: Any) -> Value:
    response.setdefault("meta", {"tokens": {"input_tokens": 3, "output_tokens": 4}})
    return {"is_finished": True, "event_type": "stream-end", "finish_reason": reason, "response": response}


def fragment(**delta: Any) -> Value:
    return {"event_type": "tool-calls-chunk", "tool_call_delta": {"index": 0, **delta}}


def said(*events: Value) -> Said:
    return chat(chunks_of(CohereV1(), events))


def test_text_counts_once_and_what_the_end_alone_has_is_added() -> None:
    """R15: the end repeats the answer."""
    ended = said(START, text("At "), text(""), text("ni"), ends(text="At nine."))
    assert (ended.text, ended.finishes, ended.usages) == ("At nine.", ["stop"], [(3, 4)])
    assert dialect_of(START) == "cohere-v1"


def test_calls_in_fragments_are_not_repeated_by_the_whole_ones() -> None:
    calls = [{"name": "send_message", "parameters": ARGUMENTS}]
    whole: Value = {"event_type": "tool-calls-generation", "tool_calls": calls}
    plan = {"event_type": "tool-calls-chunk", "text": "I will answer."}
    pieces = [fragment(name="send_message"), fragment(parameters='{"message": "Ni'), fragment(parameters='ne."}')]
    ways: list[list[Value]] = [[START, plan, *pieces, whole], [START, plan, whole], [START, plan]]
    for events in ways:
        last = ends(tool_calls=calls)
        ran = run_here(["text", "--thoughts", "reasoning"], jsonl([*events, last]))
        assert (ran.stdout.decode(), ran.code) == ("I will answer.\nNine.\n", 0)
        assert said(*events, last).finishes == ["tool_calls"]


@pytest.mark.parametrize(
    ("reason", "code", "word"), [("ERROR", 5, "ERROR"), ("ERROR_TOXIC", 0, "ERROR_TOXIC"), ("ERROR_LIMIT", 0, "")]
)
def test_r17_the_end_says_why(reason: str, code: int, word: str) -> None:
    ran = run_here(["text"], jsonl([START, ends(reason, meta=None)]))
    assert ran.code == code
    assert word in ran.stderr


def test_a_whole_answer_of_chat_or_generate_is_read() -> None:
    meta = {"billed_units": {"input_tokens": 3, "output_tokens": 4}}
    camel = {"billedUnits": {"inputTokens": 3, "outputTokens": 4}}
    history = [{"role": "USER", "message": "When?"}, {"role": "CHATBOT", "message": "At nine."}]
    answer = {"generation_id": "g1", "text": "At nine.", "chat_history": history, "finish_reason": "COMPLETE"}
    generations = [{"id": "a", "text": "At nine.", "finish_reason": "MAX_TOKENS"}, {"id": "b", "text": "At ten."}]
    for value, finishes in (
        ({**answer, "meta": meta}, ["stop"]),
        ({"generationId": "g1", "text": "At nine.", "finishReason": "COMPLETE", "meta": camel}, ["stop"]),
        ({"id": "g1", "generations": generations, "prompt": "When?", "meta": meta}, ["length", "stop"]),
    ):
        assert dialect_of(value) == "cohere-v1"
        chunks = chunks_of(CohereV1(), [value])
        ended = chat([one for one in chunks if not one.get("choices") or one["choices"][0]["index"] == 0])
        assert (ended.text, ended.usages) == ("At nine.", [(3, 4)])
        assert [c["finish_reason"] for one in chunks for c in one["choices"] if c.get("finish_reason")] == finishes
    calls = {**answer, "text": "", "tool_calls": [{"name": "send_message", "parameters": ARGUMENTS}]}
    assert run_here(["text"], jsonl([calls, answer])) == (0, b"Nine.\nAt nine.\n", "")
    ran = run_here(["text"], jsonl([{"id": "g1", "generations": [{"text": "At", "finish_reason": "ERROR"}]}]))
    assert (ran.code, ran.stdout) == (5, b"At\n")


@pytest.mark.parametrize("own", [[], [{"index": 0, "is_finished": True, "finish_reason": "COMPLETE"}]])
def test_an_end_without_an_index_ends_all_generations(own: list[Value]) -> None:
    """As Bedrock sends it for num_generations 2."""
    pieces = [{"index": index, "is_finished": False, "text": piece} for piece in ("At ", "ni") for index in (0, 1)]
    end = {"is_finished": True, "finish_reason": "MAX_TOKENS"}
    for choice in ("0", "1"):
        ran = run_here(["text", "--choice", choice], jsonl([*pieces, *own, end]))
        assert ran == (0, b"At ni\n", "")


def test_other_events_ride_along_and_other_values_are_none() -> None:
    assert said(START, {"event_type": "citation-generation", "citations": []}, ends()).text == ""
    for value in (7, {}, {"event_type": 7}):
        with pytest.raises(NotAChunk):
            CohereV1().feed(value)
