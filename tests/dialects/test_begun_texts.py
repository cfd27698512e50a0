"""A part that begins with text, which its deltas may say again: it is shown once, in all dialects (R15)."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.support import jsonl, run_here

Value = dict[str, Any]


def anthropic(begun: str, deltas: list[str]) -> list[Value]:
    message = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": []}
    return [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": begun}},
        *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": one}} for one in deltas),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ]


def responses(begun: str, deltas: list[str]) -> list[Value]:
    """As llama-cpp-python (#2285) and verifiers (#2164) send the events."""
    at = {"item_id": "i", "output_index": 0, "content_index": 0}
    return [
        {"type": "response.created", "response": {"id": "r", "object": "response", "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": {"id": "i", "type": "message"}},
        {"type": "response.content_part.added", **at, "part": {"type": "output_text", "text": begun}},
        *({"type": "response.output_text.delta", **at, "delta": one, "logprobs": []} for one in deltas),
        {"type": "response.completed", "response": {"id": "r", "object": "response", "status": "completed"}},
    ]


def cohere(begun: str, deltas: list[str]) -> list[Value]:
    def part(kind: str, text: str) -> Value:
        return {"type": kind, "index": 0, "delta": {"message": {"content": {"type": "text", "text": text}}}}

    return [
        {"type": "message-start", "id": "m", "delta": {"message": {"role": "assistant"}}},
        part("content-start", begun),
        *(part("content-delta", one) for one in deltas),
        {"type": "content-end", "index": 0},
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}},
    ]


def bedrock(begun: str, deltas: list[str]) -> list[Value]:
    return [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockStart": {"contentBlockIndex": 0, "start": {"text": begun}}},
        *({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": one}}} for one in deltas),
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "end_turn"}},
    ]


def interactions(begun: str, deltas: list[str]) -> list[Value]:
    step = {"type": "model_output", "content": [{"type": "text", "text": begun}]}
    return [
        {"event_type": "interaction.created", "interaction": {"id": "i", "model": "m"}},
        {"event_type": "step.start", "index": 0, "step": step},
        *({"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": one}} for one in deltas),
        {"event_type": "step.stop", "index": 0},
        {"event_type": "interaction.completed", "interaction": {"id": "i", "status": "completed"}},
    ]


def langgraph(begun: str, deltas: list[str]) -> list[Value]:
    """The third protocol of LangGraph."""

    def event(**data: Any) -> Value:
        return {
            "type": "event",
            "method": "messages",
            "params": {"namespace": ["m:1"], "data": {"run_id": "r", **data}},
        }

    return [
        event(event="message-start", id="m", role="ai"),
        event(event="content-block-start", index=0, content={"type": "text", "text": begun}),
        *(event(event="content-block-delta", index=0, delta={"type": "text-delta", "text": one}) for one in deltas),
        event(event="message-finish", reason="stop"),
    ]


def codex_server(begun: str, deltas: list[str]) -> list[Value]:
    def line(method: str, **params: Any) -> Value:
        return {"method": method, "params": {"threadId": "t", **params}}

    item = {"type": "agentMessage", "id": "i", "text": begun}
    return [
        line("turn/started", turn={"id": "u"}),
        line("item/started", item=item),
        *(line("item/agentMessage/delta", itemId="i", delta=one) for one in deltas),
        line("turn/completed", turn={"id": "u", "status": "completed"}),
    ]


ALL: list[Callable[[str, list[str]], list[Value]]] = [
    anthropic,
    responses,
    cohere,
    bedrock,
    interactions,
    langgraph,
    codex_server,
]
WIRES = pytest.mark.parametrize("wire", ALL)


@WIRES
@pytest.mark.parametrize(
    ("begun", "deltas", "text"),
    [
        ("The ferry leaves.", ["The ferry leaves."], "The ferry leaves."),
        ("The ferry leaves.", ["The", " ferry", " leaves."], "The ferry leaves."),
        ("The ferry leaves.", [], "The ferry leaves."),
        ("The ferry", ["The", " ferry lea", "ves."], "The ferry leaves."),
        ("The", ["The", " ferry"], "The ferry"),
        ("The", [" ferry", " leaves."], "The ferry leaves."),
        ("The ferry", [" leaves", ". The", " bus, too."], "The ferry leaves. The bus, too."),
        ("The ferry", ["The", "re it leaves."], "The ferryThere it leaves."),
        ("", ["ha", "ha", "ha"], "hahaha"),
    ],
)
def test_what_deltas_say_again_is_shown_once(
    wire: Callable[[str, list[str]], list[Value]], begun: str, deltas: list[str], text: str
) -> None:
    assert run_here(["text"], jsonl(wire(begun, deltas))) == (0, f"{text}\n".encode(), "")


