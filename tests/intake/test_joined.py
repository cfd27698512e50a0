"""Containers one behind the other (``cat a.har b.har``): each stream of each is read, in order."""

import json
from typing import Any

import pytest
import yaml
from tests.intake.test_layers import read
from tests.support import ROOT, chunk, jsonl, message_call, run_here, sse

from unspool.intake.asked import Asked
from unspool.intake.items import Item, joined
from unspool.intake.stage import Stage


def stream(text: str) -> str:
    return sse([chunk({"role": "assistant", "content": text}), chunk(finish="stop")]).decode()


def har(*texts: str) -> Any:
    entries = [
        {
            "startedDateTime": f"2031-05-04T09:00:0{second}Z",
            "request": {"method": "POST", "url": "http://a/v1/chat/completions"},
            "response": {"status": 200, "content": {"mimeType": "text/event-stream", "text": stream(text)}},
        }
        for second, text in enumerate(texts)
    ]
    return {"log": {"version": "1.2", "entries": entries, "comment": 'no "entries": [ of it'}}


def interactions(*texts: str) -> list[Any]:
    request = {"method": "POST", "uri": "http://a/v1/chat/completions", "body": "{}"}
    return [
        {"request": request, "response": {"status": {"code": 200}, "body": {"string": stream(text)}}} for text in texts
    ]


def nock(*texts: str) -> Any:
    return [
        {"scope": "http://a", "method": "POST", "path": "/v1/x", "status": 200, "response": stream(one)}
        for one in texts
    ]


def in_json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, indent=indent) + "\n"


def aimock(*texts: str, indent: int | None = None) -> str:
    return in_json({"fixtures": [{"match": {}, "response": {"content": one}} for one in texts]}, indent)


def in_yaml(*texts: str, before: str = "", behind: str = "version: 1\n") -> str:
    return before + yaml.safe_dump({"interactions": interactions(*texts)}) + behind


def httpmock(*texts: str, before: str = "") -> str:
    calls = [
        {"when": {"path": "/v1/x", "method": "POST"}, "then": {"status": 200, "header": [], "body": stream(text)}}
        for text in texts
    ]
    return before + "---\n".join(yaml.safe_dump(one, sort_keys=False) for one in calls)


def httpie(*texts: str) -> str:
    asked = 'POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n\r\n{"model": "m", "stream": true}\n\n'
    return "".join(f"{asked}HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n{stream(one)}\n" for one in texts)


CONTAINERS = {
    "HAR": lambda *texts: in_json(har(*texts)),
    "indented HAR": lambda *texts: in_json(har(*texts), 2),
    "JSON cassette": lambda *texts: in_json({"http_interactions": interactions(*texts), "recorded_with": "b"}),
    "indented JSON cassette": lambda *texts: in_json({"interactions": interactions(*texts), "version": 1}, 2),
    "nock": lambda *texts: in_json(nock(*texts), 2),
    "aimock": lambda *texts: aimock(*texts, indent=2),
    "aimock in a line": aimock,
    "YAML cassette": in_yaml,
    "YAML cassette with a mark": lambda *texts: in_yaml(*texts, before="---\n"),
    "YAML cassette that ends with a mark": lambda *texts: in_yaml(*texts, behind="...\n"),
    "YAML cassette with its version first": lambda *texts: in_yaml(*texts, before="version: 2\n", behind=""),
    "httpmock": httpmock,
    "httpmock with a mark": lambda *texts: httpmock(*texts, before="---\n"),
    "httpie": httpie,
}


@pytest.mark.parametrize("name", CONTAINERS)
@pytest.mark.parametrize("between", ["", "\n", "\ufeff"], ids=["nothing", "a blank line", "a mark"])
def test_each_stream_is_read(name: str, between: str) -> None:
    if between == "\ufeff" and name not in ("HAR", "indented HAR"):
        return
    make = CONTAINERS[name]
    data = (make("One", "Two") + between + make("Three")).encode()
    ran = run_here(["text"], data)
    assert (ran.code, ran.stdout) == (0, b"One\nTwo\nThree\n"), ran.stderr
    assert read([data[at : at + 97] for at in range(0, len(data), 97)]) == read([data])


