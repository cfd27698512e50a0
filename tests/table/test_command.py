"""`unspool table` as its users run it: formats, processes, folders, resuming, and what goes wrong."""

import csv
import gzip
import io
import json
import os
import pty
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.commands.processes import plain_environment
from tests.support import ROOT, UNSPOOL, Ran, jsonl, message_call, run_here, run_installed, run_with

from unspool.check.cases import CASE_FILES
from unspool.commands._meter import progress_line
from unspool.serve.replay.sidecar import ENDING
from unspool.table.listing import MANIFEST, Item, captures_listed, captures_of
from unspool.table.schema import NAMES
from unspool.table.work import Tally

HI = jsonl(message_call(['{"message": "Hi', ' there"}']))
CUT = jsonl(message_call(['{"message": "Hi'], finish=None))
SAMPLES = str(ROOT / "samples")
NUMBERS = {"record", "step", "choice", "created", "chunks", "exit"}


def lines(ran: Ran) -> list[dict[str, object]]:
    return [json.loads(line) for line in ran.stdout.splitlines()]


def parts_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*"))


def rows_in(folder: Path) -> list[dict[str, object]]:
    return [row for part in parts_of(folder) for row in pq.read_table(part).to_pylist()]


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    """A folder of many small captures, one of them cut."""
    folder = tmp_path / "captures"
    (folder / "deep").mkdir(parents=True)
    for number in range(300):
        (folder / ("deep" if number % 3 else ".") / f"{number:04}.jsonl").write_bytes(CUT if number == 7 else HI)
    return folder


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("sources", [["."], ["*"], ["a.sse", "a.expected.jsonl", "a.args", "b.expected.jsonl"]])
def test_files_that_belong_to_a_capture_are_no_sources(tmp_path: Path, sources: list[str], jobs: str) -> None:
    """`unspool table *.jsonl` said twice what a case of `unspool check` says."""
    for name in ("a.sse", "a.expected.jsonl", "a.args", "b.expected.jsonl"):  # b has no capture: it is one itself
        (tmp_path / name).write_bytes(HI)
    ran = run_with(["table", "-j", jobs, "--columns", "source", *sources], cwd=tmp_path)
    assert [Path(str(row["source"])).name for row in lines(ran)] == ["a.sse", "b.expected.jsonl"]
    assert ran.stderr == "unspool: files that belong to captures, such as their expectations, are no sources: 2\n"
    named = run_with(["table", "--columns", "source", "a.expected.jsonl"], cwd=tmp_path)
    assert (len(lines(named)), named.stderr) == (1, "")


def test_all_files_that_belong_to_a_capture_are_known() -> None:
    endings = [f".{ending}" for ending in CASE_FILES] + [ENDING]
    left_out: list[str] = []
    found = captures_of(["a.sse", *(f"a{ending}" for ending in endings)], lambda: left_out.append(""))
    assert (list(found), len(left_out)) == (["a.sse"], len(endings))


@given(
    st.sets(st.sampled_from(["a.sse", "a.args", "a.expected.txt", "a.b.sse", "a.b.expected.txt", "b.args", "b.sse"]))
)
def test_a_long_listing_is_held_to_the_same_rule(names: set[str]) -> None:
    few, many = Counter[str](), Counter[str]()
    found = list(captures_of(sorted(names), lambda: few.update("x")))
    listed = [item.name for item in captures_listed(map(Item, sorted(names)), lambda: many.update("x"))]
    assert (listed, many) == (found, few)


def test_a_missing_file_is_a_row_that_names_the_similar_one(tmp_path: Path) -> None:
    (tmp_path / "traffic.jsonl").write_bytes(HI)
    ran = run_with(["table", "--columns", "error,exit", "trafic.jsonl", "other.jsonl"], cwd=tmp_path)
    assert lines(ran) == [
        {"error": "No such file or directory; did you mean traffic.jsonl?", "exit": 5},
        {"error": "No such file or directory", "exit": 5},
    ]
    assert ran.code == 5