@WIRES
def test_it_is_shown_before_it_is_said_again(wire: Callable[[str, list[str]], list[Value]]) -> None:
    events = wire("The ferry leaves.", ["The", " ferry", " leaves."])
    cut = next(place for place, event in enumerate(events) if " ferry" in str(event) and "leaves" not in str(event))
    ran = run_here(["text"], jsonl(events[: cut + 1]))
    assert ran.stdout == b"The ferry leaves.\n"


def test_thoughts_and_a_refusal() -> None:
    def said(kind: str, part: Value, counter: str = "content_index") -> list[Value]:
        at = {"item_id": "i", "output_index": 0, counter: 0}
        added = "reasoning_summary_part" if "summary" in kind else "content_part"
        return [
            {"type": "response.created", "response": {"id": "r", "object": "response", "output": []}},
            {"type": f"response.{added}.added", **at, "part": part},
            {"type": f"response.{kind}.delta", **at, "delta": "It is "},
            {"type": f"response.{kind}.delta", **at, "delta": "late."},
            {"type": "response.completed", "response": {"id": "r", "object": "response", "status": "completed"}},
        ]

    thoughts = said("reasoning_summary_text", {"type": "summary_text", "text": "It is late."}, "summary_index")
    assert run_here(["rewrite"], jsonl(thoughts)).stdout.count(b"It is") == 1
    refusal = said("refusal", {"type": "refusal", "refusal": "It is late."})
    assert run_here(["rewrite"], jsonl(refusal)).stdout.count(b"It is") == 1


def cohere_call(fragments: list[str]) -> list[Value]:
    def call(text: str, **named: Any) -> Value:
        return {"message": {"tool_calls": {**named, "function": {"name": "send_message", "arguments": text}}}}

    return [
        {"type": "message-start", "id": "m", "delta": {"message": {"role": "assistant"}}},
        {"type": "tool-call-start", "index": 0, "delta": call('{"message": "Hi"}', id="c")},
        *({"type": "tool-call-delta", "index": 0, "delta": call(one)} for one in fragments),
        {"type": "message-end", "delta": {"finish_reason": "TOOL_CALL"}},
    ]


def bedrock_call(fragments: list[str]) -> list[Value]:
    use = {"toolUseId": "c", "name": "send_message", "input": {"message": "Hi"}}
    place = {"contentBlockIndex": 0}
    return [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockStart": {**place, "start": {"toolUse": use}}},
        *({"contentBlockDelta": {**place, "delta": {"toolUse": {"input": one}}}} for one in fragments),
        {"contentBlockStop": place},
        {"messageStop": {"stopReason": "tool_use"}},
    ]


def interactions_call(fragments: list[str]) -> list[Value]:
    step = {"type": "function_call", "id": "c", "name": "send_message", "arguments": {"message": "Hi"}}
    at = {"event_type": "step.delta", "index": 0}
    return [
        {"event_type": "interaction.created", "interaction": {"id": "i", "model": "m"}},
        {"event_type": "step.start", "index": 0, "step": step},
        *({**at, "delta": {"type": "arguments_delta", "arguments": one}} for one in fragments),
        {"event_type": "interaction.completed", "interaction": {"id": "i", "status": "requires_action"}},
    ]


@pytest.mark.parametrize("fragments", [['{"message": "Hi"}'], ['{"mess', 'age": "H', 'i"}'], ['{"message": "Hi'], []])
@pytest.mark.parametrize("wire", [cohere_call, bedrock_call, interactions_call])
def test_the_arguments_that_a_call_begins_with(wire: Callable[[list[str]], list[Value]], fragments: list[str]) -> None:
    assert run_here(["text"], jsonl(wire(fragments))) == (0, b"Hi\n", "")


@pytest.mark.parametrize("wire", [bedrock_call, interactions_call])
def test_arguments_that_are_no_text_may_be_written_in_another_way(wire: Callable[[list[str]], list[Value]]) -> None:
    assert run_here(["text"], jsonl(wire(['{"message":', '"Hi"}']))) == (0, b"Hi\n", "")
