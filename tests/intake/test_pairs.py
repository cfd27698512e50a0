"""What a program logs of a stream, in what collects the logs: every such pair gives the text of the stream."""

import ast
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from tests.intake.test_layers import ANTHROPIC, BINARY, CHAT, TEXT, read
from tests.support import chunk, jsonl, message_call, run_here, sse


def kind(event: Any) -> bytes:
    return str(event["type"]).encode()


LINES = {
    "chat lines": jsonl(CHAT),
    "chat events": sse(CHAT),
    "anthropic lines": jsonl(ANTHROPIC),
    "anthropic events": b"".join(b"event: " + kind(one) + b"\n" + sse([one], False) for one in ANTHROPIC),
}
Wrap = Callable[[list[str]], list[str]]
"""From the lines that a program writes to those of its log."""


def stamp(number: int) -> str:
    return f"2031-05-04T09:00:{number // 60:02}.{number % 60:03}Z"


def each(form: Callable[[int, str], str]) -> Wrap:
    """A log with one line for each line that is not blank."""
    return lambda lines: [form(number, line) for number, line in enumerate(lines) if line]


def all_lines(form: Callable[[int, str], str]) -> Wrap:
    """A log with one line for each line."""
    return lambda lines: [form(number, line) for number, line in enumerate(lines)]


def records_only(form: Callable[[int, Any], str]) -> Wrap:
    """A log with the records alone, decoded."""

    def wrap(lines: list[str]) -> list[str]:
        records = [line.removeprefix("data: ") for line in lines]
        return [form(number, json.loads(one)) for number, one in enumerate(records) if one.startswith("{")]

    return wrap


dumps = json.dumps

PROGRAMS: dict[str, Wrap] = {
    "as it is": lambda lines: lines,
    "python": each(lambda number, line: f"{stamp(number)} INFO app.client: chunk: {line}"),
    "logfmt": each(lambda number, line: f"time={stamp(number)} level=debug msg=chunk raw={dumps(line)} n={number}"),
    "logfmt, message": each(lambda number, line: f"level=debug ts={stamp(number)} msg={dumps(line)}"),
    "go %q": each(lambda number, line: f"2031/05/04 09:00:01 got line {dumps(line)}"),
    "zap console": each(
        lambda number, line: f"{stamp(number)}\tDEBUG\tapp/main.go:7\tgot chunk\t{dumps({'raw': line})}"
    ),
    "bytes": each(lambda number, line: f"DEBUG:app:{line.encode()!r}"),
    "repr": each(lambda number, line: f"DEBUG:app:got {line!r}"),
    "json, object": records_only(lambda number, one: dumps({"level": "debug", "ts": 1.5 + number, "chunk": one})),
    "json, string": each(lambda number, line: dumps({"time": stamp(number), "level": "DEBUG", "msg": line})),
    "json, sentence": each(lambda number, line: dumps({"level": 20, "time": number, "msg": f"chunk: {line}"})),
    "json, nested": records_only(
        lambda number, one: dumps({"level": "info", "fields": {"event": {"raw": dumps(one)}}, "target": "app"})
    ),
}


def cri(number: int, line: str) -> str:
    return f"{stamp(number)} stdout F {line}"


def labels(number: int, line: str) -> str:
    return dumps({"labels": {"app": "a"}, "line": line, "timestamp": stamp(number)})


def loki(lines: list[str]) -> list[str]:
    values = [[f"{19_000_000_000 + number}", line] for number, line in enumerate(lines) if line]
    result = [{"stream": {"app": "a"}, "values": values}]
    return [dumps({"status": "success", "data": {"resultType": "streams", "result": result}})]


def cloudwatch(lines: list[str]) -> list[str]:
    events = [
        {
            "logStreamName": "s",
            "timestamp": 1_900_000_000_000 + number,
            "message": line,
            "ingestionTime": 1,
            "eventId": "3",
        }
        for number, line in enumerate(lines)
        if line
    ]
    return dumps({"events": events, "searchedLogStreams": []}, indent=4).splitlines()


def insights(lines: list[str]) -> list[str]:
    rows = [
        [
            {"field": "@timestamp", "value": stamp(number)},
            {"field": "@message", "value": line},
            {"field": "@ptr", "value": "p"},
        ]
        for number, line in enumerate(lines)
        if line
    ]
    return dumps({"results": rows, "status": "Complete"}, indent=4).splitlines()


