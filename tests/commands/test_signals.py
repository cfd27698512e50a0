"""Signals that end a command: from wherever it stands then."""

import asyncio
import os
import signal

import pytest
import typer

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
