"""A unified diff for people: of bytes, line by line, with control characters shown.

difflib finds the differences. Lines end at the line feed alone, as in JSONL,
and only so many are compared that a diff never takes long.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from unspool.checks.alike import common_head
from unspool.streams.output import one_line

_LINE = re.compile(b"[^\n]*\n|[^\n]+")
_AROUND = 3  # lines that are the same, shown before and behind
_COMPARED = 2_000  # lines of each side; the time may grow with the square
_SIGNS = {"replace": "-+", "delete": "-", "insert": "+", "equal": " "}


def unified(expected: bytes, actual: bytes, expected_name: str, actual_name: str) -> list[str]:
    r"""The diff from ``expected`` to ``actual``, which differ; lines without their ends.

    Bytes that are no UTF-8 are shown as ``\xff``. Of what follows the first
    difference 2,000 lines are compared; a last line says if there are more.
    """
    before, after = _LINE.findall(expected), _LINE.findall(actual)
    start = max(0, common_head(before, after) - _AROUND)
    old, new = before[start : start + _COMPARED], after[start : start + _COMPARED]
    matcher = SequenceMatcher(None, old, new)
    cut = max(len(before), len(after)) > start + _COMPARED
    if cut and len(changes := [each for each in matcher.get_opcodes() if each[0] != "equal"]) > 1:
        _, old_end, _, new_end, _ = changes[-1]  # where the window ends nobody knows what is the same behind it
        matcher = SequenceMatcher(None, old[:old_end], new[:new_end])
    diff = [f"--- {expected_name}", f"+++ {actual_name}"]
    for hunk in matcher.get_grouped_opcodes(_AROUND):
        (_, old_from, _, new_from, _), (_, _, old_to, _, new_to) = hunk[0], hunk[-1]
        diff.append(f"@@ -{_range(start, old_from, old_to)} +{_range(start, new_from, new_to)} @@")
        for kind, old_from, old_to, new_from, new_to in hunk:
            for sign in _SIGNS[kind]:
                lines = new[new_from:new_to] if sign == "+" else old[old_from:old_to]
                diff.extend(shown for line in lines for shown in _shown(sign, line))
    if cut:
        diff.append(f"… compared up to line {start + _COMPARED}")
    return diff


def _range(start: int, first: int, end: int) -> str:
    """Lines of a hunk as diff tools write them: where it begins, counted from 1, and how many if not one."""
    length = end - first
    begin = start + first + (length > 0)
    return f"{begin}" if length == 1 else f"{begin},{length}"


def _shown(sign: str, line: bytes) -> Iterator[str]:
    text = line.decode(errors="backslashreplace")
    yield sign + one_line(text.removesuffix("\n"))
    if not text.endswith("\n"):
        yield "\\ No newline at end of file"