def subscription(lines: list[str]) -> list[str]:
    events = [{"id": "3", "timestamp": 19 + number, "message": line} for number, line in enumerate(lines) if line]
    return [dumps({"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g", "logEvents": events})]


def gcp(lines: list[str]) -> list[str]:
    entries = []
    for number, line in enumerate(lines):
        if line:
            payload = (
                {"jsonPayload": json.loads(line)}
                if line.startswith("{") and "}{" not in line
                else {"textPayload": line}
            )
            entries.append({"insertId": "i", "logName": "l", "timestamp": stamp(number), **payload, "severity": "INFO"})
    return dumps(entries, indent=2).splitlines()


def gcp_stdout(number: int, line: str) -> str:
    return dumps({"insertId": "i", "resource": {"type": "k8s"}, "timestamp": stamp(number), "textPayload": line})


def splunk(number: int, line: str) -> str:
    return dumps({"preview": False, "offset": number, "result": {"_raw": line, "_time": stamp(number), "host": "a"}})


def elastic(number: int, line: str) -> str:
    return dumps(
        {"_index": "l", "_id": "a", "_source": {"@timestamp": stamp(number), "message": line, "stream": "stdout"}}
    )


def datadog(number: int, line: str) -> str:
    attributes = {"timestamp": stamp(number), "status": "info", "message": line, "tags": ["env:a"], "service": "app"}
    return dumps({"id": "A", "type": "log", "attributes": attributes})


def cloudflare(number: int, line: str) -> str:
    logs = [{"level": "log", "message": [line], "timestamp": 1_900_000_000_000 + number}]
    return dumps(
        {"outcome": "ok", "scriptName": "s", "logs": logs, "event": {"request": {"url": "https://a", "method": "POST"}}}
    )


COLLECTORS: dict[str, Wrap] = {
    "docker": all_lines(lambda number, line: dumps({"log": line + "\n", "stream": "stdout", "time": stamp(number)})),
    "docker, timestamps": each(lambda number, line: f"{stamp(number)} {line}"),
    "compose": all_lines(lambda number, line: f"app-1  | {line}"),
    "kubectl": each(lambda number, line: f"[pod/app-7d9f/app] {line}"),
    "cri": all_lines(cri),
    "docker, stderr": all_lines(
        lambda number, line: dumps({"log": line + "\n", "stream": "stderr", "time": stamp(number)})
    ),
    "journald": each(
        lambda number, line: dumps(
            {"__REALTIME_TIMESTAMP": str(19 + number), "PRIORITY": "6", "MESSAGE": line, "_PID": "7"}
        )
    ),
    "journalctl": each(lambda number, line: f"May 04 09:00:01 host app[4711]: {line}"),
    "journalctl, iso": each(lambda number, line: f"2031-05-04T09:00:01+0000 host app[4711]: {line}"),
    "syslog": each(lambda number, line: f"<14>1 {stamp(number)} host app 4711 - - {line}"),
    "syslog, old": each(lambda number, line: f"<14>May  4 09:00:01 host app[4711]: {line}"),
    "loki": loki,
    "logcli": each(labels),
    "cloudwatch": cloudwatch,
    "cloudwatch, tail": each(lambda number, line: f"2031-05-04T09:00:01.000000+00:00 app/app/0123abcd {line}"),
    "insights": insights,
    "subscription": subscription,
    "gcp": gcp,
    "gcp, lines": each(gcp_stdout),
    "datadog": each(datadog),
    "datadog, list": lambda lines: [dumps({"data": [json.loads(one) for one in COLLECTORS["datadog"](lines)]})],
    "fluent bit": each(lambda number, line: dumps({"date": 1.9e9 + number, "log": line, "stream": "stdout"})),
    "fluent bit, stdout": each(lambda number, line: f"[{number}] kube.app: [[19000.5, {{}}], {dumps({'log': line})}]"),
    "fluentd": each(lambda number, line: f"2031-05-04 09:00:01 +0000 app: {dumps({'log': line, 'source': 'stdout'})}"),
    "fluentd, file": each(lambda number, line: f"{stamp(number)}\tapp\t{dumps({'log': line, 'source': 'stdout'})}"),
    "vector": each(lambda number, line: dumps({"file": "a", "host": "h", "message": line, "timestamp": stamp(number)})),
    "splunk": each(splunk),
    "elastic": each(elastic),
    "elastic, search": lambda lines: [
        dumps({"took": 1, "hits": {"hits": [json.loads(one) for one in COLLECTORS["elastic"](lines)]}})
    ],
    "filebeat": each(
        lambda number, line: dumps({"@timestamp": stamp(number), "message": line, "agent": {"type": "filebeat"}})
    ),
    "firelens": each(
        lambda number, line: dumps({"container_id": "a", "container_name": "b", "source": "stdout", "log": line})
    ),
    "azure": each(lambda number, line: dumps({"TimeGenerated": stamp(number), "Log_s": line, "ContainerName_s": "a"})),
    "aws lambda": each(lambda number, line: f"{stamp(number)}\t0123-abcd\tINFO\t{line}"),
    "heroku": each(lambda number, line: f"{stamp(number)} app[web.1]: {line}"),
    "github actions": all_lines(lambda number, line: f"2031-05-04T09:00:01.1234567Z {line}"),
    "gh run view": all_lines(lambda number, line: f"build\tRun it\t2031-05-04T09:00:01.1234567Z {line}"),
    "gitlab": all_lines(lambda number, line: f"{stamp(number)} 00O {line}"),
    "cloudflare": each(cloudflare),
    "fly": each(lambda number, line: f"2031-05-04T09:00:01Z app[0123] ams [info]{line}"),
    "pm2": each(lambda number, line: f"0|app      | {line}"),
    "pm2, json": each(
        lambda number, line: dumps({"message": line + "\n", "timestamp": stamp(number), "type": "out", "process_id": 0})
    ),
    "vercel": each(
        lambda number, line: dumps({"id": "a", "timestamp": 19 + number, "type": "stdout", "message": line})
    ),
    "csv": lambda lines: [
        "time,host,line",
        *(f'{stamp(n)},a,"{line.replace(chr(34), chr(34) * 2)}"' for n, line in enumerate(lines) if line),
    ],
}


