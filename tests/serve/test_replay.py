"""Captures served back: what a client reads is what was received."""

import json
import os
import time
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.serve.test_rewriting import texts
from tests.serve.upstreams import TEXT, Upstream, exchange, get, message_stream, proxied, running
from tests.support import ROOT, chunk, jsonl, run_installed

from unspool.core.options import Options
from unspool.formats.detect import Format
from unspool.intake.asked import Asked
from unspool.serve.background import BackgroundServer, background_server
from unspool.serve.http.model_request import request_hash
from unspool.serve.http.request_log import RequestLog, describe
from unspool.serve.replay import sidecar
from unspool.serve.replay.captures import load
from unspool.serve.replay.order import Order
from unspool.serve.replay.player import MISS, Pace
from unspool.serve.replay.whole import whole_answer
from unspool.serve.service import ReplayOptions, ServiceOptions
from unspool.settings import Settings

SETTINGS = Settings(Options())
MESSAGES: list[Any] = [{"role": "user", "content": "When?"}]
SAMPLES = ROOT / "samples"
KEY = "sk-canary-77b0de11f3"


def replaying(*captures: Path, **asked: Any) -> ServiceOptions:
    pace = asked.pop("pace", Pace(float("inf")))
    return ServiceOptions(SETTINGS, replay=ReplayOptions(tuple(map(str, captures)), pace=pace, **asked))


