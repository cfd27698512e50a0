"""Formats whose records have a piece of text in one member, and the end in another, as chunks."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dialects.test_bedrock import wrapped
from tests.fastpath.differential import observe
from tests.strategies import cut
from tests.support import jsonl, run_here, sse

from unspool.core.errors import NotAChunk
from unspool.dialects.registry import DIALECTS, dialect_of, load

Value = dict[str, Any]
COUNTS = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def ernie(text: str, end: str = "", **more: Any) -> Value:
    last = {"is_end": True, "finish_reason": end, "usage": COUNTS} if end else {"is_end": False}
    return {"id": "as-1", "object": "chat.completion", "result": text, **last, **more}


def hunyuan(text: str, end: str = "") -> Value:
    counts = {"PromptTokens": 3, "CompletionTokens": 4, "TotalTokens": 7}
    choice = {"Delta": {"Role": "assistant", "Content": text}, "FinishReason": end}
    return {"Note": "", "Choices": [choice], "Id": "h", "Usage": counts}


def spark(text: str, end: str = "") -> Value:
    status = 2 if end else 1
    payload = {"choices": {"status": status, "text": [{"content": text, "role": "assistant", "index": 0}]}}
    usage = {"usage": {"text": {"question_tokens": 1, **COUNTS}}} if end else {}
    return {"header": {"code": 0, "sid": "s", "status": status}, "payload": {**payload, **usage}}


def snowflake(text: str, end: str = "") -> Value:
    delta = {"type": "text", "content": text, "content_list": [{"type": "text", "text": text}], "text": text}
    return {"id": "c", "model": "m", "choices": [{"delta": delta}], "usage": COUNTS if end else {}}


def minimax(text: str, end: str = "") -> Value:
    choice: Value = {"messages": [{"sender_type": "BOT", "text": text}]}
    if end:
        choice["finish_reason"] = end
    return {"model": "m", "reply": "", "choices": [choice], **({"usage": COUNTS} if end else {})}


def aleph_alpha(text: str, end: str = "") -> Value:
    if end:
        return {"type": "stream_summary", "index": 0, "finish_reason": end}
    return {"type": "stream_chunk", "index": 0, "completion": text}


def mistral_text(text: str, end: str = "") -> Value:
    return {"outputs": [{"text": text, "stop_reason": end or None}]}


def koboldcpp(text: str, end: str = "") -> Value:
    return {"token": text, "finish_reason": end or "null"}


def oci(text: str, end: str = "") -> Value:
    ended = {"finishReason": end} if end else {}
    return {"index": 0, "message": {"role": "ASSISTANT", "content": [{"type": "TEXT", "text": text}]}, **ended}


def gigachat(text: str, end: str = "") -> Value:
    record: Value = {"model": "m", "created_at": 7}
    if end:
        return {**record, "finish_reason": end, "usage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}}
    return {**record, "messages": [{"role": "assistant", "content": [{"text": text}]}]}


FORMS: dict[str, tuple[Any, list[tuple[str, str | int]]]] = {
    "ernie": (ernie, [("normal", "stop"), ("length", "length"), ("content_filter", "content_filter")]),
    "hunyuan": (hunyuan, [("stop", "stop"), ("sensitive", "content_filter")]),
    "spark": (spark, [("stop", "stop")]),
    "snowflake": (snowflake, [("stop", "stop")]),
    "minimax": (minimax, [("stop", "stop"), ("max_output", "length")]),
    "aleph-alpha": (aleph_alpha, [("end_of_text", "stop"), ("maximum_tokens", "length")]),
    "mistral-text": (mistral_text, [("stop", "stop"), ("length", "length")]),
    "koboldcpp": (koboldcpp, [("stop", "stop"), ("length", "length")]),
    "oci": (oci, [("stop", "stop"), ("MAX_TOKENS", "length")]),
    "gigachat": (gigachat, [("stop", "stop"), ("blacklist", "content_filter")]),
}
"""The record of a piece in each format, and its words for the end."""


def records(name: str, deltas: list[str], end: str) -> list[Value]:
    make = FORMS[name][0]
    return [*map(make, deltas), *([make("", end)] if end else [])]


def sglang(texts: list[str], end: str = "") -> list[Value]:
    """Each with all of the text so far."""
    said = []
    for number in range(len(texts)):
        last = end and number == len(texts) - 1
        details = {"id": "g", "finish_reason": {"type": end} if last else None, "prompt_tokens": 3}
        said.append({"text": "".join(texts[: number + 1]), "meta_info": {**details, "completion_tokens": 4}})
    return said


def finishes(stream: list[Value]) -> list[str]:
    lines = run_here(["rewrite"], jsonl(stream)).stdout.splitlines()
    choices = [choice for line in lines for choice in json.loads(line)["choices"]]
    return [choice["finish_reason"] for choice in choices if choice["finish_reason"]]


@pytest.mark.parametrize("between", [b"", b" "])
@pytest.mark.parametrize("name", FORMS)
def test_records_without_line_ends_are_read(name: str, between: bytes) -> None:
    stream = jsonl(records(name, ["Gate ", "four", "."], FORMS[name][1][0][0])).replace(b"\n", between)
    ran = run_here(["text"], stream)
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)


@pytest.mark.parametrize("name", FORMS)
def test_the_member_of_the_end_is_the_end(name: str) -> None:
    """R11: in lines as well as in an event stream without [DONE]."""
    for word, finish in FORMS[name][1]:
        stream = records(name, ["Gate ", "four", "."], word)
        for framed in (jsonl(stream), sse(stream, done=False)):
            ran = run_here(["text"], framed)
            assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)
        assert finishes(stream) == [finish]
    cut_off = records(name, ["Gate ", "four", "."], "")
    for framed in (jsonl(cut_off), sse(cut_off, done=False)):
        ran = run_here(["text"], framed)
        assert (ran.stdout, ran.code) == (b"Gate four.\n", 4)


@pytest.mark.parametrize("name", FORMS)
@given(data=st.data())
def test_every_cut_of_the_text_and_of_the_bytes_gives_the_same(name: str, data: st.DataObject) -> None:
    text = data.draw(st.text(st.sampled_from('ab "\\\u00e9\U0001f600'), min_size=1, max_size=12))
    deltas = cut(text, data.draw(st.lists(st.integers(0, 12), max_size=4)))
    stream = jsonl(records(name, [one for one in deltas if one], FORMS[name][1][0][0]))
    blocks = cut(stream, data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    ran = run_here(["text"], stream)
    assert (ran.stdout.decode(), ran.code) == (text + "\n", 0)
    whole, pieces = observe([stream], ["events", "jsonl"], fast=True), observe(blocks, ["events", "jsonl"], fast=True)
    for sink in ("events", "jsonl"):
        assert pieces.written(sink) == whole.written(sink)
    assert pieces.code == whole.code


@pytest.mark.parametrize(("end", "code"), [("stop", 0), ("length", 0), ("abort", 5), ("", 4)])
def test_sglang_repeats_all_of_the_text(end: str, code: int) -> None:
    ran = run_here(["text"], sse(sglang(["Gate ", "four", "."], end)))
    assert (ran.stdout, ran.code) == (b"Gate four.\n", 0 if end == "" else code)  # [DONE] ends it, too
    assert run_here(["text"], jsonl(sglang(["Gate ", "four", "."], end))).code == code


def test_sglang_has_choices() -> None:
    both = [one for pair in zip(sglang(["a", "b"], "stop"), sglang(["x", "y"], "stop"), strict=True) for one in pair]
    stream = [{**one, "index": number % 2} for number, one in enumerate(both)]
    assert run_here(["text", "--choice=1"], jsonl(stream)).stdout == b"xy\n"
    assert run_here(["text"], jsonl(stream)).stdout == b"ab\n"


def test_the_usage_is_that_of_the_record() -> None:
    for name in ("ernie", "hunyuan", "spark", "snowflake", "minimax"):
        out = run_here(["rewrite"], jsonl(records(name, ["a"], "stop"))).stdout
        assert b'"prompt_tokens":3,"completion_tokens":4,"total_tokens":7' in out
    total = {"type": "completion_summary", "num_tokens_prompt_total": 3, "num_tokens_generated": 4}
    ran = run_here(["rewrite"], jsonl([*records("aleph-alpha", ["a"], "end_of_text"), total]))
    assert (ran.code, ran.stdout.count(b'"usage"')) == (0, 1)


NOTHING: Value = {}
CALLS: dict[str, list[Value]] = {
    "ernie": [
        ernie("", "function_call", function_call={"name": "send_message", "arguments": '{"message": "Gate four."}'}),
    ],
    "hunyuan": [
        {"Choices": [{"Delta": {"ToolCalls": [call]}, "FinishReason": ""}], "Id": "h"}
        for call in (
            {"Id": "c", "Type": "function", "Function": {"Name": "send_message", "Arguments": '{"message": '}},
            {"Id": "", "Type": "function", "Function": {"Name": "", "Arguments": '"Gate four."}'}},
        )
    ]
    + [hunyuan("", "tool_calls")],
    "spark": [
        {
            "header": {"code": 0, "sid": "s", "status": 2},
            "payload": {
                "choices": {
                    "status": 2,
                    "text": [
                        {
                            "content": "",
                            "function_call": {"name": "send_message", "arguments": '{"message": "Gate four."}'},
                        }
                    ],
                }
            },
        }
    ],
    "snowflake": [
        {"id": "c", "model": "m", "choices": [{"delta": delta}], "usage": {}}
        for delta in (
            {
                "type": "tool_use",
                "tool_use_id": "t",
                "name": "send_message",
                "content_list": [{"tool_use_id": "t", "name": "send_message"}],
                "text": "",
            },
            {"type": "tool_use", "input": '{"message": ', "content_list": [{"input": '{"message": '}], "text": ""},
            {"type": "tool_use", "input": '"Gate four."}', "content_list": [{"input": '"Gate four."}'}], "text": ""},
        )
    ]
    + [snowflake("", "stop")],
    "snowflake, whole": [
        {
            "choices": [
                {
                    "message": {
                        "content": "",
                        "content_list": [
                            {
                                "type": "tool_use",
                                "tool_use": {
                                    "tool_use_id": "t",
                                    "name": "send_message",
                                    "input": {"message": "Gate four."},
                                },
                            }
                        ],
                    }
                }
            ],
            "usage": COUNTS,
        }
    ],
    "oci": [
        {"message": {"role": "ASSISTANT", "toolCalls": [{"type": "FUNCTION", **call}]}}
        for call in (
            {"id": "c", "name": "send_message", "arguments": '{"message": '},
            {"id": "", "name": "", "arguments": '"Gate '},
            {"arguments": 'four."}'},
        )
    ]
    + [{"finishReason": "tool_calls", "pad": "aa"}],
    "gigachat": [
        {
            **gigachat(""),
            "messages": [
                {
                    "role": "assistant",
                    "tool_state_id": "t",
                    "content": [{"function_call": {"name": "send_message", "arguments": {"message": "Gate four."}}}],
                }
            ],
        },
        gigachat("", "function_call"),
    ],
    "oci, cohere": [
        {"apiFormat": "COHERE", "toolCalls": [{"name": "send_message", "parameters": {"message": "Gate four."}}], **end}
        for end in (NOTHING, {"text": "", "chatHistory": [], "finishReason": "COMPLETE"})
    ],
    "minimax": [
        {
            "model": "m",
            "reply": "",
            "choices": [
                {
                    "messages": [
                        {
                            "sender_type": "BOT",
                            "text": "",
                            "function_call": {"name": "send_message", "arguments": '{"message": "Gate four."}'},
                        }
                    ],
                    "finish_reason": "stop",
                }
            ],
        }
    ],
}


@pytest.mark.parametrize("name", CALLS)
def test_a_message_call_is_the_text(name: str) -> None:
    ran = run_here(["text"], jsonl(CALLS[name]))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)
    assert finishes(CALLS[name]) == ["stop"]
    with_calls = run_here(["rewrite", "--tool=other"], jsonl(CALLS[name])).stdout
    assert b'"tool_calls"' in with_calls
    assert b'"finish_reason":"tool_calls"' in with_calls


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"header": {"code": 10013, "message": "The input is not allowed.", "sid": "s", "status": 2}}, "not allowed"),
        ({"error_code": 17, "error_msg": "Open api daily request limit reached"}, "daily request limit"),
        ({"ErrorMsg": {"Msg": "Busy.", "Code": 2001}, "Note": "", "Choices": []}, "Busy."),
        (
            {**minimax("", "stop"), "base_resp": {"status_code": 1027, "status_msg": "output new_sensitive"}},
            "sensitive",
        ),
    ],
)
def test_an_error_ends_the_response(record: Value, said: str) -> None:
    """R12."""
    for stream in ([record], [*records("spark", ["a"], ""), record]):
        ran = run_here(["text"], jsonl(stream))
        assert ran.code == 5
        assert said in ran.stderr


def test_a_whole_text_at_the_end_counts_once() -> None:
    """R15: MiniMax repeats the text in its last record."""
    last = {**minimax("Gate four.", "stop"), "reply": "Gate four."}
    ran = run_here(["text"], jsonl([*records("minimax", ["Gate ", "four"], ""), last]))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)


def test_the_last_record_of_a_model_of_cohere_on_oracles_cloud_repeats_the_text() -> None:
    """R15; behind it, or in records of other models, may be a usage."""
    usage = {"usage": {"promptTokens": 3, "completionTokens": 4, "totalTokens": 7}, "pad": "a"}
    cohere = [{"apiFormat": "COHERE", "text": text} for text in ("Gate ", "four.", "Gate four.")]
    ended = {**cohere[-1], "chatHistory": [], "finishReason": "COMPLETE"}
    streams: list[list[Value]] = [
        [*cohere[:-1], ended, usage],
        [{**ended, **usage}],
        [oci("Gate "), oci("four."), {"finishReason": "stop", "pad": "a"}, usage],
    ]
    for stream in streams:
        for framed in (jsonl(stream), sse(stream)):
            ran = run_here(["text"], framed)
            assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)
        assert run_here(["rewrite"], jsonl(stream)).stdout.count(b'"total_tokens":7') == 1


def test_truncated_is_a_length() -> None:
    assert finishes([{**ernie("a"), "is_end": True, "is_truncated": True}]) == ["length"]


def test_a_refused_answer_without_text_is_reported() -> None:
    """R17."""
    ran = run_here(["text"], jsonl(records("hunyuan", [], "sensitive")))
    assert (ran.stdout, ran.code) == (b"", 0)
    assert "sensitive" in ran.stderr


@pytest.mark.parametrize("name", [*FORMS, "sglang"])
def test_anything_else_is_no_record(name: str) -> None:
    reader = load(name)
    values: list[Any] = [None, [], {}, {"content": "a"}]
    for value in values:
        with pytest.raises(NotAChunk):
            reader.feed(value)
    assert reader.close() == []


@pytest.mark.parametrize("name", FORMS)
def test_a_record_shows_its_format_alone(name: str) -> None:
    for value in records(name, ["a"], FORMS[name][1][0][0]):
        assert dialect_of(value) == name
        assert [one for one, row in DIALECTS.items() if row.matches(value)] == [name]


OF_OTHER_MODELS: dict[str, list[Value]] = {
    "mistral": records("mistral-text", ["Gate ", "four."], "stop"),
    "cohere": [
        {"is_finished": False, "text": "Gate "},
        {"is_finished": False, "text": "four."},
        {"is_finished": True, "finish_reason": "COMPLETE"},
    ],
    "command r": [
        {"event_type": "text-generation", "is_finished": False, "text": "Gate four."},
        {"event_type": "stream-end", "is_finished": True, "finish_reason": "COMPLETE", "response": {}},
    ],
    "jamba": [
        {"id": "c", "choices": [{"index": 0, "delta": {"content": "Gate "}}]},
        {"id": "c", "choices": [{"index": 0, "delta": {"content": "four."}, "finish_reason": "stop"}]},
    ],
}


@pytest.mark.parametrize("name", OF_OTHER_MODELS)
def test_bedrock_wraps_the_events_of_other_models(name: str) -> None:
    stream = OF_OTHER_MODELS[name]
    stream = [*stream[:-1], {**stream[-1], "amazon-bedrock-invocationMetrics": {"inputTokenCount": 3}}]
    ran = run_here(["text"], jsonl(map(wrapped, stream)))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)
    assert run_here(["text"], jsonl(map(wrapped, stream[:-1]))).code == 4
    assert b"invocationMetrics" in run_here(["rewrite"], jsonl(map(wrapped, stream))).stdout


def test_generate_of_cohere_has_its_text_whole_at_the_end() -> None:
    end = {"is_finished": True, "finish_reason": "MAX_TOKENS", "response": {"generations": [{"text": "Gate four."}]}}
    stream = [{"is_finished": False, "text": "Gate "}, end]
    ran = run_here(["text"], jsonl(stream))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)
    assert finishes(stream) == ["length"]


def generated(text: str | None, end: str = "", **more: Any) -> Value:
    """A record of Cohere's /v1/generate."""
    last = {"is_finished": True, "finish_reason": end} if end else {"is_finished": False}
    return {**last, **({} if text is None else {"text": text}), **more}


