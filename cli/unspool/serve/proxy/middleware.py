"""ASGI middleware that passes the bodies of responses through a ``Body``.

    app = RewriteStreams(app)             # around any ASGI application
    app = RewriteStreams(app, Options(tools={"reply": "text"}))

Nothing but the standard library and unspool's own modules is needed here.
"""

import time
from collections.abc import Callable

from unspool.core.options import Options, given_options
from unspool.diagnostics import Problem, Report, describe
from unspool.serve.http.asgi import (
    BODY,
    START,
    App,
    ClientLeft,
    ConnectionCut,
    Headers,
    Message,
    Receive,
    Scope,
    Send,
    header,
    media_type,
)
from unspool.serve.http.asgi import without as without_headers
from unspool.serve.http.event_splitter import EventTooLong
from unspool.serve.http.request_log import StreamBroken, log_of
from unspool.serve.http.wire import CHAT, interface_at
from unspool.serve.proxy.rewriting import Body, PassedStream, ProxiedStream, RewrittenCompletion, RewrittenStream
from unspool.settings import Settings

Choose = Callable[[Scope, int, Headers], Body | None]
"""Function from a request, the status and the headers of its response to the filter of its body; None for no filter."""

EVENT_STREAM = "text/event-stream"
_LENGTHS = (b"content-length", b"content-md5", b"digest", b"etag")
"""Headers that are true of the body that came, not of the one that leaves."""


class StreamBodies:
    """Passes each response's body through what ``choose`` gives for it.

    Where the application breaks off with StreamBroken, the client of a stream
    reads an error in its interface's words, and the response ends. Any other
    exception goes on to the server once the client knows that something failed.
    """

    def __init__(self, app: App, choose: Choose) -> None:
        self._app = app
        self._choose = choose

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sender = _Sender(scope, send, self._choose)
        try:
            await self._app(scope, receive, sender.send)
        except (ClientLeft, ConnectionCut):
            raise
        except EventTooLong:
            await _break_off(scope, sender, StreamBroken("a part of the response is larger than can be read"))
        except StreamBroken as error:
            await _break_off(scope, sender, error)
        except Exception:
            await sender.fail("the server failed in the middle of the response")
            raise


async def _break_off(scope: Scope, sender: "_Sender", error: StreamBroken) -> None:
    """End the response with the error where a client can read one. Raises it where not."""
    log = log_of(scope)
    log.end, log.note = error.end, log.note or str(error)
    if not await sender.fail(str(error)):
        raise error
    log.error_sent = time.monotonic()


class _Sender:
    """The ``send`` of one response."""

    def __init__(self, scope: Scope, send: Send, choose: Choose) -> None:
        self._scope = scope
        self._send = send
        self._choose = choose
        self._body: Body | None = None
        self._start: Message | None = None  # kept while the length of the body is not known
        self._over = False

    async def send(self, message: Message) -> None:
        """Send on one message of the application's."""
        if message["type"] == START:
            await self._begin(message)
        elif self._body is None or message["type"] != BODY:
            await self._send(message)
        else:
            last = not message.get("more_body")
            try:
                out = self._body.feed(message.get("body", b"")) + (self._body.close() if last else b"")
            except StreamBroken as error:  # nothing that the application did: it goes on, to its background tasks say
                await _break_off(self._scope, self, error)
                return
            if out or last:
                await self._write(out, last)

    async def fail(self, error: str) -> bool:
        """End the response with an error; returns whether the client can read one."""
        if self._body is None or self._over:
            return False
        if self._body.whole and self._start is not None:
            self._start["status"] = 502
        await self._write(self._body.fail(error), True)
        return True

    async def _begin(self, message: Message) -> None:
        headers = list(message.get("headers", []))
        body = self._choose(self._scope, message["status"], headers)
        if body is None or header(headers, b"content-encoding") not in (b"", b"identity"):
            await self._send(message)
            return
        self._body = body
        message = {**message, "headers": _headers(headers, body)}
        if body.whole:
            self._start = message
        else:
            await self._send(message)

    async def _write(self, data: bytes, last: bool) -> None:
        self._over = last
        if self._start is not None:
            start, self._start = self._start, None
            start["headers"].append((b"content-length", b"%d" % len(data)))
            await self._send(start)
        await self._send({"type": BODY, "body": data, "more_body": not last})


def _headers(headers: list[tuple[bytes, bytes]], body: Body) -> list[tuple[bytes, bytes]]:
    """The headers of a body that may change; a proxy further on must not gather a stream."""
    kept = without_headers(headers, *_LENGTHS)
    if body.whole or header(kept, b"x-accel-buffering"):
        return kept
    return [*kept, (b"x-accel-buffering", b"no")]


def rewriting(settings: Settings) -> Choose:
    """Rewrites answers of Chat Completions; streams of the other interfaces pass, and can end with an error."""

    def choose(scope: Scope, status: int, headers: Headers) -> Body | None:
        interface = interface_at(scope["path"])
        if interface is None or scope["method"] != "POST" or not 200 <= status < 300:
            return None
        kind = media_type(headers)
        report = _noting(scope)
        if interface == CHAT and kind == "application/json":
            return RewrittenCompletion(settings, report)
        if kind != EVENT_STREAM:
            return None
        return RewrittenStream(settings, report) if interface == CHAT else ProxiedStream(interface, report)

    return choose


def _noting(scope: Scope) -> Report:
    """Keeps the first fault of a response for the line about its request."""
    log = log_of(scope)

    def note(problem: Problem) -> None:
        log.note = log.note or describe(problem)

    return note


def passing(scope: Scope, status: int, headers: Headers) -> Body | None:
    """Streams of the known interfaces pass as they are, and can end with an error."""
    interface = interface_at(scope["path"])
    if interface is None or scope["method"] == "HEAD" or media_type(headers) != EVENT_STREAM:
        return None
    return PassedStream(interface)


class RewriteStreams(StreamBodies):
    """ASGI middleware: answers on ``…/chat/completions`` leave with message calls turned into content.

    Event streams and whole completions are rewritten; everything else passes
    untouched. A stream that the application breaks off, or in which the message
    cannot be read, ends with an error event that OpenAI clients raise.
    """

    def __init__(self, app: App, options: Options | None = None) -> None:
        super().__init__(app, rewriting(Settings(given_options(options) or Options())))
