"""Many faults of one kind: three lines for a source and ten for a run, and the others are counted (R10)."""

import base64
import io
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from tests.commands.processes import GUARD, live, wait_until_asleep
from tests.support import UNSPOOL, calls, chunk, entry, jsonl, message_call, run_here, sse

from unspool.commands.app import main
from unspool.environment import Environment

COMMANDS = ["text", "rewrite", "events", "lint", "stats", "view", "rewrite --to json"]
HI = [chunk({"content": "Hi"}), chunk({}, "stop")]
FILTERED = [chunk({"role": "assistant"}), chunk({}, "content_filter")]
CALL = message_call(['{"message": "Hi"}'], tool="reply")
BROKEN = [chunk(calls(entry('{"message": }', id="call_1", name="send_message"))), chunk({}, "tool_calls")]
ANSWERS = {
    "refused or filtered responses": sse(FILTERED),
    "responses that ended early": sse([chunk({"content": "Hi"})], done=False),
    "errors that the provider sent": sse([{"error": {"message": "No such boat.", "code": 503}}]),
    "calls of send_message whose arguments cannot be read": sse(BROKEN),
    "records that cannot be read": b"data: {bad\n\n" + sse(HI),
    "streams of which nothing could be read": b"data: {bad\n\n",
    "streams with text in another encoding": b'data: "\xe9"\n\n' + sse(HI),
}
TWO_KINDS = {"streams of which nothing could be read", "streams with text in another encoding"}


def two_of(number: int) -> list[str]:
    """The commands share the kinds of faults, so that each comes with two of them."""
    kinds = list(ANSWERS)
    return [kinds[number % len(kinds)], kinds[(number + 3) % len(kinds)]]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def har(answer: bytes, count: int, status: int = 200) -> bytes:
    content = {"mimeType": "text/event-stream", "encoding": "base64", "text": base64.b64encode(answer).decode()}
    one = {
        "startedDateTime": "2031-05-04T03:02:01.000Z",
        "request": {"method": "POST", "url": "https://a.example/v1/chat/completions"},
        "response": {"status": status, "content": content},
    }
    return json.dumps({"log": {"version": "1.2", "entries": [one] * count}}).encode()


def cassette(answer: bytes, count: int) -> bytes:
    request = {"method": "POST", "uri": "https://a.example/v1/chat/completions", "body": "{}", "headers": {}}
    body = {"base64_string": base64.b64encode(answer).decode()}
    response = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": body}
    return json.dumps({"version": 1, "interactions": [{"request": request, "response": response}] * count}).encode()


@pytest.mark.parametrize(
    ("command", "kind"), [(command, kind) for number, command in enumerate(COMMANDS) for kind in two_of(number)]
)
def test_the_answers_of_a_container_have_three_lines_and_a_count(command: str, kind: str) -> None:
    Path("a.har").write_bytes(har(ANSWERS[kind], 40))
    lines = run_here([*command.split(), "a.har"]).stderr.splitlines()
    assert f"unspool: a.har: 37 more {kind}" in lines
    assert len(lines) <= (8 if kind in TWO_KINDS else 4)


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_cassette_is_a_container_too(kind: str) -> None:
    Path("a.json").write_bytes(cassette(ANSWERS[kind], 50))
    assert f"unspool: a.json: 47 more {kind}\n" in run_here(["text", "a.json"]).stderr


def test_requests_that_failed_are_counted() -> None:
    ran = run_here(["text"], har(b'{"error": {"message": "Slow down."}}', 9, status=429))
    assert ran.code == 5
    assert [line.rpartition(": ")[2] for line in ran.stderr.splitlines()][-1] == "6 more streams that cannot be read"
    assert ran.stderr.count("\n") == 4


def test_one_more_is_no_plural() -> None:
    ran = run_here(["text"], har(sse(FILTERED), 4))
    assert ran.stderr.splitlines()[-1] == "unspool: standard input: 1 more refused or filtered response"


def test_the_streams_of_a_split_log_are_one_source() -> None:
    records = [{"run": f"r{n}", "chunk": {**one, "id": f"chatcmpl-{n}"}} for n in range(20) for one in FILTERED]
    lines = run_here(["text", "--split-by", "run"], jsonl(records)).stderr.splitlines()
    assert len(lines) == 5  # with the one on what is read
    assert lines[-1] == "unspool: standard input: 17 more refused or filtered responses"


def test_streams_without_a_message_and_what_auto_takes_are_counted() -> None:
    Path("a.har").write_bytes(har(sse(CALL), 200))
    lines = run_here(["text", "a.har"]).stderr.splitlines()
    assert (len(lines), lines[-1]) == (4, "unspool: a.har: 197 more streams without a message")
    for command in (["text", "a.har"], ["diff", "a.har", "a.har"]):
        lines = run_here([*command, "--tool", "auto"]).stderr.splitlines()
        assert lines[3] == "unspool: a.har: 197 more lines as this one: --tool auto takes reply:message"
        assert len(lines) == 4 * (len(command) - 1)


def test_each_container_has_its_own_count() -> None:
    Path("a.har").write_bytes(har(sse(FILTERED), 20))
    Path("b.har").write_bytes(har(sse(FILTERED), 5))
    Path("c.jsonl").write_bytes(jsonl(FILTERED))
    lines = run_here(["text", "a.har", "b.har", "c.jsonl"]).stderr.splitlines()
    assert [line.partition("#")[0] for line in lines] == [
        *["unspool: a.har"] * 3,
        "unspool: a.har: 17 more refused or filtered responses",
        *["unspool: b.har"] * 3,
        "unspool: b.har: 2 more refused or filtered responses",
        "unspool: c.jsonl: record 2 (byte 166): the answer was filtered (content_filter); no text was shown",
    ]


