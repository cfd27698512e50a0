"""The arguments of one tool call: finds named values in JSON that arrives in fragments.

    parser.feed(fragment) -> [(kind, text), …]   what is certain now of the wanted values
    parser.close()                               the arguments end here

Wanted values are given as a tree of keys (``value_tree``), so that one pass
finds the message and the thoughts. A string comes out decoded, any other value
as its source text, null as nothing (R3). What has been read is not kept: the
parser holds the current key, a word of at most five letters and one byte for
each open container.

Handlers take (parser, fragment, position), read at least one character or
change the state, and return the next position. FAILED is terminal. Tolerance
follows R9; each liberty taken is noted in ``quirks``.
"""

import re
from collections.abc import Callable
from enum import Enum, StrEnum

from unspool.core.strings import StringDecoder, SurrogateJoiner


class ValueKind(Enum):
    """What a wanted value is for."""

    MESSAGE = "message"
    THOUGHTS = "thoughts"


class Repair(StrEnum):
    """Readings of ambiguous input, taken only on request (R9)."""

    CUMULATIVE = "cumulative"
    DOUBLE_ENCODED = "double-encoded"
    SINGLE_QUOTES = "single-quotes"


ValueTree = dict[str, "ValueTree | ValueKind"]
Piece = tuple[ValueKind, str]


def value_tree(message: str, thoughts: tuple[str, ...]) -> "ValueTree":
    """The tree of wanted keys: ``message`` may be a dotted path, and wins over a thoughts name."""
    tree: ValueTree = dict.fromkeys(thoughts, ValueKind.THOUGHTS)
    *parents, last = message.split(".")
    branch = tree
    for key in parents:
        below = branch.get(key)
        if not isinstance(below, dict):
            below = branch[key] = {}
        branch = below
    branch[last] = ValueKind.MESSAGE
    return tree


class ArgumentState(Enum):
    """What the parser expects next."""

    BEFORE = "the first {"
    KEY_OR_END = "a key or }"
    KEY = "the rest of a key"
    COLON = "a colon"
    VALUE = "a value"
    ELEMENT = "an element or ]"
    STRING = "the rest of a string"
    WORD = "the rest of a word"
    NUMBER = "the rest of a number"
    AFTER_VALUE = "a comma or a closing bracket"
    BACKSLASH = "the letter after a stray backslash"
    AFTER = "nothing more"
    FAILED = "nothing: the arguments cannot be read"


_SPACE = re.compile(r"[ \t\n\r]*")
_DIGITS = re.compile(r"[-+.0-9eE]*")
_WORDS = ("true", "false", "null", "True", "False", "None")
_NOTHING = ("null", "None")
_CLOSERS = {"}": ord("{"), "]": ord("[")}
_STRING, _MESSAGE = ArgumentState.STRING, ValueKind.MESSAGE
_PREAMBLE = 8  # characters of the text before the object that are kept: enough to tell "null"


