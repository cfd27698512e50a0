"""Containers that were made to break their reader: one line and a documented code, in little time."""

import json
import sys
from itertools import pairwise
from typing import Any

import pytest
from tests.intake.test_layers import read
from tests.support import Ran, chunk, ends_within, jsonl, message_call, run_here

CHUNK = json.dumps(chunk({"content": "Hi"}, "stop"))
CALL = '- request: {method: POST, uri: "http://a/v1/chat/completions"}\n  response:\n    status: {code: 200}\n    '
HALF = "\ud800"


def run(data: bytes | str, *arguments: str) -> Ran:
    """Run a command, which must end soon with a code and a line of its own."""
    stdin = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    with ends_within(5):
        ran = run_here(arguments or ["text"], stdin)
    assert "fault in unspool" not in ran.stderr
    assert ran.code in (0, 3, 4, 5)
    return ran


def har(**entry: Any) -> str:
    whole = {
        "startedDateTime": "2031-05-04T09:00:01.000Z",
        "request": {"method": "POST", "url": "http://a/v1/chat/completions"},
        "response": {"status": 200, "content": {"mimeType": "text/event-stream", "text": f"data: {CHUNK}\n\n"}},
        **entry,
    }
    return json.dumps({"log": {"entries": [whole]}})


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("levels", [199, 260, 480, 700, 990, 1015, 1030, 100_000])
@pytest.mark.parametrize(
    "text",
    [
        '{{"t":{0},"chunk":{1}}}\n',
        '{{"chunk":{2}}}\n',
        '{{"error":{{"message":{0}}}}}\n',
        '[{{"scope":"http://a","method":"POST","path":"/v1/chat/completions","status":200,"response":{2}}}]',
        '{{"a":{{"b":{0}}},"runs":[{1}]}}',
    ],
)
@pytest.mark.parametrize("command", [["text"], ["rewrite"], ["stats", "--json"]])
def test_no_depth_of_nesting_breaks_a_reader(command: list[str], text: str, levels: int) -> None:
    deep = nested(levels)
    run(text.format(deep, CHUNK, f'{CHUNK[:-1]},"x":{deep}}}'), *command)


def test_json_in_strings_in_json_is_searched_as_deep_as_python_goes() -> None:
    value = f"{'[' * 190}{CHUNK}{']' * 190}"
    for _ in range(6):
        value = f"{'[' * 190}{json.dumps(value)}{']' * 190}"
    assert run(f'{{"a":{value}}}\n').code == 5


@pytest.mark.parametrize("time_of_entry", [10**400, -(10**400), "9" * 5000, 1e308, "0001-01-01", True, [1]])
def test_no_time_in_a_har_breaks_a_replay(time_of_entry: Any) -> None:
    timings = {"wait": time_of_entry, "send": time_of_entry}
    messages = [{"data": f"{CHUNK}", "x": HALF, "time": time_of_entry}]
    for entry in (
        {"x": HALF, "time": time_of_entry, "timings": timings, "startedDateTime": time_of_entry},
        {"_eventSourceMessages": messages, "response": {"status": 200}},
    ):
        run(har(**entry), "text", "--pace", "1e9")
        assert json.loads(run(har(**entry), "stats", "--json").stdout)["sources"][0]["steps"][0]["characters"] == 2


def test_halves_of_surrogate_pairs_in_names_of_events_and_streams_are_no_fault() -> None:
    messages = [{"eventName": f"a{HALF}", "data": CHUNK}]
    run(har(_eventSourceMessages=messages, response={"status": 200}))
    log = "".join(json.dumps({"k": f"{n}{HALF}", "chunk": json.loads(CHUNK)}) + "\n" for n in range(3))
    assert run(log, "text", "--split-by", "k").stdout.count(b"Hi") == 3


@pytest.mark.parametrize("url", ["http://[", 'http://["a",1]/v1', "//[::1", "http://a]/v1/chat/completions"])
def test_what_is_no_url_is_a_path_of_nothing(url: str) -> None:
    run(har(request={"method": "POST", "url": url}))


TEN = ",".join(["*{}"] * 10)
LETTERS = "abcdefghij"
BOMB = "body: &a [x]\n" + "".join(f"    {new}: &{new} [{TEN.format(*[old] * 10)}]\n" for old, new in pairwise(LETTERS))
MERGES = "body: &a {x: 1}\n" + "".join(
    f"    {new}: &{new} {{<<: [{TEN.format(*[old] * 10)}]}}\n" for old, new in pairwise(LETTERS)
)


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        (f"{BOMB}{CALL}body: *j\n", "its aliases expand to more than the file holds"),
        ("body: &a [*a]\n", "its aliases expand to more than the file holds"),
        ("body: &a {string: *a}\n", "its aliases expand to more than the file holds"),
        (f"body: &a {'x' * 9999}\n{CALL}body: [{','.join(['*a'] * 999)}]\n", "its aliases expand to more"),
        (MERGES, "tag:yaml.org,2002:merge"),
        (
            f"body: hi\n    x: {':'.join(['1'] * 200_000)}\n    y: 1:{':'.join(['1'] * 200_000)}.5\n",
            "nothing could be read",
        ),
        ("body: {a: !!binary YQ==, b: !!set {x}}\n", "without its body"),
        ("body: [!!set {x}]\n", "without its body"),
        (f"body: {nested(100_000)}\n", "the YAML cannot be read"),
    ],
)
def test_a_yaml_cassette_cannot_cost_more_than_its_size(yaml: str, said: str) -> None:
    assert said in run(f"interactions:\n{CALL}{yaml}").stderr


