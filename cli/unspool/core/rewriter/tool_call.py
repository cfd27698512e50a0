"""One tool call of a choice, and the fragments it is made of."""

from enum import Enum
from typing import NamedTuple

from unspool.core.options import Options
from unspool.core.parser.argument_parser import ArgumentParser
from unspool.core.parser.targets import ValuePart, ValueTree
from unspool.core.repairs import Repair, ResendFilter
from unspool.core.rewriter.wire import CallEntry, Choice, Chunk, Fragment


class CallState(Enum):
    """What is known of a call."""

    __hash__ = object.__hash__  # by identity: HANDLERS is asked for each fragment

    NAMING = "the name may still grow"
    MESSAGE = "a message tool"
    OTHER = "another tool"
    DONE = "over"
    FAILED = "a message tool whose arguments cannot be read"


NOTHING_WANTED = ValueTree()
UNREAD = ArgumentParser(NOTHING_WANTED)
"""Stands for the parser of a call whose name, and so what to look for, is not certain yet; it is never fed."""


class SuccessorKind(Enum):
    """What an object is that directly follows the object of a call (R8)."""

    UNDECIDED = "as yet the same text could be a repeat"
    REPEAT = "the same object again (A6)"
    NEXT_CALL = "the arguments of another call (T5)"
    OTHER_TEXT = "no object"


class Held(NamedTuple):
    """An entry of a call in NAMING, which waits for the name (R2), and the chunk it came in.

    ``alone`` where that holds nothing else, and can leave as it came.
    """

    chunk: Chunk
    choice: Choice
    entry: CallEntry
    alone: bool


class ToolCall:
    """One call of a choice; ``number`` counts them in the order they were seen, from 0.

    ``held`` chunks and ``unread`` arguments wait for the name; ``waiting`` is
    what the call says while another's message is open (T17); ``position`` is
    the index it leaves with (R6). ``repeats_name`` where its name comes with
    later fragments too (T11). ``successor`` reads what follows its object until
    it is certain whether that is another call; its text is at most one
    character longer than the object.
    """

    def __init__(self, number: int, index: int | None, options: Options) -> None:
        self.number = number
        self.index = index
        self.state = CallState.NAMING
        self.custom = False  # the input is free text (T24)
        self.id = ""
        self.ids: set[str] = set()
        self.name: str | None = None
        self.announced = False
        self.parser = UNREAD
        self.resend = ResendFilter() if Repair.CUMULATIVE in options.repairs else None
        self.position: int | None = None
        self.held: list[Held] = []
        self.unread: list[str] = []
        self.unread_size = 0
        self.waiting: list[ValuePart] = []
        self.repeats_name = False
        self.successor: ToolCall | None = None

    def starts_new_call(self, fragment: Fragment) -> bool:
        """Whether a fragment with another id is another call (T4) and not a renamed one (T13)."""
        if not self.parser.begun:
            return self._other_name(fragment.name)
        if not fragment.arguments.strip() or fragment.custom:
            return fragment.name is not None
        return fragment.opens_object and (self.parser.complete or fragment.name is not None)

    def is_followed_by(self, fragment: Fragment) -> bool:
        """Whether a fragment without a new id nevertheless belongs to the next call (T3, T5)."""
        if fragment.id is not None or not self.parser.begun:
            return False
        if self._other_name(fragment.name) and (self.parser.complete or fragment.opens_object):
            return True  # else it is a piece of the name (T12)
        if not self.parser.complete or not fragment.opens_object:
            return False
        if fragment.name is None or self.repeats_name:  # then the text alone shows it, at any cut (T5, A6)
            return False
        if self.parser.empty:  # A4, unless each call comes whole and without an index
            return fragment.index is None
        return not self._repeats(fragment.arguments)

    def missing_from(self, whole: Fragment) -> CallEntry | None:
        """What a whole call holds beyond the fragments so far, as one more of them; None for nothing (R15)."""
        rest = self._rest_of(whole.arguments.strip())
        if not rest:
            return None
        named = {"id": self.id} if self.id else {}
        name = {"name": whole.name} if whole.name and not self.name else {}
        held = {"custom": {**name, "input": rest}} if self.custom else {"function": {**name, "arguments": rest}}
        return {"index": self.index, **named, **held}

    def _rest_of(self, arguments: str) -> str:
        """What whole arguments hold beyond the fragments so far; "" where those are not their beginning."""
        if self.unread:  # the name is not certain yet, and nothing was noted
            return arguments.removeprefix("".join(self.unread).lstrip())
        if self.parser.complete:
            return ""
        if not self.custom:  # the parser counts from the first brace on
            arguments = arguments[max(arguments.find("{"), 0) :]
        size = self.parser.size
        return arguments[size:] if self.parser.matches_object(arguments[:size]) else ""

    def _repeats(self, arguments: str) -> bool:
        """Whether these are the call's own arguments again (A6)."""
        parser = ArgumentParser(NOTHING_WANTED)
        parser.feed(arguments)
        return parser.complete and self.is_same(parser)

    def is_same(self, other: ArgumentParser) -> bool:
        """Whether another parser has read the very text of this call's object, by its length and checksum."""
        return (other.size, other.checksum) == (self.parser.size, self.parser.checksum)

    def classify_successor(self, next_call: "ToolCall", closing: bool = False) -> "SuccessorKind":
        """What the text is that follows the call's object, once ``next_call`` has read it as another object."""
        parser = next_call.parser
        if closing or parser.failure is not None or parser.ended:
            # {} may have been the prefix of an object (A4), but none came; what fails before a key is complete is prose
            certain = SuccessorKind.OTHER_TEXT if parser.empty else SuccessorKind.NEXT_CALL
            return SuccessorKind.REPEAT if parser.complete and self.is_same(parser) else certain
        if parser.empty:
            return SuccessorKind.UNDECIDED
        if parser.complete:
            return SuccessorKind.REPEAT if self.is_same(parser) else SuccessorKind.NEXT_CALL
        return SuccessorKind.NEXT_CALL if parser.size > self.parser.size else SuccessorKind.UNDECIDED

    def _other_name(self, name: str | None) -> bool:
        if name is None or self.name is None:
            return False
        return not (name.startswith(self.name) or self.name.startswith(name))

    def learn_name(self, name: str) -> str:
        """Take in a name; returns the quirk, or "".

        The same again, or its beginning, adds nothing; a longer one that begins
        with it takes its place (T11); any other is appended (T12).
        """
        if self.name is None:
            self.name = name
            return ""
        if self.name.startswith(name):
            return "T11"
        if name.startswith(self.name):
            self.name = name
            return "T11"
        self.name += name
        return "T12"
