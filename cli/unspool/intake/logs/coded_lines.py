"""Lines of the AI SDK's data stream (``0:"Hi"``) in a log: what precedes the code of each is removed."""

import re
from collections.abc import Iterator

from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Found, Item, LineLayer, whole_lines
from unspool.intake.json_text.literals import value_of

_CODE = re.compile(rb"(?:(?<=[\s|>\]])|(?<=chunk:))[0-9a-k]:(?=[\"\[{])")
_FIRST = re.compile(rb'[0g]:"|f:\{"messageId"|2:\[')
"""The first lines of a stream; others with a letter and an object could be a program's own."""


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A line with words, a code and a whole value."""
    lines = whole_lines(head, ended).splitlines()
    found = any(_FIRST.match(record) for record in map(_record, lines) if record is not None)
    return CodedLines() if found else False


def _record(line: bytes) -> bytes | None:
    """The code and the value at the end of a line; None for none, or without words before it."""
    found = _CODE.search(line)
    if found is None or line.startswith((b"{", b"[{", b"data:")):
        return None
    return None if value_of(line[found.end() :].strip()) is None else line[found.start() :]


class CodedLines(LineLayer):
    """The codes and values; other lines are passed over."""

    def __init__(self) -> None:
        super().__init__(Notice("log lines of a data stream: the text before each code is removed"))

    def _line(self, line: bytes) -> Iterator[Item]:
        found = _CODE.search(line)
        if found is not None:  # with one that is cut or damaged, which is reported
            yield line[found.start() :]
