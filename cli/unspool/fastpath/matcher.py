"""Matcher of the fast path: finds records that equal the last one except for one string, without parsing each.

    matcher.learn(record, outcome)           after a record that the general path has processed
    matcher.match(records) -> RecordBatch    the records at the end of a reversed list that match its template,
                                             or None

The fast path pays for long responses and must cost nothing for short ones. So a
template is learnt only from the second of two chunks that have the same size
apart from their text. It is valid until the transformer is fed again, and
is used again if the next record matches it.
"""

from typing import Any

from unspool.core.events import AppendedEvent, ArgumentsDelta, TextDelta, ThoughtsDelta
from unspool.core.rewriter.choice_rewriter import Appender
from unspool.core.rewriter.step import Outcome
from unspool.core.transformer import Transformer
from unspool.fastpath.batch import RecordBatch
from unspool.fastpath.template import Template, learn_template, output_template
from unspool.formats.json_codec import decode_strings
from unspool.formats.record import Record

_BATCH = 64
"""Records of one batch. A batch that cannot be decoded is read again one by one: at most this many."""
_APPENDED = (TextDelta, ThoughtsDelta, ArgumentsDelta)


class TemplateMatcher:
    """The fast path for the Chat Completions chunks of one source."""

    def __init__(self, transformer: Transformer) -> None:
        self._transformer = transformer
        self._appender: Appender | None = None
        self._template: Template | None = None
        self._event: AppendedEvent | None = None
        self._verbatim = False
        self._output: Template | None = None
        self._frame_size = 0  # bytes of the last chunk apart from its text

    def forget(self) -> None:
        """Match no records until the next ``learn``: the transformer was fed on another path."""
        self._appender = None

    def learn(self, record: Record, outcome: Outcome) -> None:
        """Learn from a record that the general path has processed."""
        self._appender = None
        if len(outcome.events) != 1 or type(outcome.events[0]) not in _APPENDED:
            self._frame_size = 0
            return
        event: Any = outcome.events[0]
        text = event[-1]
        frame_size, self._frame_size = self._frame_size, len(record.data) - len(text)
        if not self._is_known(record, event):
            self._event = self._template = None
            if frame_size == self._frame_size:  # learning costs as much as several records of a short response
                self._template = learn_template(record.data, text)
        if self._template is not None:
            self._prepare(record, event, text, outcome)

    def _is_known(self, record: Record, event: AppendedEvent) -> bool:
        """Whether the record matches the present template and gave an event of the same member."""
        known, template = self._event, self._template
        if known is None or template is None or type(known) is not type(event) or known[1:3] != event[1:3]:
            return False
        return template.matches(record.data)

    def _prepare(self, record: Record, event: AppendedEvent, text: str, outcome: Outcome) -> None:
        """Prepare the appender for records like this one, and the template of their output."""
        chunk = record.value
        verbatim = len(outcome.chunks) == 1 and outcome.chunks[0] is chunk
        if self._event is None or verbatim != self._verbatim:
            rewritten = None if verbatim or not outcome.chunks else outcome.chunks[0]
            self._output = None if rewritten is None else output_template(record, rewritten, text)
        self._event, self._verbatim = event, verbatim
        if len(outcome.chunks) > 1 or (outcome.chunks and not verbatim and self._output is None):
            return
        if type(event) is ArgumentsDelta and not verbatim:  # renumbered (R6): the output depends on the call
            return
        self._appender = self._transformer.appender(chunk, event)

    def match(self, records: list[Record]) -> RecordBatch | None:
        """Remove the records at the end of a reversed list that match the template; returns them as a batch."""
        template, appender, event = self._template, self._appender, self._event
        if template is None or appender is None or event is None:
            return None
        prefix, suffix = template
        start, shortest, end = len(prefix), len(prefix) + len(suffix), -len(suffix)
        bodies: list[bytes] = []
        for record in reversed(records[-_BATCH:]):
            data = record.data
            if len(data) <= shortest or not data.startswith(prefix) or not data.endswith(suffix):
                break
            body = data[start:end]
            if event.call is not None and body.find(b"\\") >= 0:  # an escape may end the argument, or be cut
                break
            bodies.append(body)
        texts = decode_strings(bodies) if bodies else None
        if not texts or "" in texts:  # an empty text gives no event
            return None
        appender("".join(texts))
        taken = records[: -len(texts) - 1 : -1]
        del records[-len(texts) :]
        return RecordBatch(taken, event, texts, self._verbatim, self._output)
