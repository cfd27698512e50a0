"""The text and the native reasoning of a delta, in any shape."""

from typing import Any

import pytest

from unspool.variants.texts import text_of, thoughts_of


@pytest.mark.parametrize(
    ("delta", "text", "thoughts"),
    [
        ({}, "", ""),
        ({"content": None}, "", ""),
        ({"content": "Hi"}, "Hi", ""),
        ({"content": 5}, "5", ""),
        ({"content": 0}, "0", ""),
        ({"content": True}, "", ""),
        ({"content": [{"type": "text", "text": "H"}, {"type": "text", "text": "i"}]}, "Hi", ""),
        ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]}, "", "hm"),
        ({"content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}]}, "a", "hm"),
        ({"content": [{"type": "image"}, {"type": "text"}, {"type": "text", "text": True}, False]}, "", ""),
        ({"content": [{"type": "text", "text": 1}, 5]}, "15", ""),
        ({"content": ["a", {"text": "b"}]}, "ab", ""),
        ({"reasoning_content": "hm"}, "", "hm"),
        ({"reasoning": "hm"}, "", "hm"),
        ({"thinking": "hm"}, "", "hm"),
        ({"reasoning_content": None, "reasoning": "hm"}, "", "hm"),
        ({"reasoning_content": "one", "reasoning": "one"}, "", "one"),
        ({"reasoning": 5}, "", "5"),
        ({"reasoning": False}, "", ""),
        ({"reasoning_details": [{"type": "reasoning.text", "text": "hm"}, {"type": "x", "text": "no"}]}, "", "hm"),
        ({"reasoning": "hm", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]}, "", "hm"),
        ({"reasoning_details": "x"}, "", ""),
        ({"content": "<thought>hm", "extra_content": {"google": {"thought": True}}}, "", "hm"),
        ({"content": "<thought>hm</thought>Hi", "extra_content": {"google": {"thought": True}}}, "Hi", "hm"),
        ({"content": "Hi", "extra_content": {"google": {"thought_signature": "s"}}}, "Hi", ""),
        ({"content": "Hi", "extra_content": {"google": {"thought": True, "thought_signature": "s"}}}, "Hi", ""),
        ({"content": "Hi", "extra_content": None}, "Hi", ""),
        ({"thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "s"}]}, "", "hm"),
    ],
)
def test_q16_q17_text_and_native_thoughts(delta: Any, text: str, thoughts: str) -> None:
    assert (text_of(delta), thoughts_of(delta)) == (text, thoughts)


@pytest.mark.parametrize(
    ("between", "text"),
    [
        ([{"type": "tool_use", "id": "t", "name": "a", "input": {}}], "X\nY"),
        ([{"type": "thinking", "thinking": "Hm"}], "X\nY"),
        ([{"type": "reference", "reference_ids": [1]}], "XY"),
        ([{"type": "text", "text": ""}], "XY"),
        ([None], "X\nY"),
        (["Z"], "XZY"),
        ([{"text": "Z"}], "XZY"),
        ([], "XY"),
    ],
)
def test_r16_text_parts_that_another_divides_are_apart(between: Any, text: str) -> None:
    parts = [{"type": "text", "text": "X"}, *between, {"type": "text", "text": "Y"}]
    assert text_of({"content": parts}) == text
