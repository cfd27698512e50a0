"""Text that a terminal can show without obeying it."""

import re

_UNSAFE = (
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
    r"\ud800-\udfff\ufeff\ufffe\uffff\U000e0000-\U000e007f]"
)
"""What a terminal would obey or hide, and what XML and YAML refuse; compiled when it is asked for.

C0 but newline and tab, DEL, C1, bidi controls, halves of surrogate pairs, byte order marks, non-characters, tags.
"""


def printable(text: str) -> str:
    r"""``text`` with control characters shown as JSON escapes (``\u001b``), so that a terminal obeys none."""
    return re.sub(_UNSAFE, _shown, text)


def _shown(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def one_line(text: str) -> str:
    """``text`` for a message: printable, and on one line."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")
