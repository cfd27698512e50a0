"""Values that were rewritten in part, as JSON with the source text of the rest: see ``source_text``.

    made_from(new, old) -> bool                           whether ``new`` holds members of ``old``, by identity
    SourceText(text).encode(new, old, start, end, out)    appends the JSON of ``new``, which was made from ``old``

Only the containers on the way to what was rewritten are read member by member;
the text of all others is copied.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, Protocol

from unspool.formats.json_codec import HUGE, decode, encode
from unspool.variants.members import choice_index

Span = tuple[int, int]

_STRING: Final = rb'"(?:[^"\\]+|\\.)*+"'
_TOKEN: Final = re.compile(_STRING + rb"|[{}\[\],]")
_NAME: Final = re.compile(rb"(" + _STRING + rb")[ \t\r\n]*:[ \t\r\n]*")
_BLANK: Final = re.compile(rb"[ \t\r\n]*")
_STRING_OR_SPACE: Final = re.compile(rb"(" + _STRING + rb")|[ \t\r\n]+")
_QUOTE, _COMMA = b'",'
_OPENING: Final = b"{["
_PIECE: Final = 1 << 16
"""Characters of a long string that are encoded at a time."""
_CACHED_INTEGERS: Final = range(-5, 257)
"""Integers of which Python has one object each, so that identity does not show the origin of a value."""


class Writer(Protocol):
    """What takes the pieces of the JSON."""

    def write(self, data: bytes, /) -> Any:
        """Take a piece."""


def made_from(new: Any, old: Any) -> bool:
    """Return whether an object holds a value of another one, by identity."""
    if type(new) is not dict or type(old) is not dict:
        return False
    return not _owned(new.values()).isdisjoint(_owned(old.values()))


class SourceText:
    """A valid JSON text; the position of its first byte identifies a value."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    def encode(self, new: Any, old: Any, start: int, end: int, out: Writer) -> None:
        """Append the JSON of ``new``, which was made from ``old``, whose text is that from ``start`` to ``end``."""
        if new is old:
            out.write(self._copy(start, end))
        elif type(new) is dict and type(old) is dict:
            self._encode_object(new, old, start, out)
        elif type(new) is list and type(old) is list:
            self._encode_array(new, old, start, out)
        else:
            _encode_new(new, out)

    def skip_space(self, position: int) -> int:
        """The position of the next character that is not white space."""
        found = _BLANK.match(self._text, position)
        return position if found is None else found.end()

    def view(self, start: int, end: int) -> memoryview:
        """The text from ``start`` to ``end``, which is not copied, without white space at its end."""
        piece = memoryview(self._text)[start:end]
        while piece and piece[-1] in b" \t\r\n":
            piece = piece[:-1]
        return piece

    def _copy(self, start: int, end: int) -> bytes:
        """The text of a value, without white space between tokens, and with strings as the encoder writes them."""
        piece = self._text[start:end].strip()
        if b"\\" in piece:
            return _STRING_OR_SPACE.sub(_encoded_again, piece)
        return _STRING_OR_SPACE.sub(rb"\1", piece) if len(piece.split(None, 1)) > 1 else piece

    def _encode_object(self, new: dict[str, Any], old: dict[str, Any], start: int, out: Writer) -> None:
        spans = self.members(start)
        before = b"{"
        for name, value in new.items():
            known = spans.get(name)
            if known is not None and value is not old[name]:
                known = known[-1:]  # readers keep the last of several
            key = encode(name) + b":"
            if known is None:
                out.write(before + key)
                self._encode_renamed(value, old, spans, out)
            else:
                for span in known:
                    out.write(before + key)
                    self.encode(value, old[name], *span, out)
                    before = b","
            before = b","
        out.write(b"}" if new else b"{}")

    def _encode_renamed(self, value: Any, old: dict[str, Any], spans: dict[str, list[Span]], out: Writer) -> None:
        """Append a value whose name is new: an object may be made from that of another name (B11: a message)."""
        for name, other in old.items():
            if made_from(value, other):
                self.encode(value, other, *spans[name][-1], out)
                return
        _encode_new(value, out)

    def _encode_array(self, new: list[Any], old: list[Any], start: int, out: Writer) -> None:
        spans = list(self.parts(start))
        origins = _Origins(old)
        before = b"["
        for position, value in enumerate(new):
            out.write(before)
            before = b","
            place = origins.place_of(value, position)
            if place is None:
                _encode_new(value, out)
            else:
                self.encode(value, old[place], *spans[place], out)
        out.write(b"]" if new else b"[]")

    def members(self, start: int) -> dict[str, list[Span]]:
        """The spans of the values of the object at ``start``, by name; a name may occur more than once."""
        members: dict[str, list[Span]] = {}
        for begin, end in self.parts(start):
            name = _NAME.match(self._text, begin, end)
            assert name is not None, "the text is valid JSON"
            members.setdefault(decode(name.group(1)), []).append((name.end(), end))
        return members

    def parts(self, start: int) -> Iterator[Span]:
        """The spans between the commas of the object or array at ``start``."""
        text, depth, begin = self._text, 0, self.skip_space(start + 1)
        for token in _TOKEN.finditer(text, start):
            mark, position = text[token.start()], token.start()
            if mark == _QUOTE:  # a whole string: its brackets and commas do not count
                continue
            if mark == _COMMA:
                if depth == 1:
                    yield begin, position
                    begin = self.skip_space(position + 1)
            elif mark in _OPENING:
                depth += 1
            else:
                depth -= 1
                if depth == 0:
                    if begin < position:  # else the container is empty
                        yield begin, position
                    return


class _Origins:
    """The elements of an array from which those of a rewritten one were made."""

    def __init__(self, old: list[Any]) -> None:
        self._old = old
        self._same = {id(one): place for place, one in enumerate(old)}
        self._owners: dict[int, int] = {}
        self._by_index: dict[int, int] = {}
        for place, one in enumerate(old):
            if type(one) is dict:
                self._by_index[choice_index(one)] = place
                for ident in _owned(one.values()):
                    self._owners[ident] = place

    def place_of(self, value: Any, position: int) -> int | None:
        """The place of the element that ``value`` was made from, or is; None where it is new."""
        if position < len(self._old) and value is self._old[position]:
            return position
        place = self._same.get(id(value))
        if place is not None or type(value) is not dict:
            return place
        for ident in _owned(value.values()):
            if ident in self._owners:
                return self._owners[ident]
        return self._by_index.get(choice_index(value))


def _encoded_again(found: re.Match[bytes]) -> bytes:
    """A string with the escapes that the encoder gives it, as in all other chunks (R1); nothing for white space."""
    string = found[1] or b""
    return encode(decode(string)) if b"\\" in string else string


def _encode_new(value: Any, out: Writer) -> None:
    """Append the JSON of a new value; of a huge string in pieces: the encoder's buffer is many times as large."""
    if type(value) is not str or len(value) <= HUGE:
        out.write(encode(value))
        return
    out.write(b'"')
    for start in range(0, len(value), _PIECE):
        out.write(encode(value[start : start + _PIECE])[1:-1])
    out.write(b'"')


def _owned(values: Any) -> set[int]:
    """The identities of those values that no other text can have given."""
    return {id(value) for value in values if _is_owned(value)}


def _is_owned(value: Any) -> bool:
    kind = type(value)
    if kind is str:  # Python shares the objects of empty and of some one-character strings
        return len(value) > 1
    if kind is int:
        return value not in _CACHED_INTEGERS
    return kind is dict or kind is list or kind is float
