"""Plain text on a terminal: recognised by the bytes at hand, so that its first words are not delayed."""

from collections.abc import Iterator

from unspool.errors import SourceFailed
from unspool.formats.detect import Format, detect_any
from unspool.intake.asked import Asked
from unspool.intake.part_source import failing
from unspool.intake.stage import find_layer
from unspool.intake.unread.foreign_formats import detect_binary

_MOST = 4096
"""Bytes of a first line that are waited for."""
_RECORDS = (b"{", b"[", b"data:", b"event:", b":")


def look_ahead(head: bytes, blocks: Iterator[bytes], asked: Asked) -> tuple[bytes, Iterator[bytes], bool]:
    """The beginning of a source, what follows it, and whether all of it is plain text.

    No more is read than decides. A fault of the source follows what came before it.
    """
    while (text := is_text(head, asked)) is None:
        try:
            block = next(blocks, b"")
        except SourceFailed as fault:
            return head, failing(fault), False
        if not block:
            return head, blocks, detect_any(head + b"\n") is Format.TEXT
        head += block
    return head, blocks, text


def is_text(head: bytes, asked: Asked) -> bool | None:
    """Return whether the beginning is text in which neither a layer nor a record is found; None if more decides."""
    if find_layer(head, False, asked) is not None:
        return False
    if detect_binary(head, False, asked) is None:  # no words that must not be delayed
        return None
    found = detect_any(head)
    if found is Format.TEXT:
        return True
    start = head.lstrip()
    waits = found is None and b"\n" not in start and len(start) < _MOST
    return None if waits and not start.startswith(_RECORDS) else False
