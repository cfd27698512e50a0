"""Which framing a source has, by what it begins with."""

import re
from enum import StrEnum

_FIELD = re.compile(rb"(?:data|event|id|retry)?:")
_RECORDS = re.compile(rb'\{\s*"|^\s*[{\[]|\bdata: ?[{\[]|\[DONE\]|^HTTP/', re.MULTILINE)
"""What a text that holds records somewhere has, a log for one."""
_ENOUGH = 32
"""Bytes of a first line of text that has not ended: a person does not wait for more to see it."""
_CODED = re.compile(rb'[0-9a-k]:["\[{]')
_ARRAY = re.compile(rb"\[\s*(?:\{|\Z)")
_TOKENS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[{}\[\]]', re.DOTALL)
"""Possessive: to remember where it could go back takes 60 times the memory of the string."""
_BRACKETS = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}


class Format(StrEnum):
    """How a stream is framed."""

    AUTO = "auto"
    JSONL = "jsonl"
    SSE = "sse"
    JSON = "json"
    ARRAY = "array"
    AMAZON = "amazon"
    DATA = "data-stream"
    TEXT = "text"
    ANY = "any"


def detect(head: bytes) -> Format | None:
    """The format that the beginning of a source shows, None while it may still be another.

    SSE by its first field name; Amazon's binary messages by the checksum of the
    first lengths; an array by the object in it; JSON that spans lines by a first
    line whose brackets stay open; everything else is taken line by line.
    """
    if head.startswith(b"\0"):
        from unspool.formats.aws_eventstream import begins_message  # noqa: PLC0415 - start-up

        message = begins_message(head)
        if message is not False:
            return Format.AMAZON if message else None
    start = head.lstrip()
    array = _ARRAY.match(start)
    if array:
        return Format.ARRAY if array.group().endswith(b"{") else None
    by_start = Format.SSE if _FIELD.match(start) else Format.DATA if _CODED.match(start) else None
    if by_start is not None:
        return by_start
    end = start.find(b"\n")
    if end < 0:
        return None
    if not start.startswith((b"{", b"[")) or start.endswith((b"}", b"]", b"}\r", b"]\r"), 0, end):
        return Format.JSONL
    line = start[:end].rstrip()
    begun = not line.endswith((b"}", b"]")) and nesting(line) > 0 and not _cut_in_string(line)
    return Format.JSON if begun else Format.JSONL


def detect_any(head: bytes) -> Format | None:
    """As ``detect``, but text of which nothing looks like records is TEXT: for a person who looks at it."""
    found = detect(head)
    if found is Format.JSONL or (found is None and len(head) >= _ENOUGH and head.lstrip()[:1].isalpha()):
        return found if _RECORDS.search(head) else Format.TEXT
    return found


def _cut_in_string(line: bytes) -> bool:
    last = b""
    for token in _TOKENS.finditer(line):
        last = token.group()
    return last.startswith(b'"') and (len(last) == 1 or not last.endswith(b'"'))


def nesting(line: bytes) -> int:
    """How many more brackets a line opens than it closes, outside of strings."""
    return sum(_BRACKETS.get(token.group(), 0) for token in _TOKENS.finditer(line))
