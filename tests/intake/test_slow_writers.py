"""Every text leaves before the next record is written, in each layer that can know it: one record at a time."""

import io
import itertools
import subprocess
import zlib
from collections.abc import Callable

import pytest
from tests.intake.test_layers import frames, wget
from tests.intake.test_pairs import COLLECTORS, PROGRAMS, kind
from tests.support import UNSPOOL, chunk, jsonl, sse

from unspool.commands.app import main
from unspool.environment import Environment

WORDS = ["The ", "ferry ", "leaves ", "at ", "nine."]
TEXT = "".join(WORDS)
CHUNKS = [chunk({"role": "assistant"}), *(chunk({"content": word}) for word in WORDS), chunk({}, "stop")]
START = {"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "content": []}}
DELTAS = [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}} for word in WORDS]
EVENTS = [START, *DELTAS, {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"}]
STREAMS = {
    "chat lines": [jsonl([one]) for one in CHUNKS],
    "chat events": [sse([one], False) for one in CHUNKS],
    "anthropic lines": [jsonl([one]) for one in EVENTS],
    "anthropic events": [b"event: " + kind(one) + b"\n" + sse([one], False) for one in EVENTS],
}
Units = list[bytes]
"""What a writer writes at a time: first what precedes the records, then one record each."""


def flushed(units: Units) -> Units:
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    members = [compressor.compress(one) + compressor.flush(zlib.Z_SYNC_FLUSH) for one in units]
    return [*members[:-1], members[-1] + compressor.flush()]


def chunked(units: Units) -> Units:
    return [b"%x\r\n%b\r\n" % (len(one), one) if one else b"" for one in units]


def first(data: bytes) -> Callable[[Units], Units]:
    return lambda units: [data, *units[1:]]


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
VERBOSE = b"*   Trying 192.0.2.1:443...\n* Connected\n> POST /v1 HTTP/1.1\n> Host: a\n>\n< HTTP/1.1 200 OK\n<\n"
METER = (
    b"  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    b"                                 Dload  Upload   Total   Spent    Left  Speed\n"
    b"\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"
)


def cast(units: Units) -> Units:
    return [b'{"version": 2, "width": 80, "height": 24}\n', *(jsonl([[0.1, "o", one.decode()]]) for one in units[1:])]


LAYERS: dict[str, Callable[[Units], Units]] = {
    "none": lambda units: units,
    "gzip": flushed,
    "http": first(HEAD),
    "chunk sizes": chunked,
    "http, chunk sizes, gzip": lambda units: [HEAD, *chunked(flushed(units[1:]))],
    "curl -v": first(VERBOSE),
    "progress meter": first(METER),
    "utf-16": lambda units: [b"\xff\xfe", *(one.decode().encode("utf-16-le") for one in units[1:])],
    "wget": first(wget(b"")),
    "zeros": first(b"\0" * 100),
    "file name": first(b"==> a.log <==\n"),
    "banner": first(b"Starting\nlistening on 80\n"),
    "docker frames": lambda units: [frames(one) for one in units],
    "terminal": cast,
}
WHOLE = {"loki", "cloudwatch", "insights", "subscription", "gcp", "datadog, list", "elastic, search"}
"""Answers of an interface, each one JSON document: its records are read when it is whole."""


def logged(collector: str, program: str) -> Callable[[Units], Units]:
    """The growth of a log with each record."""

    def grown(units: Units) -> Units:
        sizes: list[int] = []
        data = b""
        for number in range(len(units)):
            lines = COLLECTORS[collector](PROGRAMS[program](b"".join(units[: number + 1]).decode().split("\n")[:-1]))
            assert "".join(line + "\n" for line in lines).encode().startswith(data)
            data = "".join(line + "\n" for line in lines).encode()
            sizes.append(len(data))
        return [data[start:end] for start, end in zip([0, *sizes], sizes, strict=False)]

    return grown


class Writer(io.BytesIO):
    """A standard input that gives one unit at a time, and notes what was shown before each."""

    def __init__(self, units: Units, stdout: io.BytesIO) -> None:
        super().__init__()
        self._units = [one for one in units if one]
        self._stdout = stdout
        self.shown: list[str] = []

    def read(self, size: int | None = -1) -> bytes:
        self.shown.append(self._stdout.getvalue().decode().rstrip("\n"))
        return self._units.pop(0) if self._units else b""

    read1 = read


def check(wrap: Callable[[Units], Units], stream: str) -> None:
    stdout, stderr = io.BytesIO(), io.StringIO()
    units = [b"", *STREAMS[stream]]
    stdin = Writer(wrap(units), stdout)
    code = main(["text"], Environment(stdin, stdout, stderr))
    assert (code, stdout.getvalue().decode()) == (0, TEXT + "\n"), stderr.getvalue()
    ends = len(STREAMS[stream]) - len(WORDS) - 1  # units behind the last word, without the first record
    shown = stdin.shown[-len(WORDS) - ends - 1 :][1 : len(WORDS) + 1]
    assert shown == list(itertools.accumulate(WORDS))


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("layer", LAYERS)
def test_each_text_leaves_before_the_next_record(layer: str, stream: str) -> None:
    check(LAYERS[layer], stream)


@pytest.mark.parametrize("collector", sorted(COLLECTORS.keys() - WHOLE))
def test_each_text_leaves_a_log_before_the_next_record(collector: str) -> None:
    for program, stream in zip(PROGRAMS, itertools.cycle(STREAMS), strict=False):
        check(logged(collector, program), stream)


@pytest.mark.parametrize("layer", ["none", "gzip", "http, chunk sizes, gzip", "curl -v", "terminal"])
def test_a_pipe_gives_each_text_before_the_next_is_written(layer: str) -> None:
    units = LAYERS[layer]([b"", *STREAMS["chat events"]])
    command = [str(UNSPOOL), "text"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        words = ["", "", *WORDS, ""]
        for unit, word in zip(units, words, strict=True):
            process.stdin.write(unit)
            shown = b""
            while len(shown) < len(word):  # waits for ever where it comes later
                shown += process.stdout.read(len(word) - len(shown))
            assert shown.decode() == word
        process.stdin.close()
        assert process.stdout.read() == b"\n"
