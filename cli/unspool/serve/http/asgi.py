"""Shared parts of ASGI: types, headers, bodies of requests, JSON answers.

The messages are those of the ASGI specification (HTTP 2.3): ``http.response.start``
once, then ``http.response.body`` until ``more_body`` is false.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]
RawHeaders = list[tuple[bytes, bytes]]

START, BODY = "http.response.start", "http.response.body"
DISCONNECT = "http.disconnect"
BODY_SECONDS = 60.0
"""Seconds that a client may leave its request unfinished."""


class ClientLeft(Exception):
    """The client closed the connection before its answer was complete."""


class ConnectionCut(Exception):
    """The connection is to close in the middle of the response, with a reset (RST) if ``reset``.

    Nothing is said in it before.
    """

    def __init__(self, reset: bool = False) -> None:
        super().__init__()
        self.reset = reset


class BodyTooLarge(Exception):
    """A request's body is larger than what is accepted."""


class BodyTooSlow(Exception):
    """The rest of a request's body did not come."""


def header(headers: Headers, name: bytes) -> bytes:
    """The value of the first header with this name, in lower case as ASGI has it; b"" where there is none."""
    return next((value for key, value in headers if key.lower() == name), b"")


def without(headers: Headers, *names: bytes) -> list[tuple[bytes, bytes]]:
    """The headers without those of these names, in their order."""
    return [(name, value) for name, value in headers if name.lower() not in names]


def media_type(headers: Headers) -> str:
    """The content type without its parameters, in lower case."""
    return header(headers, b"content-type").decode("latin-1").partition(";")[0].strip().lower()


async def read_body(receive: Receive, largest: int) -> bytes:
    """All of a request's body.

    Raises BodyTooLarge above ``largest`` bytes, BodyTooSlow where nothing of it comes for BODY_SECONDS, and
    ClientLeft where it is not finished.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                message = await receive()
        except TimeoutError:
            raise BodyTooSlow from None
        if message["type"] == DISCONNECT:
            raise ClientLeft
        part = message.get("body", b"")
        size += len(part)
        if size > largest:
            raise BodyTooLarge
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def respond(send: Send, status: int, body: bytes, headers: Headers = ()) -> None:
    """Send a whole answer."""
    length = (b"content-length", b"%d" % len(body))
    await send({"type": START, "status": status, "headers": [*headers, length]})
    await send({"type": BODY, "body": body, "more_body": False})


async def respond_json(send: Send, status: int, value: Any, headers: Headers = ()) -> None:
    """Send a whole answer that is JSON."""
    body = json.dumps(value).encode() + b"\n"
    await respond(send, status, body, [(b"content-type", b"application/json"), *headers])
