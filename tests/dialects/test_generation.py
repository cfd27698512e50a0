"""Servers' own endpoints that continue a text, as chunks."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import cut
from tests.support import jsonl, run_here, sse

from unspool.core.errors import NotAChunk
from unspool.dialects.generation import LlamaCpp, TextGeneration

Value = dict[str, Any]
TEXTS = st.text(st.sampled_from('ab "\\\u00e9\U0001f600'), min_size=1, max_size=12)


def llama_cpp(deltas: list[str], **end: Any) -> list[Value]:
    """Pieces, and the end without text."""
    said: list[Value] = [{"index": 0, "content": one, "stop": False} for one in deltas]
    return [*said, {"index": 0, "content": "", "stop": True, "tokens_evaluated": 3, "tokens_predicted": 4, **end}]


def tgi(deltas: list[str], **end: Any) -> list[Value]:
    """Tokens, of which a special one ends the answer and has all of it."""
    said: list[Value] = [{"token": {"id": 1, "text": one, "special": False}, "details": None} for one in deltas]
    special = {"token": {"id": 2, "text": "</s>", "special": True}}
    details = {"finish_reason": "eos_token", "generated_tokens": 4, **end}
    return [*said, {**special, "generated_text": "".join(deltas), "details": details}]


def cloudflare(deltas: list[str], **end: Any) -> list[Value]:
    """Pieces, and the usage without text."""
    return [*({"response": one, "p": "ab"} for one in deltas), {"response": "", "usage": {"total_tokens": 3}, **end}]


@pytest.mark.parametrize("wire", [llama_cpp, tgi, cloudflare])
@given(data=st.data())
def test_the_text_is_that_of_the_pieces_for_every_cut(wire: Any, data: st.DataObject) -> None:
    text = data.draw(TEXTS)
    stream = jsonl(wire(cut(text, data.draw(st.lists(st.integers(0, 99), max_size=4)))))
    ran = run_here(["text"], stream)
    assert (ran.stdout.decode(), ran.code) == (text + "\n", 0)
    end = data.draw(st.integers(0, len(stream)))
    assert b"".join(cut(stream, [end])) == stream
    part = run_here(["text"], stream[:end])
    assert ran.stdout.startswith(part.stdout.removesuffix(b"\n"))
    assert part.code in (0, 3, 4, 5)  # 5: nothing of it could be read


@pytest.mark.parametrize(
    ("records", "finish"),
    [
        (llama_cpp(["a"], stop_type="limit"), "length"),
        (llama_cpp(["a"], stopped_limit=True), "length"),
        (llama_cpp(["a"], stop_type="word"), "stop"),
        (tgi(["a"], finish_reason="length"), "length"),
        (cloudflare(["a"]), "stop"),
        (cloudflare(["a"], tool_calls=[{"name": "f", "arguments": {"a": 1}}]), "tool_calls"),
        (tgi(["a"], finish_reason="stop_sequence"), "stop"),
        ([{"generated_text": "a"}], "stop"),
    ],
)
def test_the_end_has_a_reason(records: list[Value], finish: str) -> None:
    ran = run_here(["rewrite"], jsonl(records))
    choices = [choice for line in ran.stdout.splitlines() for choice in json.loads(line)["choices"]]
    assert "".join(choice["delta"].get("content") or "" for choice in choices) == "a"
    assert [choice["finish_reason"] for choice in choices if choice["finish_reason"]] == [finish]


@pytest.mark.parametrize("records", [llama_cpp(["a"])[:1], tgi(["a"])[:1]])
def test_a_stream_without_its_end_was_cut(records: list[Value]) -> None:
    assert run_here(["text"], jsonl(records)).code == 4


def _numbered(records: list[Value], member: str) -> list[Value]:
    return [{**record, member: number} for number, record in enumerate(records, 1)]


@pytest.mark.parametrize("length", [2, 3])
@pytest.mark.parametrize(("wire", "member"), [(llama_cpp, "tokens_predicted"), (tgi, "index")])
def test_a_number_of_tokens_that_is_lower_begins_another_response(wire: Any, member: str, length: int) -> None:
    """They have no id."""
    first, second = (_numbered(wire(texts), member) for texts in (["Al", "pha", "."], ["Be", "ta", "."]))
    ran = run_here(["text"], jsonl([*first[:length], *second]))
    assert (ran.stdout.decode(), ran.code) == ("".join(["Al", "pha", "."][:length]) + "\nBeta.\n", 4)
    assert run_here(["text"], jsonl([*first, *second])) == (0, b"Alpha.\nBeta.\n", "")
    assert run_here(["text", "--single-step"], jsonl([*first, *second])).stdout == b"Alpha.\n"


def test_the_tokens_of_each_choice_of_llama_cpp_are_counted() -> None:
    pieces = [
        {"index": index, "content": "a", "stop": False, "tokens_predicted": count}
        for index, count in ((0, 1), (0, 2), (1, 1), (1, 2), (0, 3))
    ]
    ends = [{"index": index, "content": "", "stop": True, "tokens_predicted": 4} for index in (0, 1)]
    assert run_here(["text"], jsonl([*pieces, *ends])) == (0, b"aaa\n", "")


def test_the_usage_is_that_of_the_server() -> None:
    assert '"prompt_tokens":3,"completion_tokens":4' in run_here(["rewrite"], jsonl(llama_cpp(["a"]))).stdout.decode()
    assert (
        '"prompt_tokens":2,"completion_tokens":4'
        in run_here(["rewrite"], jsonl(tgi(["a"], prefill=[{}, {}]))).stdout.decode()
    )
    assert b'"prompt_tokens":5,' in run_here(["rewrite"], jsonl(tgi(["a"], input_length=5))).stdout
    assert b"usage" not in run_here(["rewrite"], jsonl(tgi(["a"]))).stdout


def test_prompts_of_one_request_are_choices() -> None:
    records = [*llama_cpp(["a"]), *({**one, "index": 1} for one in llama_cpp(["b"]))]
    assert run_here(["text", "--choice=1"], jsonl(records)).stdout == b"b\n"


@pytest.mark.parametrize("reader", [LlamaCpp(), TextGeneration()])
@pytest.mark.parametrize("value", [None, [], {}, {"content": True}])
def test_anything_else_is_no_piece(reader: Any, value: Any) -> None:
    with pytest.raises(NotAChunk):
        reader.feed(value)


@pytest.mark.parametrize("first", [0, 1, 7])
def test_tokens_are_no_choices(first: int) -> None:
    """R14: Text Generation Inference 1.4 has the index of the token where that of the choice belongs."""

    def counted(place: int, text: str, finish: str | None = None) -> Value:
        delta = {"role": "assistant", "content": text}
        choice = {"index": place, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {"id": "", "object": "text_completion", "created": 1, "model": "m", "choices": [choice]}

    records = [counted(first, "Gate "), counted(first + 1, "four"), counted(first + 2, ".", "eos_token")]
    for stream in (jsonl(records), sse(records, done=False)):
        ran = run_here(["text"], stream)
        assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)
    assert run_here(["text"], jsonl(records[:2])).code == 4
    lines = [json.loads(line) for line in run_here(["rewrite"], jsonl(records)).stdout.splitlines()]
    assert {(line["object"], line["choices"][0]["index"]) for line in lines} == {("chat.completion.chunk", 0)}


def delta_of(index: int, text: str, finish: str | None = None) -> Value:
    return {"index": index, "delta": {"content": text}, "finish_reason": finish}


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("ident", ["", "x"])
def test_indexes_that_repeat_are_those_of_choices(ident: str, together: bool) -> None:
    """R14: of servers whose chunks have the same object."""
    said = [("", "", None), ("a", "X", None), ("b", "Y", "stop")]
    pairs = [[delta_of(0, one, finish), delta_of(1, other, finish)] for one, other, finish in said]
    choices = pairs if together else [[one] for pair in pairs for one in pair]
    data = jsonl([{"id": ident, "object": "text_completion", "model": "m", "choices": one} for one in choices])
    for choice, text in ((0, b"ab\n"), (1, b"XY\n")):
        ran = run_here(["text", f"--choice={choice}"], data)
        assert (ran.stdout, ran.code) == (text, 0)


def test_tokens_of_a_response_after_a_cut_one_are_no_choices() -> None:
    """R14: Their indexes begin with 1 again."""
    texts = [(1, "A", None), (2, "l", None), (1, "B", None), (2, "e", "length"), (1, "C", "eos_token")]
    chunks = [{"id": "", "object": "text_completion", "choices": [delta_of(*one)]} for one in texts]
    ran = run_here(["text"], jsonl(chunks))
    assert ran.stdout == b"AlBe\nC\n"


def test_a_call_of_text_generation_inference_is_no_list() -> None:
    calls = [("send_message", '{"message": '), ("", '"Gate four."}')]
    records = [
        {
            "id": "",
            "object": "text_completion",
            "choices": [
                {
                    "index": place,
                    "delta": {
                        "role": "assistant",
                        "tool_calls": {"index": 0, "id": "", "function": {"name": name, "arguments": arguments}},
                    },
                    "finish_reason": "eos_token" if place else None,
                }
            ],
        }
        for place, (name, arguments) in enumerate(calls)
    ]
    ran = run_here(["text"], jsonl(records))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)


def test_legacy_completions_keep_their_choices() -> None:
    """Q22: the same object, with a text in place of a delta."""
    texts = [{"index": index, "text": text, "finish_reason": "stop"} for index, text in ((0, "a"), (1, "b"))]
    records = [{"id": "c", "object": "text_completion", "choices": [one]} for one in texts]
    assert run_here(["text", "--choice=1"], jsonl(records)).stdout == b"b\n"


@pytest.mark.parametrize(("reason", "code"), [("eos_token", 0), ("max_tokens", 0), ("time_limit", 5)])
def test_watsonx_sends_pieces(reason: str, code: int) -> None:
    results = [
        {"generated_text": "Ni", "stop_reason": "not_finished"},
        {"generated_text": "ne.", "stop_reason": reason},
    ]
    ran = run_here(["text"], jsonl([{"model_id": "m", "results": [one]} for one in results]))
    assert (ran.stdout, ran.code) == (b"Nine.\n", code)


@pytest.mark.parametrize(("end", "code"), [(b"data: [DONE]\n\n", 0), (b"", 4)])
def test_older_records_of_workers_ai_have_done_as_their_only_end(end: bytes, code: int) -> None:
    """R11: an event stream without it was cut."""
    ran = run_here(["text"], sse([{"response": "At "}, {"response": "nine."}], done=False) + end)
    assert (ran.stdout, ran.code) == (b"At nine.\n", code)


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([{"response": "At "}, {"response": "nine."}], 0),
        ([{"response": "At ", "p": "ab"}, {"response": "nine.", "p": ""}], 4),
        ([{"response": "At "}, {"response": "nine."}, {"response": "", "usage": {"total_tokens": 3}}], 0),
        ([{"model": "m", "created_at": "2031-05-04T03:02:01Z", "response": one} for one in ("At ", "nine.")], 4),
        (
            [
                {"model": "m", "created_at": "2031-05-04T03:02:01Z", "response": "At "},
                {"model": "m", "created_at": "2031-05-04T03:02:02Z", "response": "nine.", "done": True},
            ],
            0,
        ),
    ],
)
def test_lines_were_cut_only_where_they_would_have_an_end(records: list[Value], code: int) -> None:
    """R11: a response alone has none in lines; records with padding end with a usage, Ollama's with done."""
    for stream in (jsonl(records), jsonl(records).rstrip(b"\n"), json.dumps(records).encode()):
        ran = run_here(["text"], stream)
        assert (ran.stdout, ran.code) == (b"At nine.\n", code)
    assert (b'"finish_reason":"stop"' in run_here(["rewrite"], jsonl(records)).stdout) == (code == 0)


