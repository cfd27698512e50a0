"""The transformer behind an asynchronous queue, for servers: one object between an agent and its client.

The agent calls a model once or more; what the model streams is pushed, rewritten and
queued. The client's task reads the queue, with one generator over all of it:

    the agent, in a thread or a task               the task that answers the client

    ┌─ stream_start()   a model request begins     async for chunk in interface.get_generator():
    │  process_chunk(chunk, …)  again and again        send(chunk)
    └─ stream_end()     the request is over
       … tools run, then the next request …        the loop ends with step_yield(), or raises the
       step_complete()  one step is over           failure of the last step after all its text
       step_yield()     the whole stream is over

The stream is active from construction. Only ``step_yield`` ends it, and
``step_complete`` where ``multi_step`` is false; a later ``stream_start`` begins
another stream. Each of these calls may be repeated. Nothing that was queued is
ever lost: it waits for the next reader.
"""

import logging
from asyncio import QueueFull
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from threading import RLock
from typing import Any, Protocol, runtime_checkable

from unspool.core.events import StreamIncomplete
from unspool.core.options import Options, given_options
from unspool.core.outcome import Outcome
from unspool.errors import StreamIncompleteError, StreamTimeout
from unspool.server.chunk_queue import ChunkQueue, Reader, running_loop
from unspool.server.results import StepResult
from unspool.server.step import SERVER_OPTIONS, EventCallback, Step, given_callback, notify, openai_chunk
from unspool.sources.openai_client import ChatCompletionChunk

logger = logging.getLogger("unspool")

_TOOL, _ARGUMENT, _THOUGHTS = "send_message", "message", "inner_thoughts"


class StreamStatus(StrEnum):
    """Markers between the chunks: KEEP_ALIVE with ``keep_alive``, the others with ``status_markers``."""

    DONE_STEP = "[DONE_STEP]"
    DONE = "[DONE]"
    KEEP_ALIVE = "[KEEP_ALIVE]"


@dataclass(frozen=True)
class StreamFault:
    """The marker of a stream that did not end well, in place of the exception and of DONE."""

    error: Exception


Streamed = ChatCompletionChunk | StreamStatus | StreamFault