@pytest.mark.parametrize("count", [10, 11, 14, 500])
def test_many_files_have_ten_lines_and_a_count_that_names_the_first(count: int) -> None:
    names = [f"{number:03}.jsonl" for number in range(count)]
    for name in names:
        Path(name).write_bytes(jsonl(FILTERED))
    lines = run_here(["text", *names]).stderr.splitlines()
    assert [line.split(": ")[1] for line in lines[:10]] == names[:10]
    first = "in 010.jsonl, 011.jsonl, 012.jsonl"
    last = {
        10: [],
        11: ["unspool: 1 more refused or filtered response, in 010.jsonl"],
        14: [f"unspool: 4 more refused or filtered responses, {first} and 1 other source"],
        500: [f"unspool: 490 more refused or filtered responses, {first} and 487 other sources"],
    }
    assert lines[10:] == last[count]


def test_files_that_cannot_be_read_are_counted_and_one_that_can_is_named() -> None:
    names = [f"{number:02}.jsonl" for number in range(20)]
    for name in names:
        Path(name).write_bytes(b'{"a": 1}\n{"b": 2}\n')
    Path(names[10]).write_bytes(b'{"a": 1}\n' + jsonl(message_call(['{"message": "Hi"}'])))
    ran = run_here(["text", *names, *[f"missing{number}" for number in range(12)]])
    assert (ran.code, ran.stdout) == (5, b"Hi\n")
    assert ran.stderr.splitlines()[30:] == [
        "unspool: 1 more record that cannot be read, in 10.jsonl",
        "unspool: 9 more streams of which nothing could be read, in 11.jsonl, 12.jsonl, 13.jsonl and 6 other sources",
        "unspool: 2 more sources that cannot be read, in missing10, missing11",
    ]


@pytest.mark.parametrize(
    ("command", "number"),
    [
        *(("text", number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)),
        *((command, signal.SIGTERM) for command in ("rewrite", "events", "stats", "view")),
    ],
)
def test_a_signal_loses_no_count(command: str, number: signal.Signals) -> None:
    """A filter ends by the signal itself, except for an interrupt."""
    refused = b"".join(jsonl([{**one, "id": f"chatcmpl-{n}"} for one in FILTERED]) for n in range(9))
    with live(command) as running:
        running.write(refused)
        assert running.process.stderr is not None
        told = [running.process.stderr.readline() for _ in range(3)]
        wait_until_asleep(running.process.pid)
        running.process.send_signal(number)
        code = running.process.wait(GUARD)
        rest = running.process.stderr.read().decode()
    assert all(b"content_filter" in line for line in told)
    assert rest == "unspool: standard input: 6 more refused or filtered responses\n"
    assert code == (130 if number == signal.SIGINT else -number)


def test_a_signal_without_a_count_ends_a_filter_in_silence() -> None:
    with live("text") as running:
        running.write(jsonl(HI))
        running.read_until(b"Hi\n")
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(GUARD) == -signal.SIGTERM
        assert running.process.stderr is not None
        assert running.process.stderr.read() == b""


def test_a_closed_pipe_loses_no_count() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    Path("a.har").write_bytes(har(sse(FILTERED), 5))
    Path("b.jsonl").write_bytes(jsonl(HI))
    done = subprocess.run(
        [str(UNSPOOL), "text", "a.har", "b.jsonl"], stdout=writing, stderr=subprocess.PIPE, check=False, timeout=GUARD
    )
    os.close(writing)
    assert done.returncode == 141
    assert done.stderr.decode().splitlines()[3:] == ["unspool: a.har: 2 more refused or filtered responses"]


def test_the_first_fault_that_stops_a_run_loses_no_count() -> None:
    Path("a.har").write_bytes(har(sse(FILTERED), 5))
    ran = run_here(["text", "--strict", "a.har", "-"], b"{bad\n")
    assert ran.code == 3
    assert ran.stderr.splitlines()[3] == "unspool: a.har: 2 more refused or filtered responses"
    assert len(ran.stderr.splitlines()) <= 6


def test_an_interrupted_table_says_what_was_left_out() -> None:
    """A note about a container stands at the end of a run, however that comes."""
    content = {"mimeType": "text/event-stream"}
    entries = json.loads(har(sse(HI), 2))
    entries["log"]["entries"][0] = json.loads(json.dumps(entries["log"]["entries"][0]))
    entries["log"]["entries"][0]["response"]["content"] = content
    Path("a.har").write_bytes(json.dumps(entries).encode())

    class Interrupted(io.BytesIO):
        def readable(self) -> bool:
            return True

        def read(self, size: int | None = -1) -> bytes:
            raise KeyboardInterrupt

    stdout, stderr = io.BytesIO(), io.StringIO()
    code = main(["table", "a.har", "-"], Environment(Interrupted(), stdout, stderr))
    assert code == 130
    assert "1 of the responses in it is without its body" in stderr.getvalue()


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (401, "check the key, and what it may do"),
        ("invalid_api_key", "check the key, and what it may do"),
        ("permission-denied", "check the key, and what it may do"),
        ("insufficient_quota", "check the account"),
        ("rate_limit_exceeded", "ask again later"),
        ("RESOURCE_EXHAUSTED", "ask again later"),
        (529, "ask again later"),
        ("context_length_exceeded", "change the request"),
        ("server_error", "ask again"),
        (None, "ask again"),
    ],
)
def test_the_advice_about_an_error_of_the_provider_fits_its_code(code: object, advice: str) -> None:
    """Under a wrong key it was to ask again, too."""
    ran = run_here(["text"], jsonl([chunk({"content": "The "}), {"error": {"message": "No.", "code": code}}]))
    assert ran.stderr.endswith(f"; the response ends there, {advice}\n")
    assert ran.code == 5
