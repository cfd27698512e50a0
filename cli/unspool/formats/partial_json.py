r"""Parser for JSON text that may end anywhere (``parse_partial``).

It is for snapshots: the arguments of other tools in a view, and the user's code. The transformer never parses twice.

A handler takes (reader, position) and returns the position after the token that begins there. HANDLERS holds for each
state the characters that may begin the next token; any other character is an error. Between two tokens there may be
white space, also as the escapes ``\n``, ``\r`` and ``\t`` (A9).
"""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Any, Final

from unspool.core.parser.scalar import COMPLETE, START, advance
from unspool.core.parser.string_decoder import StringDecoder
from unspool.errors import PartialJSONError
from unspool.formats.json_codec import decode_uncopied

_SPACE = re.compile(r"(?:[ \t\n\r]+|\\[nrt])*(?:\\\Z)?")
_OPENING = re.compile(r"[{\[]")
_SCALAR = re.compile(r"[-+.\w]*")
_FRACTION_ALONE = re.compile(r"-?\.\d*")
_PYTHON_WORDS = {"True": True, "False": False, "None": None}
_MAX_DEPTH = 200
"""Nested containers; the limit of jiter, which parses strictly."""


class _Unfinished(Enum):
    VALUE = "a scalar that the text ends in"


_UNFINISHED: Final = _Unfinished.VALUE


def parse_partial(text: str, *, strict: bool = False) -> Any:
    """Return the value of ``text``, JSON that may end anywhere; an unfinished string counts as far as it goes.

    Any other unfinished value is left out, and so is a member without a value; what follows it counts. Empty text, and
    an unfinished number or word alone, is ``{}``. Tolerated (R9) are raw control characters and unknown escapes in
    strings, trailing commas, Python's words, text before the first ``{`` or ``[`` and after its end, and ``{}`` in
    front of the object.

    Raises PartialJSONError for what cannot be read, with its position in characters; with ``strict`` also for what is
    unfinished or imperfect. Raises TypeError for a text that is no str: bytes may end inside a character.
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be str, not {type(text).__name__}")
    if strict:
        return _parse_strictly(text)
    whole = text.strip()
    if not whole or _FRACTION_ALONE.fullmatch(whole):
        return {}
    start = len(text) - len(text.lstrip())
    if whole[0] in "{[":
        return _Reader(text).read(start)
    with suppress(PartialJSONError):
        value, end = _read_string(text, start + 1) if whole[0] == '"' else _read_scalar(text.rstrip(), start)
        if not text[end:].strip():
            return {} if value is _UNFINISHED else value
    return _Reader(text).read(_after_prose(text, start))


def _parse_strictly(text: str) -> Any:
    try:
        return decode_uncopied(text.encode())
    except ValueError as error:
        raise PartialJSONError(f"no JSON: {error}") from None


def _after_prose(text: str, start: int) -> int:
    """Find the first object or array at ``start`` or after the text there (A15)."""
    opening = _OPENING.search(text, start)
    if opening is None:
        raise _unexpected(text, start)
    return opening.start()


def _read_string(text: str, position: int) -> tuple[str, int]:
    """Decode the string whose body begins at ``position``, closed or not; return it and its end."""
    return StringDecoder().feed(text, position)


def _read_scalar(text: str, position: int) -> tuple[Any, int]:
    """Read a number, a literal or a word of Python's (A13); return its value, or _UNFINISHED, and its end."""
    run = _SCALAR.match(text, position)
    end = run.end() if run else position
    state = START
    for place in range(position, end):
        state = advance(state, text[place])
        if state == START:
            raise _unexpected(text, place)
    if state not in COMPLETE:
        if state == START or end < len(text):
            raise _unexpected(text, end)
        return _UNFINISHED, end
    word = text[position:end]
    try:
        return (_PYTHON_WORDS[word] if word in _PYTHON_WORDS else json.loads(word)), end
    except ValueError as error:  # more digits than Python converts
        raise PartialJSONError(f"no JSON: {error}") from None


def _unexpected(text: str, position: int) -> PartialJSONError:
    found = repr(text[position]) if position < len(text) else "the end"
    return PartialJSONError(f"no JSON: {found} is not expected at character {position}")


