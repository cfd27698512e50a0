"""A terminal that remembers what scrolled away: pyte behind a pseudo-terminal."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pyte
from tests.commands.processes import GUARD

HISTORY = 100_000


class Emulator:
    """What a person in front of the terminal sees, and what went through."""

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        self.ours, self.theirs = pty.openpty()
        self.screen = pyte.HistoryScreen(columns, lines, history=HISTORY)
        self.received = b""
        self._stream = pyte.ByteStream(self.screen)
        self._changed = threading.Condition()
        self._ended = False
        self._set_size(columns, lines)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _set_size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def _read(self) -> None:
        while True:
            try:
                block = os.read(self.ours, 65_536)
            except OSError:
                block = b""
            with self._changed:
                self.received += block
                self._stream.feed(block)
                self._ended = not block
                self._changed.notify_all()
            if not block:
                return

    def resize(self, columns: int, lines: int) -> None:
        """Change the size, as a person does with the mouse."""
        with self._changed:
            self.screen.resize(lines, columns)
        self._set_size(columns, lines)

    def take_control(self) -> None:
        """Make this the terminal of a process that is about to begin: its Ctrl-C is a signal then."""
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def modes(self) -> list[Any]:
        """How the terminal reads and writes."""
        return termios.tcgetattr(self.theirs)

    def wait_for(self, text: str) -> None:
        """Wait until ``text`` stands on the screen."""
        with self._changed:
            seen = self._changed.wait_for(lambda: any(text in line for line in self._rows()), GUARD)
            assert seen, f"{text!r} does not come: {self._rows()}"

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until what has arrived makes ``condition`` true."""
        with self._changed:
            assert self._changed.wait_for(condition, GUARD), self._rows()

    def finish(self) -> None:
        """Wait for all that is written to the terminal; nobody may hold it open any more."""
        os.close(self.theirs)
        self._reader.join(GUARD)
        assert self._ended

    def rows(self) -> list[str]:
        """Everything that stands in the scrollback and on the screen, without empty rows at the end."""
        with self._changed:
            return self._rows()

    def _rows(self) -> list[str]:
        lines = [*self.screen.history.top, *(self.screen.buffer[y] for y in range(self.screen.lines))]
        rows = ["".join(line[x].data for x in range(self.screen.columns)).rstrip() for line in lines]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    @property
    def cursor_is_shown(self) -> bool:
        """Whether the terminal has its cursor."""
        return pyte.modes.DECTCEM in self.screen.mode

    @property
    def wraps(self) -> bool:
        """Whether the terminal wraps long rows, as a shell expects."""
        return pyte.modes.DECAWM in self.screen.mode


@contextmanager
def emulator(columns: int = 80, lines: int = 24) -> Iterator[tuple[Emulator, BinaryIO]]:
    """A terminal, and the stream on which somebody in this process writes to it."""
    terminal = Emulator(columns, lines)
    stream = os.fdopen(os.dup(terminal.theirs), "wb")
    try:
        yield terminal, stream
    finally:
        if not stream.closed:
            stream.close()


def wait_until_stopped(process: subprocess.Popen[bytes]) -> None:
    """Wait until a signal has stopped a process."""
    deadline = time.monotonic() + GUARD
    while os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT | os.WNOHANG) is None:
        assert time.monotonic() < deadline, "it does not stop"
        time.sleep(0.01)
