"""The beginning of a plain capture, which needs no layer."""

import re
from codecs import BOM_UTF8

from unspool.core.errors import MalformedRecord
from unspool.dialects.registry import dialect_of
from unspool.formats.detect import OTHER_FIELD
from unspool.formats.json_codec import decode

_FIELDS = re.compile(rb"(?:" + OTHER_FIELD + rb"[^\n]*\n|\r?\n)*+data:")
"""Fields that may precede the first data of an event stream; lines of words are left to the layers of logs."""
_FIELDS_SO_FAR = re.compile(rb"(?:" + OTHER_FIELD + rb"[^\n]*(?:\n|\Z)|\r?\n)*+\Z")
_LONGEST = 256  # bytes of it


def begins_plainly(head: bytes) -> bool:
    """Return whether the first record is complete and of a known format."""
    return first_dialect(head) is not None


def may_begin_plainly(head: bytes) -> bool:
    """Return whether ``head`` is nothing but what may come before the first data of an event stream."""
    head = head.removeprefix(BOM_UTF8)
    return len(head) < _LONGEST and _FIELDS_SO_FAR.match(head) is not None


def first_dialect(head: bytes) -> str | None:
    """The name of the format of the first record; None where it is not complete, or of no known format."""
    head = head.removeprefix(BOM_UTF8)
    fields = _FIELDS.match(head, 0, _LONGEST)
    if fields is None and not head.startswith(b"{"):
        return None
    start = 0 if fields is None else fields.end()
    end = head.find(b"\n", start)
    if end < 0:
        return None
    try:
        return dialect_of(decode(head[start:end].strip()))
    except MalformedRecord:
        return None
