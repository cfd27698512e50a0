"""Files and standard input as sources, read in the pieces they arrive in."""

import os
from collections.abc import Callable, Iterator
from typing import BinaryIO

from unspool.descriptors import STANDARD_INPUT, read
from unspool.errors import ADVICE, SourceFailed
from unspool.sources.comments import CommentLimit

BLOCK_BYTES = 1 << 17
_SMALL = 8 << 20
"""Bytes of a source that cannot take much memory, whatever is in them."""
DIRECTORY_ADVICE = "name the files in it; check, serve and table take folders"

URL_ADVICE = "pipe the answer of a URL in: curl -N URL | unspool; table also reads s3://, gs:// and az://"
PATTERN_ADVICE = "a shell replaces a pattern outside of quotes: leave them out, and check that a file matches"


class FileSource:
    """Standard input (``-``) or a file; nothing is known of its times.

    Its blocks raise SourceFailed also where nothing arrives for ``timeout``
    seconds (None: wait for ever). ``opener`` gives a descriptor of the path, where not every file may be read.
    ``advice`` is for the message about a missing file.
    """

    elapsed: float | None = None

    def __init__(
        self,
        path: str,
        stdin: BinaryIO | None,
        timeout: float | None = None,
        opener: Callable[[str], int] | None = None,
        advice: str = ADVICE,
    ) -> None:
        self.name = STANDARD_INPUT if path == "-" else path
        self._path = path
        self._stdin = stdin
        self._timeout = timeout
        self._opener = opener or self._open
        self._advice = advice

    def blocks(self) -> Iterator[bytes]:
        """Yield the result of each read, until the end."""
        try:
            if self._path == "-":
                yield from self._standard_input()
            else:
                descriptor = self._opener(self._path)
                try:
                    yield from self._read(descriptor)
                finally:
                    os.close(descriptor)
        except OSError as error:
            missing = URL_ADVICE if "://" in self._path else self._advice
            if any(mark in self._path for mark in "*?["):
                missing = PATTERN_ADVICE
            advices = {FileNotFoundError: missing, IsADirectoryError: DIRECTORY_ADVICE}
            advice = advices.get(type(error), ADVICE)
            raise SourceFailed(self.name, error.strerror or str(error), advice) from None

    def _open(self, path: str) -> int:
        """Open the file; with a timeout, a named pipe without a writer does not block."""
        patient = 0 if self._timeout is None else os.O_NONBLOCK
        descriptor = os.open(path, os.O_RDONLY | patient)
        os.set_blocking(descriptor, True)
        return descriptor

    def _standard_input(self) -> Iterator[bytes]:
        if self._stdin is None:
            raise SourceFailed(self.name, "it is closed")
        try:
            descriptor = self._stdin.fileno()
        except OSError:  # an object in memory, as in tests
            while block := self._stdin.read(BLOCK_BYTES):
                yield block
            return
        yield from self._read(descriptor)

    def _read(self, descriptor: int) -> Iterator[bytes]:
        left = _SMALL
        comments = CommentLimit(self.name, self._timeout)
        while True:
            block = read(descriptor, self._timeout, BLOCK_BYTES)
            if block is None:
                raise SourceFailed(self.name, f"nothing arrived for {self._timeout:g} s")
            if not block:
                return
            if left > 0:
                left -= len(block)
                if left <= 0:
                    from unspool.memory import return_large_blocks  # noqa: PLC0415 - start-up

                    return_large_blocks()
            if self._timeout is not None:
                comments.received(block)
            yield block
            comments.awaits()
            del block  # two blocks at once would make malloc return and request memory each time
