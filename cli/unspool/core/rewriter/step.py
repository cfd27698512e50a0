"""Steps: the model responses of a stream, and the rules by which a chunk starts the next one (R13)."""

from typing import Final

from unspool.core.errors import NotAChunk
from unspool.core.events import AppendedEvent, QuirkSeen, StepFinished, StreamIncomplete
from unspool.core.options import Options
from unspool.core.outcome import Outcome
from unspool.core.rewriter.choice_rewriter import Appender, ChoiceRewriter
from unspool.core.rewriter.rewrite import with_choices, without_once
from unspool.core.rewriter.wire import MOST_CHOICES, RESPONSE, TOO_MANY_CHOICES, Choice, ReceivedChoice, ReceivedChunk

_LAST: Final = "chat.completion.done"
"""The object of the last chunk of Perplexity's streams."""


class Step:
    """One model response of a stream; its choices are independent of each other (R14)."""

    def __init__(self, number: int, first: ReceivedChunk, options: Options) -> None:
        self._options = options
        self.number = number
        self.id = ""
        self.choices: dict[int, ChoiceRewriter] = {}
        self.first = self.last = first
        self.has_output = False
        self.unfinished = 0  # choices seen that have not finished
        self.holding = 0  # choices in which a call waits for its name
        self.has_stable_id = False  # two consecutive chunks had the same id, so a new id is significant (Q11)
        self.failed = False
        self.finishes_each = True  # every chunk from the first output on finished its choices

    def is_followed_by(self, received: ReceivedChunk) -> bool:
        """Return whether a chunk with choices starts the next step (R13)."""
        renamed = received.id is not None and self.id not in (received.id, "")
        marked = bool(received.choices[0].boundary == RESPONSE)
        if self.unfinished and (marked or not renamed):
            return marked
        if not self.unfinished:
            return self._follows_the_end(received.choices, renamed) and not self._goes_on(received)
        if self._is_whole() and all(one.whole and one.role is not None for one in received.choices):
            return True  # each is all of a response; a chunk with its whole message comes behind deltas
        # Another id in an unfinished response: a new step only if the chunk also opens a response, with a role and more
        # than a finish. The last chunk of Perplexity has its own id, a role, and its whole message (Q12).
        opens = any(one.role is not None and (one.has_output or one.finish is None) for one in received.choices)
        last = received.chunk.get("object") == _LAST or self._is_repeated_by(received.choices)
        if last or not (self.has_output and opens):
            return False
        return self.has_stable_id or any(choice.looks_like_start for choice in received.choices)

    def _follows_the_end(self, choices: list[ReceivedChoice], renamed: bool) -> bool:
        """Return whether a chunk after the finish of all choices starts the next step."""
        if not any(choice.has_output for choice in choices):  # usage, a second finish (Q8, F6)
            return renamed and any(choice.role is not None and choice.finish is None for choice in choices)
        late = all(choice.index not in self.choices for choice in choices)
        return renamed or not (late or self._is_repeated_by(choices))

    def _goes_on(self, received: ReceivedChunk) -> bool:
        """Return whether the server sends a finish with every chunk of one response (F12)."""
        if not self.finishes_each or not self.id or received.id != self.id:
            return False
        return not any(choice.whole or choice.looks_like_start or choice.boundary for choice in received.choices)

    def _is_full_for(self, received: ReceivedChunk) -> bool:
        """Return whether the step would have more choices than any response has, each of which is kept."""
        new = {choice.index for choice in received.choices} - self.choices.keys()
        return len(self.choices) + len(new) > MOST_CHOICES

    def _is_repeated_by(self, choices: list[ReceivedChoice]) -> bool:
        """Return whether whole messages repeat the text of this step's deltas (R15)."""
        for choice in choices:
            rewriter = self.choices.get(choice.index)
            if rewriter is None or not rewriter.is_repeated_by(choice):
                return False
        return True

    def appender(self, event: AppendedEvent) -> Appender | None:
        """Return the appender for chunks like the last one; see ``Transformer.appender``."""
        if self.holding or len(self.last.choices) != 1 or self.last.choices[0].whole:
            return None
        appender = self.choices[event.choice].appender(self.last.choices[0], event)
        if appender is None or self.has_stable_id or not self.id:
            return appender

        def append(text: str) -> None:
            self.has_stable_id = True  # Q11: what is appended has the id of the first chunk
            appender(text)

        return append

    def rewrite(self, received: ReceivedChunk, outcome: Outcome) -> bool:
        """Add a chunk and rewrite its choices; False, and no change, if it starts the next step. Raises NotAChunk."""
        if self.is_followed_by(received):
            return False
        if len(self.choices) + len(received.choices) > MOST_CHOICES and self._is_full_for(received):
            raise NotAChunk(TOO_MANY_CHOICES)
        if received.id is not None and (received.id != self.id or not self.has_stable_id):
            self._learn_id(received.id, outcome)
        self.last = received
        chunk = received.chunk
        leaving: list[Choice] = []
        changed = False
        for choice in received.choices:
            rewriter = self.choices.get(choice.index) or self._begin(choice)
            # Counts of open and holding choices, so that no chunk visits all choices.
            others = rewriter.tracker.others
            if rewriter.finished and self.finishes_each and choice.has_output and not choice.whole:
                rewriter.resume(outcome.events)
                self.unfinished += 1
            finished, held = rewriter.finished, others.held
            left = rewriter.feed(choice, chunk, outcome.events)
            self.unfinished -= rewriter.finished and not finished
            self.holding += bool(others.held) - bool(held)
            if others.released:
                outcome.chunks.extend(others.released)
                others.released.clear()
            changed = changed or left is not choice.choice
            if left is not None:
                leaving.append(left)
            self.has_output = self.has_output or choice.has_output
        self.finishes_each = self.finishes_each and (
            not self.has_output or all(choice.finish is not None for choice in received.choices)
        )
        if not changed:  # R1: the same object, so that the sink writes the bytes of its record
            outcome.chunks.append(chunk)
        elif leaving:
            outcome.chunks.append(with_choices(chunk, leaving))
        return True

    def _learn_id(self, ident: str, outcome: Outcome) -> None:
        """Note the id of a chunk, and report one that changes after it was stable (Q11)."""
        if self.has_stable_id:
            outcome.events.append(QuirkSeen(self.number, "Q11"))
        self.has_stable_id = ident == self.id
        self.id = ident

    def _begin(self, choice: ReceivedChoice) -> ChoiceRewriter:
        rewriter = ChoiceRewriter(self.number, choice.index, self._options, choice)
        self.choices[choice.index] = rewriter
        self.unfinished += 1
        return rewriter

    def end(self, outcome: Outcome, done: bool, missing: str = "") -> None:
        """End the step: emit the chunks that were held back, and report the calls that were cut (R11).

        ``missing`` is the record that ends a run of an agent, if that has not come.
        """
        unfinished = [rewriter for rewriter in self.choices.values() if not rewriter.finished]
        cut = []
        for rewriter in unfinished:
            cut += [call.name or "a call" for call in rewriter.close(outcome.events, done)]
            outcome.chunks.extend(rewriter.tracker.others.released)
            rest = rewriter.rest()
            if rest is not None:  # in a chunk modelled on the last one, so that id and model are those of the response
                outcome.chunks.append(with_choices(without_once(self.last.chunk), [rest]))
        failed = self.failed
        if unfinished and not failed:
            outcome.events.extend(QuirkSeen(self.number, quirk) for quirk in (("F5", "A18") if cut else ("F5",)))
            if cut or not (done or self._is_whole()):
                failed = True
                # F5: with [DONE] and complete calls, only the finish reason is missing, as in a whole completion.
                outcome.events.append(StreamIncomplete(self.number, _cut_reason(unfinished[0].index, cut, missing)))
        failed = failed or any(rewriter.cut or rewriter.tracker.failed for rewriter in self.choices.values())
        outcome.events.append(StepFinished(self.number, not failed))

    def _is_whole(self) -> bool:
        """Return whether all of the response is one completion that is no chunk."""
        whole = self.last is self.first and self.first.chunk.get("object") == "chat.completion"
        return whole and all(choice.whole for choice in self.first.choices)


def _cut_reason(choice: int, cut: list[str], missing: str) -> str:
    inside = f", inside the arguments of {cut[0]}" if cut else ""
    end = f"{missing}, the end of the run" if missing else f"choice {choice} had a finish_reason"
    return f"the stream ended before {end}{inside}"
