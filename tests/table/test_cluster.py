"""The same rows from a Dask cluster of two workers, also where one of them is killed."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import dask
import pytest
from distributed import Client, LocalCluster
from tests.commands.processes import plain_environment
from tests.support import ROOT, UNSPOOL, jsonl, message_call, run_here, run_installed

HI = jsonl(message_call(['{"message": "Hi', ' there"}']))


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Two worker processes, each with one thread; Dask waits for one that is gone for two seconds, not for thirty."""
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "2s"}),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=60) as own,
    ):
        yield own


def joined(folder: Path) -> bytes:
    return b"".join(part.read_bytes() for part in sorted(folder.glob("part-*")))


def test_a_cluster_gives_the_rows_of_one_process(cluster: LocalCluster, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["table", "--scheduler", cluster.scheduler_address, "-o", str(out), "samples"]
    ran = run_installed(command, cwd=ROOT)
    alone = run_installed(["table", "samples"], cwd=ROOT)
    assert joined(out) == alone.stdout
    assert ran.code == alone.code


def test_a_worker_that_is_killed_costs_no_row(cluster: LocalCluster, tmp_path: Path) -> None:
    captures, out = tmp_path / "captures", tmp_path / "out"
    captures.mkdir()
    for number in range(700):
        (captures / f"{number:04}.jsonl").write_bytes(HI * 5)
    with Client(cluster.scheduler_address, set_as_default=False) as client:
        before = client.run(os.getpid)
    command = [str(UNSPOOL), "table", "--scheduler", cluster.scheduler_address, "-o", str(out), str(captures)]
    impatient = plain_environment(DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="2s")
    running = subprocess.Popen(command, env=impatient, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while not list(out.glob("part-*")) and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(next(iter(before.values())), signal.SIGKILL)
    messages = running.communicate(timeout=60)[1].decode()
    assert running.returncode == 0, messages
    assert joined(out) == run_installed(["table", str(captures)]).stdout
    assert len(messages.splitlines()) == 1


def test_a_source_that_hangs_in_a_thread_of_a_worker_is_a_row(cluster: LocalCluster, tmp_path: Path) -> None:
    out, pipe = tmp_path / "out", tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "a.jsonl").write_bytes(HI)
    command = ["table", "--scheduler", cluster.scheduler_address, "--time-limit", "0.3", "-o", str(out)]
    writer = os.open(pipe, os.O_RDWR)  # nobody writes
    try:
        run_installed([*command, str(pipe), str(tmp_path / "a.jsonl")])
    finally:
        os.close(writer)
    hung, good = [json.loads(line) for line in joined(out).splitlines()]
    assert (hung["exit"], good["text"]) == (5, "Hi there")


def test_a_scheduler_that_does_not_answer_is_a_usage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unspool.table.cluster._PATIENCE", 0.2)  # nothing answers, so the whole of it is waited
    ran = run_here(["table", "--scheduler", "tcp://127.0.0.1:1", "-o", str(tmp_path / "out"), str(ROOT / "samples")])
    assert ran.code == 2
    assert "no scheduler answers at tcp://127.0.0.1:1" in ran.stderr


def test_a_cluster_of_this_machine_is_there_for_one_run(tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = run_installed(["table", "--scheduler", "local", "-o", str(out), str(ROOT / "samples" / "plain.jsonl")])
    assert ran.code == 0, ran.stderr
    (row,) = [json.loads(line) for line in joined(out).splitlines()]
    assert row["finish"] == "tool_calls"
