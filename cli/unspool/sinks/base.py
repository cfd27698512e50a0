"""What a run writes: text, chunks or events.

A sink is told of each record once, in order:

    sink.begin(source)               this source is read next
    sink.write(record, outcome)     a chunk, [DONE] or the end of the input, and what came of it
    sink.write_batch(batch)         the same of many records of one template (fastpath)
    sink.pass_through(record)             a record that is no chunk: malformed or blank (R10)
    sink.end(complete)               a stream ended: at [DONE], or with its source
    sink.flush()                     input would block: what there is must be visible
    sink.close()                     no further source will come
"""

from collections.abc import Sequence
from typing import Protocol

from unspool.core.errors import MalformedRecord
from unspool.core.rewriter.step import Outcome
from unspool.fastpath.batch import RecordBatch
from unspool.formats.record import Record


class SourceInfo(Protocol):
    """What a sink may know of the source that is read: its name, and seconds since it was asked, if known."""

    name: str

    @property
    def elapsed(self) -> float | None:
        """When the last block arrived, in seconds; None where no times are known."""


class Sink(Protocol):
    """The receiving end of a run; see the module's head."""

    def begin(self, source: SourceInfo) -> None:
        """Know the source that is read next."""

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Take in what came of one record; ``holding`` if its chunk may still leave later.

        May raise MalformedRecord where a rewritten chunk cannot be encoded.
        """

    def write_batch(self, batch: RecordBatch) -> None:
        """Take in what came of many records of one template."""

    def pass_through(self, record: Record) -> None:
        """Take in a record that is no chunk."""

    def end(self, complete: bool) -> None:
        """Know that a stream ended."""

    def flush(self) -> None:
        """Make visible what there is."""

    def close(self) -> None:
        """Write what only the end of all sources settles."""


class BaseSink:
    """A base for sinks that have nothing of their own for batches."""

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """See Sink."""
        raise NotImplementedError

    def write_batch(self, batch: RecordBatch) -> None:
        """Take in each record of the batch by itself."""
        for record, outcome in batch.outcomes():
            self.write(record, outcome, False)


class SinkGroup:
    """Several sinks that are told the same, so that one run gives all their outputs."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = sinks

    def begin(self, source: SourceInfo) -> None:
        """Tell each sink."""
        for sink in self._sinks:
            sink.begin(source)

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Tell each sink; what one raises comes out once all know."""
        fault: MalformedRecord | None = None
        for sink in self._sinks:
            try:
                sink.write(record, outcome, holding)
            except MalformedRecord as one:
                fault = one
        if fault is not None:
            raise fault

    def write_batch(self, batch: RecordBatch) -> None:
        """Tell each sink."""
        for sink in self._sinks:
            sink.write_batch(batch)

    def pass_through(self, record: Record) -> None:
        """Tell each sink."""
        for sink in self._sinks:
            sink.pass_through(record)

    def end(self, complete: bool) -> None:
        """Tell each sink."""
        for sink in self._sinks:
            sink.end(complete)

    def flush(self) -> None:
        """Tell each sink."""
        for sink in self._sinks:
            sink.flush()

    def close(self) -> None:
        """Tell each sink."""
        for sink in self._sinks:
            sink.close()
