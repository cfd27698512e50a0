"""Gemini's responses as chunks."""

from typing import Any

import pytest
from tests.dialects.said import Said, Value, beyond, chat, chunks_of
from tests.support import jsonl, run_here

from unspool.core.errors import NotAChunk
from unspool.dialects.finish_words import FAILED, GEMINI
from unspool.dialects.gemini import Gemini
from unspool.dialects.registry import dialect_of


def response(*parts: Value, finish: Any = None, index: int | None = 0, **members: Any) -> Value:
    candidate: Value = {"content": {"role": "model", "parts": list(parts)}}
    if finish is not None:
        candidate["finishReason"] = finish
    if index is not None:
        candidate["index"] = index
    return {"candidates": [candidate], "modelVersion": "g", "responseId": "r1", **members}


def text(piece: str, **members: Any) -> Value:
    return {"text": piece, **members}


def call(name: str | None = None, **members: Any) -> Value:
    signature = members.pop("signature", None)
    part = {"functionCall": {**({"name": name} if name else {}), **members}}
    return part | ({"thoughtSignature": signature} if signature else {})


def partial(path: str, value: str, *, more: bool = False, last: bool = False) -> Value:
    entry = {"jsonPath": path, "stringValue": value, **({"willContinue": True} if more else {})}
    return call(partialArgs=[entry]) if last else call(partialArgs=[entry], willContinue=True)


def usage(**counts: Any) -> Value:
    return {"usageMetadata": {f"{name}TokenCount": count for name, count in counts.items()}}


def said(*values: Value) -> Said:
    return chat(chunks_of(Gemini(), values))


