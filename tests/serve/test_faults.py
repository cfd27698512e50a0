"""Faults as a real client meets them, and the verdict on what it did."""

import json
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import openai
import pytest
from tests.serve.test_replay import ask, replaying
from tests.serve.test_rewriting import texts
from tests.serve.upstreams import TEXT, Upstream, chunk, exchange, get, message_stream, proxied
from tests.support import ROOT, run_here, run_installed

from unspool.serve.background import BackgroundServer, background_server
from unspool.serve.faults.report import Outcome, as_junit, failed, findings
from unspool.serve.faults.spec import Condition, Cut, Plan, parse
from unspool.serve.http.watch import _LastEvent

SAMPLES = ROOT / "samples"
MESSAGES: list[Any] = [{"role": "user", "content": "When?"}]


def plan(*faults: str, when: tuple[str, ...] = (), seed: int = 0) -> Plan:
    return Plan.parse(list(faults), list(when), seed)


@contextmanager
def faulty(*faults: str, when: tuple[str, ...] = (), capture: Path = SAMPLES / "plain-content.jsonl") -> Iterator[Any]:
    with background_server(replace(replaying(capture), plan=plan(*faults, when=when))) as server:
        yield server


def read(server: BackgroundServer, *, retries: int = 0, **asked: Any) -> tuple[str, Exception | None]:
    """The text that a client reads, and what it raises."""
    timeout = asked.pop("timeout", 10)
    client = openai.OpenAI(base_url=server.url, api_key="unspool", max_retries=retries, timeout=timeout)
    text = ""
    try:
        for one in client.chat.completions.create(model="m", messages=MESSAGES, stream=True, **asked):
            text += "".join(choice.delta.content or "" for choice in one.choices)
    except Exception as error:
        return text, error
    return text, None


WHOLE = (SAMPLES / "plain-content.expected.txt").read_text().rstrip("\n")


def test_without_a_fault_nothing_changes() -> None:
    with faulty() as server:
        assert read(server) == (WHOLE, None)


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ("cut@500", httpx2.RemoteProtocolError),
        ("cut@0", httpx2.RemoteProtocolError),
        ("reset@500", httpx2.ReadError),
        ("malformed@3", json.JSONDecodeError),
        ("quirk:Q20", openai.APIError),
    ],
)
def test_a_client_raises_and_has_the_text_before_it(fault: str, raised: type[Exception]) -> None:
    with faulty(fault) as server:
        text, error = read(server)
    assert isinstance(error, raised | openai.APIConnectionError)
    assert text != WHOLE
    assert WHOLE.startswith(text)
    assert server.requests[0].fault == fault


@pytest.mark.parametrize("fault", ["cut@500", "reset@500", "cut@1"])
def test_so_many_bytes_arrive(fault: str) -> None:
    with faulty() as server:
        whole = exchange(server.root, get("/v1/chat/completions", method="POST", body=b'{"stream":true}'))
    with faulty(fault) as server:
        ask_raw = get("/v1/chat/completions", method="POST", body=b'{"stream":true}')
        try:
            got = exchange(server.root, ask_raw)
        except ConnectionResetError:
            got = b""
    sent = server.requests[0].size
    assert sent == int(fault.partition("@")[2])
    assert whole.startswith(got.partition(b"\r\n\r\n")[0])
    assert not got.endswith(b"0\r\n\r\n")


def test_a_stall_is_one() -> None:
    with faulty("stall@3:0.4") as server:
        start = time.monotonic()
        assert read(server) == (WHOLE, None)
        assert time.monotonic() - start > 0.4
        text, error = read(server, timeout=0.2)
    assert isinstance(error, openai.APITimeoutError | httpx2.ReadTimeout)
    assert WHOLE.startswith(text)
    assert findings(server.requests)[0].what == "the client waited for all of a stall of 0.4 s"
    assert "gave up at a stall after 0." in findings(server.requests)[-1].what


@pytest.mark.parametrize("fault", ["split:1", "split:7", "slow:20000", "quirk:B3", "quirk:B1", "quirk:B7"])
def test_a_client_reads_all_of_what_is_only_cut_or_framed_otherwise(fault: str) -> None:
    with faulty(fault) as server:
        assert read(server) == (WHOLE, None)


def test_a_refusal_comes_so_often_and_a_client_comes_back_after_the_time() -> None:
    with faulty("status:429x2,retry-after:0.5") as server:
        assert read(server, retries=3) == (WHOLE, None)
    assert [log.status for log in server.requests] == [429, 429, 200]
    found = findings(server.requests)
    assert [one.rule for one in found] == ["honoured-retry-after"] * 2
    assert not failed(found)


def test_a_client_that_comes_back_at_once_fails() -> None:
    with faulty("status:503,retry-after:5") as server:
        body = get("/v1/chat/completions", method="POST", body=b'{"model":"m"}')
        exchange(server.root, body)
        exchange(server.root, body)
    found = findings(server.requests)
    assert [one.outcome for one in found] == [Outcome.FAILED]
    assert "not 5 s" in found[0].what
    report = ET.fromstring(as_junit(found))
    assert (report.get("tests"), report.get("failures")) == ("1", "1")


