"""The transformer behind an asynchronous queue, for servers.

Chunks are produced in one task or thread and sent in another:

    interface.stream_start()
    interface.process_chunk(chunk, …)            in the task, or thread, that talks to the model
    async for chunk in interface.get_generator():   in the one that answers the client
    interface.step_complete(); interface.stream_end()

Chunks go through ``Transformer.feed``; nothing of the parser is written twice.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator
from datetime import datetime
from enum import StrEnum
from threading import Lock
from typing import Any, Protocol, runtime_checkable

from unspool.core.events import FAULTS
from unspool.core.options import Options, Thoughts
from unspool.core.rewriter.step import Outcome
from unspool.core.transformer import Transformer
from unspool.sources.openai_client import ChatCompletionChunk, as_openai_chunk

logger = logging.getLogger("unspool")


class StreamStatus(StrEnum):
    """Markers between the chunks, for those who ask for them."""

    DONE_STEP = "[DONE_STEP]"
    DONE = "[DONE]"


Streamed = ChatCompletionChunk | StreamStatus


@runtime_checkable
class StreamingInterface(Protocol):
    """What an agent server calls while it works; a server can put its own beside ours."""

    def process_chunk(
        self, chunk: Any, message_id: str, message_date: datetime, expect_reasoning_content: bool = False
    ) -> None:
        """Take in one chunk of the model's response."""

    def get_generator(self) -> AsyncGenerator[Any, None]:
        """What the client is to see."""

    def stream_start(self) -> None:
        """Begin a stream."""

    def stream_end(self) -> None:
        """End the stream."""

    def step_complete(self) -> None:
        """One model response is over; another may follow."""

    def step_yield(self) -> None:
        """The agent hands over to its user: the stream ends."""

    def user_message(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """A user spoke."""

    def internal_monologue(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """The agent thought."""

    def assistant_message(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """The agent spoke."""

    def function_message(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """A tool answered."""

    def clear(self) -> None:
        """Forget what was shown."""


class ChatCompletionsStreamingInterface:
    """Rewrites pushed chunks and gives them out in order.

    ``timeout`` is how long the generator waits for the next chunk, in seconds.
    ``multi_step`` keeps the stream open when a step completes. With
    ``inner_thoughts_in_kwargs`` the argument ``inner_thoughts_kwarg`` is known
    to be private (R7); without, no argument is taken for thoughts. With
    ``status_markers`` the generator also yields StreamStatus values.

    Push from any thread, but from one at a time; there is one generator at a time.
    """

    def __init__(
        self,
        multi_step: bool = True,
        timeout: float = 180,
        assistant_message_tool_name: str = "send_message",
        assistant_message_tool_kwarg: str = "message",
        inner_thoughts_in_kwargs: bool = True,
        inner_thoughts_kwarg: str = "inner_thoughts",
        *,
        status_markers: bool = False,
    ) -> None:
        self.multi_step = multi_step
        self.timeout = timeout
        self.status_markers = status_markers
        self._tools = {assistant_message_tool_name: assistant_message_tool_kwarg}
        self._thoughts_arguments = (inner_thoughts_kwarg,) if inner_thoughts_in_kwargs else ()
        self._transformer: Transformer | None = None
        self._queue: deque[Streamed] = deque()
        self._active = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._arrived: asyncio.Event | None = None
        self._lock = Lock()  # between a push and the generator that gives up

    def stream_start(self) -> None:
        """Begin a stream: what an earlier one left behind is forgotten."""
        self._queue.clear()
        self._transformer = None
        self._active = True

    def stream_end(self) -> None:
        """End the stream; what is queued is still delivered. Ending twice is harmless."""
        if not self._active:
            return
        self._end_step()
        if self.status_markers:
            self._push(StreamStatus.DONE)
        self._active = False
        self._wake()

    def step_complete(self) -> None:
        """The model's response is over: the parser starts afresh, and without ``multi_step`` the stream ends.

        Harmless where the stream has ended already, as after ``step_yield``.
        """
        if not self._active:
            return
        self._end_step()
        if self.status_markers:
            self._push(StreamStatus.DONE_STEP)
        if not self.multi_step:
            self.stream_end()
        self._wake()

    def step_yield(self) -> None:
        """The agent hands over to its user: the stream ends, whatever ``multi_step`` says."""
        self.stream_end()

    def process_chunk(
        self,
        chunk: Any,
        message_id: str | None = None,
        message_date: datetime | None = None,
        expect_reasoning_content: bool = False,
    ) -> None:
        """Push one chunk: a dict as JSON gives it, or a pydantic model (openai's own).

        ``expect_reasoning_content`` on a step's first chunk gives the thoughts
        out as ``reasoning_content`` (R7). The message's id and date are taken
        for the sake of the protocol: chunks keep their own (R4). Raises
        RuntimeError while no stream is active, NotAChunk for what is no chunk.
        """
        self._require_active("push to")
        if self._transformer is None:
            thoughts = Thoughts.REASONING if expect_reasoning_content else Thoughts.DROP
            options = Options(tools=self._tools, thoughts=thoughts, thoughts_arguments=self._thoughts_arguments)
            self._transformer = Transformer(options)
        fed = _as_dict(chunk)
        if not self._deliver(self._transformer.feed(fed), fed, chunk):
            self._require_active("push to")  # its reader has just given up

    def get_generator(self) -> AsyncGenerator[Streamed, None]:
        """The rewritten chunks, until the stream ends or ``timeout`` seconds bring none.

        Raises RuntimeError while no stream is active and nothing is left of the last.
        """
        if not self._queue:  # what was queued before the end is still to be had
            self._require_active("read")
        return self._generate()

    async def _generate(self) -> AsyncGenerator[Streamed, None]:
        arrived = self._arrived = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        while True:
            arrived.clear()
            active = self._active  # before the queue: what is queued before the end is delivered
            while self._queue:
                yield self._queue.popleft()
            if not active:
                return
            try:
                await asyncio.wait_for(self._pushed(arrived), self.timeout)
            except TimeoutError:
                with self._lock:
                    self._active = bool(self._queue)
                if not self._active:
                    logger.warning("no chunk arrived for %g s: the stream is given up", self.timeout)
                    return

    async def _pushed(self, arrived: asyncio.Event) -> None:
        if self._active and not self._queue:
            await arrived.wait()

    def _deliver(self, outcome: Outcome, fed: Any, original: Any) -> bool:
        """Queue an outcome's chunks; false if nobody reads them any more."""
        taken = True
        for chunk in outcome.chunks:
            same = chunk is fed and isinstance(original, ChatCompletionChunk) and not _is_dated(original)
            taken = self._push(original if same else as_openai_chunk(chunk))
        for event in outcome.events:
            if type(event) in FAULTS:
                logger.warning("%s", event)
        self._wake()
        return taken

    def _push(self, item: Streamed) -> bool:
        with self._lock:
            if self._active:
                self._queue.append(item)
            return self._active

    def _end_step(self) -> None:
        if self._transformer is not None:
            self._deliver(self._transformer.close(), None, None)
            self._transformer = None

    def _require_active(self, purpose: str) -> None:
        if not self._active:
            raise RuntimeError(f"cannot {purpose} a stream that is not active: call stream_start() first")

    def _wake(self) -> None:
        loop, arrived = self._loop, self._arrived
        if loop is not None and arrived is not None and not loop.is_closed():
            loop.call_soon_threadsafe(arrived.set)

    def user_message(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Nothing: only the model's stream is shown."""

    def internal_monologue(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Nothing: thoughts come with the chunks."""

    def assistant_message(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Nothing: the message came with the chunks."""

    def function_message(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Nothing: tool results are not streamed."""

    def clear(self) -> None:
        """Nothing: what was sent was sent."""


def _as_dict(chunk: Any) -> Any:
    """The chunk as a dict; of openai's own the members it came with. A datetime becomes seconds (Q21)."""
    if hasattr(chunk, "model_dump"):
        dumped = chunk.model_dump(exclude_unset=isinstance(chunk, ChatCompletionChunk), warnings=False)
    else:
        dumped = chunk
    if isinstance(dumped, dict) and isinstance(dumped.get("created"), datetime):
        dumped = {**dumped, "created": int(dumped["created"].timestamp())}
    return dumped


def _is_dated(chunk: ChatCompletionChunk) -> bool:
    return isinstance(getattr(chunk, "created", None), datetime)
