"""The diff that a person reads: applied to what was expected it gives what came, and a terminal obeys none of it."""

import difflib
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unspool.check.unified_diff import unified
from unspool.formats.printable import one_line

HEAD = ["--- a", "+++ b"]
NO_NEWLINE = "\\ No newline at end of file"
HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")

few_lines = st.lists(st.sampled_from([b"a", b"b", b"c", b"", b"\r"]), max_size=30).map(b"\n".join)
any_bytes = st.lists(
    st.one_of(
        st.binary(max_size=4), st.sampled_from(["\x1b[31m", "\u202e", "\u2028", "\x85", "é", "\ufffe", "\\u001b"])
    ),
    max_size=12,
).map(lambda parts: b"\n".join(p if isinstance(p, bytes) else p.encode() for p in parts))


def diff(expected: bytes, actual: bytes) -> list[str]:
    return unified(expected, actual, "a", "b")


def shown(data: bytes) -> list[str]:
    """The lines of ``data`` as a diff shows them; a last line without its newline says so on one more."""
    *whole, last = data.decode(errors="backslashreplace").split("\n")
    lines = [one_line(line) for line in whole]
    return [*lines, one_line(last) + NO_NEWLINE] if last else lines


def applied(lines: list[str], before: list[str]) -> list[str]:
    """What patch(1) makes of ``before``; fails where a hunk is not what its head says, or does not fit."""
    assert lines[:2] == HEAD
    after, at = list[str](), 0
    for head, body in hunks(lines[2:]):
        numbers = HUNK.fullmatch(head)
        assert numbers, head
        old_from, old_count, new_from, new_count = (int(n) if n is not None else 1 for n in numbers.groups())
        old, new = ([line[1:] for line in body if line[0] in f" {sign}"] for sign in "-+")
        assert (len(old), len(new)) == (old_count, new_count)
        start = old_from - 1 if old_count else old_from  # where nothing is taken, the line before is named
        after += before[at:start]
        assert len(after) == (new_from - 1 if new_count else new_from)
        assert before[start : start + len(old)] == old
        after += new
        at = start + len(old)
    return after + before[at:]


def hunks(lines: list[str]) -> list[tuple[str, list[str]]]:
    """Each head with its body, in which the note on a missing newline is part of its line."""
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.startswith("@@"):
            found.append((line, []))
        elif line == NO_NEWLINE:
            found[-1][1][-1] += line
        else:
            assert line[0] in " -+"
            found[-1][1].append(line)
    return found


@given(few_lines, few_lines)
@example(b"", b"a")
@example(b"a", b"")
@example(b"a", b"a\n")
@example(b"\n", b"\n\n")
@example(b"a\n" * 20, b"a\n" * 9 + b"b\n" + b"a\n" * 11)
def test_applied_to_what_was_expected_it_gives_what_came(expected: bytes, actual: bytes) -> None:
    if expected != actual:
        assert applied(diff(expected, actual), shown(expected)) == shown(actual)


@given(any_bytes, any_bytes)
def test_it_does_so_for_any_bytes_and_shows_what_a_terminal_would_obey(expected: bytes, actual: bytes) -> None:
    if expected == actual:
        return
    lines = diff(expected, actual)
    assert applied(lines, shown(expected)) == shown(actual)
    for line in lines:
        assert re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e]", line) is None, line
        line.encode()  # no lone surrogates either


@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abc"), max_size=30))
def test_it_is_what_difflib_writes(expected: list[str], actual: list[str]) -> None:
    """Where they differ early: lines that are the same at the head are not compared, and others may be matched."""
    if expected == actual or (expected[:4] == actual[:4] and len(expected[:4]) == 4):
        return
    theirs = difflib.unified_diff(expected, actual, "a", "b", lineterm="")
    assert diff(*("".join(f"{line}\n" for line in side).encode() for side in (expected, actual))) == list(theirs)


NUMBERS = b"".join(b"%d\n" % number for number in range(1, 31))

