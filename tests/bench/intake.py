"""What the layers around a stream cost: against the bare stream, against other programs, and where there are none."""

import gzip
import json
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.contenders import UNSPOOL
from tests.bench.inputs import write_input
from tests.bench.mix import write_mix
from tests.bench.timing import alternating, processor_time, ratio, timed

WITHOUT_INTAKE = """
import sys
from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sinks.output import Output
from unspool.sinks.text import TextSink
from unspool.sources.file import FileSource
source = FileSource("-", sys.stdin.buffer)
if sys.argv[1] == "parts":
    from unspool.intake.asked import Asked
    from unspool.intake.opening import parts
    source = next(parts(source, Asked(), print))
run(source, Settings(), TextSink(Output(sys.stdout.buffer)), lambda problem: None, Summary())
"""
Figures = dict[str, Any]


def measure_intake(folder: Path, chunks: int, megabytes: int, runs: int) -> Figures:
    """`text` of lines inside those of a log, of gzip, and of a plain stream with and without the intake."""
    mix = write_mix(folder / "mix", "Chat Completions, JSONL", 1, megabytes * 1_000_000)
    streams = {
        "message calls": write_input(folder / "calls.jsonl", "a", chunks),
        "Chat Completions, mix": mix,
    }
    figures: Figures = {}
    for name, path in streams.items():
        figures |= _measure_layers(name, path, runs) | _measure_plain(name, path, runs)
        path.unlink()
    return figures


def _measure_layers(name: str, bare: Path, runs: int) -> Figures:
    text = [UNSPOOL, "text"]
    logs = {"an object": _log(bare, ".object", False), "a string": _log(bare, ".string", True)}
    paths = {"bare": bare, **logs}
    times = alternating({one: partial(processor_time, text, path) for one, path in paths.items()}, runs)
    figures = {f"{name} as {one} of a log / bare": {**ratio(times, one, "bare"), "reach": 1.5} for one in logs}
    zipped = bare.with_suffix(".gz")
    with bare.open("rb") as source, gzip.open(zipped, "wb") as target:
        shutil.copyfileobj(source, target)
    pipe = ["sh", "-c", f"gzip -dc | {UNSPOOL} text"]
    times = alternating({"gzip": lambda: timed(text, zipped), "pipe": lambda: timed(pipe, zipped)}, runs)
    figures[f"{name} in gzip / gzip -dc | unspool text"] = {**ratio(times, "gzip", "pipe"), "reach": 1.25}
    for path in (*logs.values(), zipped):
        path.unlink()
    return figures


def _measure_plain(name: str, path: Path, runs: int) -> Figures:
    ways = {way: [sys.executable, "-c", WITHOUT_INTAKE, way] for way in ("parts", "none")}
    times = alternating({way: partial(processor_time, command, path) for way, command in ways.items()}, runs)
    return {f"{name}, plain: with the intake / without": ratio(times, "parts", "none")}


def _log(bare: Path, suffix: str, in_string: bool) -> Path:
    path = bare.with_suffix(suffix)
    with bare.open() as source, path.open("w") as target:
        for number, line in enumerate(source):
            chunk = json.dumps(line.rstrip("\n")) if in_string else line.rstrip("\n")
            stamp = f"2031-05-04T03:02:01.{number % 1_000_000:06}Z"
            target.write(f'{{"ts":"{stamp}","level":"debug","chunk":{chunk}}}\n')
    return path
