"""However a stream is cut, the same comes out: the decoded message, byte for byte, and what was said only ever grows.

Cases are drawn by Hypothesis and each is read whole, one unit at a time, and at random cuts. Expected text comes from
the standard library's JSON reader, never from unspool itself.
"""

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.strategies import (
    Arguments,
    Surrounded,
    arguments,
    broken_arguments,
    cut,
    every_cut,
    odd_chunks,
    places,
    replace_halves,
    shuffled_in,
    surrounded_arguments,
    texts,
    wire_values,
)
from tests.support import Transformed, calls, chunk, content_of, entry, jsonl, message_call, raw_of, sse, transform

from unspool.core.errors import UnspoolError
from unspool.core.events import (
    ArgumentsDelta,
    ArgumentsFailed,
    Event,
    QuirkSeen,
    TextDelta,
    ThoughtsDelta,
    ToolCallFinished,
    ToolCallStarted,
)
from unspool.core.options import Options, OtherTools, Thoughts
from unspool.core.parser.argument_parser import ArgumentParser, ArgumentState
from unspool.core.parser.string_decoder import StringDecoder
from unspool.core.parser.targets import ValueKind, value_tree
from unspool.core.repairs import Repair
from unspool.core.rewriter.wire import read_chunk
from unspool.core.transformer import Transformer
from unspool.diagnostics import Problem
from unspool.formats.detect import Format
from unspool.formats.framer import Framer
from unspool.formats.record import Record, RecordKind
from unspool.intake.damaged.damage import salvage
from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sinks.base import Sink
from unspool.sinks.chunks import ChunkFormat, ChunkSink
from unspool.sinks.events import EVENT_NAMES, EventSink
from unspool.sinks.output import Output
from unspool.sinks.text import TextSink
from unspool.sources.file import FileSource
from unspool.variants.other_objects import is_ping


class Read(NamedTuple):
    """What a parser made of one call's arguments."""

    said: list[str]  # the message after each fragment
    thoughts: str
    state: ArgumentState
    failure: int | None  # where it failed
    quirks: tuple[str, ...]  # but for A16, which names a cut
    rest: str  # from where another object begins

    @property
    def failed(self) -> bool:
        return self.failure is not None

    @property
    def message(self) -> str:
        return self.said[-1] if self.said else ""


def read(fragments: Iterable[str], path: str = "message", *repairs: Repair) -> Read:
    """Feed the fragments to a parser, and keep what was said after each."""
    parser = ArgumentParser(value_tree(path, ("inner_thoughts",)), frozenset(repairs))
    said: list[str] = []
    thoughts = message = rest = ""
    for fragment in fragments:
        for kind, text in parser.feed(fragment):
            if kind is ValueKind.MESSAGE:
                message += text
            else:
                thoughts += text
        said.append(message)
        rest += parser.rest
    parser.close()
    quirks = tuple(quirk for quirk in parser.quirks if quirk != "A16")
    return Read(said, thoughts, parser.state, parser.failure and parser.failure[0], quirks, rest)


def only_grows(said: Sequence[str], whole: str) -> bool:
    """Whether all that was said after each fragment is the beginning of the whole."""
    return all(whole.startswith(text) for text in said)


# --- every cut of the arguments (R3) -----------------------------------------------------------


@given(texts(), st.booleans(), places())
def test_a_string_body_is_decoded_alike_at_every_cut(text: str, ascii_only: bool, at: list[int]) -> None:
    """R3, A16."""
    source = json.dumps(text, ensure_ascii=ascii_only)[1:] + "behind"
    for fragments in every_cut(source, at):
        decoder, said, read_to = StringDecoder(), "", 0
        for fragment in fragments:
            if decoder.closed:
                break
            decoded, end = decoder.feed(fragment)
            said += decoded
            read_to += end
            assert replace_halves(text).startswith(said)
        assert (said, decoder.closed) == (replace_halves(text), True)
        assert source[read_to:] == "behind"


@given(arguments(), places())
def test_the_message_comes_out_decoded_at_every_cut(case: Arguments, at: list[int]) -> None:
    """R3: any object, any spelling, any place of the key, any path; other values as source text, null as nothing."""
    for fragments in every_cut(case.text, at):
        result = read(fragments, case.path)
        assert result.message == case.expected
        assert only_grows(result.said, case.expected)
        assert result.state is ArgumentState.AFTER
        assert not result.failed