def ask(server: BackgroundServer, body: Any, path: str = "/v1/chat/completions") -> tuple[int, bytes]:
    """Status and body of an answer, its transfer coding undone."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head, _, rest = exchange(server.root, get(path, method="POST", body=data)).partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        parts = []
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            parts.append(rest[: int(size, 16)])
            rest = rest[int(size, 16) + 2 :]
        rest = b"".join(parts)
    return int(head.split(b" ")[1]), rest


def test_a_recording_is_served_as_the_bytes_that_came() -> None:
    with background_server(replaying(SAMPLES / "recorded.sse")) as server:
        status, body = ask(server, {"model": "x", "stream": True})
    recorded = (SAMPLES / "recorded.sse").read_bytes()
    came = b"".join(line for line in recorded.splitlines(True) if not line.startswith((b": t=", b": end=")))
    assert status == 200
    assert body == came.removesuffix(b"\n")  # behind the comment that says how it ended


def test_it_comes_at_its_own_pace() -> None:
    with background_server(replaying(SAMPLES / "recorded.sse", pace=Pace(5))) as server:
        start = time.monotonic()
        ask(server, {"stream": True})
        seconds = time.monotonic() - start
    assert 1.5 / 5 - 0.05 < seconds < 3


def test_lines_of_chunks_are_events_to_a_client() -> None:
    with background_server(replaying(SAMPLES / "plain-content.jsonl")) as server:
        client = openai.OpenAI(base_url=server.url, api_key="unspool", max_retries=0)
        stream = client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        text = "".join(one.choices[0].delta.content or "" for one in stream if one.choices)
        models = [one.id for one in client.models.list()]
    assert text + "\n" == (SAMPLES / "plain-content.expected.txt").read_text()
    assert len(models) == 1


@pytest.mark.parametrize(
    ("sample", "path", "begins"),
    [
        ("anthropic.sse", "/v1/messages", b"event: message_start\ndata: {"),
        ("responses.jsonl", "/v1/responses", b"event: response.created\ndata: {"),
        ("gemini.sse", "/v1beta/models/any:streamGenerateContent", b"data: {"),
        ("ollama.jsonl", "/api/chat", b'{"model"'),
        ("cohere.sse", "/v2/chat", b""),
        ("letta.sse", "/letta", b"data: {"),
    ],
)
def test_each_interface_is_at_its_own_path(sample: str, path: str, begins: bytes) -> None:
    with background_server(replaying(SAMPLES / sample)) as server:
        status, body = ask(server, {"stream": True}, path)
        assert ask(server, {}, "/v1/nothing")[0] == MISS
    assert status == 200
    assert body.startswith(begins)
    if sample.endswith(".sse"):
        assert body == (SAMPLES / sample).read_bytes()


@pytest.mark.parametrize("choices", [7, {"delta": {}}, [None, 7]])
def test_a_chunk_with_odd_choices_is_served_as_it_came(choices: Any, tmp_path: Path) -> None:
    capture = tmp_path / "a.jsonl"
    capture.write_bytes(jsonl([chunk({"content": "Hi"}), {**chunk({}), "choices": choices}]))
    with background_server(replaying(capture)) as server:
        status, body = ask(server, {"stream": True})
    assert (status, body.count(b"data: {")) == (200, 2)


def test_every_sample_is_served() -> None:
    said: list[str] = []
    captures = load([str(SAMPLES)], Asked(), Format.AUTO, [], said.append)
    files = {path.name.partition(".")[0] for path in SAMPLES.glob("*.expected.txt")}
    served = {Path(one.name).name.partition(".")[0] for one in captures}
    unserved = {name for name in files - served if not any(f"{name}." in line for line in said)}
    assert unserved == set()
    assert len(captures) > 60
    assert all(one.path.startswith("/") for one in captures)


def test_captures_come_by_turns() -> None:
    first, second = SAMPLES / "one-chunk-call.jsonl", SAMPLES / "recorded.sse"
    with background_server(replaying(first, second)) as server:
        by_model = [ask(server, {"model": "mistral-small-2506", "stream": True})[1][:60] for _ in range(2)]
        other = [ask(server, {"model": "none of them", "stream": True})[1][:60] for _ in range(2)]
    logs = [Path(log.source).name for log in server.requests]
    assert by_model[0] == by_model[1]
    assert other[0] != by_model[0]
    assert logs == ["recorded.sse", "recorded.sse", "one-chunk-call.jsonl", "one-chunk-call.jsonl"]
    with background_server(replaying(first, second, order=Order.ANY)) as server:
        for _ in range(3):
            ask(server, {"model": "mistral-small-2506", "stream": True})
    logs = [Path(log.source).name for log in server.requests]
    assert logs == ["one-chunk-call.jsonl", "recorded.sse", "one-chunk-call.jsonl"]


def record(folder: Path, *bodies: dict[str, Any]) -> list[bytes]:
    """Ask a proxy that records; returns what it answered."""
    upstream = Upstream(message_stream(), headers=[(b"content-type", b"text/event-stream"), (b"set-cookie", b"c=1")])
    with proxied(upstream, key=KEY, record=str(folder)) as server:
        client = openai.OpenAI(base_url=server.url, api_key="unspool", max_retries=0)
        for body in bodies:
            list(client.chat.completions.create(**{"stream": True, "messages": MESSAGES, "model": "m", **body}))
    return list(upstream.pieces)


def test_what_was_recorded_is_served_to_the_same_request(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    sent = record(folder, {}, {"messages": [{"role": "user", "content": f"my key is {KEY}"}]})
    recordings = sorted(folder.glob("*.sse"))
    assert len(recordings) == 2
    for file in folder.iterdir():
        assert KEY.encode() not in file.read_bytes()
        assert b"cookie" not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0
    sidecar = json.loads(recordings[0].with_suffix("").with_suffix(".exchange.json").read_text())
    assert (sidecar["status"], sidecar["path"]) == (200, "/v1/chat/completions")
    assert sidecar["request"]["messages"] == MESSAGES
    assert run_installed(["text", str(recordings[0])]).stdout.decode() == TEXT + "\n"
    with background_server(replaying(folder)) as server:
        asked = {"model": "m", "messages": MESSAGES, "stream": True}
        reordered = {"stream": True, "messages": MESSAGES, "user": "someone", "model": "m", "temperature": None}
        assert ask(server, asked) == (200, b"".join(sent))
        assert ask(server, reordered) == (200, b"".join(sent))
        status, body = ask(server, {**asked, "model": "other", "n": 2})
        assert status == MISS
        message = json.loads(body)["error"]["message"]
        unreadable = ask(server, b"model=m")
        elsewhere = exchange(server.root, get("/"))
    assert unreadable[0] == MISS
    assert b"the body of the request is no JSON object" in unreadable[1]
    assert b"no capture is served at this path; there are captures at /v1/chat/completions" in elsewhere
    assert f"the nearest is {recordings[0]}" in message
    assert 'model: "other", recorded "m"' in message
    assert "n: 2, recorded absent" in message


def test_ids_and_dates_and_what_is_ignored_do_not_count() -> None:
    def body(call: str, date: str, seed: int) -> dict[str, Any]:
        return {
            "model": "m",
            "messages": [
                {"role": "system", "content": f"Today is {date}."},
                {"role": "tool", "tool_call_id": call, "content": "ok"},
            ],
            "options": {"seed": seed, "top_k": 1},
        }

    one = body("call_9aH2kqWm3dR", "2026-01-02T10:00:00Z", 1)
    other = body("call_LLq83hdnc82", "2026-11-28", 2)
    assert request_hash(one) != request_hash(other)
    assert request_hash(one, ["options.seed"]) == request_hash(other, ["options.seed"])
    assert request_hash(one) != request_hash({**one, "model": "n"})


def test_a_miss_goes_to_the_upstream_and_is_kept(tmp_path: Path) -> None:
    record(tmp_path, {})
    upstream = Upstream(message_stream('{"message":"Another one."}'))
    with running(upstream):
        options = ServiceOptions(
            SETTINGS,
            upstream.url,
            replay=ReplayOptions((str(tmp_path),), pace=Pace(float("inf"))),
            record=str(tmp_path),
        )
        with background_server(options) as server:
            known = ask(server, {"model": "m", "messages": MESSAGES, "stream": True})[1]
            new = ask(server, {"model": "new", "messages": MESSAGES, "stream": True})[1]
    assert len(upstream.seen) == 1
    assert texts(known) == TEXT
    assert b"inner_thoughts" not in known  # a chat client reads the same, recorded or not
    assert texts(new) == "Another one."
    assert len(list(tmp_path.glob("*.sse"))) == 2


def test_a_response_that_broke_breaks_again(tmp_path: Path) -> None:
    with proxied(Upstream(message_stream()[:6], breaks=True), record=str(tmp_path)) as server:
        ask(server, {"model": "m", "stream": True})
    with background_server(replaying(tmp_path)) as server:
        raw = exchange(server.root, get("/v1/chat/completions", method="POST", body=b'{"model":"m","stream":true}'))
    assert not raw.endswith(b"0\r\n\r\n")
    assert b"error" not in raw


def test_errors_and_whole_answers_are_kept_with_their_status(tmp_path: Path) -> None:
    body = b'{"error": {"message": "slow down"}}'
    headers = [(b"content-type", b"application/json"), (b"retry-after", b"7")]
    with proxied(Upstream([body], status=429, headers=headers), record=str(tmp_path)) as server:
        ask(server, {"model": "m"})
    with background_server(replaying(tmp_path)) as server:
        raw = exchange(server.root, get("/v1/chat/completions", method="POST", body=b'{"model":"m"}'))
    assert raw.startswith(b"HTTP/1.1 429")
    assert b"retry-after: 7" in raw
    assert raw.endswith(body)


def test_the_page_of_a_gateway_is_kept_with_its_status(tmp_path: Path) -> None:
    page = b"<html><body>Bad gateway</body></html>"
    headers = [(b"content-type", b"text/html")]
    with proxied(Upstream([page], status=502, headers=headers), record=str(tmp_path)) as server:
        ask(server, {"model": "m", "stream": True})
    with background_server(replaying(tmp_path)) as server:
        body = b'{"model":"m","stream":true}'
        raw = exchange(server.root, get("/v1/chat/completions", method="POST", body=body))
    assert raw.startswith(b"HTTP/1.1 502")
    assert b"content-type: text/html" in raw
    assert raw.endswith(page)


def test_a_sidecar_from_a_stranger_adds_no_header(tmp_path: Path) -> None:
    record(tmp_path, {})
    (file,) = tmp_path.glob("*.exchange.json")
    value = json.loads(file.read_text())
    value["status"] = 101
    value["headers"] = {
        "content-type": "text/event-stream\r\nset-cookie: a=1",
        "set-cookie": "b=2",
        "retry-after": "\u2028",
        "x-ratelimit-\r\nset-cookie": "c=3",
        "x-ratelimit-\u00e9": "4",
        "x-request-id": "fine",
    }
    file.write_text(json.dumps(value))
    with background_server(replaying(tmp_path)) as server:
        body = json.dumps({"model": "m", "messages": MESSAGES, "stream": True}).encode()
        raw = exchange(server.root, get("/v1/chat/completions", method="POST", body=body))
        assert b"405" in exchange(server.root, get("/v1/chat/completions")).split(b"\r\n")[0]
    head = raw.partition(b"\r\n\r\n")[0]
    assert raw.startswith(b"HTTP/1.1 200")
    assert b"x-request-id: fine" in head
    assert b"set-cookie" not in head
    assert b"retry-after" not in head


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"version": 2}', '{"version": 1}', '{"version": 1, "headers": 3}']
    + [f'{{"version": 1, "request": {"[" * levels + "]" * levels}}}' for levels in (190, 500, 990, 100_000)]
    + [
        f'{{"version": 1, "request": {"9" * 9999}}}',
        '{"version": 1, "path": "\\ud800", "request": {"model": "\\ud800"}}',
    ],
)
def test_a_sidecar_that_is_none_is_said(text: str, tmp_path: Path) -> None:
    record(tmp_path, {})
    (file,) = tmp_path.glob("*.exchange.json")
    file.write_text(text)
    said: list[str] = []
    captures = load([str(tmp_path)], Asked(), Format.AUTO, [], said.append)
    assert len(captures) + len(said) == 1
    assert all("it is not served" in line for line in said)


def test_a_folder_that_cannot_be_written_costs_no_response(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    upstream = Upstream(message_stream())
    with proxied(upstream, record=str(folder)) as server:
        (folder / "00001-chat-aaaa.sse").mkdir()
        os.rename(folder, tmp_path / "gone")
        status, body = ask(server, {"model": "m", "stream": True})
    assert status == 200
    assert body.endswith(b"data: [DONE]\n\n")


HAR = {
    "log": {
        "entries": [
            {
                "startedDateTime": "2026-01-01T00:00:00Z",
                "request": {"method": "POST", "url": "https://api.example/v1/chat/completions"},
                "response": {
                    "status": status,
                    "content": {"mimeType": kind, "text": text},
                },
            }
            for status, kind, text in [
                (200, "text/event-stream", b"".join(message_stream()).decode()),
                (429, "application/json", '{"error": {"message": "slow down"}}'),
            ]
        ]
    }
}


def test_each_exchange_of_a_container_is_a_capture(tmp_path: Path) -> None:
    file = tmp_path / "session.har"
    file.write_text(json.dumps(HAR))
    with background_server(replaying(file)) as server:
        answers = [ask(server, {"stream": True}), ask(server, {})]
    assert answers[0] == (200, b"".join(message_stream()))
    assert answers[1][0] == 429
    assert b"slow down" in answers[1][1]


def asked_and_answered(prompt: str, answer: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A request and its whole answer."""
    message = {"role": "assistant", "content": answer}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    asked = {"model": "m", "messages": [{"role": "user", "content": prompt}]}
    return asked, {"id": "c", "object": "chat.completion", "model": "m", "choices": [choice]}


