"""``python -m tests.faults.torture [PATTERN]``: let the k-th system call fail, for each k, in a dozen scenarios.

No run hangs, none shows a traceback, and none ends with 0 where its output is not what it is without a failure. The
exit code is 1 where a scenario breaks that, and 77 where strace is not installed. Only the calls that a scenario names
are counted, on its own files where it names one: the start of Python reads and opens hundreds of others.
"""

import gzip
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.commands.processes import GUARD
from tests.faults.helpers import EVENTS, LINES, TEXT, with_failing_call

from unspool.commands._stderr import OWN_FAULT

WRITES, READS = "write,writev,pwrite64", "read,pread64,readv"
FILES = "rename,renameat,renameat2,fsync,fdatasync,link,linkat,unlink,unlinkat,fchmod,chmod,ftruncate,flock"
PART = "rows.d/part-000000000-000000.jsonl"
LAST = 60  # calls of one kind: more would only repeat


_ENTRY = {
    "request": {"method": "POST", "url": "http://localhost/v1/chat/completions"},
    "response": {"status": 200, "content": {"mimeType": "text/event-stream", "text": EVENTS.decode()}},
}
HAR = {"log": {"version": "1.2", "creator": {"name": "browser"}, "entries": [_ENTRY, _ENTRY]}}


class Scenario(NamedTuple):
    """A command in a folder with ``capture.jsonl`` and a case; which calls fail, on which file, and what it writes."""

    arguments: tuple[str, ...]
    calls: str
    only: str = ""
    writes: str = ""
    stdin: bytes = b""


SCENARIOS: dict[str, Scenario] = {
    "text, reads": Scenario(("text", "capture.jsonl"), READS, "capture.jsonl"),
    "text, writes": Scenario(("text",), WRITES, stdin=LINES),
    "rewrite, writes": Scenario(("rewrite", "--to", "sse"), WRITES, stdin=EVENTS),
    "events, writes": Scenario(("events", "capture.jsonl"), WRITES),
    "lint, writes": Scenario(("lint", "--json", "capture.jsonl"), WRITES),
    "stats, writes": Scenario(("stats", "--json", "capture.jsonl"), WRITES),
    "a recording, writes": Scenario(("text", "--record", "new.sse"), WRITES, "new.sse", "new.sse", EVENTS),
    "a recording, files": Scenario(("text", "--record", "new.sse"), FILES, "", "new.sse", EVENTS),
    "check, reads": Scenario(("check", "--jobs", "1", "case.jsonl"), READS, "case.jsonl"),
    "check --update, writes": Scenario(
        ("check", "--jobs", "1", "--update", "stale.jsonl"), WRITES, "", "stale.expected.txt"
    ),
    "a picture, writes": Scenario(("view", "--svg", "view.svg", "capture.jsonl"), WRITES, "", "view.svg"),
    "check --update, files": Scenario(
        ("check", "--jobs", "1", "--update", "stale.jsonl"), FILES, "", "stale.expected.txt"
    ),
    "text, opens": Scenario(("text", "capture.jsonl"), "openat", "capture.jsonl"),
    "check, opens": Scenario(("check", "--jobs", "1", "case.jsonl"), "openat", "case.expected.txt"),
    "a recording, opens": Scenario(("text", "--record", "new.sse"), "openat", "new.sse", "new.sse", EVENTS),
    "a table, writes": Scenario(("table", "capture.jsonl", "-o", "rows.d"), WRITES, "", PART),
    "a table, files": Scenario(("table", "capture.jsonl", "-o", "rows.d"), FILES, "", PART),
    "a picture, files": Scenario(("view", "--svg", "view.svg", "capture.jsonl"), FILES, "", "view.svg"),
    "a HAR, reads": Scenario(("text", "browser.har"), READS, "browser.har"),
    "a HAR, writes": Scenario(("rewrite", "browser.har"), WRITES),
    "a HAR, opens": Scenario(("text", "browser.har"), "openat", "browser.har"),
    "compressed, reads": Scenario(("text", "capture.gz"), READS, "capture.gz"),
    "diff, reads": Scenario(("diff", "capture.jsonl", "case.jsonl"), READS, "case.jsonl"),
    "diff, writes": Scenario(("diff", "capture.jsonl", "other.jsonl"), WRITES),
    "a page, writes": Scenario(("view", "--html", "view.html", "capture.jsonl"), WRITES, "", "view.html"),
    "a table of a HAR, reads": Scenario(("table", "browser.har"), READS, "browser.har"),
}
"""By name."""


