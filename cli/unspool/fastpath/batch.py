"""Batches: consecutive records that equal a model except for one string, each of which gave one event of that."""

from collections.abc import Iterator

from unspool.core.events import AppendedEvent
from unspool.core.outcome import Outcome
from unspool.core.rewriter.wire import Chunk
from unspool.fastpath.model import BatchModel
from unspool.formats.record import Record


class RecordBatch:
    """Records of one model.

    Attributes:
        records: the records, in order.
        texts: the text of each record's event.
        event: the event of the model; those of the records differ only in text.
        quirks: the events before it, the same for each record.
        verbatim: whether the records are written unchanged (R1).
    """

    __slots__ = ("_model", "event", "quirks", "records", "texts", "verbatim")

    def __init__(self, records: list[Record], texts: list[str], model: BatchModel) -> None:
        self._model = model
        self.records = records
        self.texts = texts
        self.event = model.event
        self.quirks = model.quirks
        self.verbatim = model.verbatim

    def events(self) -> list[AppendedEvent]:
        """Return the event of each record that has its text."""
        return self._model.events(self.texts)

    def rewritten(self) -> list[bytes]:
        """Return the rewritten chunk of each record as JSON; empty if there are none."""
        if self.verbatim or self._model.chunk is None:
            return []
        return self._model.encoded(self.records, self.texts)

    def outcomes(self) -> Iterator[tuple[Record, Outcome]]:
        """Yield each record with the outcome that the transformer would have returned."""
        # For sinks without batch support: a batch must give them the same as single records.
        for record, event, text in zip(self.records, self.events(), self.texts, strict=True):
            yield record, Outcome(self._chunks(record, text), [*self.quirks, event])

    def _chunks(self, record: Record, text: str) -> list[Chunk]:
        if self.verbatim:
            return [record.parse()]
        return [] if self._model.chunk is None else [self._model.chunk_of(record, text)]
