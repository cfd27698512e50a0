"""Records of another format without output between those of a stream: it goes on as without them (R11, R13)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.support import ROOT, chunk, jsonl, run_here, sse

from unspool.dialects.registry import CHAT, dialect_of

NOTHING = {
    "no choices": chunk(choices=[]),
    "usage": chunk(choices=[], usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}),
    "finish": {"type": "finish"},
    "start": {"type": "start"},
    "thread": {"thread_id": "t1", "object": "thread"},
    "keep-alive": {"type": "keep_alive"},
    "turn": {"type": "turn_start"},
    "gemini": {"usageMetadata": {"promptTokenCount": 1, "totalTokenCount": 1}},
    "ollama": {"model": "m", "created_at": "2026-01-01T00:00:00Z", "response": "", "done": False},
    "responses": {"type": "response.created", "response": {"id": "resp_9", "model": "m"}},
    "anthropic": {"type": "message_start", "message": {"id": "msg_9", "model": "m"}},
    "bedrock": {"messageMetadataEvent": {"conversationId": "c"}},
    "cohere": {"type": "content-end", "index": 0},
    "ag-ui": {"type": "STATE_SNAPSHOT", "snapshot": {}},
    "codex": {"type": "turn.started"},
    "claude-code": {"type": "rate_limit_event", "rate_limit_info": {"status": "allowed"}},
    "letta": {"message_type": "usage_statistics", "completion_tokens": 1, "prompt_tokens": 2, "total_tokens": 3},
    "dify": {"event": "workflow_started", "task_id": "t", "workflow_run_id": "w", "data": {}},
    "strands": {"init_event_loop": True},
    "interactions": {"event_type": "interaction.status_update", "interaction_id": "i", "status": "in_progress"},
}
"""Records by which a format is recognised, and which have no output."""
SAMPLES = sorted(
    path
    for path in (ROOT / "samples").glob("*.*")
    if path.suffix in (".sse", ".jsonl")
    and "expected" not in path.name
    and path.stem not in ("llm", "whole-completion")
)
"""All but two that are one JSON value over several lines."""


def units(path: Path) -> list[tuple[str, Any]]:
    """The records of a sample as they are in the file, with their values; None for one that is no JSON."""
    text = path.read_text()
    parts = re.split(r"(?<=\n)\r?\n", text) if path.suffix == ".sse" else text.splitlines(keepends=True)
    found = []
    for part in parts:
        lines = [line.partition(":")[2] for line in part.splitlines() if line.startswith("data:")]
        try:
            value = json.loads("\n".join(lines) if path.suffix == ".sse" else part)
        except ValueError:
            value = None
        found.append((part + ("\n" if path.suffix == ".sse" else ""), value))
    return found


def options(path: Path) -> list[str]:
    arguments = path.with_suffix(".args")
    return ["text", *(arguments.read_text().split() if arguments.exists() else [])]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_records_without_output_end_no_stream_of_another_format(path: Path) -> None:
    records = units(path)
    spoken = {dialect_of(value) or CHAT for _, value in records if value is not None}
    undisturbed = run_here(options(path), "".join(record for record, _ in records).encode())
    for name, between in NOTHING.items():
        if dialect_of(between) in spoken or (spoken == {"snowflake"} and "choices" in between):  # whose end is a usage
            continue
        line = json.dumps(between)
        record = f"data: {line}\n\n" if path.suffix == ".sse" else f"{line}\n"
        for place in inside(records):
            stream = [one for one, _ in records]
            stream.insert(place, record)
            ran = run_here(options(path), "".join(stream).encode())
            assert (ran.stdout, ran.code) == (undisturbed.stdout, undisturbed.code), (name, place, ran.stderr)


def inside(records: list[tuple[str, Any]]) -> list[int]:
    """Some places inside of a stream: behind the records that have begun it, and before the last."""
    first = next((place for place, (_, value) in enumerate(records) if value is not None), 0)
    return sorted({min(first + 2, len(records) - 1), len(records) // 2})


ANSWER = [
    {"type": "message_start", "message": {"id": "msg_1", "model": "c", "usage": {"input_tokens": 1}}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Gate "}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "four."}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
    {"type": "message_stop"},
]
ROLE, SAID, END = chunk({"role": "assistant", "content": ""}), chunk({"content": "Ho"}), chunk({}, "stop")

DELTA = {"type": "text_delta", "contentIndex": 0, "delta": "Ho"}


def test_a_record_with_output_of_another_format_begins_another_stream() -> None:
    """What came of that format before it belongs to it, too: its role, say."""
    for before in ([], [ROLE], [chunk(choices=[]), ROLE, ROLE]):
        ran = run_here(["text"], jsonl([*ANSWER[:2], *before, SAID, END]))
        assert (ran.stdout, int(ran.code), ran.stderr.count("ended before choice 0")) == (b"Gate \nHo\n", 4, 1)
        assert f"record {3 + len(before)} " in ran.stderr
        lines = run_here(["rewrite"], jsonl([*ANSWER[:2], *before, SAID, END])).stdout.splitlines()
        assert [one for one in map(json.loads, lines) if one["id"] == SAID["id"]] == [*before, SAID, END]


def test_a_line_of_ollama_s_between_events_of_cohere_is_no_whole_answer() -> None:
    line = {"model": "m", "created_at": "t", "message": {"role": "assistant", "content": ""}, "done": False}
    path = ROOT / "samples" / "cohere.sse"
    records = [record for record, _ in units(path)]
    stream = "".join([*records[:6], f"data: {json.dumps(line)}\n\n", *records[6:]])
    assert run_here(["text"], stream.encode())[:2] == run_here(["text"], path.read_bytes())[:2]


def test_several_records_of_other_formats_before_the_first_text_cut_no_run() -> None:
    usage = {"message_type": "usage_statistics", "completion_tokens": 1, "prompt_tokens": 2}
    line = {"model": "m", "created_at": "t", "message": {"role": "assistant", "content": ""}, "done": False}
    begins = {"event": "workflow_started", "task_id": "t", "workflow_run_id": "w", "data": {}}
    said = {"event": "text_chunk", "task_id": "t", "workflow_run_id": "w", "data": {"text": "Gate four."}}
    ends = {"event": "workflow_finished", "task_id": "t", "workflow_run_id": "w", "data": {"status": "succeeded"}}
    ran = run_here(["text"], jsonl([begins, usage, line, usage, said, ends]))
    assert (ran.stdout, ran.code, ran.stderr) == (b"Gate four.\n", 0, "")


def test_a_chunk_with_an_error_between_ends_the_stream() -> None:
    ran = run_here(["text"], jsonl([*ANSWER[:2], {"choices": [], "error": {"message": "no"}}]))
    assert (ran.stdout, ran.code) == (b"Gate \n", 5)


@pytest.mark.parametrize("done", [b"", b"[DONE]\n"])
def test_a_stream_of_another_format_that_begins_where_the_source_ends_is_one(done: bytes) -> None:
    ran = run_here(["text"], jsonl([*ANSWER[:2], ROLE, END]) + done)
    assert (ran.stdout, int(ran.code), ran.stderr.count("ended before choice 0")) == (b"Gate \n", 4, 1)
    assert len(json.loads(run_here(["stats", "--json"], jsonl([*ANSWER[:2], ROLE])).stdout)["sources"][0]["steps"]) == 2
    ran = run_here(["text", "--single-step"], jsonl([*ANSWER[:2], ROLE]))
    assert (ran.stdout, int(ran.code)) == (b"Gate \n", 4)


ENDS = {"response": {"id": "resp_1", "model": "m", "status": "completed", "output": []}}
NO_OUTPUT = [{"type": f"response.{kind}", **ENDS} for kind in ("created", "completed")]


def test_the_mark_of_an_end_is_of_the_stream_that_began_before_it() -> None:
    """Only [DONE] ends the answers of Workers AI, and in lines the end of the source; R11."""
    for records in ([{"response": "Gate ", "p": "ab"}], [{"response": "Gate "}]):
        for data in (sse(records + NO_OUTPUT), jsonl(records + NO_OUTPUT), jsonl(records + NO_OUTPUT) + b"[DONE]\n"):
            ran = run_here(["text"], data)
            assert (ran.stdout, int(ran.code), ran.stderr.count("ended before choice 0")) == (b"Gate \n", 4, 1)


@pytest.mark.parametrize(
    "opening",
    [
        [{"type": "thread.started", "thread_id": "t"}, {"type": "turn.started"}],
        [{"type": "agent_start"}, {"type": "turn_start"}, {"type": "message_update", "assistantMessageEvent": DELTA}],
    ],
    ids=["codex", "pi"],
)
@pytest.mark.parametrize(
    "failed",
    [
        [ANSWER[0], {"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}}],
        [NO_OUTPUT[0], {"type": "error", "sequence_number": 1, "code": "busy", "message": "Busy."}],
        [ROLE, {"error": {"message": "Busy."}}],
    ],
    ids=["anthropic", "responses", "chat"],
)
def test_the_failure_of_a_stream_that_began_behind_a_run_is_told(opening: list[Any], failed: list[Any]) -> None:
    """Agents try again after an error, so that theirs ends no run."""
    ran = run_here(["text"], jsonl(opening + failed))
    assert (ran.code, ran.stderr.count("Busy.")) == (5, 1)


def test_many_records_without_output_take_no_memory() -> None:
    between = [ROLE] * 1000
    assert run_here(["text"], jsonl([*ANSWER[:2], *between, *ANSWER[2:]])) == (0, b"Gate four.\n", "")


def test_a_record_with_any_members_is_of_the_stream_that_may_have_begun_before_it() -> None:
    """The states of a graph may have any; those of Anthropic's events have a type."""
    begins, said = {"run_id": "r1", "attempt": 1}, {"type": "AIMessageChunk", "id": "m", "content": "Ho"}
    ran = run_here(["text"], jsonl([*ANSWER[:2], begins, {"any": 1}, said]))
    assert (ran.stdout, ran.stderr.count("passed over")) == (b"Gate \nHo\n", 0)
    begun = chunk({"role": "assistant", "content": "Gate "})
    ran = run_here(["text"], jsonl([begun, begins, {"any": 1}, chunk({"content": "four."}, "stop")]))
    assert (ran.stdout, ran.code) == (b"Gate four.\n", 0)
    ran = run_here(["text"], jsonl([begun, {"any": 1}, chunk({"content": "four."}, "stop")]))
    assert (ran.stdout, ran.code) == (b"Gate four.\n", 3)


