"""What the tests of the fault classes share: small streams, cut inputs, and system calls that fail."""

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from tests.commands.processes import GUARD, plain_environment
from tests.support import UNSPOOL, Ran, jsonl, message_call, run_here, sse

from unspool.commands.app import main
from unspool.environment import Environment

CHUNKS = message_call(['{"inner_thoughts":"Hm.","message":"Grüß ', "dich \\ud83d", '\\ude00"}'])
TEXT = "Grüß dich 😀\n".encode()
EVENTS, LINES = sse(CHUNKS), jsonl(CHUNKS)
FILTERS = ("text", "rewrite", "events", "lint")

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


def text(data: bytes, *options: str) -> Ran:
    """``unspool text`` on these bytes."""
    return run_here(["text", *options], data)


class Pieces(BytesIO):
    """A standard input that gives these pieces, one for each read."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        super().__init__()
        self._pieces = iter(pieces)

    def read(self, size: int | None = -1) -> bytes:
        return next(self._pieces, b"")

    read1 = read


def run_pieces(command: str, pieces: Iterable[bytes]) -> Ran:
    """A filter on input that arrives in these pieces."""
    stdout, stderr = BytesIO(), StringIO()
    code = main([command], Environment(Pieces(pieces), stdout, stderr))
    return Ran(code, stdout.getvalue(), stderr.getvalue())


def sized(data: bytes, size: int) -> list[bytes]:
    """``data`` in pieces of ``size`` bytes."""
    return [data[start : start + size] for start in range(0, len(data), size)]


def with_failing_call(
    arguments: Sequence[str], call: str, number: int, log: Path, stdin: bytes = b"", only: Path | None = None
) -> tuple[Ran, bool]:
    """The installed command, whose system call with this number fails; and whether there were so many of them.

    With ``only`` just the calls on that file are counted.
    """
    trace = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={call}", *(["-P", str(only)] if only else [])]
    done = subprocess.run(
        [*trace, "-e", f"inject={call}:error=EIO:when={number}", str(UNSPOOL), *arguments],
        input=stdin,
        capture_output=True,
        timeout=GUARD * 3,
        check=False,
        env=plain_environment(),
    )
    injected = "(INJECTED)" in log.read_text(errors="replace")
    return Ran(done.returncode, done.stdout, done.stderr.decode(errors="replace")), injected


def assert_one_line(ran: Ran, code: int) -> None:
    """The code, one line on standard error, and no traceback."""
    assert (ran.code, ran.stderr.count("\n")) == (code, 1), ran.stderr
    assert ran.stderr.startswith("unspool: ")
