"""Plain text as a stream."""

import pytest
from tests.support import run_here

from unspool.core.rewriter.wire import read_chunk
from unspool.formats.detect import Format, detect_any
from unspool.formats.framer import Framer

TEXT = "# Título\n\n🚢 leaves at *nine*\r\n".encode()


@pytest.mark.parametrize("size", [1, 2, 3, 64])
def test_every_cut_gives_the_text(size: int) -> None:
    framer = Framer(Format.TEXT)
    blocks = [TEXT[start : start + size] for start in range(0, len(TEXT), size)]
    records = [record for block in blocks for record in framer.feed(block)] + framer.close()
    chunks = [read_chunk(record.parse()) for record in records]
    assert "".join(chunk.choices[0].text for chunk in chunks) == TEXT.decode()
    assert [chunk.choices[0].finish for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]


@pytest.mark.parametrize("command", ["text", "view"])
def test_text_comes_out_as_it_went_in(command: str) -> None:
    ran = run_here([command, "--from", "text"], TEXT)
    assert (ran.stdout, ran.stderr, ran.code) == (TEXT, "", 0)


def test_rewrite_makes_chunks_of_it() -> None:
    ran = run_here(["rewrite", "--from=text", "--to=sse"], b"Hi")
    assert run_here(["text"], ran.stdout).stdout == b"Hi\n"
    assert ran.stdout.endswith(b"data: [DONE]\n\n")


def test_a_byte_that_is_no_character_is_replaced_and_nothing_is_no_text() -> None:
    assert run_here(["text", "--from=text"], b"a\xffb\xe2\x82").stdout.decode() == "a\ufffdb\ufffd\n"
    assert run_here(["text", "--from=text"], b"").code == 4


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (b"# A title\nand text\n", Format.TEXT),
        (b"Plain {braces} and [lists]\n", Format.TEXT),
        (b'2026-11-02 INFO {"choices": []}\n', Format.JSONL),
        (b"a log\ndata: {}\n", Format.JSONL),
        (b'{"a": 1}\n', Format.JSONL),
        (b"data: {}\n", Format.SSE),
        (b"no line yet", None),
        (b"A first line that has not ended yet, and is no", Format.TEXT),
        (b'{"a": "a first line that has not ended yet', None),
        (b'INFO 2026-11-02T09:00:00 {"a": "has not ended', None),
    ],
)
def test_text_is_told_from_records(head: bytes, form: Format | None) -> None:
    assert detect_any(head) is form
