"""Any Markdown, cut anywhere: the scrollback holds what drawing the whole document at once gives, each row once."""

import subprocess
import sys
import threading
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.commands.processes import GUARD
from tests.view.documents import cut, documents
from tests.view.emulator import emulator

from unspool.core.events import ChoiceFinished, Event, StepFinished, StepStarted, TextDelta
from unspool.formats.printable import printable
from unspool.view.blocks import Piece
from unspool.view.markdown import Page
from unspool.view.painting import text_of
from unspool.view.view import WIDEST, View


def whole(text: str, width: int) -> list[str]:
    """The rows of a document that is drawn at once."""
    return [text_of(row).rstrip() for row in Page().draw(Piece(printable(text)), min(width, WIDEST))]


def answer(pieces: Iterable[str]) -> list[Event]:
    return [
        StepStarted(1, "x", "a-model"),
        *(TextDelta(1, 0, None, piece) for piece in pieces),
        ChoiceFinished(1, 0, "stop"),
        StepFinished(1, True),
    ]


def shown(events: Iterable[Event], columns: int = 80, lines: int = 24) -> list[str]:
    """What is in the terminal at the end, when as many frames are drawn as can be."""
    with emulator(columns, lines) as (terminal, stream):
        view = View(stream)
        view.begin()
        for event in events:
            view.feed(event)
            view._next = 0.0  # no frame is too soon
            view.flush()
        view.end()
        stream.close()
        terminal.finish()
        assert terminal.cursor_is_shown
        assert terminal.wraps
        return terminal.rows()


@given(documents, st.sampled_from([1, 4, 9, 10_000]), st.sampled_from([(80, 24), (20, 8), (9, 8), (130, 40)]))
def test_the_scrollback_is_the_whole_document(document: str, size: int, screen: tuple[int, int]) -> None:
    rows = shown(answer(cut(document, size)), *screen)
    expected = whole(document, screen[0])
    assert rows[: len(expected)] == expected
    status = " ".join(" ".join(rows[len(expected) :]).split())
    assert status.startswith("a-model · step 1 · ")
    assert status.endswith(" · stop")


@pytest.mark.parametrize("columns", [3, 5, 7, 8, 12])
def test_no_frame_leaves_remains_on_a_screen_that_is_too_narrow(columns: int) -> None:
    table = "|h0|h1|h2|h3|\n|-|-|-|-|\n|a0|a1|a2|a3|\n|b0|b1|b2|b3|\n\nThe ferry leaves.\n"
    rows = [shown(answer(cut(table, size)), columns, 12) for size in (1, 9, 1000)]
    texts = ["".join(row)[: len("".join(whole(table, max(columns, 8))))] for row in rows]
    assert texts[0] == texts[1] == texts[2]
    assert texts[0].replace(" ", "").startswith("h0:a0h1:a1h2:a2h3:a3h0:b0h1:b1h2:b2h3:b3Theferry")


@pytest.mark.parametrize("ends", [False, True])
def test_what_the_thread_that_draws_raises_is_raised_to_the_caller(ends: bool) -> None:
    def broken(rows: object) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise KeyError("broken")

    with emulator(80, 24) as (terminal, stream):
        view = View(stream, broken)
        view.begin()
        view.feed(TextDelta(1, 0, None, "Hi"))
        assert view._ticker is not None
        view._ticker.join(10)  # it draws what is new, and ends
        with pytest.raises(KeyError):
            view.end() if ends else view.feed(TextDelta(1, 0, None, "Hi"))
        if not ends:
            with pytest.raises(KeyError):
                view.end()
        stream.close()
        terminal.finish()
        assert terminal.cursor_is_shown


_INTERRUPTED = """
import signal, sys
from unspool.core.events import TextDelta
from unspool.view.view import View

class Stop(BaseException):
    pass

def stop(number, frame):
    raise Stop

signal.signal(signal.SIGALRM, stop)
view = View(sys.stdout.buffer)
for turn in range(100):
    view.begin()
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005 + turn % 20 * 0.00005)
        while True:
            view.feed(TextDelta(1, 0, None, "word "))
            view.flush()
    except Stop:
        pass
    while True:  # a second signal may interrupt the end
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.0002 if turn % 2 else 0)
            view.end(cut=True)
            signal.setitimer(signal.ITIMER_REAL, 0)
            break
        except Stop:
            pass
"""


def test_a_signal_that_raises_anywhere_leaves_no_lock_held() -> None:
    """Signals at a hundred places: after each, the view ends, and the cursor is shown."""
    with emulator(80, 24) as (terminal, stream):
        done = subprocess.run([sys.executable, "-c", _INTERRUPTED], stdout=stream, timeout=GUARD, check=False)
        stream.close()
        terminal.finish()
        assert done.returncode == 0
        assert terminal.cursor_is_shown
