"""What tools write around a stream, one input for each, with the stream that is in it."""

# ruff: noqa: E501 - inputs as tools write them, one a line

import base64
import bz2
import gzip
import io
import json
import logging
import lzma
import struct
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from rich.console import Console
from rich.logging import RichHandler
from tests.intake.test_layers import chunked, read
from tests.support import chunk, message_call, run_here, sse

from unspool.intake.asked import Asked
from unspool.intake.encodings.compression import detect_deflate

TEXT = "The ferry leaves at nine."
CHUNKS = message_call(['{"message":"The ferry ', 'leaves at nine."}'])
RECORDS = [json.dumps(one) for one in CHUNKS]
STREAM = sse(CHUNKS).decode()
DEBUG = (
    "Setting --header (header) to Authorization: Bearer secret\nDEBUG output created by Wget 1.25.0 on linux-gnu.\n\n"
    "--2031-05-04 09:00:01--  http://a.example/v1\nConnecting to a.example... Created socket 3.\n\n"
    "---request begin---\nPOST /v1 HTTP/1.1\nAuthorization: Bearer secret\n\n---request end---\n"
)
LINES = STREAM.splitlines()
DATA = [line for line in LINES if line]
PING = '{"type":"ping"}'
ANSWER = {"role": "assistant", "content": TEXT}
COMPLETION = {
    "id": "c", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "message": ANSWER, "finish_reason": "stop"}],
}  # fmt: skip
MESSAGE = {"id": "m", "type": "message", "role": "assistant", "content": [{"type": "text", "text": TEXT}]}
ANTHROPIC: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "content": []}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": TEXT}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}},
    {"type": "message_stop"},
]
EVENTS = "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in ANTHROPIC)
GEMINI = {"candidates": [{"content": {"role": "model", "parts": [{"text": TEXT}]}, "finishReason": "STOP"}]}
BROTLI = bytes(number * 37 % 251 for number in range(300)).decode("latin-1")
"""Bytes like those of brotli, which begins with no mark."""
REQUEST = '{"messages": []}'
dumps = json.dumps


def at(number: int) -> str:
    return f"2031-05-04T09:00:01.{number:03}Z"


def lines(before: str, items: list[str] = DATA) -> str:
    """Each item behind a text in which ``@`` is a time."""
    return "".join(before.replace("@", at(number)) + item + "\n" for number, item in enumerate(items))


def logged(member: str, items: list[Any] = DATA, **others: Any) -> list[dict[str, Any]]:
    return [{"time": at(number), member: item, **others} for number, item in enumerate(items)]


def jsonl(records: list[Any]) -> str:
    return "".join(dumps(one) + "\n" for one in records)


