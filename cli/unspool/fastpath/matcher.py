"""Matchers of the fast path: find records that equal the last one except for one string.

    matcher.learn(record, outcome, …)        after a record that the general path has processed
    matcher.match(records) -> RecordBatch    the records at the end of a reversed list that continue it, or None

Both matchers share the transformer's bulk operation: the texts of all records
of a batch are appended at once. What was learnt is valid until the transformer
is fed again.
"""

from collections.abc import Callable
from itertools import takewhile
from typing import Any, Final

from unspool.core.events import AppendedEvent, ArgumentsDelta, Event, QuirkSeen, TextDelta, ThoughtsDelta
from unspool.core.outcome import Outcome
from unspool.core.parser.string_decoder import is_whole
from unspool.core.rewriter.choice_rewriter import Appender
from unspool.core.rewriter.wire import Chunk
from unspool.core.transformer import Transformer
from unspool.dialects.translator import Translator
from unspool.fastpath.batch import RecordBatch
from unspool.fastpath.model import BatchModel, begins_with, holds_only, text_of_event
from unspool.fastpath.template import Template, learn_template
from unspool.formats.json_codec import HUGE, decode_leading_strings, decode_string
from unspool.formats.record import Record, RecordKind

_BATCH: Final = 64
"""Records of one batch, at most: they wait for each other, and larger batches save no time."""
_MEMBERS, _CHOICE_MEMBERS = 5, 3
"""The number of members of every translated chunk, and of its choice: see ChunkBuilder."""
_REPEATED: Final = frozenset({"T11", "T15"})
"""The quirks that each fragment of a call shows which repeats the name and the id."""
_APPENDED: Final[tuple[type, ...]] = (TextDelta, ThoughtsDelta, ArgumentsDelta)


class Matcher:
    """Base of the matchers: the model, and the operation that appends its texts."""

    def __init__(self, transformer: Transformer) -> None:
        self._transformer = transformer
        self._appender: Appender | None = None
        self._model: BatchModel | None = None

    def match(self, records: list[Record]) -> RecordBatch | None:
        """Remove the records at the end of a reversed list that continue the model; returns them as a batch."""
        appender, model = self._appender, self._model
        if appender is None or model is None:
            return None
        json_source = model.event.call is not None
        texts = self._texts(records, json_source)
        if not texts:
            return None
        joined = "".join(texts)
        appender(joined)
        if json_source and "\\" in joined and type(model.event) is not ArgumentsDelta:
            texts = [decode_string(text) if "\\" in text else text for text in texts]
        taken = records[: -len(texts) - 1 : -1]
        del records[-len(texts) :]
        return RecordBatch(taken, texts, model)

    def _texts(self, records: list[Record], json_source: bool) -> list[str]:
        """Return the strings of the records that continue the model; with ``json_source`` ``is_whole`` is true."""
        raise NotImplementedError

    def _prepare(
        self, record: Record, event: AppendedEvent, fed: Chunk, outcome: Outcome, template: Template | None = None
    ) -> bool:
        """Prepare for records like this one, which was fed as ``fed``; returns whether they can be appended."""
        chunks = outcome.chunks
        unchanged = len(chunks) == 1 and chunks[0] is fed
        if len(chunks) > 1 or (type(event) is ArgumentsDelta and not unchanged):  # renumbered (R6): depends on the call
            return False
        chunk = chunks[0] if chunks else None
        if chunk is not None and not unchanged and not holds_only(chunk, text_of_event(event)):
            return False
        quirks = outcome.events[:-1]
        if self._model is None or not self._model.renew(event, quirks, chunk is record.value, chunk is not None):
            self._model = BatchModel(record, event, chunk, quirks, template)
        appender = self._transformer.appender(event)
        self._appender = appender
        return appender is not None