@runtime_checkable
class StreamingInterface(Protocol):
    """The interface that an agent server calls while it works; a server can have other implementations."""

    def process_chunk(
        self, chunk: Any, message_id: str, message_date: datetime, expect_reasoning_content: bool = False
    ) -> None:
        """Process one chunk of the model's response."""

    def get_generator(self) -> AsyncGenerator[Any, None]:
        """The stream that the client reads."""

    def stream_start(self) -> None:
        """A model request begins."""

    def stream_end(self) -> None:
        """A model request is over."""

    def step_complete(self) -> None:
        """One step is over; another may follow."""

    def step_yield(self) -> None:
        """The run is over: the stream ends."""

    def user_message(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """The user sent a message."""

    def internal_monologue(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """The agent has private thoughts."""

    def assistant_message(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """The agent sent a message."""

    def function_message(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """A tool returned."""

    def clear(self) -> None:
        """Clear what was shown."""


@dataclass(frozen=True)
class _End:
    """The end of one stream, in the queue behind its chunks; ``failure`` is that of its last step."""

    stream: int
    failure: Exception | None


class ChatCompletionsStreamingInterface:
    """Rewrites pushed chunks and gives them out in order; the module's head draws its life cycle.

    ``timeout`` is how long the generator waits for the next chunk, and a producer
    for space in the queue, in seconds. ``multi_step`` keeps the stream open when
    a step completes. With ``inner_thoughts_in_kwargs`` the argument
    ``inner_thoughts_kwarg`` holds private thoughts, which never leave (R7). All
    of these are attributes that can be set at any time; those that concern the
    parser count from the next step on.

    Keyword-only: ``options`` for what the attributes cannot express; an attribute
    that is not at its default adds its tool or argument to them. Without
    options other tools' calls are dropped (R6). ``status_markers`` also yields
    StreamStatus values, and StreamFault where the generator would raise.
    ``maxsize`` bounds the queue, in chunks. ``keep_alive`` yields
    StreamStatus.KEEP_ALIVE after each so many seconds without a chunk.
    ``on_event`` is called with each event of the transformer, in the thread
    that pushed, after its chunk was queued; what it raises is logged.

    Push from any thread, but from one at a time. ``steps`` holds what each
    model response was.
    """

    FINISH_REASON_STR = "stop"
    ASSISTANT_STR = "assistant"

    def __init__(
        self,
        multi_step: bool = True,
        timeout: float = 180,
        assistant_message_tool_name: str = _TOOL,
        assistant_message_tool_kwarg: str = _ARGUMENT,
        inner_thoughts_in_kwargs: bool = True,
        inner_thoughts_kwarg: str = _THOUGHTS,
        *,
        options: Options | None = None,
        status_markers: bool = False,
        maxsize: int = 0,
        keep_alive: float | None = None,
        on_event: EventCallback | None = None,
    ) -> None:
        _check_numbers(timeout=timeout, maxsize=maxsize, keep_alive=keep_alive)
        self.streaming_mode = True  # servers that find it ask their model for a stream
        self.multi_step = multi_step
        self.timeout = timeout
        self.assistant_message_tool_name = assistant_message_tool_name
        self.assistant_message_tool_kwarg = assistant_message_tool_kwarg
        self.inner_thoughts_in_kwargs = inner_thoughts_in_kwargs
        self.inner_thoughts_kwarg = inner_thoughts_kwarg
        self.options = given_options(options)
        self.status_markers = status_markers
        self.keep_alive = keep_alive
        self.on_event = given_callback(on_event)
        self._queue: ChunkQueue[Streamed | _End] = ChunkQueue(maxsize)
        self._lock = RLock()  # between pushing and ending; a callback may call back
        self._stream = 1  # counts the streams, so that a reader finds the end of its stream
        self._active = True
        self._awaits_response = False  # a request has begun and no chunk of it has come
        self._step: Step | None = None
        self._results: list[StepResult] = []
        self._failure: Exception | None = None

    # --- the agent's side ----------------------------------------------------------------------

    def stream_start(self) -> None:
        """A model request begins: what an earlier one left open is closed. After the end, another stream begins."""
        with self._lock:
            self._close_step()
            if not self._active:
                self._stream += 1
                self._failure = None
                self._active = True
            self._awaits_response = True

    def process_chunk(
        self,
        chunk: Any,
        message_id: str | None = None,
        message_date: datetime | None = None,
        expect_reasoning_content: bool = False,
        **unknown: Any,
    ) -> None:
        """Push one chunk: a dict as JSON gives it, or a pydantic model (openai's own).

        All other arguments are accepted because servers pass them, and ignored:
        chunks keep their own id and date (R4), and ``expect_reasoning_content``
        concerns native reasoning, which passes in any case (R7).

        With ``maxsize`` this waits while the queue is full. Raises RuntimeError
        where the stream is not active, asyncio.QueueFull where it would have to
        wait in an event loop (``await drain()`` waits there), StreamTimeout if the queue
        stays full for ``timeout`` seconds, NotAChunk for what is no chunk. What
        was refused was not taken in and can be pushed again.
        """
        if self._queue.full:
            self._block_until_space()
        with self._lock:
            self._require_active("push to")
            if self._step is None:
                self._step = Step(self._step_options())
            outcome = self._step.feed(chunk)
            self._awaits_response = False
            self._deliver(outcome)

    async def drain(self) -> None:
        """Wait until the queue has space: what ``process_chunk`` does in a thread, for producers in an event loop.

        Raises StreamTimeout if the queue stays full for ``timeout`` seconds.
        """
        if not await self._queue.wait_for_space(self.timeout):
            raise StreamTimeout(self.timeout, "the stream was not read")

    def step_done(self) -> None:
        """The model's stream ended with [DONE]: a finish that is missing is no fault (F5)."""
        with self._lock:
            if self._step is not None:
                self._deliver(self._step.done())

    def step_failed(self, error: Exception) -> None:
        """The model request failed: the generator raises ``error``, unless another step follows.

        After the end of the stream it is only logged. Raises TypeError where ``error`` is no exception.
        """
        if not isinstance(error, Exception):
            raise TypeError(f"step_failed takes the exception that the request raised, not {type(error).__name__}")
        with self._lock:
            if self._failure is error and self._step is None and not self._awaits_response:
                return  # relay has reported it, and so does whoever catches what relay raises
            if self._active:
                self._close_step()
                self._fail(error)
            else:
                logger.warning("after the end of the stream: %s", error)

    def stream_end(self) -> None:
        """The model request is over: its step is closed, the stream goes on.

        A request that brought nothing has failed, whatever the server knows of it (R11).
        """
        with self._lock:
            self._close_request()

    def step_complete(self) -> None:
        """One step is over, and without ``multi_step`` the stream. Harmless where the stream has ended."""
        with self._lock:
            self._close_request()
            if not self._active:  # a callback may have ended it
                return
            if self.status_markers:
                self._queue.put(StreamStatus.DONE_STEP)
            if not self.multi_step:
                self._end()

    def step_yield(self) -> None:
        """The run is over: the stream ends, also with ``multi_step``."""
        with self._lock:
            self._close_request()
            if self._active:  # a callback may have ended it
                self._end()

    @property
    def maxsize(self) -> int:
        """The bound on the queue, in chunks; 0 sets none."""
        return self._queue.maxsize

    @maxsize.setter
    def maxsize(self, chunks: int) -> None:
        self._queue.resize(chunks)

    @property
    def steps(self) -> list[StepResult]:
        """The result of each model response, in order; the last may not have finished."""
        with self._lock:
            return [*self._results, *(self._step.results if self._step is not None else ())]

    def _step_options(self) -> Options:
        """The options of the next step, from ``options`` and from the attributes as they are now."""
        given = given_options(self.options)
        options = SERVER_OPTIONS if given is None else given
        tool = {self.assistant_message_tool_name: self.assistant_message_tool_kwarg}
        if tool != {_TOOL: _ARGUMENT}:
            options = replace(options, tools=tool if given is None else {**given.tools, **tool})
        thoughts: tuple[str, ...] = ()
        if self.inner_thoughts_in_kwargs:
            thoughts = tuple(dict.fromkeys((self.inner_thoughts_kwarg, *options.thoughts_arguments)))
        return replace(options, thoughts_arguments=thoughts, message_arguments=True)

    def _deliver(self, outcome: Outcome) -> None:
        self._queue.put(*map(openai_chunk, outcome.chunks))
        notify(self.on_event, outcome.events)

    def _close_step(self) -> None:
        step, self._step = self._step, None
        if step is None:
            return
        outcome = step.close()
        self._results += step.results
        if step.results:
            self._failure = step.failure
        self._deliver(outcome)

    def _close_request(self) -> None:
        """Close the step; a request that began and brought no chunk has failed (R11)."""
        self._close_step()
        if self._awaits_response and self._active:
            self._fail(StreamIncompleteError(StreamIncomplete(0, "the request ended before any chunk arrived")))

    def _fail(self, error: Exception) -> None:
        self._awaits_response = False
        self._failure = error
        logger.warning("%s", error)

    def _end(self) -> None:
        self._active = False
        self._queue.put(_End(self._stream, self._failure))

    def _require_active(self, purpose: str) -> None:
        if not self._active:
            raise RuntimeError(f"cannot {purpose} a stream that has ended: stream_start() begins another")

    def _block_until_space(self) -> None:
        self._require_active("push to")
        if running_loop() is not None:
            raise QueueFull("the queue is full: await drain() before process_chunk(), or push from a thread")
        if not self._queue.block_until_space(self.timeout):
            raise StreamTimeout(self.timeout, "the stream was not read")

    # --- the client's side ---------------------------------------------------------------------

    def get_generator(self) -> AsyncGenerator[Streamed, None]:
        """The rewritten chunks, until the stream ends, as openai's ChatCompletionChunk, also where dicts were pushed.

        (``rewritten`` gives dicts for dicts.) Takes over from an earlier generator, which then raises RuntimeError.
        After all chunks the generator raises the failure of the last step:
        StreamIncompleteError, ResponseFailedError, ArgumentsFailedError or
        SourceFailed. Where ``timeout`` seconds bring no chunk it raises
        StreamTimeout; the stream stays active, and a later generator goes on.
        Raises RuntimeError where the stream has ended and all of it was read,
        ValueError where ``keep_alive`` is not positive.
        """
        if self.keep_alive is not None and self.keep_alive <= 0:
            raise ValueError(f"keep_alive must be a positive number of seconds, not {self.keep_alive}")
        if not self._queue:
            self._require_active("read")
        return self._generate(self._queue.take_over(), self._stream)

    async def _generate(self, reader: Reader, stream: int) -> AsyncGenerator[Streamed, None]:
        idle = 0.0  # seconds since the last chunk, while this reader waited
        while True:
            seconds = self._seconds_to_wait(idle)
            try:
                item = await self._queue.get(reader, seconds)
            except TimeoutError:
                idle += seconds or 0.0
                if self.timeout is None or idle < self.timeout:
                    yield StreamStatus.KEEP_ALIVE
                    continue
                item = _End(stream, StreamTimeout(self.timeout, "nothing arrived"))
                logger.warning("%s: the reader gives up", item.failure)
            idle = 0.0
            if not isinstance(item, _End):
                yield item
            elif item.stream >= stream:  # the end of an earlier stream, whose reader is gone, ends nothing
                for marker in self._last_markers(item.failure):
                    yield marker
                return

    def _seconds_to_wait(self, idle: float) -> float | None:
        """Seconds to wait for the next chunk before a marker or the timeout; None without a limit."""
        left = None if self.timeout is None else max(self.timeout - idle, 0.0)
        if self.keep_alive is None:
            return left
        return self.keep_alive if left is None else min(self.keep_alive, left)

    def _last_markers(self, failure: Exception | None) -> list[Streamed]:
        """Return the last values of the generator. Raises the failure of the stream unless markers were requested."""
        if self.status_markers:
            return [StreamStatus.DONE if failure is None else StreamFault(failure)]
        if failure is not None:
            raise failure
        return []

    # --- calls of servers that need no answer ----------------------------------------------------

    def user_message(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Nothing: only the model's stream is shown."""

    def internal_monologue(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Nothing: thoughts come with the chunks."""

    def assistant_message(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Nothing: the message came with the chunks."""

    def function_message(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Nothing: tool results are not streamed."""

    @staticmethod
    def clear() -> None:
        """Nothing: chunks that were sent cannot be taken back."""


def _check_numbers(**values: Any) -> None:
    """Raise TypeError where a limit is no number; only ``maxsize`` needs one."""
    for name, value in values.items():
        if not isinstance(value, (int, float)) and (value is not None or name == "maxsize"):
            raise TypeError(f"{name} must be a number, not {type(value).__name__}")
