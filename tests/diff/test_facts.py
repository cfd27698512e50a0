"""What a stream means does not depend on how it was cut, and everything a stream can say is a part of it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.strategies import broken_arguments, cut, every_cut, places, replace_halves, shuffled_in, texts
from tests.support import Chunk, calls, chunk, entry, jsonl, message_call, sse, transform

from unspool.core.events import (
    ArgumentsDelta,
    ArgumentsFailed,
    ChoiceFinished,
    Event,
    MessageBoundary,
    MessageMissing,
    QuirkSeen,
    RefusalDelta,
    ResponseFailed,
    ResponseRefused,
    ServerToolCalled,
    StepFinished,
    StepStarted,
    StreamIncomplete,
    TextContradicted,
    TextDelta,
    ThoughtsDelta,
    ToolCallFinished,
    ToolCallStarted,
    ToolReturned,
    UsageReported,
)
from unspool.core.options import Options, Thoughts
from unspool.core.outcome import Outcome
from unspool.diff.canonical_json import canonical
from unspool.diff.facts import Aspect, Fact, FactKey, Facts, FactsSink, Step
from unspool.formats.detect import Format
from unspool.formats.record import Record
from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sources.file import FileSource


class Blocks(FileSource):
    """A source that gives these blocks."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        super().__init__("blocks", None)
        self._given = blocks

    def blocks(self) -> Iterator[bytes]:
        yield from self._given


def read(blocks: Iterable[bytes], options: Options | None = None, **settings: Any) -> list[Step]:
    """The steps of a source."""
    options = replace(options or Options(), message_arguments=True)
    sink = FactsSink(options, lambda count: None)
    run(Blocks(blocks), Settings(options, **settings), sink, lambda problem: None, Summary())
    sink.close()
    return sink.steps


def meaning(chunks: Iterable[Any], *without: Aspect, options: Options | None = None) -> list[Facts]:
    """The facts of each step, but for these aspects."""
    steps = read([jsonl(chunks)], options, format=Format.JSONL)
    return [{place: facts for place, facts in step.facts.items() if place.aspect not in without} for step in steps]


def told(chunks: Iterable[Any], aspect: Aspect, choice: int | None = 0, step: int = 0) -> list[tuple[str, str]]:
    """The facts of one place, as names and texts."""
    facts = meaning(chunks)[step].get(FactKey(choice, aspect), [])
    return [(fact.name, fact.text) for fact in facts]


def other(*entries: Chunk, finish: str | None = "tool_calls") -> list[Chunk]:
    """A response of one chunk with calls to other tools."""
    first = chunk(calls(*entries, role="assistant"))
    return [first, chunk({}, finish)] if finish else [first]


def content(*pieces: str, finish: str | None = "stop", **members: Any) -> list[Chunk]:
    chunks = [chunk({"role": "assistant"}, **members), *(chunk({"content": piece}, **members) for piece in pieces)]
    return [*chunks, chunk({}, finish, **members)] if finish else chunks


# --- cuts ------------------------------------------------------------------------------------


@given(texts(), texts(), st.booleans(), st.sampled_from(["tool_calls", "length", None]), places())
def test_the_cuts_of_message_arguments_do_not_count(
    message: str, thoughts: str, ascii_only: bool, finish: str | None, at: list[int]
) -> None:
    written = json.dumps({"inner_thoughts": thoughts, "message": message}, ensure_ascii=ascii_only)
    whole, *others = (
        meaning(message_call(fragments, finish=finish), Aspect.CUTS) for fragments in every_cut(written, at)
    )
    assert all(each == whole for each in others)
    for aspect, text in ((Aspect.MESSAGES, message), (Aspect.THOUGHTS, thoughts)):
        assert whole[0].get(FactKey(0, aspect), []) == ([Fact("", replace_halves(text))] if text else [])


@given(broken_arguments().map(replace_halves), st.booleans(), places())
@example('{"message":', True, [3])
def test_the_cuts_of_what_is_broken_do_not_count(written: str, finished: bool, at: list[int]) -> None:
    """Nor for its errors."""
    whole, *others = (
        meaning(message_call(fragments, finish="stop" if finished else None), Aspect.CUTS)
        for fragments in every_cut(written, at)
    )
    assert all(each == whole for each in others)


