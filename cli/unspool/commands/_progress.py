"""A line on a terminal's standard error that says how far a command without output of its own has come."""

import time
from typing import TextIO

from unspool.environment import Environment

_PATIENCE = 1.0  # seconds before anything is shown
_PAUSE = 0.2  # seconds between two lines


class Progress:
    """Counts aloud once a command takes longer than a second; silent where nobody looks."""

    def __init__(self, environment: Environment, counted: str = "records") -> None:
        self._counted = counted
        self._stream: TextIO | None = environment.stderr if environment.stderr_is_terminal else None
        self._next = time.monotonic() + _PATIENCE
        self._shown = False

    def show(self, count: int) -> None:
        """Say how many there have been, if it is time to say something."""
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
