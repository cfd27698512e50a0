"""Responses that are mixed in one log."""

import json
from collections.abc import Iterable
from itertools import zip_longest
from random import Random
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from tests.support import ROOT, chunk, jsonl, message_call, run_here

from unspool.intake.items import Item
from unspool.intake.logs.mixed import MixedStreams

WORDS = 3000


def stream(name: str, words: int, usage: bool = False, cut: bool = False) -> list[dict[str, Any]]:
    """The chunks of one response, whose text is its name and a word for each number."""
    texts = [f'{{"message":"{name}', *(f" {number}" for number in range(words)), '"}']
    chunks = [{**one, "id": name} for one in message_call(texts)]
    rest = [{**chunk({}), "id": name, "choices": [], "usage": {"total_tokens": 3}}] if usage else []
    return chunks[:-2] if cut else [*chunks, *rest]


def said(name: str, words: int) -> str:
    return name + "".join(f" {number}" for number in range(words))


def in_turn(*streams: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for turn in zip_longest(*streams) for one in turn if one is not None]


@pytest.mark.parametrize(("usage", "cut"), [(True, True), (True, False), (False, False)])
def test_a_stream_that_is_over_gives_way_to_those_that_wait(usage: bool, cut: bool) -> None:
    chunks = in_turn(stream("a", 10, usage, cut), stream("b", WORDS * 2, usage))
    chunks += in_turn(stream("c", WORDS, usage), stream("d", WORDS, usage))
    lines = jsonl(chunks).splitlines(keepends=True)
    streams = MixedStreams()
    left = [[item for item in streams.feed(line) if isinstance(item, bytes)] for line in lines]
    waited = next(number for number, items in enumerate(left) if b'"id": "b"' in b"".join(items))
    assert waited < (4500 if cut else 30 if usage else 300)
    assert sum(map(len, left)) > len(lines) * 0.7  # only the last waits for the end
    for data in (
        b"".join(b'{"ts": 1, "chunk": %b}\n' % line[:-1] for line in lines),
        b"".join(b"INFO " + x for x in lines),
    ):
        ran = run_here(["text"], data)
        expected = [said("a", 10), said("b", WORDS * 2), said("c", WORDS), said("d", WORDS)]
        assert ran.stdout.decode().splitlines() == expected
        assert ran.code == (4 if cut else 0), ran.stderr


def test_a_cut_stream_holds_up_four_others_at_most() -> None:
    lines = jsonl([*stream("a", 3, cut=True), *(one for name in "bcdefg" for one in stream(name, 3))]).splitlines()
    streams = MixedStreams()
    left = [b"".join(item for item in streams.feed(line + b"\n") if isinstance(item, bytes)) for line in lines]
    ends = [number for number, line in enumerate(lines) if b'"finish_reason": "tool' in line]
    assert not any(left[5 : ends[3]])
    assert left[ends[3]].splitlines() == lines[5 : ends[3] + 1]
    assert left[ends[3] + 1 :] == [line + b"\n" for line in lines[ends[3] + 1 :]]


def test_usage_behind_a_finish_belongs_to_its_response() -> None:
    chunks = in_turn(stream("a", 10, True), stream("b", 12, True), stream("c", 14, True))
    data = b"".join(b'{"ts": 1, "chunk": %b}\n' % line for line in jsonl(chunks).splitlines())
    ran = run_here(["text"], data)
    assert (ran.code, ran.stdout.decode().splitlines()) == (0, [said("a", 10), said("b", 12), said("c", 14)])


def joined(items: Iterable[Item]) -> list[Any]:
    """The items, with neighbouring bytes joined."""
    found: list[Any] = []
    for item in items:
        if found and isinstance(item, bytes) and isinstance(found[-1], bytes):
            found[-1] += item
        else:
            found.append(item)
    return found


@settings(max_examples=20)
@given(st.randoms(use_true_random=False), st.integers(2, 5))
def test_the_blocks_decide_nothing(random: Random, count: int) -> None:
    streams = {
        bytes([97 + number]): jsonl(
            stream(chr(97 + number), random.choice([3, 40, 700]), random.random() < 0.5, random.random() < 0.3)
        ).splitlines()
        for number in range(count)
    }
    lines = []
    while streams:
        key = random.choice(list(streams))
        some = random.choice([1, 1, 1, 5, 50])
        lines += streams[key][:some]
        del streams[key][:some]
        if not streams[key]:
            del streams[key]
        if random.random() < 0.02:
            lines.append(random.choice([b"[DONE]", b'{"usage": {"total_tokens": 1}}']))
    alone, grouped = MixedStreams(), MixedStreams()
    one = [item for line in lines for item in alone.feed(line + b"\n")] + [*alone.close()]
    many: list[Item] = []
    while lines:
        size = random.choice([1, 2, 7, 100])
        many += grouped.feed_lines(lines[:size])
        del lines[:size]
    many += grouped.close()
    assert joined(many) == joined(one)


