"""Recordings: reading one gives what reading the stream gave, however the stream was cut and framed."""

import io
import re
import resource
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.strategies import cut, places
from tests.support import Chunk, chunk, jsonl, message_call, run_installed, sse

from unspool.diagnostics import Problem
from unspool.errors import SourceFailed
from unspool.formats.detect import Format
from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sinks.events import EventSink
from unspool.sinks.output import Output
from unspool.sources.file import FileSource
from unspool.sources.recording import Recorded, Recording, RecordingWriter, Replayed, stamped

HI = message_call(['{"inner_thoughts":"h\u00e9","mess', 'age":"Hi', ' \u2028there"}'])


class Given(FileSource):
    """A source that gives these blocks, and then fails if it is told to."""

    def __init__(self, blocks: list[bytes], failure: SourceFailed | None = None) -> None:
        super().__init__("given", None)
        self._given = blocks
        self._failure = failure

    def blocks(self) -> Iterator[bytes]:
        yield from self._given
        if self._failure is not None:
            raise self._failure


def record(path: Path, blocks: list[bytes]) -> bytes:
    """What a recording of these blocks holds; they come through unchanged."""
    assert list(Recorded(Given(blocks), Recording(str(path), overwrite=True)).blocks()) == blocks
    return path.read_bytes()


def events(data: bytes) -> list[bytes]:
    """The events of a stream, without the numbers of its records."""
    output = io.BytesIO()
    problems: list[Problem] = []
    run(Given([data]), Settings(), EventSink(Output(output)), problems.append, Summary())
    return re.sub(rb'"record":\d+,', b"", output.getvalue()).splitlines()


def without_stamps(recording: bytes) -> bytes:
    return re.sub(rb"(?<![^\r\n]): (t=\d+\.\d{6}|end=.*)\n", b"", recording).removesuffix(b"\n")


def pretty(chunks: list[Chunk]) -> bytes:
    return b"".join(re.sub(rb", ", b",\n  ", jsonl([one])) for one in chunks)


@pytest.mark.parametrize("framed", [jsonl, sse, pretty], ids=["JSONL", "SSE", "pretty"])
@given(places=places())
def test_a_recording_says_what_the_stream_said_for_every_cut(
    tmp_path_factory: pytest.TempPathFactory, framed: Callable[[list[Chunk]], bytes], places: list[int]
) -> None:
    data = framed(HI)
    recording = record(tmp_path_factory.getbasetemp() / "cut.sse", cut(data, places))
    assert events(recording) == events(data)
    assert recording.startswith(b": t=0.")
    assert recording.endswith(b"\n: end=complete\n\n")


@given(places=places())
@example(places=[-2])  # in the middle of its last line end
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_an_event_stream_keeps_its_bytes(
    tmp_path_factory: pytest.TempPathFactory, end: bytes, places: list[int]
) -> None:
    """Fields, comments and line ends too."""
    data = sse(HI).replace(b"data: ", b": note\nevent: x\nid: 7\ndata: ").replace(b"\n", end)
    recording = record(tmp_path_factory.getbasetemp() / "bytes.sse", cut(data, places))
    assert without_stamps(recording) == data


def test_a_line_of_json_becomes_an_event_of_its_own(tmp_path: Path) -> None:
    data = b'{"id":"a"}\n\n{"broken\n[DONE]\n'
    assert without_stamps(record(tmp_path / "x", [data])) == b'data: {"id":"a"}\n\ndata: {"broken\n\ndata: [DONE]\n\n'


def test_a_recording_of_a_recording_has_times_and_an_end_of_its_own(tmp_path: Path) -> None:
    first = record(tmp_path / "one", [sse(HI)])
    second = record(tmp_path / "two", [first])
    assert without_stamps(second) == sse(HI)
    assert second.count(b": t=") == first.count(b": t=")
    assert second.count(b": end=complete\n") == 1


def test_what_a_stream_says_of_times_is_no_time_of_ours() -> None:
    data = sse([chunk({"content": "\n: t=5.000000\n"})])
    assert [stamp for stamp, _ in stamped([data])] == [None]


def test_each_record_is_in_the_file_before_it_is_given_on(tmp_path: Path) -> None:
    """A kill at any moment leaves all that was shown."""
    path = tmp_path / "x"
    pieces = [sse([one], done=False) for one in HI]
    blocks = Recorded(Given(pieces), Recording(str(path))).blocks()
    for piece in pieces:
        assert next(blocks) == piece
        assert path.read_bytes().endswith(piece)
    blocks.close()  # type: ignore[attr-defined]
    assert path.read_bytes().endswith(b": end=stopped\n\n")


def test_a_failure_is_the_end_of_the_recording_and_comes_out(tmp_path: Path) -> None:
    failure = SourceFailed("given", "it broke\n: t=1.000000")
    source = Recorded(Given([sse(HI)], failure), Recording(str(tmp_path / "x")))
    with pytest.raises(SourceFailed) as raised:
        list(source.blocks())
    assert raised.value is failure
    recording = (tmp_path / "x").read_bytes()
    assert recording.endswith(b"\n: end=it broke\\n: t=1.000000\n\n")
    assert without_stamps(recording) == sse(HI)


