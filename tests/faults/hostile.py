"""``python -m tests.faults.hostile [PATTERN]``: time and memory of the commands on inputs that are made to cost much.

Every input is one of `INPUTS`, by name. The limits: at most one second of processor
time a MB, and at most 2.5 times the largest record and 40 MB of memory beyond that of an
small input of junk. The exit code is 1 where a limit is exceeded.
"""

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.support import UNSPOOL, calls, chunk, entry, jsonl, sse

MB = 1 << 20
COMMANDS = ("text", "rewrite", "events", "lint")
SECONDS_PER_MB = 1.0
TIMES_RECORD = 2.5
BEYOND = 40 * MB


def _repeated(piece: bytes, size: int) -> bytes:
    return piece * (size // len(piece))


def _line(size: int, text: str, finish: str | None = "stop") -> bytes:
    return jsonl([chunk({"content": text * (size // len(text))}, finish)])


def _arguments(text: str, size: int, before: str = "", behind: str = "") -> bytes:
    """One fragment with a text over and over, as the arguments of a message call."""
    whole = before + text * (size // (len(json.dumps(text)) - 2)) + behind
    return jsonl([chunk(calls(entry(whole, name="send_message")), "tool_calls")])


def _fragments(text: str, size: int, name: str = "send_message") -> bytes:
    """The same text over and over, each time in a fragment of its own."""
    line = jsonl([chunk(calls(entry(text)))])
    return jsonl([chunk(calls(entry("", name=name)))]) + _repeated(line, size)


def _numbered(make: Callable[[int], bytes], size: int) -> bytes:
    parts: list[bytes] = []
    total = 0
    while total < size:
        parts.append(make(len(parts)))
        total += len(parts[-1])
    return b"".join(parts)


def _run(before: bytes, piece: bytes, behind: bytes) -> Callable[[int], bytes]:
    """A line with a long run of one character, before a chunk: costly where a pattern tries each part of the run."""
    record = jsonl([chunk({"content": "a"}, "stop")])
    return lambda size: before + _repeated(piece, size) + behind + b"\n" + record


RUNS: dict[str, Callable[[int], bytes]] = {
    "spaces behind a member of YAML": _run(b"a:", b" ", b"{"),
    "spaces behind interactions": _run(b"interactions:", b" ", b"{"),
    "spaces behind a word of a program": _run(b"package", b" ", b"{"),
    "spaces behind the name of a container": _run(b"a | {}\na |", b" ", b"x"),
    "spaces behind a level": _run(b"INFO a", b" ", b"\0"),
    "spaces behind a time and a level": _run(b"[10:00:00] INFO a", b" ", b"\0"),
    "letters of hexadecimal numbers": _run(b"2026-01-01 10:00:00 ", b"a", b" INFO {}"),
}
"""Lines of text which have long runs of one character."""
_LOG = b"2031-01-01 00:00:00 INFO app: " + b'{"event":%b}\n' % jsonl([chunk({"content": "a"})])[:-1]
INPUTS: dict[str, Callable[[int], bytes]] = {
    **RUNS,
    "blank lines": lambda size: _repeated(b"\n", size),
    "blank lines, CRLF": lambda size: _repeated(b"\r\n", size),
    "spaces": lambda size: b" " * size,
    "NUL": bytes,
    "bytes that are not UTF-8": lambda size: b"\xff" * size,
    "lines of one byte": lambda size: _repeated(b"x\n", size),
    "lines of one digit": lambda size: _repeated(b"1\n", size),
    "lines of two bytes, different": lambda size: _numbered(lambda n: b"%x\n" % (n % 97), size),
    "lines of {": lambda size: _repeated(b"{\n", size),
    "lines of {},": lambda size: _repeated(b"{},\n", size),
    "lines of {}": lambda size: _repeated(b"{}\n", size),
    "lines of []": lambda size: _repeated(b"[]\n", size),
    "lines of null": lambda size: _repeated(b"null\n", size),
    "an array of {}": lambda size: b"[" + _repeated(b"{},", size) + b"{}]",
    "an array that is open": lambda size: b"[" + _repeated(b"{},", size),
    "an array of numbers": lambda size: b"[" + _repeated(b"1,", size) + b"1]",
    "objects without line ends": lambda size: _repeated(b"{}", size),
    "objects in a line of a log": lambda size: _LOG * 3 + _LOG[:-1] + _repeated(b'{"a":{"b":1}}', size) + b" end\n",
    "open brackets": lambda size: b"[" * size,
    "open objects": lambda size: _repeated(b'{"a":', size),
    "one member, many times": lambda size: b'{"choices":[],' + _repeated(b'"a":1,', size) + b'"a":1}\n',
    "data lines of one byte": lambda size: _repeated(b"data: x\n\n", size),
    "data lines of one event": lambda size: b"data: {\n" + _repeated(b"data: 1,\n", size) + b"\n",
    "empty data lines": lambda size: _repeated(b"data:\n", size),
    "comments": lambda size: b"data: {}\n\n" + _repeated(b":\n", size),
    "names of events": lambda size: b"data: {}\n\n" + _repeated(b"event: a\n", size),
    "carriage returns": lambda size: b"data: {}\r\r" + _repeated(b"\r", size),
    "[DONE]": lambda size: _repeated(b"data: [DONE]\n\n", size),
    "a line of text": lambda size: _line(size, "x"),
    "a line of text with one wide character, behind a short one": lambda size: (
        jsonl([chunk({"content": "a"})]) + _line(size, "x").replace(b"xx", "\u20ac".encode(), 1)
    ),
    "a line of escapes": lambda size: _line(size // 2, "\n"),
    "a line of escaped emoji": lambda size: _line(size // 12, "\U0001f600"),
    "a line of a call": lambda size: _arguments("x", size, '{"message":"', '"}'),
    "a line of a call of another tool": lambda size: _arguments("x", size, '{"message":"', '"}').replace(
        b"send_", b"keep_"
    ),
    "a line of escapes in a call": lambda size: _arguments("\\n", size // 2, '{"message":"', '"}'),
    "objects in one fragment": lambda size: _arguments('{"a":1}', size),
    "messages in one fragment": lambda size: _arguments('{"message":"a"}', size),
    "{} in one fragment": lambda size: _arguments("{}", size),
    "objects, each twice": lambda size: _arguments('{"a":1}{"a":1} ', size),
    "an object and then growing ones": lambda size: _arguments('{"a":', size, '{"a":1}'),
    "members in one fragment": lambda size: _arguments('"a":1,', size, "{", '"b":1}'),
    "open arrays in a call": lambda size: _arguments("[", size, '{"message":'),
    "digits in a call": lambda size: _arguments("1", size, '{"message":', "}"),
    "a key in a call": lambda size: _arguments("k", size, '{"', '":1}'),
    "fragments of one byte": lambda size: _fragments("x", size),
    "fragments of a message": lambda size: (
        jsonl([chunk(calls(entry('{"message":"', name="send_message")))]) + _fragments("x", size)
    ),
    "fragments of {}": lambda size: _fragments("{}", size),
    "fragments of objects": lambda size: _fragments('{"a":1}', size),
    "fragments of a name": lambda size: _repeated(jsonl([chunk(calls(entry("", name="s")))]), size),
    "calls without a name": lambda size: _repeated(jsonl([chunk(calls(entry("{")))]), size),
    "indices of calls": lambda size: _numbered(lambda n: jsonl([chunk(calls(entry("{", index=n, name="a")))]), size),
    "ids of calls": lambda size: _numbered(
        lambda n: jsonl([chunk(calls(entry("{", id=f"i{n}", name="send_message")))]), size
    ),
    "indices of choices": lambda size: _numbered(lambda n: jsonl([chunk({"content": "a"}, index=n)]), size),
    "choices in one chunk": lambda size: jsonl(
        [
            {
                **chunk(),
                "choices": [
                    {"index": n, "delta": calls(entry('{"message":"a', name="send_message"))}
                    for n in range(size // 120)
                ],
            }
        ]
    ),
    "calls in one chunk": lambda size: jsonl(
        [chunk(calls(*[entry("{}", index=n, name="a") for n in range(size // 75)]))]
    ),
    "calls in one chunk, of a message tool": lambda size: jsonl(
        [chunk(calls(*[entry('{"message":"a"}', index=n, name="send_message") for n in range(size // 100)]))]
    ),
    "responses of one chunk": lambda size: _numbered(
        lambda n: jsonl([chunk({"content": "a"}, "stop", id=f"i{n}")]), size
    ),
    "faults of one kind": lambda size: _repeated(jsonl([chunk(calls(entry("[", name="send_message")), "stop")]), size),
    "separators": lambda size: sse([chunk({"content": "\u2028" * (size // 6)}, "stop")]),
    "HTML": lambda size: b"<!DOCTYPE html>" + _repeated(b"<p>a</p>\n", size),
    "a log": lambda size: _repeated(b"2026-01-01 10:00:00 INFO x\n", size),
    "status lines of HTTP": lambda size: _repeated(b"HTTP/1.1 200 OK\r\n", size),
    "responses of a word behind heads of HTTP": lambda size: _repeated(
        b"HTTP/1.1 200 OK\n\n" + jsonl([chunk({"content": "Hi"}, "stop")]), size
    ),
    "status lines of curl": lambda size: _repeated(b"< HTTP/1.1 200 OK\r\n", size),
    "blank lines behind text": lambda size: b"hello\n" + _repeated(b"\n", size),
    "comments, each an event": lambda size: _repeated(b":\n\n", size),
    "an array of numbers behind an object": lambda size: b"[{}," + _repeated(b"1,", size) + b"1]",
    "parts of content": lambda size: jsonl(
        [chunk({"content": [{"type": "text", "text": "a"}] * (size // 30)}, "stop")]
    ),
}
"""By name: what makes an input of about this many bytes."""
BOMBS: dict[str, Callable[[int], bytes]] = {
    "a bomb of one line": lambda size: gzip.compress(_line(size * 40, "x")),
    "a bomb of spaces": lambda size: gzip.compress(b" " * size * 40),
    "a bomb of lines": lambda size: gzip.compress(_repeated(b"x\n", size * 4)),
    "a bomb in a bomb": lambda size: gzip.compress(gzip.compress(b" " * size * 40)),
}
"""The same, compressed; ``size`` is about a fortieth of what comes out."""


def _unpacked(data: bytes) -> bytes:
    while data.startswith(b"\x1f\x8b"):
        data = gzip.decompress(data)
    return data


class Cost(NamedTuple):
    """What a run took: seconds of processor time, and bytes of memory at its peak."""

    seconds: float
    memory: int
    code: int


_WATCH = """
import os, sys
process = os.fork()
if not process:
    os.execv(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(process, 0)
os.write(3, b"%f %d %d" % (usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, os.waitstatus_to_exitcode(status)))
"""
"""Runs a command from a small process, since the peak of memory includes that of the process before exec (Linux)."""


def cost_of(command: str, path: Path) -> Cost:
    """Run the installed command on a file."""
    read, write = os.pipe()
    watch = f"import os; os.dup2({write}, 3) if {write} != 3 else None\n{_WATCH}"
    with path.open("rb") as stdin, os.fdopen(read) as report:
        subprocess.run(
            [sys.executable, "-S", "-c", watch, str(UNSPOOL), command],
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[write],
            check=False,
        )
        os.close(write)
        seconds, memory, code = report.read().split()
    return Cost(float(seconds), int(memory), int(code))


def largest_record(data: bytes) -> int:
    """The longest line, which is the record of an input of one line."""
    return max(map(len, data.split(b"\n")))


def measure(pattern: str) -> Iterator[tuple[str, str, float, float, bool]]:
    """Name, command, seconds a MB, memory beyond that of an empty input in MB, and whether that is too much."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "input"
        path.write_bytes(b"x\n{}\n")  # junk, for which more is imported than for a stream
        empty = {command: cost_of(command, path) for command in COMMANDS}
        for name, make in {**INPUTS, **BOMBS}.items():
            if not re.search(pattern, name):
                continue
            data = make(MB // 2)
            if largest_record(data) > MB // 8:  # of one huge record the memory shows only where it is huge
                data = make(8 * MB)
            path.write_bytes(data)
            content = _unpacked(data)
            limit = TIMES_RECORD * largest_record(content) + BEYOND
            for command in COMMANDS:
                cost = cost_of(command, path)
                seconds = max(0.0, cost.seconds - empty[command].seconds) / (len(content) / MB)
                memory = cost.memory - empty[command].memory
                yield name, command, seconds, memory / MB, seconds > SECONDS_PER_MB or memory > limit


def main() -> None:
    """Print what each input costs, and those that cost too much again."""
    exceeding = []
    for name, command, seconds, memory, exceeds in measure(sys.argv[1] if len(sys.argv) > 1 else ""):
        line = f"{'!' if exceeds else ' '} {name:40} {command:8} {seconds:6.2f} s/MB {memory:6.0f} MB"
        print(line, flush=True)
        exceeding += [line] if exceeds else []
    print(*exceeding, f"{len(exceeding)} exceed a limit", sep="\n")
    sys.exit(bool(exceeding))


if __name__ == "__main__":
    main()
