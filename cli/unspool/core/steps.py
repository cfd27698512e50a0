"""A step, one model response inside a stream: what is known of it, and where the next one begins (R13)."""

from typing import NamedTuple

from unspool.core.calls import read_entry
from unspool.core.choices import ChoiceRewriter
from unspool.core.chunks import (
    Choice,
    Chunk,
    choice_index,
    delta_of,
    entries_of,
    finish_reason,
    given,
    text_of,
    thoughts_of,
)
from unspool.core.events import Event


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
        if not any(says(choice) for choice in choices):  # usage, a second finish (Q8, F6)
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


def says(choice: Choice) -> bool:
    """Whether a choice brings anything of a message: text, thoughts, a refusal or a call."""
    delta = delta_of(choice)
    return bool(text_of(delta) or thoughts_of(delta) or entries_of(delta) or delta.get("refusal"))


def _opens(choice: Choice) -> bool:
    """Whether a choice looks like the first of a response and not like the next of one (Q11 with Q15)."""
    delta = delta_of(choice)
    if not _role(choice) or finish_reason(choice) is not None or text_of(delta) or thoughts_of(delta):
        return False
    fragments = [read_entry(entry) for entry in entries_of(delta)]
    return all(part.name is not None and (part.opens_object or not part.arguments.strip()) for part in fragments)
