"""Times whole processes in turn, and makes ratios of them."""

import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.contenders import UNSPOOL
from tests.bench.inputs import content, response

# Measured as users have it: with the byte code of an installed package, and an output that Python buffers.
# The variables of this benchmark would count as options, for which a filter has to import its parser.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "UNSPOOL_"))}
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""

Times = dict[str, list[float]]


def timed(command: Sequence[str], stdin: Path | None = None) -> float:
    """Seconds a whole process takes; how it ends does not matter, for an input may be cut.

    The input has been read once before: no disk is measured.
    """
    with (stdin or Path("/dev/null")).open("rb") as source:
        while source.read(1 << 20):
            pass
        source.seek(0)
        began = time.perf_counter()
        ran = subprocess.run(
            command, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, env=ENVIRONMENT
        )
        seconds = time.perf_counter() - began
    if ran.returncode not in (0, 4):
        raise SystemExit(f"{command[0]} failed: {ran.stderr.decode(errors='replace')[-500:]}")
    return seconds


def processor_time(command: Sequence[str], stdin: Path, must_succeed: bool = False) -> float:
    """Seconds of processor time of a whole process: other programs on the machine do not count.

    0 for a process that fails where it must not: it did not read all of its input.
    """
    with stdin.open("rb") as source:
        process = subprocess.Popen(
            command, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return 0.0 if must_succeed and process.returncode else usage.ru_utime + usage.ru_stime


def alternating(contenders: Mapping[str, Callable[[], float]], runs: int) -> Times:
    """Run all contenders in turn, again and again: a slow machine slows all of them. The first round warms up."""
    for contender in contenders.values():
        contender()
    times: Times = {name: [] for name in contenders}
    for _ in range(runs):
        for name, contender in contenders.items():
            times[name].append(contender())
    return times


def ratio(times: Times, name: str, against: str) -> dict[str, float]:
    """Median and spread of name/against, run by run."""
    return spread([one / other for one, other in zip(times[name], times[against], strict=True)])


def spread(values: list[float]) -> dict[str, float]:
    """Median, least and most."""
    return {"median": round(statistics.median(values), 3), "min": round(min(values), 3), "max": round(max(values), 3)}


def peak_mib(command: str, path: Path) -> float:
    """Peak memory of an unspool command on a file, in MiB."""
    ran = subprocess.run(
        [sys.executable, "-c", PEAK, UNSPOOL, command, str(path)], capture_output=True, text=True, check=True
    )
    return round(int(ran.stdout) / 1024, 1)


def added_delay(command: str, chunks: int, per_second: int) -> dict[str, float]:
    """What a live pipe adds: milliseconds from a chunk written to its line read, at so many chunks a second."""
    lines = list(response(0, content(0), "stop"))[1:-1]  # one line out for each line in
    process = subprocess.Popen(
        [UNSPOOL, command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=ENVIRONMENT
    )
    assert process.stdin is not None
    assert process.stdout is not None
    arrived: list[float] = []
    output = process.stdout

    def read() -> None:
        while block := os.read(output.fileno(), 65_536):
            arrived.extend([time.perf_counter()] * block.count(b"\n"))

    reader = threading.Thread(target=read)
    reader.start()
    written: list[float] = []
    for number in range(chunks + 1):
        time.sleep(1 / per_second if number else 0.5)  # the first finds it started
        written.append(time.perf_counter())
        os.write(process.stdin.fileno(), lines[number % len(lines)].encode())
    process.stdin.close()
    reader.join()
    process.wait()
    delays = sorted(1000 * (came - went) for went, came in zip(written[1:], arrived[1:], strict=True))
    return {
        "median ms": round(statistics.median(delays), 3),
        "p99 ms": round(delays[len(delays) * 99 // 100], 3),
        "max ms": round(delays[-1], 3),
    }


def machine() -> dict[str, Any]:
    """Where this was measured."""
    return {"python": platform.python_version(), "cpus": os.cpu_count()}
