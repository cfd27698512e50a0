"""Where bytes go: gathered until a flush, made safe for a terminal."""

import io
import os
import signal
import threading
import time

import pytest
from tests.formats.test_printable import EMOJI

from unspool.sinks.output import Output


class Stream(io.BytesIO):
    """Bytes in memory that remember how often they were sent on."""

    flushes = 0

    def flush(self) -> None:
        self.flushes += 1


@pytest.mark.parametrize("emoji", EMOJI)
def test_an_emoji_that_arrives_in_pieces_stays_whole_on_a_terminal(emoji: str) -> None:
    text = f"a{emoji}b"
    stream = Stream()
    output = Output(stream, terminal=True)
    for character in text:
        output.write(character.encode())
        output.flush()
    assert stream.getvalue().decode() == text


def test_nothing_leaves_before_a_flush() -> None:
    stream = Stream()
    output = Output(stream)
    output.write(b"a")
    output.write(b"b")
    assert (stream.getvalue(), stream.flushes) == (b"", 0)
    output.flush()
    assert (stream.getvalue(), stream.flushes) == (b"ab", 1)
    output.flush()
    assert stream.flushes == 1


def test_into_a_file_the_bytes_go_unchanged() -> None:
    stream = Stream()
    output = Output(stream)
    output.write(b"\x1b[31m\xff\r\n")
    output.flush()
    assert stream.getvalue() == b"\x1b[31m\xff\r\n"


def test_onto_a_terminal_they_go_shown() -> None:
    """Bytes that are no text are shown too."""
    stream = Stream()
    output = Output(stream, terminal=True)
    output.write(b"\x1b[31m\xff\n")
    output.flush()
    assert stream.getvalue() == b"\\u001b[31m\\xff\n"


def test_what_a_signal_cuts_short_is_sent_to_its_end() -> None:
    """A write into a pipe ends early where a signal arrives in it; nothing of it may be lost or come twice."""
    parts = [b"%d," % number * 300 for number in range(3000)]
    here, there = os.pipe()
    arrived: list[bytes] = []

    def read() -> None:
        while block := os.read(here, 10_000):
            arrived.append(block)
            time.sleep(0.0005)

    seen: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
    reader = threading.Thread(target=read)
    reader.start()
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        with os.fdopen(there, "wb") as stream:
            output = Output(stream)
            output.write(*parts)
            output.flush()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        reader.join()
        os.close(here)
    assert seen
    assert b"".join(arrived) == b"".join(parts)


def test_what_somebody_else_wrote_before_comes_first() -> None:
    here, there = os.pipe()
    with os.fdopen(there, "wb") as stream, os.fdopen(here, "rb") as arrived:
        stream.write(b"before ")
        output = Output(stream)
        output.write(b"behind")
        output.flush()
        assert arrived.read1() == b"before behind"


def test_an_object_that_gathers_is_sent_on_too() -> None:
    memory = io.BytesIO()
    output = Output(io.BufferedWriter(memory))
    output.write(b"word")
    output.flush()
    assert memory.getvalue() == b"word"