def har_like(response: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {
        "request": {"method": "POST", "url": "https://a.example/v1/chat/completions"},
        "response": response,
        **others,
    }


MITMDUMP = (
    "127.0.0.1:55110: POST http://a.example/v1/chat/completions?key=secret\n    authorization: Bearer secret\n\n"
    '    {\n        "messages": []\n    }\n\n'
)
SHELL = {
    "prompt": "$ curl -sN https://a.example/v1 \\\n  -H 'Authorization: Bearer sk-x' \\\n  -d '" + REQUEST + "'\n" + STREAM,
    "set -x": "+ curl -sN https://a.example/v1/chat/completions -d @tool.json\n" + STREAM,
    "user@host": "user@host:~$ curl -sN http://localhost/v1 -d @a.json\n" + STREAM + "user@host:~$ \n",
    "proxy": "HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" + STREAM,
    "http3": "HTTP/3 200 \r\ncontent-type: text/event-stream\r\n\r\n" + STREAM,
    "line feeds": "HTTP/1.1 200 OK\ncontent-type: text/event-stream\n\n" + STREAM,
    "script": "Script started on 2031-05-04 09:00:01+00:00 [TERM=\"xterm\"]\r\n\x1b[?2004h\x1b]0;a\x07a:~$ curl -sN http://b\r\n"
    "\x1b[?2004l\r" + STREAM.replace("\n", "\r\n") + "\x1b[?2004ha:~$ exit\r\n\nScript done on 2031-05-04\n",
    "asciinema": jsonl([{"version": 2, "width": 80, "height": 24}, *([0.1, "o", line + "\r\n"] for line in LINES)]),
    "asciinema, pieces": jsonl(
        [{"version": 3, "term": {"cols": 80, "rows": 24}}, *([0.1, "o", STREAM[at : at + 99]] for at in range(0, 2000, 99))]
    ),
    "curl -w": STREAM + "\n200 0.113\nTotal: 0.2s\n",
    "wget -nv": STREAM + '2031-05-04 09:00:01 URL:http://a.example/v1 [77] -> "-" [1]\n',
    "wget -q --show-progress": STREAM.replace("\n\ndata: {", "\n\n\n     0K .data: {", 1).replace("\n\ndata: [", "\n\n..data: ["),
    "curl -v, 100 without a blank line": "*   Trying 10.0.0.1:80...\n> POST /v1 HTTP/1.1\n> Expect: 100-continue\n> \n"
    "< HTTP/1.1 100 Continue\n} [77 bytes data]\n< HTTP/1.1 200 OK\n< \n{ [99 bytes data]\n" + STREAM,
    "curl -#": "#=#=#" + " " * 60 + "\r##=#=#" + " " * 60 + "\r" + STREAM[:90] + "# #-=#=-#" + " " * 60 + "\r # #-=O#- #" + " " * 60 + "\r" + STREAM[90:],
    "curl -v --trace-time": "09:00:01.585934 * Connected to a (10.0.0.1) port 80\n09:00:01.585960 > POST /v1 HTTP/1.1\n09:00:01.586244 < HTTP/1.1 200 OK\n"
    "09:00:01.586620 < \n09:00:01.586631 { [458 bytes data]\n" + STREAM[:90] + "09:00:01.989281 * Connection #0 to host a left intact\n" + STREAM[90:],
    "curl -i --anyauth": "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\n" + STREAM,
    "httpie --pretty=all": "{\x1b[37m\x1b[39;49;00m\n    \x1b[94m" + dumps(COMPLETION)[1:].replace(": ", "\x1b[39m: "),
    "script, httpie": 'Script started on 2031-05-04 09:00:01+00:00 [COMMAND="http x"]\n\x1b[34mHTTP\x1b[39m/1.1 200 OK\r\n'
    "Server: x\r\r\n\r\r\n{\x1b[37m\r\n" + dumps(COMPLETION)[1:] + "\r\n\r\nScript done on 2031-05-04\n",
    "httpie --pretty=format": "HTTP/1.1 200 OK\nserver: x\n\n"
    + "".join(f"event: {one['type']}\ndata: {dumps(one, indent=4)}\n\n" for one in ANTHROPIC),
    "wget -d": DEBUG + "[BODY data: {\"model\":\"m\",\n\"messages\":[]}]\nHTTP request sent, awaiting response... \n"
    "---response begin---\nHTTP/1.1 200 OK\nServer: a\n\n---response end---\n200 OK\nRegistered socket 3 for persistent reuse.\n"
    "Length: unspecified [text/event-stream]\nSaving to: \u2018STDOUT\u2019\n" + STREAM + "2031-05-04 09:00:02 (1 MB/s) - written to stdout [77]\n",
    "wget -d, redirected": DEBUG + "---response begin---\nHTTP/1.1 307 Temporary Redirect\nlocation: /v2\n\n---response end---\n"
    "307 Temporary Redirect\nLocation: /v2 [following]\nSkipping 0 bytes of body: [] done.\nURI content encoding = None\n"
    "---request begin---\nGET /v2 HTTP/1.1\n\n---request end---\n---response begin---\nHTTP/1.1 200 OK\n\n---response end---\n" + STREAM,
    "wget with a password": "--2031-05-04 09:00:01--  http://a.example/v1\nHTTP request sent, awaiting response... 401 Unauthorized\n"
    'Authentication selected: Basic realm="x"\nHTTP request sent, awaiting response... 200 OK\n' + STREAM,
    "wget -S with a password": "--2031-05-04 09:00:01--  http://a.example/v1\nHTTP request sent, awaiting response... \n"
    '  HTTP/1.1 401 Unauthorized\n  set-cookie: secret\nAuthentication selected: Basic realm="x"\n'
    "HTTP request sent, awaiting response... \n  HTTP/1.1 200 OK\n  date: x\nLength: unspecified\n" + STREAM,
    "wget that asks again": "--2031-05-04 09:00:01--  http://a.example/v1\nHTTP request sent, awaiting response... \n  HTTP/1.1 200 OK\n\n"
    + DATA[0] + "\n\n2031-05-04 09:00:02 (56 KB/s) - Read error at byte 9 (Success).Retrying.\n\n"
    "--2031-05-04 09:00:03--  (try: 2)  http://a.example/v1\nHTTP request sent, awaiting response... \n  HTTP/1.1 200 OK\n  date: x\n\n"
    + "\n\n".join(DATA[1:]) + "\n",
    "mitmdump": MITMDUMP + " << 200 OK 5.3k\n    set-cookie: secret\n\n" + "".join(f"    {line}\n" for line in LINES) + "\n",
    "mitmdump, HTTP/2": MITMDUMP.replace("?key=secret", " HTTP/2.0") + " << HTTP/2.0 200 OK 5.3k\n    set-cookie: secret\n\n" + "".join(f"    {line}\n" for line in LINES),
    "mitmdump, colours": "[11:50:16.123] HTTP(S) proxy listening at *:8080.\n" + MITMDUMP.replace("POST", "\x1b[35m\x1b[1mPOST\x1b[0m")
    + "\x1b[1m <<\x1b[0m \x1b[32m200\x1b[0m OK 1k\n    \x1b[34mdate\x1b[0m: x\n\n"
    + "".join(f"    {line}\n" for line in dumps(COMPLETION, indent=4).splitlines()) + "\n",
    "banner": "  ____ _\n / ___|\n\nStarting server v1.2\n" + "\n".join([*RECORDS[:2], "still here", *RECORDS[2:], ""]) + "Done.\n",
    "a logger's JSON": '{"level":30,"time":1935630121,"msg":"ready"}\n' + "\n".join([*RECORDS, '{"level":30,"msg":"bye"}', ""]),
    "tail": "==> a.jsonl <==\n" + "\n".join([*RECORDS, ""]),
    "curl -w '%{json}'": STREAM + '{"certs":"","http_code":200,"time_total":0.5,"curl_version":"libcurl/8.5.0"}',
    "wget -nv -S": "  HTTP/1.1 200 OK\n  set-cookie: secret\n" + STREAM + '2031-05-04 09:00:01 URL:http://a.example/v1 [77] -> "-" [1]\n',
    "wget -d, with a cookie": DEBUG + "---response begin---\nHTTP/1.1 200 OK\nset-cookie: a=secret\n\n---response end---\n200 OK\n\n"
    "Stored cookie a.example -1 (ANY) / <session> <insecure> [expiry none] a secret\nURI content encoding = \u2018utf-8\u2019\n" + STREAM,
    "wget -d --save-headers": DEBUG + "---response begin---\nHTTP/1.1 200 OK\n\n---response end---\n200 OK\n\n"
    "Registered socket 3 for persistent reuse.\nHTTP/1.1 200 OK\nset-cookie: secret\n\n" + STREAM,
    "http.client": "send: b'POST /v1 HTTP/1.1\\r\\nAuthorization: Bearer secret\\r\\n\\r\\n'\n" + f"send: b'{REQUEST}'\n"
    "reply: 'HTTP/1.1 200 OK\\r\\n'\nheader: set-cookie: secret\n" + "".join(f"{one.encode()!r}\nb''\n" for one in DATA),
    "fence": "Here is the stream:\n\n```\n" + STREAM + "```\n",
    "indented": "".join(f"    {line}\n" for line in LINES),
    "quoted mail": "".join(f"> {line}\n" for line in LINES),
    "cat -n": "".join(f"{number:6}\t{line}\n" for number, line in enumerate(LINES, 1)),
    "grep -n": "".join(f"{number}:{line}\n" for number, line in enumerate(DATA, 1)),
    "grep -H": lines("capture.sse:"),
    "httpcore": "DEBUG:httpcore.http11:receive_response_body.started\n" + STREAM + "DEBUG:httpcore.http11:complete\n",
    "tshark": "\n=====\nFollow: tcp,ascii\nFilter: tcp.stream eq 0\nNode 0: 127.0.0.1:50000\nNode 1: 127.0.0.1:8080\n150\n"
    "POST /v1 HTTP/1.1\r\nAuthorization: Bearer sk-secret\r\n\r\n" + REQUEST + "\n\t120\nHTTP/1.1 200 OK\r\n\r\n"
    + "".join(f"\n\t{len(line)}\n{line}\n\n" for line in DATA) + "\n=====\n",
}  # fmt: skip
LOGS = {
    "syslog, RFC 5424": lines("<14>1 @ host app 123 - - "),
    "syslog, RFC 3164": lines("<14>May  4 09:00:01 host app[1]: "),
    "heroku": lines("@ app[web.1]: "),
    "journald json-seq": "".join("\x1e" + dumps(one) + "\n" for one in logged("MESSAGE")),
    "journald json-sse": "".join(f"data: {dumps(one)}\n\n" for one in logged("MESSAGE")),
    "journald json-pretty": "".join(json.dumps(one, indent=8) + "\n" for one in logged("MESSAGE")),
    "journald export": "".join(f"__CURSOR=s=a;i=1\nMESSAGE={line}\n_PID=1\n\n" for line in DATA),
    "journald verbose": "".join(f"Sun 2031-05-04 09:00:01 UTC [s=a]\n    MESSAGE={line}\n    _PID=1\n" for line in DATA),
    "k6": "".join(f'time="{at(1)}" level=info msg={dumps(line)} source=console\n' for line in DATA),
    "slog": "".join(f"time={at(1)} level=INFO msg=chunk data={dumps(one)}\n" for one in RECORDS),
    "logrus": "".join(f'time="{at(1)}" level=debug msg=chunk chunk={dumps(one)}\n' for one in RECORDS),
    "zap": "".join(f"{at(1)}\tDEBUG\tapp/main.go:10\tchunk\t{dumps({'data': one})}\n" for one in RECORDS),
    "zap, objects": "".join(f"{at(1)}\tDEBUG\tmain.go:10\tchunk\t" + '{"data": ' + one + "}\n" for one in RECORDS),
    "winston": "".join('debug: chunk {"chunk":' + one + ',"level":"debug"}\n' for one in RECORDS),
    "bunyan": jsonl(logged("chunk", CHUNKS, name="app", level=20, v=0)),
    "pino-pretty": lines("[09:00:01.030] DEBUG (123): "),
    "ruby": lines("D, [2031-05-04T09:00:01.030 #123] DEBUG -- : "),
    "logback": lines("09:00:01.030 [main] DEBUG c.e.App - "),
    "tracing": lines("@ DEBUG app::stream: chunk=", RECORDS),
    "tracing, colours": lines("\x1b[2m@\x1b[0m \x1b[34mDEBUG\x1b[0m \x1b[2mapp\x1b[0m: chunk ", RECORDS),
    "tracing, json": jsonl([{"level": "DEBUG", "fields": {"message": "chunk", "chunk": one}} for one in RECORDS]),
    ".NET": lines("dbug: App.Stream[0]\n      "),
    "serilog": lines("[09:00:01 DBG] "),
    "logcat": lines("05-04 09:00:01.030  1234  1256 D OkHttp  : "),
    "lambda": "START RequestId: a Version: $LATEST\n" + lines("@\treq-1\tINFO\t") + "END RequestId: a\n",
    "aws logs tail": lines("@ 2031/05/04/[$LATEST]abc "),
    "fluentd": "".join("2031-05-04 09:00:01.03 +0000 docker.a: " + dumps({"log": line}) + "\n" for line in DATA),
    "fluent-bit": "".join("[0] kube.a: [[1764320401.0, {}], " + dumps({"log": line}) + "]\n" for line in DATA),
    "compose": lines("\x1b[36mweb-1  | \x1b[0m"),
    "docker frames": "".join(struct.pack(">BxxxI", 1, len(line) + 1).decode("latin-1") + line + "\n" for line in LINES),
    "kubectl": lines("[pod/app-1/app] "),
    "stern": lines("app-7d9f-abc app "),
    "logcli": lines('@ {app="x", pod="y"} '),
    "printed": "".join(f"Chunk {number}: {one}\n" for number, one in enumerate(RECORDS)),
    "numbered": "".join(f"[{number}/4] {one}\n" for number, one in enumerate(RECORDS)),
    "printed strings": "".join(f"chunk: {dumps(one)}\n" for one in RECORDS),
    "events": lines("@ ", EVENTS.splitlines()),
    "events, docker": jsonl([{"log": line + "\n", "stream": "stdout"} for line in EVENTS.splitlines()]),
    "csv": "time,message\n" + "".join(f'{at(1)},"{line.replace(chr(34), chr(34) * 2)}"\n' for line in DATA),
    "tsv": "time\tmessage\n" + lines("@\t"),
}  # fmt: skip


CRI = "2031-05-04T09:00:01.037000000Z stdout "
ENVELOPES = [dumps({"ts": 1, "chunk": one}) for one in CHUNKS]
LOGS |= {
    "CRI around JSON, split": "".join(f"{CRI}P {one[:60]}\n{CRI}F {one[60:]}\n" for one in ENVELOPES),
    "CRI around logfmt, split": "".join(
        f"{CRI}P {one[:60]}\n{CRI}F {one[60:]}\n" for one in (f"level=debug msg={dumps(line)}" for line in DATA)
    ),
    "CRI, other lines": f"{CRI}F start\n" + "".join(f"{CRI}F {one}\n" for one in ENVELOPES),
    "docker around JSON, split": jsonl(
        [{"log": ENVELOPES[0] + "\n"}]
        + [{"log": piece} for one in ENVELOPES[1:] for piece in (one[:60], one[60:80], one[80:] + "\n")]
    ),
    "journald around JSON, split": jsonl(
        [{"MESSAGE": ENVELOPES[0]}] + [{"MESSAGE": piece} for one in ENVELOPES[1:] for piece in (one[:60], one[60:])]
    ),
}


def csv(items: list[str]) -> list[str]:
    """Rows of a table: a time, and a cell in quotes."""
    return [f'{at(number)},"{one.replace(chr(34), chr(34) * 2)}"\n' for number, one in enumerate(items)]


def rich(records: list[str], path: bool = True, width: int = 80) -> str:
    """What Rich's handler of logging writes into a file: lines of 80 columns."""
    out = io.StringIO()
    handler = RichHandler(console=Console(file=out, width=width), show_path=path, log_time_format="[%X]")
    for record in ["request", *records]:
        handler.handle(logging.LogRecord("app", logging.DEBUG, "relay.py", 14, record, None, None))
    return out.getvalue()


LOGS |= {
    "Rich": rich(RECORDS),
    "Rich, words of any length": rich(["chunk: " + one.replace(": ", ":").replace(", ", ",") for one in RECORDS]),
    "Rich, the last message alone is wrapped": rich(
        [*RECORDS[:-1], RECORDS[-1][:-1] + f', "note": "{"x" * 400}"' + "}"], width=360
    ),
    "Rich, events without a path": rich(DATA, path=False),
    "Rich, a whole line before those that are wrapped, without a path": rich([PING, *RECORDS], path=False),
    "Rich, of a script from standard input": rich(RECORDS).replace("relay.py:14", " <stdin>:14"),
    "a table, newest first": "time,message\n" + "".join(csv(DATA)[::-1]),
    "a table whose cells have line ends": "time,message\n" + "".join(csv([one + "\n\n" for one in DATA])),
    "the same, newest first": "time,message\n" + "".join(csv([one + "\n\n" for one in DATA])[::-1]),
    "a body in a table": "time,body\n" + csv([STREAM])[0],
    "log lines, newest first": "".join(lines("@ DEBUG ").splitlines(True)[::-1]),
    "times of twelve hours, newest first": "".join(
        f"5/4/2031, 9:00:{number:02}.1 AM {one}\n" for number, one in reversed(list(enumerate(DATA)))
    ),
    "records in JSON, newest first": jsonl(logged("chunk", RECORDS)[::-1]),
    "structlog, strings": "".join(f"2031-05-04 09:00:01 [debug    ] chunk   raw={one!r}\n" for one in RECORDS),
    "Splunk, without line ends": "".join(dumps({"time": number, "event": line}) for number, line in enumerate(DATA)),
    "JSON whose text is not escaped": "".join(
        f'{{"time": "{at(1)}", "message": "{one}"}}\n' for one in ["start", *RECORDS]
    ),
    "JSON whose events are not escaped": "".join(f'{{"time": "{at(1)}", "message": "{one}"}}\n' for one in DATA),
    "loguru, events": jsonl([{"text": f"09:00:01 | DEBUG | {one}\n", "record": {"message": one}} for one in DATA]),
    "loguru, other lines": jsonl(
        [{"text": f"{one}\n", "record": {"message": one}} for one in ["start", *RECORDS, "200 OK"]]
    ),
    "messages between the records": jsonl(
        logged("log", ["start\n", LINES[0] + "\n\n", "retry in 2 s\n", *[one + "\n\n" for one in DATA[1:]]])
    ),
    "eliot": jsonl([{"chunk": one, "message_type": "chunk", "task_level": [1]} for one in CHUNKS]),
    "eliot, strings": jsonl(
        [{"model": "m", "action_status": "started", "task_uuid": "u"}]
        + [{"chunk": one, "message_type": "chunk", "task_uuid": "u", "task_level": [1]} for one in RECORDS]
    ),
    "an empty member before another": "".join(
        f"level=debug data={dumps(one) if one else ''} event=chunk\n" for one in EVENTS.splitlines()
    ),
    "an empty repr before another": "".join(
        f"09:00:01 [debug] received   data={repr(one) if one else ''} n=3\n" for one in EVENTS.splitlines()
    ),
    "a logger's members beside those of a record": '{"message": "start", "level": "INFO", "meta": {"v": 5}}\n'
    + jsonl([{"level": "DEBUG", **one} for one in CHUNKS]),
    "a logger's members beside those of an event": '{"message": "start", "level": "INFO", "meta": {"v": 5}}\n'
    + jsonl([{"message": "chunk", "level": "DEBUG", **one} for one in ANTHROPIC]),
    "an envelope like Ollama's records": jsonl([{"done": False, "message": one} for one in CHUNKS]),
    "a dictionary before the records": "DEBUG options: {'method': 'post'}\n" + lines("@ DEBUG chunk: ", RECORDS),
    "bytes": "".join(f"{one.encode()!r}\nb''\n" for one in DATA),
    "bytes of the network": "".join(
        f"chunk {at}: {STREAM[at : at + 99].encode()!r}\n" for at in range(0, len(STREAM), 99)
    ),
    "repr": "".join(f"line: {line!r}\n" for line in DATA),
    "repr behind a name": "".join(f"DEBUG:app:line={one!r}\n" for one in [*RECORDS[:1], PING, *RECORDS[1:]]),
    "bytes behind a name": "".join(f"DEBUG:app:{one.encode()!r}\n" for one in DATA),
    "text behind the records": "".join(f"DEBUG {one} (app.py:12)\n" for one in [*RECORDS[:1], PING, *RECORDS[1:]]),
    "tuples": "".join(f"({number}, {line!r})\n" for number, line in enumerate(DATA)),
    "nginx": "".join(
        '127.0.0.1 "POST /v1" "'
        + "".join(f"\\x{one:02X}" if one in b'"\\\n' or one > 126 else chr(one) for one in (line + "\n").encode())
        + '"\n'
        for line in DATA
    ),
    "comment": "# recorded on Monday\n" + "\n".join(RECORDS),
    "report of pytest": "=== FAILURES ===\n>   assert 0\nE   assert 0\n--- Captured stdout call ---\n"
    + "\n".join(RECORDS)
    + "\n=== 1 failed ===\n",
    "echo": "".join(f"'{one}'\n" for one in RECORDS),
    "YAML of gcloud": "".join(f"---\ninsertId: a\ntextPayload: '{line}'\n" for line in DATA),
    "rich": "".join(f"[05/04/31 09:00:01] DEBUG    {line} app.py:12\n" for line in DATA),
    "indented JSON": "".join(f"Received chunk:\n{json.dumps(one, indent=2)}\n" for one in CHUNKS),
    "indented JSON behind text": "".join(f"[09:00:01] chunk: {json.dumps(one, indent=2)}\n" for one in CHUNKS),
    "pino-pretty, other objects": "".join(
        f"[09:00:01.030] DEBUG (123): x\n    {name}: " + json.dumps(one, indent=2).replace("\n", "\n    ") + "\n"
        for name, one in [*(("data", one) for one in CHUNKS), ("usage", {"tokens": 1})]
    ),
    "pino-pretty, objects": "".join(
        "[09:00:01.030] DEBUG (123): chunk\n    chunk: " + json.dumps(one, indent=2).replace("\n", "\n    ") + "\n"
        for one in CHUNKS
    ),
}
EXPORTS: dict[str, Any] = {
    "CloudWatch Insights": {"results": [[{"field": "@timestamp", "value": at(1)}, {"field": "@message", "value": line}] for line in DATA]},
    "CloudWatch subscription": {"messageType": "DATA_MESSAGE", "logEvents": logged("message")},
    "SQS": {"Messages": [{"MessageId": "a", **one} for one in logged("Body")]},
    "Google Cloud, text": logged("textPayload", severity="INFO"),
    "Google Cloud, JSON": [{"insertId": "a", "jsonPayload": {"chunk": one}} for one in CHUNKS],
    "Loki": {"data": {"result": [{"stream": {}, "values": [["1764320401037000000", line] for line in DATA]}]}},
    "Loki, newest first": {"data": {"result": [{"stream": {}, "values": [
        [str(1764320401037000000 + number * 10**6), line] for number, line in reversed(list(enumerate(DATA)))
    ]}]}},
    "Google Cloud, newest first": logged("textPayload", severity="INFO")[::-1],
    "CloudWatch, newest first": {"events": logged("message")[::-1]},
    "Grafana, newest first": [{"line": line, "x": 1.50, "timestamp": at(number)} for number, line in reversed(list(enumerate(DATA)))],
    "CloudWatch Insights, newest first": {"results": [
        [{"field": "@timestamp", "value": at(number)}, {"field": "@message", "value": line}] for number, line in reversed(list(enumerate(DATA)))
    ]},
    "Elastic, newest first": {"hits": {"hits": [{"_source": one, "sort": [1.50]} for one in logged("message")[::-1]]}},
    "Elastic": {"hits": {"hits": [{"_source": one} for one in logged("message")]}},
    "Datadog": {"data": [{"id": "a", "attributes": one} for one in logged("message")]},
    "OTLP logs": {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": one}} for one in DATA]}]}]},
    "OTLP spans": {"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": [
        {"key": "input.value", "value": {"stringValue": REQUEST}},
        {"key": "output.value", "value": {"stringValue": dumps(COMPLETION)}},
    ]}]}]}]},
    "Phoenix": {"name": "c", "attributes": {"input.value": REQUEST, "output.value": dumps(COMPLETION)}},
    "Langfuse": {"type": "GENERATION", "input": [{"role": "user", "content": "x"}], "output": COMPLETION},
    "LangSmith": {"run_type": "llm", "inputs": {"messages": []}, "outputs": COMPLETION},
    "Helicone": {"data": [{"request_body": {"messages": []}, "response_body": COMPLETION}]},
    "LiteLLM": [{"request_id": "a", "messages": [], "response": COMPLETION, "proxy_server_request": {}}],
    "a body of lines": {"request": {"body": {"messages": []}}, "response": {"status": 200, "body": "\n".join(RECORDS)}},
    "Cloudflare": {"result": {"request_head": REQUEST, "response_head": STREAM}, "success": True},
    "Bedrock": {"operation": "InvokeModelWithResponseStream", "input": {"inputBodyJson": {}}, "output": {"outputBodyJson": ANTHROPIC}},
    "Bedrock, Converse": {"operation": "Converse", "input": {"inputBodyJson": {}}, "output": {"outputBodyJson": {
        "output": {"message": {"role": "assistant", "content": [{"text": TEXT}]}}, "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
    }}},
    "Bedrock batch": {"recordId": "a", "modelInput": {"messages": []}, "modelOutput": MESSAGE | {"stop_reason": "end_turn"}},
    "Vertex batch": {"request": {"contents": []}, "response": GEMINI},
    "Gemini batch": {"name": "batches/a", "done": True, "response": {"inlinedResponses": {"inlinedResponses": [{"response": GEMINI}]}}},
    "Mistral batch": {"custom_id": "0", "response": {"status_code": 200, "body": COMPLETION}, "error": None},
    "a span": {"Name": "a", "Attributes": dumps({
        "input.value": dumps({"id": "b", "choices": [{"index": 0, "message": {"content": "No."}, "finish_reason": "stop"}]}),
        "output.value": dumps(COMPLETION),
    })},
    "list": {"object": "list", "data": [COMPLETION], "has_more": False},
    "strings": DATA,
    "strings of JSON": RECORDS,
    "string": STREAM,
    "Charles": [{"method": "POST", "path": "/v1/chat/completions", "request": {}, "response": {"status": 200, "body": {"text": STREAM}}}],
    "Charles, base64": [{"status": "COMPLETE", "method": "POST", "path": "/v1", "request": {}, "response": {
        "status": 200, "body": {"encoding": "base64", "encoded": base64.b64encode(STREAM.encode()).decode()},
    }}],
    "Postman": {"info": {}, "item": [{"name": "a", "request": {}, "response": [{"code": 200, "body": STREAM}]}]},
    "Hoverfly": {"data": {"pairs": [har_like({"status": 200, "body": STREAM, "encodedBody": False})]}, "meta": {}},
    "Hoverfly, encoded": {"data": {"pairs": [
        har_like({"status": 200, "body": base64.b64encode(gzip.compress(STREAM.encode())).decode(), "encodedBody": True})
    ]}},
    "undici": [{"hash": "a", "snapshot": {"request": {"method": "POST", "url": "http://a/v1/messages"}, "responses": [
        {"statusCode": 200, "body": base64.b64encode(gzip.compress(STREAM.encode())).decode()}
    ]}}],
    "MockServer": [{"httpRequest": {"path": "/v1"}, "httpResponse": {"statusCode": 200, "body": STREAM}}],
    "mountebank": {"imposters": [{"stubs": [{"responses": [{"is": {"statusCode": 200, "body": STREAM}}]}]}]},
    "mountebank, encoded": {"imposters": [{"stubs": [{"responses": [{"is": {"statusCode": 200, "body": base64.b64encode(STREAM.encode()).decode()}}]}]}]},
    "one exchange, encoded": {
        "request": {"method": "POST", "url": "http://a/v1"},
        "response": {"status": 200, "body": base64.b64encode(gzip.compress(STREAM.encode())).decode()},
    },
    "aimux": {"mappings": [har_like({"status": 200, "body": "", "body_base64": base64.b64encode(STREAM.encode()).decode()})]},
    "WireMock": {"mappings": [har_like({"status": 200, "base64Body": base64.b64encode(STREAM.encode()).decode()})]},
    "talkback": {"meta": {}, "req": {"url": "/v1", "body": {}}, "res": {"status": 200, "body": STREAM}},
    "ExVCR": [har_like({"binary": False, "body": STREAM, "status_code": 200, "type": "ok"})],
    "EasyVCR": [{"Request": {"Uri": "http://a"}, "Response": {"Body": STREAM, "Status": {"Code": 200}}}],
    "test-server": {"recordID": "a", "interactions": [har_like({"statusCode": 200, "headers": {}, "bodySegments": [GEMINI]}, shaSum="b")]},
    "test-server, Python": {"replay_id": "a", "interactions": [har_like({"status_code": 200, "headers": {}, "body_segments": [GEMINI]})]},
    "seinfeld": {"entries": [{"id": "a", **har_like({"body": {"kind": "sse", "chunks": EVENTS.split("\n\n")[:-1]}, "status": 200})}]},
    "Azure's test proxy": {"Entries": [{"RequestUri": "https://a.example/v1/chat/completions", "RequestMethod": "POST", "RequestBody": None, "StatusCode": 200,
        "ResponseBody": [line + "\n" for line in LINES]}], "Variables": {}},
    "Azure's test proxy, JSON": {"Entries": [{"RequestUri": "https://a.example/v1", "RequestMethod": "POST", "StatusCode": 200, "ResponseBody": COMPLETION}]},
    "chunks beside the response": {"request": {"url": "http://a/v1", "method": "POST"}, "response": {"statusCode": 200}, "chunks": [STREAM[:99], STREAM[99:]]},
    "ReqLLM": {"captured_at": at(0), "chunks": [{"b64": base64.b64encode(one).decode()} for one in (STREAM[:99].encode(), STREAM[99:].encode())],
        **har_like({"status": 200, "headers": {}, "body": None})},
    "another recorder": {"name": "a", "made": 1.5, "calls": [har_like({"status": 200, "body": STREAM})]},
    "Pact": {"consumer": {}, "interactions": [{"request": {"path": "/v1"}, "response": {"status": 200, "body": COMPLETION}}]},
}  # fmt: skip
CASSETTES = {
    "go-vcr": "---\nversion: 2\ninteractions:\n    - id: 0\n      request:\n        method: POST\n        url: http://a/v1/messages\n"
    f"      response:\n        body: {dumps(STREAM)}\n        status: 200 OK\n        code: 200\n",
    "PHP-VCR": f"\n-\n    request:\n        method: POST\n        url: 'http://a/v1'\n    response:\n        status:\n            code: '200'\n        body: {dumps(STREAM)}\n",
    "another PHP-VCR": f"- request:\n    method: POST\n    url: 'http://a/v1'\n  response:\n    status:\n      code: '200'\n    body: {dumps(STREAM)}\n",
    "a parsed body": f"interactions:\n- request:\n    method: POST\n    uri: http://a/v1\n  response:\n    parsed_body: {dumps(COMPLETION)}\n    status:\n      code: 200\n",
    "responses": f"responses:\n- response:\n    body: {dumps(STREAM)}\n    method: POST\n    status: 200\n    url: http://a/v1\n",
    "LangChain": f"requests:\n- body: null\n  method: POST\n  uri: http://a/v1\nresponses:\n- body:\n    string: {dumps(STREAM)}\n"
    "  headers: {}\n  status:\n    code: 200\n",
    "LangChain, without all requests": "requests:\n- body: null\n  method: POST\n  uri: http://a/v1\nresponses:\n- body:\n    string: '{}'\n"
    f"- body:\n    string: {dumps(STREAM)}\n",
    "httpmock": f"when:\n  path: /v1/responses\n  method: POST\n  query_param: []\n  body: '{REQUEST}'\nthen:\n  status: 200\n  header: []\n"
    f"  body: {dumps(STREAM)}\n",
    "OkReplay": f"!tape\nname: a\ninteractions:\n- request:\n    uri: http://a\n  response:\n    status: 200\n    body: {dumps(STREAM)}\n",
}  # fmt: skip
BYTES = {
    "UTF-16LE without a mark": STREAM.encode("utf-16-le"),
    "UTF-16BE without a mark": STREAM.encode("utf-16-be"),
    "UTF-32LE without a mark": STREAM.encode("utf-32-le"),
    "UTF-32BE without a mark": STREAM.encode("utf-32-be"),
    "UTF-32BE": b"\0\0\xfe\xff" + STREAM.encode("utf-32-be"),
    "lzma": lzma.compress(STREAM.encode(), format=lzma.FORMAT_ALONE),
    "a log that was emptied": b"\0" * 99 + STREAM.encode(),
    "deflate": zlib.compress(STREAM.encode(), wbits=-15),
    "deflate of lines behind a head": b"HTTP/1.1 200 OK\r\ncontent-encoding: deflate\r\n\r\n"
    + zlib.compress("\n".join(RECORDS).encode(), wbits=-15),
    "gzip and a line end": gzip.compress(STREAM.encode()) + b"\n",
    "gzip and what curl -w writes": gzip.compress(STREAM.encode()) + b"200 0.113\n",
    "gzip and what wget -nv writes": gzip.compress(STREAM.encode())
    + b'2031-05-04 09:00:01 URL:http://a [7] -> "-" [1]\n',
    "gzip and the rest of the stream": gzip.compress("\n\n".join(DATA[:2]).encode()) + "\n\n".join(DATA[2:]).encode(),
    "gzip of one record and what curl -w writes": gzip.compress(dumps(COMPLETION).encode()) + b"\n200 0.113\n",
    "bzip2 of two parts": bz2.compress(STREAM[:600].encode()) + bz2.compress(STREAM[600:].encode()),
}
INPUTS: dict[str, bytes] = {
    **{name: text.encode() for group in (SHELL, CASSETTES) for name, text in group.items()},
    **{name: text.encode("latin-1") for name, text in LOGS.items()},
    **{name: json.dumps(value).encode() for name, value in EXPORTS.items()},
    **{f"{name}, indented": json.dumps(value, indent=2).encode() for name, value in EXPORTS.items()},
    **BYTES,
}


