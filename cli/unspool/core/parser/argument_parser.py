"""The arguments of one tool call: finds named values in JSON that arrives in fragments.

    parser.feed(fragment) -> [(kind, text), …]   what is certain now of the wanted values
    parser.close()                               the arguments end here

Wanted values are given as a tree of keys (``value_tree``), so that one pass
finds the message and the thoughts. A string comes out decoded, any other value
as its source text, null as nothing (R3). What has been read is not kept: the
parser holds the current key, a short word and a byte for each open container.

Handlers take (parser, fragment, position), read a character or change the state,
and return the next position. FAILED is terminal. Tolerance follows R9; ``quirks``
notes each liberty taken.
"""

import re
from collections.abc import Callable
from enum import Enum
from typing import cast

from unspool.core.parser.string_decoder import StringDecoder, SurrogateJoiner
from unspool.core.parser.targets import Piece, ValueKind, ValueTree
from unspool.core.repairs import Repair


class ArgumentState(Enum):
    """What the parser expects next."""

    __hash__ = object.__hash__  # by identity: HANDLERS is asked for each token

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
_DEBRIS = {"{": "A6", ",": "A7", "}": "A21", "<": "A21"}  # by what text after the object begins with; else A15
_CLOSERS = {"}": ord("{"), "]": ord("[")}
_PREAMBLE = 8  # characters of the text before the object that are kept: enough to tell "null"