def gemini(name: str, words: int, finish: bool = True) -> list[dict[str, Any]]:
    """The pieces of one response of Gemini, whose text is its name and a word for each number."""
    texts = [name, *(f" {number}" for number in range(words))]
    pieces = [
        {"candidates": [{"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}], "responseId": name}
        for text in texts
    ]
    end = {"candidates": [{"finishReason": "STOP"}], "usageMetadata": {"totalTokenCount": 3}, "responseId": name}
    return [*pieces, end] if finish else pieces


LINES = {
    "member": b'{"ts": 1, "chunk": %b}\n',
    "wrapped": b'{"ts": 1, "chunk": {"response": %b}}\n',
    "prefix": b"INFO %b\n",
    "event": b"INFO data: %b\n",
}


@pytest.mark.parametrize("line", LINES.values(), ids=[*LINES])
@pytest.mark.parametrize("words", [3, 700])
def test_pieces_of_gemini_are_separated_by_their_response_id(line: bytes, words: int) -> None:
    pieces = in_turn(gemini("a", words), gemini("b", words + 2), gemini("c", 1))
    ran = run_here(["text"], b"".join(line % one for one in jsonl(pieces).splitlines()))
    expected = [said("a", words), said("b", words + 2), said("c", 1)]
    assert (ran.code, sorted(ran.stdout.decode().splitlines())) == (0, expected)


def test_a_response_of_gemini_that_was_cut_is_reported() -> None:
    pieces = in_turn(gemini("a", 3, finish=False), gemini("b", 5))
    ran = run_here(["text"], b"".join(b"INFO %b\n" % one for one in jsonl(pieces).splitlines()))
    assert (ran.code, ran.stdout.decode().splitlines()) == (4, [said("a", 3), said("b", 5)])


CELLS = {
    "anthropic": (
        {"type": "message_start", "message": {"id": "one", "role": "assistant"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ),
    "responses": (
        {"type": "response.created", "response": {"id": "one"}},
        {"type": "response.output_text.delta", "item_id": "one", "delta": "Hi"},
        {"type": "response.completed", "response": {"id": "one", "status": "completed", "output": []}},
    ),
}


@pytest.mark.parametrize("events", CELLS.values(), ids=[*CELLS])
def test_whole_streams_in_the_cells_of_a_table_are_not_mixed(events: Iterable[dict[str, Any]]) -> None:
    cell = "".join(f"data: {json.dumps(event)}\n\n" for event in events).replace('"', '""')
    ran = run_here(["text"], f'id,answer\n1,"{cell}"\n2,"{cell.replace("one", "two")}"\n'.encode())
    assert (ran.code, ran.stdout, ran.stderr) == (0, b"Hi\nHi\n", "")


WITHOUT_ID = ["anthropic.sse", "responses.jsonl", "ai-sdk.sse", "cohere.sse", "bedrock.jsonl", "ollama.jsonl"]


@pytest.mark.parametrize("name", WITHOUT_ID)
def test_records_without_an_id_that_alternate_are_said_to_be_mixed(name: str) -> None:
    lines = (ROOT / "samples" / name).read_text().splitlines()
    records = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith(("{", "data: {"))]
    alternating = [(request, one) for one in records for request in ("r1", "r2")]
    log = "".join(json.dumps({"request_id": request, "chunk": one}) + "\n" for request, one in alternating).encode()
    ran = run_here(["text"], log)
    assert (ran.stderr.count("two responses are mixed"), ran.stderr.count("(--split-by request_id, say)")) == (1, 1)
    text = "".join(f"09:00:01 {request} {json.dumps(one)}\n" for request, one in alternating).encode()
    assert run_here(["text"], text).stderr.count("two responses are mixed") == 1
    behind = "".join(json.dumps({"request": 1, "chunk": one}) + "\n" for one in [*records, *records]).encode()
    assert "two responses are mixed" not in run_here(["text"], behind).stderr
    said = run_here(["text"], "".join(json.dumps(one) + "\n" for one in records).encode()).stdout
    assert run_here(["text", "--split-by", "request_id"], log).stdout == 2 * said


def test_the_responses_of_a_realtime_session_are_not_mixed() -> None:
    def response(number: int) -> list[dict[str, Any]]:
        of = {"response_id": f"resp_{number}", "item_id": f"item_{number}", "output_index": 0, "content_index": 0}
        whole = {"id": f"resp_{number}", "object": "realtime.response", "status": "completed", "output": []}
        return [
            {"type": "response.created", "response": {**whole, "status": "in_progress"}},
            {"type": "response.output_text.delta", **of, "delta": "At nine."},
            {"type": "response.done", "response": whole},
        ]

    received = [{"type": "session.created", "session": {"id": "s", "model": "m"}}, *response(1), *response(2)]
    ran = run_here(["text"], jsonl([{"direction": "received", "data": one} for one in received]))
    assert (ran.code, ran.stdout) == (0, b"At nine.\nAt nine.\n")
    assert "mixed" not in ran.stderr


def test_the_messages_of_a_session_of_pi_are_not_mixed() -> None:
    lines = (ROOT / "samples" / "pi.jsonl").read_text().splitlines()
    log = "".join(f"09:00:01 {line}\n" for line in lines).encode()
    ran = run_here(["text"], log)
    assert (ran.code, ran.stderr) == (0, "")


@pytest.mark.parametrize("size", [40, 90, 10_000])
def test_the_pieces_of_a_line_of_docker_belong_to_one_response(size: int) -> None:
    """Docker splits long lines; where two responses alternate, the second piece of a line has no id."""
    entries = []
    for one in in_turn(stream("a", 9), stream("b", 9)):
        line = json.dumps(one) + "\n"
        entries += [{"log": line[at : at + size], "stream": "stdout", "time": "t"} for at in range(0, len(line), size)]
    ran = run_here(["text"], jsonl(entries))
    assert (ran.code, ran.stdout.decode()) == (0, said("a", 9) + "\n" + said("b", 9) + "\n"), ran.stderr
