"""Small files, read and written whole."""

import errno
import os
import shutil
import stat
from contextlib import suppress


def read_file(path: str) -> bytes:
    """All of a regular file; a pipe is refused, since reading one may never end. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", path)
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def write_file(path: str, data: bytes) -> None:
    """Write a file so that at no moment it is half there; a link stays one. Raises OSError."""
    path = os.path.realpath(path)
    draft = os.path.join(os.path.dirname(path), f".unspool-{os.getpid()}")  # a process writes one at a time
    try:
        with open(draft, "wb") as file:
            file.write(data)
        if os.path.exists(path):
            shutil.copymode(path, draft)
        os.replace(draft, path)
    except OSError:
        with suppress(OSError):
            os.remove(draft)
        raise
