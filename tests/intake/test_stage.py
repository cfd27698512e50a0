"""What a source begins with is looked at once, and no further than needed."""

import gzip
import json
import struct
import subprocess
import sys
from binascii import crc32
from collections.abc import Callable

import pytest
from tests.support import message_call, run_here, sse

from unspool.intake.asked import Asked
from unspool.intake.first_layers import FIRST_LAYERS
from unspool.intake.json_layers import JSON_LAYERS, OBJECT
from unspool.intake.layers import LAYERS
from unspool.intake.stage import Stage


@pytest.mark.parametrize("line", [b"\n", b"\r\n", b" \n", b":\n", b"# \n", b"---\n"])
def test_lines_without_content_are_read_once(line: bytes) -> None:
    """A repeated blank line inside a repetition took a pattern a time that grows with the square of the lines."""
    assert run_here(["text"], line * 20_000).code in (3, 4, 5)


@pytest.mark.parametrize("line", ['f:{"messageId":"m"}', '0:"Hi"', '2:[{"a":1}]', '3:"no"', '8:[{"pier":4}]'])
def test_a_data_stream_is_not_held_back_until_it_ends(line: str) -> None:
    """Lines without a record that is known looked like those of a log, behind which one may come."""
    stage = Stage(Asked())
    assert (
        b"".join(item for item in stage.feed(f"{line}\n".encode()) if isinstance(item, bytes)) == f"{line}\n".encode()
    )


def test_binary_messages_are_plain_once_their_first_lengths_have_come() -> None:
    """The layers of logs were looked for in all of the first 64 KiB, which took 0.4 s."""
    lengths = struct.pack(">II", 99, 9)
    prelude = lengths + struct.pack(">I", crc32(lengths))
    stage = Stage(Asked())
    assert [list(stage.feed(prelude[at : at + 1])) for at in range(12)] == [[]] * 11 + [[prelude]]


def test_numbers_of_grep_before_records_are_removed() -> None:
    lines = [f"{place}:{json.dumps(one)}\n" for place, one in enumerate(message_call(['{"message":"Hi"}']), 1)]
    assert run_here(["text"], "".join(lines).encode()).stdout == b"Hi\n"


JSON_HEADS = [
    b'{"a": 1}\n',
    b'{"a',
    b'{\n "a": {',
    b'[{"a": "HTTP/1.1 200 OK"}]',
    b'[\n  {"data": "data: {}"},\n{"b',
    b' {"level": "INFO"} x\n',
]


@pytest.mark.parametrize("head", JSON_HEADS)
@pytest.mark.parametrize("ended", [False, True])
def test_what_begins_with_an_object_is_for_the_layers_of_json_alone(head: bytes, ended: bool) -> None:
    assert OBJECT.match(head)
    layers = (*FIRST_LAYERS, *LAYERS)
    for detect in layers:
        assert detect in JSON_LAYERS or detect(head, ended, Asked()) is False, detect.__module__
    assert [detect for detect in layers if detect in JSON_LAYERS] == list(JSON_LAYERS)


SPLIT = """
import sys
from unspool.intake.asked import Asked
from unspool.intake.stage import Stage
stage = Stage(Asked())
print(b"".join(item for item in stage.feed(sys.stdin.buffer.read()) if isinstance(item, bytes)) != b"")
print("unspool.intake.layers" in sys.modules)
"""


@pytest.mark.parametrize(
    "around",
    [
        gzip.compress,
        lambda data: b"\xff\xfe" + data.decode().encode("utf-16-le"),
        lambda data: b"HTTP/1.1 200 OK\r\n\r\n" + data,
    ],
    ids=["gzip", "UTF-16", "HTTP"],
)
def test_what_the_first_bytes_show_imports_no_other_layers(around: Callable[[bytes], bytes]) -> None:
    """They take 20 ms, a third of a start."""
    command = [sys.executable, "-c", SPLIT]
    ran = subprocess.run(
        command, input=around(sse(message_call(['{"message":"Hi"}']))), capture_output=True, check=True
    )
    assert ran.stdout.split() == [b"True", b"False"]
