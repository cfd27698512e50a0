"""The body of a response, rewritten: bytes in, bytes out.

    body.feed(block) -> bytes      what leaves now
    body.close() -> bytes          the response ended
    body.fail(message) -> bytes    it broke off: what is certain, then an error in the words of its interface

The bytes go through the same loop as those of any source (pipeline), so that a
server gives what ``unspool rewrite`` gives. What needs no change leaves as the
bytes it came in, comments and line ends included (R1).
"""

from typing import Any, Protocol

from unspool.core.events import FAULTS, ArgumentsFailed, ResponseFailed, StreamIncomplete
from unspool.core.outcome import Outcome
from unspool.diagnostics import Problem, Report
from unspool.errors import exception_of
from unspool.fastpath.batch import RecordBatch
from unspool.formats.detect import Format
from unspool.formats.json_codec import encode
from unspool.formats.line_splitter import LINE_ENDS
from unspool.formats.record import Record, RecordKind
from unspool.formats.source_text import encode_rewritten
from unspool.pipeline import Reading
from unspool.serve.http.event_splitter import LONGEST_EVENT, EventSplitter, EventTooLong
from unspool.serve.http.request_log import StreamBroken
from unspool.serve.http.wire import CHAT, INTERFACES, error_body, error_event
from unspool.serve.proxy.completion import completion_of
from unspool.settings import Settings, Summary
from unspool.sinks.base import BaseSink

_DONE = b"data: [DONE]\n\n"
_TAIL = 4096  # bytes of the sent output that an error event may inspect
_EARLY = "the response ended early"
_CLEAN = ("stop", "tool_calls", "function_call")
"""Finish reasons of what a model said to its end."""


class Body(Protocol):
    """A body on its way through; see the module's head. ``whole`` if nothing leaves before the end."""

    whole: bool

    def feed(self, block: bytes) -> bytes:
        """Return the output that ``block`` completes."""

    def close(self) -> bytes:
        """Return the remaining output at the end. Raises StreamBroken where an error must take its place."""

    def fail(self, message: str) -> bytes:
        """Return the remaining output of a response that broke off, with ``message`` as an error."""


class RewrittenStream:
    """An event stream to a client of Chat Completions, with message calls turned into content.

    Each event is read when its blank line has come. A stream that was cut, or
    whose message cannot be read, ends with an error event and without [DONE].
    """

    whole = False

    def __init__(self, settings: Settings, report: Report) -> None:
        self._events = EventSplitter()
        self._sink = _EventSink()
        asked = settings._replace(format=Format.SSE, strict=False, single_step=False)
        self._reading = Reading("the response", asked, self._sink, report, Summary())

    def feed(self, block: bytes) -> bytes:
        """The events that ``block`` completes, rewritten."""
        return b"".join([self._rewrite(event) for event in self._events.feed(block)])

    def close(self) -> bytes:
        """The last event, what was held back, and [DONE] or an error where the response had none.

        An event that was cut is left out: a client would fail at it, and not see the error.
        """
        rest = self._events.close()
        parts = [self._rewrite(rest, ended=True)] if rest else []
        self._sink.begin_event(b"")
        self._reading.take_rest()
        self._reading.close()
        parts.append(self._sink.take(or_raw=False))
        parts.append(self._sink.ending())
        return b"".join(parts)

    def fail(self, message: str) -> bytes:
        """Return held output, then the error; an event that was cut is left out, since no client can read it."""
        self._events.close()
        self._sink.begin_event(b"")
        self._reading.abandon()
        held = self._sink.take(or_raw=False)
        return held if self._sink.over else held + error_event(CHAT, message)

    def _rewrite(self, event: bytes, ended: bool = False) -> bytes:
        self._sink.begin_event(_ended(event) if ended else event)
        self._reading.take(event)
        if ended:
            self._reading.take_rest()
        return b"" if ended and self._sink.cut else self._sink.take()


