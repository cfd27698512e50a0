"""The transformer: chunks in, rewritten chunks and events out.

    transformer.feed(chunk) -> Outcome(chunks, events)   R2: in order, at once
    transformer.done()      -> Outcome                   the stream said [DONE]
    transformer.close()     -> Outcome                   the input ended

It owns the steps (R13) and their choices (R14); each choice is rewritten by
its own ChoiceRewriter. A chunk that needs no change comes out as the very
object that went in, so that a sink can send the bytes it came in (R1).
"""

from typing import Any, NamedTuple

from unspool.core.calls import ToolCall, read_entry
from unspool.core.choices import ChoiceRewriter
from unspool.core.chunks import (
    Choice,
    Chunk,
    bare,
    check,
    choice_index,
    delta_of,
    entries_of,
    error_of,
    finish_reason,
    given,
    index_of,
    sole_fragment,
    text_of,
    thoughts_of,
    usage_of,
    with_choices,
)
from unspool.core.events import (
    Event,
    QuirkSeen,
    ResponseFailed,
    StepFinished,
    StepStarted,
    StreamIncomplete,
    UsageReported,
)
from unspool.core.options import Options
from unspool.core.values import Piece


class Outcome(NamedTuple):
    """What one input brought about.

    ``chunks`` are to be sent, in order: none or one for each chunk fed, and
    before it what an earlier chunk had to hold back (R2).
    """

    chunks: list[Chunk]
    events: list[Event]


class Step:
    """One model response inside a stream."""

    __slots__ = ("choices", "ended", "failed", "id", "last", "number", "said", "stable")

    def __init__(self, number: int, chunk: Chunk) -> None:
        self.number = number
        self.id = given(chunk.get("id")) or ""
        self.choices: dict[int, ChoiceRewriter] = {}
        self.last = chunk
        self.said = False
        self.stable = False  # the same id on two chunks running: ids mean something here (Q11)
        self.failed = False
        self.ended = False

    @property
    def over(self) -> bool:
        """Whether every choice seen has finished."""
        return all(choice.finished for choice in self.choices.values())

    @property
    def holding(self) -> bool:
        """Whether a call of any choice waits for its name."""
        for rewriter in self.choices.values():  # noqa: SIM110 - asked for each chunk: a generator costs three times as much
            if rewriter.tracker.held:
                return True
        return False

    def is_followed_by(self, chunk: Chunk) -> bool:
        """Whether ``chunk`` begins the next step (R13)."""
        choices: list[Choice] = chunk.get("choices") or []
        ident = given(chunk.get("id")) or ""
        renamed = bool(ident and self.id and ident != self.id)
        if not choices or not (renamed or self.over):
            return False
        if self.over:
            return self._follows_the_end(choices, renamed)
        if not self.said or not any(_role(choice) for choice in choices):
            return False
        return self.stable or any(_opens(choice) for choice in choices)

    def _follows_the_end(self, choices: list[Choice], renamed: bool) -> bool:
        if not any(_says(choice) for choice in choices):  # usage, a second finish (Q8, F6)
            return renamed and any(_role(choice) and finish_reason(choice) is None for choice in choices)
        late = all(choice_index(choice) not in self.choices for choice in choices)
        return renamed or not late

    def join(self, chunk: Chunk) -> None:
        """Count ``chunk`` to this step."""
        self.last = chunk
        ident = given(chunk.get("id"))
        if ident is not None:
            self.stable = ident == self.id
            self.id = ident


def _role(choice: Choice) -> bool:
    return given(delta_of(choice).get("role")) is not None


def _says(choice: Choice) -> bool:
    delta = delta_of(choice)
    return bool(text_of(delta) or thoughts_of(delta) or entries_of(delta) or delta.get("refusal"))


def _opens(choice: Choice) -> bool:
    """Whether a choice looks like the first of a response and not like the next of one (Q11 with Q15)."""
    delta = delta_of(choice)
    if not _role(choice) or finish_reason(choice) is not None or text_of(delta) or thoughts_of(delta):
        return False
    fragments = [read_entry(entry) for entry in entries_of(delta)]
    return all(part.name is not None and (part.opens_object or not part.arguments.strip()) for part in fragments)


class Continuation:
    """Takes the fragments of one message call as ``Transformer.feed`` would, without the chunk around them.

    That is: without a look at what cannot have changed when the chunk is the
    same as ``chunk`` but for its fragment.
    """

    def __init__(self, step: Step, rewriter: ChoiceRewriter, call: ToolCall, chunk: Chunk) -> None:
        self._step = step
        self._rewriter = rewriter
        self._tracker = rewriter.tracker
        self._call = call
        self._chunk = chunk
        self._named = given(chunk.get("id")) is not None

    def feed(self, fragment: str) -> tuple[list[Piece], list[Event]] | None:
        """What the fragment said and brought about, or None where it may belong to another call (R8)."""
        if self._step.ended:
            return None
        self._step.stable = self._step.stable or self._named
        events: list[Event] = []
        said = self._tracker.hear(self._call, fragment, events)
        return None if said is None else (said, events)

    def rewrite(self, said: list[Piece]) -> list[Chunk]:
        """The chunk that leaves with what was said, if there is one."""
        choice = self._rewriter.speak(self._chunk["choices"][0], said)
        return [with_choices(self._chunk, [choice])] if choice is not None else []