@given(st.one_of(broken_arguments().map(replace_halves), texts().map(lambda text: json.dumps({"a": text}))), places())
def test_the_cuts_of_other_arguments_do_not_count(text: str, at: list[int]) -> None:
    whole, *others = (
        meaning(message_call(fragments, tool="look_up"), Aspect.CUTS) for fragments in every_cut(text, at)
    )
    assert all(each == whole for each in others)
    assert whole[0][FactKey(0, Aspect.CALLS)] == [Fact("look_up", replace_halves(canonical(text)))]


@given(texts(), st.sampled_from(["content", "reasoning_content", "refusal"]), places())
def test_the_cuts_of_ordinary_text_do_not_count(text: str, member: str, at: list[int]) -> None:
    streams = (
        [chunk({"role": "assistant"}), *(chunk({member: piece}) for piece in pieces), chunk({}, "stop")]
        for pieces in every_cut(text, at)
    )
    whole, *others = (meaning(stream, Aspect.CUTS) for stream in streams)
    assert all(each == whole for each in others)


@given(texts(), places(), st.sampled_from([jsonl, sse]))
def test_the_blocks_that_bytes_arrive_in_do_not_count(text: str, at: list[int], framing: Any) -> None:
    """Not even for the cuts: blocks are no chunks."""
    data = framing(message_call([json.dumps({"message": text})[:-3], json.dumps({"message": text})[-3:]]))
    whole, *others = ([step.facts for step in read(blocks)] for blocks in every_cut(data, at))
    assert all(each == whole for each in others)


def test_half_an_emoji_in_each_of_two_fragments_is_an_emoji() -> None:
    """Providers that count in UTF-16 cut between the halves; the text of a message is put together, arguments too."""
    fragments = ['{"a": "\ud83d', '\ude00"}']
    assert told(content("\ud83d", "\ude00"), Aspect.MESSAGES) == [("", "\U0001f600")]
    assert told(message_call(fragments, tool="t"), Aspect.CALLS) == [("t", '{"a": "\U0001f600"}')]


def test_the_cuts_are_there_for_those_who_ask() -> None:
    stream = [
        chunk({"role": "assistant", "reasoning_content": "Hm"}),
        chunk({"reasoning_content": "m."}),
        chunk({"content": "A"}),
        chunk({"refusal": "No"}),
        chunk({"content": "\n漢"}),
        chunk(calls(entry('{"a":', name="look"))),
        chunk(calls(entry("1}"))),
        chunk({}, "tool_calls"),
    ]
    assert told(stream, Aspect.CUTS) == [
        ("thoughts 1", '["Hm", "m."]'),
        ("message 1", '["A", "\\n漢"]'),
        ("refusal 1", '["No"]'),
        ("call 1", '["{\\"a\\":", "1}"]'),
    ]


# --- messages, thoughts, refusals, calls -----------------------------------------------------


def test_a_message_is_the_same_as_content_and_as_a_call() -> None:
    apart = (Aspect.CUTS, Aspect.FINISH, Aspect.IDS)
    assert meaning(message_call(['{"message": "Hi"}']), *apart) == meaning(content("Hi"), *apart)


def test_thoughts_are_the_same_natively_and_in_a_call() -> None:
    native = [chunk({"role": "assistant", "reasoning_content": "Hm."}), chunk({"content": "Hi"}), chunk({}, "stop")]
    called = message_call(['{"inner_thoughts": "Hm.", "message": "Hi"}'])
    apart = (Aspect.CUTS, Aspect.FINISH, Aspect.IDS)
    assert meaning(native, *apart) == meaning(called, *apart)


@pytest.mark.parametrize(
    "arguments",
    ['{"inner_thoughts": "Hm.", "message": "Hi"}', '{"message":"Hi","inner_thoughts":"Hm."}'],
)
def test_thoughts_and_message_of_a_call_have_no_order(arguments: str) -> None:
    stream = message_call([arguments])
    assert told(stream, Aspect.MESSAGES) == [("", "Hi")]
    assert told(stream, Aspect.THOUGHTS) == [("", "Hm.")]


