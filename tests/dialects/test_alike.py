"""Events that a dialect calls alike mean, one by one, what it says they mean."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.captures.provider_oracle import values
from tests.dialects.test_corrupted import EVENTS, spoilt
from tests.support import CAPTURES

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import BOUNDARY, Chunk
from unspool.dialects.registry import DIALECTS, dialect_of, load

LIVELY = [name for name in EVENTS if hasattr(load(name), "alike")]
MEMBERS = ("content", "reasoning_content")


def text_of(chunk: Chunk) -> str | None:
    """The text of a chunk that says nothing else; None for any other."""
    if len(chunk["choices"]) != 1 or "unspool" in chunk or chunk["choices"][0]["finish_reason"]:
        return None
    delta = chunk["choices"][0]["delta"]
    if len(delta) != 1 or BOUNDARY in chunk["choices"][0]:  # R16: the next one is not marked
        return None
    ((name, said),) = delta.items()
    if name == "tool_calls":
        return str(said[0]["function"]["arguments"]) if said[0].keys() == {"index", "function"} else None
    return str(said) if name in MEMBERS else None


def without_text(chunk: Chunk) -> str:
    """A chunk as it is but for its text."""
    chunk = copy.deepcopy(chunk)
    (choice,) = chunk["choices"]
    if "tool_calls" in choice["delta"]:
        choice["delta"]["tool_calls"][0]["function"]["arguments"] = None
    choice["delta"] = {name: said if name == "tool_calls" else None for name, said in choice["delta"].items()}
    return repr(chunk)


def alike(name: str, events: list[Any]) -> int:
    """How many events are told to be like the one before; each is fed all the same, and must say that."""
    dialect: Any = load(name)
    known, chunk, count = None, None, 0
    for event in events:
        texts: list[str] = dialect.alike(known, [event, None]) if known is not None else []
        try:
            chunks = dialect.feed(event)
        except NotAChunk:
            assert texts == []
            known = None
            continue
        if texts:
            assert texts == [text_of(one) for one in chunks]
            assert [without_text(one) for one in chunks] == [without_text(chunk)]  # type: ignore[arg-type]
            count += 1
        known = event if len(chunks) == 1 and text_of(chunks[0]) else None
        chunk = chunks[0] if chunks else None
    return count


@pytest.mark.parametrize("name", LIVELY)
@given(data=st.data())
def test_what_is_alike_says_the_same_but_for_its_text(name: str, data: st.DataObject) -> None:
    alike(name, data.draw(spoilt(name)))


FOLDERS = {**{name: f"{name}/*/*" for name in DIALECTS}, "cohere": "other/*/*cohere*"}


@pytest.mark.skipif(not CAPTURES.is_dir(), reason=f"no captures at {CAPTURES}; UNSPOOL_CAPTURES names another place")
@pytest.mark.parametrize("name", LIVELY)
def test_many_events_of_captures_are_alike(name: str) -> None:
    found = total = 0
    for path in sorted(CAPTURES.glob(FOLDERS[name])):
        events = values(path)
        if dialect_of(events[0]) == name:
            found += alike(name, events)
            total += len(events)
    assert total > 0
    assert found > total * 0.25
