"""Chunk sizes left in the body: ``curl --raw`` and some proxies (RFC 9112, 7.1).

A size is a JSON number as well, so it is recognised by what is that many
bytes behind it. Where the sizes stop being true, the rest passes as it is.
"""

import re
from collections.abc import Iterator

from unspool.intake.asked import HEAD_BYTES, Asked, Notice
from unspool.intake.items import Found, Item, NoticedLayer

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[^\r\n]*)?\r?\n")
_MAYBE = re.compile(rb"[0-9A-Fa-f]{1,8}(?:;[^\r\n]*)?\r?\Z")
_BEGINNING = 8  # bytes of a body that show what it is
_BODY = re.compile(rb"(?:data|event|id|retry)?:|\s*[{\[]|\x1f\x8b|\x28\xb5\x2f\xfd")


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A line with a size in bytes, followed by the end of that many bytes or by the start of a body."""
    size = _SIZE.match(head)
    if size is None:
        return None if _MAYBE.match(head) and not ended else False
    end = size.end() + int(size[1], 16)
    if len(head) > end + 1:
        return Chunked() if head[end : end + 1] == b"\n" or head[end : end + 2] == b"\r\n" else False
    if _BODY.match(head, size.end()) and len(head) >= size.end() + _BEGINNING:
        return Chunked()
    if not ended and end < HEAD_BYTES:
        return None
    return Chunked() if _BODY.match(head, size.end()) else False


class Chunked(NoticedLayer):
    """The body without its chunk sizes and trailers."""

    def __init__(self) -> None:
        super().__init__(Notice("chunk sizes (RFC 9112): removed"))
        self._buffer = b""
        self._at = 0  # bytes of the buffer that have been read
        self._left = 0  # bytes of the chunk that is read
        self._after_data = False
        self._trailers = False
        self._lost = False  # the sizes are not true

    def feed(self, block: bytes) -> Iterator[Item]:
        """The data in ``block``."""
        yield from self._announce()
        self._buffer += block
        data: list[bytes] = []  # given on together: the chunks may be of one byte each
        while self._at < len(self._buffer):
            if self._lost:
                data.append(self._take(len(self._buffer)))
            elif self._left:
                data.append(self._take(self._left))
                self._left -= len(data[-1])
                self._after_data = not self._left
            elif not self._line():
                break
        self._buffer, self._at = self._buffer[self._at :], 0
        if data:
            yield b"".join(data)

    def close(self) -> Iterator[Item]:
        """Yield the kept bytes, unless they may be the beginning of a size."""
        if self._buffer.strip() and not self._trailers and not _MAYBE.match(self._buffer):
            yield self._buffer
        self._buffer = b""

    def _take(self, size: int) -> bytes:
        data = self._buffer[self._at : self._at + size]
        self._at += len(data)
        return data

    def _line(self) -> bool:
        """Read the line between two chunks; False if it has not come yet."""
        end = self._buffer.find(b"\n", self._at) + 1
        if not end:
            self._lost = len(self._buffer) - self._at > 1024
            return self._lost
        line = self._buffer[self._at : end]
        size = _SIZE.match(line)
        if self._after_data:
            self._after_data = False
            self._lost = bool(line.strip())
        elif self._trailers:
            self._trailers = bool(line.strip())
        elif size:
            self._left = int(size[1], 16)
            self._trailers = not self._left
        elif line.strip():
            self._lost = True
        if not self._lost:
            self._at = end
        return True