def test_text_leaves_at_once_and_the_end_with_the_stream() -> None:
    dialect = Gemini()
    (first,) = dialect.feed(response(text("Hel"), createTime="2031-05-04T03:02:01.5Z"))
    assert first["choices"] == [{"index": 0, "delta": {"role": "assistant", "content": "Hel"}, "finish_reason": None}]
    assert (first["id"], first["model"], first["created"]) == ("r1", "g", 1935630121)
    (second,) = dialect.feed(response(text("lo"), finish="STOP", **usage(prompt=5, candidates=2, total=7)))
    assert second["choices"][0] == {"index": 0, "delta": {"content": "lo"}, "finish_reason": None}
    finish, counted = dialect.close()
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert counted["usage"] == {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    assert dialect.close() == []


def test_a_stop_with_every_piece_ends_nothing() -> None:
    """F7: some models repeat it; the last one counts."""
    pieces = [response(text("Hel"), finish="STOP"), response(text("lo"), finish="STOP"), response(finish="RECITATION")]
    assert said(*pieces[:2]) == Said(text="Hello", finishes=["stop"])
    assert said(*pieces) == Said(text="Hello", finishes=["content_filter"])
    assert said(pieces[0], response(text("lo"))).finishes == []


def test_thoughts() -> None:
    assert said(response(text("Hm", thought=True), text("Hi"), finish="STOP")) == Said(
        text="Hi", thoughts="Hm", finishes=["stop"]
    )


def test_whole_calls() -> None:
    """T1, T19, A3: ids are made up where there are none, and the signature stays on its call."""
    parts = [call("f", args={"a": "é"}, signature="c2ln"), call("g", id="own"), call("h", args={})]
    chunks = chunks_of(Gemini(), [response(*parts), response(text(""), finish="STOP")])
    entries = [entry for chunk in chunks for one in chunk["choices"] for entry in one["delta"].get("tool_calls", [])]
    assert entries[0]["extra_content"] == {"google": {"thought_signature": "c2ln"}}
    assert chat(chunks) == Said(
        calls=[("call_1", "f", {"a": "é"}), ("own", "g", {}), ("call_3", "h", {})], finishes=["tool_calls"]
    )
    assert beyond(chunks) == {}


def test_a_call_in_partial_arguments_streams() -> None:
    parts = [
        call("send_message", willContinue=True, signature="c2ln"),
        partial("$.message", "Hel", more=True),
        partial("$.message", 'lo "you"', more=True),
        partial("$.message", ""),
        partial("$.list[0].x", "y"),
        call(),
        call("g", args={"b": 1}),
    ]
    stream = [*map(response, parts), response(finish="STOP")]
    arguments = {"message": 'Hello "you"', "list": [{"x": "y"}]}
    assert said(*stream) == Said(
        calls=[("call_1", "send_message", arguments), ("call_2", "g", {"b": 1})], finishes=["tool_calls"]
    )
    assert run_here(["text"], jsonl(stream)) == (0, b'Hello "you"\n', "")


@pytest.mark.parametrize(
    "end", [[], [response(call("g", args={}))], [response(partial("$.b", "", last=True))], [response(text("."))]]
)
def test_a_call_ends_with_the_last_fragment_the_next_call_or_the_response(end: list[Value]) -> None:
    stream = [response(call("f", willContinue=True)), response(partial("$.a", "x", more=True)), *end]
    ((_, name, arguments), *_) = said(*stream, response(finish="STOP")).calls
    assert (name, arguments["a"]) == ("f", "x")


def test_a_call_that_ran_out_of_tokens_stays_open() -> None:
    """F8, R11."""
    stream = [response(call("send_message", willContinue=True)), response(partial("$.message", "Hel", more=True))]
    ran = run_here(["text"], jsonl([*stream, response(finish="MAX_TOKENS")]))
    assert (ran.code, ran.stdout) == (4, b"Hel\n")


def test_partial_arguments_out_of_order_are_not_guessed_at() -> None:
    late = {"jsonPath": "$.a.b", "stringValue": "late"}
    stream = [
        response(call("f", willContinue=True)),
        response(partial("$.a.b", "x")),
        response(partial("$.c", "y")),
        response(call(partialArgs=[late])),
        response(finish="STOP"),
    ]
    chunks = chunks_of(Gemini(), stream)
    assert chat(chunks).calls == [("call_1", "f", '{"a":{"b":"x"},"c":"y"')]
    assert beyond(chunks) == {"partialArgs": [[late]]}


@pytest.mark.parametrize(
    ("reason", "finish", "kept"),
    [
        ("STOP", "stop", []),
        (1, "stop", []),
        ("MAX_TOKENS", "length", []),
        (2, "length", []),
        ("SAFETY", "content_filter", ["SAFETY"]),
        (3, "content_filter", ["SAFETY"]),
        (8, "content_filter", ["PROHIBITED_CONTENT"]),
        ("FAKE_ENUM", "stop", ["FAKE_ENUM"]),
        (99, "stop", ["99"]),
    ],
)
def test_why_it_ended_as_a_name_or_a_number(reason: Any, finish: str, kept: list[str]) -> None:
    chunks = chunks_of(Gemini(), [response(text("Hi"), finish=reason)])
    assert chat(chunks).finishes == [finish]
    assert beyond(chunks).get("finishReason", []) == kept


@pytest.mark.parametrize("reason", [word for word, meaning in GEMINI.items() if meaning == FAILED] + [10])
def test_r17_a_reason_that_means_failure_is_an_error(reason: Any) -> None:
    ran = run_here(["text"], jsonl([response(text("Hi"), finish=reason)]))
    assert (ran.code, ran.stdout) == (5, b"Hi\n")
    assert (reason if isinstance(reason, str) else "MALFORMED_FUNCTION_CALL") in ran.stderr


@pytest.mark.parametrize("reason", [0, "", "FINISH_REASON_UNSPECIFIED", None])
def test_no_reason_is_no_end(reason: Any) -> None:
    assert run_here(["text"], jsonl([response(text("Hi"), finish=reason)])).code == 4


@pytest.mark.parametrize("reason", ["SAFETY", "OTHER", 1])
def test_a_prompt_that_was_blocked(reason: Any) -> None:
    feedback = {"blockReason": reason, "safetyRatings": []}
    chunks = chunks_of(Gemini(), [{"promptFeedback": feedback}])
    assert chat(chunks).finishes == ["content_filter"]
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert beyond(chunks) == {"promptFeedback": [feedback], "blockReason": [str(reason)]}


def test_usage_counts_on_and_leaves_once() -> None:
    first = response(text("Hi"), **usage(prompt=5, total=5))
    last = response(
        finish="STOP", **usage(prompt=5, toolUsePrompt=3, candidates=2, thoughts=4, cachedContent=1, total=14)
    )
    chunks = chunks_of(Gemini(), [first, last])
    assert [chunk["usage"] for chunk in chunks if "usage" in chunk] == [
        {
            "prompt_tokens": 8,
            "completion_tokens": 6,
            "total_tokens": 14,
            "prompt_tokens_details": {"cached_tokens": 1},
            "completion_tokens_details": {"reasoning_tokens": 4},
        }
    ]
    assert beyond(chunks) == {"usageMetadata": [{"toolUsePromptTokenCount": 3}]}


def test_candidates_are_choices() -> None:
    """R14: by their index, or by their place."""
    for index in (1, None):
        second = response(text("B"), finish="MAX_TOKENS", index=index)["candidates"]
        value = response(text("A"), finish="STOP", index=None if index is None else 0)
        value["candidates"] += second
        chunks = chunks_of(Gemini(), [value])
        deltas = [(one["index"], one["delta"].get("content")) for chunk in chunks for one in chunk["choices"]]
        assert deltas == [(0, "A"), (1, "B"), (0, None), (1, None)]
        assert chat(chunks).finishes == ["stop", "length"]


def test_what_a_chunk_has_no_place_for_rides_along() -> None:
    code = {"executableCode": {"language": "PYTHON", "code": "1"}, "thoughtSignature": "c2ln"}
    value = response(code, text("Hi", thoughtSignature="eA=="), finish="STOP")
    value["candidates"][0]["safetyRatings"] = [1]
    value["candidates"][0]["content"]["other"] = 2
    value["automaticHistory"] = 3
    chunks = chunks_of(Gemini(), [value])
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert beyond(chunks) == {
        "executableCode": [code["executableCode"]],
        "thoughtSignature": ["c2ln", "eA=="],
        "safetyRatings": [[1]],
        "other": [2],
        "automaticHistory": [3],
    }
    second = response(code, index=1)
    assert beyond(chunks_of(Gemini(), [second]))["index"] == [1]


def test_an_error_ends_the_response() -> None:
    error = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}
    ran = run_here(["text"], jsonl([response(text("Hi"), finish="STOP"), error]))
    assert (ran.code, ran.stdout) == (5, b"Hi\n")
    assert "The model is overloaded. (code 503)" in ran.stderr


