"""Alignment of two sequences.

difflib may need time that grows with the square of its input. So a common
prefix and suffix are removed first, and a middle that is still too large is
reported as replaced.
"""

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

T = TypeVar("T")
Opcode = tuple[str, int, int, int, int]
"""``equal``, ``replace``, ``delete`` or ``insert``, then start and end in the first sequence and in the second."""

_MAX_ITEMS = 3_000  # between the common prefix and the common suffix
_MAX_PAIRS = 300_000


def common_prefix(one: Sequence[object], other: Sequence[object]) -> int:
    """Length of the common prefix, in items (of a string, characters)."""
    same, end = 0, min(len(one), len(other))
    while same < end:  # a bisection: slices compare much faster than items one by one
        middle = (same + end + 1) // 2
        if one[same:middle] == other[same:middle]:
            same = middle
        else:
            end = middle - 1
    return same


def opcodes(one: Sequence[Hashable], other: Sequence[Hashable]) -> list[Opcode]:
    """Operations that turn ``one`` into ``other``, as in difflib; a middle that is too large is one replacement."""
    head = common_prefix(one, other)
    tail = common_prefix(one[head:][::-1], other[head:][::-1])
    old, new = one[head : len(one) - tail], other[head : len(other) - tail]
    middle: list[Opcode] = [("replace", 0, len(old), 0, len(new))] if old and new else []
    if not middle:
        middle = [("delete" if old else "insert", 0, len(old), 0, len(new))] if old or new else []
    elif max(len(old), len(new)) <= _MAX_ITEMS and _count_pairs(old, new) <= _MAX_PAIRS:
        middle = list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())
    codes = [("equal", 0, head, 0, head)] if head else []
    codes += [(kind, a + head, b + head, c + head, d + head) for kind, a, b, c, d in middle]
    return [*codes, ("equal", len(one) - tail, len(one), len(other) - tail, len(other))] if tail else codes


def _count_pairs(old: Sequence[Hashable], new: Sequence[Hashable]) -> int:
    """Number of pairs of equal items: difflib's run time is proportional to it."""
    counts = Counter(new)
    return sum(counts[item] for item in old)


def align(
    one: Sequence[T], other: Sequence[T], key: Callable[[T], Hashable], name: Callable[[T], str]
) -> Iterator[tuple[T | None, T | None]]:
    """Pair each item with its counterpart: first by equal keys, then, between those, by equal names.

    An item without a counterpart is paired with None.
    """
    for kind, start, end, other_start, other_end in opcodes([key(item) for item in one], [key(item) for item in other]):
        if kind == "equal":
            yield from zip(one[start:end], other[other_start:other_end], strict=True)
            continue
        waiting: dict[str, deque[T]] = {}
        for each in other[other_start:other_end]:
            waiting.setdefault(name(each), deque()).append(each)
        for item in one[start:end]:
            same = waiting.get(name(item))
            yield item, same.popleft() if same else None
        left = {id(each) for queue in waiting.values() for each in queue}
        yield from ((None, each) for each in other[other_start:other_end] if id(each) in left)
