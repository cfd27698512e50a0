"""Completion in a shell: what a Tab offers, the scripts, and homes and shells that do not play along."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.commands.processes import plain_environment
from tests.support import UNSPOOL, run_installed, run_with

ON_PATH = f"{UNSPOOL.parent}{os.pathsep}{os.environ['PATH']}"


def offered(line: str, **variables: str) -> list[str]:
    """What bash would offer for the last word of a line."""
    asked = {"_UNSPOOL_COMPLETE": "complete_bash", "_TYPER_COMPLETE_ARGS": line}
    ran = run_with([], env=plain_environment(**asked, **variables))
    assert (ran.code, ran.stderr) == (0, "")
    return ran.stdout.decode().split()


def in_bash(line: str) -> list[str]:
    """What bash would put in place of its last word, which it divides at ``=``, ``:`` and ``@``, too."""
    words = re.findall(r"[=:@]+|[^\s=:@]+", line) + ([""] if line.endswith(" ") else [])
    script = (
        f". docs/completions/unspool.bash; COMP_LINE={shlex.quote(line)}; COMP_POINT={len(line)}; "
        f"COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}; "
        '_unspool_completion unspool; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    ran = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=True, env=plain_environment(PATH=ON_PATH)
    )
    return ran.stdout.split()


def test_commands_options_and_values_are_offered() -> None:
    assert offered("unspool re") == ["rewrite"]
    assert {"text", "sample", "help"} <= set(offered("unspool "))
    assert offered("unspool text --th") == ["--thoughts", "--thoughts-argument"]
    assert offered("unspool text --thoughts re") == ["reasoning"]
    assert offered("unspool rewrite --to ") == ["jsonl", "sse", "json"]
    assert offered("unspool text --from ope") == ["opencode", "openai-agents"]
    assert offered("unspool sample m") == ["message", "messages"]
    assert offered("unspool --ver") == ["--version"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("unspool help t", ["text", "table"]),
        ("unspool text --from=ope", ["--from=opencode", "--from=openai-agents"]),
        ("unspool text --tool ", ["auto"]),
        ("unspool text --encoding utf-1", ["utf-16"]),
        ("unspool table --columns model,fi", ["model,finish", "model,first_text_s"]),
        ("unspool table --columns=finish,fi", ["--columns=finish,first_text_s"]),
        ("unspool view --only ", ["messages", "tools", "thoughts"]),
        ("unspool stats --fail first", ["first_chunk", "first_text"]),
        ("unspool serve --fault s", ["stall@", "split:", "slow:", "status:"]),
        ("unspool serve --fault quirk:F1", ["quirk:F1", "quirk:F10"]),
        ("unspool serve --fault-when p", ["path="]),
        ("unspool text --record=a", []),
        ("unspool text 'a b' --thoughts re", ["reasoning"]),
    ],
)
def test_values_that_the_parser_does_not_know_are_offered(line: str, expected: list[str]) -> None:
    assert offered(line) == expected


def test_a_script_of_an_earlier_version_is_answered() -> None:
    asked = {"_UNSPOOL_COMPLETE": "complete_bash", "COMP_WORDS": "unspool\ntext\n--thoughts\nre", "COMP_CWORD": "3"}
    ran = run_installed([], env=plain_environment(**asked))
    assert (ran.code, ran.stdout, ran.stderr) == (0, b"reasoning\n", "")


def test_quirk_numbers_are_offered() -> None:
    assert {"T1", "T11"} <= set(offered("unspool lint --explain T1"))


def test_session_names_are_offered(tmp_path: Path) -> None:
    sessions = tmp_path / "unspool" / "sessions"
    sessions.mkdir(parents=True)
    (sessions / "trip.json").write_text("{}")
    assert offered("unspool chat --session t", XDG_DATA_HOME=str(tmp_path)) == ["trip"]
    assert offered("unspool chat --session x", XDG_DATA_HOME=str(tmp_path)) == []


@pytest.mark.parametrize("variables", [{"HOME": "/nonexistent"}, {"XDG_DATA_HOME": "/proc/none"}, {"LC_ALL": "C"}])
def test_nothing_is_said_where_there_is_nothing_to_offer(variables: dict[str, str]) -> None:
    assert offered("unspool chat --session t", **variables) == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_with_the_script() -> None:
    script = (
        'eval "$(cat docs/completions/unspool.bash)"; COMP_WORDS=(unspool rew); COMP_CWORD=1; '
        '_unspool_completion unspool; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    ran = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=True, env=plain_environment(PATH=ON_PATH)
    )
    assert ran.stdout == "rewrite\n"


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("unspool text --from=openai", ["openai-agents"]),
        ("unspool text --thoughts=", ["drop", "reasoning"]),
        ("unspool serve --fault quirk:F1", ["F1", "F10"]),
        ("unspool serve --fault=quirk:F1", ["F1", "F10"]),
        ("unspool text --thoughts re", ["reasoning"]),
        ("unspool ev", ["events"]),
    ],
)
def test_bash_gets_what_is_behind_its_last_divider(line: str, expected: list[str]) -> None:
    assert in_bash(line) == expected


@pytest.mark.parametrize(("line", "command"), [("--record=a", "compset -P '*='; _files"), ("a", "_files")])
def test_zsh_offers_files_also_behind_an_equals_sign(line: str, command: str) -> None:
    asked = {"_UNSPOOL_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": f"unspool text {line}"}
    assert run_installed([], env=plain_environment(**asked)).stdout.decode().strip() == command


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_completes_at_the_first_tab_with_the_script_as_a_function() -> None:
    """``compinit`` loads ``_unspool`` from ``fpath`` at the first Tab, and runs the file as that function."""
    script = (
        "fpath=(docs/completions); autoload _unspool; _arguments() { print -r -- $@ }; compdef() { print compdef; }; "
        "words=(unspool text --thoughts-a); CURRENT=3; _unspool; . docs/completions/_unspool"
    )
    ran = subprocess.run(
        ["zsh", "-fc", script], capture_output=True, text=True, check=True, env=plain_environment(PATH=ON_PATH)
    )
    offered_first, registered = ran.stdout.splitlines()
    assert '"--thoughts-argument"' in offered_first
    assert registered == "compdef"


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_completion_is_installed_for_the_shell_that_asks(tmp_path: Path) -> None:
    variables = plain_environment(PATH=ON_PATH, HOME=str(tmp_path))
    command = ["bash", "-c", "unspool --install-completion; true"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=variables)
    assert (ran.stdout, ran.stderr.startswith("unspool: completion for bash is in ")) == ("", True)
    assert ".bash_completions" in (tmp_path / ".bashrc").read_text()


@pytest.mark.parametrize("asked", [["--help"], ["-h"], ["--version"], ["text", "--help"]])
@pytest.mark.parametrize("option", ["--install-completion", "--show-completion"])
def test_help_and_version_win_and_nothing_is_installed(option: str, asked: list[str], tmp_path: Path) -> None:
    variables = plain_environment(HOME=str(tmp_path), SHELL="/bin/bash")
    ran = run_with([option, *asked], env=variables)
    assert ran == run_with(asked, env=variables)
    assert (ran.code, list(tmp_path.iterdir())) == (0, [])


def test_a_shell_without_completion_is_named() -> None:
    ran = run_installed(["--show-completion"], env=plain_environment(SHELL="/bin/tcsh"))
    assert ran.code in (0, 2)  # 0 where the tests were started from a shell that has one
    assert ran.stdout or "there is no completion for" in ran.stderr


def test_a_home_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    variables = plain_environment(PATH=ON_PATH, HOME=str(tmp_path / "file"))
    command = ["bash", "-c", "unspool --install-completion; echo $?"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=variables)
    assert ran.stdout == "5\n"
    assert ran.stderr.count("\n") == 1
    assert "--show-completion prints the script" in ran.stderr
