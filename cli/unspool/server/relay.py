"""Pushes a source into the queue interface, for servers that run in asyncio.

    await relay(LiveSource(endpoint, body, client), interface)     in the task that talks to the model
    async for chunk in interface.get_generator(): …               in the one that answers the client

The records are framed, translated and pushed like those of any other source, so
that R10-R12 hold here too. All of it runs in the task that called: when that is
cancelled the connection is closed, and the interface is not changed any more.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

from unspool.core.errors import MalformedRecord
from unspool.core.rewriter.wire import Chunk
from unspool.dialects.translator import Translator
from unspool.errors import SourceFailed
from unspool.formats.framer import Framer
from unspool.formats.record import Record, RecordKind
from unspool.intake.source import Source
from unspool.server.chunk_queue import ChunkQueue
from unspool.server.queue_interface import ChatCompletionsStreamingInterface, StreamingInterface
from unspool.sources.live import LiveSource
from unspool.variants.other_objects import is_ping

logger = logging.getLogger("unspool")

_BLOCKS_AHEAD = 4
_CHUNKS_AT_ONCE = 32  # a block may hold thousands: other tasks get a turn in between


async def relay(source: Source, interface: StreamingInterface) -> None:
    """Push one response, then call ``step_complete``; whether the stream ends with that is up to the interface.

    What cannot be read is logged and passed over (R10). Where the interface's
    queue has a bound, the source is read as fast as it is emptied. Raises
    SourceFailed where the source fails or brings nothing that can be read, also
    to the reader of the interface unless another step follows; RuntimeError
    where the stream is not active; StreamTimeout where the queue stays full for
    the ``timeout`` of the interface; what had come has been pushed. A task that
    is cancelled closes the source and touches the interface no more. Raises TypeError
    for what is no source.
    """
    if not hasattr(source, "blocks"):
        raise TypeError(f"source must be a LiveSource or an object with blocks of bytes, not {type(source).__name__}")
    _close_cancelled(interface)
    pump = _Pump(source.name, interface)
    try:
        async with aclosing(_blocks(source)) as blocks:
            await pump.run(blocks)
    except SourceFailed as error:
        if not pump.done:  # after [DONE] the response is complete, however the connection ended (B4)
            _fail(interface, error)
            raise
    interface.step_complete()


def _close_cancelled(interface: StreamingInterface) -> None:
    """Close the step of an earlier relay that was cancelled: its ids may be those of this one."""
    if isinstance(interface, ChatCompletionsStreamingInterface):
        steps = interface.steps
        if steps and not steps[-1].finished:
            interface.stream_end()


def _fail(interface: StreamingInterface, error: SourceFailed) -> None:
    if isinstance(interface, ChatCompletionsStreamingInterface):
        interface.step_failed(error)
    interface.step_complete()


class _Pump:
    """Pushes the records of one source; ``done`` once [DONE] came."""

    def __init__(self, name: str, interface: StreamingInterface) -> None:
        self.done = False
        self._name = name
        self._interface = interface
        self._ours = interface if isinstance(interface, ChatCompletionsStreamingInterface) else None
        self._translator = Translator()
        self._pushed = 0

    async def run(self, blocks: AsyncIterator[bytes]) -> None:
        """Push all that the blocks hold. Raises SourceFailed where that is nothing."""
        framer = Framer()
        try:
            async for block in blocks:
                await self._push_records(framer.feed(block))
        except SourceFailed:
            await self._push_records(framer.close())
            raise
        await self._push_records(framer.close())
        await self._push(self._translator.close())
        if not self._pushed:
            raise SourceFailed(self._name, "the response holds nothing that can be read", "check the request")

    async def _push_records(self, records: list[Record]) -> None:
        for record in records:
            try:
                await self._push(self._translated(record))
            except MalformedRecord as fault:
                reason = fault.reason
                logger.warning("%s: record %d (byte %d): %s", self._name, record.number, record.offset, reason)

    def _translated(self, record: Record) -> list[Chunk]:
        if record.kind is RecordKind.DONE:
            self.done = True
            return self._translator.close()
        value: Any = record.parse() if record.kind is RecordKind.VALUE else None
        if record.fault is not None:
            raise record.fault
        if record.kind is not RecordKind.VALUE or is_ping(value):
            return []
        translated = self._translator.feed(value)
        return [value] if translated is None else translated

    async def _push(self, chunks: list[Chunk]) -> None:
        for chunk in chunks:
            if self._ours is not None:
                await self._ours.drain()
            if self._pushed % _CHUNKS_AT_ONCE == 0:
                await asyncio.sleep(0)
            self._interface.process_chunk(chunk, message_id="", message_date=datetime.now(UTC))
            self._pushed += 1
        if self.done and self._ours is not None:
            self._ours.step_done()


def _blocks(source: Source) -> AsyncGenerator[bytes, None]:
    return source.async_blocks() if isinstance(source, LiveSource) else _blocks_of_thread(source)


async def _blocks_of_thread(source: Source) -> AsyncGenerator[bytes, None]:
    """The blocks of a source that blocks, read in a separate thread.

    The threads of the loop's default executor are few, and name resolution needs them.
    """
    queue: ChunkQueue[bytes | Exception | None] = ChunkQueue(_BLOCKS_AHEAD)
    reader = queue.take_over()
    stopped = Event()
    Thread(target=_read, args=(source, queue, stopped), daemon=True).start()
    try:
        while (item := await queue.get(reader, None)) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        stopped.set()


def _read(source: Source, queue: "ChunkQueue[bytes | Exception | None]", stopped: Event) -> None:
    try:
        for block in source.blocks():
            queue.put(block)
            while not queue.block_until_space(0.1):
                if stopped.is_set():
                    return
            if stopped.is_set():
                return
        queue.put(None)
    except Exception as error:
        queue.put(error)
