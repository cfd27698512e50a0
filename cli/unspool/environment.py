"""The environment of a command: streams and terminal facts, in one value that tests can replace."""

import errno
import io
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import BinaryIO, NamedTuple, TextIO


def variable(name: str) -> str:
    """An environment variable; "" where it is not set. No other module reads them."""
    return os.environ.get(name, "")


def variables(prefix: str) -> list[str]:
    """The names of the environment variables that begin so."""
    return [name for name in os.environ if name.startswith(prefix)]


def with_variables(added: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process with other variables, for one that it starts."""
    return {**os.environ, **added}


def _is_terminal(stream: BinaryIO | TextIO | None) -> bool:
    try:
        return stream is not None and os.isatty(stream.fileno())
    except (OSError, ValueError):
        return False


def descriptor_of(stream: BinaryIO | TextIO | None) -> int | None:
    """The descriptor of a stream; None where it is closed, or an object in memory."""
    try:
        return None if stream is None else stream.fileno()
    except (OSError, ValueError):
        return None


def silence(stream: BinaryIO | TextIO | None) -> None:
    """Let a stream whose other end is gone lead nowhere, so that the interpreter's own flush at exit succeeds."""
    with suppress(OSError, ValueError):
        if stream is not None:
            descriptor = os.open(os.devnull, os.O_WRONLY)
            os.dup2(descriptor, stream.fileno())
            os.close(descriptor)


class ClosedOutput(io.TextIOBase):
    """A standard output that is closed: a write fails, where print and echo would pass over a missing stream."""

    def write(self, text: str) -> int:
        """Raise OSError."""
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


class Environment(NamedTuple):
    """The streams of a process; a closed standard stream is None."""

    stdin: BinaryIO | None
    stdout: BinaryIO | None
    stderr: TextIO | None

    @classmethod
    def of_process(cls) -> "Environment":
        """The streams this process was started with."""
        stdin = sys.stdin.buffer if sys.stdin is not None else None
        stdout = sys.stdout.buffer if sys.stdout is not None else None
        return cls(stdin, stdout, sys.stderr)

    @property
    def stdin_is_terminal(self) -> bool:
        """Return whether a person would have to type the input."""
        return _is_terminal(self.stdin)

    @property
    def stderr_is_terminal(self) -> bool:
        """Return whether somebody looks at the messages as they come."""
        return _is_terminal(self.stderr)

    @property
    def stdout_is_terminal(self) -> bool:
        """Return whether a terminal would obey what is written."""
        return _is_terminal(self.stdout)

    @property
    def outputs_are_one(self) -> bool:
        """Return whether messages go into the file, or the pipe, that holds the text (``2>&1``)."""
        descriptors = descriptor_of(self.stdout), descriptor_of(self.stderr)
        try:
            first, second = (None if one is None else os.fstat(one) for one in descriptors)
        except OSError:
            return False
        return first is not None and second is not None and os.path.samestat(first, second)

    @property
    def can_draw(self) -> bool:
        """Return whether standard output is a terminal with a movable cursor: FORCE_COLOR makes none of a pipe."""
        return self.stdout_is_terminal and os.environ.get("TERM", "dumb") not in ("", "dumb", "unknown")

    @property
    def colours(self) -> bool:
        """Return whether standard output may be coloured: by NO_COLOR, FORCE_COLOR and TERM, then by what it is."""
        if os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR") not in (None, "", "0"):
            return True
        return self.stdout_is_terminal and os.environ.get("TERM") != "dumb"
