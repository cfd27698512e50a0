"""A stream, chunk by chunk: knows where one step ends and the next begins (R13).

    rewriter.feed(chunk) -> Outcome(chunks, events)   R2: in order, at once
    rewriter.done()      -> Outcome                   the stream said [DONE]
    rewriter.close()     -> Outcome                   the input ended

Each step rewrites its own choices (R14). ``Transformer`` is the same for users
of the Python API; the loop and its lanes ask here, for more and without a detour.
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
from unspool.core.rewriter.bulk import Continuation, continuation_of
from unspool.core.rewriter.received import ReceivedChunk, read_chunk
from unspool.core.rewriter.step import Outcome, Step
from unspool.core.rewriter.wire import error_details, given


class StreamRewriter:
    """Rewrites the steps of one source, one after the other; ``steps`` counts them."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.steps = 0
        self._step: Step | None = None
        self._last: ReceivedChunk | None = None
        self._waiting = False

    @property
    def holding(self) -> bool:
        """Whether fragments are held back until a name is known (R2)."""
        return self._step is not None and self._step.holding

    def begins_step(self, chunk: Any) -> bool:
        """Whether ``chunk`` would begin another step after the first."""
        received = read_chunk(chunk)
        followed = self._step is None or self._step.is_followed_by(received)
        return self.steps > 0 and bool(received.choices) and followed

    def feed(self, chunk: Any) -> Outcome:
        """Take in one chunk, a dict as JSON gives it.

        Raises NotAChunk before anything has changed where it is none (R10).
        """
        received = self._last = read_chunk(chunk)
        outcome = Outcome([], [])
        if received.choices:
            self._enter(received, outcome)
            assert self._step is not None
            self._step.rewrite(received, outcome)
        else:
            self._waiting = self._waiting or self._step is None
            outcome.chunks.append(chunk)
        if received.usage is not None:
            outcome.events.append(UsageReported(self.steps, received.usage))
        if received.error is not None:
            self._fail(received.error, outcome)
        return outcome

    def continuation(self) -> Continuation | None:
        """What takes the texts of the next chunks, if they are like the last one fed; see its module."""
        if self._step is None or self._last is None:
            return None
        return continuation_of(self._step, self._last, self._options)

    def continued(self, earlier: Continuation) -> Continuation | None:
        """What takes the texts of the next chunks, if they are like those of an earlier step under other names."""
        if self._step is None or earlier.step is self._step:
            return None
        return earlier.again(self._step)

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
            was_stable = step.stable
            step.join(received)
            if was_stable and not step.stable:
                outcome.events.append(QuirkSeen(step.number, "Q11"))
            return
        self._end(outcome, done=False)
        self.steps += 1
        self._step = Step(self.steps, received, self._options)
        self._waiting = False
        model = given(received.chunk.get("model")) or ""
        outcome.events.append(StepStarted(self.steps, self._step.id, model))

    def _end(self, outcome: Outcome, done: bool) -> None:
        step, self._step = self._step, None
        if step is not None:
            step.end(outcome, done)

    def _fail(self, error: Any, outcome: Outcome) -> None:
        """Report an error object and end the step with it (R12)."""
        outcome.events.append(ResponseFailed(self.steps, *error_details(error)))
        self._waiting = False
        if self._step is not None:
            self._step.failed = True
            self._end(outcome, done=False)
