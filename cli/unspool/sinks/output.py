"""Standard output: bytes are collected while input is available, and sent before the program waits."""

import os
from io import UnsupportedOperation
from typing import BinaryIO, Final

from unspool.descriptors import write
from unspool.formats.printable import printable

_MUCH: Final = 1 << 22  # bytes
_MANY: Final = 1 << 14  # parts: each takes more memory than its bytes
_AT_ONCE: Final = 1024
"""The largest number of parts in one system call (IOV_MAX)."""


class Output:
    """Standard output as bytes; made safe where it is a terminal.

    Text and JSON both go through ``write``. Little is sent before ``flush``,
    which the loop calls whenever input would block. ``mixed`` if messages go to the same place.
    """

    def __init__(self, stream: BinaryIO, terminal: bool = False, mixed: bool = False) -> None:
        self.stream = stream
        self._terminal = terminal
        self._mixed = mixed
        self._parts: list[bytes | memoryview] = []
        self._size = 0
        self._shown = ""  # the end of what was given to a terminal, or where messages go to the same place

    def write(self, *data: bytes | memoryview) -> None:
        """Add ``data`` to what leaves next; if that has become much, all leaves now."""
        self._parts += data
        for part in data:
            self._size += len(part)
        if self._size > _MUCH or len(self._parts) > _MANY:
            self.flush()

    def end_line(self) -> None:
        """Begin a new line where one is open, on a terminal or before a message: that is no part of it."""
        self.flush()
        if self._shown and not self._shown.endswith("\n"):
            self.write(b"\n")
            self.flush()

    def flush(self) -> None:
        """Send what has gathered. Raises OSError where the other end is closed or full."""
        if not self._parts:
            return
        parts, self._parts, self._size = self._parts, [], 0
        if self._terminal:
            text = b"".join(parts).decode(errors="backslashreplace")
            parts = [printable(text, self._shown).encode()]
            self._shown = (self._shown + text)[-2:]
        elif self._mixed:
            self._shown = next((bytes(part[-1:]) for part in reversed(parts) if part), b"").decode("latin-1")
        try:
            descriptor = self.stream.fileno()
        except UnsupportedOperation:  # an object in memory
            self.stream.writelines(parts)
            self.stream.flush()
            return
        self.stream.flush()  # what somebody else may have written there comes first
        for start in range(0, len(parts), _AT_ONCE):
            _send(descriptor, parts[start : start + _AT_ONCE])


def _send(descriptor: int, parts: list[bytes | memoryview]) -> None:
    """Write parts as they are, in one call if the other end takes all: nothing is copied to be gathered."""
    try:
        sent = os.writev(descriptor, parts)
    except BlockingIOError:  # a parent process made it non-blocking, and its buffer is full
        sent = 0
    if sent < sum(map(len, parts)):
        write(descriptor, memoryview(b"".join(parts))[sent:])
