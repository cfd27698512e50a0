"""The proxy in front of a real server, used by real clients over the loopback."""

import asyncio
import gzip
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import openai
import pytest
from tests.serve.upstreams import (
    ARGUMENTS,
    TEXT,
    Upstream,
    chunk,
    exchange,
    get,
    message_stream,
    proxied,
    running,
)
from tests.serving import refused_port
from tests.support import ROOT, UNSPOOL

from unspool import RewriteStreams
from unspool.commands._serve_options import run_joined
from unspool.core.options import Options
from unspool.serve.background import BackgroundServer, background_server
from unspool.serve.http import asgi
from unspool.serve.http.asgi import Message, Receive, Scope, Send
from unspool.serve.http.guard import Access
from unspool.serve.http.interruptible import Interruptible
from unspool.serve.http.request_log import End
from unspool.serve.http.request_reader import RequestReader
from unspool.serve.proxy.translation import UpstreamApi
from unspool.serve.runner import warnings_to
from unspool.serve.service import ServiceOptions
from unspool.settings import Settings

KEY = "sk-canary-81c4e0fa9d"
MESSAGES: list[Any] = [{"role": "user", "content": "When?"}]
JSON = ((b"content-type", b"application/json"),)


def client(server: BackgroundServer, key: str = "unspool") -> openai.OpenAI:
    return openai.OpenAI(base_url=server.url, api_key=key, max_retries=0)


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()


def test_a_client_reads_the_message_of_a_stream() -> None:
    with proxied(Upstream(message_stream()), key=KEY) as server:
        chunks = list(client(server).chat.completions.create(model="m", messages=MESSAGES, stream=True))
    assert "".join(one.choices[0].delta.content or "" for one in chunks) == TEXT
    assert chunks[-1].choices[0].finish_reason == "stop"
    (log,) = server.requests
    assert (log.method, log.path, log.model, log.status) == ("POST", "/v1/chat/completions", "m", 200)
    assert log.end is End.COMPLETE


def test_a_client_reads_the_message_of_a_whole_completion() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "send_message", "arguments": ARGUMENTS}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    value = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
    value["choices"] = [{"index": 0, "message": message, "finish_reason": "tool_calls"}]
    with proxied(Upstream([json.dumps(value).encode()], headers=JSON)) as server:
        answer = client(server).chat.completions.create(model="m", messages=MESSAGES)
    assert answer.choices[0].message.content == TEXT
    assert answer.choices[0].finish_reason == "stop"


def test_a_whole_completion_whose_message_cannot_be_read_is_an_error_r17() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "send_message", "arguments": '{"message": Hi}'}}
    value = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
    value["choices"] = [{"index": 0, "message": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]
    with proxied(Upstream([json.dumps(value).encode()], headers=JSON)) as server:
        with client(server) as asking, pytest.raises(openai.InternalServerError, match="cannot be read") as failed:
            asking.chat.completions.create(model="m", messages=MESSAGES)
        (log,) = server.requests
    assert failed.value.status_code == 502
    assert (log.status, log.end) == (502, End.FAILED)


def test_an_application_whose_answer_becomes_an_error_goes_on_to_its_end() -> None:
    """Frameworks run the background tasks of a request behind the last ``send``."""
    call = {"id": "a", "type": "function", "function": {"name": "send_message", "arguments": "nonsense"}}
    choice = {"index": 0, "message": {"tool_calls": [call]}, "finish_reason": "tool_calls"}
    body = json.dumps({"id": "c", "object": "chat.completion", "choices": [choice]}).encode()
    sent: list[Message] = []
    ended: list[bool] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(JSON)})
        await send({"type": "http.response.body", "body": body})
        ended.append(True)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"{}"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": []}
    asyncio.run(RewriteStreams(application)(scope, receive, send))
    start, answer = sent
    assert (start["status"], ended) == (502, [True])
    assert "there is no object in them" in json.loads(answer["body"])["error"]["message"]


