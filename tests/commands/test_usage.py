"""Mistakes on the command line: one line that names what was probably meant."""

import re
from pathlib import Path

import pytest
from tests.support import ROOT, jsonl, message_call, run_here

from unspool.commands._parser import Commands
from unspool.commands._variables import KNOWN, ONCE, PREFIX

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
            "No such option: --tol; did you mean --tool or --only or --no-tools? See `unspool text --help`.",
        ),
        (["table", "--where"], "No such option: --where. See `unspool table --help`."),
        (["-v"], "No such option: -v; did you mean -V? See `unspool --help`."),
        (["version"], "No such command 'version'. Did you mean unspool --version? See `unspool --help`."),
        (["Proxy"], "No such command 'Proxy'. Did you mean unspool serve --upstream URL? See `unspool --help`."),
        (
            ["no.jsonl"],
            "No such command 'no.jsonl'. There is no file of that name either. To read a file: unspool text FILE. "
            "See `unspool --help`.",
        ),
        (
            ["text", "--from", "claude"],
            "Invalid value for '--from': 'claude' is not one of its values; did you mean anthropic or claude-code? "
            "See `unspool text --help`.",
        ),
        (
            ["text", "--record", "no/x.sse"],
            "Invalid value for '--record': there is no folder no. See `unspool text --help`.",
        ),
        (
            ["serve", "README.md", "--report", "no/x.xml"],
            "Invalid value for '--report': there is no folder no. See `unspool serve --help`.",
        ),
        *(
            (
                [*command, option, "-"],
                f"Invalid value for '{option}': - is not standard output here; name a file or folder "
                f"(./- for one of that name). See `unspool {command[0]} --help`.",
            )
            for command, option in [
                (["text"], "--record"),
                (["view"], "--html"),
                (["view"], "--svg"),
                (["table"], "--output"),
                (["serve", "README.md"], "--report"),
                (["serve", "--upstream", "http://127.0.0.1:9/v1"], "--record"),
            ]
        ),
        (
            ["text", "--record", "/"],
            "Invalid value for '--record': / is a folder. See `unspool text --help`.",
        ),
        (
            ["text", "--prompt", "Hi", "--request", "x"],
            "files, --prompt and --request exclude each other. See `unspool text --help`.",
        ),
        (
            ["text", "--from", "anthropc"],
            "Invalid value for '--from': 'anthropc' is not one of its values; did you mean anthropic? "
            "See `unspool text --help`.",
        ),
        (
            ["text", "--from", "OpenAI"],
            "Invalid value for '--from': 'OpenAI' is not one of its values; did you mean chat? "
            "See `unspool text --help`.",
        ),
        (
            ["text", "--from", "har"],
            "Invalid value for '--from': 'har' is around a stream, and detected; leave the option out. "
            "See `unspool text --help`.",
        ),
        (
            ["rewrite", "--to", "ndjson"],
            "Invalid value for '--to': 'ndjson' is not one of 'jsonl', 'sse', 'json'; did you mean jsonl? "
            "See `unspool rewrite --help`.",
        ),
        (
            ["text", "--thoughts", "show"],
            "Invalid value for '--thoughts': 'show' is not one of 'drop', 'reasoning'. See `unspool text --help`.",
        ),
        (
            ["text", "--encoding", "utf9"],
            "Invalid value for '--encoding': there is no text encoding utf9; did you mean utf-8? "
            "See `unspool text --help`.",
        ),
        (
            ["help", "rewrit"],
            "Invalid value for 'COMMAND': there is no command rewrit; did you mean rewrite? See `unspool help --help`.",
        ),
        (
            ["sample", "mesage"],
            "Invalid value for 'NAME': there is no sample mesage; did you mean message? There are message, plain, "
            "tool, messages, quirks, recorded, cut, steps. See `unspool sample --help`.",
        ),
        (
            ["text", "--pace", "fast"],
            "Invalid value for '--pace': 'fast' is not a number. See `unspool text --help`.",
        ),
        (
            ["text", "--choice", "b"],
            "Invalid value for '--choice': 'b' is not a whole number. See `unspool text --help`.",
        ),
        (["text", "--choice", "-1"], "Invalid value for '--choice': -1 must be 0 or more. See `unspool text --help`."),
        (["text", "--pace", "0"], "Invalid value for '--pace': 0.0 must be more than 0. See `unspool text --help`."),
        (
            ["serve", "--port", "80000"],
            "Invalid value for '--port': 80000 must be from 0 to 65,535. See `unspool serve --help`.",
        ),
        *(
            (
                [command, option, "nan"],
                f"Invalid value for '{option}': nan is no number. See `unspool {command} --help`.",
            )
            for command, option in (("text", "--pace"), ("text", "--max-gap"), ("table", "--time-limit"))
        ),
        (
            ["table", "--time-limit", "inf"],
            "Invalid value for '--time-limit': inf must be from 0.001 to 1,000,000. See `unspool table --help`.",
        ),
        (["diff", "a"], "Missing argument 'B'. See `unspool diff --help`."),
    ],
)
def test_a_mistake_is_one_line_with_what_was_meant(arguments: list[str], line: str) -> None:
    ran = run_here(arguments)
    assert (ran.code, ran.stdout) == (2, b"")
    assert ran.stderr.rstrip("\n") == f"unspool: {line}"


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["text", "--prompt", "a", "--prompt", "a"], "--prompt"),
        (["text", "--choice", "0", "--choice=1"], "--choice"),
        (["events", "--unwrap", "a", "--unwrap", "b"], "--unwrap"),
        (["view", "--html", "a", "--html", "b"], "--html"),
        (["table", "-o", "a", "--output", "b"], "--output"),
        (["serve", "--seed", "1", "--seed", "2"], "--seed"),
    ],
)
def test_an_option_whose_first_value_would_be_lost_is_refused_the_second_time(
    arguments: list[str], option: str
) -> None:
    ran = run_here(arguments)
    assert (ran.code, ran.stdout) == (2, b"")
    assert ran.stderr.startswith(f"unspool: {option} is given 2 times, and takes one value. See ")


