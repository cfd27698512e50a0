"""Where a source is read no further although it goes on: behind its first step, or before a step behind an offset."""

import sys
from typing import Any

from unspool.core.outcome import Outcome
from unspool.core.transformer import Transformer
from unspool.dialects.translator import Translator
from unspool.formats.record import Record

_NOWHERE = sys.maxsize // 2
"""An offset that no record has; compiled code compares a larger one in many steps."""


class Stop(Exception):
    """The end of the steps that were asked for.

    ``before`` is the record behind the offset that begins the next one;
    ``partial`` is the record that the end is inside of, with the outcome of its part before that.
    """

    def __init__(self, before: Record | None = None) -> None:
        super().__init__()
        self.before = before
        self.partial: tuple[Record, Outcome] | None = None


class StopRule:
    """Raises Stop before the second step, with ``single_step``, and before one that begins at ``end`` or behind it.

    It is asked before a chunk is fed: the transformer knows by its state whether the chunk begins a step.
    """

    def __init__(self, transformer: Transformer, translator: Translator, single_step: bool, end: int | None) -> None:
        self._transformer = transformer
        self._translator = translator
        self._single_step = single_step
        self._end = _NOWHERE if end is None else end
        self._after_done = False  # a stream has ended

    def before_chunk(self, record: Record, chunk: Any) -> None:
        """Raise Stop before a record that is a chunk. Raises NotAChunk."""
        self.before_step(chunk)
        if record.offset >= self._end:
            self._before_end(record, chunk)

    def before_record(self, record: Record, value: Any) -> None:
        """Raise Stop before a record of any other wire format that begins a response behind the offset."""
        opening = self._translator.opening(value) if record.offset >= self._end else None
        if opening is not None:
            self._before_end(record, opening)

    def before_step(self, chunk: Any) -> None:
        """Raise Stop before a chunk that begins the second step. Raises NotAChunk."""
        if self._single_step and self._transformer.begins_step(chunk):
            raise Stop

    def at_done(self) -> None:
        """Raise Stop behind [DONE], if there was a step."""
        self._after_done = True
        if self._single_step and self._transformer.steps:
            raise Stop

    def _before_end(self, record: Record, chunk: Any) -> None:
        """Raise Stop if the chunk begins a step, also where the beginning of the step before it was not read."""
        first = self._after_done and not self._transformer.steps and bool(chunk["choices"])
        if first or self._transformer.begins_step(chunk):
            raise Stop(record)
