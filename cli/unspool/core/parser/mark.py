"""Marks of text that is not kept: its size in characters and its CRC-32, enough to recognise it (A6, R15)."""

from typing import Final
from zlib import crc32

Mark = tuple[int, int]
EMPTY: Final[Mark] = (0, 0)


def extended(mark: Mark, text: str) -> Mark:
    """Return the mark of the text with ``mark`` and of what follows it."""
    return mark[0] + len(text), crc32(text.encode("utf-8", "surrogatepass"), mark[1])
