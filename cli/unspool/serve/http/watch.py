"""The outermost part: logs each request, and keeps the failure of one from the server and from others."""

import asyncio
import re
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from unspool.serve.http import request_log
from unspool.serve.http.asgi import (
    BODY,
    START,
    App,
    ClientLeft,
    ConnectionCut,
    Message,
    Receive,
    Scope,
    Send,
    respond_json,
)
from unspool.serve.http.request_log import End, RequestLog, StreamBroken
from unspool.serve.http.wire import error_body, interface_at

Begun = Callable[[], None]
Finished = Callable[[RequestLog], None]
Failed = Callable[[Exception], None]
_DELIVERY_SECONDS = 0.1
_TEXT = re.compile(rb'"(?:content|text|delta|partial_json|arguments|response)": ?"[^"]')
"""A member with text in a body, of any of the interfaces."""
_LAST_EVENT = re.compile(
    rb'\ndata: ?\[DONE\]|"type": ?"(?:message_stop|response\.(?:completed|incomplete|failed))"|"done": ?true'
)
"""The last event of a stream: Chat Completions, Anthropic, Responses, Ollama. Clients leave behind it (openai's at
``[DONE]``), though the body may not have ended."""
_LONGEST_MARK = 40  # bytes of _LAST_EVENT: it may be cut between two pieces of a body


class Watch:
    """Fills in a RequestLog for each request, and gives it to ``finished``; ``begun`` is called before.

    A client that takes nothing for ``idle`` seconds loses its connection. What
    cannot be reported inside a response is shown by closing the connection in the
    middle of it. An error of the server's own goes to ``failed``.
    """

    def __init__(self, app: App, begun: Begun, finished: Finished, failed: Failed, idle: float) -> None:
        self._app = app
        self._begun = begun
        self._finished = finished
        self._failed = failed
        self._idle = idle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        log = request_log.begin(scope)
        self._begun()
        try:
            await self._app(scope, receive, self._counting(log, send))
            log.end = End.COMPLETE if log.end is End.OPEN else log.end
        except ClientLeft:
            log.end = End.COMPLETE if log.whole else End.CLIENT_LEFT
        except StreamBroken as error:
            log.end, log.note = error.end, log.note or str(error)
            await self._break_off(scope, send, log)
        except ConnectionCut as cut:
            log.end = End.FAILED
            if cut.reset:
                await reset_connection(scope)
            else:
                close_connection(scope)
            await asyncio.sleep(0)  # the server learns of it before this request is over
        except TimeoutError:
            log.end, log.note = End.FAILED, f"the client took nothing for {self._idle:g} s"
            close_connection(scope)
        except Exception as error:
            log.end, log.note = End.FAILED, "an error of the server"
            self._failed(error)
            await self._break_off(scope, send, log)
        finally:
            log.ended = time.monotonic()
            self._finished(log)

    def _counting(self, log: RequestLog, send: Send) -> Send:
        last_event = _LastEvent()

        async def counting(message: Message) -> None:
            if message["type"] == START:
                log.status = message["status"]
            elif message["type"] == BODY:
                body = message.get("body", b"")
                if body and log.first_byte is None:
                    log.first_byte = time.monotonic()
                log.size += len(body)
                log.has_text = log.has_text or _TEXT.search(body) is not None
                log.whole = last_event.came(body)
            async with asyncio.timeout(self._idle):
                await send(message)

        return counting

    async def _break_off(self, scope: Scope, send: Send, log: RequestLog) -> None:
        if log.status:
            close_connection(scope)
            await asyncio.sleep(0)  # the server learns of it before this request is over
            return
        log.status = 503 if log.note else 500
        await respond_json(send, log.status, error_body(interface_at(scope["path"]), log.note))


class _LastEvent:
    """Whether the last event of a stream was in a body, up to the line end behind it."""

    def __init__(self) -> None:
        self._end = b"\n"  # of what was fed
        self._began = False

    def came(self, body: bytes) -> bool:
        """Return whether it came, with this piece or before."""
        if body:
            text = self._end + body
            self._began = self._began or _LAST_EVENT.search(text) is not None
            self._end = text[-_LONGEST_MARK:]
        return self._began and self._end.endswith(b"\n")


def transport_of(scope: Scope) -> Any:
    """The transport of the connection, where the server gave it; see ``runner``."""
    return scope.get("state", {}).get("transport")


async def reset_connection(scope: Scope) -> None:
    """Close the connection with a reset (RST) in place of an end, once the client has had what was sent."""
    transport = transport_of(scope)
    if transport is None:
        return
    await asyncio.sleep(_DELIVERY_SECONDS)  # a reset takes back what the client has not read
    with suppress(OSError, AttributeError):
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def close_connection(scope: Scope) -> None:
    """Close the connection without the end of the response: a client must not take it for whole."""
    transport = transport_of(scope)
    if transport is not None:
        transport.close()