@pytest.mark.parametrize(
    "stream",
    [
        [generated("Gate "), generated("four.", "COMPLETE")],
        [generated("Gate "), generated("four."), generated("Gate four.", "COMPLETE")],
        [generated("Gate four.", "COMPLETE")],
        [generated("Gate "), generated("four.", "COMPLETE", response={"generations": [{"text": "Gate four."}]})],
    ],
)
def test_the_last_text_of_generate_is_a_piece_or_all_of_it(stream: list[Value]) -> None:
    ran = run_here(["text"], jsonl(stream))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)
    assert finishes(stream) == ["stop"]
    assert run_here(["text"], jsonl([*stream, *stream])).stdout.count(b"Gate four.") == 2


def test_generate_has_choices() -> None:
    """R14."""
    pairs = [("a", ""), ("b", "COMPLETE")], [("x", ""), ("y", "MAX_TOKENS")]
    stream = [generated(text, end, index=n) for both in zip(*pairs, strict=True) for n, (text, end) in enumerate(both)]
    assert run_here(["text"], jsonl(stream)).stdout == b"ab\n"
    ran = run_here(["text", "--choice=1"], jsonl(stream))
    assert (ran.stdout, ran.stderr, ran.code) == (b"xy\n", "", 0)


@pytest.mark.parametrize(
    "value",
    [
        {"header": {"code": 200, "sid": "s"}, "level": "info"},
        {"header": {"code": 0, "sid": "s"}, "body": "x"},
        {"header": {"code": "10013", "sid": "s"}},
        {"result": {"rows": 3}, "is_end": True},
        {"result": [1], "is_end": False},
        {"function_call": None, "is_end": False},
        {"result": "ok", "need_clear_history": False},
        {"completions": [{"completion": "a", "finish_reason": "b"}], "type": "shell"},
        {"completions": [{"completion": {"a": 1}, "finish_reason": "x"}], "model_version": "m"},
        {"results": [{"text": "a", "finish_reason": "b"}], "type": "shell"},
    ],
)
def test_records_of_other_programs_are_none_of_a_format(value: Value) -> None:
    assert dialect_of(value) is None


