"""Escaping of text for terminals: control characters are shown, not executed."""

import re

_UNSAFE = (
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
    r"\ud800-\udfff\ufeff\ufffe\uffff\U000e0000-\U000e007f]"
)
"""Characters that a terminal executes or hides, and that XML and YAML refuse.

C0 except newline and tab, DEL, C1, bidi controls, unpaired surrogates, byte order marks, non-characters, tags.
"""

_INVISIBLE = (
    r"[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u2060-\u2065\u206a-\u206f"
    r"\u3164\ufe00-\ufe0d\uffa0\ufff0-\ufffb\U000e0080-\U000e0fff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
)
"""Characters that a terminal does not show at all (Default_Ignorable_Code_Point)."""

_EMOJI = (
    r"\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u231a-\u23ff\u24c2\u25a0-\u27bf"
    r"\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_SELECTOR = rf"[\ufe0e\ufe0f](?<![{_EMOJI}][\ufe0e\ufe0f])(?!(?<=[#*0-9][\ufe0e\ufe0f])(?:\u20e3|\Z))"
"""A variation selector after a character that is no emoji; at the end of a text it may still become a keycap."""
_JOINER = rf"\u200d(?:(?<![{_EMOJI}]\u200d)(?<![{_EMOJI}]\ufe0f\u200d)|(?=[^{_EMOJI}]))"
"""A joiner that is not between two emoji; at the end of a text another emoji may still follow."""


def printable(text: str, before: str = "") -> str:
    r"""Return ``text`` with control and invisible characters as JSON escapes (``\u001b``).

    ``before`` is the text shown before it, at least its last two characters:
    with it a joiner inside an emoji is kept at every cut of a stream.
    """
    if text.isascii() and text.isprintable():  # as most messages: compiling the pattern takes milliseconds
        return text
    start = len(before)

    def show(match: re.Match[str]) -> str:
        return match.group() if match.start() < start else _shown(match)

    # Compiled by re on first use: the pattern is needed only where something goes to a terminal.
    return re.sub(f"{_UNSAFE}|{_INVISIBLE}|{_SELECTOR}|{_JOINER}", show, before + text)[start:]


def _shown(match: re.Match[str]) -> str:
    # JSON escapes are UTF-16 code units: characters beyond U+FFFF become two.
    units = match.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def one_line(text: str) -> str:
    """Return ``text`` for a message: printable, and on one line."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")
