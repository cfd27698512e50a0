"""The loop: each record once and in order, text before the fault that follows it, and nothing kept between sources."""

import io
import itertools
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from tests.fastpath.differential import observe
from tests.support import chunk, jsonl, message_call, result_of, run_here, sse

from unspool.core.errors import MalformedRecord
from unspool.core.events import ArgumentsFailed, ResponseFailed, StreamIncomplete, TextDelta
from unspool.core.options import Options
from unspool.core.outcome import Outcome
from unspool.diagnostics import Problem
from unspool.errors import SourceFailed
from unspool.formats.record import Record, RecordKind
from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sinks.base import BaseSink, Sink, SourceInfo
from unspool.sinks.chunks import ChunkFormat, ChunkSink
from unspool.sinks.events import EventSink
from unspool.sinks.lint import LintSink
from unspool.sinks.output import Output
from unspool.sinks.text import TextSink
from unspool.sources.file import FileSource

Log = list[tuple[Any, ...]]

HI = message_call(['{"message": "Hi', ' there"}'])
CUT = HI[:2]
BAD = b"no JSON\n"


class Blocks(io.BytesIO):
    """Standard input that gives these blocks, or raises the error among them."""

    def __init__(self, blocks: Iterable[bytes | OSError]) -> None:
        super().__init__()
        self._blocks = iter(blocks)

    def read(self, size: int | None = -1) -> bytes:
        block = next(self._blocks, b"")
        if isinstance(block, OSError):
            raise block
        return block


