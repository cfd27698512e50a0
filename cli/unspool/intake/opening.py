"""The entry: a plain capture is recognised by its first record, and needs none of the layers."""

from collections.abc import Callable, Iterator
from itertools import chain

from unspool.errors import SourceFailed
from unspool.intake.asked import Asked
from unspool.intake.part_source import PartSource, failing
from unspool.intake.plain import begins_plainly
from unspool.intake.source import Source


def parts(source: Source, asked: Asked, note: Callable[[str], None]) -> Iterator[PartSource]:
    """The streams in ``source``, in order; each must be read before the next is asked for.

    ``note`` takes the lines that a person should see, each once.
    """
    blocks = source.blocks()
    try:
        first = next(blocks, b"")
    except SourceFailed as fault:
        yield PartSource(source.name, source, failing(fault))
        return
    if not first or (not asked.anything and begins_plainly(first)):
        yield PartSource(source.name, source, chain([first], blocks) if first else blocks)
        return
    if asked.any_text and not asked.anything:
        from unspool.intake.any_text import look_ahead  # noqa: PLC0415 - for a terminal alone

        first, blocks, text = look_ahead(first, blocks, asked)
        if text:
            yield PartSource(source.name, source, chain([first], blocks))
            return
    from unspool.intake.splitting import split  # noqa: PLC0415 - a plain capture needs none of the layers

    yield from split(source, chain([first], blocks), asked, note)
