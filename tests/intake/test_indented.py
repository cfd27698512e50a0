"""Records of several lines among those of one line: all of the text is read, and a log stays a log."""

import csv
import io
import json
import sys
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from tests.intake.test_layers import read
from tests.support import calls, chunk, entry, jsonl, message_call, run_here, sse

from unspool.intake.logs.indented import IndentedValues

CHUNKS = [
    chunk({"role": "assistant", "content": "From "}),
    chunk({"content": "pier two."}),
    chunk(finish="stop"),
]
ANSWER = {"role": "assistant", "content": "At nine."}
WHOLES: dict[str, dict[str, Any]] = {
    "chat": {
        "id": "w",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": ANSWER, "finish_reason": "stop"}],
    },
    "anthropic": {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": "At nine."}],
        "stop_reason": "end_turn",
    },
    "gemini": {
        "candidates": [{"content": {"parts": [{"text": "At nine."}], "role": "model"}, "finishReason": "STOP"}],
    },
}
LINES = jsonl(CHUNKS).decode()
LOG = "".join(f"2031-05-04 09:00:01 INFO chunk {json.dumps(one)}\n" for one in CHUNKS)
STREAMS = {"lines": LINES, "events": sse(CHUNKS).decode(), "a log": LOG}
FIRST, SECOND = b"At nine.\n", b"From pier two.\n"


@pytest.mark.parametrize("dialect", WHOLES)
@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_indented_answer_before_between_and_behind_other_records(dialect: str, stream: str, end: str) -> None:
    whole, others = json.dumps(WHOLES[dialect], indent=2) + "\n", STREAMS[stream]
    inputs = {
        f"Response:\n{whole}{others}": FIRST + SECOND,
        f"Response:\n{others}Response:\n{whole}": SECOND + FIRST,
        others + whole: SECOND + FIRST,
        others + whole + others: SECOND + FIRST + SECOND,
    }
    if stream == "a log":
        inputs[f"2031-05-04 09:00:02 INFO answer: {whole}{others}"] = FIRST + SECOND
    else:
        inputs[whole + others] = FIRST + SECOND
    for text, said in inputs.items():
        ran = run_here(["text"], text.replace("\n", end).encode())
        assert (ran.code, ran.stdout, ran.stderr) == (0, said, ""), text


@pytest.mark.parametrize("dialect", WHOLES)
@pytest.mark.parametrize("stream", ["a log", "a log of events"])
def test_an_indented_answer_in_another_object_between_the_lines_of_a_log(dialect: str, stream: str) -> None:
    log = LOG if stream == "a log" else "".join(f"09:00 INFO data: {json.dumps(one)}\n09:00 INFO \n" for one in CHUNKS)
    held = json.dumps({"status": 200, "body": WHOLES[dialect]}, indent=2)
    said = f"2031-05-04 09:00:02 INFO answer {held}\n"
    for text, expected in ((log + said, SECOND + FIRST), (log + said + log, SECOND + FIRST + SECOND)):
        ran = run_here(["text"], text.encode())
        assert (ran.code, ran.stdout, ran.stderr) == (0, expected, "")
        data = [text[at : at + 7].encode() for at in range(0, len(text), 7)]
        assert read(data) == read([text.encode()])


def test_an_indented_error_between_the_lines_of_a_log_is_reported() -> None:
    error = json.dumps({"error": {"message": "No such boat.", "type": "x"}}, indent=2)
    said = f"2031-05-04 09:00:02 ERROR answer {error}\n"
    for text, expected in ((LOG + said, SECOND), (LOG + said + LOG, SECOND * 2)):
        ran = run_here(["text"], text.encode())
        assert (ran.code, ran.stdout, "No such boat." in ran.stderr) == (5, expected, True)


ARRAYS = {
    "one line": json.dumps(CHUNKS),
    "a line for each": "[" + ",\n".join(map(json.dumps, CHUNKS)) + "]",
    "a line for each between brackets": "[\n" + ",\n".join(map(json.dumps, CHUNKS)) + "\n]",
    "indented": json.dumps(CHUNKS, indent=2),
    "indented objects": "[" + ",\n".join(json.dumps(one, indent=2) for one in CHUNKS) + "]",
}


@pytest.mark.parametrize("form", ARRAYS)
@pytest.mark.parametrize("dialect", WHOLES)
def test_an_array_behind_an_indented_answer(form: str, dialect: str) -> None:
    whole = json.dumps(WHOLES[dialect], indent=2)
    assert run_here(["text"], f"{whole}\n{ARRAYS[form]}\n".encode()) == (0, FIRST + SECOND, "")
    assert run_here(["text"], f"{whole}\n{ARRAYS[form]}\n{whole}".encode()) == (0, FIRST + SECOND + FIRST, "")


