"""Two texts in one line, with what differs marked word by word: ``at [-seven-]{+eight+} tonight``.

The marks are those of git's word diff. Of long stretches that are the same only
the ends are shown.
"""

import re
from difflib import SequenceMatcher

from unspool.checks.alike import common_head
from unspool.checks.paint import Paint
from unspool.streams.output import one_line

_WORD = re.compile(r"[^\W\u2e80-\U0003ffff]+|\s+|.", re.DOTALL)  # where scripts use no spaces, each character is one
_COMPARED = 2_000  # words between the first difference and the last; the time may grow with the square
_AROUND = 30  # characters that are the same, shown beside a difference
_WORTH_LEAVING_OUT = 12  # characters
_LONGEST = 600  # characters of one difference


def marked(a: str, b: str, paint: Paint) -> str:
    """``a`` and ``b``, which differ, as one line that a terminal may show."""
    before, after = _WORD.findall(a), _WORD.findall(b)
    head = common_head(before, after)
    tail = common_head(before[head:][::-1], after[head:][::-1])
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    parts = [_same("".join(before[:head]), first=True, last=False)]
    if max(len(old), len(new)) > _COMPARED:
        parts += _changed(old, new, paint)
    else:
        parts += _words(old, new, paint)
    parts.append(_same("".join(before[len(before) - tail :]), first=False, last=True))
    return "".join(parts)


def shortened(text: str, longest: int = _LONGEST) -> str:
    """``text`` on one line, its end left out where it is long."""
    return one_line(text) if len(text) <= longest else f"{one_line(text[:longest])}… ({len(text):,} characters)"


def _words(old: list[str], new: list[str], paint: Paint) -> list[str]:
    """The marked words; what is the same but holds no word does not part two differences."""
    parts: list[str] = []
    removed: list[str] = []
    added: list[str] = []
    for kind, from_old, to_old, from_new, to_new in SequenceMatcher(None, old, new).get_opcodes():
        same = old[from_old:to_old]
        if kind == "equal" and any(word[0].isalnum() for word in same):
            parts += [*_changed(removed, added, paint), _same("".join(same), first=False, last=False)]
            removed, added = [], []
        else:
            removed += same
            added += new[from_new:to_new]
    return [*parts, *_changed(removed, added, paint)]


def _same(text: str, first: bool, last: bool) -> str:
    """A stretch that both have: its ends, where a difference is near."""
    head = 0 if first else _AROUND
    tail = 0 if last else _AROUND
    if len(text) <= head + tail + _WORTH_LEAVING_OUT:
        return one_line(text)
    return f"{one_line(text[:head])}…{one_line(text[len(text) - tail :])}"


def _changed(old: list[str], new: list[str], paint: Paint) -> list[str]:
    """Two stretches that differ."""
    removed, added = shortened("".join(old)), shortened("".join(new))
    return [
        paint(f"[-{removed}-]", "red") if removed else "",
        paint(f"{{+{added}+}}", "green") if added else "",
    ]