class LogSink(BaseSink):
    """Writes down what it is told, text and chunk counts for short."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def begin(self, source: SourceInfo) -> None:
        self.log.append(("begin", source.name))

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        text = "".join(event.text for event in outcome.events if isinstance(event, TextDelta))
        self.log.append(("write", record.number, text))

    def pass_through(self, records: list[Record]) -> None:
        self.log += [("pass_through", record.number, record.kind) for record in records]

    def end(self, complete: bool) -> None:
        self.log.append(("end", complete))

    def flush(self) -> None:
        self.log.append(("flush",))

    def close(self) -> None:
        self.log.append(("close",))


def logged(*blocks: bytes | OSError, settings: Settings | None = None) -> tuple[Log, Summary]:
    """What the sink was told and what was reported, in one row."""
    log: Log = []
    summary = Summary()

    def report(problem: Problem) -> None:
        log.append(("report", type(problem.fault), problem.record.number if problem.record else None))

    run(FileSource("-", Blocks(blocks)), settings or Settings(), LogSink(log), report, summary)
    return log, summary


def steps(log: Log) -> Log:
    """Without flushes."""
    return [entry for entry in log if entry != ("flush",)]


def written(kind: str, blocks: Iterable[bytes], settings: Settings) -> tuple[bytes, list[str], set[type]]:
    """What a sink of the product writes, the problems and the kinds of faults."""
    stdout = io.BytesIO()
    output = Output(stdout)
    sinks: dict[str, Sink] = {
        "text": TextSink(output),
        "events": EventSink(output),
        "lint": LintSink(output, as_json=True),
    }
    sink = sinks.get(kind) or ChunkSink(output, ChunkFormat(kind))
    problems: list[str] = []
    summary = Summary()
    run(FileSource("-", Blocks(blocks)), settings, sink, lambda problem: problems.append(_told(problem)), summary)
    sink.close()
    return stdout.getvalue(), problems, summary.faults


def _told(problem: Problem) -> str:
    record = problem.record
    return f"{problem.source} {record and (record.number, record.offset)} {problem.fault!r}"


# --- the order of things -----------------------------------------------------------------------


def test_the_sink_is_told_of_each_record_once_and_in_order() -> None:
    log, summary = logged(jsonl(HI))
    assert steps(log) == [
        ("begin", "standard input"),
        ("write", 1, ""),
        ("write", 2, "Hi"),
        ("write", 3, " there"),
        ("write", 4, ""),
        ("write", 4, ""),  # what the end of the input settles belongs to the last record
        ("end", True),
    ]
    assert result_of(summary) == (set(), True, False)


def test_what_a_block_gave_is_flushed_before_the_next_is_read() -> None:
    lines = [jsonl([one]) for one in HI]
    read: list[int] = []

    def blocks() -> Iterable[bytes]:
        for line in lines:
            read.append(len(log))
            yield line

    log: Log = []
    run(FileSource("-", Blocks(blocks())), Settings(), LogSink(log), lambda _: None, Summary())
    assert [log[at - 1] for at in read[1:]] == [("flush",)] * 3
    assert log[-1] == ("flush",)


def test_a_record_waits_for_its_end_and_nothing_else() -> None:
    whole = jsonl(HI)
    half = len(jsonl(HI[:1])) + 20
    assert steps(logged(whole[:half], whole[half:])[0]) == steps(logged(whole)[0])


def test_text_comes_first_then_the_fault_r11() -> None:
    log, summary = logged(jsonl(CUT))
    faulted = log.index(("report", StreamIncomplete, 2))
    assert log.index(("write", 2, "Hi")) < faulted
    assert log[faulted - 1] == ("flush",)  # visible before the message about it
    assert summary.faults == {StreamIncomplete}


def test_text_and_the_failure_of_its_arguments_in_one_record() -> None:
    log, summary = logged(jsonl(message_call(['{"message": "Hi", oops}'])))
    assert log.index(("write", 2, "Hi")) < log.index(("report", ArgumentsFailed, 2))
    assert summary.faults == {ArgumentsFailed}
    assert summary.text


def test_a_malformed_record_is_passed_on_then_reported_and_reading_goes_on_r10() -> None:
    log, summary = logged(jsonl(HI[:2]) + BAD + jsonl(HI[2:]))
    assert steps(log)[3:6] == [
        ("pass_through", 3, RecordKind.MALFORMED),
        ("report", MalformedRecord, 3),
        ("write", 4, " there"),
    ]
    assert summary.faults == {MalformedRecord}


@pytest.mark.parametrize(
    "line", [b"[]\n", b'"text"\n', b"7\n", b"null\n", b"{}\n", b'{"a": 1}\n', b"\xff\n", b'{"a":\n']
)
def test_every_record_that_is_no_chunk_is_malformed(line: bytes) -> None:
    """Whatever is wrong with it, the fault counts as one kind (exit code 3)."""
    log, summary = logged(jsonl(HI[:1]) + line + jsonl(HI[1:]))
    assert ("pass_through", 2, RecordKind.MALFORMED) in log
    assert summary.faults == {MalformedRecord}


def test_words_behind_the_end_are_no_fault_in_a_line_of_their_own_and_one_in_an_event_q67() -> None:
    """R10, R12: what the server sends as data is not what the recording program writes."""
    words = b"Internal Server Error"
    assert logged(jsonl(HI) + words + b"\n")[1].faults == set()
    assert logged(sse(HI) + words + b"\n")[1].faults == set()
    assert logged(sse(HI) + b"data: " + words + b"\n\n")[1].faults == {MalformedRecord}
    assert logged(jsonl(HI[:1]) + words + b"\n" + jsonl(HI[1:]))[1].faults == {MalformedRecord}


@pytest.mark.parametrize("blank", [b"\n", b" \n", b"\r\n", b"\n\n"])
def test_blank_lines_behind_the_end_leave_as_they_came_r1(blank: bytes) -> None:
    plain = jsonl([chunk({"content": "Hi"}), chunk({}, "stop")])
    assert run_here(["rewrite"], plain + blank).stdout == plain + blank
    assert b"Q67" not in run_here(["lint"], plain + blank).stdout


def test_blank_lines_are_passed_on_and_are_no_fault() -> None:
    """Those before the first record are skipped: until the format is known, their number has no bound."""
    assert ("pass_through", 0, RecordKind.BLANK) not in logged(b"\n" + jsonl(HI))[0]
    first, rest = jsonl(HI[:1]), jsonl(HI[1:])
    log, summary = logged(first + b"\n" + rest)
    assert ("pass_through", 1, RecordKind.BLANK) in log
    assert summary.faults == set()


def test_pings_are_nothing_b13() -> None:
    log, summary = logged(b'{"message_type": "ping", "id": "x"}\n' + jsonl(HI))
    assert steps(log)[1] == ("write", 1, "")
    assert result_of(summary) == (set(), True, False)


def test_an_error_in_the_stream_is_reported_with_its_record_r12() -> None:
    log, summary = logged(jsonl([*CUT, {"error": {"message": "no"}}]))
    assert ("report", ResponseFailed, 3) in log
    assert log.index(("write", 2, "Hi")) < log.index(("report", ResponseFailed, 3))
    assert summary.faults == {ResponseFailed}  # the error explains the end: it is not early on top


def test_an_empty_source_ended_early_r11() -> None:
    for blocks in ([], [b"\n"], [b"\xef\xbb\xbf"], [b": comment\n\n"]):
        _, summary = logged(*blocks)
        assert summary.faults == {StreamIncomplete}, blocks


@pytest.mark.parametrize("data", [b"ev", b"da", sse(HI, done=False) + b"data: [DO"])
def test_a_source_that_ends_in_a_field_or_in_done_ended_early_r11(data: bytes) -> None:
    _, summary = logged(data)
    assert StreamIncomplete in summary.faults


# --- the ends of streams -----------------------------------------------------------------------


def test_done_ends_a_stream_and_the_source_does_not_end_it_again() -> None:
    log, _ = logged(sse(HI))
    assert [entry for entry in log if entry[0] == "end"] == [("end", True)]


def test_what_follows_done_is_a_stream_of_its_own_b4() -> None:
    """R13: state does not pass [DONE]; faults of one stream do not spoil the other."""
    log, summary = logged(sse(CUT) + sse(HI))
    assert [entry for entry in log if entry[0] == "end"] == [("end", False), ("end", True)]
    assert summary.faults == {StreamIncomplete}


@pytest.mark.parametrize(
    "stream",
    [jsonl(CUT), jsonl([*CUT, {"error": {"message": "no"}}])],
    ids=["cut", "error"],
)
def test_an_unsound_stream_is_not_said_to_be_complete(stream: bytes) -> None:
    log, _ = logged(stream)
    assert ("end", True) not in log


def test_a_source_that_fails_in_the_middle_gives_what_is_certain() -> None:
    """R11: the text is out; that the stream is cut is the source's fault, and told once."""
    log, summary = logged(jsonl(CUT), OSError(5, "Input/output error"))
    assert log.index(("write", 2, "Hi")) < log.index(("report", SourceFailed, None))
    assert summary.faults == {SourceFailed}
    assert ("end", True) not in log


