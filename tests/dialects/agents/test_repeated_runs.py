"""Runs of agents that are received again: once more whole, behind a part of them, or in part (R15)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.support import CAPTURES, ROOT, Ran, jsonl, run_here

SAMPLES = (
    *("adk.sse", "ag-ui.sse", "ai-sdk.sse", "ai-sdk-data.jsonl", "assistants.sse", "claude-code.jsonl"),
    *("codex-server.jsonl", "codex-session.jsonl", "copilot.jsonl", "dify.sse", "dify-workflow.sse"),
    *("gemini-cli.jsonl", "gemini-interactions.sse", "langchain.sse", "letta.sse", "letta-code.jsonl"),
    *("opencode.jsonl", "pi.jsonl"),
)
"""Samples that have an id of their run, or of its messages."""
WITHOUT_IDS = frozenset({"ai-sdk-v5/connection_dropped.sse", "ai-sdk-v7/error_midstream.sse"})
FAILED_WITHOUT_USAGE = frozenset({"codex/response_failed.jsonl"})
OF_A_PROVIDER = frozenset({"openai-agents/responses_tool_raw.jsonl"})
"""Responses one behind the other; of those the last one is known when it comes again."""
NOT_KNOWN = WITHOUT_IDS | FAILED_WITHOUT_USAGE | OF_A_PROVIDER
CAPTURED = [
    path
    for path in sorted((CAPTURES / "agents").glob("*/*"))
    if path.parent.name != "llm"  # one JSON array
]
CAPTURED = [path for path in CAPTURED if "/".join(path.parts[-2:]) not in NOT_KNOWN]


def units(path: Path) -> list[bytes]:
    """The lines of a stream, or its events."""
    data = path.read_bytes()
    found = re.split(rb"(?<=\n\n)|(?<=\r\n\r\n)", data) if path.suffix == ".sse" else data.splitlines(keepends=True)
    return [one for one in found if one.strip()]


def text(*parts: list[bytes], command: str = "text") -> Ran:
    """What ``text`` makes of streams one behind the other."""
    return run_here([command, "-"], b"".join(one for part in parts for one in part))


def deltas(*parts: list[bytes]) -> list[dict[str, Any]]:
    """The events, but for the end of the last step, which belongs to the last record, and for [DONE]."""
    found = [json.loads(line) for line in text(*parts, command="events").stdout.splitlines()]
    return [one for one in found if one["event"] not in ("step_end", "done")]


def choices(*parts: list[bytes]) -> list[dict[str, Any]]:
    """The rewritten chunks with choices; what comes before a run leaves again, without any."""
    found = [json.loads(line) for line in text(*parts, command="rewrite").stdout.splitlines()]
    return [one for one in found if one["choices"]]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_run_that_is_received_again_is_said_once(name: str) -> None:
    records = units(ROOT / "samples" / name)
    once = text(records)
    assert (once.code, once.stderr) == (0, "")
    assert text(records, records) == text(records, records, records) == once
    assert deltas(records, records) == deltas(records)
    assert choices(records, records) == choices(records)


@pytest.mark.parametrize(
    "name", ["ag-ui.sse", "ai-sdk-data.jsonl", "claude-code.jsonl", "letta-code.jsonl", "pi.jsonl"]
)
def test_a_run_that_was_cut_goes_on_where_it_was(name: str) -> None:
    records = units(ROOT / "samples" / name)
    once = text(records)
    known = 4  # records up to the first message's id
    for cut in range(known, len(records)):
        assert text(records[:cut], records) == once, cut
        assert text(records[:cut], records[: cut - 2], records) == once, cut
        again = text(records, records[:cut])
        assert again.stdout == once.stdout
        assert again.code in (0, 4)
        further = text(records[: cut - 1], records[:cut])
        assert (further.stdout, further.code) == text(records[:cut])[:2][::-1], cut


def part(kind: str, **members: Any) -> dict[str, Any]:
    return {"type": kind, **members}


def answer(text: str, *before: dict[str, Any]) -> list[dict[str, Any]]:
    """A run of the AI SDK without ids."""
    said = [part("text-start", id="txt-0"), part("text-delta", id="txt-0", delta=text), part("text-end", id="txt-0")]
    return [part("start"), part("start-step"), *before, *said, part("finish-step"), part("finish", finishReason="stop")]


def called(ident: str, arguments: str) -> list[dict[str, Any]]:
    start = part("tool-input-start", toolCallId=ident, toolName="send_message")
    return [start, part("tool-input-delta", toolCallId=ident, inputTextDelta=arguments)]


def test_runs_without_ids_are_all_said() -> None:
    assert text([jsonl(answer("Yes.") * 2)]).stdout == b"Yes.\nYes.\n"


def test_runs_that_differ_before_their_first_id_are_all_said() -> None:
    first = answer("Sent.", *called("call_a1b2c3d4", '{"message":"One."}'))
    second = answer("Sent.", *called("call_d4c3b2a1", '{"message":"Two."}'))
    assert text([jsonl([*first, *second])]).stdout == b"One.\nSent.\nTwo.\nSent.\n"
    assert text([jsonl([*first, *second, *first])]).stdout == b"One.\nSent.\nTwo.\nSent.\n"


def test_numbers_of_calls_prove_nothing() -> None:
    runs = [answer("Sent.", *called("call_0", '{"message":"One."}')) for _ in range(2)]
    assert text([jsonl([*runs[0], *runs[1]])]).stdout == b"One.\nSent.\n" * 2


def test_records_that_wait_leave_at_the_end_of_the_input() -> None:
    run = answer("Sent.", *called("call_a1b2c3d4", '{"message":"One."}'))
    ran = text([jsonl([*run, *run[:2]])])
    assert (ran.stdout, ran.code) == (b"One.\nSent.\n", 4)


def test_an_end_inside_of_a_run_that_is_received_again_is_reported() -> None:
    records = units(ROOT / "samples" / "ag-ui.sse")
    ran = text(records, records[:9])
    assert ran.code == 4
    assert "the stream ended inside of a run that was received before" in ran.stderr


def test_another_turn_of_a_session_is_another_run() -> None:
    def turn(number: int) -> list[dict[str, Any]]:
        ids = {"session_id": "s", "uuid": f"u-{number}"}
        message = {"id": f"msg_{number}", "role": "assistant", "content": [{"type": "text", "text": "Yes."}]}
        said = {"type": "assistant", "message": message, **ids}
        end = {"type": "result", "subtype": "success", "is_error": False, "result": "Yes.", "stop_reason": "end_turn"}
        return [{"type": "system", "subtype": "init", **ids}, said, {**end, **ids}]

    assert text([jsonl([*turn(1), *turn(2)])]).stdout == b"Yes.\nYes.\n"
    assert text([jsonl([*turn(1), *turn(2), *turn(1), *turn(2)])]).stdout == b"Yes.\nYes.\n"
    assert text([jsonl([*turn(1), *turn(2), *turn(2), *turn(3)])]).stdout == b"Yes.\n" * 3


def test_a_session_of_codex_that_is_resumed_says_its_answer_again() -> None:
    def run(tokens: int) -> list[dict[str, Any]]:
        item = part("item.completed", item={"id": "item_0", "type": "agent_message", "text": "Yes."})
        end = part("turn.completed", usage={"input_tokens": tokens, "output_tokens": 2})
        return [part("thread.started", thread_id="01a2"), part("turn.started"), item, end]

    assert text([jsonl([*run(10), *run(20)])]).stdout == b"Yes.\nYes.\n"
    assert text([jsonl([*run(10), *run(10)])]).stdout == b"Yes.\n"


def test_responses_of_a_provider_are_all_said() -> None:
    """Captures may be joined, and a cache may answer twice: nothing shows that they are one run."""
    first = units(ROOT / "samples" / "responses.jsonl")
    second = [one.replace(b"resp_", b"resp_2").replace(b" open", b" locked") for one in first]
    assert text(first, second, first, second).stdout == text(first, second).stdout * 2


@pytest.mark.parametrize("path", CAPTURED, ids=lambda path: "/".join(path.parts[-2:]))
def test_a_captured_run_that_is_received_again_is_said_once(path: Path) -> None:
    records = units(path)
    if not records[-1].endswith(b"\n"):
        records[-1] += b"\n"
    once, twice = text(records), text(records, records)
    assert (twice.stdout, twice.code) == (once.stdout, once.code)
    again = text(records[: len(records) // 2], records)
    if path.parent.name != "codex":  # no id before the usage
        assert (again.stdout, again.code) == (once.stdout, once.code)


@pytest.mark.parametrize("piece", ["ha", "No. "])
def test_two_equal_pieces_that_a_run_begins_with_stay(piece: str) -> None:
    dify = {"event": "message", "task_id": "t", "message_id": "m", "id": "m", "answer": piece}
    end = {"event": "message_end", "task_id": "t", "message_id": "m", "id": "m", "metadata": {}}
    langchain = {"type": "AIMessageChunk", "id": "run--0198c2a1-5d1e", "content": piece, "response_metadata": {}}
    last = {**langchain, "content": "", "chunk_position": "last"}
    for first, close in ((dify, end), (langchain, last)):
        assert text([jsonl([first, first, close])]).stdout.decode() == f"{piece}{piece}\n"
