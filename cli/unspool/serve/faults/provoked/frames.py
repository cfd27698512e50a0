"""B: frames and bytes; possible in any interface that has events."""

import re

from unspool.serve.faults.provoked.quirk import DONE, Quirk

_MEMBER = re.compile(rb",(?= ?\")")


class WithoutDone(Quirk):
    """B4: no [DONE]."""

    def event(self, event: bytes) -> bytes:
        """The event, unless it is [DONE]."""
        return b"" if event.startswith(DONE) else event


class Before(Quirk):
    """B9 and B13: bytes before the first event."""

    def __init__(self, first: bytes) -> None:
        self._first = first

    def event(self, event: bytes) -> bytes:
        """The event, behind the bytes where it is the first."""
        first, self._first = self._first, b""
        return first + event


class GluedDone(Quirk):
    """B11: [DONE] behind the JSON of the last event."""

    def __init__(self) -> None:
        self._delayed = b""

    def event(self, event: bytes) -> bytes:
        """The event before this one, with [DONE] where this is it."""
        before, self._delayed = self._delayed, event
        if not event.startswith(DONE):
            return before
        self._delayed = b""
        return before.rstrip(b"\n") + b"[DONE]\n\n"


def comment(event: bytes) -> bytes:
    """B1: a comment before each event."""
    return b": PROCESSING\n\n" + event


def no_space(event: bytes) -> bytes:
    """B2: no space behind ``data:``."""
    return event.replace(b"data: ", b"data:", 1)


def line_ends(event: bytes) -> bytes:
    """B3: CRLF."""
    return event.replace(b"\n", b"\r\n")


def open_end(event: bytes) -> bytes:
    """B5: no blank line behind the last event."""
    return event.rstrip(b"\n") if event.startswith(DONE) else event


def glued(event: bytes) -> bytes:
    """B6: one line feed between events."""
    return event[:-1] if event.endswith(b"}\n\n") else event


def typed(event: bytes) -> bytes:
    """B7: an ``event:`` line."""
    return b"event: message\n" + event


def two_data_lines(event: bytes) -> bytes:
    """B8: the data of an event in two lines."""
    return _MEMBER.sub(b",\ndata:", event, count=1)
