"""Gemini's partial arguments, values under JSON paths in the order of the text, written as fragments of that text.

    writer.write({"jsonPath": "$.a[0].b", "stringValue": "Hi", "willContinue": true}) -> '{"a":[{"b":"Hi'
    writer.close()                                                                    -> '"}]}'

The joined fragments are one JSON object. A path that would go back to what is
closed already cannot be expressed in a text that only grows: ``write`` then raises
OutOfOrder, and writes nothing more.

Source: https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling
and the captures of this project.
"""

import re
from json import dumps
from typing import Any

_STEP = re.compile(r"""\.([^.\[\]]+)|\[(\d{1,9})\]|\[(?:'([^']*)'|"([^"]*)")\]""")

Path = tuple[str | int, ...]


class OutOfOrder(Exception):
    """A path that is none, or belongs to what is closed already."""


class _Level:
    """An object or an array that is open: its content so far."""

    def __init__(self, array: bool) -> None:
        self.array = array
        self.count = 0
        self.keys: set[str | int] = set()

    def takes(self, step: str | int) -> bool:
        return step == self.count if self.array else isinstance(step, str) and step not in self.keys

    def add(self, step: str | int) -> str:
        """Return the text before the value of the next member."""
        comma = "," if self.count else ""
        self.count += 1
        if self.array:
            return comma
        self.keys.add(step)
        return f"{comma}{_text(str(step))}:"

    @property
    def end(self) -> str:
        return "]" if self.array else "}"


class ArgumentsWriter:
    """Writes the arguments of one call."""

    def __init__(self) -> None:
        self._levels: list[_Level] = []
        self._path: Path = ()  # of the innermost level
        self._string: Path | None = None  # that of a string that goes on

    def write(self, partial: dict[str, Any]) -> str:
        """The fragment that one value adds. Raises OutOfOrder."""
        path = _path(partial.get("jsonPath"))
        goes_on = partial.get("willContinue") is True
        value = _value(partial)
        if self._string == path:
            fragment = _text(value)[1:-1] if isinstance(value, str) else ""
            return fragment + ("" if goes_on else self._end_string())
        if value is None and "nullValue" not in partial:
            return ""
        moved = self._move(path)
        if not isinstance(value, str):
            return moved + dumps(value)
        text = moved + _text(value)
        if not goes_on:
            return text
        self._string = path
        return text[:-1]

    def close(self) -> str:
        """Return the end of the text."""
        text = self._end_string() + self._close_to(0) + ("}" if self._levels else "{}")
        self._levels = []
        return text

    def _end_string(self) -> str:
        string, self._string = self._string, None
        return "" if string is None else '"'

    def _close_to(self, depth: int) -> str:
        closed = self._levels[depth + 1 :]
        del self._levels[depth + 1 :]
        self._path = self._path[:depth]
        return "".join(level.end for level in reversed(closed))

    def _move(self, path: Path) -> str:
        """Close and open what is between here and there, up to the colon of the member."""
        depth = 0
        while depth < min(len(self._path), len(path) - 1) and self._path[depth] == path[depth]:
            depth += 1
        if self._levels and not self._levels[depth].takes(path[depth]):
            raise OutOfOrder
        if any(isinstance(step, int) and step for step in path[depth + bool(self._levels) :]):
            raise OutOfOrder
        text = self._end_string() + (self._close_to(depth) if self._levels else "")
        if not self._levels:
            self._levels, text = [_Level(array=False)], "{"
        text += self._levels[depth].add(path[depth])
        for step in path[depth + 1 :]:
            level = _Level(array=isinstance(step, int))
            self._levels.append(level)
            text += ("[" if level.array else "{") + level.add(step)
        self._path = path[:-1]
        return text


def write_all(writer: ArgumentsWriter | None, partials: Any) -> tuple[str, list[Any]]:
    """The fragment that partial arguments make, and those that can no longer be written."""
    entries = partials if isinstance(partials, list) else []
    text = ""
    for place, entry in enumerate(entries):
        try:
            if writer is None or not isinstance(entry, dict):
                raise OutOfOrder
            text += writer.write(entry)
        except OutOfOrder:
            return text, entries[place:]
    return text, []


def _path(path: Any) -> Path:
    """The steps of a path. Raises OutOfOrder where it is none, or its root is no object."""
    if not isinstance(path, str) or not path.startswith("$"):
        raise OutOfOrder
    steps: list[str | int] = []
    at = 1
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise OutOfOrder
        at = step.end()
        steps.append(int(step[2]) if step[2] is not None else step[1] or step[3] or step[4] or "")
    if not steps or isinstance(steps[0], int):
        raise OutOfOrder
    return tuple(steps)


def _value(partial: dict[str, Any]) -> Any:
    for name in ("stringValue", "numberValue", "boolValue"):
        if name in partial:
            return partial[name]
    return None


def _text(text: str) -> str:
    """A JSON string; half a surrogate pair as an escape, for its other half may follow."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return dumps(text)
    return dumps(text, ensure_ascii=False)
