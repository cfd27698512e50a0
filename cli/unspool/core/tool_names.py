"""Which message tool a call's name means (R8).

    names = ToolNames({"send_message": tree})
    "mcp__post__send_message" in names    a tool behind a tool server, under the name that such calls have
    ToolNames({"*send_message": tree})    a pattern: * is any text, ? any character

An exact name counts first, then the tool of ``mcp__SERVER__TOOL``, then patterns in their order.
"""

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

_SERVED = "mcp__"
_MOST_KNOWN = 1024  # names whose pattern is remembered: they come from strangers

Value = TypeVar("Value")


class ToolNames(Generic[Value]):
    """Values by the name of a tool, or by a pattern of names."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._exact = dict(values)
        self._patterns = [name for name in values if is_pattern(name)]
        self._known: dict[str, str | None] = {}

    def __iter__(self) -> Iterator[str]:
        """The names, without the patterns: what a name that is cut may still become."""
        return (name for name in self._exact if name not in self._patterns)

    def __contains__(self, name: object) -> bool:
        return name in self._exact or (isinstance(name, str) and self._find(name) is not None)

    def get(self, name: str) -> Value | None:
        """The value for a call's name; None where it is no message tool's."""
        found = self._exact.get(name)
        if found is not None:
            return found
        asked = self._find(name)
        return None if asked is None else self._exact[asked]

    def _find(self, name: str) -> str | None:
        """The name or pattern as asked for that a name without an entry of its own matches."""
        if not self._patterns and not name.startswith(_SERVED):
            return None
        if name in self._known:
            return self._known[name]
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        found = self._known[name] = self._search(name)
        return found

    def _search(self, name: str) -> str | None:
        if name.startswith(_SERVED):
            for asked in self._exact:  # a server's name may hold the same mark as a tool's
                if name.endswith(f"__{asked}") and len(name) > len(_SERVED) + len(asked) + 2:
                    return asked
        if not self._patterns:
            return None
        from fnmatch import fnmatchcase  # noqa: PLC0415 - start-up

        return next((asked for asked in self._patterns if fnmatchcase(name, asked)), None)


def is_pattern(name: str) -> bool:
    """Whether a name asked for stands for several."""
    return "*" in name or "?" in name
