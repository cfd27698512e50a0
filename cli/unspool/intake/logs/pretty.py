"""JSON on several lines with text before or between: ``console.log`` and loggers that indent what they are given."""

import re
from collections.abc import Iterator
from typing import Any

from unspool.formats.detect import nesting
from unspool.formats.json_codec import encode
from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Found, Item, LineLayer, whole_lines
from unspool.intake.json_text.literals import value_of
from unspool.intake.json_text.paths import find_path, is_known, is_only_error

_DOCUMENT = re.compile(rb'\s*(?:\{|\[\s*(?:[\[{"]|\Z))')
_MOST_LINES = 10_000  # of one object; what is longer is none


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """An object that begins at the end of a line, with text before it, and that is a record or holds one."""
    if _DOCUMENT.match(head):
        return False
    whole = whole_lines(head, ended)
    reader = _Objects()
    text = False
    for line in whole.splitlines():
        text = text or (not reader.is_open and bool(line.strip()) and line.lstrip()[:1] != b"{")
        value = reader.feed(line)
        if value is not None and text and (_holds_record(value) or (ended and is_only_error(value))):
            return PrettyObjects()
    return None if text and reader.is_open and not ended else False


class _Objects:
    """Lines in, the value of an object with its last line."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._depth = 0

    @property
    def is_open(self) -> bool:
        """Return whether an object has begun and not ended."""
        return bool(self._lines)

    def feed(self, line: bytes) -> dict[str, Any] | None:
        line = line.rstrip()
        if not self._lines:
            if not line.endswith(b"{"):
                return None
            line = b"{"
        self._lines.append(line)
        self._depth += nesting(line)
        if self._depth > 0 and len(self._lines) < _MOST_LINES:
            return None
        data, self._lines, self._depth = b"\n".join(self._lines), [], 0
        value = value_of(data)
        return value if isinstance(value, dict) else None


class PrettyObjects(LineLayer):
    """Each object as one line; other lines are passed over."""

    def __init__(self) -> None:
        super().__init__(Notice("indented JSON behind text: each object is read, other lines are passed over"))
        self._objects = _Objects()

    def _line(self, line: bytes) -> Iterator[Item]:
        value = self._objects.feed(line)
        if value is not None and ("error" in value or _holds_record(value)):
            yield encode(value) + b"\n"


def _holds_record(value: dict[str, Any]) -> bool:
    return is_known(value) or find_path(value) is not None
