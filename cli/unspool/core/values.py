"""Which values are wanted from a call's arguments, and what for."""

from enum import Enum


class ValueKind(Enum):
    """What a wanted value is for."""

    __hash__ = object.__hash__  # by identity: it is looked up wherever text begins to run on

    MESSAGE = "message"
    THOUGHTS = "thoughts"


ValueTree = dict[str, "ValueTree | ValueKind"]
Piece = tuple[ValueKind, str]


def value_tree(message: str, thoughts: tuple[str, ...]) -> ValueTree:
    """The tree of wanted keys: ``message`` may be a dotted path, and wins over a thoughts name."""
    tree: ValueTree = dict.fromkeys(thoughts, ValueKind.THOUGHTS)
    *parents, last = message.split(".")
    branch = tree
    for key in parents:
        below: ValueTree = {}
        branch[key] = below
        branch = below
    branch[last] = ValueKind.MESSAGE
    return tree


def longest_key(tree: ValueTree) -> int:
    """The length of the longest key in the tree, in characters."""
    return max(
        (max(len(key), longest_key(node) if isinstance(node, dict) else 0) for key, node in tree.items()), default=0
    )
