"""Every capture of the Chat Completions format through the command, checked against an oracle of few lines.

The oracle reads a file at once and shares no code with unspool. Ids are file names, so that a failure names its
capture.
"""

import io
import json
import random
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from tests.captures import oracle
from tests.captures.material import (
    FOLDER,
    REASON,
    Capture,
    ToolCase,
    blocks,
    captures,
    catalogued,
    cut_points,
    deltas,
    spread,
    tool_cases,
    values,
)
from tests.captures.oracle import Rec, Turn
from tests.fastpath.differential import assert_same_as_slow_path
from tests.support import Ran, run_here

from unspool.core.options import Options, OtherTools, Thoughts
from unspool.core.repairs import Repair
from unspool.diagnostics import Problem
from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sinks.base import Sink
from unspool.sinks.chunks import ChunkFormat, ChunkSink
from unspool.sinks.events import EventSink
from unspool.sinks.output import Output
from unspool.sinks.text import TextSink

if not FOLDER.is_dir():
    pytest.skip(REASON, allow_module_level=True)


every_capture = pytest.mark.parametrize("capture", captures(), ids=lambda capture: capture.name)
every_tool = pytest.mark.parametrize("case", tool_cases(), ids=str)

COMMANDS = (["text"], ["rewrite"], ["rewrite", "--to=sse"], ["events"])


@cache
def ran(capture: Capture, *arguments: str) -> Ran:
    """One command over one capture, with what must hold of every run."""
    done = run_here([*arguments, str(capture.path)])
    assert done.code in (0, 3, 4, 5)
    lines = done.stderr.splitlines()
    assert all(line.startswith("unspool: ") for line in lines)
    notes = ("the answer was refused", "the answer was filtered", "no message; ")  # R17, and a hint: no faults
    faults = [line for line in lines if not any(note in line for note in notes)]
    assert bool(faults) == (done.code != 0), "each fault has a line, and each line a fault"
    return done


# The oracle itself


def the_oracle_reads_the_tool_calls_that_the_catalogue_counted(capture: Capture) -> None:
    """Name and lengths of string values by the collection's own script, where both could read the arguments."""
    counted = [
        (name, {key: length for key, length in lengths.items() if length >= 0 and not key.startswith("<")})
        for name, lengths, _ in catalogued().get(capture.name, {"tools": []})["tools"]
        if lengths is not None
    ]
    read = []
    for call in capture.calls:
        try:
            value, whole = oracle.value_of(call.arguments)
        except oracle.Unreadable:
            value, whole = {}, call.arguments in ("", "null")
        if whole:
            strings = {key: len(member) for key, member in value.items() if isinstance(member, str)}
            read.append((call.name, strings))
    for one in counted:
        assert one in read


# 1. No capture makes a command fall over


def each_command_ends_with_the_code_that_fits_the_capture(capture: Capture) -> None:
    """R9 to R13: nothing crashes, and the code says what is wrong with the stream."""
    for command in COMMANDS:
        done = ran(capture, *command)
        assert done.code == oracle.code_of(capture.records)
        if command == ["events"]:
            assert all(json.loads(line)["event"] for line in done.stdout.split(b"\n") if line)


def without_a_message_tool_the_text_is_the_content(capture: Capture) -> None:
    """R3, R14: plain content of choice 0, a newline behind each message."""
    expected = oracle.printed(oracle.said(capture.turns, "send_message", "message"))
    assert ran(capture, "text").stdout.decode() == expected


# 2. Nothing to rewrite: nothing changes


def same_data(before: list[Rec], after: list[Rec]) -> None:
    """The same records in the same order; one that spanned lines may be written on one."""
    assert len(before) == len(after)
    for ours, theirs in zip(before, after, strict=True):
        if b"\n" in ours.data:
            assert ours.value == theirs.value
        else:
            assert ours.data == theirs.data


def payload(records: list[Rec]) -> list[Rec]:
    return [record for record in records if record.kind != "done"]


def rewrite_leaves_a_stream_without_message_calls_as_it_is(capture: Capture) -> None:
    """R1, R2: the same bytes (JSONL), the same data of each event (SSE), in both framings of the output."""
    lines = ran(capture, "rewrite").stdout
    if capture.is_sse:
        same_data(payload(capture.records), oracle.frame(lines, ".jsonl"))
    else:
        assert lines == capture.data
    same_data(payload(capture.records), payload(oracle.frame_sse(ran(capture, "rewrite", "--to=sse").stdout)))


