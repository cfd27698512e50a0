"""A live call as a source: the bytes of the response, as they arrive.

They are framed and read like those of a file, so that what holds of a capture
holds of a call (R10-R12). openai is imported when the call is made.
"""

import re
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from unspool.errors import SourceFailed
from unspool.sources.comments import CommentLimit
from unspool.sources.endpoint import Endpoint, require_endpoint

if TYPE_CHECKING:
    from unspool.sources.openai_async import ModelClient

_TAIL = 4096  # bytes at the end of a response that are kept to see how it ended
_DONE_LINE = re.compile(rb"[\r\n](?:data:[ \t]*)?\[DONE\]\s*\Z")
"""A last line that is [DONE] and nothing else; the text of a record can hold the same characters."""


class LiveSource:
    """One request to a model, made once, when its blocks are first requested.

    Raises SourceFailed for whatever happens to it, with what to do next: it is
    never repeated, since that could emit the same text twice. The bytes
    of the response are never altered, whatever they hold. ``client`` is for the
    asynchronous side: requests that share one share its connections.
    """

    def __init__(self, endpoint: Endpoint, body: dict[str, Any], client: "ModelClient | None" = None) -> None:
        self.name = require_endpoint(endpoint).name
        if not isinstance(body, Mapping):
            raise TypeError(f"body must be the request as a dict, not {type(body).__name__}")
        self.elapsed: float | None = None
        self._endpoint = endpoint
        self._body = body
        self._client = client

    def blocks(self) -> Iterator[bytes]:
        """The bytes of the response, as the network gives them."""
        from unspool.sources.openai_client import stream  # noqa: PLC0415 - it takes a second

        start = time.monotonic()
        comments = CommentLimit(self.name, self._endpoint.timeout)
        last = b"\n"
        try:
            with stream(self._endpoint, self._body) as blocks:
                for block in blocks:
                    self.elapsed = time.monotonic() - start
                    comments.received(block)
                    last = _end_of(last, block)
                    yield block
                    comments.awaits()
        except SourceFailed:
            if not _DONE_LINE.search(last):  # after [DONE] the response is complete, however the connection ended (B4)
                raise

    async def async_blocks(self) -> AsyncGenerator[bytes, None]:
        """Yield the bytes in an event loop; closing it, or cancelling its task, closes the connection at once."""
        from unspool.sources.openai_async import ModelClient  # noqa: PLC0415 - it takes a second

        start = time.monotonic()
        comments = CommentLimit(self.name, self._endpoint.timeout)
        last = b"\n"
        client = self._client or ModelClient(self._endpoint)
        try:
            async with client.stream(self._body) as blocks:
                async for block in blocks:
                    self.elapsed = time.monotonic() - start
                    comments.received(block)
                    last = _end_of(last, block)
                    yield block
                    comments.awaits()
        except SourceFailed:
            if not _DONE_LINE.search(last):
                raise
        finally:
            if client is not self._client:
                await client.aclose()


def _end_of(last: bytes, block: bytes) -> bytes:
    """The last bytes of a response that ended with ``last`` before ``block`` came."""
    return (last + block)[-_TAIL:] if len(block) < _TAIL else block[-_TAIL:]
