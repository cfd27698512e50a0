"""Sinks: the outputs of a run.

A sink receives each record once, in order:

    sink.begin(source)           the next source
    sink.write(record, outcome)  a chunk, [DONE] or the end of the input, with its outcome
    sink.write_batch(batch)      many records of one template (fastpath)
    sink.pass_through(records)   records that are not chunks: malformed or blank (R10)
    sink.end(complete)           the end of a stream: [DONE], or the end of its source
    sink.flush()                 input would block: send all output
    sink.close()                 after the last source
"""

from collections.abc import Sequence
from typing import Protocol

from unspool.core.errors import MalformedRecord
from unspool.core.outcome import Outcome
from unspool.fastpath.batch import RecordBatch
from unspool.formats.record import Record


class SourceInfo(Protocol):
    """The facts about a source that a sink may use: its name and its clock."""

    name: str

    @property
    def elapsed(self) -> float | None:
        """The time of the last block in seconds since the request; None if it is not known."""


class Sink(Protocol):
    """The interface of a sink; see the module docstring."""

    def begin(self, source: SourceInfo) -> None:
        """Start a source."""

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Process the outcome of one record; ``holding`` if its chunk may be released later.

        Raises MalformedRecord if a rewritten chunk cannot be encoded.
        """

    def write_batch(self, batch: RecordBatch) -> None:
        """Process a batch of records."""

    def pass_through(self, records: list[Record]) -> None:
        """Process records that are not chunks; several at once are malformed and short."""

    def end(self, complete: bool) -> None:
        """End a stream."""

    def flush(self) -> None:
        """Send all output."""

    def close(self) -> None:
        """Write what depends on the end of all sources."""


class BaseSink:
    """Base class of a sink: a batch is written record by record, and what a sink has no use for does nothing."""

    def begin(self, source: SourceInfo) -> None:
        """Start a source."""

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Process the outcome of one record."""
        raise NotImplementedError

    def write_batch(self, batch: RecordBatch) -> None:
        """Process the records of the batch one by one."""
        for record, outcome in batch.outcomes():
            self.write(record, outcome, False)

    def pass_through(self, records: list[Record]) -> None:
        """Ignore records that are not chunks."""

    def end(self, complete: bool) -> None:
        """Keep nothing of a stream that ended."""

    def flush(self) -> None:
        """Hold no output."""

    def close(self) -> None:
        """Write nothing at the end."""


class SinkGroup:
    """A group of sinks, so that one run gives all their outputs."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = sinks

    def begin(self, source: SourceInfo) -> None:
        """Call each sink."""
        for sink in self._sinks:
            sink.begin(source)

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Call each sink; an exception is raised after all were called."""
        fault: MalformedRecord | None = None
        for sink in self._sinks:
            try:
                sink.write(record, outcome, holding)
            except MalformedRecord as one:
                fault = one
        if fault is not None:
            raise fault

    def write_batch(self, batch: RecordBatch) -> None:
        """Call each sink."""
        for sink in self._sinks:
            sink.write_batch(batch)

    def pass_through(self, records: list[Record]) -> None:
        """Call each sink."""
        for sink in self._sinks:
            sink.pass_through(records)

    def end(self, complete: bool) -> None:
        """Call each sink."""
        for sink in self._sinks:
            sink.end(complete)

    def flush(self) -> None:
        """Call each sink."""
        for sink in self._sinks:
            sink.flush()

    def close(self) -> None:
        """Call each sink."""
        for sink in self._sinks:
            sink.close()
