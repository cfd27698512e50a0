"""R15 in Responses: what deltas have said counts once, whatever address their snapshots have."""

from typing import Any

import pytest
from tests.support import jsonl, run_here

CREATED = {"type": "response.created", "response": {"id": "resp_1", "object": "response", "output": []}}
ADDED = {"type": "response.output_item.added", "output_index": 0, "item": {"id": "m", "type": "message", "content": []}}


def delta(text: str, **address: Any) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "delta": text, **address}


def done(text: str, **address: Any) -> dict[str, Any]:
    return {"type": "response.output_text.done", "text": text, **address}


def item(text: str, kind: str = "output_text") -> dict[str, Any]:
    return {"id": "m", "type": "message", "role": "assistant", "content": [{"type": kind, "text": text}]}


def completed(*items: dict[str, Any]) -> dict[str, Any]:
    response = {"id": "resp_1", "object": "response", "status": "completed", "output": list(items)}
    return {"type": "response.completed", "response": response}


REASONING = {"id": "r", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}
HERE = {"item_id": "m", "output_index": 0, "content_index": 0}
GROWING = [
    ADDED,
    *(delta(text, **{**HERE, "content_index": place}) for place, text in enumerate(["Gate ", "four."])),
    done("Gate four.", **{**HERE, "content_index": 2}),
]


@pytest.mark.parametrize(
    "events",
    [
        [delta("Gate "), delta("four."), completed(item("Gate four."))],
        [delta("Gate "), delta("four."), done("Gate four."), completed(item("Gate four."))],
        [ADDED, delta("Gate ", **HERE), done("Gate four.", **HERE), completed(item("Gate four."))],
        [ADDED, delta("Gate ", **HERE), completed(item("Gate four."))],
        [*GROWING, completed(item("Gate four."))],
        [delta("Gate four.", output_index=0), completed(REASONING, item("Gate four."))],
        [done("Gate four.", **HERE), completed(item("Gate four."))],
        [completed(item("Gate four."))],
    ],
    ids=[
        "bare",
        "bare and done",
        "rest in done",
        "rest in completed",
        "growing parts",
        "reasoning first",
        "done",
        "whole",
    ],
)
def test_the_text_comes_out_once_and_whole(events: list[dict[str, Any]]) -> None:
    ran = run_here(["text"], jsonl([CREATED, *events]))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)
