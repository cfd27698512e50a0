"""What a run writes: text, chunks or events (R1, R10, R11)."""

import io
import json
from collections.abc import Iterator, Sequence
from typing import Any, get_args

import pytest
from tests.support import calls, chunk, entry, jsonl, message_call, sse

from unspool.core.errors import MalformedRecord
from unspool.core.events import ArgumentsFailed, Event, ResponseFailed, StreamIncomplete
from unspool.core.options import Options, Thoughts
from unspool.diagnostics import Problem
from unspool.errors import SourceFailed
from unspool.formats.detect import Format
from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sinks.base import Sink
from unspool.sinks.chunks import ChunkFormat, ChunkSink
from unspool.sinks.events import EVENT_NAMES, EventSink
from unspool.sinks.output import Output
from unspool.sinks.text import TextSink
from unspool.sources.file import FileSource

SAY = "send_message"


def test_every_event_has_a_name_of_its_own() -> None:
    assert set(EVENT_NAMES) == set(get_args(Event))
    assert len(set(EVENT_NAMES.values())) == len(EVENT_NAMES)


class Memory(FileSource):
    """Blocks at hand, and perhaps a failure behind them."""

    def __init__(self, blocks: Sequence[bytes], failure: str = "") -> None:
        super().__init__("memory", None)
        self._given, self._failure = blocks, failure

    def blocks(self) -> Iterator[bytes]:
        yield from self._given
        if self._failure:
            raise SourceFailed(self.name, self._failure)


class Run:
    """One sink, and what came of the sources read into it."""

    def __init__(self, kind: str = "text", choice: int = 0, **settings: Any) -> None:
        self.stream = io.BytesIO()
        self.problems: list[Problem] = []
        self.summary = Summary()
        self.settings = Settings(choice=choice, **settings)
        output = Output(self.stream)
        sinks: dict[str, Sink] = {
            "text": TextSink(output, choice, self.settings.options.thoughts),
            "jsonl": ChunkSink(output),
            "sse": ChunkSink(output, ChunkFormat.SSE),
            "events": EventSink(output),
        }
        self.sink = sinks[kind]

    def read(self, *blocks: bytes, failure: str = "") -> "Run":
        run(Memory(blocks, failure), self.settings, self.sink, self.problems.append, self.summary)
        self.sink.close()
        return self

    @property
    def output(self) -> bytes:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.output.split(b"\n") if line]


def read(kind: str, *blocks: bytes, **settings: Any) -> bytes:
    return Run(kind, **settings).read(*blocks).output


HI = message_call(['{"message":"Hi', " there", '"}'])


# --- text --------------------------------------------------------------------------------------


def test_a_message_ends_with_a_newline() -> None:
    assert read("text", jsonl(HI)) == b"Hi there\n"


@pytest.mark.parametrize("text", ["Hi\n", "Hi\n\n"])
def test_a_message_that_ends_with_one_gets_no_other(text: str) -> None:
    arguments = json.dumps({"message": text})
    assert read("text", jsonl(message_call([arguments]))) == text.encode()


def test_two_messages_never_run_together() -> None:
    """Of two calls, of two steps, and of content beside a call."""
    two = [entry('{"message":"A"}', index=0, id="a", name=SAY), entry('{"message":"B"}', index=1, id="b", name=SAY)]
    assert read("text", jsonl([chunk(calls(*two), "tool_calls")])) == b"A\nB\n"
    assert read("text", jsonl([*HI, *HI])) == b"Hi there\nHi there\n"
    assert read("text", jsonl([chunk(calls(entry('{"message":"B"}', name=SAY), content="A"), "stop")])) == b"A\nB\n"


def test_two_sources_never_run_together() -> None:
    both = Run("text").read(jsonl([chunk({"content": "A"})])).read(jsonl([chunk({"content": "B"})]))
    assert both.output == b"A\nB\n"


def test_r14_one_choice_is_printed() -> None:
    data = jsonl([chunk({"content": text}, index=index) for index, text in ((1, "B"), (0, "A"), (1, "b"), (0, "a"))])
    assert read("text", data) == b"Aa\n"
    assert read("text", data, choice=1) == b"Bb\n"
    assert Run("text", choice=2).read(data).summary.text is False


def test_r7_thoughts_are_printed_on_request() -> None:
    data = jsonl(message_call(['{"inner_thoughts":"hm","message":"Hi"}']))
    assert read("text", data) == b"Hi\n"
    assert read("text", data, options=Options(thoughts=Thoughts.REASONING)) == b"hm\nHi\n"