@given(arguments(thoughts=True), places())
def test_message_and_thoughts_come_out_of_one_pass(case: Arguments, at: list[int]) -> None:
    """R7."""
    for fragments in every_cut(case.text, at):
        result = read(fragments, case.path)
        assert (result.message, result.thoughts) == (case.expected, case.thoughts)


@given(arguments(), places())
def test_the_truncated_never_says_what_the_whole_does_not(case: Arguments, at: list[int]) -> None:
    """R11: each beginning of the arguments gives a beginning of the message, and every character that is certain."""
    for beginning in [case.text[:end] for end in at if end < len(case.text)]:
        results = [read(fragments, case.path) for fragments in every_cut(beginning, at)]
        assert len({result.message for result in results}) == 1
        assert case.expected.startswith(results[0].message)
        assert not any(result.failed for result in results)


@given(broken_arguments(), st.sets(st.sampled_from([Repair.DOUBLE_ENCODED, Repair.SINGLE_QUOTES])), places())
@example("{}x{", set(), [3])
def test_broken_arguments_are_read_alike_at_every_cut(text: str, repairs: set[Repair], at: list[int]) -> None:
    """R9: what cannot be read does not depend on the cuts either."""
    results = [read(fragments, "message", *repairs) for fragments in every_cut(text, at)]
    assert len({(result.message, result.failed, result.state) for result in results}) == 1
    assert all(only_grows(result.said, result.message) for result in results)
    assert len({(result.failure, result.quirks) for result in results}) == 1


# --- text around objects (R8, R9) ---------------------------------------------------------------


def calls_in(result: Transformed) -> list[tuple[str, str]]:
    """Each call's name and message, in the order the calls began."""
    said = {event.call: [event.tool, ""] for event in result.of(ToolCallStarted)}
    for event in result.of(TextDelta):
        assert event.call is not None
        said[event.call][1] += event.text
    return [(tool, text) for tool, text in said.values()]


def facts_of(result: Transformed) -> tuple[Any, ...]:
    """All that must not depend on cuts."""
    failures = [(event.call, event.offset, event.reason) for event in result.of(ArgumentsFailed)]
    quirks = {event.quirk for event in result.of(QuirkSeen)} - {"A16"}
    finished = [(event.call, event.complete) for event in result.of(ToolCallFinished)]
    return calls_in(result), failures, quirks, finished


SPACED = Surrounded('{ "message":"x"}{"message":"x"}', ['{ "message":"x"}'], ["x"])
"""The same object again, with other white space (A6)."""
REPAIR_SETS = [frozenset(), frozenset({Repair.SINGLE_QUOTES}), frozenset({Repair.DOUBLE_ENCODED})]


@given(surrounded_arguments(), st.sampled_from(REPAIR_SETS), places())
@example(SPACED, REPAIR_SETS[0], [])
@example(Surrounded('{"message":"x"}#{"message":"y"}', ['{"message":"x"}'], ["x"]), REPAIR_SETS[0], [16])
def test_objects_in_other_text_are_the_same_calls_at_every_cut(
    case: Surrounded, repairs: frozenset[Repair], at: list[int]
) -> None:
    """R8, R9, T5, A6: objects that follow each other are calls, the same again is none, other text ends it all."""
    options = Options(repairs=repairs, separator="")  # R16 has tests of its own
    results = [transform(message_call(cut), options) for cut in every_cut(case.text, at)]
    assert [text for _, text in calls_in(results[0])] == case.messages
    assert not results[0].of(ArgumentsFailed)
    assert all(facts_of(result) == facts_of(results[0]) for result in results)
    assert all(result.content == "".join(case.messages) for result in results)


@given(surrounded_arguments(), places())
@example(SPACED, [])
def test_objects_of_another_tool_are_the_same_calls_at_every_cut(case: Surrounded, at: list[int]) -> None:
    """R1: they pass verbatim; the events know the calls in them."""
    for fragments in every_cut(case.text, at):
        result = transform(message_call(fragments, tool="weather"))
        assert len(result.of(ToolCallStarted)) == len(case.objects)
        assert "".join(event.arguments for event in result.of(ArgumentsDelta)) == case.text


