"""The beginning of a plain capture, which needs no layer."""

from unspool.core.errors import MalformedRecord
from unspool.dialects.registry import dialect_of
from unspool.formats.json_codec import decode

UTF8_MARK = b"\xef\xbb\xbf"


def begins_plainly(head: bytes) -> bool:
    """Whether the first record is complete and of a known format."""
    return first_dialect(head) is not None


def first_dialect(head: bytes) -> str | None:
    """The name of the format of the first record; None where it is not complete, or of no known format."""
    head = head.removeprefix(UTF8_MARK) if head.startswith(UTF8_MARK) else head
    start = head.find(b"data:", 0, 256) + 5 if head.startswith((b"data:", b"event:", b":", b"id:")) else 0
    if start == 0 and not head.startswith(b"{"):
        return None
    end = head.find(b"\n", start)
    if end < 0:
        return None
    try:
        return dialect_of(decode(head[start:end].strip()))
    except MalformedRecord:
        return None
