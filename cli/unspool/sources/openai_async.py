"""The asynchronous side of the OpenAI package: the bytes of a response, read in an event loop.

What is said of a request that fails comes from ``openai_client``: it does not
depend on the client that made it.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import TracebackType
from typing import Any, Self

import openai
from openai import AsyncAPIResponse

from unspool.sources.endpoint import Endpoint
from unspool.sources.openai_client import CALL_ERRORS, NO_KEY, require_stream, source_failure
from unspool.sources.request_body import Api


class ModelClient:
    """The connections to one endpoint, shared by any number of requests of one event loop.

    Making one takes 60 ms of CPU time, so a server makes one and keeps it. Used
    with ``async with``, or closed with ``aclose``.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._client = openai.AsyncOpenAI(
            api_key=endpoint.key or NO_KEY,
            base_url=endpoint.base_url,
            timeout=openai.NOT_GIVEN if endpoint.timeout is None else endpoint.timeout,
            max_retries=0,
            default_headers=endpoint.headers,
            http_client=openai.DefaultAsyncHttpx2Client(follow_redirects=False),  # the prompt is for one host
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
        try:
            async with self._create(body) as response:
                require_stream(self.endpoint, response.headers)
                yield response.iter_bytes()
        except CALL_ERRORS as error:
            raise source_failure(self.endpoint, error) from None

    def _create(self, body: dict[str, Any]) -> AbstractAsyncContextManager[AsyncAPIResponse[Any]]:
        if self.endpoint.api is Api.RESPONSES:
            return self._client.responses.with_streaming_response.create(stream=True, extra_body=body)
        return self._client.chat.completions.with_streaming_response.create(
            model="", messages=[], stream=True, extra_body=body
        )
