"""HTTP messages around the body: ``curl -i``, httpie, and proxies that keep the head.

The statements of a head about its body may not be true of the file: tools decode
bodies and keep the head. So only the status is used, and the bytes of the body
decide about everything else. Heads hold keys and are never shown.
"""

import re
from collections.abc import Iterator
from itertools import chain

from unspool.intake.asked import Asked, Notice
from unspool.intake.encodings import compression
from unspool.intake.http import chunked
from unspool.intake.items import Broken, Found, Item, Part
from unspool.intake.json_text.literals import value_of
from unspool.intake.unread.requests import requests_notice

_RESPONSE = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})\b")
_REQUEST = re.compile(rb"[A-Z]{3,7} \S+ HTTP/\d(?:\.\d)?\s*\r?\n")
_METHODS = (b"GET ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ", b"OPTIONS ", b"HEAD ", b"HTTP/")
_NEXT_HEAD = re.compile(
    rb"(?<=\n)HTTP/\d(?:\.\d)? +\d{3}\b|(?<=[}\]>])HTTP/\d(?:\.\d)? +\d{3}[\w ]*\r?\n"
    rb"|(?<=\n)(?:GET|POST|PUT|PATCH|DELETE|OPTIONS|HEAD) \S+ HTTP/\d(?:\.\d)?\s*?\r?\n"
)
"""Behind a body that no line end closes it is certain with the end of its line; so is the next request of httpie."""
_HEAD_BEHIND_CUT = re.compile(rb"HTTP/\d(?:\.\d)? +\d{3}[\w ]*\r\n(?=[\w-]+:)")
"""A head that begins inside of a line: the body before it is cut."""
_HEAD_END = re.compile(rb"\n\r*\n")
_GLUED = re.compile(rb"(?:HTTP/\d?[\d. \w]*(?:\r(?:\n[\w-]*)?)?|HTTP|HTT|HT|H)\Z")
_CHALLENGE = re.compile(rb"\n(?:www|proxy)-authenticate:", re.IGNORECASE)
_LONGEST_HEAD = 1 << 16
_KEPT_HEAD = 1 << 10  # bytes of a longer one
_LONGEST_ERROR = 1 << 16  # bytes kept of the body of a failed response
_LONGEST_MARKER = 1 << 10  # bytes of a line: a request has its address there
_PIECE = 1 << 13
"""Bytes that are read at once: after each head and body the rest of them is copied."""
_ELAPSED = re.compile(rb"(?:^|(?<=\n))Elapsed time: [\d.]+ ?s\r?(?:\n|\Z)")  # the last line of httpie --meta
_MARKERS = (*_METHODS, b"Elapsed time: ")
_KEY = re.compile(r"\b(sk|pk|key|gsk|xai|AIza)[-_][\w-]{4,}")


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A status line or a request line."""
    if _RESPONSE.match(head) or _REQUEST.match(head):
        return Messages()
    if ended or b"\n" in head[:4096]:
        return False
    return None if any(one.startswith(head[: len(one)]) for one in _METHODS) else False


def failure(status: int | str, body: bytes) -> Broken:
    """A failed response: its status, and the message of its body."""
    message = error_message(_undone(body))
    return Broken(
        f"HTTP status {status}" + (f": {message}" if message else ""), "the request failed, so there is no stream"
    )


def _undone(body: bytes) -> bytes:
    """The beginning of a body without the chunk sizes and the compression that its recorder kept."""
    for find in (chunked.detect, compression.detect):
        layer = find(body, True, Asked())
        if layer is None or isinstance(layer, bool):
            continue
        pieces, size = [], 0
        for item in chain(layer.feed(body), layer.close()):
            if isinstance(item, bytes):
                pieces.append(item)
                size += len(item)
            if size > _LONGEST_ERROR:  # a bomb
                break
        body = b"".join(pieces)
    return body


def error_message(body: bytes) -> str:
    """Return the error message in the body of a failed response, without possible keys."""
    value = value_of(body.strip().removeprefix(b"data:").strip())
    for name in ("error", "detail", "message"):
        if isinstance(value, dict) and value.get(name):
            value = value[name]
    if isinstance(value, dict):
        value = value.get("code") or value.get("type") or ""
    return _KEY.sub(r"\1-…", value) if isinstance(value, str) else ""


class Messages:
    """Requests and responses one behind the other; the bodies of the responses leave."""

    def __init__(self) -> None:
        self._buffer = b""
        self._in_head = True
        self._searched = 0  # bytes of the buffer in which no head ends
        self._status = 0  # of the response whose body is read; 0: a request
        self._requests = False  # the last message is one
        self._challenges = False  # it asks for a key or a password
        self._bodies = 0
        self._failed = b""
        self._last = b"\n"  # the last byte of the body that has left, or the end of the head
        self._began = False  # the body that is read has more than line ends
        self._given = False  # something of a body, or the failure of a response

    def feed(self, block: bytes) -> Iterator[Item]:
        """The bodies in ``block``."""
        for start in range(0, len(block), _PIECE):
            yield from self._take(block[start : start + _PIECE])

    def _take(self, piece: bytes) -> Iterator[Item]:
        self._buffer += piece
        while self._buffer:
            before = len(self._buffer), self._in_head
            if self._in_head:
                yield from self._head()
            else:
                yield from self._body(False)
            if before == (len(self._buffer), self._in_head):
                return

    def close(self) -> Iterator[Item]:
        """The rest of the last body; a failed one is reported."""
        while self._buffer and not self._in_head:
            yield from self._body(True)
            if self._in_head and self._buffer:
                yield from self._head()
        redirect = 300 <= self._status < 400
        yield from self._end_body()
        if self._bodies:
            if not self._given:
                yield Broken(
                    "it holds heads of HTTP responses alone", "record the bodies, too (curl -i, http -v)", True
                )
            return
        if redirect:
            yield Broken("the server redirects to another address", "record with curl -L")
        elif self._in_head and self._buffer.strip():
            yield Broken("it ends inside the head of an HTTP message", "check the capture", True)
        elif self._requests:
            yield requests_notice("a request, not a response", "name what the server answered")

    def _head(self) -> Iterator[Item]:
        begin = self._buffer.rfind(b"\n", 0, self._searched)  # of the last line that was searched, and the end before
        self._searched = len(self._buffer)
        following = _NEXT_HEAD.search(self._buffer, max(1, begin))
        limit = following.start() if following else len(self._buffer)
        end = _HEAD_END.search(self._buffer, max(0, begin), limit)
        if end is not None:
            size = end.end()
        elif following:
            size = limit  # curl -v shows no blank line behind 100 Continue
        else:
            if len(self._buffer) > _LONGEST_HEAD:  # its first lines and the last bytes, which may begin its end
                self._buffer = self._buffer[:_KEPT_HEAD] + b"~" + self._buffer[-_LONGEST_MARKER:]
                self._searched = len(self._buffer)
            return
        self._searched = 0
        response = _RESPONSE.match(self._buffer)
        self._challenges = _CHALLENGE.search(self._buffer, 0, size) is not None
        self._buffer = self._buffer[size:]
        self._status = int(response[1]) if response else 0
        self._requests = response is None
        if 100 <= self._status < 200:
            return
        self._in_head = False
        self._last = b"\n"
        self._began = False
        if 200 <= self._status < 300:
            self._bodies += 1
            yield Notice(f"HTTP, by its status line: the body of a response with status {self._status}")
            if self._bodies > 1:
                yield Part(f"HTTP {self._status}")

    def _body(self, ended: bool) -> Iterator[Item]:
        text = self._last + self._buffer
        following = _NEXT_HEAD.search(text)
        following = _HEAD_BEHIND_CUT.search(text, 1, following.start() if following else len(text)) or following
        end = following.start() - 1 if following else len(self._buffer) if ended else self._certain()
        body, self._buffer = self._buffer[:end], self._buffer[end:]
        self._last = body[-1:] or self._last
        if b"Elapsed time: " in body:
            body = _ELAPSED.sub(b"", body)
        if 200 <= self._status < 300:
            if not self._began:
                body = body.lstrip(b"\r\n")  # all that one has behind which another head follows (wget)
            if body:
                self._began = True
                self._given = self._given or not body.isspace()
                yield body
        elif self._status >= 400 and len(self._failed) < _LONGEST_ERROR:
            self._failed += body
        if following:
            if self._challenges and self._status in (401, 407):
                yield Notice(f"HTTP status {self._status} asked for a key, and the next request follows")
                self._status = 0
            yield from self._end_body()
            self._in_head = True

    def _certain(self) -> int:
        """Return the number of bytes of the buffer that certainly belong to the body."""
        glued = _GLUED.search(self._buffer, max(0, len(self._buffer) - _LONGEST_MARKER))
        if glued:
            return glued.start()
        start = self._buffer.rfind(b"\n") + 1
        last = self._buffer[start:]
        if len(last) < _LONGEST_MARKER and any(one.startswith(last) or last.startswith(one) for one in _MARKERS):
            return start
        return len(self._buffer)

    def _end_body(self) -> Iterator[Item]:
        if self._status >= 400:
            if self._bodies:
                yield Part(f"HTTP {self._status}")
            self._bodies += 1
            self._given = True
            yield failure(self._status, self._failed)
        self._status, self._failed = 0, b""
