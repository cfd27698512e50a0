"""A progress line on a terminal's standard error, for commands that write nothing until their end."""

import time
from typing import TextIO

from unspool.environment import Environment

_PATIENCE = 1.0  # seconds before anything is shown
_PAUSE = 0.2  # seconds between two lines


class Progress:
    """Shows a count once a command takes longer than a second; silent if standard error is not a terminal."""

    def __init__(self, environment: Environment, counted: str = "records") -> None:
        self._counted = counted
        self._stream: TextIO | None = environment.stderr if environment.stderr_is_terminal else None
        self._next = time.monotonic() + _PATIENCE
        self._shown = False

    def show(self, count: int) -> None:
        """Show the count, if it is time for an update."""
        if self._stream is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _PAUSE
        self._shown = True
        self._stream.write(f"\r{count:,} {self._counted}")
        self._stream.flush()

    def clear(self) -> None:
        """Take the line away again."""
        if self._stream is not None and self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = False
