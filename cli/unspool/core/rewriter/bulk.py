"""Continuations: what the next chunks of a response do that differ from one chunk in a single text.

    continuation.ready()            -> whether texts may be taken here now; if so:
    continuation.running()          -> Running, or None: no plain text runs on here
    continuation.run_on(texts)      -> what as many of them say as are plain, from the first on
    continuation.hear(texts)        -> how many were read, and what the last one brought about

Where it is not ready, or none was read, such a chunk must go through ``StreamRewriter.feed``.

All of it is what ``StreamRewriter.feed`` does with the chunk around the text,
without a look at what cannot have changed. While text runs on, each one is an
event of the same kind, and each chunk leaves in the same manner; that is what
lets a fast lane take many of them at once.
"""

from abc import ABC, abstractmethod
from enum import Enum
from typing import Any, NamedTuple

from unspool.core.events import ArgumentsDelta, Event, TextDelta, ThoughtsDelta
from unspool.core.options import Options, OtherTools, Thoughts
from unspool.core.parser.string_decoder import decode_each
from unspool.core.parser.targets import Piece, ValueKind
from unspool.core.repairs import Repair
from unspool.core.rewriter.choice_rewriter import ChoiceRewriter
from unspool.core.rewriter.received import Fragment, ReceivedChoice, ReceivedChunk
from unspool.core.rewriter.step import Step
from unspool.core.rewriter.tool_call import CallState, ToolCall
from unspool.core.rewriter.wire import TEXTS, Chunk, given, with_choices


class Leaving(Enum):
    """How the chunks leave whose text runs on."""

    __hash__ = object.__hash__  # by identity: it is looked up wherever text begins to run on

    AS_THEY_CAME = "the same bytes"
    REWRITTEN = "their text as content or as reasoning; one without text says nothing (R2)"
    NOT_AT_ALL = "they only said what does not leave"


_Event = type[Any]
"""TextDelta, ThoughtsDelta or ArgumentsDelta."""


TOLD: tuple[_Event, ...] = (TextDelta, ThoughtsDelta, ArgumentsDelta)
"""The events that tell of text."""


class Running(NamedTuple):
    """What text does while it runs on: the event each one is, if any, and how its chunk leaves."""

    event: _Event | None
    step: int
    choice: int
    call: int | None
    leaves: Leaving

    def told(self, text: str) -> list[Event]:
        """The event that one text is; an empty one is none."""
        if not text or self.event is None:
            return []
        return [self.event(self.step, self.choice, self.call, text)]


NAMES = ("id", "created")
"""Members in which the chunks of one response differ from those of the next."""
_EVENTS: dict[ValueKind | None, _Event | None] = {
    ValueKind.MESSAGE: TextDelta,
    ValueKind.THOUGHTS: ThoughtsDelta,
    None: None,
}


class Heard(NamedTuple):
    """What one text said, as one and in pieces, and what it brought about; of another tool's call, the text itself.

    ``running`` tells the same where that is no more than text does that runs on:
    one event of its kind, or none.
    """

    text: str
    said: list[Piece]
    events: list[Event]
    running: Running | None


class Continuation(ABC):
    """What the likes of ``chunk`` do, the last one fed, as long as its step goes on.

    ``member`` is where in the chunk the text stands, the name of a string.
    """

    def __init__(self, step: Step, rewriter: ChoiceRewriter, chunk: Chunk, member: str) -> None:
        self.member = member
        self.chunk = chunk
        self.step = step
        self.choice = rewriter.index
        self._rewriter = rewriter
        self._id = given(chunk.get("id"))

    @property
    def over(self) -> bool:
        """Whether nothing can continue here any more."""
        return self.step.ended or self._rewriter.finished

    def goes_with(self, other: "Continuation") -> bool:
        """Whether this continues another choice of the same step."""
        return self.step is other.step and self.choice != other.choice

    def again(self, step: Step) -> "Continuation | None":
        """The same in a later step, of chunks like this one's under other names; None where nothing is sure."""
        rewriter = step.choices.get(self.choice)
        chunk = _renamed(self.chunk, step.last)
        return None if rewriter is None or chunk is None else self._again(step, rewriter, chunk)

    @abstractmethod
    def _again(self, step: Step, rewriter: ChoiceRewriter, chunk: Chunk) -> "Continuation | None":
        """The same for another chunk."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether the next text may be taken here.

        It is asked before the first, and again behind one that brought about
        more than text does that runs on.
        """

    @abstractmethod
    def running(self) -> Running | None:
        """What plain text does now; None where none runs on."""

    @abstractmethod
    def run_on(self, texts: list[str]) -> list[str]:
        """Take in as many texts as are plain here, from the first on, and give what each says."""

    @abstractmethod
    def run_on_as_one(self, text: str) -> None:
        """Take in many texts at once, with neither a quote nor a backslash among them, joined."""

    @abstractmethod
    def hear(self, texts: list[str]) -> tuple[int, Heard | None]:
        """Take in texts that are not plain, up to one that brings something about.

        Gives how many were taken, none where they may not belong here (R8), and
        what the last of them brought about, if it did.
        """

    @property
    def alone(self) -> bool:
        """Whether the next text is taken by itself, for it brings more about than those that follow."""
        return False

    @property
    def open(self) -> bool:
        """Whether such chunks may be taken here now at all."""
        return self._belongs and not self.step.holding

    @property
    def _belongs(self) -> bool:
        step = self.step
        if self._id is not None and self._id != step.id:  # a quirk, or another step (Q11)
            return False
        return not (step.ended or self._rewriter.finished)

    def _join(self) -> None:
        """Count chunks to the step, as it would itself."""
        self.step.last = self.chunk
        self.step.stable = self.step.stable or self._id is not None


