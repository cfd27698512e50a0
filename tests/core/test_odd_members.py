"""A chunk with any member replaced by any JSON value is read, or is no chunk (R10): nothing else is raised."""

import copy
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from tests.support import Chunk, chunk

from unspool.core.errors import NotAChunk
from unspool.core.options import Options, Thoughts
from unspool.core.repairs import Repair
from unspool.core.transformer import Transformer
from unspool.quirks.inspector import Inspector

ODD: list[Any] = [None, True, 1, -1, 1.5, 10**400, "", "x", [], [[]], [None], [{}], {}, {"a": 1}, [{"type": {}}]]
PARTS = [{"type": "text", "text": "a"}, {"type": "thinking", "thinking": [{"type": "text", "text": "b"}]}]
FUNCTION = {"name": "send_message", "arguments": '{"message":"a'}
DELTAS: dict[str, Any] = {
    "texts": {"role": "assistant", "content": "a", "refusal": "b", "reasoning": "c", "audio": {"transcript": "d"}},
    "details": {"content": None, "reasoning_details": [{"type": "reasoning.text", "text": "a"}]},
    "parts": {"content": [*PARTS, {"type": "reference", "reference_ids": [1]}, PARTS[0]]},
    "one part": {"content": PARTS[0]},
    "call": {"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": FUNCTION}]},
    "custom call": {"tool_calls": [{"index": 0, "id": "a", "custom": {"name": "send_message", "input": "a"}}]},
    "legacy call": {"function_call": FUNCTION},
}
OPTIONS = [Options(), Options(thoughts=Thoughts.REASONING, repairs=frozenset(Repair))]


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each value inside a JSON value, its own included."""
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from paths(value[key], (*path, key))


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    """A copy of a JSON value with the value at ``path`` replaced."""
    if not path:
        return by
    value = copy.deepcopy(value)
    container = value
    for key in path[:-1]:
        container = container[key]
    container[path[-1]] = by
    return value


def odd_chunks(delta: Chunk, member: str) -> Iterator[Any]:
    whole = chunk({}, "error", usage={"total_tokens": 1}, x_groq={"error": "a"}, error={"message": "a", "code": 5})
    choice = {"index": 0, member: delta, "finish_reason": None, "usage": {}}
    for received in (whole, {**chunk({}), "choices": [choice]}):
        for path in paths(received):
            yield from (replaced(received, path, odd) for odd in ODD)


@pytest.mark.parametrize("member", ["delta", "message"])
@pytest.mark.parametrize("name", DELTAS)
def test_any_member_may_be_any_value(name: str, member: str) -> None:
    for received in odd_chunks(DELTAS[name], member):
        for options in OPTIONS:
            transformer = Transformer(options)
            transformer.feed(chunk({"role": "assistant", "content": "a"}))
            with suppress(NotAChunk):
                transformer.feed(received)
            transformer.feed(chunk({"content": "b"}))
            transformer.close()
        with suppress(NotAChunk):
            Inspector().feed(received)