@pytest.mark.parametrize("name", ["HAR", "nock", "YAML cassette", "httpie"])
def test_the_last_one_is_cut(name: str) -> None:
    make = CONTAINERS[name]
    first, second = make("One").encode(), make("Two").encode()
    for end in range(len(second) // 2, len(second) - 40, 29):
        ran = run_here(["text"], first + second[:end])
        assert ran.code in (0, 4) if name == "httpie" else ran.code == 4, (end, ran)
        assert ran.stdout.startswith(b"One\n"), (end, ran)


def items(blocks: list[bytes]) -> list[Item]:
    stage = Stage(Asked())
    found = [item for block in blocks for item in stage.feed(block)]
    return list(joined(iter([*found, *stage.close()])))


def whole(text: str) -> str:
    return json.dumps({"choices": [{"index": 0, "message": {"content": text}, "finish_reason": "stop"}]})


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("between", ["", "\n"])
def test_a_har_that_is_cut_hides_none_behind_it(indent: int | None, between: str) -> None:
    value = har("One", "Lost")
    value["log"]["entries"][1]["request"] = {"method": "GET", "url": "http://a/lost"}
    value["log"]["entries"][1]["response"] = {"status": 200, "content": {}}
    first, second = in_json(value, indent).rstrip(), in_json(har("Two"), indent)
    for end in range(first.index("http://a/lost") - 40, len(first)):
        data = (first[:end] + between + second).encode()
        ran = run_here(["text"], data)
        assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (4, b"One\nTwo\n", 1), (data[:end][-40:], ran)
    for size in (1, 7, 61):
        assert items([data[at : at + size] for at in range(0, len(data), size)]) == items([data])


def test_a_har_without_its_last_brackets_is_cut() -> None:
    data = in_json(har("One")).rstrip()
    for end in range(data.rindex("]") + 1, len(data)):
        ran = run_here(["text"], data[:end].encode())
        assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (4, b"One\n", 1), end


def test_a_whole_response_in_a_container_that_is_cut_behind_it_is_read() -> None:
    """As one body in JSON, which has no line end, and not only as a stream."""
    value = har("", "")
    for entry, text in zip(value["log"]["entries"], ("One", "Two"), strict=True):
        entry["response"]["content"] = {"mimeType": "application/json", "text": whole(text)}
    data = in_json(value)
    second = [*interactions(""), *interactions("")]
    for one, text in zip(second, ("One", "Two"), strict=True):
        one["response"]["body"]["string"] = whole(text)
    in_lines, in_one = yaml.safe_dump({"interactions": second}), in_json({"interactions": second})
    for document in (data, in_lines, in_one):
        end = document.rindex("POST") + 2
        ran = run_here(["text"], document[:end].encode())
        assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (4, b"One\n", 1), ran


def test_a_cassette_that_is_cut_between_two_lines_is_cut() -> None:
    """What is there is YAML: the response of the last interaction is missing, or its body, or that has no value."""
    first, second = in_yaml("One", behind="").encode(), yaml.safe_dump(interactions("Two")).encode()
    data = first + second
    for end in range(len(first) + len("- request:"), len(data) - 60):
        ran = run_here(["text"], data[:end])
        assert (ran.code, ran.stdout.startswith(b"One\n")) == (4, True), (data[:end][-40:], ran)
        assert b"One\nTwo".startswith(ran.stdout.rstrip(b"\n")), (data[:end][-40:], ran)
    assert run_here(["text"], data) == (0, b"One\nTwo\n", "")


@pytest.mark.parametrize("behind", ["version: 1\n", "", "...\n"])
def test_a_cassette_that_is_cut_behind_another_has_one_line(behind: str) -> None:
    first = in_yaml("One", behind=behind)
    for second in (in_yaml("Two", behind=""), yaml.safe_dump({"interactions": interactions("Two")}, sort_keys=False)):
        assert run_here(["text"], (first + second).encode()) == (0, b"One\nTwo\n", "")
        for end in range(8, len(second) - 40):
            ran = run_here(["text"], (first + second[:end]).encode())
            assert (ran.code, ran.stdout[:4], ran.stderr.count("\n")) == (4, b"One\n", 1), (second[:end], ran)


def test_a_har_that_is_cut_before_a_body_has_one_line() -> None:
    data = in_json(har("One", "Two")).rstrip()
    for end in range(data.rindex('"request"'), data.rindex('"text"') + 9):
        ran = run_here(["text"], data[:end].encode())
        assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (4, b"One\n", 1), (data[:end][-40:], ran)


OTHERS = {
    "a stream": stream("Two"),
    "a stream that begins with a comment": ": comment\n\n" + stream("Two"),
    "a stream with names": "event: x\n" + stream("Two"),
    "lines of JSON": stream("Two").replace("data: ", "").replace("[DONE]", ""),
    "a HAR": in_json(har("Two")),
    "an indented HAR": in_json(har("Two"), 2),
    "httpie": httpie("Two").partition("\n\n")[2],
    "a JSON cassette": in_json({"interactions": interactions("Two")}),
    "a YAML cassette": in_yaml("Two"),
    "a completion": whole("Two"),
    "a log": "".join(f"2031-05-04 09:00:01 INFO app: {line}\n" for line in stream("Two").splitlines()),
    "a log of a logger": "".join(f"DEBUG:app:{line}\n" for line in stream("Two").splitlines()),
    "a log of services": "".join(f"web-1  | {line}\n" for line in stream("Two").splitlines()),
}


@pytest.mark.parametrize(
    "name", ["JSON cassette", "indented JSON cassette", "nock", "aimock", "aimock in a line", "YAML cassette"]
)
@pytest.mark.parametrize("other", OTHERS)
def test_what_follows_a_cassette_is_read(name: str, other: str) -> None:
    for texts in (["One"], ["Zero", "One"]):
        ran = run_here(["text"], (CONTAINERS[name](*texts) + OTHERS[other]).encode())
        assert ran == (0, "\n".join([*texts, "Two", ""]).encode(), "")


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "", "size": 0}])
def test_a_failed_call_without_a_body_is_a_failure_r17(body: Any) -> None:
    value = har("One", "Two")
    value["log"]["entries"][0]["response"] = {"status": 429, "content": body}
    ran = run_here(["text"], in_json(value).encode())
    assert (ran.code, ran.stdout) == (5, b"Two\n")
    assert "HTTP status 429" in ran.stderr


