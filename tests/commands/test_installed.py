"""The installed command among processes: pipes that wait, close and break, signals, what it loads and holds."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from tests.commands.processes import GUARD, live, plain_environment
from tests.support import ROOT, UNSPOOL, chunk, jsonl, message_call, run_installed, sse

import unspool

ONE_OF_EACH = pytest.mark.parametrize("command", ["text", "lint"])
"""A command that writes as it reads, and one that writes at the end: the others share what guards their output."""
HI = message_call(['{"message": "Hi', ' there"}'])


def shell(script: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash, in which $U is the command."""
    environment = plain_environment(U=str(UNSPOOL))
    return subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False, env=environment
    )


@pytest.fixture
def ok(tmp_path: Path) -> Path:
    path = tmp_path / "ok.jsonl"
    path.write_bytes(jsonl(HI))
    return path


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stream that fills more than one pipe, in whichever form it leaves."""
    path = tmp_path_factory.mktemp("big") / "big.jsonl"
    path.write_bytes(jsonl(message_call(['{"message": "', *(f"line {number}\\n" for number in range(20_000)), '"}'])))
    return path


# --- the command itself ------------------------------------------------------------------------


def test_version() -> None:
    assert run_installed(["--version"]) == (0, f"unspool {unspool.__version__}\n".encode(), "")


def test_python_m_unspool_is_the_same_command(ok: Path) -> None:
    for arguments, code in [(["text", str(ok)], 0), (["text", "/nowhere"], 5), (["--nonsense"], 2)]:
        done = subprocess.run(
            [sys.executable, "-m", "unspool", *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        assert done.returncode == code
        assert (done.returncode, done.stdout, done.stderr.decode()) == run_installed(arguments)


# --- standard streams that are closed or full --------------------------------------------------


@ONE_OF_EACH
def test_a_full_device_is_one_line_and_exit_5(command: str, ok: Path) -> None:
    done = shell(f"$U {command} {ok} > /dev/full")
    assert done.returncode == 5
    assert re.fullmatch(r"unspool: standard output: No space left on device; .+\n", done.stderr)


@pytest.mark.parametrize("arguments", ["--help", "text --help", "--version", "lint --explain Q1"])
def test_a_full_device_takes_no_help_either(arguments: str) -> None:
    done = shell(f"$U {arguments} > /dev/full")
    assert done.returncode == 5
    assert re.fullmatch(r"unspool: standard output: No space left on device; .+\n", done.stderr)


@ONE_OF_EACH
def test_a_closed_output_is_one_line_and_exit_5(command: str, ok: Path) -> None:
    done = shell(f"$U {command} {ok} >&-")
    assert (done.returncode, done.stdout) == (5, "")
    assert re.fullmatch(r"unspool: standard output is closed; .+\n", done.stderr)


def test_wrong_usage_comes_before_a_closed_output() -> None:
    done = shell("$U text --choice x >&-")
    assert done.returncode == 2
    assert re.fullmatch(r"unspool: .*--choice.*\n", done.stderr)


@pytest.mark.parametrize("command", ["", "rewrite"])
def test_a_closed_input_is_one_line_and_exit_5(command: str) -> None:
    done = shell(f"$U {command} <&-")
    assert (done.returncode, done.stdout) == (5, "")
    assert re.fullmatch(r"unspool: standard input: it is closed; .+\n", done.stderr)


def test_a_closed_input_does_not_matter_to_a_file(ok: Path) -> None:
    done = shell(f"$U text {ok} <&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Hi there\n", "")


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(("script", "code"), [("text {bad} {ok}", 3), ("text /nowhere {ok}", 5), ("text {ok}", 0)])
def test_a_closed_standard_error_changes_neither_text_nor_code(
    script: str, code: int, closed: str, ok: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(b"no JSON\n")
    done = shell(f"$U {script.format(ok=ok, bad=bad)} {closed}")
    assert (done.returncode, done.stdout, done.stderr) == (code, "Hi there\n", "")


def test_all_three_streams_closed(ok: Path) -> None:
    assert shell(f"$U text {ok} <&- >&- 2>&-; exit $?").returncode == 5
    assert shell("$U --nonsense <&- >&- 2>&-; exit $?").returncode == 2


def test_a_file_that_may_not_be_read(tmp_path: Path, ok: Path) -> None:
    locked = tmp_path / "locked"
    locked.write_bytes(b"x")
    locked.chmod(0)
    if os.access(locked, os.R_OK):
        pytest.skip("this user may read everything")
    ran = run_installed(["text", str(locked), str(ok)])
    assert ran == (5, b"Hi there\n", f"unspool: {locked}: Permission denied; check the source and run again\n")


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="no such file on this system")
def test_a_file_whose_reading_fails(ok: Path) -> None:
    ran = run_installed(["text", "/proc/self/mem", str(ok)])
    assert (ran.code, ran.stdout) == (5, b"Hi there\n")
    assert re.fullmatch(r"unspool: /proc/self/mem: Input/output error; check the source .+\n", ran.stderr)


# --- what has arrived is out before the next is waited for --------------------------------------


def lines_of(chunks: list[dict[str, object]]) -> list[bytes]:
    return [jsonl([one]) for one in chunks]


def events_of(chunks: list[dict[str, object]]) -> list[bytes]:
    return [sse([one], done=False) for one in chunks]


FRAMED = {"lines": lines_of, "events with their blank line": events_of}


@pytest.mark.parametrize("framed", FRAMED.values(), ids=FRAMED)
def test_text_leaves_before_the_next_record_is_there(framed: object) -> None:
    assert callable(framed)
    first, *rest, finish = framed(message_call(['{"message": "a', "b", "\\n", '\\u00e9"}']))
    with live("text") as running:
        running.write(first)
        for record, text in zip(rest, [b"a", b"b", b"\n", "é".encode()], strict=True):
            running.write(record)
            assert running.read_until(text) == text
        running.write(finish)
        assert running.read_until(b"\n") == b"\n"
        assert running.end() == (0, b"", "")


@pytest.mark.parametrize("framed", FRAMED.values(), ids=FRAMED)
@pytest.mark.parametrize("to", ["jsonl", "sse"])
def test_each_rewritten_chunk_leaves_before_the_next_record_is_there(to: str, framed: object) -> None:
    """R2: one in, one out, at once; a chunk that leaves as an event brings its blank line."""
    assert callable(framed)
    records = framed(message_call(['{"message": "a', "b", "c"]))
    begin, end = (b"data: ", b"\n\n") if to == "sse" else (b"", b"\n")
    with live("rewrite", "--to", to) as running:
        for record in records[:-1]:
            running.write(record)
            got = running.read_until(end)
            assert got.startswith(begin)
            (choice,) = json.loads(got.removeprefix(begin))["choices"]
            assert "content" in choice["delta"]


@pytest.mark.parametrize("framed", FRAMED.values(), ids=FRAMED)
def test_each_event_leaves_before_the_next_record_is_there(framed: object) -> None:
    assert callable(framed)
    records = framed(HI)
    last = ["step", "text", "text", "finish"]  # a name may go on until arguments come (T12)
    with live("events") as running:
        for record, name in zip(records, last, strict=True):
            running.write(record)
            seen = ""
            while seen != name:
                seen = json.loads(running.read_until(b"\n").splitlines()[-1])["event"]
        assert json.loads(running.end()[1])["event"] == "step_end"


def test_an_event_needs_no_blank_line_to_leave() -> None:
    """B5: a data line that is a whole value is an event; waiting for more would be waiting for nothing."""
    with live("text") as running:
        for text in ("a", "b"):
            running.write(sse([chunk({"content": text})], done=False).rstrip(b"\n") + b"\n")
            assert running.read_until(text.encode()) == text.encode()


def test_unspool_alone_does_not_wait_either() -> None:
    with live() as running:
        running.write(jsonl([chunk({"content": "a"})]))
        assert running.read_until(b"a") == b"a"


def test_a_fault_is_told_when_it_happens() -> None:
    """Once a record has come: lines before the first may be those of a log around it."""
    first = jsonl(message_call(['{"message": "Hi"}'])[:1])
    with live("text") as running:
        running.write(first + b"no JSON\n")
        assert running.process.stderr is not None
        assert b"record 2 (byte %d)" % len(first) in running.process.stderr.readline()


def test_lines_that_no_record_follows_are_told_at_the_timeout() -> None:
    with live("text", "--timeout", "0.3") as running:
        running.write(b"no JSON\n")
        assert running.process.stderr is not None
        assert b"record 1 (byte 0)" in running.process.stderr.readline()


# --- time, pipes and signals -------------------------------------------------------------------


def test_a_silent_pipe_is_given_up_after_the_timeout() -> None:
    ours, theirs = os.pipe()  # kept open, and nothing is written
    try:
        done = subprocess.run(
            [str(UNSPOOL), "rewrite", "--timeout", "0.2"], stdin=ours, capture_output=True, timeout=GUARD, check=False
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert (done.returncode, done.stdout) == (5, b"")
    assert re.fullmatch(rb"unspool: standard input: nothing arrived for 0.2 s; check the source .+\n", done.stderr)


def test_the_timeout_may_come_from_the_environment() -> None:
    ours, theirs = os.pipe()
    try:
        done = subprocess.run(
            [str(UNSPOOL)],
            stdin=ours,
            capture_output=True,
            timeout=GUARD,
            check=False,
            env=plain_environment(UNSPOOL_TIMEOUT="0.2"),
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 5
    assert b"nothing arrived for 0.2 s" in done.stderr


def test_text_before_a_silence_is_out_and_the_next_source_is_read(ok: Path) -> None:
    with live("text", "--timeout", "0.5", "-", str(ok)) as running:
        running.write(jsonl([chunk({"content": "a"})]))
        code, out, messages = running.wait()
    assert (code, out) == (5, b"a\nHi there\n")
    assert messages.count("\n") == 1
    assert "nothing arrived for 0.5 s" in messages


def test_a_named_pipe_that_nobody_writes_to_is_given_up_too(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    done = subprocess.run(
        [str(UNSPOOL), "text", "--timeout", "0.2", str(path)], capture_output=True, timeout=GUARD / 4, check=False
    )
    assert done.returncode == 5
    assert re.fullmatch(rb"unspool: .*fifo: nothing arrived for 0.2 s; .+\n", done.stderr)


def test_a_named_pipe_is_read_to_its_end(tmp_path: Path, ok: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    done = shell(f"cat {ok} > {path} & $U text --timeout 20 {path}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Hi there\n", "")


@pytest.mark.parametrize("command", ["text", "rewrite"])
def test_a_pipe_that_closes_early_ends_it_silently_with_141(command: str, big: Path) -> None:
    done = shell(f"$U {command} {big} | head -1; echo ${{PIPESTATUS[0]}}")
    first, code = done.stdout.splitlines()
    assert first
    assert (code, done.stderr) == ("141", "")


def test_a_pipe_that_is_closed_from_the_start(ok: Path) -> None:
    for arguments in (["text", str(ok)], ["lint", str(ok)], ["--help"], ["text", "--help"], ["--version"]):
        ours, theirs = os.pipe()
        os.close(ours)
        done = subprocess.run([str(UNSPOOL), *arguments], stdout=theirs, stderr=subprocess.PIPE, check=False)
        os.close(theirs)
        assert (arguments, done.returncode, done.stderr) == (arguments, 141, b"")


def test_head_gets_the_first_line_of_a_stream_that_goes_on() -> None:
    """The writer's end stays open: the next write, and not the end of the input, tells that nobody reads."""
    with live("text") as running:
        running.write(jsonl([chunk({"content": "a\n"})]))
        assert running.read_until(b"a\n") == b"a\n"
        running.stdout.close()
        running.write(jsonl([chunk({"content": "b\n"})]))
        assert running.process.wait(GUARD) == 141
        assert running.process.stderr is not None
        assert running.process.stderr.read() == b""


