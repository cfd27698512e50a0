"""Text of a choice that no call contains: its content, or its native reasoning.

    native.emit(text, events)    the text of a delta, in which a surrogate pair may be cut (R3)
    native.close(events)         no more follows

It is also the EmittedText with which a whole text is compared, so that this adds only what is missing (R15).
"""

from unspool.core.events import Event, TextDelta, ThoughtsDelta
from unspool.core.parser.string_decoder import SurrogateJoiner
from unspool.core.rewriter.emitted_text import EmittedText


class NativeText(EmittedText):
    """The native text of one choice that leaves as events of one kind."""

    __slots__ = ("_choice", "_joiner", "_kind", "_step")

    def __init__(self, kind: type[TextDelta] | type[ThoughtsDelta], step: int, choice: int) -> None:
        super().__init__()
        self._kind: type[TextDelta] | type[ThoughtsDelta] = kind
        self._step = step
        self._choice = choice
        self._joiner = SurrogateJoiner()

    @property
    def waiting(self) -> bool:
        """Return whether half of a surrogate pair is kept."""
        return bool(self._joiner.high)

    def emit(self, text: str, events: list[Event]) -> None:
        """Emit text."""
        self.add(text)
        # ASCII has no surrogates: most text skips a call.
        ready = text if text.isascii() and not self._joiner.high else self._joiner.feed(text)
        if ready:  # tuple.__new__ skips the slower __new__ of the named tuple
            events.append(tuple.__new__(self._kind, (self._step, self._choice, None, ready)))

    def close(self, events: list[Event]) -> None:
        """End the text."""
        rest = self._joiner.close()
        if rest:
            events.append(self._kind(self._step, self._choice, None, rest))
