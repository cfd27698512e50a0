"""How the bytes are cut does not decide which layer is taken: whole and in pieces a source gives the same."""

import io
import json

import pytest
from tests.support import Ran, chunk, jsonl, message_call, run_here

from unspool.commands.app import main
from unspool.environment import Environment

SIZES = (1, 7, 36, 53, 90, 300)
PLAIN = jsonl(message_call(['{"message":"The ferry ', 'leaves at nine."}']))
CRLF = PLAIN.replace(b"\n", b"\r\n")
NUMBERED = b"".join(b"%d\n" % number for number in range(1, 40))
EARLY = {"runs": [{"output": {"toolCalls": []}}], "steps": [{"raw_response": PLAIN.decode()}]}
"""A document in which another path seems right until the last member has come."""

SOURCES = {
    "UTF-8 behind UTF-16": PLAIN.decode().encode("utf-16") + PLAIN,
    "UTF-8 with a mark behind UTF-16": ("\ufeff" + PLAIN.decode()).encode("utf-16-be") + b"\xef\xbb\xbf" + PLAIN,
    "mark and returns": b"\xef\xbb\xbf" + CRLF,
    "mark": b"\xef\xbb\xbf" + PLAIN,
    "log lines": b"".join(b"12:00:01 INFO " + line + b"\n" for line in PLAIN.splitlines()),
    "a log that begins with other lines": b"starting\nlistening\n" * 30 + PLAIN,
    "document": json.dumps(EARLY, indent=1).encode() + b"\n",
    "envelope": b"".join(b'{"ts":1,"chunk":' + line + b"}\n" for line in PLAIN.splitlines()),
    "damaged first line": b'{"id":"a","choices":[{"index":0,"d\n' + PLAIN,
    "words in a comment": b": PROCES\nING\n\n" + b"".join(b"data: " + line + b"\n\n" for line in PLAIN.splitlines()),
    "a broken line in the middle": PLAIN[: PLAIN.find(b"\n") + 1] + b'even: {"index\n' + PLAIN,
    "numbers": NUMBERED + PLAIN,
    "one number": b"32\n" + PLAIN,
}


class Pieces(io.BytesIO):
    """A standard input that gives a few bytes at a time."""

    size = 1

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.size if size else 0)

    read1 = read


def run(command: str, stdin: io.BytesIO) -> Ran:
    stdout, stderr = io.BytesIO(), io.StringIO()
    return Ran(main([command], Environment(stdin, stdout, stderr)), stdout.getvalue(), stderr.getvalue())


@pytest.mark.parametrize("command", ["text", "rewrite", "lint"])
@pytest.mark.parametrize("name", SOURCES)
def test_a_source_in_pieces_gives_what_it_gives_whole(name: str, command: str) -> None:
    whole = run(command, io.BytesIO(SOURCES[name]))
    for size in SIZES:
        stdin = Pieces(SOURCES[name])
        stdin.size = size
        assert run(command, stdin) == whole, size


def test_a_mark_does_not_change_line_ends_r1() -> None:
    content = b"\xef\xbb\xbf" + jsonl([chunk({"content": "a"}), chunk({}, "stop")]).replace(b"\n", b"\r\n")
    assert run("rewrite", io.BytesIO(content)).stdout == content.removeprefix(b"\xef\xbb\xbf")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_text_in_utf_8_behind_utf_16_is_named(name: str, mark: bytes) -> None:
    """The two bytes of a character were one of Chinese, and the rest of the stream was left out with exit code 0."""
    ran = run("text", io.BytesIO(("\ufeff" + PLAIN.decode()).encode(name) + mark + PLAIN))
    assert (ran.code, ran.stdout) == (5, b"The ferry leaves at nine.\n")
    assert f"text in UTF-8 follows text in {name}" in ran.stderr


@pytest.mark.parametrize("name", ["utf-16", "utf-16-be", "utf-32", "shift_jis"])
def test_half_a_character_at_the_end_is_a_cut(name: str) -> None:
    """It is no text, nor damage: a stream that is cut there has one line, and a whole one none."""
    text = "data: " + json.dumps(chunk({"role": "assistant", "content": "あ" * 20}), ensure_ascii=False)
    data = text.encode(name)
    mark = b"\xfe\xff" if name == "utf-16-be" else b""
    arguments = ["text", "--encoding", name] if name == "shift_jis" else ["text"]
    for end in range(len(data) - 90, len(data) - 2):
        ran = run_here(arguments, mark + data[:end])
        assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (4, b"", 1), (end, ran)
