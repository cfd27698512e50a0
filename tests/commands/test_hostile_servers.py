"""Servers and settings that mean harm, or are broken: one request, one line, in time, and the key nowhere."""

import gzip
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.commands.processes import plain_environment
from tests.serving import KEY, Answer, End, provider
from tests.support import Ran, chunk, jsonl, run_with, sse

JSON = {"Content-Type": "application/json"}
HI = [chunk({"content": "Hi"}), chunk({}, "stop")]


def ask(url: str, *arguments: str, **variables: str) -> Ran:
    kept = {name: value for name, value in plain_environment().items() if not name.startswith("OPENAI_")}
    prompt = [] if "--prompt" in arguments else ["--prompt", "When?"]
    ran = run_with(
        ["text", *prompt, "--model", "m", "--base-url", url, *arguments],
        env={**kept, "OPENAI_API_KEY": KEY, **variables},
    )
    assert KEY not in ran.stdout.decode() + ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stderr.count("\n") <= 2  # of a record that is broken, and of a source in which nothing could be read
    return ran


@contextmanager
def raw_server(pieces: list[bytes], pause: float) -> Iterator[str]:
    """A server that sends these bytes, the last again and again, with a pause (seconds) before each."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                try:
                    for at in range(2000):
                        connection.sendall(pieces[min(at, len(pieces) - 1)])
                        time.sleep(pause)
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_no_other_host_learns_the_prompt(status: int) -> None:
    with provider(Answer([sse(HI)])) as other:
        headers = {"Location": f"{other.url}/chat/completions"}
        with provider(Answer([], status, headers)) as server:
            ran = ask(server.url)
            assert (len(server.asked), len(other.asked)) == (1, 0)
    assert (ran.code, ran.stdout) == (5, b"")
    assert f"HTTP {status}: it redirects to {other.url}" in ran.stderr
    assert f"set --base-url {other.url} if" in ran.stderr


def test_a_loop_of_redirects_is_one_request() -> None:
    with provider(Answer([], 307, {"Location": "/v1/chat/completions"})) as server:
        ran = ask(server.url)
        assert (ran.code, len(server.asked)) == (5, 1)
        assert f"set --base-url {server.url} if" in ran.stderr


@pytest.mark.parametrize(
    "date", ["Mon, 01 Jan 2020 00:00:00 +9999999999999", "Mon, 1 Jan 99999999999999999999 0:0:0 GMT"]
)
def test_a_date_that_no_clock_has_is_named(date: str) -> None:
    with provider(Answer([], 429, {"Retry-After": date})) as server:
        ran = ask(server.url)
    assert (ran.code, ran.stdout) == (5, b"")
    assert f"HTTP 429: Too Many Requests; try again after {date}" in ran.stderr


HEADERS = b"HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\n"
DRIPS = {
    "the status line": [b"H", b"T"],
    "headers": [b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"],
    "the body of an error": [HEADERS + b"\r\n", b"x"],
}


@pytest.mark.parametrize("pieces", DRIPS.values(), ids=DRIPS)
def test_a_timeout_holds_for_what_drips(pieces: list[bytes]) -> None:
    with raw_server(pieces, 0.05) as url:
        began = time.monotonic()
        ran = ask(url, "--timeout", "1")
    assert (ran.code, ran.stdout) == (5, b"")
    assert re.search("no answer for 1 s; ask again, or wait longer with --timeout|HTTP 500: x+;", ran.stderr)
    assert time.monotonic() - began < 15


def test_an_error_without_an_end_is_read_to_64_kilobytes() -> None:
    with raw_server([HEADERS + b"\r\n", b"oops " * 10_000], 0.0) as url:
        ran = ask(url)
    assert (ran.code, "HTTP 500: oops oops" in ran.stderr, len(ran.stderr) < 600) == (5, True, True)


def test_an_error_that_unpacks_without_an_end_takes_no_memory() -> None:
    bomb = gzip.compress(b"oops " * 30_000_000, 9)
    headers = {"Content-Type": "text/plain", "Content-Encoding": "gzip"}
    with provider(Answer([bomb], 500, headers)) as server:
        ran = ask(server.url)
        small = Answer([gzip.compress(b'{"error":{"message":"packed"}}')], 400, {**JSON, "Content-Encoding": "gzip"})
    with provider(small) as server:
        assert "HTTP 400: packed" in ask(server.url).stderr
    assert (ran.code, "HTTP 500: oops oops" in ran.stderr) == (5, True)


def test_html_is_html_however_it_is_spelled() -> None:
    with provider(Answer([b"<p>Hi"], headers={"Content-Type": "Text/HTML; charset=x"})) as server:
        assert "a web page arrived" in ask(server.url).stderr


def test_done_counts_where_it_is_cut() -> None:
    whole = sse(HI)
    with provider(Answer([whole[:-9], 0.1, whole[-9:-4], 0.1, whole[-4:]], end=End.RESET)) as server:
        assert ask(server.url) == (0, b"Hi\n", "")


def test_text_that_holds_done_does_not_end_a_stream_that_is_cut() -> None:
    cut = jsonl([chunk({"content": "It ends with data: [DONE]"})]).split(b"[DONE]")[0] + b"[DONE]"
    with provider(Answer([jsonl(HI[:1]) + cut], end=End.RESET)) as server:
        ran = ask(server.url)
    assert (ran.code, "the connection broke" in ran.stderr) == (5, True)


# --- the key ----------------------------------------------------------------------------------------

ECHOES = {
    "a message": Answer([b'{"error":{"message":"bad key %b"}}' % KEY.encode()], 401, JSON),
    "a time to wait": Answer([b"{}"], 429, {**JSON, "Retry-After": f"after {KEY}"}),
    "a redirect": Answer([], 302, {"Location": f"https://x:{KEY}@elsewhere/?k={KEY}"}),
    "an error in the stream": Answer([b'data: {"error":{"message":"bad key %b"}}\n\n' % KEY.encode()]),
    "a record that is broken": Answer([b"data: {" + b"x" * 40 + KEY.encode() + b"}\n\n"]),
    "a record that is broken in the key": Answer([b'data: {"a": ' + KEY.encode() + b"}\n\n"]),
}


@pytest.mark.parametrize("answer", ECHOES.values(), ids=ECHOES)
def test_a_key_that_the_server_sends_back_is_not_shown(answer: Answer) -> None:
    with provider(answer) as server:
        ran = ask(server.url)
    assert ran.code in {3, 5}
    for length in range(8, len(KEY)):
        assert KEY[:length] not in ran.stderr
        assert KEY[-length:] not in ran.stderr


@pytest.mark.parametrize(
    "line", [f"HTTP/1.1 500 {KEY}\r\n\r\n", f"HTTP/1.1 2{KEY}\r\n\r\n", f"HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n"]
)
def test_a_key_in_a_status_or_header_line_is_not_shown(line: str) -> None:
    with raw_server([line.encode(), b""], 0.01) as url:
        assert ask(url, "--timeout", "2").code == 5


@pytest.mark.parametrize(
    "path", [f"/{KEY}/v1", "/u:hidden-words@x/v1", "/v1?key=hidden-words", "/hiddenwords1234567890abc/v1"]
)
def test_credentials_in_the_path_of_a_url_are_not_shown(path: str) -> None:
    ran = ask(f"http://127.0.0.1:1{path}")
    assert ran.code == 5
    assert "hidden" not in ran.stderr


@pytest.mark.parametrize("key", [f"{KEY}\r", f"{KEY}\x01", f"{KEY}é", f" {KEY}", f"{KEY}\udcff"])
def test_a_key_that_no_header_can_carry_is_refused(key: str) -> None:
    ran = ask("http://127.0.0.1:1/v1", OPENAI_API_KEY=key)
    assert (ran.code, ran.stdout) == (2, b"")
    assert re.search(r"OPENAI_API_KEY: character \d+ of \d+ is U\+", ran.stderr)


# --- settings of this machine -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"SSL_CERT_FILE": "/nope"}, "check SSL_CERT_FILE"),
        ({"ALL_PROXY": "socks5://127.0.0.1:1"}, "install what it names"),
        ({"ALL_PROXY": "gopher://127.0.0.1:1"}, "check ALL_PROXY"),
        ({"HTTP_PROXY": "http://[x"}, "no"),
        ({"HTTP_PROXY": "http://h:x"}, "Invalid port: 'x'; check --base-url, the proxy of HTTP_PROXY, and"),
        ({"OPENAI_ORG_ID": "é"}, "no call could be made"),
    ],
)
def test_a_setting_that_makes_no_call_possible_is_named(variables: dict[str, str], said: str) -> None:
    ran = ask("http://localhost.invalid/v1", NO_PROXY="", **variables)
    assert (ran.code, ran.stdout) == (5, b"")
    assert said in ran.stderr
    assert "standard output" not in ran.stderr


@pytest.mark.parametrize("option", ["--prompt", "--model", "--system", "--base-url", "--tool", "--field"])
def test_text_that_is_not_utf_8_is_wrong_usage(option: str) -> None:
    value = os.fsdecode(b"http://localhost/\xff")
    ran = ask("http://127.0.0.1:1/v1", option, value)
    assert (ran.code, ran.stdout) == (2, b"")
    assert f"'{option}': it is not UTF-8" in ran.stderr