@given(surrounded_arguments(), places())
@example(SPACED, [])
def test_resent_objects_in_other_text_are_the_same_calls_at_every_cut(case: Surrounded, at: list[int]) -> None:
    """A5: each fragment repeats all before it, and goes beyond it."""
    options = Options(repairs=frozenset({Repair.CUMULATIVE}))
    for pieces in every_cut(case.text, at):
        fragments = [fragment for fragment in pieces if fragment]
        resent = ["".join(fragments[: count + 1]) for count in range(len(fragments))]
        result = transform(message_call([fragment for fragment in resent if fragment]), options)
        assert [text for _, text in calls_in(result)] == case.messages


@given(surrounded_arguments(), st.booleans(), places())
def test_objects_in_a_string_are_read_up_to_the_end_of_the_first(
    case: Surrounded, ascii_only: bool, at: list[int]
) -> None:
    """A11: where the arguments are a string, what follows its object is ignored."""
    options = Options(repairs=frozenset({Repair.DOUBLE_ENCODED}))
    encoded = json.dumps(case.text, ensure_ascii=ascii_only)
    results = [transform(message_call(cut), options) for cut in every_cut(encoded, at)]
    assert all(facts_of(result) == facts_of(results[0]) for result in results)
    assert [text for _, text in calls_in(results[0])] == case.messages[:1]


@given(broken_arguments(), st.sampled_from([*REPAIR_SETS, frozenset(Repair) - {Repair.CUMULATIVE}]), places())
def test_broken_arguments_are_the_same_calls_at_every_cut(text: str, repairs: frozenset[Repair], at: list[int]) -> None:
    """R9: through the transformer too, with all that is reported."""
    results = [transform(message_call(cut), Options(repairs=repairs)) for cut in every_cut(text, at)]
    assert all(facts_of(result) == facts_of(results[0]) for result in results)


# --- the repairs (R9) --------------------------------------------------------------------------


@given(arguments(), places())
def test_cumulative_resends_are_taken_apart(case: Arguments, at: list[int]) -> None:
    """A5: each fragment repeats all before it."""
    for fragments in every_cut(case.text, at):
        resent = ["".join(fragments[: count + 1]) for count in range(len(fragments))]
        options = Options(tools={"send_message": case.path}, repairs=frozenset({Repair.CUMULATIVE}))
        result = transform(message_call([fragment for fragment in resent if fragment]), options)
        assert result.text == result.content == case.expected
        assert not result.of(ArgumentsFailed)


@given(arguments(), places())
def test_plain_fragments_survive_the_cumulative_repair(case: Arguments, at: list[int]) -> None:
    """R9: latched per call: a call that does not resend is left alone."""
    options = Options(tools={"send_message": case.path}, repairs=frozenset({Repair.CUMULATIVE}))
    for fragments in every_cut(case.text.lstrip(), at):
        assert transform(message_call(fragments), options).text == case.expected


@given(arguments(raw_halves=False), st.booleans(), places())
def test_double_encoded_arguments_are_decoded_twice(case: Arguments, ascii_only: bool, at: list[int]) -> None:
    """A11."""
    for fragments in every_cut(json.dumps(case.text, ensure_ascii=ascii_only), at):
        result = read(fragments, case.path, Repair.DOUBLE_ENCODED)
        assert (result.message, result.failed) == (case.expected, False)
        assert only_grows(result.said, case.expected)


def python_text(value: Any, random: Random) -> str:
    """``value`` much as Python's repr writes it: single quotes, None, True, raw non-ASCII text."""
    if isinstance(value, dict):
        members = (f"{python_text(key, random)}: {python_text(inner, random)}" for key, inner in value.items())
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(python_text(inner, random) for inner in value) + "]"
    if not isinstance(value, str):
        return repr(value)
    quote = '"' if "'" in value and '"' not in value else "'"
    for plain, escaped in (("\\", "\\\\"), (quote, f"\\{quote}"), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        value = value.replace(plain, escaped)
    return f"{quote}{value}{quote}"


_PYTHON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-99, 99), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)