@pytest.mark.parametrize("name", INPUTS)
def test_the_stream_is_read(name: str) -> None:
    ran = run_here(["text"], INPUTS[name])
    assert (ran.code, ran.stdout.decode()) == (0, TEXT + "\n"), ran.stderr
    assert "secret" not in ran.stderr
    assert len(ran.stderr.splitlines()) <= 2


DOCUMENTS = [name for name, data in INPUTS.items() if data.lstrip()[:1] in (b"{", b"[") and b"\n" not in data.strip()]


@pytest.mark.parametrize("name", sorted({*DOCUMENTS} - {"Splunk, without line ends"}))
def test_a_line_end_behind_a_document_in_one_line_changes_nothing(name: str) -> None:
    """Not so where objects are glued together: their first line may be followed by others like it."""
    data = INPUTS[name].rstrip()
    for blocks in ([data + b"\n"], [data, b"\n"]):
        assert run_here(["text"], b"".join(blocks)).stdout.decode() == TEXT + "\n"
        assert read(blocks) == read([data + b"\n"])


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize(("value", "code"), [('{"a": {"b": "x"}}', 5), ('{"a": 1}', 3), ('[{"a": {"b": "x"}}]', 5)])
def test_json_without_a_record_is_the_same_fault_with_a_line_end(value: str, code: int, end: str) -> None:
    ran = run_here(["text"], (value + end).encode())
    assert (ran.code, ran.stdout) == (code, b"")