def test_the_models_of_the_captures_are_listed() -> None:
    with background_server(replaying(ROOT / "samples" / "plain.jsonl")) as server:
        listed = exchange(server.root, get("/v1/models"))
        head = exchange(server.root, get("/v1/models", method="HEAD"))
    assert listed.startswith(b"HTTP/1.1 200")
    assert b'"id": "gpt-4.1-mini-2025-04-14"' in listed
    assert head.startswith(b"HTTP/1.1 200")
    assert head.endswith(b"\r\n\r\n")


def test_an_answer_in_the_other_form_is_noted() -> None:
    with background_server(replaying(ROOT / "samples" / "plain.jsonl")) as server:
        ask(server, {})
        ask(server, {"stream": True})
    notes = [log.note for log in server.requests]
    assert notes == ["the capture is a stream, the request asks for none", ""]


def test_a_client_that_asks_for_no_stream_gets_one_completion() -> None:
    """With the call as it came: captures are served as they were received."""
    for body in ({"model": "m", "messages": MESSAGES}, {"model": "m", "messages": MESSAGES, "stream": False}):
        with background_server(replaying(SAMPLES / "plain.jsonl")) as server:
            status, answer = ask(server, body)
        whole = json.loads(answer)
        chunks = [json.loads(line) for line in (SAMPLES / "plain.jsonl").read_bytes().splitlines()]
        deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
        arguments = [call["function"]["arguments"] for delta in deltas for call in delta.get("tool_calls") or []]
        (choice,) = whole["choices"]
        (call,) = choice["message"]["tool_calls"]
        assert (status, whole["object"], choice["finish_reason"]) == (200, "chat.completion", "tool_calls")
        assert call["function"] == {"name": "send_message", "arguments": "".join(arguments)}


