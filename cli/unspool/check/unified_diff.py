"""A unified diff for people: of bytes, line by line, with control characters shown.

difflib finds the differences. Lines end at the line feed alone, as in JSONL,
and only so many are compared that a diff never takes long.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from unspool.formats.printable import one_line
from unspool.textdiff.align import common_prefix
from unspool.textdiff.word_diff import are_similar, escape_non_ascii

_LINE = re.compile(b"[^\n]*\n|[^\n]+")
_AROUND = 3  # lines that are the same, shown before and behind
_LONGEST_BLOCK = 50  # lines of one sign
_LONGEST_LINE = 1_000  # characters
_BEFORE = 100  # characters of a long line shown before its first difference
_COMPARED = 2_000  # lines of each side; the time may grow with the square


def unified(expected: bytes, actual: bytes, expected_name: str, actual_name: str) -> list[str]:
    r"""The diff from ``expected`` to ``actual``, which differ; lines without their ends.

    Bytes that are no UTF-8 are shown as ``\xff``, and all but ASCII as escapes
    where lines would look the same. Long lines are clipped around the first
    difference, and of many lines in a row the first are shown. Of what follows the first
    difference 2,000 lines are compared; a last line reports if there are more.
    """
    before, after = _LINE.findall(expected), _LINE.findall(actual)
    start = max(0, common_prefix(before, after) - _AROUND)
    old, new, cut = _window(before[start:], after[start:])
    diff = [f"--- {one_line(expected_name)}", f"+++ {one_line(actual_name)}"]
    for hunk in SequenceMatcher(None, old, new).get_grouped_opcodes(_AROUND):  # blank lines are no landmarks
        (_, old_from, _, new_from, _), (_, _, old_to, _, new_to) = hunk[0], hunk[-1]
        diff.append(f"@@ -{_range(start, old_from, old_to)} +{_range(start, new_from, new_to)} @@")
        for kind, old_from, old_to, new_from, new_to in hunk:
            removed, added = _texts(old[old_from:old_to]), _texts(new[new_from:new_to])
            if kind == "equal":
                diff += _block(" ", removed)
            else:
                removed, added = _comparable(removed, added)
                diff += _block("-", removed) + _block("+", added)
    if cut:
        diff.append(f"… compared up to line {start + _COMPARED}")
    return diff


def _window(old: list[bytes], new: list[bytes]) -> tuple[list[bytes], list[bytes], bool]:
    """As many lines as are compared, and whether that is not all.

    It is not known what is equal after their end, so a last difference
    that touches the end is left out, unless it is the only one.
    """
    if max(len(old), len(new)) <= _COMPARED:
        return old, new, False
    old, new = old[:_COMPARED], new[:_COMPARED]
    changes = [code for code in SequenceMatcher(None, old, new).get_opcodes() if code[0] != "equal"]
    if len(changes) > 1:
        _, old_end, _, new_end, _ = changes[-1]
        old, new = old[:old_end], new[:new_end]
    return old, new, True


def _comparable(removed: list[str], added: list[str]) -> tuple[list[str], list[str]]:
    """Replaced lines, clipped around their first difference; with escapes where they would look the same."""
    at = [common_prefix(one, other) for one, other in zip(removed, added, strict=False)]
    at += [0] * max(len(removed), len(added))
    removed, added = list(map(_clipped, removed, at)), list(map(_clipped, added, at))
    if any(map(are_similar, removed, added)):
        return list(map(_spelled, removed)), list(map(_spelled, added))
    return removed, added


def _clipped(text: str, at: int) -> str:
    """A line, or, where it is long, the part of it around ``at``."""
    line = text.removesuffix("\n")
    if len(line) <= _LONGEST_LINE:
        return text
    start = max(0, at - _BEFORE)
    end = start + _LONGEST_LINE
    return f"{'…' if start else ''}{line[start:end]}{'…' if end < len(line) else ''}{text[len(line) :]}"


def _spelled(text: str) -> str:
    line = text.removesuffix("\n")
    return escape_non_ascii(line) + text[len(line) :]


def _block(sign: str, texts: list[str]) -> list[str]:
    """Lines of one sign; of many the first, so that those of the other sign are seen too."""
    lines = [shown for text in texts[:_LONGEST_BLOCK] for shown in _shown(sign, text)]
    more = len(texts) - _LONGEST_BLOCK
    return [*lines, f"… {more:,} more such lines"] if more > 0 else lines


def _range(start: int, first: int, end: int) -> str:
    """Lines of a hunk as diff tools write them: where it begins, counted from 1, and how many if not one."""
    length = end - first
    begin = start + first + (length > 0)
    return f"{begin}" if length == 1 else f"{begin},{length}"


def _texts(lines: list[bytes]) -> list[str]:
    return [line.decode(errors="backslashreplace") for line in lines]


def _shown(sign: str, text: str) -> Iterator[str]:
    yield sign + one_line(text.removesuffix("\n"))
    if not text.endswith("\n"):
        yield "\\ No newline at end of file"
