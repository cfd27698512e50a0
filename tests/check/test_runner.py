"""One case: its capture runs once, and each output is byte for byte what the command of that name writes."""

import os
import shlex
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import pytest
from tests.support import ROOT, calls, chunk, entry, jsonl, message_call, run_here, sse

from unspool.check.cases import Case, Expectation, Orphan, find
from unspool.check.results import Result, Status, Tally
from unspool.check.runner import COMMANDS, SINKS, Job, Update, WorkerLost, check
from unspool.check.scheduler import check_all
from unspool.core.options import Options
from unspool.settings import Settings

SAMPLES = ROOT / "samples"
HI = jsonl(message_call(['{"message": "Hi', ' there"}']))
CUT = jsonl(message_call(['{"message": "Hi there'], finish=None))
FAILED = jsonl([chunk({"content": "Hi"}), {"error": {"message": "no\x9b more", "code": 429}}])
ALL = tuple(Expectation)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the working directory, where --update is allowed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    return tmp_path


def case(capture: bytes | None = HI, settings: Settings | None = None, /, **beside: bytes | str) -> Job:
    """The case ``a``: its capture, and beside it ``txt``, ``jsonl``, ``sse``, ``events_jsonl`` or ``exit``."""
    if capture is not None:
        Path("a.jsonl").write_bytes(capture)
    for ending, data in beside.items():
        path = Path(f"a.expected.{ending.replace('_', '.')}")
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    (job,) = jobs("a.jsonl", settings=settings)
    return job


def jobs(*paths: str, settings: Settings | None = None) -> list[Job]:
    items = find(paths).items
    return [Job(item, settings or Settings()) for item in items if not isinstance(item, Orphan)]


def came(result: Result) -> tuple[Any, ...]:
    """What came of a case, but for the time it took."""
    return tuple(result._replace(seconds=0.0))


def files() -> dict[str, bytes]:
    """What stands in the folder now."""
    return {path.name: path.read_bytes() for path in sorted(Path().iterdir())}


# --- what comes out is what the command writes --------------------------------------------------


def test_each_expectation_has_its_sink_and_its_command() -> None:
    assert set(SINKS) == set(COMMANDS) == set(Expectation)


STREAMS: dict[str, tuple[bytes, list[str]]] = {
    **{
        path.name: (path.read_bytes(), shlex.split(args.read_text()) if args.exists() else [])
        for path in sorted(SAMPLES.iterdir())
        if path.suffix in (".jsonl", ".sse") and ".expected." not in path.name
        for args in [path.with_suffix(".args")]
    },
    "nothing at all": (b"", []),
    "an event stream, cut": (sse(message_call(['{"message": "a'], finish=None), done=False), []),
    "lines with CRLF and blank ones": (HI.replace(b"\n", b"\r\n\r\n"), []),
    "no newline at the end": (HI.rstrip(b"\n"), []),
    "records that are no JSON": (b"\xff\n" + HI + b"{\n", []),
    "stopped by --strict": (HI + b"{\n" + HI, ["--strict"]),
    "one step of two": (HI + HI.replace(b"chatcmpl-1", b"chatcmpl-2"), ["--single-step"]),
    "thoughts shown": (
        jsonl(message_call(['{"thinking": "hm", "message": "a"}', ""])),
        ["--thoughts", "reasoning"],
    ),
    "another choice": (jsonl([chunk({"content": "a"}), chunk({"content": "b"}, index=1)]), ["--choice", "1"]),
    "no text, and asked for some": (jsonl([chunk({"role": "assistant"}), chunk({}, "stop")]), ["-e"]),
    "an odd path": (jsonl(message_call(['{"a": {"b": "x"}}'], tool="say")), ["--tool", "say:a.b"]),
    "half a surrogate pair": (jsonl([chunk({"content": "\ud83d"}), chunk({}, "stop")]), []),
    "what cannot be encoded anew": (
        b'{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"send_message",'
        b'"arguments":"{\\"message\\": \\"a\\"}"}}]},"finish_reason":"stop","x":'
        + b"[" * 1018
        + b"]" * 1018
        + b"}]}\n",
        [],
    ),
}