def test_the_clients_of_other_interfaces_get_one_answer_too() -> None:
    with background_server(replaying(SAMPLES / "anthropic.sse", SAMPLES / "responses.jsonl")) as server:
        message = json.loads(ask(server, {"model": "m"}, "/v1/messages")[1])
        response = json.loads(ask(server, {"model": "m"}, "/v1/responses")[1])
    assert [block["type"] for block in message["content"]][:2] == ["thinking", "tool_use"]
    assert message["content"][0]["thinking"] == "They ask about the garden gate."
    assert message["content"][1]["input"]["message"] == "The gate is open; I\u2019ll shut it at nine.\n"
    assert message["stop_reason"] == "tool_use"
    last = json.loads((SAMPLES / "responses.jsonl").read_bytes().splitlines()[-1])
    assert response == last["response"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("cut-stream.jsonl", "holds no whole one"), ("error-in-stream.jsonl", "The upstream worker went away")],
)
def test_a_stream_that_failed_is_no_answer(name: str, message: str) -> None:
    with background_server(replaying(SAMPLES / name)) as server:
        status, body = ask(server, {"model": "m", "stream": False})
    assert status == 500
    assert message in json.loads(body)["error"]["message"]


@pytest.mark.parametrize("body", [b"stream", b"[1]", b'{"stream": tr', b"\xff"])
def test_a_request_that_is_no_object_is_refused(body: bytes) -> None:
    with background_server(replaying(SAMPLES / "plain.jsonl")) as server:
        status, answer = ask(server, body)
    assert status == MISS
    assert json.loads(answer)["error"]["message"].endswith("the body of the request is no JSON object")


