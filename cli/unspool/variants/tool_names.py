"""Lookup of message tools by the name of a call (R8).

    names = ToolNames({"send_message": tree})
    "mcp__post__send_message" in names    the name that clients give to the tool of an MCP server
    ToolNames({"*send_message": tree})    a pattern: * matches any text, ? any character

An exact name wins over ``mcp__SERVER__TOOL``, which wins over patterns in their order.
"""

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

_SERVED = "mcp__"

Value = TypeVar("Value")


class ToolNames(Generic[Value]):
    """A mapping from names and patterns of names to values."""

    def __init__(self, values: Mapping[str, Value] | None = None) -> None:
        # Without values: a copy of a compiled object, as another process gets it, is made by a call without arguments.
        self._values = dict(values or {})
        self._patterns = [name for name in self._values if is_pattern(name)]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, without the patterns: a partial name may still grow to one of them."""
        return (name for name in self._values if name not in self._patterns)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._find(name) is not None

    def get(self, name: str) -> Value | None:
        """Return the value for the name of a call; None if it is not a message tool."""
        key = self._find(name)
        return None if key is None else self._values[key]

    def _find(self, name: str) -> str | None:
        """Return the key that matches a name; None if there is none."""
        if name in self._values:
            return name
        if name.startswith(_SERVED):
            for tool in self._values:  # not split at "__": the names of servers and tools may contain it
                if name.endswith(f"__{tool}") and len(name) > len(_SERVED) + len(tool) + 2:
                    return tool
        if not self._patterns:
            return None
        from fnmatch import fnmatchcase  # noqa: PLC0415 - start-up

        return next((pattern for pattern in self._patterns if fnmatchcase(name, pattern)), None)


def is_pattern(name: str) -> bool:
    """Return whether ``name`` is a pattern."""
    return "*" in name or "?" in name