class ArgumentParser:
    """Finds the wanted values in one call's arguments.

    ``wanted`` is what the value being read is for, ``offset`` counts the characters
    of earlier fragments; ``settled`` once the message is over, or will never come
    (T17). When the arguments cannot be read, ``failure`` is (offset, reason) and
    the state is FAILED: what was given out before stands (R9).
    """

    def __init__(self, tree: ValueTree, repairs: frozenset[Repair] = frozenset()) -> None:
        self._tree = tree
        self._repairs = repairs
        self._pieces: list[Piece] = []
        self._key_limit = tree.longest_key + 1
        self._restart()
        self.begun = False
        self.failure: tuple[int, str] | None = None
        self.offset = 0
        self.quirks: list[str] = []
        self._outer: StringDecoder | None = None
        self._outer_start = 0
        self._seen: set[ValueKind | str] = set()

    def _restart(self) -> None:
        self.state = ArgumentState.BEFORE
        self.empty = True
        self.settled = False
        self._stack = bytearray()
        self._trail: list[ValueTree] = []
        self._node: ValueTree | ValueKind | None = None
        self._key = self._word = self._preamble = ""
        self._after_comma = False
        self._debris = False
        self._string = StringDecoder()
        self.wanted: ValueKind | None = None
        self._raw: ValueKind | None = None
        self._raw_depth = self._raw_start = 0
        self._joiner = SurrogateJoiner()
        self._resume = ArgumentState.BEFORE

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
        self._pieces = []
        outer, start = self._outer, 0
        if outer is None:
            self._read(fragment)
            outer, start = self._outer, self._outer_start  # the first fragment may turn out to be an outer string
        if outer is not None:
            self._read(outer.feed(fragment, start)[0])
        self.offset += len(fragment)
        return self._pieces

    @property
    def inside_string(self) -> bool:
        """Whether the next character stands in a string value, as most do, and is no rest of an escape."""
        return self.state is ArgumentState.STRING and self._string.plain and self._raw is None and self._outer is None

    def run_on(self, text: str) -> None:
        """Take in whole characters and escapes of the string it stands in, and nothing else."""
        self.offset += len(text)

    def close(self) -> None:
        """End the arguments: text in which no object ever began is a failure, blank and null are not (A1, A2, A19)."""
        if self.state is ArgumentState.BEFORE and self.begun and self._preamble.strip() not in _NOTHING:
            self._fail(0, "there is no object in them", "A19")

    def _read(self, text: str) -> None:
        position, end = 0, len(text)
        self._raw_start = 0
        while position < end and self.state is not ArgumentState.FAILED:
            position = HANDLERS[self.state](self, text, position)
        if self._raw is not None:
            self._give_source(self._raw, text[self._raw_start : position])

    def _fail(self, position: int, reason: str, quirk: str) -> int:
        self.state = ArgumentState.FAILED
        self.settled = True
        self.failure = (self.offset + position, reason)
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
            return self._fail(position, "an array stands where an object should", "A19")
        if Repair.DOUBLE_ENCODED not in self._repairs:
            return self._fail(
                position, "a string stands where an object should; if it holds JSON, try --repair double-encoded", "A11"
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
        return self._begin_string(character, position, ArgumentState.KEY, "a key")

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
        return self._begin_value(character, position, node)

    def _element(self, text: str, position: int) -> int:
        character, position = self._next(text, position)
        if character == "]":
            if self._after_comma:
                self._note("A14")
            return self._close_container(text, position)
        return self._begin_value(character, position, None)

    def _read_string(self, text: str, position: int) -> int:
        decoded, position = self._string.feed(text, position)
        if decoded and self.wanted is not None:
            self._pieces.append((self.wanted, decoded))
        if self._string.closed:
            self._end_value(text, position)
        elif self._string.waiting:
            self._note("A16")
        return position

    def _read_word(self, text: str, position: int) -> int:
        while text[position : position + 1].isalpha():
            longer = self._word + text[position]
            if not any(word.startswith(longer) for word in _WORDS):
                return self._fail(position, "a bare word stands where a value should", "A14")
            self._word = longer
            position += 1
        if position == len(text):  # only what follows ends a word
            return position
        if self._word not in _WORDS:
            return self._fail(position, "a word breaks off", "A14")
        if self._word[0].isupper():
            self._note("A13")
        if self.wanted is not None and self._word not in _NOTHING:
            self._pieces.append((self.wanted, self._word))
        self._end_value(text, position)
        return position

    def _read_number(self, text: str, position: int) -> int:
        end = cast(re.Match[str], _DIGITS.match(text, position)).end()
        if end < len(text):
            self._end_value(text, end)
        return end

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
            return self._fail(position, "a backslash stands between two tokens", "A12")
        self._note("A9")
        self.state = self._resume
        return position + 1

    def _after(self, text: str, position: int) -> int:
        rest = text[position:].lstrip()
        if rest and self.empty and rest[0] == "{" and not self._debris:
            self._note("A4")
            self._restart()
            return len(text) - len(rest)
        if rest:
            self._debris = True
            self._note(_DEBRIS.get(rest[0], "A15"))
        return len(text)

    # --- what handlers share ---------------------------------------------------------------

    def _next(self, text: str, position: int) -> tuple[str, int]:
        """The next character that is not white space, or "" at the end of the text."""
        if text[position : position + 1] in " \t\n\r":  # as where nothing follows
            position = cast(re.Match[str], _SPACE.match(text, position)).end()
        return text[position : position + 1], position

    def _unexpected(self, character: str, position: int, expected: str) -> int:
        if not character:
            return position
        if character == "\\":
            self._resume, self.state = self.state, ArgumentState.BACKSLASH
            return position + 1
        if character == "'":
            return self._fail(position, f"{expected} was expected; try --repair single-quotes", "A13")
        return self._fail(position, f"{expected} was expected", "A14" if expected == "a key" else "A17")

    def _begin_string(self, character: str, position: int, state: ArgumentState, expected: str) -> int:
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

    def _begin_value(self, character: str, position: int, node: ValueTree | ValueKind | None) -> int:
        self.wanted = node if isinstance(node, ValueKind) else None
        if character in "{[" and character:
            return self._open_container(character, position, node)
        if character.isalpha():
            self._word, self.state = "", ArgumentState.WORD
            return position
        if character in "-0123456789" and character:
            self.state = ArgumentState.NUMBER
            self._capture(position)
            return position
        return self._begin_string(character, position, ArgumentState.STRING, "a value")

    def _want(self, kind: ValueKind) -> ValueKind | None:
        """``kind`` at its first occurrence; a second message is noted and left out (R3)."""
        if kind in self._seen:
            self._note("A22")
            return None
        if kind is ValueKind.MESSAGE:
            self._seen.add(kind)
        return kind

    def _capture(self, position: int) -> None:
        """From here on the source text itself is the value, down to the depth of now."""
        if self.wanted is not None:
            self._raw, self._raw_start, self._raw_depth = self.wanted, position, len(self._stack)

    def _open_container(self, character: str, position: int, node: ValueTree | ValueKind | None) -> int:
        self._capture(position)
        self.wanted = None
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
        self.state = self.state if self._stack else ArgumentState.AFTER
        self.settled = self.settled or not self._stack
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
            self.wanted, self._raw = self._raw, None
        if self.wanted is ValueKind.MESSAGE:
            self.settled = True
        self.wanted = None


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