def test_an_error_between_events_may_span_lines() -> None:
    """It is then no event of the stream; what follows it is."""
    error = b'{\n  "error": {\n    "code": 499,\n    "message": "Cancelled."\n  }\n}\n\n'
    event = b"data: %b\r\n\r\n" % jsonl([response(text("Hi"))]).strip()
    ran = run_here(["text"], event + error)
    assert (ran.code, ran.stdout) == (5, b"Hi\n")
    ran = run_here(["text"], event + error + event.replace(b"Hi", b"Ho").replace(b"r1", b"r2"))
    assert ran.stdout == b"Hi\nHo\n"


def test_another_response_begins_another_step() -> None:
    stream = [response(text("Hi"), finish="STOP"), response(text("Ho"), finish="STOP", responseId="r2")]
    assert run_here(["text"], jsonl(stream)) == (0, b"Hi\nHo\n", "")
    late = [{**response(text("Hel")), "responseId": None}, response(text("lo"), finish="STOP")]
    assert run_here(["text"], jsonl(late)) == (0, b"Hello\n", "")


def test_a_response_may_be_wrapped() -> None:
    wrapped = [{"response": response(text("Hi"), finish="STOP"), "traceId": "t"}]
    assert dialect_of(wrapped[0]) == "gemini"
    assert run_here(["text"], jsonl(wrapped)) == (0, b"Hi\n", "")


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"a": 1},
        {"candidates": {}},
        {"candidates": [1]},
        {"candidates": [{"content": ["Hi"]}]},
        {"candidates": [{"content": {"parts": "Hi"}}]},
        {"candidates": [{"content": {"parts": ["Hi"]}}]},
    ],
)
def test_what_is_no_response_is_refused_before_anything_changes(value: Any) -> None:
    dialect = Gemini()
    with pytest.raises(NotAChunk):
        dialect.feed(value)
    assert dialect.close() == []


def test_a_candidate_of_the_api_before_gemini_is_text() -> None:
    """R17: its answer is a string under ``output`` or ``content``, and whole."""
    assert run_here(["text"], jsonl([{"candidates": [{"output": "At nine."}]}])) == (0, b"At nine.\n", "")
    ran = run_here(["text"], jsonl([{"candidates": [{"author": "1", "content": "At nine.", "finishReason": "STOP"}]}]))
    assert ran == (0, b"At nine.\n", "")


def test_answers_that_googles_clients_print_in_snake_case() -> None:
    """With null for what is absent; the names of arguments are the caller's own."""
    call = {"id": None, "name": "send_message", "args": {"message": "Nine.", "my_own": 1}}
    parts = [{"text": "At", "thought": None, "function_call": None}, {"text": None, "function_call": call}]
    candidate = {"content": {"parts": parts, "role": "model"}, "finish_reason": "STOP", "index": None}
    value = {"candidates": [candidate], "usage_metadata": {"prompt_token_count": 3, "candidates_token_count": 4}}
    ran = run_here(["text"], jsonl([value]))
    assert (ran.stdout.decode(), ran.code) == ("At\nNine.\n", 0)
    rewritten = run_here(["rewrite", "--tool", "no"], jsonl([value])).stdout.decode()
    assert "my_own" in rewritten
    assert '"total_tokens":7' in rewritten
    alone = {"candidates": [{"content": {"parts": [{"text": "Nine."}], "role": "model"}, "finish_reason": 1}]}
    assert run_here(["text"], jsonl([alone]))[:2] == (0, b"Nine.\n")
