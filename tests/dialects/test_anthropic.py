"""Anthropic Messages as chunks."""

from typing import Any

import pytest
from tests.dialects.said import Said, Value, beyond, chat, chunks_of
from tests.support import jsonl, run_here, sse

from unspool.core.errors import NotAChunk
from unspool.dialects.anthropic import Anthropic
from unspool.dialects.registry import dialect_of

START = {
    "type": "message_start",
    "message": {"id": "msg_1", "model": "claude", "usage": {"input_tokens": 5, "output_tokens": 1}},
}
STOP = {"type": "message_stop"}


def begins(index: int, **block: Any) -> Value:
    return {"type": "content_block_start", "index": index, "content_block": block}


def piece(index: int, kind: str, **members: Any) -> Value:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **members}}


def stops(index: int) -> Value:
    return {"type": "content_block_stop", "index": index}


def ends(reason: str | None = "end_turn", **usage: int) -> list[Value]:
    return [{"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage or {"output_tokens": 7}}, STOP]


def text(*pieces: str, index: int = 0) -> list[Value]:
    deltas = [piece(index, "text_delta", text=one) for one in pieces]
    return [begins(index, type="text", text=""), *deltas, stops(index)]


def tool(index: int, name: str, *fragments: str, given: Any = None) -> list[Value]:
    start = begins(index, type="tool_use", id=f"toolu_{index}", name=name, input={} if given is None else given)
    return [start, *(piece(index, "input_json_delta", partial_json=one) for one in fragments), stops(index)]


def said(*events: Value) -> Said:
    return chat(chunks_of(Anthropic(), events))


@pytest.mark.parametrize(
    "deltas", [["Hel", "lo"], ["lo"]], ids=["the first delta repeats its beginning (cline#9215)", "none repeats it"]
)
def test_a_block_of_text_may_begin_with_text_r15(deltas: list[str]) -> None:
    pieces = [piece(0, "text_delta", text=one) for one in deltas]
    assert said(START, begins(0, type="text", text="Hel"), *pieces, stops(0), *ends()).text == "Hello"
    assert said(START, begins(0, type="text", text="Hel"), *text("Hel", index=1), *ends()).text == "HelHel"


def test_a_block_may_begin_in_the_member_of_deltas() -> None:
    """As a proxy sent it (routatic/proxy#9)."""
    start = {"type": "content_block_start", "index": 0, "delta": {"type": "text", "text": ""}}
    assert said(START, start, *text("Hello")[1:], *ends()).text == "Hello"


@pytest.mark.parametrize("bare", [{"type": "message_start"}, {"type": "content_block_start", "index": 0}])
def test_a_beginning_that_does_not_say_of_what_is_no_fault(bare: Value) -> None:
    """Servers for tests send the type alone (mudler/LocalAI): the deltas say the rest."""
    events = [START, *text("Hel", "lo"), *ends()]
    ran = run_here(["text"], jsonl([bare if event["type"] == bare["type"] else event for event in events]))
    assert (ran.code, ran.stdout, ran.stderr) == (0, b"Hello\n", "")


def test_text() -> None:
    chunks = chunks_of(Anthropic(), [START, *text("Hel", "lo"), *ends()])
    assert chat(chunks) == Said(text="Hello", finishes=["stop"], usages=[(5, 7)])
    assert [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]] == [
        {"role": "assistant", "content": ""},
        {"content": "Hel"},
        {"content": "lo"},
        {},
    ]
    assert {(chunk["id"], chunk["model"], chunk["created"]) for chunk in chunks} == {("msg_1", "claude", 0)}


def test_thinking_and_what_signs_it() -> None:
    signature = piece(0, "signature_delta", signature="c2ln")
    events = [
        begins(0, type="thinking", thinking="", signature=""),
        piece(0, "thinking_delta", thinking="Hm"),
        signature,
    ]
    chunks = chunks_of(Anthropic(), [START, *events, stops(0), *text("Hi", index=1), *ends()])
    assert chat(chunks) == Said(text="Hi", thoughts="Hm", finishes=["stop"], usages=[(5, 7)])
    assert beyond(chunks) == {"signature_delta": [signature]}


def test_calls_of_a_whole_message_that_have_one_id_are_several() -> None:
    blocks = [
        {"type": "tool_use", "id": "toolu_1", "name": "send_message", "input": {"message": one}}
        for one in ("One.", "Two.")
    ]
    whole = {"id": "m", "type": "message", "role": "assistant", "content": blocks, "stop_reason": "tool_use"}
    assert run_here(["text"], jsonl([whole])) == (0, b"One.\nTwo.\n", "")


def test_calls_are_numbered_apart_from_blocks() -> None:
    """T6: block 0 is text, and a search of the server's own lies between the calls."""
    events = [
        *text("I will look."),
        *tool(1, "weather", "", '{"city": ', '"Oslo"}'),
        begins(2, type="server_tool_use", id="srv", name="web_search", input={}),
        piece(2, "input_json_delta", partial_json='{"query": "Oslo"}'),
        stops(2),
        *tool(3, "clock", '{"zone": "CET"}'),
    ]
    chunks = chunks_of(Anthropic(), [START, *events, *ends("tool_use")])
    entries = [
        entry for chunk in chunks for choice in chunk["choices"] for entry in choice["delta"].get("tool_calls", [])
    ]
    assert [entry["index"] for entry in entries] == [0, 0, 0, 1, 1]
    weather, clock = ("toolu_1", "weather", {"city": "Oslo"}), ("toolu_3", "clock", {"zone": "CET"})
    assert chat(chunks) == Said("I will look.", calls=[weather, clock], finishes=["tool_calls"], usages=[(5, 7)])
    assert len(beyond(chunks)["server_tool_use"]) == 2


def test_blocks_may_interleave() -> None:
    first, second = tool(0, "a", '{"x":', "1}"), tool(1, "b", '{"y":', "2}")
    woven = [event for pair in zip(first, second, strict=True) for event in pair]
    assert said(START, *woven, *ends("tool_use")).calls == [("toolu_0", "a", {"x": 1}), ("toolu_1", "b", {"y": 2})]


@pytest.mark.parametrize(
    ("fragments", "given", "arguments"),
    [
        ((), {}, {}),
        (("",), {}, {}),
        (("",), {"x": 1}, {"x": 1}),
        (('{"x": 2}',), {"x": 1}, {"x": 2}),
    ],
    ids=["nothing", "an empty fragment", "whole at the start", "fragments win"],
)
def test_the_input_of_the_start_counts_where_no_fragment_comes(fragments: Any, given: Any, arguments: Any) -> None:
    assert said(START, *tool(0, "a", *fragments, given=given), *ends("tool_use")).calls == [("toolu_0", "a", arguments)]


@pytest.mark.parametrize(
    ("reason", "finish", "kept"),
    [
        ("end_turn", "stop", False),
        ("stop_sequence", "stop", False),
        ("max_tokens", "length", False),
        ("tool_use", "tool_calls", False),
        ("model_context_window_exceeded", "length", False),
        ("refusal", "content_filter", True),
        ("pause_turn", "stop", True),
        ("something_new", "stop", True),
        (None, "stop", False),
    ],
)
def test_stop_reasons(reason: str | None, finish: str, kept: bool) -> None:
    chunks = chunks_of(Anthropic(), [START, *text("Hi"), *ends(reason)])
    assert chat(chunks).finishes == [finish]
    assert beyond(chunks) == ({"stop_reason": [reason]} if kept else {})


def test_usage_is_cumulative_and_cached_tokens_count() -> None:
    usage = {"input_tokens": 5, "cache_read_input_tokens": 30, "cache_creation_input_tokens": 200, "output_tokens": 1}
    start = {"type": "message_start", "message": {"id": "msg_1", "usage": usage}}
    again = {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 3}}
    chunks = chunks_of(Anthropic(), [start, *text("Hi"), again, *ends(output_tokens=9, input_tokens=6)])
    (last,) = (chunk for chunk in chunks if "usage" in chunk)
    assert last["usage"] == {
        "prompt_tokens": 236,
        "completion_tokens": 9,
        "total_tokens": 245,
        "prompt_tokens_details": {"cached_tokens": 30},
    }
    assert beyond([last]) == {"usage": [{"cache_creation_input_tokens": 200}]}


