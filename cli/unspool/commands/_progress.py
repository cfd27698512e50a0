"""A progress line on a terminal's standard error, for commands that write nothing until their end."""

import time

from unspool.environment import Environment

_PATIENCE = 1.0  # seconds before anything is shown
_PAUSE = 0.2  # seconds between two lines


class ProgressLine:
    """A line that is shown once a command takes longer than a second; none if standard error is not a terminal."""

    def __init__(self, environment: Environment) -> None:
        self._stream = environment.stderr if environment.stderr_is_terminal else None
        self._next = time.monotonic() + _PATIENCE
        self._shown = False

    def is_due(self) -> bool:
        """Return whether it is time to write the line."""
        return self._stream is not None and time.monotonic() >= self._next

    def write(self, text: str) -> None:
        """Write ``text`` in place of the line before."""
        self._next = time.monotonic() + _PAUSE
        self._shown = True
        self._put(text)

    def clear(self) -> None:
        """Take the line away again."""
        if self._shown:
            self._shown = False
            self._put("")

    def _put(self, text: str) -> None:
        if self._stream is not None:
            self._stream.write(f"\r\x1b[K{text}")
            self._stream.flush()


class Progress(ProgressLine):
    """Shows a count."""

    def __init__(self, environment: Environment, counted: str = "records") -> None:
        super().__init__(environment)
        self._counted = counted

    def show(self, count: int) -> None:
        """Show the count, if it is time to."""
        if self.is_due():
            self.write(f"{count:,} {self._counted}")
