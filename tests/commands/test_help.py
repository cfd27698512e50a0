"""Help is documentation that runs: it names every option, and its example is tried here."""

import os
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main
from tests.commands.processes import plain_environment
from tests.serving import Answer, provider
from tests.support import ROOT, UNSPOOL, Ran, run_here, run_installed, run_with

from unspool.commands._parser import HELPERS, app
from unspool.commands.sample import SAMPLES

GROUP: Any = typer.main.get_command(app)
EVERY: dict[str, Any] = GROUP.commands
COMMANDS = {name: EVERY[name] for name in EVERY if name not in HELPERS}
FILTERS = [name for name in COMMANDS if name != "serve"]
PAGES = [[], *([name] for name in EVERY)]
NOT_FROM_THE_ENVIRONMENT = {
    "--explain",
    "--help",
    "--version",
    "--prompt",
    "--request",
    "--record",
    "--force",
    "--file",
}
NOT_FROM_THE_ENVIRONMENT |= {
    "--session",
    "--follow",
    "--svg",
    "--html",
    "--output",
    "--update",
    "--resume",
    "--continue",
}
SOURCES = {
    "-m",
    "--file",
    "-s",
    "--prompt",
    "--request",
    "--model",
    "--base-url",
    "--api",
    "--system",
    "--no-tools",
    "--follow",
    "-f",
}
RECORDINGS = {"--record", "--force", "--pace", "--max-gap"}


def help_of(command: list[str], columns: int = 100, option: str = "--help") -> Ran:
    return _help_of(*command, option, columns=columns)


@cache
def _help_of(*arguments: str, columns: int) -> Ran:
    return run_with(arguments, env=plain_environment(COLUMNS=str(columns)))


def options_of(command: list[str]) -> list[Any]:
    """The options of a command, as Typer has them."""
    declared = EVERY[command[0]] if command else GROUP
    return [one for one in declared.params if one.param_type_name == "option"]


def example_of(page: str) -> str:
    (example,) = re.findall(r"^ *Example: (\S.*?) *$", page, re.MULTILINE)
    return str(example)


@pytest.mark.parametrize("command", PAGES, ids=str)
def test_help_is_payload(command: list[str]) -> None:
    """It was asked for: on standard output, exit code 0, and no colours where there is no terminal."""
    ran = help_of(command)
    assert (ran.code, ran.stderr) == (0, "")
    assert f"Usage: {shlex.join(['unspool', *command])}" in ran.stdout.decode()
    assert "\x1b" not in ran.stdout.decode()


@pytest.mark.parametrize("command", [[], ["text"], ["help"]], ids=str)
def test_a_process_writes_the_same_help(command: list[str]) -> None:
    assert run_installed([*command, "--help"], env=plain_environment(COLUMNS="100")) == help_of(command)


@pytest.mark.parametrize("command", PAGES, ids=str)
def test_h_is_short_for_help(command: list[str]) -> None:
    assert help_of(command, option="-h") == help_of(command)


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("command", PAGES, ids=str)
def test_help_names_every_option_and_says_what_it_does(command: list[str], columns: int) -> None:
    page = help_of(command, columns).stdout.decode()
    assert options_of(command) or command[0] in HELPERS
    for option in options_of(command):
        if option.hidden:
            continue
        assert option.help, option.name
        for name in [*option.opts, *option.secondary_opts]:
            (line,) = re.findall(
                rf"^  (?:-., )?{re.escape(name)}(?:, --\S+)?(?: .*)?\n(?: {{9}}.*\n)?", page, re.MULTILINE
            )
            assert f"  {' '.join(option.help.split()[:2])}" in line  # its help begins beside it, or below a long name
    assert max(map(len, page.splitlines())) <= columns


def test_help_of_the_app_names_every_command() -> None:
    page = help_of([]).stdout.decode()
    for name, command in EVERY.items():
        first = " ".join(command.help.split("\n\n")[0].split()[:4])
        assert re.search(rf"^  {name} +{re.escape(first)}", page, re.MULTILINE), name


def test_the_commands_are_those_of_the_table_cases() -> None:
    assert {"text", "rewrite", "events", "lint", "check", "diff"} <= set(COMMANDS)