@pytest.mark.parametrize(
    ("command", "sent", "out"),
    [
        ("text", jsonl(HI[:2]), b"Hi"),
        ("rewrite", jsonl(HI[:2]), b'"content":"Hi"},"finish_reason":null}]}\n'),
        ("events", jsonl(HI[:2]), b'"text":"Hi"}\n'),
    ],
)
def test_an_interrupt_while_it_waits_is_130_without_a_traceback(command: str, sent: bytes, out: bytes) -> None:
    with live(command) as running:
        running.write(sent)
        running.read_until(out)  # what has arrived is out
        running.process.send_signal(signal.SIGINT)
        code, rest, messages = running.wait()
    assert code in (130, -signal.SIGINT)
    assert rest in (b"", b"\n")
    assert messages == ""


INTERRUPTED = """
import os, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "unspool.pipeline":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
from unspool.__main__ import entry
entry()
"""


def test_an_interrupt_while_it_starts_is_130_without_a_traceback() -> None:
    """The signal comes in the middle of the imports, which take most of the start."""
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert done.returncode in (130, -signal.SIGINT)
    assert (done.stdout, done.stderr) == (b"", b"")


# --- what it loads, and what it holds ----------------------------------------------------------

LOADED = """
import json, sys
from unspool.commands.app import main
code = main(sys.argv[1:])
roots = {name.partition(".")[0] for name in sys.modules}
loaded = roots & {"typer", "rich", "markdown_it", "openai", "pydantic", "orjson", "jiter", "asyncio", "httpx"}
loaded |= {"unspool.view", "unspool.check"} & sys.modules.keys()
print(json.dumps([code, sorted(loaded)]), file=sys.stderr)
"""


