"""The log of one request of CLIProxyAPI, which has the provider's response and, in another format, that to its client.

The latter is read; without one, as where a request failed, what the provider sent.

Source: https://github.com/router-for-me/CLIProxyAPI, internal/logging/request_logger.go.
"""

import re
from collections.abc import Iterator
from typing import Final

from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Found, Item, LineLayer

_BEGIN: Final = b"=== REQUEST INFO ===\n"
_SECTION = re.compile(rb"=== ([A-Z][A-Z ]*[A-Z])(?: \d+)? ===\r?\n?")
_RECORD = re.compile(rb"(?:data|event|id):|[{\[]|\s*\Z")
"""The beginning of a line of a body; before it are a time, a status and headers."""


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """The first section of a log."""
    if head.startswith(_BEGIN):
        return RequestLog()
    return None if not ended and len(head) < len(_BEGIN) and _BEGIN.startswith(head) else False


class RequestLog(LineLayer):
    """The body of the response to the client, or those of the provider."""

    def __init__(self) -> None:
        super().__init__(Notice("the log of a request of CLIProxyAPI: the response to its client is read"))
        self._section = b""
        self._held: list[bytes] = []  # of the provider's responses
        self._in_head = self._answered = False

    def close(self) -> Iterator[Item]:
        """Yield what the provider sent, if there is nothing else."""
        yield from super().close()
        yield from self._end()

    def _end(self) -> Iterator[Item]:
        held, self._held = self._held, []
        if not self._answered:
            yield from held
        self._answered = False

    def _line(self, line: bytes) -> Iterator[Item]:
        section = _SECTION.fullmatch(line)
        if section is not None:
            self._section, self._in_head = section[1], True
            if line.startswith(_BEGIN):
                yield from self._end()
        elif self._section == b"API RESPONSE" and _RECORD.match(line):
            self._held.append(line)
        elif self._section == b"RESPONSE" and self._in_head:
            self._in_head = not line.isspace()
        elif self._section == b"RESPONSE":
            self._answered = self._answered or not line.isspace()
            yield line
