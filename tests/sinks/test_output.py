"""Where bytes go: gathered until a flush, made safe for a terminal."""

import io
import os
import signal
import threading
import time

import pytest

from unspool.formats.printable import one_line, printable
from unspool.sinks.output import Output


class Stream(io.BytesIO):
    """Bytes in memory that remember how often they were sent on."""

    flushes = 0

    def flush(self) -> None:
        self.flushes += 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain \u00e9 \U0001f600\n\tnext", "plain \u00e9 \U0001f600\n\tnext"),
        ("\x1b[31mred\x1b[0m", "\\u001b[31mred\\u001b[0m"),
        ("\x00\x07\x08\r\x7f", "\\u0000\\u0007\\u0008\\u000d\\u007f"),
        ("\x80\x9b\x9f", "\\u0080\\u009b\\u009f"),
        ("a\u202eb\u2066c\u200f", "a\\u202eb\\u2066c\\u200f"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\U000e0041", "\\udb40\\udc41"),
        ("\U0001f469\u200d\U0001f52c", "\U0001f469\u200d\U0001f52c"),
    ],
)
def test_a_terminal_obeys_nothing(text: str, shown: str) -> None:
    """Section 3: control characters other than newline and tab are shown, as JSON would write them."""
    assert printable(text) == shown


INVISIBLE = (
    *("\u200b", "\u200c", "\u200d", "\u2060", "\u2063", "\u00ad", "\u034f", "\u180e"),
    *("\u3164", "\u115f", "\u1160", "\uffa0", "\ufe00", "\ufe0f", "\ufff9", "\ufffb"),
)


@pytest.mark.parametrize("invisible", INVISIBLE)
def test_what_a_terminal_would_hide_is_shown(invisible: str) -> None:
    assert printable(f"a{invisible}b") == f"a\\u{ord(invisible):04x}b"


@pytest.mark.parametrize(("invisible", "shown"), [("\U000e0100", "\\udb40\\udd00"), ("\U000e01ef", "\\udb40\\uddef")])
def test_selectors_of_ideographs_are_shown(invisible: str, shown: str) -> None:
    assert printable(f"\u8fbb{invisible}") == f"\u8fbb{shown}"


EMOJI = [
    "\U0001f469\U0001f3fd\u200d\U0001f4bb",  # a person with a skin tone at a computer
    "\U0001f441\ufe0f\u200d\U0001f5e8\ufe0f",  # an eye in a bubble
    "\u2764\ufe0f\u200d\U0001f525",
    "1\ufe0f\u20e3#\ufe0f\u20e3",  # keycaps
    "\u26a0\ufe0e",
    "\U0001f3f3\ufe0f\u200d\U0001f308",
]


@pytest.mark.parametrize("emoji", EMOJI)
def test_joiners_inside_of_emoji_stay_wherever_the_text_is_cut(emoji: str) -> None:
    text = f"a{emoji}b"
    for cut in range(len(text) + 1):
        head, tail = text[:cut], text[cut:]
        assert printable(head) + printable(tail, head[-2:]) == text
    stream = Stream()
    output = Output(stream, terminal=True)
    for character in text:
        output.write(character.encode())
        output.flush()
    assert stream.getvalue().decode() == text


def test_a_joiner_behind_an_emoji_joins_it_to_no_letter() -> None:
    assert printable("\U0001f469\u200da1\ufe0f2") == "\U0001f469\\u200da1\\ufe0f2"


def test_a_message_stays_on_its_line() -> None:
    assert one_line("a\nb\tc\r\x1b") == "a\\nb\\tc\\u000d\\u001b"


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
