"""Documentation is run: the console and Python blocks of all pages, and the tables of options and exit codes."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml
from tests.serving import Answer, provider
from tests.support import ROOT, run_here, run_with

from unspool.commands._parser import COMMANDS as COMMAND_NAMES
from unspool.exits import ExitCode

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
        *sorted((ROOT / "docs").rglob("*.md")),
    ]
}
UNRUNNABLE = ("curl ", "export ")  # a provider, or what the next command is given here
LIVE = ("--prompt", "--request", "unspool chat")
"""What asks a model; here a server that plays one."""


def console_commands(page: str) -> list[tuple[str, str]]:
    """Each ``$ command`` of the page's console blocks, with the output that stands under it."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


COMMANDS = [(page, *command) for page, text in PAGES.items() for command in console_commands(text)]


def without_margins(text: str) -> str:
    """``text`` without the white space around it and at the ends of its lines."""
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def run_shell(command: str, folder: Path = ROOT, **variables: str) -> str:
    """Standard output, then standard error, as a reader of the README would see them."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1", **variables}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout + done.stderr


def run_line(command: str, folder: Path = ROOT, **variables: str) -> str:
    """The same; a command of unspool that needs no shell runs in this process, which takes a tenth of the time."""
    words = shlex.split(command)
    if words[0] != "unspool" or re.search(r"[|<>;&$*`\\]", command):
        return run_shell(command, folder, **variables)
    ran = run_with(words[1:], env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1", **variables}, cwd=folder)
    return ran.stdout.decode() + ran.stderr


def ask(command: str, folder: Path) -> str:
    """The same where a model is asked, in a folder of one's own."""
    (folder / "samples").symlink_to(ROOT / "samples")
    (folder / "request.json").write_text('{"messages": [{"role": "user", "content": "When?"}]}')
    answer = Answer([(ROOT / "samples" / "recorded.sse").read_bytes()])
    with provider(answer) as server:
        folders = {"XDG_DATA_HOME": str(folder), "XDG_STATE_HOME": str(folder)}
        return run_line(command, folder, OPENAI_BASE_URL=server.url, UNSPOOL_MODEL="mistral-small-2506", **folders)


@pytest.mark.parametrize(
    ("page", "command", "output"), COMMANDS, ids=[f"{page}: {command}" for page, command, _ in COMMANDS]
)
def test_a_command_prints_the_output_shown_below_it(page: str, command: str, output: str, tmp_path: Path) -> None:
    if command.startswith(UNRUNNABLE):
        assert not output
        return
    if re.search(r"(^|\| )jq ", command) and shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    asks = any(word in command for word in LIVE)
    printed = ask(command, tmp_path) if asks else run_line(command)
    assert without_margins(printed) == without_margins(output)


def test_the_readme_shows_every_command() -> None:
    for name in COMMAND_NAMES:
        assert f"`unspool {name}`" in README
        assert (
            f"$ unspool {name}" in PAGES[f"docs/guide/{name}.md"]
            or f"| unspool {name}" in PAGES[f"docs/guide/{name}.md"]
        )


@pytest.mark.parametrize("page", ["README.md", "docs/index.md"])
def test_the_first_pages_need_no_checkout(page: str) -> None:
    """A reader has installed unspool, and is in an empty folder."""
    assert not [command for command, _ in console_commands(PAGES[page]) if "samples/" in command]


def test_the_readme_stays_short() -> None:
    assert len(README.splitlines()) <= 135


PYTHON = {
    "README.md": "Your table is booked.\nSee you 👋!".encode(),
    "docs/reference/python.md": (
        "Your table is booked.\nSee you 👋!"
        "The gate is open; I\u2019ll shut it at nine.\n"
        "anthropic The gate is open; I\u2019ll shut it at nine.\n None\n"
        "{'city': 'Par'}\n"
    ).encode(),
}
"""What the Python blocks of a page print."""