@pytest.mark.parametrize(("capture", "arguments"), STREAMS.values(), ids=STREAMS)
def test_update_writes_what_the_commands_write(capture: bytes, arguments: list[str]) -> None:
    """All at once, through the command; and the code is the worst of theirs."""
    Path("a.jsonl").write_bytes(capture)
    Path("a.args").write_text(shlex.join(arguments))
    for expectation in ALL:
        Path(f"a.expected.{expectation.removeprefix('expected.')}").write_bytes(b"not yet\n")
    assert main_check("--update", "a.jsonl") == 0
    codes = set()
    for expectation, command in COMMANDS.items():
        ran = run_here([*command.split()[1:], *arguments, "a.jsonl"])
        assert Path(f"a.{expectation}").read_bytes() == ran.stdout, expectation
        codes.add(ran.code)
    assert int(Path("a.expected.exit").read_text() if Path("a.expected.exit").exists() else 0) == max(codes)
    assert main_check("a.jsonl") == 0


def main_check(*arguments: str) -> int:
    return run_here(["check", *arguments]).code


@pytest.mark.parametrize("expectation", ALL)
def test_one_alone_gives_the_same_as_all_together(expectation: Expectation) -> None:
    """A mixed stream: text, another tool's call, a fault in the middle."""
    other = chunk(calls(entry("{}", name="look", id="c")))
    capture = jsonl([chunk({"content": "a"}), other]) + b"oops\n" + HI
    job = case(capture, **{expectation.removeprefix("expected.").replace(".", "_"): b""})
    assert check(job, update=Update.ALL).status is Status.WROTE
    ran = run_here([*COMMANDS[expectation].split()[1:], "a.jsonl"])
    assert (Path(f"a.{expectation}").read_bytes(), Path("a.expected.exit").read_bytes()) == (ran.stdout, b"3\n")


# --- as expected, or not --------------------------------------------------------------------------


def test_a_case_as_expected_is_ok() -> None:
    result = check(case(txt="Hi there\n"))
    assert came(result) == ("a.jsonl", Status.OK, [], [], [], 0.0)
    assert result.seconds > 0


def test_what_differs_is_named_with_its_diff() -> None:
    result = check(case(txt="Hi\n", events_jsonl=b""))
    assert (result.status, result.reasons) == (Status.FAILED, [])
    text, events = result.differences
    assert text == (
        "a.expected.txt",
        ["--- a.expected.txt", "+++ what unspool text gives now", "@@ -1 +1 @@", "-Hi", "+Hi there"],
    )
    assert events.expectation == "a.expected.events.jsonl"
    assert events.diff[:3] == ["--- a.expected.events.jsonl", "+++ what unspool events gives now", "@@ -0,0 +1,7 @@"]


def test_line_ends_that_were_converted_are_named() -> None:
    """A checkout with core.autocrlf makes CRLF of each line feed."""
    job = case(txt=b"Hi there\r\n")
    status, reasons = came(check(job))[1:3]
    assert status is Status.FAILED
    assert reasons == [
        "a.expected.txt: only the ends of its lines differ (CRLF); "
        "`*.expected.* -text` in .gitattributes keeps git from converting them"
    ]


def test_only_what_differs_is_named() -> None:
    rewritten = run_here(["rewrite"], HI).stdout
    result = check(case(txt="Hi\n", jsonl=rewritten, sse=b""))
    assert [one.expectation for one in result.differences] == ["a.expected.txt", "a.expected.sse"]
    assert "+++ what unspool rewrite --to sse gives now" in result.differences[1].diff