def _ended(event: bytes) -> bytes:
    """The last event with the blank line that it lacks: clients lose an event without one (B5)."""
    if event.isspace():
        return event
    return event + (b"\n" if event.endswith(b"\n") else b"\n\n")


class _EventSink(BaseSink):
    """Collects what leaves in place of one event: its own bytes where nothing in it changed."""

    def __init__(self) -> None:
        self._raw = b""
        self._parts: list[bytes] = []
        self._altered = False
        self._records = 0  # in the event
        self.cut = False  # whether the event has a record that ends early
        # Raw events whose chunks may still leave as they are, by the identity of the chunk. It is kept, too: another
        # chunk could have its place in memory.
        self._held: dict[int, tuple[Any, bytes]] = {}
        self._rewrote = False  # anything in this stream
        self._done = False  # [DONE] was sent
        self._complete = False
        self._failed = False  # an error of the provider was sent
        self._fault = ""  # what a client must know at the end

    @property
    def over(self) -> bool:
        """Return whether the stream has ended for its client: nothing that comes now can matter to it."""
        return self._done

    def begin_event(self, raw: bytes) -> None:
        """Begin an event: the following records come from it."""
        self._raw, self._parts, self._altered, self._records = raw, [], False, 0
        self.cut = False

    def take(self, or_raw: bool = True) -> bytes:
        """Return the output for the event."""
        if not self._altered and or_raw and self._records <= 1:  # B6: glued events come apart
            return self._raw
        return b"".join(self._parts)

    def ending(self) -> bytes:
        """The end of the stream, unless the provider sent one: an error, or [DONE] behind what was rewritten."""
        if self._done or self._failed:
            return b""
        if self._fault:
            return error_event(CHAT, self._fault)
        return _DONE if self._complete and self._rewrote else b""

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Process the chunks of one record."""
        self._note_faults(outcome)
        done = record.kind is RecordKind.DONE
        self._records += 1
        if done or not (len(outcome.chunks) == 1 and outcome.chunks[0] is record.value):
            self._altered = self._altered or bool(outcome.chunks) or not done
        for chunk in outcome.chunks:
            self._parts.append(self._encoded(chunk, record))
        if done:
            self._append_done()
        if not holding:
            self._held.clear()
        elif not outcome.chunks and record.dialect is None:
            self._held[id(record.value)] = record.value, self._raw

    def _encoded(self, chunk: Any, record: Record) -> bytes:
        if chunk is record.value:
            return _event(record.data)
        held = self._held.get(id(chunk))
        if held is not None:
            return held[1]
        self._rewrote = True
        if record.kind is not RecordKind.VALUE or record.dialect is not None or type(record.value) is not dict:
            return _event(encode(chunk))
        return _event(encode_rewritten(chunk, record.value, record.data))

    def _append_done(self) -> None:
        if self._fault and not self._failed:  # R17: never a clean end
            self._parts.append(error_event(CHAT, self._fault))
            self._altered = True
        else:
            self._parts.append(_DONE)
        self._done = True

    def _note_faults(self, outcome: Outcome) -> None:
        for event in outcome.events:
            if type(event) is ResponseFailed:
                self._failed = self._altered = True  # its error object is in the chunk, where a client looks for it
            elif type(event) in FAULTS and not self._fault:
                self._fault = str(exception_of(event))  # type: ignore[arg-type]  # one of FAULTS

    def write_batch(self, batch: RecordBatch) -> None:
        """Process records of one template."""
        self._records += len(batch.records)
        if batch.verbatim:
            self._parts += [_event(record.data) for record in batch.records]
            return
        self._altered = self._rewrote = True
        self._parts += map(_event, batch.rewritten())

    def pass_through(self, records: list[Record]) -> None:
        """Let records that cannot be read leave as they came (R10)."""
        malformed = [_event(record.data) for record in records if record.kind is RecordKind.MALFORMED]
        self.cut = self.cut or any(record.ends_early for record in records)
        self._parts += malformed
        self._records += len(malformed)

    def end(self, complete: bool) -> None:
        """Know whether the stream was complete."""
        self._complete = complete


def _event(data: bytes) -> bytes:
    return b"data: %b\n\n" % (LINE_ENDS.sub(b"\ndata: ", data) if LINE_ENDS.search(data) else data)


class RewrittenCompletion:
    """A whole completion as JSON, rewritten when all of it has come; what is none leaves as it came."""

    whole = True

    def __init__(self, settings: Settings, report: Report) -> None:
        self._body = bytearray()
        self._settings = settings._replace(format=Format.JSON, strict=False, single_step=False, fast=False)
        self._report = report

    def feed(self, block: bytes) -> bytes:
        """Keep ``block``. Raises EventTooLong."""
        self._body += block
        if len(self._body) > LONGEST_EVENT:
            raise EventTooLong
        return b""

    def close(self) -> bytes:
        """The completion. Raises StreamBroken where its message cannot be read, or ends inside of it (R17)."""
        body = bytes(self._body)
        sink = _ChunkCollector()
        reading = Reading("the response", self._settings, sink, self._report, Summary())
        reading.take(body)
        reading.take_rest()
        reading.close()
        if sink.unchanged:
            return body
        if sink.fault:
            raise StreamBroken(sink.fault)
        return encode(completion_of(sink.chunks))

    def fail(self, message: str) -> bytes:
        """The error in place of a completion of which a part is missing."""
        return encode(error_body(CHAT, message))


class _ChunkCollector(BaseSink):
    """The rewritten chunks of a whole response; ``fault`` is why they are not all of it, or ""."""

    def __init__(self) -> None:
        self.chunks: list[dict[str, Any]] = []
        self.unchanged = True
        self.fault = ""

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Keep the chunks."""
        self.chunks += outcome.chunks
        for event in outcome.events:
            # A finish of another kind, such as length, says itself that the message is not whole.
            if type(event) is ArgumentsFailed or (type(event) is StreamIncomplete and event.finish in _CLEAN):
                self.fault = self.fault or str(exception_of(event))
        if any(chunk is not record.value for chunk in outcome.chunks):
            self.unchanged = False