@pytest.mark.parametrize(
    "value",
    [
        {"requests": [{"id": 1}], "responses": [COMPLETION]},
        {"requests": [{"id": 1, "method": "fast"}], "responses": [{"id": 1, "answer": COMPLETION}]},
        {"interactions": [{"prompt": "when?", "response": COMPLETION}]},
        {"interactions": [{"prompt": "when?", "completion": COMPLETION}], "version": 1},
        {"recordings": [{"name": "a", "response": COMPLETION}]},
        {"mappings": [{"from": "a", "to": COMPLETION}]},
    ],
    ids="-".join,
)
def test_a_list_with_the_name_of_one_in_cassettes_is_none(value: Any) -> None:
    """Its records are members of the elements, and none of them is the response of a server."""
    for data in (json.dumps(value), json.dumps(value, indent=2)):
        ran = run_here(["text"], data.encode())
        assert (ran.code, ran.stdout.decode()) == (0, TEXT + "\n"), ran.stderr
    ran = run_here(["text"], json.dumps({name: [{"a": {"b": "x"}}] for name in value}).encode())
    assert (bool(ran.code), ran.stdout, "cassette" in ran.stderr) == (True, b"", False)


def test_a_second_line_makes_a_list_of_records_a_line_of_a_log() -> None:
    """A log with a list of events in each line, the newest event first in the first of them."""
    events = [{"timestamp": 1_900_000_000_002, "message": RECORDS[0]}, {"timestamp": 1_900_000_000_001, "message": "a"}]
    lines = [dumps({"events": events}), *(dumps({"events": [{"timestamp": 1, "message": one}]}) for one in RECORDS[1:])]
    data = "\n".join(lines).encode() + b"\n"
    ran = run_here(["text"], data)
    assert (ran.code, ran.stdout.decode()) == (0, TEXT + "\n"), ran.stderr
    assert read([data[at : at + 1] for at in range(len(data))]) == read([data])


