"""Batches: consecutive records of one template, each of which gave one event."""

from collections.abc import Iterator

from unspool.core.events import AppendedEvent, ArgumentsDelta
from unspool.core.rewriter.step import Outcome
from unspool.core.rewriter.wire import Chunk
from unspool.fastpath.template import Template
from unspool.formats.json_codec import decode, encode, encode_each
from unspool.formats.record import Record


class RecordBatch:
    """Records of one template.

    Attributes:
        records: the records, in order.
        event: the event of the chunk from which the template was learnt; those of the records differ only in text.
        texts: the text of each record's event.
        verbatim: whether the records are written unchanged (R1).
        output: the template of the rewritten chunks; None if the records are verbatim or give no chunks.
    """

    __slots__ = ("event", "output", "records", "texts", "verbatim")

    def __init__(
        self, records: list[Record], event: AppendedEvent, texts: list[str], verbatim: bool, output: Template | None
    ) -> None:
        self.records = records
        self.event = event
        self.texts = texts
        self.verbatim = verbatim
        self.output = output

    def events(self) -> list[AppendedEvent]:
        """Return the event of each record."""
        step, choice, call, _ = self.event
        make = type(self.event)
        return [make(step, choice, call, text) for text in self.texts]  # type: ignore[arg-type]  # as the event has it

    def rewritten(self) -> list[bytes]:
        """Return the rewritten chunk of each record as JSON; empty if there are none."""
        if self.output is None:
            return []
        prefix, suffix = self.output
        return [prefix + body + suffix for body in encode_each(self.texts)]

    def outcomes(self) -> Iterator[tuple[Record, Outcome]]:
        """Yield each record with the outcome that the transformer would have returned."""
        # For sinks without batch support: a batch must give them the same as single records.
        for record, event in zip(self.records, self.events(), strict=True):
            yield record, Outcome(self._chunks(record, event), [event])

    def _chunks(self, record: Record, event: AppendedEvent) -> list[Chunk]:
        value: Chunk = record.parse()
        if self.verbatim:
            return [value]
        if self.output is None:
            return []
        text = event.arguments if type(event) is ArgumentsDelta else event.text  # type: ignore[union-attr]
        return [decode(self.output.prefix + encode(text)[1:-1] + self.output.suffix)]