URL = "https://api.example/v1/chat/completions"


def as_har(exchanges: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, Any]:
    entries = [
        {
            "startedDateTime": "2026-01-01T00:00:00Z",
            "request": {"method": "POST", "url": URL, "postData": {"text": json.dumps(asked)}},
            "response": {"status": 200, "content": {"mimeType": "application/json", "text": json.dumps(answer)}},
        }
        for asked, answer in exchanges
    ]
    return {"log": {"entries": entries}}


def as_cassette(exchanges: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, Any]:
    interactions = [
        {
            "request": {"method": "POST", "uri": URL, "body": json.dumps(asked)},
            "response": {"status": {"code": 200}, "body": {"string": json.dumps(answer)}},
        }
        for asked, answer in exchanges
    ]
    return {"interactions": interactions}


@pytest.mark.parametrize("container", [as_har, as_cassette])
def test_an_exchange_of_a_container_answers_its_own_request(container: Any, tmp_path: Path) -> None:
    exchanges = [asked_and_answered("first", "1"), asked_and_answered("second", "2")]
    file = tmp_path / "session.json"
    file.write_text(json.dumps(container(exchanges)))
    with background_server(replaying(file)) as server:
        for asked, answer in reversed(exchanges):
            status, body = ask(server, asked)
            assert (status, json.loads(body)) == (200, answer)
        status, body = ask(server, asked_and_answered("third", "")[0])
    assert status == MISS
    assert 'messages[0].content: \\"third\\", recorded \\"first\\"' in body.decode()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["samples/recorded.sse"], 0, "never requested: samples/recorded.sse"),
        (["samples/recorded.sse", "--strict"], 1, "never requested: samples/recorded.sse"),
        (["samples/no-such-file"], 5, "samples/no-such-file: No such file or directory"),
        (["samples/recordet.sse"], 5, "nothing is served; did you mean samples/recorded.sse?"),
        (["samples/plain.jsonl", "samples/recordet.sse"], 5, "nothing is served; did you mean samples/recorded.sse?"),
        (["README.md"], 5, "README.md: it holds no record of a known interface"),
        (["samples/recorded.sse", "--record", "x"], 2, "--upstream"),
        (["samples/recorded.sse", "--pace", "nan"], 2, "nan"),
    ],
)
def test_the_command_says_what_was_not_asked_for(arguments: list[str], code: int, said: str) -> None:
    done = run_installed(["serve", "--port", "0", *arguments, "--run", "true"], cwd=ROOT)
    assert done.code == code
    assert said in done.stderr


