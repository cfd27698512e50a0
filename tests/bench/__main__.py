"""python -m tests.bench: unspool and others against a bare loop, as ratios: real life first, then uniform streams."""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.contenders import COMMANDS, FAST_PATHS, JOBS, MIXED, OTHERS, PLAIN, UNSPOOL, floor, python
from tests.bench.inputs import INPUTS, write_cases, write_huge_line, write_input
from tests.bench.intake import measure_intake
from tests.bench.mix import AGENTS, CAPTURED, IN_A_ROW, MIXES, captured, write_captured, write_mix
from tests.bench.proxy import measure_many, measure_proxy
from tests.bench.servers import measure_delay, measure_streams
from tests.bench.table import measure_table
from tests.bench.timing import (
    Times,
    added_delay,
    alternating,
    machine,
    peak_mib,
    processor_time,
    ratio,
    spread,
    timed,
)

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
from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sinks.output import Output
from unspool.sinks.text import TextSink
from unspool.sources.file import FileSource
for path in sorted(Path(sys.argv[1]).glob("*.jsonl")):
    run(FileSource(str(path), None), Settings(), TextSink(Output(io.BytesIO())), print, Summary())
"""
REACH = {
    "a": (0.5, 0.4),
    "b": (0.6, 0.5),
    "c": (0.25, 0.5),
    "d": (0.35, 0.35),
    "f": (0.9, 0.8),
    "g": (0.9, 0.8),
    "h": (0.9, 0.8),
    "i": (2.0, 2.0),
    "j": (2.0, 2.0),
    "k": (2.0, 2.0),
    "l": (2.0, 2.0),
}
"""How much of the floor `rewrite` and `text` are meant to take."""
JQ = ("jq, to content", "jq, to text")
SLOW = "openai's accumulator"
QUADRATIC = ("re-parsing, jiter", "re-parsing, partial-json-parser")
Figures = dict[str, Any]


def contend(path: Path, commands: dict[str, list[str]], runs: int) -> Times:
    """Times of some contenders on one input."""
    contenders = {name: partial(timed, command, path) for name, command in commands.items()}
    return alternating(contenders, runs)


def measure_mixes(folder: Path, megabytes: int, runs: int) -> Figures:
    """The commands on streams like those of real life, generated and captured, against the floor."""
    figures: Figures = {}
    for way, in_a_row in (("mix", 1), ("runs", IN_A_ROW)):
        for name, mix in MIXES.items():
            path = write_mix(folder / "mix", name, in_a_row, megabytes * 1_000_000)
            figures |= _measure_mix(f"{name}, {way}", path, mix.framing, runs)
        for kind in CAPTURED:
            if captured(kind):
                path = write_captured(folder / "mix", kind, in_a_row, megabytes * 1_000_000)
                figures |= _measure_mix(f"captures of {kind}, {way}", path, "values", runs)
    return figures


def measure_agents(folder: Path, megabytes: int, runs: int) -> Figures:
    """`text` on streams of agents: its share of the floor, against that of the wire format most like each."""
    shares: dict[str, float] = {}
    for kind in [*dict.fromkeys(AGENTS.values()), *AGENTS]:
        if captured(kind):
            path = write_captured(folder / "agents", kind, 1, megabytes * 1_000_000)
            commands = {**floor("values"), **_some("text")}
            times = alternating(
                {one: partial(processor_time, command, path) for one, command in commands.items()}, runs
            )
            shares[kind] = ratio(times, "text", "floor")["median"]
            path.unlink()
    return {
        f"captures of {kind}: text / floor, against {relative}": {
            **spread([shares[kind] / shares[relative]]),
            "reach": 1.0,
        }
        for kind, relative in AGENTS.items()
        if kind in shares and relative in shares
    } | {"captures: text / floor": shares}


def _measure_mix(name: str, path: Path, framing: str, runs: int) -> Figures:
    """The figures of one stream; of Chat Completions in lines also those of other programs."""
    commands = {**floor(framing), **MIXED, **FAST_PATHS}
    if UNSPOOL != PLAIN:
        commands |= {f"{job}, plain": [PLAIN, job] for job in MIXED}
    times = alternating({one: partial(processor_time, command, path) for one, command in commands.items()}, runs)
    if "hat" in name and "ompletions" in name.lower():
        lines = _in_lines(path)
        others = {
            one: partial(processor_time, command, lines)
            for one, command in OTHERS.items()
            if processor_time(command, lines, must_succeed=True)
        }
        times |= alternating(others, 1)
        times["floor, once"] = times["floor"][:1]
    path.unlink()
    figures: Figures = {}
    for job in times:
        if job in OTHERS:
            figures[f"{name}: {job} / floor"] = ratio(times, job, "floor, once")
        elif job in MIXED or job.endswith(", plain"):
            figures[f"{name}: {job} / floor"] = ratio(times, job, "floor")
        elif job.endswith(" on"):
            figures[f"{name}: {job} / off"] = {**ratio(times, job, job.removesuffix("on") + "off"), "reach": 1.05}
    return figures


def _in_lines(path: Path) -> Path:
    """The data of an event stream in lines, as jq reads them."""
    lines = path.with_suffix(".jsonl")
    with path.open("rb") as source, lines.open("wb") as target:
        target.writelines(line.removeprefix(b"data:").lstrip() for line in source if line[:1] in b"d{")
    return lines


def measure_inputs(folder: Path, chunks: int, runs: int) -> Figures:
    """`rewrite` and `text` against the floor, on each input; plain Python too, where another is installed."""
    figures: Figures = {}
    for name, (what, framing, _, share) in INPUTS.items():
        path = write_input(folder / name, name, int(chunks * share))
        times = contend(path, {**floor(framing), **_some(*JOBS)}, runs)
        for job in JOBS:
            most = REACH.get(name, (None, None))[job.startswith("text")]
            figures[f"({name}) {what}: {job} / floor"] = {**ratio(times, job, "floor"), "reach": most}
        figures[f"({name}) {what}: loads / floor"] = ratio(times, "loads", "floor")
        figures[f"({name}) seconds"] = {job: round(statistics.median(took), 3) for job, took in times.items()}
        path.unlink()
    return figures


def _some(*names: str) -> dict[str, list[str]]:
    return {name: COMMANDS[name] for name in names}


def measure_length(folder: Path, chunks: int, runs: int) -> Figures:
    """What one chunk of a long response costs, against one of short ones; the start taken off both."""
    few = write_input(folder / "few.jsonl", "a", 10)
    paths = {name: write_input(folder / f"{name}.jsonl", name, chunks) for name in ("a", "e")}
    figures: Figures = {}
    for job in ("rewrite", "text"):
        times = alternating(
            {
                "start": lambda job=job: timed(COMMANDS[job], few),  # type: ignore[misc]
                **{name: lambda job=job, path=path: timed(COMMANDS[job], path) for name, path in paths.items()},  # type: ignore[misc]
            },
            runs,
        )
        start = statistics.median(times["start"])
        costs = [(long - start) / (short - start) for long, short in zip(times["e"], times["a"], strict=True)]
        figures[f"(e) / (a), {job} per chunk"] = {**spread(costs), "reach": 1.1}
    return figures


def measure_others(folder: Path, chunks: int, runs: int) -> Figures:
    """Other ways to do the job, on inputs they can manage, as so many times what unspool takes."""
    many = write_input(folder / "many.jsonl", "a", chunks)
    times = contend(many, _some("rewrite", "text", *JQ), min(runs, 3))
    figures: Figures = {
        f"(a) {name} / {job}": {**ratio(times, name, job), "reach": 8}
        for name, job in zip(JQ, ("rewrite", "text"), strict=True)
    }
    few = write_input(folder / "few.jsonl", "a", chunks // 25)
    figures[f"(a) {SLOW} / rewrite"] = ratio(contend(few, _some("rewrite", SLOW), min(runs, 3)), SLOW, "rewrite")
    one = write_input(folder / "one.jsonl", "e", 10_000)
    times = contend(one, _some("text", *QUADRATIC), min(runs, 2))
    for name in QUADRATIC:
        figures[f"one call of 10,000 fragments: {name} / text"] = ratio(times, name, "text")
    return figures


def measure_start(folder: Path, runs: int) -> Figures:
    """Whole starts, against an empty Typer command."""
    ten = write_input(folder / "ten.jsonl", "a", 10)
    times = alternating(
        {
            "typer": lambda: timed(python(EMPTY_TYPER)),
            "text": lambda: timed([UNSPOOL, "text", str(ten)]),
            "version": lambda: timed([UNSPOOL, "--version"]),
        },
        max(runs * 4, 12),
    )
    return {
        "start of text / empty typer": {**ratio(times, "text", "typer"), "reach": 1.35},
        "start of --version / empty typer": {**ratio(times, "version", "typer"), "reach": 1.35},
        "start, ms": {name: round(1000 * statistics.median(took), 1) for name, took in times.items()},
    }


def measure_memory(folder: Path, chunks: int) -> Figures:
    """Peaks, in MiB: the same for a short and a long stream, and for one line of 64 MiB."""
    figures: Figures = {}
    for count in (20_000, 4 * chunks):
        path = write_input(folder / "memory.jsonl", "a", count)
        figures[f"peak MiB, {count:,} chunks"] = {job: peak_mib(job, path) for job in ("rewrite", "text")}
        path.unlink()
    line = write_huge_line(folder / "line.jsonl", 64)
    figures["peak MiB, a line of 64 MiB"] = {job: peak_mib(job, line) for job in ("rewrite", "text")}
    return figures


def measure_check(folder: Path, cases: int, runs: int) -> Figures:
    """`unspool check` of many small cases in one folder, against the same records through the logic of `text` alone."""
    folder.mkdir()
    write_cases(folder, cases)
    writing = {name: value for name, value in os.environ.items() if name != "CI"}
    subprocess.run([UNSPOOL, "check", "--update", str(folder)], check=True, stdout=subprocess.DEVNULL, env=writing)
    times = alternating(
        {
            "text logic": lambda: timed([str(Path(UNSPOOL).with_name("python")), "-c", TEXT_OF_EACH, str(folder)]),
            "check": lambda: timed([UNSPOOL, "check", str(folder)]),
            "check -j 2": lambda: timed([UNSPOOL, "check", "-j", "2", str(folder)]),
        },
        runs,
    )
    return {
        f"check {cases:,} cases / text logic": ratio(times, "check", "text logic"),
        f"check -j 2 {cases:,} cases / text logic": ratio(times, "check -j 2", "text logic"),
    }


def show(figures: Figures) -> None:
    """A line for each figure: ratios with their spread and what was meant to be reached."""
    for name, value in figures.items():
        if isinstance(value, dict) and "median" in value:
            reach = f"   reach {value['reach']}" if value.get("reach") else ""
            print(f"{name:66} {value['median']:7.2f}   ({value['min']:.2f} - {value['max']:.2f}){reach}", flush=True)
        else:
            print(f"{name:66} {value}", flush=True)


def main() -> None:
    """Measure, print a table, write the same as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=500_000, help="of each input")
    parser.add_argument("--megabytes", type=int, default=25, help="of each stream like those of real life")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="where the same figures go")
    options = parser.parse_args()
    figures: Figures = {**machine(), "chunks": options.chunks, "runs": options.runs}
    show(figures)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measures = (
            lambda: measure_mixes(folder, options.megabytes, min(options.runs, 3)),
            lambda: measure_agents(folder, max(options.megabytes // 5, 1), min(options.runs, 3)),
            lambda: measure_inputs(folder, options.chunks, options.runs),
            lambda: measure_intake(folder, options.chunks, options.megabytes, options.runs),
            lambda: measure_length(folder, options.chunks // 5, options.runs),
            lambda: measure_others(folder, options.chunks, options.runs),
            lambda: measure_start(folder, options.runs),
            lambda: measure_memory(folder, options.chunks),
            lambda: {"live pipe at 200 chunks a second": added_delay("rewrite", 1000, 200)},
            lambda: measure_delay(folder, 400, options.runs),
            lambda: measure_streams(100, options.runs),
            lambda: measure_proxy(options.runs),
            lambda: measure_many(500, 200),
            lambda: measure_check(folder / "cases", max(options.chunks // 100, 1), options.runs),
            lambda: measure_table(folder / "table", options.chunks, options.runs),
        )
        for measure in measures:
            found = measure()
            show(found)
            figures |= found
    options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
