"""The pull form: a stream of chunks in, the same stream rewritten out.

    async for chunk in rewritten(await client.chat.completions.create(…, stream=True)): …
    for chunk in rewritten_sync(chunks): …

A dict comes out as a dict, a pydantic chunk as openai's type. A dict that needs no
change is the same object, so that its delta may be null or missing (Q4); a
ChatCompletionChunk has one. After the last chunk both raise the failure of the
last response, as the queue interface does.
"""

import logging
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator
from inspect import isawaitable
from typing import Any

from unspool.core.errors import NotAChunk, UnspoolError
from unspool.core.events import StreamIncomplete
from unspool.core.options import Options, given_options
from unspool.core.outcome import Outcome
from unspool.errors import ResponseFailedError, StreamIncompleteError
from unspool.server.step import SERVER_OPTIONS, EventCallback, Step, given_callback, notify, openai_chunk
from unspool.sources.openai_client import CALL_ERRORS, stream_failure

logger = logging.getLogger("unspool")
_MOST_REFUSALS = 3  # values that are no chunks; more are counted (R10)


async def rewritten(
    stream: AsyncIterable[Any], options: Options | None = None, *, on_event: EventCallback | None = None
) -> AsyncGenerator[Any, None]:
    """The chunks of ``stream``, rewritten; the stream is closed with this generator.

    Dicts come out as dicts, pydantic chunks as openai's ChatCompletionChunk.
    Without ``options`` other tools' calls are dropped, as in the queue interface.
    ``on_event`` is called with each event (a ``StepRecorder`` collects them); what
    it raises is logged.
    Raises StreamIncompleteError, ResponseFailedError, ArgumentsFailedError or
    SourceFailed after all chunks; what is no chunk is logged and left out (R10), and
    where nothing else came NotAChunk is raised. Raises TypeError for what is no stream.
    """
    require_stream_of_chunks(stream, AsyncIterable, "rewritten_sync takes one that blocks")
    rewriting = _Rewriting(given_options(options) or SERVER_OPTIONS, on_event)
    try:
        async for chunk in stream:
            for one in rewriting.feed(chunk):
                yield one
    except CALL_ERRORS as error:
        rewriting.fail(error)
    finally:
        await _close(stream)
    for one in rewriting.close():
        yield one
    rewriting.raise_failure()


def rewritten_sync(
    stream: Iterable[Any], options: Options | None = None, *, on_event: EventCallback | None = None
) -> Iterator[Any]:
    """``rewritten`` for an iterable that blocks, such as openai's ``Stream``."""
    require_stream_of_chunks(stream, Iterable, "rewritten takes an asynchronous one")
    rewriting = _Rewriting(given_options(options) or SERVER_OPTIONS, on_event)
    try:
        for chunk in stream:
            yield from rewriting.feed(chunk)
    except CALL_ERRORS as error:
        rewriting.fail(error)
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()
    yield from rewriting.close()
    rewriting.raise_failure()


def require_stream_of_chunks(stream: Any, kind: Any = Iterable, other: str = "") -> None:
    """Raise TypeError for a value that is no iterable of this kind, or iterates over something else than chunks."""
    none = isinstance(stream, (str, bytes, dict)) or hasattr(type(stream), "model_dump")
    if isinstance(stream, kind) and not none:
        return
    given = "None" if stream is None else type(stream).__name__
    if isawaitable(stream):
        hint = "; await it first"
    else:
        hint = f"; {other}" if other and not none and isinstance(stream, (AsyncIterable, Iterable)) else ""
    raise TypeError(f"a stream must be an iterable of chunks, such as openai's or a generator, not {given}{hint}")


class _Rewriting:
    """The common part of both forms."""

    def __init__(self, options: Options, on_event: EventCallback | None) -> None:
        self._step = Step(options)
        self._on_event = given_callback(on_event)
        self._typed = False  # whether the last chunk was a pydantic model: what it releases becomes one too
        self._cause: Exception | None = None
        self._last: list[Any] = []  # what the report of the provider's error released
        self._refused = 0
        self._first_refused: NotAChunk | None = None

    def feed(self, chunk: Any) -> list[Any]:
        self._typed = hasattr(chunk, "model_dump")
        try:
            return self._deliver(self._step.feed(chunk))
        except NotAChunk as fault:
            self._refused += 1
            self._first_refused = self._first_refused or fault
            if self._refused <= _MOST_REFUSALS:
                logger.warning("%s", fault)
            return []

    def fail(self, cause: Exception) -> None:
        """The stream raised ``cause``; an error inside of it, which openai's client raises, is one for the step."""
        self._cause = cause
        failure = stream_failure(cause)
        if isinstance(failure, ResponseFailedError):
            error = {"message": failure.event.message, "code": failure.event.code}
            self._last = self._deliver(self._step.feed({"error": error}))

    def close(self) -> list[Any]:
        if self._refused > _MOST_REFUSALS:
            logger.warning("%d more that are no chunks", self._refused - _MOST_REFUSALS)
        return [*self._last, *self._deliver(self._step.close())]

    def raise_failure(self) -> None:
        if self._cause is not None:
            raise stream_failure(self._cause) from self._cause
        failure: UnspoolError | None
        if self._step.results:
            failure = self._step.failure
        elif self._first_refused is not None:
            failure = self._first_refused
        else:
            failure = StreamIncompleteError(StreamIncomplete(0, "the stream ended before any chunk arrived"))
        if failure is not None:
            raise failure

    def _deliver(self, outcome: Outcome) -> list[Any]:
        notify(self._on_event, outcome.events)
        return list(map(openai_chunk, outcome.chunks)) if self._typed else outcome.chunks


async def _close(stream: AsyncIterable[Any]) -> None:
    """Close an async generator, or a stream of openai's, whose connection it holds."""
    close = getattr(stream, "aclose", None) or getattr(stream, "close", None)
    closing = close() if close is not None else None
    if isawaitable(closing):
        await closing
