"""Sources: bytes as they arrive, from standard input and files; what fails names the source."""

import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from unspool.errors import SourceFailed
from unspool.sources.file import BLOCK_BYTES, FileSource


@pytest.fixture
def pipe() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Both ends of a pipe, unbuffered."""
    ours, theirs = (os.fdopen(end, mode, buffering=0) for end, mode in zip(os.pipe(), ("rb", "wb"), strict=True))
    yield ours, theirs  # type: ignore[misc]
    ours.close()
    theirs.close()


def failure(source: FileSource) -> SourceFailed:
    """What reading ``source`` to its end raises."""
    with pytest.raises(SourceFailed) as caught:
        list(source.blocks())
    return caught.value


@pytest.mark.parametrize(("path", "name"), [("-", "standard input"), ("a/b.jsonl", "a/b.jsonl"), ("", "")])
def test_a_source_is_named_for_people(path: str, name: str) -> None:
    assert FileSource(path, None).name == name


def test_a_file_gives_all_its_bytes(tmp_path: Path) -> None:
    data = bytes(range(256)) * 1024
    path = tmp_path / "file"
    path.write_bytes(data)
    blocks = list(FileSource(str(path), None).blocks())
    assert b"".join(blocks) == data
    assert all(0 < len(block) <= BLOCK_BYTES for block in blocks)


def test_a_file_in_memory_gives_all_its_bytes() -> None:
    data = b"x\r\n" * BLOCK_BYTES
    assert b"".join(FileSource("-", io.BytesIO(data)).blocks()) == data


@pytest.mark.parametrize("timeout", [None, 5.0])
def test_an_empty_source_gives_no_block(timeout: float | None, tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    assert list(FileSource(str(path), None, timeout).blocks()) == []
    assert list(FileSource("-", io.BytesIO(), timeout).blocks()) == []


def test_a_dash_is_standard_input_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pipe: tuple[BinaryIO, BinaryIO]
) -> None:
    (tmp_path / "-").write_bytes(b"file")
    monkeypatch.chdir(tmp_path)
    ours, theirs = pipe
    theirs.write(b"input")
    theirs.close()
    assert list(FileSource("-", ours).blocks()) == [b"input"]
    assert list(FileSource("./-", ours).blocks()) == [b"file"]


@pytest.mark.parametrize("timeout", [None, 20.0])
def test_a_block_is_what_has_arrived_and_nothing_is_waited_for(
    timeout: float | None, pipe: tuple[BinaryIO, BinaryIO]
) -> None:
    ours, theirs = pipe
    blocks = FileSource("-", ours, timeout).blocks()
    for sent in (b"one", b"\n", b"\xe5\x8c", b"two\nthree\n"):
        theirs.write(sent)
        assert next(blocks) == sent
    theirs.write(b"a")
    theirs.write(b"b")
    assert next(blocks) == b"ab"
    theirs.close()
    assert list(blocks) == []


def test_a_block_is_never_more_than_its_size(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    ours, theirs = pipe
    data = bytes(range(256)) * 2048

    def send() -> None:
        with theirs:
            for at in range(0, len(data), 4096):
                theirs.write(data[at : at + 4096])

    writer = threading.Thread(target=send)
    writer.start()
    blocks = list(FileSource("-", ours).blocks())
    writer.join()
    assert b"".join(blocks) == data
    assert max(map(len, blocks)) <= BLOCK_BYTES


def test_a_buffered_standard_input_loses_nothing(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    """The process's own standard input is buffered; the source reads past the buffer, which is empty."""
    ours, theirs = pipe
    theirs.write(b"one\n")
    with io.BufferedReader(ours) as buffered:  # type: ignore[type-var]
        blocks = FileSource("-", buffered).blocks()
        assert next(blocks) == b"one\n"
        theirs.write(b"two\n")
        assert next(blocks) == b"two\n"


def test_silence_fails_after_the_timeout(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    ours, theirs = pipe
    fault = failure(FileSource("-", ours, 0.05))
    assert (fault.source, fault.reason) == ("standard input", "nothing arrived for 0.05 s")
    assert not theirs.closed


def test_each_wait_has_the_whole_timeout_and_what_came_before_is_given_out(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    ours, theirs = pipe
    blocks = FileSource("-", ours, 0.05).blocks()
    theirs.write(b"one")
    assert next(blocks) == b"one"
    with pytest.raises(SourceFailed, match="nothing arrived"):
        next(blocks)


def test_the_end_of_a_pipe_is_no_silence(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    ours, theirs = pipe
    theirs.close()
    assert list(FileSource("-", ours, 0.05).blocks()) == []


def test_a_file_is_never_silent(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * (3 * BLOCK_BYTES))
    assert b"".join(FileSource(str(path), None, 0.001).blocks()) == path.read_bytes()


def test_what_cannot_be_opened_or_read_names_the_source_and_the_reason(tmp_path: Path) -> None:
    for path, reason in [(tmp_path / "missing", "No such file or directory"), (tmp_path, "Is a directory")]:
        fault = failure(FileSource(str(path), None))
        assert (fault.source, fault.reason) == (str(path), reason)
        assert str(fault) == f"{path}: {reason}"


def test_a_pattern_that_no_shell_replaced_is_named(tmp_path: Path) -> None:
    assert "outside of quotes" in failure(FileSource(str(tmp_path / "*.gz"), None)).advice


def test_a_file_below_a_file_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert failure(FileSource(str(tmp_path / "file" / "x"), None)).reason == "Not a directory"


def test_a_loop_of_links_fails(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert failure(FileSource(str(tmp_path / "loop"), None)).source.endswith("loop")


def test_a_standard_input_that_was_closed_fails() -> None:
    fault = failure(FileSource("-", None))
    assert (fault.source, fault.reason) == ("standard input", "it is closed")


def test_a_descriptor_that_was_closed_fails(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    """Somebody closed it behind our back: the system says so, and so does the source."""
    ours, _ = pipe
    descriptor = os.dup(ours.fileno())
    stdin = os.fdopen(descriptor, "rb", buffering=0, closefd=False)
    os.close(descriptor)
    assert failure(FileSource("-", stdin)).reason == "Bad file descriptor"


def test_nothing_is_opened_before_it_is_read(tmp_path: Path) -> None:
    """A run over many files holds one open at a time, and a missing one fails in its turn."""
    blocks = FileSource(str(tmp_path / "later"), None).blocks()
    (tmp_path / "later").write_bytes(b"x")
    assert list(blocks) == [b"x"]


def test_a_source_that_is_left_early_closes_its_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * (2 * BLOCK_BYTES))
    blocks = FileSource(str(path), None).blocks()
    assert next(blocks)
    before = len(os.listdir("/dev/fd"))
    blocks.close()  # type: ignore[attr-defined]
    assert len(os.listdir("/dev/fd")) == before - 1
