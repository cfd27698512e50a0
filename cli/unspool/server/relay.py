"""A source behind the queue interface: the way of servers that live in asyncio.

    await relay(LiveSource(endpoint, body), interface)     in the task that talks to the model
    async for chunk in interface.get_generator(): …        in the one that answers the client

The source is read in a thread; its records are framed, translated and pushed
like any other, so that R10-R12 hold here too.
"""

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Event
from typing import Any

from unspool.core.errors import MalformedRecord
from unspool.core.rewriter.wire import Chunk, is_ping
from unspool.dialects.translator import Translator
from unspool.formats.framer import Framer
from unspool.formats.record import Record, RecordKind
from unspool.server.queue_interface import StreamingInterface
from unspool.sources.base import Source

logger = logging.getLogger("unspool")


async def relay(source: Source, interface: StreamingInterface) -> None:
    """Push one response, then call ``step_complete``; whether the stream ends with that is up to the interface.

    What cannot be read is logged and passed over (R10). Raises SourceFailed
    where the source fails, RuntimeError where the stream is not active (its
    reader has given up, say); what had come has been pushed. Where the task is
    cancelled the source is read no further.
    """
    stopped = Event()
    try:
        await asyncio.to_thread(_push, source, interface, stopped)
    finally:
        stopped.set()


def _push(source: Source, interface: StreamingInterface, stopped: Event) -> None:
    translator = Translator()
    try:
        for record in _records(source, stopped):
            try:
                _push_all(_translated(record, translator), interface)
            except MalformedRecord as fault:
                logger.warning("%s: record %d (byte %d): %s", source.name, record.number, record.offset, fault.reason)
        _push_all(translator.close(), interface)
    finally:
        interface.step_complete()


def _records(source: Source, stopped: Event) -> Iterator[Record]:
    framer = Framer()
    for block in source.blocks():
        if stopped.is_set():
            return
        yield from framer.feed(block)
    yield from framer.close()


def _translated(record: Record, translator: Translator) -> list[Chunk]:
    if record.kind is RecordKind.DONE:
        return translator.close()
    value: Any = record.parse() if record.kind is RecordKind.VALUE else None
    if record.fault is not None:
        raise record.fault
    if record.kind is not RecordKind.VALUE or is_ping(value):
        return []
    translated = translator.feed(value)
    return [value] if translated is None else translated


def _push_all(chunks: list[Chunk], interface: StreamingInterface) -> None:
    for chunk in chunks:
        interface.process_chunk(chunk, message_id="", message_date=datetime.now(UTC))
