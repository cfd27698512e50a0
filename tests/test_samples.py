"""The samples are documentation that runs: each gives what stands beside it."""

import re
import shlex
from pathlib import Path

import pytest
from tests.support import ROOT, Ran, run_here, run_installed

SAMPLES = ROOT / "samples"
CAPTURES = sorted(p for p in SAMPLES.iterdir() if p.suffix in (".jsonl", ".sse") and ".expected." not in p.name)
EXPECTED = {"text": "expected.txt", "rewrite": "expected.jsonl", "events": "expected.events.jsonl"}
BESIDE = {*EXPECTED.values(), "expected.exit", "args"}


def beside(capture: Path, kind: str) -> Path:
    return capture.with_name(f"{capture.stem}.{kind}")


def arguments_of(capture: Path) -> list[str]:
    path = beside(capture, "args")
    return shlex.split(path.read_text()) if path.exists() else []


def code_of(capture: Path) -> int:
    path = beside(capture, "expected.exit")
    return int(path.read_text()) if path.exists() else 0


RUNS = [
    pytest.param(capture, command, id=f"{capture.stem}-{command}")
    for capture in CAPTURES
    for command, kind in EXPECTED.items()
    if command != "events" or beside(capture, kind).exists()
]
SOUND = [pytest.param(capture, id=capture.stem) for capture in CAPTURES if code_of(capture) == 0]


_HINTS = (": no message; ", ": no effect in ")


def check(ran: Ran, capture: Path, command: str) -> None:
    assert ran.stdout == beside(capture, EXPECTED[command]).read_bytes()
    assert ran.code == code_of(capture)
    faults = [line for line in ran.stderr.splitlines() if not any(hint in line for hint in _HINTS)]
    assert (faults == []) == (ran.code == 0), ran.stderr


@pytest.mark.parametrize(("capture", "command"), RUNS)
def test_a_sample_gives_what_stands_beside_it_in_process(capture: Path, command: str) -> None:
    check(run_here([command, *arguments_of(capture), str(capture)]), capture, command)


def test_the_installed_command_checks_all_samples() -> None:
    """As `make test` does: the samples are cases of `unspool check`, which here must agree with the tests above."""
    ran = run_installed(["check", "samples"], cwd=ROOT)
    lines = [f"ok    samples/{capture.name}" for capture in sorted(CAPTURES, key=lambda one: one.stem)]
    assert ran == Ran(0, "\n".join([*lines, f"{len(lines)} cases: {len(lines)} ok", ""]).encode(), "")


@pytest.mark.parametrize("capture", SOUND)
def test_rewritten_output_holds_nothing_to_rewrite_r1(capture: Path) -> None:
    """R1: no message call is left in it, so a second pass gives the same bytes, with the sample's options or none."""
    rewritten = beside(capture, "expected.jsonl").read_bytes()
    for arguments in (arguments_of(capture), []):
        assert run_here(["rewrite", *arguments], rewritten) == Ran(0, rewritten, "")


def test_there_are_samples_enough() -> None:
    assert len(CAPTURES) >= 20
    assert len({capture.stem for capture in CAPTURES}) == len(CAPTURES)


def test_each_capture_has_its_two_expectations() -> None:
    for capture in CAPTURES:
        for command in ("text", "rewrite"):
            assert beside(capture, EXPECTED[command]).is_file(), (capture.name, command)


def test_nothing_stands_without_its_capture() -> None:
    known = {capture.name for capture in CAPTURES} | {f"{c.stem}.{kind}" for c in CAPTURES for kind in BESIDE}
    assert {path.name for path in SAMPLES.iterdir()} - known == {"README.md"}


def test_an_exit_code_is_written_down_only_where_it_is_not_zero() -> None:
    written = list(SAMPLES.glob("*.expected.exit"))
    assert {path.read_text() for path in written} <= {"3\n", "4\n", "5\n"}
    assert {int(path.read_text()) for path in written} == {3, 4, 5}  # one sample at least for each


def test_the_readme_names_each_sample_once() -> None:
    named = re.findall(r"^- `([^`]+)`: \S", (SAMPLES / "README.md").read_text(), re.MULTILINE)
    assert sorted(named) == [capture.name for capture in CAPTURES]


def test_the_readme_names_the_options_and_the_exit_code_of_a_sample() -> None:
    lines = re.findall(r"^- `([^`]+)`: (.*)$", (SAMPLES / "README.md").read_text(), re.MULTILINE)
    for name, line in lines:
        capture = SAMPLES / name
        assert " ".join(arguments_of(capture)) in line
        assert re.findall(r"exit code (\d)", line) == ([str(code_of(capture))] if code_of(capture) else [])


def test_samples_stay_small() -> None:
    for capture in CAPTURES:
        assert capture.read_bytes().count(b"\n") <= 60, capture.name