def test_each_message_of_a_response_is_one_fact() -> None:
    stream = [
        chunk({"role": "assistant", "content": "One"}),
        chunk(calls(entry('{"message": "Two"}', index=0, name="send_message"))),
        chunk(calls(entry('{"message": "Three"}', index=1, name="send_message"))),
        chunk({}, "tool_calls"),
    ]
    assert told(stream, Aspect.MESSAGES) == [("", "One"), ("", "Two"), ("", "Three")]


@given(st.dictionaries(texts(), st.integers(), max_size=5), st.randoms(use_true_random=False))
def test_the_members_of_arguments_have_no_order(members: dict[str, int], random: Random) -> None:
    shuffled = list(members.items())
    random.shuffle(shuffled)
    one, two = (other(entry(json.dumps(value), name="look")) for value in (members, dict(shuffled)))
    assert meaning(one, Aspect.CUTS) == meaning(two, Aspect.CUTS)


@pytest.mark.parametrize("arguments", ["", " ", "{}", "{ }", None])
def test_a_call_without_arguments_counts(arguments: str | None) -> None:
    assert told(other(entry(arguments, name="ping")), Aspect.CALLS) == [("ping", "{}")]


def test_a_call_without_a_name_counts() -> None:
    assert told(other(entry('{"a": 1}')), Aspect.CALLS) == [("", '{"a": 1}')]


PARALLEL = [entry("", index=at, id=f"call_{at}", name=name) for at, name in enumerate(["ping", "look"])]
FILLED = [entry("{}", index=at) for at in range(2)]


@pytest.mark.parametrize(
    "stream",
    [
        [chunk(calls(PARALLEL[0])), chunk(calls(FILLED[0])), chunk(calls(PARALLEL[1])), chunk(calls(FILLED[1]))],
        [chunk(calls(*PARALLEL)), chunk(calls(*FILLED))],
        [chunk(calls(*PARALLEL)), chunk(calls(FILLED[1])), chunk(calls(FILLED[0]))],
        [chunk(calls(*PARALLEL)), chunk(calls(FILLED[1]))],
    ],
    ids=["one after the other", "together", "interleaved", "the first without arguments"],
)
def test_parallel_calls_keep_their_order_however_they_are_cut(stream: list[Chunk]) -> None:
    stream = [chunk({"role": "assistant"}), *stream, chunk({}, "tool_calls")]
    assert told(stream, Aspect.CALLS) == [("ping", "{}"), ("look", "{}")]
    assert [name for name, _ in told(stream, Aspect.IDS)] == ["id of call 1", "id of call 2"]


SAME = {
    "a whole float": ('{"a": 1.0}', '{"a": 1}'),
    "an exponent": ("1e2", "100"),
    "a negative zero": ("-0.0", "0"),
    "spaces": ('{"a":[1,2]}', ' { "a" : [ 1 , 2 ] }\n'),
    "escapes": ('"\\u00e9\\/"', '"é/"'),
    "key order": ('{"a": 1, "b": {"c": 2, "d": 3}}', '{"b": {"d": 3, "c": 2}, "a": 1}'),
    "a float in two spellings": ("0.10", "1e-1"),
    "the largest exact float": ("9007199254740992.0", "9007199254740992"),
    "blank and empty": (" \n", "{}"),
    "a raw control character": ('{"a": "x\ny"}', '{"a": "x\\ny"}'),
}
NOT_THE_SAME = {
    "true and 1": ("true", "1"),
    "false and 0": ("[false]", "[0]"),
    "a number and its text": ("1", '"1"'),
    "null and nothing": ('{"a": null}', "{}"),
    "null and none": ("null", "{}"),
    "the order of an array": ("[1, 2]", "[2, 1]"),
    "big integers": ("9007199254740993", "9007199254740992"),
    "bigger integers": ("1" + "0" * 40, "1" + "0" * 39 + "1"),
    "spaces in a string": ('"a b"', '"a  b"'),
    "a float": ("1.5", "1"),
    "spaces in what cannot be read": ('{"a": ', '{"a":'),
    "two composed forms of a character": ('"é"', '"e\u0301"'),
}
UNREADABLE = ['{"a": ', "{'a': 1}", "NaN", "[Infinity]", "1e999", "hi", "[" * 100_000, "9" * 5000, '{"a": 1,}', " x "]


