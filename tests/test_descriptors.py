"""Standard streams that a parent made non-blocking, and descriptors above 1,023: the command waits and goes on."""

import fcntl
import os
import resource
import subprocess
import threading
import time
from pathlib import Path

import pytest
from tests.support import UNSPOOL, chunk, jsonl, message_call

from unspool import descriptors

HI = jsonl(message_call(['{"message":"Hi', ' there"}']))


def non_blocking_pipe() -> tuple[int, int]:
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends


@pytest.mark.parametrize(
    "arguments", [["text"], ["text", "--timeout", "20"], ["rewrite"], ["events"], ["lint"], ["stats"]]
)
def test_standard_input_that_is_non_blocking_is_waited_for(arguments: list[str]) -> None:
    theirs, ours = non_blocking_pipe()
    with subprocess.Popen(
        [str(UNSPOOL), *arguments], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as ran:
        os.close(theirs)
        for at in range(0, len(HI), 150):
            time.sleep(0.1)
            os.write(ours, HI[at : at + 150])
        os.close(ours)
        out, err = ran.communicate(timeout=60)
    assert (ran.returncode, out != b"") == (0, True), err
    assert b"Traceback" not in err


@pytest.mark.parametrize("command", ["text", "rewrite", "events"])
def test_standard_output_that_is_non_blocking_is_waited_for(command: str, tmp_path: Path) -> None:
    capture = tmp_path / "a.jsonl"
    capture.write_bytes(jsonl([chunk({"content": "x" * 100}) for _ in range(5000)] + [chunk({}, "stop")]))
    expected = subprocess.run([str(UNSPOOL), command, str(capture)], capture_output=True, check=True).stdout
    ours, theirs = non_blocking_pipe()
    with subprocess.Popen([str(UNSPOOL), command, str(capture)], stdout=theirs, stderr=subprocess.PIPE) as ran:
        os.close(theirs)
        os.set_blocking(ours, True)
        time.sleep(0.5)  # the pipe is full by now
        with open(ours, "rb") as stream:
            assert stream.read() == expected
        assert ran.wait(60) == 0
        assert ran.stderr is not None
        assert ran.stderr.read() == b""


def test_a_chat_waits_for_standard_input_that_is_non_blocking() -> None:
    theirs, ours = non_blocking_pipe()
    command = [str(UNSPOOL), "chat", "--model", "m", "--base-url", "http://127.0.0.1:1/v1"]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ran:
        os.close(theirs)
        time.sleep(1)
        for piece in (b"/us", b"age\n\n", b"/usage"):
            os.write(ours, piece)
            time.sleep(0.1)
        os.close(ours)
        out, err = ran.communicate(timeout=60)
    assert (ran.returncode, (out + err).count(b"0 turns")) == (0, 2), err


@pytest.fixture
def high() -> int:
    """A number above those that select() knows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1500
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip("this user may not open so many files")
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return 1100


def test_descriptors_above_1023_are_polled(high: int) -> None:
    theirs, ours = non_blocking_pipe()
    above = fcntl.fcntl(theirs, fcntl.F_DUPFD, high)
    assert above >= high
    try:
        assert descriptors.read(above, 0.05) is None
        threading.Timer(0.1, os.write, (ours, b"Hi")).start()
        assert descriptors.read(above, 20) == b"Hi"
        threading.Timer(0.1, os.write, (ours, b"Ho")).start()
        assert descriptors.read(above) == b"Ho"
        os.close(ours)
        assert descriptors.read(above, 20) == b""
    finally:
        os.close(above)
        os.close(theirs)


def test_a_command_with_a_timeout_and_many_open_files_reads_its_file(high: int, tmp_path: Path) -> None:
    capture = tmp_path / "a.jsonl"
    capture.write_bytes(HI)
    held = [os.dup(0) for _ in range(high)]
    try:
        for one in held:
            os.set_inheritable(one, True)
        ran = subprocess.run(
            [str(UNSPOOL), "text", "--timeout", "20", str(capture)], capture_output=True, close_fds=False, check=False
        )
    finally:
        for one in held:
            os.close(one)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"Hi there\n", b"")