@pytest.mark.parametrize("member", ["content_list", "tool_use_id"])
def test_a_chunk_with_members_of_snowflakes_is_a_chunk(member: str) -> None:
    texts = [(0, "a", None), (1, "x", None), (0, "b", "length"), (1, "y", "stop")]
    stream = [
        {"id": "c", "choices": [{"index": number, "delta": {"content": text, member: []}, "finish_reason": end}]}
        for number, text, end in texts
    ]
    assert {dialect_of(value) for value in stream} == {"chat"}
    assert run_here(["text"], sse(stream)).stdout == b"ab\n"
    assert finishes(stream) == ["length", "stop"]


def test_a_chunk_with_members_of_minimax_is_a_chunk() -> None:
    stream = [
        {"id": "c", "reply": "", "choices": [{"index": 0, "messages": [], "delta": {"content": text}, **end}]}
        for text, end in (("a", {}), ("b", {"finish_reason": "stop"}))
    ]
    assert {dialect_of(value) for value in stream} == {"chat"}
    assert run_here(["text"], sse(stream)).stdout == b"ab\n"


LISTS = {"hunyuan": "Choices", "minimax": "choices", "mistral-text": "outputs"}
"""The member of a record that has its choices."""


def paired(name: str, first: Value, second: Value) -> Value:
    """One record of two choices."""
    return {**first, LISTS[name]: [*first[LISTS[name]], *second[LISTS[name]]]}