@pytest.mark.parametrize(("end", "finishes"), [(b"data: [DONE]\n\n", 1), (b"", 0)])
def test_an_answer_of_workers_ai_that_ends_with_done_has_a_finish_reason(end: bytes, finishes: int) -> None:
    """R5: a client of the rewritten chunks waits for it."""
    ran = run_here(["rewrite"], sse([{"response": "At "}, {"response": "nine."}], done=False) + end)
    assert ran.stdout.count(b'"finish_reason":"stop"') == finishes


def test_a_piece_of_workers_ai_may_have_no_response() -> None:
    """With calls the text is null or missing, and so it is in a piece of padding alone."""
    call = {"name": "send_message", "arguments": {"message": "Gate four."}}
    end = {"response": "", "usage": {"prompt_tokens": 1}}
    for records in (
        [{"response": None, "tool_calls": [call]}, {"p": "abc"}, end],
        [{"response": ""}, {"tool_calls": [call], "p": "abc"}, end],
    ):
        ran = run_here(["text"], jsonl(records))
        assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)


def test_a_chunk_of_text_generation_inference_may_have_no_choices() -> None:
    """Found by fuzzing: it ended the run as a fault in unspool."""
    completion = {"id": "", "object": "text_completion"}
    first = {**completion, "choices": [{"index": 0, "delta": {"content": "Ahoy"}}]}
    end = {**completion, "choices": [{"index": 1, "finish_reason": "stop", "delta": {}}]}
    for last in (completion, {**completion, "choices": []}):
        ran = run_here(["text"], jsonl([first, end, last]))
        assert (ran.stdout, ran.stderr, ran.code) == (b"Ahoy\n", "", 0)