def test_an_error_without_a_type_is_of_the_stream_that_goes_on() -> None:
    begun = chunk({"role": "assistant", "content": "Gate "})
    ran = run_here(["text"], jsonl([begun, {"method": "thread/status", "params": {}}, {"error": {"message": "no"}}]))
    assert (ran.stdout, ran.code, "no" in ran.stderr) == (b"Gate \n", 5, True)


def test_a_run_without_output_between_two_others_was_cut() -> None:
    run = [{"type": "thread.started", "thread_id": "t"}, {"type": "turn.started"}]
    for around in (ANSWER, [ROLE, SAID, END]):
        ran = run_here(["text"], jsonl([*around, *run, *around]))
        assert (int(ran.code), "before turn.completed" in ran.stderr) == (4, True)


def test_a_chunk_that_says_nothing_lets_no_whole_message_be_said_again() -> None:
    """Behind a response of the agent: its whole message follows, and what it told the tool."""
    path = ROOT / "samples" / "openai-agents.jsonl"
    *records, last = (record for record, _ in units(path))
    for between in (chunk({}), chunk(choices=[])):
        stream = "".join([*records, json.dumps(between) + "\n", last])
        assert run_here(options(path), stream.encode())[:2] == run_here(options(path), path.read_bytes())[:2]


