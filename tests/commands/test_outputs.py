"""Files that a filter writes beside its output, through the installed command: never over a source, never open to all.

What a device or a pipe is, it stays; what is private has mode 0600 whatever the umask.
"""

import os
import resource
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest
from tests.commands.processes import live, plain_environment
from tests.support import UNSPOOL, Ran, chunk, jsonl, message_call, run_installed, sse

HI = jsonl(message_call(['{"message":"Hi', ' there"}']))


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.jsonl").write_bytes(HI)


def shell(line: str) -> Ran:
    """One line of shell, in which ``unspool`` is the installed command."""
    done = subprocess.run(
        ["bash", "-c", line.replace("unspool ", f"'{UNSPOOL}' ")],
        capture_output=True,
        timeout=60,
        check=False,
        env=plain_environment(),
    )
    return Ran(done.returncode, done.stdout, done.stderr.decode())


# --- what is read is not written --------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "text a.jsonl >> a.jsonl",
        "rewrite < a.jsonl >> a.jsonl",
        "events link >> a.jsonl",
        "lint a.jsonl 2>> hard",
        "stats a.jsonl >> a.jsonl",
        "view < a.jsonl >> hard",
        "table b.jsonl link >> a.jsonl",
        "check a.jsonl >> a.jsonl",
        "check . 2>> hard",
        "diff b.jsonl a.jsonl >> link",
        "diff - b.jsonl < a.jsonl >> a.jsonl",
        "rewrite --follow a.jsonl >> a.jsonl",
    ],
)
def test_output_that_is_the_input_is_refused_as_by_cat(line: str) -> None:
    Path("b.jsonl").write_bytes(HI)
    os.symlink("a.jsonl", "link")
    os.link("a.jsonl", "hard")
    ran = shell(f"unspool {line}")
    said = ran.stderr.encode() if "2>>" not in line else Path("a.jsonl").read_bytes().removeprefix(HI)
    assert ran.code == 2
    assert said.count(b"\n") == 1
    assert b"write to another file" in said
    assert Path("a.jsonl").read_bytes().removeprefix(HI) == (said if "2>>" in line else b"")


@pytest.mark.parametrize("names", ["d", "'d/*'", "'d/**'"])
def test_a_table_does_not_read_the_output_that_lies_in_its_folder(names: str) -> None:
    os.mkdir("d")
    os.rename("a.jsonl", "d/a.jsonl")
    ran = shell(f"unspool table --columns source,text {names} > d/out.jsonl 2> d/said.jsonl")
    assert ran.code == 0
    assert Path("d/out.jsonl").read_bytes() == b'{"source":"d/a.jsonl","text":"Hi there"}\n'


def test_a_report_of_serve_is_not_written_over_a_capture() -> None:
    os.symlink("a.jsonl", "link")
    ran = shell("unspool serve . --port 0 --report link")
    assert (ran.code, "is served, and would be written over" in ran.stderr) == (2, True)
    assert Path("a.jsonl").read_bytes() == HI


def test_output_beside_the_input_is_none_of_it() -> None:
    Path("b.jsonl").write_bytes(b"kept\n")
    assert shell("unspool text a.jsonl >> b.jsonl").code == 0
    assert Path("b.jsonl").read_bytes() == b"kept\nHi there\n"


@pytest.mark.parametrize("line", ["a.jsonl --record a.jsonl", "a.jsonl --record link", "a.jsonl --record hard"])
@pytest.mark.parametrize("redirect", [False, True])
def test_a_recording_does_not_destroy_its_source(line: str, redirect: bool) -> None:
    os.symlink("a.jsonl", "link")
    os.link("a.jsonl", "hard")
    ran = shell(f"unspool text {'< ' if redirect else ''}{line} --force")
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (2, b"", 1)
    assert "is read, and would be written over" in ran.stderr
    assert Path("a.jsonl").read_bytes() == HI


def test_a_picture_does_not_destroy_its_source() -> None:
    os.link("a.jsonl", "hard")
    assert shell("unspool view a.jsonl --svg hard").code == 2
    assert shell("unspool view < a.jsonl --svg hard").code == 2
    assert Path("a.jsonl").read_bytes() == HI


# --- what is no regular file stays what it is -----------------------------------------------------------


def test_a_picture_goes_into_a_device_or_a_pipe() -> None:
    assert shell("unspool view a.jsonl --svg /dev/null").code == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    ran = shell("mkfifo pipe; cat pipe > picture & sleep 0.2; unspool view a.jsonl --svg pipe; wait; test -p pipe")
    assert (ran.code, ran.stdout) == (0, b"Hi there\n")
    assert Path("picture").read_bytes().startswith(b"<svg")
    full = shell("unspool view a.jsonl --svg /dev/full")
    assert (full.code, full.stderr) == (
        5,
        "unspool: /dev/full: No space left on device; it is not saved\n",
    )


