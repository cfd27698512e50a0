"""Rewriter for one choice of one step.

    rewriter.feed(received, chunk, events) -> choice | None
        the same object where nothing changes (R1), a new one where a message tool
        is called, None where nothing is left to emit (R2)
    rewriter.close(events, done) -> the calls that were cut

A choice without calls of message tools is left unchanged, with all its quirks.
"""

from collections.abc import Callable
from typing import Any, Final

from unspool.core.events import (
    AppendedEvent,
    ChoiceFinished,
    Event,
    QuirkSeen,
    RefusalDelta,
    ResponseFailed,
    ResponseRefused,
    StreamIncomplete,
    TextDelta,
    ThoughtsDelta,
)
from unspool.core.options import Options, Thoughts
from unspool.core.repairs import Repair, ResendFilter
from unspool.core.rewriter.message_order import CONTENT, MessageOrder
from unspool.core.rewriter.native_text import NativeText
from unspool.core.rewriter.rewrite import rewritten_delta, with_delta
from unspool.core.rewriter.tool_call import CallState, Held, ToolCall
from unspool.core.rewriter.tool_call_tracker import ToolCallTracker
from unspool.core.rewriter.wire import EXTENSION, WHOLE, CallEntry, Choice, Chunk, Delta, Fragment, ReceivedChoice
from unspool.variants.errors import error_of
from unspool.variants.finish_reasons import TOOL_REASONS, means_failure, means_refusal, provider_reason
from unspool.variants.texts import MARKED, THOUGHTS_END, THOUGHTS_MEMBERS

Appender = Callable[[str], None]
Fed = tuple[ToolCall, Fragment]
"""A fragment that was processed, after its call."""
_REFUSAL_SHOWN: Final = 300
"""Characters of a refusal that are kept for the report on an answer without text (R17)."""


