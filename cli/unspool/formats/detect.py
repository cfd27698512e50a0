"""Detection of the format of a source by its first bytes."""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from unspool.formats.message_lists import end_of_list

OTHER_FIELD: Final = rb"(?:(?:event|id|retry)?:|error: ?\{)"
"""The beginning of a field but data; the last is one of llama.cpp's, and as text the beginning of any message."""
FIELD = re.compile(rb"data:|" + OTHER_FIELD)
"""The first field of an event stream."""
_RECORDS = re.compile(rb'\{\s*"|^\s*[{\[]|\bdata: ?[{\[]|\[DONE\]|^HTTP/', re.MULTILINE)
"""Signs of records inside text, for example in a log."""
_ENOUGH = 32
"""Bytes of an unfinished first line that are enough to call it text: a live view must not wait for its end."""
CODED = re.compile(rb'[0-9a-k]:["\[{]')
"""The beginning of a line of the AI SDK's data stream: a code, and a value."""
_ARRAY = re.compile(rb"\[\s*(?:\{|\]\s*\Z|\Z)")
"""An array of objects; or what may still become one, or is empty."""
_TOKENS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|([{}\[\]])', re.DOTALL)
"""Possessive quantifiers: the backtracking stack would take 60 times the memory of the string."""
_BRACKETS = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}
_ALONE = {**_BRACKETS, b"},": -1, b"],": -1}
"""What is often the whole of a line."""


class Format(StrEnum):
    """The framing of a stream."""

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
    """Return the format that the beginning of a source shows; None while it is not certain.

    SSE shows by its first field name, Amazon's binary messages by the checksum
    of the first lengths, an array by the object in it, unless that is the one
    message of a list, JSON that spans lines by a first line whose brackets
    are not closed. All else is JSONL.
    """
    if head.startswith(b"\0"):  # the first byte of a length below 16 MiB; no text begins with it
        from unspool.formats.aws_eventstream import begins_message  # noqa: PLC0415 - start-up

        message = begins_message(head)
        if message is not False:
            return Format.AMAZON if message else None
    start = head.lstrip()
    array = _ARRAY.match(start)
    if array:
        return _of_array(start) if array.group().endswith(b"{") else None
    by_start = Format.SSE if FIELD.match(start) else Format.DATA if CODED.match(start) else None
    if by_start is not None:
        return by_start
    end = start.find(b"\n")
    if end < 0:
        return None
    if not start.startswith((b"{", b"[")) or start.endswith((b"}", b"]", b"}\r", b"]\r"), 0, end):
        return Format.JSONL
    # A line that was cut inside a string is a damaged record of JSONL, not the start of a longer value.
    line = start[:end].rstrip()
    begun = not line.endswith((b"}", b"]")) and nesting(line) > 0 and not _cut_in_string(line)
    return Format.JSON if begun else Format.JSONL


def _of_array(start: bytes) -> Format | None:
    """An array of records, or lists that are records: in lines, or over lines, with commas behind them or nothing."""
    end = end_of_list(start)
    if not end:
        return None if end is None else Format.ARRAY
    behind = start[end:].lstrip(b" \t\r")[:1]
    if behind in (b"\n", b"["):
        return Format.JSONL if b"\n" not in start[:end] else Format.JSON
    return None if not behind else Format.JSON if behind == b"," else Format.ARRAY


def detect_any(head: bytes) -> Format | None:
    """Return the format as ``detect`` does, but TEXT for text without signs of records: for the live view."""
    found = detect(head)
    if found is Format.JSONL or (found is None and len(head) >= _ENOUGH and head.lstrip()[:1].isalpha()):
        return found if _RECORDS.search(head) else Format.TEXT
    return found


def of_whole(source: bytes, by: Callable[[bytes], Format | None]) -> Format:
    """Return the format of a source that has ended, where one of the functions above may be uncertain.

    It is an array also if it is empty, as a program prints that has nothing to list, or cut inside of its first object.
    """
    array = _ARRAY.match(source.lstrip())
    begun = array is not None and array.group().strip() != b"["
    return by(source + b"\n") or (Format.ARRAY if begun else Format.JSONL)


def _cut_in_string(line: bytes) -> bool:
    last: re.Match[bytes] | None = None
    # The pattern also matches a string without its closing quote, which can only be the last token.
    for token in _TOKENS.finditer(line):
        last = token
    if last is None or last[1] is not None:
        return False
    return last.end() - last.start() == 1 or not line.endswith(b'"', last.start(), last.end())


def nesting(line: bytes) -> int:
    """Return the number of brackets that a line opens minus those that it closes, outside of strings."""
    alone = _ALONE.get(line.strip())
    if alone is not None:
        return alone
    if b'"' not in line:  # no string, as in many lines of a value that spans lines; counting needs no tokens
        return line.count(b"{") + line.count(b"[") - line.count(b"}") - line.count(b"]")
    return sum(_BRACKETS.get(token[1], 0) for token in _TOKENS.finditer(line))  # a string may be long: no copy of it