@given(
    st.one_of(st.text(), st.text("'\"\\{}: ab", max_size=10)),
    st.dictionaries(st.text(max_size=4), _PYTHON_VALUES, max_size=3),
    st.dictionaries(st.text(max_size=4), _PYTHON_VALUES, max_size=3),
    st.randoms(use_true_random=False),
    places(),
)
def test_single_quoted_arguments_are_read(
    text: str, before: dict[str, Any], behind: dict[str, Any], random: Random, at: list[int]
) -> None:
    """A13."""
    source = python_text({**before, "message": text, **behind}, random)
    for fragments in every_cut(source, at):
        result = read(fragments, "message", Repair.SINGLE_QUOTES)
        assert (result.message, result.failed) == (text, False)
        assert only_grows(result.said, text)


# --- through the transformer, as chunks (R2, R4, R5) -------------------------------------------


def roles(chunks: Iterable[Any], index: int = 0) -> list[str]:
    return [
        choice["delta"]["role"]
        for one in chunks
        for choice in one["choices"]
        if choice["index"] == index and choice["delta"].get("role")
    ]


def finishes(chunks: Iterable[Any], index: int = 0) -> list[str]:
    return [
        choice["finish_reason"]
        for one in chunks
        for choice in one["choices"]
        if choice["index"] == index and choice["finish_reason"]
    ]


@given(arguments(thoughts=True), st.sampled_from(Thoughts), places())
def test_a_message_call_leaves_as_ordinary_content(case: Arguments, thoughts: Thoughts, at: list[int]) -> None:
    """R2-R5, R7: joined content is the message, the role comes once, the finish comes once."""
    options = Options(tools={"send_message": case.path}, thoughts=thoughts)
    for fragments in every_cut(case.text, at):
        source = message_call(fragments)
        transformer = Transformer(options)
        outcomes = [transformer.feed(one) for one in source]
        closing = transformer.close()
        left = [one for outcome in outcomes for one in outcome.chunks]
        assert content_of(left) == case.expected
        assert all(len(outcome.chunks) <= 1 for outcome in outcomes)
        assert not closing.chunks
        assert (roles(left), finishes(left)) == (["assistant"], ["stop"])
        assert not any("tool_calls" in choice["delta"] for one in left for choice in one["choices"])
        private = "".join(choice["delta"].get("reasoning_content", "") for one in left for choice in one["choices"])
        assert private == (case.thoughts if thoughts is Thoughts.REASONING else "")
        events = [event for outcome in outcomes for event in outcome.events]
        assert "".join(event.text for event in events if isinstance(event, ThoughtsDelta)) == case.thoughts


@given(st.lists(arguments(only_text=True), min_size=2, max_size=3), st.randoms(use_true_random=False), places())
def test_choices_are_independent(cases: list[Arguments], random: Random, at: list[int]) -> None:
    """R14: interleaved in any way, each choice reads as if it were alone."""
    tools = {f"say_{number}": case.path for number, case in enumerate(cases)}
    streams = [
        [
            {**one, "choices": [{**one["choices"][0], "index": number}]}
            for one in message_call(cut(case.text, at), f"say_{number}")
        ]
        for number, case in enumerate(cases)
    ]
    mixed = [*(stream[0] for stream in streams), *shuffled_in([stream[1:] for stream in streams], random)]
    left = transform(mixed, Options(tools=tools)).chunks
    for number, case in enumerate(cases):
        assert content_of(left, number) == case.expected
        assert (roles(left, number), finishes(left, number)) == (["assistant"], ["stop"])


@given(st.lists(arguments(only_text=True), min_size=2, max_size=3), st.randoms(use_true_random=False), places())
def test_messages_of_one_choice_never_mix(cases: list[Arguments], random: Random, at: list[int]) -> None:
    """T17: calls interleaved in any way; messages follow each other whole, in the order their calls began."""
    tools = {f"say_{number}": case.path for number, case in enumerate(cases)}
    opening = [
        entry("", index=number, id=f"call_{number}", type="function", name=f"say_{number}")
        for number, _ in enumerate(cases)
    ]
    fragments = [
        [(number, fragment) for fragment in cut(case.text.lstrip(), at) if fragment]
        for number, case in enumerate(cases)
    ]
    first = [row.pop(0) for row in fragments]  # in order, so that it is known which call began first
    rest = shuffled_in(fragments, random)
    deltas = [calls(*opening, role="assistant"), *(calls(entry(text, index=n)) for n, text in [*first, *rest])]
    result = transform([*map(chunk, deltas), chunk({}, "tool_calls")], Options(tools=tools))
    texts = [case.expected for case in cases if case.expected]
    assert result.text == "".join(texts)
    assert result.content == "\n\n".join(texts)  # R16