def test_an_event_that_is_cut_is_kept(tmp_path: Path) -> None:
    assert without_stamps(record(tmp_path / "x", [b'data: {"id":"a"}\n\ndata: {"ch'])) == (
        b'data: {"id":"a"}\n\ndata: {"ch\n\n'
    )


@pytest.mark.parametrize(
    ("stream", "recorded"),
    [
        (b"data: " + b"a" * 300 + b"\r\n\r\ndata: b\n\n", b"data: " + b"a" * 300 + b"\r\n\r\ndata: b\n\n"),
        (b"event: x\n" + b": c\n" * 100 + b"data: b\n\n", b"event: x\n" + b": c\n" * 100 + b"data: b\n\n"),
        (b"data: " + b"a" * 300, b"data: " + b"a" * 300 + b"\n\n"),
        (b"{}\n{" + b" " * 300 + b"}\n\n[]\n", b"data: {}\n\ndata: {" + b" " * 300 + b"}\n\ndata: []\n\n"),
        (b"{" + b" " * 300 + b"}", b"data: {" + b" " * 300 + b"}\n\n"),
        (b"{}\n" + b"1\r2" * 50 + b"\n", b"data: {}\n\n" + b"data: 1\ndata: 2" + b"1\ndata: 2" * 49 + b"\n\n"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 64])
def test_a_record_above_the_size_limit_keeps_all_its_bytes(
    stream: bytes, recorded: bytes, size: int, tmp_path: Path
) -> None:
    recording = Recording(str(tmp_path / "x"))
    writer = RecordingWriter(recording, Format.AUTO, largest=100)
    for at in range(0, len(stream), size):
        writer.feed(stream[at : at + size], 0)
    writer.close("complete", 0)
    assert writer.failure is None
    assert without_stamps((tmp_path / "x").read_bytes()) == recorded


def test_a_recording_ends_early_where_a_value_cannot_be_kept_whole(tmp_path: Path) -> None:
    recording = Recording(str(tmp_path / "x"))
    writer = RecordingWriter(recording, Format.ARRAY, largest=100)
    for block in (b'[{"a": 1},\n{"a": "', b"x" * 200, b"x" * 200, b'"},\n{"a": 2}]'):
        writer.feed(block, 0)
    writer.close("complete", 0)
    assert writer.failure is not None
    assert (tmp_path / "x").read_bytes() == b': t=0.000000\ndata: {"a": 1}\n\n'


@pytest.mark.parametrize("kind", [jsonl, sse])
def test_on_a_full_disk_a_recording_ends_with_its_last_whole_record(
    kind: Callable[[list[Chunk]], bytes], tmp_path: Path
) -> None:
    """Every size at which the disk may be full: no half record, all of the stream, one line and exit code 5."""
    data = kind([chunk({"content": f"{n}" * 40}) for n in range(3)] + [chunk({}, "stop")])
    path = tmp_path / "x"
    for size in range(0, 1200, 149):
        path.unlink(missing_ok=True)
        limits = (size, resource.RLIM_INFINITY)
        ran = run_installed(
            ["text", "--record", str(path)], data, preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, limits)
        )
        kept = path.read_bytes()
        assert kept == b"" or kept.endswith(b"\n\n")
        assert [line for line in _datas(data) if line in kept] == _datas(data)[: kept.count(b"data: {")]
        whole = b": end=complete\n" in kept
        assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (
            0 if whole else 5,
            b"0" * 40 + b"1" * 40 + b"2" * 40 + b"\n",
            0 if whole else 1,
        )


def _datas(data: bytes) -> list[bytes]:
    lines = [line.removeprefix(b"data: ") for line in data.splitlines()]
    return [line for line in lines if line.startswith(b"{")]


# --- replaying ----------------------------------------------------------------------------------

RECORDING = b"".join(b": t=%d.500000\n" % at + sse([one], done=False) for at, one in enumerate(HI))


@given(places=places())
def test_a_replay_gives_each_record_at_its_time_for_every_cut(places: list[int]) -> None:
    source = Replayed(Given(cut(RECORDING, places)))
    pieces: dict[float | None, bytes] = {}
    for block in source.blocks():
        pieces[source.elapsed] = pieces.get(source.elapsed, b"") + block
    assert b"".join(pieces.values()) == RECORDING
    assert list(pieces) == [0.5, 1.5, 2.5, 3.5, 4.5]
    assert all(sse([one], done=False) in piece for one, piece in zip(HI, pieces.values(), strict=True))


@given(st.binary(max_size=200), places())
def test_a_replay_changes_no_byte_of_anything(data: bytes, places: list[int]) -> None:
    assert b"".join(Replayed(Given(cut(data, places))).blocks()) == data


def test_a_replay_says_how_the_recording_ended() -> None:
    source = Replayed(Given([RECORDING + b": t=9.000000\n: end=it broke\n\n"]))
    assert list(source.blocks())
    assert (source.ended, source.elapsed) == ("it broke", 9.0)


def test_what_holds_no_times_comes_at_once_or_not_at_all() -> None:
    assert list(Replayed(Given([sse(HI)]), pace=1.0).blocks()) == [sse(HI)]
    with pytest.raises(SourceFailed, match="no times"):
        list(Replayed(Given([sse(HI)]), pace=1.0, must=True).blocks())