@pytest.mark.parametrize(
    ("given", "sent"),
    [("unspool", KEY), ("sk-of-the-client-1234", "sk-of-the-client-1234")],
)
def test_the_key_of_the_server_goes_upstream_where_the_client_has_none(given: str, sent: str) -> None:
    upstream = Upstream(message_stream())
    with proxied(upstream, key=KEY) as server:
        list(client(server, given).chat.completions.create(model="m", messages=MESSAGES, stream=True))
    headers = dict(upstream.seen[0][0]["headers"])
    assert headers[b"authorization"] == f"Bearer {sent}".encode()
    assert headers[b"accept-encoding"] == b"identity"


RAW = [
    get("/v1/models"),
    get("/v1/models/a%2Fb%20c?x=%7E&y=~", "X-Odd: a b", "Cookie: k=v"),
    get("/v1/unknown/../path//x", method="HEAD"),
    get("/v1/chat/completions", "Origin: http://127.0.0.1", "Access-Control-Request-Method: POST", method="OPTIONS"),
    get("/v1/embeddings", "Content-Type: application/json", method="POST", body=b'{ "input" : "a" }'),
    get("/v1/files", "Content-Type: application/octet-stream", method="POST", body=bytes(range(256)) * 2000),
    get("/v1/files/1", method="DELETE"),
    get("/api/tags"),
    get("/v1/responses", "Content-Type: application/json", method="POST", body=b'{"model":"m"}'),
    get("/v1/messages", "Content-Type: application/json", method="POST", body=b'{"model":"m"}'),
    get("/v1/chat/completions/c1/messages"),
]


@pytest.mark.parametrize("request_", RAW, ids=lambda raw: raw.split(b" HTTP")[0].decode()[:40])
def test_all_else_passes_byte_for_byte(request_: bytes) -> None:
    """The answer, and what the upstream is asked, are those of a request without the proxy."""
    body = bytes(range(256)) * 300
    headers = [
        (b"content-type", b"application/octet-stream"),
        (b"content-length", b"%d" % len(body)),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
        (b"content-encoding", b"gzip"),
        (b"access-control-allow-origin", b"*"),
    ]
    upstream = Upstream([body[:70_000], body[70_000:]], status=203, headers=headers)
    with proxied(upstream) as server:
        without = exchange(upstream.url, request_)
        through = exchange(server.root, request_)
    assert through == without
    (direct, direct_body), (passed, passed_body) = upstream.seen
    for name in ("method", "raw_path", "query_string", "path"):
        assert passed[name] == direct[name]
    assert passed_body == direct_body
    kept = [(name, value) for name, value in direct["headers"] if name not in (b"host", b"connection")]
    assert [one for one in passed["headers"] if one[0] != b"host"] == kept


@pytest.mark.parametrize(
    ("path", "first", "error"),
    [
        ("/v1/chat/completions", message_stream()[0], b'data: {"error": '),
        ("/v1/responses", b'data: {"type":"response.created"}\n\n', b"event: error\ndata: "),
        ("/v1/messages", b'data: {"type":"message_start"}\n\n', b'event: error\ndata: {"type": "error"'),
    ],
)
def test_an_upstream_that_breaks_is_an_error_in_the_stream(path: str, first: bytes, error: bytes) -> None:
    with proxied(Upstream([first, b"data: {"], breaks=True)) as server:
        answer = exchange(server.root, get(path, method="POST", body=b'{"model":"m","stream":true}'))
    *_, last = [part for part in answer.split(b"\r\n") if part.startswith(error)]
    assert b"the upstream failed" in last
    assert b"[DONE]" not in answer
    assert server.requests[0].end is End.FAILED


ENDED = [
    ("/v1/responses", b'data: {"type":"response.completed","response":{}}\n\n'),
    ("/v1/messages", b'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\n'),
    ("/v1/messages", b'event: error\ndata: {"error":{"message":"Overloaded"}}\n\n'),
    ("/v1/messages", b'data: {"type":"message_stop"}'),
    ("/v1beta/models/m:streamGenerateContent", b'data: {"candidates":[{"finishReason": "STOP"}]}\r\n\r\n'),
    ("/v2/chat", b'data: {"type":"message-end","delta":{}}\n\n'),
]


