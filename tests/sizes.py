"""How much an object keeps, for tests of what must not grow."""

import sys
from typing import Any


def held_size(thing: Any) -> int:
    """The bytes of everything an object with slots holds, counted once."""
    seen: set[int] = set()

    def size(value: Any) -> int:
        if id(value) in seen or isinstance(value, type) or callable(value):
            return 0
        seen.add(id(value))
        total = sys.getsizeof(value)
        if isinstance(value, dict):
            return total + sum(size(key) + size(inner) for key, inner in value.items())
        if isinstance(value, list | tuple | set | frozenset):
            return total + sum(map(size, value))
        names = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        inner = [getattr(value, name) for name in names if hasattr(value, name)] + list(
            getattr(value, "__dict__", {}).values()
        )
        return total + sum(map(size, inner))

    return size(thing)
