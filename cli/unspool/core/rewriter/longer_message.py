"""What the message in whole arguments has beyond the message of a call that is complete (R15).

Deltas may give complete arguments with a shorter message than the whole ones.
The parser of the call keeps no text, only size and checksum before and after the
message's source. A message is compared as it is written, and with its characters
beyond ASCII escaped or not: servers often encode the whole arguments again.
"""

import json
from collections.abc import Iterator
from zlib import crc32

from unspool.core.parser.argument_parser import ArgumentParser
from unspool.core.parser.string_decoder import StringDecoder
from unspool.core.parser.targets import ValueKind


def missing_message(read: ArgumentParser, unread: ArgumentParser, whole: str) -> str:
    """Return the decoded rest of the message in ``whole``; "" if it does not start with the message in ``read``.

    ``unread`` is a fresh parser of the same values. The rest then counts as read.
    """
    parts = unread.feed(whole)
    start, end = read.message_start, read.message_end
    if start is None or end is None or read.is_decoded:
        return ""
    message = "".join(text for kind, text in parts if kind is ValueKind.MESSAGE)
    size = end[0] - start[0]
    for source in _sources(message, unread, whole):
        if len(source) > size and _checksum(source[:size], start[1]) == end[1]:
            read.message_end = start[0] + len(source), _checksum(source, start[1])
            return StringDecoder().feed(f'{source[size:]}"', 0)[0]
    return ""


def _sources(message: str, parser: ArgumentParser, whole: str) -> Iterator[str]:
    """Yield the message as it is written in whole arguments, and as servers may have written it in the deltas."""
    (start, _), (end, _), brace = parser.message_start or (0, 0), parser.message_end or (0, 0), whole.find("{")
    yield whole[brace + start : brace + end]
    yield json.dumps(message, ensure_ascii=False)[1:-1]
    yield json.dumps(message)[1:-1]


def _checksum(source: str, before: int) -> int:
    return crc32(source.encode("utf-8", "surrogatepass"), before)