def test_a_capture_that_is_not_served_is_said_to_a_test(tmp_path: Path) -> None:
    missing, empty, words = tmp_path / "missing.sse", tmp_path / "empty.sse", tmp_path / "words.csv"
    empty.write_text("")
    words.write_text("id,name\n1,a\n2,b\n")
    with (
        pytest.raises(FileNotFoundError, match=r"missing\.sse"),
        background_server(replaying(SAMPLES / "plain.jsonl", missing)),
    ):
        pass
    for paths in ([], [empty], [words]):
        with pytest.raises(ValueError, match="no capture that could be served"), background_server(replaying(*paths)):
            pass
    with (
        pytest.warns(UserWarning, match=r"words\.csv.*it is not served"),
        background_server(replaying(SAMPLES / "plain.jsonl", words)) as server,
    ):
        assert ask(server, {"model": "any", "messages": [], "stream": True})[0] == 200


@pytest.mark.parametrize("levels", [100, 300, 700, 1000, 50_000])
def test_a_request_of_any_depth_is_answered(tmp_path: Path, levels: int) -> None:
    record(tmp_path, {})
    body = b'{"model": "m\\ud800", "messages": %b%b, "stream": true}' % (b"[" * levels, b"]" * levels)
    with background_server(replaying(tmp_path)) as server:
        raw = exchange(server.root, get("/v1/chat/completions", method="POST", body=body))
    assert raw.startswith(b"HTTP/1.1 599")


