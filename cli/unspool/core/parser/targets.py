"""Which values are wanted from a call's arguments, and what for."""

from enum import Enum
from functools import cached_property


class ValueKind(Enum):
    """What a wanted value is for."""

    __hash__ = object.__hash__  # by identity: it is looked up wherever text begins to run on

    MESSAGE = "message"
    THOUGHTS = "thoughts"


ValuePart = tuple[ValueKind, str]


class ValueTree(dict[str, "ValueTree | ValueKind"]):
    """The wanted values by their keys, and by the keys of the objects around them."""

    @cached_property
    def longest_key(self) -> int:
        """In characters: no longer key needs to be known."""
        below = [node.longest_key for node in self.values() if isinstance(node, ValueTree)]
        return max([*map(len, self), *below], default=0)


def value_tree(message: str, thoughts: tuple[str, ...]) -> ValueTree:
    """The tree of wanted keys: ``message`` may be a dotted path, and wins over a thoughts name."""
    tree = ValueTree(dict.fromkeys(thoughts, ValueKind.THOUGHTS))
    *parents, last = message.split(".")
    branch = tree
    for key in parents:
        below = ValueTree()
        branch[key] = below
        branch = below
    branch[last] = ValueKind.MESSAGE
    return tree
