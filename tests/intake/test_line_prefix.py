"""Records of several lines, and lines of a data stream, behind words in each line of a log; streams in cells."""

import csv
import html
import io
import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from tests.intake.test_cuts import Pieces, run
from tests.support import ROOT, chunk, run_here

SAMPLES = ["plain.jsonl", "anthropic.sse", "gemini.sse", "ollama.jsonl", "claude-code.jsonl"]
DATA_STREAM = (ROOT / "samples" / "ai-sdk-data.jsonl").read_text()


def records(name: str) -> list[Any]:
    data = (ROOT / "samples" / name).read_text()
    if name.endswith(".sse"):
        data = "\n".join(line[6:] for line in data.splitlines() if line.startswith(("data: {", "data: [")))
    return [json.loads(line) for line in data.splitlines() if line]


def text_of(data: bytes) -> str:
    return run_here(["text"], data).stdout.decode()


def events(one: Any) -> list[str]:
    return [*(f"data: {line}" for line in json.dumps(one, indent=2).splitlines()), ""]


def indented(one: Any) -> list[str]:
    return json.dumps(one, indent=2).splitlines()


def announced(one: Any) -> list[str]:
    first, *others = indented(one)
    return ["2031-05-04 09:00:01 INFO chunk " + first, *others, "-- "]


BEFORE: dict[str, Callable[[int], str]] = {
    "nothing": lambda _: "",
    "service": lambda _: "api-1  | ",
    "time": lambda number: f"2031-05-04T09:00:0{number % 10}.{number}Z ",
    "time and level": lambda number: f"2031-05-04 09:00:0{number % 10},{number:03d} DEBUG [client] ",
    "brackets": lambda number: f"[09:00:0{number % 10}] ",
}


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("form", [events, indented, announced])
@pytest.mark.parametrize("before", BEFORE)
def test_records_of_several_lines_are_read_behind_words(
    before: str, form: Callable[[Any], list[str]], name: str
) -> None:
    found = records(name)
    lines = ["started", *(line for one in found for line in form(one))]
    log = "".join(BEFORE[before](number) + line + "\n" for number, line in enumerate(lines)).encode()
    bare = "".join(json.dumps(one) + "\n" for one in found).encode()
    ran = run_here(["text"], log)
    assert (ran.code, ran.stdout.decode()) == (0, text_of(bare))


@pytest.mark.parametrize("form", [events, indented, announced])
def test_the_blocks_do_not_matter(form: Callable[[Any], list[str]]) -> None:
    lines = ["started", *(line for one in records("plain.jsonl")[:4] for line in form(one))]
    log = "".join(BEFORE["time"](number) + line + "\n" for number, line in enumerate(lines)).encode()
    whole = run("text", io.BytesIO(log))
    for size in (1, 7, 90):
        stdin = Pieces(log)
        stdin.size = size
        assert run("text", stdin) == whole


WRAPPED: dict[str, Callable[[str], str]] = {
    "service": lambda line: f"api-1  | {line}\n",
    "level": lambda line: f"2031-05-04 09:00:01,123 DEBUG client: {line}\n",
    "bytes": lambda line: f"2031-05-04 09:00:01,123 DEBUG client: {line.encode()!r}\n",
    "string": lambda line: json.dumps({"chunk": line}) + "\n",
    "string with a line end": lambda line: json.dumps({"chunk": line + "\n"}) + "\n",
}


@pytest.mark.parametrize("wrap", WRAPPED)
def test_the_lines_of_a_data_stream_are_read(wrap: str) -> None:
    log = "".join(map(WRAPPED[wrap], DATA_STREAM.splitlines())).encode()
    ran = run_here(["text"], log)
    assert (ran.code, ran.stdout.decode()) == (0, text_of(DATA_STREAM.encode()))
    kept = run_here(["rewrite"], log)
    rewritten = run_here(["rewrite"], DATA_STREAM.encode()).stdout
    assert (kept.code, text_of(kept.stdout)) == (0, text_of(rewritten))


def test_a_data_stream_in_a_member_is_read() -> None:
    log = json.dumps({"id": 7, "response": {"body": DATA_STREAM}}).encode() + b"\n"
    assert text_of(log) == text_of(DATA_STREAM.encode())