def _har(number: int) -> str:
    """A HAR of two responses, the first without its body."""
    head = {"startedDateTime": f"2026-01-01T00:00:{number:02}Z", "request": {"method": "POST", "url": "https://a/v1"}}
    gone, there = ({"mimeType": "text/event-stream", **more} for more in ({"size": 9}, {"text": HI.decode()}))
    entries = [{**head, "response": {"status": 200, "content": each}} for each in (gone, there)]
    return json.dumps({"log": {"version": "1.2", "entries": entries}})


@pytest.mark.parametrize("more", [[], ["--jobs", "2"], ["--output", "rows"]])
def test_what_a_container_lacks_is_said(tmp_path: Path, more: list[str]) -> None:
    for number in range(10):
        (tmp_path / f"{number}.har").write_text(_har(number))
    ran = run_installed(["table", *more, *(f"{number}.har" for number in range(10))], cwd=tmp_path)
    said = ran.stderr.splitlines()
    assert ran.code == 0
    assert sum("1 of the responses in it is without its body" in line for line in said) == 8
    assert sum("2 more lines of this kind" in line for line in said) == 1


def test_rows_are_json_lines_in_the_order_of_the_sources(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_bytes(HI)
    (tmp_path / "a.jsonl").write_bytes(CUT)
    ran = run_with(["table", "--columns", "source,text,exit", "b.jsonl", "a.jsonl"], cwd=tmp_path)
    assert lines(ran) == [
        {"source": "b.jsonl", "text": "Hi there", "exit": 0},
        {"source": "a.jsonl", "text": "Hi", "exit": 4},
    ]
    assert ran.code == 4
    assert ran.stderr == "unspool: rows with an error: 1 of 2; the column error says which\n"


def test_standard_input_is_a_source() -> None:
    (row,) = lines(run_with(["table"], HI))
    assert (row["source"], row["text"], list(row)) == ("standard input", "Hi there", list(NAMES))


def test_folders_and_patterns_are_listed(captures: Path) -> None:
    (captures / ".hidden.jsonl").write_bytes(HI)
    whole = lines(run_with(["table", "captures"], cwd=captures.parent))
    assert len(whole) == 300
    assert [row["source"] for row in whole] == sorted(str(row["source"]) for row in whole)
    some = lines(run_with(["table", "captures/deep/000*.jsonl"], cwd=captures.parent))
    assert [row["source"] for row in some] == [f"captures/deep/000{number}.jsonl" for number in (1, 2, 4, 5, 7, 8)]
    every = lines(run_with(["table", "captures/**/*.jsonl"], cwd=captures.parent))
    assert len(every) == 300
    (none,) = lines(run_with(["table", "captures/*.nothing"], cwd=captures.parent))
    assert none["error"] == "there is no file that matches"


@pytest.mark.parametrize(
    ("source", "error"),
    [("captures", "no file in this folder"), ("capt*", "no file that matches"), ("*.none", "no file that matches")],
)
def test_a_source_without_a_file_is_a_row(tmp_path: Path, source: str, error: str) -> None:
    (tmp_path / "captures" / "deep").mkdir(parents=True)
    ran = run_with(["table", source], cwd=tmp_path)
    (row,) = lines(ran)
    assert (ran.code, row["source"], row["exit"]) == (5, source, 5)
    assert error in str(row["error"])


def test_urls_that_are_not_read_are_rows_and_no_folders(tmp_path: Path) -> None:
    ran = run_with(["table", "https://example.com/a.jsonl"], cwd=tmp_path)
    (row,) = lines(ran)
    assert (ran.code, row["error"]) == (
        5,
        "of URLs, s3://, gs:// and az:// are read; download this one, or pipe it in",
    )
    (tmp_path / "a.jsonl").write_bytes(HI)
    refused = run_with(["table", "-o", "s3://bucket/out", "a.jsonl"], cwd=tmp_path)
    assert (refused.code, "s3://bucket/out is no folder" in refused.stderr) == (2, True)
    assert run_with(["table", "-o", f"file://{tmp_path}/out", "a.jsonl"], cwd=tmp_path).code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "out"]