def test_an_array_behind_an_answer_in_one_line() -> None:
    data = f"{json.dumps(WHOLES['chat'])}\n{json.dumps(CHUNKS)}\n".encode()
    assert run_here(["text"], data) == (0, FIRST + SECOND, "")
    assert run_here(["rewrite"], data).stdout == jsonl([WHOLES["chat"], *CHUNKS])


def test_an_array_of_anything_else_is_reported() -> None:
    data = f"{json.dumps(WHOLES['chat'], indent=2)}\n[{json.dumps(CHUNKS[0])}, 1]\n".encode()
    assert run_here(["text"], data)[:2] == (3, FIRST)


@pytest.mark.parametrize("form", ["lines", "a log"])
def test_every_cut_of_the_bytes_gives_the_same(form: str) -> None:
    whole = json.dumps(WHOLES["chat"], indent=2) + "\n"
    data = f"{whole}{LINES}" if form == "lines" else f"{LOG}INFO answer: {whole}{LOG}"
    for size in (1, 7, 50):
        blocks = [data[at : at + size].encode() for at in range(0, len(data), size)]
        assert read(blocks) == read([data.encode()]), size


@pytest.mark.parametrize(
    "lines",
    ['{\n  "port": 8080,\n  "model": "m"\n}\n', "void main() {\n  run();\n}\n", '{\n  "port":\n', "if (a) {\n"],
    ids=["settings", "source code", "a value that has no end", "the last line"],
)
def test_an_object_of_the_program_s_own_is_passed_over(lines: str) -> None:
    ran = run_here(["text"], (LOG + lines + LOG + lines).encode())
    assert (ran.code, ran.stdout, ran.stderr) == (0, SECOND + SECOND, "")


def test_an_indented_record_stays_in_its_log() -> None:
    calls = message_call(['{"message":"At nine."}'])
    whole = {**WHOLES["chat"], "choices": [{"index": 0, "message": ANSWER, "finish_reason": "stop"}]}
    settings = 'settings {\r\n  "port": 8080\r\n}\r\n'
    said = f"INFO answer: {json.dumps(whole, indent=2)}\n"
    lines = "".join(f"INFO chunk {json.dumps(one)}\n" for one in calls)
    ran = run_here(["rewrite"], (lines + settings + said).encode())
    assert ran.code == 0, ran.stderr
    assert ran.stdout.decode().endswith(settings + said)
    indented = "".join(f"INFO chunk {json.dumps(one, indent=2)}\n" for one in calls)
    again = run_here(["rewrite"], (settings + indented).encode())
    assert again.stdout.decode().startswith(settings + "INFO chunk {"), again
    assert b'"content": "At nine."' in again.stdout or b'"content":"At nine."' in again.stdout


@pytest.mark.parametrize("dialect", WHOLES)
@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("indent", [1, 4])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_rewritten_log_with_indented_answers_has_their_text(dialect: str, stream: str, indent: int, end: str) -> None:
    whole = json.dumps(WHOLES[dialect], indent=indent)
    for answer in (whole, json.dumps({"status": 200, "body": WHOLES[dialect]}, indent=indent)):
        before = f"09:00:01 DEBUG response: {answer}\n09:00:02 INFO next\n"
        others = "" if answer is not whole else STREAMS[stream]
        for log in (before + others, "09:00:01 INFO start\n" + others + before):
            data = log.replace("\n", end).encode()
            text, rewritten = run_here(["text"], data), run_here(["rewrite"], data)
            assert (text.code, rewritten.code) == (0, 0)
            assert text.stdout.count(FIRST) == 1
            assert run_here(["text"], rewritten.stdout).stdout == text.stdout, rewritten.stdout