def test_a_source_that_fails_at_once() -> None:
    log, summary = logged(OSError(5, "Input/output error"))
    assert steps(log)[0] == ("begin", "standard input")
    assert ("report", SourceFailed, None) in log
    assert result_of(summary) == ({SourceFailed}, False, False)


def test_a_missing_file_is_reported_by_its_name() -> None:
    problems: list[Problem] = []
    run(FileSource("/nowhere/at all", None), Settings(), LogSink([]), problems.append, Summary())
    ((source, record, fault, *_),) = problems
    assert (source, record) == ("/nowhere/at all", None)
    assert isinstance(fault, SourceFailed)


def test_what_the_sink_raises_comes_out() -> None:
    """A closed output ends the run; it is nobody's fault among the sources."""

    class Closed(LogSink):
        def flush(self) -> None:
            raise BrokenPipeError

    summary = Summary()
    with pytest.raises(BrokenPipeError):
        run(FileSource("-", io.BytesIO(jsonl(HI))), Settings(), Closed([]), lambda _: None, summary)
    assert summary.faults == set()


# --- settings ----------------------------------------------------------------------------------


def test_strict_stops_at_the_first_record_that_cannot_be_read() -> None:
    log, summary = logged(jsonl(HI[:2]) + BAD + BAD + jsonl(HI[2:]), settings=Settings(strict=True))
    assert summary.stopped
    assert summary.faults == {MalformedRecord}
    assert [entry for entry in log if entry[0] == "report"] == [("report", MalformedRecord, 3)]
    assert ("write", 2, "Hi") in log
    assert not [entry for entry in log if entry[:2] == ("write", 5)]
    assert log[-1] == ("flush",)


