"""The events of a capture in any wire format, for programs in Python; ``unspool events`` is the same as a command.

events("capture.sse") -> StepStarted, TextDelta, …
"""

import logging
import os
from collections.abc import Iterator

from unspool.core.errors import MalformedRecord
from unspool.core.events import Event
from unspool.core.options import Options, given_options
from unspool.core.outcome import Outcome
from unspool.diagnostics import FaultLog, Problem
from unspool.errors import SourceFailed
from unspool.fastpath.batch import RecordBatch
from unspool.formats.record import Record
from unspool.intake.opening import parts
from unspool.intake.source import Source
from unspool.pipeline import Reading
from unspool.settings import Settings, Summary
from unspool.sinks.base import BaseSink
from unspool.sources.file import FileSource

logger = logging.getLogger("unspool")


def events(source: str | os.PathLike[str] | Source, options: Options | None = None) -> Iterator[Event]:
    """The events of a file or any ``Source``, read as the commands read it; each leaves as soon as it is certain.

    The file may be compressed, a log or a container: of its streams one follows the other, each from step 1 on.
    A stream that was cut, or has failed, says so in its events. What cannot be read otherwise is logged as a warning
    (R10), how a stream was found as information, both by the logger ``unspool``.

    Raises SourceFailed, behind all events, where a source, or a stream in it, could not be read; TypeError for what is
    no source, and for options of another type.
    """
    settings = Settings(given_options(options) or Options())
    if isinstance(source, (str, os.PathLike)):
        source = FileSource(os.fspath(source), None)
    elif not hasattr(source, "blocks"):
        raise TypeError(f"source must be a path or an object with the blocks of one, not {type(source).__name__}")
    return _events(source, settings)


def _events(source: Source, settings: Settings) -> Iterator[Event]:
    notices: list[str] = []
    faults, summary, found = _Faults(source.name), Summary(), False
    for part in parts(source, settings.intake, notices.append):
        found, sink = True, _EventList()
        for _ in Reading(part.name, settings, sink, faults, summary).read(part):
            yield from sink.take()
        yield from sink.take()
        faults.end_stream(part.name, summary)
    for line in notices:
        logger.log(logging.INFO if found else logging.WARNING, "%s", line)
    faults.end()


class _EventList(BaseSink):
    """The events since they were taken last."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        self._events += outcome.events

    def write_batch(self, batch: RecordBatch) -> None:
        if batch.quirks:
            super().write_batch(batch)
        else:
            self._events += batch.events()

    def take(self) -> list[Event]:
        """The events, which are given up."""
        taken, self._events = self._events, []
        return taken


class _Faults:
    """What is no event: records that cannot be read, which are logged, and streams, the first of which is raised."""

    def __init__(self, source: str) -> None:
        self._failure: SourceFailed | None = None
        self._log = FaultLog()
        self._log.begin(source)

    def __call__(self, problem: Problem) -> None:
        """Take one fault."""
        if self._failure is None and isinstance(problem.fault, SourceFailed):
            self._failure = problem.fault
        elif isinstance(problem.fault, (SourceFailed, MalformedRecord)):
            _warn(self._log.add(problem))

    def end_stream(self, name: str, summary: Summary) -> None:
        """A stream has ended."""
        _warn(self._log.close(name, summary))

    def end(self) -> None:
        """The source has ended. Raises SourceFailed."""
        _warn(self._log.end())
        if self._failure is not None:
            raise self._failure


def _warn(lines: list[str]) -> None:
    for line in lines:
        logger.warning("%s", line)
