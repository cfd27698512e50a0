"""unspool check: its options, the options of cases, what it prints where, and its exit codes."""

import json
import os
import re
import select
import shlex
import signal
import stat
import subprocess
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from tests.commands.processes import GUARD, HEEDED, live, on_terminal, plain_environment
from tests.support import UNSPOOL, Ran, chunk, jsonl, message_call, run_here, run_installed

HI = jsonl(message_call(['{"message": "Hi', ' there"}']))
CUT = jsonl(message_call(['{"message": "Hi there'], finish=None))
HINT = "If the new output is right, --update accepts it."


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the working directory, and nothing in the environment that the command heeds."""
    monkeypatch.chdir(tmp_path)
    for name in [*HEEDED, "CI", *(name for name in os.environ if name.startswith("UNSPOOL_"))]:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def lay(files: dict[str, bytes | str]) -> None:
    for name, data in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(data if isinstance(data, bytes) else data.encode())


def check(*arguments: str) -> Ran:
    return run_here(["check", *arguments])


def shown(ran: Ran) -> list[str]:
    return ran.stdout.decode().splitlines()


def files() -> dict[str, bytes]:
    """All that stands in the folder and below it."""
    return {str(path): path.read_bytes() for path in sorted(Path().rglob("*")) if path.is_file()}


def words(ran: Ran) -> dict[str, str]:
    """The word of each case by its path, as a person reads them."""
    found = re.findall(r"^(ok|FAIL|new|stale|wrote) +(\S.*)$", ran.stdout.decode(), re.MULTILINE)
    return {path: word for word, path in found}


WELL: dict[str, bytes | str] = {"d/a.jsonl": HI, "d/a.expected.txt": "Hi there\n"}
DIFFERS: dict[str, bytes | str] = {"d/b.jsonl": HI, "d/b.expected.txt": "Hi\n"}
NEW: dict[str, bytes | str] = {"d/n.jsonl": HI}
STALE: dict[str, bytes | str] = {"d/s.expected.txt": "Hi\n"}

# --- what it prints, and its exit codes -----------------------------------------------------------


def test_a_case_as_expected_is_one_line_and_exit_0() -> None:
    lay(WELL)
    assert check("d") == Ran(0, b"ok    d/a.jsonl\n1 case: 1 ok\n", "")


def test_a_failure_shows_a_diff_and_exit_1() -> None:
    lay({**WELL, **DIFFERS})
    ran = check("d")
    assert (ran.code, ran.stderr) == (1, "")
    assert shown(ran) == [
        "ok    d/a.jsonl",
        "FAIL  d/b.jsonl",
        "--- d/b.expected.txt",
        "+++ what unspool text gives now",
        "@@ -1 +1 @@",
        "-Hi",
        "+Hi there",
        "2 cases: 1 ok, 1 failed",
        HINT,
    ]


def test_new_and_stale_fail_a_run() -> None:
    lay({**WELL, **NEW})
    ran = check("d")
    assert (ran.code, words(ran)) == (1, {"d/a.jsonl": "ok", "d/n.jsonl": "new"})
    lay(STALE)
    os.remove("d/n.jsonl")
    ran = check("d")
    assert (ran.code, words(ran)) == (1, {"d/a.jsonl": "ok", "d/s.expected.txt": "stale"})
    assert shown(ran)[-1] == "2 cases: 1 ok, 1 stale"


def test_two_captures_for_one_expectation_are_one_failure_and_the_others_run() -> None:
    lay({**WELL, "d/b.jsonl": HI, "d/b.sse": HI, "d/b.expected.txt": "Hi there\n"})
    ran = check("d")
    assert (ran.code, words(ran)) == (1, {"d/a.jsonl": "ok", "d/b.jsonl": "FAIL"})
    assert "b.sse" in shown(ran)[2]


@pytest.mark.parametrize(
    ("capture", "code"), [(HI + b"{]\n", 3), (CUT, 4), (HI + jsonl([{"error": {"message": "no"}}]), 5)]
)
def test_an_exit_code_hides_behind_no_matching_text(capture: bytes, code: int) -> None:
    lay({"a.jsonl": capture, "a.expected.txt": "Hi there\n"})
    ran = check("a.jsonl")
    assert (ran.code, shown(ran)[1]) == (1, f"      the exit code is {code}, and 0 was expected")
    lay({"a.expected.exit": f"{code}\n"})
    assert check("a.jsonl").code == 0


@pytest.mark.parametrize("path", ["nowhere", "empty", "e.args"])
def test_a_path_without_captures_is_exit_2_and_the_other_cases_run(path: str) -> None:
    Path("empty").mkdir()
    lay({**WELL, **DIFFERS, "e.args": ""})
    ran = check("d/a.jsonl", path)
    assert (ran.code, shown(ran)) == (2, ["ok    d/a.jsonl", "1 case: 1 ok"])
    assert re.fullmatch(rf"unspool: {path}: .+\n", ran.stderr)
    assert check(path, "d").code == 2  # before the 1 of what differs
    alone = check(path)
    assert (alone.code, alone.stdout) == (2, b"")


def test_a_folder_with_stale_expectations_alone_is_exit_2() -> None:
    lay(STALE)
    ran = check("d")
    assert (ran.code, words(ran)) == (2, {"d/s.expected.txt": "stale"})
    assert ran.stderr.startswith("unspool: d: there is no capture in it")


def test_files_that_may_be_captures_are_named_where_they_are_no_cases() -> None:
    others = ("b.txt", "c.log.gz", "d.har", "e.json", "README.md", "a.log")
    lay({**WELL, **{f"d/{name}": "x" for name in others}})
    line = "unspool: left out, since captures in folders end in .jsonl, .ndjson, .sse: "
    named = "d/b.txt, d/c.log.gz, d/d.har and 1 more"
    ran = check("d")
    assert (ran.code, ran.stderr) == (0, f"{line}{named}; name them to check them\n")
    assert check("d", "-q").stderr == check("d/a.jsonl").stderr == ""
    assert "d/b.txt" not in check("d/b.txt", "d").stderr


USAGE = {
    "no path": [],
    "an unknown option": ["d", "--qqq"],
    "an unknown format": ["d", "--format", "xml"],
    "no cases at a time": ["d", "-j", "0"],
    "cases at a time in words": ["d", "-j", "two"],
    "a wrong choice": ["d", "--choice", "x"],
    "a tool with two arguments": ["d", "--tool", "a:b", "--tool", "a:c"],
    "an option without its value": ["d", "-k"],
}


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE)
def test_wrong_usage_is_one_line_and_exit_2(arguments: list[str]) -> None:
    lay(WELL)
    ran = check(*arguments)
    assert (ran.code, ran.stdout) == (2, b"")
    assert re.fullmatch(r"unspool: .+\n", ran.stderr)


def test_the_help_page_has_its_options_and_an_example() -> None:
    page = check("--help").stdout.decode() or run_installed(["check", "--help"]).stdout.decode()
    for option in ("--format", "--output", "--update", "--select", "--fail-fast", "--jobs", "--tool", "--strict"):
        assert option in page
    assert "unspool check --update a.jsonl" in page


def test_broken_things_are_a_line_each_and_the_other_cases_run() -> None:
    os.makedirs("d")
    os.symlink("nowhere", "d/link.jsonl")
    lay(
        {
            **WELL,
            "d/bytes.jsonl": HI,
            "d/bytes.expected.txt": b"\xff\n",
            "d/code.jsonl": HI,
            "d/code.expected.exit": "none\n",
            "d/option.jsonl": HI,
            "d/option.args": "--qqq\n",
            "d/z.jsonl": HI,
            "d/z.expected.txt": "Hi there\n",
        }
    )
    ran = check("d")
    assert (ran.code, ran.stderr) == (1, "")
    assert shown(ran) == [
        "ok    d/a.jsonl",
        "FAIL  d/bytes.jsonl",
        "      d/bytes.expected.txt: not UTF-8 at byte 0; save it as UTF-8, or write it with --update",
        "FAIL  d/code.jsonl",
        "      d/code.expected.exit: line 1: an exit code is a number, not 'none'",
        "FAIL  d/link.jsonl",
        "      d/link.jsonl: No such file or directory",
        "FAIL  d/option.jsonl",
        "      d/option.args: line 1: No such option: --qqq",
        "ok    d/z.jsonl",
        "6 cases: 2 ok, 4 failed",
    ]


# --- the options of a case ------------------------------------------------------------------------

BAD_ARGS: dict[str, tuple[bytes | str, str]] = {
    "an unknown option": ("--qqq", "line 1: No such option: --qqq"),
    "an option of check alone": ("--update", "line 1: No such option: --update"),
    "help": ("--help", "line 1: No such option: --help"),
    "help among others": ("--strict -h", "line 1: No such option: -h"),
    "a quote that stays open": ("--tool 'say", "line 1: No closing quotation"),
    "a backslash at the end": ("--tool say\\", "line 1: No escaped character"),
    "two lines": ("--strict\n--choice 1\n", "line 2: the options must be on one line"),
    "a blank line first": ("\n--strict\n", "line 2: the options must be on one line"),
    "a source": ("a.jsonl", "line 1: 'a.jsonl' is no option; the case's own capture is the source"),
    "a source behind an option": ("--strict b.jsonl", "line 1: 'b.jsonl' is no option; "),
    "standard input": ("-", "line 1: '-' is no option; "),
    "a comment": ("# none", "line 1: '#' is no option; "),
    "a value that is none": ("--choice x", "line 1: Invalid value for '--choice': 'x' is not a valid int"),
    "a value below what may be": ("--choice -1", "line 1: Invalid value for '--choice': -1 is not in the range"),
    "a word that is none": ("--thoughts loud", "line 1: Invalid value for '--thoughts': 'loud' is not one of"),
    "an option without its value": ("--tool", "line 1: Option '--tool' requires an argument"),
    "a tool without a name": ("--tool :a", "line 1: Invalid value for '--tool': ':a' is not NAME or NAME:ARGUMENT"),
    "a tool with two arguments": ("--tool a:b --tool a:c", "line 1: Invalid value for '--tool': a tool has one"),
    "no UTF-8": (b"--tool \xff", "line 1: not UTF-8 at byte 7"),
    "no UTF-8 further down": (b"--strict\n\xff", "line 2: not UTF-8 at byte 9"),
}


@pytest.mark.parametrize(("line", "reason"), BAD_ARGS.values(), ids=BAD_ARGS)
def test_options_that_make_no_sense_are_named_with_their_file_and_line(line: bytes | str, reason: str) -> None:
    lay({"a.jsonl": HI, "a.expected.txt": "Hi there\n", "a.args": line, "b.jsonl": HI, "b.expected.txt": "Hi there\n"})
    ran = check(".")
    assert (ran.code, ran.stderr, words(ran)) == (1, "", {"a.jsonl": "FAIL", "b.jsonl": "ok"})
    assert shown(ran)[1].startswith(f"      a.args: {reason}")
    assert len(shown(ran)) == 4


GOOD_ARGS = {
    "nothing": "",
    "an empty line": "\n",
    "spaces": "   \n",
    "one option": "--strict\n",
    "CRLF": "--strict\r\n",
    "no newline": "--strict",
    "blank lines behind": "--strict\n\n",
    "quotes": "--tool 'send_message:message'",
    "short ones": "-e",
}


@pytest.mark.parametrize("line", GOOD_ARGS.values(), ids=GOOD_ARGS)
def test_options_that_make_sense(line: str) -> None:
    lay({"a.jsonl": HI, "a.expected.txt": "Hi there\n", "a.args": line})
    assert check("a.jsonl").code == 0


def test_options_that_cannot_be_read_are_named() -> None:
    lay(WELL)
    os.symlink("nowhere", "d/a.args")
    ran = check("d")
    assert (ran.code, shown(ran)[1]) == (1, "      d/a.args: No such file or directory")


def test_the_case_goes_before_the_command_line_and_that_before_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two = jsonl([chunk({"content": f"choice {index}"}, "stop", index=index) for index in range(3)])
    lay({"a.jsonl": two, "a.expected.txt": "choice 0\n"})
    assert check("a.jsonl").code == 0
    monkeypatch.setenv("UNSPOOL_CHOICE", "1")
    lay({"a.expected.txt": "choice 1\n"})
    assert check("a.jsonl").code == 0
    lay({"a.expected.txt": "choice 2\n"})
    assert check("a.jsonl", "--choice", "2").code == 0
    lay({"a.args": "--choice 0", "a.expected.txt": "choice 0\n"})
    assert check("a.jsonl", "--choice", "2").code == 0
    lay({"a.args": "--strict", "a.expected.txt": "choice 2\n"})
    assert check("a.jsonl", "--choice", "2").code == 0  # what a case does not say stays


def test_tools_of_a_case_replace_those_that_are_given() -> None:
    said = jsonl(message_call(['{"text": "Hi"}'], tool="say"))
    lay({"a.jsonl": said, "a.args": "--tool say:text", "a.expected.txt": "Hi\n"})
    lay({"b.jsonl": HI, "b.expected.txt": ""})
    assert check(".", "--tool", "other").code == 0


def test_each_case_has_its_own_options() -> None:
    """Those of one do not stay for the next, and equal lines count alike."""
    thought = jsonl(message_call(['{"thinking": "hm", "message": "a"}']))
    for name, args, text in [("a", "--thoughts reasoning", "hm\na\n"), ("b", None, "a\n")]:
        for copy in "12":
            lay({f"{name}{copy}.jsonl": thought, f"{name}{copy}.expected.txt": text})
            if args is not None:
                lay({f"{name}{copy}.args": args})
    assert check(".").code == 0


DEFAULTS = {
    "tool": ("--tool say:text", jsonl(message_call(['{"text": "Hi"}'], tool="say")), "Hi\n"),
    "thoughts": (
        "--thoughts reasoning --thoughts-argument why",
        jsonl(message_call(['{"why": "b", "message": "a"}'])),
        "b\na\n",
    ),
    "choice": ("--choice 1", jsonl([chunk({"content": "a"}, "stop", index=1)]), "a\n"),
    "repair": ("--repair single-quotes", jsonl(message_call(["{'message': 'a'}"])), "a\n"),
    "single-step": ("--single-step", HI + HI.replace(b"chatcmpl-1", b"chatcmpl-2"), "Hi there\n"),
    "from": ("--from jsonl", HI, "Hi there\n"),
    "timeout": ("--timeout 5", HI, "Hi there\n"),
    "other-tools": ("--other-tools drop", HI, "Hi there\n"),
}


@pytest.mark.parametrize(("options", "capture", "text"), DEFAULTS.values(), ids=DEFAULTS)
def test_options_of_the_filters_are_the_default_of_all_cases(options: str, capture: bytes, text: str) -> None:
    lay({"a.jsonl": capture, "a.expected.txt": text})
    assert check(*options.split(), "a.jsonl").code == 0


@pytest.mark.parametrize(
    ("option", "capture", "code"),
    [("--strict", b"{\n" + HI, 3), ("-e", jsonl([chunk({"role": "assistant"}), chunk({}, "stop")]), 1)],
)
def test_strict_and_exit_status_are_heeded(option: str, capture: bytes, code: int) -> None:
    lay({"a.jsonl": capture, "a.expected.txt": "", "a.expected.exit": f"{code}\n"})
    assert (check("a.jsonl", option).code, check("a.jsonl").code) == (0, 1)


# --- which cases ----------------------------------------------------------------------------------

NAMES = ["a.jsonl", "ab.jsonl", "sub/a.jsonl", "sub/x.jsonl"]
SELECTED = {
    "a word": (["-k", "a"], ["a.jsonl", "ab.jsonl", "sub/a.jsonl"]),
    "more of a word": (["-k", "ab."], ["ab.jsonl"]),
    "a folder": (["--select", "sub/"], ["sub/a.jsonl", "sub/x.jsonl"]),
    "a star": (["-k", "s*x"], ["sub/x.jsonl"]),
    "a question mark": (["-k", "a?.j"], ["ab.jsonl"]),
    "two patterns": (["-k", "ab", "-k", "x"], ["ab.jsonl", "sub/x.jsonl"]),
}


@pytest.mark.parametrize(("options", "names"), SELECTED.values(), ids=SELECTED)
def test_a_pattern_selects_by_path(options: list[str], names: list[str]) -> None:
    lay(dict.fromkeys(NAMES, HI) | {name.replace("jsonl", "expected.txt"): "Hi there\n" for name in NAMES})
    ran = check(".", *options)
    assert (ran.code, list(words(ran))) == (0, names)


def test_a_pattern_that_selects_nothing_is_exit_2() -> None:
    lay(WELL)
    ran = check("d", "-k", "other", "-k", "more")
    assert (ran.code, ran.stdout) == (2, b"")
    lines = [f"unspool: -k {pattern}: no case has it in its path; cases: 1" for pattern in ("other", "more")]
    assert ran.stderr.splitlines() == lines


def test_a_pattern_that_selects_nothing_among_others_is_named_and_the_others_are_checked() -> None:
    lay(WELL)
    ran = check("d", "-k", "other", "-k", "a.jsonl")
    assert (ran.code, words(ran)) == (2, {"d/a.jsonl": "ok"})
    assert ran.stderr == "unspool: -k other: no case has it in its path; cases: 1\n"


def test_a_pattern_selects_stale_expectations_too() -> None:
    lay({**WELL, **STALE})
    assert check("d", "-k", "a.jsonl").code == 0
    assert check("d", "-k", "s.exp").code == 1


def test_a_path_that_is_given_as_a_pattern_selects_itself() -> None:
    """Only * and ? are said to be wildcards."""
    lay({"a[1].jsonl": HI, "a[1].expected.txt": "Hi there\n"})
    assert check(".", "-k", "a[1].jsonl").code == 0


def test_a_capture_called_as_standard_input_is_a_file() -> None:
    lay({"-": HI, "-.expected.txt": "Hi there\n"})
    assert words(check(".")) == {"-": "ok"}


@pytest.mark.parametrize("option", ["-x", "--fail-fast"])
def test_it_stops_at_the_first_failure(option: str) -> None:
    lay({**WELL, **DIFFERS, **NEW})
    ran = check("d", option)
    assert (ran.code, words(ran)) == (1, {"d/a.jsonl": "ok", "d/b.jsonl": "FAIL"})
    assert "3 cases: 1 ok, 1 failed, 1 not run" in shown(ran)


def test_what_stopped_is_told_in_each_format() -> None:
    lay({**WELL, **DIFFERS, **NEW})
    assert shown(check("d", "-x", "--format", "tap"))[-1].startswith("Bail out!")
    assert json.loads(check("d", "-x", "--format", "json").stdout)["summary"]["not_run"] == 1
    assert ET.fromstring(check("d", "-x", "--format", "junit").stdout).get("tests") == "2"


# --- written down ---------------------------------------------------------------------------------


def test_after_update_a_check_is_clean() -> None:
    lay({**WELL, **DIFFERS, **NEW, "d/c.jsonl": CUT, "d/c.expected.jsonl": ""})
    ran = check("--update", "d")
    assert (ran.code, ran.stderr) == (0, "")
    assert shown(ran) == [
        "ok    d/a.jsonl",
        "wrote d/b.jsonl",
        "      d/b.expected.txt (changed)",
        "wrote d/c.jsonl (exit 4: record 2 (byte 304): the stream ended before choice 0 had a finish_reason, "
        "inside the arguments of send_message)",
        "      d/c.expected.jsonl (changed)",
        "      d/c.expected.exit (new)",
        "wrote d/n.jsonl",
        "      d/n.expected.txt (new)",
        "4 cases: 1 ok, 3 written",
    ]
    assert files()["d/c.expected.exit"] == b"4\n"
    before = files()
    assert shown(check("d"))[-1] == "4 cases: 4 ok"
    assert shown(check("d", "--update"))[-1] == "4 cases: 4 ok"
    assert files() == before


def test_update_leaves_what_is_stale_or_broken_and_fails() -> None:
    lay({**NEW, **STALE, "d/b.jsonl": HI, "d/b.args": "--qqq"})
    ran = check("--update", "d")
    assert (ran.code, words(ran)) == (1, {"d/b.jsonl": "FAIL", "d/n.jsonl": "wrote", "d/s.expected.txt": "stale"})
    assert set(files()) == {"d/b.args", "d/b.jsonl", "d/n.expected.txt", "d/n.jsonl", "d/s.expected.txt"}


def test_update_heeds_the_selection() -> None:
    lay({**DIFFERS, **NEW})
    assert check("--update", "d", "-k", "n.jsonl").code == 0
    assert files()["d/b.expected.txt"] == b"Hi\n"


@pytest.mark.parametrize("value", ["true", "1", "woodpecker"])
def test_update_is_refused_in_ci_and_nothing_is_written(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lay({**DIFFERS, **NEW})
    before = files()
    monkeypatch.setenv("CI", value)
    ran = check("--update", "d", "-o", "report")
    assert (ran.code, ran.stdout) == (2, b"")
    assert re.fullmatch(r"unspool: --update is refused where CI is set.+\n", ran.stderr)
    assert files() == before


def test_nothing_in_the_environment_makes_a_check_write(monkeypatch: pytest.MonkeyPatch) -> None:
    lay({**DIFFERS, **NEW})
    before = files()
    monkeypatch.setenv("UNSPOOL_UPDATE", "1")
    monkeypatch.setenv("UNSPOOL_OUTPUT", "report")
    assert check("d").code == 1
    assert files() == before


CANARY = "canary-81c4"


@pytest.mark.parametrize("place", ["d/a.jsonl", "d/a.expected.txt", "d/a.expected.exit", "d/a.args"])
@pytest.mark.parametrize("target", ["../secret", "/proc/self/environ"])
@pytest.mark.parametrize("update", [False, True])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_link_out_of_the_folder_shows_nothing_and_writes_nothing(
    place: str, target: str, update: bool, jobs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of captures is from strangers: what its links lead to is neither read nor written."""
    monkeypatch.setenv("A_SECRET", CANARY)
    lay({"d/a.jsonl": HI, "d/a.expected.txt": "Hi\n", "d/b.jsonl": HI, "secret": CANARY})
    Path(place).unlink(missing_ok=True)
    os.symlink(target, place)
    ran = check("d", "-j", jobs, *(["--update"] if update else []))
    assert ran.code == 1
    assert CANARY not in ran.stdout.decode() + ran.stderr
    assert ran.stdout.decode().count(f"{place}: a link") == 1
    assert Path("secret").read_text() == CANARY
    assert os.readlink(place) == target