@given(arguments(), st.sampled_from(OtherTools), places())
def test_other_tools_pass_as_the_very_chunks(case: Arguments, other_tools: OtherTools, at: list[int]) -> None:
    """R1, R6: what needs no change is the object that came in; dropped calls leave nothing of themselves."""
    source = message_call(cut(case.text, at), "look_up")
    result = transform(source, Options(other_tools=other_tools))
    if other_tools is OtherTools.PASS:
        assert all(left is came for left, came in zip(result.chunks, source, strict=True))
    else:
        assert not any("tool_calls" in choice["delta"] for one in result.chunks for choice in one["choices"])
        assert finishes(result.chunks) == ["stop"]
    assert result.text == ""


@given(texts(), places())
def test_ordinary_content_is_left_alone(text: str, at: list[int]) -> None:
    """R1; the text of the events has its halves joined (R3)."""
    source = [chunk({"content": piece}) for piece in cut(text, at)]
    result = transform([*source, chunk({}, "stop")])
    assert all(left is came for left, came in zip(result.chunks, source, strict=False))
    assert result.text == replace_halves(text)


# --- garbage (R9, R10) -------------------------------------------------------------------------


def transform_tolerantly(chunks: Iterable[Any], options: Options) -> Transformed:
    """Feed what may be no chunk at all; only UnspoolError may come out."""
    transformer = Transformer(options)
    outcomes = []
    for one in chunks:
        try:
            outcomes.append(transformer.feed(one))
        except UnspoolError:
            continue
    outcomes += [transformer.done(), transformer.close()]
    return Transformed([c for o in outcomes for c in o.chunks], [e for o in outcomes for e in o.events])


_OPTIONS = st.builds(
    Options,
    thoughts=st.sampled_from(Thoughts),
    other_tools=st.sampled_from(OtherTools),
    repairs=st.sets(st.sampled_from(Repair)).map(frozenset),
)


@given(broken_arguments(), _OPTIONS, places())
def test_any_text_as_arguments_is_survived(text: str, options: Options, at: list[int]) -> None:
    """R9: nothing is raised, and the response still has one role and one finish."""
    for fragments in every_cut(text, at):
        left = transform(message_call(fragments), options).chunks
        assert (roles(left), finishes(left)) == (["assistant"], ["stop"])


@given(st.lists(odd_chunks(), max_size=6), _OPTIONS)
def test_any_json_as_chunks_is_survived(chunks: list[Any], options: Options) -> None:
    """R10: only UnspoolError comes out of feed, nothing out of done and close; texts hold no halves."""
    before = json.dumps(chunks)
    result = transform_tolerantly(chunks, options)
    assert json.dumps(chunks) == before, "the caller's chunks were changed"
    assert result.text == replace_halves(result.text)
    json.dumps([result.chunks, result.events])


@given(st.lists(odd_chunks(), max_size=4))
def test_no_event_text_holds_half_a_surrogate_pair(chunks: list[Any]) -> None:
    """R3, R7: text and thoughts can be written as UTF-8."""
    for event in transform_tolerantly(chunks, Options()).events:
        if isinstance(event, TextDelta | ThoughtsDelta):
            event.text.encode()


# --- every cut of the bytes --------------------------------------------------------------------


class Memory(FileSource):
    """A source whose blocks are at hand."""

    def __init__(self, blocks: Sequence[bytes]) -> None:
        super().__init__("memory", None)
        self._given = blocks

    def blocks(self) -> Iterator[bytes]:
        yield from self._given


class Came(NamedTuple):
    """What a run gave."""

    output: bytes
    problems: list[tuple[str, int, int, str]]
    faults: set[type]
    text: bool


SINKS = ("text", "rewrite", "sse", "events")


def make_sink(kind: str, output: Output) -> Sink:
    if kind == "text":
        return TextSink(output, 0, Thoughts.REASONING)
    if kind == "events":
        return EventSink(output)
    return ChunkSink(output, ChunkFormat.SSE if kind == "sse" else ChunkFormat.JSONL)


