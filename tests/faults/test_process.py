"""Fault classes 26 to 45, 47 and 48: the streams, files, signals, servers and terminals around the command."""

import base64
import gzip
import io
import json
import signal
import stat
import subprocess
from pathlib import Path

import pytest
from tests.commands.processes import GUARD, live, on_terminal, plain_environment
from tests.faults.helpers import CHUNKS, EVENTS, FILTERS, LINES, TEXT, assert_one_line, needs_strace, with_failing_call
from tests.serving import KEY, Answer, End, provider, refused_port
from tests.support import UNSPOOL, Ran, chunk, jsonl, run_installed, run_with, sse

from unspool.commands.app import main
from unspool.environment import Environment

FIRST = sse(CHUNKS[:3], done=False)
"""A stream that breaks off in the middle of the message."""


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A file with the stream that every test knows."""
    file = tmp_path / "capture.jsonl"
    file.write_bytes(LINES)
    return file


def shell(line: str, *arguments: str, **variables: str) -> Ran:
    """A line of a shell in which "$@" is the command and its arguments."""
    done = subprocess.run(
        ["bash", "-c", line, "bash", str(UNSPOOL), *arguments],
        capture_output=True,
        timeout=GUARD,
        check=False,
        env=plain_environment(**variables),
    )
    return Ran(done.returncode, done.stdout, done.stderr.decode())


def ask(url: str, *arguments: str) -> Ran:
    """One call of a server, in this process: to import openai takes a second."""
    given = ["text", "--prompt", "When?", "--base-url", url, "--model", "m", *arguments]
    return run_with(given, env=plain_environment(OPENAI_API_KEY=KEY))


@pytest.mark.parametrize("copies", [1, 20_000])
def test_row_26_the_reader_leaves(copies: int) -> None:
    with live("rewrite") as running:
        running.stdout.close()
        try:
            for _ in range(copies):
                running.write(LINES)
            running.stdin.close()
        except BrokenPipeError:
            pass
        assert running.process.wait(GUARD) == 141
        assert running.process.stderr is not None
        assert running.process.stderr.read() == b""


@pytest.mark.parametrize("command", FILTERS)
def test_row_27_a_full_disk(command: str, capture: Path) -> None:
    assert_one_line(shell('"$@" > /dev/full', command, str(capture)), 5)


@needs_strace
@pytest.mark.parametrize("number", [1, 2, 3])
def test_row_27_a_write_that_fails(number: int, tmp_path: Path) -> None:
    """The k-th write to standard output or error: there are as many as there are reads of a slow input."""
    ran, injected = with_failing_call(["text"], "write,writev", number, tmp_path / "log", LINES)
    assert "Traceback" not in ran.stderr
    assert ran.code == 5 if injected else (ran.code, ran.stdout) == (0, TEXT)


@pytest.mark.parametrize(("closed", "code"), [("<&-", 5), (">&-", 5), ("2>&-", 0)])
def test_row_28_streams_that_are_closed(closed: str, code: int, capture: Path) -> None:
    ran = shell('"$@" ' + closed, "text", *([] if closed == "<&-" else [str(capture)]))
    assert (ran.code, "Traceback" in ran.stderr) == (code, False)
    assert ran.stderr.count("\n") == (code != 0)


@pytest.mark.parametrize("arguments", ["--help", "--version", "help", "table --help", "sample", "lint --explain Q1"])
def test_row_28_a_page_that_goes_nowhere(arguments: str) -> None:
    stderr = io.StringIO()
    assert main(arguments.split(), Environment(io.BytesIO(), None, stderr)) == 5
    assert stderr.getvalue() == "unspool: standard output is closed; there is nowhere to write to\n"


@pytest.mark.parametrize("name", ["", "missing.jsonl"])
def test_row_29_what_is_no_file(name: str, tmp_path: Path) -> None:
    assert_one_line(run_installed(["text", str(tmp_path / name)]), 5)


@needs_strace
def test_row_29_a_read_that_fails(capture: Path, tmp_path: Path) -> None:
    """The first read of the file: strace counts only the calls on it."""
    ran, injected = with_failing_call(["text", str(capture)], "read", 1, tmp_path / "log", only=capture)
    assert injected
    assert_one_line(ran, 5)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_row_30_and_31_signals_in_a_filter(number: signal.Signals, code: int) -> None:
    with live("text") as running:
        running.write(FIRST)
        running.read_until(b"dich ")
        running.process.send_signal(number)
        assert running.process.wait(GUARD) == code
        assert running.process.stderr is not None
        assert b"Traceback" not in running.process.stderr.read()


@pytest.mark.parametrize("size", [0, 1, len(EVENTS) // 2, len(EVENTS) - 1])
def test_row_32_a_recording_that_was_cut_at_any_write(size: int, tmp_path: Path) -> None:
    whole = tmp_path / "whole.sse"
    run_installed(["text", "--record", str(whole)], EVENTS)
    cut = tmp_path / "cut.sse"
    cut.write_bytes(whole.read_bytes()[:size])
    ran = run_installed(["text", str(cut)])
    assert ran.code in (0, 3, 4)
    assert TEXT.decode().startswith(ran.stdout.decode().rstrip("\n"))


def test_row_32_a_recording_that_is_killed_keeps_whole_records(tmp_path: Path) -> None:
    record = tmp_path / "killed.sse"
    with live("text", "--record", str(record)) as running:
        running.write(FIRST)
        running.read_until(b"dich ")
        running.process.kill()
    ran = run_installed(["text", str(record)])
    assert (ran.code, ran.stdout.decode()) == (4, "Grüß dich \n")


@pytest.mark.parametrize("end", [End.CUT, End.RESET])
def test_row_33_a_connection_that_breaks_is_one_request(end: End) -> None:
    with provider(Answer([FIRST], end=end)) as server:
        ran = ask(server.url)
    assert (ran.code, ran.stdout.decode(), len(server.asked)) == (5, "Grüß dich \n", 1)


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_row_34_a_failure_before_the_first_byte_is_one_request(status: int) -> None:
    headers = {"Content-Type": "application/json", "Retry-After": "1"}
    with provider(Answer([b'{"error":{"message":"no"}}'], status, headers)) as server:
        ran = ask(server.url)
    assert_one_line(ran, 5)
    assert len(server.asked) == 1


def test_row_34_a_server_that_is_not_there() -> None:
    with refused_port() as port:
        assert_one_line(ask(f"http://127.0.0.1:{port}/v1"), 5)


@pytest.mark.parametrize("pieces", [[], [FIRST]])
def test_row_35_a_stall(pieces: list[bytes]) -> None:
    with provider(Answer(pieces, end=End.STALL)) as server:
        ran = ask(server.url, "--timeout", "1")  # the first piece comes in time, also on a busy machine
    assert ran.code == 5
    assert ran.stdout.decode() == ("Grüß dich \n" if pieces else "")


@pytest.mark.parametrize("lost", [0, 8, 20])
def test_row_36_gzip_whole_and_truncated(lost: int) -> None:
    packed = gzip.compress(LINES)
    ran = run_installed(["text"], packed[: len(packed) - lost])
    assert ran.code == (4 if lost else 0)
    assert TEXT.decode().startswith(ran.stdout.decode().rstrip("\n"))


def test_row_37_what_has_arrived_is_out() -> None:
    with live("text") as running:
        for one, piece in ((CHUNKS[:3], "Grüß dich "), (CHUNKS[3:4], "😀")):
            running.write(jsonl(one))
            running.read_until(piece.encode())
        running.write(jsonl(CHUNKS[4:]))
        assert running.end() == (0, b"\n", "")


def test_row_38_two_writers_of_one_recording(tmp_path: Path) -> None:
    record = tmp_path / "one.sse"
    with live("text", "--record", str(record)) as running:
        running.write(FIRST)
        running.read_until(b"dich ")
        assert_one_line(run_installed(["text", "--record", str(record)], EVENTS), 2)


@pytest.mark.parametrize(
    "variables",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        {"HOME": "/nonexistent"},
        {"TERM": "dumb", "COLUMNS": "1", "LINES": "1"},
    ],
)
def test_row_40_odd_surroundings(variables: dict[str, str], capture: Path) -> None:
    ran = run_installed(["text", str(capture)], env=plain_environment(**variables))
    assert (ran.code, ran.stdout, ran.stderr) == (0, TEXT, "")


CONTROLS = ["\x1b]0;title\x07", "\x1b[2J", "\x9b31m", "\x1bP+q\x1b\\", "\x1b]8;;x\x07", "a\rb", "\x1b", "\x08", "\x00"]


@pytest.mark.parametrize("control", CONTROLS)
def test_row_41_escape_sequences_on_a_terminal(control: str) -> None:
    chunks = [chunk({"content": f"begin{control[:1]}"}), chunk({"content": f"{control[1:]}end"}, "stop")]
    screen = on_terminal(["text"], jsonl(chunks)).screen
    assert not set("\x1b\x9b\x07\x08\r\x00") & set(screen.decode())
    assert screen.startswith(b"begin")
    assert screen.rstrip().endswith(b"end")


@pytest.mark.parametrize("markup", ["[/x]", "[link=http://x]y[/link]", "[bold]z", "\\[red]"])
def test_row_42_markup_is_text(markup: str) -> None:
    data = jsonl([chunk({"content": markup}, "stop")])
    assert on_terminal(["text"], data).screen.decode().strip() == markup
    ran = run_installed(["text", markup])
    assert (ran.code, markup.replace("\\", "") in ran.stderr.replace("\\", "")) == (5, True)


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\U000e0041", "\u00ad"])
def test_row_43_invisible_characters(hidden: str) -> None:
    data = jsonl([chunk({"content": f"a{hidden}b"}, "stop")])
    assert hidden not in on_terminal(["text"], data).screen.decode()
    assert run_installed(["text"], data).stdout == f"a{hidden}b\n".encode()


def test_row_44_a_key_is_nowhere(tmp_path: Path) -> None:
    in_base64 = base64.b64encode(f"user:{KEY}".encode()).decode()
    body = json.dumps({"error": {"message": f"Incorrect API key {KEY.upper()} or {in_base64}"}}).encode()
    record = tmp_path / "call.sse"
    with provider(Answer([body], 401, {"Content-Type": "application/json", "X-Echo": KEY})) as server:
        ran = ask(server.url.replace("http://", f"http://user:{KEY}@"), "--record", str(record), "--debug")
    assert ran.code in (2, 5)
    assert KEY not in (ran.stderr + ran.stdout.decode()).lower()
    assert in_base64[8:-4] not in ran.stderr
    assert all(KEY.encode() not in path.read_bytes() for path in tmp_path.iterdir())


def test_row_45_modes_of_a_recording(tmp_path: Path) -> None:
    record = tmp_path / "mode.sse"
    shell('umask 000; "$@" < /dev/null', "text", "--record", str(record))
    assert stat.S_IMODE(record.stat().st_mode) == 0o600


@needs_strace
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_row_47_a_recording_whose_writes_fail(number: int, tmp_path: Path) -> None:
    """The stream is read on, the recording is missed, and the exit code says so. All others are `make torture`."""
    record = tmp_path / "torture.sse"
    ran, injected = with_failing_call(
        ["text", "--record", str(record)], "write,writev", number, tmp_path / "log", EVENTS, only=record
    )
    assert "Traceback" not in ran.stderr
    assert ran.stdout == TEXT
    assert (ran.code != 0) == injected


def test_row_48_each_line_of_a_long_reply_is_shown_once() -> None:
    reply = "\n\n".join(f"line {number} 漢字" for number in range(300))
    shown = on_terminal(["view", "--plain"], jsonl([chunk({"content": reply}, "stop")])).screen.decode()
    assert [shown.count(f"line {number} ") for number in range(300)] == [1] * 300