@pytest.mark.parametrize(("path", "end"), ENDED)
def test_a_stream_of_another_interface_that_ends_early_gets_an_error(path: str, end: bytes) -> None:
    """One that is complete, or failed, passes as it came."""
    texts = b'data: {"text":"say \\"type\\": \\"error\\", stop_reason\\": \\"x"}\n\n'
    request_ = get(path, method="POST", body=b'{"model":"m","stream":true}')
    with proxied(Upstream([texts, end])) as server:
        whole = exchange(server.root, request_)
    with proxied(Upstream([texts, end[:9]])) as server:
        cut = exchange(server.root, request_)
        assert b"the response ended early" in cut
        assert "ended early" in server.requests[0].note
    assert texts in whole
    assert end in whole
    assert b"ended early" not in whole
    assert cut.count(b"data: ") == 2  # the event that was cut is left out


def test_a_client_raises_where_the_upstream_breaks() -> None:
    with proxied(Upstream(message_stream()[:16], breaks=True)) as server:
        stream = client(server).chat.completions.create(model="m", messages=MESSAGES, stream=True)
        read: list[Any] = []
        with pytest.raises(openai.APIError, match="the upstream failed"):
            read.extend(stream)
    text = "".join(one.choices[0].delta.content or "" for one in read)
    assert text
    assert TEXT.startswith(text)


def test_another_body_that_breaks_is_not_ended() -> None:
    """No client may take half a file for a whole one."""
    with proxied(Upstream([b"a" * 1000], headers=(), breaks=True)) as server:
        answer = exchange(server.root, get("/v1/files/1/content"))
    assert b"a" * 1000 in answer
    assert not answer.endswith(b"0\r\n\r\n")


def test_an_upstream_that_is_not_there_is_a_502_in_the_interfaces_words() -> None:
    with (
        refused_port() as port,
        background_server(ServiceOptions(Settings(Options()), f"http://127.0.0.1:{port}")) as server,
    ):
        with client(server) as asking, pytest.raises(openai.InternalServerError, match="no connection") as raised:
            asking.chat.completions.create(model="m", messages=MESSAGES)
        answer = exchange(server.root, get("/v1/messages", method="POST", body=b"{}"))
    assert raised.value.status_code == 502
    assert b'{"type": "error", "error": {"type": "api_error"' in answer


def test_a_client_that_leaves_closes_the_upstream_at_once() -> None:
    upstream = Upstream([chunk({"content": "a"})], endless=True, pause=0.01)
    with proxied(upstream) as server:
        stream = client(server).chat.completions.create(model="m", messages=MESSAGES, stream=True)
        next(iter(stream))
        stream.close()
        assert within(1, upstream.left.is_set)
        assert within(1, lambda: len(server.requests) == 1)
    assert server.requests[0].end is End.CLIENT_LEFT


def test_a_clean_up_that_is_shielded_goes_to_its_end_when_the_client_leaves() -> None:
    """The pool of connections to the upstream keeps a request for ever whose clean-up was cut."""
    cleaning, cleaned = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with anyio.CancelScope(shield=True):
            cleaning.set()
            await asyncio.sleep(0.05)
            cleaned.set()

    async def receive() -> Message:
        await cleaning.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/chat/completions"}
    read = RequestReader(Interruptible(app, asyncio.Event()), lambda path: True, (), 10)
    messages = iter([{"type": "http.request", "body": b"{}"}])

    async def body_then_disconnect() -> Message:
        return next(messages, None) or await receive()

    with pytest.raises(asgi.ClientLeft):
        asyncio.run(read(scope, body_then_disconnect, send))
    assert cleaned.is_set()