FRAMED = [form for form in Format if form not in (Format.TEXT, Format.ANY)]
"""Framings that find records. Plain text has none: its pieces are what arrived, and only their sum is told."""


def run_blocks(blocks: Sequence[bytes], kind: str, framing: Format = Format.AUTO, strict: bool = False) -> Came:
    """Run the pipeline over blocks in memory."""
    stream = io.BytesIO()
    problems: list[tuple[str, int, int, str]] = []

    def report(problem: Problem) -> None:
        record = problem.record or Record(0, 0, b"", None)
        problems.append((problem.source, record.number, record.offset, str(problem.fault)))

    summary = Summary()
    sink = make_sink(kind, Output(stream))
    run(Memory(blocks), Settings(Options(thoughts=Thoughts.REASONING), framing, strict=strict), sink, report, summary)
    sink.close()
    return Came(stream.getvalue(), problems, summary.faults, summary.text)


def sse_with(end: bytes, records: Sequence[bytes], random: Random) -> bytes:
    """An event stream with one line ending throughout, and the liberties that senders take."""
    parts = []
    for record in records:
        if random.random() < 0.3:
            parts.append(random.choice([b": keep-alive" + end + end, b"event: x" + end, b"retry: 3" + end]))
        parts.append(random.choice([b"data: ", b"data:"]) + record + end + end)
    parts.append(b"data: [DONE]" + end + end)
    return b"".join(parts)


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, str]:
    """The bytes of a stream in one of its framings, and the text it says in choice 0."""
    case = draw(arguments(only_text=True))
    random = draw(st.randoms(use_true_random=False))
    ascii_only = draw(st.booleans())
    content = draw(st.text(max_size=5))
    chunks = [chunk({"role": "assistant", "content": ""}), chunk({"content": content})]
    chunks += message_call(cut(case.text, draw(places())))[:-1]
    chunks += [chunk({}, draw(st.sampled_from(["stop", "tool_calls"])))] if draw(st.booleans()) else []
    path = case.path.split(".")[0]
    sound = not any("\ud800" <= c <= "\udfff" for c in case.text)
    records = [json.dumps(one, ensure_ascii=ascii_only or not sound).encode() for one in chunks]
    end = draw(st.sampled_from([b"\n", b"\r\n", b"\r"]))
    framing = draw(st.sampled_from(["jsonl", "sse", "pretty"]))
    if framing == "sse":
        data = sse_with(end, records, random)
    elif framing == "jsonl":
        data = b"".join(record + (b"\r\n" if end == b"\r\n" else b"\n") for record in records)
    else:
        data = b"".join(json.dumps(one, indent=2).encode() + b"\n" for one in chunks)
    if draw(st.booleans()):
        data = b"\xef\xbb\xbf" + data
    if draw(st.booleans()):
        data = data.rstrip(b"\r\n")
    if draw(st.booleans()):
        data = data.replace(b'"content"', b'"con\xfftent"', 1)
    return data, case.expected if path == "message" else ""


@pytest.mark.parametrize("kind", SINKS)
@given(streams(), places())
def test_the_bytes_that_leave_do_not_depend_on_the_blocks(kind: str, stream: tuple[bytes, str], at: list[int]) -> None:
    """B3, B5, B9: the same output, the same reports and the same verdict for every cut of the input."""
    data, _ = stream
    runs = [run_blocks(blocks, kind) for blocks in every_cut(data, at)]
    assert runs[0] == runs[1] == runs[2]


@given(streams(), places())
def test_the_text_arrives_through_the_whole_house(stream: tuple[bytes, str], at: list[int]) -> None:
    """R3, from bytes to bytes."""
    data, expected = stream
    assert expected.encode() in run_blocks(cut(data, at), "text").output


_BYTE_TOKENS = (
    *(
        b"data: ",
        b"data:",
        b"data",
        b": x",
        b"event: y",
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b"[DONE]",
        b"\xef\xbb\xbf",
        b"\xff",
        b" ",
    ),
    *(b"{", b"}", b"[", b"]", b'"', b"\\", b"\xe2\x80\xa8", b"\xc2", b"1", b"null", b'{"choices":[]}', b'"\\ud83d"'),
    *(
        jsonl([chunk({"content": "hi"})]),
        jsonl([chunk({}, "stop")]).rstrip(),
        b'{"error":{"message":"no"}}',
        b'{"usage":{"a":1}}',
    ),
    *(jsonl([one]) for one in message_call(['{"message":"hi', '"}'])),
)