def test_strict_stops_at_arguments_that_cannot_be_read() -> None:
    stream = jsonl(message_call(['{"message": "Hi", oops}'])) + jsonl(
        [chunk({"content": "x"}, "stop", id="chatcmpl-2")]
    )
    log, summary = logged(stream, settings=Settings(strict=True))
    assert summary.stopped
    assert summary.faults == {ArgumentsFailed}
    assert ("write", 2, "Hi") in log
    assert not any("x" in entry for entry in log)


@pytest.mark.parametrize("stream", [jsonl(HI), jsonl(CUT), jsonl([{"error": {"message": "no"}}])])
def test_strict_lets_everything_pass_that_can_be_read(stream: bytes) -> None:
    _, summary = logged(stream, settings=Settings(strict=True))
    assert not summary.stopped


def test_single_step_reads_no_further_than_it_must() -> None:
    """The chunk that begins the second step ends the run; no record after it is read."""
    second = [chunk({"role": "assistant", "content": "x"}, id="chatcmpl-2"), chunk({}, "stop", id="chatcmpl-2")]
    unread = OSError(5, "must not be read")
    log, summary = logged(jsonl(HI), jsonl(second[:1]), unread, settings=Settings(single_step=True))
    assert result_of(summary) == (set(), True, False)
    assert not any("x" in entry for entry in log)


def test_single_step_ends_with_done() -> None:
    log, summary = logged(sse(HI), OSError(5, "must not be read"), settings=Settings(single_step=True))
    assert result_of(summary) == (set(), True, False)
    assert ("end", True) in log


def test_single_step_keeps_the_usage_that_follows_the_step_q5() -> None:
    usage = {"id": "chatcmpl-1", "choices": [], "usage": {"total_tokens": 3}}
    log, _ = logged(jsonl([*HI, usage]), settings=Settings(single_step=True))
    assert ("write", 5, "") in log


def test_single_step_of_a_step_that_is_cut_is_still_cut() -> None:
    stream = jsonl([*CUT, chunk({"role": "assistant", "content": ""}, id="chatcmpl-2")])
    _, summary = logged(stream, settings=Settings(single_step=True))
    assert summary.faults == {StreamIncomplete}


@pytest.mark.parametrize(("choice", "text"), [(0, False), (1, True), (2, False)])
def test_only_text_of_the_chosen_choice_counts(choice: int, text: bool) -> None:
    _, summary = logged(jsonl([chunk({"content": "x"}, "stop", index=1)]), settings=Settings(choice=choice))
    assert summary.text is text


def test_a_summary_adds_up_over_sources_and_nothing_else_does() -> None:
    """R13: each source starts afresh."""
    summary, log = Summary(), []  # type: tuple[Summary, Log]
    for stream in (jsonl(CUT), jsonl(HI[2:]), BAD):
        run(FileSource("-", io.BytesIO(stream)), Settings(), LogSink(log), lambda _: None, summary)
    assert summary.faults >= {StreamIncomplete, MalformedRecord}
    assert "".join(entry[2] for entry in log if entry[0] == "write") == "Hi"
    assert [entry[1] for entry in log if entry[0] == "pass_through"] == [1]


def test_options_reach_the_transformer() -> None:
    stream = jsonl(message_call(['{"text": "T"}'], tool="speak"))
    assert logged(stream)[1].text is False
    assert logged(stream, settings=Settings(Options(tools={"speak": "text"})))[1].text is True


# --- the same, however it is cut and whichever way it takes -------------------------------------

STREAMS = {
    "lines": jsonl([*HI, *message_call(['{"inner_thoughts": "x", "message": "\\u00e9', "\\n", '"}'])]),
    "events": b": hello\n\n" + sse(HI).replace(b"\n", b"\r\n"),
    "malformed": jsonl(HI[:2]) + b'{"half\n\xff\n' + jsonl(HI[2:]) + BAD[:-1],
    "cut": jsonl(CUT) + b"\n\n",
    "failed arguments": jsonl(message_call(['{"message": "Hi', '", oops', "}"])),
    "two choices": jsonl(
        [one for pair in zip(HI, message_call(['{"message": "Ho', '!"}']), strict=True) for one in pair]
    ),
}