def a_complete_event_stream_ends_with_one_done(capture: Capture) -> None:
    """`--to sse` ends a complete stream with [DONE], and only a complete one."""
    done = ran(capture, "rewrite", "--to=sse")
    marks = [record.kind for record in oracle.frame_sse(done.stdout)]
    assert marks.count("done") == (done.code in (0, 3))
    assert "done" not in marks[:-1]


def as_lines(capture: Capture) -> bytes:
    """The capture as JSONL, with its [DONE] as a line of its own."""
    lines = [json.dumps(record.value).encode() if b"\n" in record.data else record.data for record in capture.records]
    return b"".join(line + b"\n" for line in lines)


def a_capture_as_lines_keeps_its_bytes_and_its_end(capture: Capture) -> None:
    """R1, B11: a [DONE] on a line of its own is one of the lines."""
    lines = as_lines(capture)
    assert run_here(["rewrite", "--from=jsonl"], lines).stdout == lines


def each_done_of_a_capture_is_one_event(capture: Capture) -> None:
    """One object for each thing seen."""
    events = [json.loads(line) for line in ran(capture, "events").stdout.split(b"\n") if line]
    ends = [record for record in capture.records if record.kind == "done"]
    assert [event["event"] for event in events].count("done") == len(ends)


# 3. Each tool of each capture as the message tool


def the_text_of_a_tool_is_its_decoded_argument(case: ToolCase) -> None:
    """R3: what json.loads makes of the joined arguments, in order with the content, cut arguments as far as they go."""
    done = ran(case.capture, "text", case.option)
    if case.said is None:
        assert done.code in (3, 4)
    else:
        assert done.stdout.decode() == oracle.printed(case.said)
        assert done.code == oracle.code_of(case.capture.records)


# 4. What a strict client makes of it


def rewritten_lines(case: ToolCase, output: bytes) -> list[bytes]:
    known = {record.data for record in case.capture.records}
    return [line for line in output.split(b"\n") if line and line.rstrip(b"\r") not in known]


def a_strict_client_accepts_each_rewritten_chunk_of_a_recording(case: ToolCase) -> None:
    """R4: openai's own model reads them, and each keeps the id, created and model it came with."""
    lines = rewritten_lines(case, ran(case.capture, "rewrite", case.option).stdout)
    assert lines
    envelopes = {json.dumps(envelope(record.value)) for record in case.capture.records if record.kind == "value"}
    for line in lines:
        value = json.loads(line)
        assert json.dumps(envelope(value)) in envelopes
        ChatCompletionChunk.model_validate(value)


def envelope(chunk: dict[str, Any]) -> dict[str, Any]:
    return {key: member for key, member in chunk.items() if key != "choices"}


def a_client_joins_the_same_text_that_text_prints(case: ToolCase) -> None:
    """R3, R4: delta.content of choice 0 in rewritten streams is the text, but for newlines between messages.

    Separators (R16) have tests of their own.
    """
    chunks = values(ran(case.capture, "rewrite", case.option, "--separator=").stdout)
    content = "".join(oracle.content(delta) for delta in deltas(chunks, 0))
    if case.said is not None:
        assert content == "".join(case.said)
    text = ran(case.capture, "text", case.option).stdout.decode()
    assert content.replace("\n", "") == text.replace("\n", "")


# 5. The shape of what was rewritten


def turns_before_and_after(case: ToolCase) -> Iterator[tuple[Turn, Turn]]:
    """The turns of each choice in which the tool speaks, with what became of them."""
    output = oracle.frame(ran(case.capture, "rewrite", case.option).stdout, ".jsonl")
    for index in oracle.choices(case.capture.records):
        before, after = oracle.turns(case.capture.records, index), oracle.turns(output, index)
        assert len(before) == len(after)
        for old, new in zip(before, after, strict=True):
            if any(call.name == case.tool for call in old.calls):
                yield old, new


def a_rewritten_choice_has_one_finish_that_fits_what_was_passed_on(case: ToolCase) -> None:
    """R5: the first finish stands, made a stop where no call is left to answer."""
    for old, new in turns_before_and_after(case):
        expected = old.finishes[:1]
        if expected and expected[0] in ("tool_calls", "function_call") and not new.calls:
            expected = ["stop"]
        assert new.finishes == expected


def no_call_of_the_message_tool_is_left_and_the_others_are_numbered_densely(case: ToolCase) -> None:
    """R6: other calls keep name, id and arguments; their indexes run from 0."""
    for old, new in turns_before_and_after(case):
        others = [call for call in old.calls if call.name != case.tool]
        assert [(call.name, call.id, call.arguments) for call in new.calls] == [
            (call.name, call.id, call.arguments) for call in others
        ]
        assert [call.index for call in new.calls if call.index is not None] == list(range(len(new.calls)))
    for chunk in values(ran(case.capture, "rewrite", case.option).stdout):
        for delta in deltas([chunk], 0):
            assert (delta.get("function_call") or {}).get("name") != case.tool


