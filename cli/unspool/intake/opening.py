"""The entry: a plain capture is recognised by its first record, and needs none of the layers."""

from collections.abc import Callable, Iterator
from itertools import chain

from unspool.core.errors import MalformedRecord, SourceFailed
from unspool.dialects.registry import dialect_of
from unspool.formats.json_codec import decode
from unspool.intake.asked import Asked
from unspool.intake.part_source import ByteSource, PartSource


def parts(source: ByteSource, asked: Asked, note: Callable[[str], None]) -> Iterator[PartSource]:
    """The streams in ``source``, in order; each must be read before the next is asked for.

    ``note`` takes the lines that a person should see, each once.
    """
    blocks = source.blocks()
    try:
        first = next(blocks, b"")
    except SourceFailed as fault:
        yield PartSource(source.name, source, _failing(fault))
        return
    if not first or (not asked.anything and begins_plainly(first)):
        yield PartSource(source.name, source, chain([first], blocks) if first else blocks)
        return
    from unspool.intake.splitting import split  # noqa: PLC0415 - a plain capture needs none of the layers

    yield from split(source, chain([first], blocks), asked, note)


def begins_plainly(head: bytes) -> bool:
    """Whether the first record is complete and of a known format."""
    start = head.find(b"data:", 0, 256) + 5 if head.startswith((b"data:", b"event:", b":", b"id:")) else 0
    if start == 0 and not head.startswith(b"{"):
        return False
    end = head.find(b"\n", start)
    if end < 0:
        return False
    try:
        return dialect_of(decode(head[start:end].strip())) is not None
    except MalformedRecord:
        return False


def _failing(fault: SourceFailed) -> Iterator[bytes]:
    yield from ()
    raise fault
