"""HAR: the archive of requests that browsers and proxies export (HTTP Archive 1.2).

A HAR can be large, so its entries are read one by one, and of each only what
``exchange`` needs is kept until the order of all is known. Chrome keeps one
stream as text and as ``_eventSourceMessages``, and the next as the messages
alone: the text is read where there is one, else the messages.
"""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, NamedTuple

from unspool.core.errors import MalformedRecord
from unspool.dialects.members import dict_of, dicts_of
from unspool.formats.json_codec import decode, encode
from unspool.intake.asked import Asked, Notice
from unspool.intake.containers.exchange import EVENT_STREAM, Exchange, payload, read
from unspool.intake.items import Broken, Item
from unspool.intake.json_text.literals import unfinished_value_of, value_of
from unspool.intake.json_text.times import number_of, seconds

_ENTRIES = re.compile(rb'"entries"\s*:\s*\[')
_BEGINS = re.compile(rb'\{\s*"log"\s*:\s*\{')
"""Another HAR, joined to one (``cat a.har b.har``)."""
_BEGINS_INSIDE = re.compile(
    rb'\{\s{0,12}"log"\s{0,2}:\s{0,12}\{\s{0,12}"(?:version|creator|browser|pages|entries|comment)"'
)
"""The same inside of one that is cut: a string would have escapes before its quotes."""
_LONGEST_BEGINNING = 72  # bytes that match it
_BLANK = b" \t\r\n\xef\xbb\xbf"
_IN_ENTRIES = 3  # brackets: of the whole, the log, and the list
_LONGEST_KEY = 64  # bytes of these that may be cut
_TOKEN = re.compile(rb'["{}\[\]]')
_INSIDE = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
"""The body of a JSON string, up to its closing quote."""
_STREAM_TYPES = ("event-stream", "ndjson", "jsonl", "eventstream")
_LARGEST = 1 << 30  # bytes of one entry, and of all bodies that are kept
_BEFORE_ANSWER = ("blocked", "dns", "connect", "send", "wait")
"""The timings up to the first byte of the response, in milliseconds; -1 where they do not apply."""
_BINARY = 2  # RFC 6455
_MESSAGES = "_eventSourceMessages"
"""The member with the events of a stream."""
_DATA = re.compile(rb"(?:^|(?<=\n))data: ?(?!\[DONE\])\S")
_TEXT = re.compile(rb'"text"\s*:\s*"')
_LONG = 1 << 20  # bytes
_CUT = re.compile(rb"[^\\]{12}(?=[ -~])")
"""A place at which a JSON string can be cut: outside characters, escapes and surrogate pairs."""


class _Entry(NamedTuple):
    """The number of its HAR, where several are joined, the start of an entry, in seconds since 1970, its exchange."""

    document: int
    began: float
    exchange: Exchange


