"""The installed command as a process whose streams are pipes and terminals, one step at a time."""

import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from tests.support import UNSPOOL

GUARD = 20.0
"""Seconds after which something hangs. Nothing is measured by it."""

HEEDED = {"NO_COLOR", "FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TERM", "COLUMNS", "LINES", "PYTHONUNBUFFERED"}


def plain_environment(**variables: str) -> dict[str, str]:
    """The variables of this process without those that unspool, a colour library or the interpreter's output heeds."""
    kept = {k: v for k, v in os.environ.items() if k not in HEEDED and not k.startswith("UNSPOOL_")}
    return {**kept, **variables}


class Live:
    """A running command between two pipes."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            [str(UNSPOOL), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=plain_environment(),
        )
        self.stdin, self.stdout = _there(self.process.stdin), _there(self.process.stdout)

    def write(self, data: bytes) -> None:
        """Send ``data`` and keep the pipe open."""
        self.stdin.write(data)

    def read_until(self, ending: bytes) -> bytes:
        """What arrives up to ``ending``; fails where it does not come, or ends in another way."""
        got = b""
        while not got.endswith(ending):
            assert select.select([self.stdout], [], [], GUARD)[0], f"hangs after {got!r}"
            block = os.read(self.stdout.fileno(), 65_536)
            assert block, f"ended after {got!r}"
            got += block
        return got

    def end(self) -> tuple[int, bytes, str]:
        """Close the input: the exit code, the rest of the output, all messages."""
        self.stdin.close()
        return self.wait()

    def wait(self) -> tuple[int, bytes, str]:
        """The same without closing the input."""
        rest = self.stdout.read()
        messages = _there(self.process.stderr).read().decode()
        return self.process.wait(GUARD), rest, messages


def _there(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


@contextmanager
def live(*arguments: str) -> Iterator[Live]:
    """A running command, ended with the block whatever happens."""
    running = Live(arguments)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()
        for stream in (running.process.stdin, running.process.stdout, running.process.stderr):
            _there(stream).close()


class OnTerminal(NamedTuple):
    """What a run showed: on its terminal, and through what was no terminal."""

    code: int
    screen: bytes
    stdout: bytes
    stderr: bytes


def on_terminal(
    arguments: Sequence[str],
    stdin: bytes | None,
    terminals: Sequence[str] = ("stdout",),
    variables: Mapping[str, str] | None = None,
) -> OnTerminal:
    """Run the installed command with these of its streams on a terminal that changes no byte.

    ``stdin`` is piped in; None leaves it on the terminal, where nobody types.
    """
    ours, theirs = pty.openpty()
    attributes = termios.tcgetattr(theirs)
    attributes[1] &= ~termios.OPOST
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(theirs, termios.TCSANOW, attributes)
    process = subprocess.Popen(
        [str(UNSPOOL), *arguments],
        stdin=theirs if stdin is None else subprocess.PIPE,
        stdout=theirs if "stdout" in terminals else subprocess.PIPE,
        stderr=theirs if "stderr" in terminals else subprocess.PIPE,
        env=plain_environment(**{"TERM": "xterm-256color", **(variables or {})}),
    )
    os.close(theirs)
    try:
        if process.stdin is not None:
            process.stdin.write(stdin or b"")
            process.stdin.close()
        screen = _screen(ours)
        stdout = process.stdout.read() if process.stdout else b""
        stderr = process.stderr.read() if process.stderr else b""
        return OnTerminal(process.wait(GUARD), screen, stdout, stderr)
    finally:
        os.close(ours)
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _screen(ours: int) -> bytes:
    """All that is sent to the terminal until nobody holds it open any more."""
    screen = b""
    deadline = time.monotonic() + GUARD
    while time.monotonic() < deadline and select.select([ours], [], [], GUARD)[0]:
        try:
            block = os.read(ours, 65_536)
        except OSError:  # the other end is closed
            return screen
        if not block:
            return screen
        screen += block
    raise AssertionError(f"hangs after {screen!r}")


def wait_until_asleep(process: int) -> None:
    """Wait until a process waits for input: a signal that comes just before that may be noticed only behind it.

    Linux shows the state of the main thread; elsewhere a moment has to do.
    """
    state = Path("/proc") / str(process) / "stat"
    if not state.exists():
        time.sleep(0.5)
        return
    asleep = 0
    while asleep < 5:  # in a row: it may wait for a lock in between
        asleep = asleep + 1 if state.read_text().rpartition(")")[2].split()[0] == "S" else 0
        time.sleep(0.02)
