"""Files that are there whole, or as they were."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from unspool.check.files import read_file, write_file


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_is_written_can_be_read() -> None:
    write_file("a", b"one\n")
    write_file("a", b"\xfftwo")
    assert read_file("a") == b"\xfftwo"
    assert os.listdir() == ["a"]


def test_who_may_read_it_stays() -> None:
    Path("a").write_bytes(b"one")
    os.chmod("a", 0o640)
    write_file("a", b"two")
    assert os.stat("a").st_mode & 0o777 == 0o640


def test_a_link_stays_a_link() -> None:
    Path("real").write_bytes(b"one")
    os.symlink("real", "a")
    write_file("a", b"two")
    assert (os.readlink("a"), Path("real").read_bytes()) == ("real", b"two")


def test_where_there_is_no_room_the_file_is_as_it_was() -> None:
    """A process that may write 4,096 bytes a file, and no more."""
    Path("a").write_bytes(b"one")
    program = "import sys\nfrom unspool.check.files import write_file\nwrite_file('a', b'x' * 100_000)\n"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = subprocess.run(
        [sys.executable, "-c", program], preexec_fn=limit, capture_output=True, text=True, timeout=60, check=False
    )
    assert "File too large" in done.stderr
    assert (os.listdir(), Path("a").read_bytes()) == (["a"], b"one")


def test_what_is_no_file_is_refused_and_not_waited_for() -> None:
    os.mkfifo("pipe")
    os.mkdir("folder")
    for name in ("pipe", "folder", "/dev/null"):
        with pytest.raises(OSError, match="not a regular file") as refused:
            read_file(name)
        assert refused.value.filename == name