class Har:
    """The streams in a HAR, in the order of ``startedDateTime``."""

    def __init__(self, asked: Asked, files: Callable[[str], bytes | None] | None = None) -> None:
        """Begin; ``files`` gives the bodies in separate files, where an archive holds both."""
        self._timed = asked.timed
        self._files = files
        self._objects: _Objects | None = None  # once the list of entries began
        self._head = b""
        self._entries: list[_Entry] = []
        self._size = 0  # bytes of the bodies that are kept
        self._broken: Broken | None = None
        self._document = 0
        self._level = 0  # brackets that are open around what is read; 0 behind the end
        self._ahead = b""  # in which another HAR may begin
        self._cut = False  # one of them ends early

    def feed(self, block: bytes) -> Iterator[Item]:
        """Keep what matters of the entries that ``block`` completes."""
        if self._broken is not None:
            return
        self._read_each(self._until_beginning(self._ahead + block))
        if self._objects is None:
            return
        if max(self._size, self._objects.size) > _LARGEST:
            self._broken = Broken(f"it holds more than {_LARGEST >> 30} GB", "split it, or export fewer entries")
            self._entries.clear()
            yield self._broken

    def _until_beginning(self, block: bytes) -> bytes:
        """Read what is before each HAR that begins in a block; returns the rest, without what is kept for the next."""
        start = behind = 0
        for found in _BEGINS_INSIDE.finditer(block) if b'"log"' in block else ():
            self._read_each(block[start : found.start()])
            start, behind = found.span()
            if self._level or (self._objects is None and self._head.strip(_BLANK)):
                self._end_cut()
        end = block.find(b"{", max(behind, len(block) - _LONGEST_BEGINNING))
        self._ahead = block[end:] if end >= 0 else b""
        return block[start:] if end < 0 else block[start:end]

    def _end_cut(self) -> None:
        """Keep what is there of a HAR that ends early."""
        self._cut = True
        if self._objects is not None and self._level == _IN_ENTRIES:
            whole = len(self._entries)
            self._keep(unfinished_value_of(self._objects.rest()), {})
            if any(one.exchange.body is None and not one.exchange.failed for one in self._entries[whole:]):
                self._entries.pop()  # its body may be in what is missing
        self._objects, self._head, self._level = None, b"", 0
        self._document += 1

    def _read_each(self, block: bytes) -> None:
        """Keep what matters of a block, in which another HAR may follow."""
        following: bytes | None = block
        while following is not None:
            following = self._read(following)

    def _read(self, block: bytes) -> bytes | None:
        """Keep what matters of a block; returns the rest of it, where another HAR begins there."""
        if self._objects is None:
            block = self._head + block
            start = _ENTRIES.search(block)
            if start is None:
                self._head = block[-_LONGEST_KEY:]
                return None
            self._objects, self._level, block, self._head = _Objects(), _IN_ENTRIES, block[start.end() :], b""
        while self._level:
            for data in self._objects.feed(block):
                if self._level == _IN_ENTRIES:
                    self._take(data)
            if not self._objects.ended:
                return None
            block = self._objects.behind
            self._objects = _Objects()
            self._level -= 1
        return self._behind(self._head + block)

    def _behind(self, rest: bytes) -> bytes | None:
        """Look at what is behind the end; see ``_read``."""
        rest = rest.lstrip(_BLANK)
        if _BEGINS.match(rest):
            self._objects, self._head = None, b""
            self._document += 1
            return rest
        self._head = rest[:_LONGEST_KEY]
        return None

    def _take(self, data: bytes) -> None:
        try:
            entry, texts = _decoded(data)
        except MalformedRecord:
            return
        del data  # which can be much larger than what is kept of it
        self._keep(entry, texts)

    def _keep(self, entry: Any, texts: dict[str, bytes]) -> None:
        if isinstance(entry, dict):
            body = _body(entry, texts) or self._file_of(entry)
            exchange = _exchange(entry, body).reduced()
            if self._timed and exchange.body and not exchange.failed:  # of a failed one the message is read
                exchange = exchange._replace(body=_timed_body(entry, exchange.body))
            self._size += len(exchange.body or b"") + len(exchange.asked)
            self._entries.append(_Entry(self._document, seconds(entry.get("startedDateTime")) or 0.0, exchange))

    def _file_of(self, entry: dict[str, Any]) -> bytes | None:
        """The body in a separate file, as Playwright names it."""
        name = dict_of(dict_of(entry, "response"), "content").get("_file")
        return self._files(name) if self._files is not None and isinstance(name, str) else None

    def close(self) -> Iterator[Item]:
        """The streams."""
        if self._broken is not None:
            return
        yield Notice("HAR: by its first members")
        self._read_each(self._ahead)
        if self._objects is None or self._level:
            self._end_cut()
        if self._entries or not self._cut:
            yield from read(self._in_order(), "HAR", self._cut)
        if self._cut:
            yield Broken(
                "this HAR is cut: it ends inside its JSON", "what is there was read; export it again", cut=True
            )
        elif self._head and not self._level:
            yield Broken("something else follows the HAR in it", "name its parts one by one")

    def _in_order(self) -> Iterator[Exchange]:
        self._entries.sort(key=lambda one: (one.document, one.began))
        self._entries.reverse()  # each is given up once it was read
        while self._entries:
            yield self._entries.pop().exchange


def _decoded(data: bytes) -> tuple[Any, dict[str, bytes]]:
    """An entry, and its long texts, by their placeholders: a text can take four bytes for each of JSON.

    Raises MalformedRecord.
    """
    pieces: list[bytes] = []
    texts: dict[str, bytes] = {}
    at = 0
    for found in _TEXT.finditer(data) if len(data) > _LONG else ():
        inside = _INSIDE.match(data, found.end())
        if inside and inside.end() - found.end() > _LONG:
            name = f"\0{len(texts)}"
            texts[name] = _unescaped(data, found.end(), inside.end())
            pieces += [data[at : found.end()], encode(name)[1:-1]]
            at = inside.end()
    return decode(b"".join([*pieces, data[at:]]) if pieces else data), texts


def _unescaped(data: bytes, start: int, end: int) -> bytes:
    """Decode the body of a JSON string piece by piece; returns UTF-8."""
    text = BytesIO()  # whose value is no copy
    while start < end:
        cut = _CUT.search(data, min(start + _LONG, end), end)
        stop = cut.end() if cut else end
        text.write(decode(b'"%b"' % data[start:stop]).encode("utf-8", "surrogatepass"))
        start = stop
    return text.getvalue()


