"""The frames in which Docker's interface sends logs: eight bytes with the stream and the size, then so many bytes."""

import struct
from collections.abc import Iterator

from unspool.intake.asked import HEAD_BYTES, Asked, Notice
from unspool.intake.items import Found, Item, NoticedLayer

_HEAD = struct.Struct(">BxxxI")
_STREAMS = (b"\1\0\0\0", b"\2\0\0\0")  # standard output and standard error


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A frame of a size that a line can have, and text in it."""
    if not head.startswith(_STREAMS):
        return None if not ended and head[:1] in (b"\1", b"\2") and len(head) < _HEAD.size else False
    if len(head) <= _HEAD.size:
        return False if ended else None
    return DockerFrames() if _HEAD.unpack_from(head)[1] < HEAD_BYTES and head[_HEAD.size] >= ord("\t") else False


class DockerFrames(NoticedLayer):
    """Layer that removes the frames; half a head at the end says nothing."""

    def __init__(self) -> None:
        super().__init__(Notice("frames of Docker's interface, by their heads: removed"))
        self._buffer = b""
        self._left = 0  # bytes of the frame that is read

    def feed(self, block: bytes) -> Iterator[Item]:
        """The data in ``block``."""
        yield from self._announce()
        self._buffer += block
        while self._buffer:
            if not self._left:
                if len(self._buffer) < _HEAD.size:
                    return
                self._left = _HEAD.unpack_from(self._buffer)[1]
                self._buffer = self._buffer[_HEAD.size :]
            data, self._buffer = self._buffer[: self._left], self._buffer[self._left :]
            self._left -= len(data)
            yield data