@pytest.mark.parametrize("target", ["../victim", "../absent", "a.jsonl"])
def test_update_writes_through_no_link(target: str) -> None:
    lay({"d/a.jsonl": HI, "victim": "precious"})
    os.symlink(target, "d/a.expected.txt")
    ran = check("d", "--update")
    assert (ran.code, "d/a.expected.txt: a link" in ran.stdout.decode()) == (1, True)
    assert (Path("victim").read_text(), Path("d/a.jsonl").read_bytes()) == ("precious", HI)
    assert not Path("absent").exists()
    assert not [name for name in os.listdir("d") if name.startswith(".")]


def test_a_case_may_be_a_link_in_its_folder() -> None:
    lay({"d/a.jsonl": HI, "d/a.expected.txt": "Hi there\n"})
    os.symlink("a.jsonl", "d/b.jsonl")
    os.symlink("a.expected.txt", "d/b.expected.txt")
    assert check("d").code == 0


def test_a_report_goes_into_a_pipe_and_leaves_it_one() -> None:
    lay(WELL)
    os.mkfifo("report")
    assert check("d", "-o", "report").code == 5  # nobody reads it, and nobody is waited for
    reader = os.open("report", os.O_RDONLY | os.O_NONBLOCK)
    assert check("d", "-o", "report").code == 0
    assert os.read(reader, 9999)
    os.close(reader)
    assert stat.S_ISFIFO(os.stat("report").st_mode)


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_behind_a_failure_that_stops_it_nothing_is_written(jobs: str) -> None:
    """However many work at once: what was written is what is said."""
    lay({f"d/{number:03}.jsonl": HI for number in range(60)} | {"d/004.args": "--qqq"})
    ran = check("--update", "-x", "-j", jobs, "d")
    assert shown(ran)[-1] == "60 cases: 4 written, 1 failed, 55 not run"
    assert sorted(name for name in os.listdir("d") if "expected" in name) == [f"00{n}.expected.txt" for n in range(4)]
    assert not [name for name in os.listdir("d") if name.startswith(".")]


