"""A file that grows, is rotated, is cut: all of it arrives, once and in order."""

import contextlib
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from tests.support import ROOT, UNSPOOL, run_here

from unspool.errors import SourceFailed
from unspool.sources.follow import FollowedFile


class Reader(threading.Thread):
    """Reads until nothing has come for half a second."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.source = FollowedFile(str(path), None, 0.5)
        self.got = b""
        self.fault = ""
        self.start()

    def run(self) -> None:
        try:
            for block in self.source.blocks():
                self.got += block
        except SourceFailed as fault:
            self.fault = str(fault)

    def until(self, got: bytes) -> None:
        end = time.monotonic() + 10
        while self.got != got and time.monotonic() < end and self.is_alive():
            time.sleep(0.01)
        assert self.got == got


def until_it_waits(process: int, path: Path) -> None:
    """Wait until a process has read all of a file and sleeps (Linux shows both)."""
    about = Path("/proc") / str(process)
    if not about.exists():
        time.sleep(1)
        return
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if _is_read(about, path) and (about / "stat").read_text().rpartition(")")[2].split()[0] == "S":
            return
        time.sleep(0.01)
    pytest.fail("it does not come to the end of the file")


def _is_read(about: Path, path: Path) -> bool:
    """Return whether an open descriptor of the file is at its end."""
    for descriptor in (about / "fd").iterdir():
        with contextlib.suppress(OSError):  # it was closed in between
            if descriptor.readlink() == path:
                position = int((about / "fdinfo" / descriptor.name).read_text().split()[1])
                return position == path.stat().st_size
    return False


def test_what_is_appended_arrives(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one ")
    reader = Reader(path)
    reader.until(b"one ")
    with path.open("ab") as file:
        file.write(b"two ")
        file.flush()
        reader.until(b"one two ")
        file.write(b"three")
    reader.until(b"one two three")
    reader.join(10)
    assert "nothing arrived for 0.5 s" in reader.fault


def test_another_file_of_the_name_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one ")
    reader = Reader(path)
    reader.until(b"one ")
    path.rename(tmp_path / "log.1")
    with (tmp_path / "log.1").open("ab") as file:
        file.write(b"late ")
    reader.until(b"one late ")
    path.write_bytes(b"two")
    reader.until(b"one late two")


def test_a_file_that_was_cut_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"a long line ")
    reader = Reader(path)
    reader.until(b"a long line ")
    path.write_bytes(b"new")
    reader.until(b"a long line new")


def test_a_file_that_is_not_there_fails(tmp_path: Path) -> None:
    with pytest.raises(SourceFailed):
        list(FollowedFile(str(tmp_path / "none"), None).blocks())


@pytest.mark.parametrize("command", ["text", "lint"])
def test_an_interrupt_ends_the_stream_and_what_there_is_is_told(tmp_path: Path, command: str) -> None:
    path = tmp_path / "plain.jsonl"
    path.write_bytes((ROOT / "samples" / "plain.jsonl").read_bytes())
    expected = subprocess.run([str(UNSPOOL), command, str(path)], capture_output=True, check=True).stdout
    with subprocess.Popen([str(UNSPOOL), command, "-f", str(path)], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        first = running.stdout.read(1) if command == "text" else b""
        until_it_waits(running.pid, path)  # an interrupt before would be one of the program
        running.send_signal(signal.SIGINT)
        assert first + running.stdout.read() == expected
        assert running.wait(20) == 0


def test_one_file_is_followed_and_no_pipe() -> None:
    for arguments in (["-f"], ["-f", "-"], ["-f", "a", "b"]):
        ran = run_here(["text", *arguments])
        assert ran.code == 2
        assert "--follow" in ran.stderr