@pytest.mark.parametrize("behind", [stream("Two"), '{"a": 1}\n', "words\n", in_json(interactions("Two"))])
def test_what_follows_a_har_and_is_none_is_named(behind: str) -> None:
    for indent in (None, 2):
        data = (in_json(har("One"), indent) + behind).encode()
        ran = run_here(["text"], data)
        assert (ran.code, ran.stdout, "something else follows the HAR" in ran.stderr) == (5, b"One\n", True)


@pytest.mark.parametrize("name", ["JSON cassette", "YAML cassette"])
@pytest.mark.parametrize("words", ["some words\n", "Recorded by me.\nIt works.\n", "09:00 done: 2 calls\n"])
def test_words_behind_a_cassette_hide_none_of_it(name: str, words: str) -> None:
    ran = run_here(["text"], (CONTAINERS[name]("One", "Two") + words).encode())
    assert (ran.code, ran.stdout) == (3, b"One\nTwo\n"), ran.stderr


RECORDS = [chunk({"role": "assistant", "content": "Two"}, id="two"), chunk(finish="stop", id="two")]
LOGS = {
    "objects": [json.dumps({"ts": 1, "chunk": one}) for one in (chunk({"content": "One"}), chunk(finish="stop"))],
    "strings": [
        json.dumps({"ts": 1, "line": json.dumps(one)}) for one in (chunk({"content": "One"}), chunk(finish="stop"))
    ],
    "logfmt": [f"n=1 msg={json.dumps(json.dumps(one))}" for one in (chunk({"content": "One"}), chunk(finish="stop"))],
}


@pytest.mark.parametrize("log", LOGS)
@pytest.mark.parametrize("events", [False, True], ids=["lines", "events"])
def test_bare_records_behind_those_of_a_log_are_read(log: str, events: bool) -> None:
    lines = [f"data: {json.dumps(one)}\n" if events else json.dumps(one) for one in RECORDS]
    ran = run_here(["text"], "\n".join([*LOGS[log], *lines, ""]).encode())
    assert (ran.code, ran.stdout) == (0, b"One\nTwo\n"), ran.stderr


def test_records_in_other_members_of_a_log_are_named() -> None:
    others = [json.dumps({"ts": 2, "response": one}) for one in RECORDS]
    data = "\n".join([*LOGS["objects"], '{"ts": 1, "port": 80}', *others, ""]).encode()
    ran = run_here(["text"], data)
    assert (ran.code, ran.stdout) == (0, b"One\n")
    assert "the member response of others holds records, too: --unwrap response reads those" in ran.stderr
    asked = run_here(["text", "--unwrap", "chunk"], data)
    assert (asked.code, asked.stdout, asked.stderr.count("\n")) == (0, b"One\n", 1)