def test_a_letta_server_s_run_goes_on_behind_a_record_with_the_type_of_another_program() -> None:
    run = [{"message_type": "assistant_message", "id": "m", "content": text} for text in ("Gate ", "four.")]
    end = {"message_type": "stop_reason", "stop_reason": "end_turn"}
    assert run_here(["text"], jsonl([run[0], {"type": "finish"}, run[1], end])) == (0, b"Gate four.\n", "")


STEP = {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": "Ho"}}
UPDATE = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "Ho"}}
TURN = {"threadId": "t", "turn": {"id": "1", "status": "inProgress"}}


@pytest.mark.parametrize(
    "records",
    [
        [
            {"event": {"messageStart": {"role": "assistant"}}},
            {"event_type": "interaction.created", "interaction": {"id": "v1", "object": "interaction"}},
            {"event_type": "step.start", "index": 0, "step": {"type": "model_output"}},
            STEP,
        ],
        [
            {"method": "turn/started", "params": TURN},
            {"jsonrpc": "2.0", "id": 1, "result": {"sessionId": "s"}},
            {"jsonrpc": "2.0", "method": "session/update", "params": {"sessionId": "s", "update": UPDATE}},
        ],
    ],
    ids=["gemini-interactions behind strands", "acp behind codex-server"],
)
def test_records_of_another_format_are_read_though_a_stream_may_hold_others_like_them(records: list[Any]) -> None:
    """Of what a reader keeps only some members are known: those of a format that has them, too, are of that."""
    ran = run_here(["text"], jsonl(records))
    assert (ran.stdout, ran.code) == (b"Ho\n", 4)


SNOWFLAKE = {"choices": [{"delta": {"type": "text", "content": "Gate ", "content_list": []}}], "usage": {}}
BEDROCK = [{"messageStart": {"role": "assistant"}}, {"contentBlockDelta": {"delta": {"text": "Gate "}}}]
DASHSCOPE = [
    {"output": {"text": text, "finish_reason": end}, "usage": {"output_tokens": 1}, "request_id": "q"}
    for text, end in (("H", "null"), ("Ho", "stop"))
]
ERNIE = {"id": "as-1", "result": "Ho", "is_end": True, "need_clear_history": False, "usage": {"total_tokens": 1}}


@pytest.mark.parametrize("behind", [DASHSCOPE, [ERNIE]], ids=["dashscope", "ernie"])
@pytest.mark.parametrize("records", [[SNOWFLAKE], BEDROCK], ids=["snowflake", "bedrock"])
def test_a_record_with_members_like_those_of_the_stream_before_it_begins_its_own(
    records: list[Any], behind: Any
) -> None:
    """The end of Snowflake's stream is a usage, and an output of Bedrock's has a text: other formats have both."""
    ran = run_here(["text"], jsonl([*records, *behind]))
    assert (ran.stdout, ran.code) == (b"Gate \nHo\n", 4)
