"""The fault classes: what holds for each, and where it does not apply. docs/RELIABILITY.md is made from this table."""

import ast
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """One fault class; ``reason`` says why it has no test here, or what is not covered."""

    fault: str
    holds: str
    reason: str = ""


ROWS: dict[int, Row] = {
    1: Row("Input cut anywhere", "The same events for the whole input, each cut in two, and single bytes."),
    2: Row("LF, CR, CRLF, cut inside CRLF", "The same text."),
    3: Row("Byte order marks", "The one at the start is skipped; later ones are data."),
    4: Row("SSE comments, `retry:`, `id:`, unknown fields", "Skipped; exit 0."),
    5: Row("`data:` on several lines, without a space, without a colon", "Read as WHATWG's standard says."),
    6: Row(
        "Half a record at the end", "All text before it is out; the line names the byte; exit 4, behind a finish too."
    ),
    7: Row("No newline at the end", "The last line is a record like any other; exit 0."),
    8: Row("End before the finish", "Exit 4, and one line that says so."),
    9: Row("A finish without `[DONE]`, or the reverse", "Either ends the stream; exit 0."),
    10: Row("Data after `[DONE]`", "Another stream, whose text is on separate lines; `--single-step` stops before it."),
    11: Row("Error objects and error events", "The text so far, the message on standard error, exit 5."),
    12: Row(
        "HTML, empty input",
        "Nothing on standard output, one line that says what it looks like; exit 5, of empty input 4.",
    ),
    13: Row("Values of the wrong shape", "One line, exit 3; the text around them is whole. A usage alone is kept."),
    14: Row("JSON of all classes as records", "Sound JSON is never called broken, broken JSON is named with its byte."),
    15: Row("JSON of all classes inside arguments", "The message is whole; every cut gives the same."),
    16: Row("Bytes that are not UTF-8", "One line with the byte, exit 3; the text around them is whole."),
    17: Row("Halves of surrogate pairs", "Joined across deltas; a lone half becomes one U+FFFD."),
    18: Row("30-digit integers, `1.10`, `-0`, `1e999`, members that occur twice", "`rewrite` keeps their source text."),
    19: Row(
        "Nesting of 201 to 1,000,000 levels",
        "As a record one line and exit 3; inside arguments the message is whole.",
    ),
    20: Row(
        "Lines of 1 KB to 256 MB",
        "Linear. Memory beyond the start is at most 2.5 times the line and 40 MB where its text is one string.",
        "A line of many small objects takes up to 70 times its size. One of more than 512 MB is a bad record.",
    ),
    21: Row(
        "A million small deltas",
        "Constant memory, linear time.",
        "The test takes 20,000; `python -m tests.faults.hostile` more.",
    ),
    22: Row(
        "Calls without an index, renamed, interleaved, repeated",
        "The rules T1 to T40 of the quirks; no text changes its call.",
    ),
    23: Row(
        "The argument is missing, null, repeated, nested or escaped",
        "The first one of its name at the top; null is no text.",
    ),
    24: Row("Arguments that break off", "Only whole characters are written; exit 4."),
    25: Row("Content together with calls, several choices", "In order, each choice by itself."),
    26: Row("The reader closes the pipe", "Exit 141, nothing on standard error but the count of earlier faults."),
    27: Row("Full disks, writes that fail", "One line, exit 5, never 0."),
    28: Row(
        "Standard streams that are closed at the start", "One line and exit 5; without standard error the work is done."
    ),
    29: Row("Missing files, directories, reads that fail", "One line, exit 5."),
    30: Row("SIGINT", "The text so far is out; exit 130, also where it comes just before a read."),
    31: Row(
        "SIGTERM, SIGHUP, SIGQUIT, SIGTSTP",
        "`view`, `chat`, `check` and `table` restore the terminal, keep what had arrived, end their processes and "
        "leave with 128 and the number; `serve` ends its responses; all others count the faults that had no line, and "
        "end by the signal itself.",
        "Stops and resizes of the view: tests/view; `table`, `serve`, `check` and `chat`: their own tests.",
    ),
    32: Row("A recording that is killed or cut", "Loads up to its last whole record."),
    33: Row("A connection that breaks", "The text so far, exit 5, exactly one request."),
    34: Row("A failure before the first byte", "One line, exit 5, one request: nothing is tried again unasked."),
    35: Row("A server that stalls", "`--timeout` ends the call; exit 5."),
    36: Row("Compressed input, whole and truncated", "The text so far; exit 4 where it is cut."),
    37: Row(
        "Slow producers",
        "What has arrived is out before more is awaited.",
        "Milliseconds are a matter of `make bench`.",
    ),
    38: Row("Two writers of one recording", "The second is refused; exit 2."),
    39: Row(
        "Windows",
        "",
        "Windows is not supported: the command needs POSIX descriptors and signals, and says so in its metadata.",
    ),
    40: Row("Locale C, no home, dumb or tiny terminals", "Works."),
    41: Row("Escape sequences on a terminal", "Shown, never obeyed."),
    42: Row("Markup of Rich in text and names", "Printed literally."),
    43: Row("Invisible and bidirectional characters", "Shown on a terminal, unchanged in a pipe."),
    44: Row("The API key", "In no file and no message, also where the server repeats it."),
    45: Row("Modes of recordings under umask 0", "0600."),
    46: Row("Bytes that no one wrote", "Only documented codes and messages; `make fuzz` looks for ten minutes."),
    47: Row(
        "The k-th system call fails",
        "No hang, no traceback, no exit 0 with lost data: `make torture`, where strace is installed.",
    ),
    48: Row("A long reply in the view", "Each line is shown once."),
    49: Row(
        "Coverage and mutation of the parser",
        "Every branch of the core is reached (`make unit`).",
        "Mutants are not counted: no tool for it is part of the development group.",
    ),
}
"""By number; exit codes are those of docs/reference/exit-codes.md."""

_MODULES = ("test_streams.py", "test_process.py", "test_torture.py")


def row_tests() -> dict[int, list[str]]:
    """The names of the tests of each row, which begin with its number."""
    found: dict[int, list[str]] = {number: [] for number in ROWS}
    for module in _MODULES:
        tree = ast.parse((Path(__file__).parent / module).read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_row_"):
                words = node.name.split("_")
                numbers = [int(word) for word in words[2:5] if word.isdigit()]
                for number in numbers:
                    found[number].append(node.name)
    return found
