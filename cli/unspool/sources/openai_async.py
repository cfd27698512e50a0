"""The asynchronous side of the OpenAI package: the bytes of a response, read in an event loop.

Messages about failed requests come from ``openai_client``: it does not
depend on the client that made it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Any, Self

import openai
from openai import AsyncAPIResponse

from unspool.errors import SourceFailed
from unspool.sources.comments import PATIENCE
from unspool.sources.endpoint import Endpoint, require_endpoint
from unspool.sources.openai_client import (
    CALL_ERRORS,
    NO_KEY,
    Response,
    StartOfBody,
    refusal,
    require_stream,
    source_failure,
)
from unspool.sources.request_body import Api


class ModelClient:
    """The connections to one endpoint, shared by any number of requests of one event loop.

    Making one takes 60 ms of CPU time, so a server makes one and keeps it. Used
    with ``async with``, or closed with ``aclose``. Raises SourceFailed where
    proxies or certificates, as the environment names them, cannot be used.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = require_endpoint(endpoint)
        try:
            self._client = self._connections()
        except Exception as error:  # of certificates and proxies: each package raises its own
            raise source_failure(endpoint, error) from None

    def _connections(self) -> openai.AsyncOpenAI:
        """The package's client; it connects to no other host, since the prompt is for one."""
        endpoint = self.endpoint
        return openai.AsyncOpenAI(
            api_key=endpoint.key or NO_KEY,
            base_url=endpoint.base_url,
            timeout=openai.NOT_GIVEN if endpoint.timeout is None else endpoint.timeout,
            max_retries=0,
            default_headers=endpoint.headers,
            http_client=openai.DefaultAsyncHttpx2Client(
                follow_redirects=False, event_hooks={"response": [self._refuse]}
            ),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.close()

    @asynccontextmanager
    async def stream(self, body: dict[str, Any]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Make one request, and give the bytes of its response as they arrive.

        Leaving the block closes the connection where the response has not
        ended. Raises SourceFailed as the synchronous ``stream`` does.
        """
        async with AsyncExitStack() as opened:
            until = asyncio.get_running_loop().time() + self._patience
            response = await self._opened(opened, body, until)
            try:
                yield self._blocks(response.iter_bytes(), until)
            except CALL_ERRORS as error:
                raise source_failure(self.endpoint, error) from None

    @property
    def _patience(self) -> float:
        """Seconds to the first byte."""
        return PATIENCE if self.endpoint.timeout is None else self.endpoint.timeout

    async def _opened(self, opened: AsyncExitStack, body: dict[str, Any], until: float) -> AsyncAPIResponse[Any]:
        """The response when its headers are there, to be closed with ``opened``. Raises SourceFailed."""
        try:
            async with asyncio.timeout_at(until):
                response = await opened.enter_async_context(self._create(body))
                require_stream(self.endpoint, response.headers)
                return response
        except SourceFailed:
            raise
        except Exception as error:  # certificates, proxies, headers, addresses: each package raises its own
            raise source_failure(self.endpoint, error, isinstance(error, TimeoutError)) from None

    async def _blocks(self, blocks: AsyncIterator[bytes], until: float) -> AsyncIterator[bytes]:
        """The bytes of a response; once the first have come, only silence counts."""
        try:
            async with asyncio.timeout_at(until):
                first = await anext(blocks, b"")
        except TimeoutError as error:
            raise source_failure(self.endpoint, error, late=True) from None
        if first:
            yield first
        async for block in blocks:
            yield block

    async def _refuse(self, response: Response) -> None:
        """Raise SourceFailed where the status is an error or a redirect; the package would read all of the body."""
        if response.status_code < 300:
            return
        start = StartOfBody()
        async for block in response.aiter_raw():
            if start.feed(block):
                break
        raise refusal(self.endpoint, response, start)

    def _create(self, body: dict[str, Any]) -> AbstractAsyncContextManager[AsyncAPIResponse[Any]]:
        if self.endpoint.api is Api.RESPONSES:
            return self._client.responses.with_streaming_response.create(stream=True, extra_body=body)
        return self._client.chat.completions.with_streaming_response.create(
            model="", messages=[], stream=True, extra_body=body
        )
