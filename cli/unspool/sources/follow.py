"""A file that grows, read on as ``tail -F`` does: past its end, and into the file that takes its place."""

import os
import time
from collections.abc import Iterator

from unspool.descriptors import read
from unspool.errors import SourceFailed
from unspool.sources.file import BLOCK_BYTES, FileSource

_PAUSE = 0.1  # seconds between two looks at a file at whose end nothing has come
_READING = 0.005  # ... right behind a block, when more is likely


class FollowedFile(FileSource):
    """A file whose end is not the end of the stream.

    Where another file takes its name (rotation), that is read from its start;
    where it becomes shorter than what was read (truncation), it is read from
    its start again. A file that is gone is waited for. An interrupt (Ctrl-C) while
    nothing comes is the end of the stream: that is how one ends it, and a report
    is still wanted. With a timeout it fails after so many seconds without anything new.
    """

    def blocks(self) -> Iterator[bytes]:
        """Yield the contents of the file, and what is appended."""
        descriptor = self._opened()
        try:
            idle = 0.0
            pause = _READING
            while True:
                block = read(descriptor, size=BLOCK_BYTES)
                if block:
                    idle, pause = 0.0, _READING
                    yield block
                    continue
                if self._timeout is not None and idle >= self._timeout:
                    raise SourceFailed(self.name, f"nothing arrived for {self._timeout:g} s")
                if _interrupted(pause):
                    return
                idle, pause = idle + pause, min(_PAUSE, 2 * pause)
                descriptor = self._current(descriptor)
        except OSError as error:
            raise SourceFailed(self.name, error.strerror or str(error)) from None
        finally:
            os.close(descriptor)

    def _opened(self) -> int:
        try:
            return os.open(self._path, os.O_RDONLY)
        except OSError as error:
            raise SourceFailed(self.name, error.strerror or str(error)) from None

    def _current(self, descriptor: int) -> int:
        """The descriptor to read on from: of the file that has the name now, once the old one holds no more."""
        held = os.fstat(descriptor)
        if os.lseek(descriptor, 0, os.SEEK_CUR) > held.st_size:
            os.lseek(descriptor, 0, os.SEEK_SET)
            return descriptor
        try:
            named = os.stat(self._path)
        except OSError:
            return descriptor  # it is gone for now
        if (named.st_dev, named.st_ino) == (held.st_dev, held.st_ino) or os.lseek(descriptor, 0, 1) < held.st_size:
            return descriptor
        new = os.open(self._path, os.O_RDONLY)
        os.close(descriptor)
        return new


def _interrupted(pause: float) -> bool:
    """Wait for so many seconds; whether a person has had enough."""
    try:
        time.sleep(pause)
    except KeyboardInterrupt:
        return True
    return False
