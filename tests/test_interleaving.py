"""Chunks of several responses that alternate in one stream."""

from typing import Any

import pytest
from tests.support import chunk, jsonl, message_call, run_here, sse

LONG = "x" * 70_000
"""Longer than the beginning of a source in which its layers are looked for."""
ROLE = {"role": "assistant", "content": ""}


def said(ident: str, *texts: str, finish: bool = True) -> list[dict[str, Any]]:
    chunks = [chunk(ROLE, id=ident), *(chunk({"content": text}, id=ident) for text in texts)]
    return [*chunks, chunk({}, "stop", id=ident)] if finish else chunks


def called(ident: str, *texts: str) -> list[dict[str, Any]]:
    return [{**one, "id": ident} for one in message_call(['{"message":"', *texts, '"}'])]


def in_turn(*streams: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for turn in zip(*streams, strict=True) for one in turn]


@pytest.mark.parametrize("frame", [jsonl, sse])
@pytest.mark.parametrize(("make", "code"), [(said, 3), (called, 4)])  # of the first, a call has begun (R11)
def test_a_response_that_another_one_interrupts_does_not_mix_with_it_r16(frame: Any, make: Any, code: int) -> None:
    data = frame([*said("w", LONG), *in_turn(make("x", "Al", "pha"), make("y", "Be", "ta"))])
    ran = run_here(["text"], data)
    assert (ran.code, ran.stdout.decode()) == (code, f"{LONG}\nBeta\n")
    assert "--split-by id" in ran.stderr
    ran = run_here(["text", "--split-by", "id"], data)
    assert (ran.code, ran.stdout.decode()) == (0, f"{LONG}\nAlpha\nBeta\n")


def test_rewrite_passes_on_what_belongs_to_another_response_r1() -> None:
    data = jsonl([*said("w", LONG), *in_turn(said("x", "Al", "pha"), said("y", "Be", "ta"))])
    assert run_here(["rewrite"], data).stdout == data


@pytest.mark.parametrize(
    "chunks",
    [
        [*said("x", "Alpha"), *said("y", "Beta"), *said("x", "Gamma")],
        [*said("x", "Alpha", finish=False), *said("y", "Beta"), *said("x", "Gamma")],
        [{**one, "id": str(number)} for number, one in enumerate(said("x", "Al", "pha"))],
        [chunk({**ROLE, "content": text}, id=text) for text in "abc"] + [chunk({}, "stop", id="d")],
        [*said("x", "Alpha"), *said("y", "Beta"), chunk(id="x", choices=[], usage={"total_tokens": 3})],
        [
            *said("x", "Alpha", finish=False),
            *said("y", "Beta"),
            chunk(ROLE, id="x"),
            chunk({"content": "Gam"}, id="z"),
            chunk({"content": "ma"}, "stop", id="x"),
        ],
        [*said("", "Alpha", finish=False), *said("y", "Beta"), *said("", "Gamma")],
        [*said("x", "Alpha", finish=False), chunk({"content": " two"}, id="y"), chunk({}, "stop", id="x")],
    ],
)
def test_ids_that_come_again_or_change_are_no_fault_q11(chunks: list[dict[str, Any]]) -> None:
    ran = run_here(["text"], jsonl(chunks))
    assert "another one interrupted" not in ran.stderr
    assert ran.code in (0, 4)


def pieces(ident: str, *texts: str) -> list[dict[str, Any]]:
    """A response of Gemini's."""
    candidates: list[dict[str, Any]] = [{"content": {"role": "model", "parts": [{"text": text}]}} for text in texts]
    candidates[-1]["finishReason"] = "STOP"
    return [{"responseId": ident, "candidates": [candidate]} for candidate in candidates]


@pytest.mark.parametrize("frame", [jsonl, sse])
def test_a_response_of_gemini_that_another_one_interrupts_does_not_mix_with_it_r16(frame: Any) -> None:
    data = frame([*pieces("w", "W", LONG), *in_turn(pieces("x", "Al", "pha"), pieces("y", "Be", "ta"))])
    ran = run_here(["text"], data)  # an id that changes begins nothing (Q11): the first that comes again shows the mix
    assert (ran.code, ran.stdout.decode()) == (3, f"W{LONG}\nAlBeta\n")
    assert "--split-by responseId" in ran.stderr
    ran = run_here(["text", "--split-by", "responseId"], data)
    assert (ran.code, ran.stdout.decode()) == (0, f"W{LONG}\nAlpha\nBeta\n")


def test_responses_of_gemini_with_an_id_for_each_piece_or_used_again_are_read() -> None:
    changing = [{**one, "responseId": str(number)} for number, one in enumerate(pieces("x", "Al", "pha"))]
    for data in (changing, [*pieces("x", "Al", "pha"), *pieces("y", "Beta"), *pieces("x", "Gamma")]):
        assert "another one interrupted" not in run_here(["text"], jsonl(data)).stderr