@pytest.mark.parametrize("command", ["text", "rewrite", "events", "lint"])
def test_a_filter_loads_only_what_it_needs(command: str) -> None:
    """Start-up is part of the product: only orjson is needed (the test sees it), no parser of options among others."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, command, str(ROOT / "samples" / "malformed-record.jsonl")],
        capture_output=True,
        check=False,
        env=plain_environment(),
    )
    code, loaded = json.loads(done.stderr.splitlines()[-1])
    assert code == 3
    assert loaded == ["orjson"]


OF_OTHERS = {"asyncio", "unspool.check", "unspool.view"}


@pytest.mark.parametrize(
    ("arguments", "more"), [(["--choice", "-1"], set()), (["--nonsense"], OF_OTHERS)], ids=["value", "option"]
)
def test_wrong_usage_loads_no_more(arguments: list[str], more: set[str]) -> None:
    """An option that is unknown is looked for in the other commands."""
    done = subprocess.run([sys.executable, "-c", LOADED, "text", *arguments], capture_output=True, check=False)
    code, loaded = json.loads(done.stderr.splitlines()[-1])
    assert code == 2
    assert set(loaded) <= {"orjson", "typer"} | more


MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(code, peak if sys.platform == "darwin" else peak * 1024)
"""


def peak_bytes(command: str, parts: Iterable[bytes], expected: bytes = b"0") -> int:
    """The most memory the command held while its input came through a pipe.

    A small process stands between: a child's peak begins with that of the
    process it was started from.
    """
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", MEASURED, str(UNSPOOL), command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.writelines(parts)
    output, _ = process.communicate(timeout=120)
    code, peak = output.split()
    assert code == expected
    return int(peak)