class TemplateMatcher(Matcher):
    """Matches Chat Completions chunks by the bytes that they share, without parsing each.

    It pays for long responses and must cost nothing for short ones. So a
    template is learnt only from the second of two chunks that continue the same
    text and differ in nothing else, and is used again if a later record matches it.
    """

    def __init__(self, transformer: Transformer) -> None:
        super().__init__(transformer)
        self._template: Template | None = None
        self._place: tuple[Any, ...] | None = None  # choice and call of the last chunk
        self._before = b""  # the record of that chunk

    def learn(self, record: Record, outcome: Outcome) -> bool:
        """Learn from a record that the general path has processed; returns whether the next one may match."""
        event = _appended(outcome.events)
        if event is None or len(record.data) > HUGE:
            self._place, self._before = None, b""
            return False
        if self._template is None or not self._is_known(record, event):
            self._model = self._template = None
            self._learn_template(record, event)
        template = self._template
        return template is not None and self._prepare(record, event, record.value, outcome, template)

    def _learn_template(self, record: Record, event: AppendedEvent) -> None:
        """Learn a template from the second of two chunks in the same place that differ in one string."""
        place, self._place = self._place, event[1:3]
        before, self._before = self._before, record.data
        # Learning costs as much as several records of a short response, and where nothing can be appended it is lost.
        if place == self._place and self._transformer.appender(event) is not None:
            self._template = learn_template(record, event[-1], before)

    def _is_known(self, record: Record, event: AppendedEvent) -> bool:
        """Return whether the record matches the present template and gave an event of the same member."""
        known, template = self._model, self._template
        if known is None or template is None or type(known.event) is not type(event):
            return False
        return known.event[1:3] == event[1:3] and template.body(record.data) is not None

    def _texts(self, records: list[Record], json_source: bool) -> list[str]:
        template = self._template
        assert template is not None
        bodies: list[bytes] = []
        for record in reversed(records[-_BATCH:]):
            body = template.body(record.data)
            if body is None:
                break
            bodies.append(body)
        # None of them is empty, as a text without an event is: a template has a byte at least in its place.
        texts = decode_leading_strings(bodies)
        return list(takewhile(is_whole, texts)) if json_source else texts


class ContinuationMatcher(Matcher):
    """Matches events of a dialect that continue the last one, as the dialect finds from their values."""

    def __init__(self, transformer: Transformer, translator: Translator) -> None:
        super().__init__(transformer)
        self._translator = translator
        self.stops: Callable[[Record], bool] | None = None  # whether a record is left to the general path
        self._goes_on = True  # the last response had a second text

    def learn(self, record: Record, fed: Chunk, outcome: Outcome) -> bool:
        """Learn from a record of which ``fed`` was the last chunk; returns whether the next one may continue it."""
        events = outcome.events
        if not events or type(events[-1]) not in _APPENDED or not self._translator.appends:
            return False
        event: Any = events[-1]
        # The next events are compared with this one by the dialect, which knows nothing of the chunk.
        if not _is_bare(fed):
            return False
        self._model = None
        if len(events) == 1:
            self._goes_on = True
            return holds_only(fed, event[-1]) and self._prepare(record, event, fed, outcome)
        # The first text of a response: nothing that came before it comes again, its role neither. In a stream of
        # responses with a single text, learning would be lost for each.
        pays, self._goes_on = self._goes_on, False
        if not pays:
            return False
        if not outcome.chunks or outcome.chunks[-1] is not fed or not begins_with(fed, event[-1]) or _has_quirk(events):
            return False
        self._model = BatchModel(record, event, fed, [])
        self._appender = self._transformer.appender(event)
        return self._appender is not None

    def _texts(self, records: list[Record], json_source: bool) -> list[str]:
        dialect, stops = self._translator.dialect, self.stops
        texts: list[str] = []
        for record in reversed(records[-_BATCH:]):
            # Parsed for the general path, too, where it does not continue the last one. A broken one is left to it: it
            # may hold a record between other bytes.
            value = record.peek() if record.kind is RecordKind.VALUE else None
            if stops is not None and stops(record):
                break
            text = self._translator.append(value, json_source)
            if text is None:
                break
            record.dialect = dialect
            texts.append(text)
        self._goes_on = self._goes_on or len(texts) > 0
        return texts


def _appended(events: list[Event]) -> Any:
    """The event of the text of a record; None where it has another event that the next one need not have."""
    if not events or type(events[-1]) not in _APPENDED:
        return None
    others = events[:-1] if len(events) > 1 else ()
    return events[-1] if all(type(one) is QuirkSeen and one.quirk in _REPEATED for one in others) else None


def _has_quirk(events: list[Event]) -> bool:
    """Return whether a quirk is among the events, which the next record may show, too."""
    return any(type(one) is QuirkSeen for one in events)


def _is_bare(chunk: Chunk) -> bool:
    """Return whether a translated chunk has no members besides those that all have, and no mark on its choice."""
    if len(chunk) != _MEMBERS:
        return False
    choices = chunk["choices"]
    return len(choices) == 1 and len(choices[0]) == _CHOICE_MEMBERS