def test_an_error_ends_the_response() -> None:
    """R12: it comes without a message_stop; what was counted so far leaves."""
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    ran = run_here(["rewrite"], jsonl([START, *text("Hi"), error]))
    assert ran.code == 5
    assert "Overloaded (code overloaded_error)" in ran.stderr
    assert said(START, *text("Hi"), error) == Said(text="Hi", usages=[(5, 1)], errors=1)


def test_a_stop_reason_is_an_end_without_a_message_stop() -> None:
    """The reason says that the message is whole; proxies leave message_stop out."""
    ran = run_here(["text"], jsonl([START, *text("Hi"), *ends()[:1]]))
    assert (ran.code, ran.stdout) == (0, b"Hi\n")
    chunks = chunks_of(Anthropic(), [START, *text("Hi"), *ends("max_tokens")[:1]])
    assert chat(chunks) == Said(text="Hi", finishes=["length"], usages=[(5, 7)])


def test_a_message_without_a_stop_ends_where_the_next_one_starts() -> None:
    second = {"type": "message_start", "message": {**START["message"], "id": "msg_2"}}  # type: ignore[dict-item]
    events = [START, *text("One."), ends()[0], second, *text("Two."), *ends()]
    assert said(*events) == Said(text="One.Two.", finishes=["stop", "stop"], usages=[(5, 7), (5, 7)])


