"""python -m tests.bench: rewrite and text against a bare loop, the cost of a long response, memory, start-up."""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.bench.inputs import write_cases, write_responses

UNSPOOL = str(Path(sys.executable).with_name("unspool"))
LOOP = """
import sys, orjson
write = sys.stdout.buffer.write
for line in sys.stdin.buffer:
    write(orjson.dumps(orjson.loads(line)) + b"\\n")
"""
EMPTY_TYPER = """
import typer
app = typer.Typer()
@app.command()
def main() -> None: pass
app()
"""
TEXT_OF_EACH = """
import io, sys
from pathlib import Path
from unspool.pipeline import Settings, Summary, run
from unspool.streams.output import Output
from unspool.streams.sinks import TextSink
from unspool.streams.sources import Source
for path in sorted(Path(sys.argv[1]).glob("*.jsonl")):
    run(Source(str(path), None), Settings(), TextSink(Output(io.BytesIO())), print, Summary())
"""
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
# Start-up is measured as users have it: with the byte code of an installed package.
WRITING = {name: value for name, value in os.environ.items() if name != "CI"}
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def timed(command: Sequence[str], stdin: Path | None = None) -> float:
    """Seconds a whole process takes."""
    with (stdin or Path("/dev/null")).open("rb") as source:
        began = time.perf_counter()
        subprocess.run(command, stdin=source, stdout=subprocess.DEVNULL, check=True, env=ENVIRONMENT)
        return time.perf_counter() - began


def alternating(contenders: dict[str, Callable[[], float]], runs: int) -> dict[str, list[float]]:
    """Run all contenders in turn, again and again: the machine's moods hit all alike. The first round only warms up."""
    for contender in contenders.values():
        contender()
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, contender in contenders.items():
            times[name].append(contender())
    return times


def ratio(times: dict[str, list[float]], name: str, against: str) -> dict[str, Any]:
    """Median and spread of name/against, run by run."""
    ratios = [one / other for one, other in zip(times[name], times[against], strict=True)]
    return {"median": round(statistics.median(ratios), 3), "min": round(min(ratios), 3), "max": round(max(ratios), 3)}


def peak_kib(path: Path) -> int:
    """Peak memory of ``unspool rewrite`` on a file, in KiB."""
    command = [sys.executable, "-c", PEAK, UNSPOOL, "rewrite", str(path)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measure_check(folder: Path, cases: int, runs: int) -> dict[str, Any]:
    """`unspool check` of many small cases in one folder, against the same records through the logic of `text` alone."""
    folder.mkdir()
    write_cases(folder, cases)
    subprocess.run([UNSPOOL, "check", "--update", str(folder)], check=True, stdout=subprocess.DEVNULL, env=WRITING)
    times = alternating(
        {
            "text logic": lambda: timed([sys.executable, "-c", TEXT_OF_EACH, str(folder)]),
            "check": lambda: timed([UNSPOOL, "check", str(folder)]),
            "check -j 2": lambda: timed([UNSPOOL, "check", "-j", "2", str(folder)]),
        },
        runs,
    )
    return {
        f"check {cases:,} cases / text logic": ratio(times, "check", "text logic"),
        f"check -j 2 {cases:,} cases / text logic": ratio(times, "check -j 2", "text logic"),
    }


def measure(folder: Path, chunks: int, runs: int) -> dict[str, Any]:
    """All figures from one run."""
    short = write_responses(folder / "short.jsonl", chunks // 200, 200)
    long = write_responses(folder / "long.jsonl", 1, 50_000)
    small = write_responses(folder / "small.jsonl", 100, 200)
    ten = write_responses(folder / "ten.jsonl", 1, 13)
    work = alternating(
        {
            "loop": lambda: timed([sys.executable, "-c", LOOP], short),
            "rewrite": lambda: timed([UNSPOOL, "rewrite", str(short)]),
            "text": lambda: timed([UNSPOOL, "text", str(short)]),
            "long": lambda: timed([UNSPOOL, "rewrite", str(long)]),
        },
        runs,
    )
    start = alternating(
        {
            "python": lambda: timed([sys.executable, "-c", "pass"]),
            "typer": lambda: timed([sys.executable, "-c", EMPTY_TYPER]),
            "version": lambda: timed([UNSPOOL, "--version"]),
            "text": lambda: timed([UNSPOOL, "text", str(ten)]),
        },
        max(runs * 4, 12),
    )
    base = statistics.median(start["text"])
    each_short = [(seconds - base) / chunks for seconds in work["rewrite"]]
    each_long = [(seconds - base) / 50_000 for seconds in work["long"]]
    per_chunk = {"short": each_short, "long": each_long}
    peaks = {"20000": peak_kib(small), str(chunks): peak_kib(short)}
    return {
        "python": platform.python_version(),
        "chunks": chunks,
        "runs": runs,
        "rewrite / loop": ratio(work, "rewrite", "loop"),
        "text / loop": ratio(work, "text", "loop"),
        "long / short, per chunk": ratio(per_chunk, "long", "short"),
        **measure_check(folder / "cases", max(chunks // 40, 1), runs),
        "start of text / empty typer": ratio(start, "text", "typer"),
        "start of --version / empty typer": ratio(start, "version", "typer"),
        "start of text / python": ratio(start, "text", "python"),
        "seconds": {name: round(statistics.median(times), 4) for name, times in work.items()},
        "start ms": {name: round(1000 * statistics.median(times), 1) for name, times in start.items()},
        "peak KiB": peaks,
    }


def main() -> None:
    """Measure, print a table, write the same as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), options.chunks, options.runs)
    for name, value in figures.items():
        if isinstance(value, dict) and "median" in value:
            print(f"{name:42} {value['median']:6.2f}   ({value['min']:.2f} - {value['max']:.2f})")
        else:
            print(f"{name:42} {value}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
