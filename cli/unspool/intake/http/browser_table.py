"""The EventStream table of a browser, copied as text: columns for id, type, data and time."""

import re
from collections.abc import Iterator

from unspool.intake.asked import Notice
from unspool.intake.items import Item, LineLayer

_ROW = re.compile(rb"(?:[^\t\n{]*\t)?([\w.\-]+)\t(\{.*\}|\[DONE\])(?:\t[\d:.]*)?\s*\Z")


def is_row(line: bytes) -> bool:
    """Return whether a line is a row of such a table."""
    return _ROW.match(line) is not None


class BrowserTable(LineLayer):
    """The rows as events."""

    def __init__(self) -> None:
        super().__init__(Notice("a browser's EventStream table, copied as text", quirk="B34"))

    def _line(self, line: bytes) -> Iterator[Item]:
        row = _ROW.match(line)
        if row:
            kind = b"" if row[1] == b"message" else b"event: " + row[1] + b"\n"
            yield kind + b"data: " + row[2] + b"\n\n"
