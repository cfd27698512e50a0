"""What a run writes, in each format: read back by what reads it elsewhere, whatever names and model text hold."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import junitparser
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tap.parser import Parser

from unspool.check.reports import ReportFormat, make_report, summary
from unspool.check.results import Mismatch, Result, Status, Tally
from unspool.formats.printable import printable
from unspool.sinks.output import Output
from unspool.textdiff.colour import Paint, plain

HUMAN, TAP, JUNIT, JSON = ReportFormat.HUMAN, ReportFormat.TAP, ReportFormat.JUNIT, ReportFormat.JSON


def painted(text: str, colour: str, /, *, reverse: bool = False) -> str:
    """Colours that can be read; in brackets what is the other way round."""
    return f"<{colour}>[{text}]</>" if reverse else f"<{colour}>{text}</>"


def reported(form: ReportFormat, results: Sequence[Result], total: int | None = None, paint: Paint = plain) -> str:
    stream = BytesIO()
    report = make_report(form, Output(stream), paint)
    report.begin(len(results) if total is None else total)
    for result in results:
        report.add(result)
    report.end(Tally(results))
    return stream.getvalue().decode()


OK = Result("d/a.jsonl", Status.OK, seconds=0.25)
WROTE = Result("d/b.jsonl", Status.WROTE, wrote=["d/b.expected.txt (new)", "d/b.expected.exit (removed)"])
DIFF = ["--- d/c.expected.txt", "+++ what unspool text gives now", "@@ -1,2 +1,2 @@", " same", "-old", "+new"]
FAILED = Result(
    "d/c.jsonl",
    Status.FAILED,
    ["the exit code is 4, and 0 was expected", "d/c.jsonl: record 2 (byte 10): the stream ended"],
    [Mismatch("d/c.expected.txt", DIFF), Mismatch("d/c.expected.jsonl", ["--- x", "+++ y", "@@ -1 +0,0 @@", "-z"])],
    seconds=0.5,
)
BROKEN = Result("e.jsonl", Status.BROKEN, ["e.args: line 1: No such option: --x"])
NEW = Result("f.jsonl", Status.NEW, ["it has no expectation yet; --update writes one"])
STALE = Result("g.expected.txt", Status.STALE, ["its capture is missing; remove it"])
HINT = "If the new output is right, --update accepts it."
EACH = [OK, WROTE, FAILED, BROKEN, NEW, STALE]

# --- for people -----------------------------------------------------------------------------------


def test_a_person_reads_a_line_for_each_case_and_below_it_what_is_wrong() -> None:
    assert reported(HUMAN, EACH).splitlines() == [
        "ok    d/a.jsonl",
        "wrote d/b.jsonl",
        "      d/b.expected.txt (new)",
        "      d/b.expected.exit (removed)",
        "FAIL  d/c.jsonl",
        "      the exit code is 4, and 0 was expected",
        "      d/c.jsonl: record 2 (byte 10): the stream ended",
        *DIFF,
        *["--- x", "+++ y", "@@ -1 +0,0 @@", "-z"],
        "FAIL  e.jsonl",
        "      e.args: line 1: No such option: --x",
        "new   f.jsonl",
        "      it has no expectation yet; --update writes one",
        "stale g.expected.txt",
        "      its capture is missing; remove it",
        "6 cases: 1 ok, 1 written, 2 failed, 1 new, 1 stale",
        HINT,
    ]


def test_colours_go_through_the_paint() -> None:
    assert reported(HUMAN, EACH, paint=painted).splitlines() == [
        "<green>ok   </> d/a.jsonl",
        "<cyan>wrote</> d/b.jsonl",
        "      d/b.expected.txt (new)",
        "      d/b.expected.exit (removed)",
        "<red>FAIL </> d/c.jsonl",
        "      the exit code is 4, and 0 was expected",
        "      d/c.jsonl: record 2 (byte 10): the stream ended",
        "<red>--- d/c.expected.txt</>",
        "<green>+++ what unspool text gives now</>",
        "<cyan>@@ -1,2 +1,2 @@</>",
        " same",
        *["<red>-old</>", "<green>+new</>"],
        *["<red>--- x</>", "<green>+++ y</>", "<cyan>@@ -1 +0,0 @@</>", "<red>-z</>"],
        "<red>FAIL </> e.jsonl",
        "      e.args: line 1: No such option: --x",
        "<yellow>new  </> f.jsonl",
        "      it has no expectation yet; --update writes one",
        "<red>stale</> g.expected.txt",
        "      its capture is missing; remove it",
        "<red>6 cases: 1 ok, 1 written, 2 failed, 1 new, 1 stale</>",
        HINT,
    ]
    assert reported(HUMAN, [OK], paint=painted).splitlines()[-1] == "<green>1 case: 1 ok</>"


@pytest.mark.parametrize("form", [TAP, JUNIT, JSON])
def test_machines_get_no_colours(form: ReportFormat) -> None:
    assert reported(form, EACH, paint=painted) == reported(form, EACH)


SUMMARIES: list[tuple[list[Result], int, str]] = [
    ([OK], 1, "1 case: 1 ok"),
    ([OK, OK], 2, "2 cases: 2 ok"),
    ([OK, FAILED], 1234, "1,234 cases: 1 ok, 1 failed, 1,232 not run"),
    ([BROKEN, FAILED], 2, "2 cases: 2 failed"),
    ([WROTE, NEW, STALE], 3, "3 cases: 1 written, 1 new, 1 stale"),
    ([], 3, "3 cases: 3 not run"),
]


@pytest.mark.parametrize(("results", "total", "line"), SUMMARIES)
def test_the_summary_counts(results: list[Result], total: int, line: str) -> None:
    assert summary(Tally(results), total) == line
    assert line in reported(HUMAN, results, total).splitlines()[-2:]


@pytest.mark.parametrize("result", EACH, ids=lambda result: result.status.value)
def test_a_difference_that_update_can_accept_is_followed_by_a_hint(result: Result) -> None:
    """It removes nothing stale and repairs nothing broken; the line of a new case names the option."""
    last = reported(HUMAN, [OK, result]).splitlines()[-1]
    assert (last == HINT) is (result.status is Status.FAILED)


def test_a_limit_that_is_exceeded_has_no_hint() -> None:
    """A person wrote the limit; --update leaves it."""
    exceeded = Result("d/c.jsonl", Status.FAILED, ["step 1: first_text is 0.9 s, and first_text<800ms was expected"])
    assert HINT not in reported(HUMAN, [exceeded])


REPLACED = {
    "a word": ("-one two three", "+one 2 three", "-one |[two]| three", "+one |[2]| three"),
    "something more": ("-a", "+a b", "-a", "+a|[ b]"),
    "something less": ("-a b", "+a", "-a|[ b]", "+a"),
    "a letter, and so the word": ("-one aaa", "+one aa", "-one |[aaa]", "+one |[aa]"),
    "two words far apart": ("-1 b c d 5", "+2 b c d 6", "-|[1]| b c d |[5]", "+|[2]| b c d |[6]"),
    "nothing in common": ("-a", "+b", "-a", "+b"),
    "what only looks the same": ("-a", "+a", "-a", "+a"),
    "an empty line": ("-", "+a", "-", "+a"),
}


@pytest.mark.parametrize(("old", "new", "shown_old", "shown_new"), REPLACED.values(), ids=REPLACED)
def test_in_a_line_that_replaces_another_what_differs_stands_out(
    old: str, new: str, shown_old: str, shown_new: str
) -> None:
    result = Result("a", Status.FAILED, [], [Mismatch("x", ["--- x", "+++ y", "@@ -1 +1 @@", old, new])])
    lines = reported(HUMAN, [result], paint=painted).splitlines()[4:6]
    for line, shown, colour in zip(lines, [shown_old, shown_new], ["red", "green"], strict=True):
        assert line == "".join(f"<{colour}>{part}</>" for part in shown.split("|"))


def test_what_differs_stands_out_where_a_newline_is_missing_too() -> None:
    diff = ["--- x", "+++ y", "@@ -1 +1 @@", "-one two", "\\ No newline at end of file", "+one 2"]
    lines = reported(HUMAN, [Result("a", Status.FAILED, [], [Mismatch("x", diff)])], paint=painted).splitlines()[4:7]
    assert lines == ["<red>-one </><red>[two]</>", "\\ No newline at end of file", "<green>+one </><green>[2]</>"]


def test_below_a_long_line_stands_what_differs_in_it() -> None:
    same = "word " * 30
    diff = ["--- x", "+++ y", "@@ -1 +1 @@", f"-{same}one", f"+{same}two"]
    lines = reported(HUMAN, [Result("a", Status.FAILED, [], [Mismatch("x", diff)])]).splitlines()[4:7]
    assert lines == [diff[3], diff[4], f"? …{same[-30:]}[-one-]{{+two+}}"]


@given(st.lists(st.sampled_from(["-a b", "-a", "+a b", "+c", " d", "-", "+", "@@ @@", "\\ No"]), max_size=12))
def test_colours_change_no_letter_of_a_diff(lines: list[str]) -> None:
    result = Result("a", Status.FAILED, [], [Mismatch("x", ["--- x", "+++ y", *lines])])
    coloured = reported(HUMAN, [result], paint=painted)
    assert re.sub(r"<[a-z]+>\[?|\]?</>", "", coloured) == reported(HUMAN, [result])


@pytest.mark.parametrize(("lines", "shown", "last"), [(200, 200, "+199"), (201, 201, "… and 1 lines more")])
def test_a_person_is_spared_a_diff_without_end(lines: int, shown: int, last: str) -> None:
    """Machines get all of it."""
    result = Result("a", Status.FAILED, [], [Mismatch("a.expected.txt", [f"+{n}" for n in range(lines)])])
    body = reported(HUMAN, [result]).splitlines()[1:-2]
    assert (len(body), body[-1]) == (shown, last)
    assert f'"+{lines - 1}"' in reported(TAP, [result])
    assert f"+{lines - 1}" in reported(JUNIT, [result])
    assert f"+{lines - 1}" in reported(JSON, [result])


@pytest.mark.parametrize("form", [HUMAN, TAP])
def test_a_line_leaves_with_its_case(form: ReportFormat) -> None:
    stream = BytesIO()
    report = make_report(form, Output(stream), plain)
    report.begin(2)
    for result in (OK, FAILED):
        report.add(result)
        assert result.name in stream.getvalue().decode()


# --- TAP 14 ---------------------------------------------------------------------------------------


def test_tap_to_the_letter() -> None:
    assert reported(TAP, [OK, WROTE, BROKEN, FAILED]).splitlines() == [
        "TAP version 14",
        "1..4",
        "ok 1 - d/a.jsonl",
        "ok 2 - d/b.jsonl",
        "# wrote d/b.expected.txt (new)",
        "# wrote d/b.expected.exit (removed)",
        "not ok 3 - e.jsonl",
        "  ---",
        "  status: broken",
        "  reasons:",
        '    - "e.args: line 1: No such option: --x"',
        "  ...",
        "not ok 4 - d/c.jsonl",
        "  ---",
        "  status: failed",
        "  reasons:",
        '    - "the exit code is 4, and 0 was expected"',
        '    - "d/c.jsonl: record 2 (byte 10): the stream ended"',
        "  diff:",
        *(f'    - "{line}"' for line in DIFF),
        *['    - "--- x"', '    - "+++ y"', '    - "@@ -1 +0,0 @@"', '    - "-z"'],
        "  ...",
    ]


def blocks(document: str) -> list[dict[str, Any]]:
    """The YAML blocks, which stand indented by two behind their test lines."""
    found = re.findall(r"^  ---\n(.*?)^  \.\.\.\n", document, re.MULTILINE | re.DOTALL)
    return [yaml.safe_load(block) for block in found]


def tap_lines(document: str, *categories: str) -> list[Any]:
    return [line for line in Parser().parse_text(document) if line.category in categories]


def test_tap_is_read_by_its_consumers() -> None:
    document = reported(TAP, EACH)
    assert [line.version for line in tap_lines(document, "version")] == [14]
    assert [line.expected_tests for line in tap_lines(document, "plan")] == [6]
    tests = tap_lines(document, "test")
    assert [(line.number, line.ok) for line in tests] == [
        (1, True),
        (2, True),
        (3, False),
        (4, False),
        (5, False),
        (6, False),
    ]
    assert [line.description for line in tests] == [f"- {result.name}" for result in EACH]
    assert not any(line.skip or line.todo for line in tests)
    failed, broken, new, stale = blocks(document)
    assert failed == {
        "status": "failed",
        "reasons": FAILED.reasons,
        "diff": [line for difference in FAILED.differences for line in difference.diff],
    }
    assert [block["status"] for block in (broken, new, stale)] == ["broken", "new", "stale"]


def test_tap_bails_out_where_a_run_was_broken_off() -> None:
    document = reported(TAP, [OK, FAILED], total=5)
    assert [line.expected_tests for line in tap_lines(document, "plan")] == [5]
    (bail,) = tap_lines(document, "bail")
    assert bail.reason
    assert document.endswith(f"\nBail out! {bail.reason}\n")
    assert not tap_lines(reported(TAP, EACH), "bail")


def test_tap_without_cases_has_an_empty_plan() -> None:
    assert reported(TAP, []) == "TAP version 14\n1..0\n"


# --- JUnit ----------------------------------------------------------------------------------------

COUNTS = {"tests": "6", "failures": "3", "errors": "1", "skipped": "0", "time": "0.750000"}


def test_junit_is_one_suite_with_its_counts() -> None:
    document = reported(JUNIT, EACH)
    assert document.startswith("<?xml version='1.0' encoding='UTF-8'?>\n<testsuites ")
    root = ET.fromstring(document.encode())
    (suite,) = root
    assert (root.tag, suite.tag) == ("testsuites", "testsuite")
    assert root.attrib == suite.attrib == {"name": "unspool check", **COUNTS}
    assert [case.tag for case in suite] == ["testcase"] * 6


def test_junit_names_a_case_by_its_file_and_folder() -> None:
    a, *_, stale = ET.fromstring(reported(JUNIT, EACH)).iter("testcase")
    assert a.attrib == {"classname": "d", "name": "a.jsonl", "file": "d/a.jsonl", "time": "0.250000"}
    assert (stale.get("classname"), stale.get("name")) == (".", "g.expected.txt")


def test_junit_is_read_by_its_consumers() -> None:
    document = junitparser.JUnitXml.fromstring(reported(JUNIT, EACH).encode())
    assert (document.tests, document.failures, document.errors, document.skipped) == (6, 3, 1, 0)
    (suite,) = document
    assert (suite.tests, suite.failures, suite.errors, suite.skipped, suite.time) == (6, 3, 1, 0, 0.75)
    ok, wrote, failed, broken, new, stale = suite
    assert ok.is_passed
    assert wrote.is_passed
    assert wrote.system_out == "d/b.expected.txt (new)\nd/b.expected.exit (removed)"
    (problem,) = failed.result
    assert isinstance(problem, junitparser.Failure)
    assert (problem.message, problem.type) == ("the exit code is 4, and 0 was expected", "failed")
    lines = [*FAILED.reasons, *DIFF, "--- x", "+++ y", "@@ -1 +0,0 @@", "-z"]
    assert problem.text == "\n".join(lines)
    assert [type(case.result[0]) for case in (broken, new, stale)] == [
        junitparser.Error,
        junitparser.Failure,
        junitparser.Failure,
    ]


def test_junit_says_what_differs_where_the_code_is_right() -> None:
    result = Result("a", Status.FAILED, [], [Mismatch("a.expected.txt", ["-x"]), Mismatch("a.expected.jsonl", [])])
    (failure,) = ET.fromstring(reported(JUNIT, [result])).iter("failure")
    assert (failure.get("message"), failure.text) == ("a.expected.txt differs", "-x")


def test_junit_counts_only_what_was_run() -> None:
    root = ET.fromstring(reported(JUNIT, [OK, FAILED], total=5))
    assert root.get("tests") == "2"
    assert len(list(root.iter("testcase"))) == 2


# --- JSON -----------------------------------------------------------------------------------------


def test_json_is_one_object_on_one_line() -> None:
    document = reported(JSON, EACH, total=8)
    assert document.count("\n") == 1
    assert document.endswith("\n")
    value = json.loads(document)
    assert value["summary"] == {
        "passed": False,
        "total": 8,
        "ok": 1,
        "wrote": 1,
        "failed": 1,
        "broken": 1,
        "new": 1,
        "stale": 1,
        "not_run": 2,
    }
    assert value["cases"][0] == {
        "name": "d/a.jsonl",
        "status": "ok",
        "reasons": [],
        "differences": [],
        "wrote": [],
        "seconds": 0.25,
    }
    assert value["cases"][1]["wrote"] == ["d/b.expected.txt (new)", "d/b.expected.exit (removed)"]
    assert value["cases"][2]["reasons"] == FAILED.reasons
    assert value["cases"][2]["differences"] == [
        {"expectation": "d/c.expected.txt", "diff": "\n".join(DIFF)},
        {"expectation": "d/c.expected.jsonl", "diff": "--- x\n+++ y\n@@ -1 +0,0 @@\n-z"},
    ]
    assert [case["status"] for case in value["cases"]] == [result.status.value for result in EACH]


def test_json_says_whether_all_passed() -> None:
    assert json.loads(reported(JSON, [OK, WROTE]))["summary"]["passed"] is True


# --- whatever names and model text hold -----------------------------------------------------------

HOSTILE = {
    "control characters": "a\x1b[31m\x00\x07\r\x7f",
    "C1": "a\x80\x85\x9b31m",
    "newlines and tabs": "a\nok 9 - b\tc\n",
    "bidi and separators": "a\u202e\u2066\u2028\u2029\ufeff",
    "a directive": "a # SKIP b #TODO",
    "backslashes": "a\\b\\#c\\",
    "markup": "<b>&amp;\"'</failure> ]]> <!-- <?x ?>",
    "half a surrogate pair": "a\udcff\ud83d",
    "no characters of XML": "a\ufffe\uffffb",
    "beyond the BMP": "\U0001f600\U000e0041\U0010ffff",
    "YAML": "- a: {b} | > % @ ` ~ null ... ---",
    "spaces around": "  a  ",
    "nothing": "",
}
OBEYED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)


def hostile(text: str) -> list[Result]:
    """The text wherever a report may show one; in a diff it stands as unified() writes it."""
    lines = [f"+{line}" for line in re.sub(OBEYED, "?", text).encode(errors="replace").decode().split("\n")]
    return [
        Result(f"d{text}/{text}x", Status.FAILED, [text or "-"], [Mismatch(f"{text}.expected.txt", lines)]),
        Result(text, Status.BROKEN, [f"x {text}", text]),
        Result(f"{text}w", Status.WROTE, wrote=[f"{text} (new)"]),
    ]


texts = st.one_of(
    st.sampled_from(list(HOSTILE.values())),
    st.text(st.characters(codec=None), max_size=12),  # lone surrogates too
    st.text(st.sampled_from("#\\]>&<\"'\n -.:{\x1b\x85\udc80\ufffe"), max_size=12),
)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_person_sees_lines_and_nothing_a_terminal_obeys(text: str) -> None:
    document = reported(HUMAN, hostile(text))
    assert OBEYED.search(document) is None
    lines = document.split("\n")
    assert [line[:5] for line in lines if line[:5] in ("FAIL ", "wrote", "ok   ")] == ["FAIL ", "FAIL ", "wrote"]
    assert lines[-3:] == ["3 cases: 1 written, 2 failed", HINT, ""]


@given(texts)
def test_a_person_is_never_shown_what_a_terminal_obeys(text: str) -> None:
    assert OBEYED.search(reported(HUMAN, hostile(text))) is None


def unescaped(description: str) -> str:
    """A description as TAP 14 reads it: a backslash stands before a backslash and a number sign."""
    assert re.fullmatch(r"(?:[^\\#]|\\[\\#])*", description), description
    return re.sub(r"\\([\\#])", r"\1", description)


@given(texts.filter(lambda text: not re.search("[\ud800-\udfff]", text)))
def test_tap_keeps_its_lines_and_no_name_is_a_directive(text: str) -> None:
    lines = [line for line in reported(TAP, hostile(text)).split("\n") if line and line[0] != " "]
    assert lines[:2] == ["TAP version 14", "1..3"]
    first, second, third, wrote = lines[2:]
    assert OBEYED.search("".join(lines)) is None
    assert wrote.startswith("# wrote ")
    starts = ["not ok 1 - ", "not ok 2 - ", "ok 3 - "]
    for line, start, result in zip([first, second, third], starts, hostile(text), strict=True):
        assert line.startswith(start)
        assert escaped(unescaped(line.removeprefix(start))) == escaped(result.name).replace("\n", "\\n")


def test_tap_escapes_what_stands_for_half_a_surrogate_pair() -> None:
    """As it does for what stands for a control character."""
    lines = reported(TAP, [OK._replace(name="\x1b"), OK._replace(name="\udcff")]).splitlines()
    assert [unescaped(line.partition(" - ")[2]) for line in lines[2:]] == [r"\u001b", r"\udcff"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_tap_says_in_yaml_what_was_said(text: str) -> None:
    failed, broken = blocks(reported(TAP, hostile(text)))
    first, second, _ = hostile(text)
    assert same(failed["reasons"], first.reasons)
    assert same(broken["reasons"], second.reasons)
    assert same(failed["diff"], first.differences[0].diff)


def same(read: Sequence[str], written: Iterable[str]) -> bool:
    """Whether texts came back, as they were or with what cannot be in a document shown as an escape."""
    return [escaped(text) for text in read] == [escaped(text) for text in written]


def escaped(text: str) -> str:
    shown = re.sub(
        OBEYED, lambda found: "".join(f"\\u{unit:04x}" for unit in units(found[0])), text.replace("\t", "\\t")
    )
    shown = re.sub("[\ud800-\udfff\ufffe\uffff]", lambda found: f"\\u{ord(found[0]):04x}", shown)
    return printable(shown)  # what is invisible: tests/formats has its list


def units(character: str) -> list[int]:
    data = character.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)]


@given(texts)
def test_tap_is_yaml_whatever_was_said(text: str) -> None:
    assert len(blocks(reported(TAP, hostile(text)))) == 2


@given(texts)
def test_junit_is_a_document_whatever_was_said(text: str) -> None:
    document = reported(JUNIT, hostile(text))
    root = ET.fromstring(document.encode())
    first, second, third = root.iter("testcase")
    assert [element.tag for element in (*first, *second, *third)] == ["failure", "error", "system-out"]
    assert same([first.get("file", "?")], [hostile(text)[0].name])
    assert same([(third[0].text or "")], hostile(text)[2].wrote)
    suite = next(iter(junitparser.JUnitXml.fromstring(document.encode())))
    assert [len(case.result) for case in suite] == [1, 1, 0]


@given(texts)
def test_json_holds_every_text_as_it_was_but_for_halves_of_characters(text: str) -> None:
    """Those, the bytes of names that are no UTF-8, are escapes: not every reader takes them."""
    text = text.encode(errors="backslashreplace").decode()
    first, second, third = json.loads(reported(JSON, hostile(text)))["cases"]
    results = hostile(text)
    assert [case["name"] for case in (first, second, third)] == [result.name for result in results]
    assert (first["reasons"], second["reasons"]) == (results[0].reasons, results[1].reasons)
    assert first["differences"][0]["expectation"] == results[0].differences[0].expectation
    assert third["wrote"] == results[2].wrote