def test_the_last_value_of_a_setting_counts() -> None:
    """An alias may have a default."""
    assert run_here(["rewrite", "--to", "sse", "--to", "jsonl"], MESSAGE).stdout.startswith(b"{")
    assert run_here(["text", "--tool", "a", "--tool", "send_message"], MESSAGE).stdout == b"Hi\n"
    assert run_here(["text", "-q", "-q", "--strict", "--strict"], MESSAGE).stdout == b"Hi\n"


def test_a_missing_file_leads_to_one_with_a_similar_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tram.jsonl").write_bytes(MESSAGE)
    Path("a").mkdir()
    Path("a/bo\x1bat.sse").write_bytes(MESSAGE)
    similar = {"trm.jsonl": "tram.jsonl", "./tram.json": "./tram.jsonl", "a/boat.sse": "a/bo\\u001bat.sse"}
    for given, meant in similar.items():
        for command in (["text", given], ["diff", given, "tram.jsonl"]):
            ran = run_here(command)
            assert (ran.code, ran.stdout) == (5, b"")
            assert ran.stderr == f"unspool: {given}: No such file or directory; did you mean {meant}?\n"
    assert run_here(["text", "no/tram.jsonl"]).stderr.endswith("; check the source and run again\n")


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


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("UNSPOOL_CHOICE", "x", "'x' is not a whole number"),
        ("UNSPOOL_ENCODING", "zz", "there is no text encoding zz"),
        ("UNSPOOL_TOOL", ":", "':' is not NAME or NAME:ARGUMENT"),
        ("UNSPOOL_QUIET", "maybe", "'maybe' is not a valid boolean"),
    ],
)
def test_a_bad_value_is_blamed_on_the_variable_that_has_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, line: str
) -> None:
    monkeypatch.setenv(variable, value)
    ran = run_here(["text"], MESSAGE)
    assert (ran.code, ran.stdout) == (2, b"")
    assert ran.stderr.startswith(f"unspool: Invalid value of {variable}: {line}")
    option = "--" + variable.removeprefix("UNSPOOL_").lower()
    if option != "--quiet":  # on the line the option is to blame, whatever the variable has
        assert f"Invalid value for '{option}'" in run_here(["text", option, value], MESSAGE).stderr


