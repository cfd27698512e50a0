"""Traces of Go's httprr: the requests and responses as they were sent, each pair behind its sizes.

httprr trace v1
254 34400          bytes of the request and of the response that follow
"""

import re
from collections.abc import Iterator

from unspool.intake.asked import Asked, Notice
from unspool.intake.containers.exchange import Exchange, read
from unspool.intake.items import Broken, Found, Item, WholeLayer

_HEAD = b"httprr trace v1\n"
_SIZES = re.compile(rb"(\d{1,12}) (\d{1,12})\n")
_REQUEST = re.compile(rb"([A-Z]+) (\S+)")
_STATUS = re.compile(rb"HTTP/\S+ +(\d{3})\b")


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """The first line."""
    if head.startswith(_HEAD):
        return Trace()
    return None if not ended and _HEAD.startswith(head) else False


class Trace(WholeLayer):
    """Each response of a model is a part."""

    def __init__(self) -> None:
        super().__init__("this trace", "split it")
        self._end = 0  # of the pairs that are whole

    def _whole(self) -> Iterator[Item]:
        data = self._take()
        yield Notice("trace of httprr: by its first line")
        self._end = len(_HEAD)
        pairs = list(self._pairs(data))
        cut = bool(data[self._end :].strip())
        yield from read(pairs, "trace", cut)
        if cut:
            yield Broken("this trace ends inside of a pair", "what is there was read; get the whole file", cut=True)

    def _pairs(self, data: bytes) -> Iterator[Exchange]:
        """The pairs; of one that is cut what there is of the response."""
        while sizes := _SIZES.match(data, self._end):
            middle = sizes.end() + int(sizes[1])
            end = middle + int(sizes[2])
            asked, request = _message(data[sizes.end() : middle], _REQUEST)
            answered, response = _message(data[middle:end], _STATUS)
            if asked is None or answered is None:
                return
            yield Exchange(
                asked[1].decode(), asked[2].decode("utf-8", "replace"), int(answered[1]), response, asked=request
            )
            if end > len(data):
                return
            self._end = end


def _message(message: bytes, first: re.Pattern[bytes]) -> tuple[re.Match[bytes] | None, bytes]:
    """The first line of an HTTP message, and the body."""
    return first.match(message), message.partition(b"\r\n\r\n")[2]
