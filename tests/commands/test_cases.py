"""Every case of the table: in process, and one of each kind through the installed command.

For each run of the command, right or wrong: standard output holds the payload
alone, and standard error one plain line for each thing that went wrong.
"""

import itertools
import os
import re
import subprocess
from pathlib import Path

import pytest
from tests.commands import cases
from tests.commands.cases import CASES, Case
from tests.support import ROOT, UNSPOOL, Ran, jsonl, message_call, run_here, run_installed

PLAIN_LINE = re.compile(
    "unspool: [^\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e007f]+"
)
PARTS = {
    "silent": (1, cases.SILENT),
    "bad": (3, cases.BAD_LINE + cases.SILENT),
    "arguments": (3, jsonl(message_call(["[1]"]))),
    "cut": (4, jsonl(cases.OTHER[:2])),
    "error": (5, jsonl([{"error": {"message": "no"}}])),
    "missing": (5, None),
}


@pytest.fixture(autouse=True)
def _plain_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty directory, and no variable of the person who runs the tests."""
    for name in [*os.environ]:
        if name.startswith("UNSPOOL_") or name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def prepare(case: Case, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, data in case.files.items():
        (directory / name).write_bytes(data)
    for name, value in case.variables.items():
        monkeypatch.setenv(name, value)


def check(case: Case, ran: Ran) -> None:
    *lines, rest = ran.stderr.split("\n")
    assert ran.code == case.code, ran.stderr
    assert ran.stdout == case.stdout
    assert rest == ""
    assert len(lines) == len(case.stderr), ran.stderr
    for line, fragments in zip(lines, case.stderr, strict=True):
        check_line(line, fragments)


def check_line(line: str, fragments: tuple[str, ...]) -> None:
    assert PLAIN_LINE.fullmatch(line), line
    first, *others = fragments
    assert line.startswith(f"unspool: {first}")
    position = len(f"unspool: {first}")
    for fragment in others:
        found = line.find(fragment, position)
        assert found >= 0, f"{fragment!r} is not (at its place) in {line!r}"
        position = found + len(fragment)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case_in_process(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(case, tmp_path, monkeypatch)
    check(case, run_here(case.arguments, case.stdin))


KINDS = {(*case.arguments[:1], case.code): case for case in reversed(CASES)}
"""The first case of each command and exit code: a process only hands over its arguments, streams and code."""


@pytest.mark.parametrize("case", KINDS.values(), ids=lambda case: case.name)
def test_case_through_the_installed_command(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(case, tmp_path, monkeypatch)
    check(case, run_installed(case.arguments, case.stdin))


def test_names_tell_cases_apart() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def subsets() -> list[tuple[str, ...]]:
    return [names for size in range(1, len(PARTS) + 1) for names in itertools.combinations(PARTS, size)]


@pytest.mark.parametrize("backwards", [False, True], ids=["worse later", "worse first"])
@pytest.mark.parametrize("command", ["text", "rewrite", "events"])
def test_the_worst_of_all_sources_is_the_exit_code(command: str, backwards: bool, tmp_path: Path) -> None:
    """Exit codes: 5 before 4 before 3 before 1, whatever the order; and a line for each but the last."""
    for name, (_, data) in PARTS.items():
        if data is not None:
            (tmp_path / name).write_bytes(data)
    for names in subsets():
        order = names[::-1] if backwards else names
        ran = run_here([command, "-e", *order])
        assert ran.code == max(PARTS[name][0] for name in names), names
        sources = [line.split(": ")[1] for line in ran.stderr.splitlines() if "no message; " not in line]
        assert sources == [name for name in order if PARTS[name][0] > 1], names


@pytest.mark.parametrize("command", ["text", "rewrite", "events"])
def test_colour_variables_change_nothing(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """FORCE_COLOR and its like: filters have no colours, neither in the output nor in their messages."""
    plain = run_installed([command], cases.BAD)
    monkeypatch.setenv("FORCE_COLOR", "3")
    monkeypatch.setenv("CLICOLOR_FORCE", "1")
    assert run_installed([command], cases.BAD) == plain
    assert "\x1b" not in run_installed([command, "--nonsense"]).stderr


@pytest.mark.parametrize("stream", [cases.BAD, cases.ARGUMENTS], ids=["record", "arguments"])
def test_a_line_tells_what_strict_does(stream: bytes) -> None:
    """A line says whether reading goes on, and is not to say so where it stopped."""
    lenient, strict = (run_here(arguments, stream).stderr for arguments in (["text"], ["text", "--strict"]))
    assert "goes on" not in strict
    assert "stopped" not in lenient
    assert strict != lenient


def test_a_file_in_place_of_a_command_gets_a_hint(tmp_path: Path) -> None:
    """People type `unspool capture.jsonl` first."""
    capture = tmp_path / "capture.jsonl"
    capture.write_bytes(jsonl(message_call(['{"message": "Hi"}'])))
    ran = run_here([str(capture)])
    assert (ran.code, ran.stdout) == (2, b"")
    assert ran.stderr == f"unspool: No such command '{capture}'. To read a file: unspool text {capture}\n"


@pytest.mark.parametrize("sample", ["cut-stream", "broken-arguments", "error-in-stream"])
def test_a_fault_stands_on_a_line_of_its_own_behind_the_text(sample: str) -> None:
    """Where both streams lead to one place, as on a terminal."""
    done = subprocess.run(
        [str(UNSPOOL), "text", str(ROOT / "samples" / f"{sample}.jsonl")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    *text, fault = done.stdout.decode().splitlines()
    assert "\n".join(text) + "\n" == (ROOT / "samples" / f"{sample}.expected.txt").read_text()
    assert fault.startswith("unspool: ")


def test_a_malformed_record_is_told_after_the_text_before_it() -> None:
    """R10: on its own line, though the message goes on behind it, as on a terminal: both go to one place."""
    data = jsonl(message_call(['{"message": "A'], finish=None)) + b"{bad\n"
    done = subprocess.run(
        [str(UNSPOOL)], input=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False
    )
    assert done.stdout.startswith(b"A\nunspool: standard input: record 3 ")


def test_one_tool_has_one_message_argument() -> None:
    ran = run_here(["text", "--tool", "say:a", "--tool", "say:b"])
    assert (ran.code, ran.stderr.count("\n")) == (2, 1)
    assert "one message argument" in ran.stderr