def test_aliases_of_a_few_parts_are_read() -> None:
    body = json.dumps(f"data: {CHUNK}\n\n")
    assert (
        b"Hi"
        in run(f"interactions:\n{CALL}headers: &a {{x: [y]}}\n    more: *a\n    body: {{string: {body}}}\n").stdout
    )


@pytest.mark.parametrize("kind", [[], {}, [1], {"a": 1}])
def test_types_that_are_no_words_are_none(kind: Any) -> None:
    run(jsonl([chunk({"content": {"type": kind, "text": "Hi"}}, "stop")]))
    run(jsonl([chunk({"content": [{"type": kind, "text": "Hi"}]}, "stop")]))
    run(jsonl([{"a": {"messages": [{"type": kind, "content": "x"}]}}]))


@pytest.mark.parametrize("encoding", ["utf-16", "utf_32"])
def test_text_without_the_mark_that_its_encoding_needs_is_said(encoding: str) -> None:
    ran = run(jsonl(message_call(['{"message":"Hi"}'])), "text", "--encoding", encoding)
    assert ran.code == 5
    assert f"it is not {encoding}" in ran.stderr


@pytest.mark.parametrize("encoding", ["idna", "punycode", "rot13", "a\0b"])
def test_codecs_of_single_words_are_no_encodings_of_files(encoding: str) -> None:
    ran = run_here(["text", "--encoding", encoding])
    assert ran.code == 2
    assert "there is no text encoding" in ran.stderr


@pytest.mark.parametrize("headers", [b"X-A: " + b"y" * 200_000 + b"\r\n", b"X-A: y\r\n" * 20_000])
@pytest.mark.parametrize("size", [1_000, 100_000])
def test_a_head_of_any_length_is_skipped(headers: bytes, size: int) -> None:
    """A head beyond the limit was taken for a body, and its first line for the next head, for ever."""
    body = jsonl([chunk({"content": "Hi"}, "stop")])
    data = b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n" + body
    streams, _ = read([data[at : at + size] for at in range(0, len(data), size)])
    assert streams == [("capture", body)]


@pytest.mark.parametrize(
    "filling",
    [b" " * 300_000 + b"\n", b"# " * 150_000 + b"\n", b"\n" * 100_000, b"< X-A: y\n" * 30_000],
    ids=["spaces", "bars", "blank lines", "headers"],
)
def test_what_curl_writes_costs_time_in_proportion_to_its_size(filling: bytes) -> None:
    """Patterns for bars tried each place in a row of spaces, and each line was read by itself: minutes."""
    begin = b"*   Trying 127.0.0.1:80...\n> POST /v1/chat/completions HTTP/1.1\n> \n< HTTP/1.1 200 OK\n"
    body = jsonl([chunk({"content": "Hi"}, "stop")])
    with ends_within(10):
        streams, _ = read([begin + filling + b"< \n" + body])
    assert b"".join(data for _, data in streams).endswith(body)


@pytest.mark.parametrize("field", ["event: a", "id: 1", "retry: 1", "event: a\r"])
def test_fields_without_data_take_no_time(field: str) -> None:
    """A pattern with two ways to read each line would try all combinations of them."""
    assert run(f"{field}\n" * 1000).code == 4


def test_a_line_of_spaces_behind_an_open_object_takes_no_time() -> None:
    assert run("INFO {\n" + " " * 30_000 + "\n").code in (3, 4, 5)


@pytest.mark.parametrize("around", ["%b", "2031-05-04 09:00:01 INFO %b", "data: %b\n"])
def test_an_integer_that_fills_the_beginning(around: str) -> None:
    """Python converts no integer of so many digits."""
    record = CHUNK.replace('"created": 1', '"created": ' + "1" * 70_000)
    capture = around.replace("%b", record) + "\n"
    assert run(capture).stdout == b"Hi\n"
    assert run(capture, "rewrite").stdout in {capture.encode(), record.encode() + b"\n"}


@pytest.mark.parametrize("run_of", [" ", "\t", "\n", "\n--- "])
def test_a_run_of_spaces_between_cassettes_or_lists_takes_no_time_that_grows_with_its_square(run_of: str) -> None:
    spaces = run_of * 100_000
    cassette = f"interactions:\n{CALL}body: {{string: '{CHUNK}'}}\n"
    string = f"interactions:\n{CALL}body: {{string: 'data: x{spaces.strip('-')}y'}}\n"
    assert run(f"{cassette}{spaces}\n{cassette}").stdout.count(b"Hi") == 2
    run(f"{string}---\n{cassette}")
    run(f"[{CHUNK}, {spaces}]{spaces}{{")


@pytest.mark.parametrize(("body", "most"), [(b"x\n", 420), (b'{"a": 1}\n', 1050)], ids=["a word", "an object"])
def test_a_head_with_little_behind_it_is_looked_at_a_few_times(body: bytes, most: int) -> None:
    """Each is a source: many of them must not each be compared with all formats for each layer and for a line."""
    calls = 0

    def tally(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    response = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n" + body
    run(response)
    sys.setprofile(tally)
    try:
        run_here(["text"], response * 300)
    finally:
        sys.setprofile(None)
    assert calls < most * 300


@pytest.mark.parametrize("calls", [-1, True, "search", {"name": "search"}, [None, 7]])
def test_calls_of_a_fixture_that_are_no_list_of_objects_are_none(calls: Any) -> None:
    fixture = {"match": {}, "response": {"content": "Hi", "toolCalls": calls}}
    assert run(json.dumps({"fixtures": [fixture]})).stdout == b"Hi\n"
