"""Where bytes go: one output, gathered while input is at hand and sent before the program waits."""

import os
import re
from io import UnsupportedOperation
from typing import BinaryIO

_UNSAFE = (
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
    r"\ud800-\udfff\ufeff\ufffe\uffff\U000e0000-\U000e007f]"
)
"""What a terminal would obey or hide, and what XML and YAML refuse; compiled when it is asked for.

C0 but newline and tab, DEL, C1, bidi controls, halves of surrogate pairs, byte order marks, non-characters, tags.
"""


def printable(text: str) -> str:
    r"""``text`` with control characters shown as JSON escapes (``\u001b``), so that a terminal obeys none."""
    return re.sub(_UNSAFE, _shown, text)


def _shown(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def one_line(text: str) -> str:
    """``text`` for a message: printable, and on one line."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


_MUCH = 1 << 22  # bytes
_AT_ONCE = 1024
"""Parts that the system takes in one call (IOV_MAX)."""


class Output:
    """Standard output as bytes; made safe where it is a terminal.

    Text and JSON alike go through ``write``. Little is sent before ``flush``,
    which the loop calls whenever input would block.
    """

    def __init__(self, stream: BinaryIO, terminal: bool = False) -> None:
        self.stream = stream
        self._terminal = terminal
        self._parts: list[bytes | memoryview] = []
        self._size = 0

    def write(self, *data: bytes | memoryview) -> None:
        """Add ``data`` to what leaves next; if that has become much, it leaves now."""
        self._parts += data
        for part in data:
            self._size += len(part)
        if self._size > _MUCH:
            self.flush()

    def flush(self) -> None:
        """Send what has gathered. Raises OSError where the other end is closed or full."""
        if not self._parts:
            return
        parts, self._parts, self._size = self._parts, [], 0
        if self._terminal:
            parts = [printable(b"".join(parts).decode(errors="backslashreplace")).encode()]
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
    sent = os.writev(descriptor, parts)
    if sent < sum(map(len, parts)):
        rest = memoryview(b"".join(parts))[sent:]
        while rest:
            sent = os.write(descriptor, rest)  # on a line of its own: inside of the slice mypyc evaluates it twice
            rest = rest[sent:]
