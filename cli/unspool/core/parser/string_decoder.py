r"""Incremental decoder for the body of a JSON string (R3).

A decoder takes source text and returns decoded text. It keeps an unfinished
escape, at most 11 characters (``\ud83d\ude0``), and nothing else.

    decoder.feed(source, start) -> (text, end)
        text    the decoded text that is certain
        end     the position after the closing quote, or len(source)
"""

import re
from functools import cache
from json.decoder import scanstring  # type: ignore[attr-defined] # documented nowhere, and what raw_decode uses
from typing import Final, cast

from unspool.core.parser.mark import WINDOW

REPLACEMENT: Final = "\ufffd"
_LONG = 4096  # characters of a body that is not copied to be decoded; for fewer, looking for its end takes longer

# Compiling a class of surrogates takes 0.3 ms, so it is done on first use and not at start-up.
_compiled = cache(re.compile)
_SURROGATES: Final = r"([\ud800-\udbff])([\udc00-\udfff])|[\ud800-\udfff]"
# Possessive quantifiers: a fragment of any length is searched once.
_WHOLE: Final = r'(?:[^"\\\x00-\x1f\ud800-\udfff]++|\\(?:["\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}))*+'
_ESCAPE: Final = r"(?s)\\(?:u([0-9a-fA-F]{4})|(.))"
_ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def is_whole(source: str) -> bool:
    """Return whether part of a string has whole characters and valid escapes only, and no quote that ends the string.

    A surrogate half is none: its pair may follow.
    """
    if '"' not in source and "\\" not in source:
        return True
    return _compiled(_WHOLE).fullmatch(source) is not None


def has_surrogates(text: str) -> bool:
    """Return whether halves of surrogate pairs are in a text."""
    if text.isascii():
        return False
    try:
        for start in range(0, len(text), WINDOW):
            text[start : start + WINDOW].encode()  # takes a fifth of the time that a pattern takes, or less
    except UnicodeEncodeError:
        return True
    return False


def join_surrogates(text: str) -> str:
    """The text with each surrogate pair joined to one character, and U+FFFD for a half alone (R3)."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if has_surrogates(text) else text


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
        elif not has_surrogates(text):
            return text
        if 0xD800 <= ord(text[-1]) <= 0xDBFF:
            text, self.high = text[:-1], text[-1]
        return _compiled(_SURROGATES).sub(_joined, text)

    def close(self) -> str:
        """Return U+FFFD if a high half was kept, else ""."""
        rest, self.high = (REPLACEMENT if self.high else ""), ""
        return rest


class StringDecoder:
    """Decoder for one string body, which ends at ``quote``.

    ``closed`` is true after that quote. Input with only one possible reading is
    accepted (R9): raw control characters are text, an unknown or broken escape
    is kept as written.
    """

    def __init__(self, quote: str = '"') -> None:
        self.closed = False
        self._quote = quote
        self._kept = ""  # an unfinished escape
        self._joiner = SurrogateJoiner()

    @property
    def waiting(self) -> bool:
        """Return whether an unfinished escape or surrogate pair is kept (A16)."""
        return bool(self._kept or self._joiner.high)

    @property
    def plain(self) -> bool:
        """Return whether nothing is kept, in an open string that ends at a double quote."""
        return self._quote == '"' and not self.closed and not self._kept and not self._joiner.high

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
                self.closed = True
                return source[start : special.start()], special.end()
            if self._quote == '"' and len(source) - start > _LONG:
                body = self._whole_body(source, start)
                if body is not None:
                    return body
        before = 0
        if self._kept:  # at most once for a fragment
            before = start - len(self._kept)
            source, start, self._kept = self._kept + source[start:], 0, ""
        end = cast(re.Match[str], _compiled(_CERTAIN[self._quote]).match(source, start)).end()
        text = self._joiner.feed(self._decoded(source[start:end]))
        self.closed = source[end : end + 1] == self._quote
        if self.closed:  # no low half can follow
            return text + self._joiner.close(), before + end + 1
        self._kept = source[end:]
        return text, before + len(source)

    def close(self) -> str:
        """Return what is kept: an unfinished escape as written, and U+FFFD for half of a pair."""
        return self._joiner.close() + self._kept

    def _whole_body(self, source: str, start: int) -> tuple[str, int] | None:
        """Decode a body that ends in ``source``, in place: a long one is not copied. None where it does not."""
        try:
            text, end = scanstring(source, start, False)
        except ValueError:
            return None
        self.closed = True
        return self._joiner.feed(text) + self._joiner.close(), end

    def _decoded(self, source: str) -> str:
        """Return part of the body, without unfinished escapes, with its escapes decoded."""
        if self._quote == '"':  # C code: an escape in every fourth character took 17 times the memory of the text
            try:
                return cast(str, scanstring(source + '"', 0, False)[0])
            except ValueError:  # an unknown or broken escape
                pass
        return _compiled(_ESCAPE).sub(self._unescaped, source)

    def _unescaped(self, escape: re.Match[str]) -> str:
        code, letter = escape.groups()
        if code is not None:
            return chr(int(code, 16))
        if letter == self._quote:  # with single quotes \' is an escape too (A13)
            return self._quote
        return _ESCAPES.get(letter, escape.group())


_STOP: Final = {quote: re.compile(rf"[{quote}\\]") for quote in "\"'"}
_SPECIAL: Final = {quote: rf"[{quote}\\\ud800-\udfff]" for quote in "\"'"}
# Up to the closing quote, or to an escape of which more may come. \u without four digits is no escape (R9).
_CERTAIN: Final = {
    quote: rf"(?s)(?:[^{quote}\\]++|\\(?:[^u]|u(?:[0-9a-fA-F]{{4}}|(?![0-9a-fA-F]{{0,3}}\Z))))*+" for quote in "\"'"
}
