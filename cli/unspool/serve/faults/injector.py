"""Faults on the way to the client, from a plan or from a header of the request.

They are put on the bytes that would have left, so replayed and proxied responses
have the same faults. Without a fault nothing is read or changed here.
"""

import asyncio
import time
from collections import Counter
from random import Random
from typing import Any

from unspool.serve.faults.provoked.envelope import ErrorInside
from unspool.serve.faults.provoked.table import provoked
from unspool.serve.faults.spec import Cut, Fault, Malformed, Plan, Provoke, Slow, Split, Stall, Status, parse
from unspool.serve.http.asgi import (
    BODY,
    START,
    App,
    ConnectionCut,
    Message,
    Receive,
    Scope,
    Send,
    header,
    media_type,
    respond_json,
)
from unspool.serve.http.event_splitter import EventSplitter
from unspool.serve.http.request_log import RequestLog, log_of
from unspool.serve.http.request_reader import asked_of
from unspool.serve.http.wire import error_body, interface_at

HEADER = b"x-unspool-fault"
"""A request's own faults, with semicolons between them."""
_OBSERVED_SECONDS = 2.0
"""Seconds that a client has, behind an error inside a stream, to leave: openai's takes 0.4 s for its first event alone,
for which it builds its types."""


class Faults:
    """An ASGI application around another, whose responses have the faults of the plan."""

    def __init__(self, app: App, plan: Plan) -> None:
        self._app = app
        self._plan = plan
        self._random = Random(plan.seed)  # noqa: S311 - a test must give the same again
        self._number = 0  # of the request to a model
        self._refused: Counter[Status] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        interface, asked = interface_at(scope["path"]), asked_of(scope)
        if interface is None or asked is None:
            await self._app(scope, receive, send)
            return
        self._number += 1
        log = log_of(scope)
        try:
            faults, shown = self._of(scope, asked.model, self._number)
        except ValueError as error:
            await respond_json(send, 400, error_body(interface, f"x-unspool-fault: {error}"))
            return
        log.fault = "; ".join(shown)
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != HEADER]
        refusal = self._refusal(faults)
        if refusal is not None:
            await _refuse(refusal, log, interface, send)
            return
        faulty = _FaultySend(send, faults, log, interface) if faults else None
        await self._app(scope, receive, send if faulty is None else faulty.send)

    def _of(self, scope: Scope, model: str, number: int) -> tuple[list[Fault], list[str]]:
        """The faults of a request, and as they were written. Raises ValueError for a header that says none."""
        faults: list[Fault] = []
        shown: list[str] = []
        if all(one.holds(scope["path"], model, number) for one in self._plan.conditions):
            faults += self._plan.faults
            shown += self._plan.shown
        own = header(scope["headers"], HEADER).decode("latin-1")
        for text in filter(None, map(str.strip, own.split(";"))):
            faults.append(parse(text, self._random))
            shown.append(text)
        return faults, shown

    def _refusal(self, faults: list[Fault]) -> Status | None:
        for fault in faults:
            if isinstance(fault, Status) and self._refused[fault] < fault.times:
                self._refused[fault] += 1
                return fault
        return None


async def _refuse(refusal: Status, log: RequestLog, interface: str | None, send: Send) -> None:
    log.retry_after = refusal.retry_after
    headers = [] if refusal.retry_after is None else [(b"retry-after", b"%g" % refusal.retry_after)]
    await respond_json(send, refusal.code, error_body(interface, "refused (provoked)", "provoked"), headers)


