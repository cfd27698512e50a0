"""T24: the input of a custom tool is free text; of a message tool all of it is the message (R3)."""

from typing import Any

import pytest
from tests.support import Chunk, chunk, content_of, transform

from unspool.core.errors import NotAChunk
from unspool.core.events import ArgumentsDelta, ToolCallFinished
from unspool.core.options import Options


def part(text: Any, **members: Any) -> Chunk:
    return chunk({"tool_calls": [{"index": 0, **members, "custom": {"input": text, **NAMES.get(len(members), {})}}]})


NAMES: dict[int, Chunk] = {2: {"name": "send_message"}}
OPENING = part("", id="call_1", type="custom")


TEXT = '  Hi "there" {} \\n'


@pytest.mark.parametrize("fragments", [[TEXT[:8], TEXT[8:]], list(TEXT), [TEXT]])
def test_all_of_the_input_is_the_message(fragments: list[str]) -> None:
    result = transform([OPENING, *map(part, fragments), chunk({}, "tool_calls")])
    assert result.text == TEXT
    assert content_of(result.chunks) == result.text
    assert [event.complete for event in result.of(ToolCallFinished)] == [True]


def test_halves_of_surrogate_pairs_are_joined() -> None:
    assert transform([OPENING, part("\ud83d"), part("\ude00"), part("\ud83d"), chunk({}, "stop")]).text == "😀\ufffd"


def test_the_input_of_another_custom_tool_passes() -> None:
    result = transform([OPENING, part("ls -l"), chunk({}, "tool_calls")], Options(tools={"say": "text"}))
    assert [event.arguments for event in result.of(ArgumentsDelta)] == ["ls -l"]
    assert not result.text


@pytest.mark.parametrize("fragments", [["Hi"], ["\n Hi", " "], ["\n", " ", "Hi ", "the"]])
def test_a_whole_message_adds_the_rest_of_the_input_r15(fragments: list[str]) -> None:
    """Providers trim the whole input: white space before the deltas does not count, and that inside does."""
    message = {
        "role": "assistant",
        "tool_calls": [{"id": "call_1", "type": "custom", "custom": {"name": "send_message", "input": "Hi there"}}],
    }
    whole = chunk(choices=[{"index": 0, "message": message, "finish_reason": "tool_calls"}])
    assert transform([OPENING, *map(part, fragments), whole]).text.lstrip() == "Hi there"


@pytest.mark.parametrize("custom", [None, {}])
def test_an_empty_custom_tool_says_nothing(custom: Any) -> None:
    assert not transform([chunk({"tool_calls": [{"index": 0, "custom": custom}]})]).text


def test_a_custom_tool_that_is_no_object_is_no_chunk() -> None:
    with pytest.raises(NotAChunk, match="a custom tool is an array"):
        transform([chunk({"tool_calls": [{"index": 0, "custom": []}]})])
