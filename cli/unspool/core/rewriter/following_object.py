"""An object that directly follows the object of a call in the same arguments (R8).

    following.feed(text)              text from the brace of the object on
    following.kind() -> FollowingKind  what it is, once that is certain

The text is held until then: as long as it is a prefix of the call's own object, it may be a repeat (A6). White space
between tokens does not count, so it may be longer than that object, but not more than twice as long.
"""

from enum import Enum

from unspool.core.parser.argument_parser import ArgumentParser

_SPACES = 1024
"""Characters of white space that a repeat may have anyway."""


class FollowingKind(Enum):
    """The kind of an object that directly follows the object of a call."""

    UNDECIDED = "a prefix of the same object, so far"
    REPEAT = "the same object again (A6)"
    NEXT_CALL = "the arguments of another call (T5)"
    OTHER_TEXT = "no object"


class FollowingObject:
    """The text after the object that ``first`` has read: ``texts``, read as an object by ``parser``."""

    def __init__(self, first: ArgumentParser, parser: ArgumentParser) -> None:
        self.parser = parser
        self._first = first.mark
        self._longest = 2 * first.size + _SPACES
        self.texts: list[str] = []

    def feed(self, text: str) -> None:
        """Add text."""
        self.texts.append(text)
        self.parser.feed(text)

    def kind(self, closing: bool = False) -> FollowingKind:
        """Return the kind of the text so far; ``closing`` is true if no more of it comes."""
        parser = self.parser
        too_long = parser.size > self._longest
        repeats = parser.complete and parser.mark == self._first and not too_long
        if closing or parser.ended:
            # No key was completed: {} was no prefix of an object (A4), or the text is prose with a brace.
            certain = FollowingKind.NEXT_CALL if parser.keys else FollowingKind.OTHER_TEXT
            return FollowingKind.REPEAT if repeats else certain
        if not parser.keys:  # {} so far: the prefix of an object may still follow (A4)
            return FollowingKind.UNDECIDED
        if repeats:
            return FollowingKind.REPEAT
        other = parser.complete or parser.mark[0] > self._first[0] or too_long
        return FollowingKind.NEXT_CALL if other else FollowingKind.UNDECIDED
