"""What single rows of the table of quirks promise beyond their cases."""

import datetime as dt
import json
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from tests.quirks.case import HI, USAGE, Case, chunks_of, ends, lines, more, opening, plain, rewritten_of
from tests.quirks.table import CASES
from tests.support import Chunk, calls, chunk, entry, message_call, run_here, sse, transform

from unspool.core.events import (
    ArgumentsFailed,
    ChoiceFinished,
    StepFinished,
    StepStarted,
    TextDelta,
    ThoughtsDelta,
    ToolCallFinished,
    ToolCallStarted,
    UsageReported,
)
from unspool.core.options import Options, Thoughts
from unspool.formats.framer import Framer
from unspool.formats.record import Record

OSLO = '{"city": "Oslo"}'


def of_number(number: str) -> list[Case]:
    """The cases of one row."""
    return [case for case in CASES if case.number == number]


def events_of(case: Case) -> list[Any]:
    """What `unspool events` writes for a case."""
    return [json.loads(line) for line in run_here(["events", *case.options], case.stream).stdout.splitlines()]


# --- envelope ------------------------------------------------------------------------------


@pytest.mark.parametrize("case", of_number("Q1"), ids=lambda case: case.name)
def test_q1_the_prologue_starts_no_step(case: Case) -> None:
    first = events_of(case)[0]
    assert (first["event"], first["record"], first["id"]) == ("step", 2, "chatcmpl-1")


@pytest.mark.parametrize("number", ["Q5", "Q6", "Q7", "Q8", "Q9"])
def test_a_usage_belongs_to_its_step_and_the_last_one_counts(number: str) -> None:
    for case in of_number(number):
        usages = [event for event in events_of(case) if event["event"] == "usage"]
        assert usages
        assert {event["step"] for event in usages} == {1}
        assert usages[-1]["usage"] == USAGE


def test_q6_running_totals_stay_on_the_chunks_they_came_with() -> None:
    totals = [{"completion_tokens": count} for count in range(1, 5)]
    stream = [
        {**one, "usage": usage} for one, usage in zip(message_call(['{"message": "H', 'i"}']), totals, strict=True)
    ]
    result = transform(stream)
    assert [one["usage"] for one in result.chunks] == totals
    assert [event.usage for event in result.of(UsageReported)] == totals


def test_q10_rewritten_chunks_keep_every_member() -> None:
    (case,) = (case for case in of_number("Q10") if case.rewritten is None)
    rewritten = rewritten_of(case, run_here(["rewrite"], case.stream).stdout)
    assert len(rewritten) == 3
    for one in rewritten:
        assert (one["service_tier"], one["system_fingerprint"], one["obfuscation"]) == ("default", "fp_7", "k2Xq")


def test_q12_a_message_counts_where_there_is_no_delta() -> None:
    one = chunk()
    one["choices"] = [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]
    assert transform([one]).text == "Hi"


def test_q14_rewrite_keeps_every_choice_apart() -> None:
    rows = [message_call(['{"message": "I am ', f'{index}"}}']) for index in range(3)]
    stream = [
        {**rows[index][turn], "choices": [{**rows[index][turn]["choices"][0], "index": index}]}
        for turn in range(len(rows[0]))
        for index in (2, 0, 1)
    ]
    choices = [choice for one in transform(stream).chunks for choice in one["choices"]]
    for index in range(3):
        own = [choice for choice in choices if choice["index"] == index]
        assert "".join(choice["delta"].get("content", "") for choice in own) == f"I am {index}"
        assert [choice["finish_reason"] for choice in own][-1] == "stop"


@pytest.mark.parametrize("case", [*of_number("Q16"), *of_number("Q17")], ids=lambda case: f"{case.number} {case.name}")
def test_native_thoughts_are_thoughts_under_any_name(case: Case) -> None:
    thoughts = "".join(event["text"] for event in events_of(case) if event["event"] == "thoughts")
    expected = {"Q16": "The user waves. "}.get(case.number, "Wave back. ")
    silent = case.name in ("null", "inline tags are text")
    assert thoughts == ("" if silent else expected)


def test_q18_both_halves_leave_in_one_chunk() -> None:
    both = chunk(calls(entry(HI, id="c", type="function", name="send_message"), role="assistant", content="Sure. "))
    (only, _) = transform([both, ends()]).chunks
    assert only["choices"][0]["delta"] == {"role": "assistant", "content": "Sure. \n\nHi"}


