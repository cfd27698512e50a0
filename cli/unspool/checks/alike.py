"""How much two sequences have in common at their ends."""

from collections.abc import Sequence


def common_head(one: Sequence[object], other: Sequence[object]) -> int:
    """How many items, or characters, are the same at the beginning."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count
