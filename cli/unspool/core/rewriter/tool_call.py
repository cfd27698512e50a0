"""One tool call of a choice, and the fragments it is made of."""

from enum import Enum
from typing import NamedTuple
from zlib import crc32

from unspool.core.options import Options
from unspool.core.parser.argument_parser import ArgumentParser
from unspool.core.parser.targets import Piece, ValueTree
from unspool.core.repairs import Repair, ResendFilter
from unspool.core.rewriter.received import Fragment
from unspool.core.rewriter.wire import CallEntry, Choice, Chunk


class CallState(Enum):
    """What is known of a call."""

    __hash__ = object.__hash__  # by identity: HANDLERS is asked for each fragment

    NAMING = "the name may still grow"
    SPEAKING = "a message tool"
    PASSING = "another tool"
    DONE = "over"
    FAILED = "a message tool whose arguments cannot be read"


NOTHING_WANTED = ValueTree()
UNREAD = ArgumentParser(NOTHING_WANTED)
"""Stands for the parser of a call whose name, and so what to look for, is not certain yet; it is never fed."""


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
    the index it leaves with (R6); ``size`` and ``checksum`` know its arguments
    again (A6).
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
        self.waiting: list[Piece] = []
        self.size = 0
        self.checksum = 0

    def read(self, text: str) -> list[Piece]:
        """Give the parser the next piece of the arguments; what it makes certain comes back."""
        complete = self.parser.complete
        pieces = self.parser.feed(text)
        if not complete:  # what follows the object is no part of it, space behind it neither
            self.note(text.rstrip() if self.parser.complete else text)
        return pieces

    def read_quietly(self, fragments: list[str]) -> tuple[int, list[Piece]]:
        """``read`` fragments up to one that brings anything about, or where a string begins in which text runs on.

        Gives how many were read, and what the last one made certain.
        """
        parser, count, pieces = self.parser, 0, list[Piece]()
        for fragment in fragments:
            count += 1
            pieces = parser.feed(fragment)
            if fragment and (pieces or parser.quirks or parser.inside_string or parser.settled):
                break
        text = "".join(fragments[:count])
        self.note(text.rstrip() if parser.complete else text)
        return count, pieces

    def note(self, text: str) -> None:
        """Remember the arguments well enough to know them again (A6)."""
        if not self.size:
            text = text.lstrip()
        self.size += len(text)
        self.checksum = _checksum(text, self.checksum)

    def starts_afresh(self, fragment: Fragment) -> bool:
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
        if self.parser.empty:  # A4, unless each call comes whole and without an index
            return fragment.index is None and fragment.name is not None
        if self._repeats(fragment.arguments):
            return False
        return fragment.name is not None or _is_whole_object(fragment.arguments)

    def unsaid(self, whole: Fragment) -> CallEntry | None:
        """What a whole call holds beyond the fragments so far, as one more of them; None for nothing (R15)."""
        rest = self._rest_of(whole.arguments.strip())
        if not rest:
            return None
        named = {"id": self.id} if self.id else {}
        held = {"custom": {"input": rest}} if self.custom else {"function": {"arguments": rest}}
        return {"index": self.index, **named, **held}

    def _rest_of(self, arguments: str) -> str:
        """What whole arguments hold beyond the fragments so far; "" where those are not their beginning."""
        if self.unread:  # the name is not certain yet, and nothing was noted
            return arguments.removeprefix("".join(self.unread).lstrip())
        begun = arguments[: self.size]
        return arguments[self.size :] if _checksum(begun, 0) == self.checksum and len(begun) == self.size else ""

    def _repeats(self, arguments: str) -> bool:
        """Whether these are the call's own arguments again, known by length and checksum, or extended (A5, A6)."""
        if self.resend is not None and self.resend.extends(arguments):
            return True
        arguments = arguments.strip()
        return len(arguments) == self.size and _checksum(arguments, 0) == self.checksum

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


def _checksum(text: str, before: int) -> int:
    return crc32(text.encode("utf-8", "surrogatepass"), before)


def _is_whole_object(text: str) -> bool:
    parser = ArgumentParser(NOTHING_WANTED)
    parser.feed(text)
    return parser.complete
