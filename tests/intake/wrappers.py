"""What is around streams on disk, as one table: what each layer can hold, and what the result is.

Pairs that make no sense are excluded by these two, and by no list.
"""

import base64
import bz2
import gzip
import json
import lzma
import zlib
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Any, NamedTuple

from tests.intake.test_layers import cast, chunked, frames, http, utf16, wget
from tests.intake.test_pairs import cri, stamp


class Content(IntEnum):
    """What a layer can hold; each kind holds those before it."""

    RECORDS = 1  # each line is a JSON object, or belongs to an event with one in its data
    EVENTS = 2  # lines, of which blank ones may be left out
    LINES = 3  # lines with the blank ones between them
    DOCUMENT = 4  # text that is read as a whole
    BYTES = 5  # what is compressed, or counts its bytes


class Wrapper(NamedTuple):
    """A layer around a stream."""

    wrap: Callable[[bytes], bytes]
    holds: Content
    gives: Content | None = None
    """None: what is in it."""


class Wrapped(NamedTuple):
    """A stream in layers, and what it is then."""

    data: bytes
    content: Content


BYTES, DOCUMENT, LINES, EVENTS, RECORDS = reversed(Content)
URL = "http://a/v1/chat/completions"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
ASKED = b'{"model": "m", "messages": [{"role": "user", "content": "data: {"}]}'