class ArgumentParser:
    """Finds the wanted values in one call's arguments.

    ``offset`` counts the characters of earlier fragments. When the arguments
    cannot be read, ``failure`` is (offset, reason) and the state is FAILED:
    what was given out before stands (R9).
    """

    __slots__ = (
        "_after_comma",
        "_debris",
        "_joiner",
        "_key",
        "_key_limit",
        "_node",
        "_outer",
        "_outer_start",
        "_pieces",
        "_preamble",
        "_raw",
        "_raw_depth",
        "_raw_start",
        "_repairs",
        "_resume",
        "_seen",
        "_stack",
        "_string",
        "_trail",
        "_tree",
        "_wanted",
        "_word",
        "begun",
        "empty",
        "failure",
        "offset",
        "quirks",
        "settled",
        "state",
    )

    def __init__(self, tree: ValueTree, repairs: frozenset[Repair] = frozenset()) -> None:
        self._tree = tree
        self._repairs = repairs
        self._key_limit = _longest_key(tree) + 1
        self._restart()
        self.begun = False
        self.settled = False
        self.failure: tuple[int, str] | None = None
        self.offset = 0
        self.quirks: list[str] = []
        self._outer: StringDecoder | None = None
        self._outer_start = 0
        self._seen: set[ValueKind | str] = set()

    def _restart(self) -> None:
        self.state = ArgumentState.BEFORE
        self.empty = True
        self._stack = bytearray()
        self._trail: list[ValueTree] = []
        self._node: ValueTree | ValueKind | None = None
        self._key = ""
        self._word = ""
        self._preamble = ""
        self._after_comma = False
        self._debris = False
        self._string = StringDecoder()
        self._wanted: ValueKind | None = None
        self._raw: ValueKind | None = None
        self._raw_depth = 0
        self._raw_start = 0
        self._joiner = SurrogateJoiner()
        self._resume = ArgumentState.BEFORE
        self._pieces: list[Piece] = []

    @property
    def complete(self) -> bool:
        """Whether the object is closed. More may follow: only the end of the call settles it (A7)."""
        return self.state is ArgumentState.AFTER

    @property
    def open(self) -> bool:
        """Whether an object was begun and is neither closed nor given up."""
        return self.state not in (ArgumentState.BEFORE, ArgumentState.AFTER, ArgumentState.FAILED)

    def feed(self, fragment: str) -> list[Piece]:
        """Read a fragment; give what it makes certain, in order."""
        pieces: list[Piece] = []
        self._pieces = pieces
        if self._outer is not None:
            self._read(self._outer.feed(fragment)[0])
        else:
            self._read(fragment)
            if self._outer is not None:  # the first fragment turned out to be an outer string
                self._read(self._outer.feed(fragment, self._outer_start)[0])
        self.offset += len(fragment)
        return pieces

    def runs_on(self, fragment: str) -> bool:
        """Take in ``fragment`` if all of it is plain text of the message, as most fragments are; else do nothing."""
        if self.state is not _STRING or self._wanted is not _MESSAGE or self._outer is not None:
            return False
        if self._string.waiting or self._string.special.search(fragment):
            return False
        self.offset += len(fragment)
        return True

    def close(self) -> None:
        """End the arguments: text in which no object ever began is a failure, blank and null are not (A1, A2, A19)."""
        if self.state is ArgumentState.BEFORE and self.begun and self._preamble.strip() not in _NOTHING:
            self._fail(0, "there is no object in them")

    def _read(self, text: str) -> None:
        position, end = 0, len(text)
        self._raw_start = 0
        while position < end and self.state is not ArgumentState.FAILED:
            position = HANDLERS[self.state](self, text, position)
        if self._raw is not None:
            self._give_source(self._raw, text[self._raw_start : position])

    def _fail(self, position: int, reason: str) -> int:
        self.state = ArgumentState.FAILED
        self.failure = (self.offset + position, reason)
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
            if not self.begun and skipped[0] in '"[':
                return self._not_an_object(text, text.index(skipped[0], position))
            self.begun = True
            self._preamble = self._preamble + text[position:brace] if brace >= 0 else self._preamble + text[position:]
            self._preamble = self._preamble.lstrip()[:_PREAMBLE]
        if brace < 0:
            return len(text)
        if self._preamble:
            self._note("A15")
        self.begun = True
        self._stack.append(ord("{"))
        self._trail.append(self._tree)
        self.state = ArgumentState.KEY_OR_END
        return brace + 1

    def _not_an_object(self, text: str, position: int) -> int:
        self.begun = True
        if text[position] == "[":
            return self._fail(position, "an array stands where an object should")
        if Repair.DOUBLE_ENCODED not in self._repairs or self._outer is not None:
            return self._fail(
                position, "a string stands where an object should; if it holds JSON, try --repair double-encoded"
            )
        self._note("A11")
        self._outer, self._outer_start = StringDecoder(), position + 1
        return len(text)

    def _key_or_end(self, text: str, position: int) -> int:
        character, position = self._next(text, position)
        if character == "}":
            if self._after_comma:
                self._note("A14")
            return self._close_container(text, position)
        return self._begin_string(character, text, position, ArgumentState.KEY, "a key")

    def _read_key(self, text: str, position: int) -> int:
        key, position = self._string.feed(text, position)
        if len(self._key) < self._key_limit:
            self._key += key[: self._key_limit - len(self._key)]
        if self._string.closed:
            self.empty = False
            on_path = len(self._trail) == len(self._stack)
            self._node = self._trail[-1].get(self._key) if on_path else None
            self.state = ArgumentState.COLON
        return position

    def _colon(self, text: str, position: int) -> int:
        character, position = self._next(text, position)
        if character == ":":
            self.state = ArgumentState.VALUE
            return position + 1
        return self._unexpected(character, position, "a colon")

    def _value(self, text: str, position: int) -> int:
        character, position = self._next(text, position)
        node, self._node = self._node, None
        if character in ("", "\\"):
            self._node = node
            return self._unexpected(character, position, "a value")
        if isinstance(node, ValueKind):
            node = self._want(node)
        return self._begin_value(character, text, position, node)

    def _element(self, text: str, position: int) -> int:
        character, position = self._next(text, position)
        if character == "]":
            if self._after_comma:
                self._note("A14")
            return self._close_container(text, position)
        return self._begin_value(character, text, position, None)

    def _read_string(self, text: str, position: int) -> int:
        decoded, position = self._string.feed(text, position)
        if decoded and self._wanted is not None:
            self._pieces.append((self._wanted, decoded))
        if self._string.closed:
            self._end_value(text, position)
        elif self._string.waiting:
            self._note("A16")
        return position

    def _read_word(self, text: str, position: int) -> int:
        while text[position : position + 1].isalpha():
            longer = self._word + text[position]
            if not any(word.startswith(longer) for word in _WORDS):
                return self._fail(position, "a bare word stands where a value should")
            self._word = longer
            position += 1
        if position == len(text):  # only what follows ends a word
            return position
        if self._word not in _WORDS:
            return self._fail(position, "a word breaks off")
        if self._word[0].isupper():
            self._note("A13")
        if self._wanted is not None and self._word not in _NOTHING:
            self._pieces.append((self._wanted, self._word))
        self._end_value(text, position)
        return position

    def _read_number(self, text: str, position: int) -> int:
        found = _DIGITS.match(text, position)
        assert found is not None
        if found.end() < len(text):
            self._end_value(text, found.end())
        return found.end()

    def _after_value(self, text: str, position: int) -> int:
        character, position = self._next(text, position)
        if character == ",":
            self._after_comma = True
            in_object = self._stack[-1] == ord("{")
            self.state = ArgumentState.KEY_OR_END if in_object else ArgumentState.ELEMENT
            return position + 1
        if _CLOSERS.get(character) == self._stack[-1]:
            return self._close_container(text, position)
        return self._unexpected(character, position, "a comma or a closing bracket")

    def _backslash(self, text: str, position: int) -> int:
        if text[position] not in "nrt":
            return self._fail(position, "a backslash stands between two tokens")
        self._note("A9")
        self.state = self._resume
        return position + 1

    def _after(self, text: str, position: int) -> int:
        rest = text[position:].lstrip()
        if rest and self.empty and rest[0] == "{" and not self._debris:
            self._note("A4")
            begun_at = len(text) - len(rest)
            pieces = self._pieces
            self._restart()
            self._pieces = pieces
            return begun_at
        if rest:
            self._debris = True
            self._note(_debris(rest))
        return len(text)

    # --- what handlers share ---------------------------------------------------------------

    def _next(self, text: str, position: int) -> tuple[str, int]:
        """The next character that is not white space, or "" at the end of the text."""
        found = _SPACE.match(text, position)
        assert found is not None
        position = found.end()
        return text[position : position + 1], position

    def _unexpected(self, character: str, position: int, expected: str) -> int:
        if not character:
            return position
        if character == "\\":
            self._resume, self.state = self.state, ArgumentState.BACKSLASH
            return position + 1
        hint = "; try --repair single-quotes" if character == "'" else ""
        return self._fail(position, f"{expected} was expected{hint}")

    def _begin_string(self, character: str, text: str, position: int, state: ArgumentState, expected: str) -> int:
        if character == '"':
            self._string = StringDecoder()
        elif character == "'" and Repair.SINGLE_QUOTES in self._repairs:
            self._note("A13")
            self._string = StringDecoder("'")
        else:
            return self._unexpected(character, position, expected)
        self._key = "" if state is ArgumentState.KEY else self._key
        self.state = state
        return position + 1

    def _begin_value(self, character: str, text: str, position: int, node: "ValueTree | ValueKind | None") -> int:
        self._wanted = node if isinstance(node, ValueKind) else None
        if character in "{[" and character:
            return self._open_container(character, position, node)
        if character.isalpha():
            self._word, self.state = "", ArgumentState.WORD
            return position
        if character in "-0123456789" and character:
            self.state = ArgumentState.NUMBER
            self._capture(position)
            return position
        return self._begin_string(character, text, position, ArgumentState.STRING, "a value")

    def _want(self, kind: ValueKind) -> ValueKind | None:
        """``kind`` at its first occurrence; a second message is noted and left out (R3)."""
        if kind is ValueKind.THOUGHTS:
            return kind
        if kind in self._seen:
            self._note("A22")
            return None
        self._seen.add(kind)
        return kind

    def _capture(self, position: int) -> None:
        """From here on the source text itself is the value, down to the depth of now."""
        if self._wanted is not None:
            self._raw, self._raw_start, self._raw_depth = self._wanted, position, len(self._stack)

    def _open_container(self, character: str, position: int, node: "ValueTree | ValueKind | None") -> int:
        self._capture(position)
        self._wanted = None
        self._stack.append(ord(character))
        self._after_comma = False
        if character == "{":
            self.state = ArgumentState.KEY_OR_END
            if isinstance(node, dict):
                self._trail.append(node)
        else:
            self.state = ArgumentState.ELEMENT
        return position + 1

    def _close_container(self, text: str, position: int) -> int:
        if len(self._trail) == len(self._stack):
            self._trail.pop()
        self._stack.pop()
        self._end_value(text, position + 1)
        if not self._stack:
            self.state = ArgumentState.AFTER
        return position + 1

    def _give_source(self, kind: ValueKind, source: str, last: bool = False) -> None:
        """Give out a piece of a value that is no string, as it was written but for halves of surrogates (R3)."""
        text = self._joiner.feed(source) + (self._joiner.close() if last else "")
        if text:
            self._pieces.append((kind, text))

    def _end_value(self, text: str, end: int) -> None:
        self.state = ArgumentState.AFTER_VALUE
        if self._raw is not None and len(self._stack) == self._raw_depth:
            self._give_source(self._raw, text[self._raw_start : end], last=True)
            self._wanted, self._raw = self._raw, None
        if self._wanted is ValueKind.MESSAGE:
            self.settled = True
        self._wanted = None


