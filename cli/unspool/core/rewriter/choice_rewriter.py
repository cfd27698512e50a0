"""One choice of one step: its deltas in, what is left of them out.

    rewriter.feed(received, chunk, events) -> choice | None
        the very object that came in where nothing changes (R1),
        a new one where a message tool speaks, None where nothing is left to say (R2)
    rewriter.close(events) -> the calls that were cut

A choice in which no message tool speaks is left alone with all its quirks.
"""

from unspool.core.events import (
    ChoiceFinished,
    Event,
    QuirkSeen,
    RefusalDelta,
    StreamIncomplete,
    TextDelta,
    ThoughtsDelta,
)
from unspool.core.options import Options, Thoughts
from unspool.core.parser.string_decoder import SurrogateJoiner
from unspool.core.parser.targets import Piece, ValueKind
from unspool.core.repairs import Repair, ResendFilter
from unspool.core.rewriter.rewrite import ONCE, extras_of, with_choices, with_delta
from unspool.core.rewriter.tool_call import CallState, Held, ToolCall
from unspool.core.rewriter.tool_call_tracker import ToolCallTracker
from unspool.core.rewriter.wire import (
    CallEntry,
    Choice,
    Chunk,
    Delta,
    ReceivedChoice,
    given,
    read_fragment,
    read_text,
)

_TOOL_REASONS = ("tool_calls", "function_call")


