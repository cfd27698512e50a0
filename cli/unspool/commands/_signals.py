"""Signals that end or stop a command, so that what it did to the terminal is undone."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import typer

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class _Ended(SystemExit):
    """A signal that asks the process to end; no library that is passed on the way takes it for a fault.

    asyncio, on which the prompt runs, raises only this and KeyboardInterrupt out of
    a callback: any other exception goes to a handler, and the prompt would wait on.
    """

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


def _end(number: int, frame: FrameType | None) -> None:
    raise _Ended(number)


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Leave the block through typer.Exit with 128 + n where a signal asks for the end; one that is ignored stays so."""
    before = {number: signal.getsignal(number) for number in ENDING}
    for number, handler in before.items():
        if handler is signal.SIG_DFL:
            signal.signal(number, _end)
    try:
        yield
    except _Ended as ended:
        raise typer.Exit(128 + ended.number) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
