"""Reading from and writing to descriptors that a parent process may have made non-blocking.

The mode of a descriptor is shared with all processes that have it, so it is not
changed here: where the system reports EAGAIN, these functions wait. They poll,
since select() knows no descriptor above 1,023.
"""

import os
import select
from io import UnsupportedOperation
from typing import BinaryIO

STANDARD_INPUT = "standard input"
"""Its name in messages."""
_BYTES = 1 << 20


def is_ready(descriptor: int, event: int, timeout: float | None = None) -> bool:
    """Return whether a read or write (select.POLLIN, POLLOUT) cannot block, within ``timeout`` seconds; None waits."""
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(None if timeout is None else timeout * 1000))


def read(descriptor: int, timeout: float | None = None, size: int = _BYTES) -> bytes | None:
    """Return bytes as soon as there are any; b"" at the end, None after ``timeout`` seconds. Raises OSError."""
    while True:
        if timeout is not None and not is_ready(descriptor, select.POLLIN, timeout):
            return None
        try:
            return os.read(descriptor, size)
        except BlockingIOError:
            is_ready(descriptor, select.POLLIN, timeout)


def receive(stream: BinaryIO) -> bytes:
    """Return bytes of a stream that was not read before, as soon as there are any; b"" at the end."""
    try:
        descriptor = stream.fileno()
    except UnsupportedOperation:  # an object in memory
        return stream.read(_BYTES)
    return read(descriptor) or b""


def write(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of ``data``. Raises OSError."""
    rest = memoryview(data)
    while rest:
        try:
            sent = os.write(descriptor, rest)
        except BlockingIOError:
            is_ready(descriptor, select.POLLOUT)
            continue
        rest = rest[sent:]


def send(stream: BinaryIO, data: bytes) -> None:
    """All of ``data`` to a stream, at once. Raises OSError."""
    try:
        descriptor = stream.fileno()
    except UnsupportedOperation:  # an object in memory
        stream.write(data)
        stream.flush()
        return
    write(descriptor, data)
