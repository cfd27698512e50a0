"""A response that comes again whole under the same id leaves once (R15); what only shares the id is another one."""

from collections.abc import Callable

import pytest
from tests.dialects.said import Value
from tests.support import jsonl, run_here

from unspool.dialects.translator import Translator


def _anthropic(text: str, tokens: int = 3) -> list[Value]:
    start = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": []}
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    return [
        {"type": "message_start", "message": {**start, "usage": {"input_tokens": tokens}}},
        block,
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
            for piece in (text[:2], text[2:])
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    ]


def _responses(text: str, tokens: int = 3) -> list[Value]:
    response = {"id": "resp_1", "object": "response", "model": "m", "output": []}
    item = {"id": "i", "type": "message", "role": "assistant"}
    whole = {**item, "content": [{"type": "output_text", "text": text}]}
    at = {"item_id": "i", "output_index": 0}
    events: list[Value] = [
        {"type": "response.created", "response": {**response, "status": "in_progress"}},
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}},
        *(
            {"type": "response.output_text.delta", "content_index": 0, "delta": piece, **at}
            for piece in (text[:2], text[2:])
        ),
        {"type": "response.output_item.done", "output_index": 0, "item": whole},
    ]
    usage = {"input_tokens": tokens, "output_tokens": 5, "total_tokens": tokens + 5}
    end = {"type": "response.completed", "response": {**response, "status": "completed", "usage": usage}}
    return [{**event, "sequence_number": number} for number, event in enumerate([*events, end])]


Wire = Callable[..., list[Value]]
WIRES = pytest.mark.parametrize("wire", [_anthropic, _responses])
ERROR = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


@WIRES
@pytest.mark.parametrize("times", [2, 3])
def test_a_replay_leaves_once(wire: Wire, times: int) -> None:
    stream = jsonl(wire("At nine.") * times)
    assert run_here(["text"], stream) == (0, b"At nine.\n", "")
    rewritten = run_here(["rewrite"], stream).stdout
    assert rewritten.count(b'"finish_reason":"stop"') == rewritten.count(b'"usage":{') == 1


@WIRES
def test_a_replay_that_is_cut_is_no_second_answer(wire: Wire) -> None:
    assert run_here(["text"], jsonl(wire("At nine.") + wire("At nine.")[:-1])) == (0, b"At nine.\n", "")
    ran = run_here(["text"], jsonl(wire("At nine.") + wire("At nine.")[:3]))
    assert (ran.code, ran.stdout) == (4, b"At nine.\nAt\n")  # it may have become another one


@WIRES
def test_another_text_or_usage_is_another_response(wire: Wire) -> None:
    """Relays that give each response the same id."""
    assert run_here(["text"], jsonl(wire("At nine.") + wire("At five."))) == (0, b"At nine.\nAt five.\n", "")
    assert run_here(["text"], jsonl(wire("Yes.") + wire("Yes.", 9))) == (0, b"Yes.\nYes.\n", "")


@WIRES
def test_a_replay_that_fails_says_so(wire: Wire) -> None:
    ran = run_here(["text"], jsonl([*wire("At nine."), *wire("At nine.")[:4], ERROR]))
    assert (ran.code, ran.stdout) == (5, b"At nine.\nAt nine.\n")


ARGUMENTS = ('{"message":', '"Bring ', 'a coat."}')


