"""docs/SERVERS.md is run: a real server, a real OpenAI client, and a model that does what models do."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import openai
import pytest
from tests.serving import KEY, Answer, End, StalledModel, provider, unused_port
from tests.support import ROOT, calls, chunk, entry, message_call, sse

PAGE = (ROOT / "docs" / "SERVERS.md").read_text(encoding="utf-8")
PULL, SERVER, WHOLE, BASE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SEARCH = [
    chunk(calls(entry('{"inner_thoughts":"secret","q":1}', id="c", name="search"), role="assistant")),
    chunk({}, "tool_calls"),
]
HI = message_call(['{"inner_thoughts":"secret","message":"Hi', " there", '"}'])
PATIENCE = 20.0  # seconds that a test waits before it fails


@contextmanager
def serving(
    model_url: str, folder: Path, server: str = SERVER, root: str = "/v1"
) -> Iterator[tuple[openai.OpenAI, subprocess.Popen[bytes]]]:
    """A server of the page as a process, and a client of it."""
    (folder / "app.py").write_text(server)
    port = unused_port()
    options = ["--port", str(port), "--timeout-graceful-shutdown", "1", "--log-level", "warning"]
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "app:app", *options],
        cwd=folder,
        env={**os.environ, "MODEL_URL": model_url, "MODEL_KEY": KEY},
    )
    try:
        until = time.monotonic() + PATIENCE
        while not answers(port) and time.monotonic() < until:
            time.sleep(0.05)
        with openai.OpenAI(base_url=f"http://127.0.0.1:{port}{root}", api_key="none", max_retries=0) as client:
            yield client, process
    finally:
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask(client: openai.OpenAI) -> openai.Stream[openai.types.chat.ChatCompletionChunk]:
    return client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}], stream=True)


def test_a_run_of_several_steps_reaches_an_openai_client(tmp_path: Path) -> None:
    with provider(Answer([sse(SEARCH)]), Answer([sse(HI)])) as model, serving(model.url, tmp_path) as (client, _):
        chunks = list(ask(client))
        assert len(model.asked) == 2
    assert "".join(one.choices[0].delta.content or "" for one in chunks) == "Hi there"
    assert [one.choices[0].finish_reason for one in chunks if one.choices[0].finish_reason] == ["stop"]
    assert "secret" not in repr(chunks)


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (Answer([sse(HI)]), 200, '{"text":"Hi there"}'),
        (Answer([b'{"error":{"message":"slow down"}}'], status=429, headers={"Retry-After": "7"}), 429, "slow down"),
        (Answer([b'{"error":{"message":"no such key"}}'], status=401), 502, "no such key"),
        (Answer([sse(HI[:2], done=False)]), 502, "the stream ended"),
        (Answer([sse(HI[:2], done=False)], end=End.CUT), 502, "closed"),
        (Answer([b""]), 502, "nothing that can be read"),
        (Answer([sse([*HI[:2], {"error": {"message": "overloaded"}}], done=False)]), 502, "overloaded"),
    ],
)
def test_a_whole_answer_or_the_status_of_a_failure(answer: Answer, status: int, said: str, tmp_path: Path) -> None:
    with provider(answer) as model, serving(model.url, tmp_path, SERVER + WHOLE, "") as (client, _):
        response = httpx2.post(
            str(client.base_url.join("/answer")), json={"model": "m", "messages": []}, timeout=PATIENCE
        )
    assert (response.status_code, said in response.text) == (status, True), response.text
    assert response.headers.get("retry-after") == ("7" if status == 429 else None)


def test_an_answer_in_plain_text_is_the_last(tmp_path: Path) -> None:
    answer = [chunk({"role": "assistant", "content": "Hi"}), chunk({}, "stop")]
    with provider(Answer([sse(answer)])) as model, serving(model.url, tmp_path) as (client, _):
        chunks = list(ask(client))
        assert len(model.asked) == 1
    assert "".join(one.choices[0].delta.content or "" for one in chunks) == "Hi"


@pytest.mark.parametrize("root", ["/v1", "/blocking"])
def test_the_pull_form_answers_from_a_coroutine_and_from_a_thread(tmp_path: Path, root: str) -> None:
    answers = [Answer([sse(HI)]), Answer([sse(HI[:2])]), Answer([sse([*HI[:2], {"error": {"message": "no"}}])])]
    with provider(*answers) as model, serving(model.url, tmp_path, PULL, root) as (client, _):
        chunks = list(ask(client))
        cut, failed = text_and_error(client), text_and_error(client)
    assert "".join(one.choices[0].delta.content or "" for one in chunks) == "Hi there"
    assert [one.choices[0].finish_reason for one in chunks if one.choices[0].finish_reason] == ["stop"]
    assert (cut[0], cut[1].body["type"]) == ("Hi", "StreamIncompleteError")  # type: ignore[index]
    assert (failed[0], failed[1].message) == ("Hi", "no")


def text_and_error(client: openai.OpenAI) -> tuple[str, openai.APIError]:
    text = ""
    with pytest.raises(openai.APIError) as caught:  # noqa: PT012 - what came before the error counts
        for one in ask(client):
            text += one.choices[0].delta.content or ""
    return text, caught.value


def test_a_cut_response_is_an_error_after_its_text(tmp_path: Path) -> None:
    cut = Answer([sse(HI[:2], done=False)], end=End.RESET)
    with provider(cut) as model, serving(model.url, tmp_path) as (client, _):
        text, error = text_and_error(client)
    assert text == "Hi"
    assert "broke in the middle" in error.message


def test_a_refused_request_is_an_error_with_its_status(tmp_path: Path) -> None:
    headers = {"Content-Type": "application/json", "Retry-After": "7"}
    refused = Answer([b'{"error":{"message":"slow down"}}'], status=429, headers=headers)
    with provider(refused) as model, serving(model.url, tmp_path) as (client, _):
        text, error = text_and_error(client)
    assert text == ""
    assert error.body == {"message": "HTTP 429: slow down", "type": "SourceFailed", "code": 429, "retry_after": 7.0}


def test_a_client_that_leaves_closes_the_connection_to_the_model(tmp_path: Path) -> None:
    model = StalledModel(sse(HI[:2], done=False))
    with serving(model.url, tmp_path) as (client, _):
        stream = ask(client)
        assert any(one.choices[0].delta.content for one in stream)
        stream.close()
        assert model.left.wait(1), "the model still writes to nobody"


def test_an_interrupt_ends_the_server_within_its_graceful_limit(tmp_path: Path) -> None:
    model = StalledModel(sse(HI[:2], done=False))
    with serving(model.url, tmp_path) as (client, process):
        stream = ask(client)
        assert any(one.choices[0].delta.content for one in stream)
        process.send_signal(signal.SIGINT)
        process.wait(5)  # 1.2 s where nothing else runs; without an end of the stream it would wait for the model
        stream.close()
        assert model.left.wait(1)


def test_the_base_class_of_the_page_runs() -> None:
    subprocess.run([sys.executable, "-c", BASE], check=True, timeout=60)


def test_the_server_of_the_page_is_short() -> None:
    assert sum(bool(line) for line in SERVER.splitlines()) <= 20
