"""Recordings of a terminal by asciinema (versions 2 and 3): a head, then a JSON list for each piece of output."""

import re
from collections.abc import Iterator

from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Found, Item, LineLayer
from unspool.intake.json_text.literals import value_of

_HEAD = re.compile(rb'\{"version": ?[23], ?[^\n]*"(?:width|cols)"')
_CONTROL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_=>])")
_OUTPUT, _FIELDS = "o", 3


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """The head of such a recording."""
    return TerminalCast() if _HEAD.match(head) else False


class TerminalCast(LineLayer):
    """Layer that returns the output that was shown, without escape sequences."""

    def __init__(self) -> None:
        super().__init__(Notice("asciinema, by its head: the output of a terminal"))
        self._text = ""  # of a line that is not complete

    def close(self) -> Iterator[Item]:
        """The last line."""
        yield from super().close()
        yield self._clean(self._text)

    def _line(self, line: bytes) -> Iterator[Item]:
        event = value_of(line)
        if isinstance(event, list) and len(event) == _FIELDS and event[1] == _OUTPUT and isinstance(event[2], str):
            shown, end, rest = (self._text + event[2]).rpartition("\n")
            self._text = rest
            if end:
                yield self._clean(shown + end)

    def _clean(self, text: str) -> bytes:
        return _CONTROL.sub("", text).replace("\r\n", "\n").encode("utf-8", "surrogatepass")