def _longest_key(tree: ValueTree) -> int:
    return max(
        (max(len(key), _longest_key(node) if isinstance(node, dict) else 0) for key, node in tree.items()), default=0
    )


def _debris(rest: str) -> str:
    """The quirk that text after the closing brace is (A6, A7, A15, A21)."""
    if rest[0] == "{":
        return "A6"
    if rest[0] == ",":
        return "A7"
    return "A21" if rest[0] in "}<" else "A15"


HANDLERS: dict[ArgumentState, Callable[[ArgumentParser, str, int], int]] = {
    ArgumentState.BEFORE: ArgumentParser._before,
    ArgumentState.KEY_OR_END: ArgumentParser._key_or_end,
    ArgumentState.KEY: ArgumentParser._read_key,
    ArgumentState.COLON: ArgumentParser._colon,
    ArgumentState.VALUE: ArgumentParser._value,
    ArgumentState.ELEMENT: ArgumentParser._element,
    ArgumentState.STRING: ArgumentParser._read_string,
    ArgumentState.WORD: ArgumentParser._read_word,
    ArgumentState.NUMBER: ArgumentParser._read_number,
    ArgumentState.AFTER_VALUE: ArgumentParser._after_value,
    ArgumentState.BACKSLASH: ArgumentParser._backslash,
    ArgumentState.AFTER: ArgumentParser._after,
}
"""What reads the next characters in each state; FAILED is terminal and reads nothing."""