def two_members(body: bytes) -> bytes:
    return gzip.compress(body[: len(body) // 2]) + gzip.compress(body[len(body) // 2 :])


def httpie(body: bytes) -> bytes:
    return b"POST /v1 HTTP/1.1\r\nHost: a\r\n\r\n" + ASKED + b"\r\n\r\n" + HEAD + body


def curl_verbose(body: bytes) -> bytes:
    head = b"*   Trying 127.0.0.1:80...\n> POST /v1 HTTP/1.1\r\n> Host: a\r\n> \r\n< HTTP/1.1 200 OK\r\n< \r\n"
    return head + body + b"* Connection #0 to host a left intact\n"


def meter(body: bytes) -> bytes:
    head = b"  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    head += b"                                 Dload  Upload   Total   Spent    Left  Speed\n"
    return head + b"\r100  7723    0  7723    0     0   7723      0 --:--:--  0:00:01 --:--:--  7723" + body


def mitmdump(body: bytes) -> bytes:
    head = (
        b"127.0.0.1:5000: POST " + URL.encode() + b" HTTP/1.1\n    Host: a\n\n    {\n    }\n\n << HTTP/1.1 200 OK 1k\n"
    )
    return head + b"    a: b\n\n" + b"".join(b"    " + line + b"\n" for line in body.splitlines()) + b"\n"


def har(content: Callable[[bytes], dict[str, Any]]) -> Callable[[bytes], bytes]:
    def wrap(body: bytes) -> bytes:
        entry = {
            "startedDateTime": "2031-05-04T03:02:01Z",
            "request": {"method": "POST", "url": URL},
            "response": {"status": 200, "content": {"size": 1, "mimeType": "text/event-stream", **content(body)}},
        }
        return json.dumps({"log": {"version": "1.2", "creator": {"name": "F"}, "entries": [entry]}}).encode()

    return wrap


def encoded(body: bytes) -> str:
    return base64.b64encode(body).decode()


def polly(body: bytes) -> dict[str, Any]:
    return {"encoding": "base64", "text": json.dumps([encoded(body[at : at + 60]) for at in range(0, len(body), 60)])}


def nock(body: bytes) -> bytes:
    pieces = [body[at : at + 64].hex() for at in range(0, len(body), 64)]
    scope = {"scope": "http://a:80", "method": "POST", "path": "/v1/chat/completions", "body": {}, "status": 200}
    return json.dumps([{**scope, "response": pieces, "rawHeaders": [], "responseIsBinary": False}]).encode()


def json_cassette(body: Callable[[bytes], dict[str, str]]) -> Callable[[bytes], bytes]:
    def wrap(data: bytes) -> bytes:
        response = {"status": {"code": 200, "message": "OK"}, "body": body(data)}
        return json.dumps(
            {"version": 1, "interactions": [{"request": {"method": "POST", "uri": URL}, "response": response}]}
        ).encode()

    return wrap


def yaml_cassette(text: str) -> bytes:
    head = f"interactions:\n- request:\n    method: POST\n    uri: {URL}\n  response:\n    body:\n      string: "
    return f"{head}{text}\n    status: {{code: 200, message: OK}}\nversion: 1\n".encode()


def yaml_binary(body: bytes) -> bytes:
    lines = base64.encodebytes(body).decode().splitlines()
    return yaml_cassette("!!binary |\n" + "\n".join(f"        {line}" for line in lines))


def lines_of(body: bytes) -> list[str]:
    return body.decode().removesuffix("\n").split("\n")


def each_line(form: Callable[[int, str], str], blank: bool = True) -> Callable[[bytes], bytes]:
    """A log of lines; without ``blank`` the blank ones are not logged."""
    return lambda body: "".join(
        form(number, line) + "\n" for number, line in enumerate(lines_of(body)) if blank or line.strip()
    ).encode()


def records_of(body: bytes) -> Iterator[Any]:
    for line in lines_of(body):
        text = line.removeprefix("data:").lstrip()
        if text.startswith("{"):
            yield json.loads(text)


def each_record(form: Callable[[Any], Any]) -> Callable[[bytes], bytes]:
    return lambda body: b"".join(json.dumps(form(one)).encode() + b"\n" for one in records_of(body))


def loki(body: bytes) -> bytes:
    values = [[str(19_000_000_000 + number), line] for number, line in enumerate(lines_of(body)) if line]
    result = [{"stream": {"app": "a"}, "values": values}]
    return json.dumps({"status": "success", "data": {"resultType": "streams", "result": result}}).encode() + b"\n"


def cloudwatch(body: bytes) -> bytes:
    events = [{"timestamp": 19 + number, "message": line} for number, line in enumerate(lines_of(body)) if line]
    return json.dumps({"events": events, "searchedLogStreams": []}, indent=4).encode()


def csv(body: bytes) -> bytes:
    rows = ['09:00,"{}"\n'.format(line.replace('"', '""')) for line in lines_of(body) if line]
    return ("time,line\n" + "".join(rows)).encode()


dumps = json.dumps
WRAPPERS = {
    "gzip": Wrapper(gzip.compress, BYTES, BYTES),
    "gzip, two members": Wrapper(two_members, BYTES, BYTES),
    "zlib": Wrapper(zlib.compress, BYTES, BYTES),
    "bzip2": Wrapper(bz2.compress, BYTES, BYTES),
    "xz": Wrapper(lzma.compress, BYTES, BYTES),
    "lzma": Wrapper(lambda body: lzma.compress(body, format=lzma.FORMAT_ALONE), BYTES, BYTES),
    "chunk sizes": Wrapper(chunked, BYTES, BYTES),
    "docker frames": Wrapper(frames, LINES, BYTES),
    "HTTP": Wrapper(http, BYTES, LINES),
    "HTTP/2": Wrapper(lambda body: b"HTTP/2 200 \r\na: b\r\n\r\n" + body, BYTES, LINES),
    "httpie": Wrapper(httpie, BYTES, DOCUMENT),  # the request is known as such by the line before it
    "curl -v": Wrapper(curl_verbose, LINES, LINES),
    "curl's meter": Wrapper(meter, LINES, LINES),
    "wget": Wrapper(wget, RECORDS, DOCUMENT),
    "mitmdump": Wrapper(mitmdump, LINES, DOCUMENT),
    "HAR, base64": Wrapper(har(lambda body: {"encoding": "base64", "text": encoded(body)}), BYTES, DOCUMENT),
    "HAR, text": Wrapper(har(lambda body: {"text": body.decode()}), DOCUMENT, DOCUMENT),
    "Polly": Wrapper(har(polly), BYTES, DOCUMENT),
    "nock, hex": Wrapper(nock, BYTES, DOCUMENT),
    "VCR, base64": Wrapper(json_cassette(lambda body: {"base64_string": encoded(body)}), BYTES, DOCUMENT),
    "VCR, text": Wrapper(json_cassette(lambda body: {"string": body.decode()}), DOCUMENT, DOCUMENT),
    "VCR, YAML text": Wrapper(lambda body: yaml_cassette(dumps(body.decode(), ensure_ascii=False)), DOCUMENT, DOCUMENT),
    "VCR, YAML binary": Wrapper(yaml_binary, BYTES, DOCUMENT),
    "UTF-8 mark": Wrapper(lambda body: b"\xef\xbb\xbf" + body, DOCUMENT),
    "UTF-16LE": Wrapper(utf16, DOCUMENT, BYTES),
    "UTF-16BE": Wrapper(lambda body: ("\ufeff" + body.decode()).encode("utf-16-be"), DOCUMENT, BYTES),
    "UTF-32LE": Wrapper(lambda body: ("\ufeff" + body.decode()).encode("utf-32-le"), DOCUMENT, BYTES),
    "Windows": Wrapper(lambda body: body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), DOCUMENT),
    "terminal": Wrapper(cast, LINES, DOCUMENT),
    "python": Wrapper(each_line(lambda _, line: f"2031-05-04 03:02:01 INFO app: {line}", False), LINES, EVENTS),
    "python, all lines": Wrapper(each_line(lambda _, line: f"2031-05-04 03:02:01 INFO app: {line}"), LINES, LINES),
    "compose": Wrapper(each_line(lambda _, line: f"web-1  | {line}"), LINES, LINES),
    "kubectl": Wrapper(each_line(lambda number, line: f"{stamp(number)} {line}"), LINES, LINES),
    "cri": Wrapper(each_line(cri), LINES, LINES),
    "journal": Wrapper(each_line(lambda _, line: f"May 04 09:00:01 host app[4711]: {line}", False), LINES, EVENTS),
    "docker": Wrapper(
        each_line(lambda number, line: dumps({"log": line + "\n", "stream": "stdout", "time": stamp(number)})),
        LINES,
        RECORDS,
    ),
    "string": Wrapper(each_line(lambda number, line: dumps({"ts": number, "msg": line}), False), EVENTS, RECORDS),
    "journald": Wrapper(
        each_line(lambda _, line: dumps({"__REALTIME_TIMESTAMP": "19", "MESSAGE": line, "_PID": "7"}), False),
        EVENTS,
        RECORDS,
    ),
    "cloudwatch": Wrapper(cloudwatch, EVENTS, DOCUMENT),
    "loki": Wrapper(loki, EVENTS, DOCUMENT),
    "csv": Wrapper(csv, EVENTS, DOCUMENT),
    "logfmt": Wrapper(each_line(lambda _, line: f"level=debug msg={dumps(line)} n=1", False), RECORDS, EVENTS),
    "bytes": Wrapper(each_line(lambda _, line: f"DEBUG:app:{line.encode()!r}", False), RECORDS, EVENTS),
    "object": Wrapper(each_record(lambda one: {"ts": 1, "chunk": one}), RECORDS, RECORDS),
    "object, nested": Wrapper(each_record(lambda one: {"time": "2031", "fields": {"event": one}}), RECORDS, RECORDS),
    "object, string": Wrapper(each_record(lambda one: {"ts": 1, "raw": dumps(one)}), RECORDS, RECORDS),
}


def wrapped(stream: Wrapped, *names: str) -> Wrapped | None:
    """The stream in these layers, the innermost first; None where one of them cannot hold what it would get."""
    for name in names:
        wrapper = WRAPPERS[name]
        if stream.content > wrapper.holds:
            return None
        gives = stream.content if wrapper.gives is None else wrapper.gives
        keeps = wrapper.holds is BYTES and wrapper.gives is LINES  # a head of HTTP: the body is what it was
        stream = Wrapped(wrapper.wrap(stream.data), max(gives, stream.content) if keeps else gives)
    return stream
