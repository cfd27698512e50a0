"""Whatever the events of a dialect, nobody can tell by output, faults or exit code whether its fast lane was open.

Streams of text, thoughts and calls are written in one of many layouts, cut in one of many ways and spoilt here and
there; each is read twice, with the lanes and without.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.captures.oracle import frame
from tests.fastpath.differential import BIG, SINKS, assert_nobody_can_tell
from tests.strategies import cut, places
from tests.support import ROOT

from unspool.core.options import Options, OtherTools, Thoughts
from unspool.core.rewriter.stream_rewriter import StreamRewriter
from unspool.dialects.anthropic import Anthropic
from unspool.dialects.responses import Responses
from unspool.dialects.translator import Translator
from unspool.fastpath.translated import TranslatedRun
from unspool.fastpath.translated_lane import DialectLane
from unspool.formats.framer import Framer
from unspool.formats.record import RecordKind

Value = dict[str, Any]
Layout = Callable[[list[Value]], bytes]


def written(before: str, behind: str) -> Layout:
    """What writes events so; ``before`` may name them."""

    def layout(events: list[Value]) -> bytes:
        lines = [before.format(event.get("type")) + json.dumps(event) + behind for event in events]
        return "".join(lines).encode()

    return layout


LAYOUTS: dict[str, Layout] = {
    "lines": written("", "\n"),
    "lines of CRLF": written("", "\r\n"),
    "events": written("data: ", "\n\n"),
    "named events": written("event: {}\ndata: ", "\n\n"),
    "named events of CRLF": written("event: {}\r\ndata: ", "\r\n\r\n"),
    "events without a space": written("data:", "\n\n"),
    "comments between": written(": hm\n\nevent: {}\ndata: ", "\n\n"),
    "comments inside": written("event: {}\n: hm\ndata: ", "\n\n"),
    "names behind": written("data: ", "\nevent: {}\n\n"),
    "long ends": written("event: {}\ndata: ", "\n\n\n"),
}


def anthropic(blocks: list[tuple[str, list[str]]], ident: str = "msg_1") -> list[Value]:
    """A message with blocks of these types, said in these pieces."""
    events: list[Value] = [{"type": "message_start", "message": {"id": ident, "model": "c"}}]
    for index, (kind, pieces) in enumerate(blocks):
        block, delta, member = {
            "text": ({"type": "text", "text": ""}, "text_delta", "text"),
            "thinking": ({"type": "thinking", "thinking": ""}, "thinking_delta", "thinking"),
        }.get(
            kind,
            ({"type": "tool_use", "id": f"t{index}", "name": kind, "input": {}}, "input_json_delta", "partial_json"),
        )
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        deltas = [{"type": delta, member: piece} for piece in pieces]
        events += [{"type": "content_block_delta", "index": index, "delta": one} for one in deltas]
        events.append({"type": "content_block_stop", "index": index})
    end = {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 7}}
    return [*events, end, {"type": "message_stop"}]


def responses(items: list[tuple[str, list[str]]], ident: str = "resp_1") -> list[Value]:
    """A response with items of these types, said in these pieces; events are numbered and padded."""
    response = {"id": ident, "model": "g", "output": []}
    events: list[Value] = [{"type": "response.created", "response": response}]
    for place, (kind, pieces) in enumerate(items):
        where = {"output_index": place, "item_id": f"i{place}"}
        kinds: dict[str, tuple[Value, str, Value]] = {
            "text": ({"type": "message"}, "output_text", {"content_index": 0, "logprobs": []}),
            "thinking": ({"type": "reasoning"}, "reasoning_summary_text", {"summary_index": 0}),
        }
        item, delta, counter = kinds.get(
            kind, ({"type": "function_call", "call_id": f"c{place}", "name": kind}, "function_call_arguments", {})
        )
        events.append({"type": "response.output_item.added", **where, "item": {"id": f"i{place}", **item}})
        for piece in pieces:
            padding = {"sequence_number": len(events), "obfuscation": "x" * (len(piece) % 5)}
            events.append({"type": f"response.{delta}.delta", **where, **counter, **padding, "delta": piece})
    return [*events, {"type": "response.completed", "response": {**response, "usage": {"output_tokens": 7}}}]


WRITERS = [anthropic, responses]
EACH_WRITER = pytest.mark.parametrize("write", WRITERS)
SAID: list[tuple[str, list[str]]] = [
    ("thinking", ["Hm", " so", " it", " is"]),
    ("text", ["Look", 'ing "', "up\\", "…", "😀", "\u2028", " now", " then"]),
    ("weather", ['{"ci', 'ty": "O', "sl", 'o"', "}"]),
    (
        "send_message",
        ['{"inner_', 'thoughts":"a', "b", 'c","message', '":"', "Hi", " the", "re\\", "n\\u00", "e9", "!", '"}'],
    ),
    ("send_message", ['{"message"', ': "One', " more", ' of them"', "}"]),
]


# --- the lane is really used -----------------------------------------------------------------


@EACH_WRITER
@pytest.mark.parametrize("layout", ["lines", "events", "named events", "named events of CRLF"])
def test_the_lane_takes_nearly_all(write: Callable[..., list[Value]], layout: str) -> None:
    events = write([("text", ["word"] * 300), ("send_message", ['{"message":"', *["word"] * 300, '"}'])])
    taken, others = through(LAYOUTS[layout](events))
    assert taken + others == len(events)
    assert others < 20


def through(data: bytes) -> tuple[int, int]:
    """How many records the lane took, and how many went the long way."""
    framer, translator, rewriter = Framer(), Translator(), StreamRewriter(Options())
    lane = DialectLane(framer, translator, rewriter)
    taken = others = 0
    for out in lane.feed(data):
        if isinstance(out, list):
            for record in out:
                if record.kind is RecordKind.VALUE:
                    others += 1
                    chunks = translator.feed(record.parse()) or []
                    for chunk in chunks:
                        rewriter.feed(chunk)
                    lane.learn(record.value, chunks)
        else:
            taken += sum(1 for _ in out.records()) if isinstance(out, TranslatedRun) else 1
    return taken, others


# --- nobody can tell -------------------------------------------------------------------------


@EACH_WRITER
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [BIG, 4096, 255, 64, 7, 1])
def test_no_layout_and_no_read_size_tells(write: Callable[..., list[Value]], layout: str, size: int) -> None:
    stream = [*write(SAID), *write(SAID, "other"), *write(SAID[1:3])]
    assert_nobody_can_tell(LAYOUTS[layout](stream), size=size)


@EACH_WRITER
@pytest.mark.parametrize(
    "options",
    [
        Options(thoughts=Thoughts.REASONING),
        Options(other_tools=OtherTools.DROP),
        Options(tools={"weather": "city"}),
        Options(message_arguments=True),
    ],
)
def test_no_options_tell(write: Callable[..., list[Value]], options: Options) -> None:
    for layout in ("lines", "named events"):
        assert_nobody_can_tell(LAYOUTS[layout](write(SAID * 2)), options=options)
        assert_nobody_can_tell(LAYOUTS[layout](write(SAID * 2)), options=options, single_step=True, strict=True)


PIECES = st.lists(
    st.sampled_from(
        ['{"', "message", '":', '"', "word", " ", "\\", "n", "\\u00", "e9", "😀", '","', "}", "", "\ud83d", "\0"]
    ),
    max_size=30,
)
BLOCKS = st.lists(st.tuples(st.sampled_from(["text", "thinking", "send_message", "weather"]), PIECES), max_size=4)
BROKEN = [
    b"{",
    b"oops",
    b"\xff",
    b"[DONE]",
    b'{"type":"ping"}',
    b'{"a":1},{"b":2}',
    b'{"choices":[{"index":0,"delta":{"content":"Ho"}}]}',
]


@EACH_WRITER
@given(data=st.data())
def test_no_stream_tells(write: Callable[..., list[Value]], data: st.DataObject) -> None:
    """Blocks of any kind in any pieces, their events woven into each other, lost or broken."""
    events = [
        event for number in range(data.draw(st.integers(1, 2))) for event in write(data.draw(BLOCKS), f"r{number}")
    ]
    for _ in range(data.draw(st.integers(0, 4))):
        first, second = (data.draw(st.integers(0, len(events) - 1)) for _ in range(2))
        events[first], events[second] = events[second], events[first]
    layout = LAYOUTS[data.draw(st.sampled_from(list(LAYOUTS)))]
    lines = [layout([event]) for event in events]
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(lines) - 1))
        broken = data.draw(st.sampled_from(BROKEN))
        lines[place] = lines[place].replace(
            lines[place][lines[place].find(b"{") : lines[place].rfind(b"}") + 1], broken
        )
    assert_nobody_can_tell(
        cut(b"".join(lines), data.draw(places())), sinks=data.draw(st.sampled_from([SINKS, *[(one,) for one in SINKS]]))
    )


@pytest.mark.parametrize("name", ["anthropic.sse", "responses.jsonl"])
def test_no_sample_tells(name: str) -> None:
    data = (ROOT / "samples" / name).read_bytes()
    for size in (BIG, 255, 1):
        assert_nobody_can_tell(data, size=size)


# --- what dialects call alike ------------------------------------------------------------------


@pytest.mark.parametrize(("dialect", "write"), [(Anthropic, anthropic), (Responses, responses)])
def test_events_alike_differ_in_their_text_alone(dialect: type[Anthropic] | type[Responses], write: Any) -> None:
    """Held against what feeding them gives: the same chunk but for the text, each time."""
    for kind in ("text", "thinking", "weather"):
        reader = dialect()
        events = write([(kind, ["a", "b", "", "c"])])
        deltas = [
            event for event in events if str(event["type"]).endswith("delta") and event["type"] != "message_delta"
        ]
        fed = [reader.feed(event) for event in events[: events.index(deltas[0]) + 1]]
        assert reader.alike(deltas[0], deltas) == ["a", "b"]
        assert reader.alike(deltas[0], deltas[3:]) == ["c"]
        assert json.dumps(fed[-1]).replace('"a"', '"b"') == json.dumps(reader.feed(deltas[1]))


@pytest.mark.parametrize(
    "spoil",
    [
        {"index": 1, "output_index": 1},
        {"type": "content_block_stop"},
        {"delta": None},
        {"delta": 7},
        {"delta": {}},
        {"delta": ""},
        {"logprobs": [1], "more": 1},
        {"item_id": "other", "more": 1},
    ],
)
@pytest.mark.parametrize(("dialect", "write"), [(Anthropic, anthropic), (Responses, responses)])
def test_other_events_are_not_alike(dialect: type[Anthropic] | type[Responses], write: Any, spoil: Value) -> None:
    event = write([("text", ["a"])])[2]
    reader = dialect()
    assert reader.alike(event, [event, {**event, **spoil}, event]) == ["a"]
    strange: list[Any] = [None, 7, [], {}, "x"]
    for odd in strange:
        assert reader.alike(event, [odd]) == []
    assert reader.alike(write([])[0], [event]) == []


def test_captures_are_framed_as_the_oracle_frames_them() -> None:
    """The layouts above hold what they should: each event once."""
    events = anthropic(SAID)
    for name, layout in LAYOUTS.items():
        suffix = ".jsonl" if name.startswith("lines") else ".sse"
        assert [record.value for record in frame(layout(events), suffix)] == events
