"""Plain lines on standard error."""

from typing import TextIO

from unspool.environment import silence
from unspool.formats.printable import one_line


def say(stream: TextIO | None, text: str) -> None:
    """Write one line; a closed standard error is no reason to fail."""
    if stream is None:
        return
    try:
        stream.write(f"unspool: {one_line(text)}\n")
        stream.flush()
    except (OSError, ValueError):
        silence(stream)
