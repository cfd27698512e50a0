"""Whole and cut input agree, fast path on and off agree, only documented codes come out and no fault of our own."""

import io
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

from tests.fastpath.differential import assert_same_as_slow_path
from tests.support import CAPTURES, ROOT, Ran, ends_within

from unspool.commands._stderr import OWN_FAULT
from unspool.commands.app import main
from unspool.environment import Environment

COMMANDS: tuple[tuple[str, ...], ...] = (
    *(("text",), ("rewrite",), ("events",), ("lint",), ("text",), ("rewrite",), ("events",), ("lint",)),
    ("text", "--channels", "think", "--channels", "harmony"),
    ("text", "--tool", "auto"),
    ("events", "--subagents", "--repair", "cumulative"),
    ("rewrite", "--to", "json"),
    ("rewrite", "--other-tools", "drop"),
    ("view",),
    ("stats",),
)
"""Filters with the options that change what they read; those without are the most frequent."""
CODES = {0, 3, 4, 5}
"""What a filter may end with, whatever its input is: nothing is interrupted, and the usage is right."""
LONGEST = 8192  # bytes of an input
SLOW = 1.0  # seconds of processor time for one input


class CutInput(io.BytesIO):
    """A standard input that gives a few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._size)

    def read1(self, size: int | None = -1) -> bytes:
        return super().read(self._size)


def check(data: bytes) -> None:
    """Assert the invariant for one input. What is random of the run is chosen by the input itself."""
    data = data[:LONGEST]
    chosen = crc32(data)
    command, size = COMMANDS[chosen % len(COMMANDS)], 1 + chosen // len(COMMANDS) % 97
    whole = check_code(command, io.BytesIO(data))
    cut = _run(command, CutInput(data, size))
    assert whole == cut, f"{command} depends on the cut into {size} bytes: {whole!r} {cut!r}"
    assert_same_as_slow_path(data, size=max(size, len(data) // 8))


def check_code(command: tuple[str, ...], stdin: io.BytesIO) -> Ran:
    """Assert that a filter ends soon, with a code and a message of its own."""
    with ends_within(SLOW):
        ran = _run(command, stdin)
    assert ran.code in CODES, f"code {ran.code}"
    assert OWN_FAULT not in ran.stderr, ran.stderr
    assert "Traceback" not in ran.stderr, ran.stderr
    assert ran.code == 0 or ran.stderr, "a code without a message"
    assert ran.stdout or ran.stderr, "silence (R17)"
    return ran


def _run(command: tuple[str, ...], stdin: io.BytesIO) -> Ran:
    stdout, stderr = io.BytesIO(), io.StringIO()
    code = main(list(command), Environment(stdin, stdout, stderr))
    return Ran(code, stdout.getvalue(), stderr.getvalue())


def seeds() -> Iterator[bytes]:
    """Beginnings of the samples, and of the captures where there are any."""
    samples = [path for path in (ROOT / "samples").iterdir() if ".expected" not in path.name]
    captures = [path for path in CAPTURES.rglob("*") if path.suffix in {".jsonl", ".sse", ".json"}]
    for path in sorted(samples) + sorted(captures):
        yield from _beginning(path)


def _beginning(path: Path) -> Iterator[bytes]:
    if not path.is_file() or path.suffix in {".md", ".args"}:
        return
    with path.open("rb") as file:
        data = file.read(LONGEST)
    yield data if len(data) < LONGEST else data[: data.rfind(b"\n") + 1] or data
