"""The transformer: chunks in, rewritten chunks and events out; knows where a step ends and the next begins (R13).

    transformer.feed(chunk) -> Outcome(chunks, events)   R2: in order, at once
    transformer.done()      -> Outcome                   the stream said [DONE]
    transformer.close()     -> Outcome                   the input ended

A chunk that needs no change comes out as the very object that went in, so that
what is written can be the bytes it came in (R1).
"""

from typing import Any

from unspool.core.events import (
    QuirkSeen,
    ResponseFailed,
    StepStarted,
    StreamIncomplete,
    UsageReported,
)
from unspool.core.options import Options
from unspool.core.rewriter.bulk import AppendedEvent, Appender
from unspool.core.rewriter.step import Outcome, Step
from unspool.core.rewriter.wire import Chunk, ReceivedChunk, error_details, non_blank, read_chunk


class Transformer:
    """Turns message calls into text; one for each source (R13).

    ``steps`` counts the responses that have begun; ``holding`` is whether
    fragments are held back until a name is known (R2).
    """

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.steps = 0
        self._step: Step | None = None
        self._waiting = False
        self.holding = False

    def begins_step(self, chunk: Any) -> bool:
        """Whether ``chunk`` would begin another step after the first."""
        received = read_chunk(chunk)
        followed = self._step is None or self._step.is_followed_by(received)
        return self.steps > 0 and bool(received.choices) and followed

    def feed(self, chunk: Any) -> Outcome:
        """Take in one chunk: a dict as JSON gives it, or a pydantic model, which comes out as a dict.

        Raises NotAChunk before anything has changed where it is none (R10).
        """
        chunk = chunk if type(chunk) is dict else as_dict(chunk)
        step = self._step
        appended = step.append(chunk) if step is not None and type(chunk) is dict else None
        if appended is not None:
            return tuple.__new__(Outcome, appended)
        received = read_chunk(chunk)
        outcome = Outcome([], [])
        if received.choices:
            self._enter(received, outcome)
            assert self._step is not None
            self._step.rewrite(received, outcome)
            self.holding = self._step.holding
        else:
            self._waiting = self._waiting or self._step is None
            outcome.chunks.append(chunk)
        if received.usage is not None:
            outcome.events.append(UsageReported(self.steps, received.usage))
        if received.error is not None:
            self._fail(received.error, outcome)
        return outcome

    def appender(self, chunk: Chunk, event: AppendedEvent) -> Appender | None:
        """The appender for chunks that equal ``chunk`` except for one string: see ``bulk``.

        ``chunk`` is the one fed last, and ``event`` all that came of it. None where each chunk must be fed.
        """
        return None if self._step is None else self._step.appender(chunk, event)

    def done(self) -> Outcome:
        """The stream said [DONE]: what follows starts afresh (B4)."""
        outcome = Outcome([], [])
        self._end(outcome, done=True)
        self._waiting = False
        return outcome

    def close(self) -> Outcome:
        """The input ended: all that is certain leaves, then the fault is reported (R11)."""
        outcome = Outcome([], [])
        if self._step is None and self._waiting:
            outcome.events.append(StreamIncomplete(self.steps, "the input ended before any choice arrived"))
        self._end(outcome, done=False)
        self._waiting = False
        return outcome

    def _enter(self, received: ReceivedChunk, outcome: Outcome) -> None:
        step = self._step
        if step is not None and not step.is_followed_by(received):
            was_stable = step.has_stable_id
            step.add(received)
            if was_stable and not step.has_stable_id:
                outcome.events.append(QuirkSeen(step.number, "Q11"))
            return
        self._end(outcome, done=False)
        self.steps += 1
        self._step = Step(self.steps, received, self.options)
        self._waiting = False
        model = non_blank(received.chunk.get("model")) or ""
        outcome.events.append(StepStarted(self.steps, self._step.id, model))

    def _end(self, outcome: Outcome, done: bool) -> None:
        step, self._step = self._step, None
        self.holding = False
        if step is not None:
            step.end(outcome, done)

    def _fail(self, error: Any, outcome: Outcome) -> None:
        """Report an error object and end the step with it (R12)."""
        outcome.events.append(ResponseFailed(self.steps, *error_details(error)))
        self._waiting = False
        if self._step is not None:
            self._step.failed = True
            self._end(outcome, done=False)


def as_dict(chunk: Any) -> Any:
    """A pydantic model as a dict, and anything else as it is; a ``created`` that is a datetime becomes seconds (Q21).

    openai's models have ``to_dict``, which leaves out what the wire left out.
    Of other models the defaults belong to the chunk.
    """
    if hasattr(chunk, "to_dict"):
        chunk = chunk.to_dict(warnings=False)
    elif hasattr(chunk, "model_dump"):
        chunk = chunk.model_dump(by_alias=True, warnings=False)
    created: Any = chunk.get("created") if isinstance(chunk, dict) else None
    if hasattr(created, "timestamp"):
        chunk = {**chunk, "created": int(created.timestamp())}
    return chunk
