"""A whole response behind the end of its events: only what it has beyond them counts, in all dialects (R15)."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.support import jsonl, run_here

Value = dict[str, Any]
SAID = "The ferry leaves at six."


def chat(text: str, ident: str, whole: bool) -> list[Value]:
    said = {"role": "assistant", "content": text}
    if whole:
        choice = {"index": 0, "message": said, "finish_reason": "stop"}
        return [{"id": ident, "object": "chat.completion", "choices": [choice]}]
    choices: list[Value] = [{"delta": said}, {"delta": {}, "finish_reason": "stop"}]
    return [{"id": ident, "object": "chat.completion.chunk", "choices": [{"index": 0, **one}]} for one in choices]


def anthropic(text: str, ident: str, whole: bool) -> list[Value]:
    message = {"id": ident, "type": "message", "role": "assistant", "model": "m", "content": []}
    if whole:
        return [{**message, "content": [{"type": "text", "text": text}], "stop_reason": "end_turn"}]
    return [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ]


def responses(text: str, ident: str, whole: bool) -> list[Value]:
    content = [{"type": "output_text", "text": text}]
    item = {"id": f"m{ident}", "type": "message", "role": "assistant", "content": content}
    response = {"id": ident, "object": "response", "status": "completed", "output": [item]}
    if whole:
        return [response]
    at = {"item_id": f"m{ident}", "output_index": 0, "content_index": 0}
    return [
        {"type": "response.created", "response": {"id": ident, "output": []}},
        {"type": "response.output_text.delta", **at, "delta": text},
        {"type": "response.completed", "response": response},
    ]


def completed(text: str, ident: str, whole: bool) -> list[Value]:
    """The end comes a second time."""
    return responses(text, ident, whole=False)[-1:] if whole else responses(text, ident, whole=False)


def claude_code(text: str, ident: str, whole: bool) -> list[Value]:
    base = {"session_id": "s", "parent_tool_use_id": None}
    if whole:
        message = {**anthropic(text, ident, whole=True)[0], "stop_reason": None}
        end = {"type": "result", "subtype": "success", "is_error": False, "result": text, "session_id": "s"}
        return [{"type": "assistant", "message": message, **base}, end]
    events = [{"type": "stream_event", "event": one, **base} for one in anthropic(text, ident, whole=False)]
    return [{"type": "system", "subtype": "init", "session_id": "s", "tools": []}, *events]


def cohere(text: str, ident: str, whole: bool) -> list[Value]:
    if whole:
        said = {"role": "assistant", "content": [{"type": "text", "text": text}]}
        return [{"id": ident, "message": said, "finish_reason": "COMPLETE"}]
    return [
        {"type": "message-start", "id": ident, "delta": {"message": {"role": "assistant"}}},
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": text}}}},
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}},
    ]


@pytest.mark.parametrize("wire", [chat, anthropic, responses, completed, claude_code, cohere])
@pytest.mark.parametrize(
    ("text", "ident", "shown"),
    [
        (SAID, "a", f"{SAID}\n"),
        (f"{SAID} Do come.", "a", f"{SAID}\n Do come.\n"),
        ("Gate four opens at nine.", "a", f"{SAID}\nGate four opens at nine.\n"),
        ("Gate four opens at nine.", "b", f"{SAID}\nGate four opens at nine.\n"),
    ],
)
def test_only_what_is_new_counts(wire: Callable[..., list[Value]], text: str, ident: str, shown: str) -> None:
    ran = run_here(["text"], jsonl([*wire(SAID, "a", whole=False), *wire(text, ident, whole=True)]))
    assert ran.stdout.decode() == shown
    assert (ran.stderr, ran.code) == ("", 0)


_ENDS = ("message_delta", "message_stop", "message-end", "response.completed", "content_block_stop")


def without_ids(stream: list[Value]) -> list[Value]:
    """Without the ids of responses, messages and items."""
    return [
        {name: without_ids([one])[0] if isinstance(one, dict) else one for name, one in value.items() if name != "id"}
        for value in stream
    ]


@pytest.mark.parametrize("make", [anthropic, responses, cohere])
@pytest.mark.parametrize(("whole", "said"), [(SAID, SAID), (f"{SAID} Be early.", f"{SAID} Be early.")])
def test_a_whole_response_without_an_id_ends_the_open_one_that_it_repeats(
    make: Callable[[str, str, bool], list[Value]], whole: str, said: str
) -> None:
    """R15."""
    events = [one for one in make(SAID, "a", False) if one.get("type") not in _ENDS]
    for given in (without_ids([*events, *make(whole, "a", True)]), [*without_ids(events), *make(whole, "a", True)]):
        ran = run_here(["text"], jsonl(given))
        assert (ran.stdout.decode(), ran.code) == (f"{said}\n", 0)
    ran = run_here(["text"], jsonl(without_ids([*events, *make("Another.", "a", True)])))
    assert (ran.stdout.decode(), ran.code) == (f"{SAID}\nAnother.\n", 4)
