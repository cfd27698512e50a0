"""A command that is silent until its end says how far it is, once it takes longer than a second."""

import os
import pty
import subprocess
import time

from tests.support import UNSPOOL, chunk, jsonl, run_installed


def test_lint_counts_aloud_on_a_terminal_and_takes_the_line_away_again() -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [str(UNSPOOL), "lint"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=slave, bufsize=0
    )
    os.close(slave)
    os.set_blocking(master, False)
    assert process.stdin is not None
    seen = b""
    for _ in range(200):  # at most 10 seconds; two are enough
        process.stdin.write(jsonl([chunk({"content": "a"})]))
        time.sleep(0.05)
        try:
            seen += os.read(master, 4096)
        except BlockingIOError:
            continue
        break
    process.stdin.write(jsonl([chunk({}, "stop")]))
    process.stdin.close()
    assert process.wait(20) == 0
    os.set_blocking(master, True)
    seen += os.read(master, 4096)
    os.close(master)
    assert seen.startswith(b"\r")
    assert seen.split(b"\r")[1].endswith(b" records")
    assert seen.endswith(b"\r\x1b[K")


def test_nothing_is_counted_where_nobody_looks() -> None:
    assert run_installed(["lint"], jsonl([chunk({"content": "a"}), chunk({}, "stop")])).stderr == ""