@pytest.mark.parametrize("name", LISTS)
def test_each_choice_of_a_record_is_read(name: str) -> None:
    """R14."""
    firsts, seconds = records(name, ["a", "b"], "stop"), records(name, ["x", "y"], "stop")
    apart = [paired(name, one, other) for one, other in zip(firsts, seconds, strict=True)]
    at_once = [paired(name, FORMS[name][0]("ab", "stop"), FORMS[name][0]("xy", "stop"))]
    for stream in (apart, at_once, [*apart, *at_once]):
        for choice, text in (("0", b"ab\n"), ("1", b"xy\n")):
            ran = run_here(["text", f"--choice={choice}"], jsonl(stream))
            assert (ran.stdout, ran.code) == (text * (2 if len(stream) == 4 else 1), 0)
        assert finishes(stream) == ["stop", "stop"] * (2 if len(stream) == 4 else 1)
    assert run_here(["text"], jsonl(apart[:-1])).code == 4


def test_the_index_of_a_choice_counts() -> None:
    stream: list[Value] = [
        {"Choices": [{"Index": number, "Delta": {"Content": text}, "FinishReason": end}]}
        for number, text, end in ((0, "a", ""), (1, "x", ""), (1, "y", "stop"), (0, "b", "stop"))
    ]
    assert run_here(["text"], jsonl(stream)).stdout == b"ab\n"
    assert run_here(["text", "--choice=1"], jsonl(stream)).stdout == b"xy\n"


