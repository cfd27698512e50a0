"""An object that directly follows the object of a call in the same arguments (R8).

    following.feed(text)              text from the brace of the object on
    following.kind() -> FollowingKind  what it is, once that is certain

The text is held until then, and is at most one character longer than the call's own object: as long as it is a
prefix of that object, it may be a repeat (A6).
"""

from enum import Enum

from unspool.core.parser.argument_parser import ArgumentParser
from unspool.core.parser.mark import Mark


class FollowingKind(Enum):
    """The kind of an object that directly follows the object of a call."""

    UNDECIDED = "a prefix of the same object, so far"
    REPEAT = "the same object again (A6)"
    NEXT_CALL = "the arguments of another call (T5)"
    OTHER_TEXT = "no object"


class FollowingObject:
    """The text after the object of a call, which has the mark ``first``: ``texts``, read as an object by ``parser``."""

    def __init__(self, first: Mark, parser: ArgumentParser) -> None:
        self.parser = parser
        self._first = first
        self.texts: list[str] = []

    def feed(self, text: str) -> None:
        """Add text."""
        self.texts.append(text)
        self.parser.feed(text)

    def kind(self, closing: bool = False) -> FollowingKind:
        """Return the kind of the text so far; ``closing`` is true if no more of it comes."""
        parser = self.parser
        repeats = parser.complete and parser.mark == self._first
        if closing or parser.ended:
            # No key was completed: {} was no prefix of an object (A4), or the text is prose with a brace.
            certain = FollowingKind.NEXT_CALL if parser.keys else FollowingKind.OTHER_TEXT
            return FollowingKind.REPEAT if repeats else certain
        if not parser.keys:  # {} so far: the prefix of an object may still follow (A4)
            return FollowingKind.UNDECIDED
        if repeats:
            return FollowingKind.REPEAT
        other = parser.complete or parser.mark[0] > self._first[0]
        return FollowingKind.NEXT_CALL if other else FollowingKind.UNDECIDED
