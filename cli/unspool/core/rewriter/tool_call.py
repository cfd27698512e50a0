"""One tool call of a choice: its state, and the rules by which a fragment belongs to it (R8)."""

import json
from enum import Enum
from typing import NamedTuple

from unspool.core.options import Options
from unspool.core.parser.argument_parser import ArgumentParser
from unspool.core.parser.targets import ValueKind, ValuePart, ValueTree
from unspool.core.repairs import Repair, ResendFilter
from unspool.core.rewriter.emitted_text import EmittedText
from unspool.core.rewriter.following_object import FollowingObject
from unspool.core.rewriter.wire import CallEntry, Choice, Chunk, Fragment
from unspool.variants.tool_names import ToolNames


class CallState(Enum):
    """The state of a call."""

    NAMING = "the name may still grow"
    MESSAGE = "a message tool"
    OTHER = "another tool"
    FAILED = "a message tool whose arguments cannot be parsed"


KEPT_SOURCE = 1 << 16
"""Characters of another tool's arguments that are kept."""
UNREAD = ArgumentParser()
"""The parser of every call whose name, and so whose wanted values, are not known yet; it is never fed."""


class Held(NamedTuple):
    """An entry of a call in NAMING, held back until the name is known (R2), with its choice and chunk.

    ``alone`` is true if the chunk contains nothing else, and can be emitted as received.
    """

    chunk: Chunk
    choice: Choice
    entry: CallEntry
    alone: bool


class ToolCall:
    """One call of a choice.

    Attributes:
        number: counts the calls of the choice from 0 in the order of arrival.
        custom: whether the input is free text (T24).
        namespace: the group of tools that the name belongs to, such as mcp__SERVER for those of a tool server.
        held, unread: chunks and arguments that are held back until the name is known.
        waiting: parts of the message that wait for the end of another message (T17).
        queued: whether the call is one of those whose messages are emitted in turn.
        position: the index in rewritten chunks (R6).
        text: the message that was read, emitted or waiting, to recognise it in whole arguments (R15).
        repeats_name: whether later fragments repeat the name (T11).
        following: what follows the call's object, while its kind is uncertain.
    """

    def __init__(self, number: int, index: int | None, options: Options, custom: bool = False) -> None:
        self.number = number
        self.index = index
        self.state = CallState.NAMING
        self.custom = custom
        self.id = ""
        self.ids: set[str] = set()
        self.name: str | None = None
        self.namespace = ""
        self.announced = False
        self.parser = UNREAD
        self.resend = ResendFilter("A5") if options.repairs and Repair.CUMULATIVE in options.repairs else None
        self.position: int | None = None
        self.held: list[Held] = []
        self.unread: list[str] = []
        self.waiting: list[ValuePart] = []
        self.queued = False
        self.repeats_name = False
        self.text = EmittedText()
        self.following: FollowingObject | None = None
        self._source: list[str] = []
        self._source_size = 0

    def keep(self, source: str) -> None:
        """Keep arguments of another tool, up to a limit, to compare them with whole ones (R15)."""
        self._source_size += len(source)
        if self._source_size <= KEPT_SOURCE:
            self._source.append(source)
        else:
            self._source.clear()

    def contradiction(self, whole: str) -> str:
        """Return the beginning of whole arguments that are another value than the fragments, once; else "" (Q70)."""
        if self._source_size > KEPT_SOURCE or not self._source or not whole:
            return ""
        value, read = _parsed(whole), _parsed("".join(self._source))
        return self.text.contradiction("" if value is None or value == read else whole)

    def append(self, source: str) -> None:
        """Read more of the value that the last fragment ended in; its caller creates the events."""
        if self.parser.wanted is not ValueKind.MESSAGE:  # its text is not needed
            self.parser.skip(source)
            if self.state is CallState.OTHER:
                self.keep(source)
            return
        for _, text in self.parser.feed(source):
            self.text.add(text)

    def missing_from(self, whole: str) -> str:
        """Return what whole arguments have beyond the fragments so far; "" if they do not start with those (R15)."""
        if self.state is CallState.NAMING:  # no parser has read it, so there is no checksum
            return whole.removeprefix("".join(self.unread).lstrip())
        if self.parser.complete or self.parser.is_decoded:  # the checksum of decoded text (A11) compares with no source
            return ""
        if not self.custom:  # the parser counts from the first brace on
            whole = whole[max(whole.find("{"), 0) :]
        size = self.parser.size
        beginning = self.parser.another()
        beginning.feed(whole[:size])
        return whole[size:] if beginning.mark == self.parser.mark else ""

    def continuation(self, name: str | None, arguments: str) -> CallEntry:
        """Return a fragment with more arguments; with the call's own id and index it is certain to continue it (R8)."""
        named = {"id": self.id} if self.id else {}
        body = {"name": name} if name and not self.name else {}
        body["input" if self.custom else "arguments"] = arguments
        return {"index": self.index, **named, "custom" if self.custom else "function": body}

    def starts_new_call(self, fragment: Fragment) -> bool:
        """Return whether a fragment with another id is another call (T4) and not a renamed one (T13)."""
        if not self.parser.begun:
            return self._other_name(fragment.name)
        if not fragment.arguments.strip() or fragment.custom:
            return fragment.name is not None
        return fragment.opens_object and (self.parser.complete or fragment.name is not None)

    def is_continued_by(self, arguments: str) -> bool:
        """Return whether nameless ``arguments`` can only go on with this call: it is open, and they open no other."""
        if self.parser.complete or not arguments:
            return False
        return not self.parser.begun or not arguments.lstrip().startswith("{")

    def is_followed_by(self, fragment: Fragment, listed: bool) -> bool:
        """Return whether a fragment without a new id starts the next call (T3, T5).

        ``listed`` is true if an entry before it in its list has named this call.
        """
        if fragment.id is not None or not self.parser.begun:
            return False
        if self._other_name(fragment.name) and (self.parser.complete or fragment.opens_object):
            return True  # else it is a piece of the name (T12)
        if not self.parser.complete or not fragment.opens_object:
            return False
        # Without a significant name the parser decides by the text, so that every cut gives the same (T5, A6).
        if fragment.name is None or (self.repeats_name and not listed):
            return False
        if not self.parser.keys:  # A4; without an index, calls arrive whole, and {} is a call without arguments
            return listed or fragment.index is None
        # Equal calls in one list are several; in chunks that follow each other they are one that is sent again (A6).
        return listed or not self._repeats(fragment.arguments)

    def _repeats(self, arguments: str) -> bool:
        """Return whether ``arguments`` repeat the call's own (A6)."""
        parser = self.parser.another()  # compares the objects alone, without the text around them
        parser.feed(arguments)
        return parser.complete and parser.mark == self.parser.mark

    def known_as(self, tools: ToolNames[ValueTree]) -> str:
        """Return the name by which ``tools`` may have the call's tool: with its namespace, or without."""
        name = self.name or ""
        full = f"{self.namespace}__{name}" if self.namespace else ""
        return full if full and full in tools else name

    def _other_name(self, name: str | None) -> bool:
        """Return whether ``name`` is neither the call's name nor a prefix or an extension of it (T11, T12)."""
        if name is None or self.name is None:
            return False
        return not (name.startswith(self.name) or self.name.startswith(name))

    def learn_name(self, name: str) -> str:
        """Merge a name into the call's name; returns the quirk, or "".

        An equal name, or a prefix of it, adds nothing; an extension replaces
        it (T11); any other text is appended (T12).
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


def _parsed(source: str) -> dict[str, object] | None:
    """The object that arguments are; None for any other text."""
    try:
        value = json.loads(source, strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