def test_fragments_of_calls_in_two_choices_are_apart() -> None:
    calls = [
        [{"Id": "c", "Function": {"Name": "send_message", "Arguments": '{"message": '}}],
        [{"Function": {"Arguments": '"%s"}'}}],
    ]
    stream: list[Value] = []
    for part in calls:
        text = json.dumps(part)
        deltas: list[Value] = [{"Delta": {"ToolCalls": json.loads(text.replace("%s", said))}} for said in ("a", "x")]
        stream.append({"Choices": deltas})
    stream.append({"Choices": [{"Delta": {}, "FinishReason": "tool_calls"}] * 2})
    assert run_here(["text"], jsonl(stream)).stdout == b"a\n"
    assert run_here(["text", "--choice=1"], jsonl(stream)).stdout == b"x\n"


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["1", "1", "1"], "111"),
        (["1", "1"], "11"),
        (["ha", "haha", "ha", "!"], "hahahaha!"),
        (["-", "--", "-", " x"], "---- x"),
        (["\n", "\n", "\nA", " B"], "\n\n\nA B"),
        (["0"] * 12, "0" * 12),
        (["The ", "cat", "The ", "The cat"], "The catThe The cat"),
        (["1", "11", "111"], "111"),
        (["a", "a", "a", "ab", "abc"], "abc"),
        (["The ", "The cat", ""], "The cat"),
        (["Gate ", "Gate four"], "Gate four"),
        (["Gate ", "Gate four", "Gate four", "Gate four.", "Gate four."], "Gate four."),
    ],
)
def test_sglang_may_send_what_is_new_alone(texts: list[str], said: str) -> None:
    """Q13: until two texts have grown, an equal or a longer one may be a token of its own."""
    stream = []
    for number, text in enumerate(texts):
        reason = {"type": "length"} if number == len(texts) - 1 else None
        stream.append({"text": text, "meta_info": {"id": "g", "finish_reason": reason}})
    ran = run_here(["text"], jsonl(stream))
    assert (ran.stdout.decode(), ran.code) == (said + "\n", 0)
    if len(texts) > 2 or texts == ["1", "1"]:
        cut_off = run_here(["text"], jsonl([*stream[:-1], {**stream[-1], "meta_info": {"finish_reason": None}}]))
        assert (cut_off.stdout.decode(), cut_off.code) == (said + "\n", 4)