def test_no_link_leads_out_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(HI)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.jsonl").symlink_to(tmp_path / "secret")
    (row,) = lines(run_here(["table", str(tmp_path / "in")]))
    assert (row["text"], row["exit"]) == ("", 5)


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_several_processes_give_the_same_bytes(captures: Path, form: str) -> None:
    sources = ["table", "--to", form, str(captures), SAMPLES]
    one, four = run_installed(sources), run_installed([*sources, "-j", "4"])
    assert one.stdout.count(b"\n") > 400
    assert (one.stdout, one.stderr, one.code) == (four.stdout, four.stderr, four.code)


def test_csv_has_names_and_lists_as_json() -> None:
    names = ["source", "text", "calls", "quirks", "created", "duration_s"]
    ran = run_with(["table", "--to", "csv", "--columns", ",".join(names), SAMPLES])
    first, *found = csv.reader(io.StringIO(ran.stdout.decode(), newline=""))
    assert first == names
    expected = lines(run_with(["table", "--columns", ",".join(names), SAMPLES]))
    for cells, row in zip(found, expected, strict=True):
        assert cells[:2] == [row["source"], row["text"]]
        assert [json.loads(cell) for cell in cells[2:4]] == [row["calls"], row["quirks"]]
        assert cells[4:] == ["" if row[name] is None else str(row[name]) for name in names[4:]]


def test_parquet_has_the_rows_that_json_has(tmp_path: Path) -> None:
    ran = run_installed(["table", "--to", "parquet", "-o", str(tmp_path / "out"), "-j", "2", SAMPLES])
    assert ran.stdout == b""
    rows = lines(run_with(["table", SAMPLES]))
    assert rows_in(tmp_path / "out") == rows
    assert pq.read_table(tmp_path / "out").num_rows == len(rows)  # the folder has no file but Parquet to its readers
    assert pq.read_schema(parts_of(tmp_path / "out")[0]).metadata[b"unspool.table"] == b"1"


def test_parts_can_be_json_lines_too(captures: Path, tmp_path: Path) -> None:
    run_installed(["table", "-o", str(tmp_path / "out"), "-j", "2", str(captures)])
    joined = b"".join(part.read_bytes() for part in parts_of(tmp_path / "out"))
    assert joined == run_with(["table", str(captures)]).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "parquet"], "parquet is written into a folder"),
        (["--resume"], "there is no folder to go on in"),
        (["--columns", "txt"], "there is no column txt; did you mean text? See"),
        (["--scheduler", "local"], "name it with -o"),
        (["-o", "out", "--jobs", "0"], "0 is neither a number from 1 on nor auto"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], said: str, tmp_path: Path) -> None:
    ran = run_with(["table", *arguments], HI, cwd=tmp_path)
    assert (ran.code, ran.stdout) == (2, b"")
    assert said in ran.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_with_parts_is_refused_unless_it_is_resumed(captures: Path, tmp_path: Path) -> None:
    command = ["table", "--to", "parquet", "-o", str(tmp_path / "out"), str(captures)]
    assert run_with(command).code == 4
    assert "--resume goes on with it" in run_with(command).stderr
    assert "was made with other options" in run_with([*command, "--resume", "--tool", "reply:text"]).stderr
    again = run_with([*command, "--resume"])
    assert again.code == 4
    assert again.stderr.startswith(f"unspool: nothing has changed: {tmp_path / 'out'} is complete\n")


def test_nothing_is_left_in_a_folder_that_is_refused(captures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "part-1.jsonl").write_bytes(b"{}")
    for more in ([], ["--resume"]):
        assert run_installed(["table", "-o", str(out), *more, str(captures)]).code == 2
        assert os.listdir(out) == ["part-1.jsonl"]


def test_a_resumed_run_reads_what_changed(captures: Path, tmp_path: Path) -> None:
    command = ["table", "--to", "parquet", "-o", str(tmp_path / "out"), str(captures)]
    run_with(command)
    before = {part.name: part.stat().st_mtime_ns for part in parts_of(tmp_path / "out")}
    (captures / "deep" / "0007.jsonl").write_bytes(HI)
    (captures / "0000.jsonl").unlink()
    (captures / "0000a.jsonl").write_bytes(CUT)
    run_with([*command, "--resume"])
    expected = lines(run_with(["table", str(captures)]))
    found = rows_in(tmp_path / "out")
    assert sorted(map(str, found)) == sorted(map(str, expected))
    kept = [part for part in parts_of(tmp_path / "out") if before.get(part.name) == part.stat().st_mtime_ns]
    assert kept  # what had no changed source


