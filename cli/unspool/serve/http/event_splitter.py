r"""Server-sent events, cut from a stream as raw bytes: nothing is changed, and only an unfinished event is kept back.

splitter.feed(block) -> [event, …]    each with the blank line behind it
splitter.close() -> bytes             what no blank line ended
"""

import re

_BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n")
_LOOKED_BACK = 3
"""Bytes of a blank line that may have come before the rest of it."""
LONGEST_EVENT = 1 << 26
"""Bytes of one event: a stream without blank lines must not fill the memory."""


class EventTooLong(Exception):
    """An event is longer than LONGEST_EVENT, or a body that is read whole longer than that."""


class EventSplitter:
    """Cuts blocks behind each blank line; line ends may be LF, CRLF or CR (B3)."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, block: bytes) -> list[bytes]:
        """The events that ``block`` completes. Raises EventTooLong."""
        if not self._rest and block.endswith(b"\n\n") and block.find(b"\r") < 0:
            return [event + b"\n\n" for event in block[:-2].split(b"\n\n")]
        start = max(0, len(self._rest) - _LOOKED_BACK)
        self._rest += block
        events: list[bytes] = []
        at = 0
        for end in _BLANK_LINE.finditer(self._rest, start):
            if end.end() > at:
                events.append(bytes(self._rest[at : end.end()]))
                at = end.end()
        del self._rest[:at]
        if len(self._rest) > LONGEST_EVENT:
            raise EventTooLong
        return events

    def close(self) -> bytes:
        """Return the remaining bytes: an event without an end."""
        rest, self._rest = bytes(self._rest), bytearray()
        return rest
