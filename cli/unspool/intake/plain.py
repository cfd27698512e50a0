"""The beginning of a plain capture, which needs no layer."""

import re
from codecs import BOM_UTF8

from unspool.core.errors import MalformedRecord
from unspool.dialects.registry import dialect_of
from unspool.formats.json_codec import decode
from unspool.intake.asked import HEAD_BYTES

_FIELDS = re.compile(rb"(?:(?:event|id|retry)?:[^\n]*\n|\r?\n)*+data:")
"""Fields that may precede the first data of an event stream; lines of words are left to the layers of logs."""
_FIELDS_SO_FAR = re.compile(rb"(?:(?:event|id|retry)?:[^\n]*(?:\n|\Z)|\r?\n)*+\Z")
_LONGEST = 256  # bytes of it
_CHUNK_ID = re.compile(rb'(?:data: ?)?\{\s*"id": ?"([^"\\]+)"')
_FINISH = re.compile(rb'"finish_reason": ?"\w')
_ROLE = re.compile(rb'"role": ?"')
_OTHER_CHOICE = re.compile(rb'"index": ?[1-9]')  # its id may differ within one response
_MOST_OPEN = 64  # ids to be compared with


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


def are_mixed(head: bytes) -> bool:
    """Return whether two responses with different ids are open at once in the first records.

    One that opened with a role goes on, without another role, after another
    opened and before it finished. Ids that change with every chunk do not
    return, so that they are of one response (Q11).
    """
    head = head[:HEAD_BYTES]
    if head.count(b'"role"') < 2:  # one opening: all that a plain capture costs
        return False
    last, unfinished = b"", set[bytes]()
    for record in head.splitlines():
        found = _CHUNK_ID.match(record)
        if found is None:
            continue
        ident = found[1]
        opens = _ROLE.search(record) is not None
        if ident != last and ident in unfinished and not opens:
            return True
        if opens and not _OTHER_CHOICE.search(record) and len(unfinished) < _MOST_OPEN:
            unfinished.add(ident)
        if _FINISH.search(record):
            unfinished.discard(ident)
        last = ident
    return False