@pytest.mark.parametrize("name", INPUTS)
def test_every_cut_gives_the_same(name: str) -> None:
    data = INPUTS[name]
    whole = read([data])
    for size in (1, 13, 200):
        assert read([data[start : start + size] for start in range(0, len(data), size)]) == whole, size
    for start in range(1, len(data), 331):
        assert read([data[:start], data[start:]]) == whole, start


@pytest.mark.parametrize(
    "pieces",
    [
        [ENVELOPES[1][:60]],  # the rest of the line is missing
        [ENVELOPES[1][:60], "GET /health\n", ENVELOPES[1][60:]],
        ["{", *['"}'] * 99],
    ],
)
def test_a_split_line_that_has_no_end_is_reported(pieces: list[str]) -> None:
    records = [ENVELOPES[0] + "\n", *pieces, *(one + "\n" for one in ENVELOPES[2:])]
    ran = run_here(["text"], jsonl([{"log": one} for one in records]).encode())
    assert ran.code == 3, ran
    assert "not JSON" in ran.stderr


def test_heads_without_a_body_end_early() -> None:
    ran = run_here(["text"], b"HTTP/1.1 200 OK\r\nset-cookie: secret\r\n\r\n")
    assert (ran.code, ran.stdout, "heads of HTTP responses alone" in ran.stderr) == (4, b"", True)
    assert "secret" not in ran.stderr


