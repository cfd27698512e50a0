"""Steps: the model responses of a stream, and the rules by which a chunk starts the next one (R13)."""

from typing import NamedTuple

from unspool.core.events import AppendedEvent, Event, QuirkSeen, StepFinished, StreamIncomplete, UsageReported
from unspool.core.options import Options
from unspool.core.rewriter.choice_rewriter import Appender, ChoiceRewriter
from unspool.core.rewriter.rewrite import with_choices, without_once
from unspool.core.rewriter.wire import Choice, Chunk, ReceivedChoice, ReceivedChunk


class Outcome(NamedTuple):
    """The result of one input.

    ``chunks`` are to be sent, in order: at most one for the chunk fed, after
    those that were held back (R2).
    """

    chunks: list[Chunk]
    events: list[Event]


class Step:
    """One model response of a stream; its choices are independent of each other (R14)."""

    __slots__ = (
        "_open",
        "_options",
        "choices",
        "failed",
        "has_output",
        "has_stable_id",
        "holding",
        "id",
        "last",
        "number",
    )

    def __init__(self, number: int, first: ReceivedChunk, options: Options) -> None:
        self._options = options
        self.number = number
        self.id = first.id or ""
        self.choices: dict[int, ChoiceRewriter] = {}
        self.last: Chunk = first.chunk
        self.has_output = False
        self._open = 0  # choices seen that have not finished
        self.holding = 0  # choices in which a call waits for its name
        self.has_stable_id = False  # two consecutive chunks had the same id, so a new id is significant (Q11)
        self.failed = False

    def is_followed_by(self, received: ReceivedChunk) -> bool:
        """Whether a chunk starts the next step (R13)."""
        renamed = received.id is not None and self.id not in (received.id, "")
        if (self._open and not renamed) or not received.choices:
            return False
        if not self._open:
            return self._follows_the_end(received.choices, renamed)
        # Another id in an unfinished response: a new step only if the chunk also opens a response with a role.
        if not self.has_output or all(choice.role is None for choice in received.choices):
            return False
        return self.has_stable_id or any(choice.looks_like_start for choice in received.choices)

    def _follows_the_end(self, choices: list[ReceivedChoice], renamed: bool) -> bool:
        """Whether a chunk after the finish of all choices starts the next step."""
        if not any(choice.has_output for choice in choices):  # usage, a second finish (Q8, F6)
            return renamed and any(choice.role is not None and choice.finish is None for choice in choices)
        late = all(choice.index not in self.choices for choice in choices)
        return renamed or not (late or self._is_repeated_by(choices))

    def _is_repeated_by(self, choices: list[ReceivedChoice]) -> bool:
        """Whether whole messages repeat the text of this step's deltas (R15)."""
        for choice in choices:
            rewriter = self.choices.get(choice.index)
            if rewriter is None or not rewriter.is_repeated_by(choice):
                return False
        return True

    def add(self, received: ReceivedChunk) -> None:
        """Add a chunk to this step."""
        self.last = received.chunk
        if received.id is not None:
            self.has_stable_id = received.id == self.id
            self.id = received.id

    def append(self, chunk: Chunk) -> tuple[list[Chunk], list[Event]] | None:
        """Process a chunk that only appends to text or to a call of one open choice; returns chunks and events.

        None for any other chunk, without any change of state. This is the short
        path for most chunks: it reads no member twice and builds no view.
        """
        choices = chunk.get("choices")
        # Each condition excludes what the general path handles; exact types, since isinstance costs a call.
        ident, usage = chunk.get("id"), chunk.get("usage")  # a new id may start a step (R13)
        if type(choices) is not list or len(choices) != 1 or not self._open or (ident != self.id and ident is not None):
            return None
        choice = choices[0]
        # R12: an error ends the step.
        if "error" in chunk or "x_groq" in chunk or "base_resp" in chunk or chunk.get("object") == "error":
            return None
        if (
            type(choice) is not dict
            or choice.get("finish_reason") is not None
            or choice.get("usage") is not None
            or "error" in choice
        ):
            return None
        delta, index = choice.get("delta"), choice.get("index")
        rewriter = self.choices.get(index) if type(index) is int else None
        # A usage must be emitted even if the fragment gives no text: the general path knows (_rewrite).
        if rewriter is None or type(delta) is not dict or (usage and "tool_calls" in delta):
            return None
        appended = rewriter.append(chunk, choice, delta)
        if appended is None:
            return None
        self.has_output = self.has_output or bool(appended[1] or delta.get("tool_calls") or delta.get("content"))
        self.last = chunk
        self.has_stable_id = self.has_stable_id or bool(ident)
        if usage is not None and isinstance(usage, dict):
            appended[1].append(UsageReported(self.number, usage))
        return appended

    def appender(self, chunk: Chunk, event: AppendedEvent) -> Appender | None:
        """Return the appender for chunks like this one; see ``Transformer.appender``."""
        rewriter, choices = self.choices.get(event.choice), chunk["choices"]
        if rewriter is None or self.holding or len(choices) != 1:
            return None
        if self.id and not self.has_stable_id:  # Q11: the next chunk decides whether ids are significant
            return None
        delta = choices[0].get("delta")
        return rewriter.appender(delta, event) if type(delta) is dict else None

    def rewrite(self, received: ReceivedChunk, outcome: Outcome) -> None:
        """Rewrite the choices of a chunk that was added to this step."""
        chunk = received.chunk
        leaving: list[Choice] = []
        changed = False
        for choice in received.choices:
            rewriter = self.choices.get(choice.index)
            if rewriter is None:
                rewriter = ChoiceRewriter(self.number, choice.index, self._options, choice)
                self.choices[choice.index] = rewriter
                self._open += 1
            left = self._rewrite_choice(rewriter, choice, chunk, outcome)
            changed = changed or left is not choice.choice
            if left is not None:
                leaving.append(left)
            self.has_output = self.has_output or choice.has_output
        if not changed:  # R1: the same object, so that the sink writes the bytes of its record
            outcome.chunks.append(chunk)
        elif leaving:
            outcome.chunks.append(with_choices(chunk, leaving))

    def _rewrite_choice(
        self, rewriter: ChoiceRewriter, choice: ReceivedChoice, chunk: Chunk, outcome: Outcome
    ) -> Choice | None:
        """Rewrite one choice, and update the counts of open and holding choices, so that no chunk visits them all."""
        finished, tracker = rewriter.finished, rewriter.tracker
        held = tracker.held
        left = rewriter.feed(choice, chunk, outcome.events)
        self._open -= rewriter.finished and not finished
        self.holding += bool(tracker.held) - bool(held)
        if tracker.released:
            outcome.chunks.extend(tracker.released)
            tracker.released.clear()
        return left

    def end(self, outcome: Outcome, done: bool) -> None:
        """End the step: emit the chunks that were held back, and report the calls that were cut (R11)."""
        unfinished = [rewriter for rewriter in self.choices.values() if not rewriter.finished]
        cut = []
        for rewriter in unfinished:
            cut += [call.name or "a call" for call in rewriter.close(outcome.events)]
            outcome.chunks.extend(rewriter.tracker.released)
            rest = rewriter.rest()
            if rest is not None:  # in a chunk modelled on the last one, so that id and model are those of the response
                outcome.chunks.append(with_choices(without_once(self.last), [rest]))
        failed = self.failed
        if unfinished and not failed:
            outcome.events.extend(QuirkSeen(self.number, quirk) for quirk in (("F5", "A18") if cut else ("F5",)))
            if cut or not done:
                failed = True
                # F5: with [DONE] and complete calls, only the finish reason is missing.
                outcome.events.append(StreamIncomplete(self.number, _cut_reason(unfinished[0].index, cut)))
        failed = failed or any(rewriter.cut or rewriter.tracker.failed for rewriter in self.choices.values())
        outcome.events.append(StepFinished(self.number, not failed))


def _cut_reason(choice: int, cut: list[str]) -> str:
    inside = f", inside the arguments of {cut[0]}" if cut else ""
    return f"the stream ended before choice {choice} had a finish_reason{inside}"