class ChoiceRewriter:
    """Rewrites the choices with one index.

    ``begun`` is true once the role was emitted, ``finished`` after the finish
    reason, ``cut`` if that came too early.
    """

    def __init__(self, step: int, index: int, options: Options, first: ReceivedChoice) -> None:
        self.step = step
        self.index = index
        self.streamed = not first.whole  # the first chunk had a delta, not a whole message
        # R15: whole messages of which more follow, as DashScope sends them: each begins with the one before it.
        self._grows = first.whole and first.finish is None
        if self._grows:
            options = options.cumulative
        self.begun = False
        self.finished = False
        self.cut = False
        self._shows_thoughts = options.thoughts is Thoughts.REASONING
        self._order = MessageOrder(step, index, options)
        self.tracker = ToolCallTracker(step, index, options, self._order)
        self._text = NativeText(TextDelta, step, index, None)
        self._thoughts = NativeText(ThoughtsDelta, step, index, None)
        self._refusal = NativeText(RefusalDelta, step, index)
        self._native = {"content": self._text, "reasoning_content": self._thoughts, "refusal": self._refusal}
        self._resends: tuple[ResendFilter, ResendFilter] | None = None  # of content and of thoughts
        if options.repairs and Repair.CUMULATIVE in options.repairs:
            self._resends = ResendFilter("Q13"), ResendFilter("Q13")
        self._marked = False  # the last content was marked as thoughts (Q17)
        self._refused = ""  # the beginning of the refusal, for ResponseRefused

    def appender(self, received: ReceivedChoice, event: AppendedEvent) -> Appender | None:
        """Return the appender for choices like this one; see ``Transformer.appender``."""
        # A repair, a separator (R16) or a second finish may change the chunk.
        if received.sole_text is None or received.boundary is not None or self._resends is not None or self.finished:
            return None
        if event.call is not None:
            return self.tracker.appender(event)
        if type(event) is ThoughtsDelta:
            return None if self._thoughts.waiting else self._thoughts.add
        return None if self._text.waiting or self._order.follows_call else self._text.add

    def feed(self, received: ReceivedChoice, chunk: Chunk, events: list[Event]) -> Choice | None:
        """Process one choice of a chunk; returns the choice to emit (see the module docstring)."""
        if received.whole and self.streamed:
            return self._feed_whole(received, chunk, events)
        delta = received.delta
        if not delta and type(received.choice.get(WHOLE)) is tuple:
            return self._feed_different(received.choice[WHOLE], events)
        if self._resends is not None:
            self._cut_resends(received, *self._resends, events)
        if received.boundary is not None or (received.text and self._order.follows_call):
            self._order.separate(received, bool(self._thoughts.size), events)
        if received.text or received.thoughts or received.refusal:
            self._read_text(received, events)
        changed = received.delta is not delta or received.boundary is not None or self._grows
        if changed or received.fragments or received.finish is not None:
            return self._feed_calls(received, chunk, changed, events)
        self.begun = self.begun or received.role is not None
        return received.choice

    def _feed_calls(self, received: ReceivedChoice, chunk: Chunk, changed: bool, events: list[Event]) -> Choice | None:
        """Process the calls and the finish reason of a choice; ``changed`` if its text cannot be emitted as it is."""
        finish = received.finish
        fed: list[Fed] = []
        named: list[ToolCall] = []  # by an entry of this list
        for fragment in received.fragments:
            call = self.tracker.feed(fragment, named, events)
            if fragment.name is not None:
                named.append(call)
            fed.append((call, fragment))
        if finish is not None:
            finish = self._read_finish(finish, received, chunk, events)
        passed: list[CallEntry] = []
        for call, fragment in fed:  # once all are read: a later one may decide the name of a call (R2)
            entry = self.tracker.others.pass_on(call, fragment.entry) if call.state is CallState.OTHER else None
            if entry is not None:
                passed.append(entry)
            changed = changed or entry is not fragment.entry  # removed, held back or renumbered
        emitted = self._order.pop_emitted()
        if changed or emitted or finish != received.finish or self._has_odd_reason(received):
            delta = rewritten_delta(received.delta, emitted, passed, self._shows_thoughts)
            return self._rewrite(received, chunk, fed, delta, finish)
        self.begun = self.begun or received.role is not None
        return received.choice

    def _feed_different(self, different: tuple[str, Any], events: list[Event]) -> Choice | None:
        """Process a whole member that differs from its deltas, from a dialect: it is not emitted itself (R15)."""
        member, whole = different
        if member == "tool_calls":
            self.tracker.feed_wholes([(entry["index"], Fragment(entry)) for entry in whole], events)
        else:
            self._native[member].contradict(whole, events)
        return self.rest()

    def _feed_whole(self, received: ReceivedChoice, chunk: Chunk, events: list[Event]) -> Choice | None:
        """Process a whole message after deltas: only what it has beyond them counts (R15)."""
        wholes = {"content": received.text, "reasoning_content": received.thoughts, "refusal": received.refusal}
        missing: dict[str, Any] = {} if self.begun else {"role": received.role}
        missing |= {member: self._native[member].missing(whole, events) for member, whole in wholes.items() if whole}
        missing["tool_calls"] = self.tracker.feed_wholes(enumerate(received.fragments), events)
        choice = {name: value for name, value in received.choice.items() if name != "message"}
        delta = {member: value for member, value in missing.items() if value}
        reduced = ReceivedChoice({**choice, "delta": delta})
        left = self.feed(reduced, chunk, events)
        # An unchanged choice is emitted as received, with its whole message: verbatim clients keep their snapshot (R1).
        if left is not reduced.choice:
            return left
        if not (reduced.has_output or self.tracker.others.removed_any):
            return received.choice
        # The message itself cannot be emitted: it contains the message call that was already rewritten.
        leaves = reduced.has_output or reduced.finish is not None
        return with_delta(reduced.choice, self.index, reduced.delta, reduced.finish) if leaves else None

    def is_repeated_by(self, received: ReceivedChoice) -> bool:
        """Return whether a whole message equals or extends what the deltas emitted (R15)."""
        if not (received.whole and self.streamed) or len(received.fragments) > self.tracker.calls.count:
            return False
        emitted = bool(self._text.size or self.tracker.calls.count)
        return emitted and self._text.remainder(received.text) is not None

    def resume(self, events: list[Event]) -> None:
        """Go on after a finish that was none: the server sends one with every chunk (F12)."""
        events.append(QuirkSeen(self.step, "F12"))
        self.finished = False

    def close(self, events: list[Event], done: bool = False) -> list[ToolCall]:
        """End the choice and all its calls; returns the calls that are cut. ``done`` is true after [DONE] (F5)."""
        if self.finished:  # in a cut stream the second half of a surrogate pair may have been lost: invent nothing
            self._thoughts.close(events)
            self._refused += self._refusal.close(events)
            self._text.close(events)
        return self.tracker.close(events, self.finished or done)

    def rest(self) -> Choice | None:
        """Return the text that was emitted without a received choice, as a new one; None for none (R11, R15)."""
        delta = rewritten_delta({}, self._order.pop_emitted(), [], self._shows_thoughts)
        return {"index": self.index, "delta": delta, "finish_reason": None} if delta else None

    # --- reading ---------------------------------------------------------------------------

    def _cut_resends(
        self, received: ReceivedChoice, contents: ResendFilter, thoughts: ResendFilter, events: list[Event]
    ) -> None:
        """Reduce cumulative content and thoughts to what they add (Q13)."""
        final = received.whole and (received.finish is not None or bool(received.fragments))
        over = final or (received.whole and bool(received.text))  # the thoughts, since the text has begun
        text, thought = contents.feed(received.text, final), thoughts.feed(received.thoughts, over)
        events.extend([QuirkSeen(self.step, quirk) for quirk in (*contents.quirks, *thoughts.quirks)])
        contents.quirks.clear()
        thoughts.quirks.clear()
        if (text, thought) == (received.text, received.thoughts):
            return
        received.text, received.thoughts = text, thought
        kept = {name: value for name, value in received.delta.items() if name not in THOUGHTS_MEMBERS}
        received.delta = {**kept, "content": text, **({"reasoning_content": thought} if thought else {})}

    def _read_text(self, received: ReceivedChoice, events: list[Event]) -> None:
        """Read thoughts, refusal and text."""
        text = received.text
        if self._marked:
            text = text.removeprefix(THOUGHTS_END)
        self._marked = MARKED in received.delta and bool(received.thoughts)
        if received.thoughts:
            self._thoughts.emit(received.thoughts, events)
        if received.refusal:
            refusal = self._refusal.emit(received.refusal, events)
            self._refused = (self._refused + refusal)[:_REFUSAL_SHOWN]
        if text:
            self._order.last_message = CONTENT
            self._text.emit(text, events)

    def _read_finish(self, reason: str, received: ReceivedChoice, chunk: Chunk, events: list[Event]) -> str | None:
        """Process a finish reason; returns the one to emit (R5)."""
        if self.finished:
            events.append(QuirkSeen(self.step, "F6"))
            return None if self.tracker.others.removed_any else reason  # R5 applies to rewritten choices only
        self.finished = True
        # F8: providers name the cut of a call "tool_calls"; the open arguments show what it was.
        for call in self.close(events):
            events.append(QuirkSeen(self.step, "F8" if reason in TOOL_REASONS else "A18"))
            cut = f"finish_reason {reason} came while the arguments of {call.name or 'a call'} were open"
            events.append(StreamIncomplete(self.step, cut, reason))
            self.cut = True
        events.append(ChoiceFinished(self.step, self.index, reason))
        self._check_end(provider_reason(received.choice, chunk.get(EXTENSION)) or reason, reason, chunk, events)
        others = self.tracker.others
        return "stop" if reason in TOOL_REASONS and others.removed_any and not others.passed_any else reason

    def _check_end(self, word: str, reason: str, chunk: Chunk, events: list[Event]) -> None:
        """Report a failed response, or a refused one without text (R17), by the provider's word or the reason."""
        failed = next((each for each in (word, reason) if means_failure(each)), None)
        if failed is not None:
            if error_of(chunk) is None:  # an error object says more, and the transformer reports it (R12)
                self.cut = True
                events.append(ResponseFailed(self.step, f"the response ended with finish_reason {failed}", failed))
        elif self._order.last_message is None and (self._refused or means_refusal(word) or means_refusal(reason)):
            events.append(ResponseRefused(self.step, self.index, word, self._refused))

    def _has_odd_reason(self, received: ReceivedChoice) -> bool:
        """Return whether the finish reason of a rewritten choice is not a string (F11): a strict client fails (R4)."""
        if received.finish is None or not self.tracker.others.removed_any:
            return False
        return not isinstance(received.choice.get("finish_reason"), str)

    # --- rewriting -------------------------------------------------------------------------

    def _rewrite(
        self, received: ReceivedChoice, chunk: Chunk, fed: list[Fed], delta: Delta, finish: str | None
    ) -> Choice | None:
        # A usage or an error must be emitted even if the choice has nothing else.
        loaded = received.usage or chunk.get("usage") or chunk.get("error")
        leaves = bool(finish or loaded or any(delta.values()))
        # R4: the first delta leaves at once with the role, so that a client sees the response start.
        if not self.begun and (leaves or received.role or not self._unsure(fed)):
            delta = {"role": received.role or "assistant", "content": "", **delta}
            self.begun = leaves = True
        for call, fragment in fed:
            if call.state is CallState.NAMING:  # R2: held back until the name is known
                alone = not leaves and len(fed) == 1 and len(chunk["choices"]) == 1
                self.tracker.others.hold(call, Held(chunk, received.choice, fragment.entry, alone))
        return with_delta(received.choice, self.index, delta, finish) if leaves else None

    def _unsure(self, fed: list[Fed]) -> bool:
        """Return whether all calls of a delta may still be other tools': no rewritten chunk may begin then (R1)."""
        unsure = [call.state is CallState.NAMING and not self.tracker.is_message(call) for call, _ in fed]
        return bool(unsure) and all(unsure)