class _FaultySend:
    """The ``send`` of one response: chunks are cut out and changed first, then bytes are held back or lost."""

    def __init__(self, send: Send, faults: list[Fault], log: RequestLog, interface: str) -> None:
        self._send = send
        self._log = log
        self._quirks = {one.number: provoked(one.number, interface) for one in faults if isinstance(one, Provoke)}
        self._unused = set(self._quirks)  # those for which the stream had no place yet
        self._stalls = {fault.chunk: fault.seconds for fault in faults if isinstance(fault, Stall)}
        self._malformed = {fault.chunk for fault in faults if isinstance(fault, Malformed)}
        self._cut = min((fault for fault in faults if isinstance(fault, Cut)), key=lambda one: one.at, default=None)
        self._piece = min((fault.size for fault in faults if isinstance(fault, Split)), default=0)
        self._rate = min((fault.rate for fault in faults if isinstance(fault, Slow)), default=0.0)
        self._chunks: _Chunks | None = None
        self._number = 0  # of the last chunk
        self._sent = 0  # bytes

    async def send(self, message: Message) -> None:
        """Send one message of the application, or the part that a fault leaves."""
        if message["type"] == START:
            await self._begin(message)
            return
        last = message["type"] == BODY and not message.get("more_body")
        for chunk in self._cut_out(message.get("body", b""), last):
            await self._chunk(chunk)
        if last:
            if self._unused and not self._log.note:
                self._log.note = f"the stream has no place for {', '.join(sorted(self._unused))}"
            await self._send({"type": BODY, "body": b"", "more_body": False})

    async def _begin(self, message: Message) -> None:
        headers = list(message.get("headers", []))
        if self._quirks or self._stalls or self._malformed:
            self._chunks = _Chunks(media_type(headers))
        if self._quirks or self._malformed:
            headers = [pair for pair in headers if pair[0].lower() != b"content-length"]
        await self._send({**message, "headers": headers})

    def _cut_out(self, data: bytes, last: bool) -> list[bytes]:
        if self._chunks is None:
            return [data]
        return self._chunks.feed(data) + (self._chunks.close() if last else [])

    async def _chunk(self, chunk: bytes) -> None:
        self._number += 1
        if self._number in self._stalls:
            self._log.stalled, self._log.stall_seconds = time.monotonic(), self._stalls[self._number]
            await asyncio.sleep(self._stalls[self._number])
        is_error = self._number in self._malformed
        for number, quirk in self._quirks.items():
            changed = quirk.event(chunk)
            if changed != chunk:
                self._unused.discard(number)
                is_error = is_error or isinstance(quirk, ErrorInside)
            chunk = changed
        await self._bytes(_malformed(chunk) if self._number in self._malformed else chunk)
        if is_error:  # the client gets the time to leave: what it reads after that counts
            self._log.error_sent = time.monotonic()
            await asyncio.sleep(_OBSERVED_SECONDS)

    async def _bytes(self, data: bytes) -> None:
        size = self._piece or (max(1, int(self._rate / 10)) if self._rate else len(data))
        for at in range(0, len(data), size or 1):
            await self._write(data[at : at + size])
            await asyncio.sleep(size / self._rate if self._rate else 0)

    async def _write(self, data: bytes) -> None:
        if self._cut is not None and self._sent + len(data) >= self._cut.at:
            await self._pass(data[: self._cut.at - self._sent])
            raise ConnectionCut(self._cut.reset)
        await self._pass(data)

    async def _pass(self, data: bytes) -> None:
        self._sent += len(data)
        if self._log.error_sent is not None:
            self._log.after_error += len(data)
        await self._send({"type": BODY, "body": data, "more_body": True})


class _Chunks:
    """The chunks of a body: events, lines, or the whole of what has no parts."""

    def __init__(self, kind: str) -> None:
        self._splitter: Any = EventSplitter() if kind == "text/event-stream" else _Lines()

    def feed(self, data: bytes) -> list[bytes]:
        """The chunks that ``data`` completes."""
        chunks: list[bytes] = self._splitter.feed(data)
        return chunks

    def close(self) -> list[bytes]:
        """Return the remaining chunk, if any."""
        rest: bytes = self._splitter.close()
        return [rest] if rest else []


class _Lines:
    """Lines, each with its end."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that ``data`` completes."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [line + b"\n" for line in lines]

    def close(self) -> bytes:
        """Return the last line, without an end."""
        return self._rest


def _malformed(chunk: bytes) -> bytes:
    """A chunk whose JSON is cut in the middle; its end stays."""
    at = len(chunk.rstrip())
    start = chunk.find(b"{")
    return chunk[: (max(start, 0) + at) // 2] + chunk[at:]
