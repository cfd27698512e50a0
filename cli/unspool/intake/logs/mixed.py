"""Responses that are mixed in one log: several requests were answered at once.

The stream that came first leaves at once; records of others wait until it is
over, and then leave as parts, one stream after the other. A stream that was cut
never ends, so it gives way after a number of records of others. A chunk shows its
stream by its id, a piece of Gemini by its responseId; ``--split-by`` names another
member.
"""

import re
from collections.abc import Iterator

from unspool.intake.asked import Notice
from unspool.intake.items import Item, Part
from unspool.intake.json_text.literals import encoded
from unspool.intake.kept_log import Place

_ID = re.compile(rb'^(?:data: ?)?\{\s*"id": ?"([^"\\]+)"')
_RESPONSE_ID = re.compile(rb'"response(?:Id|_id)": ?"([^"\\]+)"')
_RECORD = (b"{", b"data: {", b"data:{")
_CANDIDATES = b'"candidates"'
"""A member of a piece of Gemini, which has its id in a later one."""
_OPENS = re.compile(rb'"role": ?"')
_CHOICES = b'"choices"'
"""A member of a chunk: the ids of other events are of a message, a run or a step inside of one response."""
_FINISH = re.compile(rb'"finish(?:_r|R)eason": ?"\w')
_START = re.compile(
    rb'"type": ?"(?:message_start|response\.created|message-start|start|RUN_STARTED)"|"messageStart": ?\{'
)
_STOP = re.compile(
    rb'"type": ?"(?:message_(?:stop|end)|response\.(?:completed|failed|incomplete|done)|message-end|finish|abort'
    rb'|RUN_FINISHED|RUN_ERROR)"|"messageStop": ?\{'
)
"""The first and the last event of a response whose events have no id."""
_DONE = re.compile(rb'"done": ?true')
_DONE_ALONE = re.compile(rb'"(?:content|response)": ?"".*"done_reason": ?"stop"')
"""The last line of a response of Ollama's, and one without text: behind another one it ends a response before it."""
_USAGE = re.compile(rb'"usage": ?\{')
_SHOWN = 40  # characters of a key in the name of a part
_PIECE = 1 << 20
"""Bytes of a long record that leave at once."""
_BEGINNING = 1 << 16
"""Bytes of a line in several pieces that wait for its end: the first members of a record show its stream."""
_FINISHED, _UNFINISHED = 256, 4096
"""Records of other streams after which a stream gives way: a finished one, whose usage may still come (Q5), and any."""
_WHOLE = _UNFINISHED // 4
"""Records for which the end of another stream counts: no stream waits while four others begin and end."""


def _given_up(items: list[Item]) -> Iterator[Item]:
    """Yield items that are kept no longer; a long record in pieces, so that its reader's copy does not come on top."""
    items.reverse()
    while items:
        item = items.pop()
        if not isinstance(item, bytes) or len(item) <= _PIECE:
            yield item
            continue
        pieces = [item[start : start + _PIECE] for start in range(0, len(item), _PIECE)]
        del item
        pieces.reverse()
        while pieces:
            yield pieces.pop()


def _id_in(record: bytes) -> re.Match[bytes] | None:
    """Find the id of the response that a record belongs to; none in a text of several records."""
    found = _ID.match(record)
    if found is None and record.find(_CANDIDATES) >= 0 and record.startswith(_RECORD):
        found = None if record.rstrip().find(b"\n") >= 0 else _RESPONSE_ID.search(record)
    return found


def _has_id(record: bytes, found: re.Match[bytes]) -> bool:
    """Return whether a record has the id that was found in another one."""
    if found.re is _ID:
        return record.startswith(found[0])
    other = _id_in(record)
    return other is not None and other[1] == found[1]


def _end_of_run(records: list[bytes], start: int, found: re.Match[bytes]) -> int:
    """The offset behind the records from ``start`` on that are blank or have the id that was found in the first."""
    opening: bytes = found[0] if found.re is _ID else b""
    for at in range(start, len(records)):
        record = records[at]
        if record and not (record.startswith(opening) if opening else _has_id(record, found)):
            return at
    return len(records)