def test_an_empty_ci_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    lay(NEW)
    monkeypatch.setenv("CI", "")
    assert check("--update", "d").code == 0


# --- reports --------------------------------------------------------------------------------------


def without_times(report: bytes) -> bytes:
    return re.sub(rb'(time=|"seconds":)"?[0-9.e-]+"?', rb"\1", report)


@pytest.mark.parametrize("form", ["human", "tap", "junit", "json"])
def test_a_report_goes_to_a_file_and_a_summary_to_the_person(form: str) -> None:
    lay({**WELL, **DIFFERS})
    printed = check("d", "--format", form)
    ran = check("d", "--format", form, "-o", "report")
    assert ran == (1, b"", "unspool: 2 cases: 1 ok, 1 failed; the results are in report\n")
    assert without_times(Path("report").read_bytes()) == without_times(printed.stdout)
    assert printed.code == 1


def test_each_format_is_what_it_says() -> None:
    lay({**WELL, **DIFFERS})
    assert shown(check("d", "--format", "tap"))[:4] == [
        "TAP version 14",
        "1..2",
        "ok 1 - d/a.jsonl",
        "not ok 2 - d/b.jsonl",
    ]
    root = ET.fromstring(check("d", "--format", "junit").stdout)
    assert [case.get("file") for case in root.iter("testcase")] == ["d/a.jsonl", "d/b.jsonl"]
    report = json.loads(check("d", "--format", "json").stdout)
    assert [(case["name"], case["status"]) for case in report["cases"]] == [
        ("d/a.jsonl", "ok"),
        ("d/b.jsonl", "failed"),
    ]