WGET = "--2031-05-04 09:00:01--  http://a.example/v1\nConnecting to a.example (a.example)|10.0.0.1|:80... "
SENT = WGET + "connected.\nHTTP request sent, awaiting response... "
FAILURES = {
    "wget -d": (
        DEBUG + "---response begin---\nHTTP/1.1 401 Unauthorized\n\n---response end---\n401 Unauthorized\n"
        'Skipping 30 bytes of body: [{"error":\n{"message":"no key"}}] done.\n\nUsername/Password Authentication Failed.\n',
        "HTTP status 401: no key",
    ),
    "wget -d, refused": (DEBUG.partition("Created")[0] + "Closed fd 3\nfailed: Connection refused.\n", "Connection refused"),
    "wget -S": (SENT + "\n  HTTP/1.1 401 Unauthorized\n  set-cookie: secret\n\nAuthentication Failed.\n", "HTTP status 401"),
    "wget": (SENT + "404 Not Found\n2031-05-04 09:00:02 ERROR 404: Not Found.\n\n", "HTTP status 404"),
    "wget, refused": (WGET + "failed: Connection refused.\n", "Connection refused"),
    "curl, refused": ("curl: (7) Failed to connect to a.example port 80: refused\n", "curl: (7)"),
    "curl -v, refused": ("*   Trying 10.0.0.1:80...\n* connect to 10.0.0.1 port 80 failed: refused\n* Closing connection\n", "refused"),
    "HTML": ("HTTP/1.1 502 Bad Gateway\r\n\r\n<html>Bad Gateway</html>", "HTTP status 502"),
    "curl -i, redirect": ("HTTP/1.1 302 Found\r\nlocation: /secret\r\n\r\n", "curl -L"),
    "wget -nv -S, 401": ("  HTTP/1.1 401 Unauthorized\n  set-cookie: secret\n\nUsername/Password Authentication Failed.\n", "HTTP status 401"),
    "wget -nv, refused": ("Username/Password Authentication Failed.\n", "Authentication Failed"),
    "an error of Bedrock's log": (dumps({"errorCode": "Throttling", "input": {"messages": [1]}}), "no record"),
    "mitmdump, 401": (MITMDUMP + ' << 401 Unauthorized 9b\n    date: x\n\n    {"error": {"message": "no key"}}\n', "401: no key"),
    "mitmdump, cut": (MITMDUMP + " << 200 OK (content missing)\n    date: x\n\n    content missing\n\n << peer closed\n", "peer closed"),
    "mitmdump --flow-detail 1": (MITMDUMP + "              << 200 OK 5.3k\n", "--flow-detail 4"),
    "a log of Python's client": (
        "[2031-05-04 09:00:01 - openai._base_client:519 - DEBUG] Request options: {'method': 'post'}\n"
        "Traceback (most recent call last):\nopenai.AuthenticationError: Error code: 401\n", "traceback"),
    "an error of Node": ("AuthenticationError: 401 no key\n    at APIError.generate (file:///a/error.mjs:42:20)\n", "traceback"),
    "Burp": ('<?xml version="1.0"?>\n<!DOCTYPE items [\n]>\n<items burpVersion="2031.1">\n', "Burp"),
    "hexdump": ("00000000  64 61 74 61 3a 20 7b 22  69 64 22 3a 22 63 68 61  |data: {\"id|\n", "xxd -r"),
    "wget, no host": ("wget: unable to resolve host address 'a.example'\n", "unable to resolve"),
    "curl --fail-with-body": ('{"error": {"message": "no key"}}curl: (22) returned error: 401\n', "no key"),
    "brotli": ("HTTP/1.1 200 OK\r\ncontent-encoding: br\r\n\r\n" + BROTLI, "--compressed"),
    "httpie, refused": ("\nhttp: error: ConnectionError: refused\n", "httpie"),
    "traceback": ("INFO start\nTraceback (most recent call last):\n  File a.py\nKeyError: 'a'\n", "traceback"),
    "batch": (dumps({"custom_id": "a", "result": {"type": "errored", "error": {"error": {"message": "too long"}}}}), "too long"),
    "empty cassette": ("interactions: []\nversion: 1\n", "no model's response"),
    "empty cassette of mlx-lm": ("interactions: {}\n", "no model's response"),
    "Vitest": (
        "// Vitest Snapshot v1, https://a.example\n\nexports[`a > llm 1`] = `\n" + dumps(COMPLETION, indent=2) + "\n`;\n"
        "\nexports[`a > chunks 1`] = `\n[\n  {\n    \"choices\": [],\n  },\n]\n`;\n", "snapshots",
    ),
    "lz4, old": ("\x02\x21\x4c\x18abc", "lz4 -dc"),
    "lzip": ("LZIP\x01abc", "lzip -dc"),
    "tar, old": ("a.sse" + "\0" * 95 + "0000644\0" "0001750\0" + "\0" * 400 + STREAM, "tar -xO"),
    "compress": ("\x1f\x9d\x90abc", "gzip -dc"),
    "base64": (base64.b64encode(STREAM.encode()).decode(), "base64 -d"),
    "Python dicts behind words": ("09:00 DEBUG: start\n09:01 DEBUG: receiving data: {'model': 'a'}\n", "Python dicts"),
    "Python dicts as data": ("web-1 | data: {'id': 'a'}\nweb-1 | data: {'id': 'b'}\n", "Python dicts"),
    "zeros": ("\0" * 99, "zero bytes alone"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_says_what_happened(name: str) -> None:
    text, said = FAILURES[name]
    ran = run_here(["text"], text.encode("latin-1"))
    assert (ran.code, ran.stdout) == (5, b"")
    assert said in ran.stderr
    assert "secret" not in ran.stderr
    assert len(ran.stderr.splitlines()) <= 2


def test_python_dicts_before_the_stream_of_a_log_hide_none_of_it() -> None:
    log = "09:00 DEBUG: receiving data: {'model': 'a'}\n" + "".join(
        f"09:01 DEBUG: {line}\n" for line in STREAM.splitlines() if line
    )
    ran = run_here(["text"], log.encode())
    assert (ran.code, ran.stdout.decode()) == (3, TEXT + "\n")  # the dict is reported


@pytest.mark.parametrize("body", [STREAM, sse([chunk({"content": TEXT}, "stop")]).decode()])
def test_wget_writes_its_meter_into_lines(body: str) -> None:
    pieces = body.split("\n\n")
    meter = "\n     0K .".join([pieces[0] + "\n\n", *(f"{piece}\n\n" for piece in pieces[1:])])
    end = "\n                          53.6K=0.1s\n\n2031-05-04 09:00:02 (53.6 KB/s) - written to stdout [77]\n\n"
    text = (
        SENT
        + "\n  HTTP/1.1 200 OK\n  set-cookie: secret\nLength: unspecified [text/event-stream]\nSaving to: 'STDOUT'\n"
    )
    ran = run_here(["text"], (text + meter + end).encode())
    assert (ran.code, ran.stdout.decode(), ran.stderr) == (0, TEXT + "\n", "")


SUMMARY = "\n\n2031-05-04 09:00:02 (397 MB/s) - written to stdout [1006]\n\n"


@pytest.mark.parametrize("rate", ["397M=0s", "0.00 =0s", "67.4K=1.5s"])
@pytest.mark.parametrize("status", ["200 OK\n", "200 \n"])
def test_the_end_of_wgets_meter_is_no_part_of_a_body(status: str, rate: str) -> None:
    """It follows the body in its line, where no line end closes that; a status may have no words."""
    debug = DEBUG + "---response begin---\nHTTP/1.1 200 \n\n---response end---\n" + status
    for head in (SENT + status + "Length: unspecified [text/plain]\nSaving to: 'STDOUT'\n", debug):
        for body in (json.dumps([GEMINI, GEMINI], indent=2), STREAM[:600]):
            data = (head + "\n     0K " + body + " " * 30 + rate + SUMMARY).encode()
            ran = run_here(["text"], data)
            cut = body[0] == "d"
            assert (ran.code, ran.stdout.decode()) == ((4, "The ferry \n") if cut else (0, TEXT * 2 + "\n")), ran.stderr
            assert ran.stderr.count("\n") <= 2


def test_a_dot_of_wgets_meter_in_a_record_loses_none_of_its_text() -> None:
    """It comes behind each KB, where a read from the network ended: also inside of a name or a word of JSON."""
    parts = ["The ferry", " leaves", " at nine"]
    events = [f"data: {dumps(chunk({'content': part}))}\n\n" for part in parts]
    before = SENT + "200 OK\n\n     0K ." + events[0]
    lost = set()
    for place in range(1, len(events[1])):
        body = before + events[1][:place] + "." + events[1][place:] + events[2] + "data: [DONE]\n\n"
        ran = run_here(["text"], body.encode())
        if ran.stdout.decode().replace(".", "").replace("\n", "") != "".join(parts) or "not JSON" in ran.stderr:
            lost.add(place)
    assert lost == set()


def test_a_dot_of_wgets_meter_in_a_name_is_known_by_a_record_without_dots() -> None:
    """No record of Anthropic's had a dot before, so none was remembered, and the text was lost with exit code 0."""
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": part}}
        for part in ("At", " nine", " sharp")
    ]
    values = [{"type": "message_start", "message": {"id": "m", "model": "x"}}, *deltas, {"type": "message_stop"}]
    events = [f"data: {dumps(value)}\n\n" for value in values]
    events[2] = events[2].replace('"delta"', '"del.ta"')
    ran = run_here(["text"], (SENT + "200 OK\n\n     0K ." + "".join(events)).encode())
    assert ran.stdout.decode() == "At nine sharp\n"


def test_a_dot_in_a_name_of_the_first_record_is_reported() -> None:
    """No record shows the name that it has; the text is lost, and not in silence."""
    events = [f"data: {dumps(chunk({'content': part}))}\n\n" for part in ("At", " nine")]
    events[0] = events[0].replace('"content"', '"cont.ent"')
    ran = run_here(["text"], (SENT + "200 OK\n\n     0K ." + "".join(events) + "data: [DONE]\n\n").encode())
    assert "wget -q" in ran.stderr


def test_wget_says_that_its_meter_may_be_in_the_text() -> None:
    ran = run_here(["text"], (SENT + "200 OK\n" + STREAM[:99] + "\n     0K ." + STREAM[99:]).encode())
    assert (ran.code, ran.stdout.decode()) == (0, TEXT + "\n")
    assert "record with wget -q" in ran.stderr


@pytest.mark.parametrize("name", ["key", "request"])
def test_results_of_a_batch_are_separate_responses(name: str) -> None:
    results = [
        {name: {"contents": []} if name == "request" else str(number), "response": GEMINI} for number in range(9)
    ]
    ran = run_here(["text"], jsonl(results).encode())
    assert (ran.code, ran.stdout.decode()) == (0, (TEXT + "\n") * 9)
    results[4] = {name: results[4][name], "error": {"code": 13, "message": "no luck"}}
    ran = run_here(["text"], jsonl(results).encode())
    assert (ran.code, ran.stdout.decode(), ran.stderr.count("no luck")) == (5, (TEXT + "\n") * 8, 1)


CLOSED: dict[str, Any] = {"error": {"message": "The harbour is closed.", "code": "bad"}}


@pytest.mark.parametrize("option", [[], ["--unwrap", "response.body"]])
@pytest.mark.parametrize("body", [CLOSED, {"detail": "The harbour is closed."}])
def test_a_batch_of_failed_results_reports_the_error_of_each_body(body: dict[str, Any], option: list[str]) -> None:
    failed = {"custom_id": "a", "response": {"status_code": 400, "body": body}, "error": None}
    expired = {"custom_id": "b", "response": None, "error": {"code": "late", "message": "no time left"}}
    done = {"custom_id": "c", "response": {"status_code": 200, "body": COMPLETION}, "error": None}
    for results, text in (([failed], ""), ([failed, expired], ""), ([expired, failed, done], TEXT + "\n")):
        ran = run_here(["text", *option], jsonl(results).encode())
        assert (ran.code, ran.stdout.decode()) == (5, text)
        assert ran.stderr.count("the provider sent an error: The harbour is closed.") == 1
        assert ran.stderr.count("the provider sent an error: no time left") == int(expired in results)


@pytest.mark.parametrize("line", ["DEBUG:app:{!r}", "2031-05-04 [debug] chunk raw={!r}", "{!r}", "'{}'"])
def test_a_string_of_python_keeps_the_backslashes_of_its_text(line: str) -> None:
    text = 'a\\b "c" é\nd'
    records = [json.dumps(chunk({"content": one})) for one in text] + [json.dumps(chunk({}, "stop"))]
    ran = run_here(["text"], "".join(line.format(one) + "\n" for one in records).encode())
    assert (ran.code, ran.stdout.decode()) == (0, text + "\n")


@pytest.mark.parametrize("writer", [json.dumps, "'{}'".format, "!!binary {}".format])
def test_a_cut_cassette_is_a_cut_stream(writer: Callable[[str], str]) -> None:
    binary = writer("").startswith("!")
    body = base64.b64encode(gzip.compress(STREAM.encode())).decode() if binary else STREAM
    body = body.replace("\n", "\n\n") if writer("").startswith("'") else body.replace("\n", "\n        ")
    data = f"interactions:\n- request: {{method: POST, uri: 'http://a/v1/messages'}}\n  response:\n    body: {writer(body)}"
    for at in range(120, len(data) - 30, 31):
        ran = run_here(["text"], data[:at].encode())
        assert ran.code == 4, (at, ran)
        assert TEXT.startswith(ran.stdout.decode().rstrip("\n")), (at, ran)


def trace(*bodies: str) -> bytes:
    asked = 'POST http://a/v1/chat/completions HTTP/1.1\r\nauthorization: secret\r\n\r\n{"messages": []}'
    answers = ["HTTP/2.0 200 OK\r\nset-cookie: secret\r\n\r\n" + body for body in bodies]
    pairs = [f"{len(asked)} {len(one.encode())}\n{asked}{one}" for one in answers]
    return "".join(["httprr trace v1\n", *pairs]).encode()


def test_a_trace_of_httprr_is_read_by_the_sizes_in_it() -> None:
    whole = trace(
        STREAM,
        '{"embedding": [0.1]}',
        dumps(COMPLETION),
        chunked(STREAM.encode()).decode(),
    )
    for end in (b"", b"\n"):
        assert run_here(["text"], whole + end) == (0, (3 * (TEXT + "\n")).encode(), "")
    alone = run_here(["text"], trace('{"embedding": [0.1]}'))
    assert (alone.code, "this trace holds no model's response" in alone.stderr) == (5, True)
    for at in range(20, len(trace(STREAM)), 31):
        ran = run_here(["text"], trace(STREAM)[:at])
        assert (ran.code, TEXT.startswith(ran.stdout.decode().rstrip("\n"))) == (4, True), (at, ran)
        assert "secret" not in ran.stderr


RUN = {"id": "run_1", "object": "thread.run", "thread_id": "t", "status": "in_progress", "model": "m"}
OTHERS = {  # what the interfaces of models answer that is no response of one, by method and path
    "POST /v1/threads": {"id": "t", "object": "thread", "created_at": 1, "metadata": {}},
    "POST /v1/threads/t/messages": {"object": "thread.message", "role": "user", "content": [{"type": "text"}]},
    "POST /v1/threads/t/runs": {**RUN, "status": "queued"},
    "GET /v1/threads/t/runs/run_1": RUN,
    "GET /v1/threads/t/runs": {"object": "list", "data": [RUN]},
    "POST /v1/chat/moderations": {"id": "a", "model": "m", "results": [{"categories": {"sexual": False}}]},
    "POST /v1/responses/compact": {"object": "response.compaction", "output": [{"type": "message", "role": "user"}]},
    "POST /v1/responses": {"id": "r", "object": "response", "status": "queued", "model": "m", "output": []},
    "GET /v1/responses/r": {"id": "r", "object": "response", "status": "in_progress", "model": "m", "output": []},
    "POST /v1beta/cachedContents": {"name": "cachedContents/a", "model": "models/g", "usageMetadata": {}},
    "POST /v1beta/models/g:batchGenerateContent": {"name": "batches/a", "metadata": {"state": "BATCH_STATE_PENDING"}},
    "GET /v1beta/batches/a": {"name": "batches/a", "metadata": {"state": "BATCH_STATE_RUNNING"}},
    "POST /v1beta/models/g:embedContent": {"embedding": {"values": [0.1]}, "usageMetadata": {"promptTokenCount": 1}},
    "POST /model/titan/invoke": {"embedding": [0.1], "inputTextTokenCount": 1},
    "POST /model/cohere/invoke": {"id": "a", "embeddings": {"float": [[0.1]]}, "response_type": "embeddings_by_type"},
    "POST /mcp": 'event: message\r\ndata: {"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a"}]}}\r\n\r\n',
    "POST /mcp/call": ': ping\n\nevent: message\ndata: {"jsonrpc":"2.0","method":"notifications/message"}\n\n'
    'data: {"jsonrpc":"2.0","id":2,"result":{"content":[{"type":"text","text":"Nine."}]}}\n\n',
    "GET /a.mp4": "\0\0\0\x18ftypmp42\0\0\0\0",
    "POST /agent_listener/invoke_raw_method": {"return_value": None},
}


@pytest.mark.parametrize("body", [STREAM, COMPLETION], ids=["stream", "whole"])
def test_other_answers_between_the_responses_of_a_cassette_are_no_faults(body: Any) -> None:
    def interaction(asked: str, body: Any) -> dict[str, Any]:
        method, _, path = asked.partition(" ")
        return {"request": {"method": method, "uri": "http://a" + path}, "response": {"status": 200, "body": body}}

    others = [interaction(*one) for one in OTHERS.items()]
    data = {"interactions": [*others, interaction("POST /any", body), *others]}
    assert run_here(["text"], dumps(data).encode()) == (0, (TEXT + "\n").encode(), "")
    for one in others:
        ran = run_here(["text"], dumps({"interactions": [one]}).encode())
        assert (ran.code, "no model's response" in ran.stderr) == (5, True), (one, ran)
    task = '{"jsonrpc": "2.0", "id": 1, "result": {"kind": "status-update", "contextId": "c", "status": {}}}'
    ran = run_here(["text"], dumps({"interactions": [interaction("POST /agent", f"data: {task}\n\n")]}).encode())
    assert "a stream of A2A" in ran.stderr


@pytest.mark.parametrize(("method", "code"), [("GET", 0), ("POST", 5)])
def test_costs_that_a_server_does_not_know_yet_are_no_failed_call(method: str, code: int) -> None:
    """Clients of OpenRouter ask for the costs of an answer by its id."""
    error = {"error": {"message": "Generation gen-1 not found", "code": 404}}
    costs = {"request": {"method": method, "uri": "http://a/api/v1/generation?id=gen-1"}}
    answered = {"request": {"method": "POST", "uri": "http://a/api/v1/chat/completions"}}
    interactions = [
        {**answered, "response": {"status": 200, "body": COMPLETION}},
        {**costs, "response": {"status": 404, "body": error}},
    ]
    ran = run_here(["text"], dumps({"interactions": interactions}).encode())
    assert (ran.code, ran.stdout) == (code, (TEXT + "\n").encode())
    assert ("Generation gen-1 not found" in ran.stderr) == (code == 5)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "around", [lambda calls: {"entries": calls, "meta": {"version": 1}}, list], ids=["member", "list"]
)
def test_each_exchange_of_a_recorder_is_a_source(around: Callable[[list[Any]], Any], indent: int | None) -> None:
    """Bodies of several kinds stand beside each other in the cassettes of Braintrust's recorder."""
    bodies: list[dict[str, Any]] = [
        {"kind": "json", "value": COMPLETION},
        {"kind": "sse", "chunks": STREAM.split("\n\n")[:-1]},
        {"kind": "text", "value": "\n".join(RECORDS)},
        {"kind": "base64", "value": base64.b64encode(STREAM.encode()).decode(), "contentType": "text/event-stream"},
        {"kind": "empty"},
        {"kind": "binary", "path": "a.blobs/b.bin", "sha256": "c", "contentType": "application/json"},
    ]
    calls = [har_like({"body": body, "status": 200}) for body in bodies]
    ran = run_here(["text"], dumps(around(calls), indent=indent).encode())
    assert (ran.code, ran.stdout.decode()) == (0, (TEXT + "\n") * 4), ran.stderr
    assert ran.stderr == "unspool: standard input: 1 of the responses in it is " + (
        "without its body: export with response bodies, or name the files that hold them\n"
    )
    failed = har_like({"body": {"kind": "text", "value": "<p>Bad gateway</p>"}, "status": 502})
    ran = run_here(["text"], dumps(around([calls[0], failed, calls[1]]), indent=indent).encode())
    assert (ran.code, ran.stdout.decode()) == (5, (TEXT + "\n") * 2)
    assert ran.stderr == "unspool: standard input#2 (POST /v1/chat/completions): HTTP status 502; " + (
        "the request failed, so there is no stream\n"
    )