def _anthropic_call() -> list[Value]:
    block = {"type": "tool_use", "id": "t", "name": "send_message"}
    return [
        {"type": "content_block_start", "index": 1, "content_block": block},
        *(
            {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": piece}}
            for piece in ARGUMENTS
        ),
        {"type": "content_block_stop", "index": 1},
    ]


def _responses_call() -> list[Value]:
    item = {"id": "c", "type": "function_call", "call_id": "t", "name": "send_message"}
    kind = "response.function_call_arguments"
    return [
        {"type": "response.output_item.added", "output_index": 1, "item": {**item, "arguments": ""}},
        *({"type": f"{kind}.delta", "item_id": "c", "output_index": 1, "delta": piece} for piece in ARGUMENTS),
        {"type": f"{kind}.done", "item_id": "c", "output_index": 1, "arguments": "".join(ARGUMENTS)},
        {"type": "response.output_item.done", "output_index": 1, "item": {**item, "arguments": "".join(ARGUMENTS)}},
    ]


def _unnumbered(text: str) -> list[Value]:
    return [{name: value for name, value in event.items() if name != "sequence_number"} for event in _responses(text)]


WITH_CALL = [(_anthropic, _anthropic_call()), (_unnumbered, _responses_call())]
BEGUN_AGAIN = pytest.mark.parametrize(("wire", "call"), WITH_CALL, ids=["anthropic", "responses"])


@BEGUN_AGAIN
@pytest.mark.parametrize("cut", range(1, 11))
def test_an_answer_that_begins_again_goes_on_where_it_was(wire: Wire, call: list[Value], cut: int) -> None:
    """R15: a connection was lost and made again; the events come again from the first, cut otherwise or not."""
    said = (0, b"At nine.\nBring a coat.\n", "")
    events, other = wire("At nine."), wire("At nine.")
    whole = [*events[:5], *call, *events[5:]]
    assert run_here(["text"], jsonl([*whole[:cut], *whole])) == said
    assert run_here(["text"], jsonl([*whole[:cut], *whole[:3], *whole])) == said  # twice, the second time earlier
    for event, piece in zip(other[2:4], ("At nin", "e."), strict=True):
        event["delta"] = {"type": "text_delta", "text": piece} if isinstance(event["delta"], dict) else piece
    again = [*other[:5], *call, *other[5:]]
    assert run_here(["text"], jsonl([*whole[:cut], *again])) == said
    assert run_here(["events"], jsonl([*whole[:cut], *whole])).stdout.count(b'"event":"call",') == 1


@BEGUN_AGAIN
def test_an_answer_that_begins_again_with_another_text_shows_that(wire: Wire, call: list[Value]) -> None:
    ran = run_here(["text"], jsonl([*wire("At nine.")[:4], *wire("At half past nine.")]))
    assert (ran.code, ran.stdout) == (0, b"At nine.\nAt half past nine.\n")


@WIRES
def test_another_answer_under_the_same_id_leaves_as_soon_as_it_differs_r2(wire: Wire) -> None:
    """R2: relays that give every response one id still show the second one while it arrives."""
    translator = Translator()
    first, second = wire("Gate four opens."), wire("Gate five opens.")
    texts = []
    for event in [*first, *second]:
        chunks = translator.feed(event) or []
        texts.append("".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"]))
    assert "".join(texts) == "Gate four opens.Gate five opens."
    assert texts[len(first) :].index("Gate five opens.") == 3  # with its second delta, which differs


def _resumable() -> list[Value]:
    """Events of a response with thoughts, a message and a call, as OpenAI numbers them."""
    response = {"id": "resp_1", "object": "response", "model": "m", "output": []}
    message: Value = {"id": "i", "type": "message", "role": "assistant", "content": []}
    call = {"id": "f", "type": "function_call", "call_id": "c", "name": "send_message", "arguments": ""}
    at, part = {"item_id": "i", "output_index": 0}, {"type": "output_text", "text": ""}
    whole = [
        {**message, "content": [{"type": "output_text", "text": "At nine, nine, nine."}]},
        {**call, "arguments": '{"message":"Bring a coat."}'},
    ]
    events: list[Value] = [
        {"type": "response.created", "response": {**response, "status": "in_progress"}},
        {"type": "response.in_progress", "response": {**response, "status": "in_progress"}},
        {"type": "response.output_item.added", "output_index": 0, "item": message},
        {"type": "response.content_part.added", "content_index": 0, "part": part, **at},
        *(
            {"type": "response.output_text.delta", "content_index": 0, "delta": piece, **at}
            for piece in ("At nine,", " nine,", " nine", ".")
        ),
        {"type": "response.output_text.done", "content_index": 0, "text": "At nine, nine, nine.", **at},
        {"type": "response.output_item.done", "output_index": 0, "item": whole[0]},
        {"type": "response.output_item.added", "output_index": 1, "item": call},
        *(
            {"type": "response.function_call_arguments.delta", "output_index": 1, "item_id": "f", "delta": piece}
            for piece in ('{"message":', '"Bring ', 'a coat."}')
        ),
        {"type": "response.output_item.done", "output_index": 1, "item": whole[1]},
        {"type": "response.completed", "response": {**response, "status": "completed", "output": whole}},
    ]
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


@pytest.mark.parametrize("cut", range(1, len(_resumable())))
@pytest.mark.parametrize("again", [1, 2, 3, 5])
def test_events_that_come_again_behind_a_lost_connection_leave_once(cut: int, again: int) -> None:
    """R15: a client asked for the rest of a response from an event that it had (starting_after), or several times."""
    events = _resumable()
    first = max(1, cut - again)
    for stream in ([*events[:cut], *events[first:]], [*events[:cut], *events[first:cut], *events[first:]]):
        assert run_here(["text"], jsonl(stream)) == (0, b"At nine, nine, nine.\nBring a coat.\n", "")
        assert run_here(["events"], jsonl(stream)).stdout.count(b'"event":"call",') == 1


def test_deltas_that_come_again_leave_once_where_no_event_began_their_item() -> None:
    events = [event for event in _resumable() if "_item." not in event["type"] and "arguments" not in event["type"]]
    events[-1]["response"]["output"] = events[-1]["response"]["output"][:1]
    for cut in range(4, len(events)):
        stream = jsonl([*events[:cut], *events[max(2, cut - 2) :]])
        assert run_here(["text"], stream) == (0, b"At nine, nine, nine.\n", "")


NUMBERS = {
    "of each item": [0, 1, *range(8), *range(6)],
    "of items behind the first": [*range(10), *range(6)],
    "none": [0] * 16,
    "one for all deltas": [0, 1, 2, 3, *[4] * 4, 5, 6, 7, *[8] * 3, 9, 10],
    "one for the events of an item": [0, 1, *[2] * 8, *[3] * 5, 4],
}


@pytest.mark.parametrize("numbers", NUMBERS.values(), ids=[*NUMBERS])
def test_numbers_that_do_not_count_events_are_no_replay(numbers: list[int]) -> None:
    stream = [{**event, "sequence_number": number} for event, number in zip(_resumable(), numbers, strict=True)]
    assert run_here(["text"], jsonl(stream)) == (0, b"At nine, nine, nine.\nBring a coat.\n", "")
