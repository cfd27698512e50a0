"""However the events of a dialect are corrupted, each is refused or gives chunks that a strict client accepts."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk
from tests.captures.oracle import frame
from tests.support import ROOT, jsonl, run_here

from unspool.core.errors import NotAChunk
from unspool.dialects.registry import DIALECTS, dialect_of, load
from unspool.formats.framer import Framer


def is_capture(path: Path, dialect: str) -> bool:
    """Whether a sample is of this dialect, and of none whose name begins with the same word."""
    names = [name for name in DIALECTS if path.stem == name or path.stem.startswith(f"{name}-")]
    return ".expected" not in path.name and path.suffix != ".args" and max(names, key=len, default="") == dialect


def values_of(path: Path) -> list[Any]:
    """The values of a sample; of one that is no lines of JSON, as the framer reads it."""
    if path.stem in ("llm", "ai-sdk-data"):
        framer = Framer()
        return [record.parse() for record in framer.feed(path.read_bytes()) + framer.close()]
    return [record.value for record in frame(path.read_bytes(), path.name)]


def events_of(dialect: str) -> list[Any]:
    """Those of the samples."""
    files = [path for path in sorted((ROOT / "samples").glob(f"{dialect}*.*")) if is_capture(path, dialect)]
    records = [value for path in files for value in values_of(path)]
    return [value for value in records if isinstance(value, dict | list)]


EVENTS = {name: events for name in DIALECTS if (events := events_of(name))}
EACH = pytest.mark.parametrize("name", EVENTS)
JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 7, 1.5, 10**30, "", "x", "null", "{", [], [[]], {}, {"a": []}, {"type": {}}, "\ud83d"]
).map(copy.deepcopy)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a value: what holds it, and where in there."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in list(inside):
        yield value, key
        yield from places(member)


@st.composite
def corrupted(draw: st.DrawFn, name: str) -> list[Any]:
    """A stream with events lost, sent twice or out of turn, and members replaced, lost or added."""
    events = copy.deepcopy(EVENTS[name])
    chosen = draw(st.lists(st.integers(0, len(events) - 1), min_size=1, max_size=3 * len(events)))
    stream = events if draw(st.booleans()) else [copy.deepcopy(events[number]) for number in chosen]
    for _ in range(draw(st.integers(0, 6))):
        event = stream[draw(st.integers(0, len(stream) - 1))]
        holder, key = draw(st.sampled_from([(event, "unknown"), *places(event)]))
        if draw(st.booleans()) or key == "unknown":
            if isinstance(holder, dict) or (key != "unknown" and key < len(holder)):
                holder[key] = draw(JUNK)
        elif isinstance(holder, dict):
            holder.pop(key, None)
    return stream


@EACH
@given(data=st.data())
def test_chunks_are_sound_and_nothing_else_is_raised(name: str, data: st.DataObject) -> None:
    dialect = load(name)
    for event in data.draw(corrupted(name)):
        try:
            chunks = dialect.feed(event)
        except NotAChunk:
            continue
        for chunk in chunks:
            ChatCompletionChunk.model_validate(chunk)
    for chunk in dialect.close():
        ChatCompletionChunk.model_validate(chunk)


@EACH
@given(data=st.data())
def test_a_run_tells_what_is_wrong_and_goes_on(name: str, data: st.DataObject) -> None:
    stream = jsonl(data.draw(corrupted(name)))
    for command in (["text"], ["rewrite", "--to=sse"], ["lint", "--json"], ["events", f"--from={name}"]):
        ran = run_here(command, stream)
        assert ran.code in (0, 3, 4, 5)
        assert all(line.startswith("unspool: ") for line in ran.stderr.splitlines())


@EACH
def test_the_sample_shows_its_dialect_from_the_first_record_on(name: str) -> None:
    assert {dialect_of(event) for event in EVENTS[name]} <= {name, None}
    assert dialect_of(EVENTS[name][0]) == name
    assert json.loads(run_here(["lint", "--json"], jsonl(EVENTS[name])).stdout)["dialects"][0]["dialect"] == name