class TextContinuation(Continuation):
    """Continues ordinary content or native reasoning (R7): the chunks leave as they came."""

    def _again(self, step: Step, rewriter: ChoiceRewriter, chunk: Chunk) -> Continuation | None:
        return TextContinuation(step, rewriter, chunk, self.member)

    def ready(self) -> bool:
        """Whether nothing changes text on its way."""
        return self.open and self._rewriter.takes(self.member)

    def running(self) -> Running:
        """See the base."""
        event = TextDelta if self.member == "content" else ThoughtsDelta
        return Running(event, self.step.number, self.choice, None, Leaving.AS_THEY_CAME)

    def run_on(self, texts: list[str]) -> list[str]:
        """All of them."""
        self.run_on_as_one("".join(texts))
        return texts

    def run_on_as_one(self, text: str) -> None:
        """See the base."""
        self._join()
        self.step.said = self.step.said or bool(text)
        self._rewriter.note_text(self.member, text)

    def hear(self, texts: list[str]) -> tuple[int, Heard | None]:
        """None of them: what does not run on is not plain."""
        return 0, None


class CallContinuation(Continuation):
    """Continues the arguments of one call at its index (R8)."""

    def __init__(
        self, step: Step, rewriter: ChoiceRewriter, chunk: Chunk, call: ToolCall, index: int, options: Options
    ) -> None:
        super().__init__(step, rewriter, chunk, "arguments")
        self._tracker = rewriter.tracker
        self._call = call
        self._index = index
        self._options = options
        self._runnings: dict[_Event | None, Running] = {}

    def _again(self, step: Step, rewriter: ChoiceRewriter, chunk: Chunk) -> Continuation | None:
        call = rewriter.tracker.follower(self._index)
        return None if call is None else CallContinuation(step, rewriter, chunk, call, self._index, self._options)

    def running(self) -> Running | None:
        """What the inside of a string does; None also where a separator comes first (R16)."""
        call = self._call
        if not call.parser.inside_string or self._tracker.separators.is_due(call):
            return None
        return self._running(ArgumentsDelta if call.state is CallState.PASSING else _EVENTS[call.parser.wanted])

    @property
    def alone(self) -> bool:
        """As long as only the name is known."""
        return not self._call.announced

    def ready(self) -> bool:
        """Whether it is certain to be the call's, and heard at once."""
        call = self._call
        if call.state is CallState.NAMING:
            return self._belongs and self._rewriter.begun and self._tracker.awaits_arguments(call)
        if not self.open or not self._tracker.continues(call):
            return False
        leaves_as_it_came = call.state is CallState.PASSING and self._options.other_tools is OtherTools.PASS
        return not leaves_as_it_came or self._tracker.keeps_index(call, self._index)  # R6

    def _running(self, event: _Event | None) -> Running:
        running = self._runnings.get(event)
        if running is None:
            running = Running(event, self.step.number, self.choice, self._call.number, self._leaving(event))
            self._runnings[event] = running
        return running

    def _leaving(self, event: _Event | None) -> Leaving:
        """How a chunk leaves with such an event."""
        if self._call.state is CallState.PASSING:
            return Leaving.NOT_AT_ALL if self._options.other_tools is OtherTools.DROP else Leaving.AS_THEY_CAME
        if event is TextDelta or (event is ThoughtsDelta and self._options.thoughts is Thoughts.REASONING):
            return Leaving.REWRITTEN
        return Leaving.NOT_AT_ALL

    def run_on(self, texts: list[str]) -> list[str]:
        """Those that hold whole characters and escapes of the string, and no quote."""
        said = decode_each(texts)
        if said:
            texts = texts[: len(said)]
            self.run_on_as_one("".join(texts))
        return texts if said and self._call.state is CallState.PASSING else said

    def run_on_as_one(self, text: str) -> None:
        """See the base."""
        self._join()
        self._call.parser.run_on(text)
        if text:
            self._tracker.separators.note(self._call)

    def hear(self, texts: list[str]) -> tuple[int, Heard | None]:
        """See the base."""
        if self._call.state is CallState.NAMING:
            if not texts[0].strip():  # the name may still grow
                return 0, None
        elif not self._tracker.continues(self._call):
            return 0, None
        self._join()
        events: list[Event] = []
        count, said = self._tracker.hear(self._call, texts, events)
        return count, self._heard(texts[count - 1], said, events) if events else None

    def _heard(self, text: str, said: list[Piece], events: list[Event]) -> Heard:
        spoken = text if self._call.state is CallState.PASSING else "".join(piece for _, piece in said)
        plain = len(events) == 1 and isinstance(events[0], TOLD) and events[0].call == self._call.number
        plain = plain and len(said) <= 1  # else a separator is among it (R16)
        return Heard(spoken, said, events, self._running(type(events[0])) if plain else None)

    def quiet(self) -> Running:
        """What a text does that brings nothing else about; one of another tool's call is an event of its own."""
        return self._running(ArgumentsDelta if self._call.state is CallState.PASSING else None)

    def leave(self, chunk: Chunk, heard: Heard) -> list[Chunk]:
        """What leaves of ``chunk``, whose text was heard."""
        if self._call.state is CallState.PASSING:
            return [chunk] if self._leaving(None) is Leaving.AS_THEY_CAME else []
        return self.rewrite(chunk, heard.said) if heard.said else []

    def rewrite(self, chunk: Chunk, said: list[Piece]) -> list[Chunk]:
        """What leaves of ``chunk``, this one's like, where its text said so much."""
        choice = self._rewriter.speak(chunk["choices"][0], said)
        return [with_choices(chunk, [choice])] if choice is not None else []