class ResendFilter:
    """Takes a cumulative resend apart: each fragment repeats all before it (A5, Q13).

    Latched at the second fragment: a strict extension of the first makes it
    cumulative, anything else makes it plain for good, so that ordinary
    repetitions (``ll``, ``xx``) are never touched. Keeps the last fragment.
    """

    __slots__ = ("_cumulative", "_last")

    def __init__(self) -> None:
        self._last = ""
        self._cumulative: bool | None = None

    @property
    def latched(self) -> bool:
        """Whether this is known to be a cumulative resend."""
        return bool(self._cumulative)

    def extends(self, fragment: str) -> bool:
        """Whether ``fragment`` is known to repeat and extend the one before."""
        return self.latched and fragment.startswith(self._last)

    def feed(self, fragment: str) -> str:
        """What ``fragment`` adds to what came before."""
        if self._cumulative is False or not fragment:
            return fragment
        last, self._last = self._last, fragment
        if not last.strip():
            return fragment
        if fragment.startswith(last):
            self._cumulative = self._cumulative or len(fragment) > len(last) or None
            resent = self._cumulative or fragment.lstrip()[0] == "{"
            return fragment[len(last) :] if resent else fragment
        if self._cumulative:
            self._last = last if last.startswith(fragment) else last + fragment
            return "" if last.startswith(fragment) else fragment
        self._cumulative, self._last = False, ""
        return fragment
