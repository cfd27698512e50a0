"""Ends the work for a response when its client leaves, or when the server is stopped."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress

from unspool.serve.asgi import DISCONNECT, App, ClientLeft, Message, Receive, Scope, Send
from unspool.serve.middleware import StreamBroken
from unspool.serve.request_log import End
from unspool.serve.request_reader import asked_of

STOPPING = "the server is stopped"


class Interruptible:
    """Cancels the application within, which closes what it holds open (the upstream's connection) at once.

    Raises ClientLeft where the client left, StreamBroken where ``stopping`` is set.
    """

    def __init__(self, app: App, stopping: asyncio.Event) -> None:
        self._app = app
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body_read = asyncio.Event()
        if asked_of(scope) is not None:
            body_read.set()

        async def watched() -> Message:
            message = await receive()
            if message["type"] == DISCONNECT:
                raise ClientLeft
            if not message.get("more_body"):
                body_read.set()
            return message

        async def gone() -> None:
            await body_read.wait()  # until then the application reads what comes
            while (await receive())["type"] != DISCONNECT:
                pass
            raise ClientLeft

        async def stopped() -> None:
            await self._stopping.wait()
            raise StreamBroken(STOPPING, End.STOPPED)

        await _first(self._app(scope, watched, send), gone(), stopped())


async def _first(*works: Awaitable[None]) -> None:
    """Run until the first ends; the others are cancelled and have ended, too, when this returns."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        ended = next(task for task in tasks if task.done())
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(BaseException):
                await task
    ended.result()