class ChoiceRewriter:
    """Rewrites the choices of one index.

    ``begun`` once its role has left, ``finished`` after its
    finish, ``cut`` if that came too early.
    """

    def __init__(self, step: int, index: int, options: Options) -> None:
        self.step = step
        self.index = index
        self.begun = False
        self.finished = False
        self.cut = False
        self.tracker = ToolCallTracker(step, index, options)
        self._options = options
        self._text = SurrogateJoiner()
        self._thoughts = SurrogateJoiner()
        self._refusal = SurrogateJoiner()
        self._resend = ResendFilter() if Repair.CUMULATIVE in options.repairs else None

    def append(self, chunk: Chunk, choice: Choice, delta: Delta) -> tuple[list[Chunk], list[Event]] | None:
        """What comes of a delta that only continues text or one call, as most do: chunks and events.

        ``chunk`` has this ``choice`` alone, which does not end here. None for
        any other delta, of which nothing has been read then.
        """
        if delta.get("tool_calls"):
            return self._append_fragment(chunk, choice, delta)
        if self._resend is not None:
            return None
        read = read_text(delta)
        if read is None:
            return None
        text, thoughts, role = read
        if role and not self.begun:
            self.begun = given(role) is not None
        events: list[Event] = []
        if thoughts:
            thoughts = thoughts if thoughts.isascii() and not self._thoughts.high else self._thoughts.feed(thoughts)
            if thoughts:
                events.append(tuple.__new__(ThoughtsDelta, (self.step, self.index, None, thoughts)))
        if text:
            text = text if text.isascii() and not self._text.high else self._text.feed(text)
            if text:
                events.append(tuple.__new__(TextDelta, (self.step, self.index, None, text)))
        return [chunk], events

    def _append_fragment(self, chunk: Chunk, choice: Choice, delta: Delta) -> tuple[list[Chunk], list[Event]] | None:
        """The same for a bare fragment of the call that was fed last."""
        fragment = read_fragment(delta)
        if fragment is None or not self.begun:
            return None
        index, text = fragment
        call = self.tracker.current(index)
        if call is None:
            return None
        events: list[Event] = []
        said = self.tracker.append(call, text, events)
        if call.state is CallState.PASSING:
            return [chunk], events
        if not said:
            return [], events
        message, thoughts = _joined(said)
        rewritten: Delta = {"content": message} if message else {}
        if thoughts and self._options.thoughts is Thoughts.REASONING:
            rewritten["reasoning_content"] = thoughts
        if not rewritten:
            return [], events
        return [with_choices(chunk, [with_delta(choice, self.index, rewritten, None)])], events

    def feed(self, received: ReceivedChoice, chunk: Chunk, events: list[Event]) -> Choice | None:
        """Take in one choice of a chunk; see the module's head for what comes back."""
        text: str | None = self._read_text(received, events)
        fed = [self.tracker.feed(fragment, events) for fragment in received.fragments]
        finish = None if received.finish is None else self._read_finish(received.finish, events)
        said = self.tracker.take()
        if said or finish != received.finish or text is not None:
            return self._rewrite(received, chunk, fed, said, text, finish)
        for (_, passed), fragment in zip(fed, received.fragments, strict=True):
            if passed is not fragment.entry:
                return self._rewrite(received, chunk, fed, said, text, finish)
        self.begun = self.begun or received.role is not None
        return received.choice

    def close(self, events: list[Event]) -> list[ToolCall]:
        """End the choice: everything still held is settled; returns the calls that are cut."""
        if self.finished:  # else the other half of a pair may have been on its way
            self._report(self._thoughts.close(), self._refusal.close(), self._text.close(), events)
        return self.tracker.close(events)

    def rest(self) -> Choice | None:
        """What was said while closing, as a choice of its own (R11)."""
        delta = self._delta(self.tracker.take(), "", {}, [])
        return {"index": self.index, "delta": delta, "finish_reason": None} if delta else None

    # --- reading ---------------------------------------------------------------------------

    def _read_text(self, received: ReceivedChoice, events: list[Event]) -> str | None:
        """Report thoughts, refusal and text; the new content where a repair changed it, else None."""
        text, refusal = received.text, received.refusal
        if not (text or received.thoughts or refusal):  # as in most chunks of a call
            return None
        refusal = self._refusal.feed(refusal) if isinstance(refusal, str) else ""
        if text and self._resend is not None:
            latched = self._resend.latched
            text = self._resend.feed(text)
            if self._resend.latched and not latched:
                events.append(QuirkSeen(self.step, "Q13"))
        self._report(self._thoughts.feed(received.thoughts), refusal, self._text.feed(text), events)
        return None if text == received.text else text

    def _report(self, thoughts: str, refusal: str, text: str, events: list[Event]) -> None:
        if thoughts:
            events.append(ThoughtsDelta(self.step, self.index, None, thoughts))
        if refusal:
            events.append(RefusalDelta(self.step, self.index, refusal))
        if text:
            events.append(TextDelta(self.step, self.index, None, text))

    def _read_finish(self, reason: str, events: list[Event]) -> str | None:
        """The finish reason that leaves: the one received, or another where R5 asks for it."""
        if self.finished:
            events.append(QuirkSeen(self.step, "F6"))
            return None if self.tracker.took_out else reason
        self.finished = True
        for call in self.close(events):
            events.append(QuirkSeen(self.step, "F8" if reason in _TOOL_REASONS else "A18"))
            cut = f"finish_reason {reason} came while the arguments of {call.name or 'a call'} were open"
            events.append(StreamIncomplete(self.step, cut))
            self.cut = True
        events.append(ChoiceFinished(self.step, self.index, reason))
        if reason in _TOOL_REASONS and self.tracker.took_out and not self.tracker.passed_on:
            return "stop"
        return reason

    # --- rewriting -------------------------------------------------------------------------

    def _rewrite(
        self,
        received: ReceivedChoice,
        chunk: Chunk,
        fed: list[tuple[ToolCall, CallEntry | None]],
        said: list[Piece],
        text: str | None,
        finish: str | None,
    ) -> Choice | None:
        passed = [entry for _, entry in fed if entry is not None]
        delta = self._delta(said, text, received.delta, passed)
        loaded = bool(received.usage) or any(chunk.get(name) for name in ONCE)
        leaves = bool(finish or loaded or any(delta.values()))
        if not self.begun and (leaves or received.role or not self._unsure(fed)):
            delta = {"role": received.role or "assistant", "content": "", **delta}
            self.begun = leaves = True
        if fed:
            self._hold(received, chunk, fed, alone=not leaves)
        return with_delta(received.choice, self.index, delta, finish) if leaves else None

    def _unsure(self, fed: list[tuple[ToolCall, CallEntry | None]]) -> bool:
        """Whether all of a delta may still prove to be another tool's: then it is left alone (R1)."""
        for call, _ in fed:
            if call.state is not CallState.NAMING or call.name in self._options.trees:
                return False
        return bool(fed)

    def _delta(self, said: list[Piece], text: str | None, received: Delta, passed: list[CallEntry]) -> Delta:
        """The delta that leaves: content in place of the message calls (R4)."""
        delta: Delta = {}
        content = received.get("content") if text is None else text
        message, thoughts = _joined(said) if said else ("", "")
        if message and isinstance(content, list):
            content = [*content, {"type": "text", "text": message}]
        elif message:
            content = (content if isinstance(content, str) else "") + message
        if content:
            delta["content"] = content
        if passed and "tool_calls" in received:
            delta["tool_calls"] = passed
        if passed and received.get("function_call"):
            delta["function_call"] = received["function_call"]
        delta.update(extras_of(received))
        if thoughts and self._options.thoughts is Thoughts.REASONING:
            native = delta.get("reasoning_content")
            delta["reasoning_content"] = (native if isinstance(native, str) else "") + thoughts
        return delta

    def _hold(
        self, received: ReceivedChoice, chunk: Chunk, fed: list[tuple[ToolCall, CallEntry | None]], alone: bool
    ) -> None:
        """Keep what waits for a name."""
        alone = alone and len(fed) == 1 and len(chunk["choices"]) == 1
        for (call, _), fragment in zip(fed, received.fragments, strict=True):
            if call.state is CallState.NAMING:
                self.tracker.hold(call, Held(chunk, received.choice, fragment.entry, alone))


def _joined(said: list[Piece]) -> tuple[str, str]:
    """What was said: the message and the thoughts."""
    if len(said) == 1:
        ((kind, text),) = said
        return (text, "") if kind is ValueKind.MESSAGE else ("", text)
    message = [piece for kind, piece in said if kind is ValueKind.MESSAGE]
    return "".join(message), "".join([piece for kind, piece in said if kind is ValueKind.THOUGHTS])
