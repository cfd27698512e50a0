"""The fast lane: takes fragments out of chunks that differ from the last one in nothing else.

Why it is here. The chunks of most responses are the same bytes but for one JSON
string, and reading and writing the rest of them again and again is most of the
work. A line that begins and ends with the bytes of the line before, with one
whole JSON string between, is the same chunk with another fragment; so only the
string is read, the message parser gets it, and the rewritten chunk is the
rewritten chunk of before with another text. Whatever differs in any other way
goes the long way through ``Transformer.feed``, and nobody can tell by the output.

    lane.feed(data)            -> Outcome, or None: take the long way
    lane.learn(data, chunk)    after the long way: may the next one come here?
"""

import re
from typing import NamedTuple

from unspool.core.chunks import Chunk, sole_fragment
from unspool.core.events import Event
from unspool.core.transformer import Continuation, Outcome, Transformer
from unspool.core.values import ValueKind
from unspool.streams.codec import decode, decode_string, encode

_ARGUMENTS = re.compile(rb'"arguments"[ \t]*:[ \t]*("[^"\\]*(?:\\.[^"\\]*)*")')
_new = tuple.__new__  # builds a named tuple in half the time
_MARK = "\0unspool\0"
_ENCODED_MARK = encode(_MARK)


class Encoded(NamedTuple):
    """What came of a record that took the lane: ``data`` is its one chunk, already as JSON text."""

    events: list[Event]
    data: bytes


class FastLane:
    """One learnt line, and the call that its like continue."""

    def __init__(self, transformer: Transformer) -> None:
        self._transformer = transformer
        self._continuation: Continuation | None = None
        self._head = self._tail = b""
        self._begin = self._end = 0
        self._seen = (b"", b"")
        self._rewritten_head = self._rewritten_tail = b""

    def feed(self, data: bytes) -> Outcome | Encoded | None:
        """What came of a record like the learnt one, or None if it must go the long way."""
        continuation = self._continuation
        if continuation is None or not data.startswith(self._head) or not data.endswith(self._tail):
            return None
        raw = data[self._begin : self._end]
        fragment = decode_string(raw)
        fed = None if fragment is None else continuation.feed(fragment)
        if fed is None:
            return None
        said, events = fed
        if not said:
            return Outcome([], events)
        kind, text = said[0]
        if kind is ValueKind.MESSAGE and len(said) == 1:
            if text is not fragment or b"\\" in raw:  # else the bytes at hand are what encoding would give
                raw = encode(text)
            return _new(Encoded, (events, self._rewritten_head + raw + self._rewritten_tail))
        return Outcome(continuation.rewrite(said), events)

    def learn(self, data: bytes, chunk: Chunk) -> None:
        """Remember a chunk, the last one fed, if it did nothing but continue a message call.

        Only a frame seen twice running is worth it: padding (Q10) makes each another.
        """
        self._continuation = None
        found = _ARGUMENTS.search(data)
        if found is None:
            return
        head, tail = data[: found.start(1) + 1], data[found.end(1) - 1 :]  # both with their quote
        seen, self._seen = self._seen, (head, tail)
        continuation = self._transformer.continuation(chunk) if seen == self._seen else None
        if continuation is None:
            return
        if _arguments_of(decode(head + _ENCODED_MARK[1:-1] + tail)) != _MARK:  # another member of that name
            return
        before, *behind = encode(continuation.rewrite([(ValueKind.MESSAGE, _MARK)])[0]).split(_ENCODED_MARK)
        if len(behind) != 1 or b"\\ud" in before + behind[0]:  # another member like the mark; half a surrogate (codec)
            return
        self._rewritten_head, self._rewritten_tail = before, behind[0]
        self._head, self._tail = head, tail
        self._begin, self._end = len(head) - 1, 1 - len(tail)
        self._continuation = continuation


def _arguments_of(chunk: Chunk) -> str | None:
    sole = sole_fragment(chunk)
    arguments: str | None = sole[1]["function"]["arguments"] if sole else None
    return arguments