@pytest.mark.parametrize(("one", "two"), SAME.values(), ids=SAME)
def test_arguments_of_the_same_value_are_the_same(one: str, two: str) -> None:
    assert canonical(one) == canonical(two)


@pytest.mark.parametrize(("one", "two"), NOT_THE_SAME.values(), ids=NOT_THE_SAME)
def test_arguments_of_another_value_are_not(one: str, two: str) -> None:
    assert canonical(one) != canonical(two)


@pytest.mark.parametrize("arguments", UNREADABLE, ids=lambda arguments: arguments[:8])
def test_arguments_that_cannot_be_read_stay_as_they_are(arguments: str) -> None:
    assert canonical(arguments) == arguments


def test_what_is_blank_is_an_object_of_nothing() -> None:
    assert canonical("") == canonical("  ") == canonical("\n") == "{}"


@given(st.dictionaries(texts(), st.one_of(st.floats(allow_nan=False, allow_infinity=False), texts())).map(json.dumps))
def test_the_form_of_the_same_is_found_once(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


# --- usage, finish reasons, ids --------------------------------------------------------------


def test_the_last_usage_of_a_step_counts() -> None:
    stream = [
        *content("Hi", usage={"total_tokens": 1, "gone": 7}),
        chunk(choices=[], usage={"total_tokens": 5}),
        *content("Ho", id="two", usage={"total_tokens": 9}),
    ]
    assert told(stream, Aspect.USAGE, None, 0) == [("total_tokens", "5")]
    assert told(stream, Aspect.USAGE, None, 1) == [("total_tokens", "9")]


def test_members_of_usage_go_by_their_paths_and_null_says_nothing() -> None:
    usage = {
        "z": 3,
        "details": {"cached": 1, "audio": None, "deeper": {"x": True, "empty": {}}},
        "nothing": None,
        "cost": 0.5,
        "tier": "é",
        "zero": 0,
        "list": [1, None],
    }
    assert told([*content("Hi"), chunk(choices=[], usage=usage)], Aspect.USAGE, None) == [
        ("cost", "0.5"),
        ("details.cached", "1"),
        ("details.deeper.x", "true"),
        ("list", "[1, null]"),
        ("tier", '"é"'),
        ("z", "3"),
        ("zero", "0"),
    ]


def test_usage_that_comes_before_the_first_choice_counts() -> None:
    one, two = (meaning([chunk(choices=[], usage={"total_tokens": n}), *content("Hi")]) for n in (1, 2))
    assert one != two


def test_the_finish_reason_is_the_one_received() -> None:
    for reason in ("stop", "tool_calls", "content_filter"):
        assert told(content("Hi", finish=reason), Aspect.FINISH) == [("", reason)]
        assert told(other(entry("{}", name="look"), finish=reason), Aspect.FINISH) == [("", reason)]


def test_the_finish_reason_of_message_calls_is_the_one_they_are_rewritten_with() -> None:
    """R5: where no other call is left, tool_calls and function_call are stop, and the others what they are."""
    for reason, told_reason in {
        "tool_calls": "stop",
        "function_call": "stop",
        "stop": "stop",
        "length": "length",
    }.items():
        assert told(message_call(['{"message": "Hi"}'], finish=reason), Aspect.FINISH) == [("", told_reason)]
    both = message_call(['{"message": "Hi"}'], finish=None)
    both += [chunk(calls(entry("{}", index=1, name="look"))), chunk({}, "tool_calls")]
    assert told(both, Aspect.FINISH) == [("", "tool_calls")]


BESIDE: dict[str, tuple[str, str | None]] = {
    "a message alone": ('{"message": "Hi"}', None),
    "an empty one": ('{"message": ""}', None),
    "thoughts too": ('{"inner_thoughts": "Hm", "message": "Hi", "thinking": "?"}', None),
    "another argument": ('{"request_heartbeat": true, "message": "Hi"}', '{"request_heartbeat": true}'),
    "another, in arguments that are imperfect": ('{"message": "Hi", "n": 1,}', '{"n": 1}'),
    "a message that is cut": ('{"n": 1, "message": "H', '{"n": 1}'),
    "a misspelt one": ('{"massage": "Hi"}', '{"massage": "Hi"}'),
    "thoughts alone": ('{"thinking": "Hm"}', "{}"),
    "nothing at all": ("", "{}"),
    "what cannot be read": ('{"message": "Hi", oops}', '{"message": "Hi", oops}'),
    "a list": ("[1]", "[1]"),
}


@pytest.mark.parametrize(("arguments", "fact"), BESIDE.values(), ids=BESIDE)
def test_what_a_message_call_holds_beside_its_message_is_a_call(arguments: str, fact: str | None) -> None:
    """So is one that says nothing: a user waits for it in vain."""
    facts = told(message_call([arguments]), Aspect.CALLS)
    assert facts == ([] if fact is None else [("send_message", fact)])


def test_a_message_further_down_leaves_no_empty_object_behind() -> None:
    options = Options(tools={"reply": "content.text"})
    for arguments, rest in (
        ('{"content": {"text": "Hi"}}', []),
        ('{"content": {"text": "Hi", "n": 1}}', ['{"content": {"n": 1}}']),
    ):
        (facts,) = meaning(message_call([arguments], tool="reply"), options=options)
        assert [fact.text for fact in facts.get(FactKey(0, Aspect.CALLS), [])] == rest


def test_ids_and_times_are_those_of_the_first_chunk_and_of_the_calls() -> None:
    stream = message_call(['{"message": "Hi"}'])
    assert told(stream, Aspect.IDS, None) == [("id", "chatcmpl-1"), ("created", "1")]
    assert told(stream, Aspect.IDS) == [("id of call 1", "call_1")]
    nameless = [{name: value for name, value in one.items() if name not in ("id", "created")} for one in stream]
    assert told(nameless, Aspect.IDS, None) == [("id", ""), ("created", "")]


@given(st.text("abc", min_size=1), st.integers(), texts(), places())
def test_nothing_but_ids_tells_of_ids_and_times(ident: str, created: int, text: str, at: list[int]) -> None:
    stream = message_call(cut(json.dumps({"message": text}), at))
    renamed = json.loads(json.dumps([{**one, "id": ident, "created": created} for one in stream]))
    renamed[0]["choices"][0]["delta"]["tool_calls"][0]["id"] = ident
    assert meaning(stream, Aspect.IDS) == meaning(renamed, Aspect.IDS)


def test_other_members_of_a_chunk_say_nothing() -> None:
    odd: dict[str, Any] = {"model": "another", "system_fingerprint": "fp", "obfuscation": "xyz", "service_tier": "flex"}
    assert meaning(content("Hi")) == meaning(content("Hi", **odd))


# --- errors ----------------------------------------------------------------------------------

CUT = "the stream ended before choice 0 had a finish_reason"
ERRORS: dict[str, tuple[list[Any], str]] = {
    "cut in content": (content("Hi", finish=None), CUT),
    "cut in a call": (message_call(['{"mess'], finish=None), f"{CUT}, inside the arguments of send_message"),
    "cut by its length": (
        message_call(['{"message": "H'], finish="length"),
        "finish_reason length came while the arguments of send_message were open",
    ),
    "an error with a code": (
        [*content("Hi", finish=None), {"error": {"message": "slow\ndown", "code": 429}}],
        "the provider sent an error: slow\ndown (code 429)",
    ),
    "an error without a code": (
        [*content("Hi", finish=None), {"error": {"message": "no"}}],
        "the provider sent an error: no",
    ),
}


@pytest.mark.parametrize(("stream", "error"), ERRORS.values(), ids=ERRORS)
def test_what_went_wrong_is_a_fact(stream: list[Any], error: str) -> None:
    assert told(stream, Aspect.ERRORS, None) == [("", error)]


def test_arguments_that_cannot_be_read_are_an_error_with_its_place() -> None:
    ((name, error),) = told(message_call(['{"message":', " oops}"]), Aspect.ERRORS, None)
    assert name == ""
    assert error.startswith("choice 0: the arguments of send_message cannot be read at character 12: ")


def test_a_record_that_cannot_be_read_counts_with_its_bytes() -> None:
    before, *behind = (jsonl([one]) for one in content("Hi"))
    errors = []
    for bad in (b"{oops", b"{oops\xff", b"[1]"):
        (step,) = read([before, bad, b"\n", *behind], format=Format.JSONL)
        facts = step.facts
        assert facts[FactKey(0, Aspect.MESSAGES)] == [Fact("", "Hi")]
        ((_, error),) = facts[FactKey(None, Aspect.ERRORS)]
        assert error.startswith("a record cannot be read (")
        errors.append(error)
    assert [error.rpartition("): ")[2] for error in errors] == ["{oops", "{oops\\xff", "[1]"]


def test_errors_keep_their_order_and_their_step() -> None:
    one, two = ([jsonl([each]) for each in content("Hi", finish=None, id=ident)] for ident in ("one", "two"))
    first, second = read([*one, b"{\n", *two, b"}\n", jsonl([{"error": {"message": "no"}}])], format=Format.JSONL)
    began = [[error.split(" ")[1] for _, error in s.facts[FactKey(None, Aspect.ERRORS)]] for s in (first, second)]
    assert began == [["record", "stream"], ["record", "provider"]]


NOTHING: dict[str, tuple[bytes, list[str]]] = {
    "an empty input": (b"", ["the input is empty"]),
    "an error alone": (jsonl([{"error": {"message": "no"}}]), ["the provider sent an error: no"]),
    "no choices": (jsonl([chunk(choices=[])]), ["the input ended before any choice arrived"]),
}


@pytest.mark.parametrize(("data", "errors"), NOTHING.values(), ids=NOTHING)
def test_what_goes_wrong_before_the_first_step_has_a_place(data: bytes, errors: list[str]) -> None:
    (step,) = read([data], format=Format.JSONL)
    assert step.number == 0
    assert step.facts == {FactKey(None, Aspect.ERRORS): [Fact("", error) for error in errors]}


def test_a_sound_stream_begins_with_step_1() -> None:
    assert [step.number for step in read([jsonl(content("Hi"))])] == [1]


# --- steps and choices -----------------------------------------------------------------------


def test_each_step_has_its_own_facts() -> None:
    stream = [*content("One", id="1"), *other(entry("{}", name="ping")), *message_call(['{"message": "Three"}'])]
    stream[3:5] = [{**one, "id": "2"} for one in stream[3:5]]
    assert [told(stream, Aspect.MESSAGES, step=at) for at in range(3)] == [[("", "One")], [], [("", "Three")]]
    assert [told(stream, Aspect.CALLS, step=at) for at in range(3)] == [[], [("ping", "{}")], []]


@given(st.randoms(use_true_random=False))
def test_choices_do_not_mix_however_they_are_interleaved(random: Random) -> None:
    apart = [
        message_call(['{"message": "', "Zero", '"}']),
        content("On", "e"),
        message_call(['{"a"', ": 2}"], tool="look", finish="length"),
    ]
    numbered = [
        [{**one, "choices": [{**one["choices"][0], "index": index}]} for one in stream]
        for index, stream in enumerate(apart)
    ]
    (facts,) = meaning(shuffled_in(numbered, random))
    assert facts == {
        FactKey(0, Aspect.MESSAGES): [Fact("", "Zero")],
        FactKey(0, Aspect.FINISH): [Fact("", "stop")],
        FactKey(0, Aspect.IDS): [Fact("id of call 1", "call_1")],
        FactKey(0, Aspect.CUTS): [Fact("message 1", '["Zero"]')],
        FactKey(1, Aspect.MESSAGES): [Fact("", "One")],
        FactKey(1, Aspect.FINISH): [Fact("", "stop")],
        FactKey(1, Aspect.CUTS): [Fact("message 1", '["On", "e"]')],
        FactKey(2, Aspect.CALLS): [Fact("look", '{"a": 2}')],
        FactKey(2, Aspect.FINISH): [Fact("", "length")],
        FactKey(2, Aspect.IDS): [Fact("id of call 1", "call_1")],
        FactKey(2, Aspect.CUTS): [Fact("call 1", '["{\\"a\\"", ": 2}"]')],
        FactKey(None, Aspect.IDS): [Fact("id", "chatcmpl-1"), Fact("created", "1")],
    }


@given(texts(), texts(), st.booleans(), places())
def test_a_rewritten_stream_means_the_same(message: str, thoughts: str, beside: bool, at: list[int]) -> None:
    """But for the id of the call, which is gone, and pieces of escapes that said nothing."""
    options = Options(thoughts=Thoughts.REASONING)
    stream = message_call(cut(json.dumps({"inner_thoughts": thoughts, "message": message}), at), finish=None)
    stream += [chunk(calls(entry('{"a": 1}', index=1, name="look")))] if beside else []
    stream.append(chunk({}, "tool_calls"))
    rewritten = transform(stream, options).chunks
    apart = (Aspect.IDS, Aspect.CUTS)
    assert meaning(rewritten, *apart) == meaning(stream, *apart)


# --- events ----------------------------------------------------------------------------------

TAKEN: list[Event] = [
    StepStarted(2, "id", "m"),
    TextDelta(1, 0, None, "a"),
    ThoughtsDelta(1, 0, None, "a"),
    RefusalDelta(1, 0, "a"),
    ToolCallStarted(1, 0, 0, "", "look", False),
    ArgumentsDelta(1, 0, 1, '{"a": 1}'),
    ChoiceFinished(1, 0, "stop"),
    UsageReported(1, {"total_tokens": 1}),
    ArgumentsFailed(1, 0, 0, "send_message", 0, "no"),
    StreamIncomplete(1, "cut"),
    ResponseFailed(1, "no", ""),
    TextContradicted(1, 0, None, "Bye"),
]
SAY_NOTHING: list[Event] = [
    ToolCallFinished(1, 0, 0, True),  # incomplete ones have a fault beside them
    StepFinished(1, True),
    QuirkSeen(1, "T11"),  # `unspool lint` is for these
    MessageMissing(1, 0, 0, "reply", "message", ("tone",)),  # the arguments are facts
    MessageBoundary(1, 0, False),  # it divides the texts around it
    ResponseRefused(1, 0, "content_filter", "no"),  # the finish reason and the refusal are facts
    ServerToolCalled(1, 0, "s", "web_search", "{}"),  # no client answers it, and its answer is in the text
    ToolReturned(1, "c", "sunny", False),  # it is not the model's
]


CALL = ToolCallStarted(1, 0, 1, "", "look", False)


def after(*events: Event) -> list[Facts]:
    """The facts of a step in which these events were seen."""
    sink = FactsSink(Options(), lambda count: None)
    sink.write(Record(1, 0, b"", None), Outcome([], [StepStarted(1, "", ""), CALL, *events]), False)
    sink.close()
    return [step.facts for step in sink.steps]


def test_every_kind_of_event_is_taken_or_known_to_say_nothing() -> None:
    assert sorted(type(event).__name__ for event in [*TAKEN, *SAY_NOTHING]) == sorted(
        kind.__name__ for kind in get_args(Event)
    )


@pytest.mark.parametrize("event", TAKEN, ids=lambda event: type(event).__name__)
def test_an_event_that_is_taken_changes_the_facts(event: Event) -> None:
    assert after(event) != after()


@pytest.mark.parametrize("event", SAY_NOTHING, ids=lambda event: type(event).__name__)
def test_an_event_that_says_nothing_does_not(event: Event) -> None:
    assert after(event) == after()


def test_a_boundary_divides_two_messages_r16() -> None:
    """Two messages of one choice are two facts; a boundary of thoughts divides no message."""
    first, second = TextDelta(1, 0, None, "a"), TextDelta(1, 0, None, "b")
    [facts] = after(first, MessageBoundary(1, 0, False), second)
    assert [fact.text for fact in facts[FactKey(0, Aspect.MESSAGES)]] == ["a", "b"]
    [facts] = after(first, MessageBoundary(1, 0, True), second)
    assert [fact.text for fact in facts[FactKey(0, Aspect.MESSAGES)]] == ["ab"]


def test_progress_hears_how_many_records_have_been_read() -> None:
    heard: list[int] = []
    sink = FactsSink(Options(), heard.append)
    blocks = [jsonl([one]) for one in content("Hi")]
    run(Blocks(blocks), Settings(), sink, lambda problem: None, Summary())
    assert heard == sorted(heard)
    assert heard[-1] == 3