class Transformer:
    """Turns message calls into text; one for each source (R13)."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.steps = 0
        self._step: Step | None = None
        self._waiting = False

    @property
    def holding(self) -> bool:
        """Whether fragments are held back until a name is known (R2)."""
        return self._step is not None and self._step.holding

    def begins_step(self, chunk: Any) -> bool:
        """Whether ``chunk`` would begin another step after the first."""
        return (
            self.steps > 0
            and bool(check(chunk).get("choices"))
            and (self._step is None or self._step.is_followed_by(chunk))
        )

    def feed(self, chunk: Any) -> Outcome:
        """Take in one chunk, a dict as JSON gives it.

        Raises NotAChunk before anything has changed where it is none (R10).
        """
        check(chunk)
        outcome = Outcome([], [])
        choices = chunk.get("choices")
        if choices:
            self._enter(chunk, outcome)
            self._rewrite(chunk, choices, outcome)
        else:
            self._waiting = self._waiting or self._step is None
            outcome.chunks.append(chunk)
        usage = usage_of(chunk)
        if usage is not None:
            outcome.events.append(UsageReported(self.steps, usage))
        error = error_of(chunk)
        if error is not None:
            self._fail(error, outcome)
        return outcome

    def continuation(self, chunk: Chunk) -> "Continuation | None":
        """What takes the next fragments of the call that ``chunk``, the last one fed, continued.

        None where the chunk did anything else, or the arguments are told too: then its like need the long way.
        """
        if self.options.message_arguments:
            return None
        step, sole = self._step, sole_fragment(chunk)
        if step is None or sole is None:
            return None
        choice, entry = sole
        rewriter = step.choices[choice_index(choice)]
        call = rewriter.tracker.speaker(index_of(entry.get("index")))
        return Continuation(step, rewriter, call, chunk) if call is not None else None

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

    def _enter(self, chunk: Chunk, outcome: Outcome) -> None:
        step = self._step
        if step is not None and not step.is_followed_by(chunk):
            was_stable = step.stable
            step.join(chunk)
            if was_stable and not step.stable:
                outcome.events.append(QuirkSeen(step.number, "Q11"))
            return
        self._end(outcome, done=False)
        self.steps += 1
        self._step = Step(self.steps, chunk)
        self._waiting = False
        model = given(chunk.get("model")) or ""
        outcome.events.append(StepStarted(self.steps, self._step.id, model))

    def _rewrite(self, chunk: Chunk, choices: list[Choice], outcome: Outcome) -> None:
        step = self._step
        assert step is not None
        leaving: list[Choice] = []
        changed = False
        for choice in choices:
            index = choice_index(choice)
            rewriter = step.choices.get(index)
            if rewriter is None:
                rewriter = step.choices[index] = ChoiceRewriter(step.number, index, self.options)
            left = rewriter.feed(choice, chunk, outcome.events)
            if rewriter.tracker.released:
                outcome.chunks.extend(rewriter.tracker.released)
                rewriter.tracker.released.clear()
            changed = changed or left is not choice
            if left is not None:
                leaving.append(left)
            step.said = step.said or _says(choice)
        if not changed:
            outcome.chunks.append(chunk)
        elif leaving:
            outcome.chunks.append(with_choices(chunk, leaving))

    def _end(self, outcome: Outcome, done: bool) -> None:
        step, self._step = self._step, None
        if step is None:
            return
        step.ended = True
        unfinished = [rewriter for rewriter in step.choices.values() if not rewriter.finished]
        cut = []
        for rewriter in unfinished:
            cut += [call.name or "a call" for call in rewriter.close(outcome.events)]
            outcome.chunks.extend(rewriter.tracker.released)
            rest = rewriter.rest()
            if rest is not None:
                outcome.chunks.append(with_choices(bare(step.last), [rest]))
        failed = step.failed
        if unfinished and not failed:
            outcome.events.extend(QuirkSeen(step.number, quirk) for quirk in (("F5", "A18") if cut else ("F5",)))
            if cut or not done:
                failed = True
                outcome.events.append(StreamIncomplete(step.number, _cut_reason(unfinished[0].index, cut)))
        failed = failed or any(rewriter.cut or rewriter.tracker.failed for rewriter in step.choices.values())
        outcome.events.append(StepFinished(step.number, not failed))

    def _fail(self, error: Any, outcome: Outcome) -> None:
        """Report an error object and end the step with it (R12)."""
        details: dict[str, Any] = error if isinstance(error, dict) else {"message": error}
        message = given(details.get("message")) or "an error without a message"
        code = given(details.get("code")) or given(details.get("type")) or ""
        outcome.events.append(ResponseFailed(self.steps, message, code))
        self._waiting = False
        if self._step is not None:
            self._step.failed = True
            self._end(outcome, done=False)


def _cut_reason(choice: int, cut: list[str]) -> str:
    inside = f", inside the arguments of {cut[0]}" if cut else ""
    return f"the stream ended before choice {choice} had a finish_reason{inside}"