def paired(collector: str, inner: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each of ``inner`` with one stream: over the collectors, each with every stream."""
    streams, first = list(LINES), list(COLLECTORS).index(collector)
    return ((one, streams[(first + number) % len(streams)]) for number, one in enumerate(inner))


def pair(collector: str, program: str, stream: str) -> bytes:
    lines = LINES[stream].decode().split("\n")[:-1]
    return ("\n".join(COLLECTORS[collector](PROGRAMS[program](lines))) + "\n").encode()


@pytest.mark.parametrize("collector", COLLECTORS)
def test_what_a_program_logs_is_read_in_what_collects_it_also_rewritten(collector: str) -> None:
    """The log that is written is read as the first one is, with nothing of the call."""
    for program, stream in paired(collector, PROGRAMS):
        data = pair(collector, program, stream)
        ran = run_here(["text"], data)
        assert (ran.code, ran.stdout.decode()) == (0, TEXT), (program, stream, ran.stderr, data.decode())
        ran = run_here(["rewrite"], data)
        again = run_here(["text"], ran.stdout)
        assert (ran.code, again.code, again.stdout.decode()) == (0, 0, TEXT), (program, stream, ran.stderr)
        assert b"send_message" not in ran.stdout


def test_where_the_bytes_are_cut_does_not_decide() -> None:
    for collector, program, stream in zip(COLLECTORS, itertools.cycle(PROGRAMS), itertools.cycle(LINES), strict=False):
        data = pair(collector, program, stream)
        whole = read([data])[0]
        for size in (97, 1):
            assert read([data[at : at + size] for at in range(0, len(data), size)])[0] == whole, (collector, program)


@pytest.mark.parametrize("layer", BINARY)
def test_such_a_log_in_other_layers(layer: str) -> None:
    """Such a layer is removed before the log is looked at: each program is in one of the collectors."""
    for program, collector, stream in zip(
        PROGRAMS, itertools.cycle(("docker", "journald", "cri", "loki", "gcp")), itertools.cycle(LINES), strict=False
    ):
        ran = run_here(["text"], BINARY[layer](pair(collector, program, stream)))
        assert (ran.code, ran.stdout.decode()) == (0, TEXT), (program, collector, stream, ran.stderr)


def test_the_log_keeps_its_words_and_the_form_of_its_strings() -> None:
    ran = run_here(["rewrite"], pair("docker", "bytes", "chat lines"))
    lines = [json.loads(line)["log"] for line in ran.stdout.splitlines()]
    records = [json.loads(ast.literal_eval(line.removeprefix("DEBUG:app:"))) for line in lines]
    assert "".join(one["choices"][0]["delta"].get("content", "") for one in records) + "\n" == TEXT
    ran = run_here(["rewrite"], pair("journald", "logfmt", "chat events"))
    message = json.loads(ran.stdout.splitlines()[1])["MESSAGE"]
    assert message.startswith(r"""time=2031-05-04T09:00:00.002Z level=debug msg=chunk raw="data: {\"id\":""")
    assert message.endswith(" n=2")