def test_r11_text_leaves_before_the_fault() -> None:
    ran = Run("text")
    seen: list[bytes] = []
    report = ran.problems.append

    def remember(problem: Problem) -> None:
        seen.append(ran.output)
        report(problem)

    run(Memory([jsonl(HI[:2])]), ran.settings, ran.sink, remember, ran.summary)
    assert seen == [b"Hi\n"]
    assert ran.output == b"Hi\n"
    assert ran.summary.faults == {StreamIncomplete}


def test_what_has_arrived_is_visible_before_the_next_block() -> None:
    seen: list[bytes] = []
    ran = Run("text")

    class Watching(Memory):
        def blocks(self) -> Iterator[bytes]:
            for block in super().blocks():
                yield block
                seen.append(ran.output)

    run(Watching([jsonl([one]) for one in HI]), ran.settings, ran.sink, ran.problems.append, ran.summary)
    assert seen == [b"", b"Hi", b"Hi there", b"Hi there", b"Hi there\n"]


# --- chunks ------------------------------------------------------------------------------------

ODD = b'{"choices": [ {"index":0,"delta":{"content":"x"},"n":1e2} ],  "big":123456789012345678901234, "a":1, "a":2}'


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_r1_what_needs_no_change_leaves_as_the_same_bytes(end: bytes) -> None:
    data = ODD + end + end + b"not json" + end + b"[DONE]" + end
    assert read("jsonl", data) == data


def test_r1_the_last_line_keeps_having_no_end() -> None:
    assert read("jsonl", ODD) == ODD
    both = Run("jsonl").read(ODD).read(ODD)
    assert both.output == ODD + b"\n" + ODD


def test_r1_rewritten_lines_end_as_they_came() -> None:
    data = jsonl(HI).replace(b"\n", b"\r\n")
    out = read("jsonl", data)
    assert out.count(b"\r\n") == out.count(b"\n") == 4
    assert b"\r" not in read("jsonl", jsonl(HI))


def test_r1_an_unchanged_event_keeps_its_text() -> None:
    assert read("sse", b"data:" + ODD + b"\n\ndata: [DONE]\n\n") == b"data: " + ODD + b"\n\ndata: [DONE]\n\n"
    assert read("jsonl", b"data: " + ODD + b"\n\ndata: [DONE]\n\n") == ODD + b"\n"


def test_b8_an_event_of_many_lines_is_one_line_of_jsonl() -> None:
    data = b'data: {"choices":\ndata: [{"delta":{"content":"x"}}]}\n\n'
    assert read("jsonl", data) == b'{"choices": [{"delta":{"content":"x"}}]}\n'
    assert read("sse", data) == data


def test_r2_held_records_leave_as_the_same_bytes() -> None:
    source = [
        chunk({"role": "assistant"}),
        chunk(calls(entry("", id="a", name="send_"))),
        chunk(calls(entry("{}", name="mail"))),
        chunk({}, "tool_calls"),
    ]
    data = b"".join(json.dumps(one, separators=(" , ", " : ")).encode() + b"\n" for one in source)
    assert read("jsonl", data) == data


def test_r2_a_held_record_that_becomes_a_message_leaves_nothing() -> None:
    source = [
        chunk({"role": "assistant"}),
        chunk(calls(entry("", id="a", name="send_"))),
        chunk(calls(entry('{"message":"Hi"}', name="message"))),
    ]
    contents = [line["choices"][0]["delta"].get("content") for line in Run("jsonl").read(jsonl(source)).lines]
    assert contents == [None, "Hi"]


@pytest.mark.parametrize(
    ("chunks", "done"),
    [
        (HI, True),
        (HI[:-1], False),
        ([*HI[:-1], {"error": {"message": "no"}}], False),
        (message_call(["{oops"]), True),  # R9: the stream itself is whole
    ],
)
def test_a_complete_event_stream_ends_with_done(chunks: list[Any], done: bool) -> None:
    assert read("sse", jsonl(chunks)).endswith(b"data: [DONE]\n\n") is done


def test_each_source_has_a_done_of_its_own() -> None:
    assert Run("sse").read(sse(HI)).read(sse(HI)).output.count(b"[DONE]") == 2


