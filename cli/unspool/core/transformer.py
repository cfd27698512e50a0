"""The transformer: turns chunks into rewritten chunks and events, and divides a stream into steps (R13).

    transformer.feed(chunk) -> Outcome(chunks, events)   R2: in order, at once
    transformer.done()      -> Outcome                   after [DONE]
    transformer.close()     -> Outcome                   after the end of the input

A chunk that needs no change is returned as the same object, so that the sink
can write the bytes of its record (R1).
"""

from typing import Any

from unspool.core.events import AppendedEvent, ResponseFailed, StepStarted, StreamIncomplete, UsageReported
from unspool.core.options import Options, given_options
from unspool.core.outcome import Outcome
from unspool.core.rewriter.choice_rewriter import Appender
from unspool.core.rewriter.step import Step
from unspool.core.rewriter.wire import EXTENSION, ReceivedChunk, read_chunk
from unspool.variants.errors import error_details
from unspool.variants.models import as_dict
from unspool.variants.values import non_blank


class Transformer:
    """Turns message calls into text, for one source (R13).

    ``steps`` is the number of responses that have started; ``holding`` is true
    while fragments are held back until a name is known (R2).
    Raises TypeError where ``options`` is not an Options.
    """

    def __init__(self, options: Options | None = None) -> None:
        self.options = given_options(options) or Options()
        self.steps = 0
        self._step: Step | None = None
        self._awaits_choice = False  # chunks without choices have arrived, and no step is open
        self._responded = False  # a response has begun, or failed
        self.holding = False

    def begins_step(self, chunk: Any) -> bool:
        """Return whether ``chunk`` would start another step after the first. Raises NotAChunk."""
        received = read_chunk(chunk)
        if not self.steps or not received.choices:
            return False
        return self._step is None or self._step.is_followed_by(received)

    @property
    def unfinished(self) -> bool:
        """Return whether a response has begun, and not all of its choices have finished."""
        return self._step is not None and self._step.unfinished > 0

    @property
    def speaking(self) -> bool:
        """Return whether an unfinished response has output."""
        return self._step is not None and self._step.unfinished > 0 and self._step.has_output

    def feed(self, chunk: Any) -> Outcome:
        """Process one chunk: a dict as decoded from JSON, or a pydantic model, which is returned as a dict.

        Raises NotAChunk, without any change of state, if the value is not a chunk (R10).
        """
        received = read_chunk(chunk if type(chunk) is dict else as_dict(chunk))
        # Skips the Python-level __new__ of the named tuple.
        outcome: Outcome = tuple.__new__(Outcome, ([], []))
        if received.choices:
            step = self._step
            if step is None or not step.rewrite(received, outcome):
                step = self._begin(received, outcome)
                step.rewrite(received, outcome)
            self.holding = step.holding > 0
        else:
            # A usage alone, and what a dialect keeps, belongs to the response before it, also to one that failed (Q5).
            of_last = self._responded and (received.usage is not None or EXTENSION in received.chunk)
            self._awaits_choice = self._awaits_choice or (self._step is None and not of_last)
            outcome.chunks.append(received.chunk)
        if received.usage is not None:
            outcome.events.append(UsageReported(self.steps, received.usage))
        if received.error is not None:
            self._fail(received.error, outcome)
        return outcome

    def appender(self, event: AppendedEvent) -> Appender | None:
        """Return a function that appends in bulk, for chunks that equal the last one fed except for one string.

        ``event`` is the only event of that chunk. The function takes the joined strings of any number
        of such chunks, and changes the state as ``feed`` would; it is valid until the next ``feed``. The caller
        creates the events, which equal ``event`` except for their text. The strings of a call are JSON source for which
        ``is_whole`` is true. None if such chunks must be fed one by one.
        """
        return None if self._step is None else self._step.appender(event)

    def interrupt(self) -> None:
        """Note that something else is between two chunks: after a finish the next begins a step (F12)."""
        if self._step is not None:
            self._step.finishes_each = False

    def done(self) -> Outcome:
        """Handle [DONE]: later chunks start a new stream (B4)."""
        outcome = Outcome([], [])
        self._end(outcome, done=True)
        return outcome

    def close(self, missing: str = "") -> Outcome:
        """Handle the end of the input: emit all decoded text, then report an early end (R11).

        ``missing`` names the record that ends a run of an agent, if that has not come.
        """
        outcome = Outcome([], [])
        if self._step is None and self._awaits_choice:
            outcome.events.append(StreamIncomplete(self.steps, "the input ended before any choice arrived"))
        self._end(outcome, done=False, missing=missing)
        return outcome

    def _begin(self, received: ReceivedChunk, outcome: Outcome) -> Step:
        """End the current step, and start the next (R13)."""
        self._end(outcome, done=False)
        self.steps += 1
        self._responded = True
        model = non_blank(received.chunk.get("model")) or ""
        outcome.events.append(StepStarted(self.steps, received.id or "", model))
        self._step = Step(self.steps, received, self.options)
        return self._step

    def _end(self, outcome: Outcome, done: bool, missing: str = "") -> None:
        step, self._step = self._step, None
        self.holding = self._awaits_choice = False
        if step is not None:
            step.end(outcome, done, missing)

    def _fail(self, error: Any, outcome: Outcome) -> None:
        """Report an error object and end the step with it (R12)."""
        self._responded = True
        outcome.events.append(ResponseFailed(self.steps, *error_details(error)))
        if self._step is not None:
            self._step.failed = True
        self._end(outcome, done=False)