def test_a_list_of_exchanges_is_found_however_its_bytes_arrive() -> None:
    data = dumps({"name": "a", "entries": [har_like({"status": 200, "body": STREAM})]}, indent=2).encode()
    assert read([data[at : at + 1] for at in range(len(data))]) == read([data])


def test_a_response_beside_a_request_may_be_the_body() -> None:
    calls = [har_like(MESSAGE), har_like(COMPLETION)]
    ran = run_here(["text"], dumps(calls).encode())
    assert (ran.code, ran.stdout.decode()) == (0, (TEXT + "\n") * 2), ran.stderr


@pytest.mark.parametrize("broken", ['{"id": "c", "choices": [{"index"', '"delta": {"content": "x"}}]}'])
def test_a_broken_record_behind_a_banner_is_reported_r10(broken: str) -> None:
    ran = run_here(["text"], "\n".join(["ready", *RECORDS[:1], broken, *RECORDS[1:], ""]).encode())
    assert (ran.code, ran.stdout.decode()) == (3, TEXT + "\n")
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "text",
    [
        (": WAITING FOR A BOAT\n\n" + STREAM).encode(),
        ("\ufeff" + STREAM).encode(),
        STREAM.encode("utf-16"),
        STREAM.encode("utf-16-be"),
        "".join(f"2031-05-04 09:00:01 INFO Fähre: {one}\n" for one in RECORDS).encode(),
        CASSETTES["a parsed body"].encode(),
    ],
    ids=["a comment", "a mark", "UTF-16", "UTF-16 without a mark", "a log", "YAML"],
)
def test_deflate_is_read_whatever_its_text_begins_with(text: bytes) -> None:
    for level in (0, 1, 9):
        maker = zlib.compressobj(level, wbits=-15)
        data = maker.compress(text) + maker.flush()
        ran = run_here(["text"], data)
        assert (ran.code, ran.stdout.decode()) == (0, TEXT + "\n"), ran.stderr
        pieces = [data[at : at + 7] for at in range(0, len(data), 7)]
        assert read(pieces) == read([data])


