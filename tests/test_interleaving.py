"""Chunks of several responses that alternate in one stream."""

from typing import Any

import pytest
from tests.support import chunk, jsonl, message_call, run_here, sse

LONG = "x" * 70_000
"""Longer than the beginning of a source in which its layers are looked for."""
ROLE = {"role": "assistant", "content": ""}
QUIET = chunk({"content": ""}, id="keepalive", model="keepalive")
"""What a server keeps the connection open with (omlx#1478)."""


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


@pytest.mark.parametrize("other", ["", "y"])
def test_responses_without_an_id_are_told_apart_by_their_models_r16(other: str) -> None:
    """As the servers of Hugging Face send them: the id is empty."""
    first = [{**one, "id": "", "model": "large"} for one in said("", "Al", "pha")]
    second = [{**one, "id": other, "model": "small"} for one in said(other, "Be", "ta")]
    ran = run_here(["text"], jsonl(in_turn(first, second)))
    assert (ran.code, ran.stdout) == (3, b"Beta\n")
    assert "--split-by model separates them" in ran.stderr
    ran = run_here(["text", "--split-by", "model"], jsonl(in_turn(first, second)))
    assert (ran.code, ran.stdout) == (0, b"Alpha\nBeta\n")


def test_a_model_that_changes_inside_of_a_response_is_no_fault() -> None:
    chunks = said("", "Al", "pha", "bet")
    for one, model in zip(chunks, ("route", "large", "large", "", "large"), strict=True):
        one["model"] = model
    assert run_here(["text"], jsonl(chunks))[:2] == (0, b"Alphabet\n")


@pytest.mark.parametrize("ident", [7, 7.5, "7"])
def test_an_id_that_is_a_number_does_not_change_t14(ident: object) -> None:
    chunks = [chunk({"content": text}, id=ident) for text in ("One ", "two ", "three")]
    assert run_here(["text"], jsonl([*chunks, chunk({}, "stop", id=ident)]))[:2] == (0, b"One two three\n")


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
        [
            QUIET,
            *said("x", "Alpha", finish=False),
            QUIET,
            chunk({"content": " two"}, id="x"),
            chunk({}, "stop", id="x"),
        ],
    ],
)
def test_ids_that_come_again_or_change_are_no_fault_q11(chunks: list[dict[str, Any]]) -> None:
    ran = run_here(["text"], jsonl(chunks))
    assert "another one interrupted" not in ran.stderr
    assert ran.code in (0, 4)


def spoken(ident: str, *texts: str, role: bool = False, index: int = 0) -> list[dict[str, Any]]:
    """A response without a role, or with one in each chunk."""
    more = {"role": "assistant"} if role else {}
    chunks = [chunk({**more, "content": text}, id=ident) for text in texts]
    chunks.append(chunk(more, "stop", id=ident))
    for one in chunks:
        one["choices"][0]["index"] = index
    return chunks


@pytest.mark.parametrize("role", [False, True])
@pytest.mark.parametrize("frame", [jsonl, sse])
def test_responses_that_alternate_without_a_role_at_their_start_are_reported_r16(frame: Any, role: bool) -> None:
    """What came before the first id comes again cannot be told from one response whose id changes (Q11)."""
    data = frame(in_turn(spoken("x", "Al", "pha", role=role), spoken("y", "Be", "ta", role=role)))
    ran = run_here(["text"], data)
    assert (ran.code, ran.stdout) == (3, b"AlBeta\n")
    assert ran.stderr.count("--split-by id") == 2
    ran = run_here(["text", "--split-by", "id"], data)
    assert (ran.code, ran.stdout) == (0, b"Alpha\nBeta\n")


def test_calls_that_alternate_without_a_role_are_reported_r16() -> None:
    x, y = called("x", "Al", "pha"), called("y", "Be", "ta")
    for one in (*x, *y):
        one["choices"][0]["delta"].pop("role", None)
    ran = run_here(["text"], jsonl(in_turn(x, y)))
    assert ran.code in (3, 4)
    assert "another one interrupted" in ran.stderr


