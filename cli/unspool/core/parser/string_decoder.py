r"""Incremental decoder for the body of a JSON string (R3).

A decoder takes source text and returns decoded text. It keeps an unfinished
escape, at most 11 characters (``\ud83d\ude0``), and nothing else.

    decoder.feed(source, start) -> (text, end)
        text    the decoded text that is certain
        end     the position after the closing quote, or len(source)

Handlers take (decoder, source, position, parts), append decoded parts to
parts and return the next position. They are called while there is source left
and the string is open.
"""

import re
from collections.abc import Callable
from enum import Enum
from functools import cache

REPLACEMENT = "\ufffd"

# Compiling a class of surrogates takes 0.3 ms, so it is done on first use and not at start-up.
_compiled = cache(re.compile)
_SURROGATE = r"[\ud800-\udfff]"
_SURROGATES = r"([\ud800-\udbff])([\udc00-\udfff])|[\ud800-\udfff]"
# Possessive quantifiers: a fragment of any length is searched once.
_WHOLE = r'(?:[^"\\\x00-\x1f\ud800-\udfff]++|\\(?:["\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}))*+'
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")


def is_whole(source: str) -> bool:
    """Return whether part of a string has whole characters and valid escapes only, and no quote that ends the string.

    A surrogate half is none: its pair may follow.
    """
    if '"' not in source and "\\" not in source:
        return True
    return _compiled(_WHOLE).fullmatch(source) is not None


def _joined(match: re.Match[str]) -> str:
    high, low = match.groups()
    if high is None:
        return REPLACEMENT
    return chr(0x10000 + (ord(high) - 0xD800 << 10) + (ord(low) - 0xDC00))


class SurrogateJoiner:
    """Joins surrogate pairs in text that may be cut between the halves of a pair.

    A pair becomes its character, an unpaired half U+FFFD (R3). A high half at
    the end is kept until the next call.
    """

    __slots__ = ("high",)

    def __init__(self) -> None:
        self.high = ""

    def feed(self, text: str) -> str:
        """Return ``text`` with its pairs joined; a high half at the end is kept."""
        if self.high:
            text, self.high = self.high + text, ""
        elif text.isascii() or not _compiled(_SURROGATE).search(text):
            return text
        if 0xD800 <= ord(text[-1]) <= 0xDBFF:
            text, self.high = text[:-1], text[-1]
        return _compiled(_SURROGATES).sub(_joined, text)

    def close(self) -> str:
        """Return U+FFFD if a high half was kept, else ""."""
        rest, self.high = (REPLACEMENT if self.high else ""), ""
        return rest


class StringState(Enum):
    """The position of a decoder in its string."""

    __hash__ = object.__hash__  # by identity, which is faster: HANDLERS is looked up for each escape

    TEXT = "text"
    ESCAPE = "after a backslash"
    HEX = "in the digits of \\u"
    CLOSED = "after the closing quote"


class StringDecoder:
    """Decoder for one string body, which ends at ``quote``.

    ``waiting`` is true while an unfinished escape or surrogate pair is kept
    (A16). Input with only one possible reading is accepted (R9): raw control
    characters are text, an unknown or broken escape is kept as written.
    """

    __slots__ = ("_digits", "_joiner", "_quote", "state", "waiting")

    def __init__(self, quote: str = '"') -> None:
        self.state = StringState.TEXT
        self._quote = quote
        self._digits = ""
        self._joiner = SurrogateJoiner()
        self.waiting = False

    @property
    def closed(self) -> bool:
        """Return whether the closing quote has been read."""
        return self.state is StringState.CLOSED

    @property
    def plain(self) -> bool:
        """Return whether nothing is kept, in a string that ends at a double quote."""
        return self._quote == '"' and self.state is StringState.TEXT and not self.waiting

    def feed(self, source: str, start: int = 0) -> tuple[str, int]:
        """Decode ``source[start:]`` up to the closing quote, or to its end."""
        if self.closed:
            return "", start
        if not self.waiting:  # the common case, in one search and one slice
            ends = _STOP[self._quote] if source.isascii() else _compiled(_SPECIAL[self._quote])
            special = ends.search(source, start)
            if special is None:
                return source[start:], len(source)
            if special.group() == self._quote:
                self.state = StringState.CLOSED
                return source[start : special.start()], special.end()
        parts: list[str] = []
        position, end = start, len(source)
        while position < end and not self.closed:
            position = HANDLERS[self.state](self, source, position, parts)
        text = self._joiner.feed("".join(parts))
        if self.closed:  # no low half can follow
            text += self._joiner.close()
        self.waiting = self.state in (StringState.ESCAPE, StringState.HEX) or bool(self._joiner.high)
        return text, position

    def _text(self, source: str, position: int, parts: list[str]) -> int:
        match = _STOP[self._quote].search(source, position)
        if match is None:
            parts.append(source[position:])
            return len(source)
        parts.append(source[position : match.start()])
        self.state = StringState.CLOSED if match.group() == self._quote else StringState.ESCAPE
        return match.end()

    def _escape(self, source: str, position: int, parts: list[str]) -> int:
        character = source[position]
        if character == "u":
            self.state, self._digits = StringState.HEX, ""
            return position + 1
        self.state = StringState.TEXT
        if character == self._quote:  # with single quotes \' is an escape too (A13)
            parts.append(character)
        else:
            parts.append(_ESCAPES.get(character, "\\" + character))
        return position + 1

    def _hex(self, source: str, position: int, parts: list[str]) -> int:
        character = source[position]
        if character not in _HEX_DIGITS:  # R9: a broken escape is kept, and this character is read as text
            parts.append("\\u" + self._digits)
            self.state = StringState.TEXT
            return position
        self._digits += character
        if len(self._digits) == 4:
            parts.append(chr(int(self._digits, 16)))
            self.state = StringState.TEXT
        return position + 1


_STOP = {quote: re.compile(rf"[{quote}\\]") for quote in "\"'"}
_SPECIAL = {quote: rf"[{quote}\\\ud800-\udfff]" for quote in "\"'"}

HANDLERS: dict[StringState, Callable[[StringDecoder, str, int, list[str]], int]] = {
    StringState.TEXT: StringDecoder._text,
    StringState.ESCAPE: StringDecoder._escape,
    StringState.HEX: StringDecoder._hex,
}
"""The handler of each state; CLOSED is terminal and has none."""
