"""The proxy: a request goes to the upstream as it came, and its response comes back in the pieces it arrives in.

Only what belongs to one connection is left out (RFC 9110, 7.6.1), and the bodies
of chat completions are asked for without compression, since they are read.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing

from unspool.errors import SourceFailed
from unspool.serve.http.asgi import BODY, START, Receive, Scope, Send, header, respond_json, without
from unspool.serve.http.request_log import StreamBroken, log_of
from unspool.serve.http.request_reader import asked_of
from unspool.serve.http.wire import CHAT, error_body, interface_at
from unspool.serve.proxy.translation import Translation, Untranslatable
from unspool.sources.upstream import RawHeaders, Upstream, UpstreamResponse

_HOP_BY_HOP = (
    *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection"),
    *(b"te", b"trailer", b"transfer-encoding", b"upgrade"),
)


class Proxy:
    """An ASGI application that passes requests on.

    ``key`` is sent where a request has none, or only ``serve_key``.
    ``translation`` turns chat completions into requests of another interface,
    where the upstream has no other. Bodies that were not read pass piece by piece.
    """

    def __init__(
        self,
        upstream: Upstream,
        key: str,
        serve_key: str,
        translation: Translation | None,
    ) -> None:
        self._upstream = upstream
        self._credentials = Credentials(key, serve_key, translation)
        self._translation = translation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            async with self._opened(scope, receive) as response:
                await self._pass(scope, response, send)
        except SourceFailed as fault:
            log_of(scope).note = fault.reason
            body = error_body(interface_at(scope["path"]), f"{self._upstream.name}: {fault.reason}", "upstream_error")
            await respond_json(send, fault.status or 502, body)
        except Untranslatable as error:
            log_of(scope).note = str(error)
            await respond_json(send, 400, error_body(CHAT, str(error), "invalid_request_error"))

    def _opened(self, scope: Scope, receive: Receive) -> AbstractAsyncContextManager[UpstreamResponse]:
        """The request, sent when its block is entered."""
        headers = self._credentials.applied(_end_to_end(list(scope["headers"])))
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        asked = asked_of(scope)
        if asked is None:
            return self._upstream.request(
                scope["method"], self._upstream.target(target), headers, _streamed(scope, receive)
            )
        body = asked.body
        if interface_at(scope["path"]) == CHAT:
            headers = [*without(headers, b"accept-encoding"), (b"accept-encoding", b"identity")]
            if self._translation is not None and asked.value is not None:
                body, target = self._translation.request(asked.value), self._translation.path
                headers = self._translation.headers(without(headers, b"content-length"))
        return self._upstream.request(scope["method"], self._upstream.target(target), headers, body)

    async def _pass(self, scope: Scope, response: UpstreamResponse, send: Send) -> None:
        headers = _end_to_end(response.headers)
        read = interface_at(scope["path"]) == CHAT and scope["method"] == "POST"
        unpack = read and header(headers, b"content-encoding") != b""
        if unpack:  # it was asked not to
            headers = without(headers, b"content-encoding", b"content-length")
        status = response.status if response.status < 600 else 502
        await send({"type": START, "status": status, "headers": headers})
        try:
            async with aclosing(response.blocks() if unpack else response.raw_blocks()) as blocks:
                async for block in blocks:
                    await send({"type": BODY, "body": block, "more_body": True})
        except SourceFailed as fault:
            log_of(scope).note = fault.reason
            raise StreamBroken(f"the upstream failed: {fault.reason}") from None
        await send({"type": BODY, "body": b"", "more_body": False})


class Credentials:
    """The choice of the key that a request carries upstream: its own, or that of this server."""

    def __init__(self, key: str, serve_key: str, translation: Translation | None) -> None:
        self._key = key
        self._placeholders = {PLACEHOLDER.encode(), serve_key.encode()}
        self._header = b"authorization" if translation is None else translation.key_header

    def applied(self, headers: RawHeaders) -> RawHeaders:
        """The headers with the right key."""
        given = {
            name: value.removeprefix(b"Bearer ").strip()
            for name, value in headers
            if name.lower() in (b"authorization", b"x-api-key")
        }
        if given and not self._placeholders.issuperset(given.values()):
            return headers
        kept = without(headers, b"authorization", b"x-api-key")
        if not self._key:
            return kept
        bearer = b"Bearer " if self._header == b"authorization" else b""
        return [*kept, (self._header, bearer + self._key.encode())]


PLACEHOLDER = "unspool"
"""The key that clients are given where they need none: most refuse to start without one."""


def _end_to_end(headers: RawHeaders) -> RawHeaders:
    """The headers that are meant for the other end; of two lengths that contradict, chunked wins (RFC 9112, 6.3)."""
    named = {
        token.strip().lower() for name, value in headers if name.lower() == b"connection" for token in value.split(b",")
    }
    chunked = header(headers, b"transfer-encoding") != b""
    dropped = {*_HOP_BY_HOP, *named, b"host", *([b"content-length"] if chunked else [])}
    return without(headers, *dropped)


def _streamed(scope: Scope, receive: Receive) -> AsyncIterator[bytes] | None:
    """The body of a request as it arrives; None where it has none."""
    headers = scope["headers"]
    if not header(headers, b"transfer-encoding") and header(headers, b"content-length") in (b"", b"0"):
        return None

    async def parts() -> AsyncIterator[bytes]:
        while True:
            message = await receive()
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body"):
                return

    return parts()