def test_a_client_that_asks_again_after_text_fails() -> None:
    with faulty("cut@1500") as server:
        assert isinstance(read(server)[1], Exception)
        once = findings(server.requests)
        read(server)
    assert [(one.rule, one.outcome) for one in once] == [("retried-after-text", Outcome.PASSED)]
    assert ("retried-after-text", Outcome.FAILED) in [(one.rule, one.outcome) for one in findings(server.requests)]


def test_a_client_that_reads_on_behind_an_error_fails() -> None:
    body = get("/v1/chat/completions", method="POST", body=b'{"model":"m","stream":true}')
    with faulty("quirk:Q20") as server:
        exchange(server.root, body)  # it takes all there is
        read(server)  # openai's raises and leaves
    rules = [one for one in findings(server.requests) if one.rule == "left-at-an-error"]
    assert [one.outcome for one in rules] == [Outcome.FAILED, Outcome.PASSED]


def test_a_client_that_leaves_at_an_event_that_cannot_be_read_passes() -> None:
    with faulty("malformed@3") as server:
        assert isinstance(read(server)[1], ValueError)
        (finding,) = [one for one in findings(server.requests) if one.rule == "left-at-an-error"]
    assert finding.outcome is Outcome.PASSED


def test_a_quirk_that_a_stream_has_no_place_for_is_named_and_changes_no_byte() -> None:
    with faulty() as server:
        plainly = ask(server, {"stream": True})
    with faulty("quirk:T11", "quirk:T3", "quirk:B2") as server:
        answer = ask(server, {"stream": True})
        (log,) = server.requests
    assert log.note == "the stream has no place for T11, T3"
    assert answer[1].replace(b"data:", b"data: ") == plainly[1]


def test_a_client_that_never_asks_fails(tmp_path: Path) -> None:
    command = ["serve", "--port", "0", "--report", str(tmp_path / "r.json"), str(SAMPLES / "plain.jsonl")]
    done = run_installed([*command, "--run", "true"])
    assert (done.code, "no request came" in done.stderr) == (1, True)
    (finding,) = json.loads((tmp_path / "r.json").read_text())["findings"]
    assert (finding["rule"], finding["outcome"]) == ("made-a-request", "failed")


def test_a_client_that_leaves_for_no_reason_fails() -> None:
    with proxied(Upstream([chunk({"content": "a"})], endless=True, pause=0.01)) as server:
        client = openai.OpenAI(base_url=server.url, api_key="unspool", max_retries=0)
        stream = client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        next(iter(stream))
        stream.close()
        time.sleep(0.2)
    assert [one.rule for one in findings(server.requests)] == ["closed-early"]


# openai's client closes the connection at [DONE]; a slow server still waits behind its last piece then.
@pytest.mark.parametrize("fault", ["slow:4000", "split:7"])
def test_a_client_that_leaves_behind_the_last_event_has_done_nothing_wrong(fault: str) -> None:
    with faulty(fault) as server:
        assert read(server) == (WHOLE, None)
        time.sleep(0.3)  # the server has noticed that it left
    assert findings(server.requests) == []


@pytest.mark.parametrize(
    "last",
    [
        b'data: {"choices":[]}\n\ndata: [DONE]\n\n',
        b'event: message_stop\ndata: {"type": "message_stop"}\n\n',
        b'data: {"type":"response.completed","response":{"output":[]}}\r\n\r\n',
        b'{"model":"m","done":true,"eval_count":3}\n',
    ],
)
@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_the_last_event_of_each_interface_is_known(last: bytes, piece: int) -> None:
    event = _LastEvent()
    assert not event.came(b'data: {"choices":[{"delta":{"content":"data: [DONE]"}}]}\n\n')
    came = [event.came(last[at : at + piece]) for at in range(0, len(last), piece)]
    assert came[-1]
    assert not any(came[:-3])  # the client needs the line end, of which there are two


@pytest.mark.parametrize(
    ("fault", "outcome"), [("split:9", Outcome.FAILED), ("slow:2000", Outcome.FAILED), ("quirk:Q15", Outcome.NOTED)]
)
def test_a_client_that_leaves_at_a_fault_is_judged_by_it(fault: str, outcome: Outcome) -> None:
    upstream = Upstream([chunk({"content": "a"})], endless=True, pause=0.01)
    with proxied(upstream, plan=plan(fault)) as server:
        client = openai.OpenAI(base_url=server.url, api_key="unspool", max_retries=0)
        stream = client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        next(iter(stream))
        stream.close()
        (finding,) = server.findings
    assert (finding.rule, finding.outcome) == ("closed-early", outcome)


def test_conditions_must_all_hold() -> None:
    with faulty("status:500x9", when=("model=gpt-*", "request=2")) as server:
        statuses = [ask(server, {"model": model})[0] for model in ("gpt-5", "other", "gpt-5")]
    assert statuses == [200, 200, 200]
    with faulty("status:500x9", when=("model=gpt-*",)) as server:
        statuses = [ask(server, {"model": model})[0] for model in ("gpt-5", "other", "gpt-5")]
    assert statuses == [500, 200, 500]
    with faulty("status:500x9", when=("request=2",)) as server:
        statuses = [ask(server, {"model": "m"})[0] for _ in range(3)]
    assert statuses == [200, 500, 200]


