"""The listing that mitmdump prints: each request, and behind << its response, both indented.

The lines of a request and of heads hold keys and are passed over. The bodies
leave as HTTP, so that a status is read as of any other response.
"""

import re
from collections.abc import Iterator

from unspool.intake.asked import Asked, Notice
from unspool.intake.http.coloured import COLOUR
from unspool.intake.items import Broken, Found, Item, LineLayer, Part

_REQUEST = re.compile(rb"[\da-fA-F.:\[\]]+:\d+: ([A-Z]+) (https?://\S+)")
_BEFORE = re.compile(rb"(?:(?:\[\d|Script |Loading |HTTP\(S\) |Reverse )[^\n]*\n)*")
_RESPONSE = re.compile(rb" *<< (?:HTTP/[\d.]+ +)?(?:(\d{3})\b(?!.*\(content missing\))|\d{3}\b|(.*))")
_INDENT = b"    "
_LEFT_OUT = (b"content missing", b"(cut off)")
_FAILURES = 400


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """The address of a client, the method and the URL, behind lines of mitmdump's log."""
    plain = COLOUR.sub(b"", head)
    before = _BEFORE.match(plain)
    return Listing() if before and _REQUEST.match(plain, before.end()) else False


class Listing(LineLayer):
    """Each response with a body is a part; one that failed is reported."""

    def __init__(self) -> None:
        super().__init__(Notice("mitmdump's listing, by its first request: the bodies of the responses"))
        self._label = ""
        self._status = b""  # of the response that is read
        self._in_body = False
        self._given = 0  # bytes of the body
        self._without = self._parts = 0  # responses without a body, and those that are read
        self._broken = ""  # the label of the last response that broke off

    def close(self) -> Iterator[Item]:
        """The last response, or that there are no bodies."""
        yield from super().close()
        yield from self._end()
        advice = "run mitmdump with --flow-detail 4, or --set hardump=out.har"
        if self._without and self._parts:
            yield Notice(f"{self._without} of the responses in this listing have no body; {advice}", loud=True)
        elif not self._parts:
            yield Broken("this listing of mitmdump holds no body", advice)

    def _line(self, line: bytes) -> Iterator[Item]:
        line = COLOUR.sub(b"", line).rstrip(b"\r\n")
        request, response = _REQUEST.match(line), _RESPONSE.match(line)
        if request:
            yield from self._end()
            from urllib.parse import urlsplit  # noqa: PLC0415 - start-up

            path = urlsplit(request[2].decode("ascii", "replace")).path or "/"
            self._label = f"{request[1].decode()} {path}"
        elif response and not (self._in_body and line.startswith(_INDENT)):
            yield from self._response(response)
        elif self._in_body and (line.startswith(_INDENT) or not line):
            yield from self._body(line[len(_INDENT) :])
        elif self._status and not line:
            self._in_body = True

    def _response(self, response: re.Match[bytes]) -> Iterator[Item]:
        self._status = response[1] or b""
        if response[2] and self._broken != self._label:  # an error in place of a response
            self._broken = self._label
            self._parts += 1
            yield Part(self._label)
            yield Broken(response[2].decode("utf-8", "replace"), "ask again")

    def _body(self, text: bytes) -> Iterator[Item]:
        if text in _LEFT_OUT or not (text or self._given):
            return
        if not self._given:
            yield from self._begin()
        self._given += len(text)
        yield text + b"\n"

    def _begin(self) -> Iterator[Item]:
        self._parts += 1
        yield Part(self._label)
        yield b"HTTP/1.1 " + self._status + b"\n\n"

    def _end(self) -> Iterator[Item]:
        """The end of a response; one that failed has a part without a body, too."""
        if self._status and not self._given and int(self._status) < _FAILURES:
            self._without += 1
        elif self._status and not self._given:
            yield from self._begin()
        self._status, self._in_body, self._given = b"", False, 0
