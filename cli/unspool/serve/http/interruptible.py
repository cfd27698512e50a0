"""Ends the work for a response when its client leaves, or when the server is stopped."""

import asyncio
from collections.abc import Awaitable

import anyio
import anyio.abc

from unspool.serve.http.asgi import BODY, DISCONNECT, App, ClientLeft, Message, Receive, Scope, Send
from unspool.serve.http.request_log import End, StreamBroken
from unspool.serve.http.request_reader import asked_of

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
        answered = False
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
            if not answered:
                raise ClientLeft
            await asyncio.Event().wait()  # the server reports the end of a whole response in the same way

        async def noted(message: Message) -> None:
            nonlocal answered
            await send(message)
            answered = message["type"] == BODY and not message.get("more_body")

        async def stopped() -> None:
            await self._stopping.wait()
            raise StreamBroken(STOPPING, End.STOPPED)

        await _first(self._app(scope, watched, noted), gone(), stopped())


async def _first(*works: Awaitable[None]) -> None:
    """Run until the first ends; the others are cancelled and have ended, too, when this returns.

    Raises what the first raised. Cancelled by anyio, not by asyncio: the pool of connections to the upstream shields
    its clean-up against anyio alone, and keeps a request for ever whose clean-up was cut.
    """
    ends: list[Exception | None] = []

    async def end_all_after(work: Awaitable[None], group: anyio.abc.TaskGroup) -> None:
        try:
            await work
            ends.append(None)
        except Exception as error:
            ends.append(error)
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for work in works:
            group.start_soon(end_all_after, work, group)
    if ends and ends[0] is not None:
        raise ends[0]
