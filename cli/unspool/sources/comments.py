"""Comments of server-sent events, which keep a connection open (B1): a sign of life, but not for ever."""

import re
import time

from unspool.errors import SourceFailed

PATIENCE = 600.0  # seconds to the first byte, as the openai package waits
_COMMENTS = PATIENCE  # ... to the next record, where comments come
_RECORD = re.compile(rb"(?:\A|[\r\n])[ \t]*[^:\s]")


class CommentLimit:
    """Ends a stream in which only comments and blank lines arrive for ten minutes, or for ``timeout`` if it is longer.

    The time in which nothing is awaited, since the text is not taken, does not count.
    """

    def __init__(self, name: str, timeout: float | None) -> None:
        self._name = name
        self._limit = max(_COMMENTS, timeout or 0.0)
        self._waited = 0.0  # seconds since the last record
        self._began = time.monotonic()
        self._last_line = b""  # the first byte of the line that has not ended

    def received(self, block: bytes) -> None:
        """Raise SourceFailed where this is one block of comments too many."""
        lines = self._last_line + block
        self._last_line = lines[max(lines.rfind(b"\n"), lines.rfind(b"\r")) + 1 :][:1]
        self._waited += time.monotonic() - self._began
        if _RECORD.search(lines):
            self._waited = 0.0
        elif self._waited > self._limit:
            reason = f"nothing but comments or blank lines arrived for {self._limit:g} s"
            raise SourceFailed(self._name, reason, "ask again")

    def awaits(self) -> None:
        """The next block is waited for."""
        self._began = time.monotonic()