SAID = 'use data: {"a": 1} or data: {x}, then event: foo and data: [1]; "data: {" ends'
GEMINI = {"candidates": [{"content": {"role": "model", "parts": [{"text": SAID}]}, "finishReason": "STOP"}]}
TALK: dict[str, list[dict[str, Any]]] = {
    "content": [chunk({"role": "assistant", "content": SAID}), chunk({}, "stop")],
    "call": message_call([dumps({"message": SAID})]),
    "one record": [GEMINI],
}


@pytest.mark.parametrize(("collector", "stream"), [*zip(COLLECTORS, itertools.cycle(TALK), strict=False)])
def test_a_text_that_names_the_field_of_an_event_is_no_event(collector: str, stream: str) -> None:
    """The streams take turns."""
    for lines in (jsonl(TALK[stream]), sse(TALK[stream], stream != "one record")):
        data = "\n".join(COLLECTORS[collector](lines.decode().split("\n")[:-1])) + "\n"
        ran = run_here(["text"], data.encode())
        assert (ran.code, ran.stdout.decode()) == (0, SAID + "\n"), ran.stderr
        ran = run_here(["rewrite"], data.encode())
        again = run_here(["text"], ran.stdout)
        assert (ran.code, again.code, again.stdout.decode()) == (0, 0, SAID + "\n"), again.stderr


@pytest.mark.parametrize("program", ["python", "bytes", "repr", "logfmt", "json, string"])
def test_lists_that_no_line_closes_lose_no_escape_in_the_strings_of_a_log(program: str) -> None:
    chunks = [chunk({"role": "assistant", "content": "one\ntwo"}), chunk({}, "stop")]
    data = "\n".join(PROGRAMS[program]([f"[{json.dumps(one)}," for one in chunks])) + "\n"
    ran, kept = run_here(["text"], data.encode()), run_here(["rewrite"], data.encode())
    assert (ran.stdout, kept.code) == (b"one\ntwo\n", ran.code), ran.stderr
    assert ran.code in (0, 4)  # where the log is read as one array, that has no end


HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
ASKED = '{"model": "m", "messages": [{"role": "user", "content": "data: {"}]}'
METER = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
METER += "                                 Dload  Upload   Total   Spent    Left  Speed\n"
METER += "\r100  7806    0  7723  100    83  57442    617 --:--:-- --:--:-- --:--:-- 58253"
VERBOSE = "*   Trying 127.0.0.1:8080...\n> POST /v1 HTTP/1.1\r\n> Host: a\r\n> \r\n< HTTP/1.1 200 OK\r\n< \r\n"
CLIENTS: dict[str, Callable[[str], str]] = {
    "curl -i": lambda body: HEAD + body,
    "curl -v": lambda body: VERBOSE + body + "* Connection #0 to host a left intact\n",
    "curl, meter": lambda body: METER + body,
    "httpie": lambda body: f"POST /v1 HTTP/1.1\r\nHost: a\r\n\r\n{ASKED}\r\n\r\n{HEAD}{body}",
    "Windows": lambda body: body.replace("\n", "\r\n"),
    "comments": lambda body: ": open\n" + body if "data:" in body else body,
    "records glued together": lambda body: body if "data:" in body else body.replace("}\n{", "}{"),
    "a field twice": lambda body: body.replace("data: ", "data: data: "),
    "a list in one line": lambda body: (
        body if "data:" in body else dumps([json.loads(one) for one in body.splitlines()])
    ),
    "a request first": lambda body: ASKED + "\n\n" + body,
}
"""What a client prints, from the body of the response, as a container's log or a pipeline's has it."""


@pytest.mark.parametrize("collector", COLLECTORS)
def test_what_a_client_prints_is_read_in_what_collects_it(collector: str) -> None:
    for client, stream in paired(collector, CLIENTS):
        if (collector, client) == ("gcp", "curl, meter"):
            continue  # the record behind the meter is text there, the others are objects in another member
        lines = CLIENTS[client](LINES[stream].decode()).split("\n")
        data = "\n".join(COLLECTORS[collector](lines[: len(lines) - (lines[-1] == "")])) + "\n"
        ran = run_here(["text"], data.encode())
        assert (ran.code, ran.stdout.decode()) == (0, TEXT), (client, stream, ran.stderr, data)
