"""`unspool table`: against `text` on the same bytes, two processes against one, many sources, many rows."""

import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.bench.contenders import UNSPOOL
from tests.bench.inputs import write_input
from tests.bench.mix import SIZE, write_mix
from tests.bench.timing import PEAK, alternating, ratio, timed

Figures = dict[str, Any]

_SMALL = 100_000  # captures in a folder
_ROWS = 1_000_000


def table(*arguments: str) -> list[str]:
    """The command."""
    return [UNSPOOL, "table", *arguments]


def measure_table(folder: Path, chunks: int, runs: int) -> Figures:
    """All figures of a table."""
    folder.mkdir()
    return {
        **_against_text(folder, chunks, runs),
        **_processes(folder, chunks, min(runs, 3)),
        **_memory(folder, chunks),
        **_many_sources(folder),
        **_many_rows(folder),
    }


def _against_text(folder: Path, chunks: int, runs: int) -> Figures:
    figures: Figures = {}
    for name in ("a", "c", "d"):
        path = write_input(folder / f"{name}.jsonl", name, chunks)
        times = alternating(
            {"text": lambda p=path: timed([UNSPOOL, "text", str(p)]), "table": lambda p=path: timed(table(str(p)))},  # type: ignore[misc]
            runs,
        )
        figures[f"({name}) table / text"] = {**ratio(times, "table", "text"), "reach": 1.3}
        path.unlink()
    one = write_input(folder / "start.jsonl", "a", 10)
    times = alternating(
        {"text": lambda: timed([UNSPOOL, "text", str(one)]), "table": lambda: timed(table(str(one)))}, max(runs * 4, 12)
    )
    figures["start of table / start of text"] = ratio(times, "table", "text")
    return figures


def _processes(folder: Path, chunks: int, runs: int) -> Figures:
    """Two processes share one large file, and many files, of a mix of real life; a figure for idle cores."""
    mix = write_mix(folder / "mix.sse", "Chat Completions", 1)
    copies = max(2, chunks // 25_000)
    large, many = folder / "large.sse", folder / "shared"
    with large.open("wb") as file:
        for _ in range(copies):
            file.write(mix.read_bytes())
    many.mkdir()
    for number in range(2 * copies):
        write_mix(many / f"{number:02}.sse", "Chat Completions", 1, SIZE // 2)
    figures: Figures = {}
    for what, path in (("one file", large), (f"{2 * copies} files", many)):
        times = alternating(
            {f"-j {jobs}": lambda p=path, j=jobs: timed(table("-j", str(j), str(p))) for jobs in (1, 2)},  # type: ignore[misc]
            runs,
        )
        figures[f"table of {what}: -j 1 / -j 2"] = {**ratio(times, "-j 1", "-j 2"), "at least": 1.8}
    mix.unlink()
    large.unlink()
    shutil.rmtree(many)
    return figures


def _peak_mib(*arguments: str) -> float:
    done = subprocess.run([sys.executable, "-c", PEAK, *table(*arguments)], capture_output=True, text=True, check=True)
    return round(int(done.stdout) / 1024, 1)


def _memory(folder: Path, chunks: int) -> Figures:
    figures: Figures = {}
    for count in (20_000, 2 * chunks):
        path = write_input(folder / "memory.jsonl", "c", count)
        figures[f"peak MiB of table, {count:,} chunks"] = _peak_mib(str(path))
        path.unlink()
    return figures


def _many_sources(folder: Path) -> Figures:
    many = folder / "small"
    data = write_input(folder / "one.jsonl", "c", 20).read_bytes()
    for number in range(_SMALL):
        inside = many / f"{number // 1000:03}"
        inside.mkdir(parents=True, exist_ok=True)
        (inside / f"{number:06}.jsonl").write_bytes(data)
    figures: Figures = {
        "peak MiB of table, 1,000 sources": _peak_mib(str(many / "000")),
        f"peak MiB of table, {_SMALL:,} sources": _peak_mib(str(many)),
        "sources a second": round(_SMALL / timed(table(str(many)))),
    }
    shutil.rmtree(many)
    return figures


def _many_rows(folder: Path) -> Figures:
    """A million rows into Parquet: as many whole responses, one a line."""
    path, out = folder / "rows.jsonl", folder / "parts"
    message = {"role": "assistant", "content": "The gate is open; I will shut it at nine."}
    usage = {"prompt_tokens": 80, "completion_tokens": 12, "total_tokens": 92}
    with path.open("w") as file:
        for number in range(_ROWS):
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            whole = {"id": f"chatcmpl-{number}", "object": "chat.completion", "created": 1, "model": "m"}
            file.write(json.dumps({**whole, "choices": [choice], "usage": usage}) + "\n")
    figures: Figures = {}
    for jobs in ("1", "2"):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        took = timed(table("--to", "parquet", "-o", str(out), "-j", jobs, str(path)))
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        figures[f"rows a second into Parquet, -j {jobs}"] = round(_ROWS / took)
        figures[f"CPU seconds for a million rows into Parquet, -j {jobs}"] = round(used, 1)
        shutil.rmtree(out)
    path.unlink()
    return figures