@pytest.mark.parametrize("before", ["Response:\n", "Here it is:\n\n```json\n", "09:00:01 INFO start\n"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_first_element_of_a_list_behind_words_is_read(count: int, before: str) -> None:
    """Gemini's form of an array, with the first bracket before the first brace; the first element was left out."""
    elements: list[dict[str, Any]] = [
        {"candidates": [{"content": {"parts": [{"text": f"Part {at}. "}], "role": "model"}}]} for at in range(count)
    ]
    elements[-1]["candidates"][0]["finishReason"] = "STOP"
    said = "".join(f"Part {at}. " for at in range(count)) + "\n"
    for indent in (2, None):
        array = "[" + "\n,\n".join(json.dumps(one, indent=indent) for one in elements) + "\n]\n"
        ran = run_here(["text"], (before + array).encode())
        assert (ran.code, ran.stdout.decode()) == (0, said), ran.stderr


@pytest.mark.parametrize("form", ["{0:6}\t{1}\n", "{0:>4}: {1}\n", "{0:3} | {1}\n"])
def test_an_indented_answer_behind_numbers_of_lines_in_a_column_is_read(form: str) -> None:
    lines = json.dumps(WHOLES["chat"], indent=2).splitlines()
    data = "".join(form.format(number, line) for number, line in enumerate(lines, 5))
    assert run_here(["text"], data.encode()) == (0, FIRST, "")


OTHERS = [
    "2031-05-04 09:00:02 INFO GET /health 200",
    "web: ready",
    '10.0.0.1 - - [04/May/2031] "GET / HTTP/1.1" 200 12',
    '{"level": "info", "msg": "GET /health"}',
]
FRAMES = {
    "nothing": "{line}\n",
    "a service": "api-1  | {line}\n",
    "a time": "2031-05-04T09:00:{number:02}.{number}Z {line}\n",
    "numbers of lines": "{number:6}\t{line}\n",
    "journalctl -o verbose": "Sun 2031-05-04 09:00:{number:02} UTC [i={number:x}]\n    _PID=7\n    MESSAGE={line}\n",
    "a console of .NET": "info: App.Client[{number}]\n      {line}\n",
}


def between(lines: list[str], every: int, frame: str) -> bytes:
    """The lines of a log in which other programs write a line behind each of ``every`` lines."""
    log = ""
    for number, line in enumerate(lines):
        log += frame.format(number=number % 60, line=line)
        log += OTHERS[number // every % len(OTHERS)] + "\n" if number % every == every - 1 else ""
    return log.encode()


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("dialect", WHOLES)
@pytest.mark.parametrize("frame", FRAMES)
def test_an_indented_answer_with_lines_of_other_programs_inside_is_read(frame: str, dialect: str, every: int) -> None:
    log = between(["start", *json.dumps(WHOLES[dialect], indent=2).splitlines(), "end"], every, FRAMES[frame])
    ran = run_here(["text"], log)
    assert (ran.code, ran.stdout) == (0, FIRST), ran.stderr
    rewritten = run_here(["rewrite"], log)
    assert (rewritten.code, run_here(["text"], rewritten.stdout).stdout) == (0, FIRST), rewritten


CALLED = {
    **WHOLES["chat"],
    "choices": [
        {
            "index": 0,
            "message": calls(entry('{"message": "At nine."}', index=None, id="call_1", name="send_message")),
            "finish_reason": "tool_calls",
        }
    ],
}


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("frame", [name for name in FRAMES if name != "nothing"])  # of such a log nothing is kept
def test_lines_of_other_programs_inside_of_an_answer_stay_where_they_are(frame: str, every: int) -> None:
    """They left before the answer. Where it is written in another form, there is no place inside of it."""
    log = between(["start", *json.dumps(WHOLES["chat"], indent=2).splitlines(), "end"], every, FRAMES[frame])
    assert run_here(["rewrite"], log).stdout == log
    log = between(["start", *json.dumps(CALLED, indent=2).splitlines(), "end"], every, FRAMES[frame])
    rewritten = run_here(["rewrite"], log).stdout
    others = [line for line in log.decode().splitlines() if line in OTHERS]
    assert [line for line in rewritten.decode().splitlines() if line in OTHERS] == others
    assert run_here(["text"], rewritten).stdout == FIRST


def test_an_error_inside_of_an_answer_is_reported_and_stays_where_it_is() -> None:
    lines = ["INFO start", *("INFO " + line for line in json.dumps(WHOLES["chat"], indent=2).splitlines()), "INFO end"]
    lines.insert(4, 'web-2 | failed: {"error": {"message": "No such boat.", "type": "x"}}')
    log = "".join(f"{line}\n" for line in lines).encode()
    ran = run_here(["rewrite"], log)
    assert (ran.code, ran.stdout, ran.stderr.count("No such boat.")) == (5, log, 1)


@pytest.mark.parametrize("frame", FRAMES)
def test_an_indented_error_with_lines_of_other_programs_inside_is_reported(frame: str) -> None:
    """It was passed over without a word, with exit code 0."""
    error = json.dumps({"error": {"message": "No such boat.", "type": "x"}}, indent=2).splitlines()
    log = between(["start", *jsonl(CHUNKS).decode().splitlines(), *error, "end"], 2, FRAMES[frame])
    ran = run_here(["text"], log)
    assert (ran.code, ran.stdout, ran.stderr.count("No such boat.")) == (5, SECOND, 1)


ABOUT = {"type": "ai", "id": "m", "response_metadata": {"model_provider": "openai"}}
SO_FAR = [{"run_id": "r", "attempt": 1}, *([{**ABOUT, "content": text}] for text in ("At ", "At nine", "At nine."))]
PIECES = [[{"candidates": [{"content": {"parts": [{"text": text}]}}]} for text in ("At ", "nine.")]]


@pytest.mark.parametrize("every", [0, 2])
@pytest.mark.parametrize("before", ["", "app-1  | ", "2031-05-04 03:02:01 INFO "])
@pytest.mark.parametrize("lists", [SO_FAR, PIECES], ids=["LangGraph", "Gemini"])
def test_a_list_that_is_one_record_and_one_of_records(lists: list[Any], before: str, every: int) -> None:
    """The first element shows which it is: LangGraph's message so far is in a list, and Gemini's pieces are."""
    lines = [before + line for one in lists for line in json.dumps(one, indent=4).split("\n")]
    inside = [
        text
        for at, line in enumerate(lines)
        for text in (["[cron] a job ran", line] if every and at % every else [line])
    ]
    ran = run_here(["text"], "\n".join([f"{before}started", *inside, ""]).encode())
    assert (ran.stdout, ran.code) == (b"At nine.\n", 4)  # neither has an end
    assert "differs" not in ran.stderr


def test_a_record_behind_an_indented_object_that_is_cut_leaves_at_once() -> None:
    cut = [line.encode() + b"\n" for line in json.dumps(WHOLES["chat"], indent=2).splitlines()[:4]]
    record = b"INFO " + json.dumps(CHUNKS[0]).encode() + b"\n"
    values = IndentedValues()
    assert [values.feed(line) for line in cut] == [[]] * len(cut)
    assert values.feed(record) == [*cut, record]
    assert not values.open


def test_no_long_line_of_another_program_is_kept_until_a_value_ends() -> None:
    first, long = b"INFO {\n", b"x" * 100_000 + b"\n"
    values = IndentedValues()
    assert values.feed(first) == []
    assert values.feed(long) == [first, long]


@pytest.mark.parametrize("kind", ["{key}", "{key} {{", '{key} {{\n  "a": [', "{key} {{\n{key}"])
def test_the_time_for_lines_that_begin_a_value_is_linear(kind: str) -> None:
    """No pattern is compiled for what is before a value, and no line is looked at again once it is given up."""
    lines = [f"{kind.format(key=f'k{number}x')}\n".encode() for number in range(2000)]
    calls = 0

    def tally(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    values, queue = IndentedValues(), deque(line + b"\n" for text in lines for line in text.split(b"\n") if line)
    size = len(queue)
    sys.setprofile(tally)
    try:
        found = list(values.lines(queue, True))
    finally:
        sys.setprofile(None)
    assert len(found) == size
    assert calls < 30 * size


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize(
    "error", [{"message": "No such boat.", "type": "x"}, {"message": "No such boat.", "code": 404}]
)
def test_an_indented_error_alone_with_lines_of_other_programs_inside_is_reported(error: Any, every: int) -> None:
    for frame in FRAMES.values():
        log = between(["start", *json.dumps({"error": error}, indent=2).splitlines(), "end"], every, frame)
        ran = run_here(["text"], log)
        assert (ran.code, ran.stderr.count("No such boat."), ran.stderr.count("\n")) == (5, 1, 1), ran.stderr


def table_of(lines: list[str], delimiter: str = ",") -> str:
    table = io.StringIO()
    csv.writer(table, delimiter=delimiter).writerows([["n", "line"], *enumerate(lines)])
    return table.getvalue()


def bytes_of(lines: list[str]) -> str:
    return repr([line.encode() for line in lines])


COLLECTED: dict[str, Callable[[list[str]], str]] = {
    "a table": table_of,
    "a table of semicolons": partial(table_of, delimiter=";"),
    "a table of tabs": partial(table_of, delimiter="\t"),
    "strings": repr,
    "bytes": bytes_of,
}


@pytest.mark.parametrize("before", [[], ["start", "Response:"]])
@pytest.mark.parametrize("dialect", WHOLES)
@pytest.mark.parametrize("form", COLLECTED)
def test_an_indented_answer_whose_lines_are_cells_or_strings_of_a_list_is_read(
    form: str, dialect: str, before: list[str]
) -> None:
    lines = [*before, *json.dumps({**WHOLES[dialect], "tags": ["a", 1, True]}, indent=2).splitlines()]
    ran = run_here(["text"], COLLECTED[form](lines).encode())
    assert (ran.code, ran.stdout, ran.stderr) == (0, FIRST, "")
    error = json.dumps({"error": {"message": "No such boat.", "type": "x"}}, indent=2).splitlines()
    failed = run_here(["text"], COLLECTED[form](["Response:", *error]).encode())
    assert (failed.code, failed.stderr.count("No such boat.")) == (5, 1), failed.stderr