def shown(*blocks: bytes) -> tuple[Any, ...]:
    """What the sinks of the product write from one reading, the problems and the summary."""
    seen = observe(blocks, KINDS, fast=True)
    problems = [entry for entry in seen.timeline if entry[0] == "problem"]
    return [seen.written(kind) for kind in KINDS], problems, seen.summary


KINDS = ("text", "jsonl", "sse", "events")


@pytest.mark.parametrize("name", STREAMS)
def test_where_blocks_are_cut_changes_nothing(name: str) -> None:
    """What leaves, what is told and which place it names: the same for cuts in two, and for single bytes."""
    stream = STREAMS[name]
    whole = shown(stream)
    for at in range(1 + list(STREAMS).index(name) % 3, len(stream), 3):
        assert shown(stream[:at], stream[at:]) == whole, at
    assert shown(*(stream[at : at + 1] for at in range(len(stream)))) == whole


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_the_fast_path_changes_no_result(stream: bytes, kind: str) -> None:
    for strict, single_step in itertools.product([False, True], repeat=2):
        slow, fast = (
            written(kind, [stream], Settings(strict=strict, single_step=single_step, fast=fast))
            for fast in (False, True)
        )
        assert slow == fast


JUNK = {
    "lines": b"x\n" * 9 + jsonl(HI) + b"x\n1\n" * 5 + b"x",
    "lines that end with CRLF": b"1\r\n" * 9 + b"1",
    "objects": b"{}\n" * 5 + b'{"id":"a"}\n' * 4 + b'{"id":"b"}\n{"id":"a"}\n' * 3 + jsonl(HI[:1]) + b"{}\n" * 5,
    "broken objects": b"{\n" * 9 + b'{"a\n' * 5 + jsonl(HI),
    "an array": b"[" + b"{},1,{},{}," * 4 + b"2]",
    "values that span lines": b'{\n "a": 1\n}\n' * 9,
    "events": b"data: {}\n\n" * 9 + sse(HI, done=False) + b"data: 1\n\ndata: x\n\n" * 4,
    "bytes": b"\xff\n" * 9,
}


@pytest.mark.parametrize("kind", ["text", "jsonl", "chunks", "sse", "events", "lint"])
@pytest.mark.parametrize("stream", JUNK.values(), ids=JUNK)
def test_records_with_the_same_fault_are_treated_alike_however_many_come_at_once(stream: bytes, kind: str) -> None:
    """In single bytes each comes by itself, in one block all are taken together."""
    whole, _, faults = written(kind, [stream], Settings())
    single, _, same = written(kind, [stream[at : at + 1] for at in range(len(stream))], Settings())
    assert (single, same) == (whole, faults)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the input is empty"),
        (b"\n\n", "the input is empty"),
        (b'2031-05-04 INFO app {"a": "%b"}\n' % (b"x" * 99999), "the input holds no record of a stream"),
        (b": keep-alive\n\n", "the input holds no record of a stream"),
        (b"event: progress\ndata: hello\n\n", "the input holds no record of a stream"),
        (b'{"message_type":"ping"}\n', "the input holds no response"),
        (b'{"choices":[],"usage":{"prompt_tokens":1}}\n', "the input ended before any choice arrived"),
        (b"data: [DONE]\n\n", "the input holds no response"),
        (b'event: thread.run.completed\ndata: {"id":"run_1"}\n\ndata: [DONE]\n\n', "the input holds no response"),
    ],
)
def test_an_input_without_a_response_is_no_success_r17(data: bytes, reason: str) -> None:
    """There is nothing to show, so the reason is said."""
    ran = run_here(["text"], data)
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (4, b"", 1)
    assert reason in ran.stderr


