"""Chunks as server-sent events, the body of a streaming response to an OpenAI client.

StreamingResponse(sse_events(chunks), media_type="text/event-stream")
"""

from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any

from unspool.core.errors import UnspoolError
from unspool.errors import ResponseFailedError, SourceFailed
from unspool.formats.json_codec import encode
from unspool.server.queue_interface import StreamFault, StreamStatus

_DONE = b"data: [DONE]\n\n"
_COMMENT = b": keep-alive\n\n"


async def sse_events(chunks: AsyncIterable[Any]) -> AsyncGenerator[bytes, None]:
    """One event for each chunk of a generator (``get_generator()``, ``rewritten(…)``), null members left out.

    ``[DONE]`` follows only after a complete stream. A failure becomes an
    ``error`` event in its place, at which OpenAI clients raise; it holds the
    message of the exception, which may quote the provider. A KEEP_ALIVE marker
    becomes a comment. The generator is closed with this one.
    """
    try:
        async for one in chunks:
            if isinstance(one, StreamFault):
                yield _error_event(one.error)
                return
            if one is StreamStatus.KEEP_ALIVE:
                yield _COMMENT
            elif not isinstance(one, StreamStatus):
                yield b"data: %b\n\n" % encode(_without_nulls(_as_dict(one)))
    except (UnspoolError, TimeoutError) as error:
        yield _error_event(error)
    else:
        yield _DONE
    finally:
        close = getattr(chunks, "aclose", None)
        if close is not None:
            await close()


def _error_event(error: Exception) -> bytes:
    details: dict[str, Any] = {"message": str(error) or type(error).__name__, "type": type(error).__name__}
    if isinstance(error, SourceFailed) and error.status is not None:
        details |= {"code": error.status, "retry_after": error.retry_after}
    elif isinstance(error, ResponseFailedError) and error.event.code:
        details["code"] = error.event.code
    return b"event: error\ndata: %b\n\n" % encode({"error": _without_nulls(details)})


def _as_dict(chunk: Any) -> Any:
    return chunk.to_dict(warnings=False) if hasattr(chunk, "to_dict") else chunk


def _without_nulls(value: Any) -> Any:
    """``value`` without the members that are null, at any depth."""
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    return [_without_nulls(member) for member in value] if isinstance(value, list) else value
