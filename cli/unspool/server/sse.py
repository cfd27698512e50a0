"""Chunks as server-sent events, the body of a streaming response to an OpenAI client.

StreamingResponse(sse_events(chunks), media_type="text/event-stream")
"""

from collections.abc import AsyncGenerator, AsyncIterable, Generator, Iterable
from typing import Any, overload

from unspool.core.errors import UnspoolError
from unspool.errors import ResponseFailedError, SourceFailed
from unspool.formats.json_codec import encode
from unspool.server.pull import require_stream_of_chunks
from unspool.server.queue_interface import StreamFault, StreamStatus
from unspool.sources.openai_client import choices_with_deltas

_DONE = b"data: [DONE]\n\n"
_COMMENT = b": keep-alive\n\n"


@overload
def sse_events(chunks: AsyncIterable[Any]) -> AsyncGenerator[bytes, None]: ...
@overload
def sse_events(chunks: Iterable[Any]) -> Generator[bytes, None, None]: ...
def sse_events(
    chunks: AsyncIterable[Any] | Iterable[Any],
) -> AsyncGenerator[bytes, None] | Generator[bytes, None, None]:
    """One event for each chunk of a generator (``get_generator()``, ``rewritten(…)``), null members left out.

    Of an asynchronous generator the events are one, too; of one that blocks
    (``rewritten_sync(…)``), they are an ordinary generator, which servers read
    in a thread. A delta that is null or missing is empty there
    (Q2-Q4), and mere text in its place is its content (Q22, Q72).
    ``[DONE]`` follows only after a complete stream. A failure becomes an
    ``error`` event in its place, at which OpenAI clients raise; it holds the
    message of the exception, which may quote the provider. A KEEP_ALIVE marker
    becomes a comment. The generator is closed with this one.
    Raises TypeError for what is no stream of chunks, and in place of what is no chunk.
    """
    if isinstance(chunks, AsyncIterable):
        return _asynchronous(chunks)
    require_stream_of_chunks(chunks)
    return _blocking(chunks)


async def _asynchronous(chunks: AsyncIterable[Any]) -> AsyncGenerator[bytes, None]:
    try:
        async for one in chunks:
            if event := _event(one):
                yield event
            if isinstance(one, StreamFault):
                return
    except (UnspoolError, TimeoutError) as error:
        yield _error_event(error)
    else:
        yield _DONE
    finally:
        close = getattr(chunks, "aclose", None)
        if close is not None:
            await close()


def _blocking(chunks: Iterable[Any]) -> Generator[bytes, None, None]:
    try:
        for one in chunks:
            if event := _event(one):
                yield event
            if isinstance(one, StreamFault):
                return
    except (UnspoolError, TimeoutError) as error:
        yield _error_event(error)
    else:
        yield _DONE
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()


def _event(one: Any) -> bytes:
    """A chunk, a fault or a marker as it is sent; b"" for a marker of which the client learns nothing."""
    if isinstance(one, StreamFault):
        return _error_event(one.error)
    if isinstance(one, StreamStatus):
        return _COMMENT if one is StreamStatus.KEEP_ALIVE else b""
    chunk = _as_dict(one)
    if not isinstance(chunk, dict):
        kind = type(one).__name__
        raise TypeError(f"a chunk must be a dict or a model, not {kind}: sse_events takes what rewritten gives")
    if "choices" in chunk:
        chunk = {**chunk, "choices": choices_with_deltas(chunk)}
    return b"data: %b\n\n" % encode(_without_nulls(chunk))


def _error_event(error: Exception) -> bytes:
    reason = error.reason if isinstance(error, SourceFailed) else str(error)  # the name of a source is for the server
    details: dict[str, Any] = {"message": reason or type(error).__name__, "type": type(error).__name__}
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