def test_options_come_from_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    lay({**WELL, **DIFFERS})
    monkeypatch.setenv("UNSPOOL_FORMAT", "json")
    monkeypatch.setenv("UNSPOOL_SELECT", "a.jsonl")
    assert json.loads(check("d").stdout)["summary"]["total"] == 1
    assert shown(check("d", "--format", "human"))[-1] == "1 case: 1 ok"


@pytest.mark.parametrize("path", ["no/where", "d"])
def test_a_report_that_cannot_be_written_is_refused_before_any_case_runs(path: str) -> None:
    lay({**WELL, **NEW})
    ran = check("--update", "d", "-o", path)
    assert (ran.code, ran.stdout) == (2, b"")
    assert re.fullmatch(r"unspool: Invalid value for '--output': .*\bfolder\b.*\n", ran.stderr)
    assert "d/n.expected.txt" not in files()  # nothing was run


@pytest.mark.parametrize("form", ["human", "tap", "junit", "json"])
def test_a_report_on_a_full_device_is_one_line_and_exit_5(form: str) -> None:
    lay(WELL)
    ran = check("d", "--format", form, "-o", "/dev/full")
    assert (ran.code, ran.stdout) == (5, b"")
    assert re.fullmatch(r"unspool: /dev/full: No space left on device; .+\n", ran.stderr)