def test_what_waits_leaves_before_another_response() -> None:
    first, last = sglang(["Gate ", "four"]), sglang(["At nine."], "stop")
    last[0]["meta_info"]["id"] = "h"
    ran = run_here(["text"], jsonl([*first, *last]))
    assert ran.stdout.startswith(b"Gate four")
    assert ran.stdout.endswith(b"At nine.\n")
    assert run_here(["text"], sse(first)).stdout == b"Gate four\n"  # [DONE]


def test_an_equal_text_at_the_stop_is_a_repetition() -> None:
    assert run_here(["text"], jsonl(sglang(["Gate four.", ""], "stop"))).stdout == b"Gate four.\n"


WHOLES: dict[str, Value] = {
    "ernie": {
        "id": "as-1",
        "object": "chat.completion",
        "created": 7,
        "result": "Gate four.",
        "is_truncated": False,
        "need_clear_history": False,
        "usage": COUNTS,
    },
    "aleph-alpha": {
        "model_version": "m",
        "completions": [{"completion": "Gate four.", "finish_reason": "maximum_tokens"}],
        "num_tokens_prompt_total": 3,
        "num_tokens_generated": 4,
    },
    "koboldcpp": {"results": [{"text": "Gate four.", "finish_reason": "stop"}]},
    "oci": {
        "apiFormat": "GENERIC",
        "choices": [oci("Gate four.", "stop")],
        "usage": {"promptTokens": 3, "completionTokens": 4},
    },
    "minimax": {**minimax("Gate four.", "stop"), "reply": "Gate four.", "created": 7, "id": "r"},
    "gigachat": {**gigachat("Gate four."), **gigachat("", "stop")},
}


@pytest.mark.parametrize("name", WHOLES)
def test_a_whole_answer_is_read(name: str) -> None:
    for framed in (
        jsonl([WHOLES[name]]),
        json.dumps(WHOLES[name]).encode(),
        json.dumps(WHOLES[name], indent=1).encode(),
    ):
        ran = run_here(["text"], framed)
        assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)
    assert dialect_of(WHOLES[name]) == name
    assert [one for one, row in DIALECTS.items() if row.matches(WHOLES[name])] == [name]
    assert finishes([WHOLES[name]]) == ["length" if name == "aleph-alpha" else "stop"]
    out = run_here(["rewrite"], jsonl([WHOLES[name]])).stdout
    assert out.count(b'"prompt_tokens":3,"completion_tokens":4') == (name != "koboldcpp")


def test_a_whole_answer_may_have_several_choices() -> None:
    said = [{"completion": one, "finish_reason": "end_of_text"} for one in ("One.", "Two.")]
    value = {"model_version": "m", "completions": said}
    assert run_here(["text", "--choice=1"], jsonl([value])).stdout == b"Two.\n"
    assert finishes([value]) == ["stop", "stop"]


def older(text: str, end: str = "") -> Value:
    """A record of the interface of MiniMax before that with messages."""
    choice = {"index": 0, "delta": text, **({"finish_reason": end} if end else {})}
    return {"created": 7, "model": "m", "reply": "", "choices": [choice], "request_id": "r"}