def message_of(fragments: int, fragment: str) -> Iterator[bytes]:
    """A stream with a message in as many equal fragments."""
    middle = jsonl([message_call([fragment])[1]])
    yield b"".join(lines_of(HI[:1])) + jsonl([message_call(['{"message": "'])[1]])
    for _ in range(fragments // 100):
        yield middle * 100
    yield jsonl([message_call(['"}'])[1]]) + jsonl(HI[-1:])


@pytest.mark.parametrize("command", ["text", "rewrite", "events"])
def test_a_long_stream_is_not_held(command: str) -> None:
    """Nothing grows with the stream: 55,000 records more, some 9 MB, and hardly a byte more is held."""
    long, short = (peak_bytes(command, message_of(fragments, "some words ")) for fragments in (60_000, 5_000))
    assert long - short < 2_000_000


@pytest.mark.parametrize("command", ["text", "events", "rewrite"])
def test_a_large_call_is_held_a_few_times(command: str) -> None:
    """The record, its arguments as decoded, and the message."""
    call = jsonl([message_call(['{"message": "' + "some words\\n" * 1_500_000 + '"}'])[1]])
    assert peak_bytes(command, [*lines_of(HI[:1]), call, *lines_of(HI[-1:])]) < 2.5 * len(call) + (40 << 20)


SHAPES: dict[str, Callable[[bytes], bytes]] = {
    "lines": lambda record: record + b"\n",
    "events": lambda record: b"data: " + record + b"\n\n",
    "an envelope": lambda record: b'{"ts":"2031-01-01T00:00:00Z","event":' + record + b"}\n",
    "strings in an envelope": lambda record: (
        b'{"ts":"2031-01-01T00:00:00Z","line":%b}\n' % json.dumps(record.decode()).encode()
    ),
    "lines of a log": lambda record: b"2031-01-01 10:00:00 INFO chunk " + record + b"\n",
    "indented": lambda record: json.dumps(json.loads(record), indent=2).encode() + b"\n",
    "damaged": lambda record: record[: len(record) - 3 * (len(record) > 1000)] + b"\n",
}


@pytest.mark.parametrize(
    ("command", "shape"),
    [
        *((command, "lines") for command in ("lint", "stats")),
        *((command, "an envelope") for command in ("text", "rewrite")),
        *(("text", shape) for shape in ("strings in an envelope", "lines of a log", "indented")),
        ("lint", "events"),
        ("table", "lines of a log"),
        ("rewrite", "damaged"),
    ],
)
def test_a_large_record_takes_two_and_a_half_times_its_size_and_40_mb(command: str, shape: str) -> None:
    """Whatever is around it, and beyond what the same record takes with a short text."""
    peaks, largest = [], 0
    for size in (1, 2_200_000):
        call = jsonl([message_call(['{"message": "' + "some words " * size + '"}'])[1]])
        parts = [SHAPES[shape](line.rstrip(b"\n")) for line in (*lines_of(HI[:1]), call, *lines_of(HI[-1:]))]
        largest = max(map(len, parts))
        peaks.append(peak_bytes(command, parts, b"3" if shape == "damaged" and size > 1 else b"0"))
    assert peaks[1] - peaks[0] < 2.5 * largest + (40 << 20)


def test_a_large_document_is_held_as_often_as_a_line() -> None:
    """The only record of a log, which is a document as far as its beginning shows."""
    small, large = (
        b'{"event":%b}\n' % jsonl([message_call(['{"message": "' + "some words " * size + '"}'])[1]]).rstrip()
        for size in (1, 2_200_000)
    )
    more = peak_bytes("text", [large], b"4") - peak_bytes("text", [small], b"4")
    assert more < 2.5 * len(large) + (40 << 20)


def test_an_interrupt_waits_for_the_end_of_the_imports() -> None:
    """One that comes while orjson is being imported crashed the process."""
    program = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "orjson":
            os.kill(os.getpid(), signal.SIGINT)
            print("imported")
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["unspool", "text"]
from unspool.__main__ import entry
entry()
"""
    ran = subprocess.run([sys.executable, "-c", program], input=b"", capture_output=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, b"imported\n", b"")
