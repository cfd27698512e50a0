"""Tracker for the tool calls of one choice: processes the fragments of each.

    tracker.feed(fragment, named, events) -> its call  one element of delta.tool_calls
    tracker.close(events, whole) -> the cut calls      no more fragments follow

A call is NAMING until its name is known, then MESSAGE or OTHER; a MESSAGE whose
arguments cannot be parsed is FAILED. The numbers in comments are those of the quirks.
"""

from collections.abc import Callable, Iterable, Sequence

from unspool.core.events import (
    AppendedEvent,
    ArgumentsDelta,
    ArgumentsFailed,
    Event,
    MessageMissing,
    QuirkSeen,
    TextContradicted,
    TextDelta,
    ThoughtsDelta,
    ToolCallFinished,
    ToolCallStarted,
)
from unspool.core.options import Options
from unspool.core.parser.argument_parser import ArgumentParser
from unspool.core.parser.free_text import FreeText
from unspool.core.parser.targets import NOTHING_WANTED, ValueKind, ValuePart
from unspool.core.rewriter.call_table import MOST_CALLS, TOO_MANY, CallTable
from unspool.core.rewriter.following_object import FollowingKind, FollowingObject
from unspool.core.rewriter.message_order import MessageOrder
from unspool.core.rewriter.other_calls import OtherCalls
from unspool.core.rewriter.tool_call import CallState, ToolCall
from unspool.core.rewriter.wire import LATER, CallEntry, Fragment

_WINDOW = 4_096
"""Characters that are processed at once of what follows an object in its own fragment."""
_KINDS: dict[type, ValueKind] = {TextDelta: ValueKind.MESSAGE, ThoughtsDelta: ValueKind.THOUGHTS}
"""The kind of the value that gives an event; the whole arguments have none."""
HELD_CHARACTERS = 65_536
HELD_CHUNKS = 1_024
"""Limits of what is held back for a call whose name may grow. Beyond them the present name counts."""


