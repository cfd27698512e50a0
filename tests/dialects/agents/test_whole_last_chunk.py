"""A last delta that has all of the text again (R15): it adds nothing, and equal deltas stay."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.support import jsonl, run_here

Value = dict[str, Any]
LONG = ("The ferry", " leaves", " at six.")
SHORT = ("Yes", ".")


def chunk(content: Any, **members: Any) -> Value:
    return {"content": content, "type": "AIMessageChunk", "id": "run-1", **members}


def tuples(pieces: tuple[str, ...], **last: Any) -> list[Any]:
    """LangGraph's ``messages-tuple``."""
    about = {"langgraph_node": "model", "langgraph_checkpoint_ns": "model:1"}
    whole = chunk("".join(pieces), **last)
    return [*([chunk(one), about] for one in ("", *pieces)), [whole, about], [chunk("", chunk_position="last"), about]]


def served(pieces: tuple[str, ...], **last: Any) -> list[Any]:
    """LangServe's ``stream``."""
    return [chunk(""), *map(chunk, pieces), chunk("".join(pieces), **last), chunk("", chunk_position="last")]


def events(pieces: tuple[str, ...], **last: Any) -> list[Any]:
    """LangServe's ``astream_events``."""
    chunks = [chunk(one) for one in ("", *pieces)] + [chunk("".join(pieces), **last)]
    end = {"event": "on_chat_model_end", "run_id": "r", "data": {"output": None}}
    return [*({"event": "on_chat_model_stream", "run_id": "r", "data": {"chunk": one}} for one in chunks), end]


WIRES = pytest.mark.parametrize("wire", [tuples, served, events])
Wire = Callable[..., list[Any]]


@WIRES
def test_a_long_text_is_shown_once(wire: Wire) -> None:
    assert run_here(["text"], jsonl(wire(LONG))) == (0, b"The ferry leaves at six.\n", "")


@WIRES
def test_a_short_text_is_shown_once_where_its_chunk_ends_the_message(wire: Wire) -> None:
    ended = {"response_metadata": {"finish_reason": "stop"}}
    assert run_here(["text"], jsonl(wire(SHORT, **ended))) == (0, b"Yes.\n", "")


@WIRES
def test_deltas_may_be_equal(wire: Wire) -> None:
    ended = {"response_metadata": {"finish_reason": "stop"}}
    assert run_here(["text"], jsonl(wire(("ha",), **ended))) == (0, b"haha\n", "")
    assert run_here(["text"], jsonl(wire(SHORT))) == (0, b"Yes.Yes.\n", "")
    assert (
        run_here(["text"], jsonl(wire(("Row, row, row your boat.",)))).stdout == b"Row, row, row your boat." * 2 + b"\n"
    )


@pytest.mark.parametrize("pieces", [LONG, SHORT, ("Yes.",)])
def test_the_part_with_annotations_is_the_whole_of_databricks(pieces: tuple[str, ...]) -> None:
    """As ChatDatabricks sends the items of Responses (databricks-ai-bridge#464)."""
    about = {"langgraph_node": "model", "langgraph_checkpoint_ns": "model:1"}
    whole = {"type": "text", "text": "".join(pieces), "annotations": []}
    deltas = [chunk([{"type": "text", "text": one}], id="msg_1") for one in pieces]
    end = chunk("", id="msg_1", usage_metadata={"input_tokens": 1, "output_tokens": 2}, chunk_position="last")
    records = [[one, about] for one in (*deltas, chunk([whole], id="msg_1"), end)]
    assert run_here(["text"], jsonl(records)) == (0, f"{''.join(pieces)}\n".encode(), "")


def test_annotations_in_each_part_show_no_whole() -> None:
    parts = [[{"type": "text", "text": "ha", "annotations": []}]] * 3
    records = [chunk(""), *map(chunk, parts), chunk("", chunk_position="last")]
    assert run_here(["text"], jsonl(records)) == (0, b"hahaha\n", "")


def test_bare_strings() -> None:
    events = b"".join(b'event: data\ndata: "%s"\n\n' % one.encode() for one in (*LONG, "".join(LONG)))
    events = b'event: metadata\ndata: {"run_id": "r"}\n\n' + events + b"event: end\n\n"
    assert run_here(["text"], events) == (0, b"The ferry leaves at six.\n", "")


def test_dify_and_ragflow() -> None:
    def dify(kind: str, **members: Any) -> Value:
        return {"event": kind, "message_id": "m", "task_id": "t", "conversation_id": "c", **members}

    def ragflow(kind: str, **data: Any) -> Value:
        return {"event": kind, "message_id": "m", "task_id": "t", "created_at": 1, "session_id": "s", "data": data}

    texts, whole = (*LONG, "".join(LONG)), b"The ferry leaves at six.\n"
    end = [dify("message_end", metadata={"usage": {"prompt_tokens": 1, "completion_tokens": 2}})]
    assert run_here(["text"], jsonl([dify("message", answer=one) for one in texts] + end)) == (0, whole, "")
    run = [*(ragflow("message", content=one) for one in texts), ragflow("message_end")]
    assert run_here(["text"], jsonl([*run, ragflow("workflow_finished", outputs={})])) == (0, whole, "")