def test_a_client_that_does_not_read_holds_the_upstream_back_and_nobody_else() -> None:
    upstream = Upstream([chunk({"content": "x" * 20_000})], endless=True)
    with proxied(upstream) as server:
        port = int(server.root.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.sendall(get("/v1/chat/completions", method="POST", body=b'{"model":"m","stream":true}'))
            time.sleep(0.5)
            before = upstream.sent
            time.sleep(0.3)
            assert upstream.sent == before  # no more than the buffers on the way hold
            assert exchange(server.root, get("/healthz")).startswith(b"HTTP/1.1 200")
        assert within(2, upstream.left.is_set)


def test_an_upstream_without_a_word_times_out() -> None:
    with proxied(Upstream([chunk({"content": "a"})], endless=True, pause=30), timeout=0.3) as server:
        stream = client(server).chat.completions.create(model="m", messages=MESSAGES, stream=True)
        with pytest.raises(openai.APIError, match="nothing arrived for too long"):
            list(stream)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (["Host: evil.example"], 421),
        (["Host: 127.0.0.1:80"], 200),
        (["Host: localhost"], 200),
        (["Host: [::1]:9"], 200),
        (["Host: 127.0.0.1", "Origin: https://evil.example"], 403),
        (["Host: 127.0.0.1", "Origin: null"], 403),
        (["Host: 127.0.0.1", "Origin: http://127.0.0.1:3000"], 403),
        (["Host: 127.0.0.1", "Origin: http://127.0.0.1"], 200),
        (["Host: localhost", "Origin: http://page.example"], 200),
    ],
)
def test_a_page_on_another_origin_cannot_use_the_server(headers: list[str], status: int) -> None:
    upstream = Upstream([b"{}"], headers=JSON)
    access = Access(origins=frozenset({"http://page.example"}))
    with proxied(upstream, key=KEY, access=access) as server:
        request = "\r\n".join(["GET /v1/models HTTP/1.1", *headers, "Connection: close", "", ""]).encode()
        answer = exchange(server.root, request)
    assert int(answer.split(b" ")[1]) == status
    assert len(upstream.seen) == (status == 200)


def test_a_page_on_an_allowed_origin_reads_answers_and_other_pages_none() -> None:
    page, key = "http://page.example", "of-the-server-77"
    preflight = [f"Origin: {page}", "Access-Control-Request-Method: POST"]
    preflight += ["Access-Control-Request-Headers: authorization,content-type,x-stainless-lang"]
    upstream = Upstream([b"{}"], headers=[*JSON, (b"access-control-allow-origin", b"*")])
    access = Access(origins=frozenset({page}), key=key)

    def answer(method: str, *headers: str) -> bytes:
        head = [f"{method} /v1/models HTTP/1.1", "Host: 127.0.0.1", *headers, "Connection: close", "", ""]
        return exchange(server.root, "\r\n".join(head).encode()).lower()

    with proxied(upstream, key=KEY, access=access) as server:
        allowed = answer("OPTIONS", *preflight)
        refused = answer("OPTIONS", "Origin: https://evil.example", "Access-Control-Request-Method: POST")
        read = answer("GET", f"Origin: {page}", f"Authorization: Bearer {key}")
    origins = [line for line in (allowed + read).split(b"\r\n") if line.startswith(b"access-control-allow-origin")]
    assert origins == [f"access-control-allow-origin: {page}".encode()] * 2
    assert b"access-control-allow-headers: authorization,content-type,x-stainless-lang" in allowed
    assert b"access-control-allow-origin" not in refused
    assert len(upstream.seen) == 1  # the server answers preflight requests itself


def test_a_key_of_the_server_is_asked_for_and_not_passed_on() -> None:
    upstream = Upstream(message_stream())
    access = Access(key="of-the-server-77")
    with proxied(upstream, key=KEY, access=access) as server:
        with client(server, "wrong") as asking, pytest.raises(openai.AuthenticationError, match="UNSPOOL_SERVE_KEY"):
            asking.chat.completions.create(model="m", messages=MESSAGES)
        list(client(server, "of-the-server-77").chat.completions.create(model="m", messages=MESSAGES, stream=True))
    assert dict(upstream.seen[0][0]["headers"])[b"authorization"] == f"Bearer {KEY}".encode()


