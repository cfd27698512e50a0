"""Large files in pieces: wherever they are cut, the rows are those of the whole file, numbers included."""

import multiprocessing
import os
import re
import signal
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.support import ROOT, Chunk, calls, chunk, entry, jsonl, sse
from tests.table.tables import in_pieces

from unspool.core.options import Options
from unspool.settings import Settings
from unspool.table.listing import Item
from unspool.table.pieces import pieces
from unspool.table.rows import RowOptions, rows
from unspool.table.run import Processes
from unspool.table.schema import NAMES
from unspool.table.work import Job
from unspool.table.writers import TableFormat

SAMPLES = sorted((ROOT / "samples").glob("*.jsonl"))


def step(kind: str, ident: str, random: Random) -> list[Chunk]:
    """One response of some kind."""
    words = ["".join(random.choices("ab é\n", k=random.randint(1, 6))) for _ in range(random.randint(1, 12))]
    opening = chunk({"role": "assistant", "content": ""}, id=ident)
    texts = [chunk({"content": word}, id=ident) for word in words]
    end = chunk({}, "stop", id=ident)
    match kind:
        case "plain":
            return [opening, *texts, end]
        case "call":
            name = random.choice(["send_message", "lookup"])
            first = chunk(calls(entry("", id="c", name=name), role="assistant"), id=ident)
            fragments = ['{"message": "', *(word.replace("\n", "") for word in words), '"}']
            return [first, *(chunk(calls(entry(one)), id=ident) for one in fragments), end]
        case "cut":
            return [opening, *texts]
        case "two":
            other = chunk({"role": "assistant", "content": "x"}, index=1, id=ident)
            ends = [end, chunk({}, "stop", index=1, id=ident)]
            return [opening, other, *texts, *ends, chunk(choices=[], usage={"prompt_tokens": 1}, id=ident)]
        case "renamed":
            return [{**one, "id": f"{ident}-{place}"} for place, one in enumerate([opening, *texts, end])]
        case "whole":
            message = {"role": "assistant", "content": words[0]}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            return [{"id": ident, "object": "chat.completion", "choices": [choice]}]
    return [chunk({}, id="")]


KINDS = ("plain", "call", "cut", "two", "renamed", "whole", "blank")
JUNK = (b"", b"\n", b"junk\n", b"\n\n", b'{"error": {"message": "no"}}\n', b'{"type": "ping"}\n')


def stream(kinds: Sequence[str], framing: str, random: Random) -> bytes:
    """Responses one after the other, with what lies between them."""
    data = b""
    for place, kind in enumerate(kinds):
        ident = random.choice(["same", f"id-{place}", f"id-{place}"])
        chunks = step(kind, ident, random)
        if framing == "jsonl":
            data += jsonl(chunks) + random.choice(JUNK) + (b"[DONE]\n" if random.random() < 0.2 else b"")
        else:
            data += sse(chunks, done=random.random() < 0.6)
            data += random.choice([b"", b"", b": comment\n\n", b"data: junk\n\n", b"event: error\ndata: no\n\n"])
    return data.replace(b"\n\n", b"\r\n\r\n") if framing == "crlf" else data


@given(
    st.lists(st.sampled_from(KINDS), min_size=3, max_size=14),
    st.sampled_from(["jsonl", "sse", "crlf"]),
    st.integers(0, 10_000),
    st.integers(150, 4000),
)
def test_rows_do_not_depend_on_the_pieces(kinds: list[str], framing: str, seed: int, size: int) -> None:
    data = stream(["plain", *kinds], framing, Random(seed))
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "capture"
        path.write_bytes(data)
        asked = RowOptions(Settings(Options()))
        assert in_pieces(Item(str(path), len(data), "1"), size, asked) == list(rows(str(path), asked=asked))


def records(name: str) -> list[bytes]:
    """The records of a sample, without their framing."""
    lines = (ROOT / "samples" / name).read_bytes().splitlines()
    return [line.removeprefix(b"data: ") for line in lines if line.startswith((b"{", b"data: {"))]