class PassedStream:
    """An event stream of any interface that leaves as it came; it is cut between events only.

    So an error can be added behind a whole event, where a client can read it.
    """

    whole = False

    def __init__(self, interface: str) -> None:
        self._interface = interface
        self._events = EventSplitter()
        self._sent = b""

    def feed(self, block: bytes) -> bytes:
        """The events that ``block`` completes."""
        return self._send(self._events.feed(block))

    def _send(self, events: list[bytes]) -> bytes:
        sent = b"".join(events)
        if sent:
            self._sent = sent[-_TAIL:]
        return sent

    def close(self) -> bytes:
        """Return the remaining bytes: an event without a blank line."""
        return self._events.close()

    def fail(self, message: str) -> bytes:
        """The error."""
        self._events.close()
        return error_event(self._interface, message, self._sent)


class ProxiedStream(PassedStream):
    """One that comes from an upstream: where it ends early, an error follows (R17).

    Its end is looked for in the bytes of each event; none is parsed.
    """

    def __init__(self, interface: str, report: Report) -> None:
        super().__init__(interface)
        self._end = INTERFACES[interface].end
        self._ended = False
        self._report = report

    def _send(self, events: list[bytes]) -> bytes:
        self._ended = self._ended or any(map(self._end.search, events))
        return super()._send(events)

    def close(self) -> bytes:
        """Return the remaining bytes, or an error in place of an event that was cut."""
        rest = super().close()
        if self._ended or self._end.search(rest):
            return rest
        self._report(Problem(self._interface, None, StreamIncomplete(1, _EARLY)))
        return self.fail(_EARLY)