def test_the_older_interface_of_minimax_has_texts_as_deltas() -> None:
    last = {**older("", "stop"), "reply": "Gate four.", "id": "q"}
    ran = run_here(["text"], jsonl([older("Gate "), older("four"), last]))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)


@pytest.mark.parametrize("reply", ["", "Gate four."])
def test_the_last_delta_of_the_older_interface_is_a_piece(reply: str) -> None:
    ran = run_here(["text"], jsonl([older("Gate "), {**older("four.", "stop"), "reply": reply}]))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)
    assert run_here(["text"], jsonl([{**older("Gate four.", "stop"), "reply": reply}])).stdout == b"Gate four.\n"


@pytest.mark.parametrize("reply", ["", "Gate four."])
def test_the_older_interface_of_minimax_has_choices(reply: str) -> None:
    """R14: the reply is that of the first choice."""
    stream: list[Value] = []
    for number, text, end in ((0, "Gate ", ""), (1, "At ", ""), (0, "four.", "stop"), (1, "nine.", "stop")):
        record = {**older(text, end), "reply": reply if end else ""}
        stream.append({**record, "choices": [{**record["choices"][0], "index": number}]})
    for choice, said in (("0", b"Gate four.\n"), ("1", b"At nine.\n")):
        ran = run_here(["text", f"--choice={choice}"], jsonl(stream))
        assert (ran.stdout, ran.stderr, ran.code) == (said, "", 0)


def with_id(ident: str, *records: Value) -> list[Value]:
    return [{**one, "id": ident} for one in records]


@pytest.mark.parametrize("make", [minimax, older])
def test_responses_of_minimax_with_other_ids_are_apart(make: Any) -> None:
    """R13, R16: the id of the end alone may be another."""
    last = {**make("Gate four." if make is minimax else "", "stop"), "reply": "Gate four."}
    whole = [make("Gate "), make("four."), last]
    ran = run_here(["text"], jsonl([*with_id("a", make("Hel")), *with_id("b", *whole)]))
    assert (ran.stdout, ran.code) == (b"Hel\nGate four.\n", 4)
    ran = run_here(["text"], jsonl([*with_id("a", *whole[:-1]), *with_id("b", last)]))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)
    a, b = with_id("a", make("Hel"), make("lo")), with_id("b", *whole)
    ran = run_here(["text"], jsonl([a[0], b[0], a[1], *with_id("a", {**last, "reply": "Hello"}), *b[1:]]))
    assert (ran.stdout, ran.code) == (b"Hel\nGate four.\n", 4)
    assert "--split-by id" in ran.stderr


def test_a_call_in_a_whole_answer_of_koboldcpp_is_read() -> None:
    of = {"name": "send_message", "arguments": '{"message": "Gate four."}'}
    result: Value = {"text": "", "tool_calls": [{"id": "c", "type": "function", "function": of}]}
    counts = {"prompt_tokens": 3, "completion_tokens": 4}
    for said in ({**result, "logprobs": None, **counts}, {**result, "text": None, **counts}, result):
        value = {"results": [{**said, "finish_reason": "tool_calls"}]}
        ran = run_here(["text"], jsonl([value]))
        assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)
        assert b'"id":"c"' in run_here(["rewrite", "--tool=other"], jsonl([value])).stdout


UNCOUNTED: dict[str, list[Value]] = {
    "aleph-alpha": [{"model_version": "m", "completions": [{"completion": "a", "finish_reason": "end_of_text"}]}],
    "koboldcpp": [{"results": [{"text": "a", "finish_reason": "stop", "prompt_tokens": None}]}],
    "koboldcpp, text": [{"results": [{"text": "a", "finish_reason": "stop", "prompt_tokens": "5"}]}],
    "hunyuan": [{**hunyuan("a", "stop"), "Usage": {"PromptTokens": None}}],
    "hunyuan, none": [{"Id": "h", "Choices": hunyuan("a", "stop")["Choices"]}],
    "sglang": [{"text": "a", "meta_info": {"id": "g", "finish_reason": {"type": "stop"}}}],
    "ernie": [ernie("a", "stop", usage={"prompt_tokens": None})],
    "minimax": [{**minimax("a", "stop"), "usage": {"prompt_tokens": "5"}}],
    "snowflake": [{**snowflake("a", "stop"), "usage": {"prompt_tokens": None}}],
}


@pytest.mark.parametrize("name", UNCOUNTED)
def test_no_usage_is_invented(name: str) -> None:
    ran = run_here(["rewrite"], jsonl(UNCOUNTED[name]))
    assert (b'"usage"' in ran.stdout, ran.code) == (False, 0)