def test_a_whole_message_is_read_at_once() -> None:
    message = {
        "type": "message",
        "id": "msg_1",
        "model": "claude",
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "Hm", "signature": "c2ln"},
            {"type": "redacted_thinking", "data": "x"},
            {"type": "text", "text": "Hi"},
            {"type": "tool_use", "id": "t", "name": "a", "input": {"x": "é"}},
        ],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 5, "output_tokens": 7},
    }
    chunks = chunks_of(Anthropic(), [message])
    assert chat(chunks) == Said("Hi", "Hm", calls=[("t", "a", {"x": "é"})], finishes=["tool_calls"], usages=[(5, 7)])
    assert set(beyond(chunks)) == {"signature", "redacted_thinking"}
    assert run_here(["text", "--tool=a:x"], jsonl([message])).stdout == "Hi\né\n".encode()


def test_messages_one_behind_the_other_are_steps() -> None:
    """R13, with the same id too, as some relays have it; a start that is only repeated begins none."""
    message = [START, START, *text("Hi"), *ends()]
    ran = run_here(["events"], sse([*message, START, *text("Ho"), *ends()], done=False))
    assert ran.code == 0
    assert ran.stdout.count(b'"event":"step_end"') == 2
    cut = [{**START, "message": {"id": "msg_0"}}, *text("Ho")]
    ran = run_here(["text"], jsonl([*cut, *message]))
    assert (ran.code, ran.stdout) == (4, b"Ho\nHi\n")
    ran = run_here(["text", "--single-step"], jsonl([*message, {**START, "message": {"id": "msg_2"}}, *text("Ho")]))
    assert (ran.code, ran.stdout) == (0, b"Hi\n")


def test_a_message_call_speaks_while_it_arrives() -> None:
    call = tool(0, "send_message", "", '{"inner_thoughts": "Hm", "mess', 'age": "H', "i\\u00", 'e9"}')
    finished = [START, *call, *ends("tool_use")]
    assert run_here(["text"], sse(finished, done=False)) == (0, "Hié\n".encode(), "")
    ran = run_here(["text", "--thoughts=reasoning"], jsonl(finished))
    assert ran.stdout == "Hm\nHié\n".encode()
    assert run_here(["events"], jsonl(finished)).stdout.count(b'"event":"text"') == 3


def test_what_has_no_place_rides_in_the_extension() -> None:
    citation = piece(0, "citations_delta", citation={"url": "https://a.example"})
    unknown = {"type": "message_note", "note": 1}
    start = {**START, "message": {**START["message"], "container": {"id": "c"}}}  # type: ignore[dict-item]
    end = {"type": "message_delta", "delta": {"stop_reason": "stop_sequence", "stop_sequence": "\n"}}
    chunks = chunks_of(Anthropic(), [start, citation, unknown, end, {**STOP, "metrics": 2}])
    assert beyond(chunks) == {
        "container": [{"id": "c"}],
        "citations_delta": [citation],
        "message_note": [unknown],
        "stop_sequence": ["\n"],
        "metrics": [2],
    }
    assert {chunk["unspool"]["dialect"] for chunk in chunks if "unspool" in chunk} == {"anthropic"}


@pytest.mark.parametrize(
    "value",
    [
        7,
        None,
        [],
        {},
        {"type": 3},
        {"type": "response.created"},
        {"type": "message_start"},
        {"type": "content_block_delta", "index": 0, "delta": "Hi"},
        {"type": "message", "content": ["Hi"]},
        {"choices": []},
    ],
)
def test_what_is_no_event_is_refused_and_changes_nothing(value: Any) -> None:
    """R10."""
    dialect = Anthropic()
    events = [START, *text("Hel", "lo"), *ends()]
    chunks = [chunk for event in events[:3] for chunk in dialect.feed(event)]
    with pytest.raises(NotAChunk):
        dialect.feed(value)
    chunks += [chunk for event in events[3:] for chunk in dialect.feed(event)]
    assert chat(chunks) == Said(text="Hello", finishes=["stop"], usages=[(5, 7)])


def test_the_interface_before_messages_sends_completions() -> None:
    first = {"type": "completion", "id": "compl_1", "completion": " Ni", "stop_reason": None, "model": "claude-2"}
    for reason, finish in (("stop_sequence", "stop"), ("max_tokens", "length")):
        last = {**first, "completion": "ne.", "stop_reason": reason}
        ended = chat(chunks_of(Anthropic(), [first, last]))
        assert (ended.text, ended.finishes) == (" Nine.", [finish])
    untyped = {name: value for name, value in first.items() if name != "type"}  # as Bedrock has it
    assert [dialect_of(one) for one in (first, untyped)] == ["anthropic"] * 2
    assert said(untyped, {**untyped, "stop_reason": "stop_sequence"}).text == " Ni Ni"


@pytest.mark.parametrize(("word", "code"), [("abort", 5), ("end_turn", 0)])
def test_a_stop_reason_may_be_an_object_f11(word: str, code: int) -> None:
    """R17: an answer that was aborted has not ended well."""
    events = [
        {"type": "message_start", "message": {"id": "m", "content": [], "model": "c"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "At nine."}},
        {"type": "message_delta", "delta": {"stop_reason": {"type": word}}},
        {"type": "message_stop"},
    ]
    ran = run_here(["text"], jsonl(events))
    assert (ran.code, ran.stdout) == (code, b"At nine.\n")
