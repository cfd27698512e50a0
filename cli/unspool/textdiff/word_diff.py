"""Two texts in one line, with what differs marked word by word: ``at [-seven-]{+eight+} tonight``.

The marks are those of git's word diff. Of long stretches that are the same only
the ends are shown.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from operator import add
from typing import NamedTuple

from unspool.formats.printable import one_line, printable
from unspool.textdiff.align import opcodes
from unspool.textdiff.colour import Paint

_SENTENCE = re.compile(r".*?(?:[.!?:;,\u3002\uff01\uff0c\uff1f]\s+|\n+|\\n|$)", re.DOTALL)
r"""Texts are first compared by their sentences: parted at stops, lines, and ``\n`` in a JSON string."""
_WORD = re.compile(r"\s*(?:[^\W\u2e80-\U0003ffff]+|.)", re.DOTALL)  # where scripts use no spaces, each character is one
_JOINER = "\u200d"
_AROUND = 30  # characters that are the same, shown beside a difference
_WORTH_LEAVING_OUT = 12  # characters
_LONGEST = 300  # characters of one difference
_SHORT = 60  # characters of a text that is no prose


class Run(NamedTuple):
    """A stretch that both texts have, or, where ``same`` is empty, one for another."""

    same: str
    removed: str
    added: str


def marked(a: str, b: str, paint: Paint) -> str | None:
    """``a`` and ``b``, which differ, as one line that a terminal may show; None if they have too little in common.

    That is less than half, except where both are short.
    """
    found = runs(a, b)
    longest = max(len(a), len(b))
    if longest > _SHORT and 2 * sum(len(run.same) for run in found) < longest:
        return None
    last = len(found) - 1
    return "".join(_shown(run, at == 0, at == last, paint) for at, run in enumerate(found))


def runs(a: str, b: str) -> list[Run]:
    """What is the same and what is not, in turn."""
    found: list[Run] = []
    for kind, before, after in _parts(_SENTENCE.findall(a), _SENTENCE.findall(b)):
        found += [Run(before, "", "")] if kind == "equal" else _runs(_parts(_words(before), _words(after)))
    return _trimmed(_merged(_absorbed(_merged([run for run in found if any(run)]))))


def _parts(old: list[str], new: list[str]) -> Iterator[tuple[str, str, str]]:
    for kind, start, end, new_start, new_end in opcodes(old, new):
        yield kind, "".join(old[start:end]), "".join(new[new_start:new_end])


def _runs(parts: Iterable[tuple[str, str, str]]) -> list[Run]:
    return [Run(before, "", "") if kind == "equal" else Run("", before, after) for kind, before, after in parts]


def _absorbed(found: list[Run]) -> list[Run]:
    """The runs in which signs and spaces between two differences are a part of them."""
    absorbed: list[Run] = []
    for last, run, following in zip_longest([None, *found], found, found[1:]):
        if run is None:
            break
        between = last is not None and following is not None and not (last.same or following.same)
        wordless = not any(character.isalnum() for character in run.same)
        absorbed.append(Run("", run.same, run.same) if run.same and between and wordless else run)
    return absorbed


def _merged(found: list[Run]) -> list[Run]:
    """The runs with no two of a kind in a row."""
    merged: list[Run] = []
    for run in found:
        if merged and bool(merged[-1].same) == bool(run.same):
            merged[-1] = Run(*map(add, merged[-1], run))
        else:
            merged.append(run)
    return merged


def _words(text: str) -> list[str]:
    """The words and signs of a text, with the space in front; what is drawn on a letter stays with it."""
    words: list[list[str]] = []
    for word in _WORD.findall(text):
        drawn_on = unicodedata.category(word[0]).startswith("M") or word[0] == _JOINER
        if words and (drawn_on or words[-1][-1].endswith(_JOINER)):
            words[-1].append(word)
        else:
            words.append([word])
    return ["".join(pieces) for pieces in words]


def _trimmed(found: list[Run]) -> list[Run]:
    """The runs with the space in front of two words for each other counted to what stands before."""
    trimmed: list[Run] = []
    for run in found:
        if run.removed and run.added and run.removed[0].isspace() and run.removed[0] == run.added[0]:
            before = trimmed.pop().same if trimmed else ""
            trimmed += [Run(before + run.removed[0], "", ""), Run("", run.removed[1:], run.added[1:])]
        else:
            trimmed.append(run)
    return trimmed


def _shown(run: Run, first: bool, last: bool, paint: Paint) -> str:
    if run.same:
        return _ends(run.same, 0 if first else _AROUND, 0 if last else _AROUND)
    removed, added = shortened(run.removed), shortened(run.added)
    if look_alike(run.removed, run.added):
        removed, added = spelled(run.removed), spelled(run.added)
    return (paint(f"[-{removed}-]", "red") if removed else "") + (paint(f"{{+{added}+}}", "green") if added else "")


def _ends(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail + _WORTH_LEAVING_OUT:
        return one_line(text)
    return f"{one_line(text[:head])}…{one_line(text[len(text) - tail :])}"


def shortened(text: str) -> str:
    """``text`` on one line, its end left out where it is long."""
    return one_line(text) if len(text) <= _LONGEST else f"{one_line(text[:_LONGEST])}… ({len(text):,} characters)"


def look_alike(a: str, b: str) -> bool:
    """Whether a reader would see no difference: other spaces, other composition, characters without width."""
    return _look(a) == _look(b)


def _look(text: str) -> str:
    seen = "".join(character for character in one_line(text) if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFKC", seen)


def spelled(text: str) -> str:
    r"""``text`` with all but ASCII as escapes (``\u00a0``)."""
    return printable(json.dumps(text)[1:-1])
