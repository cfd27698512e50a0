"""Documentation is run: every console block of the README, its Python, and the tables of options and exit codes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import ROOT, run_installed

from unspool.exits import ExitCode

README = (ROOT / "README.md").read_text()
UNRUNNABLE = ("curl ",)  # needs a provider


def console_commands(page: str) -> list[tuple[str, str]]:
    """Each ``$ command`` of the page's console blocks, with the output that stands under it."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


COMMANDS = console_commands(README)


def without_margins(text: str) -> str:
    """``text`` without the white space around it and at the ends of its lines."""
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def run_shell(command: str) -> str:
    """Standard output, then standard error, as a reader of the README would see them."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(("command", "output"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_a_command_of_the_readme_prints_what_stands_under_it(command: str, output: str) -> None:
    if command.startswith(UNRUNNABLE):
        assert not output
        return
    assert without_margins(run_shell(command)) == without_margins(output)


def test_the_readme_shows_every_command() -> None:
    shown = " ".join(command for command, _ in COMMANDS)
    for name in ("text", "rewrite", "events", "lint"):
        assert f"unspool {name}" in shown


def test_the_python_of_the_readme_runs() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", block], cwd=ROOT, capture_output=True, timeout=60, check=True)
    text = (ROOT / "samples" / "thoughts-first.expected.txt").read_bytes().rstrip(b"\n")
    assert done.stdout == text + b"{'city': 'Par'}\n"
    assert len(block.splitlines()) <= 15


def test_the_readme_names_every_option_and_exit_code() -> None:
    page = run_installed(["text", "--help"]).stdout.decode()
    options = set(re.findall(r"--[a-z][a-z-]+", page)) - {"--help"}
    assert {option for option in options if f"`{option}" not in README} == set()
    for code in ExitCode:
        assert re.search(rf"^\|.*\b{code.value}\b.*\|", README, re.MULTILINE)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/EVENTS.md", "docs/QUIRKS.md"])
def test_links_between_pages_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert ((ROOT / page).parent / target).exists(), target
