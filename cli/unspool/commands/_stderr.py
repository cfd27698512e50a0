"""Plain lines on standard error."""

from typing import Final, TextIO

from unspool.descriptors import write
from unspool.environment import descriptor_of, silence
from unspool.formats.printable import one_line
from unspool.redaction import redact

OWN_FAULT: Final = "a fault in unspool itself"
"""The beginning of a report on an error that no code expects, which tests look for."""


def say(stream: TextIO | None, text: str) -> None:
    """Write one line without secrets; a closed standard error is no reason to fail."""
    if stream is None:
        return
    line = f"unspool: {one_line(redact(text))}\n"
    try:
        descriptor = descriptor_of(stream)
        if descriptor is None:
            stream.write(line)
            return
        stream.flush()
        write(descriptor, line.encode(stream.encoding, "backslashreplace"))  # waits where it is non-blocking
    except (OSError, ValueError):
        silence(stream)
