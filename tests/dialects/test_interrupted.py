"""Responses that alternate in one stream: none gets into the text of another in silence (R13, R16)."""

import json
from itertools import chain, zip_longest
from typing import Any

import pytest
from tests.support import jsonl, run_here

from unspool.dialects.registry import load

Value = dict[str, Any]


def anthropic(ident: str, *deltas: str) -> list[Value]:
    return [
        {"type": "message_start", "message": {"id": ident, "role": "assistant", "content": []}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": one}} for one in deltas),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ]


def called(ident: str, *fragments: str) -> list[Value]:
    start, _, *_, stop, end, last = anthropic(ident)
    block = {"type": "tool_use", "id": f"t{ident}", "name": "send_message", "input": {}}
    pieces = [{"type": "input_json_delta", "partial_json": one} for one in fragments]
    return [
        start,
        {"type": "content_block_start", "index": 0, "content_block": block},
        *({"type": "content_block_delta", "index": 0, "delta": one} for one in pieces),
        *(stop, end, last),
    ]


def bedrock(ident: str, *deltas: str) -> list[Value]:
    return [
        {"messageStart": {"role": "assistant"}},
        *({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": one}}} for one in deltas),
        {"messageStop": {"stopReason": "end_turn"}},
    ]


def cohere(ident: str, *deltas: str) -> list[Value]:
    return [
        {"type": "message-start", "id": ident, "delta": {"message": {"role": "assistant"}}},
        *({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": one}}}} for one in deltas),
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}},
    ]


def responses(ident: str, *deltas: str) -> list[Value]:
    item = {"id": f"m{ident}", "type": "message", "role": "assistant", "content": []}
    part = {"item_id": f"m{ident}", "output_index": 0, "content_index": 0}
    return [
        {"type": "response.created", "response": {"id": ident, "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        *({"type": "response.output_text.delta", **part, "delta": one} for one in deltas),
        {"type": "response.completed", "response": {"id": ident, "status": "completed", "output": []}},
    ]


def chat(ident: str, *deltas: str) -> list[Value]:
    said: list[Value] = [{"delta": {"role": "assistant"}}, *({"delta": {"content": one}} for one in deltas)]
    return [{"id": ident, "choices": [{"index": 0, **one}]} for one in [*said, {"delta": {}, "finish_reason": "stop"}]]


def gemini(ident: str, *deltas: str) -> list[Value]:
    said: list[Value] = [{"content": {"parts": [{"text": one}]}} for one in deltas]
    return [{"responseId": ident, "candidates": [one]} for one in [*said, {"finishReason": "STOP"}]]


def ended(deltas: tuple[str, ...]) -> list[tuple[str, bool]]:
    """Each delta, and whether it is the last."""
    return [(one, place == len(deltas)) for place, one in enumerate(deltas, 1)]


def ernie(ident: str, *deltas: str) -> list[Value]:
    return [{"id": ident, "result": one, "is_end": last} for one, last in ended(deltas)]


def hunyuan(ident: str, *deltas: str) -> list[Value]:
    return [
        {"Id": ident, "Note": "", "Choices": [{"Delta": {"Content": one}, "FinishReason": "stop" if last else ""}]}
        for one, last in ended(deltas)
    ]


def spark(ident: str, *deltas: str) -> list[Value]:
    return [
        {
            "header": {"code": 0, "sid": ident, "status": 2 if last else 1},
            "payload": {"choices": {"status": 2 if last else 1, "text": [{"content": one, "role": "assistant"}]}},
        }
        for one, last in ended(deltas)
    ]


def dashscope(ident: str, *deltas: str) -> list[Value]:
    return [
        {
            "output": {"text": "".join(deltas[: place + 1]), "finish_reason": "stop" if last else "null"},
            "request_id": ident,
        }
        for place, (_, last) in enumerate(ended(deltas))
    ]


def sglang(ident: str, *deltas: str) -> list[Value]:
    return [
        {
            "text": "".join(deltas[: place + 1]),
            "meta_info": {"id": ident, "finish_reason": {"type": "stop"} if last else None},
        }
        for place, (_, last) in enumerate(ended(deltas))
    ]


WIRES = {
    "anthropic": anthropic,
    "anthropic, calls": lambda ident, *deltas: called(ident, '{"mess', f'age": "{deltas[0]}', f'{deltas[1]}"}}'),
    "bedrock": bedrock,
    "chat": chat,
    "cohere": cohere,
    "dashscope": dashscope,
    "ernie": ernie,
    "gemini": gemini,
    "hunyuan": hunyuan,
    "responses": responses,
    "sglang": sglang,
    "spark": spark,
}
REASON = "it belongs to a response that another one interrupted"


@pytest.mark.parametrize("name", WIRES)
def test_responses_that_alternate_are_reported(name: str) -> None:
    before = 2 if name == "bedrock" else 0  # where two starts in a row are one that was received twice
    first = WIRES[name]("a", "Al", "pha.", *([" "] * before))
    both = zip_longest(first[before:], WIRES[name]("b", "Be", "ta."))
    stream = [*first[:before], *(one for one in chain.from_iterable(both) if one is not None)]
    ran = run_here(["text"], jsonl(stream))
    assert ran.code in (3, 4)
    assert REASON in ran.stderr
    assert run_here(["rewrite"], jsonl(stream)).code == ran.code


@pytest.mark.parametrize("name", WIRES)
def test_a_response_that_is_asked_for_again_is_whole(name: str) -> None:
    """The one before it was cut."""
    cut, whole = WIRES[name]("a", "Al", "pha."), WIRES[name]("b", "Be", "ta.")
    for size in range(1, len(cut) - 1):
        ran = run_here(["text"], jsonl([*cut[:size], *whole, *WIRES[name]("c", "Gam", "ma.")]))
        assert ran.stdout.endswith((b"Beta.\nGamma.\n", b"Beta.Gamma.\n"))
        assert REASON not in ran.stderr


def test_mixed_messages_of_anthropic_end_where_each_has_ended() -> None:
    one, other = anthropic("a", "Al", "pha."), anthropic("b", "Be", "ta.")
    mixed = [*chain.from_iterable(zip(one, other, strict=True)), *anthropic("c", "Gam", "ma.")]
    ran = run_here(["text"], jsonl(mixed))
    assert (ran.stdout, ran.code) == (b"Gamma.\n", 3)


def test_the_other_items_of_responses_may_have_the_same_ids() -> None:
    """Servers number the items of each response alike."""
    whole = responses("b", "Be", "ta.")
    again = [{**one, **({"item_id": "ma"} if "item_id" in one else {})} for one in whole]
    again[1] = {**again[1], "item": {**again[1]["item"], "id": "ma"}}
    ran = run_here(["text"], jsonl([*responses("a", "Al", "pha.")[:3], *again]))
    assert (ran.stdout, ran.code) == (b"Al\nBeta.\n", 4)


@pytest.mark.parametrize("name", ["anthropic", "bedrock", "cohere"])
def test_events_that_are_received_twice_are_no_other_response(name: str) -> None:
    start, *events = WIRES[name]("a", "Al", "pha.")
    ran = run_here(["text"], jsonl([start, start, *events, events[-1]]))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Alpha.\n", "", 0)


def test_an_end_that_is_received_twice_is_no_other_response() -> None:
    for name in ("anthropic", "bedrock", "cohere"):
        stream = [*WIRES[name]("a", "Al", "pha."), WIRES[name]("a", "")[-1]]
        assert run_here(["text"], jsonl(stream)).code == 0
        assert load(name).close() == []


@pytest.mark.parametrize("name", ["anthropic", "anthropic, calls"])
@pytest.mark.parametrize("second", [1, 2, 3])
def test_deltas_of_anthropic_that_go_on_in_another_message_are_reported(name: str, second: int) -> None:
    """The second message begins while a block of the first is open; ``second`` of its events come before the rest."""
    one, other = WIRES[name]("a", "Al", "pha."), WIRES[name]("b", "Be", "ta.")
    ran = run_here(["text"], jsonl([*one[:3], *other[:second], *one[3:], *other[second:]]))
    assert ran.code in (3, 4)
    assert REASON in ran.stderr
    if second == 1:  # its block has not begun, so no delta can be its own
        assert b"pha" not in ran.stdout


def stuck(ident: str) -> list[Value]:
    """A message whose first block begins twice."""
    start, block, one, other, *ends = anthropic(ident, "Be", "ta.")
    return [start, block, one, block, other, *ends]


def read(*streams: list[Value]) -> bytes:
    return run_here(["text"], jsonl([value for stream in streams for value in stream])).stdout


@pytest.mark.parametrize("cut", [2, 3])
def test_a_block_of_anthropic_that_begins_twice_after_a_cut_message_is_read(cut: int) -> None:
    """The message before it had begun the block, so that it cannot be that one's."""
    cuts = [anthropic("x", "Om")[:cut], anthropic("a", "Al")[:cut]]
    after = [anthropic(one, one) for one in ("c", "d", "e")]
    for before in (cuts, cuts[1:]):
        assert read(*before, stuck("b"), *after).endswith(b"Beta.\nc\nd\ne\n")


def test_mixed_messages_of_anthropic_end_where_a_message_begins() -> None:
    """A message that was cut before its first block may be that whose block begins."""
    after = [anthropic(one, one) for one in ("c", "d", "e")]
    assert read(anthropic("a")[:1], stuck("b"), *after).endswith(b"\nc\nd\ne\n")


@pytest.mark.parametrize("name", ["anthropic", "bedrock", "cohere"])
@pytest.mark.parametrize("ids", [True, False])
def test_a_relay_that_repeats_each_event_sends_no_other_response(name: str, ids: bool) -> None:
    cut, whole, last = WIRES[name]("a", "Al"), WIRES[name]("b", "Be", "ta."), WIRES[name]("c", "Gam")
    if not ids:
        stream = [{key: value for key, value in one.items() if key != "id"} for one in [*whole, *last]]
    else:
        stream = [*cut[:-2], *whole, *last]
    ran = run_here(["text"], jsonl([one for event in stream for one in (event, event)]))
    assert REASON not in ran.stderr
    assert b"ta." in ran.stdout
    assert b"Gam" in ran.stdout


def counted(stream: list[Value], tokens: int) -> list[Value]:
    """With a usage where the wire has it."""
    usage = {"inputTokens": 3, "outputTokens": tokens}
    if "messageStop" in stream[-1]:
        stops = [{"contentBlockStop": {"contentBlockIndex": 0}}]
        return [*stream[:-1], *stops, stream[-1], {"metadata": {"usage": usage}}]
    if stream[-1].get("type") == "message-end":
        delta = {**stream[-1]["delta"], "usage": {"tokens": {"input_tokens": 3, "output_tokens": tokens}}}
        return [*stream[:-1], {"type": "content-end", "index": 0}, {**stream[-1], "delta": delta}]
    return [{**one, "usage": {"output_tokens": tokens}} if one["type"] == "message_delta" else one for one in stream]


@pytest.mark.parametrize("name", ["anthropic", "bedrock", "cohere"])
def test_an_end_that_is_received_twice_after_a_cut_response_is_its_own(name: str) -> None:
    """Blocks have ends, and no other one came."""
    whole = counted(WIRES[name]("b", "Be", "ta."), 4)
    place = next(place for place, one in enumerate(whole) if one.get("type") in ENDS or "messageStop" in one)
    ran = run_here(["text"], jsonl([*WIRES[name]("a", "Al")[:2], *whole[: place + 1], *whole[place:]]))
    assert ran.stdout.endswith(b"Beta.\n")
    assert REASON not in ran.stderr


ENDS = ("message_stop", "message-end")


@pytest.mark.parametrize("name", ["anthropic", "bedrock", "cohere"])
@pytest.mark.parametrize("alternating", [True, False])
def test_a_second_response_without_a_start_is_shown_by_its_usage(name: str, alternating: bool) -> None:
    one, other = counted(WIRES[name]("a", "Al", "pha."), 4), counted(WIRES[name]("b", "Be", "ta."), 5)
    parts = [
        each for each in other if not ({"message_start", "content_block_start", "message-start"} & {each.get("type")})
    ]
    parts = [each for each in parts if "messageStart" not in each]
    begin, rest = one[: len(one) - len(parts)], one[len(one) - len(parts) :]
    both = [*begin, *chain.from_iterable(zip(rest, parts, strict=True))] if alternating else [*one, *parts]
    ran = run_here(["text"], jsonl(both))
    assert (REASON in ran.stderr, ran.code) == ((True, 3) if alternating else (False, 0))


@pytest.mark.parametrize("name", ["anthropic", "bedrock", "cohere"])
def test_ends_of_a_response_without_a_start_may_come_twice(name: str) -> None:
    one, other = counted(WIRES[name]("a", "Al", "pha."), 4), counted(WIRES[name]("b", "Be", "ta."), 5)[1:]
    ran = run_here(["text"], jsonl([*one, *other, other[-1], *other[-1:]]))
    assert REASON not in ran.stderr


def cohere_v1(ident: str, *deltas: str) -> list[Value]:
    return [
        {"event_type": "stream-start", "is_finished": False, "generation_id": ident},
        *({"event_type": "text-generation", "is_finished": False, "text": one} for one in deltas),
        {"event_type": "stream-end", "is_finished": True, "finish_reason": "COMPLETE", "response": {}},
    ]


def mistral(ident: str, *deltas: str) -> list[Value]:
    return [
        {"type": "conversation.response.started", "conversation_id": ident},
        *({"type": "message.output.delta", "content": one} for one in deltas),
        {"type": "conversation.response.done"},
    ]


STARTS = {
    **{name: WIRES[name] for name in ("anthropic", "bedrock", "cohere", "responses")},
    "cohere-v1": cohere_v1,
    "mistral": mistral,
}
IDS = ("id", "item_id", "generation_id", "conversation_id")


@pytest.mark.parametrize("name", STARTS)
def test_a_start_without_an_id_begins_another_response_where_one_was_cut(name: str) -> None:
    """R13, R11."""
    last = -2 if name == "anthropic" else -1  # its message_delta is an end
    stream = [*STARTS[name]("", "Al", "pha.")[:last], *STARTS[name]("", "Be", "ta.")]
    stream = json.loads(json.dumps(stream), object_hook=lambda one: {k: v for k, v in one.items() if k not in IDS})
    ran = run_here(["text"], jsonl(stream))
    assert (ran.stdout, ran.code) == (b"Alpha.\nBeta.\n", 4)
    assert ran.stderr.count("\n") == 1
    for command in ("rewrite", "events"):
        ran = run_here([command], jsonl(stream))
        assert ran.code == 4
        assert b"boundary" not in ran.stdout
