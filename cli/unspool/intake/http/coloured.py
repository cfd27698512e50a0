"""Colours of a terminal in a body, and what ``script`` writes before it."""

import re
from collections.abc import Iterator

from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Found, Item, NoticedLayer

COLOUR = re.compile(rb"\x1b\[[\d;]*[mK]")
_SCRIPT = re.compile(rb"Script started on [^\n]*\n")
_BEFORE_COLOUR = re.compile(rb"(?:Script started on [^\n]*\n)?[\s{\[]*(\x1b(?:\[[\d;]*)?\Z)?")
"""The text that may precede a colour: no name and no string, since a string can contain one."""
_CUT_COLOUR = re.compile(rb"\x1b(?:\[[\d;]*)?\Z")


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """The escape sequence of a colour before any text."""
    before = _BEFORE_COLOUR.match(head)
    assert before is not None  # it matches nothing, too
    if COLOUR.match(head, before.end()):
        return Coloured()
    return None if before[1] and not ended else False


class Coloured(NoticedLayer):
    """Text that was coloured for a terminal, without the colours."""

    def __init__(self) -> None:
        super().__init__(Notice("colours of a terminal, by their escape sequences: removed"))
        self._rest = b""

    def feed(self, block: bytes) -> Iterator[Item]:
        """``block`` without its escape sequences."""
        if self._notice is not None:
            yield from self._announce()
            head = _SCRIPT.match(block)
            block = block[head.end() :] if head else block
        block = self._rest + block
        cut = _CUT_COLOUR.search(block)
        end = cut.start() if cut else len(block)
        self._rest = block[end:]
        yield COLOUR.sub(b"", block[:end])

    def close(self) -> Iterator[Item]:
        """Yield the kept bytes: they were no escape sequence."""
        if self._rest:
            yield self._rest