PROVIDERS = {
    name: records(name)
    for name in ("anthropic.sse", "bedrock.jsonl", "cohere.sse", "gemini.sse", "responses.jsonl", "plain.jsonl")
}
ERROR = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(PROVIDERS)), st.integers(0, 2), st.integers(1, 40)), min_size=3, max_size=6
    ),
    st.sampled_from([b"%s\n", b"data: %s\n\n", b"event: x\r\ndata: %s\r\n\r\n"]),
    st.integers(100, 3000),
)
def test_rows_of_any_wire_format_do_not_depend_on_the_pieces(
    streams: list[tuple[str, int, int]], framing: bytes, size: int
) -> None:
    """Whole responses and cut ones, some of them received again (R15): what a piece cannot see must not count."""
    data = b""
    for name, ident, most in streams:
        for record in [*PROVIDERS[name][:most], *([ERROR] if ident else [])]:
            data += framing % re.sub(rb'"(msg|resp)_\w+', b'"\\1_%d' % ident, record)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "capture"
        path.write_bytes(data)
        assert in_pieces(Item(str(path), len(data), "1"), size) == list(rows(str(path)))


def test_a_file_is_cut_and_each_piece_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "capture.jsonl"
    path.write_bytes(stream(["plain"] * 300, "jsonl", Random(1)))
    job = Job(RowOptions(), TableFormat.JSONL, NAMES, str(tmp_path))
    cut = pieces(Item(str(path), path.stat().st_size), job, 10_000)
    assert cut is not None
    assert len(cut) > 10
    assert [piece.begin for piece in cut[1:]] == [piece.end for piece in cut[:-1]]


def test_what_carries_more_than_a_piece_can_know_is_not_cut(tmp_path: Path) -> None:
    def cut(name: str, asked: RowOptions = RowOptions()) -> Any:  # noqa: B008 - a value
        data = (ROOT / "samples" / name).read_bytes()
        path = tmp_path / name
        path.write_bytes(data * 20)
        return pieces(Item(str(path), len(data) * 20), Job(asked, TableFormat.JSONL, NAMES, str(tmp_path)), 1000)

    assert cut("plain.jsonl")
    assert cut("anthropic.sse")
    for name in ("gemini.sse", "claude-code.jsonl", "recorded.sse"):
        assert cut(name) is None
    assert cut("plain.jsonl", RowOptions(Settings(single_step=True))) is None
    assert cut("plain.jsonl", RowOptions(Settings(strict=True))) is None


class Killing(Processes):
    """Two processes; one is killed when some work was begun, and once more when some of the rest was."""

    def __init__(self) -> None:
        super().__init__(2)
        self._begun = 0
        self.killed = 0

    def submit(self, work: Callable[..., Any], /, *arguments: Any) -> Any:
        future = super().submit(work, *arguments)
        self._begun += 1
        children = multiprocessing.active_children()
        if self._begun in (4, 40) and children:
            os.kill(children[0].pid or 0, signal.SIGKILL)
            self.killed += 1
        return future


def test_a_process_that_is_killed_costs_no_row_of_a_file_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "capture.jsonl"
    path.write_bytes(stream(["plain", "call", "two"] * 100, "jsonl", Random(1)))
    engine = Killing()
    found = in_pieces(Item(str(path), path.stat().st_size, "1"), 20_000, engine=engine)
    assert found == list(rows(str(path)))
    assert engine.killed == 2


def test_a_piece_that_takes_too_long_gives_its_file_up(tmp_path: Path) -> None:
    path = tmp_path / "capture.jsonl"
    path.write_bytes(stream(["plain"] * 300, "jsonl", Random(1)))
    (row,) = in_pieces(Item(str(path), path.stat().st_size, "1"), 10_000, RowOptions(limit=1e-9))
    assert (row.exit, row.error) == (5, "it took longer than 1e-09 s (--time-limit)")