class _State(Enum):
    """The next thing expected inside an object or array."""

    KEY = "a key, or the end of the object"
    COLON = "the colon after a key"
    MEMBER = "the value of a member, which may be missing"
    ELEMENT = "an element, or the end of the array"
    COMMA = "a comma, or the end of the object or array"
    END = "nothing: what follows the value is other text"


class _Reader:
    """Reads one object or array, which the text may end in."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._value: Any = None
        self._open: list[Any] = []
        self._keys: list[str] = []  # for each open object the key of the member that is being read
        self._state = _State.END

    def read(self, position: int) -> Any:
        """Return the value that begins with the bracket at ``position``. Raises PartialJSONError."""
        text, size = self._text, len(self._text)
        position = self._begin(position)
        while self._state is not _State.END:
            position = _skip_space(text, position)
            if position == size:
                break
            handlers = HANDLERS[self._state]
            handler = handlers.get(text[position]) or handlers.get(_ANY)
            if handler is None:
                raise _unexpected(text, position)
            position = handler(self, position)
        return self._value

    def _begin(self, position: int) -> int:
        self._value = {} if self._text[position] == "{" else []
        return self._enter(self._value, position)

    def _enter(self, container: Any, position: int) -> int:
        if len(self._open) == _MAX_DEPTH:
            raise PartialJSONError(f"no JSON: nested more than {_MAX_DEPTH} deep at character {position}")
        self._open.append(container)
        if isinstance(container, dict):
            self._keys.append("")
            self._state = _State.KEY
        else:
            self._state = _State.ELEMENT
        return position + 1

    def _store(self, value: Any) -> None:
        container = self._open[-1]
        if isinstance(container, dict):
            container[self._keys[-1]] = value
        else:
            container.append(value)
        self._state = _State.COMMA

    def _object(self, position: int) -> int:
        return self._nested({}, position)

    def _array(self, position: int) -> int:
        return self._nested([], position)

    def _nested(self, container: Any, position: int) -> int:
        self._store(container)
        return self._enter(container, position)

    def _string(self, position: int) -> int:
        value, end = _read_string(self._text, position + 1)
        self._store(value)
        return end

    def _scalar(self, position: int) -> int:
        value, end = _read_scalar(self._text, position)
        if value is not _UNFINISHED:
            self._store(value)
        return end

    def _key(self, position: int) -> int:
        self._keys[-1], end = _read_string(self._text, position + 1)
        self._state = _State.COLON
        return end

    def _colon(self, position: int) -> int:
        self._state = _State.MEMBER
        return position + 1

    def _comma(self, position: int) -> int:
        self._state = _State.KEY if isinstance(self._open[-1], dict) else _State.ELEMENT
        return position + 1

    def _close(self, position: int) -> int:
        container = self._open[-1]
        if isinstance(container, dict) != (self._text[position] == "}"):
            raise _unexpected(self._text, position)
        self._open.pop()
        if isinstance(container, dict):
            self._keys.pop()
        if self._open:
            self._state = _State.COMMA
            return position + 1
        self._state = _State.END
        following = _skip_space(self._text, position + 1)
        if container == {} and self._text.startswith("{", following):  # A4: {} in front of the object
            return self._begin(following)
        return following


def _skip_space(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


_ANY = ""  # any character without an entry
_Handler = Callable[[_Reader, int], int]
_VALUES: dict[str, _Handler] = {
    "{": _Reader._object,
    "[": _Reader._array,
    '"': _Reader._string,
    _ANY: _Reader._scalar,
}

HANDLERS: dict[_State, dict[str, _Handler]] = {
    _State.KEY: {'"': _Reader._key, "}": _Reader._close},
    _State.COLON: {":": _Reader._colon},
    _State.MEMBER: {**_VALUES, ",": _Reader._comma, "}": _Reader._close},
    _State.ELEMENT: {**_VALUES, "]": _Reader._close},
    _State.COMMA: {",": _Reader._comma, "}": _Reader._close, "]": _Reader._close},
}
"""The handlers of each state but the last."""