def the_role_stands_on_the_first_delta_of_a_rewritten_choice_alone(case: ToolCase) -> None:
    """R4, Q15: rewritten chunks carry a role where they open the choice and nowhere else; others keep theirs."""
    output = ran(case.capture, "rewrite", case.option).stdout
    fresh = set(rewritten_lines(case, output))
    finished, opened = False, False
    for record in oracle.frame(output, ".jsonl"):
        for choice in record.value.get("choices") or [] if record.kind == "value" else []:
            if (choice.get("index") or 0) != 0:
                continue
            opened = opened and not (finished and oracle.speaks(choice))
            if record.data in fresh:
                assert ("role" in (choice.get("delta") or {})) == (not opened)
            opened = True
            finished = choice.get("finish_reason") not in oracle.BLANK or (finished and not oracle.speaks(choice))


# The checks of one capture in one test: the runs that they share are done once


@every_capture
def test_a_capture_is_read_as_the_oracle_reads_it(capture: Capture) -> None:
    the_oracle_reads_the_tool_calls_that_the_catalogue_counted(capture)
    each_command_ends_with_the_code_that_fits_the_capture(capture)
    without_a_message_tool_the_text_is_the_content(capture)
    a_complete_event_stream_ends_with_one_done(capture)
    each_done_of_a_capture_is_one_event(capture)
    if all(call.name != "send_message" for call in capture.calls):
        rewrite_leaves_a_stream_without_message_calls_as_it_is(capture)
        a_capture_as_lines_keeps_its_bytes_and_its_end(capture)


@every_tool
def test_a_tool_of_a_capture_is_rewritten_as_the_oracle_reads_it(case: ToolCase) -> None:
    the_text_of_a_tool_is_its_decoded_argument(case)
    a_client_joins_the_same_text_that_text_prints(case)
    a_rewritten_choice_has_one_finish_that_fits_what_was_passed_on(case)
    no_call_of_the_message_tool_is_left_and_the_others_are_numbered_densely(case)
    the_role_stands_on_the_first_delta_of_a_rewritten_choice_alone(case)
    if case.capture.is_recorded:
        a_strict_client_accepts_each_rewritten_chunk_of_a_recording(case)


# 6. Captures cut off


def first_case(capture: Capture) -> list[str]:
    return next(([case.option] for case in tool_cases() if case.capture is capture), [])


CASES_BY_CAPTURE = {capture.name: first_case(capture) for capture in captures()}


@pytest.mark.parametrize("capture", captures()[::2], ids=lambda capture: capture.name)
def test_a_capture_cut_off_gives_the_text_before_the_cut(capture: Capture) -> None:
    """R10, R11: all decoded text, then a fault; at a cut between records and inside of one."""
    options = CASES_BY_CAPTURE[capture.name]
    whole = ran(capture, "text", *options).stdout.decode()
    source = "--from=sse" if capture.is_sse else "--from=jsonl"
    for point in cut_points(capture):
        head = capture.data[:point]
        done = run_here(["text", source, *options], head)
        text = done.stdout.decode()
        assert whole.startswith((text, text.removesuffix("\n").removesuffix("\ufffd"))), point
        assert done.code == oracle.code_of(oracle.frame(head, capture.name)), point


# 7. Any split of the bytes


