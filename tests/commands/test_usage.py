"""Mistakes on the command line: one line that names what was probably meant."""

from pathlib import Path

import pytest
from tests.support import ROOT, jsonl, message_call, run_here

MESSAGE = jsonl(message_call(['{"message": "Hi"}']))
ASK = "To ask a model: unspool text --prompt TEXT. See `unspool --help`."


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["hello"], f"No such command 'hello'. Did you mean 'help'? {ASK}"),
        (["nonsense"], f"No such command 'nonsense'. {ASK}"),
        (["When does it leave?"], f"No such command 'When does it leave?'. {ASK}"),
        (
            ["text", "--to", "sse"],
            "No such option: --to. It is an option of rewrite, table. See `unspool text --help`.",
        ),
        (["-q", "a b.sse"], "No such option: -q before a command. Name a command first: unspool text -q 'a b.sse'"),
        (["--nonsense"], "No such option: --nonsense. See `unspool --help`."),
        (
            ["text", "--tol"],
            "No such option: --tol (Possible options: --no-tools, --only, --tool). See `unspool text --help`.",
        ),
        (
            ["text", "--pace", "fast"],
            "Invalid value for '--pace': 'fast' is not a number. See `unspool text --help`.",
        ),
        (
            ["text", "--choice", "b"],
            "Invalid value for '--choice': 'b' is not a whole number. See `unspool text --help`.",
        ),
        (["diff", "a"], "Missing argument 'B'. See `unspool diff --help`."),
    ],
)
def test_a_mistake_is_one_line_with_what_was_meant(arguments: list[str], line: str) -> None:
    ran = run_here(arguments)
    assert (ran.code, ran.stdout) == (2, b"")
    assert ran.stderr.rstrip("\n") == f"unspool: {line}"


def test_a_hidden_option_is_of_no_command() -> None:
    """`check` takes --timeout without an effect; nobody is sent there."""
    assert " check" not in run_here(["sample", "--timeout", "1"]).stderr


def test_the_line_that_is_shown_again_can_be_pasted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("it's.sse").write_text("x")
    assert run_here(["it's.sse"]).stderr.endswith("""unspool text 'it'"'"'s.sse'\n""")


def test_the_number_of_a_quirk_in_place_of_a_file_leads_to_its_explanation() -> None:
    assert run_here(["lint", "T11"]).stderr.endswith("to explain a quirk: unspool lint --explain T11\n")


def test_a_directory_leads_to_its_files(tmp_path: Path) -> None:
    ran = run_here(["text", str(tmp_path)])
    assert (ran.code, ran.stderr.partition("; ")[2]) == (
        5,
        "name the files in it; check, serve and table take folders\n",
    )


@pytest.mark.parametrize("command", ["text", "rewrite", "events", "lint"])
@pytest.mark.parametrize(
    "sources", [["malformed-record.jsonl"], ["cut-stream.jsonl", "anthropic.sse"], ["none.jsonl"], []]
)
def test_a_call_without_options_is_as_one_that_is_parsed(command: str, sources: list[str]) -> None:
    paths = [str(ROOT / "samples" / name) for name in sources]
    assert run_here([command, *paths], MESSAGE) == run_here([command, "--", *paths], MESSAGE)


def test_a_variable_is_an_option_of_a_call_without_any(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_here(["text"], MESSAGE).stdout == b"Hi\n"
    monkeypatch.setenv("UNSPOOL_TOOL", "other")
    assert run_here(["text"], MESSAGE).stdout == b""


@pytest.mark.parametrize(
    ("arguments", "option", "needed"),
    [
        (["text", "{}", "-m", "m"], "--model", "--prompt or --request"),
        (["rewrite", "{}", "--no-tools"], "--no-tools", "--prompt or --request"),
        (["view", "{}", "--force"], "--force", "--record"),
        (["serve", "{}", "--seed", "1"], "--seed", "--fault"),
        (["serve", "{}", "--upstream-api", "chat"], "--upstream-api", "--upstream"),
        (["serve", "--upstream", "http://localhost", "--strict"], "--strict", "captures to serve"),
    ],
)
def test_an_option_without_effect_names_what_it_needs(
    tmp_path: Path, arguments: list[str], option: str, needed: str
) -> None:
    source = tmp_path / "a.jsonl"
    source.write_bytes(MESSAGE)
    ran = run_here([str(source) if each == "{}" else each for each in arguments])
    assert (ran.code, ran.stdout) == (2, b"")
    assert ran.stderr.startswith(f"unspool: Invalid value for '{option}': it has no effect without {needed}. ")


def test_an_option_from_the_environment_is_for_the_runs_that_need_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNSPOOL_MODEL", "m")
    source = tmp_path / "a.jsonl"
    source.write_bytes(MESSAGE)
    ran = run_here(["text", "--tool", "send_message", str(source)])
    assert (ran.code, ran.stdout, ran.stderr) == (0, b"Hi\n", "")