def test_a_request_can_ask_for_its_own_faults() -> None:
    upstream = Upstream(message_stream())
    with proxied(upstream) as server:
        text, error = read(server, extra_headers={"X-Unspool-Fault": "quirk:B1; cut@700"})
        assert isinstance(error, httpx2.RemoteProtocolError | openai.APIConnectionError)
        assert TEXT.startswith(text)
        assert read(server) == (TEXT, None)
        with pytest.raises(openai.BadRequestError, match="is no fault"):
            raise read(server, extra_headers={"X-Unspool-Fault": "nonsense"})[1] or AssertionError
    assert all(b"x-unspool-fault" not in dict(scope["headers"]) for scope, _ in upstream.seen)


def test_the_same_seed_gives_the_same_faults() -> None:
    first = [plan("cut@random", "split:random", "stall@random:1", seed=seed).faults for seed in (1, 1, 2)]
    assert first[0] == first[1]
    assert first[0] != first[2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cut",
        "cut@",
        f"cut@{'9' * 5000}",
        "cut@-1",
        "cut@1.5",
        "split:0",
        "slow:0",
        "status:200",
        "quirk:X1",
        "quirk:B12",
        "a:b",
    ],
)
def test_what_is_no_fault_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no fault; a fault is cut@BYTES|cannot be provoked; these can: Q1"):
        parse(text, Random(0))


def test_the_number_of_a_request_may_have_any_number_of_digits() -> None:
    assert Condition.parse("request=02").holds("/", "m", 2)
    assert not Condition.parse(f"request={'9' * 5000}").holds("/", "m", 2)


@pytest.mark.parametrize("text", ["", "model", "request=a", "size=3"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no condition"):
        Condition.parse(text)


@pytest.mark.parametrize(
    ("option", "value"), [("--fault", "bad"), ("--fault-when", "bad"), ("--pace", "nan"), ("--max-gap", "nan")]
)
def test_the_option_with_the_wrong_value_is_named(option: str, value: str) -> None:
    ran = run_here(["serve", str(SAMPLES / "plain-content.jsonl"), "--fault", "cut@9", option, value])
    assert (ran.code, ran.stdout) == (2, b"")
    assert ran.stderr.startswith(f"unspool: Invalid value for '{option}': ")


def test_spellings() -> None:
    assert parse("reset@12", Random(0)) == Cut(12, True)
    assert parse("status:429\u00d72", Random(0)) == parse("status:429x2", Random(0)) == parse("status:429*2", Random(0))


PATHS = {
    "anthropic.sse": "/v1/messages",
    "responses.jsonl": "/v1/responses",
    "gemini.sse": "/v1beta/models/m:streamGenerateContent",
    "ollama.jsonl": "/api/chat",
    "cohere.sse": "/v2/chat",
}


def test_an_error_inside_is_in_the_words_of_each_interface() -> None:
    """At the same time: behind the error each server waits for its client to leave."""

    def answer(sample: str) -> bytes:
        with faulty("quirk:Q20", capture=SAMPLES / sample) as server:
            _, body = ask(server, {"stream": True}, PATHS[sample])
            assert not server.requests[0].note
        return body

    with ThreadPoolExecutor(len(PATHS)) as threads:
        for body in threads.map(answer, PATHS):
            assert "the provider failed (provoked)" in run_here(["text"], body).stderr


def test_the_command_reports(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    program = tmp_path / "client.py"
    program.write_text(
        "import openai\n"
        "client = openai.OpenAI(max_retries=2)\n"
        "messages = [{'role': 'user', 'content': 'When?'}]\n"
        "for one in client.chat.completions.create(model='m', messages=messages, stream=True): pass\n"
    )
    command = ["serve", "--port", "0", "--run", f"{sys.executable} {program}", str(SAMPLES / "plain-content.jsonl")]
    faults = ["--fault", "status:429,retry-after:0.2", "--report", str(report)]
    done = run_installed([*command, *faults])
    value = json.loads(report.read_text())
    assert (done.code, value["passed"]) == (0, True), done.stderr
    assert [one["status"] for one in value["requests"]] == [429, 200]
    program.write_text(program.read_text().replace("pass", "break"))
    done = run_installed([*command, "--pace", "1", "--fault", "quirk:B1", "--report", str(report)])
    assert done.code in (0, 1)
    assert "seed" not in done.stderr
    done = run_installed([*command, "--fault", "split:random"])
    assert "--seed " in done.stderr
    assert run_installed([*command, "--fault", "cut"]).code == 2


def test_a_proxied_stream_suffers_too() -> None:
    with proxied(Upstream(message_stream()), plan=plan("split:3", "quirk:B2")) as server:
        assert read(server) == (TEXT, None)
        raw = ask(server, {"stream": True})[1]
    assert texts(raw.replace(b"data:{", b"data: {")) == TEXT
