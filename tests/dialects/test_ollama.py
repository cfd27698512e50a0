"""Ollama's lines as chunks."""

from itertools import zip_longest
from typing import Any

import pytest
from tests.dialects.said import Said, Value, beyond, chat, chunks_of
from tests.support import jsonl, run_here

from unspool.core.errors import NotAChunk
from unspool.dialects.ollama import Ollama

COUNTS = {"prompt_eval_count": 5, "eval_count": 7}


def line(done: bool = False, **message: Any) -> Value:
    more = message.pop("more", {})
    base = {"model": "m", "created_at": "2031-05-04T03:02:01.5Z", "done": done, **more}
    return {**base, "message": {"role": "assistant", "content": "", **message}}


def ends(reason: str | None = "stop", **more: Any) -> Value:
    return line(True, more={**({"done_reason": reason} if reason else {}), **COUNTS, **more})


def call(name: str, arguments: Any, **members: Any) -> Value:
    return {**members, "function": {"name": name, "arguments": arguments}}


def said(*lines: Value) -> Said:
    return chat(chunks_of(Ollama(), lines))


def test_text_leaves_piece_by_piece_under_one_envelope() -> None:
    chunks = chunks_of(Ollama(), [line(content="Hel"), line(content="lo"), ends()])
    assert chat(chunks) == Said(text="Hello", finishes=["stop"], usages=[(5, 7)])
    assert [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]] == [
        {"role": "assistant", "content": "Hel"},
        {"content": "lo"},
        {},
    ]
    assert {(chunk["id"], chunk["model"], chunk["created"]) for chunk in chunks} == {("", "m", 1935630121)}


def test_the_role_leaves_with_the_first_line_even_if_that_is_empty() -> None:
    (chunk,) = Ollama().feed(line())
    assert chunk["choices"][0]["delta"] == {"role": "assistant", "content": ""}


def test_generate_has_its_text_at_the_top() -> None:
    lines = [{"model": "m", "response": "Hi", "thinking": "Hm", "done": False}, {"response": "", "done": True}]
    assert said(*lines) == Said(text="Hi", thoughts="Hm", finishes=["stop"])


def test_whole_calls_get_ids_of_their_own_through_the_stream() -> None:
    """T1, A3: arguments are an object; a call with an id keeps it."""
    first = [line(tool_calls=[call("f", {"a": "é"}), call("g", {}, id="own")]), ends()]
    chunks = chunks_of(Ollama(), [*first, line(tool_calls=[call("f", '{"a":1}')]), ends()])
    entries = [entry for chunk in chunks for one in chunk["choices"] for entry in one["delta"].get("tool_calls", [])]
    assert [(entry["index"], entry["id"], entry["function"]) for entry in entries] == [
        (0, "call_1", {"name": "f", "arguments": '{"a": "é"}'}),
        (1, "own", {"name": "g", "arguments": "{}"}),
        (0, "call_3", {"name": "f", "arguments": '{"a":1}'}),
    ]


def test_stop_after_calls_is_tool_calls() -> None:
    """F1."""
    assert said(line(tool_calls=[call("f", {})]), ends()).finishes == ["tool_calls"]
    assert said(line(tool_calls=[call("f", {})]), ends("length")).finishes == ["length"]


@pytest.mark.parametrize("reason", ["load", "unload", 7])
def test_another_reason_is_a_stop_and_is_kept(reason: Any) -> None:
    chunks = chunks_of(Ollama(), [line(content="Hi"), ends(reason)])
    assert chat(chunks).finishes == ["stop"]
    assert beyond(chunks) == {"done_reason": [reason]}


def test_what_a_chunk_has_no_place_for_rides_along() -> None:
    chunks = chunks_of(Ollama(), [line(content="Hi", images=["x"]), ends(total_duration=9, context=[1])])
    assert beyond(chunks) == {"images": [["x"]], "total_duration": [9], "context": [[1]]}


def run_of(model: str, *pieces: str, api: str = "message") -> list[Value]:
    """The lines of a response with a token for each piece, and one for its end."""
    texts: list[dict[str, Any]] = [
        {"response": one} if api == "response" else {"message": {"role": "assistant", "content": one}}
        for one in (*pieces, "")
    ]
    lines = [{"model": model, "created_at": "2031-05-04T03:02:01Z", **text, "done": False} for text in texts]
    lines[-1] |= {"done": True, "done_reason": "stop", "eval_count": len(texts), "eval_duration": 900}
    return lines


def alternating(one: list[Value], other: list[Value]) -> bytes:
    return jsonl([line for pair in zip_longest(one, other) for line in pair if line is not None])


@pytest.mark.parametrize("api", ["message", "response"])
@pytest.mark.parametrize("others", [("Be", "ta", "."), ("Be", "ta"), ("Be", "t", "a", ".", "")])
def test_lines_of_two_responses_of_a_model_that_alternate_are_reported_at_an_end(api: str, others: list[str]) -> None:
    """R16: the response has more pieces than tokens."""
    data = alternating(run_of("m", "Al", "pha", ".", api=api), run_of("m", *others, api=api))
    for command in ("text", "rewrite"):
        ran = run_here([command], data)
        assert (ran.code, ran.stderr.count("alternate")) == (3, 1)
    assert run_here(["rewrite"], data).stdout.count(b'"finish_reason":"stop"') == 1