def test_a_request_with_half_a_surrogate_pair_is_kept(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with proxied(Upstream(message_stream()), record=str(kept)) as server:
        body = b'{"model": "m\\ud800", "messages": [], "stream": true}'
        exchange(server.root, get("/v1/chat/completions", method="POST", body=body))
    (file,) = kept.glob("*.exchange.json")
    assert json.loads(file.read_bytes())["request"]["model"] == "m\ud800"


@pytest.mark.parametrize(
    "request_body",
    [
        {"model": "m", "messages": [{"role": "user", "content": "When?"}], "stream": True},
        {"model": "m", "messages": [{"role": "user", "content": "When? " * 100_000}]},
        {"model": "m", "prompt": "When?"},
        {"message": "When?"},
        {"model": "m", "messages": []},
        None,
    ],
)
def test_the_file_of_an_exchange_is_no_capture_to_the_filters(request_body: Any, tmp_path: Path) -> None:
    """``unspool text FOLDER/*`` names it among the recordings: that is no failure."""
    path = str(tmp_path / "1.exchange.json")
    sidecar.write(path, sidecar.Sidecar("POST", "/v1/x", 200, {"content-type": "a/b"}, request_body, "6d13"), [])
    ran = run_installed(["text", path, str(ROOT / "samples/plain-content.jsonl")])
    said = "this is the request of a recording, so there is nothing to read; its answer is in the file next to it"
    assert (ran.code, ran.stdout) == (0, b"No tool was needed: caf\xc3\xa9 opens at 9.\n")
    assert ran.stderr == f"unspool: {path}: {said}\n"


def test_the_line_about_a_request_is_short_whatever_the_client_sends() -> None:
    log = RequestLog("X" * 60_000, "/" + "y" * 60_000)
    log.model = "z" * 60_000
    assert len(describe(log)) < 800


def whole_of(deltas: list[dict[str, Any]], finish: str = "stop", **members: Any) -> Any:
    """The choice of the one answer for a stream of these deltas; ``members`` are those of each choice."""
    choices = [{"index": 0, "delta": delta, "finish_reason": None, **members} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": finish})
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    data = "".join(f"data: {json.dumps({**head, 'choices': [choice]})}\n\n" for choice in choices)
    answer = whole_answer("chat", data.encode())
    assert answer is not None
    return answer["choices"][0]


CALL = {"index": 0, "id": "c", "type": "function", "function": {"name": "x", "arguments": "{"}}


@pytest.mark.parametrize(
    ("deltas", "members"),
    [
        ([{"images": [{"url": "a"}]}, {"images": [{"url": "b"}]}], {"images": [{"url": "a"}, {"url": "b"}]}),
        ([{"content": "Hi", "annotations": [{"url": "x"}]}], {"content": "Hi", "annotations": [{"url": "x"}]}),
        (
            [{"audio": {"id": "a", "data": "AA"}}, {"audio": {"id": "a", "data": "BB", "expires_at": 5}}],
            {"audio": {"id": "a", "data": "AABB", "expires_at": 5}},
        ),
        (
            [
                {"reasoning": "th", "reasoning_details": [{"type": "reasoning.text", "text": "th", "index": 0}]},
                {"reasoning": "ink", "reasoning_details": [{"type": "reasoning.text", "text": "ink", "index": 0}]},
            ],
            {"reasoning": "think", "reasoning_details": [{"type": "reasoning.text", "text": "think", "index": 0}]},
        ),
        (
            [{"tool_calls": [{**CALL, "extra": {"sig": "S"}}]}, {"tool_calls": [{"index": 0, "extra": {"sig": "T"}}]}],
            {
                "tool_calls": [
                    {"id": "c", "type": "function", "function": {"name": "x", "arguments": "{"}, "extra": {"sig": "ST"}}
                ]
            },
        ),
        (
            [{"function_call": {"name": "f", "arguments": "{"}}, {"function_call": {"arguments": "}"}}],
            {"function_call": {"name": "f", "arguments": "{}"}},
        ),
    ],
)
def test_the_one_answer_has_every_member_of_the_deltas(deltas: list[dict[str, Any]], members: dict[str, Any]) -> None:
    message = whole_of(deltas)["message"]
    assert {name: message.get(name) for name in members} == members
    assert "function_call" not in message or "tool_calls" not in message


def test_the_one_answer_has_the_members_of_the_choices() -> None:
    choice = whole_of([{"content": "ha"}] * 60, logprobs={"content": [{"token": "ha"}]}, seen=1)
    assert choice["message"]["content"] == "ha" * 60
    assert choice["logprobs"]["content"] == [{"token": "ha"}] * 60
    assert choice["seen"] == 1


@pytest.mark.parametrize(
    ("block", "deltas", "whole"),
    [
        (
            {"type": "text", "text": "", "citations": []},
            [{"type": "text_delta", "text": "Nine."}, {"type": "citations_delta", "citation": {"cited_text": "x"}}],
            {"type": "text", "text": "Nine.", "citations": [{"cited_text": "x"}]},
        ),
        (
            {"type": "compaction", "content": None},
            [{"type": "compaction_delta", "content": "sum"}, {"type": "compaction_delta", "content": "mary"}],
            {"type": "compaction", "content": "summary"},
        ),
        (
            {"type": "tool_use", "id": "t", "name": "n", "input": {}},
            [{"type": "input_json_delta", "partial_json": '{"a":'}, {"type": "input_json_delta", "partial_json": "1}"}],
            {"type": "tool_use", "id": "t", "name": "n", "input": {"a": 1}},
        ),
        (
            {"type": "tool_use", "id": "t", "name": "n", "input": {}},
            [{"type": "input_json_delta", "partial_json": {"a": 1}}],
            {"type": "tool_use", "id": "t", "name": "n", "input": {"a": 1}},
        ),
        (
            {"type": "tool_use", "id": "t", "name": "n", "input": {}},
            [{"type": "input_json_delta", "partial_json": "\ud83d"}],
            {"type": "tool_use", "id": "t", "name": "n", "input": "\ud83d"},
        ),
    ],
)
def test_the_one_message_has_every_member_of_the_deltas(block: Any, deltas: list[Any], whole: Any) -> None:
    events = [
        {"type": "message_start", "message": {"id": "m", "content": []}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "context_management": {"applied_edits": []}},
        {"type": "message_stop"},
    ]
    message = whole_answer("anthropic", "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode())
    assert message is not None
    assert message["content"] == [whole]
    assert message["context_management"] == {"applied_edits": []}


def test_an_index_that_is_none_is_that_of_no_block() -> None:
    events = [
        {"type": "message_start", "message": {"id": "m", "content": []}},
        {"type": "content_block_start", "index": [0], "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": {"a": 1}, "delta": {"type": "text_delta", "text": "Nine."}},
        {"type": "message_stop"},
    ]
    message = whole_answer("anthropic", "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode())
    assert message == {"id": "m", "content": [{"type": "text", "text": "Nine."}]}


def test_the_items_of_a_response_are_those_that_were_streamed_where_its_end_has_none() -> None:
    items = [{"type": "message", "id": name} for name in ("first", "second")]
    done = [{"type": "response.output_item.done", "output_index": index, "item": items[index]} for index in (1, 0)]
    end = {"type": "response.completed", "response": {"id": "r", "output": []}}
    delta = {"type": "response.output_text.delta", "delta": "Hi"}

    def answer(*events: dict[str, Any]) -> Any:
        return whole_answer("responses", "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode())

    assert answer(delta, *done, end) == {"id": "r", "output": items}
    assert answer(end) == {"id": "r", "output": []}
    assert answer(delta, end) is None