# --- several at a time ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def three_hundred(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 300 cases: every third differs, every seventh was cut."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(300):
        (folder / f"{number:03}.jsonl").write_bytes(CUT if number % 7 == 0 else HI)
        (folder / f"{number:03}.expected.txt").write_text("Hi\n" if number % 3 == 0 else "Hi there\n")
    return folder


@pytest.mark.parametrize("options", [[], ["--format", "tap"], ["-x", "-k", "?1."]], ids=" ".join)
def test_two_at_a_time_print_what_one_prints(three_hundred: Path, options: list[str]) -> None:
    alone = run_installed(["check", ".", *options], cwd=three_hundred, env=plain_environment())
    two = run_installed(["check", ".", "-j", "2", *options], cwd=three_hundred, env=plain_environment())
    assert two == alone
    assert two.code == 1


def test_three_hundred_cases_come_in_order(three_hundred: Path) -> None:
    ran = run_installed(["check", ".", "-j", "2"], cwd=three_hundred, env=plain_environment())
    assert list(words(ran)) == [f"{number:03}.jsonl" for number in range(300)]
    assert "300 cases: 172 ok, 128 failed" in shown(ran)  # 100 differ, 43 were cut, 15 are both


def test_two_at_a_time_update_too() -> None:
    lay({f"{number}.jsonl": HI for number in range(40)})
    ran = run_installed(["check", "--update", "-j", "2", "."], env=plain_environment())
    assert (ran.code, shown(ran)[-1]) == (0, "40 cases: 40 written")
    assert check(".").code == 0


