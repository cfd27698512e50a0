"""The fast lane: takes fragments out of chunks that differ from the last one in nothing else.

Why it is here. The chunks of one response are the same bytes but for one JSON
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

from unspool.core.arguments import ValueKind
from unspool.core.chunks import Chunk
from unspool.core.transformer import Continuation, Outcome, Transformer
from unspool.streams.codec import decode_string, encode

_ARGUMENTS = re.compile(rb'"arguments"[ \t]*:[ \t]*("[^"\\]*(?:\\.[^"\\]*)*")')
_new = tuple.__new__  # builds a named tuple in half the time
_QUOTE = ord(b'"')
_MARK = "\0unspool\0"
_ENCODED_MARK = encode(_MARK)


class FastLane:
    """One learnt line, and the call that its like continue."""

    def __init__(self, transformer: Transformer) -> None:
        self._transformer = transformer
        self._continuation: Continuation | None = None
        self._head = self._tail = b""
        self._begin = self._end = 0
        self._rewritten_head = self._rewritten_tail = b""

    def feed(self, data: bytes) -> Outcome | None:
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
            if (
                text is not fragment or b"\\" in raw or raw[0] != _QUOTE
            ):  # else the bytes at hand are what encoding would give
                raw = encode(text)
            return _new(Outcome, ([], events, self._rewritten_head + raw + self._rewritten_tail))
        return Outcome(continuation.rewrite(said), events)

    def learn(self, data: bytes, chunk: Chunk) -> None:
        """Remember a chunk, the last one fed, if it did nothing but continue a message call."""
        self._continuation = None
        if data.count(b'"arguments"') != 1 or (found := _ARGUMENTS.search(data)) is None:
            return
        continuation = self._transformer.continuation(chunk)
        if continuation is None:
            return
        before, mark, behind = encode(continuation.rewrite([(ValueKind.MESSAGE, _MARK)])[0]).partition(_ENCODED_MARK)
        if mark and _ENCODED_MARK not in behind:
            self._rewritten_head, self._rewritten_tail = before, behind
            self._head, self._tail = data[: found.start(1)], data[found.end(1) :]
            self._begin, self._end = len(self._head), -len(self._tail)
            self._continuation = continuation