class ToolCallTracker:
    """The calls of one choice of one step.

    Attributes:
        calls: the calls by index, id and order.
        others: what is emitted of calls that are not message tools'.
        failed: whether the arguments of a message call could not be parsed.
    """

    def __init__(self, step: int, choice: int, options: Options, order: MessageOrder) -> None:
        self.step = step
        self.choice = choice
        self.calls = CallTable(options)
        self.others = OtherCalls(choice, options)
        self.failed = False
        self._options = options
        self._order = order
        self._following = 0  # objects that followed another in the arguments of one call

    def feed(self, fragment: Fragment, named: Sequence[ToolCall], events: list[Event]) -> ToolCall:
        """Assign a fragment to its call and process it; returns the call.

        ``named`` are the calls that entries before it in its list have named.
        """
        call = self.calls.find(fragment, named)
        if self.calls.quirks:
            self._report_quirks(self.calls.quirks, events)
        if fragment.name is not None and call.state is not CallState.FAILED:
            self._learn_name(call, fragment, fragment.name, events)
        if call.state is CallState.NAMING:
            self._await_name(call, fragment, events)
        else:  # of a failed call nothing more is decoded, but the source text is still reported on request (R9)
            self.read(call, fragment.arguments, events)
        if call.state is CallState.OTHER:
            self.others.place(call)
        return call

    def appender(self, event: AppendedEvent) -> Callable[[str], None] | None:
        """Return a function that appends more text to the call of ``event``, see ``Transformer.appender``."""
        call = self.calls.last
        if call is None or call.number != event.call or call.resend is not None or not call.parser.inside_string:
            return None
        # The fragment of the event may have ended its value, and started a string of another kind.
        return call.append if call.parser.wanted is _KINDS.get(type(event)) else None

    def close(self, events: list[Event], whole: bool) -> list[ToolCall]:
        """End all calls; returns those whose arguments are cut (F8, A18). ``whole`` is false in a cut stream."""
        cut = []
        calls = self.calls.calls
        for call in calls:  # the list grows if the end shows that a successor is another call
            self._end_call(call, events)
            if call.parser.open:
                cut.append(call)
        self._order.flush(events)
        for call in calls:
            # A tool without parameters may have no arguments (A2); in a cut stream they may just not have arrived.
            complete = not call.parser.open and call.parser.failure is None and (whole or call.parser.begun)
            if call.state is CallState.MESSAGE and (complete or call.parser.complete) and not call.parser.has_message:
                name = self._tool(call)
                path, keys = self._options.paths.get(name) or "", tuple(call.parser.keys)
                events.append(MessageMissing(self.step, self.choice, call.number, name, path, keys))
            events.append(ToolCallFinished(self.step, self.choice, call.number, complete))
        if calls:
            self.calls.clear()
        return cut

    def _end_call(self, call: ToolCall, events: list[Event]) -> None:
        if call.state is CallState.NAMING:  # no more of the name will come: the present one counts
            self._decide(call, events)
        if call.following is not None:
            self._follow(call, "", events, closing=True)
        self._announce(call, events)
        kept = call.parser.close()
        if kept:
            self._order.emit(call, kept, events)
        self._report_quirks(call.parser.quirks, events)
        self._check_failure(call, events)

    # --- shared by states ------------------------------------------------------------------

    def _report_quirks(self, quirks: list[str], events: list[Event]) -> None:
        events.extend([QuirkSeen(self.step, quirk) for quirk in quirks])
        quirks.clear()

    def _learn_name(self, call: ToolCall, fragment: Fragment, name: str, events: list[Event]) -> None:
        if call.state is CallState.NAMING or (call.state is CallState.OTHER and not call.announced):
            quirk = call.learn_name(name)  # that of another tool may grow until it is reported (T12)
            namespace = fragment.entry.get("namespace")
            if isinstance(namespace, str):
                call.namespace = namespace
        else:
            call.repeats_name = True
            quirk = "T11"
        if quirk:
            events.append(QuirkSeen(self.step, quirk))

    def _await_name(self, call: ToolCall, fragment: Fragment, events: list[Event]) -> None:
        """Keep a fragment of a call until its name is known."""
        call.unread.append(fragment.arguments)
        # The name is a message tool's so far: calls that pass meanwhile are numbered as if this one were removed.
        self.others.removed_any = self.others.removed_any or self.is_message(call)
        if not self._name_may_grow(call, fragment):
            self._decide(call, events)

    def _tool(self, call: ToolCall) -> str:
        """Return the name of a call's tool, as the options have it."""
        return call.known_as(self._options.trees)

    def is_message(self, call: ToolCall) -> bool:
        """Return whether the name of a call is a message tool's, so far."""
        return self._tool(call) in self._options.trees

    def _name_may_grow(self, call: ToolCall, fragment: Fragment) -> bool:
        """Return whether the name can still grow to that of a message tool (T12)."""
        if len(call.held) >= HELD_CHUNKS or sum(len(text) for text in call.unread) > HELD_CHARACTERS:
            return False
        if call.name is None:
            return True
        if self.is_message(call):  # a longer name would have come before the arguments
            return not fragment.arguments.strip() and not any(text.strip() for text in call.unread)
        return any(tool.startswith(call.name) for tool in self._options.trees)

    def _decide(self, call: ToolCall, events: list[Event]) -> None:
        """Fix the call's name, and process the arguments that were kept for it."""
        call.parser = FreeText() if call.custom else self._new_parser(call)
        if self.is_message(call):
            call.state = CallState.MESSAGE
            self._order.enter(call)
        else:
            call.state = CallState.OTHER
        self.others.release(call)
        unread, call.unread = call.unread, []
        for text in unread:
            self.read(call, text, events)

    def _new_parser(self, call: ToolCall) -> ArgumentParser:
        tree = self._options.trees.get(self._tool(call))
        return ArgumentParser(NOTHING_WANTED if tree is None else tree, self._options.repairs)

    def _announce(self, call: ToolCall, events: list[Event]) -> None:
        if not call.announced:
            call.announced = True
            message = call.state is not CallState.OTHER
            events.append(ToolCallStarted(self.step, self.choice, call.number, call.id, self._tool(call), message))

    def read(self, call: ToolCall, text: str, events: list[Event]) -> None:
        """Process the next fragment of a call's arguments, and the objects that follow the call's object in it."""
        if text and not call.announced:  # not earlier: the id and the rest of the name may come in later fragments
            self._announce(call, events)
        if call.resend is not None:
            text = call.resend.feed(text)
            self._report_quirks(call.resend.quirks, events)
        rest = self._read_object(call, text, events)
        # Several objects may follow in one fragment, and each copies what is behind it.
        for start in range(0, len(rest), _WINDOW):
            following = self._read_object(call, rest[start : start + _WINDOW], events)
            while following:
                call, following = self._follow(call, following, events)

    def _read_object(self, call: ToolCall, text: str, events: list[Event]) -> str:
        """Process the text of a call's object; returns the rest, from the start of another object."""
        parts = call.parser.feed(text)
        rest, call.parser.rest = call.parser.rest, ""
        if len(rest) < len(text):
            self._report(call, text[: -len(rest)] if rest else text, parts, events)
        return rest

    def _report(self, call: ToolCall, text: str, parts: list[ValuePart], events: list[Event]) -> None:
        if call.parser.quirks:
            self._report_quirks(call.parser.quirks, events)
        if call.state is CallState.OTHER or self._options.message_arguments:
            events.append(ArgumentsDelta(self.step, self.choice, call.number, text))
        if call.state is CallState.OTHER:
            call.keep(text)
        else:
            self._order.emit(call, parts, events)
            if call.parser.failure is not None:
                self._check_failure(call, events)

    def feed_wholes(self, wholes: Iterable[tuple[int, Fragment]], events: list[Event]) -> list[CallEntry]:
        """Compare whole calls, with their places, with the fragments so far (R15).

        Returns what they have beyond those, as entries to feed. What a message in other arguments has
        beyond the one that was read is emitted, and another message is reported.
        """
        entries: list[CallEntry] = []
        for place, whole in wholes:
            call = self.calls.counterpart(place, whole.id)
            missing = "" if call is None else call.missing_from(whole.arguments.strip())
            if place >= self.calls.count:  # there were no fragments of it
                entries.append({"index": place, **whole.entry})
            elif call is not None and missing:
                entries.append(call.continuation(whole.name, missing))
            elif call is not None and call.state is CallState.MESSAGE and not call.custom:
                self._extend_message(call, whole.arguments, events)
            elif call is not None and LATER not in whole.entry:
                self._contradict(call, call.contradiction(whole.arguments), events)
        return entries

    def _extend_message(self, call: ToolCall, arguments: str, events: list[Event]) -> None:
        read, whole = call.parser, self._new_parser(call)
        if read.is_decoded or read.failure is not None:
            return
        message = "".join([text for kind, text in whole.feed(arguments) if kind is ValueKind.MESSAGE])
        # A message that is no string cannot go on, and whole arguments that were cut complete nothing.
        if (read.has_message and not read.message_is_string) or (read.open and not whole.complete):
            return
        rest, other = call.text.remainder(message), ""
        if rest is None:
            other = message if whole.complete else ""
        elif whole.complete and (rest or read.open):
            whole.quirks.clear()
            call.parser = whole
        if rest and (call.queued or self._order.last_message in (None, call.number)):
            self._order.emit(call, [(ValueKind.MESSAGE, rest)], events)
        else:
            other = rest or other  # after the text of another message it would be in the wrong place (R16)
        self._contradict(call, call.text.contradiction(other), events)

    def _contradict(self, call: ToolCall, shown: str, events: list[Event]) -> None:
        if shown:
            events.append(TextContradicted(self.step, self.choice, call.number, shown))

    # --- an object that follows another (R8) -----------------------------------------------

    def _follow(self, call: ToolCall, text: str, events: list[Event], closing: bool = False) -> tuple[ToolCall, str]:
        """Process text from an object that directly follows the object of ``call``.

        It is held until its kind is certain. Returns the call for the rest of the text, and that rest.
        """
        following = call.following
        if following is None:
            following = call.following = FollowingObject(call.parser, self._new_parser(call))
        following.feed(text)
        kind = following.kind(closing)
        if kind is FollowingKind.UNDECIDED:
            return call, ""
        call.following = None
        text, rest, following.parser.rest = "".join(following.texts), following.parser.rest, ""
        self._following += 1
        if self._following > MOST_CALLS:  # repeats, too: each costs many times its size
            call.parser.refuse(TOO_MANY)
            self._report(call, text, [], events)
            return call, ""
        if kind is FollowingKind.NEXT_CALL:
            successor = self._succeed(call, events)
            return successor, self._read_object(successor, text, events)
        if kind is FollowingKind.REPEAT:
            events.append(QuirkSeen(self.step, "A6"))
            call.parser = following.parser  # equal to the call's own, and it knows what follows
        else:  # prose with a brace (A15)
            call.parser.end()
        self._report(call, text[: len(text) - len(rest)], [], events)
        return call, rest

    def _succeed(self, call: ToolCall, events: list[Event]) -> ToolCall:
        """Start the call that follows another, and inherits its index in rewritten chunks too."""
        if call.state is CallState.OTHER:
            self.others.place(call)
        successor = self.calls.succeed(call)
        successor.parser = self._new_parser(call)
        self._report_quirks(self.calls.quirks, events)
        if successor.state is CallState.MESSAGE:
            self._order.enter(successor)
        self._announce(successor, events)
        return successor

    def _check_failure(self, call: ToolCall, events: list[Event]) -> None:
        failure = call.parser.failure
        if failure is not None and call.state is CallState.MESSAGE:
            call.state = CallState.FAILED
            self.failed = True
            offset, reason = failure
            events.append(ArgumentsFailed(self.step, self.choice, call.number, call.name or "", offset, reason))