@pytest.mark.parametrize("page", PYTHON)
def test_the_python_of_a_page_runs(page: str) -> None:
    found = re.findall(r"```python\n(.*?)```", PAGES[page], re.DOTALL)
    stream = (ROOT / "cli" / "unspool" / "examples" / "message").read_bytes()
    printed = b""
    for block in found:
        printed += subprocess.run(
            [sys.executable, "-c", block], cwd=ROOT, input=stream, capture_output=True, timeout=60, check=True
        ).stdout
        assert len(block.splitlines()) <= 15
    assert printed == PYTHON[page]


def test_the_python_of_the_readme_prints_each_message_alone() -> None:
    block = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0]
    stream = (ROOT / "cli" / "unspool" / "examples" / "messages").read_bytes()
    ran = subprocess.run([sys.executable, "-c", block], input=stream, capture_output=True, timeout=60, check=True)
    assert ran.stdout == b"The build is green.\nRelease notes are in your inbox."
    assert ran.stderr == b""


def test_the_reference_names_every_option_and_exit_code() -> None:
    pages = [run_here([name, "--help"]).stdout.decode() for name in COMMAND_NAMES]
    options = set(re.findall(r"--[a-z][a-z0-9-]+", "".join(pages))) - {"--help"}
    assert {option for option in options if f"`{option}" not in PAGES["docs/reference/options.md"]} == set()
    for code in ExitCode:
        assert re.search(rf"^\|.*\b{code.value}\b.*\|", PAGES["docs/reference/exit-codes.md"], re.MULTILINE)


def blocks(language: str) -> list[str]:
    """The blocks in one language on the page of `unspool check`."""
    return re.findall(rf"```{language}\n(.*?)```", PAGES["docs/guide/check.md"], re.DOTALL)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Somebody's project: a repository with two cases in it, the first of which can be made to fail."""
    (tmp_path / "samples").mkdir()
    for name in ("plain.jsonl", "plain.expected.txt", "booking.jsonl", "booking.expected.txt"):
        shutil.copy(ROOT / "samples" / name, tmp_path / "samples")
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    return tmp_path


def break_a_case(project: Path) -> None:
    (project / "samples" / "plain.expected.txt").write_text("Something else.\n")


def run_in(project: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command where unspool is installed, as in a CI job."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    variables = {**os.environ, "PATH": path, "CI": "true", "PRE_COMMIT_HOME": str(project / ".cache")}
    return subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, timeout=60, check=False)


def test_the_github_steps_of_the_page_run(project: Path) -> None:
    install, check = [step["run"] for step in yaml.safe_load(blocks("yaml")[0])]
    assert install == "pip install unspool"  # which is there already, and the one under test
    assert run_in(project, ["bash", "-e", "-c", check]).returncode == 0
    report = ET.parse(project / "report.xml").getroot()
    assert (report.get("tests"), report.get("failures")) == ("2", "0")
    break_a_case(project)
    ran = run_in(project, ["bash", "-e", "-c", check])
    assert ran.returncode == 1
    assert "1 failed" in ran.stderr
    assert ET.parse(project / "report.xml").getroot().get("failures") == "1"


def test_the_makefile_line_of_the_page_runs(project: Path) -> None:
    (line,) = blocks("make")
    (project / "Makefile").write_text(line)
    assert "\n2 cases: 2 ok\n" in run_in(project, ["make", "check"]).stdout
    break_a_case(project)
    assert run_in(project, ["make", "check"]).returncode == 2  # make's word for a failed line


def test_the_pre_commit_hook_of_the_page_runs(project: Path) -> None:
    (project / ".pre-commit-config.yaml").write_text(f"repos:\n{blocks('yaml')[1]}")
    subprocess.run(["git", "-C", str(project), "add", "--all"], check=True)
    command = [sys.executable, "-m", "pre_commit", "run"]
    assert run_in(project, command).returncode == 0
    break_a_case(project)
    subprocess.run(["git", "-C", str(project), "add", "--all"], check=True)
    ran = run_in(project, command)
    assert ran.returncode == 1
    assert "FAIL  samples/plain.jsonl" in ran.stdout


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", PAGES[page]):
        assert ((ROOT / page).parent / target).exists(), target