def test_the_end_of_a_response_of_few_pieces_shows_that_two_alternate_r16() -> None:
    x, y = spoken("x", "Al"), spoken("y", "Be", "ta")
    ran = run_here(["text"], jsonl([x[0], y[0], x[1], *y[1:]]))
    assert (ran.code, ran.stdout) == (3, b"AlBe\n")
    assert "another one interrupted" in ran.stderr


ONCE = spoken("x", "Al", "pha")


@pytest.mark.parametrize(
    "chunks",
    [
        [{**one, "id": str(number)} for number, one in enumerate(ONCE)],
        [ONCE[0], *({**one, "id": "y"} for one in ONCE[1:])],
        [ONCE[0], {**ONCE[1], "id": "y"}, ONCE[2]],
        in_turn(spoken("x", "Al", "pha"), spoken("y", "Be", "ta", index=1)),
        in_turn(spoken("x", "Al", "pha"), spoken("x", "Be", "ta", index=1)),
        [*spoken("x", "Al"), *spoken("y", "Be"), *spoken("x", "Ga")],
        [*spoken("x", "Al")[:1], *spoken("y", "Be"), *spoken("z", "Ga")],
        [*said("x", "Al")[:1], *spoken("y", "Be", "ta")[:2], chunk({}, "stop", id="x")] * 2,
        [*spoken("x", "Al", role=True)[:1], *spoken("y", "Al", "pha", role=True)],
        [*spoken("x", "Al")[:1], *spoken("y", "pha")[:1], chunk({"content": ""}, id="x"), *spoken("y", "Be")],
        [*spoken("x", "Al")[:1], *spoken("y", "pha")[:1], chunk({}, id="z"), *spoken("y", "Be")],
    ],
)
def test_ids_without_roles_that_change_are_no_fault_q11(chunks: list[dict[str, Any]]) -> None:
    ran = run_here(["text"], jsonl(chunks))
    assert "another one interrupted" not in ran.stderr
    assert ran.code == 0


def test_a_chunk_without_output_does_not_hide_that_two_responses_alternate() -> None:
    x, y = spoken("x", "Al", "pha"), spoken("y", "Be", "ta")
    ran = run_here(["text"], jsonl([x[0], y[0], chunk({"content": ""}, id="x"), x[1], *y[1:]]))
    assert (ran.code, ran.stdout) == (3, b"AlBeta\n")


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


def test_a_whole_completion_with_the_id_of_an_interrupted_response_is_another() -> None:
    """A piece of a large file that begins behind the first of them gives the same row."""
    message = {"role": "assistant", "content": "Gamma"}
    whole = {"id": "x", "object": "chat.completion", "choices": [{"message": message, "finish_reason": "stop"}]}
    ran = run_here(["text"], jsonl([*said("x", "Al", finish=False), *said("y", "Beta"), whole]))
    assert (ran.stdout, ran.code, ran.stderr.count("\n")) == (b"Al\nBeta\nGamma\n", 4, 1)


@pytest.mark.parametrize("frame", [jsonl, sse])
def test_one_chunk_before_another_response_whose_first_has_text_was_cut(frame: Any) -> None:
    """Some servers send the role, or another id, with each chunk (Q15, Q11): the next shows that it is neither."""
    first = chunk({"role": "assistant", "content": "Ho "}, id="y")
    rest = [chunk({"content": text}, id="y") for text in ("Be", "ta")]
    data = frame([chunk({"role": "assistant", "content": "Al "}, id="x"), first, *rest, chunk({}, "stop", id="y")])
    ran = run_here(["text"], data)
    assert (ran.stdout, int(ran.code)) == (b"Al Ho Beta\n", 4)
    assert "behind one chunk: another response began" in ran.stderr
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("ids", ["xy", "xyz", "xyzzz", "xyyyy", "yyyyy"])
def test_ids_that_change_with_the_role_in_each_chunk_are_no_cut_q11_q15(ids: str) -> None:
    texts = [chunk({"role": "assistant", "content": one}, id=one) for one in ids]
    texts[-1]["choices"][0]["finish_reason"] = "stop"
    ran = run_here(["text"], jsonl(texts))
    assert (ran.stdout, ran.stderr, ran.code) == (f"{ids}\n".encode(), "", 0)
