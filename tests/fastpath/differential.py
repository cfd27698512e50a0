"""A stream read twice, with the fast path on and off: all that a run shows to the outside, in order."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple, cast

from tests.support import raw_of, result_of

from unspool.core.errors import MalformedRecord
from unspool.core.options import Thoughts
from unspool.diagnostics import Problem
from unspool.exits import exit_code
from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sinks.base import Sink, SinkGroup
from unspool.sinks.chunks import ChunkFormat, ChunkSink
from unspool.sinks.events import EventSink
from unspool.sinks.lint import LintSink
from unspool.sinks.output import Output
from unspool.sinks.text import TextSink
from unspool.sources.file import FileSource

BIG = 262_144
SINKS = ("text", "thoughts", "other choice", "jsonl", "sse", "events", "lint")
Timeline = list[tuple[Any, ...]]


class Blocks(FileSource):
    """Bytes at hand, in blocks; each time that one is asked for stands in the timeline."""

    def __init__(self, blocks: Iterable[bytes], timeline: Timeline) -> None:
        super().__init__("-", None)
        self._blocks, self._timeline = blocks, timeline

    def blocks(self) -> Iterator[bytes]:
        for number, block in enumerate(self._blocks):
            self._timeline.append(("reads", number))
            yield block
        self._timeline.append(("reads", "the end"))


class Writes(io.IOBase):
    """Where output goes: what each flush made visible stands in the timeline."""

    def __init__(self, name: str, timeline: Timeline) -> None:
        self._name, self._timeline = name, timeline

    def writelines(self, parts: Iterable[Any]) -> None:
        self._timeline.append((self._name, b"".join(parts)))

    def flush(self) -> None:
        pass


class Observed(NamedTuple):
    """All that can be told of a run from outside."""

    timeline: Timeline
    summary: tuple[set[type], bool, bool]
    code: int

    def written(self, sink: str) -> bytes:
        return b"".join(entry[1] for entry in self.timeline if entry[0] == sink)


def _seen(problem: Problem) -> tuple[Any, ...]:
    fault, record = problem.fault, problem.record
    said: Any = fault
    if isinstance(fault, Exception):
        said = (type(fault), str(fault), fault.position if isinstance(fault, MalformedRecord) else None)
    where = None if record is None else (record.number, record.offset, record.data, raw_of(record), record.kind)
    return "problem", problem.source, where, type(fault), said


def make_sink(name: str, timeline: Timeline, settings: Settings) -> Sink:
    output = Output(cast(BinaryIO, Writes(name, timeline)))
    match name:
        case "text":
            return TextSink(output, settings.choice, settings.options.thoughts)
        case "thoughts":
            return TextSink(output, settings.choice, Thoughts.REASONING)
        case "other choice":
            return TextSink(output, 1 - settings.choice, settings.options.thoughts)
        case "events":
            return EventSink(output)
        case "lint":
            return LintSink(output, as_json=True)
        case _:
            return ChunkSink(output, ChunkFormat(name))


def sized(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def observe(blocks: Iterable[bytes], sinks: Sequence[str] = SINKS, *, fast: bool, **settings: Any) -> Observed:
    """One run into some sinks; several are a SinkGroup."""
    timeline: Timeline = []
    summary = Summary()
    chosen = Settings(fast=fast, **settings)
    made = [make_sink(name, timeline, chosen) for name in sinks]
    sink = SinkGroup(made) if len(made) > 1 else made[0]
    run(Blocks(blocks, timeline), chosen, sink, lambda problem: timeline.append(_seen(problem)), summary)
    sink.close()
    return Observed(timeline, result_of(summary), exit_code(summary.faults, no=not summary.text))


def assert_same_as_slow_path(
    data: bytes | Sequence[bytes], sinks: Sequence[str] = SINKS, *, size: int = BIG, **settings: Any
) -> None:
    """The same is written, reported and summed up at the same times; ``data`` are blocks, or cut into some."""
    blocks = sized(data, size) if isinstance(data, bytes) else data
    slow = observe(blocks, sinks, fast=False, **settings)
    fast = observe(blocks, sinks, fast=True, **settings)
    for sink in sinks:
        assert fast.written(sink) == slow.written(sink), sink
    assert fast == slow
