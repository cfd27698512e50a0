"""A step, one model response inside a stream: what is known of it, what leaves, and where the next one begins (R13)."""

from typing import NamedTuple

from unspool.core.events import Event, QuirkSeen, StepFinished, StreamIncomplete
from unspool.core.options import Options
from unspool.core.rewriter.choice_rewriter import ChoiceRewriter
from unspool.core.rewriter.received import ReceivedChoice, ReceivedChunk
from unspool.core.rewriter.wire import Choice, Chunk, bare, with_choices


class Outcome(NamedTuple):
    """What one input brought about.

    ``chunks`` are to be sent, in order: none or one for each chunk fed, and
    before it what an earlier chunk had to hold back (R2).
    """

    chunks: list[Chunk]
    events: list[Event]


class Step:
    """One model response inside a stream; each of its choices is rewritten on its own (R14)."""

    __slots__ = ("_options", "choices", "ended", "failed", "id", "last", "number", "said", "stable")

    def __init__(self, number: int, first: ReceivedChunk, options: Options) -> None:
        self._options = options
        self.number = number
        self.id = first.id or ""
        self.choices: dict[int, ChoiceRewriter] = {}
        self.last: Chunk = first.chunk
        self.said = False
        self.stable = False  # the same id on two chunks running: ids mean something here (Q11)
        self.failed = False
        self.ended = False

    @property
    def over(self) -> bool:
        """Whether every choice seen has finished."""
        for rewriter in self.choices.values():  # noqa: SIM110 - as below
            if not rewriter.finished:
                return False
        return True

    @property
    def holding(self) -> bool:
        """Whether a call of any choice waits for its name."""
        for rewriter in self.choices.values():  # noqa: SIM110 - asked for each chunk: a generator costs three times as much
            if rewriter.tracker.held:
                return True
        return False

    def is_followed_by(self, received: ReceivedChunk) -> bool:
        """Whether a chunk begins the next step (R13)."""
        over = self.over
        renamed = bool(received.id and self.id and received.id != self.id)
        if not received.choices or not (renamed or over):
            return False
        if over:
            return self._follows_the_end(received.choices, renamed)
        if not self.said or all(choice.role is None for choice in received.choices):
            return False
        return self.stable or any(choice.opens for choice in received.choices)

    def _follows_the_end(self, choices: list[ReceivedChoice], renamed: bool) -> bool:
        if not any(choice.says for choice in choices):  # usage, a second finish (Q8, F6)
            return renamed and any(choice.role is not None and choice.finish is None for choice in choices)
        late = all(choice.index not in self.choices for choice in choices)
        return renamed or not (late or self._is_repeated_by(choices))

    def _is_repeated_by(self, choices: list[ReceivedChoice]) -> bool:
        """Whether whole messages repeat what the deltas of this step said (R15)."""
        for choice in choices:
            rewriter = self.choices.get(choice.index)
            if rewriter is None or not rewriter.is_repeated_by(choice):
                return False
        return True

    def join(self, received: ReceivedChunk) -> None:
        """Count a chunk to this step."""
        self.last = received.chunk
        if received.id is not None:
            self.stable = received.id == self.id
            self.id = received.id

    def rewrite(self, received: ReceivedChunk, outcome: Outcome) -> None:
        """Take in the choices of a chunk that was joined; what is left of them leaves."""
        chunk = received.chunk
        leaving: list[Choice] = []
        changed = False
        for choice in received.choices:
            rewriter = self.choices.get(choice.index)
            if rewriter is None:
                rewriter = ChoiceRewriter(self.number, choice.index, self._options, not choice.whole)
                self.choices[choice.index] = rewriter
            left = rewriter.feed(choice, chunk, outcome.events)
            if rewriter.tracker.released:
                outcome.chunks.extend(rewriter.tracker.released)
                rewriter.tracker.released.clear()
            changed = changed or left is not choice.choice
            if left is not None:
                leaving.append(left)
            self.said = self.said or choice.says
        if not changed:
            outcome.chunks.append(chunk)
        elif leaving:
            outcome.chunks.append(with_choices(chunk, leaving))

    def end(self, outcome: Outcome, done: bool) -> None:
        """No chunk of this step will follow: what waited leaves, and what was cut is told (R11)."""
        self.ended = True
        unfinished = [rewriter for rewriter in self.choices.values() if not rewriter.finished]
        cut = []
        for rewriter in unfinished:
            cut += [call.name or "a call" for call in rewriter.close(outcome.events)]
            outcome.chunks.extend(rewriter.tracker.released)
            rest = rewriter.rest()
            if rest is not None:
                outcome.chunks.append(with_choices(bare(self.last), [rest]))
        failed = self.failed
        if unfinished and not failed:
            outcome.events.extend(QuirkSeen(self.number, quirk) for quirk in (("F5", "A18") if cut else ("F5",)))
            if cut or not done:
                failed = True
                outcome.events.append(StreamIncomplete(self.number, _cut_reason(unfinished[0].index, cut)))
        failed = failed or any(rewriter.cut or rewriter.tracker.failed for rewriter in self.choices.values())
        outcome.events.append(StepFinished(self.number, not failed))


def _cut_reason(choice: int, cut: list[str]) -> str:
    inside = f", inside the arguments of {cut[0]}" if cut else ""
    return f"the stream ended before choice {choice} had a finish_reason{inside}"