OTHER_LOGS = {
    **LOGS,
    "text": [f"2031-05-04 09:00:01 INFO app: {json.dumps(one)}" for one in (chunk({"content": "One"}), chunk())],
    "a container's": in_json(har("One")).splitlines(),
}


@pytest.mark.parametrize("first", ["logfmt", "text"])
@pytest.mark.parametrize("second", OTHER_LOGS)
def test_records_of_another_log_behind_one_are_named(first: str, second: str) -> None:
    if first == second:
        return
    lines = [*OTHER_LOGS[first], *(line.replace("One", "Two") for line in OTHER_LOGS[second]), ""]
    ran = run_here(["text"], "\n".join(lines).encode())
    assert ran.stdout == b"One\n"
    assert "in other lines holds records, too" in ran.stderr


def test_b6_a_stream_behind_events_without_blank_lines_is_read() -> None:
    """Its records have no names: that of the last event before it was taken for theirs, and they were left out."""
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "content": []}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "One"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ]
    gemini = {"candidates": [{"content": {"parts": [{"text": "Two"}]}, "finishReason": "STOP"}]}
    ollama = {"model": "m", "created_at": "", "message": {"role": "assistant", "content": "Two"}, "done": True}
    first = "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n" for one in events)
    for second in (f"data: {json.dumps(gemini)}\n", f"{json.dumps(ollama)}\n"):
        assert run_here(["text"], (first + second).encode()) == (0, b"One\nTwo\n", "")


def test_b40_a_stream_behind_done_without_a_line_end_is_read() -> None:
    """[DONE] begins as a list does, and was taken for a value that is broken."""
    assert run_here(["text"], stream("One").rstrip().encode() + stream("Two").encode()) == (0, b"One\nTwo\n", "")


STREAMS = {path.name for path in (ROOT / "samples").glob("*.sse")} - {"sse-multi-line-data.sse"}
"""Data of several lines are not joined behind lines of JSON: its text is incomplete, with exit code 3."""


@pytest.mark.parametrize("lines", ["ollama.jsonl", "plain.jsonl"])
@pytest.mark.parametrize("name", sorted(STREAMS))
def test_an_event_stream_behind_lines_of_json_is_read_without_a_fault(name: str, lines: str) -> None:
    """Names, ids, comments and empty data are no damaged records: each counted as one, exit code 3."""
    first, second = (ROOT / "samples" / lines).read_bytes(), (ROOT / "samples" / name).read_bytes()
    one, other = run_here(["text"], first), run_here(["text"], second)
    both = run_here(["text"], first + second)
    assert (both.code == 3) == (other.code == 3), both.stderr
    assert both.stdout.startswith(one.stdout)


@pytest.mark.parametrize("line", ["event: error", "data: it failed", ': "Gate four."}', 'id: "', 'event: {"'])
def test_a_line_that_may_be_more_than_a_field_is_reported_between_lines_of_json(line: str) -> None:
    lines = jsonl(message_call(['{"message":"At nine."}'])).splitlines(keepends=True)
    ran = run_here(["text"], b"".join([*lines[:1], line.encode() + b"\n", *lines[1:]]))
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (3, b"At nine.\n", 1), ran.stderr


ONE = message_call(['{"message":"At nine."}'])
TWO = message_call(['{"message":"At ten."}'])


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"first": ONE, "second": TWO}, "second"),
        ({"0": ONE[0], "1": ONE[1]}, "1"),
        ({"first": ONE, "second": []}, ""),
        ({"request": TWO, "response": ONE}, ""),
        ({"first": ONE, "second": TWO[0]}, ""),
    ],
    ids=["two streams", "numbers", "an empty list", "a request", "one chunk"],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_document_with_several_streams_is_read_in_part_and_said(
    document: dict[str, Any], said: str, indent: int | None
) -> None:
    """R17: the others were passed over without a word."""
    ran = run_here(["text"], json.dumps(document, indent=indent).encode())
    assert (f"other members hold records, too: {said}; " in ran.stderr) is bool(said)


def test_a_log_of_what_came_and_what_was_made_of_it_needs_no_word() -> None:
    lines = [json.dumps({"raw": [one], "rewritten": [one]}) for one in ONE]
    ran = run_here(["text"], "\n".join(lines).encode())
    assert (ran.stdout, ran.code, "other members" in ran.stderr) == (b"At nine.\n", 0, False)