class MixedStreams:
    """Records in, the records of one stream after the other out."""

    def __init__(self) -> None:
        self._current: str | None = None
        self._current_id = b""
        self._finished = False
        self._patience = 0  # records of others that may still come before the current stream gives way
        self._divided = False  # a stream that waited has left as a part
        self._waiting: dict[str, list[Item]] = {}
        self._ended: set[str] = set()  # of those, the finished ones
        self._last: list[Item] | None = None  # where the last record waits: a blank line ends its event
        self._held: list[bytes] = []  # pieces of a line, whose beginning shows the stream
        self._held_bytes = 0
        self._open = False  # more of a line may come, whose beginning has left
        self._messages = 0  # that are open, of a dialect whose events have no id
        self._done = False  # the last record ended a response of Ollama's
        self._warned = False
        self.member = ""
        """A member of the log's records that shows by its name which request they belong to."""

    def feed(self, record: bytes, key: str | None = None, place: Place | None = None) -> Iterator[Item]:
        """The records that can leave, now that ``record`` came, each behind its ``place`` in a log that is kept.

        ``key`` is that of --split-by.
        """
        items: list[Item] = [record] if place is None else [place, record]
        goes_on = False
        if place is None and (self._open or self._held or not record.endswith(b"\n")):
            goes_on = self._open
            record = self._beginning(record)
            items = [record]
            if not record:
                return
        if self._last is not None and (goes_on or record.isspace()):
            self._last += items
            return
        self._last = None
        if key is None and not goes_on:
            yield from self._warn(record)
            key = self._key_of(record)
        if goes_on or key is None or key == self._current:
            self._read_end(record)
            record = b""  # given up (mypyc deletes no variable of a generator)
            yield from _given_up(items)
        elif self._current is None or (self._finished and not self._waiting):
            record = b""  # given up (mypyc deletes no variable of a generator)
            yield from self._begin(key, items)
        else:
            self._last = self._waiting.setdefault(key, [])
            self._last += items
            ends = _FINISH.search(record) is not None
            self._patience -= _WHOLE if ends else 1
            if ends:
                self._ended.add(key)
            if self._patience <= 0:
                yield from self._next()

    def _beginning(self, piece: bytes) -> bytes:
        """A line with this piece, or what is there of a long one; empty while its end, or more of it, is awaited."""
        ends = not piece or piece.endswith(b"\n")
        if not self._open:
            self._held.append(piece)
            self._held_bytes += len(piece)
            if not ends and self._held_bytes < _BEGINNING:
                return b""
            piece = b"".join(self._held)
            self._held.clear()
            self._held_bytes = 0
        self._open = not ends
        return piece

    def _begin(self, key: str, items: list[Item]) -> Iterator[Item]:
        """The first records of the stream that now leaves at once."""
        self._current, self._finished, self._patience = key, False, _UNFINISHED
        self._current_id = encoded(key)
        self._read_end(b"".join([item for item in items if isinstance(item, bytes)]))
        if self._divided:
            yield Part(key[:_SHOWN])
        yield from _given_up(items)

    def _next(self) -> Iterator[Item]:
        """The stream that has waited longest, and those behind it while others have ended, too."""
        while True:
            key, items = next(iter(self._waiting.items()))
            del self._waiting[key]
            self._ended.discard(key)
            self._divided = True
            if items is self._last:
                self._last = None
            yield from self._begin(key, items)
            if not (self._waiting and self._finished and (self._ended or self._patience <= 0)):
                break

    def _read_end(self, records: bytes) -> None:
        """Take from records of the current stream whether it is over."""
        found = None if self._finished else _FINISH.search(records)
        if found is not None:
            self._finished, self._patience = True, _FINISHED
        elif not self._finished:
            self._patience = _UNFINISHED
        # From the finish on, so that it does not depend on which records came together.
        if self._finished and _USAGE.search(records, 0 if found is None else found.start()):
            self._patience = 0

    def feed_lines(self, records: list[bytes]) -> Iterator[Item]:
        """The same of many records, each without the end of its line; those of one stream leave together."""
        at = 0
        while at < len(records):
            begin = at
            found = _id_in(records[at])
            if self._last is not None:
                yield from self.feed(records[at] + b"\n")
                at += 1
            elif found is None:
                while at < len(records) and _id_in(records[at]) is None:
                    at += 1
                yield from self._without_id(records[begin:at])
            elif found[1] == self._current_id and not self._waiting:
                at = _end_of_run(records, at, found)
                lines = b"\n".join([*records[begin:at], b""])
                self._read_end(lines)
                yield lines
            else:
                yield from self.feed(records[at] + b"\n")
                at += 1

    def _without_id(self, records: list[bytes]) -> Iterator[Item]:
        lines = b"\n".join(records) + b"\n"
        if self._done or _START.search(lines) or _STOP.search(lines) or _DONE.search(lines):
            for record in records:
                yield from self._warn(record)
        self._read_end(lines)
        yield lines

    def close(self) -> Iterator[Item]:
        """The line that is not whole, and the streams that still wait."""
        if self._held:
            yield from self.feed(b"")
        while self._waiting:
            yield from self._next()

    def _key_of(self, record: bytes) -> str | None:
        """The id of a record; ids of chunks that change without a new role are of one stream (Q11)."""
        found = _id_in(record)
        if found is None:
            return None
        key = found[1].decode("utf-8", "replace")
        known = self._current is None or key == self._current or key in self._waiting
        begins = found.re is _RESPONSE_ID or (_CHOICES in record and _OPENS.search(record))
        return key if known or begins else None

    def _warn(self, record: bytes) -> Iterator[Item]:
        """Say once that events without an id are mixed, where a message begins inside of another, or ends behind it."""
        begins, ends = _START.search(record) is not None, _STOP.search(record) is not None
        done = _DONE.search(record) is not None
        late = done and self._done and _DONE_ALONE.search(record) is not None
        self._done = done or (self._done and record.isspace())
        if begins != ends:  # a record with both is a whole response
            self._messages = self._messages + 1 if begins else max(0, self._messages - 1)
        if not self._warned and (late or self._messages > 1):
            self._warned = True
            example = f" (--split-by {self.member}, say)" if self.member else ""
            yield Notice(
                "two responses are mixed in it; name a member of the records that distinguishes them with "
                f"--split-by{example}, or where only the text before them does, filter the lines of one response first",
                True,
            )