def test_a_newline_counts() -> None:
    assert check(case(txt="Hi there")).status is Status.FAILED
    assert check(case(txt="Hi there\n\n")).status is Status.FAILED
    assert check(case(txt="Hi there\r\n")).status is Status.FAILED


HIDDEN = {
    "malformed": (b"{\n" + HI, 3, "record 1 (byte 0): not JSON"),
    "incomplete": (CUT, 4, "the stream ended before choice 0 had a finish_reason"),
    "failed": (FAILED, 5, "the provider sent an error: no"),
}


@pytest.mark.parametrize(("capture", "code", "reason"), HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize("expectation", ["txt", "jsonl", "sse", "events_jsonl"])
def test_a_matching_output_hides_no_exit_code(capture: bytes, code: int, reason: str, expectation: str) -> None:
    check(case(capture, **{expectation: b"x"}), update=Update.ALL)
    os.remove("a.expected.exit")
    result = check(case(None))
    assert (result.status, result.differences) == (Status.FAILED, [])
    assert result.reasons[0] == f"the exit code is {code}, and 0 was expected"
    assert reason in result.reasons[-1]
    assert result.reasons[-1].startswith("a.jsonl: record ")


@pytest.mark.parametrize(
    ("capture", "expected", "status"),
    [
        (CUT, "4\n", Status.OK),
        (CUT, "4", Status.OK),
        (CUT, " 4 \n\n", Status.OK),
        (CUT, "3\n", Status.FAILED),
        (CUT, "0\n", Status.FAILED),
        (HI, "0\n", Status.OK),
        (HI, "4\n", Status.FAILED),
        (FAILED, "5\n", Status.OK),
    ],
)
def test_the_exit_code_that_is_expected(capture: bytes, expected: str, status: Status) -> None:
    """Alone beside a capture it is an expectation like the others."""
    result = check(case(capture, exit=expected))
    assert result.status is status
    assert bool(result.reasons) is (status is Status.FAILED)


def test_a_run_without_text_is_a_no_where_text_is_asked_for() -> None:
    job = case(jsonl([chunk({"role": "assistant"}), chunk({}, "stop")]), Settings(needs_text=True), txt="")
    assert check(job).reasons == [
        "the exit code is 1, and 0 was expected",
        "a.jsonl: no message; the answer is empty (finish_reason stop)",
    ]
    assert check(job._replace(settings=Settings())).status is Status.OK


def test_the_settings_of_a_job_are_heeded() -> None:
    job = case(HI, Settings(Options(tools={"other": "message"})), txt="Hi there\n")
    assert check(job).status is Status.FAILED


def test_a_case_of_which_nothing_is_expected_is_new() -> None:
    result = check(case())
    assert (result.status, result.reasons) == (
        Status.NEW,
        ["it has no expectation yet; --update writes one"],
    )
    assert files() == {"a.jsonl": HI}


def test_a_new_case_that_update_alone_does_not_accept_says_so_before() -> None:
    job = case(b"\x89PNG\r\n\x1a\n123")
    reasons = ["exit 5: this is an image; --update --force accepts it anyway"]
    assert check(job).reasons == check(job, Update.SOUND).reasons == reasons


def test_options_are_no_expectation() -> None:
    Path("a.args").write_text("--strict\n")
    assert check(case()).status is Status.NEW


# --- written down ---------------------------------------------------------------------------------

REWRITTEN = run_here(["rewrite"], HI).stdout

CUT_REASON = (
    "exit 4: record 2 (byte 304): the stream ended before choice 0 had a finish_reason, "
    "inside the arguments of send_message"
)
"""What a person should know of a case that is written although its capture was cut."""
UPDATES: dict[str, tuple[bytes, dict[str, str | bytes], list[str], dict[str, bytes]]] = {
    "new: its text": (HI, {}, ["a.expected.txt (new)"], {"txt": b"Hi there\n"}),
    "new, and not well": (
        CUT,
        {},
        ["a.expected.txt (new)", "a.expected.exit (new)"],
        {"txt": b"Hi there\n", "exit": b"4\n"},
    ),
    "as it should be": (HI, {"txt": "Hi there\n"}, [], {"txt": b"Hi there\n"}),
    "with its code as it should be": (
        CUT,
        {"txt": "Hi there\n", "exit": "4\n"},
        [],
        {"txt": b"Hi there\n", "exit": b"4\n"},
    ),
    "one of two changed": (
        HI,
        {"txt": "Hi\n", "jsonl": REWRITTEN},
        ["a.expected.txt (changed)"],
        {"txt": b"Hi there\n", "jsonl": REWRITTEN},
    ),
    "only what is there already": (HI, {"jsonl": ""}, ["a.expected.jsonl (changed)"], {"jsonl": REWRITTEN}),
    "another code": (
        CUT,
        {"txt": "Hi there\n", "exit": "5\n"},
        ["a.expected.exit (changed)"],
        {"txt": b"Hi there\n", "exit": b"4\n"},
    ),
    "well again": (
        HI,
        {"txt": "Hi there\n", "exit": "4\n"},
        ["a.expected.exit (removed)"],
        {"txt": b"Hi there\n"},
    ),
    "a code alone stays alone": (CUT, {"exit": "3\n"}, ["a.expected.exit (changed)"], {"exit": b"4\n"}),
    "what was no UTF-8": (HI, {"txt": b"\xff"}, ["a.expected.txt (changed)"], {"txt": b"Hi there\n"}),
    "what was no code": (
        CUT,
        {"txt": "Hi there\n", "exit": "four"},
        ["a.expected.exit (changed)"],
        {"txt": b"Hi there\n", "exit": b"4\n"},
    ),
}


@pytest.mark.parametrize(("capture", "beside", "wrote", "after"), UPDATES.values(), ids=UPDATES)
def test_update_writes_what_is_new_or_changed(
    capture: bytes, beside: dict[str, str | bytes], wrote: list[str], after: dict[str, bytes]
) -> None:
    result = check(case(capture, **beside), update=Update.ALL)
    faulty = [CUT_REASON] if wrote and after.get("exit") else []
    assert came(result) == ("a.jsonl", Status.WROTE if wrote else Status.OK, faulty, [], wrote, 0.0)
    assert files() == {"a.jsonl": capture, **{f"a.expected.{ending}": data for ending, data in after.items()}}
    assert check(case(None)).status is Status.OK
    assert check(case(None), update=Update.ALL).wrote == []


def test_what_is_as_it_should_be_is_not_even_opened_for_writing() -> None:
    job = case(txt="Hi there\n")
    os.utime("a.expected.txt", ns=(1, 1))
    check(job, update=Update.ALL)
    assert os.stat("a.expected.txt").st_mtime_ns == 1


def test_a_code_alone_that_is_not_needed_any_more_leaves_no_new_case() -> None:
    """What --update wrote is what the next run finds in order."""
    check(case(HI, exit="4\n"), update=Update.ALL)
    assert check(case(None)).status is Status.OK


@pytest.mark.parametrize(("capture", "code"), [(HI, "0\n"), (CUT, "4"), (CUT, " 4 \n")])
def test_a_code_that_was_right_is_left_alone(capture: bytes, code: str) -> None:
    job = case(capture, txt="Hi there\n", exit=code)
    assert check(job).status is Status.OK
    assert check(job, update=Update.ALL).wrote == []


def test_a_capture_that_cannot_be_read_leaves_its_expectations_alone() -> None:
    Path("a.expected.txt").write_text("Hi\n")
    os.symlink("nowhere", "a.jsonl")
    (job,) = jobs("a.jsonl")
    assert came(check(job, update=Update.ALL))[1:3] == (Status.BROKEN, ["a.jsonl: No such file or directory"])
    assert Path("a.expected.txt").read_text() == "Hi\n"
    assert not Path("a.expected.exit").exists()


def test_a_place_that_cannot_be_written_to_is_named() -> None:
    Path("a.jsonl").write_bytes(HI)
    os.symlink("no/where", "a.expected.txt")
    (job,) = jobs("a.jsonl")
    assert came(check(job, update=Update.ALL))[1:3] == (
        Status.BROKEN,
        ["a.expected.txt: a link is not written through; remove it, or put a file there; it is as it was"],
    )


# --- what cannot be checked -----------------------------------------------------------------------


def _break_link(path: str) -> None:
    Path(path).unlink(missing_ok=True)
    os.symlink("nowhere", path)


BROKEN: dict[str, tuple[Callable[[], object], str]] = {
    "an expectation that is not UTF-8": (
        lambda: Path("a.expected.txt").write_bytes(b"Hi \xff\n"),
        "a.expected.txt: not UTF-8 at byte 3; ",
    ),
    "an expectation in UTF-16": (
        lambda: Path("a.expected.txt").write_bytes("Hi there\n".encode("utf-16")),
        "a.expected.txt: not UTF-8 at byte 0; ",
    ),
    "an expectation that leads nowhere": (
        lambda: _break_link("a.expected.txt"),
        "a.expected.txt: No such file or directory",
    ),
    "a capture that leads nowhere": (lambda: _break_link("a.jsonl"), "a.jsonl: No such file or directory"),
    "a code that is a word": (
        lambda: Path("a.expected.exit").write_text("four\n"),
        "a.expected.exit: line 1: an exit code is a number, not 'four'",
    ),
    "a code that is nothing": (
        lambda: Path("a.expected.exit").write_text(""),
        "a.expected.exit: line 1: an exit code is a number, not ''",
    ),
    "a code below zero": (
        lambda: Path("a.expected.exit").write_text("-1"),
        "a.expected.exit: line 1: an exit code is a number, not '-1'",
    ),
    "a code that is too long": (
        lambda: Path("a.expected.exit").write_text("1" * 5000),
        "a.expected.exit: line 1: an exit code is a number, not '111",
    ),
    "two codes": (
        lambda: Path("a.expected.exit").write_text("3\n4\n"),
        "a.expected.exit: line 1: an exit code is a number, not '3\\n4'",
    ),
    "a code in other digits": (
        lambda: Path("a.expected.exit").write_text("٤"),
        "a.expected.exit: line 1: an exit code is a number, not '",
    ),
    "a code that leads nowhere": (
        lambda: _break_link("a.expected.exit"),
        "a.expected.exit: No such file or directory",
    ),
}


@pytest.mark.parametrize(("damage", "reason"), BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_used_is_named_in_one_line(damage: Callable[[], object], reason: str) -> None:
    case(txt="Hi there\n")
    damage()
    (job,) = jobs("a.jsonl")
    result = check(job)
    assert (result.status, result.differences, result.wrote) == (Status.BROKEN, [], [])
    (line,) = result.reasons
    assert line.startswith(reason)
    assert "\n" not in line


def test_an_expectation_that_is_not_utf_8_is_still_met_by_equal_bytes() -> None:
    """rewrite passes such records on as they came (R10)."""
    capture = HI + b"\xff\n"
    job = case(capture, jsonl=run_here(["rewrite"], capture).stdout, exit="3\n")
    assert check(job).status is Status.OK


def test_a_file_that_may_not_be_read_is_broken() -> None:
    job = case(txt="Hi there\n")
    os.chmod("a.expected.txt", 0)
    if os.access("a.expected.txt", os.R_OK):
        pytest.skip("this user may read everything")
    assert came(check(job))[1:3] == (Status.BROKEN, ["a.expected.txt: Permission denied"])


# --- many ----------------------------------------------------------------------------------------


def many() -> list[Job | Result]:
    """Forty cases, well and not, and two results that are there already."""
    for number in range(40):
        Path(f"{number:02}.jsonl").write_bytes(HI)
        Path(f"{number:02}.expected.txt").write_text("Hi there\n" if number % 3 else "Hi\n")
    stale, broken = Result("stale", Status.STALE, ["alone"]), Result("bad", Status.BROKEN, ["bad"])
    return [stale, *jobs("."), broken]


def kinds(results: Iterable[Result]) -> list[tuple[Any, ...]]:
    return [came(result) for result in results]


# A pool forks its processes, of which later Pythons warn where the tests have threads of their own.
forks = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@forks
def test_several_processes_give_what_one_gives_in_its_order() -> None:
    work = many()
    alone = kinds(check_all(work))
    assert kinds(check_all(work, workers=2)) == alone
    assert [one[0] for one in alone] == ["stale", *(f"{number:02}.jsonl" for number in range(40)), "bad"]
    assert [one[1] for one in alone[1:5]] == [Status.FAILED, Status.OK, Status.OK, Status.FAILED]


@forks
def test_several_processes_write_what_one_writes() -> None:
    statuses = [result.status for result in check_all(many(), update=Update.ALL, workers=3)]
    assert (statuses.count(Status.WROTE), statuses.count(Status.OK)) == (14, 26)
    assert {data for name, data in files().items() if name.endswith(".txt")} == {b"Hi there\n"}


@forks
@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_one_by_one_and_no_more_are_made_than_are_wanted(workers: int) -> None:
    results = check_all(many(), workers=workers)
    assert next(results).name == "stale"
    assert next(results).name == "00.jsonl"
    results.close()
    assert list(results) == []


@forks
@pytest.mark.parametrize("workers", [1, 2])
def test_no_work_gives_no_results(workers: int) -> None:
    assert list(check_all([], workers=workers)) == []


class Deadly(str):
    """A name that ends the process it is handed to."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os._exit, (1,))


@forks
def test_a_process_that_dies_is_told_of() -> None:
    (job,) = jobs(case().case.capture)
    deadly = Job(job.case._replace(capture=Deadly("a.jsonl")), job.settings)
    with pytest.raises(WorkerLost):
        list(check_all([deadly], workers=2))


@forks
def test_what_a_process_raises_is_raised_here_with_its_place() -> None:
    (job,) = jobs(case().case.capture)
    broken = Job(job.case, cast(Settings, None))
    with pytest.raises(AttributeError) as caught:
        list(check_all([broken], workers=2))
    assert "in _run" in caught.value.__notes__[0]


def test_a_tally_counts_and_passes_where_nothing_failed() -> None:
    for status in Status:
        tally = Tally([Result("a", Status.OK, seconds=1.5), Result("b", status, seconds=2.0)])
        assert (tally.total, tally.seconds, tally[status]) == (2, 3.5, 2 if status is Status.OK else 1)
        assert tally.passed is (status in (Status.OK, Status.WROTE))
    assert Tally().passed


def test_a_link_that_takes_the_place_of_a_folder_is_not_written_through() -> None:
    """Between the look into the folder and the write: the expectations stay inside what was named."""
    for folder in ("named/sub", "elsewhere"):
        Path(folder).mkdir(parents=True)
        Path(folder, "a.jsonl").write_bytes(jsonl([chunk({"content": "Hi"}, "stop")]))
    found = find(["named"])
    Path("named/sub").rename("moved")
    Path("named/sub").symlink_to("../elsewhere")
    (one,) = [item for item in found.items if isinstance(item, Case)]
    result = check(Job(one, Settings()), Update.ALL)
    assert (result.status, sorted(os.listdir("elsewhere"))) == (Status.BROKEN, ["a.jsonl"])
    assert result.reasons == [
        "named/sub/a.expected.txt: a link that leaves its folder is not followed; put the file itself there;"
        " it is as it was"
    ]