def continuation_of(step: Step, received: ReceivedChunk, options: Options) -> Continuation | None:
    """What takes the texts of chunks like the last one fed to ``step``.

    None where it did more than continue a text, or where each fragment must be
    told, or compared with the one before (A5): then its like need the long way.
    """
    chunk = received.chunk
    if len(received.choices) != 1 or received.usage is not None or chunk.get("usage"):
        return None
    (choice,) = received.choices
    if choice.finish is not None or choice.usage or not choice.choice.get("delta"):
        return None
    rewriter = step.choices[choice.index]
    resent = Repair.CUMULATIVE in options.repairs
    fragment = _sole_fragment(choice)
    if fragment is not None and fragment.index is not None:
        call = rewriter.tracker.follower(fragment.index)
        if call is None or resent or options.message_arguments:
            return None
        return CallContinuation(step, rewriter, chunk, call, fragment.index, options)
    member = _sole_text(choice)
    if member is None or (resent and member == "content"):
        return None
    return TextContinuation(step, rewriter, chunk, member)


def _renamed(chunk: Chunk, other: Chunk) -> Chunk | None:
    """``chunk`` under the names of another; None where only one has them, or they are no plain values."""
    renamed = {**chunk}
    for name in NAMES:
        value = other.get(name)
        if type(chunk.get(name)) is not type(value) or isinstance(value, dict | list):
            return None
        if name in chunk:
            renamed[name] = value
    return renamed


def _sole_fragment(choice: ReceivedChoice) -> Fragment | None:
    """The fragment of a delta that holds nothing but a string of one call's arguments."""
    if len(choice.fragments) != 1 or choice.delta.keys() != {"tool_calls"} or len(choice.delta["tool_calls"]) != 1:
        return None
    (fragment,) = choice.fragments
    function = fragment.entry.get("function")
    sole = function and function.keys() == {"arguments"} and isinstance(function["arguments"], str)
    return fragment if sole and fragment.id is None else None


def _sole_text(choice: ReceivedChoice) -> str | None:
    """The member of a delta that holds text or reasoning, if it is all that it holds."""
    if not (choice.text or choice.thoughts):
        return None
    members = [name for name, value in choice.delta.items() if value and name != "role"]
    sole = len(members) == 1 and members[0] in TEXTS and isinstance(choice.delta[members[0]], str)
    return members[0] if sole else None