@pytest.mark.parametrize("case", of_number("Q20"), ids=lambda case: case.name)
def test_q20_the_error_is_told_and_no_done_is_claimed(case: Case) -> None:
    ran = run_here(["rewrite", "--to", "sse"], case.stream)
    assert "the upstream went away (code 502)" in ran.stderr
    assert b"[DONE]" not in ran.stdout
    (error,) = (event for event in events_of(case) if event["event"] == "error")
    assert (error["message"], error["code"]) == ("the upstream went away", "502")


def test_q21_library_input_may_hold_a_date() -> None:
    made = dt.datetime(2031, 5, 4, tzinfo=dt.UTC)
    result = transform([{**one, "created": made} for one in message_call([HI])])
    assert result.text == "Hi"
    assert all(one["created"] == made for one in result.chunks)


# --- finish --------------------------------------------------------------------------------


def test_f6_a_second_finish_with_a_usage_leaves_as_null() -> None:
    last = transform([*message_call([HI]), chunk({}, "tool_calls", usage=USAGE)]).chunks[-1]
    assert last["usage"] == USAGE
    assert last["choices"][0]["finish_reason"] is None


def test_f7_text_and_finish_leave_in_one_chunk() -> None:
    stream = [opening(), more('{"message": "H'), chunk(calls(entry('i"}')), "tool_calls")]
    last = transform(stream).chunks[-1]["choices"][0]
    assert (last["delta"], last["finish_reason"]) == ({"content": "i"}, "stop")


@pytest.mark.parametrize(("number", "reason"), [("F8", "tool_calls"), ("A18", "length")])
def test_a_cut_call_is_never_called_complete(number: str, reason: str) -> None:
    for case in of_number(number):
        seen = {event["event"]: event for event in events_of(case)}
        assert seen["call_end"]["complete"] is False
        assert seen["finish"]["reason"] == reason


@pytest.mark.parametrize("number", ["F9"])
def test_an_unknown_reason_is_an_end(number: str) -> None:
    for case in of_number(number):
        assert [event["complete"] for event in events_of(case) if event["event"] == "step_end"] == [True]


# --- calls ---------------------------------------------------------------------------------


def test_t1_a_whole_call_is_one_text_delta() -> None:
    case = of_number("T1")[0]
    assert [event["text"] for event in events_of(case) if event["event"] == "text"] == ["Hi"]


@pytest.mark.parametrize("number", ["T3", "T4", "T5", "T17"])
def test_two_messages_are_two_calls(number: str) -> None:
    cases = [case for case in of_number(number) if case.content == "One\n\nTwo"]
    assert cases
    for case in cases:
        said: dict[int, str] = {}
        for event in events_of(case):
            if event["event"] == "text":
                said[event["call"]] = said.get(event["call"], "") + event["text"]
        assert said == {0: "One", 1: "Two"}


@pytest.mark.parametrize(
    "number", ["T7", "T8", "T9", "T10", "T11", "T12", "T13", "T14", "T15", "T16", "T18", "T20", "T23"]
)
def test_one_call_stays_one_call(number: str) -> None:
    for case in of_number(number):
        assert sum(event["event"] == "call" for event in events_of(case)) == 1


def two_calls() -> list[Chunk]:
    """A message call and then another tool's, in the numbering of a proxy: from 1 on."""
    first = entry("", index=1, id="a", type="function", name="send_message")
    second = entry("", index=2, id="b", type="function", name="weather", extra_content={"signature": "c2ln"})
    second["extra_content"] = {"signature": "c2ln"}
    return [
        chunk(calls(first, role="assistant", content=None)),
        more(HI, 1),
        chunk(calls(second)),
        more('{"city": ', 2),
        more('"Oslo"}', 2),
        ends(),
    ]


def test_t6_and_t19_what_passes_is_numbered_densely_and_whole() -> None:
    chunks = transform(two_calls()).chunks
    passed = [part for one in chunks for part in one["choices"][0]["delta"].get("tool_calls", ())]
    assert [part["index"] for part in passed] == [0, 0, 0]
    assert (passed[0]["id"], passed[0]["extra_content"]) == ("b", {"signature": "c2ln"})
    assert "".join(part["function"]["arguments"] for part in passed) == OSLO
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"
    for one in chunks:
        ChatCompletionChunk.model_validate(one)