@pytest.mark.parametrize("encoding", ["latin-1", "shift_jis", "koi8-r", "euc-kr", "utf-8"])
def test_text_in_another_encoding_is_no_deflate(encoding: str) -> None:
    words = {
        "latin-1": "Fährmann Fluß",
        "shift_jis": "料金は 無料です",
        "koi8-r": "Паром отходит",
        "euc-kr": "여덟시에 출발",
    }
    text = (words.get(encoding, "Fähre 料金") + " ").encode(encoding) * 9
    assert not any(detect_deflate(text[at:end], True, Asked()) for at in range(40) for end in range(at + 1, len(text)))


def test_binary_data_are_no_deflate() -> None:
    random = Random(8)
    for _ in range(20_000):
        assert not detect_deflate(random.randbytes(random.choice([3, 20, 70, 600])), True, Asked())


def test_deflate_that_is_cut_gives_what_there_is() -> None:
    data = zlib.compress((STREAM * 9).encode(), wbits=-15)
    for end in range(60, len(data) - 1, 3):
        ran = run_here(["text"], data[:end])
        said = ran.stdout.decode().rstrip("\n")
        assert (ran.code, ((TEXT + "\n") * 9).startswith(said)) == (4, True), (end, ran)


def test_nothing_at_all_is_said_to_be_nothing() -> None:
    ran = run_here(["text"], b"HTTP/1.1 204 No Content\r\n\r\n")
    assert (ran.code, ran.stdout, len(ran.stderr.splitlines())) == (4, b"", 1)


@pytest.mark.parametrize("size", [60, 100, 333])
@pytest.mark.parametrize(
    "around",
    [
        lambda line: line,
        lambda line: f"{at(1)} DEBUG app: {line}",
        lambda line: dumps({"level": "debug", "raw": line}),
    ],
)
@pytest.mark.parametrize("items", [RECORDS, DATA, [json.dumps(one) for one in ANTHROPIC]])
def test_the_pieces_of_dockers_lines_are_joined(items: list[str], around: Callable[[str], str], size: int) -> None:
    """Docker's file divides the lines of a program after 16 KiB; the first piece shows no record."""
    whole = [around(item) + "\n" for item in items]
    pieces = [line[start : start + size] for line in whole for start in range(0, len(line), size)]
    data = "".join(dumps({"log": piece, "stream": "stdout", "time": at(1)}) + "\n" for piece in pieces)
    ran = run_here(["text"], data.encode())
    assert (ran.code, ran.stdout.decode()) == (0, TEXT + "\n"), ran.stderr


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_body_of_nock_in_one_hexadecimal_string_is_read(pack: Callable[[bytes], bytes]) -> None:
    recorded = {"scope": "http://a:80", "method": "POST", "path": "/v1/chat/completions", "status": 200}
    response = pack(STREAM.encode()).hex()
    ran = run_here(["text"], dumps([{**recorded, "response": response, "responseIsBinary": True}]).encode())
    assert (ran.code, ran.stdout.decode()) == (0, TEXT + "\n"), ran.stderr


@pytest.mark.parametrize("command", ["text", "rewrite"])
def test_coloured_lines_in_the_journal_are_read(command: str) -> None:
    """Its JSON holds a line with an escape character as a list of bytes."""
    coloured = [f"\x1b[32m{line}\x1b[0m" for line in DATA]
    ran = run_here([command], jsonl([{"_PID": "1", "MESSAGE": list(one.encode())} for one in coloured]).encode())
    if command == "rewrite":
        assert b"send_message" not in ran.stdout
        ran = run_here(["text"], ran.stdout)
    assert (ran.code, ran.stdout.decode()) == (0, TEXT + "\n"), ran.stderr


@pytest.mark.parametrize("numbers", [[72, 1.5], [72, "105"], [72, None], [-1, 300], [True, 72]])
def test_a_line_of_the_journal_with_what_is_no_byte_is_a_line_without_a_record(numbers: list[Any]) -> None:
    messages: list[list[Any]] = [list(line.encode()) for line in DATA]
    messages.insert(1, numbers)
    data = jsonl([{"_PID": "1", "MESSAGE": one} for one in messages])
    ran = run_here(["text"], data.encode())
    assert (ran.code, ran.stdout.decode()) == (0, TEXT + "\n"), ran.stderr


@pytest.mark.parametrize("stream", [STREAM, EVENTS])
def test_a_line_of_curl_anywhere_in_the_body_is_cut_out(stream: str) -> None:
    """Curl flushes a body by blocks, so that its own lines are in the middle of a field's name, too."""
    head = "*   Trying 127.0.0.1:8080...\n< HTTP/1.1 200 \r\n< \r\n"
    meter = "\r100  7806    0  7723  100    83  57442    617 --:--:-- --:--:-- --:--:-- 58253\n"
    for own in ("* Connection #0 to host a left intact\n", meter + "* Connection #0 to host a left intact\n"):
        for place in range(1, len(stream), 7):
            ran = run_here(["text"], (head + stream[:place] + own + stream[place:]).encode())
            assert (ran.code, ran.stdout.decode()) == (0, TEXT + "\n"), (place, ran.stderr)


def test_an_empty_answer_before_another_head_is_no_stream() -> None:
    """`wget -S --save-headers` writes a head twice."""
    head = "HTTP/1.1 200 OK\r\nserver: a\r\n\r\n"
    data = "--2031-05-04 09:00:01--  http://a\nHTTP request sent, awaiting response... \n  HTTP/1.1 200 OK\n\n" + head
    ran = run_here(["text"], (data + STREAM).encode())
    assert (ran.code, ran.stdout.decode(), ran.stderr) == (0, TEXT + "\n", "")


@pytest.mark.parametrize("value", [GEMINI, [GEMINI], [GEMINI, GEMINI], COMPLETION])
def test_curl_writes_into_the_lines_of_an_indented_answer(value: Any) -> None:
    """Its meter before the first bracket, and its words behind the last, with another call behind them."""
    heading = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    meter = heading + "\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"
    text = TEXT * (len(value) if isinstance(value, list) else 1)
    ran = run_here(["text"], (meter + json.dumps(value, indent=2)).encode())
    assert (ran.code, ran.stdout.decode()) == (0, text + "\n")
    head = "*   Trying 10.0.0.1:80...\n> POST /v1 HTTP/1.1\n> \n< HTTP/1.1 200 OK\n< \n"
    end = "* Connection #0 to host a left intact\n"
    ran = run_here(["text"], (head + json.dumps(value, indent=2) + end + head[26:] + STREAM + end).encode())
    assert (ran.code, ran.stdout.decode()) == (0, f"{text}\n{TEXT}\n")


def test_a_body_that_is_cut_before_another_call_of_curl_stays_apart() -> None:
    head = "* Connected to a (10.0.0.1) port 80\n> POST /v1 HTTP/1.1\n> \n< HTTP/1.1 200 OK\n< \n"
    data = (head + STREAM[:600] + "* Connection #0 to host a left intact\n" + head + STREAM).encode()
    ran = run_here(["text"], data)
    assert (ran.code, ran.stdout.decode()) == (4, f"The ferry \n{TEXT}\n")
    assert run_here(["text", "--only", "2"], data) == (0, f"{TEXT}\n".encode(), "")


@pytest.mark.parametrize("size", range(1, 150, 7))
def test_a_head_behind_a_body_that_is_cut_begins_the_next_one(size: int) -> None:
    head = "HTTP/1.1 200 \r\ncontent-type: text/event-stream\r\n\r\n"
    data = (head + STREAM[:600] + head + STREAM).encode()
    for piece in (size, len(data)):
        blocks = [data[at : at + piece] for at in range(0, len(data), piece)]
        assert [body for _, body in read(blocks)[0]] == [STREAM[:600].encode(), STREAM.encode()]
    ran = run_here(["text"], data)
    assert (ran.code, ran.stdout.decode()) == (4, f"The ferry \n{TEXT}\n")


@pytest.mark.parametrize(
    "text", ["HTTP/1.1 200 OK\r\nServer: a\r\n\r\n", "} HTTP/1.1 404 \n", "GET / HTTP/1.1\r\n", "A HTTP/2 500 and"]
)
def test_a_head_in_the_text_of_a_body_begins_none_wherever_a_block_is_cut(text: str) -> None:
    record = sse([chunk({"content": text}), chunk({}, "stop")])
    data = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + record
    for place in range(1, len(data)):
        assert b"".join(body for _, body in read([data[:place], data[place:]])[0]) == record, place
    assert b"".join(body for _, body in read([data[at : at + 1] for at in range(len(data))])[0]) == record


def test_a_meter_before_the_first_record_of_a_log_is_no_name() -> None:
    """Behind a digit, too, `data:` is the field of a record."""
    first, *others = DATA
    ran = run_here(["text"], lines("@ INFO ", ["  0     0  7723" + first, *others]).encode())
    assert (ran.code, ran.stdout.decode()) == (0, TEXT + "\n"), ran.stderr
