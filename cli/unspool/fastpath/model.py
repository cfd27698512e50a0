"""The model of a batch: the record whose outcome the others of the batch share, except for one string."""

from typing import Any

from unspool.core.events import AppendedEvent, ArgumentsDelta, Event
from unspool.core.rewriter.wire import Chunk
from unspool.fastpath.template import PADDING_PROBE, PROBE, PaddedTemplate, Template
from unspool.formats.json_codec import encode, encode_each
from unspool.formats.record import Record
from unspool.formats.source_text import encode_rewritten


class BatchModel:
    """A record that was processed, its only event but quirks, and its only chunk, which holds the text of that alone.

    Attributes:
        record: the record.
        event: its event.
        quirks: the events before it, which are the same for all records.
        verbatim: whether the record is written unchanged (R1).
        chunk: the chunk that was emitted; None if there was none.
    """

    __slots__ = ("_encoded", "_padded", "chunk", "event", "quirks", "record", "verbatim")

    def __init__(
        self,
        record: Record,
        event: AppendedEvent,
        chunk: Chunk | None,
        quirks: list[Event],
        template: Template | None = None,
    ) -> None:
        self.record = record
        self.event = event
        self.quirks = quirks
        self.verbatim = chunk is record.value
        self.chunk = chunk
        self._padded = template if isinstance(template, PaddedTemplate) else None
        self._encoded: Template | None = None  # of the encoded chunk, made for the first batch that is written

    def renew(self, event: AppendedEvent, quirks: list[Event], verbatim: bool, emitted: bool) -> bool:
        """Take the events of a record that matches this one; False where another kind of chunk was emitted for it."""
        if verbatim != self.verbatim or emitted != (self.chunk is not None):
            return False
        self.event = event
        self.quirks = quirks
        return True

    def events(self, texts: list[str]) -> list[AppendedEvent]:
        """Return the event of each text."""
        step, choice, call, _ = self.event
        make = type(self.event)
        return [make(step, choice, call, text) for text in texts]  # type: ignore[arg-type]  # as the event has it

    def chunk_of(self, record: Record, text: str) -> Chunk:
        """Return the emitted chunk for another record, with its text."""
        return self._chunk(text, self._padding(record).decode())

    def encoded(self, records: list[Record], texts: list[str]) -> list[bytes]:
        """Return the emitted chunk of each record as JSON."""
        template = self._encoded
        # Sinks that write no chunks need no template, so it is not made with the model.
        if template is None:
            template = self._encoded = self._encoded_template()
        if template is None:
            return [self._encode(self.chunk_of(record, text)) for record, text in zip(records, texts, strict=True)]
        bodies = encode_each(texts)
        if self._padded is None:
            return [template.filled(body) for body in bodies]
        return [template.filled(body, self._padding(record)) for body, record in zip(bodies, records, strict=True)]

    def _encoded_template(self) -> Template | None:
        """Return what the chunks of all records have around their text; None if another member holds the probe."""
        data = self._encode(self._chunk(PROBE, PADDING_PROBE))
        before, *behind = data.split(PROBE.encode())
        if len(behind) != 1:
            return None
        if self._padded is None:
            return Template(before, behind[0])
        middle, *after = behind[0].split(PADDING_PROBE.encode())
        return PaddedTemplate(before, middle, after[0], self._padded.member) if len(after) == 1 else None

    def _padding(self, record: Record) -> bytes:
        return b"" if self._padded is None else self._padded.padding(record.data)

    def _chunk(self, text: str, padding: str) -> Chunk:
        """The emitted chunk with another text, and another padding if it has some."""
        assert self.chunk is not None
        chunk = with_text(self.chunk, text)
        return chunk if self._padded is None else {**chunk, self._padded.member: padding}

    def _encode(self, chunk: Chunk) -> bytes:
        if self.record.dialect is not None:  # nothing of the record is left in the chunk
            return encode(chunk)
        return encode_rewritten(chunk, self.record.value, self.record.data)


def text_of_event(event: AppendedEvent) -> str:
    """Return the text, or the JSON text of a fragment, of an event."""
    return event.arguments if type(event) is ArgumentsDelta else event.text  # type: ignore[union-attr]


def with_text(chunk: Chunk, text: str) -> Chunk:
    """Return ``chunk``, for which ``holds_only`` or ``begins_with`` is true of some text, with another text alone."""
    (choice,) = chunk["choices"]
    ((member, value),) = [(name, one) for name, one in choice["delta"].items() if name != "role"]
    if member == "tool_calls":
        (entry,) = value
        value = [{**entry, "function": {"arguments": text}}]
    else:
        value = text
    return {**chunk, "choices": [{**choice, "delta": {member: value}}]}


def begins_with(chunk: Chunk, text: str) -> bool:
    """Return whether the delta of the first choice has the role, and a text or thoughts, and no more."""
    delta = chunk["choices"][0]["delta"]
    if len(delta) != 2 or "role" not in delta:
        return False
    return bool(delta.get("content") == text or delta.get("reasoning_content") == text)


def holds_only(chunk: Chunk, text: str) -> bool:
    """Return whether the delta of the only choice has one member, ``text``: content, reasoning, or arguments."""
    choices: list[dict[str, Any]] = chunk["choices"]
    delta = choices[0].get("delta") if len(choices) == 1 else None
    if type(delta) is not dict or len(delta) != 1:
        return False
    ((member, value),) = delta.items()
    if member != "tool_calls":
        return type(value) is str and value == text
    if type(value) is not list or len(value) != 1 or type(value[0]) is not dict:
        return False
    # A name, or any other member of the function, would be repeated with each text.
    return value[0].get("function") == {"arguments": text}