def test_a_file_is_no_folder_for_parts(tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_bytes(HI)
    ran = run_with(["table", "-o", str(tmp_path / "out.csv"), str(tmp_path / "out.csv")])
    assert (ran.code, (tmp_path / "out.csv").read_bytes()) == (2, HI)
    assert "out.csv is a file; name a folder for the parts" in ran.stderr


@pytest.mark.parametrize("name", ["../../victim", "part-/../../../victim", "victim", ""])
def test_a_manifest_from_a_stranger_removes_no_file(captures: Path, tmp_path: Path, name: str) -> None:
    out, victim = tmp_path / "deep" / "out", tmp_path / "victim"
    command = ["table", "-o", str(out), str(captures)]
    run_with(command)
    victim.write_bytes(HI)
    with closing(sqlite3.connect(out / "_manifest.sqlite")) as manifest, manifest:
        (task,) = manifest.execute("SELECT task FROM parts").fetchone()
        manifest.execute("INSERT INTO parts VALUES (?, ?, 1, 1)", (name, task))
        manifest.execute("UPDATE sources SET version = 'old'")
    before = sorted(file.name for file in out.iterdir())
    ran = run_with([*command, "--resume"])
    assert (ran.code, victim.read_bytes()) == (2, HI)
    assert "was not written by unspool; name another folder" in ran.stderr
    assert sorted(file.name for file in out.iterdir()) == before


@pytest.mark.parametrize("name", ["_manifest.sqlite", "_manifest.sqlite-journal", "_manifest.sqlite-wal", ".lock"])
def test_a_link_in_a_folder_of_parts_is_not_written_through(captures: Path, tmp_path: Path, name: str) -> None:
    out, target = tmp_path / "out", tmp_path / "target"
    out.mkdir()
    (out / name).symlink_to(target)
    ran = run_with(["table", "-o", str(out), "--resume", str(captures)])
    assert ran.code in (2, 5)
    assert "link" in ran.stderr
    assert not target.exists()


@pytest.mark.parametrize(
    "schema",
    [
        "CREATE TABLE run (key TEXT, resumed); INSERT INTO run VALUES (?, 'x')",
        "CREATE TABLE run (key TEXT, resumed); INSERT INTO run VALUES (?, 0);"
        "CREATE TABLE parts (name TEXT, task TEXT); CREATE TABLE sources (name TEXT, task TEXT)",
        "CREATE TABLE run (key TEXT, resumed); INSERT INTO run VALUES (?, 0); CREATE VIEW sources AS SELECT 1 AS task",
    ],
)
def test_a_manifest_of_another_shape_is_one_line(captures: Path, tmp_path: Path, schema: str) -> None:
    out = tmp_path / "out"
    command = ["table", "-o", str(out), str(captures)]
    run_with(command)
    manifest = sqlite3.connect(out / "_manifest.sqlite")
    (key,) = manifest.execute("SELECT key FROM run").fetchone()
    for kind, name in manifest.execute("SELECT type, name FROM sqlite_master WHERE type = 'table'").fetchall():
        manifest.execute(f"DROP {kind} {name}")
    for statement in schema.split(";"):
        manifest.execute(statement, (key,) if "?" in statement else ())
    manifest.commit()
    manifest.close()
    ran = run_with([*command, "--resume"])
    assert ran.code in (2, 5)
    assert "_manifest.sqlite" in ran.stderr
    assert "fault in unspool" not in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_a_run_that_is_killed_leaves_whole_parts_and_is_resumed(captures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for number in range(8):  # enough work to be killed in
        (captures / f"large-{number:02}.jsonl").write_bytes(HI * 500)
    command = ["table", "--to", "parquet", "-o", str(out), "-j", "2", str(captures)]
    running = subprocess.Popen([str(UNSPOOL), *command], stderr=subprocess.DEVNULL, env=plain_environment())
    deadline = time.monotonic() + 20
    while not parts_of(out) and time.monotonic() < deadline:
        time.sleep(0.01)
    running.kill()
    running.wait()
    assert parts_of(out)
    for part in parts_of(out):
        assert pq.read_table(part).num_rows > 0
    time.sleep(0.5)  # its processes end with it
    ran = run_installed([*command, "--resume"])
    assert ran.code == 4, ran.stderr
    assert rows_in(out) == lines(run_with(["table", str(captures)]))
    assert not list(out.glob(".draft-*"))
    with closing(sqlite3.connect(out / "_manifest.sqlite")) as manifest, manifest:
        assert {name for (name,) in manifest.execute("SELECT name FROM parts")} == {p.name for p in parts_of(out)}


def test_the_exit_code_of_a_resumed_run_is_that_of_all_rows(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "cut.jsonl").write_bytes(b"".join(HI.splitlines(keepends=True)[:-1]))
    command = ["table", "-o", str(tmp_path / "out"), str(source)]
    first, again = run_here(command), run_here([*command, "--resume"])
    assert (first.code, again.code) == (4, 4)
    assert "nothing has changed" in again.stderr
    assert "rows with an error: 1 of 1" in again.stderr
    (source / "whole.jsonl").write_bytes(HI)
    assert "rows with an error: 1 of 2" in run_here([*command, "--resume"]).stderr
    (source / "cut.jsonl").unlink()
    assert run_here([*command, "--resume"]).code == 0


def test_parts_of_another_table_in_a_folder_are_no_sources(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(HI)
    assert run_here(["table", "-o", str(tmp_path / "out"), str(tmp_path)]).code == 0
    assert [row["source"] for row in lines(run_here(["table", str(tmp_path)]))] == [str(tmp_path / "a.jsonl")]


def test_the_number_of_processes_may_be_left_to_the_machine(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(HI)
    assert run_installed(["table", "-j", "auto", str(tmp_path)]).code == 0
    assert "neither a number from 1 on nor auto" in run_here(["table", "-j", "0", str(tmp_path)]).stderr


def test_two_runs_do_not_write_into_one_folder(captures: Path, tmp_path: Path) -> None:
    out, pipe = tmp_path / "out", tmp_path / "pipe"
    os.mkfifo(pipe)
    first = subprocess.Popen([str(UNSPOOL), "table", "-o", str(out), str(pipe)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while not (out / "_manifest.sqlite").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    ran = run_with(["table", "-o", str(out), str(captures)])
    first.kill()
    first.wait()
    assert ran.code == 2
    assert f"another run writes into {out}" in ran.stderr


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_source_that_hangs_is_a_row(tmp_path: Path, jobs: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "a.jsonl").write_bytes(HI)
    command = ["table", "-j", jobs, "--time-limit", "0.3", str(pipe), str(tmp_path / "a.jsonl")]
    with held_open(pipe):
        hung, good = lines(run_installed(command))
    assert (hung["exit"], good["text"]) == (5, "Hi there")
    assert "0.3 s" in str(hung["error"])


def test_a_process_that_dies_costs_one_source(captures: Path, tmp_path: Path) -> None:
    """The source is a pipe: whoever reads it shows its process id by waiting in it, and is killed, each time."""
    out, pipe = tmp_path / "out", captures / "deep" / "0100.pipe"
    os.mkfifo(pipe)
    command = [str(UNSPOOL), "table", "-j", "2", "-o", str(out), str(captures), str(pipe)]
    with held_open(pipe):
        running = subprocess.Popen(command, stderr=subprocess.PIPE, env=plain_environment())
        kill_readers(running, pipe)
    messages = running.communicate(timeout=60)[1].decode()
    assert running.returncode == 5, messages
    found = [json.loads(line) for part in parts_of(out) for line in part.read_bytes().splitlines()]
    assert len(found) == 301
    (dead,) = [row for row in found if row["source"] == str(pipe)]
    assert dead["error"] == "the process that read it died, alone too"


@contextmanager
def held_open(pipe: Path) -> Iterator[None]:
    """A named pipe that somebody may write into, so that reading it waits."""
    descriptor = os.open(pipe, os.O_RDWR)
    try:
        yield
    finally:
        os.close(descriptor)


def kill_readers(running: "subprocess.Popen[bytes]", pipe: Path) -> None:
    """Kill each process below ``running`` that has opened the pipe, until the command ends."""
    deadline = time.monotonic() + 60
    while running.poll() is None and time.monotonic() < deadline:
        for child in children_of(running.pid):
            if str(pipe) in files_of(child):
                os.kill(child, signal.SIGKILL)
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT])
def test_a_signal_leaves_neither_processes_nor_files(tmp_path: Path, number: signal.Signals) -> None:
    """The parts that are copied to standard output are in a folder of the run, and one process reads a pipe."""
    pipe, temporary = tmp_path / "pipe", tmp_path / "temporary"
    os.mkfifo(pipe)
    temporary.mkdir()
    (tmp_path / "a.jsonl").write_bytes(HI)
    command = [str(UNSPOOL), "table", "-j", "2", str(tmp_path / "a.jsonl"), str(pipe)]
    with (
        held_open(pipe),
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=plain_environment(TMPDIR=str(temporary))
        ) as running,
    ):
        deadline = time.monotonic() + 60
        readers: set[int] = set()
        while not readers and time.monotonic() < deadline:
            readers = {child for child in children_of(running.pid) if str(pipe) in files_of(child)}
        workers = children_of(running.pid)
        running.send_signal(number)
        _, stderr = running.communicate(timeout=60)
    assert (running.returncode, stderr, os.listdir(temporary)) == (128 + number, b"", [])
    assert readers
    assert not any(str(pipe) in files_of(worker) for worker in workers)


def children_of(process: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True, check=False)
    return [int(word) for word in listed.stdout.split()]


def files_of(process: int) -> set[str]:
    folder = f"/proc/{process}/fd"
    try:
        return {os.readlink(f"{folder}/{name}") for name in os.listdir(folder)}
    except OSError:
        return set()


@pytest.mark.parametrize(
    ("package", "arguments", "extra"),
    [
        ("pyarrow", ["--to", "parquet", "-o", "out", "a.jsonl"], "parquet"),
        ("distributed", ["--scheduler", "local", "-o", "out", "a.jsonl"], "cluster"),
        ("obstore", ["s3://bucket/key"], "cloud"),
    ],
)
def test_what_an_extra_is_needed_for_says_so(package: str, arguments: list[str], extra: str, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(HI)
    program = f"import sys; sys.modules[{package!r}] = None; from unspool.__main__ import entry; entry()"
    command = [sys.executable, "-c", program, "table", *arguments]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert f"pip install 'unspool[{extra}]'" in ran.stderr + ran.stdout
    assert ran.returncode in (2, 5)
    assert "Traceback" not in ran.stderr


def test_compressed_captures_have_the_same_rows(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(HI * 3 + CUT)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(HI * 3 + CUT))
    plain, packed = (lines(run_with(["table", str(tmp_path / name)])) for name in ("a.jsonl", "a.jsonl.gz"))
    assert [{**row, "source": ""} for row in plain] == [{**row, "source": ""} for row in packed]


def test_a_large_file_has_the_same_rows_from_several_processes(tmp_path: Path) -> None:
    long = jsonl(message_call(['{"message": "Hi', " there" * 3_000, '"}']))
    data = b"".join(long.replace(b"chatcmpl-1", b"chatcmpl-%d" % number) for number in range(300)) * 8
    assert len(data) > 44_000_000  # two pieces
    (tmp_path / "large.jsonl").write_bytes(data)
    one, two = (run_installed(["table", "-j", jobs, str(tmp_path / "large.jsonl")]) for jobs in ("1", "2"))
    assert one.stdout.count(b"\n") == 2_400
    assert one == two


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_full_disk_ends_the_run_and_leaves_no_broken_part(captures: Path, tmp_path: Path, jobs: str) -> None:
    out = tmp_path / "out"
    command = ["table", "-o", str(out), "-j", jobs, str(captures)]
    (captures / "0000.jsonl").write_bytes(HI * 500)
    script = f"ulimit -f 200; exec {UNSPOOL} {' '.join(command)}"  # files of 200 KB and no more
    full = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert full.returncode == 5
    assert "File too large; parts that are complete stay, --resume goes on with them" in full.stderr
    assert "Traceback" not in full.stderr
    assert not list(out.glob(".draft-*"))
    assert run_installed([*command, "--resume"]).code in (0, 4)
    rows = [json.loads(line) for part in parts_of(out) for line in part.read_bytes().splitlines()]
    assert rows == lines(run_with(["table", str(captures)]))


A_THREAD_DIES = """
import os, time
from concurrent.futures import process
from unspool.table.run import Processes

def run_out_of_memory(self):
    raise MemoryError

process._ExecutorManagerThread.run = run_out_of_memory
future = Processes(1).submit(time.sleep, 60)
print(type(future.exception(timeout=30)).__name__, flush=True)
os._exit(0)
"""


def test_a_thread_of_a_process_pool_that_dies_fails_the_work() -> None:
    """As where there is no memory for another one; the pool itself would wait for ever."""
    done = subprocess.run([sys.executable, "-c", A_THREAD_DIES], capture_output=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == (b"MemoryError\n", b"")


ANOTHER_THREAD_DIES = """
import threading, time
from unspool.table.run import Processes

def run_out_of_memory():
    raise MemoryError

if __name__ == "__main__":
    processes = Processes(1)
    future = processes.submit(time.sleep, 1)
    other = threading.Thread(target=run_out_of_memory)
    other.start()
    other.join()
    print(future.result(timeout=30))
    processes.close()
"""


def test_a_thread_that_is_none_of_the_pool_fails_no_work() -> None:
    done = subprocess.run([sys.executable, "-c", ANOTHER_THREAD_DIES], capture_output=True, check=False, timeout=60)
    assert done.stdout == b"None\n"
    assert b"MemoryError" in done.stderr


def test_a_manifest_that_is_none_is_said_to_be_so(captures: Path, tmp_path: Path) -> None:
    command = ["table", "-o", str(tmp_path / "out"), str(captures)]
    run_with(command)
    (tmp_path / "out" / MANIFEST).write_bytes(b"no database" * 1000)
    ran = run_with([*command, "--resume"])
    assert ran.code == 5
    assert f"{MANIFEST}: file is not a database" in ran.stderr


def test_a_closed_pipe_ends_the_run_silently(captures: Path) -> None:
    script = f"{UNSPOOL} table {captures} | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.splitlines()[-1] == "141"
    assert done.stderr == ""


def test_the_line_of_progress_has_sources_bytes_rate_and_time_left() -> None:
    tally = Tally()
    tally.sources, tally.bytes = 250, 50_000_000
    assert progress_line(tally, 10.0, None) == "250 sources, 50.0 MB, 5.0 MB/s"
    assert progress_line(tally, 10.0, (1000, 700_000_000)) == "250 of 1,000 sources, 50.0 MB, 5.0 MB/s, 2 min 10 s left"


def test_progress_is_shown_on_a_terminal_and_taken_away(captures: Path) -> None:
    master, slave = pty.openpty()
    running = subprocess.Popen(
        [str(UNSPOOL), "table", "--to", "csv", "-", str(captures)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=slave,
    )
    os.close(slave)
    assert running.stdin is not None
    shown = b""
    while b"sources, " not in shown:  # from the first record on that comes a second after the start
        running.stdin.write(HI)
        running.stdin.flush()
        if select.select([master], [], [], 0.3)[0]:
            shown += os.read(master, 65_536)
    running.stdin.close()
    try:
        while block := os.read(master, 65_536):
            shown += block
    except OSError:  # the other end is closed
        pass
    running.wait(60)
    os.close(master)
    assert shown.rstrip().endswith(b"the column error says which")


def test_a_limit_of_open_files_and_a_deleted_folder_are_one_line_each(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(HI)
    limited = ["bash", "-c", 'ulimit -n 12; exec "$@"', "bash", str(UNSPOOL), "table", "a.jsonl", "a.jsonl", "-j", "2"]
    done = subprocess.run(limited, capture_output=True, timeout=60, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr.count(b"\n")) == (5, 1)
    assert b"Too many open files; raise the limit" in done.stderr
    gone = ["bash", "-c", 'mkdir gone; cd gone; rmdir ../gone; exec "$@"', "bash", str(UNSPOOL), "table", "."]
    done = subprocess.run(gone, capture_output=True, timeout=60, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert b"the current folder was deleted" in done.stderr