class Outcome(NamedTuple):
    """What a run showed and wrote, and whether a call failed in it."""

    code: int
    stdout: bytes
    stderr: str
    written: bytes | None
    injected: bool


def run(scenario: Scenario, number: int) -> Outcome:
    """Run a scenario in a folder of its own; its call with this number fails."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("capture.jsonl", "case.jsonl", "stale.jsonl"):
            (folder / file).write_bytes(LINES)
        (folder / "other.jsonl").write_bytes(LINES.replace(b"H", b"J"))
        (folder / "browser.har").write_text(json.dumps(HAR))
        (folder / "capture.gz").write_bytes(gzip.compress(LINES))
        (folder / "case.expected.txt").write_bytes(TEXT)
        (folder / "stale.expected.txt").write_bytes(b"old\n")
        arguments = [str(folder / word) if "." in word else word for word in scenario.arguments]
        only = folder / scenario.only if scenario.only else None
        ran, injected = with_failing_call(arguments, scenario.calls, number, folder / "log", scenario.stdin, only)
        target = folder / scenario.writes
        here = str(folder).encode()
        written = target.read_bytes().replace(here, b"") if scenario.writes and target.is_file() else None
        return Outcome(ran.code, ran.stdout.replace(here, b""), ran.stderr, written, injected)


def sweep(scenario: Scenario) -> Iterator[tuple[int, str]]:
    """Yield each number that was tried, and what was wrong with that run, or ""."""
    whole = run(scenario, LAST * 1000)
    for number in range(1, LAST + 1):
        try:
            ran = run(scenario, number)
        except subprocess.TimeoutExpired:
            yield number, f"it hangs for {GUARD * 3} s"
            continue
        if not ran.injected:
            return
        yield number, _wrong(ran, whole)


def _wrong(ran: Outcome, whole: Outcome) -> str:
    if "Traceback" in ran.stderr or OWN_FAULT in ran.stderr:
        return f"a traceback: {ran.stderr[-300:]}"
    timeless = re.compile(rb"[\d.]+ m?s\b")
    if ran.code == 0 and timeless.sub(b"", ran.stdout) != timeless.sub(b"", whole.stdout):
        return f"exit 0, and standard output is {ran.stdout[:80]!r}"
    if ran.code == 0 and _timeless(ran.written) != _timeless(whole.written):
        return f"exit 0, and the file is {ran.written and ran.written[:80]!r}"
    return ""


def _timeless(written: bytes | None) -> bytes | None:
    """A recording without its times."""
    return None if written is None else re.sub(rb"(?m)^: (?:t|end)=[\d.]+\n", b"", written)


def main() -> None:
    """Sweep the scenarios whose names match, and report."""
    if shutil.which("strace") is None:
        print("strace is not installed: nothing was tried", file=sys.stderr)
        sys.exit(77)
    pattern, wrong = (sys.argv[1] if len(sys.argv) > 1 else ""), 0
    for name, scenario in SCENARIOS.items():
        if re.search(pattern, name):
            found = list(sweep(scenario)) or [(0, "no call failed, so that nothing was tried: did the command start?")]
            print(f"{name:28} {len(found):3} calls failed, {sum(bool(what) for _, what in found)} wrong", flush=True)
            for number, what in found:
                if what:
                    wrong += 1
                    print(f"    call {number}: {what}", flush=True)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