def test_a_recording_goes_into_a_pipe_that_is_read() -> None:
    ran = shell("mkfifo pipe; cat pipe > copy & sleep 0.2; unspool text a.jsonl --record pipe --force; wait")
    assert (ran.code, ran.stdout) == (0, b"Hi there\n")
    assert Path("copy").read_bytes().endswith(b": end=complete\n\n")


def test_a_recording_into_a_pipe_that_nobody_reads_is_refused_at_once() -> None:
    os.mkfifo("pipe")
    ran = run_installed(["text", "a.jsonl", "--record", "pipe", "--force"])
    assert (ran.code, "pipe: No such device" in ran.stderr) == (2, True)


# --- modes, and what happens to a recording while it is written ----------------------------------------


@pytest.mark.parametrize("umask", ["000", "022", "077", "777"])
def test_a_recording_is_private_whatever_the_umask(umask: str) -> None:
    assert shell(f"umask {umask}; unspool text a.jsonl --record x").code == 0
    assert stat.S_IMODE(os.stat("x").st_mode) == 0o600


def test_a_recording_that_is_deleted_while_it_is_written_does_not_come_back_and_is_missed() -> None:
    pieces = [sse([one], done=False) for one in message_call(['{"message":"Hi', ' there"}'])]
    with live("text", "--record", "x") as running:
        running.write(b"".join(pieces[:2]))
        running.read_until(b"Hi")
        os.remove("x")
        running.write(b"".join(pieces[2:]))
        code, rest, said = running.end()
    assert (code, rest) == (5, b" there\n")
    assert said == (
        "unspool: standard input: its recording x was deleted while it was written; "
        "the stream itself was read to its end\n"
    )
    assert not Path("x").exists()


def test_a_recording_on_a_full_disk_ends_with_its_last_whole_record() -> None:
    """A process that may write 4,096 bytes a file, and no more: what is in the file is events from first to last."""
    Path("long.jsonl").write_bytes(jsonl([chunk({"content": "x" * 300})] * 30 + [chunk({}, "stop")]))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    ran = run_installed(["text", "long.jsonl", "--record", "x"], preexec_fn=limit)
    assert (ran.code, len(ran.stdout)) == (5, 9001)
    assert ran.stderr.count("\n") == 1
    assert "its recording x ends early: File too large" in ran.stderr
    recording = Path("x").read_bytes()
    assert len(recording) > 3000
    assert recording.endswith(b"}\n\n")
    assert run_installed(["text", "x"]).code == 4  # cut, and every record of it can be read


@pytest.mark.parametrize("stamp", ["99999999999.0", "9" * 400 + ".0", "0." + "1" * 400])
@pytest.mark.parametrize("arguments", [["text", "--pace", "1"], ["stats"], ["stats", "--json"], ["text"]])
def test_absurd_times_are_no_times(stamp: str, arguments: list[str]) -> None:
    Path("x").write_text(f": t=0.1\n{sse([chunk({'content': 'Hi'})], done=False).decode()}: t={stamp}\n")
    with open("x", "ab") as file:
        file.write(sse([chunk({}, "stop")]))
    began = time.monotonic()
    ran = run_installed([*arguments, "x"])
    assert (ran.code, ran.stderr) == (0, "")
    assert time.monotonic() - began < 20


def test_a_gap_that_nobody_waits_for_is_said() -> None:
    first, last = sse([chunk({"content": "Hi"})], done=False), sse([chunk({}, "stop")])
    Path("x").write_bytes(b": t=0.1\n" + first + b": t=900000000.0\n" + last)
    ran = run_installed(["text", "--pace", "1", "x"])
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (5, b"Hi\n", 1)
    assert "a gap of 900000000 s; shorten gaps with --max-gap" in ran.stderr
    assert run_installed(["text", "--pace", "1", "--max-gap", "0.1", "x"]) == (0, b"Hi\n", "")


@pytest.mark.parametrize("option", ["--pace", "--max-gap", "--timeout"])
@pytest.mark.parametrize("value", ["nan", "-nan", "inf", "-inf"])
def test_what_is_no_number_is_wrong_usage(option: str, value: str) -> None:
    ran = run_installed(["text", f"{option}={value}", "a.jsonl"])
    if (option, value) == ("--pace", "inf"):
        assert ran.code == 5  # at once, as fast as can be; but the file has no times
    else:
        assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (2, b"", 1)
