"""The text of a choice that no call contains: its content, its native reasoning, or its refusal.

One object for each of them:

native.emit(text, events) -> text       the text of a delta, in which a surrogate pair may be cut (R3)
native.missing(whole, events) -> text   what a whole text has beyond the deltas (R15)
native.close(events) -> text            no more follows
"""

from unspool.core.events import Event, QuirkSeen, RefusalDelta, TextContradicted, TextDelta, ThoughtsDelta
from unspool.core.parser.string_decoder import SurrogateJoiner
from unspool.core.rewriter.emitted_text import EmittedText

TextKind = type[TextDelta] | type[ThoughtsDelta] | type[RefusalDelta]


class NativeText(EmittedText):
    """The native text of one choice that leaves as events of one kind; ``members`` are those before the text."""

    __slots__ = ("_joiner", "_kind", "_members")

    def __init__(self, kind: TextKind, *members: int | None) -> None:
        super().__init__()
        self._kind: TextKind = kind
        self._members = members
        self._joiner = SurrogateJoiner()

    @property
    def waiting(self) -> bool:
        """Return whether half of a surrogate pair is kept."""
        return bool(self._joiner.high)

    def emit(self, text: str, events: list[Event]) -> str:
        """Emit text; returns what is certain of it."""
        self.add(text)
        # ASCII has no surrogates: most text skips a call.
        ready = text if text.isascii() and not self._joiner.high else self._joiner.feed(text)
        if ready:  # tuple.__new__ skips the slower __new__ of the named tuple, and + the list that * makes
            events.append(tuple.__new__(self._kind, self._members + (ready,)))  # noqa: RUF005
        return ready

    def close(self, events: list[Event]) -> str:
        """End the text; returns the replacement for half of a pair."""
        rest = self._joiner.close()
        if rest:
            events.append(tuple.__new__(self._kind, (*self._members, rest)))
        return rest

    def missing(self, whole: str, events: list[Event]) -> str:
        """Return what a whole text has beyond the deltas, and report one that is another (R15)."""
        rest = self.remainder(whole)
        if rest is None and self.is_other(whole):
            self.contradict(whole, events)
        return rest or ""

    def contradict(self, whole: str, events: list[Event]) -> None:
        """Report, once, a whole text that is another than its deltas; only of content is it more than a quirk (Q70)."""
        shown, step, choice = self.contradiction(whole), self._members[0] or 0, self._members[1] or 0
        if shown and self._kind is TextDelta:
            events.append(TextContradicted(step, choice, None, shown))
        elif shown:
            events.append(QuirkSeen(step, "Q70"))
