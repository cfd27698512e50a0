"""Arrays and single values that end early: the text so far, and exit code 4, for every dialect (R11)."""

import itertools
import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.intake.test_har import entry, har
from tests.support import chunk, jsonl, message_call, run_here

SAMPLES = Path(__file__).parents[2] / "samples"
COMMANDS = ["text", "rewrite", "events", "lint", "stats"]
UNLISTED = {
    "pi.jsonl",  # a session, whose lines are known by the first
    "langchain.sse",  # whose pairs are arrays themselves
    "strands.sse",
}
CODES = {"ai-sdk-aborted.sse": 5, "error-in-stream.jsonl": 5, "claude-code-masked-error.jsonl": 5}


def records(path: Path) -> list[Any]:
    """The values of the records of a sample."""
    values = []
    for line in path.read_bytes().splitlines():
        try:
            values.append(json.loads(line.removeprefix(b"data:")))
        except ValueError:
            continue
    return values


NAMES = sorted(
    path.name
    for path in (*SAMPLES.glob("*.jsonl"), *SAMPLES.glob("*.sse"))
    if "expected" not in path.name and len(records(path)) > 2
)
LAYOUTS: dict[str, Callable[[list[Any]], str]] = {
    "one line": json.dumps,
    "a line each": lambda values: "[\n" + ",\n".join(map(json.dumps, values)) + "\n]",
    "indented": lambda values: json.dumps(values, indent=2),
    "as Gemini": lambda values: "[" + "\n,\n".join(json.dumps(one, indent=2) for one in values) + "\n]",
    "envelopes": lambda values: json.dumps([{"ts": 1, "event": one} for one in values]),
    "in an envelope": lambda values: json.dumps({"events": values})[:-1],
}


def options(name: str) -> list[str]:
    path = SAMPLES / f"{Path(name).stem}.args"
    return path.read_text().split() if path.exists() else []


def two_of(kinds: Iterable[Any], name: str) -> list[Any]:
    """The samples share the kinds: each sample has two of them, and each kind those of a third of the samples."""
    listed, first = list(kinds), NAMES.index(name)
    return [listed[(first + step) % len(listed)] for step in (0, len(listed) // 2)]


@cache
def whole_of(name: str) -> tuple[int, bytes]:
    """The exit code and the text of a sample as it is."""
    ran = run_here(["text", *options(name)], (SAMPLES / name).read_bytes())
    return ran.code, ran.stdout


@pytest.mark.parametrize("name", NAMES)
def test_an_array_without_its_end_is_cut(name: str) -> None:
    values = records(SAMPLES / name)
    for layout in two_of(LAYOUTS, name):
        whole = LAYOUTS[layout](values)
        cut = whole[:-1] if len(name) % 2 else whole[:-1].rstrip() + ",\n"
        ran = run_here(["text", *options(name)], cut.encode())
        assert ran.code == CODES.get(name, 4), (layout, ran.stderr)
        if name not in UNLISTED:
            assert ran.stdout == whole_of(name)[1]


@pytest.mark.parametrize(
    ("name", "layout"), [("llama-cpp.sse", "one line"), ("usage-last.jsonl", "as Gemini")], ids=str
)
def test_an_array_without_its_end_is_no_log(name: str, layout: str) -> None:
    """A bracket inside of its first element is not the end of a word in brackets, and a comma alone is no word."""
    data = LAYOUTS[layout](records(SAMPLES / name))[:-1].encode()
    assert run_here(["text"], data)[:2] == (4, whole_of(name)[1])


ANSWER = [chunk({"role": "assistant", "content": "one "}), chunk({"content": "two"}), chunk({}, "stop")]
WHOLE = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "one two"}, "finish_reason": "stop"}],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "in an envelope"])
def test_every_place_of_a_cut_gives_the_text_so_far_and_the_code(layout: str, command: str) -> None:
    two = [*ANSWER, *({**one, "id": "chatcmpl-2"} for one in ANSWER)]
    whole = LAYOUTS[layout](two)
    first = whole.index('"id"', 12)
    for end in range(first, len(whole), 61 if command == "text" else 307):
        ran = run_here([command], whole[:end].encode())
        assert ran.code == 4, (end, ran.stderr)
        assert ran.stderr.count("\n") <= 3
        if command == "text":
            assert b"one two\none two\n".startswith(ran.stdout.rstrip(b"\n"))