def any_bytes() -> st.SearchStrategy[bytes]:
    """Any bytes, most of them nearly a stream."""
    return st.one_of(st.binary(max_size=30), st.lists(st.sampled_from(_BYTE_TOKENS), max_size=10).map(b"".join))


@pytest.mark.parametrize("kind", SINKS)
@given(any_bytes(), st.sampled_from(FRAMED), st.booleans(), places())
def test_any_bytes_are_survived_alike_at_every_cut(
    kind: str, data: bytes, framing: Format, strict: bool, at: list[int]
) -> None:
    """R10: nothing comes out of run, and the output does not depend on the blocks."""
    runs = [run_blocks(blocks, kind, framing, strict) for blocks in every_cut(data, at)]
    assert runs[0] == runs[1] == runs[2]


@pytest.mark.parametrize("kind", SINKS)
@given(st.lists(st.one_of(odd_chunks(), wire_values()), max_size=5))
def test_any_json_lines_are_survived(kind: str, chunks: list[Any]) -> None:
    """R10: any JSON value as a record; the output is UTF-8."""
    run_blocks([jsonl(chunks)], kind).output.decode()


def frame(blocks: Iterable[bytes], framing: Format) -> list[tuple[Any, ...]]:
    """What there is to see of each record; blank lines in a row, of which a block makes one, are joined."""
    framer = Framer(framing)
    records = [record for block in blocks for record in framer.feed(block)] + framer.close()
    for record in records:
        if record.kind is RecordKind.VALUE:
            record.parse()
    joined: list[tuple[Any, ...]] = []
    for r in records:
        line = raw_of(r)
        fault = r.fault and (r.fault.reason, r.fault.position)
        last = joined[-1] if joined else None
        if last and last[4] is r.kind is RecordKind.BLANK and last[3] is not None and line is not None:
            joined[-1] = (*last[:3], last[3] + line, *last[4:])
        else:
            joined.append((r.number, r.offset, r.data, line, r.kind, r.quirks, fault))
    return joined


def written(chunks: Iterable[Any]) -> list[Any]:
    """The chunks as a reader of the output gets them."""
    return [json.loads(json.dumps(one)) for one in chunks]


def lines(output: bytes) -> list[Any]:
    return [json.loads(line) for line in output.split(b"\n") if line]


def described(events: Iterable[Event]) -> list[Any]:
    """The events as the command writes them, but for the number of the record."""
    return written({"event": EVENT_NAMES[type(event)], **event._asdict()} for event in events)


@st.composite
def conversations(draw: st.DrawFn) -> list[Any]:
    """Whole chunks of several calls and choices in any order, with other things between them."""
    random = draw(st.randoms(use_true_random=False))
    cases = draw(st.lists(arguments(only_text=True), min_size=1, max_size=2))
    streams = []
    for number, case in enumerate(cases):
        fragments = cut(case.text, draw(places())) if draw(st.booleans()) else list(case.text)
        tool = draw(st.sampled_from(["send_message", "send_message", "look_up"]))
        index = draw(st.sampled_from([0, number]))
        stream = message_call(fragments, tool, draw(st.sampled_from(["tool_calls", "stop", "length", None])))
        streams.append([{**one, "choices": [{**one["choices"][0], "index": index}]} for one in stream])
    streams.append(
        draw(st.lists(st.one_of(odd_chunks(), st.just({"choices": [], "usage": {"total_tokens": 1}})), max_size=2))
    )
    return shuffled_in(streams, random)


@given(conversations(), st.sampled_from(["rewrite", "events"]), st.sampled_from([jsonl, sse]), places())
def test_the_pipeline_gives_what_the_transformer_gives(
    chunks: list[Any], kind: str, framing: Any, at: list[int]
) -> None:
    """R2: whatever shortcut bytes take through the house, they come out as if each chunk had been parsed and fed."""
    sound = [one for one in chunks if is_fed(one) and not interrupts(one)]
    data = framing(sound, False) if framing is sse else framing(sound)
    came = run_blocks(cut(data, at), kind, Format.SSE if framing is sse else Format.JSONL)
    expected = transform(sound, Options(thoughts=Thoughts.REASONING))
    if kind == "rewrite":
        assert lines(came.output) == written(expected.chunks)
    else:
        events = [{name: value for name, value in event.items() if name != "record"} for event in lines(came.output)]
        assert without_quirks(events) == without_quirks(described(expected.events))


