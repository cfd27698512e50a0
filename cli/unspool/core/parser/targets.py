"""The values to find in the arguments of a call."""

from enum import Enum
from typing import Final

KEPT: Final = 64
"""Characters of a key that are kept to report it."""


class ValueKind(Enum):
    """The purpose of a wanted value."""

    __hash__ = object.__hash__  # by identity, which is faster: it is looked up for each value

    MESSAGE = "message"
    THOUGHTS = "thoughts"


ValuePart = tuple[ValueKind, str]


class ValueTree(dict[str, "ValueTree | ValueKind"]):
    """The wanted values by key; a nested tree for an object on a dotted path."""

    @property
    def key_limit(self) -> int:
        """The characters of a key that are kept: enough to distinguish it from all of these, and to report it."""
        below = [node.key_limit for node in self.values() if isinstance(node, ValueTree)]
        return max([KEPT, *(len(key) + 1 for key in self), *below])


NOTHING_WANTED = ValueTree()
"""The tree for arguments of which only the structure is read."""


def value_tree(message: str, thoughts: tuple[str, ...]) -> ValueTree:
    """Return the tree of wanted values; ``message`` may be a dotted path, and wins over an equal thoughts name."""
    tree = ValueTree(dict.fromkeys(thoughts, ValueKind.THOUGHTS))
    *parents, last = message.split(".")
    branch = tree
    for key in parents:
        below = ValueTree()
        branch[key] = below
        branch = below
    branch[last] = ValueKind.MESSAGE
    return tree