def test_the_line_says_where_it_ends_once() -> None:
    between = f"[{json.dumps(WHOLE)}, {json.dumps(WHOLE)}"
    for cut in (between, between + ",", between + ",\n"):
        ran = run_here(["text"], cut.encode())
        assert (ran.code, ran.stdout) == (4, b"one two\none two\n")
        assert ran.stderr.count("\n") == 1
        assert "the stream ended before the end of its JSON array; what had arrived was read" in ran.stderr
    inside = run_here(["text"], between[:-40].encode())
    assert (inside.code, inside.stdout) == (4, b"one two\n")
    assert inside.stderr.count("the stream ended before the end of its JSON array") == 1


def test_the_event_of_a_cut_array() -> None:
    last = [json.loads(line) for line in run_here(["events"], f"[{json.dumps(WHOLE)}".encode()).stdout.splitlines()]
    assert last[-1]["event"] == "incomplete"


def test_no_end_is_written_behind_a_cut_array() -> None:
    ran = run_here(["rewrite", "--to", "sse"], LAYOUTS["one line"](ANSWER)[:-1].encode())
    assert ran.code == 4
    assert b"[DONE]" not in ran.stdout


@pytest.mark.parametrize("blocks", [1, 3, 64])
def test_consecutive_and_nested_arrays_end(blocks: int) -> None:
    body = json.dumps(ANSWER)
    for data in (body + "\n" + body, body + body, json.dumps([*ANSWER, "[DONE]"])[:-9] + "[DONE]]"):
        ran = run_here(["text"], data.encode())
        assert ran.code == 0, ran.stderr
    assert run_here(["text"], (body + "\n" + body[:-1]).encode()).code == 4
    assert run_here(["text"], b"[]").code == 4  # no response


def test_a_cut_array_in_a_container_is_cut() -> None:
    whole = json.dumps([WHOLE, WHOLE])
    data = har(entry(whole[:-1]), entry(whole))
    ran = run_here(["text"], data)
    assert (ran.code, ran.stdout) == (4, b"one two\n" * 4)
    assert ran.stderr.count("\n") == 1


