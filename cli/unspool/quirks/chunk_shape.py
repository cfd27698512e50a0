r"""The shape of chunks for an Inspector: the new members of each chunk, and a bounded memory of those before.

    known.see(chunk, choice, out_of_turn) -> ChoiceSeen    one choice of a chunk
    known.read(entry)                     -> EntrySeen     one call fragment of that choice
    known.keep(seen)                                       after a chunk was inspected

For a choice or a call some flags, the last fragment and a few characters are
kept. The numbers of quirks are in detectors.py, not here, and
only a fragment that may be a whole object is parsed.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from unspool.core.rewriter.wire import CallEntry, Choice, Chunk, Delta
from unspool.variants.finish_reasons import finish_reason
from unspool.variants.members import arguments_of, delta_of, entries_of, function_of
from unspool.variants.texts import text_of
from unspool.variants.values import index_of, non_blank

_TAIL: Final = 64  # characters of earlier content that are kept, so that a marker cut in two is seen
_MARKS: Final = re.compile(r'\\.|\\|["\x00-\x1f]', re.DOTALL)
_LONG: Final = 65_536  # characters
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_ESCAPED_TWICE: Final = re.compile(r"(?<!\\)\\\\[nrt]")


@dataclass(slots=True)
class Growth:
    """The number of fragments that extended the one before; -1 once one did not: resends begin at the start."""

    last: str = ""
    times: int = 0

    def feed(self, text: str) -> bool:
        """Return whether ``text`` makes at least three that grow out of each other."""
        if not text or self.times < 0:
            return False
        if self.last and not text.startswith(self.last):
            self.times = -1
            return False
        self.times += len(text) > len(self.last) > 0
        self.last = text
        return self.times >= 2


@dataclass(slots=True)
class EntrySeen:
    """One call fragment.

    ``text`` is its arguments if they are a string; ``opens`` is true for the first
    fragment of a call, ``skips`` one whose index leaves a gap, ``begins`` the
    first that holds arguments, ``whole`` one that holds all of an object.
    """

    entry: CallEntry
    function: dict[str, Any]
    arguments: Any
    text: str
    opens: bool
    skips: bool
    begins: bool = False
    whole: bool = False
    grows: bool = False
    raw_control: bool = False
    escaped_twice: bool = False


@dataclass(slots=True)
class CallShape:
    """The memory of a call; ``blank`` after empty arguments, ``whole`` where all came in its first fragment."""

    id: str | None = None
    blank: bool = False
    begun: bool = False
    whole: bool = False
    growth: Growth = field(default_factory=Growth)
    in_string: bool = False
    escaped: bool = False
    tail: str = ""

    def read(self, seen: EntrySeen) -> None:
        """Say in ``seen`` what its fragment is to this call, and keep what the next one needs."""
        text = seen.text
        seen.begins = bool(text.strip()) and not self.begun
        seen.whole = seen.begins and _is_whole(text)
        seen.grows = self.growth.feed(text)
        if text:
            seen.raw_control = self._has_raw_control(text)
            reading = self.tail + text
            seen.escaped_twice = _ESCAPED_TWICE.search(reading) is not None
            self.tail = "" if seen.escaped_twice else reading[-2:]
        self.blank = self.blank or seen.arguments == ""
        self.begun = self.begun or seen.begins or not (seen.arguments is None or isinstance(seen.arguments, str))
        self.whole = self.whole or (seen.whole and seen.opens)

    def _has_raw_control(self, text: str) -> bool:
        """Return whether a string contains an unescaped control character."""
        found = False
        start, self.escaped = int(self.escaped), False
        for mark in _MARKS.finditer(text, start):
            sign = mark.group()
            if sign == '"':
                self.in_string = not self.in_string
            elif sign == "\\":
                self.escaped = True
            elif sign < " " and self.in_string:
                found = True
        return found


@dataclass(slots=True)
class ChoiceSeen:
    """One choice of a chunk; ``reading`` is its text behind the last characters of the text before."""

    chunk: Chunk
    choice: Choice
    delta: Delta
    text: str
    reading: str
    entries: list[CallEntry]
    finish: str | None
    grows: bool
    out_of_turn: bool
    known: "ChoiceShape"

    @property
    def has_text_or_call(self) -> bool:
        """Return whether the delta has text or a call."""
        return bool(self.text or self.entries)


@dataclass(slots=True)
class ChoiceShape:
    """The memory of a choice."""

    role: bool = False
    finished: bool = False
    calls: dict[int, CallShape] = field(default_factory=dict)
    tail: str = ""
    thoughts: str = ""  # the end of its native reasoning
    speaking: int | None = None  # the message call whose text was last
    emitted: str = ""  # the end of its text
    growth: Growth = field(default_factory=Growth)
    _last: CallShape | None = None
    _next_place: int = 0  # after the highest index of a call

    def see(self, chunk: Chunk, choice: Choice, out_of_turn: bool) -> ChoiceSeen:
        """Return the view of this choice in ``chunk``."""
        delta = delta_of(choice)
        text = text_of(delta)
        reading = self.tail + text if text else ""
        entries, finish, grows = entries_of(delta), finish_reason(choice), self.growth.feed(text)
        return ChoiceSeen(chunk, choice, delta, text, reading, entries, finish, grows, out_of_turn, self)

    def keep(self, seen: ChoiceSeen) -> None:
        """Keep what matters for the next chunk."""
        self.role = self.role or non_blank(seen.delta.get("role")) is not None
        self.finished = self.finished or seen.finish is not None
        self.tail = tail_of(seen.reading or self.tail)

    def read(self, entry: CallEntry) -> EntrySeen:
        """Return the view of one call fragment."""
        function = function_of(entry) or {}
        arguments = arguments_of(function)
        text = arguments if isinstance(arguments, str) else ""
        call = self._find(entry, function)
        opens, skips = call is None, False
        if call is None:
            call, skips = self._begin(entry)
        self._last = call
        seen = EntrySeen(entry, function, arguments, text, opens, skips)
        call.read(seen)
        return seen

    def _find(self, entry: CallEntry, function: dict[str, Any]) -> CallShape | None:
        """The call that a fragment seems to go on with; a name with another id opens the next."""
        index, ident = index_of(entry.get("index")), non_blank(entry.get("id"))
        named = non_blank(function.get("name")) is not None
        call = self._last if index is None else self.calls.get(index)
        if call is None and not named:
            call = self._last
        renamed = call is not None and None not in (call.id, ident) and call.id != ident
        return None if named and renamed else call

    def _begin(self, entry: CallEntry) -> tuple[CallShape, bool]:
        index, following = index_of(entry.get("index")), self._next_place
        place = following if index is None else index
        self._next_place = max(following, place + 1)
        call = self.calls[place] = CallShape(non_blank(entry.get("id")))
        return call, place > following


def tail_of(text: str) -> str:
    """The end of ``text`` that is kept, so that markup is found that the next text completes."""
    return text[-_TAIL:]


def _is_whole(text: str) -> bool:
    """Return whether a text is an object with members; long strings of it are not decoded, which would copy them."""
    try:
        value = json.loads(_without_long_strings(text) if len(text) > _LONG else text, strict=False)
    except (ValueError, RecursionError):
        return False
    return bool(value) and isinstance(value, dict)


def _without_long_strings(text: str) -> str:
    pieces: list[str] = []
    at = 0
    for string in _STRING.finditer(text):
        start, end = string.span()
        if end - start > _LONG:
            pieces += [text[at:start], '""']
            at = end
    return "".join([*pieces, text[at:]]) if pieces else text
