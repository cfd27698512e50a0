"""What a response may have many of has a limit, and the fault is the same in every cut."""

import pytest
from tests.support import Chunk, Transformed, calls, chunk, entry, transform

from unspool.core.errors import NotAChunk
from unspool.core.events import ArgumentsFailed, Event, StreamIncomplete, TextDelta, ToolCallStarted
from unspool.core.rewriter.call_table import MOST_CALLS
from unspool.core.rewriter.wire import MOST_CHOICES
from unspool.core.transformer import Transformer

TOO_MANY = "there are more than 4,096 calls"


def shown(result: Transformed) -> list[Event | str]:
    """The faults, and the text as a whole."""
    text = "".join(event.text for event in result.events if type(event) is TextDelta)
    return [text, *[event for event in result.events if type(event) is ArgumentsFailed]]


@pytest.mark.parametrize("objects", [[f'{{"message":"{n}"}}' for n in range(4_400)], ['{"x":1}'] * 4_400])
def test_objects_in_one_call_have_a_limit_in_every_cut(objects: list[str]) -> None:
    text = "".join(objects)
    expected = None
    for size in (len(text), 10_007, 1_003):
        cuts = [text[at : at + size] for at in range(0, len(text), size)]
        first = chunk(calls(entry("", name="send_message")))
        result = transform([first, *[chunk(calls(entry(cut))) for cut in cuts], chunk({}, "tool_calls")])
        assert sum(type(event) is ToolCallStarted for event in result.events) <= MOST_CALLS + 1
        expected = expected or shown(result)
        assert shown(result) == expected
    assert expected is not None
    (failed,) = [event for event in expected if isinstance(event, ArgumentsFailed)]
    assert failed.reason == TOO_MANY


def test_calls_have_a_limit_and_the_others_are_reported_once() -> None:
    many = [chunk(calls(entry("{}", index=n, id=f"c{n}", name="look_up"))) for n in range(MOST_CALLS + 50)]
    result = transform([*many, chunk({}, "tool_calls")])
    assert sum(type(event) is ToolCallStarted for event in result.events) == MOST_CALLS + 1
    assert [event.reason for event in result.events if type(event) is ArgumentsFailed] == [TOO_MANY]


def test_choices_have_a_limit_and_a_chunk_beyond_it_changes_nothing() -> None:
    transformer = Transformer()
    chunks: list[Chunk] = [chunk({"content": "a"}, index=n) for n in range(MOST_CHOICES)]
    for one in chunks:
        transformer.feed(one)
    with pytest.raises(NotAChunk, match=r"more than 1,024 choices"):
        transformer.feed(chunk({"content": "a"}, index=MOST_CHOICES))
    assert len(transformer.feed(chunks[7]).events) == 1
    assert isinstance(transformer.close().events[-2], StreamIncomplete)
    with pytest.raises(NotAChunk, match=r"more than 1,024 choices"):
        Transformer().feed({**chunk(), "choices": [{"index": n, "delta": {}} for n in range(MOST_CHOICES + 1)]})