# --- among processes ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def talkative(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cases whose diffs fill a pipe many times over."""
    folder = tmp_path_factory.mktemp("talkative")
    long = "".join(f"a line of words {number}\\n" for number in range(100))
    for number in range(100):
        (folder / f"{number:02}.jsonl").write_bytes(jsonl(message_call([f'{{"message": "{long}"}}'])))
        (folder / f"{number:02}.expected.txt").write_text("x\n" * 100)
    return folder


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_output_that_nobody_reads_any_more_is_exit_141(talkative: Path, jobs: str) -> None:
    script = (
        f"{shlex.quote(str(UNSPOOL))} check -j {jobs} {shlex.quote(str(talkative))} | head -1; echo ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False, env=plain_environment()
    )
    assert done.stdout.splitlines()[1:] == ["141"]
    assert done.stderr == ""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_is_130_without_a_traceback(talkative: Path, jobs: str) -> None:
    """It comes while the output is full and the run is half done."""
    with live("check", "-j", jobs, str(talkative)) as running:
        assert running.stdout.read(4) == b"FAIL"
        running.process.send_signal(signal.SIGINT)
        code, _, messages = running.wait()
    assert (code, messages) == (130, "")


def test_ctrl_c_reaches_all_processes_and_none_complains(talkative: Path) -> None:
    process = subprocess.Popen(
        [str(UNSPOOL), "check", "-j", "2", str(talkative)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=plain_environment(),
    )
    try:
        assert process.stdout is not None
        assert process.stdout.read(4) == b"FAIL"
        os.killpg(process.pid, signal.SIGINT)
        _, messages = process.communicate(timeout=GUARD)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, messages) == (130, b"")


def workers_of(process: int) -> list[int]:
    """The processes that this one has started."""
    listed = Path(f"/proc/{process}/task/{process}/children")
    if not listed.exists():
        pytest.skip("this system does not tell of processes")
    return [int(one) for one in listed.read_text().split()]