def test_a_second_end_without_a_piece_shows_that_lines_alternate() -> None:
    """R16: of servers that measure nothing."""
    one, other = (
        [{**piece, "eval_duration": 0, "created_at": at} for piece in run_of("m", *texts)]
        for texts, at in ((("Al", "pha."), "1"), (("Be", "ta."), "2"))
    )
    ran = run_here(["text"], alternating(one, other))
    assert (ran.code, ran.stderr.count("alternate")) == (3, 1)
    assert run_here(["text"], jsonl([*one, one[-1], *other, {**other[-1], "done_reason": "load"}])).code == 0


def test_lines_of_another_model_do_not_get_into_the_text_of_an_open_response() -> None:
    """R16."""
    mixed = alternating(run_of("m", "Al", "pha", "."), run_of("n", "Be", "t", "a", "."))
    ran = run_here(["text"], mixed + jsonl(run_of("n", "Gam", "ma.")))
    assert (ran.code, ran.stdout) == (4, b"Al\nBeta.\nGamma.\n")
    assert "it is of m; the lines of several responses alternate" in ran.stderr


@pytest.mark.parametrize("whole", [False, True])
def test_a_response_of_another_model_after_a_cut_one_is_read(whole: bool) -> None:
    other = run_of("n", "Be", "ta.")
    if whole:
        other = [{**other[-1], "message": {"content": "Beta."}}]
    cut, again = run_of("m", "Al", "pha.")[:2], run_of("m", "Gam", "ma.")
    ran = run_here(["text"], jsonl([*cut, *other, *again, *run_of("n", "Del", "ta.")[:2], *cut, *run_of("o", "Om.")]))
    assert (ran.code, ran.stdout) == (4, b"Alpha.\nBeta.\nGamma.\nDelta.\nAlpha.\nOm.\n")
    assert "alternate" not in ran.stderr


def test_the_rest_of_an_interrupted_response_is_refused_behind_the_end_of_the_other() -> None:
    """A line of it came before that end, so that it was not cut."""
    one, other = run_of("m", "Al", "pha", "."), run_of("n", "Be", "ta.")
    ran = run_here(["text"], jsonl([one[0], other[0], one[1], *other[1:], *one[2:], *run_of("m", "Gam", "ma.")]))
    assert (ran.code, ran.stdout) == (4, b"Al\nBeta.\nGamma.\n")


def test_responses_after_each_other_do_not_alternate() -> None:
    lines = [*run_of("m", "Al", "pha."), *run_of("n", "Be", "ta."), *run_of("m", *("Gam", "ma", "."))]
    uncounted = [{**one, "eval_count": 1} for one in run_of("m", *"Delta")]
    unmeasured = [{**one, "eval_count": 2, "eval_duration": 0} for one in run_of("m", *"Epsilon")]
    ran = run_here(["text"], jsonl([*lines, *uncounted, *unmeasured]))
    assert (ran.code, ran.stdout) == (0, b"Alpha.\nBeta.\nGamma.\nDelta\nEpsilon\n")


def test_a_cached_prompt_is_not_counted() -> None:
    assert said(line(content="Hi"), {"done": True, "response": "", "eval_count": 3}).usages == [(0, 3)]


def test_an_error_ends_the_response() -> None:
    ran = run_here(["text"], jsonl([line(content="Hi"), {"error": "model runner has stopped"}]))
    assert (ran.code, ran.stdout) == (5, b"Hi\n")
    assert "model runner has stopped" in ran.stderr


def test_a_stream_that_was_cut_has_no_finish() -> None:
    assert run_here(["text"], jsonl([line(content="Hi")])).code == 4


def test_several_responses_are_several_steps() -> None:
    ran = run_here(["text"], jsonl([line(content="Hi"), ends(), line(content="Ho"), ends()]))
    assert ran == (0, b"Hi\nHo\n", "")


def test_a_message_call_is_one_piece_of_text() -> None:
    stream = jsonl([line(tool_calls=[call("send_message", {"inner_thoughts": "x", "message": "Hi\n"})]), ends()])
    assert run_here(["text"], stream) == (0, b"Hi\n", "")


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"done": True, "message": "Hi"},
        {"message": {}, "done": False, "error": None} | {"message": []},
        line(tool_calls=["f"]),
        line(tool_calls=[{"function": "f"}]),
    ],
)
def test_what_is_no_line_is_refused_before_anything_changes(value: Any) -> None:
    dialect = Ollama()
    with pytest.raises(NotAChunk):
        dialect.feed(value)
    assert dialect.feed(line(content="Hi"))[0]["choices"][0]["delta"]["role"] == "assistant"


@pytest.mark.parametrize(
    ("times", "duration"),
    [(("00Z", "05Z"), 4_600_000_000), (("00.1Z", "09.3Z"), 1), (("00.1Z", "09.3Z"), 4_900_000_000)],
    ids=["whole seconds", "no measure", "a constant"],
)
def test_a_server_whose_measures_do_not_fit_its_times_has_one_response(times: tuple[str, str], duration: int) -> None:
    """Other programs offer the interface, too, and write durations that they have not measured."""
    first, last = (f"2026-11-28T10:00:{time}" for time in times)
    lines = [{**line(content="Hi "), "created_at": first}, {**line(content="you"), "created_at": first}]
    end = {**ends(), "created_at": last, "total_duration": duration}
    assert run_here(["text"], jsonl([*lines, end]))[:2] == (0, b"Hi you\n")
