"""Captures served back as an endpoint: the bytes that were received, at the pace at which they came."""

import asyncio
import math
from dataclasses import dataclass

from unspool.dialects.members import dict_of, word_of
from unspool.serve.http.asgi import BODY, START, App, ConnectionCut, Receive, Scope, Send, respond_json
from unspool.serve.http.model_request import ModelRequest
from unspool.serve.http.request_log import log_of
from unspool.serve.http.request_reader import asked_of
from unspool.serve.http.wire import error_body, interface_at
from unspool.serve.replay.captures import Capture
from unspool.serve.replay.library import Library, Miss
from unspool.serve.replay.whole import WITH_MEMBER, whole_answer

MISS = 599
"""The status of a request that no capture answers: no provider uses it, and no client takes it for success."""


_ALLOW = (b"allow", b"POST")
_NO_WHOLE = "the request asks for one answer, and the stream of the capture holds no whole one; ask with stream: true"


@dataclass(frozen=True)
class Pace:
    """The pace of a replay: a factor of the recorded speed, and the longest wait between two pieces in seconds."""

    factor: float = 1.0
    longest_gap: float = math.inf

    def wait(self, seconds: float) -> float:
        """Return the seconds to wait for a piece that was recorded ``seconds`` after the one before it."""
        return min(max(0.0, seconds) / self.factor, self.longest_gap)


class Replay:
    """An ASGI application that answers with captures; what none answers goes to ``otherwise``, or fails with MISS."""

    def __init__(self, library: Library, pace: Pace, otherwise: App | None = None) -> None:
        self._library = library
        self._pace = pace
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        asked = asked_of(scope)
        if asked is None and self._otherwise is not None:
            await self._otherwise(scope, receive, send)
            return
        interface = interface_at(scope["path"])
        if asked is None and interface is not None:
            await respond_json(send, 405, error_body(interface, "ask with POST"), [_ALLOW])
            return
        found = self._library.take(scope["path"], asked or ModelRequest.of(b""))
        if isinstance(found, Capture):
            log_of(scope).source = found.name
            log_of(scope).note = _mismatch(found, asked)
            await (self._send_whole(found, send) if _wants_whole(found, asked) else self._send(found, send))
        elif self._otherwise is not None:
            await self._otherwise(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD") and scope["path"].endswith("/models"):
            await respond_json(send, 200, self._models())
        else:
            await self._report(found, scope, send)

    async def _report(self, miss: Miss, scope: Scope, send: Send) -> None:
        log_of(scope).note = str(miss)
        status = MISS if scope["method"] == "POST" else 404
        body = error_body(interface_at(scope["path"]), str(miss), "no_capture")
        await respond_json(send, status, body, [(b"x-should-retry", b"false")])

    async def _send(self, capture: Capture, send: Send) -> None:
        headers = {"content-type": capture.content_type, **capture.headers}
        if capture.stream:
            headers["x-accel-buffering"] = "no"
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        if not capture.stream:
            raw.append((b"content-length", b"%d" % sum(len(piece.data) for piece in capture.pieces)))
        await send({"type": START, "status": capture.status, "headers": raw})
        due = asyncio.get_running_loop().time()
        before = 0.0
        for piece in capture.pieces:
            if piece.seconds is not None and not math.isinf(self._pace.factor):
                due += self._pace.wait(piece.seconds - before)
                before = piece.seconds
                await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            await send({"type": BODY, "body": piece.data, "more_body": True})
            await asyncio.sleep(0)  # other responses get a turn, and a client that left is noticed
        if capture.cut:
            raise ConnectionCut
        await send({"type": BODY, "body": b"", "more_body": False})

    async def _send_whole(self, capture: Capture, send: Send) -> None:
        """Answer a request that asks for no stream: with the one answer that the stream makes up, or an error."""
        whole = whole_answer(capture.interface, b"".join(piece.data for piece in capture.pieces))
        error = dict_of(whole, "error")
        if capture.cut or whole is None or error:
            message = word_of(error, "message") or _NO_WHOLE
            await respond_json(send, 500, error_body(capture.interface, message), [(b"x-should-retry", b"false")])
        else:
            await respond_json(send, 200, whole)

    def _models(self) -> dict[str, object]:
        """The models of the captures, as a list that clients can show."""
        names = sorted({capture.model for capture in self._library.captures if capture.model})
        models = [{"id": name, "object": "model", "created": 0, "owned_by": "unspool"} for name in names]
        return {"object": "list", "data": models}


def _wants_whole(capture: Capture, asked: ModelRequest | None) -> bool:
    """Return whether a request wants one JSON answer where the capture is a stream."""
    known = asked is not None and asked.value is not None and not asked.stream
    return known and capture.stream and capture.status == 200 and capture.interface in WITH_MEMBER


def _mismatch(capture: Capture, asked: ModelRequest | None) -> str:
    """Return how a capture differs from the request: a stream or none against its wish (B11); "" if both agree."""
    if asked is None or asked.value is None or capture.interface not in WITH_MEMBER or capture.status != 200:
        return ""
    if capture.stream is asked.stream:
        return ""
    if capture.stream:
        return "the capture is a stream, the request asks for none"
    return "the request asks for a stream, the capture is none"
