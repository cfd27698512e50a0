"""Signals that end a command: from wherever it stands then."""

import asyncio
import os
import signal
import sys
import threading
import time

import pytest
import typer
from tests.commands.processes import GUARD

from unspool.commands._signals import ENDING, ending_in_order


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_in_a_callback_of_a_loop_ends_it_too(number: signal.Signals) -> None:
    """The prompt of a chat is such a loop, which tells most of what its callbacks raise to a handler, and goes on."""

    async def wait() -> None:
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), number)
        await asyncio.sleep(5)

    with pytest.raises(typer.Exit) as left, ending_in_order():
        asyncio.run(wait())
    assert left.value.exit_code == 128 + number
    assert signal.getsignal(number) is signal.SIG_DFL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_just_before_a_read_ends_it(number: signal.Signals) -> None:
    """A signal that another thread takes interrupts no read either, and can be sent while one waits."""
    waiting, end = os.pipe()
    left, hung = threading.Event(), threading.Event()

    def send() -> None:
        time.sleep(0.05)  # now the read below waits; if not, the test passes without it
        signal.pthread_kill(threading.get_ident(), number)
        if not left.wait(GUARD):
            hung.set()
            os.write(end, b"x")

    thread = threading.Thread(target=send)
    thread.start()
    with pytest.raises((typer.Exit, KeyboardInterrupt)), ending_in_order():  # noqa: PT012 - where it waits
        try:
            os.read(waiting, 1)
        finally:
            left.set()
    thread.join()
    os.close(waiting)
    os.close(end)
    assert not hung.is_set()


@pytest.mark.parametrize(("number", "raised"), [(signal.SIGTERM, typer.Exit), (signal.SIGINT, KeyboardInterrupt)])
def test_a_signal_while_an_object_is_destroyed_is_not_lost(
    number: signal.Signals, raised: type[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    class Destroyed:
        def __del__(self) -> None:
            os.kill(os.getpid(), number)
            time.sleep(0)

    with pytest.raises(raised), ending_in_order():  # noqa: PT012 - where it is sent
        one = Destroyed()
        del one
        time.sleep(GUARD)
        pytest.fail("it was lost")
    assert capsys.readouterr().err == ""


def test_an_interrupt_does_not_take_the_place_of_a_signal_that_ends() -> None:
    done = False
    with pytest.raises(typer.Exit) as left, ending_in_order():  # noqa: PT012 - where they are sent
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            for number in (signal.SIGINT, signal.SIGHUP):
                os.kill(os.getpid(), number)
            done = True
    assert (left.value.exit_code, done) == (143, True)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_exception_in_a_destroyed_object_is_shown_as_ever() -> None:
    class Destroyed:
        def __del__(self) -> None:
            raise ValueError("bad")

    seen: list[str] = []
    before, sys.unraisablehook = sys.unraisablehook, lambda one: seen.append(str(one.exc_value))
    try:
        with ending_in_order():
            one = Destroyed()
            del one
    finally:
        sys.unraisablehook = before
    assert seen == ["bad"]
