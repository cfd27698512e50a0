"""DashScope's own interface with a text as its output, as chunks (R15)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import cut
from tests.support import jsonl, run_here

from unspool.core.errors import NotAChunk
from unspool.dialects.dashscope import DashScope

TEXT = "Gate four opens at nine."


def record(text: Any, reason: str | None = "null", **output: Any) -> dict[str, Any]:
    """One record; the counts of tokens are of one model, as those of an application are."""
    usage = {"models": [{"input_tokens": 3, "output_tokens": 4}]}
    return {"output": {"text": text, "finish_reason": reason, **output}, "usage": usage, "request_id": "r"}


def streamed(pieces: list[str], cumulative: bool, reason: str = "stop") -> bytes:
    """The records of a text: each with all so far, or each with what is new and an empty one at the end."""
    said = ["".join(pieces[: number + 1]) if cumulative else piece for number, piece in enumerate(pieces)]
    return jsonl([*map(record, said), record(said[-1] if cumulative else "", reason)])


@given(at=st.lists(st.integers(0, len(TEXT)), max_size=4), cumulative=st.booleans())
def test_the_text_counts_once_in_both_modes(at: list[int], cumulative: bool) -> None:
    pieces = [piece for piece in cut(TEXT, at) if piece]
    ran = run_here(["text"], streamed(pieces, cumulative))
    assert (ran.stdout.decode(), ran.code) == (TEXT + "\n", 0)


@pytest.mark.parametrize(
    ("reason", "finish"), [("stop", "stop"), ("length", "length"), ("sensitive", "content_filter")]
)
def test_the_end_has_a_finish_and_a_usage(reason: str, finish: str) -> None:
    chunks = [json.loads(line) for line in run_here(["rewrite"], streamed(["a"], True, reason)).stdout.splitlines()]
    assert [one["finish_reason"] for chunk in chunks for one in chunk["choices"]][-1] == finish
    assert chunks[-1]["usage"] == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def test_a_refused_response_is_reported() -> None:
    """R17: a word that Chat Completions does not have is kept, and read by its parts."""
    assert "sensitive" in run_here(["text"], jsonl([record("", "sensitive")])).stderr


def test_what_else_the_output_has_rides_in_the_extension() -> None:
    ran = run_here(["rewrite"], jsonl([record("a", thoughts=[{"action": "search"}]), record("a", "stop")]))
    assert b'"thoughts":[{"action":"search"}]' in ran.stdout
    assert b"choices" in ran.stdout


def test_a_cut_stream_is_incomplete() -> None:
    assert run_here(["text"], jsonl([record("a"), record("ab")])).code == 4


@pytest.mark.parametrize("value", [7, {}, {"output": []}, record(7)])
def test_other_values_are_no_records(value: Any) -> None:
    with pytest.raises(NotAChunk):
        DashScope().feed(value)


@pytest.mark.parametrize(
    ("pieces", "said"),
    [(["1", "1", "1"], "111"), (["ha", "haha", "ha", "!"], "hahahaha!"), (["\n", "\n", "A"], "\n\nA")],
)
def test_equal_pieces_are_all_read(pieces: list[str], said: str) -> None:
    """Q13: a piece that begins with the one before it need not be all of the text."""
    ran = run_here(["text"], streamed(pieces, False))
    assert (ran.stdout.decode(), ran.code) == (said + "\n", 0)


def test_what_waits_leaves_where_the_stream_is_cut() -> None:
    ran = run_here(["text"], jsonl([record("Gate "), record("Gate four")]))
    assert (ran.stdout, ran.code) == (b"Gate four\n", 4)