def without_quirks(events: Iterable[Any]) -> list[Any]:
    return [event for event in events if event["event"] != "quirk"]  # framing has some of its own


def is_fed(chunk: Any) -> bool:
    """Whether this is a chunk, and no keep-alive."""
    try:
        read_chunk(chunk)
    except UnspoolError:
        return False
    return not is_ping(chunk)


def interrupts(chunk: Any) -> bool:
    """Whether another response than that of the conversation begins, whose records then belong to none (R16)."""
    received = read_chunk(chunk)
    opens = any(choice.role is not None for choice in received.choices)
    return opens and received.id not in (None, "chatcmpl-1")


_SSE_TOKENS = (
    b'data: {"choices":[]}',
    b"data: {",
    b"data:}",
    b"data: [DONE]",
    b"data",
    b": x",
    b"event: y",
    b"x",
    b"{}",
)


@given(st.lists(st.sampled_from([*_SSE_TOKENS, b"\n", b"\r", b"\n\n"]), max_size=10), places())
@example([b'data: {"choices":[]}', b"\n", b": x", b"\n\n", b'data: {"choices":[]}'], [20])
def test_events_do_not_depend_on_the_blocks(tokens: list[bytes], at: list[int]) -> None:
    """B1-B8: the records of an event stream, and which of them carries a quirk."""
    whole, single, random = (frame(blocks, Format.SSE) for blocks in every_cut(b"".join(tokens), at))
    assert whole == single == random


@given(any_bytes(), st.sampled_from(FRAMED), places())
def test_records_do_not_depend_on_the_blocks(data: bytes, framing: Format, at: list[int]) -> None:
    """B3, B9: number, offset, bytes and quirks of each record are those of the whole."""
    whole, single, random = (frame(blocks, framing) for blocks in every_cut(data, at))
    assert whole == single == random


@given(any_bytes(), st.sampled_from(FRAMED))
@example(b" [DONE]", Format.AUTO)
@example(b"{} [DONE]\n", Format.JSONL)
def test_an_offset_is_the_place_of_a_record_in_its_source(data: bytes, framing: Format) -> None:
    """R10: the byte offset that is reported finds the record in the file, byte order mark or not."""
    for number, offset, found, raw, *_ in frame([data], framing):
        if raw is not None:
            assert data[offset : offset + len(raw)] == raw
        elif number and framing is not Format.AMAZON:  # whose records hold no bytes of the file
            first = found.split(b"\n")[0].strip()
            assert first in data[offset:].lstrip().split(b"\n")[0]


@given(st.lists(any_bytes(), max_size=3))
def test_jsonl_passes_every_byte_on(lines: list[bytes]) -> None:
    """R1, R10: where no call is, all leaves as it came, malformed or not (a held call is overtaken by blank lines)."""
    lines = [line.replace(b"\n", b"") for line in lines]
    data = b"".join(line + b"\n" for line in lines)
    # B30, B40 and the like: what lies between records is dropped.
    damaged = any(salvage(Record(1, 0, line, line)) for line in lines)
    behind = b'"stop"' in data and any(line.strip() and b"{" not in line for line in lines)  # Q67: words behind the end
    if not (damaged or behind) and not any(word in data for word in (b"tool_calls", b"[DONE]", b"\xef\xbb\xbf")):
        assert run_blocks([data], "rewrite", Format.JSONL).output == data


def test_sse_in_is_jsonl_out_is_sse_again() -> None:
    """R1: the chunks of an event stream survive both framings."""
    chunks = [chunk({"role": "assistant", "content": "a\u2028b"}), chunk({}, "stop")]
    there = run_blocks([sse(chunks)], "rewrite").output
    assert [json.loads(line) for line in there.split(b"\n") if line] == chunks
    assert run_blocks([there], "sse").output == sse(chunks)
