"""python -m tests.bench: unspool and others against a bare loop, as ratios: real life first, then uniform streams."""

import argparse
import fnmatch
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.contenders import COMMANDS, JOBS, MIXED, OTHERS, PLAIN, UNSPOOL, fast_paths, floor, python
from tests.bench.inputs import INPUTS, write_cases, write_huge_line, write_input
from tests.bench.intake import measure_intake
from tests.bench.mix import AGENTS, CAPTURED, IN_A_ROW, MIXES, captured, write_captured, write_chat, write_mix
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
    "m": (1.1, 1.1),
    "n": (1.1, 1.1),
}
"""How much of the floor `rewrite` and `text` are meant to take."""
JQ = ("jq, to content", "jq, to text")
SLOW = "openai's accumulator"
QUADRATIC = ("re-parsing, jiter", "re-parsing, partial-json-parser")
Figures = dict[str, Any]
Measure = Callable[[], Figures]


class Form(NamedTuple):
    """How much is measured, and how often."""

    chunks: int
    """Of each uniform stream."""
    megabytes: int
    """Of each stream like those of real life."""
    runs: int
    pairs: tuple[str, ...]
    """The jobs that are timed with the fast path on and off."""
    plain: tuple[str, ...]
    """The jobs that are timed in plain Python too, where another command is installed."""
    others: tuple[str, ...]
    """The other programs on Chat Completions."""
    left_out: tuple[str, ...] = ()
    """Measures that are taken only where their name is asked for."""


SHORT = Form(
    chunks=40_000,
    megabytes=16,
    runs=3,
    pairs=("text",),
    plain=("text",),
    others=("jq, text", "jq, rewrite"),
    left_out=("agents", "length", "others", "memory", "delay", "streams", "proxy", "many", "check", "table"),
)
"""What fits into 8 minutes on two idle cores: all streams, with the commands that say most."""
FULL = Form(500_000, 25, 5, ("text", "rewrite", "events"), tuple(MIXED), tuple(OTHERS))


def contend(path: Path, commands: dict[str, list[str]], runs: int) -> Times:
    """Times of some contenders on one input."""
    contenders = {name: partial(timed, command, path) for name, command in commands.items()}
    return alternating(contenders, runs)


def mixes(folder: Path, form: Form) -> dict[str, Measure]:
    """The commands on streams like those of real life, captured and generated, against the floor."""
    size = form.megabytes * 1_000_000

    def generated(title: str, name: str, in_a_row: int) -> Figures:
        path = write_mix(folder / "mix", name, in_a_row, size)
        return _measure_mix(title, path, MIXES[name].framing, form)

    def real(title: str, kind: str, in_a_row: int) -> Figures:
        return _measure_mix(title, write_captured(folder / "mix", kind, in_a_row, size), "values", form)

    measures: dict[str, Measure] = {}
    for way, in_a_row in (("mix", 1), ("runs", IN_A_ROW)):
        for kind in filter(captured, CAPTURED):
            title = f"captures of {kind}, {way}"
            measures[title] = partial(real, title, kind, in_a_row)
        for name in MIXES:
            title = f"{name}, {way}"
            measures[title] = partial(generated, title, name, in_a_row)
    return measures


def measure_agents(folder: Path, megabytes: int, runs: int) -> Figures:
    """`text` on streams of agents, as so many times what it takes on the same responses in Chat Completions.

    The number is compared with that of the wire format most like each. The bare loop would not do here: it pays for
    bytes, and `text` for records, pieces and responses, of which a MB of one agent has three times those of another.
    """
    shares: dict[str, float] = {}
    for kind in [*dict.fromkeys(AGENTS.values()), *AGENTS]:
        if captured(kind):
            path = write_captured(folder / "agents", kind, 1, megabytes * 1_000_000)
            inputs = {"start": Path("/dev/null"), "own": path, "chat": write_chat(folder / "chat", path)}
            contenders = {name: partial(processor_time, COMMANDS["text"], source) for name, source in inputs.items()}
            times = alternating(contenders, runs)
            costs = zip(times["start"], times["own"], times["chat"], strict=True)
            shares[kind] = spread([(own - start) / (chat - start) for start, own, chat in costs])["median"]
    return {
        f"captures of {kind}: text / text of chunks, against {relative}": {
            **spread([shares[kind] / shares[relative]]),
            "reach": 1.0,
        }
        for kind, relative in AGENTS.items()
        if kind in shares and relative in shares
    } | {"captures: text / text of chunks": shares}


