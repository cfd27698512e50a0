"""Nobody can tell whether an element of an array or a binary message was read alone or with others like it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.amazon import chunk, event, exception
from tests.fastpath.differential import BIG, Blocks, assert_nobody_can_tell

from unspool.core.options import Options, OtherTools, Thoughts
from unspool.fastpath.batch import Run
from unspool.fastpath.braids import Braid
from unspool.pipeline import run
from unspool.settings import Settings, Summary

TEXTS = ["Hel", "lo ", '"you" ', "\\ é", "\n", "", "😀", "\ud83d", "x" * 300, "."]
ARGUMENTS = ['{"', "inner_thoughts", '": "h', "m ", 'm", "mess', 'age"', ': "H', "i\\", "n\\u00e9", " all", '."', "}"]


def converse() -> list[tuple[str, Any]]:
    """Reasoning, text, a message call and another call, each in many pieces; padding differs."""

    def deltas(index: int, kind: str, pieces: list[str], inner: str = "") -> list[tuple[str, Any]]:
        said = [{kind: {inner: piece} if inner else piece} for piece in pieces]
        return [
            ("contentBlockDelta", {"contentBlockIndex": index, "delta": one, "p": "abc"[: place % 4]})
            for place, one in enumerate(said)
        ]

    def call(index: int, name: str) -> list[tuple[str, Any]]:
        start = {"toolUse": {"toolUseId": f"id_{index}", "name": name}}
        begins = ("contentBlockStart", {"contentBlockIndex": index, "start": start})
        return [
            begins,
            *deltas(index, "toolUse", ARGUMENTS, "input"),
            ("contentBlockStop", {"contentBlockIndex": index}),
        ]

    return [
        ("messageStart", {"role": "assistant"}),
        *deltas(0, "reasoningContent", TEXTS * 2, "text"),
        *deltas(1, "text", TEXTS * 4),
        *call(2, "send_message"),
        *call(3, "other"),
        *call(4, "send_message"),
        ("messageStop", {"stopReason": "tool_use"}),
        ("metadata", {"usage": {"inputTokens": 9, "outputTokens": 4, "totalTokens": 13}}),
    ]


def gemini() -> list[Any]:
    """Thoughts and text, the usage counting on."""
    parts = [{"text": text, "thought": True} for text in TEXTS] + [{"text": text} for text in TEXTS * 3]
    values = [
        {
            "candidates": [{"content": {"parts": [part], "role": "model"}, "index": 0}],
            "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": place},
            "responseId": "r",
        }
        for place, part in enumerate(parts)
    ]
    return [*values, {"candidates": [{"finishReason": "STOP", "index": 0}], "responseId": "r"}]


def anthropic() -> list[Any]:
    delta = {"type": "content_block_delta", "index": 0}
    texts = [{**delta, "delta": {"type": "text_delta", "text": text}} for text in TEXTS * 3]
    start = {"type": "message_start", "message": {"id": "m", "model": "c", "usage": {"input_tokens": 5}}}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}
    return [start, *texts, end, {"type": "message_stop"}]


MESSAGES = [event(*one) for one in converse()]
STREAMS = {
    "converse": b"".join(MESSAGES) * 2,
    "chunks": b"".join(chunk(value) for value in anthropic()),
    "failed": b"".join(MESSAGES[:30]) + exception("throttlingException", "Too many."),
    "pretty": b"[%b\n]\n" % b"\n,\n".join(json.dumps(value, indent=2).encode() for value in gemini()),
    "compact": json.dumps(gemini()).encode(),
    "chat": json.dumps([{"id": "c", "choices": [{"index": 0, "delta": {"content": text}}]} for text in TEXTS]).encode(),
}
each = pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in STREAMS.items()])


@each
@pytest.mark.parametrize("size", [BIG, 4000, 300, 7])
def test_nobody_can_tell(data: bytes, size: int) -> None:
    for options in (
        Options(),
        Options(thoughts=Thoughts.REASONING),
        Options(tools={"other": "message"}, other_tools=OtherTools.DROP),
    ):
        assert_nobody_can_tell(data, size=size, options=options)
    assert_nobody_can_tell(data, size=size, single_step=True, strict=True, choice=1)


@each
@given(drawn=st.data())
def test_nobody_can_tell_of_spoilt_bytes(data: bytes, drawn: st.DataObject) -> None:
    spoilt = bytearray(data)
    for _ in range(drawn.draw(st.integers(1, 3))):
        at, size = drawn.draw(st.integers(0, len(data) - 1)), drawn.draw(st.integers(0, 9))
        spoilt[at : at + size] = drawn.draw(st.binary(max_size=4))
    assert_nobody_can_tell(bytes(spoilt), size=drawn.draw(st.sampled_from([BIG, 500])))


class Counting:
    """A sink that counts runs, and what came record by record."""

    runs = alone = 0

    def accept(self, *arguments: Any) -> None:
        self.alone += 1

    def accept_run(self, run: Run | Braid) -> None:
        self.runs += 1

    def ignore(self, *arguments: Any) -> None:
        """The rest of what a sink is told."""

    begin = pass_on = end = flush = close = ignore


@pytest.mark.parametrize("name", ["converse", "chunks", "pretty", "compact"])
def test_most_records_come_in_runs(name: str) -> None:
    """Else the test above shows nothing."""
    sink = Counting()
    run(Blocks([STREAMS[name]], []), Settings(), sink, lambda problem: None, Summary())
    spoken = len(TEXTS) * {"converse": 20, "chunks": 3}.get(name, 4)
    assert sink.runs >= 2
    assert sink.alone < spoken * 0.75  # empty texts, and what follows them, go the long way
