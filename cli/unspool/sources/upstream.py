"""The server behind a proxy: one request passed on, and its response as raw bytes.

openai is not needed for that; the HTTP client that it brings is enough. Nothing
is added to a request but what its connection needs: no user agent, no accepted
encodings, no cookies. Redirects are not followed.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx2

from unspool.errors import SourceFailed
from unspool.redaction import protect_proxies, protect_url, redact

RawHeaders = list[tuple[bytes, bytes]]
_LONGEST_REASON = 300  # characters
_CONNECT_SECONDS = 10.0
_CALL_PATHS = ("/chat/completions", "/responses", "/messages")


class Upstream:
    """The server at a base URL such as ``https://api.openai.com/v1``, and the connections to it.

    ``timeout`` is how long nothing may arrive, in seconds. Raises ValueError for
    what is no URL of a server. Used in one event loop, and closed with ``aclose``.
    """

    def __init__(self, base_url: str, timeout: float = 600.0) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it does not begin with http:// or https:// and a host")
        call = next((path for path in _CALL_PATHS if parts.path.rstrip("/").endswith(path)), None)
        if call is not None:
            raise ValueError(f"it ends in {call}, which clients add themselves; leave it off")
        if parts.username or parts.password or parts.query:
            protect_url(base_url)
            raise ValueError("it holds a password or a query; a key goes into OPENAI_API_KEY")
        protect_proxies()
        self.name = redact(f"{parts.scheme}://{parts.netloc}{parts.path}")
        self._host = parts.netloc.encode("idna" if not parts.netloc.isascii() else "ascii")
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._base = parts.path.rstrip("/")
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=100)
        self._client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS)), limits=limits
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def target(self, path: bytes) -> bytes:
        """Map a path of the proxy to this server: its ``/v1`` is the base URL, all else is relative to the parent."""
        base = self._base or "/v1"
        if path == b"/v1" or path.startswith((b"/v1/", b"/v1?")):
            return base.encode() + path[3:]
        parent = base.removesuffix("/" + base.rsplit("/", 1)[-1])
        return parent.encode() + path

    @asynccontextmanager
    async def request(
        self, method: str, target: bytes, headers: RawHeaders, body: bytes | AsyncIterator[bytes] | None
    ) -> "AsyncIterator[UpstreamResponse]":
        """Make one request; leaving the block closes the connection where the response has not ended.

        ``target`` is sent as it is. Raises SourceFailed where there is no response.
        """
        request = httpx2.Request(
            method,
            self._origin,
            headers=[(b"Host", self._host), *headers],
            content=body,
            extensions={"target": target, "timeout": self._client.timeout.as_dict()},
        )
        try:
            response = await self._client.send(request, stream=True, follow_redirects=False)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise _failure(self.name, error, "before the answer") from None
        try:
            yield UpstreamResponse(self.name, response)
        finally:
            await response.aclose()


class UpstreamResponse:
    """A response whose headers are there."""

    def __init__(self, name: str, response: httpx2.Response) -> None:
        self._name = name
        self._response = response
        self.status = response.status_code
        self.headers: RawHeaders = list(response.headers.raw)

    async def raw_blocks(self) -> AsyncGenerator[bytes, None]:
        """The bytes of the body as the network gives them, packed or not. Raises SourceFailed where it breaks off."""
        async for block in self._guarded(self._response.aiter_raw()):
            yield block

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """Yield the bytes without compression."""
        async for block in self._guarded(self._response.aiter_bytes()):
            yield block

    async def _guarded(self, blocks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        try:
            async for block in blocks:
                yield block
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
            raise _failure(self._name, error, "in the middle of the answer") from None


def _failure(name: str, error: Exception, where: str) -> SourceFailed:
    if isinstance(error, httpx2.ConnectTimeout):
        return SourceFailed(name, "no connection in time", "check --upstream", status=504)
    if isinstance(error, httpx2.TimeoutException):
        return SourceFailed(name, f"nothing arrived for too long {where}", "wait longer with --timeout", status=504)
    reason = redact(str(error))[:_LONGEST_REASON] or type(error).__name__
    if isinstance(error, httpx2.ConnectError):
        return SourceFailed(name, f"no connection: {reason}", "check --upstream", status=502)
    return SourceFailed(name, f"the connection broke {where}: {reason}", "ask again", status=502)
