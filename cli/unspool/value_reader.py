"""The values of the records of one source, on their way to outcomes: through the translator and the transformer.

    value ──▶ Interleaving ──────────────▶ Transformer.feed ──▶ outcome      a chunk
      └─────▶ Translator ──▶ its chunks ──▶ Transformer.feed ──▶ outcome      a record of another wire format

A matcher learns from a record whose outcome the next ones may continue (the fast path).
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from unspool.called_tools import CalledTools
from unspool.core.errors import NotAChunk
from unspool.core.events import Event
from unspool.core.outcome import Outcome
from unspool.core.rewriter.wire import BOUNDARY, EXTENSION, RESPONSE, Chunk
from unspool.core.transformer import Transformer
from unspool.dialects.channels import Content
from unspool.dialects.registry import AGENTS, EXECUTED
from unspool.dialects.translator import Change, Translator
from unspool.fastpath.batch import RecordBatch
from unspool.fastpath.matcher import ContinuationMatcher, Matcher, TemplateMatcher
from unspool.formats.record import Record
from unspool.interleaving import Interleaving
from unspool.settings import Settings
from unspool.stop_rule import Stop, StopRule
from unspool.variants.other_objects import is_ping

if TYPE_CHECKING:
    from unspool.dialects.agents.repeated_runs import RepeatedRuns
    from unspool.dialects.tools.events import ToolEvents


class ValueReader:
    """The reader of the values of one source.

    With ``end``, an offset in bytes, it stops before the first record at or behind it that begins a step.

    Attributes:
        transformer, translator: those of the source.
        pending: whether a chunk has come since the stream began.
        matcher: the one that has learnt from the last record; without it no batch goes on with that.
        runs: the runs of an agent, from its first record on.
        layers: the notices about the layers that were removed from the source so far.
        run_cut: whether the source ended inside of an agent's run that was received before.
    """

    def __init__(self, settings: Settings, end: int | None, called: CalledTools) -> None:
        content = _content(settings)
        self.transformer = Transformer(settings.options)
        self.translator = Translator(settings.dialect, content, settings.subagents, self.transformer)
        self.pending = False
        self.matcher: Matcher | None = None
        self.runs: RepeatedRuns | None = None
        self.layers: Sequence[object] = ()
        self.run_cut = False
        self._called = called
        self._extracts = bool(content)
        self._interleaving = Interleaving(self.transformer)
        self._tools: ToolEvents | None = None  # from the first extension on
        self._missing = ""  # the record that ends the run of an agent that goes on
        self._rule: StopRule | None = None
        if settings.single_step or end is not None:
            self._rule = StopRule(self.transformer, self.translator, settings.single_step, end)
        self.partial = Outcome([], [])
        """What became of a record before the part of it that is no chunk."""
        self._fast = settings.fast and not content
        self._templates = TemplateMatcher(self.transformer)
        self._continuations = ContinuationMatcher(self.transformer, self.translator)

    def read(self, record: Record) -> Outcome:
        """Feed the value of a record. Raises MalformedRecord where it is no chunk, and Stop."""
        self.matcher = None
        value = record.value
        if (
            type(value) is not dict
            or "choices" not in value
            or self.translator.dialect is not None
            or self._extracts
            # The first of a response shows it, and the first behind records of another wire format.
            or not (
                (self.pending and self.translator.aside is None and value.get("id") == self._interleaving.last)
                or self.translator.resumes(value)
            )
        ):
            return self._translate(record, self._named(record.name, value) if record.name else value)
        if self._rule is not None:
            self._rule.before_chunk(record, value)
        cut = self._interleaving.check(value) if value.get("id") != self._interleaving.last else None
        outcome = self.transformer.feed(value)
        if cut is not None:
            outcome.events.insert(0, cut)
        # One that was rewritten; one with a server's tools, which most have in a chunk without anything else.
        if EXTENSION in value or (len(outcome.events) != 1 and record.data.find(EXECUTED) >= 0):
            outcome.events.extend(self._tool_events(value))
        self.pending = True
        if self._fast and self._templates.learn(record, outcome):
            self.matcher = self._templates
        return outcome

    def match(self, records: list[Record]) -> RecordBatch | None:
        """Remove the records at the end of a reversed list that go on with the last one, as a batch; None for none."""
        batch = None if self.matcher is None else self.matcher.match(records)
        if batch is not None and self.runs is not None and self.translator.dialect in AGENTS:
            self.runs.see_batch(batch.records)
        return batch

    def _named(self, event: bytes, value: Any) -> Any:
        """Return a value with the name of its event as its type; between chunks names have none."""
        in_chunks = self.pending and self.translator.dialect is None
        return value if in_chunks else self.translator.named(value, event)

    def _translate(self, record: Record, value: Any) -> Outcome:
        """Process a value that may not be a chunk. Raises NotAChunk."""
        if is_ping(value):
            record.dialect = self.translator.dialect
            return Outcome([], [])
        if self._rule is not None:
            self._rule.before_record(record, value)
        translated = self.translator.feed(value)
        if translated is None:
            return self._feed(value)
        tools = self._tools
        settled = [] if tools is None or not tools.waits else tools.settle(translated)
        change = self.translator.change
        outcome = self.feed_all(record, translated) if change is None else self._feed_change(record, translated, change)
        outcome.events[:0] = settled
        for chunk in translated:
            if EXTENSION in chunk:
                self._called.see_kinds(chunk[EXTENSION])
        dialect = record.dialect = self.translator.dialect
        if dialect is None and self.translator.aside is not None:
            record.dialect = self.translator.aside.name
        if self.translator.unread is not None:
            self._called.see_unread(self.translator.unread)
            self.translator.unread = None
        if dialect in AGENTS:
            self._see(record, value)
        if self._fast and translated and self._continuations.learn(record, translated[-1], outcome):
            self.matcher = self._continuations
        return outcome

    def feed_all(self, record: Record, chunks: list[Chunk]) -> Outcome:
        """Feed the chunks of a translated record; their outcomes belong to that record. Raises Stop."""
        outcomes: list[Outcome] = []
        try:
            for chunk in chunks:
                outcomes.append(self._feed(chunk))  # noqa: PERF401 - those before one that ends the step are kept
        except Stop as stop:
            stop.partial = record, joined(outcomes)
            raise
        except NotAChunk:
            self.partial = joined(outcomes)
            raise
        return joined(outcomes)

    def _feed_change(self, record: Record, chunks: list[Chunk], change: Change) -> Outcome:
        """Feed the chunks of a record that begins another stream: a response that has not ended was cut (R11)."""
        self._missing = ""  # ``change`` has the record
        outcomes = [self.feed_all(record, chunks[: change.left])]
        if change.cuts and self.transformer.unfinished:
            outcomes.append(self.transformer.close(change.missing))
        return self._feed_behind(outcomes, record, chunks[change.left :])

    def _feed_behind(self, before: list[Outcome], record: Record, chunks: list[Chunk]) -> Outcome:
        """Feed the last chunks of a translated record, of which some outcomes are known. Raises Stop and NotAChunk."""
        try:
            return joined([*before, self.feed_all(record, chunks)])
        except Stop as stop:
            if stop.partial is not None:
                stop.partial = record, joined([*before, stop.partial[1]])
            raise
        except NotAChunk:
            self.partial = joined([*before, self.partial])
            raise

    def _feed(self, chunk: Any) -> Outcome:
        if self._rule is not None:
            self._rule.before_step(chunk)
        if self._missing and _begins_response(chunk) and self.transformer.unfinished:
            cut = self.transformer.close(self._missing)  # the run that goes on, before another
            outcome = joined([cut, self.transformer.feed(chunk)])
        else:
            outcome = self.transformer.feed(chunk)
        self.pending = True
        if type(chunk) is dict and EXTENSION in chunk:
            outcome.events.extend(self._tool_events(chunk))
        return outcome

    def _tool_events(self, chunk: Chunk) -> list[Event]:
        """The events of tools in the extension of a chunk."""
        if self._tools is None:
            from unspool.dialects.tools.events import ToolEvents  # noqa: PLC0415 - start-up

            self._tools = ToolEvents()
        return self._tools.events(chunk, self.transformer.steps)

    # --- runs of agents that are received again --------------------------------------------

    def expects(self, record: Record) -> bool:
        """Return whether a record may be one of a run that is received again, so that ``due`` says what to read."""
        return self.runs is not None and self.runs.expects(record) and not is_ping(record.value)

    def due(self, record: Record) -> list[Record]:
        """The records to read now: with this one those that have waited, or none (R15)."""
        self.matcher = None
        assert self.runs is not None
        return self.runs.feed(record)

    def due_at_done(self) -> list[Record]:
        """The records that have waited until [DONE]."""
        return [] if self.runs is None else self.runs.end()

    def due_at_end(self) -> list[Record]:
        """The records that have waited until the end of the source."""
        runs, self.runs = self.runs, None
        self._continuations.stops = None
        if runs is None:
            return []
        self.run_cut = runs.cut
        return runs.close()

    def _see(self, record: Record, value: Any) -> None:
        """Note a record of an agent's run, which may be received again."""
        if self.runs is None:
            from unspool.dialects.agents.repeated_runs import RepeatedRuns  # noqa: PLC0415 - start-up

            self.runs = RepeatedRuns(len(self.layers) > 0)
            self._continuations.stops = self.runs.begins
        self._missing = self.translator.missing
        self.runs.see(record, value, self._missing)

    # --- ends ------------------------------------------------------------------------------

    def done(self, record: Record) -> Outcome:
        """Handle [DONE]. Raises Stop."""
        rest = self._feed_rest(record, self.translator.done())
        return joined([rest, self.transformer.done()])

    def _feed_rest(self, record: Record, chunks: list[Chunk]) -> Outcome:
        """Feed what ends a stream, which may be another than that of the last record with output."""
        change = self.translator.change
        return self.feed_all(record, chunks) if change is None else self._feed_change(record, chunks, change)

    def at_done(self) -> None:
        """Raise Stop behind [DONE] where that ends what was asked for."""
        if self._rule is not None:
            self._rule.at_done()

    def begin_stream(self) -> None:
        """Begin another stream of the source."""
        self._interleaving = Interleaving(self.transformer)
        self.pending = False
        self._missing = ""

    def end_of_lines(self) -> Outcome:
        """What ends a response whose wire format has no end in lines, where a source of lines ends."""
        return joined([self.transformer.feed(chunk) for chunk in self.translator.end_of_lines()])

    def close(self) -> Outcome:
        """What is certain at the end of the source."""
        missing = self.translator.missing
        outcomes = [Outcome([], [] if self._tools is None else self._tools.close())]
        chunks, change = self.translator.close(), self.translator.change
        left = len(chunks) if change is None else change.left
        outcomes += [self.transformer.feed(chunk) for chunk in chunks[:left]]
        outcomes.append(self.transformer.close(missing))
        if change is not None:
            with suppress(Stop):  # before a second step
                outcomes.append(joined([self._feed(chunk) for chunk in chunks[left:]]))
            outcomes.append(self.transformer.close())
        return joined(outcomes)


def _content(settings: Settings) -> list[Content]:
    """Return the requested extractors for content."""
    if not settings.channels and not settings.field:
        return []
    from unspool.dialects.content import content_of  # noqa: PLC0415 - start-up

    return content_of(settings.channels, settings.field)


def _begins_response(chunk: Any) -> bool:
    """Return whether a translated chunk is marked as the first of another response."""
    choices = chunk.get("choices") if type(chunk) is dict else None
    first = choices[0] if type(choices) is list and choices else None
    return type(first) is dict and first.get(BOUNDARY) == RESPONSE


def joined(outcomes: list[Outcome]) -> Outcome:
    """Outcomes of the same record as one."""
    if len(outcomes) == 1:
        return outcomes[0]
    whole: Outcome = tuple.__new__(Outcome, ([], []))  # of most records that leave nothing; see Transformer.feed
    for outcome in outcomes:
        whole.chunks.extend(outcome.chunks)
        whole.events.extend(outcome.events)
    return whole