def test_t12_a_held_name_arrives_whole() -> None:
    (case,) = (case for case in of_number("T12") if case.name.startswith("held"))
    chunks = chunks_of(run_here(["rewrite"], case.stream).stdout)
    functions = [part["function"] for one in chunks for part in one["choices"][0]["delta"].get("tool_calls") or ()]
    assert "".join(function.get("name", "") for function in functions) == "send_parcel"
    assert "".join(function["arguments"] for function in functions) == OSLO


def test_t13_the_later_id_is_known_as_the_calls_own() -> None:
    stream = [opening(ident="x"), more('{"message": "H', id="call_7"), more('i"}', id="x"), ends()]
    result = transform(stream)
    assert result.text == "Hi"
    assert len(result.of(ToolCallStarted)) == 1


def test_t14_a_number_is_reported_as_text() -> None:
    (case,) = of_number("T14")
    assert [event["id"] for event in events_of(case) if event["event"] == "call"] == ["7"]


def test_t17_two_messages_never_mix() -> None:
    """The message that has begun to speak is not interrupted; the other follows whole."""
    first = [entry("", index=index, id=ident, type="function", name="send_message") for index, ident in enumerate("ab")]
    stream = [
        chunk(calls(*first, role="assistant")),
        more('{"message": "T', 1),
        more('{"message": "One"}'),
        more('wo"}', 1),
        ends(),
    ]
    result = transform(stream)
    assert [(event.call, event.text) for event in result.of(TextDelta)] == [(1, "T"), (1, "wo"), (0, "One")]


# --- arguments -----------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["A1", "A2", "A3", "A4", "A6", "A7"])
def test_a_call_is_complete_at_its_end_and_not_before(number: str) -> None:
    """A7: nothing but the end of the choice completes a call."""
    for case in of_number(number):
        seen = [event for event in events_of(case) if event["event"] in ("call_end", "finish", "text", "arguments")]
        assert [event["event"] for event in seen][-2:] == ["call_end", "finish"]
        assert seen[-2]["complete"] is True


def test_a12_the_failure_has_its_offset() -> None:
    (failed,) = transform(message_call(['{"message": ', '\\"foo\\"}'])).of(ArgumentsFailed)
    assert (failed.tool, failed.offset) == ("send_message", 13)


@pytest.mark.parametrize("number", ["A11", "A12", "A13", "A14", "A17", "A19"])
def test_failed_arguments_say_so_once_and_are_not_complete(number: str) -> None:
    for case in of_number(number):
        if case.code != 3:
            continue
        seen = events_of(case)
        assert sum(event["event"] == "arguments_failed" for event in seen) == 1
        assert [event["complete"] for event in seen if event["event"] == "call_end"] == [False]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('{"message": "tab\\there"}', "tab\there"),
        ('{"message": "caf\\u00e9 \\ud83d\\ude00!"}', "café 😀!"),
        ('{"message": "\\ud83dx\\ude00"}', "\ufffdx\ufffd"),
        ('{"inner_thoughts": "\\u0041", "message": "\\"\\\\"}', '"\\'),
    ],
)
def test_a16_an_escape_may_be_cut_anywhere(source: str, text: str) -> None:
    """R3: for every pair of cuts the text is the same."""
    for first in range(len(source) + 1):
        for second in range(first, len(source) + 1):
            fragments = [source[:first], source[first:second], source[second:]]
            assert transform(message_call(fragments)).text == text


def test_a20_nothing_comes_before_it_has_arrived() -> None:
    """Each piece of text is out with the fragment that holds it."""
    (case,) = of_number("A20")
    texts = [event for event in events_of(case) if event["event"] == "text"]
    assert [event["record"] for event in texts] == [2]


def test_a22_the_first_message_is_out_before_the_second_is_read() -> None:
    result = transform(message_call(['{"message": "Hi", ', '"message": "Yo", "inner_thoughts": "Hm"}']), Options())
    assert [event.text for event in result.of(TextDelta)] == ["Hi"]
    assert [event.text for event in result.of(ThoughtsDelta)] == ["Hm"]


# --- frames and bytes ----------------------------------------------------------------------