@pytest.mark.parametrize(
    "command", [page for page in PAGES if page != ["serve"]], ids=str
)  # which runs until it is ended
def test_the_example_runs(command: list[str], tmp_path: Path) -> None:
    """In an empty folder, as the shell of somebody who has only installed the package would run it."""
    example = example_of(help_of(command).stdout.decode())
    assert shlex.join(["unspool", *command]) in example
    path = f"{UNSPOOL.parent}{os.pathsep}{os.environ['PATH']}"
    folders = {"XDG_DATA_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    with provider(Answer([(ROOT / "samples" / "recorded.sse").read_bytes()])) as server:  # for those that ask a model
        environment = plain_environment(PATH=path, OPENAI_BASE_URL=server.url, CI="", **folders)
        done = subprocess.run(
            ["bash", "-c", example], cwd=tmp_path, capture_output=True, input=b"When?\n", check=False, env=environment
        )
    assert (done.returncode, done.stderr) == (command == ["diff"], b"")  # its example shows a difference
    assert done.stdout


@pytest.mark.parametrize("command", PAGES, ids=str)
def test_the_example_stays_on_one_line_of_a_usual_terminal(command: list[str]) -> None:
    assert example_of(help_of(command, 80).stdout.decode()) == example_of(help_of(command, 200).stdout.decode())


@pytest.mark.parametrize("command", FILTERS)
def test_every_option_of_a_filter_can_come_from_the_environment(command: str) -> None:
    """UNSPOOL_ and the name of the option, in capitals."""
    for option in options_of([command]):
        (long,) = [name for name in option.opts if name.startswith("--")]
        once = long in NOT_FROM_THE_ENVIRONMENT or (command, long) == ("table", "--to")  # UNSPOOL_TO is that of rewrite
        expected = None if once else f"UNSPOOL_{long[2:].replace('-', '_').upper()}"
        assert option.envvar == expected, long
    assert "UNSPOOL_" in help_of([command]).stdout.decode()


def test_the_filters_take_the_same_options() -> None:
    own = {
        "text": {"--print0"},
        "rewrite": {"--to", "--unwrapped"},
        "lint": {"--explain", "--json"},
        "view": {"--plain", "--svg", "--html", "--calls"},
        "stats": {"--json", "--fail", "--baseline"},
        "chat": {"--plain", "--session", "--continue", "-c"},
        "check": {"--format", "--output", "-o", "--update", "--select", "-k", "--fail-fast", "-x", "--jobs", "-j"}
        | {"--force"},
        "diff": {"--cuts", "--ids", "--ignore", "--json"},
        "table": {"--to", "--output", "-o", "--columns", "--lint", "--jobs", "-j", "--scheduler", "--resume"}
        | {"--time-limit"},
    }
    names = {name: {opt for one in options_of([name]) for opt in one.opts} - own.get(name, set()) for name in FILTERS}
    for name in ("check", "diff"):  # they read captures alone
        names[name] |= SOURCES | RECORDINGS
    for name in ("chat", "diff"):
        names[name] |= {"--separator", "--file"}  # no chunks leave, and a chat has /file
    for name in ("chat", "table"):
        names[name] |= {"--quiet", "-q"}  # a chat shows faults in their place, a table has a column for them
    names["table"] |= {"--choice"}  # each choice has its row
    names["diff"] |= {"--choice", "--thoughts", "--other-tools", "--exit-status", "-e"}  # could change nothing there
    names["chat"] |= {"--prompt", "--request", "--pace", "--max-gap", "--follow", "-f"}  # it asks by itself
    names["chat"] |= {"--unwrap", "--split-by", "--only", "--encoding"}  # an answer has no layer
    names["chat"] |= {"--choice", "--from", "--single-step", "--strict", "--exit-status", "-e"}  # no use there
    for name in FILTERS:
        assert names[name] == names["text"], name


def test_an_option_that_is_wrong_leads_to_the_help() -> None:
    for arguments in (["--nonsense"], ["text", "--nonsense"], ["nonsense"], ["text", "--choice", "x"]):
        ran = run_here(arguments)
        assert (ran.code, ran.stdout) == (2, b"")
        command = " ".join(["unspool", *arguments[:-1][:1]])  # the help of the command that was named
        assert re.fullmatch(rf"unspool: .+[.?] See `{command} --help`\.\n", ran.stderr), ran.stderr


@pytest.mark.parametrize("command", [[], *([name] for name in EVERY)], ids=str)
def test_help_as_a_command_is_the_help(command: list[str]) -> None:
    asked = run_with(["help", *command], env=plain_environment(COLUMNS="80"))
    assert (asked.code, asked.stdout) == (0, help_of(command, 80).stdout)


def test_help_of_what_is_no_command_names_those_that_are() -> None:
    ran = run_here(["help", "nonsense"])
    assert (ran.code, "there is no command nonsense; there are text, rewrite" in ran.stderr) == (2, True)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_a_stream(name: str) -> None:
    data = run_here(["sample", name]).stdout
    assert run_here(["text"], data).code == (4 if name == "cut" else 0)
    assert f"{name:<10}{SAMPLES[name]}" in run_here(["sample"]).stdout.decode()


def test_a_sample_that_is_none_names_those_that_are() -> None:
    ran = run_here(["sample", "nonsense"])
    assert (ran.code, ran.stdout) == (2, b"")
    assert "there is no sample nonsense; there are message, plain" in ran.stderr
