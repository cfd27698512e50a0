"""Signals that end or stop a command, so that what it did to the terminal is undone."""

import os
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from unspool.commands import _typer as typer

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_TICK, _AT_ONCE = 0.1, 0.3  # seconds


class _Ended(SystemExit):
    """A signal that asks the process to end; no library that is passed on the way takes it for a fault.

    asyncio, on which the prompt runs, raises only this and KeyboardInterrupt out of
    a callback: any other exception goes to a handler, and the prompt would wait on.
    """

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Leave the block through typer.Exit with 128 + n where a signal asks for the end; one that is ignored stays so.

    Signals that come at once count as one, also an interrupt, after which a chat would go on; a later one ends what
    the block does at its end.
    """
    asked: list[int] = []
    due = 0.0

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal due
        asked.append(number)
        signal.signal(signal.SIGINT, end)
        if time.monotonic() >= due:
            due = time.monotonic() + _AT_ONCE
            raise _Ended(asked[0])

    modes = _terminal_modes()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, *ENDING)}
    for number in ENDING:
        if before[number] is signal.SIG_DFL:
            signal.signal(number, end)
    try:
        with noticing_at_once():
            yield
    except _Ended as ended:
        raise typer.Exit(128 + ended.number) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        # A signal may come while a library is about to do it. In the background it would stop the process.
        if modes is not None and _terminal_modes() != modes:
            termios.tcsetattr(0, termios.TCSADRAIN, modes)


def _terminal_modes() -> list[Any] | None:
    """The modes of the terminal that is standard input; None where it is none."""
    try:
        return termios.tcgetattr(0)
    except termios.error:
        return None


@contextmanager
def noticing_at_once() -> Iterator[None]:
    """Notice each signal within a tenth of a second, whatever the main thread does.

    Python runs the handler of a signal between two steps of the main thread: where it comes between the last step and
    a system call that waits, not before that returns. So a timer interrupts these calls; the handlers run, and
    the call is repeated (PEP 475). What a handler raises while Python destroys an object is lost: it is raised again.
    """
    lost: list[BaseException] = []

    def look(number: int, frame: FrameType | None) -> None:
        if lost:
            raise lost.pop().with_traceback(None)

    def keep(unraisable: "sys.UnraisableHookArgs") -> None:
        if isinstance(unraisable.exc_value, (KeyboardInterrupt, SystemExit)):
            lost.append(unraisable.exc_value)
        else:
            show(unraisable)

    if signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL:  # somebody else's timer
        yield
        return
    show, sys.unraisablehook = sys.unraisablehook, keep
    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, _TICK, _TICK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        sys.unraisablehook = show


@contextmanager
def before_ending(act: Callable[[], None]) -> Iterator[None]:
    """Call ``act`` where a signal ends the process inside of the block, which it then does as ever."""

    def end(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        act()
        os.kill(os.getpid(), number)

    taken = [number for number in ENDING if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, end)
    try:
        with noticing_at_once():
            yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def stopping_in_order(pause: Callable[[], None], resume: Callable[[], None]) -> Iterator[None]:
    """Call ``pause`` before the process stops (Ctrl-Z) and ``resume`` when it goes on."""

    def stop(number: int, frame: FrameType | None) -> None:
        pause()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # the process is stopped here until it continues
        signal.signal(signal.SIGTSTP, stop)
        resume()

    before = signal.getsignal(signal.SIGTSTP)
    if before is signal.SIG_DFL:
        signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)
