"""Marks of text that is not kept: its size in characters and its CRC-32, enough to recognise it (A6, R15)."""

from typing import Final
from zlib import crc32

Mark = tuple[int, int]
EMPTY: Final[Mark] = (0, 0)
WINDOW: Final = 65_536
"""Characters that are encoded at a time: a copy of a long text would take its size in memory."""


def extended(mark: Mark, text: str, start: int = 0, end: int | None = None) -> Mark:
    """Return the mark of the text with ``mark`` and of ``text[start:end]``, which follows it."""
    if end is None:
        end = len(text)
    crc = mark[1]
    for position in range(start, end, WINDOW):
        crc = crc32(text[position : min(position + WINDOW, end)].encode("utf-8", "surrogatepass"), crc)
    return mark[0] + max(0, end - start), crc
