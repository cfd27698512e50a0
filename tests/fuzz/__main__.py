"""``python -m tests.fuzz [SECONDS [FOLDER]]``: look for inputs that break the invariant, and keep one of each kind.

Inputs come from Atheris, led by coverage, where it is installed (``pip install atheris``); else from Hypothesis, which
mutates the seeds blindly: their bytes, and the members of their JSON, alone and in logs. The exit code is 1 where
anything was found.
"""

import hashlib
import os
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any, NoReturn

from tests.fuzz.mutations import in_a_log, mutated, with_other_members

Check = Callable[[bytes], None]


class Findings:
    """Inputs that break the invariant, the first of each kind in a file, beside its traceback."""

    def __init__(self, check: Check, folder: Path) -> None:
        self._check, self._folder = check, folder
        self._begun = time.monotonic()
        self.kinds: dict[str, int] = {}
        self.inputs = 0

    def run(self, data: bytes) -> None:
        """Check one input."""
        self.inputs += 1
        try:
            self._check(data)
        except Exception as error:
            self._keep(data, error)

    def _keep(self, data: bytes, error: Exception) -> None:
        place = traceback.extract_tb(error.__traceback__)[-1]
        says = re.sub(r"\d+", "N", str(error).partition("\n")[0])[:60]
        kind = f"{type(error).__name__} {Path(place.filename).name}:{place.name} {says}"
        if kind not in self.kinds:
            name = hashlib.sha256(data).hexdigest()[:12]
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / name).write_bytes(data)
            (self._folder / f"{name}.txt").write_text(
                "".join(traceback.format_exception(error)), errors="backslashreplace"
            )
            print(f"found {name}: {kind}", file=sys.stderr, flush=True)
        self.kinds[kind] = self.kinds.get(kind, 0) + 1

    def report(self) -> None:
        """Print what was looked at and found."""
        seconds = time.monotonic() - self._begun
        print(f"{self.inputs} inputs in {seconds:.0f} s, {len(self.kinds)} kinds of finding", flush=True)
        for kind, count in self.kinds.items():
            print(f"{count:6} {kind}", flush=True)


def led_by_coverage(atheris: Any, seconds: int, folder: Path) -> NoReturn:
    """Let libFuzzer choose the inputs, report, and end the process: libFuzzer itself ends it without a report."""
    with atheris.instrument_imports(include=["unspool"]):
        invariant = import_module("tests.fuzz.invariant")
    findings = Findings(invariant.check, folder)
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(invariant.seeds()):
            (Path(corpus) / str(number)).write_bytes(seed)

        def look(data: bytes) -> None:
            if time.monotonic() < end:
                findings.run(data)
                return
            shutil.rmtree(corpus)
            findings.report()
            os._exit(bool(findings.kinds))

        atheris.Setup(
            ["fuzz", f"-max_len={invariant.LONGEST}", "-timeout=60", "-rss_limit_mb=3000", "-verbosity=0", corpus], look
        )
        atheris.Fuzz()
    raise AssertionError("libFuzzer ends the process")


def blind(seconds: int, folder: Path) -> Findings:
    """Mutate the seeds at random, as Hypothesis chooses."""
    from hypothesis import HealthCheck, given, settings  # noqa: PLC0415 - only where Atheris is missing
    from hypothesis import strategies as st  # noqa: PLC0415

    invariant = import_module("tests.fuzz.invariant")
    findings = Findings(invariant.check, folder)
    seeds = list(invariant.seeds())
    end = time.monotonic() + seconds

    @settings(max_examples=200, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(seeds), st.sampled_from(seeds), st.randoms(use_true_random=True))
    def look(first: bytes, second: bytes, random: Random) -> None:
        if time.monotonic() < end:
            changed = random.choice((mutated(first, second, random), with_other_members(first, random)))
            findings.run(random.choice((changed, in_a_log(changed, random))))

    while time.monotonic() < end:
        look()
    return findings


def main() -> None:
    """Fuzz for a while, and report."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else "build/fuzz")
    with suppress(ImportError):
        led_by_coverage(import_module("atheris"), seconds, folder)
    findings = blind(seconds, folder)
    findings.report()
    sys.exit(1 if findings.kinds else 0)


if __name__ == "__main__":
    main()