@pytest.mark.parametrize("name", ["plain.jsonl", "anthropic.sse", "langchain.sse"])
def test_each_row_of_a_table_is_a_response(name: str) -> None:
    stream = "".join(f"data: {json.dumps(one)}\n\n" for one in records(name))
    table = io.StringIO()
    csv.writer(table).writerows([["id", "body"], [1, stream], [2, stream]])
    ran = run_here(["text"], table.getvalue().encode())
    assert (ran.code, ran.stdout.decode()) == (0, 2 * text_of(stream.encode()))


@pytest.mark.parametrize("before", ["", "<pre>\n"])
def test_the_advice_for_records_escaped_for_html_prints_their_text(before: str) -> None:
    stream = before + html.escape((ROOT / "samples" / "anthropic.sse").read_text())
    said = run_here(["text"], stream.encode())
    assert said.code != 0
    command = said.stderr.rpartition("run: ")[2].partition(" < FILE")[0]
    ran = subprocess.run(
        [sys.executable, *shlex.split(command)[1:]], input=stream, capture_output=True, text=True, check=True
    )
    assert text_of(ran.stdout.removeprefix(before).encode()) == text_of(
        (ROOT / "samples" / "anthropic.sse").read_bytes()
    )


@pytest.mark.parametrize("space", ["", " "])
@pytest.mark.parametrize("name", ["data", "event", "id", "retry"])
def test_the_name_of_a_field_alone_is_no_line_of_a_log(name: str, space: str) -> None:
    """A field without a colon has an empty value (WHATWG), also in an event whose data have several lines."""
    chunks = [message("Hi", "assistant"), message(" you", None), message(None, None)]
    events = ["".join(f"data:{space}{line}\n" for line in json.dumps(one, indent=1).splitlines()) for one in chunks]
    for place in range(len(events)):
        stream = "".join(f"{event}{name if place == at else ':'}\n\n" for at, event in enumerate(events))
        assert run_here(["text"], stream.encode()) == (0, b"Hi you\n", "")


def message(text: str | None, role: str | None) -> dict[str, Any]:
    delta = {name: value for name, value in (("role", role), ("content", text)) if value is not None}
    return chunk(delta, None if text else "stop")


def lines(chunks: list[Any], form: str, quoted: bool = True) -> list[str]:
    texts = [json.dumps(one) for one in chunks]
    return [form.format(json.dumps(text)[1:-1] if quoted else text) for text in texts]


@pytest.mark.parametrize("first", ["", "[[main]] ready\n", '["main"] ready\n', '["main", "db"] [1] ready\n'])
@pytest.mark.parametrize("before", ["[app] ", '["app"] ', "[[app]] "])
def test_a_log_whose_first_line_has_names_in_brackets_is_no_document(before: str, first: str) -> None:
    """Strings in quotes were looked for in no such log."""
    chunks = [chunk({"role": "assistant", "content": "At "}), chunk({"content": "nine."}, "stop")]
    for text in (lines(chunks, 'level=info raw="{}"'), lines(chunks, "got b'{}'", quoted=False)):
        log = first + "".join(f"{before}{line}\n" for line in text)
        ran = run_here(["text"], log.encode())
        assert (ran.code, ran.stdout, ran.stderr) == (0, b"At nine.\n", "")


@pytest.mark.parametrize("end", ['" }', '"}'])
def test_text_behind_a_record_may_end_as_one(end: str) -> None:
    """LangChain4j logs an event as ``ServerSentEvent { event = null, data = "{…}" }``, without escapes."""
    before = "2031-05-04 09:00:01 DEBUG LoggingHttpClient : "
    log = before + "HTTP response:\n- status code: 200\n- body: null\n\n"
    for record in records("plain.jsonl"):
        log += f'{before}ServerSentEvent {{ event = null, data = "{json.dumps(record)}{end}\n'
    assert run_here(["text"], log.encode()).code == 0
    assert text_of(log.encode()) == "Your parcel left Lisbon this morning and should reach you on Thursday.\n"