def test_b4_what_follows_done_is_a_stream_of_its_own() -> None:
    ran = Run("sse").read(sse(HI) + sse(HI[:2], done=False))
    assert ran.output.count(b"[DONE]") == 1
    assert ran.summary.faults == {StreamIncomplete}


def test_r10_a_bad_record_is_passed_on_and_reported() -> None:
    data = b"nonsense\n[1]\n" + jsonl(HI)
    ran = Run("jsonl").read(data)
    assert ran.output.startswith(b"nonsense\n[1]\n")
    assert [(problem.record.number, problem.record.offset) for problem in ran.problems if problem.record] == [
        (1, 0),
        (2, 9),
    ]
    assert ran.summary.faults == {MalformedRecord}
    assert Run("sse").read(data).output.startswith(b"data: nonsense\n\ndata: [1]\n\n")


def test_r10_strict_stops_at_the_first() -> None:
    ran = Run("jsonl", strict=True).read(jsonl(HI[:2]) + b"bad\n" + jsonl(HI[2:]))
    assert ran.output.endswith(b"bad\n")
    assert ran.summary.stopped
    assert ran.summary.faults == {MalformedRecord}
    failed = Run("text", strict=True).read(jsonl([*message_call(['{"message":"a" oops'], finish=None), *HI]))
    assert (failed.output, failed.summary.faults) == (b"a\n", {ArgumentsFailed})


def test_r1_a_deep_member_leaves_as_its_source_text() -> None:
    deep = b"[" * 199 + b"1e2" + b"]" * 199
    first = json.dumps(chunk(calls(entry('{"message":"Hi"}', name=SAY)), x="DEEP")).encode().replace(b'"DEEP"', deep)
    ran = Run("jsonl").read(first + b"\n" + jsonl([chunk({}, "stop")]))
    rewritten, _ = ran.output.splitlines()
    assert rewritten.replace(deep, b'""').endswith(b',"x":""}')
    assert ran.summary.faults == set()
    assert read("text", first) == b"Hi\n"


def test_r13_single_step_ends_after_the_first() -> None:
    assert read("text", jsonl([*HI, *HI]), single_step=True) == b"Hi there\n"
    assert read("text", sse(HI) + sse(HI), single_step=True) == b"Hi there\n"


def test_r12_an_error_is_a_fault() -> None:
    ran = Run("text").read(jsonl([*HI[:2], {"error": {"message": "no"}}]))
    assert (ran.output, ran.summary.faults) == (b"Hi\n", {ResponseFailed})


def test_a_source_that_fails_gives_what_had_come() -> None:
    ran = Run("text").read(jsonl(HI[:2]), failure="the line went dead")
    assert (ran.output, ran.summary.faults) == (b"Hi\n", {SourceFailed})
    assert str(ran.problems[-1].fault) == "memory: the line went dead"


def test_r11_an_empty_source_ended_early() -> None:
    for blocks in ([], [b""], [b"\n\n"]):
        assert Run("text").read(*blocks).summary.faults == {StreamIncomplete}


# --- events ------------------------------------------------------------------------------------


def test_events_name_the_record_that_brought_them_about() -> None:
    data = jsonl(HI[:1]) + b"bad\n" + jsonl(HI[1:]) + b"[DONE]\n"
    lines = Run("events").read(data).lines
    assert [(line["event"], line["record"]) for line in lines if line["event"] != "quirk"] == [
        ("step", 1),
        ("malformed", 2),
        ("call", 3),
        ("text", 3),
        ("text", 4),
        ("call_end", 6),
        ("finish", 6),
        ("done", 7),
        ("step_end", 7),
    ]
    assert lines[1] == {"event": "malformed", "record": 2, "offset": len(jsonl(HI[:1])), "reason": lines[1]["reason"]}


def test_events_of_the_end_carry_the_last_record() -> None:
    lines = Run("events").read(jsonl(HI[:2])).lines
    assert [(line["event"], line["record"]) for line in lines][-2:] == [("incomplete", 2), ("step_end", 2)]


def test_b13_pings_are_no_events() -> None:
    assert Run("events").read(jsonl([{"message_type": "ping"}, *HI])).lines[0]["event"] == "step"


def test_events_of_bad_text_are_json_all_the_same() -> None:
    lines = (
        Run("events", format=Format.JSONL)
        .read(jsonl([chunk({"content": "\ud83d", "refusal": "\ud83d"}, "stop")]))
        .lines
    )
    assert [line["text"] for line in lines if line["event"] == "text"] == ["\ufffd"]