def _measure_mix(name: str, path: Path, framing: str, form: Form) -> Figures:
    """The figures of one stream; of Chat Completions in lines also those of other programs."""
    runs = min(form.runs, 3)
    commands = {**floor(framing), **MIXED, **fast_paths(form.pairs)}
    if UNSPOOL != PLAIN:
        commands |= {f"{job}, plain": [PLAIN, job] for job in form.plain}
    times = alternating({one: partial(processor_time, command, path) for one, command in commands.items()}, runs)
    if "hat" in name and "ompletions" in name.lower():
        lines = _in_lines(path)
        others = {
            one: partial(processor_time, command, lines)
            for one, command in OTHERS.items()
            if one in form.others and processor_time(command, lines, must_succeed=True)
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
    return figures | _fast_paths(name, times)


def _in_lines(path: Path) -> Path:
    """The data of an event stream in lines, as jq reads them."""
    lines = path.with_suffix(".jsonl")
    with path.open("rb") as source, lines.open("wb") as target:
        target.writelines(line.removeprefix(b"data:").lstrip() for line in source if line[:1] in b"d{")
    return lines


def measure_input(name: str, folder: Path, form: Form) -> Figures:
    """`rewrite` and `text` against the floor, on one input; plain Python too, where another is installed."""
    what, framing, _, share = INPUTS[name]
    path = write_input(folder / name, name, int(form.chunks * share))
    times = contend(path, {**floor(framing), **_some(*JOBS), **fast_paths(form.pairs)}, form.runs)
    path.unlink()
    figures: Figures = {}
    for job in JOBS:
        most = REACH.get(name, (None, None))[job.startswith("text")]
        figures[f"({name}) {what}: {job} / floor"] = {**ratio(times, job, "floor"), "reach": most}
    figures[f"({name}) {what}: loads / floor"] = ratio(times, "loads", "floor")
    figures |= _fast_paths(f"({name})", times)
    figures[f"({name}) seconds"] = {job: round(statistics.median(took), 3) for job, took in times.items()}
    return figures


def _fast_paths(name: str, times: Times) -> Figures:
    """How long each job takes with the fast path, as a share of the time without it."""
    return {
        f"{name}: {job} / off": {**ratio(times, job, job.removesuffix("on") + "off"), "reach": 1.05}
        for job in times
        if job.endswith("fast path on")
    }


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
            "option": lambda: timed([UNSPOOL, "text", "--quiet", str(ten)]),
            "version": lambda: timed([UNSPOOL, "--version"]),
        },
        max(runs * 4, 12),
    )
    return {
        "start of text / empty typer": {**ratio(times, "text", "typer"), "reach": 1.14},
        "start of text with an option / empty typer": {**ratio(times, "option", "typer"), "reach": 1.5},
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


def measures_of(form: Form, folder: Path) -> dict[str, Measure]:
    """All measures by name, in their order."""
    chunks, megabytes, runs = form.chunks, form.megabytes, form.runs
    return {
        **mixes(folder, form),
        "agents": lambda: measure_agents(folder, max(megabytes // 5, 1), min(runs, 3)),
        **{f"input {name}": partial(measure_input, name, folder, form) for name in INPUTS},
        "intake": lambda: measure_intake(folder, chunks, megabytes, runs),
        "length": lambda: measure_length(folder, chunks // 5, runs),
        "others": lambda: measure_others(folder, chunks, runs),
        "start": lambda: measure_start(folder, runs),
        "memory": lambda: measure_memory(folder, chunks),
        "live": lambda: {"live pipe at 200 chunks a second": added_delay("rewrite", 1000, 200)},
        "delay": lambda: measure_delay(folder, 400, runs),
        "streams": lambda: measure_streams(100, runs),
        "proxy": lambda: measure_proxy(runs),
        "many": lambda: measure_many(500, 200),
        "check": lambda: measure_check(folder / "cases", max(chunks // 100, 1), runs),
        "table": lambda: measure_table(folder / "table", chunks, runs),
    }


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="all measures, with more chunks and runs: half an hour")
    parser.add_argument("--chunks", type=int, help="of each uniform stream")
    parser.add_argument("--megabytes", type=int, help="of each stream like those of real life")
    parser.add_argument("--runs", type=int)
    parser.add_argument("--only", metavar="PATTERN", help="measures to take, such as 'input [ag]', '*mix'")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="where the same figures go")
    return parser


def _form(options: argparse.Namespace) -> Form:
    """The short or the full form, with the sizes that the options name."""
    form = FULL if options.full else SHORT
    sizes = {name: getattr(options, name) for name in ("chunks", "megabytes", "runs")}
    return form._replace(**{name: size for name, size in sizes.items() if size})


def main() -> None:
    """Measure, print a table, write the same as JSON where asked; progress goes to standard error."""
    parser = _options()
    options = parser.parse_args()
    form = _form(options)
    figures: Figures = {**machine(), "chunks": form.chunks, "runs": form.runs}
    show(figures)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        measures = measures_of(form, Path(name))
        chosen = [one for one in measures if _is_chosen(one, options.only, form)]
        if not chosen:
            parser.error(f"no measure is named so; there are {'; '.join(measures)}")
        for place, one in enumerate(chosen, 1):
            print(f"[{place}/{len(chosen)}, {time.monotonic() - began:.0f} s] {one}", file=sys.stderr, flush=True)
            found = measures[one]()
            show(found)
            figures |= found
    options.json.write_text(json.dumps(figures, indent=2) + "\n")


def _is_chosen(name: str, pattern: str | None, form: Form) -> bool:
    return fnmatch.fnmatchcase(name, pattern) if pattern else name not in form.left_out


if __name__ == "__main__":
    main()
