"""Mistral's Conversations API as chunks."""

from typing import Any

import pytest
from tests.dialects.said import Value
from tests.support import jsonl, run_here

from unspool.core.errors import NotAChunk
from unspool.dialects.mistral_conversations import MistralConversations
from unspool.dialects.registry import dialect_of

START = {"type": "conversation.response.started", "conversation_id": "conv_1"}
DONE = {"type": "conversation.response.done", "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}


def message(content: Any, index: int = 0) -> Value:
    return {"type": "message.output.delta", "output_index": index, "id": f"msg_{index}", "content": content}


def call(arguments: str, ident: str = "call_1", name: str = "send_message") -> Value:
    function = {"type": "function.call.delta", "output_index": 1, "id": "fc_1", "name": name}
    return {**function, "tool_call_id": ident, "arguments": arguments}


THINKING = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([message("Ni"), message("ne.")], "Nine.\n"),
        ([message(THINKING), message({"type": "text", "text": "Nine."})], "Hm.\nNine.\n"),
        (
            [message("One."), {"type": "tool.execution.started", "name": "web_search"}, message("Two.", 2)],
            "One.\nTwo.\n",
        ),
        ([call('{"message": "Ni'), call(""), call('ne."}')], "Nine.\n"),
        ([call('{"message": "One."}'), call('{"message": "Two."}', "call_2")], "One.\nTwo.\n"),
    ],
)
def test_what_is_said(events: list[Value], text: str) -> None:
    ran = run_here(["text", "--thoughts", "reasoning"], jsonl([START, *events, DONE]))
    assert (ran.stdout.decode(), ran.code) == (text, 0)


def test_a_whole_answer() -> None:
    outputs = [{"type": "message.output", "content": "At"}, {**call('{"message": "Nine."}'), "type": "function.call"}]
    value = {"object": "conversation.response", "conversation_id": "c", "outputs": outputs, "usage": DONE["usage"]}
    ran = run_here(["text"], jsonl([value]))
    assert (ran.stdout.decode(), ran.code) == ("At\nNine.\n", 0)
    assert '"total_tokens":7' in run_here(["rewrite"], jsonl([value])).stdout.decode()


def test_a_failure_and_a_cut_are_reported() -> None:
    """R12, R11."""
    own = {"type": "conversation.response.error", "message": "Too many requests", "code": 429}
    of_relay = {"type": "error", "error": {"message": "Too many requests"}}
    for failed in (own, of_relay):
        ran = run_here(["text"], jsonl([START, message("Ni"), failed]))
        assert (ran.stdout, ran.code) == (b"Ni\n", 5)
        assert "Too many requests" in ran.stderr
    assert run_here(["text"], jsonl([START, message("Ni")])).code == 4


def test_events_of_the_realtime_api_are_none() -> None:
    assert dialect_of(START) == "mistral-conversations"
    assert dialect_of({"type": "conversation.item.added", "item": {}}) == "responses"
    for value in (7, {}, {"type": 7}):
        with pytest.raises(NotAChunk):
            MistralConversations().feed(value)