SMUGGLED = [
    b"POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"0\r\n\r\nGET /v1/secret HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
    b"POST /v1/files HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"GET http://evil.example/v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET //evil.example/v1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-A: a\rX-B: b\r\nConnection: close\r\n\r\n",
    b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
]


@pytest.mark.parametrize("raw", SMUGGLED, ids=range(len(SMUGGLED)))
def test_requests_are_not_smuggled(raw: bytes) -> None:
    """Each request that reaches the upstream was one request to the guard, with one body."""
    upstream = Upstream([b"{}"], headers=JSON)
    with proxied(upstream) as server:
        try:
            answer = exchange(server.root, raw)
        except ConnectionResetError:  # refused before all of it had been read
            answer = b"HTTP/1.1 400"
        assert within(1, lambda: len(server.requests) >= len(upstream.seen))
    assert answer.startswith(b"HTTP/1.1 ")
    assert len(server.requests) >= len(upstream.seen)
    for scope, body in upstream.seen:
        names = [name for name, _ in scope["headers"]]
        assert names.count(b"host") == 1
        assert not {b"content-length", b"transfer-encoding"}.issubset(names)
        assert b"x-b" not in names
        assert b"GET" not in body


def test_limits_are_refusals() -> None:
    upstream = Upstream([chunk({"content": "a"})], endless=True, pause=0.01)
    with proxied(upstream, access=Access(streams=1), largest_body=1000) as server:
        large = get("/v1/chat/completions", method="POST", body=b"a" * 1001)
        assert b" 413 " in exchange(server.root, large).split(b"\r\n")[0]
        stream = client(server).chat.completions.create(model="m", messages=MESSAGES, stream=True)
        next(iter(stream))
        refused = exchange(server.root, get("/v1/models"))
        assert b" 503 " in refused.split(b"\r\n")[0]
        assert b"retry-after: 1" in refused
        stream.close()


