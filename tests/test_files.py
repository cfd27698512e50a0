"""Files that are there whole, or as they were."""

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
from itertools import repeat
from pathlib import Path

import pytest

from unspool.files import (
    LARGEST,
    FileSet,
    create_private,
    joined,
    lock,
    make_private_folder,
    open_folder,
    open_recording,
    read_file,
    replace_file,
    replace_private,
    write_output,
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_is_written_can_be_read() -> None:
    replace_file("a", b"one\n")
    replace_file("a", b"\xfftwo")
    assert read_file("a") == b"\xfftwo"
    assert os.listdir() == ["a"]


def test_who_may_read_it_stays() -> None:
    Path("a").write_bytes(b"one")
    os.chmod("a", 0o640)
    replace_file("a", b"two")
    assert os.stat("a").st_mode & 0o777 == 0o640


def test_a_link_is_not_written_through() -> None:
    """It may have been planted: what it leads to, there or not, is nobody's to write."""
    Path("real").write_bytes(b"one")
    os.symlink("real", "a")
    os.symlink("nowhere", "b")
    for name in ("a", "b"):
        with pytest.raises(OSError, match="a link is not written through") as refused:
            replace_file(name, b"two")
        assert refused.value.filename == name
    assert (sorted(os.listdir()), Path("real").read_bytes()) == (["a", "b", "real"], b"one")


def test_the_name_of_a_draft_cannot_be_known() -> None:
    """Links under names that count up or hold the process are not met."""
    Path("victim").write_bytes(b"precious")
    for number in range(os.getpid() - 50, os.getpid() + 50):
        os.symlink("victim", f".unspool-{number}")
    replace_file("a", b"one")
    assert Path("victim").read_bytes() == b"precious"


def test_an_output_that_the_user_names_goes_through_a_link_and_into_what_is_no_file() -> None:
    Path("real").write_bytes(b"one")
    os.symlink("real", "a")
    write_output("a", b"two")
    assert (os.readlink("a"), Path("real").read_bytes()) == ("real", b"two")
    write_output("/dev/null", b"x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    os.mkfifo("pipe")
    with pytest.raises(OSError, match="No such device"):  # nobody reads it, and nobody is waited for
        write_output("pipe", b"x")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_output("pipe", b"three")
    assert os.read(reader, 9) == b"three"
    os.close(reader)
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_what_is_private_is_so_whatever_the_umask(umask: int) -> None:
    before = os.umask(umask)
    try:
        make_private_folder("x/y/z")
        create_private("x/y/z/new", b"")
        replace_private("x/y/z/replaced", b"")
        os.close(open_recording("x/y/z/recording"))
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(os.stat(path).st_mode) for path in ("x", "x/y", "x/y/z")}
    assert set(modes.values()) == {0o700}, modes
    assert {stat.S_IMODE(entry.stat().st_mode) for entry in os.scandir("x/y/z")} == {0o600}


def test_a_private_file_takes_the_place_of_nothing() -> None:
    Path("a").write_bytes(b"one")
    os.symlink("nowhere", "b")
    os.mkdir("c")
    os.mkfifo("d")
    for name in "abcd":
        with pytest.raises(FileExistsError) as refused:
            create_private(name, b"two")
        assert refused.value.filename == name
    assert (sorted(os.listdir()), Path("a").read_bytes()) == (["a", "b", "c", "d"], b"one")


def test_a_new_file_that_is_not_private_follows_the_umask() -> None:
    before = os.umask(0o027)
    try:
        replace_file("a", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat("a").st_mode) == 0o640


def test_a_link_stays_in_its_folder() -> None:
    for folder in ("d/below", "elsewhere"):
        os.makedirs(folder)
    for name in ("d/a", "d/below/b", "elsewhere/secret", "d/.hidden"):
        Path(name).write_text(name)
    os.symlink("a", "d/near")
    os.symlink("below/b", "d/deeper")
    os.symlink("near", "d/twice")
    assert [read_file(f"d/{name}", "d") for name in ("near", "deeper", "twice")] == [b"d/a", b"d/below/b", b"d/a"]
    os.symlink("../elsewhere/secret", "d/out")
    os.symlink("/proc/self/environ", "d/environ")
    os.symlink("out", "d/indirect")
    os.symlink(".hidden", "d/dotted")
    for name in ("out", "environ", "indirect", "dotted"):
        with pytest.raises(OSError, match="a link that leaves its folder") as refused:
            read_file(f"d/{name}", "d")
        assert refused.value.filename == f"d/{name}"


def test_a_lock_can_be_opened_again_whatever_the_umask() -> None:
    before = os.umask(0o777)
    try:
        lock("x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat("x").st_mode) == 0o600


def test_a_lock_is_one_processs() -> None:
    mine = lock("x")
    program = "import sys\nfrom unspool.files import lock\ntry:\n lock('x')\nexcept BlockingIOError: sys.exit(7)\n"
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 7
    assert mine is not None
    os.close(mine)
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0


def test_where_there_is_no_room_the_file_is_as_it_was() -> None:
    """A process that may write 4,096 bytes a file, and no more."""
    Path("a").write_bytes(b"one")
    program = "import sys\nfrom unspool.files import replace_file\nreplace_file('a', b'x' * 100_000)\n"

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
    with pytest.raises(FileNotFoundError) as missing:
        read_file("none")
    assert (missing.value.strerror, missing.value.filename) == (os.strerror(errno.ENOENT), "none")


def test_what_is_larger_than_the_limit_is_not_read_whole() -> None:
    with Path("large").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(OSError, match="larger than 100 MB") as refused:
        read_file("large")
    assert refused.value.filename == "large"
    endless = repeat(bytes(1 << 20))
    with pytest.raises(ValueError, match="larger than 100 MB"):
        joined(endless)
    assert joined(iter([b"a", b"b"])) == b"ab"


def test_a_set_of_files_knows_them_by_any_path() -> None:
    Path("a").write_bytes(b"")
    os.link("a", "hard")
    os.symlink("a", "link")
    with Path("a").open("rb") as file:
        known = FileSet([file.fileno(), None, "missing", "/dev/null"])
    assert all(name in known for name in ("a", "hard", "link"))
    assert not any(name in known for name in ("missing", "/dev/null", "a\0b", None, 999_999))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("write", ["replace_file", "create_private"])
def test_a_signal_waits_until_the_file_is_written(write: str, number: signal.Signals) -> None:
    """The signal comes while the file is on its way to the disk: no draft is left, and no half of a file."""
    script = (
        "import os, signal, unspool.files as files\n"
        f"signal.signal({int(number)}, signal.SIG_DFL)\n"
        f"os.fsync = lambda descriptor: os.kill(os.getpid(), {int(number)})\n"
        f"files.{write}('a', b'one')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], timeout=60, check=False)
    assert (done.returncode, os.listdir(), Path("a").read_bytes()) == (-number, ["a"], b"one")


def test_no_link_leads_to_a_folder_that_is_opened() -> None:
    os.makedirs("top/sub/inner")
    os.symlink("sub", "top/link")
    os.symlink("top", "other")  # the folder that a user names may be one
    for folder, top in (("top/sub/inner", "top"), ("other/sub", "other"), ("top", "top"), ("", "")):
        descriptor = open_folder(folder, top)
        assert os.path.samestat(os.fstat(descriptor), os.stat(folder or "."))
        os.close(descriptor)
    for folder in ("top/link", "top/link/inner"):
        with pytest.raises(OSError, match="a link that leaves its folder is not followed"):
            open_folder(folder, "top")