def test_max_gap_needs_a_pace() -> None:
    """The view draws recordings at their pace; a variable is for other runs, too."""
    ran = run_here(["text", "--max-gap", "1"], MESSAGE)
    assert (ran.code, ran.stdout) == (2, b"")
    assert "'--max-gap': it has no effect without --pace" in ran.stderr
    assert run_here(["view", "--max-gap", "1"], MESSAGE).stdout == b"Hi\n"


@pytest.mark.parametrize("body", ["{}", '{"model": "m", "stream": true}'])
def test_a_file_without_a_request_is_named(tmp_path: Path, body: str) -> None:
    (tmp_path / "r.json").write_text(body)
    ran = run_here(["text", "--request", str(tmp_path / "r.json")])
    assert ran.code == 2
    assert "r.json: no request: it has none of messages, input, prompt." in ran.stderr


@pytest.mark.parametrize("option", ["--field", "--unwrap", "--split-by"])
@pytest.mark.parametrize("path", ["", ".", "..", "a..b", "a.", ".a"])
def test_a_path_with_an_empty_name_is_refused(option: str, path: str) -> None:
    ran = run_here(["text", option, path], MESSAGE)
    assert (ran.code, ran.stdout) == (2, b"")
    assert f"Invalid value for '{option}': {path!r} is no path" in ran.stderr


@pytest.mark.parametrize("command", ["text", "view", "lint"])
def test_an_empty_pattern_of_streams_is_refused(command: str) -> None:
    ran = run_here([command, "--only", ""], MESSAGE)
    assert (ran.code, ran.stdout) == (2, b"")
    assert "Invalid value for '--only': '' matches all streams" in ran.stderr


def test_a_misspelt_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # somebody else's is none of ours: UNSPOOL_CORPUS is like no option
    for name in ("UNSPOOL_TOOLS", "UNSPOOL_Model", "UNSPOOL_PROMPT", "UNSPOOL_CORPUS", "UNSPOOL_FROM"):
        monkeypatch.setenv(name, "")
    done = run_here(["text"], MESSAGE)
    assert (done.code, done.stdout) == (0, b"Hi\n")
    assert sorted(done.stderr.splitlines()) == [
        "unspool: UNSPOOL_Model is no option; did you mean UNSPOOL_MODEL?",
        "unspool: UNSPOOL_PROMPT has no effect: --prompt is given on the command line alone",
        "unspool: UNSPOOL_TOOLS is no option; did you mean UNSPOOL_TOOL?",
    ]


def test_the_names_of_variables_are_those_of_the_options() -> None:
    options = [one for command in Commands().values() for one in command.params if one.param_type_name == "option"]
    known = {one.envvar.removeprefix(PREFIX).lower() for one in options if one.envvar}
    assert known | {"serve_key"} == KNOWN
    once = {max(one.opts, key=len).lstrip("-").replace("-", "_") for one in options if not one.envvar}
    assert once - known - {"help"} == ONCE


def test_an_option_without_effect_is_named() -> None:
    done = run_here(["lint", "--thoughts", "reasoning", "--separator", "x"], MESSAGE)
    assert (done.code, done.stderr) == (0, "unspool: --separator, --thoughts: no effect in unspool lint\n")
    assert run_here(["lint", "-q", "--separator", "x"], MESSAGE).stderr == ""


def test_a_value_that_is_like_none_of_many_lists_none_of_them() -> None:
    """``--help`` has them; a line with all formats of --from has 700 characters."""
    ran = run_here(["text", "--from", "xyz"])
    said = r"unspool: Invalid value for '--from': 'xyz' is not one of its \d+ values\. See `unspool text --help`\.\n"
    assert (ran.code, ran.stdout) == (2, b"")
    assert re.fullmatch(said, ran.stderr)