@pytest.mark.parametrize("cut", [1, 3, 1000])
def test_records_with_the_same_damage_are_treated_alike_however_many_there_are(cut: int) -> None:
    """Those behind the third are recognised by their bytes."""
    data = b"{},\n" * 9 + b'{"a":1},\r\n'
    ran = run_here(["rewrite"], data)
    assert (ran.code, ran.stdout) == (3, b"{}\n" * 9 + b'{"a":1}\n')
    stdout = io.BytesIO()
    faults: list[Problem] = []
    blocks = [data[at : at + cut] for at in range(0, len(data), cut)]
    source = FileSource("-", Blocks(blocks))
    run(source, Settings(), ChunkSink(Output(stdout)), faults.append, Summary())
    assert stdout.getvalue() == ran.stdout
    assert sum(one.times for one in faults if one.record) == 10
    assert b"Q66  10 " in run_here(["lint"], data).stdout


GEMINI = [{"candidates": [{"content": {"parts": [{"text": text}]}, "finishReason": "STOP"}]} for text in ("Hi", "Ahoy")]
ANSWERS: list[tuple[dict[str, object], list[list[dict[str, object]]]]] = [
    ({"model": "m", "messages": [{"role": "user", "content": "?"}]}, [[chunk({"content": "Hi"}, "stop")]] * 2),
    ({"contents": [{"parts": [{"text": "?"}]}]}, [[{**one, "responseId": f"r{one is GEMINI[0]}"}] for one in GEMINI]),
]


@pytest.mark.parametrize(("request_body", "answers"), ANSWERS, ids=["chat", "gemini, which has no end of its own"])
@pytest.mark.parametrize("framed", [jsonl, sse])
def test_a_request_before_each_answer_is_left_out_q67(
    request_body: dict[str, object],
    answers: list[list[dict[str, object]]],
    framed: Callable[[list[dict[str, object]]], bytes],
) -> None:
    """Whether the answer before it has a known end or not."""
    data = b"".join(jsonl([request_body]) + framed(answer) for answer in answers)
    ran = run_here(["text"], data)
    assert (ran.code, len(ran.stdout.splitlines()), ran.stderr) == (0, 2, "")


@pytest.mark.parametrize(
    "record",
    [
        {"messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "Lost"}]},
        {"contents": [{"role": "model", "parts": [{"text": "Lost"}]}]},
        {"messages": [{"text": "Lost"}]},
        {"input": "Lost"},
        {"type": "state", "messages": [{"role": "user", "content": "?"}]},
    ],
)
def test_a_conversation_between_records_is_not_left_out_silently(record: dict[str, object]) -> None:
    assert run_here(["text"], jsonl([chunk({"content": "Hi"}, "stop"), record])).code == 3


PARTS = [{"text": "Six?", "thought": True}, {"text": "At six."}]
THOUGHTS = {"candidates": [{"content": {"parts": PARTS}, "index": 0}]}
MESSAGE = {"id": "m", "type": "message", "role": "assistant", "content": [{"type": "text", "text": "At six."}]}
WHOLE = {
    "object": "chat.completion",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "At six."}, "finish_reason": "stop"}],
}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "whole", [WHOLE, [WHOLE], MESSAGE, THOUGHTS], ids=["an object", "an array", "a message", "thoughts"]
)
def test_a_document_that_is_cut_is_one_fault(whole: object, indent: int | None) -> None:
    document = json.dumps(whole, indent=indent).encode()
    for end in range(1, len(document), 7):
        ran = run_here(["text"], document[:end])
        assert (ran.code, ran.stderr.count("\n")) == (4, 1), document[:end]
        assert b"At six.".startswith(ran.stdout.rstrip(b"\n"))
    rows = run_here(["table", "--columns", "finish,exit"], document[:-3]).stdout.splitlines()
    assert [json.loads(row) for row in rows] == [{"finish": None, "exit": 4}]


def test_quirks_of_the_framing_behind_a_record_that_is_cut_do_not_end_it() -> None:
    events = sse(HI).replace(b"\n", b"\r\n")
    ran = run_here(["text"], events[: events.rindex(b"choices")])
    assert (ran.code, ran.stderr.count("\n")) == (4, 1)