def test_halves_of_a_surrogate_pair_do_not_hide_a_cut_document() -> None:
    """In chunks a pair may be cut, and jiter refuses a half."""
    halves = [chunk({"content": "x\ud83d"}), chunk({"content": "\ude00y"}), chunk({}, "stop")]
    whole = json.dumps({"events": halves})
    ran = run_here(["text"], whole[:-2].encode())
    assert (ran.code, ran.stdout.decode()) == (4, "x\U0001f600y\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_last_record_that_is_cut_is_a_cut_stream(command: str) -> None:
    """Behind a finished answer, too: what it would have said is not known."""
    data = jsonl([WHOLE, WHOLE])
    for end in range(len(data) // 2 + 3, len(data) - 1, 41):
        assert run_here([command], data[:end]).code == 4
    indented = json.dumps(WHOLE, indent=1).encode()
    assert run_here([command], indented[:-9]).code == 4
    assert run_here([command], 'data: {"a": "ä'.encode()[:-1]).code == 4


def test_a_damaged_record_is_no_cut_one() -> None:
    for damaged in (b'{"a": x}', b'{"a": 1}}', b'{"a": "\xe9"}'):
        assert run_here(["text"], jsonl([WHOLE]) + damaged).code == 3


GLUED = sorted(set(NAMES) - {"langchain.sse", "malformed-record.jsonl"})


def _line(values: list[Any], enveloped: bool) -> str:
    return "".join(json.dumps({"event": one} if enveloped else one) for one in values)


@pytest.mark.parametrize("name", GLUED)
def test_glued_objects_give_the_same_with_and_without_a_line_end(name: str) -> None:
    values = records(SAMPLES / name)
    pairs = [values[at : at + 2] for at in range(0, len(values), 2)]
    for before, enveloped in two_of(
        itertools.product(["", "data: ", "2031-01-01 00:00:00 INFO app: "], [False, True]), name
    ):
        end = "\n\n" if before == "data: " else "\n"
        ungrouped = end.join(before + _line(pair, enveloped) for pair in pairs)
        one = before + _line(values, enveloped)
        for data in (ungrouped, ungrouped + end, one, one + end):
            ran = run_here(["text", *options(name)], data.encode())
            assert (ran.code, ran.stdout) == whole_of(name), (data[:60], ran.stderr)


def test_glued_and_single_objects_alternate() -> None:
    """The pattern by which lines of a log are cut fits a line with two objects, too."""
    chunks = [chunk({"content": f"w{number} "}) for number in range(200)] + [chunk({}, "stop")]
    lines, at = [], 0
    for number in range(len(chunks)):
        size = 2 if number % 5 == 4 else 1
        lines.append("".join(json.dumps({"event": one}) for one in chunks[at : at + size]))
        at += size
    data = "\n".join(line for line in lines if line) + "\n"
    expected = "".join(f"w{number} " for number in range(200)) + "\n"
    for before in ("", "2031-01-01 00:00:00 INFO app: "):
        ran = run_here(["text"], "".join(before + line + "\n" for line in data.splitlines()).encode())
        assert (ran.code, ran.stdout.decode()) == (0, expected), ran.stderr
        kept = run_here(["rewrite"], "".join(before + line + "\n" for line in data.splitlines()).encode())
        assert run_here(["text"], kept.stdout).stdout.decode() == expected


@pytest.mark.parametrize("chunks", [message_call(['{"message": "Hi', ' there"}']), [*ANSWER, ANSWER[2]]])
def test_glued_objects_stay_in_their_log(chunks: list[Any]) -> None:
    pairs = [chunks[at : at + 2] for at in range(0, len(chunks), 2)]
    data = "".join(f"2031 INFO app: {_line(pair, True)} x=1\n" for pair in pairs).encode()
    kept = run_here(["rewrite"], data)
    assert kept.code == 0
    assert all(line.startswith(b"2031 INFO app: {") for line in kept.stdout.splitlines())
    assert run_here(["text"], kept.stdout).stdout == run_here(["text"], data).stdout


REQUEST = {
    "model": "m",
    "stream": True,
    "messages": [{"role": "user", "content": 'When?\nNow {["}'}],
    "tools": [{"type": "function", "function": {"name": "send_message", "parameters": {"type": "object"}}}],
}
FIRST, SECOND = ([{**one, "id": name} for one in ANSWER] for name in ("a", "b"))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("indent", [None, 1, 2, 4, "\t"])
def test_an_indented_request_between_answers_is_as_quiet_as_one_in_a_line_q67(command: str, indent: Any) -> None:
    request = json.dumps(REQUEST, indent=indent).encode()
    alone = run_here([command], jsonl([*FIRST, REQUEST, *SECOND]))
    for end in (b"\n", b"\r\n"):
        data = jsonl(FIRST) + request.replace(b"\n", end) + end + jsonl(SECOND)
        ran = run_here([command], data)
        assert (ran.code, ran.stderr) == (0, "")
        if command in {"text", "rewrite"}:
            assert ran.stdout == alone.stdout
    for last in (request, request + b"\n"):
        assert run_here([command], jsonl(FIRST) + last).code == 0


def test_an_indented_answer_between_lines_is_read() -> None:
    data = jsonl(FIRST) + json.dumps({**WHOLE, "id": "c"}, indent=2).encode() + b"\n" + jsonl(SECOND)
    assert run_here(["text"], data) == (0, b"one two\n" * 3, "")


def test_an_indented_object_that_is_cut_is_one_record() -> None:
    cut = json.dumps(REQUEST, indent=2).encode()[:-30].rpartition(b"\n")[0]
    ran = run_here(["text"], jsonl(FIRST) + cut + b"\n" + jsonl(SECOND))
    assert (ran.code, ran.stdout) == (3, b"one two\n" * 2)
    assert ran.stderr.count("\n") == 1
    ran = run_here(["text"], jsonl(FIRST) + cut)
    assert (ran.code, ran.stdout) == (4, b"one two\n")


def test_a_brace_alone_is_a_record_of_its_own() -> None:
    ran = run_here(["rewrite"], jsonl(FIRST) + b"{\n" + jsonl(SECOND))
    assert (ran.code, ran.stdout) == (3, jsonl(FIRST) + b"{\n" + jsonl(SECOND))


WRAPPED: dict[str, Callable[[list[Any]], Any]] = {
    "records of a log": lambda records: [{"ts": 1, "chunk": one} for one in records],
    "a member": lambda records: {"model": "m", "events": records},
    "pairs": lambda records: [[number, one] for number, one in enumerate(records)],
    "one record": lambda records: {"ts": 1, "chunk": records[0]},
}


@pytest.mark.parametrize("command", ["text", "rewrite"])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("wrap", WRAPPED)
def test_a_cut_record_shows_no_thoughts_as_text(wrap: str, indent: int | None, command: str) -> None:
    """That a part is a thought stands behind its text (R7)."""
    lines = (SAMPLES / "gemini.sse").read_text().splitlines()
    records = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    whole = json.dumps(WRAPPED[wrap](records), indent=indent)
    said = run_here(["text"], b"".join(json.dumps(one).encode() + b"\n" for one in records)).stdout.decode()
    for size in range(40, min(len(whole), 4000), 211):
        ran = run_here([command], whole[:size].encode())
        shown = ran.stdout if command == "text" else run_here(["text"], ran.stdout).stdout
        assert said.startswith(shown.decode().rstrip("\n")), size