class _Objects:
    """The objects of one JSON list as they arrive."""

    def __init__(self) -> None:
        self.ended = False
        self.size = 0  # bytes of the object that is open
        self.behind = b""  # what follows the list in the block that ended it
        self._parts: list[bytes] = []
        self._depth = 0
        self._in_string = False
        self._cut = b""  # a backslash at the end of a block

    def feed(self, block: bytes) -> Iterator[bytes]:
        """The objects that ``block`` completes."""
        block, self._cut = self._cut + block, b""
        at = start = 0
        while not self.ended:
            if self._in_string and (at := self._string(block, at)) == len(block):
                break
            token = _TOKEN.search(block, at)
            if token is None:
                break
            at = token.end()
            if token[0] == b'"':
                self._in_string = True
            elif token[0] in b"{[":
                start = start if self._depth else token.start()
                self._depth += 1
            else:
                self._depth -= 1
                self.ended = self._depth < 0
                if self.ended:
                    self.behind = block[at:]
                if not self._depth:
                    data = b"".join([*self._parts, block[start:at]])
                    self._parts, self.size = [], 0
                    yield data
                    del data
        if self._depth > 0:
            self._parts.append(block[start : len(block) - len(self._cut)])
            self.size += len(self._parts[-1])

    def _string(self, block: bytes, at: int) -> int:
        """Read on in a string; gives the place behind it, or the end of the block."""
        inside = _INSIDE.match(block, at)
        end = inside.end() if inside else at
        if end < len(block) and block[end] == 0x22:
            self._in_string = False
            return end + 1
        self._cut = block[end:]
        return len(block)

    def rest(self) -> bytes:
        """The object that has not ended."""
        return b"".join([*self._parts, self._cut])


def _exchange(entry: dict[str, Any], body: bytes | None) -> Exchange:
    request, response = dict_of(entry, "request"), dict_of(entry, "response")
    content = dict_of(response, "content")
    status = response.get("status")
    exchange = Exchange(
        str(request.get("method") or ""),
        str(request.get("url") or ""),
        status if isinstance(status, int) else 0,
        body,
        asked=payload(dict_of(request, "postData").get("text")) or b"",
    )
    kind = str(content.get("mimeType") or "").lower()
    expected = any(one in kind for one in _STREAM_TYPES) or (exchange.is_call and exchange.method == "POST")
    return exchange._replace(expected=expected)


def _body(entry: dict[str, Any], texts: dict[str, bytes]) -> bytes | None:
    content = dict_of(dict_of(entry, "response"), "content")
    text = content.get("text")
    if isinstance(text, str) and text:
        encoding = str(content.get("encoding") or "")
        return payload(texts.pop(text), encoding) if text in texts else payload(text, encoding)
    messages = dicts_of(entry, _MESSAGES)
    if messages:
        return b"".join(_event(one) for one in messages)
    if isinstance(entry.get("_webSocketMessages"), list):
        frames = dicts_of(entry, "_webSocketMessages")
        received = [_frame(one) for one in frames if one.get("type") == "receive"]
        return b"".join(one + b"\n" for one in received if one)
    return None


def _frame(message: dict[str, Any]) -> bytes | None:
    """The data of a frame of a WebSocket: text, or for a binary one base64."""
    return payload(message.get("data"), "base64" if message.get("opcode") == _BINARY else "")


def _event(message: dict[str, Any]) -> bytes:
    name = message.get("eventName") or message.get("type") or "message"
    data = message.get("data")
    text = data if isinstance(data, str) else encode(data).decode()
    lines = "".join(f"data: {line}\n" for line in text.split("\n"))
    text = ("" if name == "message" else f"event: {name}\n") + lines + "\n"
    return text.encode("utf-8", "surrogatepass")


def _timed_body(entry: dict[str, Any], body: bytes) -> bytes:
    """The body with the times that the entry holds, as a recording has them.

    Those of each message, where it keeps them; else that of the first byte, and before the last event that of the end.
    """
    began = seconds(entry.get("startedDateTime"))
    messages = dicts_of(entry, _MESSAGES)
    stamps = [stamp for stamp in (number_of(one.get("time")) for one in messages) if stamp is not None]
    if began is not None and messages and len(stamps) == len(messages):
        return b"".join(_stamp(stamp - began) + _event(one) for stamp, one in zip(stamps, messages, strict=True))
    times = _times(entry)
    if times is None:
        return body
    first, last = times
    if EVENT_STREAM.match(body):
        *_, end = [found.start() for found in _DATA.finditer(body)] or [0]
        return _stamp(first) + body[:end] + _stamp(last) + body[end:] if end else _stamp(first) + body
    if body.lstrip()[:1] != b"{":
        return body
    value = value_of(body)
    return body if value is None else _stamp(last) + b"data: " + encode(value) + b"\n\n"


def _times(entry: dict[str, Any]) -> tuple[float, float] | None:
    """Return the times of the first and the last byte of the response, in seconds since the request began."""
    timings = dict_of(entry, "timings")
    known = [number for name in _BEFORE_ANSWER if (number := number_of(timings.get(name))) is not None]
    first = sum(max(0.0, one) for one in known) / 1000
    whole = number_of(entry.get("time"))
    last = first if whole is None else whole / 1000
    return (first, max(first, last)) if known and max(first, last) > 0 else None


def _stamp(elapsed: float) -> bytes:
    return b": t=%.6f\n" % max(0.0, elapsed)