@pytest.mark.parametrize("name", ["snowflake", "minimax"])
def test_a_record_with_choices_behind_chunks_begins_another_stream(name: str) -> None:
    """The chunks were cut, and no [DONE] is between."""
    chunks = [{"id": "c1", "model": "m", "choices": [{"index": 0, "delta": {"content": one}}]} for one in ("Al", "pha")]
    make: Any = {"snowflake": snowflake, "minimax": minimax}[name]
    records = [{**make(text, end), "id": "r2"} for text, end in (("Be", ""), ("ta.", ""), ("", "stop"))]
    ran = run_here(["rewrite"], jsonl([*chunks, *records]))
    assert ran.code == 4
    said = [json.loads(line) for line in ran.stdout.splitlines()]
    texts = [(one["id"], one["choices"][0]["delta"].get("content")) for one in said if one["choices"]]
    assert [one for one in texts if one[1]] == [("c1", "Al"), ("c1", "pha"), ("r2", "Be"), ("r2", "ta.")]


@pytest.mark.parametrize("name", ["minimax", "snowflake"])
def test_ids_and_times_are_kept(name: str) -> None:
    stream = [{**one, "id": "r", "created": 7} for one in records(name, ["a"], "stop")]
    for line in run_here(["rewrite"], jsonl(stream)).stdout.splitlines():
        assert (json.loads(line)["id"], json.loads(line)["created"], json.loads(line)["model"]) == ("r", 7, "m")


def test_a_sum_of_tokens_alone_is_no_usage() -> None:
    """A usage would say that no token was read or written."""
    for counts, kept in (({"total_tokens": 191}, True), ({"total_tokens": 0}, False), ({}, False)):
        out = run_here(["rewrite"], jsonl([minimax("a"), {**minimax("", "stop"), "usage": counts}])).stdout
        assert b"prompt_tokens" not in out
        assert (b'"usage":{"total_tokens":191}' in out) is kept


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("reason", [["stop"], {"type": "stop"}, 1])
def test_an_end_may_be_no_text(name: str, reason: Any) -> None:
    """F11."""
    stream = json.loads(json.dumps(records(name, ["a"], "stop")).replace('"stop"', json.dumps(reason)))
    if name not in ("ernie", "spark", "snowflake"):
        assert finishes(stream) == ["stop"]


FLAGGED: dict[str, Value] = {
    "need_clear_history": ernie("", "normal", need_clear_history=True),
    "output_sensitive": {**minimax("", "stop"), "output_sensitive": True},
    "input_sensitive": {**minimax("", "stop"), "input_sensitive": True},
}


@pytest.mark.parametrize("flag", FLAGGED)
def test_an_answer_that_is_flagged_is_filtered(flag: str) -> None:
    """R17."""
    ran = run_here(["text"], jsonl([FLAGGED[flag]]))
    assert "the answer was filtered (content_filter); no text was shown" in ran.stderr
    before = minimax("Hi") if "sensitive" in flag else ernie("Hi")
    assert finishes([before, FLAGGED[flag]]) == ["content_filter"]
    assert run_here(["text"], jsonl([before, FLAGGED[flag]])).stdout == b"Hi\n"
    assert finishes([{**FLAGGED[flag], flag: False}]) == ["stop"]


def test_the_names_of_gigachats_events_are_no_types_of_responses() -> None:
    events = [("delta", gigachat("Gate ")), ("delta", gigachat("four.")), ("done", gigachat("", "stop"))]
    data = b"".join(b"event: response.message.%b\ndata: %b\n" % (kind.encode(), jsonl([one])) for kind, one in events)
    assert run_here(["text"], data) == (0, b"Gate four.\n", "")
    typed = jsonl([{"type": f"response.message.{kind}", **one} for kind, one in events])
    assert run_here(["text"], typed) == (0, b"Gate four.\n", "")


def test_files_of_gigachat_are_kept() -> None:
    said = [{"files": [{"id": "f", "mime": "image/jpeg"}]}, {"text": "Gate four."}]
    whole = {**gigachat(""), **gigachat("", "stop"), "messages": [{"role": "assistant", "content": said}]}
    ran = run_here(["rewrite"], jsonl([whole]))
    assert b'"files":[[{"id":"f","mime":"image/jpeg"}]]' in ran.stdout.replace(b" ", b"")
    assert run_here(["text"], jsonl([whole])) == (0, b"Gate four.\n", "")


@pytest.mark.parametrize("role", ["user", "system"])
def test_a_request_with_the_members_of_gigachat_is_no_answer(role: str) -> None:
    asked = {"model": "m", "created_at": 7, "messages": [{"role": role, "content": [{"text": "When?"}]}]}
    assert dialect_of(asked) is None
    mixed = {**gigachat(""), "messages": [{"role": "assistant", "content": [{"type": "text", "text": "Hi"}, 7]}]}
    assert dialect_of(mixed) is None
