"""Incremental parser for the arguments of one tool call: finds named values in JSON text that arrives in fragments.

    parser.feed(fragment) -> [(kind, text), …]   the parts of wanted values that the fragment completes
    parser.rest                                  the end of that fragment, from the start of another object
    parser.close() -> [(kind, text), …]          no more fragments will come

Wanted values are given as a tree of keys (``value_tree``), so that one pass finds the message and the thoughts.
A string comes out decoded, any other value as its source text, null as nothing (R3). The parser keeps no text that
it has read: only the current key, the state of a scalar, and one byte for each open container.

The text around objects (R8, R9). The result depends on the text alone, never on where it is cut into fragments:

    before the first {        ignored; blank text and null are no arguments (A1, A2), other text without an object
                              and a first [ or " are failures (A19, A11)
    {} and then an object     the empty object is ignored (A4)
    an object, and then {     the object is complete. ``rest`` is the text from the { on: another call (T5) or the
                              same object again (A6), which the caller decides
    an object, other text     all text after it is ignored, objects too: members (A7), brackets and markup (A21),
                              prose and fences (A15)

    state        expects                      next
    BEFORE       the first {                  KEY_OR_END
    KEY_OR_END   a key or }                   KEY, AFTER_VALUE, AFTER
    KEY          the rest of a key            COLON
    COLON        a colon                      VALUE
    VALUE        a value, or ] in an array    STRING, SCALAR, KEY_OR_END, VALUE, AFTER_VALUE
    STRING       the rest of a string         AFTER_VALUE
    SCALAR       the rest of a scalar         AFTER_VALUE
    AFTER_VALUE  a comma or a closing bracket KEY_OR_END, VALUE, AFTER_VALUE, AFTER
    BACKSLASH    n, r or t (A9)               the state before
    AFTER        white space or an object     KEY_OR_END (A4), FOLLOWED, ENDED
    FOLLOWED     text of another object       terminal, unless the caller ends it
    ENDED        text to ignore               terminal
    FAILED       nothing                      terminal

A handler takes (parser, text, position), with at least one character left at ``position``. It reads characters or
changes the state, and returns the next position. Between tokens, white space is skipped first. Each deviation that
R9 accepts is added once to ``quirks``.
"""

from collections.abc import Callable
from enum import Enum
from typing import Final

from unspool.core.parser import scalar
from unspool.core.parser.mark import EMPTY, extended
from unspool.core.parser.scalar import NULLS, NUMBER_STARTS
from unspool.core.parser.string_decoder import StringDecoder, SurrogateJoiner
from unspool.core.parser.targets import KEPT, NOTHING_WANTED, ValueKind, ValuePart, ValueTree
from unspool.core.repairs import Repair


class ArgumentState(Enum):
    """The next thing that the parser expects."""

    __hash__ = object.__hash__  # by identity, which is faster: HANDLERS is looked up for each token

    BEFORE = "the first {"
    KEY_OR_END = "a key or }"
    KEY = "the rest of a key"
    COLON = "a colon"
    VALUE = "a value, or ] in an array"
    STRING = "the rest of a string"
    SCALAR = "the rest of a number or literal"
    AFTER_VALUE = "a comma or a closing bracket"
    BACKSLASH = "the letter after a stray backslash"
    AFTER = "nothing, or another object"
    FOLLOWED = "text of another object"
    ENDED = "text to ignore"
    FAILED = "nothing: the arguments cannot be read"


_SPACES: Final = " \t\n\r"
"""White space between tokens: mostly a single blank, for which a pattern takes longer than a loop."""
_NO_OBJECT: Final = {
    "[": ("an array in place of an object", "A19"),
    '"': ("a string in place of an object; if it contains JSON, try --repair double-encoded", "A11"),
}
"""What a failure says of arguments that begin with another value, and the number of its quirk."""
_TRAILING_QUIRKS = {"{": "A6", ",": "A7", "}": "A21", "<": "A21"}  # by the first character after the object; else A15
_CLOSERS: Final = {"}": ord("{"), "]": ord("[")}
_KEYS: Final = 16  # top-level keys that are kept to explain a call without a message
_PREAMBLE: Final = 8  # characters of the text before the object that are kept: enough to recognise "null"
_COMPLETE: Final = frozenset({ArgumentState.AFTER, ArgumentState.FOLLOWED, ArgumentState.ENDED})
_TERMINAL: Final = frozenset({ArgumentState.ENDED, ArgumentState.FAILED})
_EXPECTED: Final = {
    ArgumentState.KEY_OR_END: ("a key", "A14"),
    ArgumentState.COLON: ("a colon", "A17"),
    ArgumentState.VALUE: ("a value", "A17"),
    ArgumentState.AFTER_VALUE: ("a comma or a closing bracket", "A17"),
}
"""What a failure says was expected between tokens, and the number of its quirk."""


