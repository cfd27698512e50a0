"""The memory of the process."""

import ctypes
from contextlib import suppress

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of malloc.h
_LARGE = 1 << 20  # bytes


def return_large_blocks() -> None:
    """Have the C library return each large block to the system as soon as it is free.

    glibc raises the size from which it does so to that of the largest block that was freed, so that after one huge
    record the memory between others is kept. Other libraries have no such setting.
    """
    with suppress(AttributeError, OSError, TypeError):  # musl and macOS, and Windows
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
