"""Rewritten values as JSON in which what was not rewritten keeps its source text (R1).

A JSON reader loses what no writer can give back: a 30-digit integer becomes a
double, ``1.10`` becomes 1.1, ``-0`` becomes 0, and of members with the same
name only the last is left. So the text of each value that a rewritten value
still holds, by identity, is copied from the text that was read:

    encode_rewritten(new, old, text) -> bytes    ``new`` was made from ``old``, the value of ``text``

White space between tokens is left out, and strings have the escapes that
``encode`` gives them, so that the result is that of ``encode`` wherever that
loses nothing. Whether it does is found out first, by encoding ``old``: few texts
need more.
"""

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from unspool.core.errors import MalformedRecord
from unspool.formats.json_codec import HUGE, encode

if TYPE_CHECKING:
    from unspool.formats.splice import Writer

_SPACES = (b" ", b"\t", b"\r", b"\n")
"""White space between tokens, the commonest first. To replace each takes half the time of ``translate``."""
_ESCAPE: Final = len("\\u0041")


def encode_rewritten(new: Any, old: Any, text: bytes) -> bytes:
    """``new`` as one line of JSON; members kept from ``old`` have their source text, except for white space."""
    if keeps_text(old, text):
        return encode(new)
    out = BytesIO()  # not a list: the encoder's small results take a kilobyte of memory each
    write_rewritten(new, old, text, out)
    return out.getvalue()  # which copies nothing


def write_rewritten(new: Any, old: Any, text: bytes, out: "Writer") -> None:
    """Write the same in pieces, so that the JSON of a huge record is never in memory as a whole."""
    from unspool.formats.splice import SourceText  # noqa: PLC0415 - its patterns take milliseconds, and are seldom needed

    source = SourceText(text)
    source.encode(new, old, source.skip_space(0), len(text), out)


def keeps_text(value: Any, text: bytes) -> bool:
    """Return whether encoding ``value`` gives all of ``text``, the white space between its tokens aside.

    May be False where only the spelling of strings is another, and for a huge text, which is not copied for this.
    """
    if len(text) > HUGE:
        return False
    try:
        encoded = encode(value)
    except MalformedRecord:
        return False
    if encoded == text:
        return True
    # Without any spaces both have the same characters only if they have the same tokens.
    for space in _SPACES:
        encoded, text = encoded.replace(space, b""), text.replace(space, b"")
        if encoded == text:
            return True
    return _differ_in_one_string(encoded, text)


def _differ_in_one_string(encoded: bytes, text: bytes) -> bool:
    """Return whether ``text`` only writes characters of one string as escapes, as many servers do beyond ASCII."""
    first, last = text.find(b"\\u"), text.rfind(b"\\u") + _ESCAPE
    if first < 0 or not encoded.startswith(text[:first]) or not encoded.endswith(text[last:]):
        return False
    end = len(encoded) - len(text) + last
    return end >= first and b'"' not in text[first:last] and b'"' not in encoded[first:end]