def running(process: int) -> bool:
    """Whether a process is there, and not only its exit code, which nobody has asked for yet."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


def gone(processes: list[int]) -> bool:
    """Whether none of them is there any more, after a while."""
    deadline = time.monotonic() + GUARD
    while time.monotonic() < deadline:
        if not any(map(running, processes)):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGKILL])
def test_a_run_that_is_ended_leaves_no_process_behind(talkative: Path, end: signal.Signals) -> None:
    with live("check", "-j", "2", str(talkative)) as command:
        assert command.stdout.read(4) == b"FAIL"
        workers = workers_of(command.process.pid)
        assert len(workers) >= 2
        command.process.send_signal(end)
        code, _, messages = command.wait()
        if end is signal.SIGKILL:
            assert gone(workers)
        else:  # it ends them first
            assert not any(map(running, workers))
            assert (code, messages) == (128 + end, "")


def test_an_interrupt_while_a_report_is_written_to_a_file_is_130(talkative: Path) -> None:
    """The file is a pipe that nobody empties, so that the run cannot end before the signal comes."""
    os.mkfifo("report")
    reader = os.open("report", os.O_RDONLY | os.O_NONBLOCK)
    try:
        with live("check", str(talkative), "-o", "report") as running:
            assert select.select([reader], [], [], GUARD)[0]
            running.process.send_signal(signal.SIGINT)
            os.set_blocking(reader, True)
            while os.read(reader, 65_536):
                pass
            assert running.wait() == (130, b"", "")
    finally:
        os.close(reader)


@pytest.mark.parametrize(("output", "reason"), [("> /dev/full", "No space left on device"), (">&-", "is closed")])
def test_an_output_that_takes_nothing_is_one_line_and_exit_5(output: str, reason: str) -> None:
    lay(WELL)
    done = subprocess.run(
        ["bash", "-c", f"{shlex.quote(str(UNSPOOL))} check d {output}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=plain_environment(),
    )
    assert (done.returncode, done.stdout) == (5, "")
    assert re.fullmatch(rf"unspool: standard output:? {reason}.*\n", done.stderr)


def test_standard_input_is_left_alone() -> None:
    """Not even a closed one matters."""
    lay(WELL)
    done = subprocess.run(
        ["bash", "-c", f"{shlex.quote(str(UNSPOOL))} check d <&-"],
        capture_output=True,
        timeout=60,
        check=False,
        env=plain_environment(),
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("file", ["d/a.jsonl", "d/a.expected.txt", "d/a.args", "link", "d/../d/a.expected.exit"])
def test_a_report_is_not_written_over_a_case(file: str) -> None:
    lay({**WELL, "d/a.args": "--strict"})
    os.symlink("d/a.jsonl", "link")
    before = files()
    ran = check("d", "-o", file)
    assert (ran.code, ran.stdout) == (2, b"")
    assert f"{file} belongs to a case" in ran.stderr
    assert files() == before


def test_a_report_goes_to_standard_output_by_its_usual_name() -> None:
    lay(WELL)
    assert check("d", "-o", "-").stdout == check("d").stdout
    assert not Path("-").exists()


@pytest.mark.parametrize("form", ["tap", "junit", "json"])
def test_a_program_is_told_of_paths_and_patterns_that_lead_to_nothing(form: str) -> None:
    """It reads the report, and not standard error."""
    lay(WELL)
    ran = check("d", "nowhere", "-k", "a.jsonl", "-k", "other", "--format", form)
    assert ran.code == 2
    assert ran.stderr.count("\n") == 2
    report = ran.stdout.decode()
    assert "nowhere" in report
    assert "-k other" in report
    if form == "json":
        assert json.loads(report)["summary"]["passed"] is False
    elif form == "junit":
        assert ET.fromstring(report).get("errors") == "2"
    else:
        assert report.count("not ok") == 2


def test_a_byte_order_mark_before_options_or_an_exit_code_is_none() -> None:
    lay({"d/a.jsonl": jsonl(message_call(['{"message": "Hi'])[:2]), "d/a.expected.txt": "Hi\n"})
    Path("d/a.args").write_bytes(b"\xef\xbb\xbf--strict\r\n")
    Path("d/a.expected.exit").write_bytes(b"\xef\xbb\xbf4\r\n")
    assert check("d").code == 0


@pytest.mark.parametrize("ending", ["args", "expected.txt", "expected.exit"])
@pytest.mark.parametrize("option", [[], ["--update"]], ids=["check", "update"])
def test_a_pipe_beside_a_capture_is_refused_and_not_waited_for(ending: str, option: list[str]) -> None:
    lay({"d/a.jsonl": HI, "d/b.jsonl": HI, "d/b.expected.txt": "Hi there\n"})
    os.mkfifo(f"d/a.{ending}")
    ran = check("d", *option)
    assert ran.code == 1
    assert f"d/a.{ending}: not a regular file" in ran.stdout.decode()
    assert words(ran)["d/b.jsonl"] == "ok"


# --- on a terminal --------------------------------------------------------------------------------

EVIL = "a\x1b[2Jb\x9b31mc\rd\x07\u202ee\x7f"
OWN_COLOURS = re.compile(rb"\x1b\[(?:0|7|1|3[0-7])m")
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture
def evil(here: Path) -> None:
    """Model text, an error and a file name that a terminal would obey."""
    said = jsonl([chunk({"content": EVIL}), chunk({}, "stop")])
    error = jsonl([{"error": {"message": EVIL, "code": EVIL}}])
    lay({"d/a.jsonl": said, "d/a.expected.txt": f"{EVIL}\n\x1b", "d/b.jsonl": error, "d/b.expected.txt": ""})
    lay({f"d/{EVIL}.jsonl": HI, f"d/{EVIL}.args": f"--{EVIL}", f"d/{EVIL}s.expected.txt": ""})


def test_on_a_terminal_there_are_colours_and_nothing_else_to_obey(evil: None) -> None:
    ran = on_terminal(["check", "d"], b"")
    assert (ran.code, ran.stderr) == (1, b"")
    assert OWN_COLOURS.search(ran.screen)
    assert OBEYED.search(OWN_COLOURS.sub(b"", ran.screen).decode()) is None, ran.screen
    assert rb"a\u001b[2Jb\u009b31mc\u000dd\u0007\u202ee\u007f" in OWN_COLOURS.sub(b"", ran.screen)


def test_without_its_colours_a_terminal_shows_what_a_pipe_gets() -> None:
    lay({**WELL, **DIFFERS, **NEW, **STALE})
    ran = on_terminal(["check", "d"], b"")
    assert OWN_COLOURS.sub(b"", ran.screen) == check("d").stdout
    assert b"\x1b[32mok" in ran.screen
    assert b"\x1b[31mFAIL" in ran.screen


@pytest.mark.parametrize("form", ["tap", "junit", "json"])
def test_on_a_terminal_reports_for_machines_are_safe_too(form: str, evil: None) -> None:
    ran = on_terminal(["check", "d", "--format", form], b"")
    assert ran.code == 1
    assert OBEYED.search(ran.screen.decode()) is None, ran.screen


@pytest.mark.parametrize(
    "variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}], ids=str
)
def test_colours_can_be_refused(variables: dict[str, str], evil: None) -> None:
    ran = on_terminal(["check", "d"], b"", variables=variables)
    assert ran.code == 1
    assert OBEYED.search(ran.screen.decode()) is None, ran.screen


@pytest.mark.parametrize(
    ("value", "coloured"),
    [
        ("1", True),
        ("3", True),
        ("0", False),
        ("", False),
    ],
)
def test_colours_can_be_asked_for_in_a_pipe(value: str, coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    lay({**WELL, **DIFFERS})
    without = check("d").stdout
    assert b"\x1b" not in without
    monkeypatch.setenv("FORCE_COLOR", value)
    ran = check("d").stdout
    assert (ran != without) is coloured
    assert OWN_COLOURS.sub(b"", ran) == without


def test_a_file_is_never_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    lay({**WELL, **DIFFERS})
    monkeypatch.setenv("FORCE_COLOR", "1")
    check("d", "-o", "report")
    assert b"\x1b" not in Path("report").read_bytes()


def test_names_from_elsewhere_are_shown_in_messages() -> None:
    ran = check(EVIL)
    assert ran.code == 2
    assert OBEYED.search(ran.stderr) is None


def test_a_name_that_is_no_utf_8_breaks_no_format() -> None:
    try:
        Path(os.fsdecode(b"a\xff.jsonl")).write_bytes(HI)
    except OSError:
        pytest.skip("this system has no such names")
    for form in ("human", "tap", "junit", "json"):
        ran = run_installed(["check", ".", "--format", form], env=plain_environment())
        assert (ran.code, ran.stderr) == (1, "")
        assert ran.stdout.decode()
    assert json.loads(ran.stdout)["cases"][0]["name"] == "a\\xff.jsonl"


CALLS_OTHERS = jsonl(message_call(['{"text": "Hi"}'], tool="reply"))


@pytest.mark.parametrize(
    ("capture", "reason"),
    [
        (
            CUT,
            "exit 4: record 2 (byte 304): the stream ended before choice 0 had a finish_reason, inside the arguments",
        ),
        (b"junk {\n", "exit 3: record 1 (byte 0): "),
        (CALLS_OTHERS, "no message; the stream calls reply (text): try --tool reply:text"),
        (jsonl([chunk({"content": ""}), chunk({}, "stop")]), "no message; the answer is empty"),
    ],
)
def test_a_new_case_that_has_a_fault_or_no_text_needs_force(capture: bytes, reason: str) -> None:
    lay({"d/n.jsonl": capture})
    ran = check("--update", "d")
    assert (ran.code, ran.stderr) == (1, "")
    assert shown(ran)[0] == "new   d/n.jsonl"
    assert shown(ran)[1].startswith(f"      {reason}")
    assert shown(ran)[1].endswith("; --update --force accepts it anyway")
    assert os.listdir("d") == ["n.jsonl"]
    ran = check("--update", "--force", "d")
    assert ran.code == 0
    assert shown(ran)[0].startswith(f"wrote d/n.jsonl ({reason}")
    assert check("d").code == 0


def test_force_goes_with_update() -> None:
    lay(WELL)
    assert "it goes with --update" in check("--force", "d").stderr


def test_quiet_shows_failures_alone() -> None:
    lay({**WELL, **DIFFERS})
    assert shown(check("-q", "d"))[0] == "FAIL  d/b.jsonl"
    assert check("-q", "d", "-k", "a.jsonl") == (0, b"", "")


@pytest.mark.parametrize(
    ("jobs", "code"), [("auto", 0), ("2", 0), ("0", 2), ("-1", 2), ("many", 2), ("", 2), ("9" * 5000, 2)]
)
def test_jobs_are_a_number_or_auto(jobs: str, code: int) -> None:
    lay(WELL)
    ran = check("-j", jobs, "d")
    assert (ran.code, "nor auto" in ran.stderr) == (code, code == 2)


def test_faults_of_one_kind_are_shown_three_times_and_counted_r10() -> None:
    junk = b"".join(b"{bad%d\n" % number for number in range(50))
    lay({"d/a.jsonl": jsonl([chunk({"content": "Hi"}, "stop")]) + junk, "d/a.expected.txt": b"Hi\n"})
    lines = shown(check("d"))
    assert sum("not JSON" in line for line in lines) == 3
    assert "      d/a.jsonl: 47 more records that cannot be read" in lines
