"""A log that ends early shows a beginning of the text and says so, wherever it ends."""

import itertools
import json

import pytest
from tests.intake.test_layers import TEXT, TEXTUAL
from tests.intake.test_pairs import COLLECTORS, LINES, PROGRAMS, pair
from tests.support import chunk, message_call, run_here, sse

PLACES = 2  # of each of more than ten programs, whose lines a collector writes in the same form
OFFSET = 7  # bytes, so that not all cuts are at the same places of the lines


def check(data: bytes, end: int) -> None:
    ran = run_here(["text"], data[:end])
    shown = ran.stdout.decode().rstrip("\n")
    assert TEXT.startswith(shown), (end, data[:end], ran)
    assert "a fault in unspool" not in ran.stderr
    if ran.code:
        assert ran.stderr
    else:
        assert shown + "\n" == TEXT, (end, data[:end], ran)


@pytest.mark.parametrize("collector", COLLECTORS)
def test_a_log_is_cut_at_several_places(collector: str) -> None:
    streams = itertools.cycle(LINES)
    for number, (program, stream) in enumerate(zip(PROGRAMS, streams, strict=False)):
        data = pair(collector, program, stream)
        for place in range(1, PLACES + 1):
            check(data, len(data) * place // (PLACES + 1) + OFFSET * number % 31)


@pytest.mark.parametrize("layer", ["log lines", "logfmt", "strings"])
def test_a_small_log_is_cut_at_each_second_byte(layer: str) -> None:
    data = TEXTUAL[layer](LINES["anthropic lines"])
    for end in range(1, len(data), 2):
        check(data, end)


@pytest.mark.parametrize("program", ["bytes", "logfmt", "python", "repr", "zap console"])
def test_damage_inside_of_a_string_is_reported(program: str) -> None:
    """The line is no JSON any more: a string of the program in it would have doubled backslashes."""
    data = pair("docker", program, "anthropic lines")
    at = data.index(b"Gr")
    ran = run_here(["text"], data[:at] + b'"' + data[at:])
    assert (ran.code, ran.stdout, "not JSON" in ran.stderr) == (3, b"", True)


CHUNK = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
CHUNKS = [
    json.dumps({**CHUNK, "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]})
    for text, finish in (("One", None), (" two", None), (" three", "stop"))
]
DAMAGED = {
    "fluentd": lambda chunk: "2026-01-01 00:00:00 +0000 app: " + json.dumps({"log": chunk}),
    "log with an object": lambda chunk: f'2026-01-01 INFO app: {{"msg":"x","chunk":{chunk}}}',
    "logfmt": lambda chunk: "level=info chunk=" + json.dumps(chunk),
    "logfmt, events": lambda chunk: "level=info chunk=" + json.dumps("data: " + chunk),
    "cri, logfmt": lambda chunk: "2026-01-01T00:00:00.0Z stdout F level=info chunk=" + json.dumps(chunk),
    "quoted": lambda chunk: "INFO chunk " + json.dumps(chunk),
    "repr": lambda chunk: "INFO chunk " + repr(chunk),
    "repr of bytes": lambda chunk: "INFO chunk " + repr(chunk.encode()),
    "table": lambda chunk: '1,"{}"'.format(chunk.replace('"', '""')),
    "table with the record first": lambda chunk: '"{}","a ""b"",c"'.format(chunk.replace('"', '""')),
}


@pytest.mark.parametrize("words", ["INFO chunk ", "INFO answer: ", ""], ids=["the same", "other", "no"])
@pytest.mark.parametrize("indent", [None, 2], ids=["one line", "indented"])
def test_the_last_record_is_cut_whatever_is_before_it(words: str, indent: int | None) -> None:
    """Its text is lost, so that the log is cut, though the response before it is complete."""
    data = "".join(f"INFO chunk {chunk}\n" for chunk in CHUNKS)
    whole = json.dumps({**CHUNK, "choices": [{"index": 0, "message": {"content": "Four"}}]}, indent=indent)
    for end in range(whole.index("[") + 1, len(whole)):
        ran = run_here(["text"], f"{data}{words}{whole[:end]}".encode())
        assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (4, b"One two three\n", 1), (end, ran)


def test_a_log_of_a_container_runtime_is_cut_before_the_text_of_a_line() -> None:
    before = "2031-05-04T09:00:01.037000000Z stdout F "
    data = "".join(f"{before}data: {chunk}\n{before}\n" for chunk in CHUNKS[:2])
    for end in range(1, len(before)):
        ran = run_here(["text"], f"{data}{before[:end]}".encode())
        assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (4, b"One two\n", 1), ran


def test_the_first_record_of_a_log_is_cut() -> None:
    """The line that is not whole has no end in the stream, either: it is a cut, and no damage."""
    line = f"[10:00:00] app | data: {CHUNKS[0]}"
    for end in range(line.index("{") + 1, len(line), 5):
        ran = run_here(["text"], line[:end].encode())
        assert (ran.code, ran.stderr.count("the stream ended")) == (4, 1), end


def test_records_that_leave_with_the_last_line_stay_apart() -> None:
    """Two responses are mixed; the last line, which has no end, lets those of the second leave."""
    records = [
        chunk({"role": "assistant", "content": "a"}, id="one"),
        chunk({"role": "assistant", "content": "a"}, id="two"),
        chunk({"content": "b"}, id="two"),
        chunk({}, "stop", id="one", usage={"total_tokens": 1}),
        chunk({"content": "c"}, "stop", id="two"),
    ]
    log = "\n".join(f"2031-05-04 10:00:00 app: data: {json.dumps({'id': one['id'], **one})}" for one in records)
    for command, *options in (["text"], ["rewrite", "--unwrapped"], ["lint"]):
        whole, cut = (run_here([command, *options], (log + end).encode()) for end in ("\n", ""))
        assert (cut.code, cut.stdout) == (whole.code, whole.stdout), command
    assert run_here(["text"], log.encode()).stdout == b"a\nabc\n"


@pytest.mark.parametrize("log", DAMAGED)
def test_a_line_that_is_cut_in_its_record_is_reported(log: str) -> None:
    """Those behind it are read."""
    lines = [DAMAGED[log](chunk) for chunk in CHUNKS]
    begin = lines[1].index("id")  # with one piece of the JSON, at least
    end = lines[1].rindex("finish")
    for cut in {*range(begin, end, 37), end}:
        ran = run_here(["text"], "\n".join([lines[0], lines[1][:cut], lines[2], ""]).encode())
        assert (ran.code, ran.stdout, "not JSON" in ran.stderr) == (3, b"One three\n", True), (cut, ran)


@pytest.mark.parametrize(
    ("log", "line"),
    [
        ("fluentd", "2026-01-01 00:00:00 +0000 app: loaded {'a': 1}"),
        ("fluentd", "2026-01-01 00:00:00 +0000 app: {retry} {"),
        ("fluentd", '2026-01-01 00:00:00 +0000 app: {"log":"ready"}'),
        ("log with an object", '2026-01-01 INFO app: ready "{'),
        ("logfmt", 'level=info msg="the user said'),
        ("logfmt", 'level=info chunk="no record'),
        ("logfmt", 'level=info other="{'),
        ("quoted", 'INFO chunk "a'),
        ("quoted", "INFO it's {"),
        ("repr", "INFO it's a word"),
        ("repr", "INFO the client's {id}"),
        ("table", "1,ready"),
        ("table", '1,"two\nlines, ""x"'),
        ("table with the record first", ',"two\n"",""{""x"'),
    ],
)
def test_an_ordinary_line_of_a_log_is_no_fault(log: str, line: str) -> None:
    lines = [DAMAGED[log](chunk) for chunk in CHUNKS]
    ran = run_here(["text"], "\n".join([*lines[:2], line, lines[2], ""]).encode())
    assert (ran.code, ran.stdout) == (0, b"One two three\n"), ran


@pytest.mark.parametrize("log", ["fluentd", "logfmt", "cri, logfmt", "repr", "table"])
def test_a_line_that_is_cut_is_kept_by_rewrite(log: str) -> None:
    lines = [DAMAGED[log](chunk) for chunk in CHUNKS]
    ran = run_here(["rewrite"], "\n".join([lines[0], lines[1][:-40], lines[2], ""]).encode())
    assert (ran.code, "not JSON" in ran.stderr) == (3, True), ran


EVENTS = [f"event: message data: {chunk}" for chunk in CHUNKS]


@pytest.mark.parametrize(
    ("line", "code", "text"),
    [
        (" ".join([EVENTS[0][15:], EVENTS[1], EVENTS[2][:-20]]), 4, b"One two\n"),
        (" ".join([EVENTS[0][15:], EVENTS[1][:-20], EVENTS[2]]), 3, b"One three\n"),
        (" ".join([EVENTS[0][15:], "words", *EVENTS[1:]]), 3, b"One two three\n"),
        ("".join([CHUNKS[0], CHUNKS[1], CHUNKS[2][:-20]]), 4, b"One two\n"),
    ],
)
def test_events_in_one_line_are_read_around_a_part_that_cannot_be(line: str, code: int, text: bytes) -> None:
    ran = run_here(["text"], line.encode())
    assert (ran.code, ran.stdout, ran.stderr.count("not JSON")) == (code, text, code == 3), ran


def test_a_line_with_many_parts_that_cannot_be_read_is_one_fault() -> None:
    """An error of the decoder takes the time of all that is before it: a minute for 10 MB of such parts."""
    ran = run_here(["text"], " ".join([*CHUNKS, *["data: " + CHUNKS[1][:-20]] * 150]).encode())
    assert (ran.code, ran.stdout, ran.stderr.count("not JSON")) == (3, b"", 1), ran


@pytest.mark.parametrize("before", ["ta: ", "a: ", "STREAM = b'''data: ", "Answer: "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_first_event_without_the_name_of_its_field_hides_none_behind_it(before: str, end: str) -> None:
    """What tail -c or a window of a terminal leaves, or a word of a program before the first event."""
    stream = sse(message_call(['{"message":"It leaves ', "at ", 'nine."}'])).decode()
    data = (before + stream.removeprefix("data: ")).replace("\n", end).encode()
    assert run_here(["text"], data)[:2] == (0, b"It leaves at nine.\n")
    rewritten = run_here(["rewrite", "--unwrapped"], data)
    assert (rewritten.code, run_here(["text"], rewritten.stdout)[:2]) == (0, (0, b"It leaves at nine.\n"))


def test_a_capture_that_begins_inside_of_an_event_hides_none_behind_it() -> None:
    """It looks like lines of JSON where it begins with a brace."""
    stream = sse([chunk({"content": one}) for one in ("It ", "leaves ", "at nine.")] + [chunk({}, "stop")])
    for at in range(stream.index(b"\n\n")):
        ran = run_here(["text"], stream[at:])
        whole = at <= stream.index(b"{") and not stream[at:].startswith(b":")  # else it is a comment
        assert ran.stdout == (b"It leaves at nine.\n" if whole else b"leaves at nine.\n"), (at, ran)
        assert (ran.code == 0) or (stream[at : at + 1] in (b"{", b"[") and not whole and ran.code == 3), (at, ran)
        rewritten = run_here(["rewrite"], stream[at:])
        assert run_here(["text"], rewritten.stdout).stdout == ran.stdout


@pytest.mark.parametrize("command", ["text", "rewrite", "table"])
@pytest.mark.parametrize("finished", [False, True], ids=["inside of a response", "behind one"])
def test_the_last_record_of_a_log_of_json_is_cut(command: str, finished: bool) -> None:
    """It has no end in the stream, either; a log that stays a log keeps its bytes."""
    chunks = [*CHUNKS, CHUNKS[0]] if finished else CHUNKS
    log = "\n".join(f'{{"ts": "2031-05-04T03:02:01Z", "chunk": {one.strip()}}}' for one in chunks)
    cut = log[: log.rindex("choices")].encode()
    ran = run_here([command], cut)
    assert (ran.code, ran.stderr.count("stream ended"), "not JSON" in ran.stderr) == (4, command != "table", False)
    if command == "rewrite":
        assert ran.stdout == cut


@pytest.mark.parametrize("empty", ['""', ""], ids=["in quotes", "nothing"])
def test_an_empty_cell_of_a_table_is_the_line_behind_an_event(empty: str) -> None:
    """Without it the next record, of another format, has the name of the event before."""
    error = ["event: error", 'data: {"error": {"message": "too busy", "type": "server_error"}}', ""]
    lines = [*error, *(line for chunk in CHUNKS for line in (f"data: {chunk}", "")), ""]
    cells = ['"{}"'.format(line.replace('"', '""')) if line else empty for line in lines]
    ran = run_here(["text"], "".join(f"{number},{cell}\n" for number, cell in enumerate(["body", *cells])).encode())
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (5, b"One two three\n", 1), ran


def test_a_log_of_indented_records_that_is_cut_in_its_first_has_one_line() -> None:
    value = chunk({"role": "assistant", "content": "At nine."}, id="a")
    data = f"2031-05-04 09:00:01 INFO answer {json.dumps(value, indent=2)}\n".encode()
    for end in range(data.index(b'"chat.') + 6, data.rindex(b"}")):
        ran = run_here(["text"], data[:end])
        assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (4, b"", 1), (data[:end], ran)


@pytest.mark.parametrize("whole", [False, True])
def test_a_table_that_is_cut_in_a_cell_has_one_line(whole: bool) -> None:
    chunks = [chunk({"role": "assistant", "content": "At nine."}), chunk({}, "stop")][: 1 + whole]
    rows = ["time,body", *('1,"' + json.dumps(one).replace('"', '""') + '"' for one in [*chunks, chunk({})])]
    data = ("\n".join(rows) + "\n").encode()
    for end in range(data.rindex(b"\n1,") + 8, len(data) - 4):
        ran = run_here(["text"], data[:end])
        assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (4, b"At nine.\n", 1), (data[:end], ran)