def frames(blocks: list[bytes]) -> list[tuple[bytes, Any, int, tuple[str, ...]]]:
    """The records of a source that arrives in these blocks."""
    framer = Framer()
    records: list[Record] = [record for block in blocks for record in framer.feed(block)]
    records += framer.close()
    for record in records:
        if record.data:
            record.parse()
    return [(record.data, record.kind, record.number, tuple(sorted(record.quirks))) for record in records]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.number}: {case.name}" for case in CASES])
def test_b9_a_read_may_end_anywhere(case: Case) -> None:
    """B3, B9: the records are the same byte by byte as in one piece, CRLF and characters cut or not."""
    assert frames([case.stream[at : at + 1] for at in range(len(case.stream))]) == frames([case.stream])


def test_b4_what_follows_done_starts_afresh() -> None:
    """An id and a call index from before [DONE] mean nothing behind it."""
    stream = sse(message_call([HI])) + sse(message_call(['{"message": "Yo"}']))
    seen = [json.loads(line) for line in run_here(["events"], stream).stdout.splitlines()]
    names = [event["event"] for event in seen if event["event"] in ("step", "text", "step_end", "done")]
    assert names == ["step", "text", "done", "step_end", "step", "text", "done", "step_end"]


def test_b5_the_last_record_counts_in_every_format() -> None:
    for stream in (sse(plain("Hi"), done=False).rstrip(b"\n"), lines(plain("Hi")).rstrip(b"\n")):
        assert run_here(["text"], stream).code == 0


def test_b6_one_broken_record_is_told_with_its_place() -> None:
    (case,) = (case for case in of_number("B6") if case.code == 3)
    ran = run_here(["rewrite"], case.stream)
    assert ran.stderr.startswith("unspool: standard input: record 2 (byte ")
    assert ran.stderr.count("\n") == 1
    assert b'{"object":"chat.c\n' in ran.stdout


def test_b11_a_completion_becomes_chunks() -> None:
    (case,) = (case for case in of_number("B11") if case.name == "a completion that calls")
    (only,) = chunks_of(run_here(["rewrite"], case.stream).stdout)
    assert only["object"] == "chat.completion.chunk"
    assert only["choices"] == [{"index": 0, "delta": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]


def test_b13_a_ping_does_not_leave() -> None:
    for case in of_number("B13"):
        assert b"ping" not in run_here(["rewrite"], case.stream).stdout


# --- all of them ---------------------------------------------------------------------------


def test_the_contract_itself_has_no_quirk() -> None:
    """Ordinary streams, with a usage at the end where it was asked for, are clean."""
    usage = chunk(choices=[], usage=USAGE)
    for stream in (
        plain("Hel", "lo"),
        message_call(['{"mess', 'age": "H', 'i"}']),
        message_call([OSLO[:4], OSLO[4:]], "weather"),
    ):
        for source in (lines([*stream, usage]), sse([*stream, usage])):
            ran = run_here(["lint"], source)
            assert ran.stdout.startswith(b"nothing departs from the contract")
            assert ran.code == 0


def test_rewriting_leaves_no_quirk_of_calls_behind() -> None:
    """R4: where all calls were messages, the rewritten stream has neither calls nor what was wrong with them."""
    looked_at = 0
    for case in CASES:
        if case.rewritten is not None or case.code or "tool_calls" in case.finishes or case.number in ("T21", "T22"):
            continue
        again = run_here(["lint", "--json"], run_here(["rewrite", *case.options], case.stream).stdout)
        found = {row["quirk"] for row in json.loads(again.stdout)["quirks"]}
        assert not {number for number in found if number[0] in "TA"}
        looked_at += 1
    assert looked_at > 50


def test_thoughts_asked_for_are_not_text() -> None:
    """R7, Q17: rewritten thoughts leave as reasoning, beside the text."""
    result = transform(
        message_call(['{"inner_thoughts": "Hm. ", "message": "Hi"}']), Options(thoughts=Thoughts.REASONING)
    )
    assert result.content == "Hi"
    reasoning = [one["choices"][0]["delta"].get("reasoning_content") for one in result.chunks]
    assert [text for text in reasoning if text] == ["Hm. "]
    assert [event.complete for event in result.of(StepFinished)] == [True]
    assert len(result.of(StepStarted)) == len(result.of(ChoiceFinished)) == len(result.of(ToolCallFinished)) == 1
