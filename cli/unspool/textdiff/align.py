"""What two sequences have in common.

difflib may take a time that grows with the square of what it is given, so what
is the same at both ends is taken off first, and only so much is given to it.
"""

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

T = TypeVar("T")
Opcode = tuple[str, int, int, int, int]
"""``equal``, ``replace``, ``delete`` or ``insert``, then from and to in the one sequence, then in the other."""

_MOST = 3_000  # items between the first difference and the last
_MOST_PAIRS = 300_000


def common_head(one: Sequence[object], other: Sequence[object]) -> int:
    """How many items, or characters, are the same at the beginning."""
    same, end = 0, min(len(one), len(other))
    while same < end:  # halves are compared at once: much faster than one by one
        middle = (same + end + 1) // 2
        if one[same:middle] == other[same:middle]:
            same = middle
        else:
            end = middle - 1
    return same


def opcodes(one: Sequence[Hashable], other: Sequence[Hashable]) -> list[Opcode]:
    """How the one becomes the other, as difflib tells it; a middle that would take long is replaced as a whole."""
    head = common_head(one, other)
    tail = common_head(one[head:][::-1], other[head:][::-1])
    old, new = one[head : len(one) - tail], other[head : len(other) - tail]
    middle: list[Opcode] = [("replace", 0, len(old), 0, len(new))] if old and new else []
    if not middle:
        middle = [("delete" if old else "insert", 0, len(old), 0, len(new))] if old or new else []
    elif max(len(old), len(new)) <= _MOST and _pairs(old, new) <= _MOST_PAIRS:
        middle = list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())
    codes = [("equal", 0, head, 0, head)] if head else []
    codes += [(kind, a + head, b + head, c + head, d + head) for kind, a, b, c, d in middle]
    return [*codes, ("equal", len(one) - tail, len(one), len(other) - tail, len(other))] if tail else codes


def _pairs(old: Sequence[Hashable], new: Sequence[Hashable]) -> int:
    """How many pairs of equal items there are: what difflib looks at, again and again."""
    counts = Counter(new)
    return sum(counts[item] for item in old)


def aligned(
    one: Sequence[T], other: Sequence[T], key: Callable[[T], Hashable], name: Callable[[T], str]
) -> Iterator[tuple[T | None, T | None]]:
    """Each item beside its counterpart: one of an equal key, else, in between, one of the same name; or None.

    At least one of a pair is there.
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