class Pieces:
    """A source in memory that gives the blocks it was made with."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.name = "memory"
        self._pieces = pieces

    def blocks(self) -> Iterator[bytes]:
        yield from self._pieces


def piped(pieces: list[bytes], options: Options) -> list[tuple[bytes, set[type], list[str]]]:
    """Output, faults and reports of each sink."""
    results = []
    for make in (
        TextSink,
        ChunkSink,
        lambda output: ChunkSink(output, ChunkFormat.SSE),
        EventSink,
    ):
        stream, summary, problems = io.BytesIO(), Summary(), list[Problem]()
        sink: Sink = make(Output(stream))
        run(Pieces(pieces), Settings(options), sink, problems.append, summary)  # type: ignore[arg-type]
        sink.close()
        places = [f"{problem.fault} {problem.record and problem.record.offset}" for problem in problems]
        results.append((stream.getvalue(), summary.faults, places))
    return results


def sampled() -> list[Capture]:
    """A good 60 files: the smallest two of each folder, and an even spread of all."""
    folders: dict[str, list[Capture]] = {}
    for one in captures():
        folders.setdefault(one.name.partition("/")[0], []).append(one)
    small = [one for files in folders.values() for one in sorted(files, key=lambda one: one.path.stat().st_size)[:2]]
    names = {one.name for one in [*small, *spread(captures(), 24)]}
    return [one for one in captures() if one.name in names]


@pytest.mark.parametrize("capture", sampled(), ids=lambda capture: capture.name)
def test_no_split_of_the_bytes_changes_anything(capture: Capture) -> None:
    """R2, R3, B9: text, chunks, events and faults are those of the file in one block."""
    case = next((case for case in tool_cases() if case.capture is capture), None)
    options = Options(tools={case.tool: case.argument}) if case else Options()
    whole = piped([capture.data], options)
    chance = random.Random(capture.name)
    for longest in (3, 40, 4000):
        data = capture.data if longest > 3 else capture.data[:20_000]
        expected = whole if data is capture.data else piped([data], options)
        assert piped(list(blocks(data, chance, longest)), options) == expected


# 8. The short way through


def damaged(capture: Capture, chance: random.Random) -> bytes:
    """The records of a capture, some twice, some gone, some in another place, and now and then a [DONE]."""
    kept = [one for record in capture.records for one in [record.data] * chance.choice((0, 1, 1, 1, 1, 1, 2))]
    for _ in range(len(kept) // 10):
        kept.insert(chance.randrange(len(kept)), kept.pop(chance.randrange(len(kept))))
    for _ in range(2):
        kept.insert(chance.randrange(len(kept) + 1), b"[DONE]")
    return b"".join(b"data: " + data.replace(b"\n", b" ") + b"\n\n" for data in kept)


def lengthened(capture: Capture, chance: random.Random) -> bytes:
    """Each record of a capture and its likes with other texts: runs that are long enough to be taken together."""
    kept = []
    for record in capture.records:
        data = record.data.replace(b"\n", b" ")
        kept += [data, *(other_texts(data, chance) for _ in range(3))]
    end = b"\n\n" if capture.is_sse else b"\n"
    return b"".join((b"data: " if capture.is_sse else b"") + data + end for data in kept)


def other_texts(data: bytes, chance: random.Random) -> bytes:
    """A record that says something else, and is padded with something else (Q10)."""
    data = TEXT.sub(lambda found: found[1] + chance.choice(SAID) + b'"', data)
    return PADDING.sub(lambda found: found[1] + b"abcdefgh"[: chance.randint(1, 8)] + b'"', data)


TEXT = re.compile(rb'("(?:content|reasoning|reasoning_content|arguments)" ?: ?")[^"\\{}]*"')
PADDING = re.compile(rb'("obfuscation" ?: ?")\w*"')
MAIN_SINKS = ("text", "jsonl", "sse", "events")
SAID = (b"so", b" and", b" on ", b"\xc3\xa9", b"\\n", b"\\u00e9", b"", b" a few words more")


def ways_of(case: ToolCase) -> list[Options]:
    """The options, no two of which share a value but for the tool."""
    tools = {case.tool: case.argument}
    cumulative = frozenset({Repair.CUMULATIVE})
    return [
        Options(tools=tools),
        Options(tools=tools, thoughts=Thoughts.REASONING, other_tools=OtherTools.DROP),
        Options(tools=tools, repairs=cumulative),
        Options(other_tools=OtherTools.DROP, repairs=cumulative),
    ]


@every_tool
def test_the_short_way_gives_what_the_long_way_gives(case: ToolCase) -> None:
    """R2, R3: the fast path changes no result; on the capture, and on its records out of order."""
    chance = random.Random(str(case))
    options = Options(tools={case.tool: case.argument})
    data = case.capture.data
    for one in [data, damaged(case.capture, chance)]:
        assert_same_as_slow_path(one, MAIN_SINKS, options=options)
    longer = lengthened(case.capture, chance)[:100_000]
    assert_same_as_slow_path(list(blocks(longer, chance, 20_000)), MAIN_SINKS, options=options)


@pytest.mark.parametrize("capture", sampled(), ids=lambda capture: capture.name)
def test_no_option_and_no_sink_tells_which_way_was_taken(capture: Capture) -> None:
    chance = random.Random(capture.name)
    data = lengthened(capture, chance)[:100_000]
    case = next((case for case in tool_cases() if case.capture is capture), None)
    for options in ways_of(case) if case else [Options()]:
        assert_same_as_slow_path(capture.data, options=options, choice=1)
        assert_same_as_slow_path(data, options=options)