@pytest.mark.parametrize("headers", [((b"content-type", b"text/event-stream"),), JSON])
def test_a_body_without_an_end_does_not_fill_the_memory(
    headers: tuple[tuple[bytes, bytes], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unspool.serve.http.event_splitter.LONGEST_EVENT", 100_000)
    monkeypatch.setattr("unspool.serve.proxy.rewriting.LONGEST_EVENT", 100_000)
    upstream = Upstream([b"data: " + b"a" * 10_000], headers=headers, endless=True)
    with proxied(upstream) as server:
        answer = exchange(server.root, get("/v1/chat/completions", method="POST", body=b"{}"))
        assert within(1, upstream.left.is_set)
    assert b"larger than can be read" in answer


def test_a_compressed_stream_is_unpacked_and_rewritten() -> None:
    """The proxy asked for no compression, and got it."""
    data = gzip.compress(b"".join(message_stream()))
    headers = [(b"content-type", b"text/event-stream"), (b"content-encoding", b"gzip")]
    with proxied(Upstream([data[:50], data[50:]], headers=headers)) as server:
        chunks = list(client(server).chat.completions.create(model="m", messages=MESSAGES, stream=True))
    assert "".join(one.choices[0].delta.content or "" for one in chunks) == TEXT


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_large_request_and_an_old_client(version: str) -> None:
    upstream = Upstream([b"{}"], headers=JSON)
    body = b"a" * 5_000_000
    head = (
        f"POST /v1/files HTTP/{version}\r\nHost: localhost\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with proxied(upstream) as server:
        answer = exchange(server.root, head.encode() + body)
    assert answer.startswith(b"HTTP/1.1 200")
    assert upstream.seen[0][1] == body


def test_a_request_that_does_not_go_on_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "BODY_SECONDS", 0.1)
    upstream = Upstream()
    with proxied(upstream) as server:
        answer = exchange(server.root, get("/v1/chat/completions", method="POST", body=b"{" * 9)[:-3])
    assert answer.startswith(b"HTTP/1.1 408")
    assert upstream.seen == []


@pytest.mark.parametrize(
    ("api", "path", "sample"),
    [
        (UpstreamApi.ANTHROPIC, "/v1/messages", "anthropic.sse"),
        (UpstreamApi.RESPONSES, "/v1/responses", "responses.jsonl"),
    ],
)
def test_an_upstream_with_another_interface_is_asked_in_its_words(api: UpstreamApi, path: str, sample: str) -> None:
    data = (ROOT / "samples" / sample).read_bytes()
    if sample.endswith(".jsonl"):
        data = b"".join(b"data: " + line + b"\n\n" for line in data.splitlines())
    upstream = Upstream([data])
    with proxied(upstream, key=KEY, upstream_api=api) as server:
        system: Any = {"role": "system", "content": "Be brief."}
        stream = client(server).chat.completions.create(model="m", messages=[system, *MESSAGES], stream=True)
        text = "".join(one.choices[0].delta.content or "" for one in stream if one.choices)
    assert (
        text.rstrip("\n") + "\n" == (ROOT / "samples" / sample).with_suffix("").with_suffix(".expected.txt").read_text()
    )
    scope, body = upstream.seen[0]
    assert scope["path"] == path
    headers = dict(scope["headers"])
    sent = json.loads(body)
    if api is UpstreamApi.ANTHROPIC:
        assert (sent["system"], sent["messages"][0]["content"][0]["text"]) == ("Be brief.", "When?")
        assert (headers[b"x-api-key"], headers[b"anthropic-version"]) == (KEY.encode(), b"2023-06-01")
        assert b"authorization" not in headers
    else:
        assert [one["role"] for one in sent["input"]] == ["system", "user"]
        assert headers[b"authorization"] == f"Bearer {KEY}".encode()


# --- the command ---------------------------------------------------------------------------------


class Command:
    """`unspool serve` as a process."""

    def __init__(self, *arguments: str, largest: int | None = None, **variables: str) -> None:
        environment = {**os.environ, "OPENAI_API_KEY": KEY, **variables}
        limits = [] if largest is None else ["prlimit", f"--fsize={largest}"]
        self.process = subprocess.Popen(
            [*limits, UNSPOOL, "serve", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def root(self) -> str:
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        assert "serving at http://" in line, line
        return line.split("serving at ")[1].split("/v1")[0]

    def end(self, *signals: int) -> tuple[int, str]:
        for number in signals:
            self.process.send_signal(number)
        _, stderr = self.process.communicate(timeout=20)
        return self.process.returncode, stderr


def test_a_recording_into_which_nothing_could_be_written_is_not_left(tmp_path: Path) -> None:
    """A disk that is full: the answer arrives, a line says so, and no empty recording is served later."""
    with running(Upstream([chunk({"content": "a"}, "stop")])) as upstream:
        command = Command("--upstream", upstream.url, "--record", str(tmp_path), largest=0)
        server = openai.OpenAI(base_url=f"{command.root()}/v1", api_key="unspool", max_retries=0)
        stream = server.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        assert [one.choices[0].delta.content for one in stream] == ["a"]
        code, stderr = command.end(signal.SIGINT)
    assert (code, os.listdir(tmp_path)) == (0, [])
    assert "File too large; it is not complete" in stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_streams_with_an_error_within_a_second(number: int) -> None:
    with running(Upstream([chunk({"content": "a"})], endless=True, pause=0.02)) as upstream:
        command = Command("--upstream", upstream.url)
        server = openai.OpenAI(base_url=f"{command.root()}/v1", api_key="unspool", max_retries=0)
        stream = iter(server.chat.completions.create(model="m", messages=MESSAGES, stream=True))
        next(stream)
        command.process.send_signal(number)
        start = time.monotonic()
        with pytest.raises(openai.APIError, match="the server is stopped"):
            list(stream)
        assert time.monotonic() - start < 3  # a second, on a machine that has other work
        code, stderr = command.end()
    assert code == 0
    assert "POST /v1/chat/completions m 200" in stderr
    assert KEY not in stderr
    assert "Traceback" not in stderr


@pytest.mark.parametrize(("signals", "code"), [(1, 0), (2, 130)])
def test_a_client_that_does_not_read_does_not_hold_up_the_end(signals: int, code: int) -> None:
    with running(Upstream([chunk({"content": "x" * 20_000})], endless=True)) as upstream:
        command = Command("--upstream", upstream.url)
        port = int(command.root().rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.sendall(get("/v1/chat/completions", method="POST", body=b'{"model":"m","stream":true}'))
            time.sleep(0.5)
            start = time.monotonic()
            for _ in range(signals):
                command.process.send_signal(signal.SIGINT)
                time.sleep(0.2)  # so that a busy machine does not merge the signals
            ended, stderr = command.end()
        assert time.monotonic() - start < 4
    assert ended == code or (signals > 1 and ended == -signal.SIGINT)  # for a shell both are 130
    assert [line for line in stderr.splitlines() if not line.startswith("unspool: POST /v1/chat")] == []


def test_a_client_is_run_with_the_variables_set() -> None:
    names = ["OPENAI_BASE_URL", "OPENAI_API_KEY", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"]
    program = f"import os, sys; print(*map(os.environ.get, {names})); sys.exit(7)"
    with running(Upstream([b"{}"], headers=JSON)) as upstream:
        command = Command("--upstream", upstream.url, "--run", sys.executable, "-c", program)
        stdout, stderr = command.process.communicate(timeout=20)
    assert command.process.returncode == 7
    base_url, key, root, other_key = stdout.split()
    assert f"serving at {base_url};" in stderr
    assert (root + "/v1", key, other_key) == (base_url, "unspool", "unspool")


def test_a_command_to_run_is_one_text_or_all_words_that_follow() -> None:
    assert run_joined(["a", "--run", "python", "c.py", "--port", "0"]) == ["a", "--run", "python c.py --port 0"]
    assert run_joined(["--run", "sh", "-c", "echo $X"]) == ["--run", "sh -c 'echo $X'"]
    for arguments in (["--run", "python c.py", "--port", "0"], ["--run", "true"], ["--run"], ["a", "--port", "0"]):
        assert run_joined(arguments) == arguments


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--upstream"),
        (["--upstream", "ftp://x"], "http://"),
        (["--upstream", "http://u:secretsecret@x/v1"], "password"),
        (["--upstream", "http://127.0.0.1:1/v1", "--run", "/no/such/command"], "/no/such/command"),
        (["--upstream", "http://127.0.0.1:1/v1", "--run", "'"], "quotation"),
        (["--upstream", "http://127.0.0.1:1/v1", "--host", "203.0.113.1"], "203.0.113.1"),
    ],
)
def test_wrong_use_is_said(arguments: list[str], said: str) -> None:
    code, stderr = Command(*arguments).end()
    assert code == 2
    assert said in stderr
    assert "secretsecret" not in stderr
    assert "Traceback" not in stderr


@pytest.mark.parametrize(("ignored", "signals", "code"), [("", 1, 143), ("signal.SIG_IGN", 2, 130)])
def test_a_signal_ends_the_client_and_a_second_one_kills_it(ignored: str, signals: int, code: int) -> None:
    """The signals reach the server alone, as from a supervisor."""
    ignore = f"signal.signal(signal.SIGTERM, {ignored}); " if ignored else ""
    program = f"import signal, time; {ignore}print('runs', flush=True); time.sleep(60)"
    with running(Upstream([b"{}"], headers=JSON)) as upstream:
        command = Command("--upstream", upstream.url, "--run", sys.executable, "-c", program)
        assert command.process.stdout is not None
        assert command.process.stdout.readline() == "runs\n"
        for _ in range(signals):
            command.process.send_signal(signal.SIGINT)
            time.sleep(0.3)
        assert command.end()[0] == code


def test_what_the_log_of_a_request_says_is_no_warning_of_asyncio_too(caplog: pytest.LogCaptureFixture) -> None:
    with warnings_to(lambda line: None):
        for line in ("socket.send() raised exception.", "Something new."):
            logging.getLogger("asyncio").warning(line)
    assert [record.getMessage() for record in caplog.records] == ["Something new."]
