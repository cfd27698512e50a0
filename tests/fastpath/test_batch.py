"""Runs: what a sink can ask of many records at once is what it would have been told of each."""

import json
from collections.abc import Callable
from itertools import chain

import pytest
from tests.fastpath.differential import assert_nobody_can_tell
from tests.support import Chunk, chunk, jsonl, message_call, sse

from unspool.core.events import TextDelta
from unspool.core.options import Options, Thoughts
from unspool.core.rewriter.stream_rewriter import StreamRewriter
from unspool.fastpath.batch import Run, Single
from unspool.fastpath.braids import Braid
from unspool.fastpath.lane import FastLane
from unspool.formats.framer import Framer
from unspool.formats.jsonl import JsonLines
from unspool.formats.sse import ServerSentEvents

WORDS = ["a ", "b\n", "", "\u00e9", "\0", "\\u0000", "c"]
CALL = message_call(['{"inner_thoughts":"', *"xyz", '","message":"', *(json.dumps(word)[1:-1] for word in WORDS), '"}'])
CONTENT = [chunk({"content": word or "first"}) for word in ["", *WORDS]]
TURNS = [chunk({"content": word}, index=number % 2) for number, word in enumerate("abcdefgh")]


def taken(data: bytes, options: Options | None = None) -> list[Run | Braid | Single]:
    """What the lane takes of a stream; the rest goes the long way."""
    rewriter = StreamRewriter(options or Options())
    lane = FastLane(Framer(), rewriter)
    found: list[Run | Braid | Single] = []
    for one in lane.feed(data):
        if isinstance(one, list):
            for record in one:
                rewriter.feed(record.parse())
                lane.learn(record)
        else:
            found.append(one)
    return found


def runs(data: bytes, options: Options | None = None) -> list[Run | Braid]:
    return [one for one in taken(data, options) if not isinstance(one, Single)]


@pytest.mark.parametrize("chunks", [CALL, CONTENT, TURNS], ids=["a call", "content", "two choices"])
def test_records_apart_say_what_all_of_them_say(chunks: list[Chunk]) -> None:
    """Each record has its place, its bytes and at most one event; together they are what was spoken."""
    for data in (jsonl(chunks), sse(chunks, done=False)):
        found = runs(data)
        assert found
        for run in found:
            singles = list(run.records())
            ends = [(one.record.number, one.record.offset) for one in (singles[0], singles[-1])]
            assert [*ends[0], *ends[1]] == list(run.stretch[:4])
            for record, _ in singles:
                assert json.loads(record.data) == chunks[record.number - 1]
                start = data.index(record.data, record.offset)
                assert start - record.offset in (0, len("data: "))
            events = list(chain.from_iterable(one.outcome.events for one in singles))
            for choice in (0, 1):
                said = [event.text for event in events if isinstance(event, TextDelta) and event.choice == choice]
                spoken = [one.text for one in run.spoken(choice) if one.event is TextDelta]
                assert "".join(spoken) == "".join(said)


@pytest.mark.parametrize("chunks", [CONTENT, TURNS], ids=["content", "two choices"])
def test_r1_chunks_leave_as_they_came_in_either_layout(chunks: list[Chunk]) -> None:
    lines, events = jsonl(chunks), sse(chunks, done=False)
    for data in (lines, events):
        assert lines.endswith(b"".join(run.chunks(JsonLines.layout) for run in runs(data)))
        assert events.endswith(b"".join(run.chunks(ServerSentEvents.layout) for run in runs(data)))


@pytest.mark.parametrize("thoughts", Thoughts)
def test_r2_a_chunk_leaves_for_each_text_and_none_without(thoughts: Thoughts) -> None:
    """R7: thoughts leave as reasoning where they were asked for."""
    lines = b"".join(run.chunks(JsonLines.layout) for run in runs(jsonl(CALL), Options(thoughts=thoughts)))
    deltas = [json.loads(line)["choices"][0]["delta"] for line in lines.splitlines()]
    content = "".join(delta.get("content", "") for delta in deltas)
    assert "".join(WORDS).endswith(content)
    assert len(content) > 5
    assert all(any(delta.values()) for delta in deltas)
    assert any("reasoning_content" in delta for delta in deltas) is (thoughts is Thoughts.REASONING)


def test_a_braid_keeps_the_order_of_its_choices() -> None:
    (braid,) = runs(jsonl(TURNS))
    assert isinstance(braid, Braid)
    assert len(list(braid.records())) == 6
    assert [
        event.choice for one in braid.records() for event in one.outcome.events if isinstance(event, TextDelta)
    ] == [
        0,
        1,
    ] * 3


@pytest.mark.parametrize("frame", [jsonl, sse])
def test_an_escape_an_empty_text_or_a_longer_mark_ends_a_braid(frame: Callable[[list[Chunk]], bytes]) -> None:
    """What follows in the same turn is the next one's, or goes alone."""
    for odd in (chunk({"content": "\n"}, index=1), chunk({"content": ""}), chunk({"content": "x"}, index=10)):
        data = frame([*TURNS, odd, *TURNS]).removesuffix(b"data: [DONE]\n\n")
        counts = [len(list(one.records())) for one in taken(data) if isinstance(one, Braid)]
        assert counts == [6, 8]
        assert_nobody_can_tell(data)


def test_braids_of_many_choices() -> None:
    """R14: where the numbers of some are longer, those of the same length go together."""
    for count in (2, 3, 9, 12):
        words = [chunk({"content": f"{number} "}, index=number % count) for number in range(15 * count)]
        for data in (jsonl(words), sse(words, done=False)):
            assert_nobody_can_tell(data)
            assert_nobody_can_tell(data, size=1000)
            assert any(isinstance(one, Braid) for one in taken(data))


def test_choices_that_differ_behind_their_text_make_no_braid() -> None:
    turns = [{**one, "choices": [{"delta": one["choices"][0]["delta"], "index": n % 2}]} for n, one in enumerate(TURNS)]
    assert not any(isinstance(one, Braid) for one in taken(jsonl(turns)))
    assert_nobody_can_tell(jsonl(turns))


def test_choices_whose_records_differ_from_the_first_byte_on_make_no_braid() -> None:
    """Space before one and behind the brace of the other: equally long, and nothing in common before the mark."""
    lines = jsonl(TURNS).splitlines()
    data = b"".join((b" " + line if n % 2 else line.replace(b"{", b"{ ", 1)) + b"\n" for n, line in enumerate(lines))
    assert not any(isinstance(one, Braid) for one in taken(data))
    assert_nobody_can_tell(data)