BY_HAND = {
    "a line of one": (b"a\n", b"b\n", ["@@ -1 +1 @@", "-a", "+b"]),
    "everything gone": (b"a\nb\n", b"", ["@@ -1,2 +0,0 @@", "-a", "-b"]),
    "everything new": (b"", b"a\n", ["@@ -0,0 +1 @@", "+a"]),
    "a newline gone": (b"a\n", b"a", ["@@ -1 +1 @@", "-a", "+a", NO_NEWLINE]),
    "a newline new": (b"a", b"a\n", ["@@ -1 +1 @@", "-a", NO_NEWLINE, "+a"]),
    "no newline on either side": (b"a\nc", b"b\nc", ["@@ -1,2 +1,2 @@", "-a", "+b", " c", NO_NEWLINE]),
    "three lines around, far from the head": (
        NUMBERS,
        NUMBERS.replace(b"20\n", b"twenty\n"),
        ["@@ -17,7 +17,7 @@", " 17", " 18", " 19", "-20", "+twenty", " 21", " 22", " 23"],
    ),
    "something more at the end": (
        NUMBERS,
        NUMBERS + b"31\n",
        ["@@ -28,3 +28,4 @@", " 28", " 29", " 30", "+31"],
    ),
    "two places far apart": (
        NUMBERS,
        NUMBERS.replace(b"5\n", b"", 1).replace(b"30\n", b"last\n"),
        [
            *["@@ -2,7 +2,6 @@", " 2", " 3", " 4", "-5", " 6", " 7", " 8"],
            *["@@ -27,4 +26,4 @@", " 27", " 28", " 29", "-30", "+last"],
        ],
    ),
    "what a terminal obeys": (
        b"\x1b[2J\ta\r\n\xc2\x9b\xe2\x80\xae\x7f\x00\n",
        b"\n",
        ["@@ -1,2 +1 @@", "-\\u001b[2J\\ta\\u000d", "-\\u009b\\u202e\\u007f\\u0000", "+"],
    ),
    "bytes that are no UTF-8": (b"\xff\n", b"\xc3\xa9\n", ["@@ -1 +1 @@", "-\\xff", "+é"]),
    "lines end at the line feed alone": (
        "a\u2028b\x85c\x0b\x0cd\n".encode(),
        b"a\n",
        ["@@ -1 +1 @@", "-a\\u2028b\\u0085c\\u000b\\u000cd", "+a"],
    ),
    "lines that look like a diff": (b"--- a\n@@\n", b"+++ b\n@@\n", ["@@ -1,2 +1,2 @@", "---- a", "++++ b", " @@"]),
}


@pytest.mark.parametrize(("expected", "actual", "body"), BY_HAND.values(), ids=BY_HAND)
def test_what_it_looks_like(expected: bytes, actual: bytes, body: list[str]) -> None:
    assert diff(expected, actual) == [*HEAD, *body]


def test_two_thousand_lines_are_compared_and_a_last_line_says_that_there_are_more() -> None:
    long = b"".join(b"%d\n" % number for number in range(1, 3001))
    assert diff(b"x\n" + long, long)[2:] == [
        *["@@ -1,4 +1,3 @@", "-x", " 1", " 2", " 3"],
        "… compared up to line 2000",
    ]


def test_lines_that_are_the_same_at_the_head_count_for_nothing() -> None:
    """The difference is found wherever it is; three lines before it and what follows are compared."""
    same = b"".join(b"%d\n" % number for number in range(1, 5001))
    assert diff(same + b"a\n", same + b"b\n")[2:] == [
        *["@@ -4998,4 +4998,4 @@", " 4998", " 4999", " 5000", "-a", "+b"],
    ]


def test_a_difference_behind_what_is_compared_is_not_claimed() -> None:
    rest = b"".join(b"%d\n" % number for number in range(2, 4001))
    lines = diff(b"a\n" + rest + b"a\n", b"b\n" + rest + b"b\n")
    assert lines[2:] == ["@@ -1,4 +1,4 @@", "-a", "+b", " 2", " 3", " 4", "… compared up to line 2000"]


def test_names_are_shown_on_one_line() -> None:
    """A file may be called anything."""
    assert unified(b"a\n", b"b\n", "x\x1b[31m\ny", "z\u202e")[:2] == [r"--- x\u001b[31m\ny", r"+++ z\u202e"]
