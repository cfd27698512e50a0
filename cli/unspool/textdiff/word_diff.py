"""Word diff of two texts on one line: ``at [-seven-]{+eight+} tonight``.

The markers are those of git's word diff. Long equal parts are shortened to
their ends.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from operator import add
from typing import NamedTuple

from unspool.formats.printable import one_line, printable
from unspool.textdiff.align import common_prefix, opcodes
from unspool.textdiff.colour import Paint

_SENTENCE = re.compile(r".*?(?:[.!?:;,\u3002\uff01\uff0c\uff1f]\s+|\n+|\\n|$)", re.DOTALL)
r"""Texts are compared sentence by sentence first: split at punctuation, line ends, and ``\n`` in a JSON string."""
_WORD = re.compile(r"\s*(?:[^\W\u2e80-\U0003ffff]+|.)", re.DOTALL)  # in scripts without spaces each character is a word
_JOINER = "\u200d"
_CONTEXT = 30  # characters of equal text shown around a difference
_MIN_OMITTED = 12  # characters: a shorter omission saves nothing
_MAX_SHOWN = 300  # characters of one difference
_SHORT_TEXT = 60  # characters: short texts are marked however little they have in common
_LONG_TEXT = 1 << 20  # characters: the words of a longer text would take many times its memory


class Run(NamedTuple):
    """Equal text, or, where ``same`` is empty, text removed and added."""

    same: str
    removed: str
    added: str


def mark_differences(a: str, b: str, paint: Paint) -> str | None:
    """The word diff of two different texts, safe for a terminal.

    None if less than half of the longer text is equal, unless both are short.
    """
    found = runs(a, b)
    longest = max(len(a), len(b))
    if longest > _SHORT_TEXT and 2 * sum(len(run.same) for run in found) < longest:
        return None
    last = len(found) - 1
    return "".join(_format_run(run, at == 0, at == last, paint) for at, run in enumerate(found))


def runs(a: str, b: str) -> list[Run]:
    """The texts as alternating equal and different runs; of very long ones only the beginning and end are compared."""
    if max(len(a), len(b)) > _LONG_TEXT:
        head = common_prefix(a, b)
        tail = common_prefix(a[head:][::-1], b[head:][::-1])
        before, after = a[head : len(a) - tail], b[head : len(b) - tail]
        middle = [Run("", before, after)] if max(len(before), len(after)) > _LONG_TEXT else runs(before, after)
        return _merge([run for run in (Run(a[:head], "", ""), *middle, Run(a[len(a) - tail :], "", "")) if any(run)])
    found: list[Run] = []
    for kind, before, after in _parts(_SENTENCE.findall(a), _SENTENCE.findall(b)):
        found += (
            [Run(before, "", "")] if kind == "equal" else _as_runs(_parts(_split_words(before), _split_words(after)))
        )
    return _move_leading_space(_merge(_absorb_separators(_merge([run for run in found if any(run)]))))


def _parts(old: list[str], new: list[str]) -> Iterator[tuple[str, str, str]]:
    for kind, start, end, new_start, new_end in opcodes(old, new):
        yield kind, "".join(old[start:end]), "".join(new[new_start:new_end])


def _as_runs(parts: Iterable[tuple[str, str, str]]) -> list[Run]:
    return [Run(before, "", "") if kind == "equal" else Run("", before, after) for kind, before, after in parts]


def _absorb_separators(found: list[Run]) -> list[Run]:
    """Make punctuation and space between two differences part of the difference."""
    absorbed: list[Run] = []
    for last, run, following in zip_longest([None, *found], found, found[1:]):
        if run is None:
            break
        between = last is not None and following is not None and not (last.same or following.same)
        wordless = not any(character.isalnum() for character in run.same)
        absorbed.append(Run("", run.same, run.same) if run.same and between and wordless else run)
    return absorbed


def _merge(found: list[Run]) -> list[Run]:
    """Join neighbouring runs of the same kind."""
    merged: list[Run] = []
    for run in found:
        if merged and bool(merged[-1].same) == bool(run.same):
            merged[-1] = Run(*map(add, merged[-1], run))
        else:
            merged.append(run)
    return merged


def _split_words(text: str) -> list[str]:
    """The words and punctuation of a text, each with the space before it; combining marks stay with their letter."""
    words: list[list[str]] = []
    for word in _WORD.findall(text):
        combining = unicodedata.category(word[0]).startswith("M") or word[0] == _JOINER
        if words and (combining or words[-1][-1].endswith(_JOINER)):
            words[-1].append(word)
        else:
            words.append([word])
    return ["".join(pieces) for pieces in words]


def _move_leading_space(found: list[Run]) -> list[Run]:
    """Move a space that both sides of a difference begin with into the equal run before it."""
    trimmed: list[Run] = []
    for run in found:
        if run.removed and run.added and run.removed[0].isspace() and run.removed[0] == run.added[0]:
            before = trimmed.pop().same if trimmed else ""
            trimmed += [Run(before + run.removed[0], "", ""), Run("", run.removed[1:], run.added[1:])]
        else:
            trimmed.append(run)
    return trimmed


def _format_run(run: Run, first: bool, last: bool, paint: Paint) -> str:
    if run.same:
        return _shorten_middle(run.same, 0 if first else _CONTEXT, 0 if last else _CONTEXT)
    removed, added = shorten(run.removed), shorten(run.added)
    if are_similar(run.removed, run.added):
        removed, added = escape_non_ascii(run.removed), escape_non_ascii(run.added)
    return (paint(f"[-{removed}-]", "red") if removed else "") + (paint(f"{{+{added}+}}", "green") if added else "")


def _shorten_middle(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail + _MIN_OMITTED:
        return one_line(text)
    return f"{one_line(text[:head])}…{one_line(text[len(text) - tail :])}"


def shorten(text: str) -> str:
    """``text`` on one line; a long text is cut and its length given."""
    return one_line(text) if len(text) <= _MAX_SHOWN else f"{one_line(text[:_MAX_SHOWN])}… ({len(text):,} characters)"


def are_similar(a: str, b: str) -> bool:
    """Return whether two texts look the same: they differ in spaces, composition, or zero-width characters."""
    return _visible(a) == _visible(b)


def _visible(text: str) -> str:
    visible = "".join(character for character in one_line(text) if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFKC", visible)


def escape_non_ascii(text: str) -> str:
    r"""``text`` with all non-ASCII characters as escapes (``\u00a0``)."""
    return printable(json.dumps(text)[1:-1])