class _SourceText:
    """The source text of a wanted value that is no string, from ``start`` in the fragment, at a depth of containers."""

    def __init__(self, kind: ValueKind, start: int, depth: int) -> None:
        self.kind = kind
        self.start = start
        self.depth = depth
        self.joiner = SurrogateJoiner()


class ArgumentParser:
    """Parser for the arguments of one call.

    Attributes:
        state: the next thing expected.
        begun: whether anything but white space has arrived.
        settled: whether the message is complete, or cannot arrive any more (T17).
        wanted: the kind of the current value, None if it is not wanted.
        rest: the end of the last fragment, from the start of another object; the caller takes this copy.
        mark: the mark of the object's text so far without the white space between its tokens, to recognise a
            repeat, which may be written in another way (A6).
        has_message: whether a message has begun, be it a null one; a second one is reported and not emitted (R3).
        message_is_string: whether it is a string.
        offset: the number of characters in earlier fragments.
        failure: (offset, reason) where the arguments cannot be parsed. Parts returned before remain valid (R9).
        quirks: numbers of the quirks found, for the caller to report and clear.
        keys: the first top-level keys of the object, in order, cut to a limit of characters; none before a member.
    """

    def __init__(self, tree: ValueTree = NOTHING_WANTED, repairs: frozenset[Repair] = frozenset()) -> None:
        self._tree = tree
        self._repairs = repairs
        self._parts: list[ValuePart] = []
        self._string = StringDecoder()  # of the last key or value
        self._restart()
        self.begun = False
        self.rest = ""
        self.failure: tuple[int, str] | None = None
        self.offset = 0
        self._outer: StringDecoder | None = None  # of a string around the object
        self.quirks: list[str] = []
        self.has_message = False
        self._seen: set[str] = set()  # quirks

    def _restart(self) -> None:
        """Reset all that belongs to one object; a second object may replace an empty one (A4)."""
        self.state = ArgumentState.BEFORE
        self.keys: list[str] = []
        self.settled = False
        self._stack = bytearray()  # the opening character of each open container: one byte each, whatever the depth
        self._trail: list[ValueTree] = []  # the trees of the open objects on the path; shorter than _stack off the path
        self._node: ValueTree | ValueKind | None = None  # what is wanted of the current value
        self._preamble = ""  # the beginning of the text before the object, without white space
        self._key = ""
        self._scalar = scalar.START
        self._after_comma = False
        self.mark = EMPTY
        self._spaces = 0  # characters of the object's text that are not in the mark
        self.message_is_string = False
        self._object_start = 0
        self.wanted: ValueKind | None = None
        self._source: _SourceText | None = None
        self._resume = ArgumentState.BEFORE

    def another(self) -> "ArgumentParser":
        """Return another parser of the same kind, which wants no value: to compare texts by their marks."""
        return ArgumentParser(repairs=self._repairs)

    @property
    def size(self) -> int:
        """Return the number of characters of the object's text so far."""
        return self.mark[0] + self._spaces

    @property
    def complete(self) -> bool:
        """Return whether the object is closed. More text may follow until the call ends (A7)."""
        return self.state in _COMPLETE

    @property
    def ended(self) -> bool:
        """Return whether all further text is ignored: other text than an object followed the object, or it failed."""
        return self.state in _TERMINAL

    @property
    def open(self) -> bool:
        """Return whether an object has started and is neither closed nor failed."""
        return len(self._stack) > 0 and self.failure is None

    def feed(self, fragment: str) -> list[ValuePart]:
        """Parse a fragment; returns the parts of wanted values that it completes, in order."""
        self.rest = ""
        # Inside a string, ASCII without quotes and escapes is its own decoded text: no state changes.
        if (
            self.state is ArgumentState.STRING
            and self.inside_string
            and fragment.isascii()
            and '"' not in fragment
            and "\\" not in fragment
        ):
            self.skip(fragment)
            return [(self.wanted, fragment)] if self.wanted is not None and fragment else []
        if self._repairs and Repair.DOUBLE_ENCODED in self._repairs:  # hashing a member of an enumeration takes time
            fragment = self._decode(fragment)
        position, end = 0, len(fragment)
        self._object_start = 0
        if self._source is not None:
            self._source.start = 0
        while position < end and self.state not in _TERMINAL:
            position = HANDLERS[self.state](self, fragment, position)
        if self._source is not None:
            self._emit_source(self._source, fragment, position)
        # Only the object's own text counts towards the mark, so that a repeat in other cuts is recognised.
        if self._stack or self.state is ArgumentState.FAILED:
            self.mark = extended(self.mark, fragment, self._object_start)
        self.offset += end
        parts, self._parts = self._parts, []  # given up: the parser is kept until the response ends
        return parts

    def skip(self, text: str) -> None:
        """Advance over ``text``, which must consist of whole characters and escapes of the current string."""
        self.offset += len(text)
        self.mark = extended(self.mark, text)

    def _decode(self, fragment: str) -> str:
        """Decode a fragment if the arguments begin with a quote (A11)."""
        if not self.begun and fragment.lstrip().startswith('"'):
            self.begun, self._outer, self.offset = True, StringDecoder(), 0
            self._note("A11")
            fragment = fragment.lstrip()[1:]
        return fragment if self._outer is None else self._outer.feed(fragment)[0]

    @property
    def is_decoded(self) -> bool:
        """Return whether the text is decoded from a string around it (A11); ``offset`` is then one in decoded text."""
        return self._outer is not None

    @property
    def inside_string(self) -> bool:
        """Return whether the next character belongs to a string value and to no unfinished escape."""
        return (
            self.state is ArgumentState.STRING and self._string.plain and self._source is None and self._outer is None
        )

    def end(self) -> None:
        """Ignore all further text: what seemed to be another object is other text (R9)."""
        self.state = ArgumentState.ENDED
        self._note("A15")

    def refuse(self, reason: str, offset: int | None = None) -> None:
        """Read no further text: the arguments cannot be parsed, from ``offset`` on or behind the object."""
        self.state = ArgumentState.FAILED
        self.settled = True
        self.failure = (self.size if offset is None else offset, reason)  # not self.offset: that depends on the cuts

    def close(self) -> list[ValuePart]:
        """End the arguments; returns the parts that were kept.

        Text without any object is a failure, blank text and null are not (A1, A2, A19).
        """
        if self.state is ArgumentState.BEFORE and self.begun and self._preamble not in NULLS:
            self._fail(0, "there is no object in them", "A19")
        return []

    def _fail(self, position: int, reason: str, quirk: str) -> int:
        self.refuse(reason, self.offset + position)
        self._note(quirk)
        return position

    def _note(self, quirk: str) -> None:
        if quirk not in self._seen:
            self._seen.add(quirk)
            self.quirks.append(quirk)

    # --- one handler a state ---------------------------------------------------------------

    def _before(self, text: str, position: int) -> int:
        brace = text.find("{", position)
        skipped = text[position : brace if brace >= 0 else len(text)].strip()
        if skipped:
            # Quotes and brackets inside prose before the object are prose too.
            first = not self.begun
            self.begun = True
            if first and skipped[0] in _NO_OBJECT:
                return self._fail(text.index(skipped[0], position), *_NO_OBJECT[skipped[0]])
            if len(self._preamble) < _PREAMBLE:
                self._preamble += "".join(skipped.split())[:_PREAMBLE]
        if brace < 0:
            return len(text)
        if self._preamble:
            self._note("A15")
        return self._open_object(brace)

    def _open_object(self, brace: int) -> int:
        self.begun = True
        self._object_start = brace
        self._stack.append(ord("{"))
        self._trail.append(self._tree)
        self.state = ArgumentState.KEY_OR_END
        return brace + 1

    def _next_token(self, text: str, position: int) -> int:
        """Skip white space, and read the first character of the token after it."""
        if text[position] in _SPACES:
            start, end = position, len(text)
            while position < end and text[position] in _SPACES:
                position += 1
            self.mark = extended(self.mark, text, self._object_start, start)
            self._object_start = position
            self._spaces += position - start
            if position == end:
                return position
        if text[position] == "\\":
            self._resume, self.state = self.state, ArgumentState.BACKSLASH
            return position + 1
        return TOKENS[self.state](self, text, position)

    def _key_or_end(self, text: str, position: int) -> int:
        if text[position] == "}":
            return self._close_container(text, position)
        self._key = ""
        return self._begin_string(text[position], position, ArgumentState.KEY)

    def _read_key(self, text: str, position: int) -> int:
        key, position = self._string.feed(text, position)
        # More characters cannot make it a wanted key: the memory for keys is bounded.
        size = len(self._key)
        self._key += key if size + len(key) <= KEPT else key[: self._tree.key_limit - size]
        if self._string.closed:
            if len(self._stack) == 1 and len(self.keys) < _KEYS:
                self.keys.append(self._key)
            # R3: a key counts only on the path, never inside another object or an array.
            on_path = len(self._trail) == len(self._stack)
            self._node = self._trail[-1].get(self._key) if on_path else None
            self.state = ArgumentState.COLON
        return position

    def _colon(self, text: str, position: int) -> int:
        if text[position] != ":":
            return self._unexpected(text[position], position)
        self.state = ArgumentState.VALUE
        return position + 1

    def _value(self, text: str, position: int) -> int:
        if self._stack[-1] == ord("["):
            if text[position] == "]":
                return self._close_container(text, position)
            self._node = None
        elif self._node is ValueKind.MESSAGE and self.has_message:
            self._note("A22")
            self._node = None
        elif self._node is ValueKind.MESSAGE:
            self.has_message = True
        position = self._begin_value(text[position], position)
        if self.wanted is ValueKind.MESSAGE and self.state is ArgumentState.STRING:
            self.message_is_string = True
        return position

    def _read_string(self, text: str, position: int) -> int:
        decoded, position = self._string.feed(text, position)
        if decoded and self.wanted is not None:
            self._parts.append((self.wanted, decoded))
        if self._string.closed:
            self._end_value(text, position)
        elif self._string.waiting:
            self._note("A16")
        return position

    def _read_scalar(self, text: str, position: int) -> int:
        end = len(text)
        while position < end:
            longer = scalar.advance(self._scalar, text[position])
            if not longer:
                return self._end_scalar(text, position)
            self._scalar = longer
            position += 1
        return position  # a scalar ends only at the next character

    def _end_scalar(self, text: str, position: int) -> int:
        """End the scalar before a character that cannot continue it; fail if it is incomplete."""
        text_so_far = self._scalar
        number = text_so_far[:1] in NUMBER_STARTS
        if not number and text[position].isalpha():
            return self._fail(position, "a bare word in place of a value", "A14")
        if text_so_far not in scalar.COMPLETE:
            return self._fail(position, f"a {'number' if number else 'word'} breaks off", "A14")
        if text_so_far[0].isupper():  # True, False and None of Python
            self._note("A13")
        # The source text of a number is emitted as it arrives (_capture); null is emitted as nothing (R3).
        if self.wanted is not None and not number and text_so_far not in NULLS:
            self._parts.append((self.wanted, text_so_far))
        self._end_value(text, position)
        return position

    def _after_value(self, text: str, position: int) -> int:
        character = text[position]
        if character == ",":
            self._after_comma = True
            in_object = self._stack[-1] == ord("{")
            self.state = ArgumentState.KEY_OR_END if in_object else ArgumentState.VALUE
            return position + 1
        if _CLOSERS.get(character) == self._stack[-1]:
            return self._close_container(text, position)
        return self._unexpected(character, position)

    def _backslash(self, text: str, position: int) -> int:
        # A9: some models write \n between tokens; any other letter would be an over-escaped string (A12).
        if text[position] not in "nrt":
            return self._fail(position, "a backslash between two tokens", "A12")
        self._note("A9")
        self.state = self._resume
        return position + 1

    def _after(self, text: str, position: int) -> int:
        end = len(text)
        # No slice of the rest here: many {} in one fragment would take time quadratic in its length.
        while position < end and text[position].isspace():
            position += 1
        if position == end:
            return end
        character = text[position]
        if character == "{" and not self.keys:
            self._note("A4")
            self._restart()
            return self._open_object(position)
        if character == "{" and not self.is_decoded:  # a string in double-encoded arguments cannot contain another call
            self.state = ArgumentState.FOLLOWED
        else:
            self.state = ArgumentState.ENDED
            self._note(_TRAILING_QUIRKS.get(character, "A15"))
        return position

    def _followed(self, text: str, position: int) -> int:
        self.rest = text[position:]
        return len(text)

    # --- what handlers share ---------------------------------------------------------------

    def _unexpected(self, character: str, position: int) -> int:
        expected, quirk = _EXPECTED[self.state]
        if character == "'":
            return self._fail(position, f"{expected} was expected; try --repair single-quotes", "A13")
        return self._fail(position, f"{expected} was expected", quirk)

    def _begin_string(self, character: str, position: int, state: ArgumentState) -> int:
        if character == '"':
            self._string = StringDecoder()
        elif character == "'" and Repair.SINGLE_QUOTES in self._repairs:  # on request: apostrophes are ambiguous
            self._note("A13")
            self._string = StringDecoder("'")
        else:
            return self._unexpected(character, position)
        self.state = state
        return position + 1

    def _begin_value(self, character: str, position: int) -> int:
        # A tree whose value is not an object matches nothing: there are no keys in it.
        self.wanted = self._node if isinstance(self._node, ValueKind) else None
        if character in "{[":
            return self._open_container(character, position)
        if character in NUMBER_STARTS or character.isalpha():
            self._scalar, self.state = scalar.START, ArgumentState.SCALAR
            if character in NUMBER_STARTS:
                self._capture(position)
            return position
        return self._begin_string(character, position, ArgumentState.STRING)

    def _capture(self, position: int) -> None:
        """Emit the source text of the value that starts here, up to the end of the value at this depth (R3)."""
        if self.wanted is not None:
            self._source = _SourceText(self.wanted, position, len(self._stack))

    def _open_container(self, character: str, position: int) -> int:
        self._capture(position)
        self.wanted = None
        self._stack.append(ord(character))
        self._after_comma = False
        if character == "{":
            self.state = ArgumentState.KEY_OR_END
            if isinstance(self._node, dict):
                self._trail.append(self._node)
        else:
            self.state = ArgumentState.VALUE
        return position + 1

    def _close_container(self, text: str, position: int) -> int:
        if self._after_comma and self.state is not ArgumentState.AFTER_VALUE:
            self._note("A14")
        if len(self._trail) == len(self._stack):
            self._trail.pop()
        self._stack.pop()
        self._end_value(text, position + 1)
        if not self._stack:
            self.state = ArgumentState.AFTER
            self.settled = True
            self.mark = extended(self.mark, text, self._object_start, position + 1)
        return position + 1

    def _emit_source(self, source: _SourceText, text: str, end: int, last: bool = False) -> None:
        """Emit the source text of a value up to a position in the fragment; only surrogates change (R3)."""
        part = source.joiner.feed(text[source.start : end]) + (source.joiner.close() if last else "")
        if part:
            self._parts.append((source.kind, part))

    def _end_value(self, text: str, end: int) -> None:
        self.state = ArgumentState.AFTER_VALUE
        source = self._source
        if source is not None and len(self._stack) == source.depth:
            self._emit_source(source, text, end, last=True)
            self.wanted, self._source = source.kind, None
        if self.wanted is ValueKind.MESSAGE:  # T17: the next message need not wait for the rest of the object
            self.settled = True
        self.wanted = None


TOKENS: Final[dict[ArgumentState, Callable[[ArgumentParser, str, int], int]]] = {
    ArgumentState.KEY_OR_END: ArgumentParser._key_or_end,
    ArgumentState.COLON: ArgumentParser._colon,
    ArgumentState.VALUE: ArgumentParser._value,
    ArgumentState.AFTER_VALUE: ArgumentParser._after_value,
}
"""The handler of each state between tokens, for any character but white space and a backslash."""
HANDLERS: Final[dict[ArgumentState, Callable[[ArgumentParser, str, int], int]]] = {
    **dict.fromkeys(TOKENS, ArgumentParser._next_token),
    ArgumentState.BEFORE: ArgumentParser._before,
    ArgumentState.KEY: ArgumentParser._read_key,
    ArgumentState.STRING: ArgumentParser._read_string,
    ArgumentState.SCALAR: ArgumentParser._read_scalar,
    ArgumentState.BACKSLASH: ArgumentParser._backslash,
    ArgumentState.AFTER: ArgumentParser._after,
    ArgumentState.FOLLOWED: ArgumentParser._followed,
}
"""The handler of each state; ENDED and FAILED are terminal and have none."""
