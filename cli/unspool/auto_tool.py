"""The message tool of a source that names none: `--tool auto` takes it from the calls of the first response.

    source, settings = resolve(source, settings, note)

A name is certain only once the first response that makes a call is over, so that much is read ahead. The records are
then read again from memory, with their times: a live stream is shown a response late, and nothing is lost.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress

from unspool.called_tools import CalledTools
from unspool.core.events import ArgumentsDelta, MessageMissing, StepFinished, ToolCallStarted
from unspool.core.outcome import Outcome
from unspool.errors import SourceFailed
from unspool.fastpath.batch import RecordBatch
from unspool.formats.record import Record
from unspool.intake.source import Source
from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sinks.base import BaseSink

_LONGEST = 1 << 26  # bytes that are read ahead


def resolve(source: Source, settings: Settings, note: Callable[[str], None]) -> tuple[Source, Settings]:
    """The source and settings to run with: the same, unless the settings leave the message tool to the source.

    A source that calls a single tool with a string among its arguments has that as its message tool, which ``note``
    is given as a line. Otherwise the tools of the settings stay, and the run explains a source without a message.
    """
    if not settings.auto_tool:
        return source, settings
    ahead = _ReadAhead(source)
    found = _first_candidate(ahead, settings)
    ahead.replay()
    settings = settings._replace(auto_tool=False)
    if found is None:
        return ahead, settings
    tool, path = found
    note(f"{source.name}: --tool auto takes {tool}:{path}")
    return ahead, settings.with_tool(tool, path)


def _first_candidate(source: "_ReadAhead", settings: Settings) -> tuple[str, str] | None:
    """The tool and the argument, if a single tool can be meant."""
    watch = _Watch(settings)
    with suppress(_Decided, _TooLong):
        run(source, settings._replace(strict=False), watch, lambda problem: None, Summary())
    found = watch.called.result()
    tools = [] if found is None else [tool for tool in found.tools if tool.texts]
    return (tools[0].name, tools[0].texts[0]) if len(tools) == 1 else None


class _Decided(Exception):
    """The first response with a call is over."""


class _TooLong(Exception):
    """So much was read ahead that the tool has to be named."""


class _ReadAhead:
    """A source whose blocks are kept until ``replay``, after which they are read again, and then the rest."""

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self._source = source
        self._rest = source.blocks()
        self._kept: list[tuple[bytes, float | None]] = []
        self._failure: SourceFailed | None = None
        self._replayed = False
        self._elapsed: float | None = None

    def __getattr__(self, name: str) -> object:
        """Return an attribute of the source beyond the protocol, such as the end of a recording."""
        return getattr(self._source, name)

    @property
    def elapsed(self) -> float | None:
        """The time at which the last block arrived, in seconds."""
        return self._elapsed

    def replay(self) -> None:
        """Let ``blocks`` begin again."""
        self._replayed = True

    def blocks(self) -> Iterator[bytes]:
        """The blocks of the source. Raises SourceFailed where it does."""
        if self._replayed:
            yield from self._from_memory()
        size = 0
        try:
            for block in self._rest:
                self._elapsed = self._source.elapsed
                size += len(block)
                if not self._replayed:
                    self._kept.append((block, self._elapsed))
                    if size > _LONGEST:
                        raise _TooLong
                yield block
        except SourceFailed as failure:
            self._failure = failure
            raise

    def _from_memory(self) -> Iterator[bytes]:
        for block, elapsed in self._kept:
            self._elapsed = elapsed
            yield block
        self._kept.clear()
        if self._failure is not None:
            raise self._failure


class _Watch(BaseSink):
    """Collects the calls of a source, and ends the run with _Decided."""

    def __init__(self, settings: Settings) -> None:
        self.called = CalledTools(settings.choice, settings.options.thoughts_arguments)
        self._choice = settings.choice
        self._calls = False

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Process the calls. Raises _Decided at the end of a response that made one."""
        for event in outcome.events:
            if isinstance(event, (ToolCallStarted, ArgumentsDelta, MessageMissing)):
                self._calls = True
                self.called.see(event)
            elif isinstance(event, StepFinished) and self._calls:
                raise _Decided

    def write_batch(self, batch: RecordBatch) -> None:
        """Process the fragments of a batch."""
        if isinstance(batch.event, ArgumentsDelta):
            self.called.see_fragments(batch.event, batch.texts)
